"""The same truth in every place: address, controls, numbers, sentences, charts, paper and files agree, whatever the browser."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from conftest import keeping_nothing
from playwright.sync_api import Browser, Page

from explorables.site import html_pages

SETTINGS = re.compile(r'<script type="application/json" class="xp-settings">(.*?)</script>', re.DOTALL)
SCALING = "energy-scale-long-game/scaling.html"
RULES = "controls-efficiency-adoption/controls.html"
SCENARIOS = "energy-scale-long-game/everywhere-else.html"


def explorers(page: Path) -> list[dict[str, Any]]:
    """What a page says of its explorers."""
    return [json.loads(found) for found in SETTINGS.findall(page.read_text(encoding="utf-8"))]


def moved(control: dict[str, Any]) -> Any:
    """A setting of a control that is none of those it opens with."""
    match control["type"]:
        case "choice":
            return next((one for one in reversed(control["options"]) if one != control["value"]), control["value"])
        case "switch":
            return not control["value"]
    part = 0.3 if control["value"] > (control["min"] + control["max"]) / 2 else 0.7
    value = control["min"] + part * (control["max"] - control["min"])
    return round(value) if control.get("whole") else float(f"{value:.4g}")


def query(found: list[dict[str, Any]]) -> str:
    """The part of an address that moves every control of a page, as somebody might type it."""
    pairs = (
        (f"{one['id']}.{control['name']}", moved(control))
        for one in found
        for control in one["controls"]
        if moved(control) != control["value"]
    )
    return "&".join(
        f"{name}={int(value) if isinstance(value, bool) else str(value).replace('%', '%25').replace('&', '%26').replace('#', '%23').replace(' ', '%20')}"
        for name, value in pairs
    )


# What each place of a page shows. Paper is what stands when the browser is about to print.
PLACES = """async () => {
  const found = {};
  for (const root of document.querySelectorAll('.xp-explorer')) {
    const explorer = root.xpExplorer;
    await explorer.request();
    dispatchEvent(new Event('beforeprint'));
    const text = name => explorer.readouts.find(one => one.name === name)?.text ?? explorer.controls.get(name).say(explorer.settings[name]);
    found[explorer.id] = {
      settings: explorer.settings,
      address: explorer.address().search,
      controls: Object.fromEntries([...explorer.controls].map(([name, c]) => [name, c.type === 'slider' ? [c.element.getAttribute('aria-valuetext'), c.typed.value] : [String(c.read()), String(c.read())]])),
      said: Object.fromEntries([...explorer.controls].map(([name, c]) => [name, c.type === 'slider' ? c.say(explorer.settings[name]) : String(explorer.settings[name])])),
      differs: [...root.querySelectorAll('[data-differs] [data-input]')].map(e => e.dataset.input).sort(),
      onPaper: [...root.querySelectorAll('[data-differs] [data-input]')].filter(e => e.checkVisibility() && !e.closest('details:not([open])')).map(e => e.dataset.input).sort(),
      more: root.querySelector('.xp-more-changed')?.textContent ?? '',
      numbers: explorer.readouts.map(one => [one.text, root.querySelector(`[data-readout="${CSS.escape(one.name)}"]`).textContent]),
      words: [...root.querySelectorAll('.xp-value')].map(e => [e.textContent, text(e.dataset.of)]),
      bound: [...document.querySelectorAll(`[data-now^="${CSS.escape(explorer.id)}."]`)].map(e => [e.textContent, text(e.dataset.now.slice(explorer.id.length + 1))]),
      charts: explorer.charts.map(chart => ({
        shown: Object.fromEntries(JSON.parse(chart.shown)),
        signals: chart.view && Object.fromEntries(explorer.signals().map(([name]) => [name, chart.view.signal(name)])),
        wanted: Object.fromEntries(explorer.signals()),
        file: chart.name(),
      })),
      theme: document.documentElement.dataset.theme,
    };
    dispatchEvent(new Event('afterprint'));
  }
  return found;
}"""


def with_explorers(site: Path) -> dict[str, list[dict[str, Any]]]:
    """The English pages of the site that have explorers, with what they say of them."""
    found = {page.relative_to(site).as_posix(): explorers(page) for page in html_pages.files(site)}
    return {name: some for name, some in found.items() if some and not name.startswith("zh")}


def test_what_is_set_is_the_same_in_every_place(open_page, site, served_site):
    """Each page is opened once, by an address that moves all of its controls, in a browser far from where it was built."""
    found = with_explorers(site)
    assert len(found) >= 17
    page = open_page("404.html", scheme="dark", timezone_id="America/Los_Angeles", locale="de-DE").page
    for name, some in found.items():
        page.goto(f"{served_site}{name}?{query(some)}")
        seen = page.evaluate(PLACES)
        for one in some:
            here, where = seen[one["id"]], f"{name}, {one['id']}"
            for control in one["controls"]:
                wanted, now = moved(control), here["settings"][control["name"]]
                assert now == (pytest.approx(wanted) if control["type"] == "slider" else wanted), (where, control)
            changed = sorted(c["name"] for c in one["controls"] if moved(c) != c["value"])
            written = {pair.partition("=")[0] for pair in unquote(here["address"]).lstrip("?").split("&")}
            assert {f"{one['id']}.{control}" for control in changed} <= written, where
            assert here["differs"] == here["onPaper"] == changed, where
            more = sum(c["name"] in changed for c in one["controls"] if c["more"])
            assert here["more"] == (f", {more} changed" if more else ""), where
            for control, texts in here["controls"].items():
                assert set(texts) == {here["said"][control]}, (where, control)
            for pairs in (here["numbers"], here["words"], here["bound"]):
                assert all(shown == wanted for shown, wanted in pairs), (where, pairs)
            for chart in here["charts"]:
                # A chart that is far away lets go of its view once it is drawn.
                assert chart["shown"] == chart["wanted"] and chart["signals"] in (None, chart["wanted"]), where
                assert chart["file"].startswith(one["id"]) and "=" in chart["file"], where
            assert here["theme"] == "light", where
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_every_option_has_a_value_that_no_translation_touches(site):
    for page in html_pages.files(site):
        html = page.read_text(encoding="utf-8")
        assert not re.search(r"<option(?![^>]*\bvalue=)", html), page


def test_files_of_a_page_are_offered_to_be_kept_and_not_to_be_shown(site):
    links = re.findall(r'<li><a[^>]*_sources/[^"]+"[^>]*>', (site / SCALING).read_text(encoding="utf-8"))
    assert len(links) >= 3 and all(" download" in link for link in links)


# --- contexts that a reader may come from -------------------------------------------------------------------------

WATCHED = """() => ({
  styled: getComputedStyle(document.querySelector('.xp-explorer, body')).getPropertyValue('--xp-paper') !== '',
  ready: document.querySelectorAll('.xp-explorer[data-ready]').length === document.querySelectorAll('.xp-explorer').length,
  failed: document.documentElement.dataset.failed,
})"""


def move(page: Page, explorer: str, control: str, part: float = 0.7) -> None:
    """Set a slider as a hand does."""
    page.evaluate(
        """([id, part]) => { const slider = document.getElementById(id);
        slider.value = Math.round(part * slider.max); slider.dispatchEvent(new Event('input', { bubbles: true })); }""",
        [f"{explorer}-{control}", part],
    )


def answered(page: Page, explorer: str) -> bool:
    """Whether an explorer's numbers are those of its settings."""
    return page.evaluate(
        "async id => { await document.getElementById(id).xpExplorer.request(); return document.getElementById(id).matches('[data-live]:not([data-pending])'); }",
        explorer,
    )


def solve(page: Page) -> str:
    """Answer a page's first question for a number; what is said."""
    check = page.locator(".xp-check[data-kind=number]").first
    right = json.loads(check.locator("script").text_content() or "")["answer"]
    check.get_by_role("textbox").fill(repr(right))
    check.get_by_role("button").click()
    return check.locator("[role=status]").inner_text()


@pytest.fixture
def disk(browser: Browser, site: Path) -> Iterator[Callable[[str], Page]]:
    """Pages opened by a double click, with the errors of their scripts."""
    context = browser.new_context()
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)

    def open_(path: str) -> Page:
        page.goto(
            (site / path).as_uri()
            if "?" not in path
            else f"{(site / path.partition('?')[0]).as_uri()}?{path.partition('?')[2]}"
        )
        return page

    yield open_
    context.close()
    assert errors == []


def test_a_page_opened_by_a_double_click_is_whole(disk):
    page = disk(SCALING)
    assert page.evaluate(WATCHED) == {"styled": True, "ready": True, "failed": None}
    move(page, "match", "frontier_chips")
    assert answered(page, "match")
    assert solve(page).startswith("Right.")
    assert disk("claims.html").locator(".xp-ledger-filters").count() == 1
    page = disk(SCENARIOS)
    assert page.locator(".xp-scenario-table").count() == 1
    page = disk("search.html?q=Huawei+2023")
    page.locator("#search-results li").first.wait_for()
    assert {"Huawei", "2023"} <= set(page.locator("#search-results mark").all_inner_texts()), (
        "a number in a search counts"
    )


@pytest.fixture
def without_site_data(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """A page on a phone whose browser keeps no data of any site, with what its scripts complain of."""
    with keeping_nothing(browser, tmp_path, viewport={"width": 390, "height": 844}) as page:
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
    assert errors == []


def test_without_site_data_everything_works_until_the_page_is_left(without_site_data, served_site):
    page = without_site_data
    page.goto(served_site + SCALING)
    assert page.evaluate("localStorage.setItem('probe', 1), localStorage.getItem('probe')") == "1"
    assert page.evaluate("localStorage.kept") is False, "the browser was meant to refuse"
    mode = page.evaluate("document.documentElement.dataset.mode")
    page.locator(".theme-switch-button").first.click()
    assert page.evaluate("document.documentElement.dataset.mode") != mode
    page.locator(".primary-toggle").first.click()
    assert page.locator("dialog[open]").get_by_role("link").count() > 10
    page.keyboard.press("Escape")
    page.locator(".search-button__button >> visible=true").first.click()
    page.locator("dialog[open] input[type=search]").fill("Huawei")
    page.keyboard.press("Enter")
    page.locator("#search-results li").first.wait_for()
    page.goto(served_site + SCALING)
    assert solve(page).startswith("Right.")
    assert "forgotten when you leave" in page.locator(".xp-check-count").first.inner_text()
    page.goto(served_site + "about.html")
    assert page.evaluate("localStorage.getItem('probe')") is None


def test_a_full_store_is_as_good_as_none(open_page):
    page = open_page("how-to.html").page
    said = page.evaluate("""() => {
      for (let size = 2 ** 22; size; size >>= 1) for (;;) {
        const before = localStorage.length;
        localStorage.setItem(`full-${size}-${before}`, 'x'.repeat(size));
        if (localStorage.length === before) break;
      }
      localStorage.setItem('mode', 'dark'.repeat(9));
      return [localStorage.kept, localStorage.getItem('mode')];
    }""")
    assert said == [False, "dark" * 9]


DATES = """async () => {
  const files = [];
  for (const figure of document.querySelectorAll('.xp-figure')) figure.querySelector('.xp-data').open = true;
  for (let i = 0; i < 200 && document.querySelectorAll('.xp-table a[download]').length < document.querySelectorAll('.xp-figure').length; i++) await new Promise(then => setTimeout(then, 50));
  for (const link of document.querySelectorAll('.xp-table a[download]')) files.push([link.download, decodeURIComponent(link.href.split(',').slice(1).join(','))]);
  return { files, charts: [...document.querySelectorAll('.xp-chart')].map(e => e.innerText), tips: [...document.querySelectorAll('.xp-figure')].map(e => e.querySelector('.xp-chart-title')?.textContent) };
}"""


def test_a_day_is_the_same_day_in_every_time_zone_on_charts_in_tables_and_in_files(open_page):
    """West and east of Greenwich, where a clock on the wall shows the day before and the day after."""
    zones = ("Pacific/Honolulu", "Pacific/Kiritimati")
    for path in (RULES, "controls-efficiency-adoption/inference.html"):
        seen = [open_page(path, timezone_id=zone).page.evaluate(DATES) for zone in zones]
        assert seen[0] == seen[1], path
        files = dict(seen[0]["files"])
        assert len(files) == len(seen[0]["files"]) >= 4, "files of one page have names of their own"
        for name, text in files.items():
            assert re.fullmatch(r"[\w.=+-]{5,120}\.csv", name), name
            assert text.startswith("\ufeff") and not re.search("[\u00a0\u2009\u202f]|GMT", text), name
            header, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
            assert rows and not {"label", "room", "order", "Room", "Order"} & set(header), (name, header)
            assert len(set(header)) == len(header) and all(len(row) == len(header) for row in rows), name
            for column in {"Date", "Day"} & set(header):
                days = {row[header.index(column)] for row in rows}
                assert all(re.fullmatch(r"(\d{4}-\d\d-\d\d)?", day) for day in days), (name, days)


def test_a_finger_that_scrolls_leaves_a_slider_alone_and_one_that_moves_along_it_sets_it(open_page):
    page = open_page(SCALING, width=390, height=844, has_touch=True, is_mobile=True).page
    slider = page.locator("#match-frontier_chips")
    slider.evaluate("e => e.scrollIntoView({ block: 'center', behavior: 'instant' })")
    session = page.context.new_cdp_session(page)

    def rests() -> None:
        """Wait until a fling has ended: the touch that stops it moves no slider."""
        still, top = 0, -1.0
        while still < 3:
            page.wait_for_timeout(100)
            now = page.evaluate("scrollY")
            still, top = (still + 1 if now == top else 0), now

    def swipe(across: float, down: float) -> tuple[str, float]:
        rests()
        box = slider.bounding_box()
        x, y = box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2
        points = [[{"x": x + across * i / 8, "y": y + down * i / 8}] for i in range(9)]
        for i, point in enumerate(points):
            session.send("Input.dispatchTouchEvent", {"type": "touchMove" if i else "touchStart", "touchPoints": point})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        rests()
        return slider.input_value(), page.evaluate("scrollY")

    first, top = slider.input_value(), page.evaluate("scrollY")
    value, scrolled = swipe(4, -150)
    assert value == first and scrolled > top + 50
    assert page.evaluate("document.getElementById('match').xpExplorer.moved()") is False
    swipe(4, 150)
    value, _ = swipe(120, 3)
    assert value != first
    assert page.evaluate("document.getElementById('match').xpExplorer.moved()") is True


def test_while_its_script_is_late_an_explorer_says_so_and_a_bad_moment_of_the_network_passes(open_page):
    """The page's script fails once and Vega's twice; a shared link must not stand beside the numbers of the defaults unmarked."""
    reader = open_page("about.html")
    page, tries = reader.page, {"xp.js": 0, "xp-vega.js": 0}

    def fail(name: str, times: int) -> Callable[[Any], None]:
        def route(route: Any) -> None:
            tries[name] += 1
            route.abort() if tries[name] <= times else route.fallback()

        return route

    page.route("**/xp.js*", fail("xp.js", 1))
    page.route("**/xp-vega.js*", fail("xp-vega.js", 2))
    page.goto(page.url.replace("about.html", SCALING) + "?match.frontier_chips=300000")
    root = page.locator("#match")
    page.locator("#match[data-ready][data-pending]").wait_for()
    opacity = "e => { e.getAnimations().forEach(a => a.finish()); return Number(getComputedStyle(e).opacity); }"
    assert root.locator(".xp-figure").first.evaluate(opacity) < 0.6
    assert root.locator(".xp-brief .xp-readouts").evaluate(opacity) == 1  # the numbers need no Vega
    assert "300,000" in root.locator(".xp-says").inner_text().replace("\u202f", " ")
    root.locator(".xp-wait").get_by_text("Still loading").wait_for()
    page.locator("#match[data-live]:not([data-pending])").wait_for()
    assert root.locator(".xp-wait").inner_text() == "" and tries == {"xp.js": 2, "xp-vega.js": 3}
    assert "300,000" in root.locator(".xp-says").inner_text().replace("\u202f", " ")
    assert all("Failed to load resource" in line for line in reader.errors)
    reader.errors.clear()


def test_a_script_that_never_comes_is_said_and_can_be_asked_for_again(open_page):
    reader = open_page("about.html")
    page = reader.page
    page.route("**/xp-vega.js*", lambda route: route.abort())
    page.goto(page.url.replace("about.html", SCALING) + "?match.frontier_chips=300000")
    root = page.locator("#match")
    again = root.locator(":scope > .xp-broken").get_by_role("button", name="Try again")
    again.wait_for()
    assert root.get_attribute("data-pending") is not None
    page.unroute("**/xp-vega.js*")
    again.click()
    page.locator("#match[data-live]:not([data-pending])").wait_for()
    assert root.locator(":scope > .xp-broken").count() == 0
    page.route("**/xp.js*", lambda route: route.abort())
    page.reload()
    root.locator(".xp-unready").wait_for()  # hidden until all tries have failed
    reader.errors.clear()


# What a translation does: each text goes into an element of its own, changed.
TRANSLATED = """() => {
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT), texts = [];
  while (walker.nextNode()) if (walker.currentNode.data.trim() && !walker.currentNode.parentElement.closest('script, style, svg')) texts.push(walker.currentNode);
  for (const text of texts) {
    if (text.parentElement.tagName === 'OPTION') { text.data = `【${text.data}】`; continue; }
    const font = document.createElement('font'), inner = document.createElement('font');
    inner.textContent = `【${text.data}】`;
    font.append(inner);
    text.replaceWith(font);
  }
}"""


def test_a_page_that_the_browser_translates_still_answers(open_page):
    """A translation puts each text into an element of its own and changes it; what the scripts read must not be text."""
    page = open_page(SCALING).page
    before = page.evaluate("document.getElementById('match').xpExplorer.settings")
    page.evaluate(TRANSLATED)
    move(page, "match", "frontier_chips")
    choice = page.locator("#match-weaker")
    choice.select_option(index=1)
    assert answered(page, "match")
    after = page.evaluate("document.getElementById('match').xpExplorer.settings")
    assert {name for name in after if after[name] != before[name]} == {"frontier_chips", "weaker"}
    shown = page.locator("#match [data-readout], #match .xp-says .xp-value").all_inner_texts()
    assert shown and not any("not defined" in text or "【" in text for text in shown)


def test_a_control_that_changes_nothing_says_so(open_page):
    page = open_page(SCALING).page
    root = page.locator("#match")
    root.scroll_into_view_if_needed()
    page.locator("#match .xp-figure[data-live]").first.wait_for()
    idle = page.evaluate(IDLE)
    assert idle, "the page has a control that changes nothing at the settings it opens with"
    slider = page.locator(f"#match-{idle}")
    slider.evaluate("e => { const more = e.closest('details'); if (more) more.open = true; }")
    note = page.locator(f"#match-{idle}-idle")
    assert "No effect" in note.inner_text()
    assert note.get_attribute("id") in slider.get_attribute("aria-describedby").split()
    # What the recording of a model cannot tell is said when a move was seen to change nothing.
    page.evaluate("id => { delete document.getElementById('match').xpExplorer.controls.get(id).idle; }", idle)
    note.evaluate("e => { e.textContent = ''; }")
    slider.press("ArrowRight")
    root.locator(".xp-note").get_by_text("changes no").wait_for()
    page.locator("#match-frontier_chips").press("ArrowRight")
    root.locator(".xp-note").get_by_text("changes no").wait_for(state="hidden")


# A slider of the explorer that moves none of its numbers.
IDLE = """async () => {
  const explorer = document.getElementById('match').xpExplorer;
  await explorer.update();
  const numbers = () => JSON.stringify(explorer.readouts.map(one => one.value));
  const first = numbers();
  for (const control of explorer.controls.values()) {
    if (control.type !== 'slider') continue;
    let same = true;
    for (const value of [control.min, control.max]) {
      explorer.settings[control.name] = value;
      await explorer.update();
      same &&= numbers() === first;
    }
    explorer.settings[control.name] = control.default;
    await explorer.update();
    if (same) return control.name;
  }
}"""


def test_in_forced_colours_what_has_the_focus_can_be_told(open_page):
    page = open_page(SCALING, forced_colors="active").page
    root = page.locator("#match")
    root.scroll_into_view_if_needed()
    for selector in (".xp-cases", "input[type=range]", ".xp-typed", ".xp-reset"):
        one = root.locator(selector).first
        one.focus()
        page.keyboard.press("Shift")  # the focus of a keyboard
        width, style = one.evaluate(
            "e => { const s = getComputedStyle(e); return [parseFloat(s.outlineWidth), s.outlineStyle]; }"
        )
        assert width >= 2 and style != "none", selector


def test_a_plus_in_an_address_is_a_plus(open_page):
    found = open_page(SCENARIOS + "?scenario.first=A+B&why.first=1%2B1%20=%202&first.price_ratio=2e+0").page
    assert found.locator("#first .xp-title").inner_text() == "A+B"
    assert found.locator("#first-why").input_value() == "1+1 = 2"
    found.locator("#first-scenario").fill("क\u094d\u200dष 👩\u200d🔬 + x")
    found.wait_for_function("decodeURIComponent(location.search).includes('👩\u200d🔬 + x')")
    found.reload()
    assert found.locator("#first .xp-title").inner_text() == "क\u094d\u200dष 👩\u200d🔬 + x"


def test_the_address_follows_while_a_slider_plays(open_page):
    page = open_page(RULES).page
    page.locator(".xp-explorer[data-ready] .xp-play").first.click()
    page.wait_for_function("location.search.includes('.date=')")
    assert page.locator(".xp-play[aria-pressed=true]").count() == 1, "it plays for seconds more"


def test_who_leaves_while_a_slider_moves_finds_its_setting_on_the_way_back(open_page):
    page = open_page(SCALING).page
    page.locator("#match[data-ready]").wait_for()
    with page.expect_navigation():
        move(page, "match", "frontier_chips")
        moved = page.evaluate("document.getElementById('match').xpExplorer.settings.frontier_chips")
        page.evaluate("location.href = '../about.html'")
    page.go_back()
    page.locator("#match[data-ready]").wait_for()
    assert page.evaluate("document.getElementById('match').xpExplorer.settings.frontier_chips") == moved


LIGHT = """() => [...document.querySelectorAll('main *')].filter(e => e.checkVisibility()
    && e.namespaceURI.endsWith('xhtml') && [...e.childNodes].some(node => node.nodeType === 3 && node.data.trim())).map(e => {
  const [r, g, b] = getComputedStyle(e).color.match(/[\\d.]+/g).map(one => { const c = one / 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
  return [1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05), e.tagName, e.className, e.textContent.slice(0, 40)];
}).filter(([contrast]) => contrast < 4.5)"""


@pytest.mark.parametrize("path", [SCALING, "data.html", "claims.html"])
def test_letters_are_dark_on_paper_where_a_browser_does_not_say_that_it_prints(open_page, path):
    """As phones do: no event comes before, and the scheme stays dark."""
    page = open_page(path, scheme="dark").page
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate(LIGHT) == []
