"""What training runs take and what techniques save: the explorers and charts of `book/controls-efficiency-adoption/efficiency.md`."""

from __future__ import annotations

from functools import partial

import altair as alt
import numpy as np
import pandas as pd

from explorables.explore import colour, curve, unit_axis, waterfall
from explorables.explore.exhibit import Parts, exhibit
from explorables.explore.model import Model
from explorables.explore.theme import number_text
from hardware_phase import data
from hardware_phase.exhibits.wording import coverage_words
from hardware_phase.models import efficiency
from hardware_phase.models.coverage import covered
from hardware_phase.sources import progress, runs

COUNTRIES = {"China": colour["china"], "United States": colour["us"]}
SPEEDS = (200, 342, 500)  # TFLOP/s of the lines in the chart of runs
ON_THE_RIGHT = ["DeepSeek LLM 67B", "DeepSeek-V2", "DeepSeek-V3", "Llama 3 70B"]  # names clear of each other
STEPS = {
    "sparsity": "Sparsity",
    "attention": "Attention",
    "precision": "Number format",
    "utilisation": "Utilisation",
    "stages": "Other hours",
}
WATCHED = {
    "active_params": "Active parameters",
    "tokens": "Training tokens",
    "dense_ratio": "Dense per active parameter",
    "mfu": "Utilisation",
    "chips": "Number of accelerators",
    "usd_per_hour": "Price of an hour",
}
MORE_CHIPS = ("A100 SXM4 80GB", "H20 96GB", "B200 SXM", "Ascend 910C (press)")  # beside those of the published runs
# What a published gain multiplies, by words of its column `multiplies`; training else.
MULTIPLIES = {
    "serving": "inference|cost per token",
    "memory and network": "KV|bytes|memory",
    "peak rate": "peak",
}
TECHNIQUES = "DeepSeek|MoE sparsity|MLA|FP8|Muon|DualPipe"
CATEGORIES = ("architecture", "attention", "precision", "parallelism", "optimiser", "decoding")


def decades(low: int, high: int) -> list[float]:
    """Powers of ten, to label a log axis."""
    return [10.0**k for k in range(low, high + 1)]


def speeds() -> alt.LayerChart:
    """Training compute against GPU hours for runs on Hopper chips, with lines of equal speed."""
    runs_on = runs.on_hopper()
    flop_per_s = efficiency.achieved_flop_per_s(runs_on["training_compute_flop"], runs_on["gpu_hours"])
    shown = ["training_compute_flop", "gpu_hours", "tflops_per_gpu", "kind", "country"]
    points = alt.Chart(runs_on.assign(tflops_per_gpu=flop_per_s / 1e12)[shown].reset_index()).encode(
        x=alt.X(
            "training_compute_flop:Q",
            scale=alt.Scale(type="log", domain=[3e23, 2e26], nice=False),
            axis=unit_axis("FLOP", "Training compute", values=decades(24, 26)),
        ),
        y=alt.Y(
            "gpu_hours:Q",
            scale=alt.Scale(type="log", domain=[2e5, 9e7], nice=False),
            axis=unit_axis("", "GPU hours", values=decades(6, 7)),
        ),
        tooltip=["model", "tflops_per_gpu"],
    )
    tint = alt.Color("country:N", scale=alt.Scale(domain=list(COUNTRIES), range=list(COUNTRIES.values())))
    right = f"indexof({ON_THE_RIGHT}, datum.model) >= 0"
    names = [
        points.transform_filter(test).mark_text(align=align, dx=dx, dy=dy, **look).encode(text="model")
        for test, align, dx, dy in ((right, "left", 8, 5), (f"!({right})", "right", -8, -3))
        for look in ({"stroke": colour["paper"], "strokeWidth": 4}, {})
    ]
    chart = _equal_speeds() + alt.layer(*names) + points.mark_point().encode(color=tint)
    return chart.properties(
        height=360,
        title=alt.Title("DeepSeek-V3 and Llama 3.1 405B ran at about the same speed", subtitle=data.cite(runs_on)),
        description="Log-log scatter of training compute against GPU hours for runs on H100 and H800, with lines of equal "
        "speed. DeepSeek-V3 and Llama 3.1 405B both lie close to the line of 342 TFLOP/s.",
    )


def _equal_speeds() -> alt.LayerChart:
    rows = pd.DataFrame([(s, flop) for s in SPEEDS for flop in (5e23, 6e25)], columns=["tflops", "flop"])
    rows["hours"] = efficiency.accelerator_hours(rows["flop"], rows["tflops"] * 1e12)
    rows["label"] = rows["tflops"].astype(str) + " TFLOP/s"
    lines = alt.Chart(rows).encode(x=alt.X("flop:Q"), y=alt.Y("hours:Q"), detail="label:N")
    names = lines.transform_filter("datum.flop > 1e25").mark_text(align="left", dx=4, color=colour["muted"])
    return lines.mark_line(color=colour["neutral"], strokeWidth=1, strokeDash=[4, 3]) + names.encode(text="label:N")


def technique_gains() -> alt.LayerChart:
    """Published gains of each technique over its own baseline, by what they multiply."""
    gains = data.load("efficiency_factors")
    gains = gains[(gains["unit"] == "x_gain") & gains["technique"].str.contains(TECHNIQUES)]
    gains = gains[gains["category"].isin(CATEGORIES)].copy()
    gains["what"] = "training"
    for what, pattern in MULTIPLIES.items():
        gains.loc[gains["multiplies"].str.contains(pattern), "what"] = what
    gains["label"] = gains["technique"] + " (" + gains["multiplies"] + ")"
    gains = gains.sort_values(["what", "factor_high"], ascending=[True, False])
    base = alt.Chart(gains.drop(columns=["note", "factor_central"])).encode(
        y=alt.Y("label:N", sort=None, axis=None),
        color=alt.Color("what:N"),
        tooltip=["technique", "multiplies", "baseline", "factor_low", "factor_high", "kind"],
    )
    x = alt.X(
        "factor_low:Q",
        scale=alt.Scale(type="log", domain=[1, 30]),
        axis=unit_axis("x", "Gain over its own baseline", values=[1, 2, 5, 10, 20]),
    )
    name = base.mark_text(align="left", dy=-6, limit=alt.expr("width"))
    chart = (
        base.mark_rule(strokeWidth=4, yOffset=6).encode(x=x, x2="factor_high:Q")
        + base.mark_point(yOffset=6).encode(x=x)
        + base.mark_point(yOffset=6).encode(x="factor_high:Q")
        + name.encode(x=alt.value(0), text="label:N", color=alt.value(colour["text"]))
    )
    return chart.properties(
        height=alt.Step(32),
        title=alt.Title("The largest gains are in memory, not in training", subtitle=data.cite(gains, limit=3)),
        description="Published gain of each technique as a range on a log scale, coloured by whether it multiplies "
        "training, serving, memory and network traffic, or the peak rate.",
    )


def halving_times() -> alt.LayerChart:
    """Months to halve the FLOP for a set performance by study, with intervals."""
    spread = progress.halving_months().rename_axis("study").reset_index()
    base = alt.Chart(spread).encode(y=alt.Y("study:N", sort=None, axis=None))
    low = alt.X("low:Q", scale=alt.Scale(domain=[0, 24]), title="Months to halve the FLOP for a set performance")
    name = base.mark_text(align="left", dy=-6, limit=alt.expr("width"))
    chart = (
        base.mark_rule(strokeWidth=4, color=colour["line"], yOffset=8).encode(x=low, x2="high:Q")
        + base.mark_point(yOffset=8).encode(x="central:Q")
        + name.encode(x=alt.value(0), text="study:N")
    )
    return chart.properties(
        height=alt.Step(38),
        title=alt.Title(
            "Central estimates agree within a factor of two, most intervals are wider",
            subtitle=data.cite(progress.studies()),
        ),
        description="Five published estimates of the halving time of training compute with their intervals, in months.",
    )


# ----------------------------------------------------------------------------------------------------
# What a training run takes


def from_dense(m: Model) -> alt.LayerChart:
    """What each step from the dense run multiplies, on a log scale."""
    order = ["Dense BF16 run", *STEPS.values(), "This run"]
    rows = m.rows({"step": order, "run": [True, *[False] * len(STEPS), True]})
    names = ["hours_dense", *(f"after_{step}" for step in STEPS), "hours"]
    after = np.stack([m.result[name] for name in names])
    rows["after"], rows["before"] = after, np.concatenate([after[:1], after[:-1]])
    rows["factor"] = rows["after"] / rows["before"]
    rows["end"] = np.maximum(rows["after"], rows["before"])
    rows["effect"] = np.where(rows["factor"] < 1, "fewer hours", "more hours")
    label = f"datum.run ? {number_text('datum.after')} + ' h' : '×' + format(datum.factor, '.3~r')"
    base = rows.chart().transform_calculate(label=label)
    base = base.encode(y=alt.Y("step:N", sort=order, axis=alt.Axis(title=None, titleAngle=0)))
    hours = alt.X(
        "before:Q",
        scale=alt.Scale(type="log", padding=50),
        axis=unit_axis("", "Accelerator hours", values=decades(3, 10)),
    )
    tint = alt.Color(
        "effect:N", scale=alt.Scale(domain=["fewer hours", "more hours"], range=[colour["good"], colour["bad"]])
    )
    ends = base.transform_filter("datum.run").mark_point(size=120, color=colour["neutral"])
    chart = (
        base.mark_bar().encode(x=hours, x2="after:Q", color=tint)
        + ends.encode(x=alt.X("after:Q"))
        + base.mark_text(align="left", dx=9).encode(x=alt.X("end:Q"), text="label:N")
    )
    return chart.properties(
        height=300,
        title="From a dense BF16 run to this one",
        description="Accelerator hours after each step from a dense BF16 run to the chosen run, on a log scale.",
    )


@exhibit
def training_run() -> Parts:
    """Hours, cost and electricity of a training run, and what it saves against a dense BF16 run."""
    published = runs.published()
    reported = {name: (published[name].min(), published[name].max()) for name in WATCHED}
    return Parts(
        covered(partial(efficiency.against_dense, baseline_mfu=runs.dense_bf16_mfu()), reported),
        [
            from_dense,
            curve(
                "tokens",
                {"cost_usd": "Cost"},
                title="Cost against training tokens",
                y_unit="$",
                log_y=True,
                description="Cost of the run against the number of training tokens, both on log scales.",
            ),
            waterfall(
                {"chip_wh": "Accelerators", "server_wh": "Servers and network", "building_wh": "Building"},
                total="At the meter",
                unit="Wh",
                title="Electricity by boundary",
                description="Energy of the accelerators, of the servers around them and of the building, and their sum.",
            ),
        ],
        {
            **published.loc["DeepSeek-V3"],
            **{run: runs.preset(row) for run, row in published.iterrows()},
            "coverage": coverage_words(WATCHED),
            "chip_records": runs.chips([*published["chip"], *MORE_CHIPS]),
        },
        data.cite(published),
    )


# ----------------------------------------------------------------------------------------------------
# How to spend a training budget


def loss_by_size(m: Model) -> alt.LayerChart:
    """Loss over model size at the chosen budget, with the chosen and the best size."""
    rows = m.rows(81)
    rows["params"] = 1e9 * 10 ** (4 * rows["row"] / 80)
    rows["loss"] = m(params=rows["params"])["loss"]
    marks = m.rows({"what": ["chosen", "best"]})
    marks["params"] = np.stack([m.inputs["params"], m.result["best_params"]])
    marks["loss"] = np.stack([m.result["loss"], m.result["best_loss"]])
    x = alt.X("params:Q", scale=alt.Scale(type="log"), axis=unit_axis("", "Parameters", values=decades(9, 13)))
    y = alt.Y(
        "loss:Q",
        scale=alt.Scale(zero=False, nice=False, padding=26),
        axis=unit_axis("", "Loss (nats a token)"),
    )
    dots = marks.chart().encode(x="params:Q", y="loss:Q")
    tint = alt.Color(
        "what:N", legend=None, scale=alt.Scale(domain=["chosen", "best"], range=[colour["text"], colour["good"]])
    )
    name = dots.mark_text(dy=alt.expr("datum.what == 'best' ? 18 : -16")).encode(text="what:N")
    chart = rows.chart().mark_line().encode(x=x, y=y) + dots.mark_point(size=110).encode(color=tint) + name
    return chart.properties(
        height=300,
        title="Loss against the size that the budget is spent on",
        description="Loss predicted by the Chinchilla law against the number of parameters at a fixed training budget.",
    )


@exhibit
def budget() -> Parts:
    """How a budget is best split between parameters and tokens of a dense model, by two fits of the Chinchilla law."""
    models, budgets = runs.models(), progress.budgets()
    table = data.load("efficiency_factors")

    def span(column: str) -> tuple[float, float]:
        return models[column].min(), models[column].max()

    reported = {
        "flop": span("training_compute_flop"),
        "params": span("params"),
    }
    return Parts(
        covered(efficiency.split_budget, reported),
        [loss_by_size],
        {
            **budgets,
            **budgets["Chinchilla 70B"],
            "laws": progress.laws(),
            "coverage": coverage_words({"flop": "Training budget", "params": "Parameters"}),
        },
        data.cite(table[table["category"] == "scaling law"]),
    )


# ----------------------------------------------------------------------------------------------------
# Years of progress that a hardware denial costs


def catching_up(m: Model) -> alt.LayerChart:
    """The follower's compute over the years, counted in the leader's compute of year zero."""
    rows = m.rows({"years": np.linspace(0, 8, 33)})
    later = m(years_waited=rows["years"])
    rows["low"], rows["central"], rows["high"] = (
        later[name] for name in ("effective_low", "effective", "effective_high")
    )
    here = m.rows({"level": [1.0]})
    here["years"], here["now"] = m.inputs["years_waited"], m.result["effective"]
    base = rows.chart().encode(x=alt.X("years:Q", axis=alt.Axis(title="Years after the denial", format="d")))
    up = alt.Y(
        "low:Q",
        scale=alt.Scale(type="log"),
        axis=unit_axis("x", "Effective compute, leader at first = 1", values=decades(-2, 12)),
    )
    dot = here.chart().mark_point(size=110, color=colour["text"])
    chart = (
        base.mark_area().encode(y=up, y2="high:Q")
        + base.mark_line().encode(y="central:Q")
        + here.chart().mark_rule(strokeDash=[4, 3]).encode(y="level:Q")
        + dot.encode(x="years:Q", y="now:Q")
    )
    return chart.properties(
        height=300,
        title="Progress closes the gap where the line crosses 1×",
        description="Effective compute of the follower over eight years with the interval of the halving time, on a log "
        "scale.",
    )


@exhibit
def offset() -> Parts:
    """Years of better algorithms that make up for a gap in hardware, by published halving times."""
    gaps, usable, growth = progress.gaps(), progress.usable_shares(), progress.compute_growth()
    reported = {
        "gap": (1, max(gaps.values())),
        "usable": (min(usable.values()), 1),
        "compute_growth": (1, growth["factor_high"]),
    }
    by_gap = curve(
        "gap",
        {"years": "Central", "years_low": "Fast halving", "years_high": "Slow halving"},
        title="Years of progress against the size of the gap",
        y_title="Years",
        description="Years of progress that offset a gap, against the gap, for the three halving times.",
    )
    return Parts(
        covered(efficiency.algorithmic_offset, reported),
        [catching_up, by_gap],
        {
            **gaps,
            "coverage": coverage_words(
                {"gap": "Hardware gap", "usable": "Usable progress", "compute_growth": "Compute growth"}
            ),
            "studies": progress.halving_months().to_dict("index"),
            "usable at small scale": usable["small"],
            "growth at the frontier": growth["factor_central"],
        },
        data.cite(progress.studies()),
    )
