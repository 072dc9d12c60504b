"""Views of many paths at once: bands, odds, and what moves an outcome.

Each row of the table is one path; a row's draws follow from its number, so nothing but formulas is shipped, and a slider
recomputes every path in the reader's browser.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np

from explorables.explore.model import ROW, Model
from explorables.explore.theme import colour, unit_axis
from explorables.explore.views.common import Names, View, labels_of, quoted, scale_of, whole

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
    labels = labels_of(names)

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
            .transform_fold([quoted(column) for column in columns], as_=["key", "value"])
            .transform_quantile("value", probs=list(LEVELS), groupby=["key"], as_=["level", "value"])
            .transform_calculate(level="'p' + format(100 * datum.level, '.0f')")
            .transform_pivot("level", value="value", groupby=["key"])
            .transform_calculate(
                x="toNumber(split(datum.key, ' ')[1])", series=_called(labels, "split(datum.key, ' ')[0]")
            )
        )
        axis = alt.Axis(title=None, tickCount=6, **whole(x_values))
        across = alt.X("x:Q", axis=axis, scale=alt.Scale(nice=False))
        scale = alt.Scale(domain=list(labels.values()), range=list(colours))
        tint = alt.Color("series:N", sort=list(labels.values()), scale=scale)
        tint = tint.legend(None) if len(labels) == 1 else tint.legend(symbolOpacity=1)  # not as pale as the bands
        base = alt.Chart().encode(x=across, color=tint)

        def up(level: str, what: str) -> alt.Y:
            axis = unit_axis(y_unit, y_title or next(iter(labels.values())), log="y" if log_y else "")
            return alt.Y(f"{level}:Q", axis=axis, scale=scale_of(log_y, y_domain), title=what)

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
    labels = labels_of(names)

    def draw_bars(m: Model) -> alt.LayerChart:
        rows = m.rows(n)
        path = draw(m.inputs, rows[ROW])
        for name in labels:
            rows[name] = path[name]
        order = list(labels.values())
        shares = (
            rows.chart()
            .transform_fold([quoted(name) for name in labels], as_=["key", "holds"])
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
