"""What the tables must obey beyond their types: ranges in order, sums that add up, ratios that come out.

Each rule takes a table, as :func:`hardware_phase.data.load` returns it, and yields for each row that breaks it the
row's position, the column, what was found and what was expected.
"""

from __future__ import annotations

import functools
import itertools
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from explorables.explore import uncertainty
from explorables.explore.exhibit import explorers_in
from explorables.tables.check import code_of
from hardware_phase.evidence import figures

Finding = tuple[int, str, Any, str]
Rule = Callable[[pd.DataFrame], Iterator[Finding]]

# The first of each may not exceed the second, nor the second the third.
ORDERED = [
    ("low", "value", "high"),
    ("low", "base", "high"),
    ("low", "units", "high"),
    ("value_low", "value", "value_high"),
    ("low_m", "value_m", "high_m"),
    ("low_bn", "amount_bn", "high_bn"),
    ("low_pct", "share_pct", "high_pct"),
    ("share_low_pct", "share_pct", "share_high_pct"),
    ("low_pj", "energy_pj", "high_pj"),
    ("factor_low", "factor_central", "factor_high"),
    ("price_usd_low", "price_usd_high"),
    ("price_usd_million_low", "price_usd_million_high"),
    ("params_active_b", "params_total_b"),
    ("effective_date", "end_date"),
    ("filing_or_approval_date", "listing_date"),
    ("first_day_return_pct", "intraday_high_pct"),
]
ROUNDING_PCT = 3  # a wider tolerance hides more than the rounding of a published number
BIT_LENGTH = {"bf16_fp16_dense_tflops": 16, "fp8_dense_tflops": 8, "int8_dense_tops": 8, "fp4_dense_tflops": 4}
RESIDUAL, RESIDUAL_PARTS = 0.01, 5  # of a total, and how many parts make a residual worth a look
GENERATION_PARTS = ["bioenergy", "coal", "gas", "hydro", "nuclear", "other", "solar", "wind"]
CAPACITY_PARTS = [
    ["bioenergy", "coal", "hydro", "nuclear", "other", "solar", "wind"],
    ["thermal", "hydro", "nuclear", "solar", "wind"],
    ["coal", "gas", "hydro", "nuclear", "other", "solar", "wind"],
]


def in_order(table: pd.DataFrame) -> Iterator[Finding]:
    """A range's lower end is not above its upper end, and a value lies in its range."""
    for columns in ORDERED:
        for left, right in [*itertools.pairwise(columns), (columns[0], columns[-1])]:
            if left in table and right in table:
                for i in np.flatnonzero(table[left] > table[right]):
                    yield i, left, table[left].iloc[i], f"at most {right}, which is {table[right].iloc[i]}"


def inside_or_explained(table: pd.DataFrame) -> Iterator[Finding]:
    """A central value lies inside its range, or the note says "at its low end because" (or high end), and why.

    What stands at an end is not in the middle of what is known, so that all that is computed from it leans to one side.
    """
    for low, middle, high in (columns for columns in ORDERED if len(columns) == 3):
        if not {low, middle, high} <= set(table.columns):
            continue
        note = table.get("note", pd.Series("", table.index)).astype(object)
        for end, at in (("low", table[low]), ("high", table[high])):
            said = note.str.contains(rf"\bat its {end} end because \w", case=False, na=False)
            for i in np.flatnonzero((table[middle] == at) & (table[low] < table[high]) & ~said):
                expected = f"inside the range, or a note with 'at its {end} end because' and the reason"
                yield i, middle, f"{table[middle].iloc[i]}, the {end} end", expected


def equals(column: str, expected: Callable[[pd.DataFrame], pd.Series], formula: str, relative: float) -> Rule:
    """Rule that a column is what a formula gives, within a relative difference."""

    def rule(table: pd.DataFrame) -> Iterator[Finding]:
        wanted = expected(table)
        for i in np.flatnonzero((table[column] / wanted - 1).abs() > relative):
            yield i, column, table[column].iloc[i], f"{formula} = {wanted.iloc[i]:.6g}"

    return rule


def largest_rate_times_bits(chips: pd.DataFrame) -> pd.Series:
    """Total processing performance from the dense rates: the largest rate times bit length (TOP/s x bit)."""
    return pd.DataFrame({rate: chips[rate] * bits for rate, bits in BIT_LENGTH.items()}).max(axis=1)


def comparators_have_values(table: pd.DataFrame) -> Iterator[Finding]:
    """A threshold has the comparator beside it, and a comparator a threshold."""
    for comparator in (column for column in table if column.endswith("_cmp")):
        stem = comparator.removesuffix("_cmp")
        (value,) = (column for column in table if column.startswith(stem) and column != comparator)
        for i in np.flatnonzero(table[value].isna() != table[comparator].isna()):
            yield i, comparator, table[comparator].iloc[i], f"a comparator where {value} is filled, and only there"


def one_preferred_row(table: pd.DataFrame) -> Iterator[Finding]:
    """Each year, country and source type has exactly one row to use."""
    key = ["year", "country", "source_type"]
    count = (table["preferred"] == "yes").groupby([table[c] for c in key], observed=True).transform("sum")
    for i in np.flatnonzero(count != 1):
        where = ", ".join(str(table[c].iloc[i]) for c in key)
        yield i, "preferred", f"{count.iloc[i]} rows marked yes for {where}", "exactly one"


def provisional_gives_way(table: pd.DataFrame) -> Iterator[Finding]:
    """A row that is an estimate, or that its note calls preliminary, is not the one to use where a final one stands beside it."""
    said = table["note"].astype(object).str.contains("preliminary|provisional", case=False, na=False)
    provisional = said | (table["kind"] == "estimate")
    key = [table[column] for column in ("year", "country", "source_type")]
    final = (~provisional).groupby(key, observed=True).transform("any")
    for i in np.flatnonzero(provisional & final & (table["preferred"] == "yes")):
        yield (
            i,
            "preferred",
            "yes for a provisional row",
            "yes for the final row of the same year, country and source type",
        )


def parts_make_the_total(value: str, parts: list[str], relative: float) -> Rule:
    """Rule that the preferred rows of the parts add up to the preferred total, where all parts are there."""

    def rule(table: pd.DataFrame) -> Iterator[Finding]:
        place = ["country", "year"]
        used = np.flatnonzero((table["preferred"] == "yes") & table[value].notna())
        rows = (
            table.iloc[used][[*place, "source_type", value]]
            .assign(position=used)
            .astype(dict.fromkeys([*place, "source_type"], str))
        )
        rows = rows.drop_duplicates([*place, "source_type"])  # another rule names what stands twice
        figures = (
            rows.pivot(index=place, columns="source_type", values=value).reindex(columns=[*parts, "total"]).dropna()
        )
        positions = rows[rows["source_type"] == "total"].set_index(place)["position"]
        for where, figure in figures.iterrows():
            total, added = figure["total"], figure[parts].sum()
            if abs(added / total - 1) > relative:
                expected = f"{added:.6g}, the sum of {', '.join(parts)}, within {relative:.1%}"
                yield positions[where], value, total, expected

    return rule


def residual_is_plausible(table: pd.DataFrame) -> Iterator[Finding]:
    """What the parts leave of the total is not below zero, and does not jump from one year to the next.

    Parts of a year that were gathered from several counts may fit one by one and not together.
    """
    rows = table[(table["preferred"] == "yes")].assign(source_type=lambda t: t["source_type"].astype(str))
    for country, group in rows.groupby("country", observed=True):
        once = group.drop_duplicates(["year", "source_type"])  # another rule names what stands twice
        by_type = once.pivot(index="year", columns="source_type", values="generation_twh").sort_index()
        if "total" not in by_type:
            continue
        fossil = by_type.get("fossil", pd.Series(np.nan, by_type.index))
        if {"coal", "gas"} <= set(by_type):
            fossil = fossil.fillna(by_type["coal"] + by_type["gas"])
        renewing = by_type.get("wind_solar", pd.Series(np.nan, by_type.index))
        if {"wind", "solar"} <= set(by_type):
            renewing = (by_type["wind"] + by_type["solar"]).fillna(renewing)
        parts = [fossil, renewing, *(by_type[name] for name in ("hydro", "nuclear", "bioenergy") if name in by_type)]
        if len(parts) < RESIDUAL_PARTS:
            continue
        left = ((by_type["total"] - sum(parts)) / by_type["total"]).dropna()
        for year in left.index:
            expected = None
            if left[year] < -RESIDUAL:
                expected = "parts that leave nothing below zero"
            elif year - 1 in left.index and abs(left[year] - left[year - 1]) > RESIDUAL:
                expected = f"parts that leave about {left[year - 1]:.1%} of it, as the year before"
            if expected:
                at = group.index[(group["year"] == year) & (group["source_type"] == "total")][0]
                yield (
                    table.index.get_loc(at),
                    "generation_twh",
                    f"{left[year]:.1%} of {country}'s total left over",
                    expected,
                )


def shares_within_100(key: list[str], aggregates: str) -> Rule:
    """Rule that the shares of single vendors on one basis do not add to more than 100 per cent (and rounding)."""

    def rule(table: pd.DataFrame) -> Iterator[Finding]:
        single = ~table["vendor"].astype(str).str.contains(aggregates)
        total = table["share_pct"].where(single).groupby([table[c] for c in key], observed=True).transform("sum")
        for i in np.flatnonzero(single & (total > 101)):
            yield (
                i,
                "share_pct",
                table["share_pct"].iloc[i],
                f"shares of the group to add to 100, not {total.iloc[i]:g}",
            )

    return rule


def market_is_its_parts(table: pd.DataFrame) -> Iterator[Finding]:
    """Cards shipped in China: Nvidia, AMD and the Chinese vendors make up the market that the same year states."""
    cards = table[(table["metric"] == "shipments in China") & (table["product"] == "AI accelerator cards")]
    for _, group in cards.groupby("year"):
        units = group.set_index(group["vendor"].astype(str))["units"]
        if {"All vendors", "All Chinese vendors", "Nvidia"} <= set(units.index):
            added = units.reindex(["Nvidia", "AMD", "All Chinese vendors"]).sum()
            if abs(added / units["All vendors"] - 1) > 0.02:
                i = table.index.get_loc(group.index[group["vendor"] == "All vendors"][0])
                yield i, "units", units["All vendors"], f"{added:g}, the sum of Nvidia, AMD and Chinese vendors"


def cumulative_never_falls(table: pd.DataFrame) -> Iterator[Finding]:
    """A count since a date does not fall from one year to the next."""
    cumulative = table[table["metric"].astype(str).str.startswith("cumulative")]
    for _, group in cumulative.groupby(["vendor", "product", "metric", "source"], observed=True):
        group = group.sort_values("year")
        for index in group.index[group["units"].diff() < 0]:
            yield table.index.get_loc(index), "units", group.at[index, "units"], "no less than the year before"


def quarters_make_the_year(table: pd.DataFrame) -> Iterator[Finding]:
    """Four quarters of one figure add up to its year, within half a per cent of rounding."""
    fiscal = table["period"].str.extract(r"^(FY\d\d|\d{4})", expand=False)
    quarters = table[table["period_type"] == "quarter"].groupby(["vendor", "metric", fiscal], observed=True)["value_m"]
    sums = quarters.sum()[quarters.count() == 4]
    for i, row in enumerate(table.itertuples()):
        added = sums.get((row.vendor, row.metric, row.period)) if row.period_type == "year" else None
        if added is not None and abs(added / row.value_m - 1) > 0.005:
            yield i, "value_m", row.value_m, f"{added:g}, the sum of its quarters"


def compute_is_six_n_d(table: pd.DataFrame) -> Iterator[Finding]:
    """Training compute is 6 x active parameters x tokens within 15 %, or the note says how it differs."""
    wanted = 6 * table["params_active_b"] * 1e9 * table["training_tokens_t"] * 1e12
    off = (table["training_compute_flop"] / wanted - 1).abs() > 0.15
    for i in np.flatnonzero(off & ~table["note"].fillna("").str.contains("6ND")):
        found = table["training_compute_flop"].iloc[i]
        yield i, "training_compute_flop", f"{found:.4g}", f"6ND = {wanted.iloc[i]:.4g}, or a note that names 6ND"


def inputs_are_numbers(table: pd.DataFrame) -> Iterator[Finding]:
    """The inputs of a published number are a JSON object of numbers, with the formula as text if there is one."""
    for i, text in enumerate(table["inputs"]):
        try:
            inputs = json.loads(text)
            bad = [k for k, v in inputs.items() if not isinstance(v, str if k == "formula" else (int, float, list))]
        except (ValueError, AttributeError):
            bad = [text]
        if bad:
            yield i, "inputs", ", ".join(bad), "a JSON object of numbers"


def wide_tolerances_are_explained(table: pd.DataFrame) -> Iterator[Finding]:
    """A tolerance beyond rounding says why the number and the model differ."""
    for i in np.flatnonzero((table["tolerance_pct"] > ROUNDING_PCT) & table["explanation"].isna()):
        yield i, "explanation", table["tolerance_pct"].iloc[i], f"a reason, or a tolerance of at most {ROUNDING_PCT} %"


def engine_cases_have_answers(table: pd.DataFrame) -> Iterator[Finding]:
    """A case that tests the rule engine names its rule, and the rule belongs to the rule set."""
    for i, (rule, rule_set) in enumerate(zip(table["rule_id"].astype(str), table["rule_set"].astype(str), strict=True)):
        if not rule.startswith(f"{rule_set}:"):
            yield i, "rule_id", rule, f"a paragraph of {rule_set}"


def ids_name_their_section(table: pd.DataFrame) -> Iterator[Finding]:
    """A claim's id starts with the letter of its section, and the numbers of a section run from 1 without a gap."""
    letters = dict(zip(table["section"].cat.categories, "OEACL", strict=True))
    number = table.groupby("section", observed=True).cumcount() + 1
    for i, row in enumerate(table.itertuples()):
        wanted = f"{letters[row.section]}-{number.iloc[i]:02}"
        if row.id != wanted:
            yield i, "id", row.id, wanted


def figures_are_known(table: pd.DataFrame) -> Iterator[Finding]:
    """A name in braces in the evidence of a claim is a figure that the book computes."""
    for column in ("evidence_for", "evidence_against"):
        for i, text in enumerate(table[column].fillna("")):
            for name, _times in figures.NAMED.findall(text):
                if name not in figures.FIGURES:
                    yield i, column, f"{{{name}}}", "a figure of hardware_phase.evidence.figures"


def assumptions_have_no_source(table: pd.DataFrame) -> Iterator[Finding]:
    """A row names a source, or says that it is an assumption of this book."""
    for i in np.flatnonzero((table["evidence"] == "assumed") != table["source"].isna()):
        yield i, "source", table["source"].iloc[i], "sources, or none for an assumption"
    for i in np.flatnonzero((table["evidence"] == "assumed") != (table["kind"] == "assumption")):
        yield i, "kind", table["kind"].iloc[i], "assumption where the evidence is assumed, and only there"


def intervals_are_distributions(table: pd.DataFrame) -> Iterator[Finding]:
    """An uncertain parameter's interval makes a distribution."""
    for i in np.flatnonzero(table["role"] == "uncertain"):
        row = table.iloc[i]
        try:
            uncertainty.distribution(**row[["low", "base", "high", "coverage", "scale"]])
        except ValueError as error:
            yield i, "low", row["low"], str(error)


def sources_of_inputs_are_others(table: pd.DataFrame) -> Iterator[Finding]:
    """A derived figure is nobody's printed number, so no source of inputs makes it a test of a model."""
    for i in np.flatnonzero(table["inputs_from"].notna() & table["kind"].eq("derived")):
        yield i, "inputs_from", table["inputs_from"].iloc[i], "none, since the figure is derived and not printed"


EVERYWHERE = [in_order, inside_or_explained]
RULES: dict[str, list[Rule]] = {
    "chips": [
        equals("tpp", largest_rate_times_bits, "largest of rate x bit length", 0.005),
        equals("performance_density", lambda t: t["tpp"] / t["die_area_mm2"], "tpp / die_area_mm2", 0.005),
    ],
    "classification_cases": [
        equals("performance_density", lambda t: t["tpp"] / t["die_area_mm2"], "tpp / die_area_mm2", 0.005),
        engine_cases_have_answers,
    ],
    "gpu_efficiency": [
        equals("tflops_per_w", lambda t: t["peak_tflops"] / t["tdp_w"], "peak_tflops / tdp_w", 0.005),
        equals("pj_per_op", lambda t: t["tdp_w"] / t["peak_tflops"], "tdp_w / peak_tflops", 0.005),
    ],
    "efficiency_trends": [
        equals(
            "doubling_time_years",
            lambda t: np.log(2) / np.log1p(t["growth_pct_per_year"] / 100),
            "ln 2 / ln(1 + growth)",
            0.02,
        ),
    ],
    "inference_prices": [
        equals(
            "usd_per_m_blended_3to1",
            lambda t: (3 * t["usd_per_m_input_tokens"] + t["usd_per_m_output_tokens"]) / 4,
            "(3 x input + output) / 4",
            0.07,  # sources print blends rounded to a cent
        ),
    ],
    "huawei_revenue": [
        equals(
            "revenue_usd_bn_average_rate",
            lambda t: t["revenue_cny_bn"] / t["cny_per_usd_average"],
            "revenue_cny_bn / cny_per_usd_average",
            0.01,
        ),
    ],
    "export_rules": [comparators_have_values],
    "models": [compute_is_six_n_d],
    "efficiency_checks": [inputs_are_numbers, wide_tolerances_are_explained, sources_of_inputs_are_others],
    "energy_checks": [inputs_are_numbers, wide_tolerances_are_explained, sources_of_inputs_are_others],
    "acceleration_checks": [inputs_are_numbers, wide_tolerances_are_explained, sources_of_inputs_are_others],
    "generation": [
        one_preferred_row,
        provisional_gives_way,
        parts_make_the_total("generation_twh", GENERATION_PARTS, 0.004),
        residual_is_plausible,
    ],
    "capacity": [
        one_preferred_row,
        provisional_gives_way,
        *(parts_make_the_total("installed_gw", parts, 0.003) for parts in CAPACITY_PARTS),
    ],
    "production": [market_is_its_parts, cumulative_never_falls],
    "market_share": [shares_within_100(["year", "period", "basis", "forecaster"], "All|Chinese chip|Imported")],
    "telecom_share": [
        shares_within_100(["year", "period", "segment", "region", "analyst", "source"], " and |All|Chinese"),
    ],
    "revenue": [quarters_make_the_year],
    "long_game": [assumptions_have_no_source, intervals_are_distributions],
    "claims": [ids_name_their_section, figures_are_known],
}


def copies_agree(disagreements: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> Iterator[Finding]:
    """A figure that is said to stand in another table does stand there, with the same value and source."""
    for i, row in disagreements[disagreements["table"].notna()].iterrows():
        table = tables.get(row["table"])
        if table is None:
            continue
        match = json.loads(row["row"])
        same = [table[column].astype(str).isin({cell, f"{cell}.0"}) for column, cell in match.items()]
        found = table[np.logical_and.reduce(same)]
        if len(found) != 1:
            yield i, "row", row["row"], f"one row of {row['table']}, not {len(found)}"
            continue
        cell = found.iloc[0]
        if row["source"] != cell["source"]:
            yield i, "source", row["source"], f"{cell['source']}, as in {row['table']}"
        if not _same(row["value"], cell[row["column"]]):
            yield i, "value", row["value"], f"{cell[row['column']]}, as in {row['table']}"


def across(tables: dict[str, pd.DataFrame], text: Path | None) -> Iterator[tuple[str, int, str, Any, str]]:
    """What several tables, or a table and the text, must agree on.

    Parameters
    ----------
    tables : dict
        Name to table, those that can be read.
    text : pathlib.Path, optional
        Folder with the book's text.

    Yields
    ------
    tuple
        File, row as an editor shows it, column, what was found and what was expected.
    """
    if "disagreements" in tables:
        for position, column, found, expected in copies_agree(tables["disagreements"], tables):
            yield "disagreements.csv", int(position) + 2, column, found, expected
    if {"chips", "export_rules"} <= set(tables):
        for position, column, found, expected in variants_follow_their_rule(tables["chips"], tables["export_rules"]):
            yield "chips.csv", int(position) + 2, column, found, expected
    if {"chips", "classification_cases"} <= set(tables):
        yield from one_area_a_design(tables["chips"], tables["classification_cases"])
    if {"chips", "gpu_efficiency"} <= set(tables):
        for position, column, found, expected in one_figure_a_chip(tables["chips"], tables["gpu_efficiency"]):
            yield "gpu_efficiency.csv", int(position) + 2, column, found, expected
    if "claims" in tables and text:
        for position, column, found, expected in notebooks_are_there(tables["claims"], text):
            yield "claims.csv", position + 2, column, found, expected


def variants_follow_their_rule(chips: pd.DataFrame, rules: pd.DataFrame) -> Iterator[Finding]:
    """A chip made to pass a rule was not launched before the rule was announced."""
    announced = rules.groupby(rules["rule_set"].astype(str))["announced_date"].min()
    for i in np.flatnonzero(chips["made_for_rule"].notna()):
        row = chips.iloc[i]
        since = announced[str(row["made_for_rule"])]
        if row["launch_date"] < since and row["launch_date"] != pd.Timestamp(since.year, 1, 1):
            yield (
                i,
                "launch_date",
                f"{row['launch_date']:%Y-%m-%d}",
                f"a day after {since:%Y-%m-%d}, when its rule was announced",
            )


@functools.cache
def _explorers(code: str) -> frozenset[str]:
    return frozenset(explorers_in(code))


MAKERS = re.compile(r"\b(?:NVIDIA|AMD|Huawei|Google|Amazon|Radeon|Instinct|GeForce|Tesla|HGX)\b ?")
FORM = re.compile(r" (?:SXM\d?|PCIe|NVL|OAM|Trillium|Ironwood|\d+ ?GB)\b.*$")


def silicon(chip: str) -> str:
    """The name of a chip without its maker, form and memory: one name for all that share a design."""
    return FORM.sub("", MAKERS.sub("", re.sub(r"\(.*?\)", "", chip))).strip().replace(" D", "D")


def memory(chip: str) -> str:
    """The memory in a chip's name, nothing where it has none."""
    found = re.search(r"(\d+) ?GB", str(chip))
    return found[1] if found else ""


def one_area_a_design(chips: pd.DataFrame, cases: pd.DataFrame) -> Iterator[tuple[str, int, str, Any, str]]:
    """Chips of one design have one die area, in the table of chips and among the cases of the export rules."""
    first: dict[str, float] = {}
    for file, table in (("chips.csv", chips), ("classification_cases.csv", cases)):
        for i, (chip, area) in enumerate(zip(table["chip"].astype(str), table["die_area_mm2"], strict=True)):
            if pd.isna(area) or chip.startswith("synthetic"):
                continue
            known = first.setdefault(silicon(chip), area)
            if area != known:
                yield file, i + 2, "die_area_mm2", area, f"{known:g}, as for another row of this design"


def one_figure_a_chip(chips: pd.DataFrame, efficiency: pd.DataFrame) -> Iterator[Finding]:
    """What the tables of chips and of their efficiency both have of a chip is one date, one power and one rate."""
    pairs = {"release_date": "launch_date", "tdp_w": "tdp_w", "peak_tflops": "bf16_fp16_dense_tflops"}
    known = chips.assign(design=chips["chip"].astype(str).map(silicon))
    for i, row in enumerate(efficiency.itertuples()):
        same = known[known["design"] == silicon(str(row.chip))]
        for column, theirs in pairs.items():
            ours, stated = getattr(row, column), same[theirs].dropna()
            if column == "release_date":
                other = [memory(chip) not in (memory(row.chip), "") and memory(row.chip) != "" for chip in same["chip"]]
                stated = stated.drop(same.index[other], errors="ignore")
                fits = [ours.to_period("M") == day.to_period("M") for day in stated]
            else:
                fits = [abs(ours / value - 1) <= 0.005 for value in stated]
            if fits and not any(fits):
                yield i, column, ours, f"{stated.iloc[0]}, as in chips.csv"


def notebooks_are_there(claims: pd.DataFrame, text: Path) -> Iterator[Finding]:
    """The notebooks that test a claim are pages of the book, and the first one has the explorer."""
    for position, (notebooks, explorer) in enumerate(zip(claims["notebook"], claims["explorer"], strict=True)):
        pages = [text / f"{name}.md" for name in ("" if pd.isna(notebooks) else notebooks).split(";") if name]
        for page in (page for page in pages if not page.is_file()):
            yield position, "notebook", str(page.relative_to(text)), "a page of the book"
        if pd.notna(explorer) and not (pages and pages[0].is_file() and explorer in _explorers(code_of(pages[0]))):
            yield position, "explorer", repr(explorer), "an explorer of the first notebook"


def _same(one: float, other: float) -> bool:
    return bool(one == other or (pd.isna(one) and pd.isna(other)))


# Columns that name rows of another table: table, column, other table, its column.
REFERENCES = [("classification_cases", "rule_id", "export_rules", "rule_id")]
