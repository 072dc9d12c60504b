"""S-curves with intervals, shares at home and abroad, and the analogy: published figures, and what must always hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware_phase import data
from hardware_phase.models import telecom

YEARS = np.arange(2005.0, 2025.0)
GRID = {"growths": np.geomspace(0.05, 3, 60), "midpoints": np.arange(2000, 2020, 0.25)}
PRECEDENT = {"growth_low": 0.4, "growth_high": 1.1, "ceiling_low": 0.28, "ceiling_high": 0.33}
RAN_2019 = {"world": 0.32, "home": 0.58, "abroad": 0.23}
RAN_2020 = {"world": 0.33, "home": 0.61, "abroad": 0.21}


def huawei(**match):
    rows = data.load("telecom_share").query("vendor == 'Huawei'")
    for column, value in match.items():
        rows = rows[rows[column] == value]
    return rows


def equipment():
    rows = huawei(segment="total telecom equipment", region="world", period="FY").dropna(subset=["share_pct"])
    return rows["year"].to_numpy() + 0.5, rows["share_pct"].to_numpy() / 100


@pytest.mark.parametrize(
    ("place", "first", "last"), [("World", 1980, 2022), ("China", 1987, 2023), ("Brazil", 1990, 2014)]
)
def test_published_fits_of_mobile_subscriptions_are_reproduced(place, first, last):
    published = data.load("diffusion_params").query("kind == 'derived'")
    published = published[published["context"].str.endswith(f"100 people, {place}, {first}-{last}")].set_index(
        "parameter"
    )["value"]
    seen = data.load("mobile_subscriptions").query("country == @place and @first <= year <= @last")
    fitted = telecom.fit(
        seen["year"],
        seen["mobile_subscriptions_per_100"] / 100,
        start=first - 1,
        highest=3,
        growths=np.linspace(0.1, 0.6, 251),
        midpoints=np.arange(2000, 2012, 0.1),
    )
    found = telecom.bass_parameters(fitted["growth"], fitted["midpoint"], first - 1)
    assert found["p"] == pytest.approx(published["bass_p"], rel=0.02)
    assert found["q"] == pytest.approx(published["bass_q"], rel=0.01)
    assert 100 * fitted["ceiling"] == pytest.approx(published["bass_m"], rel=0.005)
    assert fitted["midpoint"] == pytest.approx(published["bass_inflection_year"], abs=0.06)


@given(p=st.floats(0.001, 0.1), q=st.floats(0.11, 1), years=st.floats(0, 30))
def test_bass_is_the_logistic_with_a_beginning(p, q, years):
    decay = np.exp(-(p + q) * years)
    textbook = (1 - decay) / (1 + q / p * decay)
    midpoint = 2000 + np.log(q / p) / (p + q)
    assert telecom.s_curve(2000 + years, 1.0, p + q, midpoint, 2000.0) == pytest.approx(textbook, rel=1e-9, abs=1e-12)
    assert telecom.bass_parameters(p + q, midpoint, 2000.0) == pytest.approx({"p": p, "q": q})


def test_nine_intervals_in_ten_hold_the_ceiling_that_made_the_data():
    shares = telecom.s_curve(YEARS, 0.3, GRID["growths"][40], 2010.25)
    held = []
    for seed in range(80):
        fitted = telecom.fit(YEARS, shares + np.random.default_rng(seed).normal(0, 0.01, len(YEARS)), **GRID)
        low, high = telecom.interval(fitted, "ceiling")
        assert low <= fitted["ceiling"] <= high
        held.append(low <= 0.3 <= high)
    assert 0.8 < np.mean(held) < 0.98


def test_the_band_holds_the_best_curve():
    shares = telecom.s_curve(YEARS, 0.3, 0.6, 2010) + 0.005 * np.cos(7 * YEARS)
    fitted = telecom.fit(YEARS, shares, **GRID)
    best = telecom.s_curve(YEARS, fitted["ceiling"], fitted["growth"], fitted["midpoint"])
    bottom, top = telecom.band(fitted, YEARS)
    assert (bottom <= best).all()
    assert (best <= top).all()


def test_more_noise_means_wider_intervals():
    shares = telecom.s_curve(YEARS, 0.3, 0.6, 2010)
    widths = []
    for noise in (0.003, 0.02):
        low, high = telecom.interval(telecom.fit(YEARS, shares + noise * np.cos(7 * YEARS), **GRID), "ceiling")
        widths.append(high - low)
    assert widths[0] < widths[1]


def test_three_observations_cannot_fix_three_parameters():
    with pytest.raises(ValueError, match="times: 3 observations"):
        telecom.fit(YEARS[:3], np.array([0.1, 0.2, 0.3]), **GRID)


@pytest.mark.parametrize(("freedom", "published"), [(3, 2.353), (6, 1.943), (14, 1.761), (100, 1.660)])
def test_student_quantile_is_near_the_printed_table(freedom, published):
    assert telecom.student_quantile(freedom) == pytest.approx(published, rel=0.02)


def test_huaweis_share_of_all_equipment_levels_off_near_thirty_percent():
    low, high = telecom.interval(telecom.fit(*equipment(), **GRID), "ceiling")
    assert 0.28 < low < 0.30 < high < 0.35


def test_the_shares_in_the_decomposition_are_dell_oros():
    for year, shares in ((2019, RAN_2019), (2020, RAN_2020)):
        for name, region in (("world", "world"), ("home", "China"), ("abroad", "world ex-China")):
            row = huawei(segment="RAN", region=region, year=year, analyst="Dell'Oro", period="FY")
            assert row["share_pct"].item() / 100 == pytest.approx(shares[name])


def test_the_world_share_rose_in_2020_although_the_share_abroad_fell():
    parts = telecom.shift_share(RAN_2019, RAN_2020)
    assert sum(parts.values()) == pytest.approx(0.01)
    assert parts["abroad"] < 0 < parts["home"] < parts["size"]
    assert telecom.home_weight(**RAN_2020) == pytest.approx(0.30)


@given(weight=st.floats(0, 1), home=st.floats(0.4, 0.9), abroad=st.floats(0, 0.3))
def test_home_weight_inverts_the_mean(weight, home, abroad):
    world = weight * home + (1 - weight) * abroad
    assert telecom.home_weight(world, home, abroad) == pytest.approx(weight, abs=1e-9)


@given(growth=st.floats(-2, 2), years=st.floats(0.1, 5), share=st.floats(0.01, 0.9))
def test_growth_of_the_odds_is_read_back(growth, years, share):
    odds = share / (1 - share) * np.exp(growth * years)
    assert telecom.log_odds_growth(share, odds / (1 + odds), years) == pytest.approx(growth, abs=1e-6)


def follow(**changes):
    settings = {
        "series": {"share": 0.06},
        "growth": 0.66,
        "growth_low": 0.44,
        "growth_high": 1.09,
        "ceiling": 0.3,
        "closed": 0.0,
        "years": 5.0,
        "published": PRECEDENT,
    }
    return telecom.follow(**settings | changes)


@given(share=st.floats(0.01, 0.9), ceiling=st.floats(0.05, 0.8), closed=st.floats(0, 0.8), years=st.floats(0, 15))
def test_a_share_stays_between_today_and_the_ceiling(share, ceiling, closed, years):
    result = follow(series={"share": share}, ceiling=ceiling, closed=closed, years=years)
    low, high = sorted([share, ceiling * (1 - closed)])
    assert low - 1e-12 <= result["slow"] <= result["share"] <= result["fast"] <= high + 1e-12


def test_today_is_today_and_the_end_is_the_ceiling():
    assert follow(years=0.0)["share"] == pytest.approx(0.06)
    assert follow(years=80.0, closed=0.5)["share"] == pytest.approx(0.15)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "inside"),
        ({"growth": 2.0}, "growth"),
        ({"ceiling": 0.6}, "ceiling"),
        ({"series": {"share": 0.41}}, "fall"),
    ],
)
def test_verdict_says_when_the_precedent_is_left(changes, verdict):
    assert str(follow(**changes)["verdict"]) == verdict


def test_a_readers_curve_is_judged_by_the_region_of_the_fit():
    times, shares = equipment()
    fits = {"logistic": telecom.fit(times, shares, **GRID), "Bass": telecom.fit(times, shares, start=2004.0, **GRID)}
    table = {"equipment": {"times": times, "shares": shares, **fits}}
    for shape, fitted in fits.items():
        best = {
            "ceiling": fitted["ceiling"],
            "growth": fitted["growth"],
            "years_to_midpoint": fitted["midpoint"] - 2000,
        }
        result = telecom.judge(series="equipment", shape=shape, table=table, start=2004.0, **best)
        assert result["error"] == pytest.approx(result["best_error"])
        assert str(result["verdict"]) == "inside"
        high = telecom.judge(series="equipment", shape=shape, table=table, start=2004.0, **best | {"ceiling": 0.5})
        assert str(high["verdict"]) == "outside"
