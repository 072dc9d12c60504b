"""Diffusion, choice and shares in classes give what their sources publish, and fits find what they were made from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware_phase import data
from hardware_phase.models import adoption
from hardware_phase.sources import shares

DEEPSEEK = shares.deepseek()
REGIONS = shares.regions(DEEPSEEK)
PARAMS = data.load("diffusion_params")
PLAIN = {
    "price_ratio": 10.0,
    "price_elasticity": 1.1,
    "paying": 0.2,
    "preferred": 0.5,
    "local_use": 0.3,
    "preferred_local": 0.5,
    "blocked_us": 0.0,
    "blocked_china": 0.0,
    "pull": 0.05,
    "elasticities": {"low": 0.05, "high": 1.8},
}
SHARE, PART = st.floats(0.01, 0.99), st.floats(0, 1)


def choice(**changes):
    return adoption.chinese_share(**{**PLAIN, **changes})


# -- diffusion --------------------------------------------------------------------------------------------------------


def mobile_fits():
    """The Bass fits to mobile subscriptions in the table, with the year before the first subscription as start."""
    for context, rows in PARAMS[PARAMS["parameter"].str.startswith("bass_")].groupby("context", observed=True):
        values = rows.set_index("parameter")["value"]
        if "bass_inflection_year" in values:
            yield pytest.param(values, int(context.rpartition(", ")[2][:4]), id=context)


@pytest.mark.parametrize(("values", "first"), list(mobile_fits()))
def test_published_inflection_year_comes_out(values, first):
    year = first - 1 + adoption.bass_peak_years(values["bass_p"], values["bass_q"])
    assert year == pytest.approx(values["bass_inflection_year"], abs=0.15)


@given(p=st.floats(0.001, 0.3), q=st.floats(0.01, 1.5), ceiling=st.floats(0.1, 1), part=st.floats(0.01, 0.95))
def test_years_to_a_share_and_the_share_are_inverse(p, q, ceiling, part):
    years = adoption.bass_years_to(part * ceiling, p, q, ceiling)
    assert adoption.bass_share(years, p, q, ceiling) == pytest.approx(part * ceiling)


@given(p=st.floats(0.001, 0.3), q=st.floats(0.01, 1.5))
def test_adoption_rises_from_zero_to_the_ceiling(p, q):
    curve = adoption.bass_share(np.linspace(-2, 400, 100), p, q, 0.6)
    assert np.all(np.diff(curve) >= -1e-12) and curve[0] == 0
    assert curve[-1] == pytest.approx(0.6, rel=0.2) and np.all(curve <= 0.6 + 1e-12)


def test_a_fit_finds_the_curve_it_was_made_from():
    years = np.array([1.0, 2, 3, 5])
    grid_p, grid_q = np.linspace(0.01, 0.1, 10), np.linspace(0.1, 1, 10)
    found = adoption.fit_bass(years, adoption.bass_share(years, 0.05, 0.6, 0.7), 0.7, grid_p, grid_q)
    assert found["p"] == pytest.approx(0.05) and found["q"] == pytest.approx(0.6)
    assert found["error"] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("place", ["China", "United States", "Global North", "Global South"])
def test_three_half_years_cannot_tell_the_ceiling(place):
    """Ceilings that differ by a factor of two fit the same three points within a point and a half."""
    record = shares.place(place)
    years = [record[t] - record["start"] for t in ("t1", "t2", "t3")]
    seen = [record[name] for name in ("h1", "h2", "q1")]
    grid_p, grid_q = np.geomspace(0.01, 1, 80), np.geomspace(0.001, 2, 80)
    errors = [adoption.fit_bass(years, seen, ceiling, grid_p, grid_q)["error"] for ceiling in (0.5, 1.0)]
    assert max(errors) < 0.015


# -- choice -----------------------------------------------------------------------------------------------------------


@given(utilities=st.lists(st.floats(-50, 50), min_size=2, max_size=6), shift=st.floats(-20, 20))
def test_shares_add_up_and_only_differences_of_utility_count(utilities, shift):
    result = adoption.choice_shares(utilities)
    assert result.sum() == pytest.approx(1)
    assert adoption.choice_shares([u + shift for u in utilities]) == pytest.approx(result, abs=1e-9)


@given(a=st.floats(-20, 20), b=st.floats(-20, 20))
def test_two_options_are_the_logistic_curve(a, b):
    assert adoption.choice_shares([a, b])[0] == pytest.approx(adoption.logistic(a - b))


@given(share=SHARE)
def test_log_odds_and_logistic_are_inverse(share):
    assert adoption.logistic(adoption.log_odds(share)) == pytest.approx(share)


@given(
    pull=SHARE, paying=PART, local=PART, english=SHARE, localised=SHARE, us=PART, china=PART, ratio=st.floats(0.1, 100)
)
def test_a_share_is_a_share_whatever_the_levers(pull, paying, local, english, localised, us, china, ratio):
    result = choice(
        pull=pull,
        paying=paying,
        local_use=local,
        preferred=english,
        preferred_local=localised,
        blocked_us=us,
        blocked_china=china,
        price_ratio=ratio,
    )
    for name in ("share", "open_share", "with_pull", "with_price", "with_quality", "with_access"):
        assert -1e-12 <= result[name] <= 1 + 1e-12
    assert result["share"] >= us - 1e-12


def test_price_moves_nobody_who_does_not_pay():
    assert choice(paying=0.0, price_ratio=100.0)["share"] == pytest.approx(PLAIN["pull"])
    assert choice(paying=1.0, price_ratio=100.0)["share"] > choice(paying=1.0, price_ratio=1.0)["share"]


def test_the_elasticity_is_the_slope_at_a_small_share():
    one, more = (choice(paying=1.0, pull=0.001, price_ratio=ratio)["share"] for ratio in (1.0, 1.01))
    assert np.log(more / one) / np.log(1.01) == pytest.approx(PLAIN["price_elasticity"], rel=0.01)


def test_a_bar_explains_an_observed_share():
    open_share = choice()["open_share"]
    barred = adoption.barred_from_share(0.43, open_share)
    assert choice(blocked_us=barred)["share"] == pytest.approx(0.43)
    assert adoption.barred_from_share(0.01, open_share) == 0


def test_an_elasticity_outside_the_sources_is_said():
    assert str(choice(price_elasticity=2.5)["range"]) == "outside"
    assert str(choice()["range"]) == "within"


# -- classes ----------------------------------------------------------------------------------------------------------


def test_a_fit_of_classes_finds_the_coefficients_they_were_drawn_from():
    generator = np.random.default_rng(1)
    x = np.column_stack([np.ones(4000), generator.normal(size=4000)])
    latent = x @ [-2.0, 0.7] + generator.logistic(scale=0.4, size=4000)
    edges = np.array([0, 0.055, 0.105, 0.155, 0.205, 0.5, 1])
    at = np.searchsorted(edges, adoption.logistic(latent)) - 1
    fit = adoption.fit_classes(x, edges[at], edges[at + 1], np.ones(4000))
    assert fit["coefficients"] == pytest.approx([-2.0, 0.7], abs=4 * fit["errors"].max())
    assert fit["scale"] == pytest.approx(0.4, rel=0.1)


def test_a_class_without_width_is_an_error():
    with pytest.raises(ValueError, match="low must be below high"):
        adoption.fit_classes(np.ones((1, 1)), [0.1], [0.1], [1.0])


def test_an_economy_with_a_class_of_its_own_counts_once():
    """Pools of the use of AI have no bearing on DeepSeek's share, which is printed economy by economy."""
    assert DEEPSEEK["weight"].eq(1).all()
    pooled = DEEPSEEK.dropna(subset=["pool"]).groupby("pool")
    assert (pooled["high"].nunique() > 1).any()


def test_a_level_from_telemetry_stands_beside_a_count():
    """CNNIC counts more than twice what Microsoft's telemetry sees in China."""
    levels = shares.levels()
    survey, telemetry = (levels.filter(like=name).iloc[:, 0].dropna().iloc[-1] for name in ("survey, %", "telemetry"))
    assert survey == 42.8 and survey > 2 * telemetry


def test_a_curve_is_judged_against_the_spread_of_the_data():
    record = shares.place("China")
    best = shares.fit_bass("China", 1.0)
    found = adoption.diffusion(place=record, p=best["p"], q=best["q"], ceiling=1.0, chinese_share=0.5, day=20_500.0)
    assert found["error"] > found["spread"] and str(found["fits"]) == "off"


def test_who_drops_out_of_the_regression_is_named():
    assert {"CUB", "VEN", "TWN"} <= set(shares.without_income().index)


def test_every_economy_has_one_region_and_a_class_with_width():
    assert DEEPSEEK["region"].notna().all() and DEEPSEEK.index.is_unique
    assert (DEEPSEEK["low"] < DEEPSEEK["high"]).all()
    codes = " ".join(shares.REGIONS.values()).split()
    assert len(codes) == len(set(codes))


def test_twenty_of_the_twenty_four_other_american_economies_have_five_per_cent_or_less():
    american = DEEPSEEK[(DEEPSEEK["region"] == "Latin America and the Caribbean") | DEEPSEEK.index.isin(["USA", "CAN"])]
    others = american.drop(index="CUB")
    assert len(others) == 24
    assert (others["high"] <= 0.055).sum() == 20


def test_africa_has_two_to_four_times_the_share_of_elsewhere_as_microsoft_says():
    free = DEEPSEEK[~DEEPSEEK["restricted"]]
    middle = (free["low"] + free["high"]) / 2
    africa = free["region"] == "Africa"
    means = [np.average(middle[rows], weights=free.loc[rows, "weight"]) for rows in (africa, ~africa)]
    assert 1.5 < means[0] / means[1] < 4


@given(inside=PART, threshold=st.floats(0.01, 0.9), by_people=st.booleans())
def test_region_means_lie_between_their_bounds(inside, threshold, by_people):
    result = adoption.region_shares(regions=REGIONS, by_people=by_people, inside=inside, threshold=threshold)
    assert np.all(result["mean_low"] <= result["mean"] + 1e-12) and np.all(
        result["mean"] <= result["mean_high"] + 1e-12
    )
    assert np.all(result["above"] <= result["economies"]) and 0 <= result["people_above"] <= 1
    assert result["economies_above"] == result["above"].sum()


def test_no_region_has_a_majority_and_every_region_is_above_one_per_cent():
    def verdict(threshold):
        return str(adoption.region_shares(regions=REGIONS, by_people=False, inside=1.0, threshold=threshold)["verdict"])

    assert verdict(0.5) == "none" and verdict(0.01) == "every"


def test_implied_users_are_the_product_of_the_two_shares():
    table = data.load("adoption")
    use = shares.use()["2025-H2"]
    implied = table[table["metric"] == "implied_deepseek_user_share"]
    numbers = table[(table["metric"] == "deepseek_market_share") & table["value"].notna()].set_index(
        "country_or_region"
    )
    assert len(implied) == 8
    for _, row in implied.iterrows():
        share = numbers.loc[row["country_or_region"], "value"] * use[row["country_or_region"]]
        assert share == pytest.approx(row["value"], abs=0.06)


def test_an_array_gives_what_its_entries_give():
    ratios = np.array([1.0, 5.0, 20.0])
    together = choice(price_ratio=ratios)["share"]
    assert together == pytest.approx([choice(price_ratio=ratio)["share"] for ratio in ratios])
    place = shares.place("China")
    settings = {"place": place, "p": 0.1, "q": 0.1, "ceiling": 0.5, "chinese_share": 0.9}
    days = np.array([20_000.0, 20_500, 22_000])
    many = adoption.diffusion(**settings, day=days)["share"]
    assert many == pytest.approx([adoption.diffusion(**settings, day=day)["share"] for day in days])
