"""Compare what was recorded for the page with what the function itself gives, before a reader can see a wrong number."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from explorables.explore.inputs import Input
from explorables.explore.model import NumberModel, Outputs, padded
from explorables.explore.samples import largest, same, settings_to_try, values_of
from explorables.explore.trace import TracingError, Unusable, evaluate, nodes_of


def check_result(function: Callable, inputs: Mapping[str, Input], traced: Mapping[str, Any]) -> None:
    """Compare a model's traced outputs with its plain ones at many settings.

    Parameters
    ----------
    function : callable
        The model.
    inputs : mapping
        Its inputs by name.
    traced : mapping
        Its traced outputs.

    Raises
    ------
    TracingError
        If they differ; the message names the output, the settings and what is likely to be the cause.
    Exception
        What the function itself raises at settings that a reader can reach, with a note that names them.
    """
    runs = settings_to_try(inputs)
    nodes = {name: nodes_of(value) for name, value in traced.items() if not isinstance(value, Unusable)}
    flat = [item for array in nodes.values() for item in array.ravel()]
    values = [np.broadcast_to(value, len(runs)) for value in evaluate(flat, values_of(inputs, runs))]
    plain = [call(function, inputs, run) for run in runs]
    for run, outputs in zip(runs, plain, strict=True):
        if set(outputs) != set(traced):
            raise _differs(function, inputs, "the names of its outputs", run)
    at = 0
    for name, array in nodes.items():
        ours = [np.asarray(outputs[name]) for outputs in plain]
        if getattr(traced[name], "ragged", False):
            ours = [padded(values, len(array)) for values in ours]
        size = max(map(largest, ours))
        for place, run in enumerate(runs):
            theirs = np.array([value[place] for value in values[at : at + array.size]]).reshape(array.shape)
            if not same(ours[place], theirs, size):
                raise _differs(function, inputs, f"output {name!r}", run, ours[place], theirs)
        at += array.size


def call(function: Callable, inputs: Mapping[str, Input], run: Mapping[str, Any]) -> Outputs:
    """The function's outputs at some settings; an error names these."""
    current = {name: inputs[name].value(value) for name, value in run.items()}
    try:
        printed = contextlib.redirect_stdout(io.StringIO())
        with np.errstate(all="ignore"), warnings.catch_warnings(), printed:
            warnings.simplefilter("ignore")
            return NumberModel(function, inputs, current).result
    except Exception as error:
        error.add_note(f"With the settings {_said(run)}, which a reader can reach: give the inputs other bounds.")
        raise


def _said(run: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in run.items())


def _differs(
    function: Callable,
    inputs: Mapping[str, Input],
    what: str,
    run: Mapping[str, Any],
    ours: np.ndarray | None = None,
    theirs: np.ndarray | None = None,
) -> TracingError:
    name = getattr(function, "__name__", "the model")
    numbers = ""
    if ours is not None and theirs is not None:
        if ours.shape != theirs.shape:
            numbers = f": NumPy gives the shape {ours.shape}, the page would have {theirs.shape}"
        else:
            pairs = list(zip(ours.ravel().tolist(), theirs.ravel().tolist(), strict=True))
            a, b = next((pair for pair in pairs if not same(np.array(pair[0]), np.array(pair[1]))), pairs[0])
            numbers = f": NumPy gives {a!r}, the page would show {b!r}"
    again, once = call(function, inputs, run), call(function, inputs, run)
    if any(not same(np.asarray(once[key]), np.asarray(again[key])) for key in once if key in again):
        return TracingError(
            f"{name}() gives other numbers each time, which cannot be carried into the page. Seed what it draws, "
            "inside the function: rng = np.random.default_rng(1); or draw before, and let it use the numbers."
        )
    return TracingError(
        f"{what} of {name}() at {_said(run)} is not what the page would show{numbers}. The function looks at the type "
        "of its inputs, keeps something between calls, or amplifies rounding errors (chaos): use plain NumPy on its inputs."
    )
