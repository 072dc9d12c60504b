"""What views share: names of outputs, scales, and the slider that is swept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import altair as alt

from explorables.explore.format import plain_name
from explorables.explore.inputs import Slider
from explorables.explore.model import ROW, Model

View = Callable[[Model], alt.typing.ChartType]
Names = str | Sequence[str] | Mapping[str, str]
TAKEN = {ROW, "x", "here", "series", "value"}  # columns that a table of lines has beside those of the labels


def labels_of(names: Names) -> dict[str, str]:
    """Output names and what to call them."""
    if isinstance(names, str):
        names = [names]
    labels = dict(names) if isinstance(names, Mapping) else {name: plain_name(name) for name in names}
    labels = {name: label.capitalize() if label in TAKEN else label for name, label in labels.items()}
    seen = list(labels.values())
    return {name: label if seen.count(label) == 1 else f"{label} ({name})" for name, label in labels.items()}


def quoted(name: str) -> str:
    """A column's name where Vega would read dots, brackets and quotes as a path."""
    return re.sub(r"([\\.\[\]'\"])", r"\\\1", name)


def folded(chart: alt.Chart, labels: Sequence[str]) -> alt.Chart:
    """Columns one below the other: their names as ``series``, their numbers as ``value``."""
    return chart.transform_fold([quoted(label) for label in labels], as_=["series", "value"])


def whole(values: Sequence[float]) -> dict[str, Any]:
    """The format of an axis of years and counts, which have neither decimals nor separators."""
    return {"format": "d"} if all(float(x).is_integer() for x in values) and max(map(abs, values)) < 1e6 else {}


def scale_of(log: bool, domain: Sequence[float] | None, **options: Any) -> alt.Scale:
    """The scale of an axis of numbers, with its ends if they are given."""
    return alt.Scale(type="log" if log else "linear", **given(domain=domain), **options)


def given(**options: Any) -> dict[str, Any]:
    """Options that are given: Altair tells None from what is left out."""
    return {name: option for name, option in options.items() if option is not None}


def slider_of(m: Model, view: str, name: str) -> Slider:
    """The input that a view sweeps."""
    control = m.control(name)
    if not isinstance(control, Slider):
        raise TypeError(f"{view}: {name!r} is not a slider")
    return control
