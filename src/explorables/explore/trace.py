"""Turn an ordinary NumPy function into expressions that a browser can evaluate.

A `Traced` value stands for a number, truth value or text that is not known yet. It takes part in NumPy's own
protocols (``__array_ufunc__``, NEP 13; ``__array_function__``, NEP 18), so calling a model with traced values
records what the model computes instead of computing it. `Emitter` then writes the recording as Vega expressions.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
import linecache
import math
import operator
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import numpy as np

from explorables.book import GROUP

MAX_NODES = 40_000
MARK = "\0"  # stands around the place in the source where a number was written into a text
MAX_COMMON = 100  # depth to which entries of an array are compared
MAX_DEPTH = 25  # deeper expressions are cut into named signals: the page's parser is recursive
Value = Any  # a number, an array or a `Traced` one: NumPy's functions take all of them, which its types do not know
T = TypeVar("T")


class TracingError(TypeError):
    """A model did something that cannot be carried into the page."""


_HERE = str(Path(__file__).parent)
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


def _caller() -> tuple[str, str]:
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

    It is noted on the way that is being traced: a model that swallows it would trace wrongly.
    """
    here, library = _caller()
    line = line or here
    if library:
        what, hint = f"a call of {library}", LIBRARIES[library]
    error = TracingError(f"{what} cannot be carried into the page. {hint}{line}")
    if _way is not None:
        _way.error = error
    return error


_fail = fail


# ----------------------------------------------------------------------------------------------------
# Nodes: an expression graph in which equal expressions are one object


class Node:
    """One expression: an operation and its arguments. Made by `node`, `const`, `input_node` and `field`."""

    __slots__ = ("__weakref__", "args", "kind", "op", "rows", "value")

    def __init__(self, op: str, args: tuple[Node, ...], value: Any, kind: str):
        self.op, self.args, self.value, self.kind = op, args, value, kind
        self.rows: bool = op == "field" or any(arg.rows for arg in args)  # depends on a row of a table


_interned: WeakValueDictionary[tuple, Node] = WeakValueDictionary()


def intern(op: str, args: tuple[Node, ...], value: Any, kind: str) -> Node:
    """The one node that is this expression."""
    key = (op, *map(id, args), repr(value), kind)
    found = _interned.get(key)
    if found is None:
        found = _interned[key] = Node(op, args, value, kind)
    return found


def const(value: Value) -> Node:
    """A known number, truth value or text."""
    if isinstance(value, str):
        if MARK in value:
            raise _fail(
                "text with a number in it (an f-string, str())",
                "Return the number as an output and give it a readout of its own, beside the text: Readout('speed', unit='m/s').",
                line=value.split(MARK)[1],
            )
        return intern("const", (), str(value), "s")
    if isinstance(value, bool | np.bool_):
        return intern("const", (), bool(value), "b")
    if isinstance(value, int | float | np.integer | np.floating):
        return intern("const", (), float(value), "f")
    if isinstance(value, complex | np.complexfloating):
        return intern("complex", (const(value.real), const(value.imag)), None, "c")
    if isinstance(value, Unusable):
        raise value.error
    raise _fail(
        f"a value of type {type(value).__name__} ({value!r})",
        "Use numbers, truth values or text; give dates as days since 1970-01-01.",
    )


def input_node(name: str, kind: str) -> Node:
    """A reader's setting, by the name of its signal."""
    return intern("input", (), name, kind)


def field(name: str, kind: str) -> Node:
    """A column of the table that is being drawn."""
    return intern("field", (), name, kind)


def element(values: Traced, index: Node) -> Node:
    """The entry of a one-dimensional array that belongs to a row of the table."""
    items = values.nodes.tolist()
    if any(item.rows for item in items):
        raise _fail("an array inside a row of a table", "Give one value a row.")
    return intern("element", (intern("array", tuple(items), None, items[0].kind), index), None, items[0].kind)


# The operations that the page knows: how NumPy computes them (for folding constants), how they are written there,
# and the kind of the result: (f)loat, (b)ool, (s)tring; without one it is that of the last argument.
_PAGE: dict[str, tuple[Callable, str, str]] = {
    "+": (np.add, "({} + {})", "f"),
    "-": (np.subtract, "({} - {})", "f"),
    "*": (np.multiply, "({} * {})", "f"),
    "/": (np.divide, "({} / {})", "f"),
    "%": (np.fmod, "({} % {})", "f"),
    "<": (np.less, "({} < {})", "b"),
    "<=": (np.less_equal, "({} <= {})", "b"),
    ">": (np.greater, "({} > {})", "b"),
    ">=": (np.greater_equal, "({} >= {})", "b"),
    "==": (np.equal, "({} == {})", "b"),
    "!=": (np.not_equal, "({} != {})", "b"),
    "&&": (np.logical_and, "({} && {})", "b"),
    "||": (np.logical_or, "({} || {})", "b"),
    "!": (np.logical_not, "(!{})", "b"),
    "neg": (np.negative, "(-{})", "f"),
    "float": (lambda a: np.add(a, 0.0), "(+{})", "f"),
    "exp": (np.exp, "exp({})", "f"),
    "sin": (np.sin, "sin({})", "f"),
    "cos": (np.cos, "cos({})", "f"),
    "tan": (np.tan, "tan({})", "f"),
    "asin": (np.arcsin, "asin({})", "f"),
    "acos": (np.arccos, "acos({})", "f"),
    "atan": (np.arctan, "atan({})", "f"),
    "atan2": (np.arctan2, "atan2({}, {})", "f"),
    "log": (np.log, "log({})", "f"),
    "sqrt": (np.sqrt, "sqrt({})", "f"),
    "abs": (np.abs, "abs({})", "f"),
    "floor": (np.floor, "floor({})", "f"),
    "ceil": (np.ceil, "ceil({})", "f"),
    "pow": (np.power, "pow({}, {})", "f"),
    "min": (np.minimum, "min({}, {})", "f"),
    "max": (np.maximum, "max({}, {})", "f"),
    "isnan": (np.isnan, "isNaN({})", "b"),
    "isfinite": (np.isfinite, "isFinite({})", "b"),
    "?": (np.where, "({} ? {} : {})", ""),
}


def node(op: str, *args: Node) -> Node:
    """An operation of the page on nodes, folded to a constant when all arguments are known."""
    if any(arg.kind == "c" for arg in args):
        return pairs.apply(op, args)
    function, _, kind = _PAGE[op]
    if op == "?":
        test, yes, no = args
        if test.op == "const":
            return yes if test.value else no
        if yes is no:
            return yes
        if {yes.kind, no.kind} == {"s", "f"} or {yes.kind, no.kind} == {"s", "b"}:
            raise _fail("np.where with text in one branch and a number in the other", "Give both the same type.")
        if yes.kind != no.kind:
            yes, no = number(yes), number(no)
        kind = yes.kind
    elif all(arg.op == "const" for arg in args):
        with np.errstate(all="ignore"):
            return const(function(*(np.float64(a.value) if a.kind == "f" else a.value for a in args)))
    if op == "*" and _is(args[0], 1.0) or op == "+" and _is(args[0], 0.0):
        return number(args[1])
    if op in "*/" and _is(args[1], 1.0) or op in "+-" and _is(args[1], 0.0):
        return number(args[0])
    return intern(op, args, None, kind)


def _is(item: Node, value: float) -> bool:
    return item.op == "const" and item.kind == "f" and item.value == value


def number(item: Node) -> Node:
    """A truth value as 0 or 1, a number as it is."""
    if item.kind == "s":
        raise _fail("arithmetic on text", "Choose between texts with np.where or np.select.")
    return node("float", item) if item.kind == "b" else item


def _truth(item: Node) -> Node:
    return item if item.kind == "b" else node("!=", number(item), const(0.0))


def lookup(table: Mapping[str, object], key: Node) -> Node:
    """The value of a table of constants that belongs to a choice of the reader's, or to a text of the model's."""
    if key.op == "const":
        return const(table[key.value])
    values = [const(value) for value in table.values()]
    if len({value.kind for value in values}) > 1:
        values = [number(value) for value in values]
    if len(set(values)) == 1:
        return values[0]
    if all(label == value.value for label, value in zip(table, values, strict=True)):
        return key
    # The labels are written once, with their places; the columns of a record share that.
    place = intern("lookup", (key,), tuple((label, float(i)) for i, label in enumerate(table)), "f")
    return intern("element", (intern("array", tuple(values), None, values[0].kind), place), None, values[0].kind)


LONG = 32  # entries from which on an array becomes one formula for all of them, where it can
_GRID = "grid:"
_grids: dict[str, np.ndarray] = {}


def on_grid(places: np.ndarray) -> Node:
    """What stands for the place of a row on a grid: known numbers, equal grids being one."""
    places = np.asarray(places, dtype=float)
    name = _GRID + hashlib.sha256(places.tobytes()).hexdigest()[:16]
    _grids.setdefault(name, places.copy())
    return field(name, "f")


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
    lower = _UFUNCS.get(ufunc) or _BY_NAME.get(ufunc.__name__)
    if lower is None or len({np.shape(part) for part in inputs if np.ndim(part)}) != 1:
        return None
    parts = complete([formula_of(part) for part in inputs])
    return None if parts is None else lower(*parts)


def complete(parts: Sequence[T | None]) -> list[T] | None:
    """Some parts, if none is missing."""
    found = [part for part in parts if part is not None]
    return found if len(found) == len(parts) else None


def resolved(traced: Traced, place: Callable[[np.ndarray], Node]) -> Node | None:
    """The formula of an array, with `place` for the place on its grid, if it has one.

    Whoever uses it must compare it with the array's entries: these may have been changed by another name.
    """
    if traced.formula is None:
        return None
    grids = [leaf for leaf in leaves(traced.formula) if leaf.op == "field"]
    if len(grids) != 1 or len(_grids.get(str(grids[0].value), ())) != len(traced):
        return None
    return substituted(traced.formula, {grids[0]: place(_grids[str(grids[0].value)])})


def substituted(item: Node, instead: Mapping[Node, Node]) -> Node:
    """An expression with other expressions for some of its leaves."""
    made: dict[Node, Node] = dict(instead)
    for part in _order([item], lambda one: False, limit=None):
        args = tuple(made.get(arg, arg) for arg in part.args)
        made[part] = part if args == part.args else intern(part.op, args, part.value, part.kind)
    return made.get(item, item)


def evaluate(roots: Iterable[Node], known: Mapping[Node, np.ndarray]) -> list[np.ndarray]:
    """What expressions come to, with the NumPy functions that the page's operations stand for.

    Parameters
    ----------
    roots : iterable of Node
        The expressions.
    known : mapping
        Values of inputs and columns, by their nodes; arrays of one length, or single values.
    """
    values: dict[Node, Any] = dict(known)

    def get(item: Node) -> Any:
        return item.value if item.op == "const" else values[item]

    roots = list(roots)
    with np.errstate(all="ignore"):
        for item in _order(roots, lambda item: False, limit=None):
            args = item.args
            if item.op == "lookup":
                table = dict(item.value)
                keys = np.asarray(get(args[0]))
                values[item] = np.array([table[str(key)] for key in keys.ravel()]).reshape(keys.shape)
            elif item.op == "array":
                values[item] = np.stack(np.broadcast_arrays(*map(get, args)))
            elif item.op == "element":
                entries, index = get(args[0]), np.asarray(get(args[1])).astype(int)
                # An array without rows or settings in it has one entry a place, any other one a place and row.
                flat = entries.ndim == 1
                values[item] = entries[index] if flat else entries[index, np.arange(entries.shape[1])]
            else:
                values[item] = _PAGE[item.op][0](*map(get, args))
    return [np.asarray(get(item)) for item in roots]


def leaves(item: Node) -> list[Node]:
    """The inputs and columns that an expression depends on."""
    seen: set[Node] = set()
    waiting, found = [item], []
    while waiting:
        item = waiting.pop()
        if item in seen:
            continue
        seen.add(item)
        if item.op in ("input", "field"):
            found.append(item)
        waiting.extend(item.args)
    return found


def possible(item: Node, options: Mapping[str, Iterable[str]]) -> set[object]:
    """The texts that an expression can give, such as the codes of a verdict.

    Parameters
    ----------
    item : Node
        An expression of kind text.
    options : mapping
        The texts that an input can have, by the name of its signal.
    """
    found: set[object] = set()
    seen: set[Node] = set()
    waiting = [item]
    while waiting:
        item = waiting.pop()
        if item in seen:
            continue
        seen.add(item)
        match item.op:
            case "const":
                found.add(item.value)
            case "input":
                found.update(options[str(item.value)])
            case "?":
                waiting += item.args[1:]
            case _:  # an element of an array of texts: nothing else gives text
                waiting += item.args[0].args
    return found


def template(items: Iterable[Node], column: Callable[[tuple[Node, ...]], Node]) -> Node | None:
    """One expression for all entries of an array, if they differ in their constants only; else None.

    Parameters
    ----------
    items : iterable of Node
        The entries, such as ``sin(w * 0.1)``, ``sin(w * 0.2)`` and so on.
    column : callable
        Makes the node that stands for constants that differ, one for each entry.
    """
    made: dict[tuple[int, ...], Node | None] = {}

    def common(nodes: tuple[Node, ...], depth: int) -> Node | None:
        first = nodes[0]
        if all(item is first for item in nodes):
            return first
        key = tuple(map(id, nodes))
        if key not in made:
            made[key] = one(nodes, depth)
        return made[key]

    def one(nodes: tuple[Node, ...], depth: int) -> Node | None:
        if all(item.op == "const" for item in nodes):
            return column(nodes) if len({item.kind for item in nodes}) == 1 else None
        like = nodes[len(nodes) // 3]  # not the middle: there a grid's place may be 0, and folding takes out a part
        if depth > MAX_COMMON or like.op not in _PAGE or like.rows:
            return None
        parts = complete([_as(item, like) for item in nodes])
        if parts is None:
            return None
        args = complete([common(part, depth + 1) for part in zip(*parts, strict=True)])
        return None if args is None else intern(like.op, tuple(args), None, like.kind)

    return common(tuple(items), 0)


def _as(item: Node, like: Node) -> tuple[Node, ...] | None:
    """The arguments of an expression that is built as another one is, where folding took out a 0 or a 1 or a constant."""
    neutral = {"+": 0.0, "-": 0.0, "*": 1.0, "/": 1.0}.get(like.op)
    if item.op == like.op and (
        neutral is None or [part.op == "const" for part in item.args] == [part.op == "const" for part in like.args]
    ):
        return item.args
    if neutral is None or item.kind != "f":
        return item.args if item.op == like.op else None
    left, right = like.args
    if left.op == "const" and like.op in "+*":
        return (const(neutral), item)
    if right.op == "const":
        return (item, const(neutral))
    return item.args if item.op == like.op else None


# ----------------------------------------------------------------------------------------------------
# Ways: where a model asks `if` of a value that is not known, it is run once for each answer

MAX_WAYS = 256
MAX_DECISIONS = 100
MAX_VALUES = 128  # of an input that is used as a count or an index


class Unusable:
    """An output that the page cannot have, with the error that says why if it is used."""

    def __init__(self, error: Exception):
        self.error = error


class Way:
    """One way through a model: what was decided, in order, and what is still possible.

    Attributes
    ----------
    steps : list
        What was asked, the answers that were possible, and the place of the one that this way takes.
    domains : dict
        The values that inputs and columns can have, where they are few.
    error : TracingError or None
        What a page cannot do, and the model did: it may have swallowed the error.
    """

    def __init__(self, steps: list[list], domains: Mapping[Node, Sequence[object]]):
        self.steps, self.domains = steps, domains
        self.error: TracingError | None = None
        self._known: dict[Node, object] = {}
        self._left: dict[Node, list] = {}

    def _values(self, leaf: Node) -> list:
        """The values of an input that what was decided so far leaves."""
        if leaf not in self._left:
            if leaf not in self.domains or len(self.domains[leaf]) > MAX_VALUES:
                raise _fail(
                    "a count or an index that depends on an input with many values",
                    f"Give that input whole bounds and at most {MAX_VALUES} values: n=(1, 10).",
                )
            self._left[leaf] = list(self.domains[leaf])
        return self._left[leaf]

    def _ask(self, item: Node, options: Sequence[object]) -> object:
        position = len(self._known)
        if position == len(self.steps):
            if position == MAX_DECISIONS:
                raise _fail(
                    f"a loop that asks `if` or `while` of an input more than {MAX_DECISIONS} times",
                    "Use a loop of known length, `for i in range(50)`, and np.where inside it.",
                )
            self.steps.append([item, tuple(options), 0])
        asked, options, chosen = self.steps[position]
        if asked is not item:
            raise _fail(
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


_way: Way | None = None


def every_way(run: Callable[[], dict[str, object]], domains: Mapping[Node, Sequence[object]]) -> dict[str, object]:
    """The outputs of a model whose `if`s are on traced values: it is run once for each answer, and the results are joined.

    Parameters
    ----------
    run : callable
        The model with traced inputs; gives named outputs.
    domains : mapping
        The values that inputs and columns can have, where they are few. May grow while the model runs.

    Raises
    ------
    TracingError
        If there are too many ways, or one does what a page cannot do.
    """
    global _way
    outer = _way
    ways: list[tuple[list[tuple], Any]] = []
    steps: list[list] = []
    while True:
        way = _way = Way(steps, domains)
        try:
            outputs: dict[str, object] | Exception = run()
            if way.error is not None:
                raise way.error
        except (ValueError, ArithmeticError, AssertionError) as error:
            # A model may refuse some settings. Where the reader can reach these, the check of the result finds out.
            if not steps or not _raised_by_author(error):
                raise
            outputs = error
        finally:
            _way = outer
        ways.append(([tuple(step) for step in steps], outputs))
        if len(ways) > MAX_WAYS:
            raise _too_many(ways)
        while steps and steps[-1][2] == len(steps[-1][1]) - 1:
            steps.pop()
        if not steps:
            break
        steps[-1][2] += 1
    return _joined(ways, 0)


def _too_many(ways: list[tuple[list[tuple], Any]]) -> TracingError:
    """The error that names what makes a model go too many ways."""
    counts = {
        str(item.value).removeprefix("in_"): len(options)
        for steps, _ in ways
        for item, options, _ in steps
        if item.op == "input" and len(options) > 2
    }
    hint = "Use np.where, np.minimum and np.maximum inside loops instead of `if`, min() and max()."
    if counts:
        said = " and ".join(f"{name} ({count} values)" for name, count in counts.items())
        hint = (
            f"It is run for each value of {said}, which it uses as a count or a choice: give them closer bounds, or compute for "
            "the largest count and take a part with np.where(np.arange(50) < n, values, 0)."
        )
    return TracingError(f"a model that goes more than {MAX_WAYS} ways cannot be carried into the page. {hint}")


def _raised_by_author(error: Exception) -> bool:
    if isinstance(error, TracingError):
        return False
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and is_authors(trace.tb_frame.f_code.co_filename)


def _joined(ways: list[tuple[list[tuple], Any]], depth: int) -> dict[str, object]:
    """One result of the results of all ways that took the same first steps."""
    if len(ways) == 1:
        return ways[0][1]
    item, options, _ = ways[0][0][depth]
    results = [
        (option, _joined([way for way in ways if way[0][depth][2] == i], depth + 1)) for i, option in enumerate(options)
    ]
    usable = [(option, result) for option, result in results if not isinstance(result, Exception)]
    if not usable:
        return results[0][1]
    if item.kind == "f" and options[0] is not True:
        return _by_number(item, usable)
    total = usable[-1][1]
    for option, result in reversed(usable[:-1]):
        total = _merged(item if option is True else node("==", item, const(option)), result, total)
    return total


def _by_number(item: Node, results: list[tuple[float, dict[str, object]]]) -> dict[str, object]:
    """One result of those for each value of an input, in order: neighbours that are the same are asked for together."""
    results = sorted(results, key=lambda pair: pair[0])
    bounds, outputs = [value for value, _ in results], [result for _, result in results]
    for output in outputs:
        _check_names(outputs[0], output)
    return {name: _over(name, item, bounds, [output[name] for output in outputs]) for name in outputs[0]}


def _over(name: str, item: Node, bounds: list[float], values: list[object]) -> object:
    fitted = _fitted(name, values)
    if isinstance(fitted, Unusable):
        return fitted
    arrays, ragged = fitted

    def choose(bounds: list[float], nodes: list[Node]) -> Node:
        if len(nodes) == 1:
            return nodes[0]
        middle = (len(nodes) - 1) // 2
        test = node("<=", item, const(bounds[middle]))
        left, right = slice(middle + 1), slice(middle + 1, None)
        return node("?", test, choose(bounds[left], nodes[left]), choose(bounds[right], nodes[right]))

    made = np.empty(arrays[0].shape, dtype=object)
    for index in np.ndindex(made.shape):
        nodes: list[Node] = [array.item(index) for array in arrays]
        last = [i for i, one in enumerate(nodes) if i + 1 == len(nodes) or nodes[i + 1] is not one]
        made[index] = choose([bounds[i] for i in last], [nodes[i] for i in last])
    total = Traced(made)
    total.ragged = ragged
    formulas = complete([formula_of(value) for value in values])
    if not ragged and total.ndim == 1 and formulas is not None:
        total.formula = choose(bounds, formulas)
    return total


def _fitted(name: str, values: list[object]) -> tuple[list[np.ndarray], bool] | Unusable:
    """Values of one output in several cases as arrays of one shape, and whether some were shorter: these end in NaN."""
    for value in values:
        if isinstance(value, Unusable):
            return value
    arrays = [nodes_of(value) for value in values]
    ragged = any(getattr(value, "ragged", False) for value in values)
    if len({array.shape for array in arrays}) == 1:
        return arrays, ragged
    texts = any(item.kind == "s" for array in arrays for item in array.ravel())
    if texts or 0 in {array.ndim for array in arrays} or len({array.shape[1:] for array in arrays}) > 1:
        return Unusable(
            TracingError(
                f"output {name!r}, whose shape depends on an input, cannot be carried into the page. Give it one shape: "
                "compute it for the largest count, and show a part with np.where(np.arange(50) < n, values, np.nan)."
            )
        )
    longest = max(map(len, arrays))
    return [filled(array, longest) for array in arrays], True


def filled(nodes: np.ndarray, length: int) -> np.ndarray:
    """An array of expressions with NaN behind it, up to a length."""
    made = np.full((length, *nodes.shape[1:]), const(math.nan), dtype=object)
    made[: len(nodes)] = nodes
    return made


def _merged(test: Node, yes: Mapping[str, object], no: Mapping[str, object]) -> dict[str, object]:
    _check_names(yes, no)
    return {name: _either(name, test, yes[name], no[name]) for name in yes}


def _check_names(yes: Mapping[str, object], no: Mapping[str, object]) -> None:
    if set(yes) != set(no):
        raise _fail(
            f"a model that gives {', '.join(yes)} in one case and {', '.join(no)} in another",
            "Give the same outputs in every case.",
        )


def _either(name: str, test: Node, yes: object, no: object) -> object:
    if yes is no:
        return yes
    fitted = _fitted(name, [yes, no])
    if isinstance(fitted, Unusable):
        return fitted
    (a, b), ragged = fitted
    total = _elementwise(_if, Traced(test), Traced(a), Traced(b))
    total.ragged = ragged
    formulas = complete([formula_of(yes), formula_of(no)])
    if not ragged and total.ndim == 1 and formulas is not None:
        total.formula = _if(test, *formulas)
    return total


from explorables.explore import pairs  # complex numbers are pairs of the nodes above

# ----------------------------------------------------------------------------------------------------
# What NumPy's functions become. Where the page's language lacks a function, it is composed so that special
# values (NaN, infinities, ties, negative divisors) come out as NumPy gives them.


def _n(value: float) -> Node:
    return const(float(value))


def _arithmetic(op: str) -> Callable:
    return lambda a, b: node(op, number(a), number(b))


def _call(op: str) -> Callable:
    return lambda a: node(op, number(a))


def _add(a: Node, b: Node) -> Node:
    if a.kind == b.kind == "b":
        raise _fail(
            "np.add of two truth values",
            "NumPy adds them as 'or', Python as numbers: use | or np.where(x, 1, 0).",
        )
    return node("+", number(a), number(b))


def _compare(op: str) -> Callable:
    def compare(a: Node, b: Node) -> Node:
        if (a.kind == "s") != (b.kind == "s"):
            raise _fail(f"comparing text with a number ({op})", "Compare values of the same type.")
        return node(op, a, b) if a.kind == "s" else node(op, number(a), number(b))

    return compare


def _logical(op: str) -> Callable:
    return lambda a, b: node(op, _truth(a), _truth(b))


def _bitwise(op: str, name: str) -> Callable:
    def bitwise(a: Node, b: Node) -> Node:
        if a.kind != "b" or b.kind != "b":
            raise _fail(f"np.{name} on numbers", "Use it on comparisons, in brackets: (x > 1) & (y < 2).")
        return node(op, a, b)

    return bitwise


def _not(a: Node) -> Node:
    return node("!", _truth(a))


def _invert(a: Node) -> Node:
    if a.kind != "b":
        raise _fail("np.invert on numbers", "Use ~ on comparisons, in brackets: ~(x > 1).")
    return node("!", a)


def _if(test: Node, yes: Node, no: Node) -> Node:
    return node("?", _truth(test), yes, no)


def _power(a: Node, b: Node) -> Node:
    a, b = number(a), number(b)
    if _is(b, 1.0):
        return a
    if a.kind == "c" or b.kind == "c":
        return node("pow", a, b)
    if _is(b, 0.0):
        return _n(1)
    if _is(b, 2.0):
        return node("*", a, a)
    if _is(b, 0.5) and a.op == "const":
        return node("sqrt", a)
    result = node("pow", a, b)
    if b.op == "const" or (a.op == "const" and abs(a.value) != 1):
        return result
    # In NumPy 1 to any power is 1, even NaN; the page says NaN. (-1) to an infinite power is 1 as well.
    at_one = node("==", a, _n(1))
    at_minus_one = node("&&", node("==", a, _n(-1)), node("==", node("abs", b), _n(math.inf)))
    return node("?", node("||", at_one, at_minus_one), _n(1), result)


def _signs_differ(rest: Node, b: Node) -> Node:
    return node("&&", node("!=", rest, _n(0)), node("!=", node("<", rest, _n(0)), node("<", b, _n(0))))


def _remainder(a: Node, b: Node) -> Node:
    """np.remainder: the sign of the divisor."""
    a, b = number(a), number(b)
    rest = node("%", a, b)
    return node("?", _signs_differ(rest, b), node("+", rest, b), rest)


def _floor_divide(a: Node, b: Node) -> Node:
    """np.floor_divide as NumPy's npy_divmod has it: the quotient without the remainder, rounded."""
    a, b = number(a), number(b)
    rest = node("%", a, b)
    whole = node("/", node("-", a, rest), b)
    whole = node("?", _signs_differ(rest, b), node("-", whole, _n(1)), whole)
    floor = node("floor", whole)
    near = node("?", node(">", node("-", whole, floor), _n(0.5)), node("+", floor, _n(1)), floor)
    return node("?", node("==", b, _n(0)), node("/", a, b), near)


def _rint(a: Node) -> Node:
    """To the nearest integer, ties to even."""
    a = number(a)
    down = node("floor", a)
    rest = node("-", a, down)
    up = node("+", down, _n(1))
    even_down = node("==", node("%", down, _n(2)), _n(0))
    tie = node("?", even_down, down, up)
    rounded = node("?", node("==", rest, _n(0.5)), tie, node("?", node("<", rest, _n(0.5)), down, up))
    return node("?", node("isfinite", a), rounded, a)


def _sign(a: Node) -> Node:
    a = number(a)
    negative = node("?", node("<", a, _n(0)), _n(-1), a)  # 0 and NaN stand for themselves
    return node("?", node(">", a, _n(0)), _n(1), negative)


def _tanh(a: Node) -> Node:
    a = number(a)
    square = node("*", a, a)
    series = _n(0)
    for coefficient in (-17 / 315, 2 / 15, -1 / 3, 1):  # Taylor series, good to 1e-16 below 0.01
        series = node("+", node("*", series, square), _n(coefficient))
    whole = node("-", _n(1), node("/", _n(2), node("+", node("exp", node("*", _n(2), a)), _n(1))))
    return node("?", node("<", node("abs", a), _n(0.01)), node("*", a, series), whole)


def _expm1(a: Node) -> Node:
    """Kahan's exp(x) - 1 without cancellation."""
    a = number(a)
    power = node("exp", a)
    less = node("-", power, _n(1))
    inner = node("/", node("*", less, a), node("log", power))
    large = node("||", node("==", less, _n(-1)), node(">", power, _n(1e300)))
    return node("?", node("==", power, _n(1)), a, node("?", large, less, inner))


def _log1p(a: Node) -> Node:
    """Kahan's log(1 + x) without cancellation."""
    a = number(a)
    plus = node("+", _n(1), a)
    inner = node("/", node("*", node("log", plus), a), node("-", plus, _n(1)))
    result = node("?", node("==", plus, _n(1)), a, inner)
    return node("?", node("==", a, _n(math.inf)), a, result)


def _isinf(a: Node) -> Node:
    return node("==", node("abs", number(a)), _n(math.inf))


def _isfinite(a: Node) -> Node:
    return node("isfinite", number(a))


def _trunc(a: Node) -> Node:
    a = number(a)
    return node("?", node("<", a, _n(0)), node("ceil", a), node("floor", a))


def _cbrt(a: Node) -> Node:
    a = number(a)
    return node("*", _sign(a), node("pow", node("abs", a), _n(1 / 3)))


def _times(factor: float) -> Callable:
    return lambda a: node("*", number(a), _n(factor))


def _hypot(a: Node, b: Node) -> Node:
    """np.hypot: the larger side is taken out, so that squares neither overflow nor vanish."""
    a, b = node("abs", number(a)), node("abs", number(b))
    large, small = node("max", a, b), node("min", a, b)
    part = node("/", small, large)
    result = node("*", large, node("sqrt", node("+", _n(1), node("*", part, part))))
    infinite = node("||", node("==", a, _n(math.inf)), node("==", b, _n(math.inf)))
    return node("?", infinite, _n(math.inf), node("?", node("==", large, _n(0)), _n(0), result))


def sinh(a: Node) -> Node:
    """np.sinh through expm1, which keeps small arguments exact."""
    a = number(a)
    size = node("abs", a)
    less = _expm1(size)
    half = node("*", _n(0.5), node("+", less, node("/", less, node("+", less, _n(1)))))
    large = node("exp", node("-", size, _n(math.log(2))))
    whole = node("?", node(">", size, _n(300)), large, half)
    return node("?", node("==", a, _n(0)), a, node("?", node("<", a, _n(0)), node("neg", whole), whole))


def cosh(a: Node) -> Node:
    size = node("abs", number(a))
    large = node("exp", node("-", size, _n(math.log(2))))
    small = node("*", _n(0.5), node("+", node("exp", size), node("exp", node("neg", size))))
    return node("?", node(">", size, _n(300)), large, small)


def _arctanh(a: Node) -> Node:
    a = number(a)
    return node("*", _n(0.5), node("-", _log1p(a), _log1p(node("neg", a))))


def _arcsinh(a: Node) -> Node:
    """log(|x| + sqrt(x² + 1)) as log1p, without cancellation; log(2 |x|) where the square would overflow."""
    a = number(a)
    size = node("abs", a)
    square = node("*", size, size)
    root = node("+", _n(1), node("sqrt", node("+", _n(1), square)))
    near = _log1p(node("+", size, node("/", square, root)))
    far = node("+", node("log", size), _n(math.log(2)))
    whole = node("?", node(">", size, _n(1e8)), far, near)
    return node("?", node("<", a, _n(0)), node("neg", whole), whole)


def _arccosh(a: Node) -> Node:
    a = number(a)
    less = node("-", a, _n(1))
    near = _log1p(node("+", less, node("sqrt", node("*", less, node("+", a, _n(1))))))
    whole = node("?", node(">", a, _n(1e8)), node("+", node("log", a), _n(math.log(2))), near)
    return node("?", node("<", a, _n(1)), _n(math.nan), whole)


def _sinc(a: Node) -> Node:
    """np.sinc: sin(pi x) / (pi x)."""
    angle = node("*", _n(math.pi), number(a))
    return node("?", node("==", angle, _n(0)), _n(1), node("/", node("sin", angle), angle))


def _heaviside(a: Node, b: Node) -> Node:
    a = number(a)
    whole = node("?", node("<", a, _n(0)), _n(0), node("?", node(">", a, _n(0)), _n(1), a))
    return node("?", node("==", a, _n(0)), number(b), whole)


def _erf(a: Node) -> Node:
    """The error function: its series of positive terms up to 3, 1 minus a continued fraction beyond.

    Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.6 and 7.1.14.
    """
    a = number(a)
    return node("?", node("<", a, _n(0)), node("neg", _erf_of(node("neg", a))), _erf_of(a))


def _erfc(a: Node) -> Node:
    a = number(a)
    size = node("abs", a)
    far = node("?", node("<", a, _n(0)), node("-", _n(2), _erf_tail(size)), _erf_tail(size))
    return node("?", node(">", size, _n(2)), far, node("-", _n(1), _erf(a)))


def _erf_of(size: Node) -> Node:
    square = node("*", size, size)
    total = _n(0)
    for n in range(60, 0, -1):  # Horner's scheme for the sum of 2^n x^2n / (1 * 3 * ... * (2n + 1))
        total = node("*", node("*", square, _n(2 / (2 * n + 1))), node("+", _n(1), total))
    series = node("*", node("*", _n(2 / math.sqrt(math.pi)), size), node("+", _n(1), total))
    series = node("*", series, node("exp", node("neg", square)))
    return node("?", node(">", size, _n(3)), node("-", _n(1), _erf_tail(size)), series)


def _erf_tail(size: Node) -> Node:
    fraction = size
    for n in range(60, 0, -1):
        fraction = node("+", size, node("/", _n(n / 2), fraction))
    top = node("*", node("exp", node("neg", node("*", size, size))), _n(1 / math.sqrt(math.pi)))
    return node("?", node(">", size, _n(30)), node("?", node("isnan", size), size, _n(0)), node("/", top, fraction))


def _expit(a: Node) -> Node:
    return node("/", _n(1), node("+", _n(1), node("exp", node("neg", number(a)))))


# Functions of other libraries that come as NumPy ufuncs, by the names that scipy.special gives them.
_BY_NAME: dict[str, Callable[..., Node]] = {
    "erf": _erf,
    "erfc": _erfc,
    "expit": _expit,
    "ndtr": lambda a: node("*", _n(0.5), _erfc(node("*", number(a), _n(-math.sqrt(0.5))))),
}


def special(name: str) -> Callable[[object], Traced]:
    """A function of `scipy.special` by name, on traced values."""
    return lambda x: _elementwise(_BY_NAME[name], x)


def _or_complex(real: Callable[[Node], Node], of_complex: Callable[[Node], Node]) -> Callable[[Node], Node]:
    return lambda a: of_complex(a) if a.kind == "c" else real(a)


_UFUNCS: dict[np.ufunc, Callable[..., Node]] = {
    np.add: _add,
    np.subtract: _arithmetic("-"),
    np.multiply: _arithmetic("*"),
    np.divide: _arithmetic("/"),
    np.floor_divide: _floor_divide,
    np.remainder: _remainder,
    np.fmod: _arithmetic("%"),
    np.power: _power,
    np.float_power: _power,
    np.negative: lambda a: node("neg", number(a)),
    np.positive: number,
    np.absolute: _call("abs"),
    np.fabs: _call("abs"),
    np.sign: _sign,
    np.exp: _call("exp"),
    np.exp2: lambda a: _power(_n(2), a),
    np.expm1: _expm1,
    np.log: _call("log"),
    np.log2: lambda a: node("/", node("log", number(a)), _n(math.log(2))),
    np.log10: lambda a: node("/", node("log", number(a)), _n(math.log(10))),
    np.log1p: _log1p,
    np.sqrt: _call("sqrt"),
    np.cbrt: _cbrt,
    np.square: lambda a: node("*", number(a), number(a)),
    np.reciprocal: lambda a: node("/", _n(1), number(a)),
    np.sin: _call("sin"),
    np.cos: _call("cos"),
    np.tan: _call("tan"),
    np.arcsin: _call("asin"),
    np.arccos: _call("acos"),
    np.arctan: _call("atan"),
    np.arctan2: _arithmetic("atan2"),
    np.sinh: _or_complex(sinh, pairs.sinh),
    np.cosh: _or_complex(cosh, pairs.cosh),
    np.arcsinh: _arcsinh,
    np.arccosh: _arccosh,
    np.arctanh: _arctanh,
    np.hypot: _hypot,
    np.heaviside: _heaviside,
    np.radians: _times(math.pi / 180),
    np.deg2rad: _times(math.pi / 180),
    np.degrees: _times(180 / math.pi),
    np.rad2deg: _times(180 / math.pi),
    np.tanh: _or_complex(_tanh, pairs.tanh),
    np.conjugate: pairs.conjugate,
    np.floor: _call("floor"),
    np.ceil: _call("ceil"),
    np.rint: _rint,
    np.trunc: _trunc,
    np.minimum: _arithmetic("min"),
    np.maximum: _arithmetic("max"),
    np.less: _compare("<"),
    np.less_equal: _compare("<="),
    np.greater: _compare(">"),
    np.greater_equal: _compare(">="),
    np.equal: _compare("=="),
    np.not_equal: _compare("!="),
    np.logical_and: _logical("&&"),
    np.logical_or: _logical("||"),
    np.logical_xor: lambda a, b: node("!=", number(_truth(a)), number(_truth(b))),
    np.logical_not: _not,
    np.bitwise_and: _bitwise("&&", "bitwise_and"),
    np.bitwise_or: _bitwise("||", "bitwise_or"),
    np.invert: _invert,
    np.isnan: _call("isnan"),
    np.isinf: _isinf,
    np.isfinite: _isfinite,
}

# What to write instead of functions that readers of NumPy code are likely to try.
_INSTEAD = {
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


# ----------------------------------------------------------------------------------------------------
# Traced: an array of nodes that behaves as a NumPy array


class Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """A NumPy array whose elements are expressions. Shape ``()`` is a single value.

    Arithmetic, comparisons, NumPy ufuncs and the functions of NEP 18 that are listed in this module work on it and
    give further traced values. What cannot be written for the page raises `TracingError` with the model's line.
    """

    __array_priority__ = 1000
    formula: Node | None = None  # of all entries, in which a field stands for the place on a grid
    ragged = False  # whether its length depends on an input: shorter arrays end in NaN

    def __init__(self, nodes: np.ndarray | Node):
        self.nodes: np.ndarray = nodes if isinstance(nodes, np.ndarray) else _boxed(nodes)

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
            return _matmul(*inputs)
        lower = _UFUNCS.get(ufunc) or _BY_NAME.get(ufunc.__name__)
        if lower is None and (known := _all_known(inputs)) is not None:
            return getattr(ufunc, method)(*known, **kwargs)
        if lower is None:
            raise _fail(f"np.{ufunc.__name__}", _INSTEAD.get(ufunc.__name__, "Write it with functions that can."))
        if kwargs.get("out") is not None:
            raise _fail(
                "writing into an array of known numbers (out=, x += y)",
                "Write x = x + y, or make the array with np.zeros or .copy() in the function.",
            )
        if method == "__call__":
            for argument in kwargs:
                hint = "Use np.where." if argument == "where" else "Leave it out."
                raise _fail(f"np.{ufunc.__name__}({argument}=...)", hint)
            result = _elementwise(lower, *inputs)
            result.formula = elementwise_formula(ufunc, inputs) if result.ndim == 1 else None
            return result
        if method == "reduce":
            return _reduce(lower, inputs[0], kwargs.get("axis", 0), bool(kwargs.get("keepdims")))
        if method == "accumulate":
            return _accumulate(lower, inputs[0], kwargs.get("axis", 0))
        raise _fail(f"np.{ufunc.__name__}.{method}", "Use a plain call.")

    def __array_function__(self, function: Callable, types: object, args: tuple, kwargs: dict) -> Value:
        name = function.__name__
        if function in _FUNCTIONS:
            try:
                inspect.signature(_FUNCTIONS[function]).bind(*args, **kwargs)
            except TypeError as error:
                raise _fail(f"np.{name} with these arguments ({error})", "Leave out what is optional.") from None
            return _FUNCTIONS[function](*args, **kwargs)
        if function in _MEASURING:
            return function(*_unboxed(args), **kwargs)
        if function in _SHAPING:
            shaped = function(*_unboxed(args), **_unboxed(kwargs))
            return list(map(Traced, shaped)) if isinstance(shaped, list) else Traced(shaped)
        if (known := _all_known((args, kwargs))) is not None:
            return function(*known[0], **known[1])
        raise _fail(f"np.{name}", _INSTEAD.get(name, "Write it with functions that can."))

    def __getitem__(self, index: Any) -> Value:
        if isinstance(index, Traced) and index.ndim and not index.known():
            if index.shape == self.shape and all(item.kind == "b" for item in index.nodes.ravel()):
                from explorables.explore.selected import Selected

                return Selected(self, index)
            if index.ndim == 1 and all(item.kind == "f" for item in index.nodes):
                return np.stack([self[part] for part in index])
            raise _fail("choosing entries of an array by a condition", "Use np.where(condition, values, 0).")
        if isinstance(index, Traced) and index.ndim == 0 and self.ndim and not index.settled():
            return self._at(index.item)
        parts = tuple(_place(part) for part in (index if isinstance(index, tuple) else (index,)))
        return Traced(self.nodes[parts if isinstance(index, tuple) else parts[0]])

    def _at(self, place: Node) -> Value:
        """The entry, or the row, at a place that depends on an input."""
        if any(item.rows for item in self.nodes.ravel()):
            return self[Traced(place).__index__()]
        place = number(place)
        place = node("?", node("<", place, _n(0)), node("+", place, _n(len(self))), place)
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
        return self.size == 1 and (self.known() or _way is not None and _way.settled(self.item))

    def __setitem__(self, index: Any, value: Value) -> None:
        self.formula = None
        if isinstance(index, Traced) and index.ndim and not index.known():
            chosen = self[index]
            if hasattr(chosen, "test"):
                self.nodes[...] = _where(index, chosen._beside(value), self).nodes
                return
            raise _fail("assigning to places that depend on an input", "Use x = np.where(condition, value, x).")
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
        test = _truth(self.nodes.ravel()[0])
        if test.op == "const":
            return bool(test.value)
        if _way is not None:
            return _way.test(test)
        raise _fail(
            "`if`, `and`, `or`, `not`, min() or max() on a value that depends on an input",
            "Use np.where(test, yes, no), np.minimum, np.maximum, and & | ~ on comparisons; "
            "np.arange needs known bounds: first + np.arange(10) * step.",
        )

    def _few(self) -> bool:
        """Whether this is a single value of inputs that have few values, which can be tried one after the other."""
        return self.size == 1 and (
            self.nodes.ravel()[0].op == "const"
            or _way is not None
            and all(len(_way.domains.get(leaf, range(MAX_VALUES + 1))) <= MAX_VALUES for leaf in leaves(self.item))
        )

    def _value(self) -> Any:
        item = self.nodes.ravel()[0]
        return item.value if item.op == "const" or _way is None else _way.value(item)

    def __float__(self) -> float:
        if self._few():
            return float(self._value())
        raise _fail(
            "float(), math.* or storing in a NumPy array",
            "Use the NumPy function (np.exp for math.exp), np.stack for arrays; inputs are numbers already.",
        )

    def __complex__(self) -> complex:
        raise _fail("storing a traced value among complex numbers", "Make the array with np.array([...]) or np.zeros.")

    def __int__(self) -> int:
        if self._few():
            return int(self._value())
        raise _fail("int()", "Use np.floor or np.rint; choose from a table with np.select.")

    def __index__(self) -> int:
        if self._few():
            value = self._value()
            if value != int(value):
                raise TypeError(f"{value} is no whole number and cannot be an index or a count")
            return int(value)
        raise _fail(
            "an index, a count or range() that depends on an input",
            f"Give that input whole bounds and at most {MAX_VALUES} values, n=(1, 10); or use np.select, and loops of known length.",
        )

    def __round__(self, digits: int = 0) -> Value:
        return _round(self, digits)

    def __hash__(self) -> int:
        if self._few():
            return hash(self._value())
        raise _fail(
            "a dict, set or cache looked up by an input", "Give records as options of a choice, or use np.select."
        )

    def __format__(self, spec: str) -> str:
        if self.settled() or self.size == 1 and self.nodes.ravel()[0].kind == "s" and self._few():
            return format(self._value(), spec)
        return f"{MARK}{_caller()[0]}{MARK}"  # only printed, it does no harm; as an output it is an error

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
            raise _fail(f"astype({np.dtype(dtype)})", "Use np.floor or np.rint and keep floats.")
        return _elementwise(number if np.dtype(dtype).kind == "f" else _truth, self)

    def copy(self) -> Traced:
        made = Traced(self.nodes.copy())
        made.formula, made.ragged = self.formula, self.ragged
        return made

    def tolist(self) -> list:
        return [part.tolist() if part.ndim else part for part in self]

    @property
    def real(self) -> Traced:
        return self._part(lambda item: pairs.parts(item)[0])

    @property
    def imag(self) -> Traced:
        return self._part(lambda item: pairs.parts(item)[1])

    def _part(self, take: Callable[[Node], Node]) -> Traced:
        made = _elementwise(take, self)
        made.formula = None if self.formula is None else take(self.formula)
        return made

    def conj(self) -> Traced:
        return np.conjugate(self)

    def transpose(self, *axes: int) -> Traced:
        return Traced(self.nodes.transpose(*axes))

    def flatten(self) -> Traced:
        return Traced(self.nodes.flatten())

    def dot(self, other: Value) -> Value:
        return _dot(self, other)


def _boxed(item: Node) -> np.ndarray:
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
        raise _fail("choosing entries of an array by a condition", "Use np.where(condition, values, 0).")
    return plain(part) if part.nodes.ravel()[0].kind == "b" else plain(part).astype(int)


def plain(value: Traced) -> np.ndarray:
    """A known array as NumPy's own."""
    return np.array([item.value for item in value.nodes.ravel()]).reshape(value.shape)


def entry(items: Sequence[Node], place: Node) -> Node:
    """The one of several expressions that is at a place, counted from 0."""
    if any(item.kind == "c" for item in items):
        return pairs.pair(*(entry(part, place) for part in zip(*map(pairs.parts, items), strict=True)))
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


def _all_known(value: Any) -> Any:
    """Arguments without anything that depends on an input, as NumPy's own arrays; None if something does."""
    if isinstance(value, Traced):
        return plain(value) if value.known() else None
    if isinstance(value, dict):
        named = {key: _all_known(part) for key, part in value.items()}
        return None if any(part is None and value[key] is not None for key, part in named.items()) else named
    if isinstance(value, list | tuple):
        parts = [_all_known(part) for part in value]
        return (
            None if any(a is None and b is not None for a, b in zip(parts, value, strict=True)) else type(value)(parts)
        )
    return value


def _elementwise(lower: Callable[..., Node], *inputs: Value) -> Traced:
    arrays = np.broadcast_arrays(*(nodes_of(value) for value in inputs))
    result = np.empty(arrays[0].shape, dtype=object)
    for index in np.ndindex(result.shape):
        result[index] = lower(*(array[index] for array in arrays))
    return Traced(result)


def _reduce(lower: Callable, value: Value, axis: int | None = None, keepdims: bool = False) -> Traced:
    nodes = nodes_of(value)
    if axis is None:
        nodes, axis = nodes.ravel(), 0
    nodes = np.moveaxis(nodes, axis, 0)
    total = functools.reduce(lambda a, b: _elementwise(lower, Traced(a), Traced(b)).nodes, nodes)
    total = total if isinstance(total, np.ndarray) else _boxed(total)
    return Traced(np.expand_dims(total, axis) if keepdims else total)


def _accumulate(lower: Callable, value: Value, axis: int | None = None) -> Traced:
    nodes = nodes_of(value)
    if axis is None:
        nodes, axis = nodes.ravel(), 0
    rows = list(np.moveaxis(nodes, axis, 0))
    rows = [row if isinstance(row, np.ndarray) else _boxed(row) for row in rows]
    for i in range(1, len(rows)):
        rows[i] = _elementwise(lower, Traced(rows[i - 1]), Traced(rows[i])).nodes
    return Traced(np.moveaxis(np.stack(rows), 0, axis))


def _reducer(lower: Callable[[Node, Node], Node], prepare: Callable[[Node], Node]) -> Callable:
    def reduce(a: Value, axis: int | None = None, keepdims: bool = False, **unknown: object) -> Traced:
        _refuse(unknown)
        return _reduce(lower, _elementwise(prepare, a), axis, keepdims)

    return reduce


def _refuse(unknown: Mapping[str, object]) -> None:
    for name, value in unknown.items():
        if value is not None and value is not np._NoValue:
            raise _fail(f"the argument {name}= of this NumPy function", "Leave it out.")


def _mean(a: Value, axis: int | None = None, keepdims: bool = False) -> Value:
    values = as_traced(a)
    count = values.size if axis is None else values.shape[axis]
    return np.sum(values, axis=axis, keepdims=keepdims) / count


def _cumulative(lower: Callable) -> Callable:
    return lambda a, axis=None: _accumulate(lower, _elementwise(number, a), axis)


def _holding(condition: Value) -> tuple:
    from explorables.explore.selected import places

    return places(condition)


def _where(condition: Value, *choices: Value) -> Value:
    if not choices:
        return _holding(condition)
    result = _elementwise(_if, condition, *choices)
    parts = complete([formula_of(part) for part in (condition, *choices)])
    if result.ndim == 1 and parts is not None:
        result.formula = _if(*parts)
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
        raise _fail("np.interp with places xp that depend on an input", "Give xp as constants.")
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


def _dot(a: Value, b: Value) -> Value:
    a, b = nodes_of(a), nodes_of(b)
    if a.ndim == 0 or b.ndim == 0:
        return Traced(a) * Traced(b)
    return _matmul(Traced(a), Traced(b))


def _matmul(a: Value, b: Value) -> Value:
    """Products of vectors and matrices, added up from the first to the last."""
    a, b = nodes_of(a), nodes_of(b)
    if a.ndim > 2 or b.ndim > 2:
        raise _fail("a product of arrays with more than two dimensions", "Use np.sum(a * b, axis=...).")
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


def _gradient(f: Value, spacing: Value = 1.0) -> Value:
    """np.gradient along one axis: differences of neighbours inside, one-sided at the ends."""
    values, places = as_traced(f), as_traced(spacing)
    if values.ndim != 1:
        raise _fail("np.gradient of more than one dimension", "Take np.diff along each axis.")
    if places.ndim == 0:
        inner = (values[2:] - values[:-2]) / (2.0 * places)
        return np.concatenate([(values[1:2] - values[:1]) / places, inner, (values[-1:] - values[-2:-1]) / places])
    h = _diff(places)
    left, right, d = h[:-1], h[1:], _diff(values)
    inner = (left * left * values[2:] + (right * right - left * left) * values[1:-1] - right * right * values[:-2]) / (
        left * right * (left + right)
    )
    return np.concatenate([d[:1] / h[:1], inner, d[-1:] / h[-1:]])


def _solve(a: Value, b: Value) -> Value:
    """Gauss-Jordan elimination with the largest pivot, for small systems."""
    a, b = nodes_of(a), nodes_of(b)
    size = len(a)
    if a.shape != (size, size):
        raise ValueError(f"np.linalg.solve needs a square matrix, not one of shape {a.shape}")
    if size > 4 and any(item.op != "const" for item in a.ravel()):
        raise _fail(
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
        raise _fail(f"np.linalg.det of a matrix of {len(a)} rows", "Up to 4 rows are carried.")
    minors = [Traced(np.delete(a.nodes[1:], i, axis=1)) for i in range(len(a))]
    return functools.reduce(lambda total, i: total + (-1.0) ** i * a[0, i] * _det(minors[i]), range(len(a)), 0.0)


def _norm(x: Value) -> Value:
    return np.sqrt(np.sum(np.square(as_traced(x))))


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
        raise _fail(f"sorting {count} values that depend on an input", f"Up to {MAX_SORTED} are carried.")
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
        raise _fail("np.quantile whose share depends on an input", "Give the share as a number.")
    nodes = nodes_of(a)
    rows = _sort(Traced(nodes.ravel() if axis is None else np.moveaxis(nodes, axis, 0)), 0)

    def one(share: float) -> Value:
        place = float(share) * (len(rows) - 1)
        low = int(place)
        high = min(low + 1, len(rows) - 1)
        return rows[low] + (rows[high] - rows[low]) * (place - low)

    shares = np.asarray(q, dtype=float)
    return one(float(shares)) if shares.ndim == 0 else np.stack([one(share) for share in shares])


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
    places = _all_known(x)
    if places is None or isinstance(deg, Traced):
        raise _fail(
            "np.polyfit with places or a degree that depend on an input",
            "For a line write slope = np.cov(x, y)[0, 1] / np.var(x, ddof=1), intercept = np.mean(y) - slope * np.mean(x).",
        )
    weights = np.linalg.pinv(np.vander(np.asarray(places, dtype=float), deg + 1))
    return _matmul(weights, as_traced(y))


def _fft(a: Value, n: Value = None) -> Value:
    """The discrete Fourier transform by halves (Cooley and Tukey, 1965), and by its sum where the length is odd."""
    if n is not None:
        raise _fail("np.fft with a length n=", "Pass an array of that length.")
    values = as_traced(a)
    if values.ndim != 1:
        raise _fail("np.fft of more than one dimension", "Transform one row at a time.")
    size = len(values)
    if size == 1:
        return values + 0j
    if size % 2:
        places = np.arange(size)
        return _matmul(np.exp(-2j * np.pi * (np.outer(places, places) % size) / size), values)
    even, odd = _fft(values[::2]), _fft(values[1::2]) * np.exp(-2j * np.pi * np.arange(size // 2) / size)
    return np.concatenate([even + odd, even - odd])


def _histogram(a: Value, bins: Value = 10, range: tuple[float, float] | None = None) -> tuple[Value, np.ndarray]:
    if isinstance(bins, int):
        if range is None:
            raise _fail(
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


_FUNCTIONS: dict[Callable, Callable] = {
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
    np.max: _reducer(_arithmetic("max"), number),
    np.min: _reducer(_arithmetic("min"), number),
    np.any: _reducer(_logical("||"), _truth),
    np.all: _reducer(_logical("&&"), _truth),
    np.mean: _mean,
    np.cumsum: _cumulative(lambda a, b: node("+", a, b)),
    np.cumprod: _cumulative(lambda a, b: node("*", a, b)),
    np.diff: _diff,
    np.zeros_like: lambda a, dtype=None: as_traced(np.zeros(a.shape)),
    np.ones_like: lambda a, dtype=None: as_traced(np.ones(a.shape)),
    np.empty_like: lambda a, dtype=None: as_traced(np.zeros(a.shape)),
    np.full_like: _full_like,
    np.nan_to_num: _nan_to_num,
    np.dot: _dot,
    np.vdot: _dot,
    np.inner: _dot,
    np.outer: _outer,
    np.cross: _cross,
    np.var: _var,
    np.std: _std,
    np.average: _average,
    np.trapezoid: _trapezoid,
    np.convolve: _convolve,
    np.polyval: _polyval,
    np.gradient: _gradient,
    np.linalg.solve: _solve,
    np.linalg.inv: _inv,
    np.linalg.det: _det,
    np.linalg.norm: _norm,
    np.histogram: _histogram,
    np.isclose: _isclose,
    np.sinc: lambda x: _elementwise(_sinc, x),
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
    np.linalg.matrix_power: _matrix_power,
    np.count_nonzero: lambda a: np.sum(np.where(as_traced(a) != 0, 1.0, 0.0)),
    np.nonzero: lambda a: _holding(a),
    np.flatnonzero: lambda a: _holding(a)[0],
    np.cov: _cov,
    np.corrcoef: _corrcoef,
    np.polyfit: _polyfit,
    np.fft.fft: _fft,
    np.fft.ifft: lambda a: np.conjugate(_fft(np.conjugate(as_traced(a)))) / len(a),
    np.fft.rfft: lambda a: _fft(a)[: len(a) // 2 + 1],
    np.column_stack: lambda tup: Traced(np.column_stack([nodes_of(a) for a in tup])),
    np.stack: _joiner(np.stack),
    np.concatenate: _joiner(np.concatenate),
    np.vstack: _joiner(np.vstack),
    np.hstack: _joiner(np.hstack),
    np.append: lambda arr, values: Traced(np.append(nodes_of(arr), nodes_of(values))),
}
_SHAPING = {
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
_MEASURING = {np.shape, np.ndim, np.size}
# np.array([traced, ...]) makes an array of objects; NumPy then looks for a method of the ufunc's name.
for _ufunc in _UFUNCS:
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


def vocabulary() -> dict[str, list[str]]:
    """The functions that can be carried into a page, by kind, for the manual."""
    public = {f for f in vars(np).values() if callable(f)}
    functions = {f.__name__ for f in {*_FUNCTIONS, *_SHAPING, *_MEASURING} if f in public}
    return {
        "Element by element (NumPy)": sorted({u.__name__ for u in _UFUNCS}),
        "On arrays (NumPy)": sorted(functions),
        "Small linear algebra (np.linalg)": sorted(f.__name__ for f in _FUNCTIONS if f not in public),
        "Of scipy.special": sorted(_BY_NAME),
    }


# ----------------------------------------------------------------------------------------------------
# Writing the graph down


def literal(value: bool | float | str) -> str:
    """A constant in the page's language."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "(1/0)" if value > 0 else "(-1/0)"
    text = str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    return f"({text})" if text.startswith("-") else text


_LEAVES = ("const", "input", "field")


def _order(roots: Iterable[Node], stop: Callable[[Node], bool], limit: int | None = MAX_NODES) -> list[Node]:
    """All operations below the roots, arguments first, without what lies below nodes where `stop` is true."""
    seen: set[int] = set()
    order: list[Node] = []
    stack = [(root, False) for root in reversed(list(roots))]
    while stack:
        item, ready = stack.pop()
        if ready:
            order.append(item)
        elif id(item) not in seen and item.op not in _LEAVES and not stop(item):
            seen.add(id(item))
            stack.append((item, True))
            stack.extend((arg, False) for arg in reversed(item.args))
    if limit is not None and len(order) > limit:
        raise TracingError(
            f"the model has {len(order):,} steps, more than the {limit:,} that a page can carry. "
            "Use fewer years or coarser steps."
        )
    return order


def _write(item: Node, text: Callable[[Node], str]) -> str:
    """One node, its arguments written by `text`."""
    if item.op == "const":
        return literal(item.value)
    if item.op == "input":
        return str(item.value)
    if item.op == "field":
        return f"datum[{json.dumps(item.value)}]"
    if item.op == "lookup":
        entries = ", ".join(f"{json.dumps(label, ensure_ascii=False)}: {literal(v)}" for label, v in item.value)
        return f"{{{entries}}}[{text(item.args[0])}]"
    if item.op == "array":
        return f"[{', '.join(map(text, item.args))}]"
    if item.op == "element":
        return f"{text(item.args[0])}[{text(item.args[1])}]"
    return _PAGE[item.op][1].format(*map(text, item.args))


def _statements(
    wanted: Mapping[str, Node], prefix: str, refer: Callable[[str], str], outer: Callable[[Node], str | None]
) -> list[tuple[str, str]]:
    """Name and expression of everything wanted and of its shared or deep parts, in order of evaluation.

    `refer` writes a reference to a name; `outer` gives the reference of a node calculated elsewhere, or None.
    """
    order = _order(wanted.values(), lambda item: outer(item) is not None)
    own = {id(item): name for name, item in reversed(list(wanted.items()))}
    uses: dict[int, int] = {}
    for item in order:
        for arg in item.args:
            uses[id(arg)] = uses.get(id(arg), 0) + 1
    text: dict[int, str] = {}
    depth: dict[int, int] = {}
    statements: list[tuple[str, str]] = []

    def read(item: Node) -> str:
        return text[id(item)] if id(item) in text else outer(item) or _write(item, read)

    for item in order:
        depth[id(item)] = 1 + max((depth.get(id(arg), 0) for arg in item.args), default=0)
        text[id(item)] = _write(item, read)
        if id(item) in own or uses.get(id(item), 0) > 1 or depth[id(item)] > MAX_DEPTH:
            name = own.get(id(item)) or f"{prefix}{len(statements)}"
            statements.append((name, text[id(item)]))
            text[id(item)] = refer(name)
            depth[id(item)] = 0
    named = {name for name, _ in statements}
    return statements + [(name, read(item)) for name, item in wanted.items() if name not in named]


class Emitter:
    """Writes traced values as Vega signals and calculated fields, each shared value once.

    `columns` writes the calculated fields of one table; `signal` names a value that no row enters. When all tables
    of a chart are written, `signals` gives the named expressions that they refer to, in order.
    """

    def __init__(self) -> None:
        self._names: dict[Node, str] = {}

    def signal(self, item: Node) -> str:
        """The name of the signal that holds a value which no row enters."""
        if item.op == "input":
            return str(item.value)
        return self._names.setdefault(item, f"v{len(self._names)}")

    @property
    def named(self) -> dict[str, Node]:
        """The values that signals hold, by their names."""
        return {name: item for item, name in self._names.items()}

    def columns(self, columns: Mapping[str, Node]) -> list[tuple[str, str]]:
        """Fields and their expressions for one table, in the order in which they must be calculated.

        What no row enters becomes a signal, so that it is computed once and not once a row.
        """

        def hoisted(item: Node) -> str | None:
            return None if item.rows or item.op in _LEAVES else self.signal(item)

        return _statements(columns, "_", lambda name: f"datum[{json.dumps(name)}]", hoisted)

    def signals(self) -> list[tuple[str, str]]:
        """Names and expressions of all signals that were asked for, with their shared parts."""
        return _statements({name: item for item, name in self._names.items()}, "s", str, lambda item: None)
