"""Entries of an array for which a condition holds, where the condition depends on an input: ``y[x > a]``.

How many there are is not known while a function is traced. So all entries are kept, with the condition beside them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from explorables.explore.trace.errors import fail
from explorables.explore.trace.nodes import Value
from explorables.explore.trace.traced import as_traced


class Selected(np.lib.mixins.NDArrayOperatorsMixin):
    """All entries of an array, and for each whether it is among the chosen ones.

    Arithmetic on entries that the same condition chose, sums, means and extremes work, and so do the first and the last
    entry and an assignment ``y[condition] = ...``.
    """

    __array_priority__ = 1001
    ndim = 1

    def __init__(self, values: Value, test: Value):
        self.values, self.test = values, test

    @property
    def size(self) -> Value:
        return np.sum(np.where(self.test, 1.0, 0.0))

    @property
    def shape(self) -> tuple[Value]:
        return (self.size,)

    def _beside(self, other: Any) -> Any:
        """The other operand of an operation, entry by entry."""
        if not isinstance(other, Selected):
            if np.ndim(other):
                raise fail("arithmetic of chosen entries with a whole array", "Choose from both: a[test] * b[test].")
            return other
        if other.test.shape != self.test.shape or any(
            a is not b for a, b in zip(self.test.nodes.ravel(), other.test.nodes.ravel(), strict=True)
        ):
            raise fail(
                "arithmetic of entries that were chosen by two conditions", "Use np.where(condition, values, 0)."
            )
        return other.values

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "reduce":
            return _reduced(self, ufunc)
        if method != "__call__":
            raise fail(f"np.{ufunc.__name__}.{method} of chosen entries", "Use np.where(condition, values, 0).")
        return Selected(ufunc(*map(self._beside, inputs)), self.test)

    def __array_function__(self, function: Callable, types: Any, args: tuple, kwargs: dict) -> Any:
        if function not in _FUNCTIONS or len(args) != 1 or not set(kwargs) <= {"ddof"}:
            raise fail(f"np.{function.__name__} of chosen entries", "Use np.where(condition, values, 0) and np.sum.")
        return _FUNCTIONS[function](self, **kwargs)

    def __getitem__(self, index: Any) -> Value:
        if not isinstance(index, int) or index not in (0, -1):
            raise fail("chosen entries other than the first and the last", "Use np.where(condition, values, 0).")
        pairs = list(zip(self.test.ravel(), self.values.ravel(), strict=True))
        found: Value = np.float64(math.nan)
        for test, value in pairs if index == -1 else pairs[::-1]:
            found = np.where(test, value, found)
        return found

    def __len__(self) -> int:
        raise fail("the number of chosen entries", "Use np.sum(condition).")

    def __iter__(self) -> Any:
        raise fail("a loop over chosen entries", "Loop over all, with np.where(condition, value, 0) inside.")

    def sum(self) -> Value:
        return np.sum(np.where(self.test, self.values, 0.0))

    def mean(self) -> Value:
        return self.sum() / self.size

    def max(self) -> Value:
        return np.max(np.where(self.test, self.values, -math.inf))

    def min(self) -> Value:
        return np.min(np.where(self.test, self.values, math.inf))

    def prod(self) -> Value:
        return np.prod(np.where(self.test, self.values, 1.0))

    def any(self) -> Value:
        return np.any(self.test & (self.values != 0))

    def all(self) -> Value:
        return np.all(~self.test | (self.values != 0))

    def var(self, ddof: int = 0) -> Value:
        return np.sum(np.where(self.test, np.square(self.values - self.mean()), 0.0)) / (self.size - ddof)

    def std(self, ddof: int = 0) -> Value:
        return np.sqrt(self.var(ddof))


_FUNCTIONS: dict[Callable, Callable] = {
    getattr(np, name): getattr(Selected, name)
    for name in ("sum", "mean", "max", "min", "prod", "any", "all", "var", "std")
} | {np.size: lambda chosen: chosen.size, np.count_nonzero: lambda chosen: np.sum(chosen.test & (chosen.values != 0))}
_REDUCTIONS = {np.add: "sum", np.maximum: "max", np.minimum: "min", np.multiply: "prod"}


def _reduced(chosen: Selected, ufunc: np.ufunc) -> Value:
    if ufunc not in _REDUCTIONS:
        raise fail(f"np.{ufunc.__name__}.reduce of chosen entries", "Use np.where(condition, values, 0).")
    return getattr(chosen, _REDUCTIONS[ufunc])()


def holding(condition: Any) -> tuple[Selected]:
    """``np.where(condition)`` and ``np.nonzero(condition)``: where it holds."""
    test = as_traced(condition)
    if test.ndim != 1:
        raise fail("np.where of one argument in more than one dimension", "Use np.where(condition, values, 0).")
    return (Selected(as_traced(np.arange(float(test.size))), test != 0),)
