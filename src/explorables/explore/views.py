"""Ready-made views: functions from a `Model` to an Altair chart, for `explore`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np

from explorables.explore.format import plain_name
from explorables.explore.inputs import Slider
from explorables.explore.model import ROW, Model, Rows, even
from explorables.explore.theme import colour, number_text, unit_axis
from explorables.explore.trace import MAX_VALUES

View = Callable[[Model], alt.typing.ChartType]
Names = str | Sequence[str] | Mapping[str, str]
TAKEN = {ROW, "x", "here", "series", "value"}  # columns that a table of lines has beside those of the labels


def _labels(names: Names) -> dict[str, str]:
    """Output names and what to call them."""
    if isinstance(names, str):
        names = [names]
    labels = dict(names) if isinstance(names, Mapping) else {name: plain_name(name) for name in names}
    labels = {name: label.capitalize() if label in TAKEN else label for name, label in labels.items()}
    seen = list(labels.values())
    return {name: label if seen.count(label) == 1 else f"{label} ({name})" for name, label in labels.items()}


def _field(name: str) -> str:
    """A column's name where Vega would read dots, brackets and quotes as a path."""
    return re.sub(r"([\\.\[\]'\"])", r"\\\1", name)


def _fold(chart: alt.Chart, labels: Sequence[str]) -> alt.Chart:
    return chart.transform_fold([_field(label) for label in labels], as_=["series", "value"])


def _places(m: Model, values: Sequence[float]) -> Rows:
    """A table with the places of an axis; evenly spaced ones follow from the number of the row."""
    if (spacing := even(values)) is None:
        return m.rows({"x": [float(x) for x in values]})
    rows = m.rows(len(values))
    rows["x"] = rows[ROW] * spacing[1] + spacing[0]
    return rows


def _whole(values: Sequence[float]) -> dict[str, Any]:
    """The format of an axis of years and counts, which have neither decimals nor separators."""
    return {"format": "d"} if all(float(x).is_integer() for x in values) and max(map(abs, values)) < 1e6 else {}


def _lines(chart: alt.Chart, labels: Sequence[str], x: alt.X, y: alt.Y, colours: Sequence[str] | None) -> alt.Chart:
    """One line a column; a legend only where there is more than one."""
    chart = _fold(chart, labels).mark_line(interpolate="linear")
    series = alt.Color("series:N", sort=list(labels), scale=alt.Scale(domain=list(labels), range=list(colours or [])))
    if not colours:
        series = alt.Color("series:N", scale=alt.Scale(domain=list(labels)))
    return chart.encode(x=x, y=y, color=series.legend(None) if len(labels) == 1 else series)


def _scale(log: bool, domain: Sequence[float] | None, **options: Any) -> alt.Scale:
    return alt.Scale(type="log" if log else "linear", **_given(domain=domain), **options)


def _given(**options: Any) -> dict[str, Any]:
    """Options that are given: Altair tells None from what is left out."""
    return {name: option for name, option in options.items() if option is not None}


def _slider(m: Model, view: str, name: str) -> Slider:
    """The input that a view sweeps."""
    control = m.control(name)
    if not isinstance(control, Slider):
        raise TypeError(f"{view}: {name!r} is not a slider")
    return control


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
    labels = _labels(y)

    def draw(m: Model) -> alt.LayerChart:
        slider = _slider(m, "curve", x)
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
            scale=_scale(log, None, nice=False),
        )
        up = alt.Y(
            "value:Q",
            axis=unit_axis(y_unit, y_title or next(iter(labels.values())), log="y" if log_y else ""),
            scale=_scale(log_y, y_domain),
        )
        line = _lines(rows.chart(), list(labels.values()), across, up, colours)
        dot = _fold(here.chart(), list(labels.values()))
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
    labels = _labels(names)

    def draw(m: Model) -> alt.Chart:
        if isinstance(x_values, str):
            rows = m.rows(len(m.result[x_values]))
            rows["x"] = m.result[x_values]
            form: dict[str, Any] = {}
        else:
            rows, form = _places(m, x_values), _whole(x_values)
        for name, label in labels.items():
            if np.shape(m.result[name]) != (len(rows),):
                raise ValueError(
                    f"trajectory: output {name!r} has shape {np.shape(m.result[name])} for {len(rows)} places"
                )
            rows[label] = m.result[name]
        across = alt.X("x:Q", axis=alt.Axis(title=x_title or None, **form), scale=_scale(log_x, None, nice=False))
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

    def draw(m: Model) -> alt.LayerChart:
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
    """Where a bar would end if the number behind it, its `label`, were part of it; on a phone that is a larger part."""
    return f"({end}) * width / max(width - 12 - 7.5 * length(datum.label), width / 3)"


def _spacer(base: alt.Chart) -> alt.Chart:
    """Nothing to see: it widens the scale so that the numbers behind the bars fit."""
    return base.mark_point(opacity=0, size=1).encode(x="room:Q")


def stacked_bars(
    bars: Mapping[str, str | Sequence[str]],
    parts: Sequence[str],
    *,
    unit: str = "",
    title: str = "",
    description: str = "",
    x_title: str = "",
    colours: Sequence[str],
    columns: tuple[str, str, str] = ("bar", "part", "value"),
    size: int | None = None,
    legend: alt.Legend | None = None,
    height: int = 190,
) -> View:
    """Bars of parts that add up, one below the other.

    Parameters
    ----------
    bars : dict
        For each bar what to call it, and its parts: an array output, or the names of as many outputs in one unit.
    parts : sequence of str
        What to call the parts, in the order in which they stand.
    colours : sequence of str
        One for each part.
    columns : tuple of str
        What the table behind the chart, which readers can open, calls the bar, the part and the value.
    size : int, optional
        Thickness of a bar in pixels; without it bars share the height, with gaps.

    Examples
    --------
    >>> stacked_bars(
    ...     {"At home": "home_w", "Elsewhere": ["lamps_w", "fans_w"]}, ["Lamps", "Fans"], unit="W", colours=["teal", "plum"]
    ... )
    """
    bar, part, value = columns

    def draw(m: Model) -> alt.Chart:
        rows = m.rows(
            {
                bar: [name for name in bars for _ in parts],
                part: [*parts] * len(bars),
                "order": [*range(len(parts))] * len(bars),
            }
        )
        rows[value] = np.concatenate(
            [
                m.result[output] if isinstance(output, str) else np.stack([m.result[name] for name in output])
                for output in bars.values()
            ]
        )
        tint = alt.Color(
            f"{part}:N",
            sort=list(parts),
            scale=alt.Scale(domain=list(parts), range=list(colours)),
            **_given(legend=legend),
        )
        gaps = None if size else alt.Scale(paddingInner=0.3)
        return (
            rows.chart()
            .mark_bar(**_given(size=size))
            .encode(
                x=alt.X(f"{value}:Q", stack="zero", axis=unit_axis(unit, x_title)),
                y=alt.Y(f"{bar}:N", sort=list(bars), title=None, **_given(scale=gaps)),
                color=tint,
                order=alt.Order("order:Q"),
            )
            .properties(title=title, description=description, height=height)
        )

    return draw


def reference_bars(
    labels: Sequence[str],
    output: str,
    reference: Sequence[float],
    *,
    unit: str = "",
    title: str = "",
    description: str = "",
    x_title: str = "",
    tint: str = colour["s1"],
    columns: tuple[str, str] = ("what", "reference"),
    height: int = 260,
) -> View:
    """A bar for each entry of an array output, and a mark where a known figure lies.

    Parameters
    ----------
    labels : sequence of str
        What to call the bars.
    output : str
        Name of an array output, one entry a bar.
    reference : sequence of float
        The known figure of each bar, in the output's unit.
    columns : tuple of str
        What the table behind the chart, which readers can open, calls the bar and the known figure.

    Examples
    --------
    >>> reference_bars(["Spring", "Autumn"], "modelled_mm", [210.0, 265.0], unit="mm", x_title="Rain: model, measured")
    """
    what, known = columns

    def draw(m: Model) -> alt.LayerChart:
        rows = m.rows({what: labels, known: reference})
        rows[output] = m.result[output]
        base = rows.chart().encode(y=alt.Y(f"{what}:N", sort=None, title=None))
        across = alt.X(f"{output}:Q", axis=unit_axis(unit, x_title))
        bar = base.mark_bar(color=tint, opacity=0.75).encode(x=across)
        mark = base.mark_tick(color=colour["text"], thickness=3, height=18).encode(x=f"{known}:Q")
        return (bar + mark).properties(title=title, description=description, height=height)

    return draw


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

    def draw(m: Model) -> alt.LayerChart:
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
        across = alt.X("x:Q", axis=alt.Axis(title=x_title or _labels(x)[x]), scale=alt.Scale(zero=False))
        up = alt.Y("y:Q", axis=alt.Axis(title=y_title or _labels(y)[y]), scale=alt.Scale(zero=False))
        start = m.rows({"start": [0]})
        start["x"], start["y"] = m.result[x][0], m.result[y][0]
        path = rows.chart().mark_line().encode(x=across, y=up, order="order:Q")
        dot = start.chart().mark_point(size=110, color=colour["text"]).encode(x="x:Q", y="y:Q")
        return (path + dot).properties(title=title, description=description, height=300)

    return draw


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
        sides = {"x": _slider(m, "heatmap", x), "y": _slider(m, "heatmap", y)}
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
                scale=_scale(slider.scale == "log", [slider.min, slider.max], nice=False),
            )
            for channel, (side, slider) in zip((alt.X, alt.Y), sides.items(), strict=True)
        )
        tint = alt.Color("value:Q", scale=alt.Scale(scheme="viridis"), title=value_title or _labels(value)[value])
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
        tint = alt.Color("value:Q", scale=scale, title=value_title or _labels(value)[value])
        fields = rows.chart().mark_rect().encode(x=across, x2="x2:Q", y=up, y2="y2:Q", color=tint)
        return fields.properties(title=title, description=description, height=height)

    return draw


# ---------------------------------------------------------------------------------------------------------------------
# Many paths at once. Each row of the table is one path; a row's draws follow from its number, so nothing but formulas
# is shipped, and a slider recomputes every path in the reader's browser.

Draw = Callable[[Mapping[str, Any], Any], Mapping[str, Any]]
"""From the inputs and the number of a path to the outputs of that path."""

KINDS = ["not known", "a lever"]  # of the bars of a tornado
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)  # of the bands: 90 % of the paths, half of them, and the median


def fan(
    draw: Draw,
    x_values: Sequence[int],
    names: Names,
    *,
    n: int,
    title: str = "",
    description: str = "",
    y_title: str = "",
    y_unit: str = "",
    log_y: bool = False,
    y_domain: Sequence[float] | None = None,
    colours: Sequence[str],
    height: int = 300,
) -> View:
    """Array outputs of many paths over known places: the median and the bands that hold half and 90 % of the paths.

    Parameters
    ----------
    draw : callable
        The outputs of a path, given the inputs and its number from 0. It must take an array of numbers too.
    x_values : sequence of int
        The places, one for each entry of the outputs, usually years.
    names : str, list or dict
        Names of outputs of that length, or a mapping of names to labels.
    n : int
        Number of paths.
    colours : sequence of str
        One for each output.
    """
    labels = _labels(names)

    def draw_bands(m: Model) -> alt.typing.ChartType:
        rows = m.rows(n)
        path = draw(m.inputs, rows[ROW])
        columns = []
        for name in labels:
            for i, x in enumerate(x_values):
                columns.append(f"{name} {x}")
                rows[columns[-1]] = path[name][i]
        bands = (
            rows.chart()
            .transform_fold([_field(column) for column in columns], as_=["key", "value"])
            .transform_quantile("value", probs=list(LEVELS), groupby=["key"], as_=["level", "value"])
            .transform_calculate(level="'p' + format(100 * datum.level, '.0f')")
            .transform_pivot("level", value="value", groupby=["key"])
            .transform_calculate(
                x="toNumber(split(datum.key, ' ')[1])", series=_called(labels, "split(datum.key, ' ')[0]")
            )
        )
        axis = alt.Axis(title=None, tickCount=6, **_whole(x_values))
        across = alt.X("x:Q", axis=axis, scale=alt.Scale(nice=False))
        scale = alt.Scale(domain=list(labels.values()), range=list(colours))
        tint = alt.Color("series:N", sort=list(labels.values()), scale=scale)
        tint = tint.legend(None) if len(labels) == 1 else tint.legend(symbolOpacity=1)  # not as pale as the bands
        base = alt.Chart().encode(x=across, color=tint)

        def up(level: str, what: str) -> alt.Y:
            axis = unit_axis(y_unit, y_title or next(iter(labels.values())), log="y" if log_y else "")
            return alt.Y(f"{level}:Q", axis=axis, scale=_scale(log_y, y_domain), title=what)

        chart = alt.layer(
            base.mark_area(opacity=0.2, clip=True).encode(
                y=up("p5", "5 % below"), y2=alt.Y2("p95:Q", title="95 % below")
            ),
            base.mark_area(opacity=0.3, clip=True).encode(
                y=up("p25", "25 % below"), y2=alt.Y2("p75:Q", title="75 % below")
            ),
            base.mark_line(clip=True).encode(y=up("p50", "Median")),
            data=bands.data,
        )
        chart.transform = bands.transform
        return chart.properties(title=title, description=description, height=height)

    return draw_bands


def _called(labels: Mapping[str, str], key: str) -> str:
    """What to call an output, as an expression: labels may hold characters that names of columns may not."""
    return f"{json.dumps(dict(labels), ensure_ascii=False)}[{key}]"


def odds(
    draw: Draw,
    names: Mapping[str, str],
    *,
    n: int,
    title: str = "",
    description: str = "",
    tint: str = colour["s1"],
) -> View:
    """Share of many paths on which something holds, as bars.

    Parameters
    ----------
    draw : callable
        See `fan`; its outputs are 1 where it holds and 0 where it does not.
    names : dict
        Names of outputs and what to call them.
    n : int
        Number of paths.
    """
    labels = _labels(names)

    def draw_bars(m: Model) -> alt.LayerChart:
        rows = m.rows(n)
        path = draw(m.inputs, rows[ROW])
        for name in labels:
            rows[name] = path[name]
        order = list(labels.values())
        shares = (
            rows.chart()
            .transform_fold([_field(name) for name in labels], as_=["key", "holds"])
            .transform_aggregate(share="mean(holds)", groupby=["key"])
            .transform_calculate(what=_called(labels, "datum.key"))
        )
        across = alt.X(
            "share:Q",
            scale=alt.Scale(domain=[0, 1.1]),
            axis=alt.Axis(title="Share of the paths", format="%", values=[0, 0.25, 0.5, 0.75, 1]),
        )
        base = shares.encode(y=alt.Y("what:N", sort=order, axis=None))
        bar = base.mark_bar(color=tint, cornerRadiusEnd=2, height=12, yOffset=8).encode(x=across)
        text = base.mark_text(align="left", dx=6, dy=8).encode(x=across, text=alt.Text("share:Q", format=".0%"))
        name = base.mark_text(align="left", dy=-8, limit=alt.expr("width")).encode(x=alt.value(0), text="what:N")
        return (bar + text + name).properties(title=title, description=description, height=alt.Step(40))

    return draw_bars


def tornado(
    outcome: Callable[[Mapping[str, Any], Mapping[str, Any]], Any],
    uncertain: Mapping[str, str],
    levers: Mapping[str, tuple[str, float, float]],
    *,
    tail: float = 0.05,
    show: int = 12,
    title: str = "",
    description: str = "",
) -> View:
    """What one outcome does when one thing at a time goes to either end of its range, the widest range first.

    Parameters
    ----------
    outcome : callable
        The outcome, above zero, given the inputs and the probability of each uncertain parameter by name.
    uncertain : dict
        Names of the uncertain parameters and what to call them. All stand at their medians; one at a time goes to
        `tail` and to ``1 - tail``.
    levers : dict
        Names of inputs, each with what to call it and both ends. All stand where the reader has them.
    tail : float
        Probability of the lower end.
    show : int
        Number of bars; the narrower ones are left out. A dot marks the upper end of what moves.
    """
    names = [*uncertain, *levers]
    what = [*uncertain.values(), *(label for label, _, _ in levers.values())]
    kinds = [KINDS[0]] * len(uncertain) + [KINDS[1]] * len(levers)
    ends = {"low": [low for _, low, _ in levers.values()], "high": [high for _, _, high in levers.values()]}
    chance = {"low": tail, "high": 1 - tail}

    def draw_tornado(m: Model) -> alt.LayerChart:
        table = {"what": what, "kind": kinds, "at": list(range(len(names)))}
        rows = m.rows(table | {f"{end}_to": [0.0] * len(uncertain) + ends[end] for end in ends})
        middle = outcome(m.inputs, dict.fromkeys(uncertain, 0.5))
        for end in ends:
            moved = {n: np.where(rows["at"] == names.index(n), chance[end], 0.5) for n in uncertain}
            inputs = {
                **m.inputs,
                **{n: np.where(rows["at"] == names.index(n), rows[f"{end}_to"], m.inputs[n]) for n in levers},
            }
            rows[end] = outcome(inputs, moved) / middle
        rows["swing"] = np.abs(np.log(rows["high"] / rows["low"]))
        rows["from"], rows["to"] = np.minimum(rows["low"], rows["high"]), np.maximum(rows["low"], rows["high"])
        shown = (
            rows.chart()
            .transform_window(rank="row_number()", sort=[alt.SortField("swing", order="descending")])
            .transform_filter(f"datum.rank <= {show}")
        )
        y = alt.Y("what:N", sort=alt.EncodingSortField("swing", op="max", order="descending"), axis=None)
        log = alt.Scale(type="log")
        x = alt.X("from:Q", scale=log, axis=alt.Axis(title="Against the median path", format="~r", tickCount=5))
        base = shown.encode(y=y)
        tint = alt.Color("kind:N", title=None, scale=alt.Scale(domain=KINDS, range=[colour["neutral"], colour["s1"]]))
        bar = base.mark_bar(height=9, yOffset=7).encode(x=x, x2="to:Q", color=tint)
        high = base.mark_point(filled=True, size=45, color=colour["text"], opacity=1, yOffset=7).encode(
            x=alt.X("high:Q", scale=log)
        )
        # Names stand above their bars: beside them they would take half of a phone's width.
        name = base.mark_text(align="left", dy=-7, limit=alt.expr("width")).encode(x=alt.value(0), text="what:N")
        return (bar + high + name).properties(title=title, description=description, height=alt.Step(34))

    return draw_tornado
