"""What the book counts as its results beyond its pages: reproduced numbers, and verdicts with what they rest on."""

from __future__ import annotations

from collections.abc import Mapping

from hardware_phase import data
from hardware_phase.evidence import reproduced


def standing() -> Mapping[str, Mapping[str, str | float]]:
    """Figures by area, as :mod:`explorables.refresh.standing` compares them."""
    return {"reproduced numbers": reproduces(), "verdicts": verdicts()}


def reproduces() -> dict[str, str]:
    """Every reproduced number, and whether it is within its tolerance."""
    return {
        row.case: f"{reproduced.figure(row.computed)} ({'within' if row.within else 'outside'} its tolerance)"
        for row in reproduced.cases().itertuples()
    }


def verdicts() -> dict[str, str]:
    """Every claim with its verdict and the evidence that is printed for it."""
    return {
        row.id: f"{row.verdict}: {row.evidence_for} / {row.evidence_against}"
        for row in data.load("claims").itertuples()
    }
