"""Views with fields of colour: an output over two sliders, or of two dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from explorables.explore.inputs import Slider
from explorables.explore.model import Model
from explorables.explore.theme import colour, unit_axis
from explorables.explore.views.common import View, labels_of, scale_of, slider_of


def heatmap(
    x: str, y: str, value: str, *, n: int = 25, title: str = "", description: str = "", value_title: str = ""
) -> View:
    """An output over the ranges of two sliders, as colours. A ring marks where the sliders stand.

    Parameters
    ----------
    x, y : str
        Names of two inputs, which must be sliders.
    value : str
        Name of the output.
    n : int
        Fields in each direction.
    title, description, value_title : str
        As in `curve`.
    """

    def edges(slider: Slider, part: Any) -> Any:
        low, high = slider.min, slider.max
        return low * (high / low) ** part if slider.scale == "log" else low + (high - low) * part

    def draw(m: Model) -> alt.LayerChart:
        sides = {"x": slider_of(m, "heatmap", x), "y": slider_of(m, "heatmap", y)}
        rows = m.rows({"i": np.repeat(np.arange(n), n), "j": np.tile(np.arange(n), n)})
        for side, slider, count in zip("xy", sides.values(), "ij", strict=True):
            for end, shift in (("", 0.0), ("2", 1.0), ("m", 0.5)):
                rows[f"{side}{end}"] = edges(slider, (rows[count] + shift) / n)
        rows["value"] = m(**{x: rows["xm"], y: rows["ym"]})[value]
        here = m.rows({"here": [0]})
        here["x"], here["y"] = m.inputs[x], m.inputs[y]
        across, up = (
            channel(
                f"{side}:Q",
                axis=unit_axis(
                    slider.unit, slider.label, log=side if slider.scale == "log" else "", format=slider.format
                ),
                scale=scale_of(slider.scale == "log", [slider.min, slider.max], nice=False),
            )
            for channel, (side, slider) in zip((alt.X, alt.Y), sides.items(), strict=True)
        )
        tint = alt.Color("value:Q", scale=alt.Scale(scheme="viridis"), title=value_title or labels_of(value)[value])
        fields = rows.chart().mark_rect().encode(x=across, x2="x2:Q", y=up, y2="y2:Q", color=tint)
        ring = here.chart().mark_point(size=140, filled=False, strokeWidth=3, color=colour["text"])
        return (fields + ring.encode(x="x:Q", y="y:Q")).properties(title=title, description=description, height=300)

    return draw


MAX_FIELDS = 10_000  # of an image


def image(
    value: str,
    *,
    x: Sequence[float] | None = None,
    y: Sequence[float] | None = None,
    bands: int = 0,
    title: str = "",
    description: str = "",
    x_title: str = "",
    y_title: str = "",
    value_title: str = "",
    height: int = 300,
) -> View:
    """An array output of two dimensions as colours, a field for each entry; the first row stands at the bottom.

    Parameters
    ----------
    value : str
        Name of the output, of shape (rows, columns).
    x, y : sequence of float
        Evenly spaced places of its columns and rows, in order; numbers from 0 if not given.
    bands : int
        Colours in so many bands, as a contour plot has them; 0 for a colour that changes evenly.
    title, description, x_title, y_title, value_title : str
        As in `curve`.
    height : int
        In pixels.

    Examples
    --------
    >>> X, Y = np.meshgrid(np.linspace(-1, 1, 25), np.linspace(-1, 1, 25))
    >>> explore(lambda k: {"wave": np.cos(k * np.hypot(X, Y))}, image("wave", bands=6), k=(1.0, 20.0))
    """

    def draw(m: Model) -> alt.Chart:
        entries = m.result[value]
        if np.ndim(entries) != 2:
            raise ValueError(f"image: output {value!r} has shape {np.shape(entries)}, not (rows, columns)")
        count = np.shape(entries)
        if count[0] * count[1] > MAX_FIELDS:
            raise ValueError(
                f"image: output {value!r} has {count[0]} × {count[1]} fields; {MAX_FIELDS:,} is the most. Use a coarser grid."
            )
        table = {}
        for name, places, at in (
            ("x", x, np.tile(np.arange(count[1]), count[0])),
            ("y", y, np.repeat(np.arange(count[0]), count[1])),
        ):
            size = count[1] if name == "x" else count[0]
            centres = np.arange(size) if places is None else np.asarray(places, dtype=float)
            if len(centres) != size or size < 2:
                raise ValueError(f"image: {len(centres)} places {name} for {size} fields; at least two are needed")
            half = (centres[1] - centres[0]) / 2
            table[name], table[f"{name}2"] = (centres - half)[at], (centres + half)[at]
        rows = m.rows(table)
        rows["value"] = np.ravel(entries)
        scale = alt.Scale(scheme="viridis")
        if bands:
            scale = alt.Scale(type="quantize", scheme=alt.SchemeParams(name="viridis", count=bands))
        across = alt.X("x:Q", axis=alt.Axis(title=x_title or None), scale=alt.Scale(nice=False, zero=False))
        up = alt.Y("y:Q", axis=alt.Axis(title=y_title or None), scale=alt.Scale(nice=False, zero=False))
        tint = alt.Color("value:Q", scale=scale, title=value_title or labels_of(value)[value])
        fields = rows.chart().mark_rect().encode(x=across, x2="x2:Q", y=up, y2="y2:Q", color=tint)
        return fields.properties(title=title, description=description, height=height)

    return draw
