"""What a reader takes away: pictures that say what they show, an explorer for another page, settings kept to compare with."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from conftest import served
from test_access import AXE, RUN, SETTLED
from test_desk import PAGES

from explorables.site.html_pages import EMBED

SCALING = "energy-scale-long-game/scaling.html"
TWICE = {"width": 640, "height": 400}  # what is left of 1280x800 for a reader who magnifies the page
DATED = "controls-efficiency-adoption/controls.html"
MATCH = f"{EMBED}/energy-scale-long-game/scaling/match.html"


@pytest.fixture
def menu(open_page):
    """The page with one explorer's menu open, a slider moved before."""

    def opened(**options):
        page = open_page(f"{SCALING}?match.frontier_chips=2e5", **options).page
        page.wait_for_function("document.querySelector('#match[data-live]')")
        page.locator("#match .xp-take").click()
        page.locator("#match .xp-takes").wait_for()
        return page

    return opened


def saved(page, kind):
    with page.expect_download() as download:
        page.locator("#match .xp-takes").get_by_role("button", name=f"{kind}: ").first.click()
    return download.value


def test_a_picture_has_title_settings_source_and_address_on_it(menu, tmp_path):
    page = menu()
    download = saved(page, "SVG")
    assert download.suggested_filename.startswith("match-") and "chips=200000" in download.suggested_filename
    download.save_as(tmp_path / "chart.svg")
    text = (tmp_path / "chart.svg").read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    assert "var(" not in text and "transparent" not in text and root.find(".//{*}path") is not None
    said = " ".join(element.text or "" for element in root.findall("{*}text"))
    title, source = page.locator("#match .xp-title").inner_text(), page.locator("#match .xp-source").inner_text()
    settings = page.evaluate(
        "[...document.getElementById('match').xpExplorer.controls.values()].map(c => [c.label, c.say(document.getElementById('match').xpExplorer.settings[c.name])])"
    )
    plain = re.sub(r"\s+", "", said)
    for wanted in (title, source, *(f"{label}: {value}" for label, value in settings), "match.frontier_chips=200000"):
        assert re.sub(r"\s+", "", wanted) in plain, wanted


def test_a_picture_can_be_had_as_png_and_the_data_as_csv(menu, tmp_path):
    page = menu(scheme="dark")
    saved(page, "PNG").save_as(tmp_path / "chart.png")
    content = (tmp_path / "chart.png").read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(content[16:20], "big") >= 2 * 720
    download = saved(page, "CSV")
    download.save_as(tmp_path / "chart.csv")
    assert len((tmp_path / "chart.csv").read_text(encoding="utf-8-sig").splitlines()) > 2


def test_axe_finds_nothing_in_the_menu_and_escape_closes_it(menu):
    page = menu()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate(RUN, [None, False]) == []
    page.emulate_media(color_scheme="dark")
    page.evaluate(SETTLED, "dark")
    assert page.evaluate(RUN, [["color-contrast"], False]) == []
    page.keyboard.press("Escape")
    assert not page.locator("#match .xp-takes").is_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_menu_stands_within_the_screen(menu, width):
    page = menu(width=width, height=664)
    box = page.locator("#match .xp-takes").bounding_box()
    assert box["x"] >= 0 and box["y"] >= 0
    assert box["x"] + box["width"] <= width and box["y"] + box["height"] <= 664


def test_what_is_kept_stays_beside_what_is_set_until_it_is_dropped(menu):
    page = menu()
    explorer = page.locator("#match")
    before = explorer.locator("[data-readout]").first.inner_text()
    answer = explorer.locator(".xp-says").inner_text()
    lines = explorer.locator(".xp-stage").first.locator(".role-mark path").count()
    explorer.locator(".xp-keep").click()
    explorer.locator(".xp-kept").wait_for()
    explorer.locator("#match-frontier_chips").press("End")
    page.wait_for_function(f"!document.querySelector('#match .xp-says').textContent.includes({answer!r})")
    assert answer in explorer.locator(".xp-kept").inner_text()
    assert before in explorer.locator(".xp-was").first.inner_text()
    assert explorer.locator(".xp-stage").first.locator(".role-mark path").count() > lines
    explorer.locator(".xp-kept button").click()
    explorer.locator(".xp-kept").wait_for(state="detached")
    page.wait_for_function(
        "lines => document.querySelectorAll('#match .xp-stage')[0].querySelectorAll('.role-mark path').length === lines",
        arg=lines,
    )
    assert explorer.locator(".xp-was").count() == 0


def test_what_is_asked_of_charts_before_vega_is_there_leaves_them_live(open_page):
    page, held = open_page("about.html").page, []
    page.route("**/xp-vega.js*", lambda route: held.append(route))
    page.goto(page.url.replace("about.html", f"{SCALING}?match.frontier_chips=2e5"), wait_until="domcontentloaded")
    page.locator("#match").scroll_into_view_if_needed()
    page.locator("#match[data-pending=charts]").wait_for()
    page.locator("#match .xp-take").click()
    page.locator("#match .xp-keep").click()
    page.locator("#match .xp-kept").wait_for()
    for route in held:
        route.continue_()
    page.locator("#match[data-live]").wait_for()
    page.locator("#match .xp-figure[data-live]").first.wait_for()
    page.wait_for_timeout(500)  # for whatever comes too late
    assert page.evaluate(
        "document.getElementById('match').xpExplorer.charts.filter(({ view }) => view).every(({ frame, view }) => frame.contains(view.container()))"
    )


# Settings are kept with every slider high and low: which charts the drawing of then leaves by how much, or how little room it leaves them.
BESIDE = """async () => {
  const beside = [];
  for (const { xpExplorer: explorer } of document.querySelectorAll('.xp-explorer')) {
    const sliders = [...explorer.controls].filter(([, control]) => control.scale);
    const set = async part => {
      explorer.change(Object.fromEntries(sliders.map(([name, { scale }]) => [name, scale.value(Math.round(scale.last * part))])));
      await explorer.request();
    };
    for (const [then, now] of [[.8, .2], [.2, .8]]) {
      await set(now);
      const room = [];
      for (const chart of explorer.charts) {
        await chart.ready();
        room.push(chart.view.width());
      }
      await set(then);
      await explorer.keep();
      await set(now);
      for (const [i, chart] of explorer.charts.entries()) {
        await chart.ready();
        if (chart.view.width() < .8 * room[i]) beside.push(`${explorer.id}, ${chart.title()}: ${Math.round(chart.view.width())} of ${Math.round(room[i])} px wide`);
        const box = chart.frame.getBoundingClientRect();
        for (const one of chart.frame.querySelectorAll('[stroke-dasharray="4,3"]')) {
          const { left, right, width } = one.getBoundingClientRect();
          const out = Math.max(box.left - left, right - box.right);
          if (width && out > 2 && !one.closest('[clip-path]')) beside.push(`${explorer.id}, ${chart.title()}: ${Math.round(out)} px`);
        }
      }
      await explorer.drop();
    }
  }
  return [...new Set(beside)];
}"""


@pytest.mark.parametrize("path", PAGES)
def test_what_is_kept_stands_within_the_chart(open_page, path):
    page = open_page(path).page
    page.wait_for_function("!document.querySelector('.xp-explorer:not([data-ready])')")
    assert page.evaluate(BESIDE) == []


HOST = """<!DOCTYPE html><html{style}><title>Another page</title><body style="margin: 0">{snippet}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_snippet_shows_the_explorer_on_another_page_in_its_colours_and_at_its_height(
    menu, tmp_path, browser, scheme
):
    snippet = menu().locator("#match .xp-takes textarea").input_value()
    address = urlsplit(re.search(r'src="([^"]+)"', snippet)[1])
    assert parse_qs(address.query)["match.frontier_chips"] == ["200000"]
    # The page declares its scheme. A preference that Playwright emulates would hold in the frame whatever the page says.
    (tmp_path / "index.html").write_text(HOST.format(style=f' style="color-scheme: {scheme}"', snippet=snippet))
    with served(tmp_path) as host:
        context = browser.new_context(viewport={"width": 900, "height": 700}, color_scheme="null")
        page = context.new_page()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(host)
        frame = page.frame_locator("iframe")
        frame.locator("#match[data-live]").wait_for()
        frame.locator(".xp-figure[data-live]").first.wait_for()
        assert frame.locator("html").get_attribute("data-theme") == scheme
        for _ in range(40):
            inner = frame.locator("body").evaluate("e => Math.ceil(e.getBoundingClientRect().height)")
            if abs(page.locator("iframe").bounding_box()["height"] - inner) < 2:
                break
            page.wait_for_timeout(50)
        assert abs(page.locator("iframe").bounding_box()["height"] - inner) < 2
        assert frame.locator("#match-frontier_chips-typed").input_value().startswith("200")
        before = frame.locator("[data-readout]").first.inner_text()
        frame.locator("#match-frontier_chips").press("End")
        for _ in range(40):
            if frame.locator("[data-readout]").first.inner_text() != before:
                break
            page.wait_for_timeout(50)
        assert frame.locator("[data-readout]").first.inner_text() != before
        assert frame.locator(".xp-from a").get_attribute("href").endswith("scaling.html#match")
        context.close()


def test_the_snippet_is_of_the_settings_at_which_it_is_taken(menu):
    page = menu()
    lines = page.locator("#match .xp-takes textarea")
    page.evaluate("document.getElementById('match').xpExplorer.change({ frontier_chips: 123456 })")
    lines.focus()
    assert "match.frontier_chips=123456" in lines.input_value()


def test_a_link_is_copied_out_of_a_frame_or_said_there(menu, tmp_path, browser):
    snippet, allowed = menu().locator("#match .xp-takes textarea").input_value(), ' allow="clipboard-write"'
    assert allowed in snippet
    for code, says in (
        (snippet, "Link copied."),
        (snippet.replace(allowed, ""), f"{SCALING}?match.frontier_chips=200000"),
    ):
        (tmp_path / "index.html").write_text(HOST.format(style="", snippet=code))
        with served(tmp_path) as host:
            context = browser.new_context(viewport={"width": 900, "height": 700}, permissions=["clipboard-write"])
            page = context.new_page()
            page.goto(host)
            frame = page.frame_locator("iframe")
            frame.locator("#match .xp-take").click()
            frame.locator("#match .xp-link").click()
            frame.locator("#match .xp-note", has_text=says).wait_for()
            context.close()


def test_every_explorer_has_an_address_of_its_own(site):
    found = 0
    for page in site.rglob("*.html"):
        if EMBED in page.relative_to(site).parts or "lite" in page.relative_to(site).parts:
            continue
        text = page.read_text(encoding="utf-8")
        for section in re.findall(r'<section class="xp-explorer[^>]*>', text):
            target = page.parent / re.search(r'data-embed="([^"]+)"', section)[1]
            content = target.read_text(encoding="utf-8")
            assert content.count('class="xp-explorer') == 1 and 'http-equiv="Content-Security-Policy"' in content
            found += 1
    assert found > 30


def test_a_slider_over_dates_plays_and_not_where_motion_is_unwanted(open_page):
    page = open_page(DATED).page
    play = page.locator(".xp-play").first
    play.scroll_into_view_if_needed()
    slider = play.locator("xpath=..").locator("input[type=range]")
    before = slider.input_value()
    play.click()
    for _ in range(60):
        if slider.input_value() != before:
            break
        page.wait_for_timeout(50)
    assert slider.input_value() != before
    still = open_page(DATED, reduced_motion="reduce").page
    assert not still.locator(".xp-play").first.is_visible()


SHEET = """() => { window.shared = []; navigator.share = async what => { window.shared.push(what); }; }"""


def test_the_phones_sheet_is_offered_where_there_is_one(open_page):
    """Headless Chromium has no such sheet, so a stub of the browser's function stands in for it."""
    page = open_page(f"{SCALING}?match.frontier_chips=2e5", width=390, has_touch=True).page
    page.wait_for_function("document.querySelector('#match[data-ready]')")
    page.locator("#match .xp-take").click()
    page.locator("#match .xp-takes .xp-link").wait_for()  # its script comes when first asked for
    assert page.locator("#match .xp-share").count() == 0
    page.keyboard.press("Escape")
    page.evaluate(SHEET)
    page.locator("#match .xp-take").click()
    page.locator("#match .xp-share").click()
    (shared,) = page.evaluate("window.shared")
    assert shared["title"] == page.title()
    settings = parse_qs(urlsplit(shared["url"]).query)
    assert settings.pop("tables") and settings == {"match.frontier_chips": ["200000"]}
    assert urlsplit(shared["url"]).fragment == "match"


def answer(check):
    """Give a self-check some answer."""
    options = check.get_by_role("radio")
    (options.first.check if options.count() else lambda: check.get_by_role("textbox").fill("1"))()
    check.get_by_role("button").first.click()
    check.locator("[role=status]").filter(has_text=".").wait_for()


def test_axe_finds_nothing_in_any_state(open_page):
    """A slider that plays, settings kept to compare, the menu open, code shown, answers given, a magnified page.

    `test_terms.py` has a term's meaning open.
    """
    page = open_page(DATED).page
    page.evaluate(AXE.read_text(encoding="utf-8"))
    root = page.locator(".xp-explorer:has(.xp-play)").first
    states = {
        "playing": lambda: root.locator(".xp-play").first.click(),
        "kept": lambda: (
            root.locator(".xp-take").click(),
            root.locator(".xp-keep").click(),
            root.locator(".xp-kept").wait_for(),
        ),
        "taken": lambda: (root.locator(".xp-take").click(), root.locator(".xp-takes").wait_for()),
        "code": lambda: (page.keyboard.press("Escape"), page.locator(".xp-code-switch").first.click()),
        "answered": lambda: [
            answer(check) for check in page.locator(".xp-check[data-kind=number], .xp-check[data-kind=choice]").all()
        ],
        "forced": lambda: page.emulate_media(forced_colors="active"),
        "at 200 %": lambda: (page.emulate_media(forced_colors="none"), page.set_viewport_size(TWICE)),
    }
    for state, reach in states.items():
        reach()
        for scheme, only in (("light", None), ("dark", ["color-contrast", "link-in-text-block"])):
            page.emulate_media(color_scheme=scheme)
            page.evaluate(SETTLED, scheme)
            assert page.evaluate(RUN, [only, False]) == [], (state, scheme)
        page.emulate_media(color_scheme="light")
        page.evaluate(SETTLED, "light")
