"""How far numbers may move before a verdict must be looked at again."""

import importlib
from functools import cache

import pytest

from explorables.refresh.standing import differences
from hardware_phase import data
from hardware_phase.evidence import claims, standing
from hardware_phase.evidence.margins import Margin, margins


@cache
def opened(page: str, explorer: str) -> dict[str, str | float]:
    """What an explorer says as it opens."""
    made = getattr(importlib.import_module(f"hardware_phase.exhibits.{page}"), explorer)()
    return made.readings(**made.defaults)


def readout(one: Margin) -> str | float:
    return opened(one.page.replace("-", "_"), one.explorer.replace("-", "_"))[one.readout]


@pytest.mark.parametrize("one", margins(), ids=lambda one: f"{one.claim}-{one.readout}")
def test_a_verdict_stands_with_the_numbers_as_they_are(one):
    claim = data.load("claims").set_index("id").loc[one.claim]
    pages = [page.rpartition("/")[2] for page in claim["notebook"].split(";")]
    assert one.page in pages, "a verdict rests on the pages that test the claim"
    value = readout(one)
    assert isinstance(value, str) == bool(one.says)
    assert one.holds(str(value) if one.says else float(value)), (
        f"{value}: look at the verdict on {one.claim} again, then set its margin"
    )
    assert one.shown()["label"] != one.readout, "readers see its label"


def test_a_verdict_is_named_once_its_margin_is_crossed_and_not_before():
    now = {one.where: readout(one) for one in margins()}
    (one,) = (one for one in margins() if (one.claim, one.page) == ("L-15", "compute-gap"))
    near, far = ({**now, one.where: value} for value in (0.9 * now[one.where], 0.9 * one.at_least))
    area = {
        name: {"margins": standing.crossed(figures)} for name, figures in (("now", now), ("near", near), ("far", far))
    }
    assert differences(area["now"], area["near"]) == {}
    found = differences(area["now"], area["far"])["margins"]
    assert ("L-15, compute-gap, gap: ratio_2025", "supported: stands", "supported: 1.8, below its margin") in found
    text = {**now, "grid, binding: verdict": "Energy binds"}
    told = dict(standing.crossed(text))
    assert told["L-07, grid, binding: verdict"] == "contested: 'Energy binds', and no longer 'Neither binds by 2035'"


def test_the_ledger_says_how_far_a_number_may_move():
    told = " ".join(claims.again("E-05"))
    assert "“US companies over China, 2025” falls below 3×" in told and "is no longer “Neither binds by 2035”" in told
    assert claims.again("A-04") == []
