"""Numbers and links in the text are bound to explorers, and a wrong name does not get past the build."""

from __future__ import annotations

import pytest

from explorables.explore import Choice, Readout, Slider, Switch, bars, bound, explore, values


def model(chips, loss, kind, shared):
    return {"work": chips * (1 - loss) * kind, "shared": shared}


@pytest.fixture(scope="module")
def page():
    made = explore(
        model,
        bars(["work"]),
        chips=Slider(72, 1e6, 1e5, scale="log", unit="chips"),
        loss=Slider(0, 0.12, 0.02, unit="%"),
        kind=Choice({"New & fast": 2.0, "Old": 1.0}),
        shared=Switch(False),
        readouts=[Readout("work", "Work done", "x")],
        presets={"A large site": {"chips": 4e5, "kind": "Old", "shared": True}},
        id="match",
    )
    return {"match": made.payload()}


def test_a_number_in_the_text_is_written_as_the_explorer_writes_it(page):
    assert bound.now("match.work", page) == "196,000×"
    assert bound.now("match.chips", page) == "100,000 chips"
    assert bound.now("match.kind", page) == "New & fast"


def test_a_link_in_the_text_holds_the_settings(page):
    text, address, explorer = bound.link("a copy <match?chips=4e5&kind=New %26 fast>", page)
    assert (text, explorer) == ("a copy", "match")
    assert address == "?match.chips=400000&match.kind=New%20%26%20fast#match"
    _, preset, _ = bound.link("a large one <match?A large site>", page)
    assert preset == "?match.chips=400000&match.kind=Old&match.shared=1#match"


@pytest.mark.parametrize(
    ("kind", "written", "problem"),
    [
        ("now", "mtach.work", "no explorer 'mtach' on this page; there are match"),
        ("now", "match.wrok", "match has no 'wrok'; it has chips, loss, kind, shared, work"),
        ("link", "a copy", "write it as"),
        ("link", "a copy <match?A small site>", "no preset 'A small site'; it has A large site"),
        ("link", "a copy <match?chip=4>", "no input 'chip'"),
        ("link", "a copy <match?chips=4>", "outside 72 to 1e\\+06"),
        ("link", "a copy <match?chips=many>", "is not a number"),
        ("link", "a copy <match?kind=Blue>", "is not one of New & fast, Old"),
        ("link", "a copy <match?shared=yes>", "neither 0 nor 1"),
    ],
)
def test_what_does_not_exist_is_named(page, kind, written, problem):
    with pytest.raises(ValueError, match=problem):
        getattr(bound, kind)(written, page)


def test_a_number_that_the_notebook_computed_is_written_with_its_unit():
    said = values(share=(0.4567, "%"), power=(2.5e8, "W"), ratio=(2.284, "times", ".1f"), when="2029").payload()
    shown = {name: bound.value(name, said) for name in said}
    assert shown == {"share": "46\u202f%", "power": "250\u202fMW", "ratio": "2.3 times", "when": "2029"}
    with pytest.raises(
        ValueError, match=r"no number 'shares' on this page; its values\(\) has share, power, ratio, when"
    ):
        bound.value("shares", said)
    with pytest.raises(ValueError, match="format"):
        values(share=(0.4, "%", "wide"))


PAGE = "energy-scale-long-game/scaling.html"
TEXT = (
    '<p id="bound">It takes <b class="xp-value" data-now="match.power_ratio">?</b> the power of '
    '<b class="xp-value" data-now="match.frontier_chips">?</b>; try '
    '<a class="xp-set" href="?match.frontier_chips=400000#match" data-set="match">a large site</a>.</p>'
)


@pytest.fixture
def bound_page(open_page, served_site):
    """A page of the book with a bound sentence at its top."""

    def open_():
        page = open_page("about.html").page

        def with_sentence(route):
            answer = route.fetch()
            body = answer.text().replace('<section class="tex2jax_ignore', f'{TEXT}<section class="tex2jax_ignore', 1)
            route.fulfill(response=answer, body=body)

        page.route(f"**/{PAGE}*", with_sentence)
        page.goto(served_site + PAGE)
        return page

    return open_


def test_a_number_in_the_text_follows_and_a_link_sets_and_back_undoes(bound_page):
    page = bound_page()
    text = page.locator("#bound")
    page.locator("#match-frontier_chips-typed").fill("200 k")
    page.locator("#match-frontier_chips-typed").press("Enter")
    page.wait_for_function("document.querySelector('#bound').innerText.includes('200,000 chips')")
    page.evaluate("scrollTo(0, 0)")
    link = text.get_by_role("link", name="a large site")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('#bound').innerText.includes('400,000 chips')")
    assert "match.frontier_chips=400000" in page.url
    page.keyboard.press("Enter")  # once more sets nothing else, and is undone with the first time
    page.wait_for_function("document.querySelector('#match .xp-announce').textContent.length > 10")
    assert page.evaluate("document.activeElement.textContent") == "a large site"
    page.go_back()
    page.wait_for_function("document.querySelector('#bound').innerText.includes('200,000 chips')")
    assert page.evaluate("document.getElementById('match').xpExplorer.settings.frontier_chips") == 200_000
    assert page.locator("#match-frontier_chips-typed").input_value() == "200,000 chips"
    page.go_forward()
    page.wait_for_function("document.querySelector('#bound').innerText.includes('400,000 chips')")
