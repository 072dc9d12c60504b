"""Each page of the site, visited once: what it weighs, how wide it is on a phone, and where its answer and its first control stand."""

from __future__ import annotations

import gzip
import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import Reader, opening
from notebooks import BOOK
from playwright.sync_api import Browser, Request

from explorables.site import lite
from explorables.site.html_pages import EMBED

OPENED = sorted(
    path.relative_to(BOOK).with_suffix(".html").as_posix()
    for path in BOOK.rglob("*.md")
    if "```{opening}" in path.read_text(encoding="utf-8")
)
# Width and height; the most screens of a page in reading mode; where its first control begins at the latest.
SIZES = {(1280, 800): (12.0, 1.2), (390, 844): (20.0, 1.5)}
FRAME_KB = 70  # a page without a chart and of the usual length
PLAIN_KB = 170  # any page without a chart, its text and tables included
SEARCH_KB = 270  # brings all text that it finds, so that a search asks for nothing more
EXPLORER_KB = 320  # a page with explorers, all of it

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
SCROLLED = """async () => {
  for (let y = 0; y < document.body.scrollHeight; y += 500) {
    scrollTo(0, y);
    await new Promise(resolve => setTimeout(resolve, 30));
  }
  scrollTo(0, 0);
}"""


def pages(site: Path) -> list[str]:
    """Addresses of all pages of the book, relative to the site.

    The first page's other address only leads to it, JupyterLite's app is no page of the book, and what others may frame
    is a part of one.
    """
    written = [
        page.relative_to(site).as_posix() for page in sorted(site.rglob("*.html")) if page != site / "index.html"
    ]
    return [page for page in written if not page.startswith((f"{lite.FOLDER}/", f"{EMBED}/"))]


@dataclass
class Visit:
    """What was seen of a page.

    Attributes
    ----------
    charts : bool
        Whether it has charts.
    sizes : dict or None
        Compressed bytes of everything that a cold visit fetches, the whole page scrolled through; of the ledger's
        pages, which are all of one template, the longest stands for all.
    wide : int
        Pixels that it takes on a phone 390 pixels wide.
    errors : list of str
        What its scripts and its policy complained of.
    seen : dict
        Where things stand, by size, if it begins with an answer.
    """

    charts: bool
    sizes: dict[str, int] | None
    wide: int
    errors: list[str]
    seen: dict[tuple[int, int], dict[str, Any]]


@pytest.fixture(scope="module")
def visits(browser: Browser, served_site: str, site: Path) -> Iterator[dict[str, Visit]]:
    """Every page, each in a browser that has seen none before."""
    packed: dict[str, int] = {}

    def weight(reader: Reader, address: str) -> int:
        if address not in packed:
            packed[address] = len(gzip.compress(reader.page.request.get(address).body(), 9))
        return packed[address]

    def visit(path: str, weighed: bool) -> Visit:
        asked: list[str] = []
        reader = open_("about:blank", folded=True)
        page = reader.page

        def note(request: Request) -> None:
            asked.append(request.url)

        page.on("request", note)
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(f"{served_site}{path}")
        if weighed:
            page.evaluate(SCROLLED)
            page.wait_for_timeout(500)
        sizes = {address: weight(reader, address) for address in asked} if weighed else None
        seen = {}
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            if path in OPENED:
                page.wait_for_timeout(250)
                seen[width, height] = page.evaluate(MEASURED)
        wide = page.evaluate("document.documentElement.scrollWidth")
        page.context.close()
        text = (site / path).read_text(encoding="utf-8")
        return Visit("xp-vega.js" in text, sizes, wide, list(reader.errors), seen)

    found = pages(site)
    longest = max((path for path in found if path.startswith("claims/")), key=lambda path: (site / path).stat().st_size)
    with opening(browser, "") as open_:
        yield {path: visit(path, path == longest or not path.startswith("claims/")) for path in found}


def test_no_page_has_an_error_breaks_its_policy_or_is_wider_than_a_phone(visits):
    assert len(visits) > 90
    assert {path: visit.errors for path, visit in visits.items() if visit.errors} == {}
    assert {path: visit.wide for path, visit in visits.items() if visit.wide > 390} == {}


def test_every_page_keeps_to_its_budget(visits):
    def limit(path: str, visit: Visit) -> int:
        if path in ("how-to.html", "search.html"):
            return FRAME_KB if path == "how-to.html" else SEARCH_KB
        return EXPLORER_KB if visit.charts else PLAIN_KB

    weighed = {path: visit for path, visit in visits.items() if visit.sizes}
    assert len(weighed) > 35
    heavy = {
        path: visit.sizes for path, visit in weighed.items() if sum(visit.sizes.values()) >= limit(path, visit) * 1e3
    }
    assert heavy == {}
    for path, visit in weighed.items():
        assert any("xp-vega" in address for address in visit.sizes) == visit.charts, path


def measured(visits: dict[str, Visit]) -> dict[tuple[str, tuple[int, int]], dict[str, Any]]:
    """What each page that begins with an answer shows where, at each size."""
    return {(path, size): seen for path, visit in visits.items() for size, seen in visit.seen.items()}


def test_every_page_of_the_argument_begins_with_an_answer():
    chapters = {path.relative_to(BOOK).with_suffix(".html").as_posix() for path in BOOK.glob("*/*.md")}
    assert {path for path in chapters if not path.endswith("index.html")} == set(OPENED)


def test_the_first_screen_has_place_question_verdict_answer_and_ways(visits):
    for (path, size), seen in measured(visits).items():
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


def test_the_desk_is_near_the_top_and_a_page_is_short(visits, record_property):
    record_property("Pages in screens", table(measured(visits)))
    for (path, size), seen in measured(visits).items():
        screens, control = SIZES[size]
        assert seen["control"] <= control, (path, size, seen["control"])
        assert seen["screens"] <= screens, (path, size, seen["screens"])
        if seen["evidence"] is not None:
            assert seen["evidence"] < 5.0, (path, size, seen["evidence"])


def test_a_page_ends_with_the_next_question_and_tells_search_engines_its_answer(visits):
    for (path, _size), seen in measured(visits).items():
        assert seen["next"] and seen["next"].endswith(".html"), path
        assert seen["keywords"], path
        bold = re.sub(r"\s+", " ", seen["description"]).removesuffix(" ...")
        assert bold in re.sub(r"\s+", " ", seen["said"]), (path, bold)
