"""Traced: an array of nodes that behaves as a NumPy array."""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from explorables.explore.trace import ways
from explorables.explore.trace.errors import INSTEAD, caller, fail
from explorables.explore.trace.nodes import (
    MARK,
    Node,
    Value,
    complete,
    const,
    intern,
    leaves,
    node,
    number,
    pair,
    parts,
    places_of,
    substituted,
    truth,
)
from explorables.explore.trace.ufuncs import BY_NAME, UFUNCS
from explorables.explore.trace.ways import MAX_VALUES

FUNCTIONS: dict[Callable, Callable] = {}  # of whole arrays: `functions` and `linear` put theirs here
SHAPING = {
    np.reshape,
    np.ravel,
    np.transpose,
    np.expand_dims,
    np.squeeze,
    np.broadcast_to,
    np.moveaxis,
    np.swapaxes,
    np.flip,
    np.repeat,
    np.tile,
    np.atleast_1d,
    np.roll,
    np.diag,
    np.diagonal,
    np.delete,
    np.triu,
    np.tril,
    np.rot90,
    np.fliplr,
    np.flipud,
    np.split,
    np.insert,
    np.fft.fftshift,
}
MEASURING = {np.shape, np.ndim, np.size}


class Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """A NumPy array whose elements are expressions. Shape ``()`` is a single value.

    Arithmetic, comparisons, NumPy ufuncs and the functions of NEP 18 in `FUNCTIONS`, `SHAPING` and `MEASURING` work on it and
    give further traced values. What cannot be written for the page raises `TracingError` with the model's line.
    """

    __array_priority__ = 1000
    formula: Node | None = None  # of all entries, in which a field stands for the place on a grid
    ragged = False  # whether its length depends on an input: shorter arrays end in NaN

    def __init__(self, nodes: np.ndarray | Node):
        self.nodes: np.ndarray = nodes if isinstance(nodes, np.ndarray) else boxed(nodes)

    shape = property(lambda self: self.nodes.shape)
    ndim = property(lambda self: self.nodes.ndim)
    size = property(lambda self: self.nodes.size)
    T = property(lambda self: Traced(self.nodes.T))

    @property
    def item(self) -> Node:
        """The node of a single value."""
        if self.shape != ():
            raise ValueError(f"expected a single value, got an array of shape {self.shape}")
        return self.nodes.item()

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Value, **kwargs: Any) -> Value:
        if any(hasattr(part, "test") for part in inputs):
            return NotImplemented  # entries chosen by a condition know what to do
        if ufunc is np.matmul and method == "__call__" and kwargs.get("out") is None:
            return FUNCTIONS[np.matmul](*inputs)
        lower = UFUNCS.get(ufunc) or BY_NAME.get(ufunc.__name__)
        if lower is None and (known := all_known(inputs)) is not None:
            return getattr(ufunc, method)(*known, **kwargs)
        if lower is None:
            raise fail(f"np.{ufunc.__name__}", INSTEAD.get(ufunc.__name__, "Write it with functions that can."))
        if kwargs.get("out") is not None:
            raise fail(
                "writing into an array of known numbers (out=, x += y)",
                "Write x = x + y, or make the array with np.zeros or .copy() in the function.",
            )
        if method == "__call__":
            for argument in kwargs:
                hint = "Use np.where." if argument == "where" else "Leave it out."
                raise fail(f"np.{ufunc.__name__}({argument}=...)", hint)
            result = elementwise(lower, *inputs)
            result.formula = elementwise_formula(ufunc, inputs) if result.ndim == 1 else None
            return result
        if method == "reduce":
            return reduced(lower, inputs[0], kwargs.get("axis", 0), bool(kwargs.get("keepdims")))
        if method == "accumulate":
            return accumulated(lower, inputs[0], kwargs.get("axis", 0))
        raise fail(f"np.{ufunc.__name__}.{method}", "Use a plain call.")

    def __array_function__(self, function: Callable, types: object, args: tuple, kwargs: dict) -> Value:
        name = function.__name__
        if function in FUNCTIONS:
            try:
                inspect.signature(FUNCTIONS[function]).bind(*args, **kwargs)
            except TypeError as error:
                raise fail(f"np.{name} with these arguments ({error})", "Leave out what is optional.") from None
            return FUNCTIONS[function](*args, **kwargs)
        if function in MEASURING:
            return function(*_unboxed(args), **kwargs)
        if function in SHAPING:
            shaped = function(*_unboxed(args), **_unboxed(kwargs))
            return list(map(Traced, shaped)) if isinstance(shaped, list) else Traced(shaped)
        if (known := all_known((args, kwargs))) is not None:
            return function(*known[0], **known[1])
        raise fail(f"np.{name}", INSTEAD.get(name, "Write it with functions that can."))

    def __getitem__(self, index: Any) -> Value:
        if isinstance(index, Traced) and index.ndim and not index.known():
            if index.shape == self.shape and all(item.kind == "b" for item in index.nodes.ravel()):
                from explorables.explore.trace.selected import Selected

                return Selected(self, index)
            if index.ndim == 1 and all(item.kind == "f" for item in index.nodes):
                return np.stack([self[part] for part in index])
            raise fail("choosing entries of an array by a condition", "Use np.where(condition, values, 0).")
        if isinstance(index, Traced) and index.ndim == 0 and self.ndim and not index.settled():
            return self._at(index.item)
        parts = tuple(_place(part) for part in (index if isinstance(index, tuple) else (index,)))
        return Traced(self.nodes[parts if isinstance(index, tuple) else parts[0]])

    def _at(self, place: Node) -> Value:
        """The entry, or the row, at a place that depends on an input."""
        if any(item.rows for item in self.nodes.ravel()):
            return self[Traced(place).__index__()]
        place = number(place)
        place = node("?", node("<", place, const(0.0)), node("+", place, const(float(len(self)))), place)
        rows = self.nodes.reshape(len(self), -1)
        entries = [entry(list(rows[:, i]), place) for i in range(rows.shape[1])]
        made = np.empty(len(entries), dtype=object)
        made[:] = entries
        return Traced(made.reshape(self.shape[1:]))

    def known(self) -> bool:
        """Whether it depends on nothing."""
        return all(item.op == "const" for item in self.nodes.ravel())

    def settled(self) -> bool:
        """Whether it has one value on the way that is being traced."""
        return self.size == 1 and (self.known() or ways.current is not None and ways.current.settled(self.item))

    def __setitem__(self, index: Any, value: Value) -> None:
        self.formula = None
        if isinstance(index, Traced) and index.ndim and not index.known():
            chosen = self[index]
            if hasattr(chosen, "test"):
                self.nodes[...] = FUNCTIONS[np.where](index, chosen._beside(value), self).nodes
                return
            raise fail("assigning to places that depend on an input", "Use x = np.where(condition, value, x).")
        parts = tuple(_place(part) for part in (index if isinstance(index, tuple) else (index,)))
        values = nodes_of(value)
        self.nodes[parts if isinstance(index, tuple) else parts[0]] = values[()] if values.ndim == 0 else values

    def _in_place(self, result: Traced) -> Traced:
        """The end of ``x += y``: an array is changed where it is, a number is replaced."""
        if self.ndim == 0:
            return result
        self.nodes[...] = result.nodes
        self.formula = result.formula
        return self

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Value]:
        if self.ndim == 0:
            raise TypeError("a single value cannot be looped over: loop over an array, or over range(n)")
        return (Traced(part) for part in self.nodes)

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ValueError("the truth value of an array is ambiguous: use np.any or np.all")
        test = truth(self.nodes.ravel()[0])
        if test.op == "const":
            return bool(test.value)
        if ways.current is not None:
            return ways.current.test(test)
        raise fail(
            "`if`, `and`, `or`, `not`, min() or max() on a value that depends on an input",
            "Use np.where(test, yes, no), np.minimum, np.maximum, and & | ~ on comparisons; "
            "np.arange needs known bounds: first + np.arange(10) * step.",
        )

    def _few(self) -> bool:
        """Whether this is a single value of inputs that have few values, which can be tried one after the other."""
        return self.size == 1 and (
            self.nodes.ravel()[0].op == "const"
            or ways.current is not None
            and all(
                len(ways.current.domains.get(leaf, range(MAX_VALUES + 1))) <= MAX_VALUES for leaf in leaves(self.item)
            )
        )

    def _value(self) -> Any:
        item = self.nodes.ravel()[0]
        return item.value if item.op == "const" or ways.current is None else ways.current.value(item)

    def __float__(self) -> float:
        if self._few():
            return float(self._value())
        raise fail(
            "float(), math.* or storing in a NumPy array",
            "Use the NumPy function (np.exp for math.exp), np.stack for arrays; inputs are numbers already.",
        )

    def __complex__(self) -> complex:
        raise fail("storing a traced value among complex numbers", "Make the array with np.array([...]) or np.zeros.")

    def __int__(self) -> int:
        if self._few():
            return int(self._value())
        raise fail("int()", "Use np.floor or np.rint; choose from a table with np.select.")

    def __index__(self) -> int:
        if self._few():
            value = self._value()
            if value != int(value):
                raise TypeError(f"{value} is no whole number and cannot be an index or a count")
            return int(value)
        raise fail(
            "an index, a count or range() that depends on an input",
            f"Give that input whole bounds and at most {MAX_VALUES} values, n=(1, 10); or use np.select, and loops of known length.",
        )

    def __round__(self, digits: int = 0) -> Value:
        return FUNCTIONS[np.round](self, digits)

    def __hash__(self) -> int:
        if self._few():
            return hash(self._value())
        raise fail(
            "a dict, set or cache looked up by an input", "Give records as options of a choice, or use np.select."
        )

    def __format__(self, spec: str) -> str:
        if self.settled() or self.size == 1 and self.nodes.ravel()[0].kind == "s" and self._few():
            return format(self._value(), spec)
        return f"{MARK}{caller()[0]}{MARK}"  # only printed, it does no harm; as an output it is an error

    def __str__(self) -> str:
        return format(self)

    def __repr__(self) -> str:
        return f"Traced(shape={self.shape})"

    def reshape(self, *shape: int) -> Traced:
        return Traced(self.nodes.reshape(*shape))

    def ravel(self) -> Traced:
        return Traced(self.nodes.ravel())

    def astype(self, dtype: Any) -> Traced:
        if np.dtype(dtype).kind not in "fb":
            raise fail(f"astype({np.dtype(dtype)})", "Use np.floor or np.rint and keep floats.")
        return elementwise(number if np.dtype(dtype).kind == "f" else truth, self)

    def copy(self) -> Traced:
        made = Traced(self.nodes.copy())
        made.formula, made.ragged = self.formula, self.ragged
        return made

    def tolist(self) -> list:
        return [part.tolist() if part.ndim else part for part in self]

    @property
    def real(self) -> Traced:
        return self._part(lambda item: parts(item)[0])

    @property
    def imag(self) -> Traced:
        return self._part(lambda item: parts(item)[1])

    def _part(self, take: Callable[[Node], Node]) -> Traced:
        made = elementwise(take, self)
        made.formula = None if self.formula is None else take(self.formula)
        return made

    def conj(self) -> Traced:
        return np.conjugate(self)

    def transpose(self, *axes: int) -> Traced:
        return Traced(self.nodes.transpose(*axes))

    def flatten(self) -> Traced:
        return Traced(self.nodes.flatten())

    def dot(self, other: Value) -> Value:
        return FUNCTIONS[np.dot](self, other)


def boxed(item: Node) -> np.ndarray:
    """A node as an array of shape ()."""
    box = np.empty((), dtype=object)
    box[()] = item
    return box


def as_traced(value: Value) -> Value:
    """A value as a traced array, for NumPy's functions."""
    return Traced(nodes_of(value))


def nodes_of(value: Value) -> np.ndarray:
    """An object array of nodes from a traced value, a constant, or nested lists of both."""
    if isinstance(value, Traced):
        return value.nodes
    if getattr(value, "_traced", None) is not None:
        return value._traced.nodes
    if isinstance(value, list | tuple):
        return np.stack([nodes_of(part) for part in value]) if len(value) else np.empty(0, dtype=object)
    array = np.asarray(value)
    result = np.empty(array.shape, dtype=object)
    for index in np.ndindex(array.shape):
        item = array[index]
        result[index] = item.item if isinstance(item, Traced) else const(item)
    return result


def _place(part: Any) -> Any:
    """A part of an index, as NumPy's own arrays take it."""
    if not isinstance(part, Traced):
        return part
    if part.ndim == 0:
        return part.__index__()
    if not part.known():
        raise fail("choosing entries of an array by a condition", "Use np.where(condition, values, 0).")
    return plain(part) if part.nodes.ravel()[0].kind == "b" else plain(part).astype(int)


def plain(value: Traced) -> np.ndarray:
    """A known array as NumPy's own."""
    return np.array([item.value for item in value.nodes.ravel()]).reshape(value.shape)


def entry(items: Sequence[Node], place: Node) -> Node:
    """The one of several expressions that is at a place, counted from 0."""
    if any(item.kind == "c" for item in items):
        return pair(*(entry(part, place) for part in zip(*map(parts, items), strict=True)))
    if all(item is items[0] for item in items):
        return items[0]
    if len({item.kind for item in items}) > 1:
        items = [number(item) for item in items]
    return intern("element", (intern("array", tuple(items), None, items[0].kind), place), None, items[0].kind)


def _unboxed(value: Any) -> Any:
    """Arguments for NumPy's own shape functions: traced arrays become arrays of nodes, all else stays."""
    if isinstance(value, Traced):
        return value.nodes
    if isinstance(value, dict):
        return {key: _unboxed(item) for key, item in value.items()}
    if isinstance(value, list | tuple) and any(isinstance(part, Traced | list | tuple | np.ndarray) for part in value):
        return type(value)(_unboxed(part) for part in value)
    return value


def all_known(value: Any) -> Any:
    """Arguments without anything that depends on an input, as NumPy's own arrays; None if something does."""
    if isinstance(value, Traced):
        return plain(value) if value.known() else None
    if isinstance(value, dict):
        named = {key: all_known(part) for key, part in value.items()}
        return None if any(part is None and value[key] is not None for key, part in named.items()) else named
    if isinstance(value, list | tuple):
        parts = [all_known(part) for part in value]
        return (
            None if any(a is None and b is not None for a, b in zip(parts, value, strict=True)) else type(value)(parts)
        )
    return value


def elementwise(lower: Callable[..., Node], *inputs: Value) -> Traced:
    """A function of single entries on arrays, which are brought to one shape as NumPy does."""
    arrays = np.broadcast_arrays(*(nodes_of(value) for value in inputs))
    result = np.empty(arrays[0].shape, dtype=object)
    for index in np.ndindex(result.shape):
        result[index] = lower(*(array[index] for array in arrays))
    return Traced(result)


def reduced(lower: Callable, value: Value, axis: int | None = None, keepdims: bool = False) -> Traced:
    """The entries of an array joined by a function of two, from the first to the last along an axis."""
    nodes = nodes_of(value)
    if axis is None:
        nodes, axis = nodes.ravel(), 0
    nodes = np.moveaxis(nodes, axis, 0)
    total = functools.reduce(lambda a, b: elementwise(lower, Traced(a), Traced(b)).nodes, nodes)
    total = total if isinstance(total, np.ndarray) else boxed(total)
    return Traced(np.expand_dims(total, axis) if keepdims else total)


def accumulated(lower: Callable, value: Value, axis: int | None = None) -> Traced:
    """What `reduced` has joined up to each entry."""
    nodes = nodes_of(value)
    if axis is None:
        nodes, axis = nodes.ravel(), 0
    rows = list(np.moveaxis(nodes, axis, 0))
    rows = [row if isinstance(row, np.ndarray) else boxed(row) for row in rows]
    for i in range(1, len(rows)):
        rows[i] = elementwise(lower, Traced(rows[i - 1]), Traced(rows[i])).nodes
    return Traced(np.moveaxis(np.stack(rows), 0, axis))


def formula_of(value: Value) -> Node | None:
    """One expression for every entry of an array: of the places of a grid, or without any."""
    formula = value._traced.formula if getattr(value, "_traced", None) is not None else getattr(value, "_formula", None)
    formula = formula if formula is not None else getattr(value, "formula", None)
    if formula is not None or np.ndim(value):
        return formula
    return (
        value.item
        if isinstance(value, Traced)
        else const(value)
        if isinstance(value, int | float | np.number)
        else None
    )


def elementwise_formula(ufunc: np.ufunc, inputs: Sequence[Value]) -> Node | None:
    """The formula of a result of a function on arrays that have one, or on single values; None if that is not so."""
    lower = UFUNCS.get(ufunc) or BY_NAME.get(ufunc.__name__)
    if lower is None or len({np.shape(part) for part in inputs if np.ndim(part)}) != 1:
        return None
    parts = complete([formula_of(part) for part in inputs])
    return None if parts is None else lower(*parts)


def element(values: Traced, index: Node) -> Node:
    """The entry of a one-dimensional array that belongs to a row of the table."""
    items = values.nodes.tolist()
    if any(item.rows for item in items):
        raise fail("an array inside a row of a table", "Give one value a row.")
    return intern("element", (intern("array", tuple(items), None, items[0].kind), index), None, items[0].kind)


def resolved(traced: Traced, place: Callable[[np.ndarray], Node]) -> Node | None:
    """The formula of an array, with `place` for the place on its grid, if it has one.

    Whoever uses it must compare it with the array's entries: these may have been changed by another name.
    """
    if traced.formula is None:
        return None
    grids = [leaf for leaf in leaves(traced.formula) if leaf.op == "field"]
    places = places_of(grids[0]) if len(grids) == 1 else None
    if places is None or len(places) != len(traced):
        return None
    return substituted(traced.formula, {grids[0]: place(places)})


# np.array([traced, ...]) makes an array of objects; NumPy then looks for a method of the ufunc's name.
for _ufunc in UFUNCS:
    if _ufunc.nin == 1 and not hasattr(Traced, _ufunc.__name__):
        setattr(Traced, _ufunc.__name__, functools.partialmethod(lambda self, ufunc: ufunc(self), _ufunc))
for _name, _operator in {
    "__iadd__": operator.add,
    "__isub__": operator.sub,
    "__imul__": operator.mul,
    "__itruediv__": operator.truediv,
    "__ifloordiv__": operator.floordiv,
    "__ipow__": operator.pow,
    "__imod__": operator.mod,
}.items():
    setattr(Traced, _name, lambda self, other, operator=_operator: self._in_place(operator(self, other)))
for _name in ("sum", "prod", "max", "min", "any", "all", "mean", "std", "var", "cumsum", "cumprod", "clip", "round"):
    setattr(
        Traced,
        _name,
        functools.partialmethod(lambda self, function, *a, **k: function(self, *a, **k), getattr(np, _name)),
    )
