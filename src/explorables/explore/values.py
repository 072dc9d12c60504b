"""Numbers that a notebook computes for the text of its page, so that none has to be typed there.

``values(ratio=(2.28, "x"))`` is the last line of a cell; the page's text then says ``{value}`ratio` ``. A live notebook
shows the numbers as a table, the page nothing: they stand in its sentences.
"""

from __future__ import annotations

import html
import os
from typing import Any

from explorables.explore.explorer import STATIC
from explorables.explore.format import human

MIME = "application/vnd.explorables.values+json"


class Values:
    """Named numbers with their units. Made by `values`."""

    def __init__(self, numbers: dict[str, tuple[Any, str, str]]):
        self.numbers = numbers

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {human(*self._said(name))}" for name in self.numbers)

    def _said(self, name: str) -> tuple[Any, str, int, str]:
        value, unit, form = self.numbers[name]
        return value, unit, 2, form

    def payload(self) -> dict[str, list[Any]]:
        """Name to value, unit and format, as JSON values."""
        return {name: list(number) for name, number in self.numbers.items()}

    def _repr_html_(self) -> str:
        rows = (f"<tr><th>{name}</th><td>{html.escape(human(*self._said(name)))}</td></tr>" for name in self.numbers)
        return f"<table>{''.join(rows)}</table>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        shown = {"text/plain": repr(self), "text/html": self._repr_html_()}
        return {MIME: self.payload(), **shown} if os.environ.get(STATIC) else shown


def values(**numbers: Any) -> Values:
    """Numbers for the text of the page.

    Parameters
    ----------
    **numbers
        By the name that the text uses: a number or a text, or a pair of a number and its unit, or these two and a format.
        Units and formats are those of an explorer's readouts. Without a format two significant digits are written, which
        is what a sentence bears.

    Returns
    -------
    Values

    Raises
    ------
    ValueError
        If a format is not known, or does not go with its unit.

    Examples
    --------
    >>> values(share=(0.4567, "%"), power=(2.5e8, "W"), ratio=(2.284, "x", ".2f"))
    share: 46\u202f%
    power: 250\u202fMW
    ratio: 2.28×
    """
    made = {}
    for name, given in numbers.items():
        value, unit, form = (*given, "", "")[:3] if isinstance(given, tuple) else (given, "", "")
        human(0.0, unit, 2, form)  # says what is wrong with a format
        made[name] = (value if isinstance(value, str) else float(value), unit, form)
    return Values(made)
