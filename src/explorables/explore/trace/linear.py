"""NumPy's functions of vectors, matrices and signals, on traced ones."""

from __future__ import annotations

import functools

import numpy as np

from explorables.explore.trace.errors import fail
from explorables.explore.trace.nodes import Value, const
from explorables.explore.trace.traced import FUNCTIONS, Traced, all_known, as_traced, nodes_of


def _dot(a: Value, b: Value) -> Value:
    a, b = nodes_of(a), nodes_of(b)
    if a.ndim == 0 or b.ndim == 0:
        return Traced(a) * Traced(b)
    return _matmul(Traced(a), Traced(b))


def _matmul(a: Value, b: Value) -> Value:
    """Products of vectors and matrices, added up from the first to the last."""
    a, b = nodes_of(a), nodes_of(b)
    if a.ndim > 2 or b.ndim > 2:
        raise fail("a product of arrays with more than two dimensions", "Use np.sum(a * b, axis=...).")
    rows, columns = np.atleast_2d(a), (b[:, None] if b.ndim == 1 else b)
    if rows.shape[1] != columns.shape[0]:
        raise ValueError(
            f"shapes {a.shape} and {b.shape} do not fit: {rows.shape[1]} columns for {columns.shape[0]} rows"
        )
    product = np.sum(Traced(rows[:, :, None]) * Traced(columns[None, :, :]), axis=1).nodes
    return Traced(product.reshape(a.shape[:-1] + b.shape[1:]))


def _outer(a: Value, b: Value) -> Value:
    return Traced(nodes_of(a).ravel()[:, None]) * Traced(nodes_of(b).ravel()[None, :])


def _cross(a: Value, b: Value) -> Value:
    (a1, a2, a3), (b1, b2, b3) = as_traced(a), as_traced(b)
    return np.stack([a2 * b3 - a3 * b2, a3 * b1 - a1 * b3, a1 * b2 - a2 * b1])


def _convolve(a: Value, v: Value, mode: str = "full") -> Value:
    a, v = nodes_of(a), nodes_of(v)
    if len(v) > len(a):
        a, v = v, a
    full = Traced(np.full(len(a) + len(v) - 1, const(0.0), dtype=object))
    for i, weight in enumerate(v):
        full[i : i + len(a)] = full[i : i + len(a)] + Traced(a) * Traced(weight)
    if mode == "full":
        return full
    first = (len(v) - 1) // 2 if mode == "same" else len(v) - 1
    return full[first : first + (len(a) if mode == "same" else len(a) - len(v) + 1)]


def _polyval(p: Value, x: Value) -> Value:
    return functools.reduce(lambda total, factor: total * x + factor, as_traced(p), 0.0)


def _solve(a: Value, b: Value) -> Value:
    """Gauss-Jordan elimination with the largest pivot, for small systems."""
    a, b = nodes_of(a), nodes_of(b)
    size = len(a)
    if a.shape != (size, size):
        raise ValueError(f"np.linalg.solve needs a square matrix, not one of shape {a.shape}")
    if size > 4 and any(item.op != "const" for item in a.ravel()):
        raise fail(
            f"np.linalg of a matrix of {size} rows",
            "Up to 4 rows are carried; write out what the system's shape allows.",
        )
    left, right = Traced(a).copy(), Traced(b.reshape(size, -1)).copy()
    for i in range(size):
        for j in range(i + 1, size):
            larger = np.abs(left[j, i]) > np.abs(left[i, i])
            for part in (left, right):
                up, down = part[i].copy(), part[j].copy()
                part[i], part[j] = np.where(larger, down, up), np.where(larger, up, down)
        for j in range(i + 1, size):
            factor = left[j, i] / left[i, i]
            left[j], right[j] = left[j] - factor * left[i], right[j] - factor * right[i]
    for i in reversed(range(size)):
        for j in range(i + 1, size):
            right[i] = right[i] - left[i, j] * right[j]
        right[i] = right[i] / left[i, i]
    return Traced(right.nodes.reshape(b.shape))


def _inv(a: Value) -> Value:
    return _solve(a, np.eye(len(nodes_of(a))))


def _det(a: Value) -> Value:
    a = as_traced(a)
    if len(a) == 1:
        return a[0, 0]
    if len(a) > 4:
        raise fail(f"np.linalg.det of a matrix of {len(a)} rows", "Up to 4 rows are carried.")
    minors = [Traced(np.delete(a.nodes[1:], i, axis=1)) for i in range(len(a))]
    return functools.reduce(lambda total, i: total + (-1.0) ** i * a[0, i] * _det(minors[i]), range(len(a)), 0.0)


def _norm(x: Value) -> Value:
    return np.sqrt(np.sum(np.square(as_traced(x))))


def _matrix_power(a: Value, n: Value) -> Value:
    n = n.__index__() if isinstance(n, Traced) else n
    base = as_traced(a if n >= 0 else _inv(a))
    return functools.reduce(_matmul, [base] * abs(n), as_traced(np.eye(len(base))))


def _cov(m: Value, y: Value = None, *, ddof: int = 1) -> Value:
    nodes = np.atleast_2d(nodes_of(m))
    rows: Value = Traced(nodes if y is None else np.concatenate([nodes, np.atleast_2d(nodes_of(y))]))
    centred = rows - np.mean(rows, axis=1, keepdims=True)
    found = _matmul(centred, centred.T) / (rows.shape[1] - ddof)
    return found if len(rows) > 1 else found[0, 0]


def _corrcoef(x: Value, y: Value = None) -> Value:
    found = _cov(x, y)
    sizes = np.sqrt(Traced(np.diagonal(found.nodes)))
    return found / (sizes[:, None] * sizes[None, :])


def _polyfit(x: Value, y: Value, deg: int) -> Value:
    """np.polyfit at known places: its coefficients are sums of the values with known weights."""
    places = all_known(x)
    if places is None or isinstance(deg, Traced):
        raise fail(
            "np.polyfit with places or a degree that depend on an input",
            "For a line write slope = np.cov(x, y)[0, 1] / np.var(x, ddof=1), intercept = np.mean(y) - slope * np.mean(x).",
        )
    weights = np.linalg.pinv(np.vander(np.asarray(places, dtype=float), deg + 1))
    return _matmul(weights, as_traced(y))


def _fft(a: Value, n: Value = None) -> Value:
    """The discrete Fourier transform by halves (Cooley and Tukey, 1965), and by its sum where the length is odd."""
    if n is not None:
        raise fail("np.fft with a length n=", "Pass an array of that length.")
    values = as_traced(a)
    if values.ndim != 1:
        raise fail("np.fft of more than one dimension", "Transform one row at a time.")
    size = len(values)
    if size == 1:
        return values + 0j
    if size % 2:
        places = np.arange(size)
        return _matmul(np.exp(-2j * np.pi * (np.outer(places, places) % size) / size), values)
    even, odd = _fft(values[::2]), _fft(values[1::2]) * np.exp(-2j * np.pi * np.arange(size // 2) / size)
    return np.concatenate([even + odd, even - odd])


FUNCTIONS |= {
    np.matmul: _matmul,
    np.dot: _dot,
    np.vdot: _dot,
    np.inner: _dot,
    np.outer: _outer,
    np.cross: _cross,
    np.convolve: _convolve,
    np.polyval: _polyval,
    np.linalg.solve: _solve,
    np.linalg.inv: _inv,
    np.linalg.det: _det,
    np.linalg.norm: _norm,
    np.linalg.matrix_power: _matrix_power,
    np.cov: _cov,
    np.corrcoef: _corrcoef,
    np.polyfit: _polyfit,
    np.fft.fft: _fft,
    np.fft.ifft: lambda a: np.conjugate(_fft(np.conjugate(as_traced(a)))) / len(a),
    np.fft.rfft: lambda a: _fft(a)[: len(a) // 2 + 1],
}
