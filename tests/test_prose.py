"""Every number in the text of a page is cited beside it, or computed, or it is one of a few that need neither."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from notebooks import BOOK, notebooks

PAGES = [path.relative_to(BOOK).with_suffix("").as_posix() for path in notebooks()]

# An exercise gives its numbers, and its solution computes what it says in a cell.
EXERCISE = re.compile(r"^(`{3,})\{(exercise|solution)-start\}.*?^`{3,}\{\2-end\}\n`{3,}$", re.DOTALL | re.MULTILINE)
FORMULA = re.compile(r"^\$\$.*?^\$\$[^\n]*$", re.DOTALL | re.MULTILINE)
FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
FENCE = re.compile(r"^(?P<fence>`{3,})(?:\{(?P<name>[\w-]+)\})?(?P<rest>.*)$")
PROSE = {"opening", "closing", "note", "tip", "admonition", "warning"}  # directives that hold sentences
CITED = re.compile(r"\{cite(?::\w+)?\}`|\{ref\}`|`[a-z_]+\.csv`")
NEITHER = (
    r"\{\w[\w:]*\}`[^`]*`",  # computed, or the settings that a link sets
    r"`[^`]*`",  # code
    r"\$[^$]+\$",  # a formula
    r"\]\([^)]*\)",  # where a link leads
    r"^\s*\d+\.\s",  # an item of a list
    r"\b(?:19|20)\d\d(?:s|–\d+)?\b",  # a year
    r"\b\d+ ?nm\b",  # the name of a process
    r"\b\d+-bit\b|\b(?:in|of|and|or|with|to|from|lose|than) \d+ bits?\b",  # the name of a number format
    r"\b(?:\d+ )?(?:January|February|March|April|May|June|July|August|September|October|November|December)\b",  # a day
    # Names: H100, 910C, FP8, CloudMatrix 384, Llama 3.1 405B, paragraph 4A090
    r"\b[A-Z][\w.]*-?\d+[A-Za-z\d.-]*(?:\+\d)?\b|\bN\+\d\b|\b\d+[A-Z]+\w*\b|\b[a-z]\.\d\b|\bdots\.llm1\b",
    r"\b(?:CloudMatrix|RTX|Llama|Grok|Colossus|Atlas|Siyuan|Hanguang|Ascend|Compute|Step|exercise|table|figure)(?: SuperPoD)? \d[\d.]*B?\b",
    r"\b(?:Ascend \d+ and|(?:Ascend|Siyuan|the) \d+ and) \d{3}\b|\b(?:910|950|960|970|590|690)(?:'s|\b)",
)

# What a page may say with neither: a part of the sentence, and why.
EXCEPTIONS: dict[str, dict[str, str]] = {
    "build-your-own": {
        "350,000 chips, 1.2 million chips": "shows how numbers look",
        "which is 2030 and not 2,030": "shows how numbers look",
    },
    "controls-efficiency-adoption/controls": {
        "Notice 25 days ahead": "what the answer is called, after the rule's term"
    },
    "ecosystem/chips": {
        "earlier chip of the leader by more than 5 %": "a definition of the model",
        "with a probability of 90 %": "a definition of the model",
    },
    "ecosystem/market": {"10,000 would be one vendor": "the scale of the index"},
}


def sentences(text: str) -> Iterator[tuple[int, str, bool]]:
    """Lines of prose with their number, and whether something is cited in the same paragraph."""
    for skipped in (FRONT_MATTER, EXERCISE, FORMULA):
        text = skipped.sub(lambda found: "\n" * found[0].count("\n"), text)
    prose: list[str] = []
    holders: list[str] = []  # fences of directives that hold sentences
    code = ""  # the fence that closes what is no prose
    for line in text.split("\n"):
        fence = FENCE.match(line)
        said = ""
        if code:
            code = "" if line.strip() == code else code
        elif fence and holders and line.strip() == holders[-1]:
            holders.pop()
        elif fence and fence["name"] in PROSE:
            holders.append(fence["fence"])
            said = "" if fence["name"] in {"opening", "closing"} else fence["rest"]
        elif fence:
            code = fence["fence"]
        elif not re.match(r":[\w-]+:", line):
            said = line
        prose.append(said)
    paragraph: list[tuple[int, str]] = []
    for number, line in enumerate([*prose, ""], 1):
        if not line.strip() or re.match(r"\s*[-*] ", line):
            cited = any(CITED.search(one) for _, one in paragraph)
            yield from ((at, one, cited) for at, one in paragraph)
            paragraph = []
        if line.strip():
            paragraph.append((number, line))


def bare(line: str) -> str:
    """A line without what is computed or is no number of a result."""
    for pattern in NEITHER:
        line = re.sub(pattern, "", line)
    return line


def found(page: str) -> list[str]:
    """Lines of a page with a number that is neither cited nor computed."""
    text = (BOOK / f"{page}.md").read_text(encoding="utf-8")
    known = EXCEPTIONS.get(page, {})
    return [
        f"{page}.md:{number}: {line}"
        for number, line, cited in sentences(text)
        if not cited and re.search(r"\d", bare(line)) and not any(part in line for part in known)
    ]


@pytest.mark.parametrize("page", PAGES)
def test_a_number_in_the_text_is_cited_or_computed(page):
    assert found(page) == []


def test_exceptions_are_few_and_still_there():
    for page, parts in EXCEPTIONS.items():
        text = (BOOK / f"{page}.md").read_text(encoding="utf-8")
        for part, reason in parts.items():
            assert part in text and reason, (page, part)
    assert sum(map(len, EXCEPTIONS.values())) <= 40


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("The share is 41 %.", True),
        ("It has {value}`share` of 4,000 GB/s.", True),
        ("The share is {value}`share`, and the H100 of 2022 computes in 16 bits at 7 nm.", False),
        ("Llama 3.1 405B and the CloudMatrix 384 beside the RTX 6000D, on 1 June.", False),
        ("{set}`the copy <match?machines=4e5>` of $2^n$", False),
    ],
)
def test_what_counts_as_a_number(line, seen):
    assert bool(re.search(r"\d", bare(line))) is seen


def test_a_citation_serves_its_own_paragraph():
    text = "One is 5 {cite}`key`.\nTwo is 6.\n\nThree is 7.\n\n- Four is 8 {cite}`key`.\n- Five is 9.\n"
    assert [cited for _, _, cited in sentences(text)] == [True, True, False, True, False]
