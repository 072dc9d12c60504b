"""Headline numbers and texts of an explorer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from explorables.explore.format import human, plain_name, unit_with
from explorables.explore.inputs import Choice, Input, signal_name
from explorables.explore.trace import Node, Traced, lookup, nodes_of, possible


@dataclass(frozen=True)
class Readout:
    """A headline number or text.

    Parameters
    ----------
    name, label : str
        The output, and what to call it.
    unit, digits, format
        How a number is written, as of a `Slider`.
    help : str
        What stands beside it.
    words : mapping of str to str
        Where the model gives a short code, the words that a reader sees for it.

    Examples
    --------
    >>> Readout("verdict", "Is it allowed?", words={"no": "No: too fast.", "yes": "Yes."})
    """

    name: str
    label: str = ""
    unit: str = ""
    digits: int = 3
    help: str = ""
    format: str = ""
    words: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "unit", unit_with(self.format, self.unit))
        except ValueError as error:
            raise ValueError(f"readout {self.name!r}: {error}") from None

    def said(self, value: Any) -> Any:
        """An output as a reader is told it: the words for a code, all else as it is.

        Raises
        ------
        ValueError
            If there are no words for the code; the message names it and the known ones.
        """
        value = _plain(value)
        if not self.words:
            return value
        if not isinstance(value, str) or value not in self.words:
            raise ValueError(f"readout {self.name!r} has no words for {value!r}; there are {', '.join(self.words)}")
        return self.words[value]

    def traced(self, value: Any, inputs: Mapping[str, Input]) -> Node:
        """What the page computes of a traced output, with the words for every code that the model can give."""
        item = Traced(nodes_of(value)).item
        if not self.words:
            return item
        if item.kind != "s":
            raise ValueError(f"readout {self.name!r} has no words for what the model gives, which is no text")
        for code in possible(item, {signal_name(n): c.options for n, c in inputs.items() if isinstance(c, Choice)}):
            self.said(code)
        return lookup(self.words, item)

    def show(self, value: Any) -> str:
        """A value with its unit, or in words."""
        return human(self.said(value), self.unit, self.digits, self.format)

    def payload(self, value: Any) -> Any:
        """A value as JSON has it, with which `human` writes the same: None for what is no number, text for infinity."""
        value = self.said(value)
        if not isinstance(value, float) or math.isfinite(value):
            return value
        return None if math.isnan(value) else self.show(value)

    @property
    def title(self) -> str:
        """What a reader sees it called."""
        return self.label or plain_name(self.name)


def _plain(value: Any) -> Any:
    """A scalar of NumPy as Python's own."""
    return value.item() if isinstance(value, np.generic | np.ndarray) else value
