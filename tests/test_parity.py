"""Every explorer of the book gives the same numbers from NumPy and, in a real browser, from Vega and its own script."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from notebooks import BOOK, explorers, with_explorers
from vega import Runtime, all_same, rounding, same

from explorables.explore import Choice, Explorer, Readout, Slider, explore
from explorables.explore.inputs import signal_name

NOTEBOOKS = with_explorers()


COUNTED = {
    "chips",
    "cards",
    "TPP",
    "FLOP",
    "FLOP/s",
    "W",
    "Wh",
    "B",
    "J",
    "days",
    "years",
}  # less than none makes no sense


def drawn(explorer: Explorer) -> st.SearchStrategy[dict[str, Any]]:
    """Settings inside the inputs' ranges."""

    def values(control):
        if isinstance(control, Slider):
            low, high = control.min, control.max
            if control.scale == "log":
                logs = st.floats(math.log(low), math.log(high))
                return logs.map(lambda v: control.check(min(max(math.exp(v), low), high)))
            return st.floats(low, high).map(control.check)  # whole numbers where only these can be set
        return st.sampled_from(list(control.options)) if isinstance(control, Choice) else st.booleans()

    return st.fixed_dictionaries({name: values(control) for name, control in explorer.inputs.items()})


def corners(explorer: Explorer) -> list[dict[str, Any]]:
    """The defaults, the presets, and inputs at their ends in turn and all together."""

    def ends(control):
        if isinstance(control, Slider):
            return [control.min, control.max]
        if isinstance(control, Choice):
            return list(control.options)[:: max(1, len(control.options) // 5)]
        return [False, True]

    one_by_one = [{name: end} for name, control in explorer.inputs.items() for end in ends(control)]
    all_low = {name: ends(control)[0] for name, control in explorer.inputs.items()}
    all_high = {name: ends(control)[-1] for name, control in explorer.inputs.items()}
    return [explorer.defaults | s for s in [{}, *explorer.presets.values(), *one_by_one, all_low, all_high]]


def differences(runtime: Runtime, explorer: Explorer, runs: list[dict[str, Any]]) -> list[str]:
    """Where NumPy and the page differ: readouts at all settings, computed columns of all views at every fifth.

    The columns are fewer because each of them builds the view's chart anew, which takes most of the time.
    """
    signals = [{signal_name(name): value for name, value in run.items()} for run in runs]
    spec = explorer.check_spec()
    found = []
    names, readouts = spec["model"]["names"], {readout.name: readout for readout in explorer.readouts}
    asked = list(names.values())
    effects = [s for one in spec["model"]["effects"].values() for s in (one["effect"], *(s for _, s in one["reasons"]))]
    model = runtime.run({"signals": spec["model"]["signals"]}, signals, asked + effects)
    for run, (values, _), script in zip(runs, model, runtime.ask(explorer, signals), strict=True):
        for name, value in zip(asked + effects, values, strict=True):
            if not same(value, script[name], rtol=0.0):
                found.append(f"{name} at {run}: Vega {value}, the page's script {script[name]}")
        values = values[: len(asked)]
        with np.errstate(all="ignore"):
            result = explorer.evaluate(**run)
        for name, value in zip(names, values, strict=True):
            ours = readouts[name].said(result[name])
            if not same(ours, value):
                found.append(f"readout {name} at {run}: NumPy {ours}, page {value}")
            if isinstance(value, str | bool):
                continue
            if not math.isfinite(value) or readouts[name].unit in COUNTED and value < 0:
                found.append(f"readout {name} at {run} is {value}")
    runs, signals = runs[::5], signals[::5]
    tables = [explorer.tables(**run) for run in runs]
    for i, view in enumerate(spec["views"]):
        # Shared parts, which the page names and NumPy does not, stay where they are: they outnumber the columns by far.
        wanted = [
            (data["name"], [step["as"] for step in data["transform"] if step["as"] in frame])
            for data, frame in zip(view["data"], tables[0][i], strict=True)
        ]
        for run, ours, (_, theirs) in zip(runs, tables, runtime.run(view, signals, [], wanted), strict=True):
            for frame, (table, fields), columns in zip(ours[i], wanted, theirs, strict=True):
                for name, column in zip(fields, columns, strict=True):
                    numbers = frame[name].to_numpy()
                    if all_same(numbers, column):
                        continue
                    for row, (a, b) in enumerate(zip(frame[name], column, strict=True)):
                        if not same(a, b, atol=rounding(numbers)):
                            found.append(f"view {i}, {table}, {name}[{row}] at {run}: NumPy {a}, page {b}")
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: str(path.relative_to(BOOK)))
def test_numpy_and_the_page_agree(runtime, path):
    found = explorers(path)
    assert found, f"{path}: keep explorers in variables, so that they can be tested"
    for explorer in found:
        assert not differences(runtime, explorer, corners(explorer))

        @settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
        @given(explorer=st.just(explorer), runs=st.lists(drawn(explorer), min_size=8, max_size=12))
        def agree(explorer, runs):
            assert not differences(runtime, explorer, runs)

        agree()


def test_the_page_says_the_words_for_a_code(runtime):
    """A readout with words shows them on the page where NumPy's code has them, also for the options of a menu."""

    def speed(x, kind):
        """How fast, as a code, and the code of what is chosen."""
        return {"speed": np.select([x < 1, x < 2], ["slow", "fair"], default="fast"), "kind": kind}

    words = {"slow": "Slow.", "fair": 'It\'s fair, "more or less".', "fast": "Fast \u2014 too fast."}
    explorer = explore(
        speed,
        readouts=[Readout("speed", words=words), Readout("kind", words={"a": "The first", "b": "The second"})],
        x=(0.0, 3.0),
        kind=["a", "b"],
    )
    spec = explorer.model_spec()
    runs = [{"x": x, "kind": kind} for x in (0.0, 0.5, 1.0, 1.999, 2.0, 3.0) for kind in "ab"]
    signals = [{signal_name(name): value for name, value in run.items()} for run in runs]
    found = runtime.run({"signals": spec["signals"]}, signals, list(spec["names"].values()))
    assert {said for (said, _), _ in found} == set(words.values())
    for run, (said, _) in zip(runs, found, strict=True):
        result = explorer.evaluate(**run)
        assert said == [readout.said(result[readout.name]) for readout in explorer.readouts]


def test_a_wrong_answer_would_be_seen(runtime):
    """The comparison above notices a page that differs from NumPy in one place by one part in a million."""
    explorer = explorers(NOTEBOOKS[0])[0]
    spec = explorer.check_spec
    name = next(iter(spec()["model"]["names"].values()))

    def wrong():
        changed = spec()
        for signal in changed["model"]["signals"]:
            if signal["name"] == name and "update" in signal:
                signal["update"] = f"isString({signal['update']}) ? 'other' : ({signal['update']}) * 1.000001"
        return changed

    explorer.check_spec = wrong
    try:
        assert differences(runtime, explorer, [explorer.defaults])
    finally:
        del explorer.check_spec


@pytest.mark.parametrize("size", [1e-23, 1.0, 1e12])
def test_a_column_may_differ_by_rounding_only_whatever_the_size_of_its_numbers(size):
    ours = np.array([0.0, 0.25, 1.5]) * size
    assert all_same(ours, [2.2e-16 * size, *ours[1:].tolist()])
    assert not all_same(ours, [1e-9 * size, *ours[1:].tolist()])
    assert not all_same(ours, [0.0, ours[1] * 1.000001, ours[2].item()])


def test_long_columns_cross_over_unchanged(runtime):
    """Columns of numbers travel as bytes, others and short ones as they are; no value may change on the way."""
    update = {"number": "datum.data / 3", "gap": "datum.data % 7 ? -1 / datum.data : NaN", "text": "'n' + datum.data"}
    steps = [{"type": "formula", "expr": expr, "as": name} for name, expr in update.items()]
    for rows in (5, 2048):
        values = list(range(1, rows + 1))
        spec = {"data": [{"name": "t", "values": values, "transform": steps}]}
        ((_, ((number, gap, text),)),) = runtime.run(spec, [{}], [], [("t", list(update))])
        assert number == [v / 3 for v in values]
        np.testing.assert_array_equal(gap, [-1 / v if v % 7 else math.nan for v in values])
        assert text == [f"n{v}" for v in values]


SCOPES = {"scope", "covered", "range"}  # what explorers call the readout that says how far the sources reach
INDUSTRY = [path for path in NOTEBOOKS if path.parent.name in ("ecosystem", "acceleration")]


@pytest.mark.parametrize("path", INDUSTRY, ids=lambda path: str(path.relative_to(BOOK)))
def test_an_explorer_says_when_a_setting_leaves_what_sources_cover(path):
    for explorer in explorers(path):
        if explorer.id == "catalogue":
            continue  # shows figures as they were published
        (name,) = SCOPES & {readout.name for readout in explorer.readouts}
        with np.errstate(all="ignore"):
            said = {str(explorer.evaluate(**run)[name]) for run in corners(explorer)}
        assert len(said) > 1 and "" not in said
