"""Random draws of a function that is traced: they are known numbers, which traced means and scales may move and stretch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from explorables.explore.known import holds, known
from explorables.explore.trace import Traced, fail

# How NumPy makes draws of these kinds of standard ones.
_SHIFTED: dict[str, Callable[..., Any]] = {
    "normal": lambda draw, loc=0.0, scale=1.0, size=None: loc + scale * draw("normal", size),
    "uniform": lambda draw, low=0.0, high=1.0, size=None: low + (high - low) * draw("uniform", size),
    "exponential": lambda draw, scale=1.0, size=None: scale * draw("exponential", size),
    "lognormal": lambda draw, mean=0.0, sigma=1.0, size=None: np.exp(mean + sigma * draw("normal", size)),
    "rayleigh": lambda draw, scale=1.0, size=None: scale * draw("rayleigh", size),
}


def counted(value: Any) -> Any:
    """A count or a shape, whose traced parts are inputs that are tried one value after the other."""
    if isinstance(value, list | tuple):
        return type(value)(map(counted, value))
    return value.__index__() if isinstance(value, Traced) else value


class Draws:
    """A generator of NumPy, or its module `numpy.random`."""

    def __init__(self, source: Any):
        self._source = source

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._source, name)
        if name in ("default_rng", "RandomState"):
            return lambda *args, **kwargs: Draws(
                found(*map(counted, args), **{k: counted(v) for k, v in kwargs.items()})
            )
        if name.startswith("_") or not callable(found) or isinstance(found, type):
            return found

        def drawn(*args: Any, **kwargs: Any) -> Any:
            traced = [part for part in (*args, *kwargs.values()) if holds(part)]
            if name in _SHIFTED and traced:

                def standard(kind: str, size: Any) -> Any:
                    return known(getattr(self._source, kind)(size=counted(size)))

                return _SHIFTED[name](standard, *args, **kwargs)
            if any(not isinstance(part, tuple | list) and not getattr(part, "_few", bool)() for part in traced):
                raise fail(
                    f"random draws of the kind {name} whose parameters depend on an input",
                    "Draw uniform numbers u = rng.random(n), and make of them what is needed: np.where(u < p, 1, 0).",
                )
            return known(found(*map(counted, args), **{key: counted(part) for key, part in kwargs.items()}))

        return drawn


RANDOM = Draws(np.random)
