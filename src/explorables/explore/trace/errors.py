"""What a page cannot do, said with the author's line and with what to write instead."""

from __future__ import annotations

import functools
import linecache
import os
import sys
from importlib.metadata import entry_points
from pathlib import Path
from types import FrameType

from explorables.book import GROUP


class TracingError(TypeError):
    """A model did something that cannot be carried into the page."""


class Unusable:
    """An output that the page cannot have, with the error that says why if it is used."""

    def __init__(self, error: Exception):
        self.error = error


_HERE = str(Path(__file__).parent.parent)  # what records a model, and what calls it
_INSTALLED = ("site-packages", "dist-packages", "<frozen", "<__array_function__", str(Path(functools.__file__).parent))

# What to do about libraries that readers of NumPy code are likely to call, by the name of their package.
LIBRARIES = {
    "IPython": "Show nothing in the function: return the arrays and numbers, and let explore show them.",
    "matplotlib": "Draw nothing in the function: return the arrays, and let explore draw them: explore(f, trajectory(...)).",
    "plotly": "Draw nothing in the function: return the arrays, and let explore draw them: explore(f, trajectory(...)).",
    "altair": "Draw nothing in the function: return the arrays, and let explore draw them: explore(f, trajectory(...)).",
    "scipy": "Use NumPy: rk4(rhs, y0, t) of explorables.explore for odeint and solve_ivp, np.linalg.solve for small systems, "
    "0.5 * (1 + math.erf(z / 2**0.5)) for norm.cdf(z), math.comb and math.factorial for binom.pmf and poisson.pmf, and a loop of "
    "20 Newton steps for fsolve and brentq.",
    "sympy": "Turn the formula into a NumPy function before, with sympy.lambdify, and call that.",
    "pandas": "Return a dict of arrays instead, and make tables of known numbers before.",
    "numba": "Trace the plain function: leave the decorator out (f.py_func).",
}

# What to write instead of functions that readers of NumPy code are likely to try.
INSTEAD = {
    "take": "Use values[index].",
    "average": "Use np.sum(a * weights) / np.sum(weights).",
    "digitize": "Use np.searchsorted.",
    "argsort": "Use np.sort for the values in order.",
    "roots": "Write out the formula: (-b + np.sqrt(b**2 - 4 * a * c)) / (2 * a) and the same with a minus.",
    "eigvals": "For two rows use trace = np.trace(a), det = np.linalg.det(a): trace / 2 + np.sqrt(trace**2 / 4 - det + 0j) and the "
    "same with a minus.",
    "eig": "For two rows use trace = np.trace(a), det = np.linalg.det(a): trace / 2 + np.sqrt(trace**2 / 4 - det + 0j) and the "
    "same with a minus.",
    "eigvalsh": "For two rows use trace = np.trace(a), det = np.linalg.det(a): trace / 2 + np.sqrt(trace**2 / 4 - det) and the "
    "same with a minus.",
    "random": "Draw random numbers before and pass them as a table.",
}

watching: list[list[TracingError]] = []
"""For each model that is being traced, one inside the other, the errors that were made."""


@functools.cache
def _books() -> tuple[str, ...]:
    """Where the models of installed books are: whoever reads a book runs its wheel, not its checkout."""
    packages = {point.module.partition(".")[0] for point in entry_points(group=GROUP)}
    return tuple(f"-packages{os.sep}{package}{os.sep}" for package in packages)


def is_authors(filename: str) -> bool:
    """Whether a file is the author's: neither of this package nor of an installed one, but for books."""
    if filename.startswith(_HERE):
        return False
    return not any(part in filename for part in _INSTALLED) or any(book in filename for book in _books())


def place(filename: str, line: int, function: str) -> str:
    """A line of the author's, as file, line and source."""
    where = "this cell" if "ipykernel" in filename else Path(filename).name
    return f"\n  at {where}, line {line}, in {function}: {linecache.getline(filename, line).strip()}"


def caller() -> tuple[str, str]:
    """The line of the author's that is being traced, and the library that it has called, if any."""
    frame: FrameType | None = sys._getframe(1)
    library = ""
    while frame and not is_authors(frame.f_code.co_filename):
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        library = package if package in LIBRARIES else library
        frame = frame.f_back
    if frame is None:
        return "", library
    return place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name), library


def fail(what: str, hint: str, line: str = "") -> TracingError:
    """The error that names what a page cannot do, what to write instead, and the author's line.

    Whoever watches hears of it: a model that swallows it would trace wrongly.
    """
    here, library = caller()
    line = line or here
    if library:
        what, hint = f"a call of {library}", LIBRARIES[library]
    error = TracingError(f"{what} cannot be carried into the page. {hint}{line}")
    if watching:
        watching[-1].append(error)
    return error
