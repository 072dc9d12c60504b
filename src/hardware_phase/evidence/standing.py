"""What the book counts as its results beyond its pages: reproduced numbers, verdicts, and the margins of verdicts."""

from __future__ import annotations

from collections.abc import Mapping

from hardware_phase import data
from hardware_phase.evidence import figures, reproduced
from hardware_phase.evidence.margins import Margin, margins

Figures = Mapping[str, str | float]


def standing(pages: Mapping[str, Figures]) -> Mapping[str, Figures]:
    """Figures by area, as :mod:`explorables.refresh.standing` compares them.

    Parameters
    ----------
    pages : mapping
        What the pages say, by area; of these the readouts are what verdicts rest on.
    """
    readouts = pages.get("readouts", {})
    return {
        "verdicts to judge again, since their margin is crossed": crossed(readouts),
        "verdicts and the numbers that they rest on": verdicts(readouts),
        "reproduced numbers": reproduces(),
    }


def crossed(readouts: Figures) -> dict[str, str]:
    """Every margin of a verdict, and whether it holds."""
    verdict = data.load("claims").set_index("id")["verdict"]
    return {
        f"{one.claim}, {one.where}": f"{verdict[one.claim]}: {_against(one, readouts[one.where])}"
        for one in margins()
        if one.where in readouts
    }


def _against(margin: Margin, value: str | float) -> str:
    """Where a value lies: only whether it is inside, so that a move within the margin is no difference."""
    if margin.holds(value):
        return "stands"
    if margin.says:
        return f"{value!r}, and no longer {margin.says!r}"
    return f"{value:.3g}, {'below' if value < margin.at_least else 'above'} its margin"


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
            [
                f"{row.verdict}",
                *_tested(row.notebook, row.explorer, readouts),
                figures.fill(row.evidence_for),
                figures.fill(row.evidence_against),
            ]
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
