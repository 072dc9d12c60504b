"""The built site in a real browser, served as plain files: explorers answer with the value that NumPy gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import opening
from notebooks import BOOK, explorers, with_explorers
from playwright.sync_api import Browser, Locator, Page
from vega import same

from explorables.explore import Explorer, Slider
from hardware_phase.sources import verdicts

NOTEBOOKS = with_explorers()
NAMES = [str(path.relative_to(BOOK)) for path in NOTEBOOKS]
EXAMPLE = "controls-efficiency-adoption/efficiency.md"


def address(name: str) -> str:
    return name.removesuffix(".md") + ".html"


def root(page: Page, explorer: Explorer) -> Locator:
    return page.locator(f"section#{explorer.id}")


def wait_until_live(page: Page, explorer: Explorer) -> None:
    """Until every chart of the explorer has come to life and the readouts have been computed."""
    root(page, explorer).scroll_into_view_if_needed()
    page.wait_for_function(
        """async id => {
          const explorer = document.getElementById(id).xpExplorer;
          for (const chart of explorer.charts) chart.isNear = true;
          await explorer.request();
          await Promise.all(explorer.charts.map(chart => chart.update()));
          return explorer.model && explorer.charts.every(chart => chart.view);
        }""",
        arg=explorer.id,
    )


def settings_of(page: Page, explorer: Explorer) -> dict[str, Any]:
    return page.evaluate("id => document.getElementById(id).xpExplorer.settings", explorer.id)


def rows_of(page: Page, explorer: Explorer) -> list[list[dict]]:
    """The rows behind each chart, as the page has them now."""
    return page.evaluate("id => document.getElementById(id).xpExplorer.charts.map(c => c.rows())", explorer.id)


def assert_same_as_numpy(page: Page, explorer: Explorer, *, charts: bool = True) -> None:
    """Readouts and the data of the charts are what the model gives at the reader's settings."""
    wait_until_live(page, explorer)
    settings = settings_of(page, explorer)
    result = explorer.evaluate(**settings)
    for readout in explorer.readouts:
        shown = root(page, explorer).locator(f'[data-readout="{readout.name}"]').text_content()
        assert shown == readout.show(result[readout.name]), f"{readout.name} at {settings}"
    if not charts:
        return
    for number, (rows, frames) in enumerate(zip(rows_of(page, explorer), explorer.tables(**settings), strict=True)):
        frame = next((f for f in frames if rows and set(f) <= set(rows[0]) and len(rows) % len(f) == 0), None)
        if frame is None:
            continue  # the chart filters or aggregates its table; the parity tests compare the table itself
        for column in frame.select_dtypes("number"):
            values = [row[column] for row in rows[:: len(rows) // len(frame)]]
            for ours, theirs in zip(frame[column], values, strict=True):
                missing = theirs is None and not np.isfinite(ours)
                assert missing or same(ours, theirs), f"chart {number}, column {column} at {settings}"


def sliders(explorer: Explorer) -> list[str]:
    return [name for name, control in explorer.inputs.items() if isinstance(control, Slider) and not control.more]


def notebook(name: str) -> Path:
    return BOOK / name


@pytest.fixture(scope="module", params=NAMES)
def visited(request: pytest.FixtureRequest, browser: Browser, served_site: str) -> Iterator[tuple[Page, str]]:
    """Every page with explorers, which two tests share, and its name."""
    with opening(browser, served_site) as open_page:
        yield open_page(address(request.param)).page, request.param


def test_every_explorer_answers_to_the_keyboard_as_numpy_does(visited):
    page, name = visited
    for explorer in explorers(notebook(name)):
        assert_same_as_numpy(page, explorer)
        before = settings_of(page, explorer)
        for slider in sliders(explorer)[:2]:
            handle = page.locator(f"#{explorer.id}-{slider}")
            for key in ("Home", "ArrowRight", "ArrowRight", "PageUp"):
                handle.press(key)
        for _ in range(50 * bool(sliders(explorer))):  # a move is shown with the next frame that has room for it
            if settings_of(page, explorer) != before:
                break
            page.wait_for_timeout(100)
        assert not sliders(explorer) or settings_of(page, explorer) != before
        assert_same_as_numpy(page, explorer)


def test_every_preset_gives_what_numpy_gives(visited):
    page, name = visited
    for explorer in explorers(notebook(name)):
        for preset, changes in explorer.presets.items():
            menu = root(page, explorer).get_by_label("Start from a real case")
            menu.select_option(preset)
            assert settings_of(page, explorer) == explorer.defaults | changes
            assert menu.evaluate("e => e.selectedOptions[0].text") == preset
            assert_same_as_numpy(page, explorer, charts=preset == list(explorer.presets)[-1])


@pytest.mark.parametrize("name", NAMES)
def test_charts_are_drawn_at_their_size_without_scripts(open_page, name):
    page = open_page(address(name), java_script_enabled=False).page
    figures = page.locator(".xp-figure").all()
    assert figures
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for figure in figures:
            svg = figure.locator("svg >> visible=true")
            assert svg.count() == 1, width
            box = svg.bounding_box()
            assert box["width"] > 200 and box["height"] > 50, width
            assert figure.locator(".xp-chart").get_attribute("aria-label")
        assert page.locator(".xp-panel >> visible=true").count() == 0


@pytest.mark.parametrize("name", NAMES)
def test_nothing_moves_when_charts_come_to_life(open_page, name):
    reader = open_page(address(name), width=1280)
    page = reader.page
    page.evaluate(
        """async () => { window.moved = [];
          // What the test has unfolded has moved what follows.
          await new Promise(then => requestAnimationFrame(() => requestAnimationFrame(then)));
          const start = performance.now();
          new PerformanceObserver(list => list.getEntries().forEach(e => e.startTime > start && window.moved.push([e.value,
            e.sources.map(s => s.node && (s.node.className || s.node.nodeName))])))
            .observe({ type: 'layout-shift', buffered: true }); }"""
    )
    heights = page.evaluate("() => [...document.querySelectorAll('.xp-chart')].map(e => e.clientHeight)")
    for figure in page.locator(".xp-figure").all():
        figure.scroll_into_view_if_needed()
        page.wait_for_function("e => e.dataset.live !== undefined", arg=figure.element_handle())
    assert page.evaluate("() => [...document.querySelectorAll('.xp-chart')].map(e => e.clientHeight)") == heights
    moved = page.evaluate("() => window.moved")
    assert sum(value for value, _ in moved) < 0.01, moved


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_cut_off_on_a_phone(open_page, name):
    """At 390 px as the page opens, then at 320."""
    page = open_page(address(name), width=390, height=800).page
    rights = "() => [document.documentElement.scrollWidth, ...[...document.querySelectorAll('.xp-explorer, .xp-chart')].map(x => x.getBoundingClientRect().right)]"
    assert max(page.evaluate(rights)) <= 390
    page.set_viewport_size({"width": 320, "height": 800})
    page.wait_for_function(f"Math.max(...({rights})()) <= 320", timeout=5_000)


@pytest.fixture
def example(open_page):
    """A page, its first explorer and one of its sliders."""
    explorer = explorers(notebook(EXAMPLE))[0]
    return lambda **options: (open_page(address(EXAMPLE), **options), explorer, sliders(explorer)[0])


def test_a_slider_follows_the_mouse(example):
    reader, explorer, name = example()
    wait_until_live(reader.page, explorer)
    handle = reader.page.locator(f"#{explorer.id}-{name}")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    middle = box["y"] + box["height"] / 2
    reader.page.mouse.move(box["x"] + box["width"] * 0.2, middle)
    reader.page.mouse.down()
    reader.page.mouse.move(box["x"] + box["width"] * 0.8, middle, steps=8)
    reader.page.mouse.up()
    control = explorer.inputs[name]
    assert settings_of(reader.page, explorer)[name] > np.sqrt(control.min * control.max)
    assert_same_as_numpy(reader.page, explorer)


def test_a_slider_follows_a_finger(example):
    reader, explorer, name = example(width=390, has_touch=True, is_mobile=True)
    wait_until_live(reader.page, explorer)
    handle = reader.page.locator(f"#{explorer.id}-{name}")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    handle.tap(position={"x": box["width"] * 0.25, "y": box["height"] / 2})
    assert settings_of(reader.page, explorer)[name] != explorer.defaults[name]
    assert_same_as_numpy(reader.page, explorer)


def test_a_value_can_be_typed_and_a_wrong_one_changes_nothing(example):
    reader, explorer, name = example()
    field = reader.page.locator(f"#{explorer.id}-{name}-typed")
    target = explorer.inputs[name].max / 3
    field.fill(f"{target:.6g}")
    field.press("Enter")
    assert settings_of(reader.page, explorer)[name] == pytest.approx(target, rel=1e-5)
    assert_same_as_numpy(reader.page, explorer)
    before = settings_of(reader.page, explorer)
    for wrong in ("many", "<img src=x onerror=alert(1)>", "-1", "1e99"):
        field.fill(wrong)
        field.press("Enter")
        assert field.get_attribute("aria-invalid") == "true"
        assert "type a value from" in root(reader.page, explorer).locator(".xp-note").inner_text()
    field.press("Escape")
    assert field.get_attribute("aria-invalid") is None
    assert settings_of(reader.page, explorer) == before


def test_settings_live_in_the_address_survive_a_reload_and_reset(example):
    reader, explorer, name = example()
    page = reader.page
    page.locator(f"#{explorer.id}-{name}").press("Home")
    page.wait_for_function("() => location.search !== ''")
    key, value = page.url.partition("?")[2].partition("&")[0].split("=")  # the release of the tables may follow
    assert (key, float(value)) == (f"{explorer.id}.{name}", explorer.inputs[name].min)
    moved = settings_of(page, explorer)
    page.reload()
    assert settings_of(page, explorer) == moved
    assert_same_as_numpy(page, explorer)
    root(page, explorer).get_by_role("button", name="Reset").click()
    page.wait_for_function("() => location.search === ''")
    assert settings_of(page, explorer) == explorer.defaults


@pytest.mark.parametrize("value", ["banana", "", "1e99", "NaN", "<script>alert(1)</script>", "__proto__", "Infinity"])
def test_a_bad_value_in_the_address_is_ignored_with_a_note(open_page, value):
    from urllib.parse import quote

    explorer = explorers(notebook(EXAMPLE))[0]
    name = sliders(explorer)[0]
    query = f"?{explorer.id}.{name}={quote(value)}&{explorer.id}.{quote(value) or 'x'}=1"
    page = open_page(address(EXAMPLE) + query).page
    assert settings_of(page, explorer) == explorer.defaults
    note = root(page, explorer).locator(".xp-note")
    assert explorer.inputs[name].label in note.inner_text()
    assert note.locator("*").count() == 0
    assert_same_as_numpy(page, explorer)


def test_a_link_to_the_settings_can_be_copied(example):
    reader, explorer, name = example(permissions=["clipboard-read", "clipboard-write"])
    page = reader.page
    page.locator(f"#{explorer.id}-{name}").press("End")
    root(page, explorer).get_by_role("button", name="Share, save, compare").click()
    root(page, explorer).get_by_role("button", name="Copy link").click()
    page.wait_for_function("id => document.querySelector(`#${id} .xp-note`).textContent !== ''", arg=explorer.id)
    link = page.evaluate("() => navigator.clipboard.readText()")
    assert f"{explorer.id}.{name}=" in link and link.endswith(f"#{explorer.id}")


def test_the_data_of_a_chart_can_be_read_and_saved(example):
    reader, explorer, _ = example()
    page = reader.page
    figure = root(page, explorer).locator(".xp-figure").first
    figure.locator("summary").click()
    figure.locator("table").wait_for()
    rows = page.evaluate("id => document.getElementById(id).xpExplorer.charts[0].rows().length", explorer.id)
    assert figure.locator("tbody tr").count() == min(rows, 200)
    with page.expect_download() as download:
        figure.get_by_role("link", name="Download as CSV").click()
    saved = Path(download.value.path()).read_text(encoding="utf-8")
    assert len(saved.splitlines()) == rows + 1


def test_the_menu_is_not_printed(example):
    reader, explorer, _ = example()
    menu = root(reader.page, explorer).locator(".xp-takes")
    root(reader.page, explorer).locator(".xp-take").click()
    menu.locator(".xp-keep").wait_for()
    reader.page.emulate_media(media="print")
    assert not menu.is_visible()


def test_without_its_script_a_chart_stays_drawn_and_says_that_it_is_not_live(open_page, browser, served_site):
    page = browser.new_page()
    page.route("**/xp-vega.js*", lambda route: route.abort())
    page.goto(served_site + address(EXAMPLE))
    explorer = explorers(notebook(EXAMPLE))[0]
    root(page, explorer).scroll_into_view_if_needed()
    root(page, explorer).locator(".xp-broken").first.wait_for()
    assert "not live" in root(page, explorer).locator(".xp-broken").first.inner_text()
    assert root(page, explorer).locator(".xp-figure svg >> visible=true").count() == len(explorer.views)
    page.close()


def test_charts_follow_the_colour_scheme_at_once(example):
    reader, explorer, _ = example()
    page = reader.page
    wait_until_live(page, explorer)
    label = root(page, explorer).locator(".xp-chart text >> visible=true").first
    colour = "e => getComputedStyle(e).fill"
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    light, element = label.evaluate(colour), label.element_handle()
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert element.evaluate(colour) != light  # the same element: nothing was drawn again


def test_screen_readers_hear_the_result_once_the_slider_rests(example):
    reader, explorer, name = example()
    page = reader.page
    wait_until_live(page, explorer)
    handle = page.locator(f"#{explorer.id}-{name}")
    handle.press("ArrowRight")
    page.wait_for_function("id => document.querySelector(`#${id} .xp-announce`).textContent !== ''", arg=explorer.id)
    result = explorer.evaluate(**settings_of(page, explorer))
    written = {readout.name: (readout.title, readout.show(result[readout.name])) for readout in explorer.readouts}
    announced = root(page, explorer).locator(".xp-announce").inner_text()
    assert explorer.primary and all(": ".join(written[name]) in announced for name in explorer.primary)
    _, first = written[explorer.readouts[0].name]
    assert first in announced  # the sentence says it
    assert first in root(page, explorer).locator(".xp-chart").first.get_attribute("aria-label")
    assert handle.get_attribute("aria-valuetext") == explorer.inputs[name].show(settings_of(page, explorer)[name])


def test_a_click_on_a_step_of_the_timeline_takes_the_explorer_to_its_day(open_page):
    name = "controls-efficiency-adoption/controls.md"
    page = open_page(address(name)).page
    explorer = explorers(notebook(name))[0]
    wait_until_live(page, explorer)
    before = settings_of(page, explorer)
    timeline = root(page, explorer).locator(".xp-figure").last
    timeline.locator(".role-mark.mark-symbol path").last.click(force=True)
    after = settings_of(page, explorer)
    assert after["date"] in set(verdicts.steps()["day"]) - {before["date"]}
    assert {key: after[key] for key in after if key != "date"} == {key: before[key] for key in before if key != "date"}
    assert_same_as_numpy(page, explorer)


def test_a_wide_formula_can_be_read_from_its_beginning_on_a_phone(open_page):
    page = open_page("controls-efficiency-adoption/controls.html", width=390).page
    starts = page.locator("div.math").evaluate_all(
        "e => e.map(x => x.querySelector('math').getBoundingClientRect().left - x.getBoundingClientRect().left)"
    )
    assert starts and min(starts) >= 0


def test_numbers_answer_before_vega_is_there(open_page):
    """The script of the page's models gives readouts and sentence; only charts wait."""
    reader = open_page("about.html")
    page = reader.page
    page.route("**/xp-vega.js*", lambda route: None)  # neither answered nor refused
    page.goto(page.url.replace("about.html", address(EXAMPLE)), wait_until="domcontentloaded")
    for explorer in explorers(notebook(EXAMPLE)):
        sliders_ = sliders(explorer)
        handle = page.locator(f"#{explorer.id}-{sliders_[0]}")
        before = root(page, explorer).locator("[data-readout]").all_text_contents()
        handle.press("End")
        result = explorer.evaluate(**settings_of(page, explorer))
        for readout in explorer.readouts:
            shown = root(page, explorer).locator(f'[data-readout="{readout.name}"]')
            assert shown.text_content() == readout.show(result[readout.name])
        assert before != root(page, explorer).locator("[data-readout]").all_text_contents()
        assert root(page, explorer).get_attribute("data-pending") == "charts"


def test_the_script_of_the_models_is_asked_for_again(open_page):
    reader = open_page("about.html")
    page, tries = reader.page, []

    def fail(route):
        tries.append(route.request.url)
        route.abort() if len(tries) < 3 else route.fallback()

    page.route("**/_static/models/**", fail)
    page.goto(page.url.replace("about.html", address(EXAMPLE)))
    explorer = explorers(notebook(EXAMPLE))[0]
    page.locator(f"#{explorer.id}-{sliders(explorer)[0]}").press("End")
    assert_same_as_numpy(page, explorer, charts=False)
    assert len(tries) == 3
    assert all("Failed to load resource" in line for line in reader.errors)
    reader.errors.clear()
