"""What a page folds opens for who follows a link into it, by hand and without a script."""

from __future__ import annotations


def test_what_is_folded_opens_for_a_link_into_it(open_page):
    page = open_page("energy-scale-long-game/scaling.html", folded=True).page
    fold = page.locator("#two-machines-side-by-side > details")
    assert fold.get_attribute("open") is None
    page.evaluate("location.hash = 'a-headline-that-its-own-table-does-not-give'")
    page.wait_for_function("document.querySelector('#two-machines-side-by-side > details').open")
    assert page.locator("#a-headline-that-its-own-table-does-not-give").is_visible()


def test_an_address_that_is_no_name_opens_nothing_and_is_no_error(open_page):
    page = open_page("energy-scale-long-game/scaling.html#100%", folded=True).page
    page.evaluate("location.hash = '%E0'")
    assert page.locator("#two-machines-side-by-side > details").get_attribute("open") is None


def test_without_a_script_a_fold_opens_by_hand(open_page):
    page = open_page("energy-scale-long-game/scaling.html", folded=True, java_script_enabled=False).page
    page.locator("#larger-machines > details > summary").click()
    assert page.locator("#larger-machines table").first.is_visible()
