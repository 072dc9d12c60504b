"""Chips and cases of the tables put to the export rules, in the terms of `models.controls`."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd

from hardware_phase import data
from hardware_phase.models import controls

FIRST, LAST = date(2022, 8, 1), date(2026, 11, 23)  # of the record that is shown
LANES = ["control", "relaxation", "listing", "legislation", "enforcement", "counter-measure", "demand-side"]
STEPS = ["control", "relaxation", "counter-measure", "demand-side"]  # what governments do, and not about single firms
CHIPS = (
    "V100 SXM2 32GB",
    "A100 SXM4 80GB",
    "A800 SXM4 80GB",
    "H100 SXM5 80GB",
    "H800 SXM5",
    "H20 96GB",
    "L20 PCIe",
    "RTX 4090",
    "RTX 4090D",
    "H200 SXM 141GB",
    "B200 SXM",
    "GB300 (per GPU)",
    "B30A (reported)",
    "Instinct MI300X",
    "Instinct MI325X",
    "Instinct MI355X",
    "Ascend 910B3",
    "Ascend 910C (press)",
    "Ascend 950PR (Atlas 350 card as launched)",
    "PPU / Zhenwu 810E",
)
"""Twenty chips from before the rules to the latest, of both sides."""

# Chips that were made to fit a rule, by their case: the quantity that was brought down.
MADE_TO_FIT = {
    "CASE-004": "io_bandwidth_gbps",  # A800
    "CASE-005": "io_bandwidth_gbps",  # H800
    "CASE-028": "tpp",  # RTX 4090 D
    "CASE-037": "tpp",  # H20
    "CASE-039": "tpp",  # L20
    "CASE-031": "tpp",  # RTX 5090 D
    "CASE-064": "dram_bandwidth_gbps",  # RTX 5090 D V2
    "CASE-065": "dram_bandwidth_gbps",  # RTX 6000D
}
MEASURED = ("io_bandwidth_gbps", "dram_bandwidth_gbps", "datacenter")  # what a datasheet says beside rates and area
SOLD = ("sold_in_us", "from_us", "has_letter")  # who sells it, and where
REVIEWED = "BIS-2026-01-REVIEW:ELIGIBLE"  # on whose first day a chip must have been on sale
LETTERED = ("Nvidia", "AMD")  # makers that said they had letters


def chips() -> pd.DataFrame:
    """The table `chips`, indexed by chip."""
    return data.load("chips").set_index("chip")


def rates() -> pd.DataFrame:
    """Dense peak rates of every chip (TOPS or TFLOP/s) by bit length: 16, 8 and 4."""
    table = chips()
    eight = table[["fp8_dense_tflops", "int8_dense_tops"]].max(axis=1)
    return pd.DataFrame({16: table["bf16_fp16_dense_tflops"], 8: eight, 4: table["fp4_dense_tflops"]})


def measures(name: str) -> dict[str, Any]:
    """What the rules ask of a chip of the table, in the arguments of `controls.classify`.

    A card has the links of PCIe 4.0 x16. What is not published is NaN.
    """
    chip = chips().loc[name]
    card = "RTX" in name or "PCIe" in name
    pcie = data.value("classification_cases", column="io_bandwidth_gbps", chip="L2")
    return {
        "tpp": chip["tpp"],
        "performance_density": chip["performance_density"],
        "io_bandwidth_gbps": pcie if card else chip["interconnect_bandwidth_gbps"],
        "dram_bandwidth_gbps": chip["memory_bandwidth_gbps"],
        "datacenter": "RTX" not in name,
        "sold_in_us": sold_in_us(chip),
        "from_us": chip["country"] == "US",
        "has_letter": chip["vendor"] in LETTERED,
    }


def sold_in_us(chip: pd.Series) -> bool | None:
    """Whether a chip was commercially available in the United States on the review rule's day; None if nobody says.

    Chips of Chinese makers and those made to pass a rule for China were not; what its maker had stopped making may have been.
    """
    if chip["country"] != "US" or pd.notna(chip["made_for_rule"]) or chip["status"] == "not_approved":
        return False
    if chip["status"] == "discontinued":
        return None
    return bool(
        chip["launch_date"] <= pd.Timestamp(data.value("export_rules", column="effective_date", rule_id=REVIEWED))
    )


def datasheet(name: str, day: date) -> dict[str, Any]:
    """A chip of the table on a day, in the arguments of `controls.check_export`."""
    bits = controls.total_processing_performance(rates().loc[name], rates().columns).idxmax()
    asked = measures(name)
    return {
        "rate_tops": rates().loc[name, bits],
        "bit_length": bits,
        "die_area_mm2": chips().loc[name, "die_area_mm2"],
        "date": day,
        **{quantity: asked[quantity] for quantity in (*MEASURED, *SOLD)},
        "sold_in_us": asked["sold_in_us"] is not False,  # what its maker stopped making is sold on
    }


def design(name: str, day: date) -> dict[str, Any]:
    """A chip of the table on a day, in the arguments of `controls.room_left`."""
    sheet = datasheet(name, day)
    rest = {key: value for key, value in sheet.items() if key not in ("rate_tops", "bit_length", *SOLD)}
    return {"tpp": chips().loc[name, "tpp"], **rest}


def conditions(rule_sets: Iterable[str]) -> pd.DataFrame:
    """The rows that decide in some rule sets: what a chip must have to meet them, and the answer then."""
    rules = [
        rule
        for name in rule_sets
        for rule in controls.rule_sets()[name]
        if (rule.bounds or rule.unless) and rule.rule_set == name
    ]
    rows = [{"row": rule.rule_id, "met if": str(rule), "then": controls.ANSWERS[rule.result]} for rule in rules]
    return pd.DataFrame(rows).set_index("row").rename_axis(None)


def thresholds(rule_set: str) -> dict[str, dict[str, float]]:
    """Lower thresholds of each paragraph of a rule set by quantity."""
    return {
        rule.paragraph: {bound.quantity: bound.value for bound in rule.bounds if ">" in bound.comparison}
        for rule in controls.rule_sets()[rule_set]
    }


def periods() -> pd.DataFrame:
    """Stretches of time without a change of the rules: ``start`` and ``end`` (days since 1970), ``since``, ``rules``."""
    table = pd.DataFrame(controls.periods(FIRST, LAST))
    days = [pd.Timestamp(day, unit="D") for day in table["start"]]
    return table.assign(
        since=[f"{day:%-d %b %Y}" for day in days],
        rules=[", ".join(controls.rule_sets_on(day)) or "none" for day in days],
    )


def classified(names: Iterable[str] = CHIPS) -> pd.DataFrame:
    """The verdict on each chip in each stretch of `periods` after the first: a row a pair."""
    table = periods().iloc[1:]
    days = [pd.Timestamp(day, unit="D") for day in table["start"]]
    return pd.DataFrame(
        [
            {
                "chip": name,
                "since": since,
                "answer": verdict.answer,
                "paragraph": verdict.paragraph,
                "why": verdict.consequence,
            }
            for name in names
            for since, day in zip(table["since"], days, strict=True)
            for verdict in [controls.classify_on(day, **measures(name))]
        ]
    )


def answers(names: Iterable[str] = CHIPS, **asked: Any) -> pd.DataFrame:
    """The answer for each chip by each question.

    Parameters
    ----------
    names : iterable of str
        Chips of the table.
    **asked
        By the name of a column: a date, or the arguments of `controls.classify`.
    """

    def answer(question: Any, name: str) -> str:
        if isinstance(question, Mapping):
            return controls.classify(**question, **measures(name)).answer
        return controls.classify_on(question, **measures(name)).answer

    table = {column: [answer(question, name) for name in names] for column, question in asked.items()}
    return pd.DataFrame(table, index=pd.Index(names, name="chip"))


def events() -> pd.DataFrame:
    """Steps of governments, and what was done about single firms, since June 2022."""
    table = data.load("policy_events")
    return table[(table["date"] >= "2022-06-01") & ~table["kind"].isin(["market-impact", "supply-side"])]


def steps() -> pd.DataFrame:
    """The `STEPS` of governments in order: ``day`` and ``next`` (days since 1970), ``when``, ``kind``, ``side``, ``event``."""
    table = events()
    table = table[table["kind"].isin(STEPS) & (table["date"] >= pd.Timestamp(FIRST))]
    table = table.sort_values("date", kind="stable")
    sides = table["actor"].astype(str).map({"US": "United States", "China": "China"}).fillna("Others")
    days = [controls.days(day) for day in table["date"]]
    return pd.DataFrame(
        {
            "day": days,
            "when": table["date"].dt.strftime("%d %b %Y"),
            "kind": table["kind"].astype(str),
            "side": sides,
            "event": ["\n".join(wrap(event, 38)) for event in table["event"]],
            "next": [*days[1:], controls.days(LAST) + 1],
        }
    )


def approvals() -> pd.DataFrame:
    """The events about the H20 and the H200 in order, by month."""
    table = data.load("policy_events").sort_values("date")
    told = table["event"].str.contains(r"\bH20\b|H200") & ~table["kind"].isin(["enforcement"])
    table = table[told].assign(date=lambda rows: rows["date"].dt.strftime("%Y-%m"))
    return table.set_index("date")[["actor", "event"]].rename_axis(None)


@functools.cache
def _cases() -> pd.DataFrame:
    return data.load("classification_cases").set_index("case_id")


def cases() -> pd.DataFrame:
    """Chips, real and constructed, with the answer of a public record or of the rule's text, indexed by case."""
    return _cases().copy()


def just_below() -> pd.DataFrame:
    """Chips made to fit a rule: the quantity, its value, and the bound that needs no licence with all else as it is."""
    table = cases().loc[list(MADE_TO_FIT)]
    columns = ["tpp", "die_area_mm2", "io_bandwidth_gbps", "dram_bandwidth_gbps"]
    designs = table[columns].fillna({"die_area_mm2": np.inf}).fillna(0)
    found = {"value": [], "bound": []}
    for case, quantity in MADE_TO_FIT.items():
        bound = controls.largest_allowed(
            quantity,
            date=controls.days(table.loc[case, "assessed_on"]),
            datacenter=table.loc[case, "datacenter"] == "yes",
            **designs.loc[case],
        )
        found["value"].append(designs.loc[case, quantity])
        found["bound"].append(float(bound))
    made = pd.DataFrame({"quantity": list(MADE_TO_FIT.values()), **found}, index=table["chip"].astype(object))
    return made.assign(share=made["value"] / made["bound"]).rename_axis(None)


def checked() -> pd.DataFrame:
    """Every case with what the engine computes (``computed``, ``paragraph``), whether it ``agrees``, and its ``case_kind``."""
    table = cases()
    quantities: Sequence[str] = [
        "tpp",
        "performance_density",
        "io_bandwidth_gbps",
        "dram_bandwidth_gbps",
        "memory_bandwidth_density_gbps_per_mm2",
        "transistor_count_billion",
        "china_share_pct",
    ]
    flags = table[["datacenter", "has_hbm", "sold_in_us", "from_us"]].astype(object).replace({"yes": True, "no": False})
    inputs = table[list(quantities)].join(flags).astype(object)
    inputs = inputs.where(inputs.notna(), None)
    verdicts = [
        controls.classify(rule_set=name, on=day, **chip)
        for name, day, (_, chip) in zip(table["rule_set"], table["assessed_on"], inputs.iterrows(), strict=True)
    ]
    table = table.assign(
        computed=[verdict.result for verdict in verdicts],
        paragraph=[verdict.paragraph for verdict in verdicts],
    )
    same = table["computed"] == table["expected_result"]
    kinds = table["kind"].eq("reported").map({True: "public record", False: "derived"})
    return table.assign(
        agrees=same & (table["paragraph"] == table["expected_paragraph"].fillna("")),
        case_kind=kinds.mask(table["vendor"].eq("synthetic"), "constructed"),
    )


def agreement(table: pd.DataFrame) -> pd.DataFrame:
    """Tested cases of `checked` by rule set: how many of each kind, and how many of those of public record agree."""
    tested = table[table["engine_test"] == "yes"].assign(rule_set=lambda rows: rows["rule_set"].astype(str))
    counts = pd.crosstab(tested["rule_set"], tested["case_kind"])[["public record", "derived", "constructed"]]
    of_record = tested[tested["case_kind"].eq("public record") & tested["agrees"]]
    agree = of_record.groupby("rule_set").size().reindex(counts.index, fill_value=0)
    counts.insert(1, "agree", agree)
    return counts.rename_axis(index=None, columns=None)
