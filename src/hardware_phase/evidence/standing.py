"""What the book counts as its results beyond its pages: reproduced numbers, and verdicts with what they rest on."""

from __future__ import annotations

from collections.abc import Mapping

from hardware_phase import data
from hardware_phase.evidence import reproduced

Figures = Mapping[str, str | float]


def standing(pages: Mapping[str, Figures]) -> Mapping[str, Figures]:
    """Figures by area, as :mod:`explorables.refresh.standing` compares them.

    Parameters
    ----------
    pages : mapping
        What the pages say, by area; of these the readouts are what verdicts rest on.
    """
    return {"reproduced numbers": reproduces(), "verdicts to judge again": verdicts(pages.get("readouts", {}))}


def reproduces() -> dict[str, str]:
    """Every reproduced number, and whether it is within its tolerance."""
    return {
        row.case: f"{reproduced.figure(row.computed)} ({'within' if row.within else 'outside'} its tolerance)"
        for row in reproduced.cases().itertuples()
    }


def verdicts(readouts: Figures) -> dict[str, str]:
    """Every claim with its verdict, its evidence and, to three digits, what the explorer that tests it says as it opens."""
    return {
        row.id: "; ".join(
            [f"{row.verdict}", *_tested(row.notebook, row.explorer, readouts), row.evidence_for, row.evidence_against]
        )
        for row in data.load("claims").itertuples()
    }


def _tested(notebooks: object, explorer: object, readouts: Figures) -> list[str]:
    if not (isinstance(notebooks, str) and isinstance(explorer, str)):
        return []
    where = f"{notebooks.split(';')[0].rpartition('/')[2]}, {explorer}: "
    return [
        f"{name.removeprefix(where)} {value if isinstance(value, str) else f'{value:.3g}'}"
        for name, value in readouts.items()
        if name.startswith(where)
    ]
