"""Ready-made views: functions from a `Model` to an Altair chart, for `explore`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import altair as alt
import numpy as np

from hardware_phase.explore.inputs import Slider
from hardware_phase.explore.model import ROW, Model
from hardware_phase.explore.theme import colour, number_text, unit_axis

View = Callable[[Model], alt.Chart]
Names = str | Sequence[str] | Mapping[str, str]


def _labels(names: Names) -> dict[str, str]:
    """Output names and what to call them."""
    if isinstance(names, Mapping):
        return dict(names)
    return {name: name.replace("_", " ").capitalize() for name in ([names] if isinstance(names, str) else names)}


def _lines(chart: alt.Chart, labels: Sequence[str], x: alt.X, y: alt.Y, colours: Sequence[str] | None) -> alt.Chart:
    """One line a column; a legend only where there is more than one."""
    chart = chart.transform_fold(list(labels), as_=["series", "value"]).mark_line(interpolate="linear")
    series = alt.Color("series:N", sort=list(labels), scale=alt.Scale(domain=list(labels), range=list(colours or [])))
    if not colours:
        series = alt.Color("series:N", scale=alt.Scale(domain=list(labels)))
    return chart.encode(x=x, y=y, color=series.legend(None) if len(labels) == 1 else series)


def _scale(log: bool, domain: Sequence[float] | None, **options: object) -> alt.Scale:
    return alt.Scale(type="log" if log else "linear", **({} if domain is None else {"domain": domain}), **options)


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
        Points of the curve.
    """
    labels = _labels(y)

    def draw(m: Model) -> alt.Chart:
        slider = m.control(x)
        if not isinstance(slider, Slider):
            raise TypeError(f"curve: {x!r} is not a slider")
        log = slider.scale == "log" if log_x is None else log_x
        rows = m.rows(n)
        part = rows[ROW] / (n - 1)
        rows["x"] = (
            slider.min * (slider.max / slider.min) ** part if log else slider.min + (slider.max - slider.min) * part
        )
        swept = m(**{x: rows["x"]})
        here = m.rows({"here": [0]})
        here["x"] = m.inputs[x]
        for name, label in labels.items():
            rows[label], here[label] = swept[name], m.result[name]
        across = alt.X(
            "x:Q",
            axis=unit_axis(slider.unit, x_title or slider.label, log="x" if log else ""),
            scale=_scale(log, None, nice=False),
        )
        up = alt.Y(
            "value:Q",
            axis=unit_axis(y_unit, y_title or next(iter(labels.values())), log="y" if log_y else ""),
            scale=_scale(log_y, y_domain),
        )
        line = _lines(rows.chart(), list(labels.values()), across, up, colours)
        dot = here.chart().transform_fold(list(labels.values()), as_=["series", "value"])
        dot = dot.mark_point(size=110, color=colour["text"]).encode(x="x:Q", y="value:Q")
        return (line + dot).properties(title=title, description=description, height=height)

    return draw


def trajectory(
    x_values: Sequence[float],
    names: Names,
    *,
    title: str = "",
    description: str = "",
    x_title: str = "",
    y_title: str = "",
    y_unit: str = "",
    log_y: bool = False,
    y_domain: Sequence[float] | None = None,
    colours: Sequence[str] | None = None,
    height: int = 300,
) -> View:
    """Array outputs over known places, usually years.

    Parameters
    ----------
    x_values : sequence of float
        The places, one for each entry of the outputs.
    names : str, list or dict
        Names of outputs of that length, or a mapping of names to labels.
    """
    labels = _labels(names)

    def draw(m: Model) -> alt.Chart:
        rows = m.rows({"x": [float(x) for x in x_values]})
        for name, label in labels.items():
            rows[label] = m.result[name]
        across = alt.X("x:Q", axis=alt.Axis(title=x_title or None, format="d"), scale=alt.Scale(nice=False))
        up = alt.Y(
            "value:Q",
            axis=unit_axis(y_unit, y_title or next(iter(labels.values())), log="y" if log_y else ""),
            scale=_scale(log_y, y_domain),
        )
        chart = _lines(rows.chart(), list(labels.values()), across, up, colours)
        return chart.properties(title=title, description=description, height=height)

    return draw


def bars(
    names: Names,
    *,
    unit: str = "",
    title: str = "",
    description: str = "",
    x_title: str = "",
    colours: Sequence[str] | None = None,
) -> View:
    """Outputs side by side as bars with their values.

    Parameters
    ----------
    names : list or dict
        Names of outputs in the same unit, or a mapping of names to labels.
    """
    labels = _labels(names)

    def draw(m: Model) -> alt.Chart:
        rows = m.rows({"part": list(labels.values())})
        rows["value"] = np.stack([m.result[name] for name in labels])
        return _bar_rows(rows.chart(), list(labels.values()), unit, x_title, colours).properties(
            title=title, description=description, height=44 * len(labels) + 30
        )

    return draw


def _bar_rows(
    chart: alt.Chart, order: list[str], unit: str, x_title: str, colours: Sequence[str] | None
) -> alt.LayerChart:
    chart = chart.transform_calculate(label=number_text("datum.value", unit), room=_room("datum.value"))
    across = alt.X(
        "value:Q",
        axis=unit_axis(unit, x_title) if x_title else None,
    )
    base = chart.encode(x=across, y=alt.Y("part:N", sort=order, axis=alt.Axis(title=None)))
    bar = base.mark_bar(cornerRadiusEnd=2)
    if colours:
        bar = bar.encode(color=alt.Color("part:N", scale=alt.Scale(domain=order, range=list(colours)), legend=None))
    return bar + base.mark_text(align="left", dx=6).encode(text="label:N") + _spacer(base)


def _room(end: str) -> str:
    """Where a bar would end if the number behind it were part of it."""
    return f"{end} * 1.25"


def _spacer(base: alt.Chart) -> alt.Chart:
    """Nothing to see: it widens the scale so that the numbers behind the bars fit."""
    return base.mark_point(opacity=0, size=1).encode(x="room:Q")


def waterfall(
    names: Names,
    *,
    total: str = "Total",
    unit: str = "",
    title: str = "",
    description: str = "",
    x_title: str = "",
) -> View:
    """Outputs that add up, each starting where the one before ends, and their total.

    Parameters
    ----------
    names : list or dict
        Names of outputs in the same unit, or a mapping of names to labels.
    total : str
        What to call the sum.
    """
    labels = _labels(names)

    def draw(m: Model) -> alt.Chart:
        order = [*labels.values(), total]
        rows = m.rows({"part": order, "kind": ["part"] * len(labels) + ["total"]})
        parts = np.stack([m.result[name] for name in labels])
        ends = np.cumsum(parts)
        rows["value"] = np.concatenate([parts, ends[-1:]])
        rows["end"] = np.concatenate([ends, ends[-1:]])
        rows["start"] = np.concatenate([ends - parts, 0 * ends[-1:]])
        chart = rows.chart().transform_calculate(
            label=number_text("datum.value", unit), room=_room("max(datum.start, datum.end)")
        )
        base = chart.encode(y=alt.Y("part:N", sort=order, axis=alt.Axis(title=None)))
        tint = alt.Color(
            "kind:N", scale=alt.Scale(domain=["part", "total"], range=[colour["s1"], colour["neutral"]]), legend=None
        )
        across = alt.X("start:Q", axis=unit_axis(unit, x_title) if x_title else None)
        bar = base.mark_bar().encode(x=across, x2="end:Q", color=tint)
        text = base.mark_text(align="left", dx=6).encode(x="end:Q", text="label:N")
        return (bar + text + _spacer(base)).properties(
            title=title, description=description, height=44 * len(order) + 30
        )

    return draw
