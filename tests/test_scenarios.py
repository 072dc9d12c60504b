"""The closing page in a real browser: two scenarios are named, compared and passed on as an address."""

from functools import cache
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from notebooks import BOOK, explorers

from explorables.explore import Slider

PAGE = "energy-scale-long-game/everywhere-else.html"


@cache
def compared():
    """The explorers of the page, by name."""
    return {e.id: e for e in explorers(BOOK / PAGE.replace(".html", ".md"))}


@pytest.fixture
def scenarios(open_page):
    """Open the page with an address and wait until the comparison has the computed values."""

    def open_(query="", **options):
        page = open_page(PAGE + query, **options).page
        page.wait_for_function(
            "document.querySelector('.xp-scenarios')?.xpComparison?.scenarios.every(s => s.explorer.model)"
        )
        return page

    return open_


def table(page):
    """The comparison as row to its two cells."""
    return {
        row.locator("th").inner_text(): row.locator("td").all_inner_texts()
        for row in page.locator(".xp-scenario-table tbody tr:not(.xp-scenario-part)").all()
    }


def numbers(page):
    """What NumPy gives for both scenarios at the settings of the page, as the page writes it."""
    both = [page.evaluate("id => document.getElementById(id).xpExplorer.settings", name) for name in compared()]
    ends = [e.evaluate(**settings) for e, settings in zip(compared().values(), both, strict=True)]
    return {r.title: [r.show(end[r.name]) for end in ends] for r in compared()["first"].readouts}


def test_both_scenarios_stand_side_by_side_with_numpys_values(scenarios):
    page = scenarios()
    shown = table(page)
    assert shown["Output: growth of memory over the draw"] == ["1×", "2.7×"]
    assert numbers(page).items() <= shown.items()
    bold = page.locator(".xp-differs th").all_inner_texts()
    assert "Output: growth of memory over the draw" in bold
    assert "Controls: smuggling stopped" not in bold
    assert page.locator(".xp-scenario-table thead th").all_inner_texts() == ["First scenario", "Second scenario"]


def test_a_named_scenario_travels_in_the_address(scenarios):
    page = scenarios()
    page.locator("#first-scenario").fill("Slow & steady <2035>")
    page.locator("#first-why").fill("Memory takes longer: 50 % a year?")
    page.locator("#first-price_ratio").press("Home")
    page.get_by_role("button", name="Copy link to both").click()
    page.wait_for_function("location.search.includes('scenario.first')")
    page.wait_for_timeout(300)
    address = urlsplit(page.url)
    assert parse_qs(address.query)["scenario.first"] == ["Slow & steady <2035>"]
    again = scenarios(f"?{address.query}#{address.fragment}")
    assert again.locator(".xp-scenario-table thead th").first.inner_text() == "Slow & steady <2035>"
    assert again.locator("#first .xp-title").inner_text() == "Slow & steady <2035>"
    assert again.locator("#first-why").input_value() == "Memory takes longer: 50 % a year?"
    assert again.evaluate("document.getElementById('first').xpExplorer.settings.price_ratio") == 0.5
    assert numbers(again).items() <= table(again).items()
    assert again.locator(".xp-scenarios .xp-note").inner_text() == ""


def test_the_whole_page_works_by_keyboard(scenarios):
    page = scenarios()
    page.locator("#first-scenario").focus()
    page.keyboard.type("Mine")
    page.keyboard.press("Tab")
    page.keyboard.type("Because")
    assert page.locator(".xp-scenario-table thead th").first.inner_text() == "Mine"
    button = page.get_by_role("button", name="Make the second like the first")
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelectorAll('.xp-differs').length === 0")
    assert page.locator("#second-why").input_value() == "Because"
    assert page.locator("#second .xp-title").inner_text() == "Mine"


def test_swapping_twice_changes_nothing(scenarios):
    page = scenarios("?scenario.first=One&scenario.second=Two")
    before = table(page)
    swap = page.get_by_role("button", name="Swap them")
    swap.click()
    page.wait_for_function(
        "first => document.querySelector('[data-result=ratio_2035] td').textContent !== first",
        arg=before["US over China in useful computing, 2035"][0],
    )
    page.wait_for_timeout(200)
    assert table(page) == {name: cells[::-1] for name, cells in before.items()}
    assert page.locator(".xp-scenario-table thead th").all_inner_texts() == ["Two", "One"]
    swap.click()
    page.wait_for_function(
        "first => document.querySelector('[data-result=ratio_2035] td').textContent === first",
        arg=before["US over China in useful computing, 2035"][0],
    )
    page.wait_for_timeout(200)
    assert table(page) == before


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("scenario.first=" + quote("<img src=x onerror=alert(1)>") + "&first.price_ratio=1e99", "price"),
        ("scenario.first=" + quote("A" * 5000), "Name of First scenario"),
        ("scenario.second=" + quote("safe\u202egnp.exe\u0000"), "Name of Second scenario"),
        ("scenario.third=x", "scenario.third"),
        ("scenario.__proto__=x&why.constructor=y", "scenario.__proto__"),
        ("second.us_power=-5&second.nothing=1", "nothing"),
    ],
)
def test_hostile_addresses_are_ignored_with_a_note(scenarios, query, named):
    page = scenarios("?" + query)
    notes = " ".join(page.locator(".xp-note").all_inner_texts())
    assert named.lower() in notes.lower()
    assert page.locator(".xp-scenarios img, .xp-title img").count() == 0
    assert all(len(text) <= 60 for text in page.locator(".xp-scenario-table thead th").all_inner_texts())
    assert "\u202e" not in page.locator("main").inner_text()
    defaults = {name: e.defaults for name, e in compared().items()}
    assert {
        name: page.evaluate("id => document.getElementById(id).xpExplorer.settings", name) for name in compared()
    } == defaults


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_comparison_fits_a_phone(scenarios, scheme):
    page = scenarios("?scenario.first=" + quote("W" * 60), width=390, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    field = page.locator("#first-scenario")
    assert field.bounding_box()["width"] > 250
    paper, text = field.evaluate("e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]")
    assert paper != text
    assert (sum(int(v) for v in paper[4:-1].split(",")[:3]) < 380) == (scheme == "dark")


def test_without_the_script_of_the_models_no_result_stands_beside_other_settings(open_page):
    reader = open_page("about.html")
    page = reader.page
    page.route("**/_static/models/**", lambda route: route.abort())
    name = next(iter(compared()["first"].readouts)).name
    slider = next(n for n, control in compared()["first"].inputs.items() if isinstance(control, Slider))
    page.goto(page.url.replace("about.html", f"{PAGE}?first.{slider}={compared()['first'].inputs[slider].max}"))
    row = page.locator(f".xp-scenario-table tr[data-result='{name}'] td")
    first, second = row.all_inner_texts()
    assert first == "…" and second not in {"", "…"}
    reader.errors.clear()  # of the script that is not there


def test_without_scripts_both_scenarios_can_be_read(open_page):
    page = open_page(PAGE, java_script_enabled=False).page
    assert "First scenario" in page.locator("#first").inner_text()
    assert page.locator("#second svg >> visible=true").count() == 2
    assert "when scripts run" in page.locator(".xp-scenarios").inner_text()
    assert "Tools and memory for China" in page.locator("main table").last.inner_text()


def test_the_explorers_stand_beside_each_other_where_there_is_room(open_page):
    page = open_page(PAGE, width=1280).page
    one, two = (page.locator(f"#{name}").bounding_box() for name in ("first", "second"))
    assert one["y"] == two["y"]
    assert one["x"] + one["width"] < two["x"]
