"""A page that begins with an answer shows it in its first screen, has its first control near it, and can be read in a short time."""

from __future__ import annotations

import re
import statistics

import pytest
from notebooks import BOOK

PAGES = sorted(
    path.relative_to(BOOK).with_suffix(".html").as_posix()
    for path in BOOK.rglob("*.md")
    if "```{opening}" in path.read_text(encoding="utf-8")
)
# Width and height; the most screens of a page in reading mode; where its first control begins at the latest.
SIZES = {(1280, 800): (12.0, 1.2), (390, 844): (20.0, 1.5)}

MEASURED = """() => {
  const at = e => e ? (e.getBoundingClientRect().top + scrollY) / innerHeight : null;
  const bottom = e => (e.getBoundingClientRect().bottom + scrollY) / innerHeight;
  const control = [...document.querySelectorAll('.xp-explorer :is(input, select, textarea)')].find(e => e.checkVisibility());
  return {
    screens: bottom(document.querySelector('.bd-article')), control: at(control), desk: at(document.querySelector('.xp-explorer')),
    answer: bottom(document.querySelector('.xp-opening > p')), evidence: at(document.getElementById('what-the-evidence-says')),
    place: document.querySelector('.xp-place')?.textContent, title: document.querySelector('h1').firstChild.textContent,
    verdict: document.querySelector('.xp-opening .xp-verdict a')?.textContent, said: document.querySelector('.xp-opening > p').textContent,
    ways: [...document.querySelectorAll('.xp-ways li')].map(e => [e.textContent, Boolean(document.querySelector(e.querySelector('a').hash))]),
    next: document.querySelector('.xp-closing .xp-next a')?.getAttribute('href'),
    description: document.querySelector('meta[name=description]')?.content, keywords: document.querySelector('meta[name=keywords]')?.content,
  };
}"""


def test_every_page_of_the_argument_begins_with_an_answer():
    chapters = {path.relative_to(BOOK).with_suffix(".html").as_posix() for path in BOOK.glob("*/*.md")}
    assert {path for path in chapters if not path.endswith("index.html")} == set(PAGES)


@pytest.fixture(scope="module")
def measured(served_site, browser):
    """What each page shows where, at each size: one visit a page."""
    found = {}
    context = browser.new_context()
    page = context.new_page()
    for path in PAGES:
        page.goto(f"{served_site}{path}")
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(250)
            found[path, (width, height)] = page.evaluate(MEASURED)
    context.close()
    return found


def test_the_first_screen_has_place_question_verdict_answer_and_ways(measured):
    for (path, size), seen in measured.items():
        assert re.search(r" · page \d of \d$", seen["place"]), path
        assert seen["title"].endswith("?") or path.endswith("everywhere-else.html"), path
        assert seen["verdict"], path
        assert seen["answer"] < 0.8, (path, size, seen["answer"])
        assert re.search(r"\d", seen["said"]), path
        minutes = [int(re.search(r"\d+", long)[0]) for long, _there in seen["ways"]]
        assert minutes[0] <= 7 and minutes[1] <= 15 and minutes[2] <= 60, (path, minutes)
        assert minutes[:3] == sorted(minutes[:3]), (path, minutes)
        practice = [long for long, _there in seen["ways"][3:]]
        assert len(practice) == (not path.endswith("everywhere-else.html")), path
        assert all(re.match(r"\+ \d+ min", long) for long in practice), (path, practice)
        assert all(there for _long, there in seen["ways"]), path


def table(measured) -> str:
    """The measurements as lines for the summary of a run."""
    lines = []
    for width, height in SIZES:
        lines.append(f"{f'{width} x {height}':45}{'length':>8}{'first control':>15}{'evidence':>10}")
        rows = {
            path: [seen["screens"], seen["control"], seen["evidence"]]
            for (path, size), seen in measured.items()
            if size == (width, height)
        }
        rows["median"] = [statistics.median([n for n in column if n is not None]) for column in zip(*rows.values())]
        for path, (screens, control, evidence) in rows.items():
            lines.append(f"{path:45}{screens:8.1f}{control:15.2f}" + (f"{evidence:10.1f}" if evidence else ""))
    return "\n".join(lines)


def test_the_desk_is_near_the_top_and_a_page_is_short(measured, record_property):
    record_property("Pages in screens", table(measured))
    for (path, size), seen in measured.items():
        screens, control = SIZES[size]
        assert seen["control"] <= control, (path, size, seen["control"])
        assert seen["screens"] <= screens, (path, size, seen["screens"])
        if seen["evidence"] is not None:
            assert seen["evidence"] < 5.0, (path, size, seen["evidence"])


def test_a_page_ends_with_the_next_question_and_tells_search_engines_its_answer(measured):
    for (path, _size), seen in measured.items():
        assert seen["next"] and seen["next"].endswith(".html"), path
        assert seen["keywords"], path
        bold = re.sub(r"\s+", " ", seen["description"]).removesuffix(" ...")
        assert bold in re.sub(r"\s+", " ", seen["said"]), (path, bold)


def test_what_is_folded_opens_for_a_link_into_it(open_page):
    page = open_page("energy-scale-long-game/scaling.html", folded=True).page
    fold = page.locator("#two-machines-side-by-side > details")
    assert fold.get_attribute("open") is None
    page.evaluate("location.hash = 'a-headline-that-its-own-table-does-not-give'")
    page.wait_for_function("document.querySelector('#two-machines-side-by-side > details').open")
    assert page.locator("#a-headline-that-its-own-table-does-not-give").is_visible()


def test_without_a_script_a_fold_opens_by_hand(open_page):
    page = open_page("energy-scale-long-game/scaling.html", folded=True, java_script_enabled=False).page
    page.locator("#larger-machines > details > summary").click()
    assert page.locator("#larger-machines table").first.is_visible()
