"""Nodes: an expression graph in which equal expressions are one object."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import numpy as np

from explorables.explore.trace.errors import TracingError, Unusable, fail

MAX_NODES = 40_000
MARK = "\0"  # stands around the place in the source where a number was written into a text
MAX_COMMON = 100  # depth to which entries of an array are compared
Value = Any  # a number, an array or a `Traced` one: NumPy's functions take all of them, which its types do not know
T = TypeVar("T")


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
            raise fail(
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
        return pair(const(value.real), const(value.imag))
    if isinstance(value, Unusable):
        raise value.error
    raise fail(
        f"a value of type {type(value).__name__} ({value!r})",
        "Use numbers, truth values or text; give dates as days since 1970-01-01.",
    )


def input_node(name: str, kind: str) -> Node:
    """A reader's setting, by the name of its signal."""
    return intern("input", (), name, kind)


def field(name: str, kind: str) -> Node:
    """A column of the table that is being drawn."""
    return intern("field", (), name, kind)


# The operations that the page knows: how NumPy computes them (for folding constants), how they are written there,
# and the kind of the result: (f)loat, (b)ool, (s)tring; without one it is that of the last argument.
PAGE: dict[str, tuple[Callable, str, str]] = {
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


COMPLEX: dict[str, Callable[..., Node]] = {}  # operations on numbers of which one is complex: `pairs` puts them here


def node(op: str, *args: Node) -> Node:
    """An operation of the page on nodes, folded to a constant when all arguments are known.

    Raises
    ------
    TracingError
        If it mixes text with numbers, or complex numbers have no such operation here.
    """
    if any(arg.kind == "c" for arg in args):
        if op not in COMPLEX:
            raise fail(
                f"the operation {op} on a complex number",
                "Take np.real(z), np.imag(z), np.abs(z) or np.angle(z) first.",
            )
        return COMPLEX[op](*args)
    function, _, kind = PAGE[op]
    if op == "?":
        test, yes, no = args
        if test.op == "const":
            return yes if test.value else no
        if yes is no:
            return yes
        if {yes.kind, no.kind} == {"s", "f"} or {yes.kind, no.kind} == {"s", "b"}:
            raise fail("np.where with text in one branch and a number in the other", "Give both the same type.")
        if yes.kind != no.kind:
            yes, no = number(yes), number(no)
        kind = yes.kind
    elif all(arg.op == "const" for arg in args):
        with np.errstate(all="ignore"):
            return const(function(*(np.float64(a.value) if a.kind == "f" else a.value for a in args)))
    if op == "*" and is_constant(args[0], 1.0) or op == "+" and is_constant(args[0], 0.0):
        return number(args[1])
    if op in "*/" and is_constant(args[1], 1.0) or op in "+-" and is_constant(args[1], 0.0):
        return number(args[0])
    return intern(op, args, None, kind)


def is_constant(item: Node, value: float) -> bool:
    """Whether an expression is this number."""
    return item.op == "const" and item.kind == "f" and item.value == value


def number(item: Node) -> Node:
    """A truth value as 0 or 1, a number as it is."""
    if item.kind == "s":
        raise fail("arithmetic on text", "Choose between texts with np.where or np.select.")
    return node("float", item) if item.kind == "b" else item


def truth(item: Node) -> Node:
    """A number as whether it is other than 0, a truth value as it is."""
    return item if item.kind == "b" else node("!=", number(item), const(0.0))


def pair(real: Node, imaginary: Node) -> Node:
    """The complex number of two real expressions."""
    return intern("complex", (real, imaginary), None, "c")


def parts(item: Node) -> tuple[Node, Node]:
    """Real and imaginary part of any number."""
    real, imaginary = item.args if item.kind == "c" else (number(item), const(0.0))
    return real, imaginary


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


def places_of(item: Node) -> np.ndarray | None:
    """The known numbers of a grid, by the node that stands for it; None of another column."""
    return _grids.get(str(item.value))


def complete(parts: Sequence[T | None]) -> list[T] | None:
    """Some parts, if none is missing."""
    found = [part for part in parts if part is not None]
    return found if len(found) == len(parts) else None


def substituted(item: Node, instead: Mapping[Node, Node]) -> Node:
    """An expression with other expressions for some of its leaves."""
    made: dict[Node, Node] = dict(instead)
    for part in ordered([item], lambda one: False, limit=None):
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
        for item in ordered(roots, lambda item: False, limit=None):
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
                values[item] = PAGE[item.op][0](*map(get, args))
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
        if depth > MAX_COMMON or like.op not in PAGE or like.rows:
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


LEAVES = ("const", "input", "field")


def ordered(roots: Iterable[Node], stop: Callable[[Node], bool], limit: int | None = MAX_NODES) -> list[Node]:
    """All operations below the roots, arguments first, without what lies below nodes where `stop` is true."""
    seen: set[int] = set()
    order: list[Node] = []
    stack = [(root, False) for root in reversed(list(roots))]
    while stack:
        item, ready = stack.pop()
        if ready:
            order.append(item)
        elif id(item) not in seen and item.op not in LEAVES and not stop(item):
            seen.add(id(item))
            stack.append((item, True))
            stack.extend((arg, False) for arg in reversed(item.args))
    if limit is not None and len(order) > limit:
        raise TracingError(
            f"the model has {len(order):,} steps, more than the {limit:,} that a page can carry. "
            "Use fewer years or coarser steps."
        )
    return order
