"""Frontiers, lags and roadmaps: what the numbers must do, and what sources publish."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware_phase import data
from hardware_phase.evidence import ecosystem
from hardware_phase.exhibits import chips as exhibits
from hardware_phase.exhibits.wording import in_words
from hardware_phase.models import chips
from hardware_phase.sources import accelerators

TABLE = accelerators.catalogue()
FITS = accelerators.fits(TABLE)
TPP = FITS["TPP", "Nvidia"]
ROADMAP = exhibits.roadmap()

# Quantiles of Student's t, as every table prints them: probability, degrees of freedom, quantile.
T_TABLE = [(0.95, 1, 6.314), (0.95, 2, 2.920), (0.95, 4, 2.132), (0.975, 5, 2.571), (0.95, 30, 1.697)]


@pytest.mark.parametrize("probability, freedom, quantile", T_TABLE)
def test_t_quantiles_are_those_of_the_printed_tables(probability, freedom, quantile):
    assert chips.t_quantile(probability, freedom) == pytest.approx(quantile, abs=6e-4)


# -- the frontier -----------------------------------------------------------------------------------------------------


def test_a_record_beats_all_earlier_chips_by_the_margin():
    years = np.array([2020.0, 2021.0, 2022.0, 2022.0, 2023.0, 2024.0])
    values = np.array([10.0, 10.4, 20.0, 25.0, 24.0, 30.0])
    assert chips.record_setters(years, values).tolist() == [True, False, False, True, False, True]


def test_variants_made_for_china_set_no_record_in_tpp():
    names = accelerators.records(TABLE, "tpp", "Nvidia").index
    assert {"A100 SXM4 40GB", "H100 SXM5 80GB", "GB300 (per GPU)"} <= set(names)
    assert not {"A800 SXM4 80GB", "H800 SXM5", "H20 96GB", "B30A (reported)"} & set(names)


def test_announced_chips_of_both_sides_count_by_one_rule():
    """A plan of the leader with a figure sets a record, as a plan of the follower has a lag."""
    leader = TABLE[TABLE["vendor"].eq("Nvidia") & TABLE["status"].eq("announced")]
    planned = [name for name in leader.index if accelerators.PREFILL not in name]
    assert planned
    for metric in ("tpp", "bandwidth"):
        named = set(leader.loc[planned].dropna(subset=[metric]).index)
        assert named and named <= set(accelerators.records(TABLE, metric, "Nvidia").index)
    assert set(planned) <= set(accelerators.nvidia_roadmap(TABLE).index)


@settings(deadline=None)
@given(growth=st.floats(0.1, 1.5), start=st.floats(1, 1e6), n=st.integers(3, 12))
def test_exact_growth_is_found_without_an_interval(growth, start, n):
    years = 2018 + 0.7 * np.arange(n)
    fit = chips.fit_frontier(years, start * (1 + growth) ** (years - 2018))
    assert chips.growth_per_year(fit) == pytest.approx(growth)
    assert (1 + growth) ** chips.doubling_years(fit) == pytest.approx(2)
    reached = chips.frontier_year(start, fit)
    assert [reached[part] for part in ("year", "low", "high")] == pytest.approx([2018] * 3, abs=1e-4)


@settings(deadline=None)
@given(value=st.floats(100, 1e6))
def test_the_interval_of_a_date_holds_the_dates_whose_band_holds_the_value(value):
    reached = chips.frontier_year(value, TPP)
    assert chips.frontier_at(reached["year"], TPP)["value"] == pytest.approx(value)
    assert chips.frontier_at(reached["low"], TPP)["high"] == pytest.approx(value)
    assert chips.frontier_at(reached["high"], TPP)["low"] == pytest.approx(value)


@pytest.mark.parametrize("values, message", [([1.0, 2.0], "three records"), ([1.0, 8.0, 0.5, 6.0], "no clear growth")])
def test_a_frontier_without_records_or_growth_is_refused(values, message):
    with pytest.raises(ValueError, match=message):
        chips.fit_frontier(2020.0 + np.arange(len(values)), values)


def test_lag_and_launch_move_together():
    one = chips.lag(2025.0, 12_800, TPP)
    later = chips.lag(2026.0, 12_800, TPP)
    assert [later[part] - one[part] for part in ("months", "low", "high")] == pytest.approx([12] * 3)
    assert one["low"] < one["months"] < one["high"]


# -- the gap clock ----------------------------------------------------------------------------------------------------


def clock(name, metric="TPP", leader="Nvidia"):
    row = TABLE.loc[name]
    chip = {label: np.nan_to_num(row[column]) for label, column in accelerators.METRICS.items()}
    return chips.gap_clock(chip={"launch": row["launch"], **chip}, metric=metric, leader=leader, fits=FITS)


def test_the_910c_is_years_behind_and_not_nanoseconds():
    lag = clock("Ascend 910C (press)")
    assert 30 < lag["months"] < 42 and lag["low"] > 18
    assert chips.nanoseconds(lag["low"]) > 1e16
    assert lag["verdict"] == "behind"


def test_huaweis_lag_in_tpp_grew_from_2019_to_2026():
    names = [
        "Ascend 910 (320 TFLOPS bin)",
        "Ascend 910B2",
        "Ascend 910C (press)",
        "Ascend 950PR (Atlas 350 card as launched)",
    ]
    lags = [clock(name)["months"] for name in names]
    assert lags == sorted(lags)


def test_the_950_has_a_lower_tpp_than_the_910c_before_it():
    assert TABLE.loc["Ascend 950PR (roadmap)", "tpp"] < TABLE.loc["Ascend 910C (Huawei CloudMatrix paper)", "tpp"]


@pytest.mark.parametrize("metric", accelerators.METRICS)
@pytest.mark.parametrize("leader", accelerators.LEADERS)
def test_a_chip_without_a_figure_is_unknown_and_a_chip_with_one_is_not(metric, leader):
    column = accelerators.METRICS[metric]
    for name in TABLE.index[TABLE["country"] == "CN"]:
        result = clock(name, metric, leader)
        unknown = bool(np.isnan(TABLE.loc[name, column]))
        assert bool(result["known"]) is not unknown
        assert (str(result["verdict"]) == "unknown") is unknown and (str(result["scope"]) == "unknown") is unknown
        assert np.isfinite([result[part] for part in ("months", "low", "high", "ratio", "frontier")]).all()


def test_numbers_are_put_into_words_to_the_nearest_step():
    words = in_words(
        np.array([-9.0, -1.0, 4.4, 4.6, 12.0, 99.0]), "months", step=3, last=12, below="ahead", above="long"
    )
    assert words.tolist() == ["ahead", "about 0 months", "about 3 months", "about 6 months", "about 12 months", "long"]
    assert str(in_words(1.0, "years", step=1, last=3, below="", above="")) == "about 1 year"


def test_the_clock_says_in_words_what_the_fit_gives():
    explorer = exhibits.gap_clock()
    said, result = explorer.readings(), explorer.evaluate()
    for part in ("months", "low", "high"):
        assert said[f"{part}_text"] == f"about {result[part]:.0f} months"
    nothing = explorer.readings(chip="Siyuan 690 (MLU690)", metric="TPP")
    assert nothing["months_text"] == "not published" and nothing["scope"] == "Unknown"


# -- roadmaps ---------------------------------------------------------------------------------------------------------


def test_the_best_chip_so_far_never_gets_worse():
    best = chips.best_so_far(np.linspace(2019, 2030, 45), [2020.0, 2022.0, 2026.0], [5.0, 20.0, 10.0])
    assert best[0] == 0 and best[-1] == 20 and (np.diff(best) >= 0).all()


@settings(deadline=None)
@given(slip=st.floats(0, 24), delivered=st.floats(0.5, 1.2), growth=st.floats(0, 1), day=st.floats(18_262, 21_639))
def test_delay_and_shortfall_never_help_the_follower(slip, delivered, growth, day):
    compare = ROADMAP.function
    fixed = {"day": day, "leader_slip_months": 6.0, "leader_growth": growth, "counting": "All formats (TPP)"}
    planned = compare(slip_months=0.0, delivered=1.2, **fixed)
    worse = compare(slip_months=slip, delivered=delivered, **fixed)
    assert worse["follower"] <= planned["follower"] and worse["leader"] == planned["leader"]
    assert worse["follower"] > 0 and np.isfinite(worse["ratio_by_year"]).all() and (worse["ratio_by_year"] > 0).all()


def test_the_first_days_of_years_are_whole_decimal_years():
    days = (pd.to_datetime(["2019-01-01", "2025-01-01", "2028-01-01"]) - pd.Timestamp(0)).days
    assert chips.decimal_year(np.asarray(days, dtype=float)) == pytest.approx([2019, 2025, 2028], abs=0.003)


# -- published numbers ------------------------------------------------------------------------------------------------


def test_the_notebook_reproduces_what_it_says():
    checks = ecosystem.chips(ROADMAP)
    assert (checks["difference_pct"].abs() <= checks["tolerance_pct"]).all(), checks
    assert set(checks["source"]) <= set(data.bibliography())


def test_cfr_ratios_of_2025_and_2027_come_out():
    checks = ecosystem.chips(ROADMAP)
    cfr = checks[checks["source"] == "mcguire_2025_cfr"]
    assert cfr["published"].tolist() == [5, 17] and (cfr["difference_pct"].abs() < 10).all()


def test_tpp_follows_from_the_printed_rates_for_every_chip():
    ladder = accelerators.ladder()
    assert len(ladder) > 60 and ladder.abs().max() < 0.001
