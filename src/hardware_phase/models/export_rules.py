"""The table ``export_rules`` as rules that can be tested: what each row compares, and in which order the rows are asked.

A rule set is a list of rules in the order in which a lawyer would test them. The first rule that a chip meets gives its
verdict; the last rule of every set is met by everything. Thresholds, comparators, dates, consequences and citations all come
from the table. This module knows only the order of the tests and the names of the results; `controls` puts chips to them.

Quantities: ``tpp`` is total processing performance (TOPS times bit length), ``performance_density`` is TPP per mm2
of applicable die area, bandwidths are gigabytes per second, ``memory_bandwidth_density_gbps_per_mm2`` is that of a
memory stack shipped on its own, dates are days since 1970-01-01 where arrays or traced values may come in.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

# For every rule set: which rows decide (by the start of the rule_id after the colon), in the order of testing, with the
# result each gives; then the result of a chip that meets none of them, and what follows from that.
_SETS: dict[str, tuple[dict[str, str], tuple[str, str] | None]] = {
    "BIS-2022-08-LETTER": (
        {"NVDA": "licence_required_is_informed"},
        ("not_covered_is_informed", "not reached by the letter's criteria"),
    ),
    "BIS-2022-10": (
        {"3A090.a": "controlled_3A090"},
        ("not_controlled", "no licence under 3A090"),
    ),
    "BIS-2023-10-LETTER": (
        {"IMMEDIATE": "licence_required_is_informed"},
        ("not_covered_is_informed", "not reached by the letter's criteria"),
    ),
    "BIS-2023-10": (
        {
            "NOTE2-EXCLUDED": "not_controlled",
            "3A090.a": "controlled_3A090.a",
            "3A090.b": "controlled_3A090.b",
            "NOTE2-NAC": "controlled_3A090.a_nac_eligible",
        },
        ("not_controlled", "no licence under 3A090"),
    ),
    "BIS-2024-12": (
        {"3A090.c": "controlled_3A090.c"},
        ("not_controlled", "no licence under 3A090"),
    ),
    "BIS-2025-01-FOUNDRY": (
        {
            "30BN": "presumption_overcome",
            "35BN": "presumption_overcome",
            "40BN": "presumption_overcome",
            "PRESUMPTION": "presumed_3A090.a",
        },
        None,
    ),
    "BIS-2025-04-LETTER": (
        {
            "DRAM": "licence_required_is_informed",
            "IO": "licence_required_is_informed",
            "SUM": "licence_required_is_informed",
        },
        ("not_covered_is_informed", "not reached by the letter's criteria"),
    ),
    "BIS-2026-01-REVIEW": (
        {"ELIGIBLE": "case_by_case_eligible", "OTHERWISE": "presumption_of_denial"},
        None,
    ),
    "US-2026-01-TARIFF": (
        {"BAND": "tariff_25pct"},
        ("tariff_not_applicable", "outside the bands of the duty"),
    ),
    "BILL-S3374-2025": (
        {"": "denied_if_enacted"},
        ("not_covered_if_enacted", "not reached by the bill"),
    ),
}

RULE_SETS: tuple[str, ...] = tuple(_SETS)
"""Names of the rule sets that `classify` knows."""

# The letter's rows say "datacenter", yet Nvidia stopped the RTX 5090 D, a gaming card, when it came: the numbers decide.
_ANY_USE = {"BIS-2025-04-LETTER"}

# The review policy says how a licence application for a chip under 3A090.a is judged. It frees or catches nothing.
_REVIEWED = {"BIS-2026-01-REVIEW": "controlled_3A090.a"}

# What holds for a controlled chip that does not meet all conditions of the review.
_DENIED = "presumption_of_denial"

# Versions of 3A090 for processors.
CHIP_CONTROLS = ("BIS-2022-10", "BIS-2023-10")

FLAGS = {
    "datacenter": ("not for data centres", "for data centres"),
    "has_hbm": ("no HBM", "with HBM"),
    "has_letter": ("maker without the letter", "maker has the letter"),
    "sold_in_us": ("not on sale in the US", "on sale in the US"),
    "from_us": ("not sent from the US", "sent from the US"),
}
_ASKED = ("has_hbm", "has_letter", "sold_in_us", "from_us")  # flags that a row names by itself
_YEAR = "export_year"  # a condition, and no threshold of the chip
_SIGNS = {">=": "≥", "<=": "≤"}
_COMPARE = {
    ">=": np.greater_equal,
    ">": np.greater,
    "<=": np.less_equal,
    "<": np.less,
    "=": np.equal,
}


@dataclass(frozen=True)
class Bound:
    """One comparison of a rule: ``quantity comparison value``, as in ``tpp >= 4800``."""

    quantity: str
    comparison: str
    value: float

    def met(self, chip: Mapping[str, object]) -> object:
        """Whether the chip's quantity satisfies the comparison; elementwise, traceable."""
        return _COMPARE[self.comparison](chip[self.quantity], self.value)

    def __str__(self) -> str:
        if self.quantity in FLAGS:
            return FLAGS[self.quantity][int(self.value)]
        return f"{label(self.quantity)} {_SIGNS.get(self.comparison, self.comparison)} {self.value:g}"


def _range_in_words(lower: Bound, upper: Bound | None = None) -> str:
    """One bound, or a lower and an upper one on the same quantity: ``2400 ≤ TPP < 4800``."""
    return str(lower) if upper is None else f"{lower.value:g} {'≤' if lower.comparison == '>=' else '<'} {upper}"


@dataclass(frozen=True)
class Rule:
    """One row of the rules table, ready to be tested.

    A chip meets the rule if it meets every condition, and all of the bounds (or any of them, where the row is
    joined by OR), and, where there is a gate, at least one of the gate's rules, and none of those that it is the
    complement of.
    """

    rule_set: str
    rule_id: str
    result: str
    paragraph: str
    consequence: str
    citation: str
    bounds: tuple[Bound, ...] = ()
    any_bound: bool = False
    conditions: tuple[Bound, ...] = ()
    gate: tuple[Rule, ...] = ()
    unless: tuple[Rule, ...] = ()
    first_day: float = -np.inf
    last_day: float = np.inf

    def met(self, chip: Mapping[str, object]) -> object:
        """Whether the chip meets the rule, its dates apart; elementwise, traceable."""
        parts = [condition.met(chip) for condition in self.conditions]
        if self.bounds:
            join = np.logical_or if self.any_bound else np.logical_and
            parts.append(functools.reduce(join, [bound.met(chip) for bound in self.bounds]))
        if self.gate:
            parts.append(functools.reduce(np.logical_or, [rule.met(chip) for rule in self.gate]))
        parts += [np.logical_not(rule.met(chip)) for rule in self.unless]
        return functools.reduce(np.logical_and, parts, True)

    def in_force(self, day: object) -> object:
        """Whether the rule was in force on a day (days since 1970-01-01); elementwise, traceable."""
        return np.logical_and(np.greater_equal(day, self.first_day), np.less(day, self.last_day + 1))

    def __str__(self) -> str:
        ranges: dict[str, list[Bound]] = {}
        for bound in self.bounds:
            ranges.setdefault(bound.quantity, []).append(bound)
        bounds = (" or " if self.any_bound else " and ").join(_range_in_words(*pair) for pair in ranges.values())
        gates = " or ".join(rule.paragraph for rule in self.gate)
        others = " or ".join(rule.rule_id.partition(":")[2].lower() for rule in self.unless)
        words = (bounds, *map(str, self.conditions), others and f"not {others}", gates and f"under {gates}")
        return ", ".join(part for part in words if part)

    def compared(self) -> Iterable[Bound]:
        """All comparisons that can matter for the rule, those of its gate included."""
        yield from self.conditions + self.bounds
        for rule in (*self.gate, *self.unless):
            yield from rule.compared()


def label(quantity: str) -> str:
    """A quantity as people write it, without its unit."""
    words = re.sub("_(gbps.*|billion|pct)$", "", quantity).replace("_", " ")
    words = {"sold in us": "sale in the US", "from us": "where it is sent from", "has letter": "the letter"}.get(
        words, words
    )
    words = words.replace("china share", "TPP sent to China in % of that sold in the US")
    return words.replace("tpp", "TPP").replace("io ", "I/O ").replace("dram", "memory")


# ----------------------------------------------------------------------------------------------------
# From the table to rules


def days(date: object) -> float:
    """Days since 1970-01-01 of a date, an ISO text or a NumPy or pandas date."""
    return float(np.datetime64(date, "D").astype(int))


def _text(value: object) -> str:
    return "" if str(value) in ("None", "nan", "NaT", "<NA>") else str(value)


def _day(value: object, missing: float) -> float:
    return days(_text(value)[:10]) if _text(value) else missing


def _numeric_bounds(row: Mapping[str, object]) -> tuple[Bound, ...]:
    """The thresholds of a row: for every filled column ``*_cmp``, the value in the column of the same stem."""
    bounds = []
    for column in row:
        if column.endswith("_cmp") and column != f"{_YEAR}_cmp" and _text(row[column]):
            stem = column.removesuffix("_cmp")
            (value,) = (name for name in row if name.startswith(stem) and name != column)
            quantity = re.sub("_(min|max)", "", value)
            bounds.append(Bound(quantity, str(row[column]), float(row[value])))
    return tuple(bounds)


def _conditions(row: Mapping[str, object]) -> tuple[Bound, ...]:
    """What a row asks beside its thresholds: use, memory in the package, letter, sale, origin, year of export."""
    found = []
    use = _text(row["applies_to"])
    if use in ("datacenter", "non_datacenter") and row["rule_set"] not in _ANY_USE:
        found.append(Bound("datacenter", "=", float(use == "datacenter")))
    found += [Bound(flag, "=", float(_text(row[flag]) == "yes")) for flag in _ASKED if _text(row[flag])]
    if comparison := _text(row[f"{_YEAR}_cmp"]):
        found.append(Bound(_YEAR, comparison, float(row[_YEAR])))
    return tuple(found)


def rules_from_table(table: Mapping[str, Sequence]) -> dict[str, tuple[Rule, ...]]:
    """Rule sets from the columns of the table ``export_rules``.

    Parameters
    ----------
    table
        Column name to values, one value a row. Missing cells are None, NaN or NaT.

    Returns
    -------
    dict
        Name of the rule set to its rules in the order of testing. The last rule of each set is met by every chip.

    Raises
    ------
    ValueError
        If a rule set that the engine knows has no row in the table.
    """
    rows = [dict(zip(table, values, strict=True)) for values in zip(*table.values(), strict=True)]
    sets: dict[str, tuple[Rule, ...]] = {}
    for name in _SETS:
        rules = _decisive_rules(name, [row for row in rows if row["rule_set"] == name])
        if name in _REVIEWED:
            controls = sets[control_on(rules[0].first_day, sets)]
            gate = tuple(rule for rule in controls if rule.result == _REVIEWED[name])
            rules = _reviewed(rules, gate) + list(controls)
        sets[name] = tuple(rules)
    return sets


def _reviewed(rules: Sequence[Rule], gate: tuple[Rule, ...]) -> list[Rule]:
    """The rules of a review policy: for chips under the gate only, and denial for whatever does not meet the others."""
    met = tuple(replace(rule, gate=gate) for rule in rules if rule.result != _DENIED)
    return [*met, *(replace(rule, gate=gate, unless=met) for rule in rules if rule.result == _DENIED)]


def _decisive_rules(name: str, rows: Sequence[Mapping[str, object]]) -> list[Rule]:
    """The rules of one set in the order of testing, closed by what holds for a chip that meets none."""
    if not rows:
        raise ValueError(f"the rules table has no row of the rule set {name}")
    results, miss = _SETS[name]
    rules: list[Rule] = []
    for start, result in results.items():
        for row in rows:
            if str(row["rule_id"]).partition(":")[2].startswith(start):
                rules.append(_rule(row, result))
    if miss:
        first = rules[0]
        rules.append(
            replace(first, rule_id="", result=miss[0], paragraph="", consequence=miss[1], bounds=(), conditions=())
        )
    return rules


def _rule(row: Mapping[str, object], result: str) -> Rule:
    return Rule(
        rule_set=str(row["rule_set"]),
        rule_id=str(row["rule_id"]),
        result=result,
        paragraph=_text(row["quoted_paragraph"]),
        consequence=_text(row["consequence"]),
        citation=_text(row["citation"]),
        bounds=_numeric_bounds(row),
        any_bound=_text(row["logic"]) == "OR",
        conditions=_conditions(row),
        first_day=_day(row["effective_date"], -np.inf),
        last_day=_day(row["end_date"], np.inf),
    )


def control_on(day: float, sets: Mapping[str, Sequence[Rule]]) -> str | None:
    """The version of 3A090 for processors in force on a day."""
    return next((name for name in CHIP_CONTROLS if sets[name][0].in_force(day)), None)


@functools.cache
def rule_sets() -> dict[str, tuple[Rule, ...]]:
    """The rule sets of the project's own table, read once."""
    from hardware_phase import data  # only here, so that the rest of the module needs nothing but NumPy

    return rules_from_table(data.load("export_rules").to_dict("list"))
