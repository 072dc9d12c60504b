"""What pages of the chapter on energy share is one figure."""

from __future__ import annotations

import pytest

from hardware_phase.exhibits import cost_of_watts, intro, scaling
from hardware_phase.sources import clusters, electricity, futures

SHARED = (
    "weaker_usd_per_kwh",
    "frontier_usd_per_kwh",
    "weaker_mfu",
    "frontier_mfu",
    "weaker_pue",
    "frontier_pue",
)


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


def test_a_side_has_one_pue_on_every_page(pages):
    """American sites that of a cloud, Chinese ones that of a hub; the long game's watts of a Chinese chip hold the hub's too."""
    work, cost = pages
    american, hub = clusters.pue(clusters.AMERICAN_CLOUD), clusters.pue(clusters.HUB)
    assert (work["weaker_pue"], work["frontier_pue"]) == (cost["weaker_pue"], cost["frontier_pue"]) == (hub, american)
    machine = clusters.machine(*clusters.CLOUDMATRIX)
    w = (
        machine["system_w"]
        * hub
        / (machine["bf16_flop_per_s"] / clusters.machine(*clusters.DGX_H100)["bf16_flop_per_s"])
    )
    assert futures.middle("china_w") == pytest.approx(w, rel=0.01)


def test_the_front_page_counts_as_the_page_on_scaling():
    same = scaling.match().evaluate()
    front = intro.match().evaluate()
    assert front["power_ratio"] == pytest.approx(same["power_ratio"])
    assert front["chips"] == pytest.approx(same["chips"])
