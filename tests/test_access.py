"""Everybody can use every page: the rules of axe-core, the keyboard, enlarged text, quiet motion, colours that hold."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import opening
from notebooks import BOOK
from playwright.sync_api import Browser, Page

from explorables.explore.theme import COLOURS

ROOT = Path(__file__).resolve().parent.parent
AXE = ROOT / "tests/node_modules/axe-core/axe.min.js"
PAGES = sorted(
    {path.relative_to(BOOK).with_suffix(".html").as_posix() for path in BOOK.rglob("*.md")} | {"search.html"}
)
NOTEBOOK = "controls-efficiency-adoption/efficiency.html"
# What is drawn inside a chart is hidden from screen readers, which get its description and its data; the colours
# of the drawings are the theme's, and tested below.
# Code has the same colours on every page, so one page is enough for it.
RUN = """([only, code]) => axe.run({ exclude: ['.xp-chart svg', ...(code ? [] : ['.highlight pre'])] }, {
  resultTypes: ['violations'], preload: false,
  ...(only ? { runOnly: only } : { rules: { 'target-size': { enabled: true } } }),
}).then(found => found.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target} ${node.html.slice(0, 120)}`)))"""

# The theme's script follows the system's colours, and some of its colours change over a moment.
SETTLED = """async scheme => {
  for (let frame = 0; frame < 300 && document.documentElement.dataset.theme !== scheme; frame++)
    await new Promise(requestAnimationFrame);
  await Promise.allSettled(document.getAnimations().map(animation => animation.finished));
  return document.documentElement.dataset.theme;
}"""


@pytest.fixture(scope="module", params=PAGES)
def opened(request: pytest.FixtureRequest, browser: Browser, served_site: str) -> Iterator[tuple[Page, str]]:
    """Every page, which two tests share, and its path."""
    with opening(browser, served_site) as open_page:
        yield open_page(request.param).page, request.param


def test_axe_finds_nothing_on_a_page_in_either_scheme_and_width(opened):
    page, path = opened
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = {}
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(400)  # the theme makes what now scrolls reachable once the size has settled
        # Between the schemes only colours differ.
        for scheme, only in (("light", None), ("dark", ["color-contrast", "link-in-text-block"])):
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate(SETTLED, scheme) == scheme
            found |= {
                f"{scheme}, {width} px, {problem}": None for problem in page.evaluate(RUN, [only, path == NOTEBOOK])
            }
    assert not found, "\n".join(found)


def test_axe_would_see_a_fault(open_page):
    page = open_page("about.html").page
    page.evaluate(AXE.read_text(encoding="utf-8"))
    page.evaluate(
        "document.querySelector('article').insertAdjacentHTML('beforeend', '<button></button><p style=\"color:#999\">Pale</p>')"
    )
    assert {problem.split(":")[0] for problem in page.evaluate(RUN, [None, True])} == {"button-name", "color-contrast"}


def test_every_control_of_an_explorer_has_a_name_a_value_and_room_for_a_finger(open_page):
    page = open_page(NOTEBOOK, width=390).page
    controls = page.locator(".xp-explorer :is(input, select, button, summary) >> visible=true").all()
    assert len(controls) > 20
    for control in controls:
        what = control.evaluate("e => e.outerHTML.slice(0, 120)")
        box = control.bounding_box()
        label = "e => e.closest('label') || e"  # of a check box, the whole label takes a tap
        height = control.evaluate(f"e => ({label})(e).getBoundingClientRect().height")
        assert min(height, box["width"] if box["width"] > 0 else 24) >= 19.9, what
        assert height >= 24, what
    for slider in page.locator(".xp-explorer input[type=range]").all():
        name = slider.evaluate("e => e.labels[0].textContent")
        assert name and not re.search(r"\d{3,}", name)
        shown = page.locator(f"#{slider.get_attribute('id')}-typed").input_value()
        assert slider.get_attribute("aria-valuetext") == shown


def test_every_chart_says_what_it_shows_and_has_its_data(open_page):
    page = open_page(NOTEBOOK).page
    for figure in page.locator(".xp-figure").all():
        chart = figure.locator(".xp-chart")
        assert chart.get_attribute("role") == "img"
        assert len(chart.get_attribute("aria-label")) > 40
        assert figure.locator(".xp-data summary").inner_text()
    for explorer in page.locator(".xp-explorer").all():
        assert "Now: " in explorer.locator(".xp-chart").first.get_attribute("aria-label")


def test_a_move_is_announced_once_it_rests_and_not_on_the_way(open_page):
    page = open_page(NOTEBOOK).page
    explorer = page.locator(".xp-explorer").first
    explorer.scroll_into_view_if_needed()
    page.wait_for_function("e => e.dataset.ready !== undefined", arg=explorer.element_handle())
    page.evaluate("""() => { window.said = [];
      const live = document.querySelector('.xp-explorer .xp-announce');
      new MutationObserver(() => window.said.push(live.textContent)).observe(live, { childList: true }); }""")
    handle = explorer.locator("input[type=range]").first
    handle.focus()
    for _ in range(12):
        handle.press("ArrowRight", delay=5)
    page.wait_for_function("window.said.length > 0")
    page.wait_for_timeout(600)
    assert len(page.evaluate("window.said")) < 4
    assert explorer.locator(".xp-announce").get_attribute("role") == "status"  # polite


def test_what_has_the_focus_is_seen(open_page):
    page = open_page(NOTEBOOK).page
    explorer = page.locator(".xp-explorer").first
    for control in explorer.locator(":is(input, select, button, summary) >> visible=true").all()[:12]:
        control.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")  # as a reader with a keyboard comes to it
        style = control.evaluate(
            "e => { const s = getComputedStyle(e); return [s.outlineStyle, parseFloat(s.outlineWidth)]; }"
        )
        assert style[0] != "none" and style[1] >= 2, control.evaluate("e => e.outerHTML.slice(0, 120)")


def test_nothing_moves_by_itself_for_readers_who_want_no_motion(open_page):
    page = open_page(NOTEBOOK, reduced_motion="reduce").page
    moving = page.evaluate("""() => [...document.querySelectorAll('body *')].filter(e => {
      const s = getComputedStyle(e), most = text => Math.max(...text.split(',').map(parseFloat));
      return e.checkVisibility() && (most(s.transitionDuration) > 0.01 || (s.animationName !== 'none' && most(s.animationDuration) > 0.01));
    }).map(e => e.outerHTML.slice(0, 80))""")
    assert moving == []
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_no_page_loses_anything_at_320_px_or_with_doubled_text(opened):
    page, _ = opened
    page.set_viewport_size({"width": 320, "height": 800})
    page.wait_for_function("document.documentElement.scrollWidth <= 320", timeout=5_000)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    page.wait_for_function("document.documentElement.scrollWidth <= 1280", timeout=5_000)


def linear(colour: str) -> np.ndarray:
    """Red, green and blue of a colour as light, from 0 to 1."""
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(a: str, b: str) -> float:
    """Contrast ratio of WCAG 2."""
    light, dark = sorted((float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (a, b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("name", [name for name in COLOURS if name not in {"paper", "line"}])
def test_each_colour_stands_out_from_the_page(name, scheme):
    wanted = 4.5 if name in {"text", "muted", "us", "bad"} else 3  # those that text is written in
    assert contrast(COLOURS[name][scheme], COLOURS["paper"][scheme]) >= wanted


VERDICTS = ["supported", "contested", "outdated", "unsupported", "untestable"]
# What people without one kind of cone see, as matrices on linear light (Machado, Oliveira and Fernandes 2009, severity 1).
BLIND = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lab(light: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of linear sRGB light under D65."""
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(
        light, 0, 1
    )
    ratio = xyz / [0.9505, 1.0, 1.089]
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("kind", BLIND)
@pytest.mark.parametrize(
    "names",
    [["china", "us", "rest", "accent"], ["good", "bad", "neutral"], VERDICTS, [f"s{i}" for i in range(1, 8)]],
    ids="-".join,
)
def test_colours_that_stand_side_by_side_stay_apart_for_colour_blind_readers(names, kind, scheme):
    seen = {name: lab(np.array(BLIND[kind]) @ linear(COLOURS[name][scheme])) for name in names}
    near = {
        f"{a}-{b}": round(float(np.linalg.norm(seen[a] - seen[b])), 1)
        for a, b in itertools.combinations(names, 2)
        if np.linalg.norm(seen[a] - seen[b]) < 10
    }
    assert not near
