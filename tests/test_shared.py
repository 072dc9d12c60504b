"""What pages of the chapter on energy share is one figure, or the page says what differs."""

from __future__ import annotations

import pytest
from notebooks import BOOK

from hardware_phase.exhibits import cost_of_watts, intro, scaling
from hardware_phase.sources import electricity

SHARED = ("weaker_usd_per_kwh", "frontier_usd_per_kwh", "weaker_mfu", "frontier_mfu", "weaker_pue")


@pytest.fixture(scope="module")
def pages():
    return scaling.match().defaults, cost_of_watts.watts().defaults


@pytest.mark.parametrize("name", SHARED)
def test_two_explorers_start_from_the_same_price_utilisation_and_pue(pages, name):
    work, cost = pages
    assert work[name] == cost[name]


def test_the_grid_counts_with_the_pue_of_the_page_on_cost(pages):
    _, cost = pages
    for region, facts in electricity.regions().items():
        side = "frontier" if region == "United States" else "weaker"
        assert facts["pue"] == pytest.approx(cost[f"{side}_pue"]), region


def test_where_the_buildings_differ_the_page_says_so(pages):
    work, cost = pages
    assert work["frontier_pue"] == work["weaker_pue"] > cost["frontier_pue"]
    text = (BOOK / "energy-scale-long-game/scaling.md").read_text(encoding="utf-8")
    assert "gives both sides that of a Chinese hub" in text


def test_the_front_page_counts_as_the_page_on_scaling_with_the_building_of_the_page_on_cost(pages):
    _, cost = pages
    same = scaling.match(frontier_pue=cost["frontier_pue"]).evaluate()
    front = intro.match().evaluate()
    assert front["power_ratio"] == pytest.approx(same["power_ratio"])
    assert front["chips"] == pytest.approx(same["chips"])
