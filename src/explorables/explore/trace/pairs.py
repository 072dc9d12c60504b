"""Complex numbers as pairs of real expressions: a page knows no others."""

from __future__ import annotations

import functools
from collections.abc import Callable

from explorables.explore.trace.nodes import COMPLEX, Node, const, node, pair, parts
from explorables.explore.trace.ufuncs import cosh, sinh

MAX_POWER = 64  # whole powers up to which are written as products


def _times(a: Node, b: Node) -> Node:
    """A product of real parts; a part that is 0 throughout stays so, which keeps formulas short."""
    zero = const(0.0)
    return zero if zero in (a, b) else node("*", a, b)


def _add(a: Node, b: Node) -> Node:
    (ar, ai), (br, bi) = parts(a), parts(b)
    return pair(node("+", ar, br), node("+", ai, bi))


def _subtract(a: Node, b: Node) -> Node:
    (ar, ai), (br, bi) = parts(a), parts(b)
    return pair(_less(ar, br), _less(ai, bi))


def _less(a: Node, b: Node) -> Node:
    return node("neg", b) if a is const(0.0) and b.op != "const" else node("-", a, b)


def _multiply(a: Node, b: Node) -> Node:
    (ar, ai), (br, bi) = parts(a), parts(b)
    real = _less(_times(ar, br), _times(ai, bi))
    return pair(real, node("+", _times(ar, bi), _times(ai, br)))


def _divide(a: Node, b: Node) -> Node:
    (ar, ai), (br, bi) = parts(a), parts(b)
    if b.kind != "c":
        return pair(node("/", ar, br), node("/", ai, br))
    size = node("+", _times(br, br), _times(bi, bi))
    top = _multiply(a, pair(br, node("neg", bi)))
    return pair(*(node("/", part, size) for part in top.args))


def _exp(a: Node) -> Node:
    real, imaginary = parts(a)
    size = node("exp", real)
    return pair(*(node("*", size, node(op, imaginary)) for op in ("cos", "sin")))


def _size(a: Node) -> Node:
    real, imaginary = parts(a)
    return node("sqrt", node("+", _times(real, real), _times(imaginary, imaginary)))


def angle(a: Node) -> Node:
    """The angle of a number in the plane, in radians."""
    real, imaginary = parts(a)
    return node("atan2", imaginary, real)


def _log(a: Node) -> Node:
    return pair(node("log", _size(a)), angle(a))


def _sqrt(a: Node) -> Node:
    """The root with the real part that is not negative, without cancellation."""
    real, imaginary = parts(a)
    zero, two = const(0.0), const(2.0)
    whole = node("sqrt", node("/", node("+", node("abs", real), _size(a)), two))
    rest = node("/", imaginary, node("*", two, whole))
    right, below = node(">=", real, zero), node("<", imaginary, zero)
    left = node("?", below, node("neg", whole), whole)
    root = node("?", right, whole, node("abs", rest)), node("?", right, rest, left)
    return pair(*(node("?", node("==", whole, zero), zero, part) for part in root))


def _power(a: Node, b: Node) -> Node:
    if b.op == "const" and b.kind == "f" and float(b.value).is_integer() and abs(b.value) <= MAX_POWER:
        product = functools.reduce(_multiply, [a] * int(abs(b.value)), pair(const(1.0), const(0.0)))
        return product if b.value >= 0 else _divide(const(1.0), product)
    return _exp(_multiply(b, _log(a)))


def _sin(a: Node) -> Node:
    real, imaginary = parts(a)
    return pair(node("*", node("sin", real), cosh(imaginary)), node("*", node("cos", real), sinh(imaginary)))


def _cos(a: Node) -> Node:
    real, imaginary = parts(a)
    return pair(
        node("*", node("cos", real), cosh(imaginary)), node("neg", node("*", node("sin", real), sinh(imaginary)))
    )


def _equal(a: Node, b: Node) -> Node:
    (ar, ai), (br, bi) = parts(a), parts(b)
    return node("&&", node("==", ar, br), node("==", ai, bi))


def _either(op: str) -> Callable[[Node], Node]:
    return lambda a: node("||", *(node(op, part) for part in parts(a)))


def _choose(test: Node, yes: Node, no: Node) -> Node:
    return pair(*(node("?", test, a, b) for a, b in zip(parts(yes), parts(no), strict=True)))


COMPLEX |= {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "neg": lambda a: pair(*(node("neg", part) for part in parts(a))),
    "float": lambda a: a,
    "exp": _exp,
    "log": _log,
    "sqrt": _sqrt,
    "abs": _size,
    "pow": _power,
    "sin": _sin,
    "cos": _cos,
    "==": _equal,
    "!=": lambda a, b: node("!", _equal(a, b)),
    "isnan": _either("isnan"),
    "isfinite": lambda a: node("&&", *(node("isfinite", part) for part in parts(a))),
    "?": _choose,
}
