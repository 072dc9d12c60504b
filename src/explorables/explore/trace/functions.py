"""NumPy's functions of whole arrays, on traced ones: sums, choices, steps, order and statistics."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from explorables.explore.trace import pairs
from explorables.explore.trace.errors import fail
from explorables.explore.trace.nodes import Node, Value, complete, node, number, truth
from explorables.explore.trace.selected import holding
from explorables.explore.trace.traced import (
    FUNCTIONS,
    MEASURING,
    SHAPING,
    Traced,
    accumulated,
    as_traced,
    elementwise,
    formula_of,
    nodes_of,
    reduced,
)
from explorables.explore.trace.ufuncs import BY_NAME, UFUNCS, branch, sinc


def _reducer(lower: Callable[[Node, Node], Node], prepare: Callable[[Node], Node]) -> Callable:
    def reduce(a: Value, axis: int | None = None, keepdims: bool = False, **unknown: object) -> Traced:
        _refuse(unknown)
        return reduced(lower, elementwise(prepare, a), axis, keepdims)

    return reduce


def _refuse(unknown: Mapping[str, object]) -> None:
    for name, value in unknown.items():
        if value is not None and value is not np._NoValue:
            raise fail(f"the argument {name}= of this NumPy function", "Leave it out.")


def _mean(a: Value, axis: int | None = None, keepdims: bool = False) -> Value:
    values = as_traced(a)
    count = values.size if axis is None else values.shape[axis]
    return np.sum(values, axis=axis, keepdims=keepdims) / count


def _cumulative(lower: Callable) -> Callable:
    return lambda a, axis=None: accumulated(lower, elementwise(number, a), axis)


def _where(condition: Value, *choices: Value) -> Value:
    if not choices:
        return holding(condition)
    result = elementwise(branch, condition, *choices)
    parts = complete([formula_of(part) for part in (condition, *choices)])
    if result.ndim == 1 and parts is not None:
        result.formula = branch(*parts)
    return result


def _select(conditions: Iterable, choices: Iterable, default: Value = 0) -> Value:
    result = default
    for condition, choice in reversed(list(zip(conditions, choices, strict=True))):
        result = _where(condition, choice, result)
    return result


def _piecewise(x: Value, condlist: Iterable, funclist: Iterable) -> Value:
    """np.piecewise: unlike np.select, the last condition that holds decides."""
    values = [function(x) if callable(function) else function for function in funclist]
    nodes = nodes_of(condlist)
    conditions = [nodes] if nodes.ndim == np.ndim(x) else list(nodes)
    if len(values) not in (len(conditions), len(conditions) + 1):
        raise ValueError(f"np.piecewise has {len(conditions)} conditions and {len(values)} functions")
    result = values[-1] if len(values) > len(conditions) else 0.0
    for condition, value in zip(conditions, values, strict=False):
        result = _where(Traced(condition), value, result)
    return result


def _choose(index: Value, choices: Iterable) -> Value:
    choices = list(choices)
    result = choices[-1]
    for i, choice in reversed(list(enumerate(choices[:-1]))):
        result = _where(np.less_equal(index, i), choice, result)
    return result


def _clip(a: Value, a_min: Value = None, a_max: Value = None, *, min: Value = None, max: Value = None) -> Value:
    low, high = (min if a_min is None else a_min), (max if a_max is None else a_max)
    a = a if low is None else np.maximum(as_traced(a), low)
    return a if high is None else np.minimum(as_traced(a), high)


def _round(a: Value, decimals: int = 0) -> Value:
    scale = 10.0 ** abs(decimals)
    if decimals == 0:
        return np.rint(a)
    return np.rint(a * scale) / scale if decimals > 0 else np.rint(a / scale) * scale


def _linspace(start: Value, stop: Value, num: int = 50, endpoint: bool = True) -> Value:
    start, stop = as_traced(start), as_traced(stop)
    step = (stop - start) / ((num - 1 if endpoint else num) or 1)
    values = [start + i * step for i in range(num)]
    if endpoint and num > 1:
        values[-1] = stop + 0.0
    return np.stack(values)


def _interp(x: Value, xp: Value, fp: Value, left: Value = None, right: Value = None) -> Value:
    if any(n.op != "const" for n in nodes_of(xp).ravel()):
        raise fail("np.interp with places xp that depend on an input", "Give xp as constants.")
    places, values = np.asarray(xp, dtype=float), list(fp)
    result = values[-1] if right is None else right
    result = _where(np.less_equal(x, places[-1]), values[-1], result)
    for i in range(len(places) - 2, -1, -1):
        slope = (values[i + 1] - values[i]) / (places[i + 1] - places[i])
        result = _where(np.less(x, places[i + 1]), slope * (x - places[i]) + values[i], result)
    result = _where(np.less(x, places[0]), values[0] if left is None else left, result)
    return _where(np.isnan(x), np.nan, result)


def _searchsorted(a: Value, v: Value, side: str = "left") -> Value:
    """np.searchsorted, which puts NaN behind all numbers."""
    test = np.less if side == "left" else np.less_equal
    edges = np.asarray(a)
    count: Value = 0.0
    for edge in edges:
        count = count + np.where(test(edge, v), 1.0, 0.0)
    return np.where(np.isnan(v), float(len(edges)), count)


def _diff(a: Value, n: int = 1, axis: int = -1) -> Value:
    for _ in range(n):
        rows = np.moveaxis(nodes_of(a), axis, 0)
        a = Traced(np.moveaxis((Traced(rows[1:]) - Traced(rows[:-1])).nodes, 0, axis))
    return a


def _full_like(a: Value, fill_value: Value) -> Traced:
    return Traced(np.broadcast_to(nodes_of(fill_value), a.shape).copy())


def _nan_to_num(x: Value, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Value:
    largest = np.finfo(float).max
    high, low = (largest if posinf is None else posinf), (-largest if neginf is None else neginf)
    return np.select([np.isnan(x), x == np.inf, x == -np.inf], [nan, high, low], default=x)


def _var(a: Value, axis: int | None = None, ddof: int = 0, keepdims: bool = False) -> Value:
    values = as_traced(a)
    count = values.size if axis is None else values.shape[axis]
    away = values - _mean(values, axis, keepdims=True)
    return np.sum(away * away, axis=axis, keepdims=keepdims) / max(count - ddof, 0)


def _std(a: Value, axis: int | None = None, ddof: int = 0, keepdims: bool = False) -> Value:
    return np.sqrt(_var(a, axis, ddof, keepdims))


def _average(a: Value, axis: int | None = None, weights: Value = None) -> Value:
    if weights is None:
        return _mean(a, axis)
    weights = as_traced(weights)
    return np.sum(as_traced(a) * weights, axis=axis) / np.sum(weights, axis=axis)


def _trapezoid(y: Value, x: Value = None, dx: float = 1.0, axis: int = -1) -> Value:
    rows = Traced(np.moveaxis(nodes_of(y), axis, -1))
    steps = dx if x is None else _diff(as_traced(x))
    return np.sum(steps * (rows[..., 1:] + rows[..., :-1]) / 2.0, axis=-1)


def _gradient(f: Value, spacing: Value = 1.0) -> Value:
    """np.gradient along one axis: differences of neighbours inside, one-sided at the ends."""
    values, places = as_traced(f), as_traced(spacing)
    if values.ndim != 1:
        raise fail("np.gradient of more than one dimension", "Take np.diff along each axis.")
    if places.ndim == 0:
        inner = (values[2:] - values[:-2]) / (2.0 * places)
        return np.concatenate([(values[1:2] - values[:1]) / places, inner, (values[-1:] - values[-2:-1]) / places])
    h = _diff(places)
    left, right, d = h[:-1], h[1:], _diff(values)
    inner = (left * left * values[2:] + (right * right - left * left) * values[1:-1] - right * right * values[:-2]) / (
        left * right * (left + right)
    )
    return np.concatenate([d[:1] / h[:1], inner, d[-1:] / h[-1:]])


def _angle(z: Value, deg: bool = False) -> Value:
    return as_traced(z)._part(pairs.angle) * (180.0 / math.pi if deg else 1.0)


def _furthest(further: np.ufunc) -> Callable:
    """np.argmax and np.argmin: the place of the first of the largest or smallest entries."""

    def place(a: Value, axis: int | None = None) -> Value:
        values = as_traced(a)
        rows = values.ravel() if axis is None else Traced(np.moveaxis(values.nodes, axis, 0))
        best, found = rows[0], np.zeros(rows.shape[1:])
        for i in range(1, len(rows)):
            better = further(rows[i], best)
            best, found = np.where(better, rows[i], best), np.where(better, float(i), found)
        return as_traced(found)

    return place


MAX_SORTED = 64


def _sort(a: Value, axis: int = -1) -> Value:
    """Entries in order, by a network of comparisons (Batcher, Sorting networks and their applications, 1968)."""
    rows: list[Value] = [Traced(row) for row in np.moveaxis(nodes_of(a), axis, 0)]
    count = len(rows)
    if count > MAX_SORTED:
        raise fail(f"sorting {count} values that depend on an input", f"Up to {MAX_SORTED} are carried.")
    p = 1
    while p < count:
        k = p
        while k >= 1:
            for j in range(k % p, count - k, 2 * k):
                for i in range(min(k, count - j - k)):
                    low, high = i + j, i + j + k
                    if low // (2 * p) == high // (2 * p):
                        one, other = rows[low], rows[high]
                        rows[low], rows[high] = np.minimum(one, other), np.maximum(one, other)
            k //= 2
        p *= 2
    return np.moveaxis(np.stack(rows), 0, axis)


def _quantile(a: Value, q: Value, axis: int | None = None) -> Value:
    """np.quantile with its usual method, linear between neighbours."""
    if any(item.op != "const" for item in nodes_of(q).ravel()):
        raise fail("np.quantile whose share depends on an input", "Give the share as a number.")
    nodes = nodes_of(a)
    rows = _sort(Traced(nodes.ravel() if axis is None else np.moveaxis(nodes, axis, 0)), 0)

    def one(share: float) -> Value:
        place = float(share) * (len(rows) - 1)
        low = int(place)
        high = min(low + 1, len(rows) - 1)
        return rows[low] + (rows[high] - rows[low]) * (place - low)

    shares = np.asarray(q, dtype=float)
    return one(float(shares)) if shares.ndim == 0 else np.stack([one(share) for share in shares])


def _histogram(a: Value, bins: Value = 10, range: tuple[float, float] | None = None) -> tuple[Value, np.ndarray]:
    if isinstance(bins, int):
        if range is None:
            raise fail(
                "np.histogram whose bins follow from the values", "Give bins as edges: bins=np.linspace(0, 10, 11)."
            )
        bins = np.linspace(*range, bins + 1)
    values, edges = Traced(nodes_of(a).ravel()), np.asarray(bins, dtype=float)
    counts = [
        np.sum(np.where((values >= low) & ((values < high) | (last & (values == high))), 1.0, 0.0))
        for low, high, last in zip(edges[:-1], edges[1:], [*[False] * (len(edges) - 2), True], strict=True)
    ]
    return np.stack(counts), edges


def _isclose(a: Value, b: Value, rtol: float = 1e-5, atol: float = 1e-8) -> Value:
    return np.abs(as_traced(a) - b) <= atol + rtol * np.abs(b)


def _nan_aware(reduce: Callable, neutral: float) -> Callable:
    return lambda a, axis=None: reduce(np.where(np.isnan(a), neutral, a), axis=axis)


def _geomspace(start: Value, stop: Value, num: int = 50) -> Value:
    return np.exp(_linspace(np.log(start), np.log(stop), num))


def _logspace(start: Value, stop: Value, num: int = 50, *, base: float = 10.0) -> Value:
    return base ** _linspace(start, stop, num)


def _meshgrid(x: Value, y: Value) -> list[Traced]:
    return [Traced(part) for part in np.meshgrid(nodes_of(x), nodes_of(y))]


def _joiner(function: Callable) -> Callable:
    """np.stack and its kind, where some parts are constants."""
    return lambda arrays, *args, **kwargs: Traced(function([nodes_of(a) for a in arrays], *args, **kwargs))


def special(name: str) -> Callable[[object], Traced]:
    """A function of `scipy.special` by name, on traced values."""
    return lambda x: elementwise(BY_NAME[name], x)


FUNCTIONS |= {
    np.where: _where,
    np.select: _select,
    np.piecewise: _piecewise,
    np.choose: _choose,
    np.clip: _clip,
    np.round: _round,
    np.around: _round,
    np.linspace: _linspace,
    np.interp: _interp,
    np.searchsorted: _searchsorted,
    np.sum: _reducer(lambda a, b: node("+", a, b), number),
    np.prod: _reducer(lambda a, b: node("*", a, b), number),
    np.max: _reducer(UFUNCS[np.maximum], number),
    np.min: _reducer(UFUNCS[np.minimum], number),
    np.any: _reducer(UFUNCS[np.logical_or], truth),
    np.all: _reducer(UFUNCS[np.logical_and], truth),
    np.mean: _mean,
    np.cumsum: _cumulative(lambda a, b: node("+", a, b)),
    np.cumprod: _cumulative(lambda a, b: node("*", a, b)),
    np.diff: _diff,
    np.zeros_like: lambda a, dtype=None: as_traced(np.zeros(a.shape)),
    np.ones_like: lambda a, dtype=None: as_traced(np.ones(a.shape)),
    np.empty_like: lambda a, dtype=None: as_traced(np.zeros(a.shape)),
    np.full_like: _full_like,
    np.nan_to_num: _nan_to_num,
    np.var: _var,
    np.std: _std,
    np.average: _average,
    np.trapezoid: _trapezoid,
    np.gradient: _gradient,
    np.histogram: _histogram,
    np.isclose: _isclose,
    np.sinc: lambda x: elementwise(sinc, x),
    np.ptp: lambda a, axis=None: np.max(a, axis=axis) - np.min(a, axis=axis),
    np.nansum: _nan_aware(np.sum, 0.0),
    np.nanmax: _nan_aware(np.max, -math.inf),
    np.nanmin: _nan_aware(np.min, math.inf),
    np.geomspace: _geomspace,
    np.logspace: _logspace,
    np.meshgrid: _meshgrid,
    np.copy: lambda a: Traced(nodes_of(a).copy()),
    np.real: lambda val: val.real,
    np.imag: lambda val: val.imag,
    np.angle: _angle,
    np.argmax: _furthest(np.greater),
    np.argmin: _furthest(np.less),
    np.sort: _sort,
    np.median: lambda a, axis=None: _quantile(a, 0.5, axis),
    np.quantile: _quantile,
    np.percentile: lambda a, q, axis=None: _quantile(a, np.asarray(q) / 100.0, axis),
    np.trace: lambda a: np.sum(np.diagonal(as_traced(a))),
    np.count_nonzero: lambda a: np.sum(np.where(as_traced(a) != 0, 1.0, 0.0)),
    np.nonzero: lambda a: holding(a),
    np.flatnonzero: lambda a: holding(a)[0],
    np.column_stack: lambda tup: Traced(np.column_stack([nodes_of(a) for a in tup])),
    np.stack: _joiner(np.stack),
    np.concatenate: _joiner(np.concatenate),
    np.vstack: _joiner(np.vstack),
    np.hstack: _joiner(np.hstack),
    np.append: lambda arr, values: Traced(np.append(nodes_of(arr), nodes_of(values))),
}


def vocabulary() -> dict[str, list[str]]:
    """The functions that can be carried into a page, by kind, for the manual."""
    public = {f for f in vars(np).values() if callable(f)}
    functions = {f.__name__ for f in {*FUNCTIONS, *SHAPING, *MEASURING} if f in public}
    return {
        "Element by element (NumPy)": sorted({u.__name__ for u in UFUNCS}),
        "On arrays (NumPy)": sorted(functions),
        "Small linear algebra (np.linalg)": sorted(f.__name__ for f in FUNCTIONS if f not in public),
        "Of scipy.special": sorted(BY_NAME),
    }
