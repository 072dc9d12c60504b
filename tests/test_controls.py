"""What the export rules say about chips: the published cases, the bounds, and agreement of the two forms of the engine."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware_phase import data
from hardware_phase.models import controls
from hardware_phase.sources import verdicts

CASES = data.load("classification_cases")
ENGINE_CASES = CASES[CASES["engine_test"] == "yes"]
PROPERTIES = (
    "tpp",
    "performance_density",
    "io_bandwidth_gbps",
    "dram_bandwidth_gbps",
    "memory_bandwidth_density_gbps_per_mm2",
    "transistor_count_billion",
    "china_share_pct",
)
FLAGS = ("datacenter", "has_hbm", "sold_in_us")
H20 = {"tpp": 2368.0, "performance_density": 2.91, "io_bandwidth_gbps": 900.0, "dram_bandwidth_gbps": 4000.0}
H200 = {"tpp": 15832.0, "performance_density": 19.45, "io_bandwidth_gbps": 900.0, "dram_bandwidth_gbps": 4800.0}


def known(value):
    """A cell of the table as an argument: missing becomes None, yes and no become True and False."""
    return None if str(value) == "nan" else {"yes": True, "no": False}.get(value, value)


def verdict_of(case, **more):
    chip = {name: known(case[name]) for name in PROPERTIES + FLAGS}
    return controls.classify(rule_set=case["rule_set"], from_us=known(case["from_us"]) is not False, **chip, **more)


# ----------------------------------------------------------------------------------------------------
# Published and boundary cases


@pytest.mark.parametrize("case", ENGINE_CASES.to_dict("records"), ids=lambda case: case["case_id"])
def test_case_comes_out_as_expected(case):
    for on in (None, case["assessed_on"]):
        verdict = verdict_of(case, on=on)
        assert verdict.result == case["expected_result"]
        assert verdict.paragraph == (known(case["expected_paragraph"]) or "")
        if case["rule_match"] == "matched":
            assert verdict.rule_id == case["rule_id"]


def test_every_rule_set_with_cases_is_known_and_cited():
    assert set(CASES["rule_set"]) <= set(controls.RULE_SETS)
    for rules in controls.rule_sets().values():
        assert all(rule.citation and rule.consequence for rule in rules)


@pytest.mark.parametrize(
    ("billion", "hbm", "on", "expected"),
    [
        (29.9, True, "2026-06-30", "presumption_overcome"),
        (30.0, False, "2026-06-30", "presumed_3A090.a"),
        (34.9, False, "2027-06-30", "presumption_overcome"),
        (34.9, False, "2028-06-30", "presumed_3A090.a"),
        (34.9, True, "2027-06-30", "presumed_3A090.a"),
        (39.9, False, "2029-06-30", "presumption_overcome"),
        (39.9, False, "2031-06-30", "presumption_overcome"),
        (40.0, False, "2029-06-30", "presumed_3A090.a"),
    ],
)
def test_foundry_presumption_is_overcome_by_transistors_memory_and_year(billion, hbm, on, expected):
    verdict = controls.classify(rule_set="BIS-2025-01-FOUNDRY", transistor_count_billion=billion, has_hbm=hbm, on=on)
    assert verdict.result == expected


def test_h20_escapes_the_2023_rule_and_not_the_2025_letter():
    assert controls.classify(rule_set="BIS-2023-10", **H20).result == "not_controlled"
    assert controls.classify(rule_set="BIS-2025-04-LETTER", **H20).result == "licence_required_is_informed"
    assert controls.classify_on("2025-04-08", **H20).answer == "No licence needed"
    assert controls.classify_on("2025-04-09", **H20).answer == "Licence by letter"


def test_h200_is_denied_until_the_review_policy_of_2026():
    sold = H200 | {"sold_in_us": True}
    assert controls.classify_on("2026-01-14", **sold).result == "controlled_3A090.a"
    assert controls.classify_on("2026-01-15", **sold).result == "case_by_case_eligible"


@pytest.mark.parametrize(
    "missed",
    [
        {"dram_bandwidth_gbps": 6500},
        {"tpp": 21000},
        {"sold_in_us": False},
        {"from_us": False},
        {"china_share_pct": 50.1},
    ],
    ids=lambda missed: next(iter(missed)),
)
def test_each_condition_of_the_review_policy_can_deny_alone(missed):
    """91 FR 1684: two numbers of the chip, sale in the US, export from there, at most half of what Americans got."""
    sold = H200 | {"sold_in_us": True, "china_share_pct": 50.0}
    assert controls.classify_on("2026-01-15", **sold).result == "case_by_case_eligible"
    assert controls.classify_on("2026-01-15", **sold | missed).result == "presumption_of_denial"


def test_what_nobody_says_about_sale_cannot_be_told():
    verdict = controls.classify_on("2026-01-15", **H200)
    assert (verdict.answer, verdict.depends_on) == ("Cannot be told", ("sold_in_us",))
    assert verdict.consequence == "depends on sale in the US"


def test_no_chip_made_for_china_and_no_chinese_chip_is_eligible_for_the_review():
    chips = verdicts.chips()
    made = chips.index[chips["made_for_rule"].notna() | chips["country"].eq("CN")].intersection(verdicts.CHIPS)
    assert len(made) > 5
    assert "Case by case" not in set(verdicts.answers(made, today="2026-06-01")["today"])


def test_the_letter_of_2022_binds_its_addressee_between_august_and_october():
    h100 = H200 | {"dram_bandwidth_gbps": 3350.0}
    assert controls.classify_on("2022-08-25", **h100).result == "no_rule_in_force"
    assert controls.classify_on("2022-08-26", **h100).result == "licence_required_is_informed"
    assert controls.classify_on("2022-08-26", **h100, has_letter=False).result == "no_rule_in_force"


def test_a_review_is_not_supposed_for_a_chip_that_may_need_no_licence():
    unknown = {name: value for name, value in H20.items() if name != "performance_density"}
    verdict = controls.classify(rule_set="BIS-2026-01-REVIEW", sold_in_us=False, **unknown)
    assert verdict.result == "undetermined"
    assert "not_controlled" in verdict.possible


def test_review_policy_leaves_alone_what_needs_no_licence():
    gaming = {"tpp": 4000, "performance_density": 9.0, "dram_bandwidth_gbps": 1000, "datacenter": False}
    assert controls.classify(rule_set="BIS-2026-01-REVIEW", **gaming).result == "not_controlled"
    assert controls.classify(rule_set="BIS-2026-01-REVIEW", **H20).result == "not_controlled"


def test_note_2_frees_a_gaming_card_and_not_the_same_chip_for_datacentres():
    card = {"rule_set": "BIS-2023-10", "tpp": 4707, "performance_density": 7.73}
    assert controls.classify(**card, datacenter=False).result == "not_controlled"
    assert controls.classify(**card, datacenter=True).paragraph == "3A090.a.2"


# ----------------------------------------------------------------------------------------------------
# Dates


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2022-10-21", "BIS-2022-10"),
        ("2023-11-16", "BIS-2022-10"),
        ("2023-11-17", "BIS-2023-10"),
        (date(2026, 11, 23), "BIS-2023-10"),
    ],
)
def test_rule_set_in_force(day, name):
    assert controls.rule_set_on(day) == name


def test_before_the_first_rule_nothing_is_in_force():
    with pytest.raises(ValueError, match="2022-10-20"):
        controls.rule_set_on("2022-10-20")
    assert controls.rule_sets_on("2022-10-20") == ("BIS-2022-08-LETTER",)
    assert controls.rule_sets_on("2022-08-25") == ()
    assert controls.classify_on("2022-08-25", **H200).result == "no_rule_in_force"


def test_rule_sets_add_up_over_time_and_bills_are_not_in_force():
    assert controls.rule_sets_on("2023-10-23") == ("BIS-2022-10", "BIS-2023-10-LETTER")
    assert controls.rule_sets_on("2026-02-01") == (
        "BIS-2023-10",
        "BIS-2024-12",
        "BIS-2025-01-FOUNDRY",
        "BIS-2025-04-LETTER",
        "BIS-2026-01-REVIEW",
        "US-2026-01-TARIFF",
    )


def test_periods_are_where_verdicts_change():
    periods = controls.periods("2022-01-01", "2026-11-23")
    starts = [str(np.datetime64(int(day), "D")) for day in periods["start"]]
    assert starts == [
        "2022-01-01",
        "2022-08-26",
        "2022-10-21",
        "2023-10-23",
        "2023-11-17",
        "2024-12-02",
        "2025-04-09",
        "2026-01-15",
    ]
    assert (periods["start"][1:] == periods["end"][:-1]).all()


# ----------------------------------------------------------------------------------------------------
# What is not known


def test_missing_density_is_named_where_it_decides():
    verdict = controls.classify(rule_set="BIS-2023-10", tpp=3000)
    assert verdict.result == "undetermined"
    assert verdict.depends_on == ("performance_density",)
    assert set(verdict.possible) == {"not_controlled", "controlled_3A090.a", "controlled_3A090.b"}
    assert "performance density" in verdict.consequence


def test_missing_inputs_do_not_matter_where_the_rest_decides():
    assert controls.classify(rule_set="BIS-2023-10", tpp=4800).result == "controlled_3A090.a"
    assert controls.classify(rule_set="BIS-2023-10", performance_density=1.0, tpp=1599).result == "not_controlled"
    letter = controls.classify(rule_set="BIS-2025-04-LETTER", dram_bandwidth_gbps=1400)
    assert letter.result == "licence_required_is_informed"
    assert controls.classify(rule_set="BIS-2022-10", io_bandwidth_gbps=599).result == "not_controlled"


def test_sum_of_bandwidths_counts_when_one_of_them_is_unknown():
    verdict = controls.classify(rule_set="BIS-2025-04-LETTER", dram_bandwidth_gbps=1399)
    assert verdict.depends_on == ("io_bandwidth_gbps",)
    assert verdict.result == "undetermined"


def test_nan_is_not_known():
    assert controls.classify(rule_set="BIS-2023-10", tpp=float("nan")).depends_on == ("performance_density", "tpp")


def test_unknown_use_matters_only_below_and_above_the_bound_of_note_2():
    verdict = controls.classify(rule_set="BIS-2023-10", tpp=4900, datacenter=None)
    assert set(verdict.possible) == {"controlled_3A090.a", "controlled_3A090.a_nac_eligible"}
    assert controls.classify(rule_set="BIS-2023-10", tpp=1500, datacenter=None).result == "not_controlled"


def test_a_presumption_stands_until_it_is_overcome():
    verdict = controls.classify(rule_set="BIS-2025-01-FOUNDRY", transistor_count_billion=34.9, has_hbm=False)
    assert verdict.result == "presumed_3A090.a"
    assert verdict.depends_on == ("export_year",)


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="BIS-2021"):
        controls.classify(rule_set="BIS-2021", tpp=1)
    with pytest.raises(ValueError, match="tpp"):
        controls.classify(rule_set="BIS-2023-10", tpp=-1)
    with pytest.raises(ValueError, match="die_area"):
        controls.classify_on("2024-01-01", die_area=800)
    with pytest.raises(ValueError, match="power"):
        controls.largest_allowed("power", date=20000, tpp=1, die_area_mm2=1, io_bandwidth_gbps=1, dram_bandwidth_gbps=1)


# ----------------------------------------------------------------------------------------------------
# Definitions


def test_the_worked_example_of_the_rule():
    example = data.value("export_rules", column="tpp_min", rule_id="DEF:EXAMPLE")
    assert controls.total_processing_performance(600, 8) == example
    assert controls.total_processing_performance(300, 16) == example


def test_tpp_and_density_of_the_table_follow_from_rate_and_area():
    chip = data.load("chips").set_index("chip").loc["H100 SXM5 80GB"]
    tpp = controls.total_processing_performance(chip["fp8_dense_tflops"], 8)
    assert tpp == chip["tpp"]
    assert controls.performance_density(tpp, chip["die_area_mm2"]) == pytest.approx(
        chip["performance_density"], abs=5e-3
    )


# ----------------------------------------------------------------------------------------------------
# The rules are data


def test_thresholds_come_from_the_table():
    table = data.load("export_rules").to_dict("list")
    row = table["rule_id"].index("BIS-2023-10:3A090.a.1")
    before = controls.rules_from_table(table)["BIS-2023-10"]
    table["tpp_min"][row], table["tpp_min_cmp"][row] = 9999.0, ">"
    after = controls.rules_from_table(table)["BIS-2023-10"]
    changed = [rule.rule_id for rule, old in zip(after, before, strict=True) if rule.bounds != old.bounds]
    assert changed == ["BIS-2023-10:3A090.a.1"]
    (bound,) = next(rule for rule in after if rule.rule_id == changed[0]).bounds
    assert not bound.met({"tpp": 9999.0})
    assert bound.met({"tpp": 9999.1})


def test_a_table_without_a_rule_set_is_refused():
    table = data.load("export_rules")
    with pytest.raises(ValueError, match="BIS-2024-12"):
        controls.rules_from_table(table[table["rule_set"] != "BIS-2024-12"].to_dict("list"))


# ----------------------------------------------------------------------------------------------------
# The vectorised form agrees with the one that explains itself


def around(quantity, largest):
    """Values of a quantity: each bound, the nearest float on either side of it, and anything else."""
    edges = controls.bounds_on(quantity)
    near = [float(x) for edge in edges for x in (np.nextafter(edge, 0), edge, np.nextafter(edge, np.inf))]
    return st.sampled_from(near) | st.floats(0, largest)


CHIPS = st.fixed_dictionaries(
    {
        "tpp": around("tpp", 1e5),
        "performance_density": around("performance_density", 40),
        "io_bandwidth_gbps": around("io_bandwidth_gbps", 4000),
        "dram_bandwidth_gbps": around("dram_bandwidth_gbps", 10000),
        "memory_bandwidth_density_gbps_per_mm2": st.just(0.0) | around("memory_bandwidth_density_gbps_per_mm2", 10),
        "china_share_pct": around("china_share_pct", 100),
        **{flag: st.booleans() for flag in ("datacenter", "sold_in_us", "from_us", "has_letter")},
    }
)
CHANGES = [date(1970, 1, 1) + timedelta(int(day)) for day in controls.periods("2022-01-01", "2026-12-31")["start"]]
DATES = st.sampled_from([day + timedelta(shift) for day in CHANGES for shift in (-1, 0)]) | st.dates(
    date(2022, 1, 1), date(2026, 12, 31)
)


@settings(max_examples=400, deadline=None)
@given(CHIPS, DATES)
def test_vectorised_verdict_is_the_verdict(chip, day):
    verdict = controls.classify_on(day, **chip)
    texts = controls.verdict_texts(controls.verdict_code(date=controls.days(day), **chip))
    for name in ("result", "answer", "paragraph", "rule_id", "consequence", "citation"):
        assert str(texts[name]) == getattr(verdict, name)


@settings(max_examples=200, deadline=None)
@given(CHIPS, DATES)
def test_the_day_follows_from_the_rule_sets_in_force(chip, day):
    """The combined verdict is one that a rule set in force gives on its own, or that no rule reaches the chip."""
    verdict = controls.classify_on(day, **chip)
    own = [
        controls.classify(rule_set=name, **chip).result for name in controls.rule_sets_on(day) if "FOUNDRY" not in name
    ]
    reached = [result for result in own if result != "not_covered_is_informed"]
    assert verdict.result in reached or (not reached and verdict.result == "no_rule_in_force")
    if all(result in controls.PASSES for result in own if result != "tariff_25pct"):
        assert verdict.result in controls.PASSES


def rule_of_2023(tpp, density, datacenter):
    """88 FR 73458 as read by hand."""
    if not datacenter:
        return "not_controlled" if tpp < 4800 else "controlled_3A090.a_nac_eligible"
    if tpp >= 4800 or (tpp >= 1600 and density >= 5.92):
        return "controlled_3A090.a"
    if (2400 <= tpp < 4800 and 1.6 <= density < 5.92) or (tpp >= 1600 and 3.2 <= density < 5.92):
        return "controlled_3A090.b"
    return "not_controlled"


@settings(max_examples=300, deadline=None)
@given(CHIPS)
def test_the_2023_rule_as_read_by_hand(chip):
    expected = rule_of_2023(chip["tpp"], chip["performance_density"], chip["datacenter"])
    assert controls.classify(rule_set="BIS-2023-10", **chip).result == expected


def test_arrays_broadcast():
    code = controls.verdict_code(
        date=np.array([[controls.days("2023-01-01")], [controls.days("2024-01-01")]]),
        tpp=np.array([1000.0, 4992.0, 15832.0]),
        performance_density=np.array([1.0, 6.04, 19.45]),
        io_bandwidth_gbps=400.0,
        dram_bandwidth_gbps=2000.0,
    )
    assert controls.verdict_texts(code)["result"].tolist() == [
        ["not_controlled"] * 3,
        ["not_controlled", "controlled_3A090.a", "controlled_3A090.a"],
    ]


# ----------------------------------------------------------------------------------------------------
# The map, and the best chip that passes


@settings(max_examples=100, deadline=None)
@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), DATES, st.booleans(), st.floats(0, 2000), st.floats(0, 9000))
def test_a_cell_of_the_map_has_one_verdict(u, v, day, datacenter, io, dram):
    cells = controls.map_cells((100, 2e5), (0.5, 40))
    rest = {
        "date": controls.days(day),
        "datacenter": datacenter,
        "io_bandwidth_gbps": io,
        "dram_bandwidth_gbps": dram,
    }
    centre = controls.verdict_code(tpp=cells["tpp"], performance_density=cells["performance_density"], **rest)
    anywhere = controls.verdict_code(
        tpp=cells["tpp_low"] + u * (cells["tpp_high"] - cells["tpp_low"]),
        performance_density=cells["density_low"] + v * (cells["density_high"] - cells["density_low"]),
        **rest,
    )
    assert (centre == anywhere).all()


def test_cells_tile_the_map():
    cells = controls.map_cells((100, 2e5), (0.5, 40))
    area = np.sum((cells["tpp_high"] - cells["tpp_low"]) * (cells["density_high"] - cells["density_low"]))
    assert area == pytest.approx((2e5 - 100) * (40 - 0.5))


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["tpp", "io_bandwidth_gbps", "dram_bandwidth_gbps"]),
    st.floats(50, 4000),
    around("tpp", 1e5),
    around("io_bandwidth_gbps", 4000),
    around("dram_bandwidth_gbps", 9000),
    DATES,
    st.booleans(),
)
def test_largest_allowed_is_free_below_and_caught_above(quantity, area, tpp, io, dram, day, datacenter):
    chip = {"tpp": tpp, "io_bandwidth_gbps": io, "dram_bandwidth_gbps": dram}
    bound = float(
        controls.largest_allowed(quantity, date=controls.days(day), die_area_mm2=area, datacenter=datacenter, **chip)
    )

    def free(value):
        trial = chip | {quantity: value}
        density = controls.performance_density(trial["tpp"], area)
        return (
            controls.classify_on(day, performance_density=density, datacenter=datacenter, **trial).result
            in controls.PASSES
        )

    above = np.geomspace(bound or 1e-6, 1e9, 40) * (1 + 1e-9) if np.isfinite(bound) else []
    assert not any(free(value) for value in above)
    if bound:
        assert free(min(bound, 1e15) * (1 - 1e-8))


@pytest.mark.parametrize(("area", "expected"), [(400, 1600), (600, 1920), (814, 2400), (2000, 3200), (3000, 4800)])
def test_h20_sits_at_the_corner_that_the_2023_rule_leaves(area, expected):
    bound = controls.largest_allowed(
        "tpp",
        date=controls.days("2024-01-01"),
        tpp=0.0,
        die_area_mm2=area,
        io_bandwidth_gbps=900.0,
        dram_bandwidth_gbps=4000.0,
    )
    assert bound == pytest.approx(expected)


def test_the_letter_trades_links_against_memory():
    bound = controls.largest_allowed(
        "dram_bandwidth_gbps",
        date=controls.days("2025-06-01"),
        tpp=2368.0,
        die_area_mm2=814.0,
        io_bandwidth_gbps=np.array([0.0, 300.0, 900.0, 1100.0]),
        dram_bandwidth_gbps=0.0,
    )
    assert bound.tolist() == [1400, 1400, 800, 0]


def test_datasheet_check_gives_the_verdict_of_the_day():
    checked = controls.check_export(
        rate_tops=296.0,
        bit_length=8.0,
        die_area_mm2=814.0,
        io_bandwidth_gbps=900.0,
        dram_bandwidth_gbps=4000.0,
        date=controls.days("2024-06-01"),
    )
    assert checked["tpp"] == H20["tpp"]
    assert checked["performance_density"] == pytest.approx(H20["performance_density"], abs=5e-3)
    assert str(checked["answer"]) == "No licence needed"


@pytest.mark.parametrize(
    ("changes", "binds", "tpp_share", "dram_share"),
    [
        ({"date": "2024-02-01"}, "tpp", 2368 / 2400, 0.0),
        ({"date": "2022-08-01"}, "nothing", 0.0, 0.0),
        ({"date": "2025-06-01"}, "bandwidth_only", 0.0, 4000 / 800),
        ({"date": "2024-02-01", "tpp": 5000.0}, "tpp_only", 5000 / 2400, 0.0),
        ({"date": "2025-06-01", "dram_bandwidth_gbps": 700.0}, "both", 2368 / 2400, 700 / 800),
    ],
)
def test_what_binds_a_design(changes, binds, tpp_share, dram_share):
    design = {"tpp": 2368.0, "die_area_mm2": 814.0, "io_bandwidth_gbps": 900.0, "dram_bandwidth_gbps": 4000.0}
    design |= changes
    room = controls.room_left(**design | {"date": controls.days(design["date"])})
    assert str(room["binds"]) == binds
    assert room["tpp_share"] == pytest.approx(tpp_share)
    assert room["dram_share"] == pytest.approx(dram_share)


def test_no_rule_is_missing_between_two_days():
    """A date slider may stand anywhere within a day."""
    rest = {"tpp": 15832.0, "performance_density": 19.45, "io_bandwidth_gbps": 900.0, "dram_bandwidth_gbps": 3350.0}
    last_evening = controls.verdict_code(date=controls.days("2023-11-16") + 0.9, **rest)
    assert str(controls.verdict_texts(last_evening)["rule_id"]) == "BIS-2022-10:3A090.a.1"


def test_rules_read_as_words():
    rules = {rule.rule_id: str(rule) for rules in controls.rule_sets().values() for rule in rules}
    assert rules["BIS-2022-10:3A090.a.1"] == "TPP ≥ 4800 and I/O bandwidth ≥ 600"
    assert rules["BIS-2023-10:NOTE2-EXCLUDED"] == "TPP < 4800, not for data centres"
    assert rules["BIS-2025-01-FOUNDRY:35BN-2027"] == "transistor count < 35, no HBM, export year = 2027"
    assert rules["BIS-2026-01-REVIEW:OTHERWISE"].startswith("for data centres, not eligible, under 3A090.a.1")


def test_a_changed_table_changes_the_verdict():
    table = data.load("export_rules").to_dict("list")
    row = table["rule_id"].index("BIS-2023-10:3A090.b.1")
    table["tpp_min"][row] = 2000.0
    stricter = controls.rules_from_table(table)
    assert controls.classify(rule_set="BIS-2023-10", sets=stricter, **H20).paragraph == "3A090.b.1"
