"""Complex numbers as pairs of real expressions: a page knows no others."""

from __future__ import annotations

import functools
from collections.abc import Callable

from explorables.explore import trace
from explorables.explore.trace import Node

MAX_POWER = 64  # whole powers up to which are written as products


def pair(real: Node, imaginary: Node) -> Node:
    """The complex number of two real expressions."""
    return trace.intern("complex", (real, imaginary), None, "c")


def parts(item: Node) -> tuple[Node, Node]:
    """Real and imaginary part of any number."""
    real, imaginary = item.args if item.kind == "c" else (trace.number(item), trace.const(0.0))
    return real, imaginary


def _times(a: Node, b: Node) -> Node:
    """A product of real parts; a part that is 0 throughout stays so, which keeps formulas short."""
    zero = trace.const(0.0)
    return zero if zero in (a, b) else trace.node("*", a, b)


def _add(a: Node, b: Node) -> Node:
    (ar, ai), (br, bi) = parts(a), parts(b)
    return pair(trace.node("+", ar, br), trace.node("+", ai, bi))


def _subtract(a: Node, b: Node) -> Node:
    (ar, ai), (br, bi) = parts(a), parts(b)
    return pair(_less(ar, br), _less(ai, bi))


def _less(a: Node, b: Node) -> Node:
    return trace.node("neg", b) if a is trace.const(0.0) and b.op != "const" else trace.node("-", a, b)


def _multiply(a: Node, b: Node) -> Node:
    (ar, ai), (br, bi) = parts(a), parts(b)
    real = _less(_times(ar, br), _times(ai, bi))
    return pair(real, trace.node("+", _times(ar, bi), _times(ai, br)))


def _divide(a: Node, b: Node) -> Node:
    (ar, ai), (br, bi) = parts(a), parts(b)
    if b.kind != "c":
        return pair(trace.node("/", ar, br), trace.node("/", ai, br))
    size = trace.node("+", _times(br, br), _times(bi, bi))
    top = _multiply(a, pair(br, trace.node("neg", bi)))
    return pair(*(trace.node("/", part, size) for part in top.args))


def _exp(a: Node) -> Node:
    real, imaginary = parts(a)
    size = trace.node("exp", real)
    return pair(*(trace.node("*", size, trace.node(op, imaginary)) for op in ("cos", "sin")))


def _size(a: Node) -> Node:
    real, imaginary = parts(a)
    return trace.node("sqrt", trace.node("+", _times(real, real), _times(imaginary, imaginary)))


def angle(a: Node) -> Node:
    """The angle of a number in the plane, in radians."""
    real, imaginary = parts(a)
    return trace.node("atan2", imaginary, real)


def _log(a: Node) -> Node:
    return pair(trace.node("log", _size(a)), angle(a))


def _sqrt(a: Node) -> Node:
    """The root with the real part that is not negative, without cancellation."""
    real, imaginary = parts(a)
    zero, two = trace.const(0.0), trace.const(2.0)
    whole = trace.node("sqrt", trace.node("/", trace.node("+", trace.node("abs", real), _size(a)), two))
    rest = trace.node("/", imaginary, trace.node("*", two, whole))
    right, below = trace.node(">=", real, zero), trace.node("<", imaginary, zero)
    left = trace.node("?", below, trace.node("neg", whole), whole)
    root = trace.node("?", right, whole, trace.node("abs", rest)), trace.node("?", right, rest, left)
    return pair(*(trace.node("?", trace.node("==", whole, zero), zero, part) for part in root))


def _power(a: Node, b: Node) -> Node:
    if b.op == "const" and b.kind == "f" and float(b.value).is_integer() and abs(b.value) <= MAX_POWER:
        product = functools.reduce(_multiply, [a] * int(abs(b.value)), pair(trace.const(1.0), trace.const(0.0)))
        return product if b.value >= 0 else _divide(trace.const(1.0), product)
    return _exp(_multiply(b, _log(a)))


def _sin(a: Node) -> Node:
    real, imaginary = parts(a)
    return pair(
        trace.node("*", trace.node("sin", real), trace.cosh(imaginary)),
        trace.node("*", trace.node("cos", real), trace.sinh(imaginary)),
    )


def _cos(a: Node) -> Node:
    real, imaginary = parts(a)
    return pair(
        trace.node("*", trace.node("cos", real), trace.cosh(imaginary)),
        trace.node("neg", trace.node("*", trace.node("sin", real), trace.sinh(imaginary))),
    )


def sinh(a: Node) -> Node:
    """Half of exp(a) - exp(-a)."""
    return _multiply(trace.const(0.5), _subtract(_exp(a), _exp(apply("neg", (a,)))))


def cosh(a: Node) -> Node:
    """Half of exp(a) + exp(-a)."""
    return _multiply(trace.const(0.5), _add(_exp(a), _exp(apply("neg", (a,)))))


def tanh(a: Node) -> Node:
    """sinh(a) / cosh(a)."""
    return _divide(sinh(a), cosh(a))


def conjugate(a: Node) -> Node:
    """The number with the other sign of its imaginary part."""
    return pair(a.args[0], trace.node("neg", a.args[1])) if a.kind == "c" else trace.number(a)


def _equal(a: Node, b: Node) -> Node:
    (ar, ai), (br, bi) = parts(a), parts(b)
    return trace.node("&&", trace.node("==", ar, br), trace.node("==", ai, bi))


def _either(op: str) -> Callable[[Node], Node]:
    return lambda a: trace.node("||", *(trace.node(op, part) for part in parts(a)))


def _choose(test: Node, yes: Node, no: Node) -> Node:
    return pair(*(trace.node("?", test, a, b) for a, b in zip(parts(yes), parts(no), strict=True)))


_OPERATIONS: dict[str, Callable[..., Node]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "neg": lambda a: pair(*(trace.node("neg", part) for part in parts(a))),
    "float": lambda a: a,
    "exp": _exp,
    "log": _log,
    "sqrt": _sqrt,
    "abs": _size,
    "pow": _power,
    "sin": _sin,
    "cos": _cos,
    "==": _equal,
    "!=": lambda a, b: trace.node("!", _equal(a, b)),
    "isnan": _either("isnan"),
    "isfinite": lambda a: trace.node("&&", *(trace.node("isfinite", part) for part in parts(a))),
    "?": _choose,
}


def apply(op: str, args: tuple[Node, ...]) -> Node:
    """An operation of the page on numbers of which one is complex.

    Raises
    ------
    TracingError
        If complex numbers have no such operation here.
    """
    if op not in _OPERATIONS:
        raise trace.fail(
            f"the operation {op} on a complex number", "Take np.real(z), np.imag(z), np.abs(z) or np.angle(z) first."
        )
    return _OPERATIONS[op](*args)
