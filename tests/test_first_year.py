"""A model that starts in a year with an observation gives that observation, at the settings where its explorer begins."""

from pathlib import Path

import pytest

from hardware_phase import data, models
from hardware_phase.exhibits import adoption, compute_gap, fab, grid, long_game, market, policy, telecom
from hardware_phase.models import compute_gap as gap_model
from hardware_phase.models import grid as grid_model
from hardware_phase.models import times
from hardware_phase.sources import electricity, flows, futures, suppliers, vendors

TWH = 1e12


def produced(**match):
    return data.value("production", "units", **match)


@pytest.mark.parametrize("year", [2022, 2023, 2024, 2025])
def test_the_compute_gap_gives_what_was_counted_of_each_year(year):
    result = compute_gap.gap().evaluate()
    at = gap_model.YEARS.tolist().index(year)
    for name, product in (("legal", "compute owned in China"), ("us", "compute owned by named US companies")):
        assert result[name][at] == pytest.approx(flows.cumulative(product).loc[year, "units"]), name


def test_the_compute_gap_gives_what_was_smuggled_and_made_by_2025():
    result, known = compute_gap.gap().evaluate(), flows.known()
    at = gap_model.YEARS.tolist().index(2025)
    estimate = flows.smuggling().loc["Epoch AI, H100 equivalents by 2025", "median"]
    assert result["smuggled"][at] == pytest.approx(estimate)
    dies = produced(product="Ascend (all)", metric="dies", year=2025)
    assert result["ascend"][at] - result["ascend"][at - 1] == pytest.approx(dies * known.die_rate)


@pytest.mark.parametrize("country", ["China", "United States"])
def test_the_grid_starts_from_the_electricity_of_2024(country):
    binding = grid.binding()
    name = "China, as in the long game" if country == "China" else "United States, as in the long game"
    settings = {**binding.defaults, **binding.presets[name]}
    result = binding.evaluate(**settings)
    code = electricity.COUNTRIES[country]
    used = data.value("datacentres", "base", country=code, year=2024, metric="electricity_use", source=electricity.IEA)
    assert result["datacentres_wh"][0] == pytest.approx(used * TWH)
    assert grid_model.YEARS[0] == 2024
    made = data.value("generation", "generation_twh", country=code, year=2024, source_type="total", preferred="yes")
    after = result["datacentres_wh"][0] + 0.5 * settings["supply_growth"] * made * TWH  # half of the growth is left
    assert result["ceiling_wh"][1] == pytest.approx(after)


@pytest.mark.parametrize(("country", "side"), [("China", "china"), ("United States", "us")])
def test_two_ways_to_the_power_of_ai_at_the_end_of_2025_meet(country, side):
    """The grid: electricity of 2024, AI's part of it, and what was added. The long game: chips and watts of each."""
    path = long_game.game().evaluate()
    used = electricity.forecast("electricity_use", electricity.COUNTRIES[country], 2024, source=electricity.IEA) * TWH
    start = used * electricity.ai_2024() / (times.HOURS_PER_YEAR * electricity.fleet_load())
    fleet = {"China": "China, computing"}.get(country, country)
    added = electricity.fleets().loc[fleet, "GW added in 2025"] * 1e9
    ours = grid_model.fleet_power(start, [added], futures.middle("retired"))[-1]
    assert path[f"{side}_power_w"][0] == pytest.approx(ours, rel=0.2)


def test_the_long_game_starts_where_use_and_fleets_were_counted():
    path = long_game.game().evaluate()
    visits = data.value(
        "adoption", "value", metric="china_based_llm_share_of_web_visits", period="2025-08", country_or_region="World"
    )
    assert path["share"][0] == pytest.approx(visits / 100)
    users = data.value(
        "adoption", "value", metric="ai_diffusion_share", period="2025-H2", country_or_region="Global South"
    )
    assert path["users"][0] == pytest.approx(users / 100)
    gap = compute_gap.gap().evaluate()
    assert path["us"][0] == pytest.approx(gap["us"][3])
    assert path["china"][0] == pytest.approx(gap["china_2025"], rel=0.01)  # median of parts that are drawn


@pytest.mark.parametrize("preset", ["2025, by IDC's count", "2024, by IDC's count"])
def test_the_market_sells_what_idc_counted(preset):
    explorer, year = market.supply_and_demand(), int(preset[:4])
    result = explorer.evaluate(**{**explorer.defaults, **explorer.presets[preset]})
    of = {"product": "AI accelerator cards", "metric": "shipments in China", "year": year}
    assert result["sold"] == pytest.approx(produced(vendor="All vendors", **of), rel=0.01)
    assert result["domestic"] == pytest.approx(produced(vendor="All Chinese vendors", **of), rel=0.01)
    printed = vendors.shares("IDC", "units").query(
        "vendor == 'All Chinese vendors' and year == @year and period == 'year'"
    )
    assert 100 * result["share"] == pytest.approx(printed["share_pct"].item(), abs=0.6)


def test_the_race_of_two_suppliers_starts_from_2025():
    result = policy.race().evaluate()
    assert result["capacity"][0] == pytest.approx(suppliers.start()["domestic_output"])
    assert result["price"][0] == pytest.approx(suppliers.price_per_point(suppliers.DOMESTIC))
    assert result["tpp"][0] == suppliers.tpp(suppliers.DOMESTIC)


def test_the_analogy_starts_from_the_share_of_today():
    visits = data.value(
        "adoption", "value", metric="china_based_llm_share_of_web_visits", period="2025-08", country_or_region="World"
    )
    assert telecom.analogy().evaluate()["now"] == pytest.approx(visits / 100)


def test_the_curve_of_use_passes_its_three_points_within_a_point():
    """In the root mean square, and nearer than a flat line; it has begun with nobody in 2022."""
    result = adoption.spread().evaluate()
    assert result["error"] < 0.01 and result["error"] < result["spread"]


def test_the_fab_makes_the_plan_that_its_settings_are_read_from():
    plan = produced(product="Ascend 910C", metric="production", year=2026, kind="plan")
    assert fab.accelerators_a_year().evaluate()["accelerators"] == pytest.approx(plan, rel=0.01)


def test_every_model_that_runs_over_years_is_held_here():
    """A model with years of its own begins somewhere: its explorer needs a test above."""
    with_years = {path.stem for path in Path(models.__path__[0]).glob("*.py") if "\nYEARS" in path.read_text()}
    assert with_years == {"compute_gap", "grid", "long_game", "policy"}
