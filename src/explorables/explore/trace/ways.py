"""Ways: where a model asks `if` of a value that is not known, it is run once for each answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from explorables.explore.trace.errors import fail
from explorables.explore.trace.nodes import Node, evaluate, leaves

MAX_DECISIONS = 100
MAX_VALUES = 128  # of an input that is used as a count or an index


class Way:
    """One way through a model: what was decided, in order, and what is still possible.

    Attributes
    ----------
    steps : list
        What was asked, the answers that were possible, and the place of the one that this way takes.
    domains : dict
        The values that inputs and columns can have, where they are few.
    """

    def __init__(self, steps: list[list], domains: Mapping[Node, Sequence[object]]):
        self.steps, self.domains = steps, domains
        self._known: dict[Node, object] = {}
        self._left: dict[Node, list] = {}

    def _values(self, leaf: Node) -> list:
        """The values of an input that what was decided so far leaves."""
        if leaf not in self._left:
            if leaf not in self.domains or len(self.domains[leaf]) > MAX_VALUES:
                raise fail(
                    "a count or an index that depends on an input with many values",
                    f"Give that input whole bounds and at most {MAX_VALUES} values: n=(1, 10).",
                )
            self._left[leaf] = list(self.domains[leaf])
        return self._left[leaf]

    def _ask(self, item: Node, options: Sequence[object]) -> object:
        position = len(self._known)
        if position == len(self.steps):
            if position == MAX_DECISIONS:
                raise fail(
                    f"a loop that asks `if` or `while` of an input more than {MAX_DECISIONS} times",
                    "Use a loop of known length, `for i in range(50)`, and np.where inside it.",
                )
            self.steps.append([item, tuple(options), 0])
        asked, options, chosen = self.steps[position]
        if asked is not item:
            raise fail(
                "a model that goes another way each time",
                "Seed its random numbers: rng = np.random.default_rng(1), inside the function.",
            )
        self._known[item] = options[chosen]
        return options[chosen]

    def settled(self, item: Node) -> bool:
        """Whether what was decided so far leaves one value of an expression."""
        return all(len(self._left.get(leaf, self.domains.get(leaf, ()))) == 1 for leaf in leaves(item))

    def test(self, item: Node) -> bool:
        """The answer to a question, `True` and `False` in turn where both are possible."""
        if item in self._known:
            return bool(self._known[item])
        few = leaves(item)
        if len(few) != 1 or few[0] not in self.domains or len(self.domains[few[0]]) > MAX_VALUES:
            return bool(self._ask(item, (True, False)))
        left = self._values(few[0])
        holds = np.broadcast_to(evaluate([item], {few[0]: np.array(left)})[0], len(left))
        answer = bool(holds[0]) if holds.all() or not holds.any() else bool(self._ask(item, (True, False)))
        self._left[few[0]] = [value for value, yes in zip(left, holds, strict=True) if bool(yes) is answer]
        return answer

    def value(self, item: Node) -> object:
        """The value of an expression of inputs that have few values, each of these in turn."""
        settled = {}
        for leaf in leaves(item):
            left = self._values(leaf)
            if len(left) > 1:
                self._left[leaf] = left = [self._ask(leaf, left)]
            settled[leaf] = np.asarray(left[0])
        return evaluate([item], settled)[0].item()


current: Way | None = None  # the one that is being traced
