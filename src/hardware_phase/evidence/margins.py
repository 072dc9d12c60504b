"""How far numbers may move before a verdict of the ledger must be looked at again, as ``margins.toml`` declares it."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from explorables.book import current
from explorables.explore.exhibit import declared

FILE = Path(__file__).with_name("margins.toml")


@dataclass(frozen=True)
class Margin:
    """A readout that a verdict rests on, and what it may be.

    Attributes
    ----------
    claim : str
    page, explorer, readout : str
        Where it stands: the page without its chapter.
    at_least, at_most : float
        Bounds, in the readout's unit.
    says : str
        What it must say, where it is a text; empty where it is a number.
    """

    claim: str
    page: str
    explorer: str
    readout: str
    at_least: float = -math.inf
    at_most: float = math.inf
    says: str = ""

    @property
    def where(self) -> str:
        """The readout's name, as :mod:`explorables.refresh.standing` has it."""
        return f"{self.page}, {self.explorer}: {self.readout}"

    def holds(self, value: str | float) -> bool:
        """Whether the verdict stands with this value."""
        if self.says:
            return value == self.says
        return not isinstance(value, str) and self.at_least <= value <= self.at_most

    def shown(self) -> Mapping[str, Any]:
        """How the readout is labelled and written: its section in the exhibit's table."""
        table = Path(current().folder, "exhibits", self.page.replace("-", "_")).with_suffix(".toml")
        readouts = declared(table, self.explorer.replace("-", "_"))["readouts"]
        return {"label": self.readout, **readouts.get(self.readout, {})}


@cache
def margins() -> tuple[Margin, ...]:
    """All margins, in the order of the claims.

    Raises
    ------
    ValueError
        If an entry has other keys than ``at_least``, ``at_most`` and ``is``, or none.
    """
    found = []
    for claim, bounds in tomllib.loads(FILE.read_text(encoding="utf-8")).items():
        for name, bound in bounds.items():
            if not bound or set(bound) - {"at_least", "at_most", "is"}:
                raise ValueError(f"{FILE.name}, [{claim}], {name}: give at_least, at_most or is, and nothing else")
            limits = {key: float(bound[key]) for key in ("at_least", "at_most") if key in bound}
            page, explorer, readout = name.split(".")
            found.append(Margin(claim, page, explorer, readout, **limits, says=bound.get("is", "")))
    return tuple(found)
