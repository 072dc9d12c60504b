"""Supply and demand of electricity: published figures, and what must hold for any numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware_phase import data
from hardware_phase.evidence import reproduced as reproduce
from hardware_phase.exhibits import grid as exhibits
from hardware_phase.models import grid, long_game
from hardware_phase.sources import electricity, futures

CHECKS = data.load("energy_checks").set_index("case")
TOTAL = data.load("generation").query("source_type == 'total' and preferred == 'yes'")
TOTAL = TOTAL.set_index(["country", "year"])["generation_twh"]
SERIES = {
    name: np.array([TOTAL[code, year] for year in range(2000, 2026)]) * 1e12
    for name, code in {"China": "CHN", "United States": "USA"}.items()
}
REGION = {
    "supply_wh": 4e15,
    "datacentres_wh": 180e12,
    "chips": 4e6,
    "chip_w": 1000.0,
    "pue": 1.2,
    "connection_w": 6e9,
    "growth_low": 0.0,
    "growth_high": 0.02,
    "iea_low": 360e12,
    "iea_high": 470e12,
    "national_low": 325e12,
    "national_high": 580e12,
    "goldman_low": 570e12,
    "goldman_high": 570e12,
}


def fit(country, first, last):
    return grid.fit_growth(series=SERIES, country=country, first_year=first, last_year=last)


def balance(**changes):
    settings = {
        "region": REGION,
        "chips_factor": 1.0,
        "shipment_growth": 0.3,
        "supply_growth": 0.03,
        "share_left": 0.5,
        "connection_factor": 1.0,
        "load": 0.6,
        "retired_a_year": 0.1,
        "conventional_growth": 0.07,
        "ai_share": 0.1,
    }
    return grid.power_balance(**{**settings, **changes})


@pytest.mark.parametrize("case", grid.REPRODUCES)
def test_published_figure_is_reproduced(case):
    row = CHECKS.loc[case]
    assert grid.REPRODUCES[case](reproduce.inputs(row)) == pytest.approx(
        row["expected_value"], rel=row["tolerance_pct"] / 100
    )


@pytest.mark.parametrize("case", grid.REPRODUCES)
def test_reproduced_figure_answers_to_each_input(case):
    inputs = reproduce.inputs(CHECKS.loc[case])
    unchanged = grid.REPRODUCES[case](inputs)
    for name in inputs:
        assert grid.REPRODUCES[case]({**inputs, name: inputs[name] * 0.9}) != pytest.approx(unchanged, rel=1e-6), name


def test_china_is_a_line_since_2000_and_an_exponential_since_2010():
    whole, recent = fit("China", 2000, 2024), fit("China", 2010, 2025)
    assert (round(whole["r2_line"], 2), round(whole["r2_exponential"], 2)) == (0.99, 0.98)
    assert whole["r2_exponential_logs"] > whole["r2_line_logs"]  # on the other scale the exponential wins
    assert (round(recent["r2_exponential"], 3), round(recent["r2_line"], 3)) == (0.996, 0.984)
    assert (str(whole["verdict"]), str(recent["verdict"])) == ("line", "exponential")
    assert str(fit("United States", 2000, 2025)["verdict"]) == "neither"


def test_fits_agree_with_numpys_polyfit():
    years = np.arange(2005, 2022)
    values = SERIES["China"][5:22]
    result = fit("China", 2005, 2021)
    assert result["wh_a_year"] == pytest.approx(np.polyfit(years, values, 1)[0])


@pytest.mark.parametrize("country", SERIES)
def test_no_other_exponential_lies_nearer_to_the_values(country):
    result = fit(country, 2000, 2025)
    years, values = np.arange(26), SERIES[country]

    def off(scale, growth):
        return np.sum((values - scale * (1 + growth) ** years) ** 2)

    growth = result["growth_a_year"]
    scale = result["exponential_wh"][0]
    best = off(scale, growth)
    for more in (0.99, 1.01):
        assert off(scale * more, growth) > best and off(scale, growth * more) > best


@given(
    start=st.floats(1e12, 1e16),
    growth=st.floats(0.005, 0.15),
    first=st.integers(2000, 2015),
    last=st.integers(2020, 2025),
)
def test_an_exponential_is_read_back_from_any_window(start, growth, first, last):
    values = start * (1 + growth) ** np.arange(26)
    result = grid.fit_growth(series={"x": values}, country="x", first_year=first, last_year=last)
    assert result["growth_a_year"] == pytest.approx(growth, rel=1e-6)
    assert result["r2_exponential"] == pytest.approx(1)
    assert result["exponential_last_wh"] == pytest.approx(start * (1 + growth) ** 35, rel=1e-6)


@given(start=st.floats(1e12, 1e16), slope=st.floats(0.01, 0.5), first=st.integers(2000, 2015))
def test_a_line_is_read_back(start, slope, first):
    values = start * (1 + slope * np.arange(26))
    result = grid.fit_growth(series={"x": values}, country="x", first_year=first, last_year=2025)
    assert result["wh_a_year"] == pytest.approx(start * slope, rel=1e-6)
    assert result["r2_line"] == pytest.approx(1)


def test_every_window_of_the_explorer_gives_finite_numbers_at_or_above_zero():
    for country in SERIES:
        for first in range(2000, 2016):
            for last in range(2020, 2026):
                result = fit(country, first, last)
                numbers = np.concatenate([np.ravel(v) for k, v in result.items() if k != "verdict"])
                assert np.isfinite(numbers).all() and (numbers >= 0).all(), (country, first, last)


@given(first=st.floats(1, 1e6), growth=st.floats(-0.5, 2), years=st.floats(0.5, 40))
def test_compound_growth_leads_from_the_first_value_to_the_last(first, growth, years):
    assert grid.compound_growth(first, first * (1 + growth) ** years, years) == pytest.approx(growth, abs=1e-9)


def test_growth_range_spans_the_slowest_and_fastest_stretch():
    assert grid.growth_range([1, 2, 4, 4], 1) == pytest.approx((0.0, 1.0))
    assert grid.growth_range([1, 2, 4, 4], 3) == pytest.approx((4 ** (1 / 3) - 1,) * 2)
    with pytest.raises(ValueError, match="span"):
        grid.growth_range([1, 2], 2)


@pytest.mark.parametrize("country", ["China", "United States"])
def test_what_this_page_and_the_long_game_share_agrees(country):
    """Power added in 2025, connections a year, and the power that AI wants in 2030: one figure on both pages."""
    fleet = {"China": "China, computing"}.get(country, country)
    facts = electricity.regions()[{"China": "China, computing as in the long game"}.get(country, country)]
    key = {"China": "china", "United States": "us"}[country]
    added = futures.added_in_2025()[country]
    assert facts["chips"] * facts["chip_w"] * facts["pue"] == pytest.approx(added["equivalents"] * added["w"])
    assert electricity.fleets().loc[fleet, "GW added in 2025"] == pytest.approx(added["equivalents"] * added["w"] / 1e9)
    assert facts["connection_w"] == pytest.approx(futures.middle(f"{key}_power_w"))
    start = facts["datacentres_wh"] * electricity.ai_2024() / (8760 * electricity.fleet_load())
    growth = electricity.growth_wanted(country)
    shipped = [facts["chips"] * facts["chip_w"] * facts["pue"] * (1 + growth) ** n for n in range(6)]
    assert grid.fleet_power(start, shipped, futures.middle("retired"))[-1] == pytest.approx(
        futures.wanted_w(2030)[country], rel=0.01
    )


def test_what_the_solution_on_cards_says():
    cards = {"region": "China, cards by IDC"}
    by_growth = {g: exhibits.binding().evaluate(**cards, shipment_growth=g) for g in (0.5, 0.6, 0.7, 0.8)}
    least = min(g for g, result in by_growth.items() if str(result["connections_bind"]) <= "2030")
    assert least == pytest.approx(0.7)
    others = electricity.counts().loc[electricity.EPOCH, 2025]
    assert by_growth[least]["chips_2030"] / others == pytest.approx(7, abs=0.3)
    assert str(exhibits.binding().evaluate(**cards, chips_factor=4)["connections_bind"]) == "2025"


def test_the_long_game_starts_its_american_fleet_from_the_same_additions():
    p = long_game.parameters(futures.distributions(), 0.5)
    added = p["us_home"] * p["us_stock"] * futures.world()["us_added"] * p["us_w"]
    ours = futures.added_in_2025()["United States"]
    assert ours["equivalents"] * ours["w"] == pytest.approx(added)


def test_a_fleet_without_additions_fades_and_without_retirement_sums_up():
    assert grid.fleet_power(8.0, [0, 0, 0], 0.5).tolist() == [8, 4, 2, 1]
    assert grid.fleet_power(1.0, [1, 2, 3], 0.0).tolist() == [1, 2, 4, 7]


def test_balance_starts_at_the_published_demand_and_at_the_supply():
    result = balance()
    assert result["datacentres_wh"][0] == pytest.approx(REGION["datacentres_wh"])
    assert result["ceiling_wh"][0] == pytest.approx(REGION["datacentres_wh"])
    assert result["extra_w"][0] == result["connected_w"][0] == 0


def test_first_year_of_chips_counts_half_their_energy():
    """Nothing retires, nothing else grows: the fleet's power rises by the shipment, its energy by half of that."""
    result = balance(retired_a_year=0.0, conventional_growth=0.0)
    added_w = REGION["chips"] * REGION["chip_w"] * REGION["pue"]
    assert result["extra_w"][1] == pytest.approx(added_w)
    assert result["datacentres_wh"][1] - result["datacentres_wh"][0] == pytest.approx(added_w / 2 * 8760 * 0.6)


def test_more_supply_puts_off_energy_and_more_lines_put_off_connections():
    assert str(balance(share_left=0.1)["energy_binds"]) < str(balance(share_left=0.5)["energy_binds"])
    assert str(balance(connection_factor=0.5)["connections_bind"]) < str(
        balance(connection_factor=3.0)["connections_bind"]
    )
    assert str(balance(connection_factor=3.0)["energy_binds"]) == str(balance()["energy_binds"])


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"shipment_growth": 0.0, "supply_growth": 0.08, "connection_factor": 4.0}, "neither"),
        ({"share_left": 0.05, "connection_factor": 4.0}, "energy"),
        ({"connection_factor": 0.25}, "connections"),
        ({"connection_factor": 0.25, "share_left": 0.05}, "both"),
    ],
)
def test_verdict_names_what_binds_first(changes, verdict):
    assert str(balance(**changes)["verdict"]) == verdict


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"chips_factor": 4.0}, "above"),
        ({}, "within"),
        ({"chips_factor": 0.25, "conventional_growth": 0.0}, "below"),
    ],
)
def test_notes_say_when_a_setting_leaves_the_sources(changes, note):
    assert str(balance(**changes)["demand_note"]) == note
    assert str(balance(supply_growth=0.05)["supply_note"]) == "above"
    assert str(balance(supply_growth=0.01)["supply_note"]) == "within"


@given(
    growth=st.floats(0, 0.8),
    supply=st.floats(0, 0.08),
    share=st.floats(0.05, 1),
    load=st.floats(0.3, 0.9),
    retired=st.floats(0, 0.3),
    other=st.floats(0, 0.15),
    ai=st.floats(0.05, 0.15),
    factor=st.floats(0.25, 4),
)
def test_energies_stay_finite_and_above_zero(growth, supply, share, load, retired, other, ai, factor):
    result = balance(
        shipment_growth=growth,
        supply_growth=supply,
        share_left=share,
        load=load,
        retired_a_year=retired,
        conventional_growth=other,
        ai_share=ai,
        chips_factor=factor,
    )
    for name in ("datacentres_wh", "ceiling_wh", "connected_w", "extra_w"):
        assert np.isfinite(result[name]).all() and (result[name] >= 0).all()
