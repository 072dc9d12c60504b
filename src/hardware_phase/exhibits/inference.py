"""What an answer costs: the explorers and charts of `book/controls-efficiency-adoption/inference.md`."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from explorables.explore import bars, colour, curve, unit_axis, waterfall
from explorables.explore.exhibit import Parts, exhibit
from explorables.explore.model import Model, Rows
from hardware_phase import data
from hardware_phase.exhibits.wording import coverage_words
from hardware_phase.models import inference
from hardware_phase.models.coverage import covered
from hardware_phase.sources import serving as published

KINDS = {
    "mha": "Multi-head (MHA)",
    "gqa": "Grouped (GQA)",
    "mqa": "Multi-query (MQA)",
    "mla": "Latent (MLA)",
}
"""Kinds of attention by the names of `inference.cache_by_attention`."""

WATCHED = {"layers": "Layers", "heads": "Heads", "head_dim": "Width of a head", "kv_heads": "Groups"}
PARTS = {
    "weights_read": "Read weights",
    "weights_math": "Multiply weights",
    "cache_read": "Read the cache",
    "cache_math": "Multiply in attention",
}
KNOWN = ("model", "context", "batch", "chips", "weight_bits", "cache_bits", "compute_share", "memory_share")
COUNTRIES = {"US": "United States", "CN": "China"}
LEVELS = ["below 65", "65 to 80", "80 and above"]
NO_SCORE = "no score"


def prices() -> alt.Chart:
    """List prices of models by date, by class of score."""
    graded = published.prices()
    level = pd.cut(graded["mmlu_score"], [0, 65, 80, 100], right=False, labels=LEVELS)
    graded["level"] = level.astype(object).fillna(NO_SCORE)
    names = [*LEVELS, NO_SCORE]
    shapes = ["triangle-down", "square", "triangle-up", "cross"]
    dots = alt.Chart(graded[["model", "date", published.PRICE, "level"]]).mark_point()
    return dots.encode(
        x=alt.X("date:T", scale=alt.Scale(padding=12), axis=alt.Axis(title=None, format="%Y", tickCount="year")),
        y=alt.Y(
            f"{published.PRICE}:Q",
            scale=alt.Scale(type="log"),
            axis=unit_axis("$", "Price of a million tokens, blended", log="y"),
        ),
        color=alt.Color("level:N", scale=alt.Scale(domain=names, range=[*colour.series[:3], colour["neutral"]])),
        shape=alt.Shape("level:N", scale=alt.Scale(domain=names, range=shapes)),
        tooltip=["model", published.PRICE],
    ).properties(
        height=320,
        title=alt.Title("The same score gets cheaper, the best models do not", subtitle=data.cite(graded, limit=3)),
        description="List prices of models from 2020 to 2026 on a log scale, by class of MMLU score. Prices of a class "
        "fall, while new top models keep being launched at about ten dollars or more.",
    )


def price_falls() -> alt.LayerChart:
    """Published yearly falls of the price of inference, as ranges."""
    falls = data.load("efficiency_factors")
    falls = falls[(falls["category"] == "price") & (falls["unit"] == "x_per_year_gain")].copy()
    topic = falls["technique"].str.replace("Inference price at ", "")
    falls["label"] = topic.str.replace("fixed", "Fixed", n=1)
    falls = falls.sort_values("factor_high")
    shown = falls[["label", "factor_low", "factor_central", "factor_high"]]
    base = alt.Chart(shown).encode(y=alt.Y("label:N", sort=None, axis=None))
    across = alt.X(
        "factor_low:Q",
        scale=alt.Scale(type="log", domain=[1, 2e5], nice=False),
        axis=unit_axis("x", "Fall a year", log="x"),
    )
    central = base.transform_filter("isValid(datum.factor_central)").mark_point(yOffset=7, color=colour["text"])
    name = base.mark_text(align="left", dy=-7, limit=alt.expr("width"))
    chart = (
        base.mark_rule(strokeWidth=4, yOffset=7, color=colour["s1"]).encode(x=across, x2="factor_high:Q")
        + central.encode(x="factor_central:Q")
        + name.encode(x=alt.value(0), text="label:N")
    )
    return chart.properties(
        height=alt.Step(36),
        title=alt.Title("The newest falls are the largest and the least certain", subtitle=data.cite(falls)),
        description="Published yearly falls of the price of inference as ranges on a log scale, from about five to more "
        "than a hundred thousand.",
    )


@exhibit
def cache() -> Parts:
    """Bytes that a token of a conversation keeps, and arithmetic for each byte read, under four kinds of attention."""
    shapes = data.load("attention").set_index("model")
    mla, qwen, llama = (published.shape(model) for model in ("DeepSeek-V3", "Qwen2.5-72B", "Llama 3.1 405B"))
    reported = {name: (shapes[name].min(), shapes[name].max()) for name in WATCHED}
    reported["latent"] = (mla["latent_dim"], mla["latent_dim"])
    tints = [colour["neutral"], *colour.series[:3]]
    return Parts(
        covered(inference.cache_by_attention, reported),
        [
            bars(
                KINDS,
                unit="B",
                title="Bytes that a token keeps",
                colours=tints,
                description="Bytes of cache a token under the four kinds of attention.",
            ),
            bars(
                {f"{kind}_intensity": label for kind, label in KINDS.items()},
                title="FLOP for each byte that is read",
                colours=tints,
                description="Arithmetic intensity of attention while decoding, under the four kinds of attention.",
            ),
        ],
        {
            **mla[["layers", "heads", "head_dim", "rope_dim"]],
            "kv_heads": llama["kv_heads"],
            "latent": mla["latent_dim"],
            "coverage": coverage_words({**WATCHED, "latent": "Compressed width"}),
            "memory_bytes": published.chips().loc["H800", "memory_bytes"],
            "Llama 3.1 405B": llama[list(WATCHED)].to_dict(),
            "Qwen2.5-72B": qwen[list(WATCHED)].to_dict(),
        },
        data.cite(shapes, limit=4),
    )


# ----------------------------------------------------------------------------------------------------
# How fast and how cheaply a chip serves


def _bars_with_room(rows: Rows, value: str, format: str, up: alt.Y, across: alt.X, tint: alt.Color) -> alt.LayerChart:
    """Bars with the number behind each, and room for it."""
    rows["room"] = rows[value] * 1.3
    base = rows.chart().transform_calculate(label=f"format(datum.{value}, '{format}')").encode(y=up)
    return (
        base.mark_bar(cornerRadiusEnd=2).encode(x=across, color=tint)
        + base.mark_text(align="left", dx=5).encode(x=f"{value}:Q", text="label:N")
        + base.mark_point(opacity=0, size=1).encode(x="room:Q")
    )


def all_chips(m: Model) -> alt.LayerChart:
    """Tokens a second of every chip at the current settings."""
    chips, countries = published.chips(), published.chosen()["country"].astype(str).map(COUNTRIES)
    rows = m.rows({"chip": list(chips.index), "origin": countries.tolist(), **{c: chips[c].tolist() for c in chips}})
    step = inference.decode_step(chip={c: rows[c] for c in chips}, **{name: m.inputs[name] for name in KNOWN})
    rows["tokens_per_s"] = step["tokens_per_s"]
    up = alt.Y("chip:N", sort=list(chips.index), axis=alt.Axis(title=None))
    across = alt.X("tokens_per_s:Q", axis=unit_axis("", "Tokens a second and chip", tickCount=5))
    tints = [colour["us"], colour["china"]]
    tint = alt.Color("origin:N", scale=alt.Scale(domain=list(COUNTRIES.values()), range=tints))
    return _bars_with_room(rows, "tokens_per_s", ",.3~r", up, across, tint).properties(
        height=alt.Step(26),
        title="Speed of each chip, with your model and settings",
        description="Tokens a second that each of eight chips decodes at the current settings, by country of design.",
    )


def step_parts(m: Model) -> alt.LayerChart:
    """Milliseconds of the four parts of a step."""
    rows = m.rows({"part": list(PARTS.values()), "what": ["reading", "arithmetic"] * 2})
    rows["ms"] = 1e3 * np.stack([m.result[name] for name in PARTS])
    up = alt.Y("part:N", sort=list(PARTS.values()), axis=alt.Axis(title=None))
    across = alt.X("ms:Q", axis=unit_axis("", "Milliseconds a step", tickCount=6))
    tint = alt.Color("what:N", scale=alt.Scale(domain=["reading", "arithmetic"], range=colour.series[:2]))
    return _bars_with_room(rows, "ms", ".3~r", up, across, tint).properties(
        height=alt.Step(30),
        title="Parts of a step: of each pair the longer counts",
        description="Milliseconds that a step spends reading and multiplying, for weights and for attention.",
    )


@exhibit
def serving() -> Parts:
    """Tokens a second and their cost on a chip, by the roofline, with the H800 as the chip to compare with."""
    chips, measured, price = published.chips(), published.measured(), published.usd_per_hour()
    reference = chips.loc["H800"].to_dict()

    def served(*, model: Any, chip: Any, usd_per_hour: Any, **settings: Any) -> dict[str, Any]:
        return inference.serve(
            model=model,
            chip=chip,
            reference=reference,
            usd_per_hour=usd_per_hour,
            reference_usd_per_hour=price,
            **measured,
            **settings,
        )

    by_batch = curve(
        "batch",
        {"tokens_per_s": "Tokens a second and chip"},
        title="A larger batch uses the weights better, until memory is full",
        y_title="Tokens a second and chip",
        description="Tokens a second of the chosen chip against the sequences on each chip.",
    )
    return Parts(
        served,
        [all_chips, step_parts, by_batch],
        {
            "models": published.models(),
            "chips": chips.to_dict("index"),
            "usd_per_hour": price,
            "compute_share": measured["measured_compute"],
            "memory_share": measured["measured_memory"],
        },
        data.cite(published.chosen()),
    )


@exhibit
def day() -> Parts:
    """Cost and revenue of a day of service, from DeepSeek's published one."""
    checks = data.load("efficiency_checks")
    by_token = waterfall(
        {"hit_usd": "Read, from the cache", "miss_usd": "Read, new", "output_usd": "Written"},
        total="At list prices",
        unit="$",
        title="Where the revenue would come from",
        description="List-price revenue of the day from cached input, new input and output.",
    )
    against_cost = bars(
        {"cost_usd": "Cost of the GPUs", "paid_usd": "Revenue that is paid", "list_usd": "Revenue at list prices"},
        unit="$",
        title="Cost and revenue of the day",
        colours=[colour["bad"], colour["good"], colour["neutral"]],
        description="Cost of the day beside the revenue that is paid and the revenue at list prices.",
    )
    return Parts(
        inference.service_day,
        [by_token, against_cost],
        {**published.day(), "v3_prices": published.v3_prices()},
        data.cite(checks[checks["case"].str.startswith("deepseek_daily")]),
    )
