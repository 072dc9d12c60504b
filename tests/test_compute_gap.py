"""China's installed compute adds up to what Epoch AI and CNAS publish, and its levers do what they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware_phase import data
from hardware_phase.models import compute_gap
from hardware_phase.sources import flows as chip_flows
from hardware_phase.sources import independence

KNOWN = chip_flows.known()
AS_IT_WAS = {
    "rule_day": KNOWN.rule_day,
    "h800_a_year": 958410.0,
    "h20_last_day": KNOWN.h20_last_day,
    "h200_a_year": 0.0,
    "capped_by_us": True,
    "us_h200_a_year": 8e5,
    "stopped": 0.0,
    "stopped_from": 2026.0,
    "ascend_dies": KNOWN.ascend_plan,
    "ascend_growth": 1.0,
    "stacks_left": KNOWN.stacks_left,
    "stacks_a_year": KNOWN.stacks_a_year,
    "other_rate": KNOWN.other_rate,
    "other_growth": 1.0,
    "us_growth": 1.0,
    "abroad_2026": 36e3,
    "retired_a_year": 0.0,
}
RANGES = {
    "rule_day": st.floats(chip_flows.day("2022-10-07"), chip_flows.day("2030-12-31")),
    "h800_a_year": st.floats(1e5, 2e6),
    "h20_last_day": st.floats(chip_flows.day("2024-01-01"), chip_flows.day("2030-12-31")),
    "h200_a_year": st.floats(0, 2e6),
    "us_h200_a_year": st.floats(0, 3e6),
    "capped_by_us": st.booleans(),
    "stopped": st.floats(0, 1),
    "stopped_from": st.integers(2023, 2030),
    "ascend_dies": st.floats(0, 4e6),
    "ascend_growth": st.floats(0.5, 2),
    "stacks_left": st.floats(0, 1e7),
    "stacks_a_year": st.floats(0, 4e7),
    "other_rate": st.floats(0.02, 0.5),
    "other_growth": st.floats(0.5, 2),
    "us_growth": st.floats(0.5, 2),
    "abroad_2026": st.floats(0, 5e5),
    "retired_a_year": st.floats(0, 0.3),
}


def gap(**changes):
    return compute_gap.compute_gap(known=KNOWN, **{**AS_IT_WAS, **changes})


def at(result, name, year):
    return result[name][compute_gap.YEARS.tolist().index(year)]


# -- published numbers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", [2022, 2023, 2024, 2025])
def test_legal_imports_are_epochs_cumulative_stock(year):
    published = chip_flows.cumulative("compute owned in China").loc[year, "units"]
    assert at(gap(), "legal", year) == pytest.approx(published)


def test_smuggling_reproduces_both_published_estimates():
    result = gap()
    published = chip_flows.smuggling()["median"]
    assert result["smuggled"][3] == pytest.approx(published["Epoch AI, H100 equivalents by 2025"])
    assert result["smuggled"][2] - result["smuggled"][1] == pytest.approx(published["CNAS, chips in 2024"])


def test_about_a_third_of_chinas_compute_is_smuggled_as_epoch_says():
    assert gap()["smuggled_share"] == pytest.approx(1 / 3, abs=0.06)


def test_us_stock_is_the_sum_of_the_named_companies():
    published = chip_flows.cumulative("compute owned by named US companies")["units"]
    assert gap()["us"][:4] == pytest.approx(published.to_numpy())


def test_equivalents_of_h20_and_a100_agree_with_epochs_counts():
    sold = KNOWN.h20[2]
    chips = chip_flows.production(product="data-centre GPUs to China", year=2024)["units"]
    assert sold / chips == pytest.approx(chip_flows.rate(chip_flows.H20), rel=0.01)
    a100 = chip_flows.production(product="data-centre GPUs to China", year=2022)["units"]
    assert KNOWN.a800_h800[0] / a100 == pytest.approx(chip_flows.rate(chip_flows.A800), rel=0.01)


def test_no_comparison_with_a_shared_source_counts_as_independent():
    checks = chip_flows.checks(gap())
    assert set(checks["kind"]) == {independence.SET, independence.SHARED}
    assert independence.kind("a;b", "c") == independence.OUTSIDE
    assert independence.kind("a;b", "b;c") == independence.SHARED == independence.kind("a", None)
    assert independence.kind("a", "b", printed=False) == independence.ARITHMETIC


def test_a_third_of_the_tsmc_dies_is_near_heims_million():
    """Heim: about three million dies, roughly one million H100 equivalents."""
    dies = data.value("production", "units", product="Ascend dies from TSMC", source="heim_2025_gap")
    assert dies * KNOWN.die_rate == pytest.approx(1e6, rel=0.25)


# -- levers -----------------------------------------------------------------------------------------------------------


def test_the_actual_dates_change_nothing_and_other_dates_do():
    later, earlier = (gap(rule_day=KNOWN.rule_day + days) for days in (200, -200))
    assert at(later, "legal", 2025) > at(gap(), "legal", 2025)
    assert at(earlier, "legal", 2023) < at(gap(), "legal", 2023)
    assert at(gap(h20_last_day=KNOWN.h20_last_day + 365), "legal", 2026) > at(gap(), "legal", 2026)
    assert str(gap()["range"]) == "published"
    assert str(later["range"]) == "another_past"
    assert str(gap(ascend_dies=2e6)["range"]) == "above_plans"


def test_a_rule_that_never_came_counts_at_the_demand_that_was_there():
    """China bought almost five times as many chips in 2024 as in 2023; at that demand the gap of 2030 is about halved."""
    never = {"rule_day": chip_flows.day("2030-12-31")}
    slow, as_2024 = gap(**never, h800_a_year=167e3), gap(**never)
    assert as_2024["ratio_2030"] < 0.6 * gap()["ratio_2030"] < slow["ratio_2030"]
    assert at(as_2024, "legal", 2022) == at(gap(), "legal", 2022)
    assert gap(h800_a_year=167e3)["ratio_2030"] == gap()["ratio_2030"]


def test_chips_rented_abroad_count_once_and_as_reported():
    added = at(gap(), "abroad", 2026) - at(gap(), "abroad", 2025)
    assert added == pytest.approx(36e3 * chip_flows.rate("B200 SXM"))
    assert at(gap(), "abroad", 2030) == pytest.approx(added)
    assert KNOWN.low["abroad"] == 0


def test_the_cap_holds_imports_to_half_of_the_us_volume():
    assert compute_gap.capped(1e6, 8e5, 0.5, True) == 4e5
    assert compute_gap.capped(1e6, 8e5, 0.5, False) == 1e6
    added = at(gap(h200_a_year=1e6), "legal", 2026) - at(gap(), "legal", 2026)
    assert added == pytest.approx(4e5 * chip_flows.rate(chip_flows.H200))


def test_enforcement_from_a_year_on_stops_that_share():
    half = gap(stopped=0.5, stopped_from=2025)
    assert at(half, "smuggled", 2024) == at(gap(), "smuggled", 2024)
    stopped = at(gap(), "smuggled", 2025) - at(half, "smuggled", 2025)
    assert stopped == pytest.approx(0.5 * (at(gap(), "smuggled", 2025) - at(gap(), "smuggled", 2024)))


def test_memory_limits_ascend_once_the_stock_is_used_up():
    without_stock = gap(stacks_left=0.0)
    dies = (at(without_stock, "ascend", 2026) - at(without_stock, "ascend", 2025)) / KNOWN.die_rate
    chips = chip_flows.production(product="Ascend (all)", metric="production", year=2026)["units"]
    assert dies / 2 == pytest.approx(chips)  # SemiAnalysis: 300 thousand 910C
    assert str(without_stock["limit"]) == "memory"
    assert str(gap(stacks_a_year=4e7)["limit"]) == "dies"


@given(planned=st.lists(st.floats(0, 4e6), min_size=1, max_size=8), left=st.floats(0, 1e7), new=st.floats(0, 1e7))
def test_no_more_memory_is_used_than_there_is(planned, left, new):
    packaged = compute_gap.dies_with_memory(planned, left, [new] * len(planned), 4)
    assert all(0 <= p <= want for p, want in zip(packaged, planned, strict=True))
    assert 4 * sum(packaged) <= left + new * len(planned) + 1e-3


# -- stock and flow ---------------------------------------------------------------------------------------------------


@given(settings=st.fixed_dictionaries(RANGES))
def test_no_setting_gives_a_negative_or_undefined_number(settings):
    result = gap(**settings)
    for name, value in result.items():
        if np.asarray(value).dtype.kind == "f":
            assert np.all(np.isfinite(value)), name
            assert np.all(np.asarray(value) >= -1e-6), name
    assert np.all(result["china_low"] <= result["china"]) and np.all(result["china"] <= result["china_high"])
    parts = sum(result[name] for name in compute_gap.SOURCES)
    assert parts == pytest.approx(result["china"])


def test_without_retirement_the_stock_is_the_sum_and_with_it_less():
    flows = [3.0, 2.0, 1.0]
    assert compute_gap.stock(flows, 0.0) == pytest.approx(np.cumsum(flows))
    assert compute_gap.stock(flows, 0.5) == pytest.approx([3, 3.5, 2.75])


@given(middle=st.floats(1, 1e6), times=st.floats(3.001, 20))
def test_three_years_of_smuggling_add_up(middle, times):
    flows = compute_gap.smuggled_flows(times * middle, middle)
    assert flows.sum() == pytest.approx(times * middle)
    assert flows[1] == middle and flows[2] >= flows[0]


def test_two_kinds_of_chip_are_told_apart_by_their_sum():
    fast = compute_gap.faster_chips(209_001, 145_756, chip_flows.rate(chip_flows.A800), 1.0)
    assert 0 < fast < 209_001
    assert fast + (209_001 - fast) * chip_flows.rate(chip_flows.A800) == pytest.approx(145_756)


def test_an_array_gives_what_its_entries_give():
    days = KNOWN.rule_day + np.array([-100.0, 0.0, 400.0])
    together = gap(rule_day=days)
    for i, day in enumerate(days):
        alone = gap(rule_day=day)
        assert together["china"][:, i] == pytest.approx(alone["china"])
        assert together["ratio_2030"][i] == pytest.approx(alone["ratio_2030"])


def test_a_row_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="no such product"):
        chip_flows.production(product="no such product")
