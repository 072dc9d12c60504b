"""A page shows results; one switch, remembered for the whole book, shows the code; without a script it is folded."""

from __future__ import annotations

PAGE = "energy-scale-long-game/scaling.html"
OTHER = "energy-scale-long-game/grid.html"
SEEN = "[...document.querySelectorAll('article .cell_input')].filter(e => e.checkVisibility()).length"


def test_a_page_shows_results_and_the_switch_shows_the_code_on_every_page(open_page):
    page = open_page(PAGE).page
    assert page.evaluate(SEEN) == 0
    switch = page.get_by_role("button", name="Show the code")
    assert switch.get_attribute("aria-pressed") == "false"
    switch.focus()
    page.keyboard.press("Enter")
    assert switch.get_attribute("aria-pressed") == "true"
    assert page.evaluate(SEEN) > 5
    page.goto(page.url.replace(PAGE, OTHER))
    assert page.evaluate(SEEN) > 3  # those of its exercises are folded with them
    page.get_by_role("button", name="Show the code").click()
    assert page.evaluate(SEEN) == 0
    page.reload()
    assert page.evaluate(SEEN) == 0


def test_a_link_to_a_code_cell_opens_this_one(open_page):
    page = open_page(f"{PAGE}#code-3").page
    assert page.evaluate(SEEN) == 1
    assert page.locator("#code-3 .cell_input").is_visible()
    assert page.locator("#code-3").bounding_box()["y"] < 300


def test_a_link_to_an_explorer_leaves_the_code_of_its_cell_folded(open_page):
    page = open_page(f"{PAGE}#match").page
    assert page.locator("#match").is_visible()
    assert page.evaluate(SEEN) == 0


def test_without_a_script_the_code_is_folded_and_there_is_no_switch(open_page):
    page = open_page(PAGE, java_script_enabled=False).page
    assert page.get_by_role("button", name="Show the code").count() == 0
    fold = page.locator("details.above-input > summary").first
    assert fold.is_visible()
    assert not page.locator("article .cell_input").first.is_visible()
    fold.click()
    assert page.locator("article .cell_input").first.is_visible()


def test_paper_leaves_the_code_out_unless_it_is_shown(open_page):
    page = open_page(PAGE).page
    page.emulate_media(media="print")
    assert page.evaluate(SEEN) == 0
    page.emulate_media(media="screen")
    page.get_by_role("button", name="Show the code").click()
    page.emulate_media(media="print")
    assert page.evaluate(SEEN) > 5


def test_a_page_about_code_shows_it(open_page):
    page = open_page("build-your-own.html").page
    assert page.evaluate(SEEN) > 0
    assert page.get_by_role("button", name="Show the code").count() == 0
