"""Compare where sources disagree: the chart of `book/sources-disagree.md`."""

from __future__ import annotations

import altair as alt

from explorables.explore import colour
from hardware_phase import data
from hardware_phase.sources.disagreements import spread


def apart() -> alt.LayerChart:
    """The highest figure over the lowest, for topics whose figures have one unit."""
    rows = spread()
    widest = rows.loc[rows["ratio"].idxmax()]
    order = rows.sort_values("ratio", ascending=False)["topic"].tolist()
    base = alt.Chart(rows).encode(y=alt.Y("topic", sort=order, axis=None))
    bars = base.mark_bar(color=colour["neutral"], height=9, yOffset=8).encode(
        x=alt.X("ratio", title="Highest figure over the lowest", axis=alt.Axis(tickCount=5, format="~g")),
        tooltip=[
            "topic",
            alt.Tooltip("lowest", format=","),
            alt.Tooltip("highest", format=","),
            alt.Tooltip("ratio", format=".2f"),
        ],
    )
    names = base.mark_text(align="left", dy=-5, fontSize=11, limit=alt.expr("width"))
    return (bars + names.encode(x=alt.value(0), text="topic")).properties(
        title=alt.Title(
            "What firms estimate differs most, what datasheets state differs least",
            subtitle=data.cite(data.load("disagreements"), limit=3),
        ),
        description=f"Bars of the ratio of the highest to the lowest figure for {len(rows)} topics. "
        f"The widest is {widest['topic']}, {widest['ratio']:.1f} times; the narrowest {rows['ratio'].min():.2f} times.",
        height=alt.Step(30),
    )
