"""Views with lines: outputs over a slider, over known places, against each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from explorables.explore.model import ROW, Model, Rows, even
from explorables.explore.theme import colour, unit_axis
from explorables.explore.trace import MAX_VALUES
from explorables.explore.views.common import Names, View, folded, labels_of, scale_of, slider_of, whole


def _places(m: Model, values: Sequence[float]) -> Rows:
    """A table with the places of an axis; evenly spaced ones follow from the number of the row."""
    if (spacing := even(values)) is None:
        return m.rows({"x": [float(x) for x in values]})
    rows = m.rows(len(values))
    rows["x"] = rows[ROW] * spacing[1] + spacing[0]
    return rows


def _lines(chart: alt.Chart, labels: Sequence[str], x: alt.X, y: alt.Y, colours: Sequence[str] | None) -> alt.Chart:
    """One line a column; a legend only where there is more than one."""
    chart = folded(chart, labels).mark_line(interpolate="linear")
    series = alt.Color("series:N", sort=list(labels), scale=alt.Scale(domain=list(labels), range=list(colours or [])))
    if not colours:
        series = alt.Color("series:N", scale=alt.Scale(domain=list(labels)))
    return chart.encode(x=x, y=y, color=series.legend(None) if len(labels) == 1 else series)


def curve(
    x: str,
    y: Names,
    *,
    n: int = 101,
    title: str = "",
    description: str = "",
    x_title: str = "",
    y_title: str = "",
    y_unit: str = "",
    log_x: bool | None = None,
    log_y: bool = False,
    y_domain: Sequence[float] | None = None,
    colours: Sequence[str] | None = None,
    height: int = 300,
) -> View:
    """Outputs over the whole range of one slider; a dot marks where the slider stands.

    Parameters
    ----------
    x : str
        Name of the input that is swept; it must be a slider. Its scale is the axis' scale unless `log_x` is given.
    y : str, list or dict
        Names of outputs, or a mapping of names to labels.
    n : int
        Points of the curve; a slider over whole numbers has one at each of these.
    title, description : str
        Above the chart, and what it shows in a sentence, for those who cannot see it.
    x_title, y_title : str
        What the axes show; the slider's label and the first output's if not given.
    y_unit : str
        Unit of the outputs, as in `explorables.explore.format.human`.
    log_x, log_y : bool
        Logarithmic axes.
    y_domain : (float, float)
        Ends of the upright axis; those of the outputs if not given.
    colours : list of str
        One an output.
    height : int
        In pixels.

    Examples
    --------
    >>> def decay(half_life, t=10.0):
    ...     return {"left": 0.5 ** (t / half_life)}
    >>> explore(decay, curve("half_life", {"left": "What is left"}), half_life=(1.0, 30.0))
    """
    labels = labels_of(y)

    def draw(m: Model) -> alt.LayerChart:
        slider = slider_of(m, "curve", x)
        log = slider.scale == "log" if log_x is None else log_x
        if 1 < len(slider.values()) <= MAX_VALUES:
            rows = m.rows(len(slider.values()))
            rows["x"] = slider.min + rows[ROW]
        else:
            rows = m.rows(n)
            part = rows[ROW] / (n - 1)
            low, high = slider.min, slider.max
            rows["x"] = low * (high / low) ** part if log else low + (high - low) * part
        swept = m(**{x: rows["x"]})
        here = m.rows({"here": [0]})
        here["x"] = m.inputs[x]
        for name, label in labels.items():
            rows[label], here[label] = swept[name], m.result[name]
        # Labels with a unit are long: fewer of them than Vega would put.
        fewer: dict[str, Any] = {} if log else {"tickCount": alt.ExprRef("ceil(width / 70)")}
        across = alt.X(
            "x:Q",
            axis=unit_axis(slider.unit, x_title or slider.label, log="x" if log else "", format=slider.format, **fewer),
            scale=scale_of(log, None, nice=False),
        )
        up = alt.Y(
            "value:Q",
            axis=unit_axis(y_unit, y_title or next(iter(labels.values())), log="y" if log_y else ""),
            scale=scale_of(log_y, y_domain),
        )
        line = _lines(rows.chart(), list(labels.values()), across, up, colours)
        dot = folded(here.chart(), list(labels.values()))
        dot = dot.mark_point(size=110, color=colour["text"]).encode(x="x:Q", y="value:Q")
        return (line + dot).properties(title=title, description=description, height=height)

    return draw


def trajectory(
    x_values: Sequence[float] | str,
    names: Names,
    *,
    title: str = "",
    description: str = "",
    x_title: str = "",
    y_title: str = "",
    y_unit: str = "",
    log_x: bool = False,
    log_y: bool = False,
    y_domain: Sequence[float] | None = None,
    colours: Sequence[str] | None = None,
    height: int = 300,
) -> View:
    """Array outputs over known places, usually years.

    Parameters
    ----------
    x_values : sequence of float or str
        The places, one for each entry of the outputs, or the name of an output that holds them.
    names : str, list or dict
        Names of outputs of that length, or a mapping of names to labels.
    log_x, log_y : bool
        Logarithmic axes. All else as in `curve`.

    Examples
    --------
    >>> t = np.linspace(0, 10, 201)
    >>> explore(lambda w: {"wave": np.sin(w * t)}, trajectory(t, "wave", x_title="Time (s)"), w=(0.5, 3.0))
    """
    labels = labels_of(names)

    def draw(m: Model) -> alt.Chart:
        if isinstance(x_values, str):
            rows = m.rows(len(m.result[x_values]))
            rows["x"] = m.result[x_values]
            form: dict[str, Any] = {}
        else:
            rows, form = _places(m, x_values), whole(x_values)
        for name, label in labels.items():
            if np.shape(m.result[name]) != (len(rows),):
                raise ValueError(
                    f"trajectory: output {name!r} has shape {np.shape(m.result[name])} for {len(rows)} places"
                )
            rows[label] = m.result[name]
        across = alt.X("x:Q", axis=alt.Axis(title=x_title or None, **form), scale=scale_of(log_x, None, nice=False))
        up = alt.Y(
            "value:Q",
            axis=unit_axis(y_unit, y_title or next(iter(labels.values())), log="y" if log_y else ""),
            scale=scale_of(log_y, y_domain),
        )
        chart = _lines(rows.chart(), list(labels.values()), across, up, colours)
        return chart.properties(title=title, description=description, height=height)

    return draw


def phase(x: str, y: str, *, title: str = "", description: str = "", x_title: str = "", y_title: str = "") -> View:
    """Two array outputs against each other, joined in their order: a phase plane. A dot marks where the path begins.

    Parameters
    ----------
    x, y : str
        Names of array outputs of one length.
    title, description, x_title, y_title : str
        As in `curve`.
    """

    def draw(m: Model) -> alt.LayerChart:
        rows = m.rows(len(m.result[x]))
        rows["x"], rows["y"] = m.result[x], m.result[y]
        rows["order"] = rows[ROW]
        across = alt.X("x:Q", axis=alt.Axis(title=x_title or labels_of(x)[x]), scale=alt.Scale(zero=False))
        up = alt.Y("y:Q", axis=alt.Axis(title=y_title or labels_of(y)[y]), scale=alt.Scale(zero=False))
        start = m.rows({"start": [0]})
        start["x"], start["y"] = m.result[x][0], m.result[y][0]
        path = rows.chart().mark_line().encode(x=across, y=up, order="order:Q")
        dot = start.chart().mark_point(size=110, color=colour["text"]).encode(x="x:Q", y="y:Q")
        return (path + dot).properties(title=title, description=description, height=300)

    return draw
