"""Play the long game to 2035: explorers and charts of `long-game.md` and `everywhere-else.md` in `book/energy-scale-long-game/`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from explorables.explore import Parts, colour, exhibit, fan, odds
from explorables.explore import tornado as tornado_view
from explorables.explore.views import View
from hardware_phase import data
from hardware_phase.models import long_game as model
from hardware_phase.sources import futures

YEARS = model.YEARS.tolist()
SIDES = [colour["china"], colour["us"]]
STATEMENTS = {
    "us_short": "In 2030 American chips find no power",
    "china_short": "Chinese chips ever find no power",
    "half": "2035: China has half of America's computing",
    "ahead": "2035: China has more than America",
    "third": "2035: a third of use elsewhere is Chinese",
    "most": "2035: most use elsewhere is Chinese",
}

OUTCOMES = {
    "both": "China has more computing, and most use elsewhere",
    "computing": "China has more computing, not most use elsewhere",
    "elsewhere": "The frontier stays American, most use elsewhere is Chinese",
    "neither": "Neither the frontier nor most use elsewhere is Chinese",
}

bands = partial(fan, futures.path, YEARS, n=model.POINTS)


def _parts(views: Sequence[View], *, cited: bool = True, **start: float) -> Parts:
    """An exhibit of the model with the book's tables; its levers start at the base of the table, or elsewhere."""
    base = futures.levers()
    return Parts(
        partial(model.long_game, table=futures.distributions(), world=futures.world()),
        views,
        values={
            **base,
            **start,
            **{f"base_{name}": value for name, value in base.items()},
            **futures.ends(),
            "binds": {**{str(year): f"from {year}" for year in YEARS[1:]}, "never": f"not by {YEARS[-1]}"},
            "outcomes": OUTCOMES,
        },
        source=data.cite(futures.table("uncertain"), limit=5) if cited else "",
    )


@exhibit
def game() -> Parts:
    """Computing, power and use of AI to 2035, with bands of what is not known."""
    computing = bands(
        {"china": "China", "us": "United States"},
        log_y=True,
        colours=SIDES,
        y_title="H100 equivalents that run (log scale)",
        title="Computing: the median, half and 90 % of 2,048 paths",
        description="Bands of computing that runs in China and in the United States, 2025 to 2035, on a log scale.",
    )
    power = bands(
        {"china_power_w": "China", "us_power_w": "United States"},
        colours=SIDES,
        y_unit="W",
        y_title="Power that AI draws at the meter",
        title="Power: what these chips draw",
        height=240,
        description="Bands of the power that AI chips draw in China and in the United States, 2025 to 2035.",
    )
    share = bands(
        {"share": "Chinese models"},
        colours=SIDES[:1],
        y_unit="%",
        y_domain=[0, 1],
        y_title="Chinese share of AI use elsewhere",
        title="Everywhere else: the share of Chinese models",
        height=240,
        description="Band of the share of Chinese models in the use of AI outside China and the United States, 2025 to 2035.",
    )
    ends = odds(
        holds,
        STATEMENTS,
        n=model.POINTS,
        title="How many of the paths end where",
        description="Bars: the share of 2,048 paths on which each statement holds.",
        tint=colour["s1"],
    )
    return _parts([computing, power, share, ends])


@exhibit
def tornado() -> Parts:
    """What moves the end most: each thing that is not known, and each lever, from end to end of its range."""
    unknown = futures.table("uncertain")["label"].to_dict()
    levers = {name: (row.label, row.low, row.high) for name, row in futures.table("lever").iterrows()}
    what = "goes to either end of its range."
    ratio = tornado_view(
        partial(outcome, "ratio"),
        unknown,
        levers,
        title="What moves the ratio of useful computing in 2035",
        description=f"Bars, longest first: the ratio of useful computing in 2035 when one parameter or lever {what}",
    )
    share = tornado_view(
        partial(outcome, "share"),
        unknown,
        levers,
        title="What moves the Chinese share elsewhere in 2035",
        show=8,
        description=f"Bars, longest first: the Chinese share of use elsewhere in 2035 when one parameter or lever {what}",
    )
    return _parts([ratio, share])


@exhibit
def first() -> Parts:
    """A scenario of yours, which begins with what the sources have."""
    return _scenario("First scenario")


@exhibit
def second() -> Parts:
    """A second scenario, on the same scales; it begins with tools and memory for China."""
    return _scenario("Second scenario", **futures.scenarios()["Tools and memory for China"])


def _scenario(title: str, **start: float) -> Parts:
    """One of two scenarios that a reader compares; a preset sets every lever."""
    frontier = bands(
        {"china": "China", "us": "United States"},
        log_y=True,
        colours=SIDES,
        y_domain=[1e6, 1e10],
        y_title="Computing that runs, H100 equivalents",
        title="The frontier",
        height=220,
        description=f"{title}: bands of computing that runs in China and in the United States, 2025 to 2035, on a log scale.",
    )
    elsewhere = bands(
        {"share": "Chinese models"},
        colours=SIDES[:1],
        y_domain=[0, 1],
        y_unit="%",
        y_title="Chinese share of use elsewhere",
        title="Everywhere else",
        height=200,
        description=f"{title}: band of the share of Chinese models in the use of AI elsewhere, 2025 to 2035.",
    )
    return _parts([frontier, elsewhere], cited=False, **start)


def holds(inputs: Mapping[str, Any], row: Any) -> dict[str, Any]:
    """Statements about a path: 1 where they hold."""
    found = model.statements(futures.path(inputs, row))
    return {name: np.where(true, 1, 0) for name, true in found.items()}


def outcome(name: str, inputs: Mapping[str, Any], u: Any) -> Any:
    """One number of 2035, for the tornado."""
    path = model.paths(p=model.parameters(futures.distributions(), u), world=futures.world(), **inputs)
    # A share of nothing, where all are barred, has no ratio to another.
    return np.maximum(path[name][-1], 1e-4)


def by_calibration() -> pd.DataFrame:
    """The share of the paths on which a statement holds, under other ways to calibrate the model."""
    columns = {
        "us_short": "2030: no power in the US",
        "china_short": "ever no power in China",
        "falls": "ratio falls",
        "half": "China has half",
        "third": "a third elsewhere",
    }
    return futures.calibrations()[list(columns)].rename(columns=columns).map("{:.0%}".format)


def widths() -> alt.Chart:
    """How uncertain each parameter is: the upper over the lower end of its interval, on a log axis."""
    unknown = futures.table("uncertain")
    spread = (
        unknown[unknown["low"] > 0].assign(ratio=lambda t: t["high"] / t["low"]).sort_values("ratio", ascending=False)
    )
    known = ["from sources", "assumed by this book"]
    spread["known"] = np.where(spread["kind"] == "assumption", known[1], known[0])
    widest = spread["label"].iloc[0]
    across = alt.X(
        "ratio:Q",
        scale=alt.Scale(type="log", domain=[1, 10]),
        axis=alt.Axis(title="Upper end over lower end", values=[1, 2, 5, 10]),
    )
    return (
        alt.Chart(spread[["label", "ratio", "known"]])
        .mark_bar(height=9)
        .encode(
            y=alt.Y("label:N", sort=None, axis=alt.Axis(title=None, labelLimit=270)),
            x=across,
            color=alt.Color("known:N", scale=alt.Scale(domain=known, range=[colour["s1"], colour["neutral"]])),
        )
        .properties(
            height=18 * len(spread),
            title=alt.Title(
                f"The widest interval is {widest[0].lower() + widest[1:]}", subtitle=data.cite(unknown, limit=4)
            ),
            description="Bars: upper over lower end of the interval of each parameter. The widest are "
            + ", ".join(f"{row.label} {row.ratio:.1f}" for row in spread.head(4).itertuples())
            + ".",
        )
    )
