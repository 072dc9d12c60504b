"""What a page's beginning is made of: its answer as text, its ways, and how long each takes."""

from __future__ import annotations

import pytest
from docutils import nodes

from explorables.site import opening


@pytest.fixture
def page():
    """A page of an answer, a section of 440 words and one of exercises."""

    def section(name, *children):
        made = nodes.section("", nodes.title("", name), *children)
        made["ids"] = [name.lower()]
        return made

    mark = nodes.inline("", "Supported", classes=["xp-aside"])
    answer = nodes.container("", nodes.paragraph("", "", mark, nodes.Text(" Yes,  because it is so.")))
    code = nodes.literal_block("", "\n" * 60)
    exercise = nodes.container("", nodes.paragraph("", "Do it."), classes=["exercise"])
    long = nodes.container("", nodes.paragraph("", "Do more."), classes=["exercise"])
    long["xp_minutes"] = 20  # as its author says
    doctree = nodes.document(None, None, source="page.md")
    doctree += answer
    doctree += section("See", nodes.paragraph("", "word " * 440))
    doctree += section("Work", code, nodes.paragraph("", "word " * 220))
    doctree += section("Do", exercise, long)
    return doctree, answer


def test_an_answer_is_told_without_its_verdict(page):
    assert opening.answer(page[1]) == "Yes, because it is so."


def test_ways_lead_to_sections_and_take_as_long_as_reading_up_to_the_next(page):
    html = opening.ways(page[0], ["see", "work"])
    assert '<b>2 min</b> <a href="#see">See</a>' in html
    assert '<b>5 min</b> <a href="#work">Work</a>' in html  # with two minutes of code
    assert '<b>+ 25 min</b> <a href="#do">Do</a>' in html  # exercises of six and twenty


def test_a_way_to_nowhere_stops_the_build(page):
    with pytest.raises(ValueError, match=r"page\.md: no section 'sea' for a way; there are see, work, do"):
        opening.ways(page[0], ["sea"])


def test_minutes_are_said_as_people_say_them():
    assert [opening.rounded(long) for long in (0.2, 4.4, 9.4, 11, 13, 58)] == [1, 4, 9, 10, 15, 60]
