"""Turn an ordinary NumPy function into expressions that a browser can evaluate.

A `Traced` value stands for a number, truth value or text that is not known yet. It takes part in NumPy's own
protocols (``__array_ufunc__``, NEP 13; ``__array_function__``, NEP 18), so calling a model with traced values
records what the model computes instead of computing it. `Emitter` then writes the recording as Vega expressions.
"""

from __future__ import annotations

import functools
import inspect
import json
import linecache
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from weakref import WeakValueDictionary

import numpy as np

MAX_NODES = 40_000
MAX_DEPTH = 25  # deeper expressions are cut into named signals: the page's parser is recursive


class TracingError(TypeError):
    """A model did something that cannot be carried into the page."""


def _caller() -> str:
    """Where the model is: the nearest frame outside this package and NumPy, as file, line and source."""
    here, frame = str(Path(__file__).parent), sys._getframe(1)
    while frame and (
        frame.f_code.co_filename.startswith(here)
        or f"{Path(np.__file__).parent}" in frame.f_code.co_filename
        or frame.f_code.co_filename.startswith("<__array_function__")
        or "functools" in frame.f_code.co_filename
    ):
        frame = frame.f_back
    if frame is None:
        return ""
    name, line = frame.f_code.co_filename, frame.f_lineno
    source = linecache.getline(name, line).strip()
    where = "this cell" if "ipykernel" in name else Path(name).name
    return f"\n  at {where}, line {line}, in {frame.f_code.co_name}: {source}"


def _fail(what: str, hint: str) -> TracingError:
    return TracingError(f"{what} cannot be carried into the page. {hint}{_caller()}")


# ----------------------------------------------------------------------------------------------------
# Nodes: an expression graph in which equal expressions are one object


class Node:
    """One expression: an operation and its arguments. Made by `node`, `const`, `input_node` and `field`."""

    __slots__ = ("__weakref__", "args", "kind", "op", "rows", "value")

    def __init__(self, op: str, args: tuple[Node, ...], value: object, kind: str):
        self.op, self.args, self.value, self.kind = op, args, value, kind
        self.rows = op == "field" or any(arg.rows for arg in args)  # depends on a row of a table


_interned: WeakValueDictionary[tuple, Node] = WeakValueDictionary()


def _intern(op: str, args: tuple[Node, ...], value: object, kind: str) -> Node:
    key = (op, *map(id, args), repr(value), kind)
    found = _interned.get(key)
    if found is None:
        found = _interned[key] = Node(op, args, value, kind)
    return found


def const(value: object) -> Node:
    """A known number, truth value or text."""
    if isinstance(value, str):
        return _intern("const", (), str(value), "s")
    if isinstance(value, bool | np.bool_):
        return _intern("const", (), bool(value), "b")
    if isinstance(value, int | float | np.number):
        return _intern("const", (), float(value), "f")
    raise _fail(
        f"a value of type {type(value).__name__} ({value!r})",
        "Use numbers, truth values or text; give dates as days since 1970-01-01.",
    )


def input_node(name: str, kind: str) -> Node:
    """A reader's setting, by the name of its signal."""
    return _intern("input", (), name, kind)


def field(name: str, kind: str) -> Node:
    """A column of the table that is being drawn."""
    return _intern("field", (), name, kind)


def element(values: Traced, index: Node) -> Node:
    """The entry of a one-dimensional array that belongs to a row of the table."""
    items = values.nodes.tolist()
    if any(item.rows for item in items):
        raise _fail("an array inside a row of a table", "Give one value a row.")
    return _intern("element", (_intern("array", tuple(items), None, items[0].kind), index), None, items[0].kind)


# The operations that the page knows: how NumPy computes them (for folding constants), how they are written there,
# and the kind of the result: (f)loat, (b)ool, (s)tring; None takes the kind of the last argument.
_PAGE: dict[str, tuple[Callable, str, str | None]] = {
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
    "float": (float, "(+{})", "f"),
    "exp": (np.exp, "exp({})", "f"),
    "sin": (np.sin, "sin({})", "f"),
    "cos": (np.cos, "cos({})", "f"),
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
    "?": (lambda test, yes, no: yes if test else no, "({} ? {} : {})", None),
}


def node(op: str, *args: Node) -> Node:
    """An operation of the page on nodes, folded to a constant when all arguments are known."""
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
            yes, no = _number(yes), _number(no)
        kind = yes.kind
    elif all(arg.op == "const" for arg in args):
        with np.errstate(all="ignore"):
            return const(function(*(np.float64(a.value) if a.kind == "f" else a.value for a in args)))
    if op == "*" and _is(args[0], 1.0) or op == "+" and _is(args[0], 0.0):
        return _number(args[1])
    if op in "*/" and _is(args[1], 1.0) or op in "+-" and _is(args[1], 0.0):
        return _number(args[0])
    return _intern(op, args, None, kind)


def _is(item: Node, value: float) -> bool:
    return item.op == "const" and item.kind == "f" and item.value == value


def _number(item: Node) -> Node:
    """A truth value as 0 or 1, a number as it is."""
    if item.kind == "s":
        raise _fail("arithmetic on text", "Choose between texts with np.where or np.select.")
    return node("float", item) if item.kind == "b" else item


def _truth(item: Node) -> Node:
    return item if item.kind == "b" else node("!=", _number(item), const(0.0))


def lookup(table: Mapping[str, object], key: Node) -> Node:
    """The value of a table of constants that belongs to a choice of the reader's, or to a text of the model's."""
    if key.op == "const":
        return const(table[key.value])
    values = [const(value) for value in table.values()]
    if len({value.kind for value in values}) > 1:
        values = [_number(value) for value in values]
    if len(set(values)) == 1:
        return values[0]
    if all(label == value.value for label, value in zip(table, values, strict=True)):
        return key
    # The labels are written once, with their places; the columns of a record share that.
    place = _intern("lookup", (key,), tuple((label, float(i)) for i, label in enumerate(table)), "f")
    return _intern("element", (_intern("array", tuple(values), None, values[0].kind), place), None, values[0].kind)


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


# ----------------------------------------------------------------------------------------------------
# What NumPy's functions become. Where the page's language lacks a function, it is composed so that special
# values (NaN, infinities, ties, negative divisors) come out as NumPy gives them.


def _n(value: float) -> Node:
    return const(float(value))


def _arithmetic(op: str) -> Callable:
    return lambda a, b: node(op, _number(a), _number(b))


def _call(op: str) -> Callable:
    return lambda a: node(op, _number(a))


def _add(a: Node, b: Node) -> Node:
    if a.kind == b.kind == "b":
        raise _fail(
            "np.add of two truth values",
            "NumPy adds them as 'or', Python as numbers: use | or np.where(x, 1, 0).",
        )
    return node("+", _number(a), _number(b))


def _compare(op: str) -> Callable:
    def compare(a: Node, b: Node) -> Node:
        if (a.kind == "s") != (b.kind == "s"):
            raise _fail(f"comparing text with a number ({op})", "Compare values of the same type.")
        return node(op, a, b) if a.kind == "s" else node(op, _number(a), _number(b))

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
    a, b = _number(a), _number(b)
    if _is(b, 1.0):
        return a
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
    a, b = _number(a), _number(b)
    rest = node("%", a, b)
    return node("?", _signs_differ(rest, b), node("+", rest, b), rest)


def _floor_divide(a: Node, b: Node) -> Node:
    """np.floor_divide as NumPy's npy_divmod has it: the quotient without the remainder, rounded."""
    a, b = _number(a), _number(b)
    rest = node("%", a, b)
    whole = node("/", node("-", a, rest), b)
    whole = node("?", _signs_differ(rest, b), node("-", whole, _n(1)), whole)
    floor = node("floor", whole)
    near = node("?", node(">", node("-", whole, floor), _n(0.5)), node("+", floor, _n(1)), floor)
    return node("?", node("==", b, _n(0)), node("/", a, b), near)


def _rint(a: Node) -> Node:
    """To the nearest integer, ties to even."""
    a = _number(a)
    down = node("floor", a)
    rest = node("-", a, down)
    up = node("+", down, _n(1))
    even_down = node("==", node("%", down, _n(2)), _n(0))
    tie = node("?", even_down, down, up)
    rounded = node("?", node("==", rest, _n(0.5)), tie, node("?", node("<", rest, _n(0.5)), down, up))
    return node("?", node("isfinite", a), rounded, a)


def _sign(a: Node) -> Node:
    a = _number(a)
    negative = node("?", node("<", a, _n(0)), _n(-1), a)  # 0 and NaN stand for themselves
    return node("?", node(">", a, _n(0)), _n(1), negative)


def _tanh(a: Node) -> Node:
    a = _number(a)
    square = node("*", a, a)
    series = _n(0)
    for coefficient in (-17 / 315, 2 / 15, -1 / 3, 1):  # Taylor series, good to 1e-16 below 0.01
        series = node("+", node("*", series, square), _n(coefficient))
    whole = node("-", _n(1), node("/", _n(2), node("+", node("exp", node("*", _n(2), a)), _n(1))))
    return node("?", node("<", node("abs", a), _n(0.01)), node("*", a, series), whole)


def _expm1(a: Node) -> Node:
    """Kahan's exp(x) - 1 without cancellation."""
    a = _number(a)
    power = node("exp", a)
    less = node("-", power, _n(1))
    inner = node("/", node("*", less, a), node("log", power))
    large = node("||", node("==", less, _n(-1)), node(">", power, _n(1e300)))
    return node("?", node("==", power, _n(1)), a, node("?", large, less, inner))


def _log1p(a: Node) -> Node:
    """Kahan's log(1 + x) without cancellation."""
    a = _number(a)
    plus = node("+", _n(1), a)
    inner = node("/", node("*", node("log", plus), a), node("-", plus, _n(1)))
    result = node("?", node("==", plus, _n(1)), a, inner)
    return node("?", node("==", a, _n(math.inf)), a, result)


def _isinf(a: Node) -> Node:
    return node("==", node("abs", _number(a)), _n(math.inf))


def _isfinite(a: Node) -> Node:
    return node("isfinite", _number(a))


def _trunc(a: Node) -> Node:
    a = _number(a)
    return node("?", node("<", a, _n(0)), node("ceil", a), node("floor", a))


def _cbrt(a: Node) -> Node:
    a = _number(a)
    return node("*", _sign(a), node("pow", node("abs", a), _n(1 / 3)))


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
    np.negative: lambda a: node("neg", _number(a)),
    np.positive: _number,
    np.absolute: _call("abs"),
    np.fabs: _call("abs"),
    np.sign: _sign,
    np.exp: _call("exp"),
    np.exp2: lambda a: _power(_n(2), a),
    np.expm1: _expm1,
    np.log: _call("log"),
    np.log2: lambda a: node("/", node("log", _number(a)), _n(math.log(2))),
    np.log10: lambda a: node("/", node("log", _number(a)), _n(math.log(10))),
    np.log1p: _log1p,
    np.sqrt: _call("sqrt"),
    np.cbrt: _cbrt,
    np.square: lambda a: node("*", _number(a), _number(a)),
    np.reciprocal: lambda a: node("/", _n(1), _number(a)),
    np.sin: _call("sin"),
    np.cos: _call("cos"),
    np.tanh: _tanh,
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
    np.logical_xor: lambda a, b: node("!=", _number(_truth(a)), _number(_truth(b))),
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
    "take": "Use np.select over the entries.",
    "argmax": "Compare with np.max and choose with np.select.",
    "argmin": "Compare with np.min and choose with np.select.",
    "average": "Use np.sum(a * weights) / np.sum(weights).",
    "digitize": "Use np.searchsorted.",
    "sort": "Sorting depends on values; compute the order before.",
    "quantile": "Use a known order, or np.interp over constants.",
    "geomspace": "Use start * (stop / start) ** np.linspace(0, 1, num).",
    "dot": "Use np.sum(a * b).",
    "matmul": "Use np.sum(a * b, axis=...).",
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

    def __init__(self, nodes: object):
        self.nodes = nodes if isinstance(nodes, np.ndarray) else _boxed(nodes)

    shape = property(lambda self: self.nodes.shape)
    ndim = property(lambda self: self.nodes.ndim)
    size = property(lambda self: self.nodes.size)
    T = property(lambda self: Traced(self.nodes.T))

    @property
    def item(self) -> Node:
        """The node of a single value."""
        if self.shape != ():
            raise ValueError(f"expected a single value, got an array of shape {self.shape}")
        return self.nodes[()]

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: object, **kwargs: object) -> Traced:
        lower = _UFUNCS.get(ufunc)
        if lower is None:
            raise _fail(f"np.{ufunc.__name__}", _INSTEAD.get(ufunc.__name__, "Write it with functions that can."))
        if kwargs.get("out") is not None:
            raise _fail("writing into an existing array (out=, +=)", "Write x = x + y.")
        if method == "__call__":
            for argument in kwargs:
                hint = "Use np.where." if argument == "where" else "Leave it out."
                raise _fail(f"np.{ufunc.__name__}({argument}=...)", hint)
            return _elementwise(lower, *inputs)
        if method == "reduce":
            return _reduce(lower, inputs[0], kwargs.get("axis", 0), bool(kwargs.get("keepdims")))
        if method == "accumulate":
            return _accumulate(lower, inputs[0], kwargs.get("axis", 0))
        raise _fail(f"np.{ufunc.__name__}.{method}", "Use a plain call.")

    def __array_function__(self, function: Callable, types: object, args: tuple, kwargs: dict) -> object:
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
            return Traced(function(*_unboxed(args), **_unboxed(kwargs)))
        raise _fail(f"np.{name}", _INSTEAD.get(name, "Write it with functions that can."))

    def __getitem__(self, index: object) -> Traced:
        if any(isinstance(part, Traced) for part in (index if isinstance(index, tuple) else (index,))):
            raise _fail("an index that depends on an input", "Use np.select([index == 0, index == 1], [...]).")
        return Traced(self.nodes[index])

    def __setitem__(self, index: object, value: object) -> None:
        raise _fail("assigning into an array", "Collect the values in a list and join them with np.stack.")

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self):
        return (Traced(part) for part in self.nodes)

    def __bool__(self) -> bool:
        raise _fail(
            "`if`, `and`, `or`, `not`, min() or max() on a value that depends on an input",
            "Use np.where(test, yes, no), np.minimum, np.maximum, and & | ~ on comparisons; "
            "np.arange needs known bounds: first + np.arange(10) * step.",
        )

    def __float__(self) -> float:
        raise _fail(
            "float(), math.* or storing in a NumPy array",
            "Use the NumPy function (np.exp for math.exp), np.stack for arrays; inputs are numbers already.",
        )

    def __int__(self) -> int:
        raise _fail("int()", "Use np.floor or np.rint; choose from a table with np.select.")

    def __index__(self) -> int:
        raise _fail(
            "an index or range() that depends on an input",
            "Use np.select, and loops of known length.",
        )

    def __round__(self, digits: int = 0) -> Traced:
        return np.round(self, digits)

    def __hash__(self) -> int:
        raise _fail(
            "a dict, set or cache looked up by an input", "Give records as options of a choice, or use np.select."
        )

    def __format__(self, spec: str) -> str:
        raise _fail("text with a number in it (an f-string)", "Give the number a readout of its own, beside the text.")

    def __repr__(self) -> str:
        return f"Traced(shape={self.shape})"

    def reshape(self, *shape: int) -> Traced:
        return Traced(self.nodes.reshape(*shape))

    def ravel(self) -> Traced:
        return Traced(self.nodes.ravel())

    def astype(self, dtype: object) -> Traced:
        if np.dtype(dtype).kind not in "fb":
            raise _fail(f"astype({np.dtype(dtype)})", "Use np.floor or np.rint and keep floats.")
        return _elementwise(_number if np.dtype(dtype).kind == "f" else _truth, self)


def _boxed(item: Node) -> np.ndarray:
    box = np.empty((), dtype=object)
    box[()] = item
    return box


def nodes_of(value: object) -> np.ndarray:
    """An object array of nodes from a traced value, a constant, or nested lists of both."""
    if isinstance(value, Traced):
        return value.nodes
    if isinstance(value, list | tuple):
        return np.stack([nodes_of(part) for part in value]) if len(value) else np.empty(0, dtype=object)
    array = np.asarray(value)
    result = np.empty(array.shape, dtype=object)
    for index in np.ndindex(array.shape):
        item = array[index]
        result[index] = item.item if isinstance(item, Traced) else const(item)
    return result


def _unboxed(value: object) -> object:
    """Arguments for NumPy's own shape functions: traced arrays become arrays of nodes, all else stays."""
    if isinstance(value, Traced):
        return value.nodes
    if isinstance(value, dict):
        return {key: _unboxed(item) for key, item in value.items()}
    if isinstance(value, list | tuple) and any(isinstance(part, Traced | list | tuple | np.ndarray) for part in value):
        return type(value)(_unboxed(part) for part in value)
    return value


def _elementwise(lower: Callable[..., Node], *inputs: object) -> Traced:
    arrays = np.broadcast_arrays(*(nodes_of(value) for value in inputs))
    result = np.empty(arrays[0].shape, dtype=object)
    for index in np.ndindex(result.shape):
        result[index] = lower(*(array[index] for array in arrays))
    return Traced(result)


def _reduce(lower: Callable, value: object, axis: int | None = None, keepdims: bool = False) -> Traced:
    nodes = nodes_of(value)
    if axis is None:
        nodes, axis = nodes.ravel(), 0
    nodes = np.moveaxis(nodes, axis, 0)
    total = functools.reduce(lambda a, b: _elementwise(lower, Traced(a), Traced(b)).nodes, nodes)
    total = total if isinstance(total, np.ndarray) else _boxed(total)
    return Traced(np.expand_dims(total, axis) if keepdims else total)


def _accumulate(lower: Callable, value: object, axis: int | None = None) -> Traced:
    nodes = nodes_of(value)
    if axis is None:
        nodes, axis = nodes.ravel(), 0
    rows = list(np.moveaxis(nodes, axis, 0))
    rows = [row if isinstance(row, np.ndarray) else _boxed(row) for row in rows]
    for i in range(1, len(rows)):
        rows[i] = _elementwise(lower, Traced(rows[i - 1]), Traced(rows[i])).nodes
    return Traced(np.moveaxis(np.stack(rows), 0, axis))


def _reducer(lower: Callable[[Node, Node], Node], prepare: Callable[[Node], Node]) -> Callable:
    def reduce(a: object, axis: int | None = None, keepdims: bool = False, **unknown: object) -> Traced:
        _refuse(unknown)
        return _reduce(lower, _elementwise(prepare, a), axis, keepdims)

    return reduce


def _refuse(unknown: Mapping[str, object]) -> None:
    for name, value in unknown.items():
        if value is not None and value is not np._NoValue:
            raise _fail(f"the argument {name}= of this NumPy function", "Leave it out.")


def _mean(a: object, axis: int | None = None, keepdims: bool = False) -> Traced:
    nodes = nodes_of(a)
    count = nodes.size if axis is None else nodes.shape[axis]
    return np.sum(Traced(nodes), axis=axis, keepdims=keepdims) / count


def _cumulative(lower: Callable) -> Callable:
    return lambda a, axis=None: _accumulate(lower, _elementwise(_number, a), axis)


def _where(condition: object, x: object, y: object) -> Traced:
    return _elementwise(_if, condition, x, y)


def _select(conditions: Iterable, choices: Iterable, default: object = 0) -> Traced:
    result = default
    for condition, choice in reversed(list(zip(conditions, choices, strict=True))):
        result = _where(condition, choice, result)
    return result


def _piecewise(x: object, condlist: Iterable, funclist: Iterable) -> Traced:
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


def _choose(index: object, choices: Iterable) -> Traced:
    choices = list(choices)
    result = choices[-1]
    for i, choice in reversed(list(enumerate(choices[:-1]))):
        result = _where(np.less_equal(index, i), choice, result)
    return result


def _clip(a: object, a_min: object = None, a_max: object = None, *, min: object = None, max: object = None) -> Traced:
    low, high = (min if a_min is None else a_min), (max if a_max is None else a_max)
    a = a if low is None else np.maximum(Traced(nodes_of(a)), low)
    return a if high is None else np.minimum(Traced(nodes_of(a)), high)


def _round(a: Traced, decimals: int = 0) -> Traced:
    scale = 10.0 ** abs(decimals)
    if decimals == 0:
        return np.rint(a)
    return np.rint(a * scale) / scale if decimals > 0 else np.rint(a / scale) * scale


def _linspace(start: object, stop: object, num: int = 50, endpoint: bool = True) -> Traced:
    start, stop = Traced(nodes_of(start)), Traced(nodes_of(stop))
    step = (stop - start) / ((num - 1 if endpoint else num) or 1)
    values = [start + i * step for i in range(num)]
    if endpoint and num > 1:
        values[-1] = stop + 0.0
    return np.stack(values)


def _interp(x: object, xp: object, fp: object, left: object = None, right: object = None) -> Traced:
    if any(n.op != "const" for n in nodes_of(xp).ravel()):
        raise _fail("np.interp with places xp that depend on an input", "Give xp as constants.")
    places, values = np.asarray(xp, dtype=float), list(fp)
    result = values[-1] if right is None else right
    result = _where(np.less_equal(x, places[-1]), values[-1], result)
    for i in range(len(places) - 2, -1, -1):
        slope = (values[i + 1] - values[i]) / (places[i + 1] - places[i])
        result = _where(np.less(x, places[i + 1]), slope * (x - places[i]) + values[i], result)
    return _where(np.less(x, places[0]), values[0] if left is None else left, result)


def _searchsorted(a: object, v: object, side: str = "left") -> Traced:
    test = np.less if side == "left" else np.less_equal
    return functools.reduce(lambda total, edge: total + np.where(test(edge, v), 1.0, 0.0), np.asarray(a), 0.0)


def _diff(a: Traced, n: int = 1, axis: int = -1) -> Traced:
    for _ in range(n):
        rows = np.moveaxis(nodes_of(a), axis, 0)
        a = Traced(np.moveaxis((Traced(rows[1:]) - Traced(rows[:-1])).nodes, 0, axis))
    return a


def _full_like(a: Traced, fill_value: object) -> object:
    return np.broadcast_to(Traced(nodes_of(fill_value)), a.shape)


def _nan_to_num(x: Traced, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Traced:
    largest = np.finfo(float).max
    high, low = (largest if posinf is None else posinf), (-largest if neginf is None else neginf)
    return np.select([np.isnan(x), x == np.inf, x == -np.inf], [nan, high, low], default=x)


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
    np.sum: _reducer(lambda a, b: node("+", a, b), _number),
    np.prod: _reducer(lambda a, b: node("*", a, b), _number),
    np.max: _reducer(_arithmetic("max"), _number),
    np.min: _reducer(_arithmetic("min"), _number),
    np.any: _reducer(_logical("||"), _truth),
    np.all: _reducer(_logical("&&"), _truth),
    np.mean: _mean,
    np.cumsum: _cumulative(lambda a, b: node("+", a, b)),
    np.cumprod: _cumulative(lambda a, b: node("*", a, b)),
    np.diff: _diff,
    np.zeros_like: lambda a: np.zeros(a.shape),
    np.ones_like: lambda a: np.ones(a.shape),
    np.full_like: _full_like,
    np.nan_to_num: _nan_to_num,
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
}
_MEASURING = {np.shape, np.ndim, np.size}
# np.array([traced, ...]) makes an array of objects; NumPy then looks for a method of the ufunc's name.
for _ufunc in _UFUNCS:
    if _ufunc.nin == 1 and not hasattr(Traced, _ufunc.__name__):
        setattr(Traced, _ufunc.__name__, functools.partialmethod(lambda self, ufunc: ufunc(self), _ufunc))
for _name in ("sum", "prod", "max", "min", "any", "all", "mean", "cumsum", "cumprod", "clip", "round"):
    setattr(
        Traced,
        _name,
        functools.partialmethod(lambda self, function, *a, **k: function(self, *a, **k), getattr(np, _name)),
    )


# ----------------------------------------------------------------------------------------------------
# Writing the graph down


def literal(value: object) -> str:
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


def _order(roots: Iterable[Node], stop: Callable[[Node], bool]) -> list[Node]:
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
    if len(order) > MAX_NODES:
        raise TracingError(
            f"the model has {len(order):,} steps, more than the {MAX_NODES:,} that a page can carry. "
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
    own = {id(item): name for name, item in reversed(wanted.items())}
    uses: dict[int, int] = {}
    for item in order:
        for arg in item.args:
            uses[id(arg)] = uses.get(id(arg), 0) + 1
    text: dict[int, str] = {}
    depth: dict[int, int] = {}
    statements = []

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
