"""Settings at which formulas and functions are compared, and what counts as the same result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from explorables.explore.inputs import Choice, Input, Slider, Text, signal_name, within
from explorables.explore.trace import input_node

RELATIVE, ABSOLUTE = 1e-7, 1e-9  # of a number, and of the largest of its array
INSIDE = 3  # settings between the ends


def settings_to_try(inputs: Mapping[str, Input]) -> list[dict[str, Any]]:
    """The defaults, each input at its ends or at each of its options, and a few settings inside."""

    def ends(control: Input) -> list[Any]:
        if isinstance(control, Slider):
            return [control.min, control.max]
        if isinstance(control, Text):
            return [control.default, "", "a reader's own"]
        return list(control.options) if isinstance(control, Choice) else [False, True]

    def inside(control: Input, part: float) -> Any:
        if isinstance(control, Slider):
            low, high = control.min, control.max
            log = control.scale == "log"
            return control.check(low * (high / low) ** part if log else low + (high - low) * part)
        options = ends(control)
        return options[int(part * len(options))]

    defaults = {name: control.default for name, control in inputs.items()}
    runs = [defaults]
    runs += [defaults | {name: end} for name, control in inputs.items() for end in ends(control)[:24]]
    rng = np.random.default_rng(20)
    runs += [{name: inside(control, rng.random()) for name, control in inputs.items()} for _ in range(INSIDE)]
    return [within(run, inputs) for run in runs]


def values_of(inputs: Mapping[str, Input], runs: list[dict[str, Any]]) -> dict:
    """Settings as values of the inputs' nodes, one a run."""
    return {
        input_node(signal_name(name), control.kind): np.array(
            [run[name] for run in runs], dtype=object if control.kind == "s" else None
        )
        for name, control in inputs.items()
    }


def same(ours: np.ndarray, theirs: np.ndarray, size: float = 0.0) -> bool:
    """Whether two arrays are the same: text and truth exactly, numbers to rounding, also that of numbers as large as `size`."""
    if ours.shape != theirs.shape:
        return False
    if ours.dtype.kind in "OUS" or theirs.dtype.kind in "OUS":
        return bool(np.all(ours.astype(str) == theirs.astype(str)))
    ours, theirs = ours.astype(float), theirs.astype(float)
    scale = ABSOLUTE * max(size, largest(ours))
    return bool(np.isclose(ours, theirs, rtol=RELATIVE, atol=scale, equal_nan=True).all())


def largest(values: np.ndarray) -> float:
    """The largest finite size of the numbers of an array; 0 of other things."""
    if values.dtype.kind not in "iuf":
        return 0.0
    sizes = np.abs(values[np.isfinite(values)])
    return float(np.max(sizes, initial=0.0))
