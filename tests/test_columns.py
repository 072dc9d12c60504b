"""Charts of thousands of paths are computed a column at a time on the page, and show what NumPy computes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from notebooks import BOOK, explorers
from test_pages import address, rows_of, wait_until_live
from vega import same

from explorables.explore import Explorer, Slider
from explorables.explore.views import LEVELS

LONG = ["energy-scale-long-game/long-game.md", "energy-scale-long-game/everywhere-else.md"]
SET = "([id, settings]) => document.getElementById(id).xpExplorer.change(settings)"
# Tables of each chart that the page computes by columns.
LIFTED = "id => document.getElementById(id).xpExplorer.charts.map(chart => chart.lifted.tables.length)"
# How many steps the charts of an explorer take, and how many of them were taken since the last call.
TAKEN = """id => {
  const { columns } = document.getElementById(id).xpExplorer.charts[0].shared;
  const long = [...columns.steps.values()].filter(step => step.rows && step.args.length);
  const taken = long.filter(step => step.seen > (window.before ?? 0)).length;
  window.before = columns.now;
  return [taken, long.length];
}"""


def settings(explorer: Explorer) -> list[dict[str, Any]]:
    """The defaults, presets, all inputs at either end, and some at random."""
    rng = np.random.default_rng(5)

    def at(part: Any) -> dict[str, Any]:
        values = {}
        for name, control in explorer.inputs.items():
            assert isinstance(control, Slider)
            low, high = control.min, control.max
            log = control.scale == "log"
            values[name] = control.check(low * (high / low) ** part() if log else low + (high - low) * part())
        return values

    ends = [at(lambda: 0.0), at(lambda: 1.0)]
    return [explorer.defaults | s for s in [{}, *explorer.presets.values(), *ends, at(rng.random), at(rng.random)]]


def differences(rows: list[dict], frame: Any) -> list[str]:
    """Where the rows of a chart and a summary of NumPy's table differ."""
    assert rows
    found = []
    for row in rows:
        column = frame[row["key"]].to_numpy()
        if "share" in row:
            pairs = [(row["share"], np.mean(column))]
        else:
            pairs = [(row[f"p{100 * level:.0f}"], np.quantile(column, level)) for level in LEVELS]
        found += [
            f"{row['key']}: page {theirs}, NumPy {ours}" for theirs, ours in pairs if not same(ours, theirs, atol=1e-15)
        ]
    return found


@pytest.mark.parametrize("name", LONG)
def test_bands_and_odds_are_those_of_numpy(open_page, name):
    page = open_page(address(name)).page
    for explorer in explorers(BOOK / name):
        wait_until_live(page, explorer)
        lifted = page.evaluate(LIFTED, explorer.id)
        for run in settings(explorer):
            page.evaluate(SET, [explorer.id, run])
            wait_until_live(page, explorer)
            tables = explorer.tables(**run)
            for chart, (rows, frames) in enumerate(zip(rows_of(page, explorer), tables, strict=True)):
                if len(frames[0]) > 1000:
                    assert lifted[chart] == 1, f"chart {chart} of {explorer.id} goes the slow way"
                    assert not differences(rows, frames[0]), f"chart {chart} of {explorer.id} at {run}"


def test_only_what_a_slider_moves_is_computed_again(open_page):
    page = open_page(address(LONG[0])).page
    game = next(e for e in explorers(BOOK / LONG[0]) if e.id == "game")
    wait_until_live(page, game)
    first, steps = page.evaluate(TAKEN, game.id)
    assert first == steps > 400
    page.evaluate(SET, [game.id, {"price_ratio": 3.0}])
    wait_until_live(page, game)
    assert 0 < page.evaluate(TAKEN, game.id)[0] < steps / 4
    page.evaluate(SET, [game.id, {"price_ratio": 3.0}])
    wait_until_live(page, game)
    assert page.evaluate(TAKEN, game.id)[0] == 0
