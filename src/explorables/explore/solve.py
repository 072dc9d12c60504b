"""Solve differential equations in steps that a page can take: `rk4`."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def rk4(rhs: Callable[[Any, Any], Any], y0: Any, t: Sequence[float], *args: Any) -> Any:
    """Solve ``dy/dt = rhs(y, t)`` by the classical Runge-Kutta method of fourth order, one step from time to time.

    Called as `scipy.integrate.odeint` is, with the difference that its steps are those of `t`: give it enough of them.

    Parameters
    ----------
    rhs : callable
        The rates, given the state, the time and `args`; a number, or a list or array of the length of `y0`.
    y0 : float or sequence of float
        The state at ``t[0]``.
    t : sequence of float
        Times, in order.
    *args
        Passed on to `rhs`.

    Returns
    -------
    numpy.ndarray
        The states, one row a time; with a single number as `y0`, one number a time.

    Examples
    --------
    >>> t = np.linspace(0, 10, 101)
    >>> def cooling(k):
    ...     return {"warmth": rk4(lambda y, t: -k * y, 1.0, t)}
    >>> explore(cooling, trajectory(t, "warmth"), k=(0.1, 1.0))
    """

    def rates(state: Any, time: Any) -> Any:
        found = rhs(state, time, *args)
        return np.stack(list(found)) if isinstance(found, list | tuple) else found

    y = np.stack([part * 1.0 for part in y0]) if np.ndim(y0) or isinstance(y0, list | tuple) else y0 * 1.0
    states = [y]
    for now, then in itertools.pairwise(t):
        h = then - now
        a = rates(y, now)
        b = rates(y + h / 2 * a, now + h / 2)
        c = rates(y + h / 2 * b, now + h / 2)
        d = rates(y + h * c, then)
        y = y + h / 6 * (a + 2 * b + 2 * c + d)
        states.append(y)
    return np.stack(states)
