"""A control that changes nothing at the present settings says so, on no other occasion, and with the reason that holds."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
from test_exhibits import EXHIBITS, build

from explorables.explore import Choice, Explorer, Readout, Slider, Switch, curve, explore
from explorables.explore.inputs import signal_name
from explorables.explore.trace import Node, evaluate, input_node, leaves

RUNS = 6  # settings at which each explorer is asked


def places(control: Slider | Choice | Switch, rng: np.random.Generator, inside: int) -> list[Any]:
    """Ends of an input and values between them, or all of its options."""
    if not isinstance(control, Slider):
        return list(control.options) if isinstance(control, Choice) else [False, True]
    low, high = control.min, control.max
    parts = [0.0, 1.0, *rng.random(inside)]
    found = [low * (high / low) ** p if control.scale == "log" else low + (high - low) * p for p in parts]
    return [control.check(min(max(value, low), high)) for value in found]


@functools.cache
def recorded(name: str) -> list[tuple[list[Node], dict[Node, np.ndarray]]]:
    """All that a reader sees change, as expressions: readouts, then the columns of each table with what they are made of.

    That they give what the model gives is what `test_parity.py` and `explore` itself see to.
    """
    explorer = build(name)
    parts = [([one.traced(explorer._traced[one.name], explorer.inputs) for one in explorer.readouts], {})]
    for _spec, model in explorer._drawn.values():
        for rows in model.tables:
            items = [value.item for value in rows.computed.values()]
            fields = {leaf for item in items for leaf in leaves(item) if leaf.op == "field"}
            parts.append((items, {leaf: rows.known[leaf.value].to_numpy() for leaf in fields}))
    return parts


def shown(name: str, run: dict[str, Any]) -> list[np.ndarray]:
    """All of it at some settings."""
    inputs = build(name).inputs
    known = {input_node(signal_name(key), c.kind): run[key] for key, c in inputs.items()}
    return [value for items, columns in recorded(name) for value in evaluate(items, known | columns)]


def same(ours: list[np.ndarray], theirs: list[np.ndarray]) -> bool:
    return all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(ours, theirs, strict=True))


def settings_of(explorer: Explorer, rng: np.random.Generator) -> dict[str, Any]:
    """Settings anywhere in the ranges, a third of the inputs at their ends and a third as the page opens."""
    found = {}
    for name, control in explorer.inputs.items():
        options = places(control, rng, 1)
        ends = options if not isinstance(control, Slider) else options[:2]
        found[name] = [control.default, options[-1], ends[rng.integers(len(ends))]][rng.integers(3)]
    return found


@pytest.mark.parametrize("name", EXHIBITS)
def test_what_is_said_to_change_nothing_changes_nothing(name):
    explorer, rng = build(name), np.random.default_rng(7)
    runs = [explorer.defaults, *({**explorer.defaults, **preset} for preset in explorer.presets.values())]
    for run in runs + [settings_of(explorer, rng) for _ in range(RUNS)]:
        before = shown(name, run)
        for idle in explorer.idle(**run):
            for value in places(explorer.inputs[idle], rng, 3):
                assert same(before, shown(name, {**run, idle: value})), (run, idle, value)


@pytest.mark.parametrize("name", EXHIBITS)
def test_what_changes_nothing_as_the_page_opens_is_said(name):
    explorer, rng = build(name), np.random.default_rng(8)
    before = shown(name, explorer.defaults)
    idle = {
        key
        for key, control in explorer.inputs.items()
        if all(same(before, shown(name, {**explorer.defaults, key: value})) for value in places(control, rng, 3))
    }
    assert idle == set(explorer.idle())


@pytest.mark.parametrize("name", EXHIBITS)
def test_the_reason_is_enough(name):
    """With the settings that are named as they are, the control changes nothing wherever all others stand."""
    explorer, rng = build(name), np.random.default_rng(9)
    for idle, reason in explorer._reasons(explorer.defaults).items():
        for _ in range(RUNS if reason else 0):
            run = {**settings_of(explorer, rng), **{one: explorer.defaults[one] for one in reason}}
            first, *others = places(explorer.inputs[idle], rng, 1)
            for value in others:
                now = shown(name, {**run, idle: value})
                assert same(shown(name, {**run, idle: first}), now), (idle, reason, run, value)


# -- what a model can hide ------------------------------------------------------------------------------------------


def made(model: Any, **inputs: Any) -> Explorer:
    return explore(model, readouts=[Readout("out")], **inputs)


def test_a_branch_that_is_not_taken():
    e = made(lambda published, guess: {"out": np.where(published, 3.0, guess)}, published=True, guess=(1.0, 6.0))
    assert e.idle() == {"guess": "No effect while “Published” is yes."}
    assert e.idle(published=False) == {}


def test_a_factor_of_zero():
    e = made(lambda share, cost: {"out": 1 + share * cost}, share=Slider(0, 1, 0), cost=(1.0, 5.0))
    assert e.idle() == {"cost": "No effect while “Share” is 0."}
    assert e.idle(share=0.1) == {}


def test_a_cap_that_is_out_of_reach():
    e = made(lambda cap, made: {"out": np.minimum(cap, 2 * made)}, cap=Slider(1, 50, 20), made=Slider(1, 9, 2))
    assert e.idle() == {}
    assert e.idle(cap=1) == {"made": "No effect while “Cap” is 1."}


def test_a_threshold_that_nothing_can_cross():
    e = made(
        lambda day, rule, size: {"out": np.where(rule > 10, np.where(day < rule - 10, 1.0, 2.0), 3.0) * size},
        day=Slider(0, 5, 1),
        rule=Slider(0, 100, 50),
        size=(1.0, 2.0),
    )
    assert e.idle() == {"day": "No effect while “Rule” is 50."}
    assert e.idle(rule=12) == {}


def test_what_a_chart_alone_shows_counts():
    def model(x, level):
        return {"out": x, "line": x * level}

    with_chart = explore(model, curve("x", "line"), readouts=[Readout("out")], x=(1.0, 5.0), level=(1.0, 5.0))
    assert with_chart.idle() == {}
    assert made(model, x=(1.0, 5.0), level=(1.0, 5.0)).idle() == {
        "level": "No effect with the other settings as they are."
    }
