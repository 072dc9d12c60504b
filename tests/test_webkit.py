"""The site in WebKit, the engine of Safari and of every browser on an iPhone: what a page is for works there too."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from conftest import SAMPLE
from notebooks import BOOK, explorers, with_explorers
from webkit import WebKit, driver, programs

SCALING = "energy-scale-long-game/scaling"
NAMES = [path.relative_to(BOOK).with_suffix("").as_posix() for path in with_explorers()]

pytestmark = pytest.mark.skipif(
    programs() is None, reason="no WebKit on this machine; `make test` installs Debian's where it may"
)


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., WebKit]]:
    with driver(tmp_path_factory.mktemp("webkit")) as window:
        yield window


# Take each slider and menu of an explorer to another place, as a hand does; what then stands, and whether it moved.
MOVES = """async id => {
  const root = document.getElementById(id), explorer = root.xpExplorer, still = [];
  const shown = () => JSON.stringify([...root.querySelectorAll('[data-readout]')].map(e => e.textContent)) + root.querySelector('.xp-says')?.textContent;
  for (const control of explorer.controls.values()) {
    const { element } = control, before = shown(), drawn = explorer.charts.map(chart => chart.shown).join();
    if (control.type === 'switch') element.checked = !element.checked;
    else if (control.type === 'choice') element.selectedIndex = (element.selectedIndex + 1) % element.options.length;
    else element.value = Math.round((Number(element.value) > element.max / 2 ? 0.3 : 0.7) * element.max);
    element.dispatchEvent(new Event('input', { bubbles: true }));
    element.dispatchEvent(new Event('change', { bubbles: true }));
    await explorer.request();
    if (explorer.settings[control.name] === control.default) still.push(control.name);
  }
  for (const chart of explorer.charts) await chart.ready();
  return {
    settings: explorer.settings,
    still,
    readouts: Object.fromEntries([...root.querySelectorAll('[data-readout]')].map(e => [e.dataset.readout, e.textContent])),
    charts: explorer.charts.map(chart => [chart.frame.querySelectorAll('svg path').length > 0, chart.shown === JSON.stringify(explorer.signals())]),
    broken: root.querySelectorAll('.xp-broken').length,
  };
}"""


@pytest.mark.parametrize(
    "name", [name if name in SAMPLE else pytest.param(name, marks=pytest.mark.nightly) for name in NAMES]
)
def test_every_control_moves_every_explorer_and_the_numbers_are_numpys(window, served_site, name):
    page = window()
    page.open(f"{served_site}{name}.html")
    for explorer in explorers(BOOK / f"{name}.md"):
        seen = page.run(MOVES, explorer.id)
        bounded = {
            name
            for name, one in explorer.inputs.items()
            if getattr(one, "at_most", None) or getattr(one, "at_least", None)
        }
        assert set(seen["still"]) <= bounded, explorer.id
        result = explorer.evaluate(**seen["settings"])
        assert seen["readouts"] == {r.name: r.show(result[r.name]) for r in explorer.readouts}, explorer.id
        assert all(drawn and current for drawn, current in seen["charts"]) and not seen["broken"], explorer.id


def basics(page: WebKit, site: str) -> None:
    """What every reader does: move a slider by keyboard, answer, look for a word, open the menu."""
    page.open(f"{site}{SCALING}.html?match.frontier_chips=2e5")
    page.wait("document.querySelector('#match[data-live]')")
    before = page.run("() => document.querySelector('#match .xp-says').textContent")
    page.type("#match-frontier_chips", "ArrowRight")
    page.wait(f"document.querySelector('#match .xp-says').textContent !== {json.dumps(before)}")
    page.wait(
        "new URLSearchParams(location.search).get('match.frontier_chips') === String(document.getElementById('match').xpExplorer.settings.frontier_chips) && document.getElementById('match').xpExplorer.settings.frontier_chips > 2e5"
    )
    page.run("() => document.querySelectorAll('details.xp-fold').forEach(fold => { fold.open = true; })")
    check = ".xp-check[data-kind=number]"
    right = page.run("selector => JSON.parse(document.querySelector(selector + ' script').textContent).answer", check)
    page.type(f"{check} input", repr(right))
    page.click(f"{check} button")
    page.wait(f"document.querySelector('{check} [role=status]').textContent.startsWith('Right.')")
    page.open(f"{site}search.html?q=Huawei+2023")
    page.wait("document.querySelectorAll('#search-results li').length > 2")


NARROW = {"x": 0, "y": 0, "width": 420, "height": 900}


def on_a_phone(page: WebKit, site: str) -> None:
    """The menu of pages and the search, as narrow screens have them."""
    page.ask("POST", "/window/rect", NARROW)
    page.open(f"{site}{SCALING}.html")
    assert page.run("() => innerWidth") < 600
    page.click(".primary-toggle")
    page.wait("document.querySelector('dialog[open]')?.querySelectorAll('a[href]').length > 10")
    page.run("() => document.querySelector('dialog[open]').close()")
    assert page.run("() => document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the phone"
    mode = page.run("() => document.documentElement.dataset.mode")
    page.click(".theme-switch-button")
    assert page.run("() => document.documentElement.dataset.mode") != mode


def test_sliders_questions_search_and_menus_work(window, served_site):
    page = window()
    basics(page, served_site)
    on_a_phone(page, served_site)


def test_so_they_do_by_a_double_click(window, site):
    page = window()
    basics(page, f"{site.as_uri()}/")
    on_a_phone(page, f"{site.as_uri()}/")


@pytest.fixture
def refused(window) -> WebKit:
    """A window whose browser keeps nothing for any site."""
    return window("--enable-html5-local-storage=false")


def test_without_storage_pages_work_until_they_are_left(refused, served_site):
    page = refused
    basics(page, served_site)
    on_a_phone(page, served_site)
    page.open(f"{served_site}about.html")
    assert page.run("() => (localStorage.setItem('probe', 1), localStorage.getItem('probe'))") == "1"
    assert page.run("() => localStorage.kept") is False
