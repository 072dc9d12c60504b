"""United States export rules for computing chips, applied to a chip: verdicts of a rule set, of a day, of all days at once.

`export_rules` makes the rules from their table; the names of quantities and their units stand there.
"""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from hardware_phase.models.export_rules import (
    CHIP_CONTROLS,
    FLAGS,
    RULE_SETS,
    Rule,
    control_on,
    days,
    label,
    rule_sets,
    rules_from_table,  # noqa: F401 - readers change the table and ask again
)

# What a rule set takes for granted while an input is unknown: a presumption stands until it is overcome.
_STANDS = {"BIS-2025-01-FOUNDRY": {"presumed_3A090.a"}}

# Rule sets that together answer "may this go to China on that day?".
_LICENSING = (
    "BIS-2022-08-LETTER",
    "BIS-2022-10",
    "BIS-2023-10-LETTER",
    "BIS-2023-10",
    "BIS-2024-12",
    "BIS-2025-04-LETTER",
    "BIS-2026-01-REVIEW",
)
_BILLS = {"BILL-S3374-2025"}
_PROPERTIES = (
    "tpp",
    "performance_density",
    "io_bandwidth_gbps",
    "dram_bandwidth_gbps",
    "memory_bandwidth_density_gbps_per_mm2",
    "datacenter",
    "has_letter",
    "sold_in_us",
    "from_us",
    "china_share_pct",
)

# What is taken for granted of a shipment unless the caller says otherwise: a chip for data centres, from the United States,
# whose maker has the letters, and of which nothing has gone to China yet. Whether it is on sale in the United States must be said.
_TAKEN = {"datacenter": True, "has_letter": True, "from_us": True, "china_share_pct": 0.0}

ANSWERS: dict[str, str] = {
    "controlled_3A090.c": "Licence needed",
    "presumption_of_denial": "Denial presumed",
    "case_by_case_eligible": "Case by case",
    "controlled_3A090.a": "Denial presumed",
    "controlled_3A090": "Denial presumed",
    "licence_required_is_informed": "Licence by letter",
    "controlled_3A090.a_nac_eligible": "Notice 25 days ahead",
    "controlled_3A090.b": "Notice 25 days ahead",
    "not_controlled": "No licence needed",
    "no_rule_in_force": "No rule in force",
    "not_covered_is_informed": "Not reached by the letter",
    "presumed_3A090.a": "Presumed to be controlled",
    "presumption_overcome": "Presumption overcome",
    "tariff_25pct": "Duty on import into the US",
    "tariff_not_applicable": "No duty",
    "denied_if_enacted": "Denied, if the bill became law",
    "not_covered_if_enacted": "Not reached by the bill",
    "undetermined": "Cannot be told",
}
"""What each result means, in words; the licensing results first, from the strictest to none."""

PASSES: frozenset[str] = frozenset(
    {
        "not_controlled",
        "no_rule_in_force",
        "not_covered_is_informed",
        "presumption_overcome",
        "tariff_not_applicable",
        "not_covered_if_enacted",
    }
)
"""Results that ask nothing of the exporter."""


@dataclass(frozen=True, repr=False)
class Verdict:
    """The answer of a rule set, or of a day, for one chip.

    Attributes
    ----------
    result
        A value of ``expected_result`` in the table ``classification_cases``; ``"no_rule_in_force"`` before the first
        rule; ``"undetermined"`` if the answer depends on an input that is not known.
    paragraph
        The paragraph that decided; empty if none names the chip.
    rule_id, consequence, citation
        The deciding row of the table, what it demands, and where it is printed.
    depends_on
        Unknown inputs that could change the answer.
    possible
        The results that remain possible while they are unknown.
    """

    result: str
    paragraph: str
    rule_id: str
    consequence: str
    citation: str
    depends_on: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()

    @property
    def answer(self) -> str:
        """The result in words."""
        return ANSWERS[self.result]

    def __repr__(self) -> str:
        lines = [self.answer]
        for field in fields(self):
            value = getattr(self, field.name)
            text = ", ".join(value) if isinstance(value, tuple) else value
            if text:
                lines += textwrap.wrap(f"  {field.name:<12} {text}", 72, subsequent_indent=" " * 15)
        return "\n".join(lines)


# ----------------------------------------------------------------------------------------------------
# Definitions of the rule


def total_processing_performance(rate_tops: object, bit_length: object) -> object:
    """Total processing performance (TPP) of one kind of operation.

    The technical notes to 3A090 define it as 2 x MacTOPS x bit length, with MacTOPS in tera multiply-accumulates per
    second (88 FR 73458). Datasheets count a multiply-accumulate as two operations, so MacTOPS is half the printed rate.
    A chip's TPP is the highest over the bit lengths it supports.

    Parameters
    ----------
    rate_tops
        Dense peak rate as printed, in TOPS or TFLOP/s (two operations a multiply-accumulate).
    bit_length
        Largest bit length of the inputs of the multiplication.
    """
    mac_tops = rate_tops / 2
    return 2 * mac_tops * bit_length


def performance_density(tpp: object, die_area_mm2: object) -> object:
    """TPP per mm2 of applicable die area: all logic dies made with non-planar transistors (88 FR 73458)."""
    return tpp / die_area_mm2


# ----------------------------------------------------------------------------------------------------
# Verdicts


def rule_set_on(date: object) -> str:
    """The version of 3A090 in force for processors on a date, by the name that `classify` takes.

    Letters, review policies and duties come on top of it: `rule_sets_on` names all that applied.

    Raises
    ------
    ValueError
        If the date lies before the first version.
    """
    name = control_on(days(date), rule_sets())
    if name is None:
        raise ValueError(f"no version of 3A090 was in force on {date}")
    return name


def rule_sets_on(date: object) -> tuple[str, ...]:
    """All rule sets of the engine in force on a date. Bills are not in force."""
    day, sets = days(date), rule_sets()
    return tuple(name for name in RULE_SETS if name not in _BILLS and sets[name][0].in_force(day))


def classify(
    *,
    rule_set: str,
    tpp: float | None = None,
    performance_density: float | None = None,
    io_bandwidth_gbps: float | None = None,
    dram_bandwidth_gbps: float | None = None,
    memory_bandwidth_density_gbps_per_mm2: float | None = None,
    transistor_count_billion: float | None = None,
    datacenter: bool | None = True,
    has_hbm: bool | None = None,
    has_letter: bool | None = True,
    sold_in_us: bool | None = None,
    from_us: bool | None = True,
    china_share_pct: float | None = 0.0,
    on: object = None,
    sets: Mapping[str, Sequence[Rule]] | None = None,
) -> Verdict:
    """The verdict of one rule set on one chip, for export to China.

    Parameters
    ----------
    rule_set
        One of `RULE_SETS`; `rule_set_on` gives the version of 3A090 for a date.
    tpp, performance_density
        See `total_processing_performance` and `performance_density`. A chip with planar dies only has no applicable
        die area: give it density 0.
    io_bandwidth_gbps
        Aggregate bidirectional transfer rate other than to memory, GB/s.
    dram_bandwidth_gbps
        Memory bandwidth, GB/s.
    memory_bandwidth_density_gbps_per_mm2
        Of a memory stack shipped on its own.
    transistor_count_billion, has_hbm
        Of the final package, for the foundry rule.
    datacenter
        Whether the chip is designed or marketed for data centres.
    has_letter
        Whether the maker received the letter, for a rule set that is one.
    sold_in_us, from_us, china_share_pct
        For the review rule: whether the chip was commercially available in the United States on the day it names,
        whether it is sent from there, and the TPP of the product sent to China and Macau in per cent of that sent to
        American customers, this shipment included.
    on
        Date of export, which only the foundry rule asks for.
    sets
        Other rules than those of the project's table, from `rules_from_table`: for asking what a change would do.

    Returns
    -------
    Verdict
        None and NaN mean "not known". Where the answer depends on something that is not known, the result is
        ``"undetermined"``, with what it depends on; but a presumption stands until it is overcome.

    Raises
    ------
    ValueError
        If the rule set is unknown or a quantity is negative.
    """
    sets = rule_sets() if sets is None else sets
    if rule_set not in sets:
        raise ValueError(f"rule_set {rule_set!r} is not one of {', '.join(RULE_SETS)}")
    chip = {
        "tpp": tpp,
        "performance_density": performance_density,
        "io_bandwidth_gbps": io_bandwidth_gbps,
        "dram_bandwidth_gbps": dram_bandwidth_gbps,
        "memory_bandwidth_density_gbps_per_mm2": memory_bandwidth_density_gbps_per_mm2,
        "transistor_count_billion": transistor_count_billion,
        "datacenter": datacenter,
        "has_hbm": has_hbm,
        "has_letter": has_letter,
        "sold_in_us": sold_in_us,
        "from_us": from_us,
        "china_share_pct": china_share_pct,
        "export_year": None if on is None else float(str(np.datetime64(on, "Y"))),
    }
    return _verdict(sets[rule_set], chip, stands=_STANDS.get(rule_set, set()))


def classify_on(date: object, **chip: float | bool | None) -> Verdict:
    """The strictest verdict on a chip among all licensing rules in force on a date.

    Takes the properties that `classify` takes. Letters are addressed to named companies; unless ``has_letter`` says
    otherwise, this asks what holds for a chip whose maker has them. Without a memory bandwidth density the chip is no
    memory stack.

    Raises
    ------
    ValueError
        If a property is unknown to the engine or negative.
    """
    known = {name: None for name in _PROPERTIES} | _TAKEN | {"memory_bandwidth_density_gbps_per_mm2": 0.0}
    for name in chip.keys() - known.keys():
        raise ValueError(f"{name} is not a property of a chip; use {', '.join(known)}")
    day = days(date)
    return _verdict([rule for rule in _licensing_rules() if rule.in_force(day)], known | chip)


def _verdict(rules: Sequence[Rule], chip: Mapping[str, object], stands: Iterable[str] = ()) -> Verdict:
    """Try every value that an unknown quantity could have, as far as the rules tell values apart."""
    asked = {bound.quantity for rule in rules for bound in rule.compared()}
    if "combined_bandwidth_gbps" in asked:
        asked = asked - {"combined_bandwidth_gbps"} | {"io_bandwidth_gbps", "dram_bandwidth_gbps"}
    known = {name: float(value) for name, value in chip.items() if value is not None and not np.isnan(value)}
    for name, value in known.items():
        if value < 0:
            raise ValueError(f"{name} is negative: {value}")
    unknown = [name for name in sorted(asked) if name not in known]
    axes = np.meshgrid(*(_telling_values(name, rules, known) for name in unknown), indexing="ij")
    grid = known | dict(zip(unknown, axes, strict=True))
    which = np.asarray(_first_met(rules, grid))
    results = np.array([rule.result for rule in rules])[which]
    depends_on = tuple(name for axis, name in enumerate(unknown) if np.any(results != np.take(results, [0], axis=axis)))
    possible = tuple(dict.fromkeys(results.ravel().tolist()))
    kept = [result for result in possible if result in stands] or possible
    if len(kept) > 1:
        words = " and ".join(map(label, depends_on))
        citations = dict.fromkeys(rules[i].citation for i in np.unique(which))
        return Verdict("undetermined", "", "", f"depends on {words}", "; ".join(citations), depends_on, possible)
    met = [rules[i] for i in np.unique(which) if rules[i].result == kept[0]]
    paragraphs = dict.fromkeys(rule.paragraph for rule in met)
    return Verdict(
        kept[0],
        " or ".join(paragraphs),
        met[0].rule_id,
        met[0].consequence,
        met[0].citation,
        depends_on,
        possible if depends_on else (),
    )


def _telling_values(name: str, rules: Sequence[Rule], known: Mapping[str, float]) -> np.ndarray:
    """Values of an unknown quantity between which the rules tell: every bound, and one value in each gap."""
    if name in FLAGS:
        return np.array([0.0, 1.0])
    other = {"io_bandwidth_gbps": "dram_bandwidth_gbps", "dram_bandwidth_gbps": "io_bandwidth_gbps"}.get(name)
    bounds = {0.0}
    for bound in (bound for rule in rules for bound in rule.compared()):
        if bound.quantity == name:
            bounds.add(bound.value)
        elif bound.quantity == "combined_bandwidth_gbps" and other:
            bounds.add(max(0.0, bound.value - known.get(other, 0.0)))
    edges = np.array(sorted(bounds))
    return np.sort(np.concatenate([edges, (edges[1:] + edges[:-1]) / 2, [2 * edges[-1] + 1]]))


def _first_met(rules: Sequence[Rule], chip: Mapping[str, object], day: object = None) -> object:
    """Index of the first rule that a chip meets; elementwise and traceable. The last rule needs no test."""
    if {"io_bandwidth_gbps", "dram_bandwidth_gbps"} <= chip.keys():
        chip = {**chip, "combined_bandwidth_gbps": chip["io_bandwidth_gbps"] + chip["dram_bandwidth_gbps"]}
    tests = [rule.met(chip) for rule in rules[:-1]]
    if day is not None:
        tests = [np.logical_and(rule.in_force(day), test) for rule, test in zip(rules, tests, strict=False)]
    code: object = len(tests)
    for i in reversed(range(len(tests))):
        code = np.where(tests[i], i, code)
    return code


# ----------------------------------------------------------------------------------------------------
# The same rules over all dates at once, for arrays and for the explorer


@functools.cache
def _licensing_rules() -> tuple[Rule, ...]:
    """All rules on licences of all dates, the strictest first, closed by "no rule in force"."""
    sets, order = rule_sets(), list(ANSWERS)
    rules = [
        rule
        for name in _LICENSING
        for rule in sets[name]
        if rule.rule_set == name and (rule.rule_id or name in CHIP_CONTROLS)
    ]
    none = Rule("", "", "no_rule_in_force", "", "no version of 3A090 in force", "")
    return (*sorted(rules, key=lambda rule: order.index(rule.result)), none)


def verdict_code(
    *,
    date: object,
    tpp: object,
    performance_density: object,
    io_bandwidth_gbps: object,
    dram_bandwidth_gbps: object,
    memory_bandwidth_density_gbps_per_mm2: object = 0.0,
    datacenter: object = True,
    has_letter: object = True,
    sold_in_us: object = True,
    from_us: object = True,
    china_share_pct: object = 0.0,
) -> object:
    """Code of the strictest verdict on a chip on a date; the vectorised, traceable form of `classify_on`.

    Parameters
    ----------
    date
        Days since 1970-01-01.
    tpp, performance_density, io_bandwidth_gbps, dram_bandwidth_gbps, memory_bandwidth_density_gbps_per_mm2, datacenter
        As in `classify`; numbers, arrays that broadcast, or traced values. Nothing may be unknown.
    has_letter, sold_in_us, from_us, china_share_pct
        As in `classify`, of a chip on sale in the United States unless told otherwise.

    Returns
    -------
    integer or array
        Position in the list of rules; `verdict_texts` says what it stands for.
    """
    chip = {
        "tpp": tpp,
        "performance_density": performance_density,
        "io_bandwidth_gbps": io_bandwidth_gbps,
        "dram_bandwidth_gbps": dram_bandwidth_gbps,
        "memory_bandwidth_density_gbps_per_mm2": memory_bandwidth_density_gbps_per_mm2,
        "datacenter": datacenter,
        "has_letter": has_letter,
        "sold_in_us": sold_in_us,
        "from_us": from_us,
        "china_share_pct": china_share_pct,
    }
    return _first_met(_licensing_rules(), chip, date)


def verdict_texts(code: object) -> dict[str, object]:
    """``result``, ``answer``, ``paragraph``, ``rule_id``, ``consequence`` and ``citation`` of a code of `verdict_code`."""
    rules = _licensing_rules()
    texts = {
        "result": [rule.result for rule in rules],
        "answer": [ANSWERS[rule.result] for rule in rules],
        **{
            name: [getattr(rule, name) for rule in rules]
            for name in ("paragraph", "rule_id", "consequence", "citation")
        },
    }
    return {name: _choose(code, values) for name, values in texts.items()}


def _choose(code: object, texts: Sequence[str]) -> object:
    """The text at a code, with one comparison for every run of codes that share a text."""
    ends = [i for i in range(len(texts) - 1) if texts[i] != texts[i + 1]]
    return np.select([np.less_equal(code, i) for i in ends], [texts[i] for i in ends], texts[-1])


def check_export(
    *,
    rate_tops: object,
    bit_length: object,
    die_area_mm2: object,
    io_bandwidth_gbps: object,
    dram_bandwidth_gbps: object,
    datacenter: object = True,
    sold_in_us: object = True,
    from_us: object = True,
    has_letter: object = True,
    china_share_pct: object = 0.0,
    date: object,
) -> dict[str, object]:
    """What the rules in force on a date say about sending a chip to China, from its datasheet.

    Parameters
    ----------
    rate_tops, bit_length
        Dense peak rate (TOPS or TFLOP/s) and bit length of the operation with the highest product.
    die_area_mm2
        Applicable die area.
    io_bandwidth_gbps, dram_bandwidth_gbps
        All links together, both directions, and memory bandwidth, GB/s.
    datacenter
        Whether the chip is designed or marketed for data centres.
    sold_in_us, from_us, has_letter, china_share_pct
        As in `classify`.
    date
        Days since 1970-01-01.

    Returns
    -------
    dict
        ``tpp``, ``performance_density``, and the texts of `verdict_texts`.
    """
    tpp = total_processing_performance(rate_tops, bit_length)
    density = performance_density(tpp, die_area_mm2)
    code = verdict_code(
        date=date,
        tpp=tpp,
        performance_density=density,
        io_bandwidth_gbps=io_bandwidth_gbps,
        dram_bandwidth_gbps=dram_bandwidth_gbps,
        datacenter=datacenter,
        sold_in_us=sold_in_us,
        from_us=from_us,
        has_letter=has_letter,
        china_share_pct=china_share_pct,
    )
    return {"tpp": tpp, "performance_density": density, **verdict_texts(code)}


# ----------------------------------------------------------------------------------------------------
# What the rules leave free


def bounds_on(quantity: str) -> np.ndarray:
    """All thresholds that licensing rules of any date put on a quantity, ascending."""
    return np.array(sorted({b.value for rule in _licensing_rules() for b in rule.compared() if b.quantity == quantity}))


def map_cells(tpp_range: tuple[float, float], density_range: tuple[float, float]) -> dict[str, np.ndarray]:
    """Cells of the map of TPP against performance density in which a verdict cannot change.

    Parameters
    ----------
    tpp_range, density_range
        Ends of the map.

    Returns
    -------
    dict
        ``tpp_low``, ``tpp_high``, ``density_low``, ``density_high`` and the geometric centres ``tpp`` and
        ``performance_density``; one entry a cell.
    """
    edges = {}
    for quantity, (low, high) in (("tpp", tpp_range), ("performance_density", density_range)):
        inner = bounds_on(quantity)
        edges[quantity] = np.array([low, *inner[(inner > low) & (inner < high)], high])
    x, y = edges.values()
    tpp_low, density_low = (low.ravel() for low in np.meshgrid(x[:-1], y[:-1]))
    tpp_high, density_high = (high.ravel() for high in np.meshgrid(x[1:], y[1:]))
    return {
        "tpp_low": tpp_low,
        "tpp_high": tpp_high,
        "density_low": density_low,
        "density_high": density_high,
        "tpp": np.sqrt(tpp_low * tpp_high),
        "performance_density": np.sqrt(density_low * density_high),
    }


def periods(first: object, last: object) -> dict[str, np.ndarray]:
    """Stretches of time between two dates in which no licensing rule begins or ends.

    Returns
    -------
    dict
        ``start`` and ``end`` in days since 1970-01-01; the end is the first day of the next period.
    """
    rules, low, high = _licensing_rules(), days(first), days(last)
    changes = {rule.first_day for rule in rules} | {rule.last_day + 1 for rule in rules}
    edges = np.array([low, *sorted(day for day in changes if low < day < high), high])
    return {"start": edges[:-1], "end": edges[1:]}


def largest_allowed(
    quantity: str,
    *,
    date: object,
    tpp: object,
    die_area_mm2: object,
    io_bandwidth_gbps: object,
    dram_bandwidth_gbps: object,
    datacenter: object = True,
    results: Iterable[str] = PASSES,
) -> object:
    """The bound below which a quantity of a chip stays free, everything else fixed; elementwise and traceable.

    A verdict can change only at a threshold, so it is enough to try just below each.

    Parameters
    ----------
    quantity
        ``"tpp"``, ``"io_bandwidth_gbps"`` or ``"dram_bandwidth_gbps"``; the value given for it is not used.
    date
        Days since 1970-01-01.
    tpp, die_area_mm2, io_bandwidth_gbps, dram_bandwidth_gbps, datacenter
        The chip. Performance density follows from TPP and die area.
    results
        The verdicts that count as free.

    Returns
    -------
    float or array
        The lowest value that is no longer allowed; infinite if none is, 0 if the chip is caught in any case.

    Raises
    ------
    ValueError
        If the quantity is none of the three.
    """
    chip = {"tpp": tpp, "io_bandwidth_gbps": io_bandwidth_gbps, "dram_bandwidth_gbps": dram_bandwidth_gbps}
    if quantity not in chip:
        raise ValueError(f"quantity {quantity!r} is not one of {', '.join(chip)}")
    edges: list[object] = list(bounds_on(quantity))
    if quantity == "tpp":
        edges += [bound * die_area_mm2 for bound in bounds_on("performance_density")]
    else:
        (other,) = (chip[name] for name in chip if name not in ("tpp", quantity))
        edges += [np.maximum(bound - other, 0.0) for bound in bounds_on("combined_bandwidth_gbps")]
    allowed = [i for i, rule in enumerate(_licensing_rules()) if rule.result in set(results)]

    def free(value: object) -> object:
        trial = chip | {quantity: value}
        density = performance_density(trial["tpp"], die_area_mm2)
        code = verdict_code(date=date, performance_density=density, datacenter=datacenter, **trial)
        return functools.reduce(np.logical_or, [np.equal(code, i) for i in allowed])

    best = functools.reduce(np.maximum, [np.where(free(edge * (1 - 1e-9)), edge, 0.0) for edge in edges])
    return np.where(free(1e12), np.inf, best)


def room_left(
    *,
    tpp: object,
    die_area_mm2: object,
    io_bandwidth_gbps: object,
    dram_bandwidth_gbps: object,
    datacenter: object = True,
    date: object,
) -> dict[str, object]:
    """How near a design comes to what needs no licence on a date.

    Parameters
    ----------
    tpp, die_area_mm2, io_bandwidth_gbps, dram_bandwidth_gbps, datacenter, date
        As in `largest_allowed`.

    Returns
    -------
    dict
        ``answer`` for the design; ``largest_tpp`` and ``largest_dram_bandwidth_gbps``, the bounds with everything else
        as it is; ``tpp_share`` and ``dram_share``, the design as a fraction of them, 0 where the quantity itself is
        not what binds; and ``binds``, what does: ``bandwidth_only`` or ``tpp_only`` (nothing else is free then), ``tpp``,
        ``memory``, ``both`` or ``nothing``.
    """
    chip = {
        "die_area_mm2": die_area_mm2,
        "tpp": tpp,
        "io_bandwidth_gbps": io_bandwidth_gbps,
        "dram_bandwidth_gbps": dram_bandwidth_gbps,
        "datacenter": datacenter,
        "date": date,
    }
    checked = check_export(rate_tops=tpp, bit_length=1.0, **{k: v for k, v in chip.items() if k != "tpp"})
    largest_tpp = largest_allowed("tpp", **chip)
    largest_dram = largest_allowed("dram_bandwidth_gbps", **chip)
    return {
        "answer": checked["answer"],
        "binds": np.select(
            [
                np.equal(largest_tpp, 0),
                np.equal(largest_dram, 0),
                np.isinf(largest_tpp) & np.isinf(largest_dram),
                np.isinf(largest_dram),
                np.isinf(largest_tpp),
            ],
            ["bandwidth_only", "tpp_only", "nothing", "tpp", "memory"],
            "both",
        ),
        "largest_tpp": largest_tpp,
        "tpp_share": _share(tpp, largest_tpp),
        "largest_dram_bandwidth_gbps": largest_dram,
        "dram_share": _share(dram_bandwidth_gbps, largest_dram),
    }


def _share(part: object, whole: object) -> object:
    binds = np.greater(whole, 0) & np.isfinite(whole)
    return np.where(binds, part / np.where(binds, whole, 1.0), 0.0)
