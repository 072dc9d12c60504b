"""Numbers and links in the text are bound to explorers, and a wrong name does not get past the build."""

from __future__ import annotations

import pytest

from explorables.explore import Choice, Readout, Slider, Switch, bars, explore
from explorables.site import bound


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
    assert bound.now("match.work", page) == ("196k×", {"class": "xp-value", "data-now": "match.work"})
    assert bound.now("match.chips", page)[0] == "100\u202fk chips"
    assert bound.now("match.kind", page)[0] == "New & fast"


def test_a_link_in_the_text_holds_the_settings(page):
    text, attributes = bound.link("a copy <match?chips=4e5&kind=New %26 fast>", page)
    assert text == "a copy"
    assert attributes["href"] == "?match.chips=400000&match.kind=New%20%26%20fast#match"
    preset = bound.link("a large one <match?A large site>", page)[1]
    assert preset["href"] == "?match.chips=400000&match.kind=Old&match.shared=1#match"


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
