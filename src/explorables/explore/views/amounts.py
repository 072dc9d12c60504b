"""Views with bars: side by side, stacked, beside known figures, adding up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np

from explorables.explore.model import Model
from explorables.explore.theme import colour, number_text, unit_axis
from explorables.explore.views.common import Names, View, given, labels_of


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
    labels = labels_of(names)

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
            **given(legend=legend),
        )
        gaps = None if size else alt.Scale(paddingInner=0.3)
        return (
            rows.chart()
            .mark_bar(**given(size=size))
            .encode(
                x=alt.X(f"{value}:Q", stack="zero", axis=unit_axis(unit, x_title)),
                y=alt.Y(f"{bar}:N", sort=list(bars), title=None, **given(scale=gaps)),
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
    labels = labels_of(names)

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
