"""Settings in an address give the same numbers, sentences, charts, files and paper wherever the page is read."""

from __future__ import annotations

import contextlib
import io
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import conftest
import pytest
from conftest import Files, keeping_nothing, served, wait_for
from notebooks import BOOK
from notebooks import with_explorers as sources
from playwright.sync_api import Browser, Frame, Page
from pypdf import PdfReader
from test_places import PLACES, RULES, SCALING, TRANSLATED, query, with_explorers

Opened = Page | Frame
FIRST = (RULES, SCALING)  # the page with most controls, and one of two explorers; the others once a week
PAGES = [path.relative_to(BOOK).with_suffix(".html").as_posix() for path in sources()]

# The places of PLACES, and the files that a reader can take away.
SEEN = f"""async () => {{
  const found = await ({PLACES})();
  for (const root of document.querySelectorAll('.xp-explorer')) {{
    const explorer = root.xpExplorer, one = found[explorer.id];
    one.files = [];
    for (const chart of explorer.charts) {{
      await chart.ready();
      one.files.push([chart.name(), chart.csv(), chart.words().feet[0]]);
    }}
    for (const chart of one.charts) chart.signals ??= chart.shown; // far from the screen it is a drawing alone
    one.pending = root.matches('[data-pending]');
    delete one.theme;
  }}
  return found;
}}"""
READY = "() => { const all = [...document.querySelectorAll('.xp-explorer')]; return all.length > 0 && all.every(e => e.matches('[data-live]:not([data-pending])')); }"


@contextlib.contextmanager
def browsing(browser: Browser, **options: Any) -> Iterator[Page]:
    """A page of a browser of its own kind."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    yield context.new_page()
    context.close()


# Each way to read a page is given the browser, the address of the site, its folder, and a page with settings; it yields
# the page or the frame in which that is open.


@contextlib.contextmanager
def plainly(
    browser: Browser, served_site: str, site: Path, tmp_path: Path, path: str, **options: Any
) -> Iterator[Page]:
    with browsing(browser, **options) as page:
        page.goto(served_site + path)
        yield page


def as_(**options: Any) -> Callable:
    """A way that differs by options of the browser."""
    return lambda *where: plainly(*where, **options)


@contextlib.contextmanager
def double_click(browser: Browser, served_site: str, site: Path, tmp_path: Path, path: str) -> Iterator[Page]:
    name, _, settings = path.partition("?")
    with browsing(browser) as page:
        page.goto(f"{(site / name).as_uri()}?{settings}")
        yield page


@contextlib.contextmanager
def no_site_data(browser: Browser, served_site: str, site: Path, tmp_path: Path, path: str) -> Iterator[Page]:
    with keeping_nothing(browser, tmp_path) as page:
        page.goto(served_site + path)
        assert page.evaluate("localStorage.kept") is False, "the browser was meant to refuse"
        yield page


@contextlib.contextmanager
def full_store(browser: Browser, served_site: str, site: Path, tmp_path: Path, path: str) -> Iterator[Page]:
    with browsing(browser) as page:
        page.goto(f"{served_site}about.html")
        page.evaluate("""() => { for (let size = 2 ** 22; size; size >>= 1) for (;;) {
          const before = localStorage.length;
          localStorage.setItem(`full-${size}-${before}`, 'x'.repeat(size));
          if (localStorage.length === before) break;
        } }""")
        page.goto(served_site + path)
        yield page


@contextlib.contextmanager
def slow(browser: Browser, served_site: str, site: Path, tmp_path: Path, path: str) -> Iterator[Page]:
    with browsing(browser) as page:
        for name in ("xp.js", "xp-vega.js"):
            page.route(f"**/{name}*", lambda route: (page.wait_for_timeout(700), route.continue_()))
        page.goto(served_site + path)
        yield page


@contextlib.contextmanager
def failing(browser: Browser, served_site: str, site: Path, tmp_path: Path, path: str) -> Iterator[Page]:
    tries = {"xp.js": 1, "xp-vega.js": 2}  # which fail

    def fail(name: str) -> Callable:
        def route(route: Any) -> None:
            tries[name] -= 1
            route.abort() if tries[name] >= 0 else route.continue_()

        return route

    with browsing(browser) as page:
        for name in tries:
            page.route(f"**/{name}*", fail(name))
        page.goto(served_site + path)
        yield page


@contextlib.contextmanager
def translated(browser: Browser, served_site: str, site: Path, tmp_path: Path, path: str) -> Iterator[Page]:
    """The page was translated as it opened; its settings come after that, as by the browser's way back."""
    name, _, settings = path.partition("?")
    with browsing(browser) as page:
        page.goto(served_site + name)
        page.evaluate(TRANSLATED)
        page.evaluate(
            "to => { history.pushState(null, '', to); dispatchEvent(new PopStateEvent('popstate')); }", f"?{settings}"
        )
        yield page


@contextlib.contextmanager
def printing(browser: Browser, served_site: str, site: Path, tmp_path: Path, path: str) -> Iterator[Page]:
    """Printed while the page still loads, and again while a slider moves.

    In the instant before its body begins, Chromium sometimes has nothing to print of any page, however short, and says that it failed.
    """
    with browsing(browser, color_scheme="dark") as page:
        page.goto(served_site + path, wait_until="commit")
        wait_for(page, "() => document.body !== null")
        page.pdf()
        wait_for(page, READY)
        page.evaluate("() => { for (const e of document.querySelectorAll('.xp-explorer')) e.xpExplorer.request(); }")
        page.pdf()
        yield page


def framed(sandbox: str = "") -> Callable:
    @contextlib.contextmanager
    def way(browser: Browser, served_site: str, site: Path, tmp_path: Path, path: str) -> Iterator[Frame]:
        frame = f'<iframe {sandbox} style="width: 1000px; height: 900px" src="{served_site}{path.replace("&", "&amp;")}"></iframe>'
        (tmp_path / "index.html").write_text(f"<!DOCTYPE html><title>Another page</title>{frame}", encoding="utf-8")
        with served(tmp_path, Files) as host, browsing(browser) as page:
            page.goto(host)
            yield page.frames[1]

    return way


WAYS: dict[str, Callable] = {
    "double click": double_click,
    "no site data": no_site_data,
    "full store": full_store,
    "west of Greenwich": as_(timezone_id="Pacific/Honolulu"),
    "east of Greenwich": as_(timezone_id="Pacific/Kiritimati"),
    "decimal comma": as_(locale="de-DE"),
    "digits of their own": as_(locale="ar-EG"),
    "touch": as_(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844}),
    "slow scripts": slow,
    "failing scripts": failing,
    "printing": printing,
    "forced colours": as_(forced_colors="active", color_scheme="dark"),
    "translated": translated,
    "another page's frame": framed(),
    "a frame that may keep nothing": framed('sandbox="allow-scripts"'),
}


@pytest.fixture(scope="module")
def here(browser: Browser, served_site: str, site: Path) -> Callable[[str], tuple[str, dict]]:
    """What a page shows in a plain browser, by its name: its address with settings, and what stands where."""
    found = with_explorers(site)

    @cache
    def look(name: str) -> tuple[str, dict]:
        path = f"{name}?{query(found[name])}"
        with plainly(browser, served_site, site, Path(), path) as page:
            return path, shown(page)

    return look


def shown(page: Opened) -> dict:
    """What stands where once the page has come to rest."""
    wait_for(page, READY)
    return page.evaluate(SEEN)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "name", [one if one in FIRST else pytest.param(one, marks=pytest.mark.nightly) for one in PAGES]
)
def test_settings_mean_the_same_whatever_the_browser(here, browser, served_site, site, tmp_path, way, name):
    path, wanted = here(name)
    assert wanted
    with WAYS[way](browser, served_site, site, tmp_path, path) as page:
        assert shown(page) == wanted


# What must be legible on paper, with the title of the page.
ON_PAPER = """() => [document.querySelector('h1').firstChild.textContent, ...[...document.querySelectorAll('.xp-explorer')].flatMap(root => {
  const { controls, settings, readouts } = root.xpExplorer;
  const differs = [...controls.values()].filter(one => settings[one.name] !== one.default);
  return [
    ...differs.flatMap(one => one.type === 'switch' ? [one.label] : [one.label, one.say(settings[one.name])]),
    ...readouts.flatMap(one => [one.label, one.text]),
    ...[...root.querySelectorAll('.xp-says, .xp-follows')].map(one => one.textContent),
  ];
})]"""


def letters(text: str) -> str:
    """A text without what a printed line does to it: spaces and breaks, two letters in one sign."""
    return re.sub(r"[\s\u00ad]", "", unicodedata.normalize("NFKC", text))


def on_paper(pdf: bytes) -> tuple[str, set[str]]:
    """The text of a printed page, without the numbers of its sheets, and those pieces that are in a light colour alone."""
    inks: dict[bool, list[str]] = {True: [], False: []}  # whether light
    whole = ""
    for number, sheet in enumerate(PdfReader(io.BytesIO(pdf)).pages, 1):
        fills: list[Any] = [(0.0,)]

        def draw(operator: bytes, operands: Any, *_: Any, fills: list = fills) -> None:
            match operator:
                case b"q":
                    fills.append(fills[-1])
                case b"Q":
                    fills.pop()
                case b"rg" | b"g":
                    fills[-1] = tuple(map(float, operands))

        def write(text: str, *_: Any, fills: list = fills) -> None:
            inks[sum(fills[-1]) / len(fills[-1]) > 0.6].append(letters(text))

        text = sheet.extract_text(visitor_operand_before=draw, visitor_text=write)
        whole += letters(text).removeprefix(str(number))  # what stands at the foot is read first
    dark = "".join(inks[False])  # a halo is drawn beneath the same text
    return whole, {text for text in inks[True] if text not in dark}


@pytest.mark.parametrize(
    ("name", "paper"),
    [
        *((name, paper) for name in FIRST for paper in ("A4", "A5")),
        *(
            pytest.param(f"{name}.html", "A4", marks=pytest.mark.nightly)
            for name in sorted(conftest.PAGES)
            if f"{name}.html" not in FIRST
        ),
    ],
)
def test_who_prints_gets_on_paper_what_is_set_in_dark_letters(browser, served_site, site, name, paper):
    found = with_explorers(site).get(name, [])
    with browsing(browser, color_scheme="dark") as page:
        page.goto(f"{served_site}{name}?{query(found)}")
        if found:
            wait_for(page, READY)
        # Without backgrounds Chromium darkens pale letters by itself.
        edges = dict.fromkeys(("top", "right", "bottom", "left"), "1cm")
        printed, light = on_paper(page.pdf(format=paper, margin=edges, print_background=True))
        wanted = page.evaluate(ON_PAPER)
    assert [text for text in wanted if letters(text) not in printed] == []
    assert light == set()
