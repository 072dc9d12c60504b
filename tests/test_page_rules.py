"""What every page owes its readers is checked in one place, which names the page, the line and the remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from explorables.book import current
from explorables.build import pages

FAULTY = """---
jupytext: {}
---

# A page

```{code-cell} ipython3
:tags: [remove-input]

import math
self_check.number("How many?", 3, also="a line that the page hides may be as long as it needs to be")
```

```{code-cell} ipython3
result = unknown_function(first_argument=1, second_argument=2, third_argument=3, more=4)
```

```{exercise-start} One
```
"""


def test_every_page_of_the_book_meets_the_rules():
    book = current()
    assert [str(one) for one in pages.findings(book.root / "book", book.without_questions)] == []


def test_each_fault_is_named_with_its_page_its_line_and_what_to_do(tmp_path: Path):
    (tmp_path / "chapter").mkdir()
    (tmp_path / "chapter/page.md").write_text(FAULTY)
    (tmp_path / "prose.md").write_text("# Without code\n\nNo rule of a notebook holds here.\n")
    found = [str(one) for one in pages.findings(tmp_path)]
    for expected in (
        "chapter/page.md:10: F401",
        "chapter/page.md:11: F821 Undefined name `self_check`",
        "chapter/page.md:9: fold it in JupyterLab too",
        "chapter/page.md:15: F821 Undefined name `unknown_function`",
        "chapter/page.md:15: break this line",
        "chapter/page.md:18: say how long it takes, up to 240 minutes: `:minutes: 15`",
        "chapter/page.md:18: say how hard it is, by one of easy, medium, hard",
        "chapter/page.md:18: say in one sentence, without a colon, what its reader does",
        "chapter/page.md:19: ask at least 2 self-checks (self_check.number, choice or move): 1 here",
        "chapter/page.md:19: give at least 3 exercises: 1 here",
    ):
        assert any(one.startswith(expected) for one in found), (expected, found)
    assert len(found) == 10


def test_a_cell_is_short_and_none_but_a_self_check_is_hidden(tmp_path: Path):
    cell = (
        "```{code-cell} ipython3\n:tags: [hide-input]\n:jupyter: {source_hidden: true}\n\n" + "x = 1\n" * 41 + "```\n"
    )
    (tmp_path / "page.md").write_text(f"---\njupytext: {{}}\n---\n\n{cell}")
    found = [str(one) for one in pages.findings(tmp_path)]
    assert any(one.startswith("page.md:8: split this cell: 41 lines") for one in found), found
    assert any(one.startswith("page.md:8: show this cell") for one in found), found


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("15", "0", "say how long it takes"),
        ("15", "an hour", "say how long it takes"),
        ("15", "900", "up to 240 minutes"),
        ("easy", "tricky", "by one of easy, medium, hard"),
        ("Compute a lag.", "Compute a lag", "in one sentence"),
        ("Compute a lag.", "Compute a lag. Then plot it.", "in one sentence"),
        ("Compute a lag.", "Compute: a lag.", "without a colon"),
        ("Compute a lag.", "Understand the lag.", "'Understand' is not"),
        (":minutes: 15\n", "", "`:minutes: 15`"),
        (":objective: Compute a lag.\n", "", "`:objective: Compute a lag.`"),
    ],
)
def test_an_exercise_says_its_time_its_difficulty_and_what_its_reader_can_be_seen_doing(
    tmp_path: Path, old: str, new: str, says: str
):
    good = FAULTY.replace(
        "{exercise-start} One\n", "{exercise-start} One\n:minutes: 15\n:difficulty: easy\n:objective: Compute a lag.\n"
    )
    wanted = "say |begin "
    for text, expected in ((good, []), (good.replace(old, new), [says])):
        (tmp_path / "page.md").write_text(text)
        found = [one for one in pages.findings(tmp_path) if re.match(wanted, one.remedy)]
        assert [one.line for one in found] == [18] * len(expected)
        assert all(part in one.remedy for part, one in zip(expected, found, strict=True)), found


def test_a_page_that_is_no_lesson_owes_no_questions(tmp_path: Path):
    (tmp_path / "page.md").write_text(FAULTY)
    assert not [one for one in pages.findings(tmp_path, ("page",)) if "at least" in one.remedy]


def test_an_import_that_the_text_hands_to_the_reader_is_no_fault(tmp_path: Path):
    text = FAULTY.replace("import math", "from math import floor") + "Try `floor(answer)`.\n"
    (tmp_path / "page.md").write_text(text)
    assert not [one for one in pages.findings(tmp_path) if "F401" in one.remedy]
