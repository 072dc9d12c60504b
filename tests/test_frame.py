"""What surrounds every page: menus, search, colours, contents, formulas."""

from __future__ import annotations

import re

import pytest
from test_every_page import pages

NOTEBOOK = "energy-scale-long-game/scaling.html"


def test_what_moves_charts_is_asked_for_once_where_the_first_of_them_stands(open_page):
    page = open_page(NOTEBOOK).page
    early = page.locator("script.xp-early")
    assert early.count() == 1 and early.evaluate("e => e.nextElementSibling.matches('.xp-explorer')")
    assert page.locator("link[rel=preload][href*='xp-vega']").count() == 1
    page.locator(".xp-figure[data-live]").first.wait_for()
    asked = "performance.getEntriesByType('resource').filter(e => e.name.includes('xp-vega')).map(e => e.initiatorType)"
    assert page.evaluate(asked) == ["link"]


def test_the_menus_open_by_keyboard_and_close_by_escape(open_page):
    page = open_page(NOTEBOOK).page
    run = page.locator(".xp-menu", has_text="Run this page")
    run.locator("summary").focus()
    page.keyboard.press("Enter")
    binder = run.get_by_role("link", name="Binder")
    assert binder.is_visible()
    assert binder.get_attribute("href").endswith(f"lab/tree/book/{NOTEBOOK.removesuffix('.html')}.ipynb")
    page.keyboard.press("Escape")
    assert not binder.is_visible()
    assert page.evaluate("document.activeElement.localName") == "summary"


@pytest.mark.parametrize("suffix", [".ipynb", ".md"])
def test_a_notebook_downloads(open_page, suffix):
    page = open_page(NOTEBOOK).page
    link = page.locator(f".xp-menu a[href$='{suffix}']").last
    answer = page.request.get(link.evaluate("a => a.href"))
    assert answer.ok
    assert "hardware_phase" in answer.text()


def test_the_menus_work_without_a_script(open_page):
    page = open_page(NOTEBOOK, java_script_enabled=False).page
    page.locator(".xp-menu summary").first.click()
    assert page.get_by_role("link", name="Binder").is_visible()


def test_search_finds_a_word_of_the_book(open_page):
    page = open_page("intro.html").page
    page.keyboard.press("Control+K")
    page.locator("#pst-search-dialog input").fill("electricity")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=electricity")
    result = page.locator("#search-results li a").first
    result.wait_for()
    result.click()
    assert "electricity" in page.locator("main").inner_text().lower()


@pytest.mark.parametrize("script", [True, False])
def test_the_page_follows_the_systems_colours(open_page, script):
    def background(scheme):
        page = open_page("intro.html", scheme=scheme, java_script_enabled=script).page
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor") if script else None
        return colour or page.screenshot()

    assert background("dark") != background("light")


def test_a_chosen_colour_scheme_survives_a_reload(open_page):
    page = open_page("intro.html", scheme="light").page
    page.locator(".theme-switch-button:visible").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_contents_open_on_a_phone(open_page):
    page = open_page("intro.html", width=390, has_touch=True).page
    page.locator(".primary-toggle:visible").tap()
    contents = page.get_by_role("navigation", name="Main")
    assert contents.get_by_role("link", name="Can more, weaker chips close the gap?", exact=True).is_visible()


def test_formulas_are_drawn_without_a_script(open_page):
    page = open_page(NOTEBOOK, java_script_enabled=False).page
    formula = page.locator("div.math math").first
    box = formula.bounding_box()
    assert box["width"] > 60 and box["height"] > 15
    assert formula.locator("mfrac").count() >= 1


def test_every_page_describes_itself(site):
    for path in pages(site):
        text = (site / path).read_text(encoding="utf-8")
        if path not in {"search.html", "genindex.html", "404.html"}:
            assert text.count('<meta name="description" content="') == 1, path


def test_no_cell_of_a_table_is_cut_short(site):
    cut = {
        page: re.findall(r"[^<>]{0,80}\.\.\.</t[dh]>", (site / page).read_text(encoding="utf-8"))
        for page in pages(site)
    }
    assert {page: cells for page, cells in cut.items() if cells} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_code_has_marks_only_where_its_colour_differs(open_page, scheme):
    page = open_page(NOTEBOOK, scheme=scheme).page
    plain = page.evaluate("""() => {
      const same = [...document.querySelectorAll('.highlight pre span')].filter(span =>
        span.className && getComputedStyle(span).color === getComputedStyle(span.closest('pre')).color);
      return [...new Set(same.map(span => span.className))];
    }""")
    assert plain == []
    for token in ("n", "nn", "p", "w"):  # what a mark would do that has been left out
        assert page.evaluate(
            """token => {
          const pre = document.querySelector('.highlight pre'), span = document.createElement('span');
          span.className = token;
          pre.append(span);
          return getComputedStyle(span).color === getComputedStyle(pre).color;
        }""",
            token,
        ), token
