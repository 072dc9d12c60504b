"""Arrays of known numbers in a function that is traced: it may put traced values into them, or look up a traced place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal

import numpy as np

from explorables.explore.trace import LONG, Node, Traced, const, elementwise_formula, formula_of, nodes_of, on_grid


class Known(np.ndarray):
    """NumPy's array, and once a traced value has been put into it, what it has become.

    An array of numbers has no place for an expression. So the first traced value that is put into it makes a traced copy,
    which stands for the array from then on.

    `_formula` is what was done element by element to the places of a grid, as one expression of a row. Whoever uses it
    must compare it with the numbers: other names for the same memory may have changed these.
    """

    _traced: Traced | None
    _formula: Node | None

    def __array_finalize__(self, obj: Any) -> None:
        self._traced = self._formula = None

    def __getattribute__(self, name: str) -> Any:
        own = super().__getattribute__
        traced = None if name.startswith("_") else own("__dict__").get("_traced")
        return own(name) if traced is None else getattr(traced, name)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._formula = None
        if holds(index) or holds(value):
            self._become(_of(self))
        if self._traced is None:
            super().__setitem__(index, value)
        else:
            self._traced[index] = _of(value)

    def __getitem__(self, index: Any) -> Any:
        if self._traced is not None or holds(index):
            return Traced(nodes_of(_of(self)))[index]
        return super().__getitem__(index)

    def __iter__(self) -> Iterator:
        return iter(self._traced) if self._traced is not None else super().__iter__()

    def __float__(self) -> float:
        return float(self._traced) if self._traced is not None else super().__float__()

    def _become(self, values: Any) -> Known:
        """Stand for these values from now on."""
        nodes = np.empty(_numbers(self).shape, dtype=object)
        nodes[...] = nodes_of(values)
        self._traced = Traced(nodes)
        self._traced.formula = formula_of(values)
        return self

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, out: tuple = (), **kwargs: Any) -> Any:
        call = getattr(ufunc, method)
        formula = elementwise_formula(ufunc, inputs) if method == "__call__" and not kwargs else None
        if any(map(holds, inputs)):
            inputs = tuple(part if isinstance(part, Known) and part._traced is None else _of(part) for part in inputs)
            traced = next(part for part in inputs if holds(part))
            if not out:
                return traced.__array_ufunc__(ufunc, method, *inputs, **kwargs)
            result = traced.__array_ufunc__(ufunc, method, *inputs, **kwargs)
            return out[0]._become(result) if isinstance(out[0], Known) else out[0].__setitem__(..., result) or out[0]
        inputs = tuple(map(_of, inputs))
        if not out:
            return _with(known(call(*inputs, **kwargs)), formula)
        target = out[0]
        if isinstance(target, Known) and target._traced is not None:
            return target._become(call(*inputs, **kwargs))
        call(*inputs, out=tuple(map(_numbers, out)), **kwargs)
        return _with(target, formula)

    def __array_function__(self, function: Callable, types: Any, args: Iterable[Any], kwargs: Mapping[str, Any]) -> Any:
        args = tuple(args)
        made = known(function(*_of(args), **_of(kwargs)))
        if function is np.copy:
            return _with(made, formula_of(args[0]))
        return made

    def copy(self, order: Literal["K", "A", "C", "F"] | None = "C") -> Known:
        return _with(super().copy(order), self._formula)


def _numbers(value: Any) -> np.ndarray:
    """NumPy's own array, whatever it stands for."""
    return np.ndarray.view(value, np.ndarray)


def _with(value: Any, formula: Node | None) -> Any:
    if isinstance(value, Known):
        value._formula = formula
    return value


def holds(value: Any) -> bool:
    """Whether a value is traced, or a list or array that has traced values in it."""
    if isinstance(value, list | tuple):
        return any(map(holds, value))
    if isinstance(value, Known):
        return value._traced is not None
    return (
        isinstance(value, Traced) or hasattr(value, "test") or isinstance(value, np.ndarray) and value.dtype == object
    )


def _of(value: Any) -> Any:
    """What stands for an array, also inside of arguments: the traced one, or NumPy's own."""
    if isinstance(value, Known):
        return value._traced if value._traced is not None else _numbers(value)
    if isinstance(value, dict):
        return {name: _of(part) for name, part in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(_of, value))
    return value


def known(value: Any) -> Any:
    """An array of numbers that may become a traced one; all else as it is."""
    return value.view(Known) if type(value) is np.ndarray and value.ndim and value.dtype.kind in "fiubc" else value


def grid(value: Any) -> Any:
    """A known array whose entries are the places of a grid, if it is a long row of numbers."""
    value = known(value)
    if isinstance(value, Known) and value.ndim == 1 and len(value) >= LONG and value.dtype.kind in "fi":
        value._formula = on_grid(_numbers(value))
    return value


def flat(value: Any, number: float) -> Any:
    """A known array of one number throughout, which is no function of a place."""
    return _with(known(value), const(number))
