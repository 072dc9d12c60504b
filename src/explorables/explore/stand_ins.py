"""Names that mean something else in a function while it is traced: NumPy's arrays can then hold traced values.

NumPy asks a traced value what to do in most of its functions, but not where none is given (``np.zeros(3)``, which is
filled later) or where an array is made of several (``np.array([x, y])``). Python's ``min``, ``math.exp`` and
``isinstance`` ask nobody. So these names are exchanged in the module of a function, while it is traced and no longer.
"""

from __future__ import annotations

import builtins
import cmath
import contextlib
import functools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from explorables.explore.draws import RANDOM, counted
from explorables.explore.known import flat, grid, holds, known
from explorables.explore.trace import Traced, nodes_of, special


def _zeros(shape: Any, *_: Any, **__: Any) -> Traced:
    return flat(np.zeros(counted(shape)), 0.0)


def _ones(shape: Any, *_: Any, **__: Any) -> Traced:
    return flat(np.ones(counted(shape)), 1.0)


def _full(shape: Any, fill_value: Any, *_: Any, **__: Any) -> Traced:
    return Traced(np.broadcast_to(nodes_of(fill_value), np.zeros(counted(shape)).shape).copy())


def _like(make: Callable) -> Callable:
    return lambda a, *_, **__: make(np.shape(a))


def _array(original: Callable) -> Callable:
    def array(values: Any, *args: Any, **kwargs: Any) -> Any:
        return Traced(nodes_of(values).copy()) if holds(values) else known(original(values, *args, **kwargs))

    return array


def _arange(*args: Any, **kwargs: Any) -> Any:
    if not any(map(holds, args)):
        return grid(np.arange(*args, **kwargs))
    # The number of places must be known: inputs with few values are tried one after the other.
    return grid(np.arange(*(float(part) if isinstance(part, Traced) else part for part in args), **kwargs))


def _spaced(original: Callable) -> Callable:
    def spaced(start: Any, stop: Any, num: Any = 50, *args: Any, **kwargs: Any) -> Any:
        return grid(original(start, stop, counted(num), *args, **kwargs))

    return spaced


def _vectorize(function: Callable, *args: Any, **kwargs: Any) -> Callable:
    def mapped(*values: Any) -> Any:
        if not any(map(holds, values)):
            return np.vectorize(function, *args, **kwargs)(*values)
        arrays = np.broadcast_arrays(*map(nodes_of, values))
        results = [function(*map(Traced, row)) for row in zip(*(a.ravel() for a in arrays), strict=True)]
        return Traced(np.stack([nodes_of(result) for result in results]).reshape(arrays[0].shape))

    return mapped


def _isscalar(value: Any) -> bool:
    return value.ndim == 0 if isinstance(value, Traced) else np.isscalar(value)


def _isinstance(value: Any, kinds: Any) -> bool:
    """As the input is in NumPy: a number of the kinds float, a text or a truth value, or an array."""
    kinds = tuple(map(_kind, kinds)) if builtins.isinstance(kinds, tuple) else _kind(kinds)
    if not builtins.isinstance(value, Traced):
        return builtins.isinstance(value, kinds)
    if value.ndim:
        return builtins.isinstance(np.zeros(1), kinds)
    like = {"s": "", "b": np.bool_(True), "f": np.float64(0)}[value.item.kind]
    return builtins.isinstance(like, kinds)


def _extreme(name: str) -> Callable:
    """min() and max() as Python has them, which keep the first of what cannot be compared."""
    original, better = getattr(builtins, name), np.less if name == "min" else np.greater

    def extreme(*values: Any, **options: Any) -> Any:
        parts = list(values[0]) if len(values) == 1 and not isinstance(values[0], str) else list(values)
        if options or not any(map(holds, parts)):
            return original(*values, **options) if len(values) > 1 else original(parts, **options)
        return functools.reduce(lambda a, b: np.where(better(b, a), b, a), parts)

    return extreme


def _kind(kind: Any) -> Any:
    return kind.original if builtins.isinstance(kind, _Kind) else kind


class _Kind:
    """int, float or complex, called on traced values too. NumPy takes it for the type where one is asked for."""

    def __init__(self, original: type, of_traced: Callable):
        self.original, self.dtype, self._of_traced = original, np.dtype(original), of_traced

    def __call__(self, *args: Any) -> Any:
        return self._of_traced(*args) if any(map(holds, args)) else self.original(*args)

    def __or__(self, other: Any) -> Any:
        return self.original | _kind(other)

    def __ror__(self, other: Any) -> Any:
        return other | self.original

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)


def _single(value: Any) -> Any:
    """A traced array of one entry as this entry; a longer one is an error, as in Python."""
    if value.size != 1:
        raise TypeError("only an array of one entry can be made a number")
    return value.ravel()[0]


def _whole(value: Any, *_: Any) -> Any:
    number = _single(value)
    return int(number) if number.settled() else np.trunc(number)


def _length(value: Any) -> Any:
    return value.size if hasattr(value, "test") else len(value)


def _numpy_for(function: Callable, instead: Callable) -> Callable:
    return lambda *args: instead(*args) if any(map(holds, args)) else function(*args)


_MATH = {
    getattr(math, name): instead
    for name, instead in {
        **{n: getattr(np, n) for n in ("exp", "expm1", "log1p", "log2", "log10", "sqrt", "cbrt", "sin", "cos", "tan")},
        **{n: getattr(np, n) for n in ("sinh", "cosh", "tanh", "floor", "ceil", "trunc", "fabs", "copysign", "fmod")},
        **{n: getattr(np, n) for n in ("radians", "degrees", "isnan", "isinf", "isfinite", "hypot")},
        **{n: getattr(np, f"arc{n[1:]}") for n in ("asin", "acos", "atan", "asinh", "acosh", "atanh", "atan2")},
        "erf": special("erf"),
        "erfc": special("erfc"),
        "pow": np.power,
        "log": lambda x, base=math.e: np.log(x) if base == math.e else np.log(x) / np.log(base),
        "prod": np.prod,
        "dist": lambda p, q: np.linalg.norm(np.subtract(p, q)),
        "fsum": lambda values: sum(values),
    }.items()
    if hasattr(math, name)
}
_NUMPY: dict[str, Any] = {
    "zeros": _zeros,
    "empty": _zeros,
    "ones": _ones,
    "full": _full,
    "zeros_like": _like(_zeros),
    "empty_like": _like(_zeros),
    "ones_like": _like(_ones),
    "array": _array(np.array),
    "asarray": _array(np.asarray),
    "arange": _arange,
    "linspace": _spaced(np.linspace),
    "logspace": _spaced(np.logspace),
    "geomspace": _spaced(np.geomspace),
    "vectorize": _vectorize,
    "isscalar": _isscalar,
    "copy": _array(np.copy),
    "random": RANDOM,
}
_BUILTINS = {
    "min": _extreme("min"),
    "max": _extreme("max"),
    "isinstance": _isinstance,
    "print": lambda *_, **__: None,  # what a function prints is no output
    "len": _length,
    "int": _Kind(int, _whole),
    "float": _Kind(float, lambda value: _single(value) * 1.0),
    "complex": _Kind(complex, lambda real, imaginary=0.0: real + 1j * imaginary),
}


class _Module:
    """A module some of whose functions are exchanged."""

    def __init__(self, module: Any, instead: dict[str, Any]):
        self._module, self._instead = module, instead

    def __getattr__(self, name: str) -> Any:
        return self._instead[name] if name in self._instead else getattr(self._module, name)


NUMPY = _Module(np, _NUMPY)
_CMATH = {name: getattr(np, name) for name in ("exp", "sqrt", "log", "sin", "cos", "sinh", "cosh", "tanh")} | {
    "phase": np.angle,
    "polar": lambda z: (np.abs(z), np.angle(z)),
    "rect": lambda size, angle: size * np.exp(1j * angle),
}
CMATH = _Module(
    cmath,
    {
        name: _numpy_for(getattr(cmath, name), lambda *args, f=f: f(*(a + 0j for a in args)))
        for name, f in _CMATH.items()
    },
)
MATH = _Module(math, {f.__name__: _numpy_for(f, instead) for f, instead in _MATH.items()})


def _instead_of(value: Any) -> Any:
    """What stands for a value of a module's names, or the value itself."""
    if value is np:
        return NUMPY
    if value is math:
        return MATH
    if value is cmath:
        return CMATH
    if value is np.random:
        return RANDOM
    if isinstance(value, np.ndarray):
        return grid(value)
    try:
        if value in _MATH:
            return _numpy_for(value, _MATH[value])
    except TypeError:  # what cannot be looked up
        return value
    name = getattr(value, "__name__", "")
    if name == "default_rng" and value is np.random.default_rng:
        return RANDOM.default_rng
    return _NUMPY[name] if name in _NUMPY and value is getattr(np, name) else value


def _names(function: Any) -> dict[str, Any] | None:
    """The names of the module that a function is written in."""
    while isinstance(function, functools.partial):
        function = function.func
    function = getattr(function, "__wrapped__", function)
    if not hasattr(function, "__globals__"):  # an object that can be called
        function = type(function).__call__
    return getattr(function, "__globals__", None)


@contextlib.contextmanager
def stand_ins(function: Callable) -> Iterator[None]:
    """Exchange names in the module of a function, and put them back."""
    names = _names(function)
    if names is None or names.get("np") is NUMPY:
        yield
        return
    before = {name: value for name, value in names.items() if _instead_of(value) is not value}
    added = [name for name in _BUILTINS if name not in names]
    names.update({name: _instead_of(value) for name, value in before.items()})
    names.update({name: _BUILTINS[name] for name in added})
    try:
        yield
    finally:
        names.update(before)
        for name in added:
            names.pop(name, None)
