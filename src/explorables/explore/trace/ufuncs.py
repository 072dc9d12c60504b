"""What NumPy's functions of single entries become.

Where the page's language lacks a function, it is composed so that special values (NaN, infinities, ties, negative divisors)
come out as NumPy gives them.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from explorables.explore.trace.errors import fail
from explorables.explore.trace.nodes import Node, const, is_constant, node, number, pair, truth


def _n(value: float) -> Node:
    return const(float(value))


def _arithmetic(op: str) -> Callable:
    return lambda a, b: node(op, number(a), number(b))


def _call(op: str) -> Callable:
    return lambda a: node(op, number(a))


def _add(a: Node, b: Node) -> Node:
    if a.kind == b.kind == "b":
        raise fail(
            "np.add of two truth values",
            "NumPy adds them as 'or', Python as numbers: use | or np.where(x, 1, 0).",
        )
    return node("+", number(a), number(b))


def _compare(op: str) -> Callable:
    def compare(a: Node, b: Node) -> Node:
        if (a.kind == "s") != (b.kind == "s"):
            raise fail(f"comparing text with a number ({op})", "Compare values of the same type.")
        return node(op, a, b) if a.kind == "s" else node(op, number(a), number(b))

    return compare


def _logical(op: str) -> Callable:
    return lambda a, b: node(op, truth(a), truth(b))


def _bitwise(op: str, name: str) -> Callable:
    def bitwise(a: Node, b: Node) -> Node:
        if a.kind != "b" or b.kind != "b":
            raise fail(f"np.{name} on numbers", "Use it on comparisons, in brackets: (x > 1) & (y < 2).")
        return node(op, a, b)

    return bitwise


def _not(a: Node) -> Node:
    return node("!", truth(a))


def _invert(a: Node) -> Node:
    if a.kind != "b":
        raise fail("np.invert on numbers", "Use ~ on comparisons, in brackets: ~(x > 1).")
    return node("!", a)


def branch(test: Node, yes: Node, no: Node) -> Node:
    """One of two expressions, as a third one decides."""
    return node("?", truth(test), yes, no)


def _power(a: Node, b: Node) -> Node:
    a, b = number(a), number(b)
    if is_constant(b, 1.0):
        return a
    if a.kind == "c" or b.kind == "c":
        return node("pow", a, b)
    if is_constant(b, 0.0):
        return _n(1)
    if is_constant(b, 2.0):
        return node("*", a, a)
    if is_constant(b, 0.5) and a.op == "const":
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
    """np.cosh; half of exp(|x|), as exp(|x| - log(2)), where the sum would overflow."""
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


def sinc(a: Node) -> Node:
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
BY_NAME: dict[str, Callable[..., Node]] = {
    "erf": _erf,
    "erfc": _erfc,
    "expit": _expit,
    "ndtr": lambda a: node("*", _n(0.5), _erfc(node("*", number(a), _n(-math.sqrt(0.5))))),
}


def _complex_sinh(a: Node) -> Node:
    return node("*", _n(0.5), node("-", node("exp", a), node("exp", node("neg", a))))


def _complex_cosh(a: Node) -> Node:
    return node("*", _n(0.5), node("+", node("exp", a), node("exp", node("neg", a))))


def _conjugate(a: Node) -> Node:
    return pair(a.args[0], node("neg", a.args[1]))


def _or_complex(real: Callable[[Node], Node], of_complex: Callable[[Node], Node]) -> Callable[[Node], Node]:
    return lambda a: of_complex(a) if a.kind == "c" else real(a)


UFUNCS: dict[np.ufunc, Callable[..., Node]] = {
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
    np.sinh: _or_complex(sinh, _complex_sinh),
    np.cosh: _or_complex(cosh, _complex_cosh),
    np.arcsinh: _arcsinh,
    np.arccosh: _arccosh,
    np.arctanh: _arctanh,
    np.hypot: _hypot,
    np.heaviside: _heaviside,
    np.radians: _times(math.pi / 180),
    np.deg2rad: _times(math.pi / 180),
    np.degrees: _times(180 / math.pi),
    np.rad2deg: _times(180 / math.pi),
    np.tanh: _or_complex(_tanh, lambda a: node("/", _complex_sinh(a), _complex_cosh(a))),
    np.conjugate: _or_complex(number, _conjugate),
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
    np.logical_xor: lambda a, b: node("!=", number(truth(a)), number(truth(b))),
    np.logical_not: _not,
    np.bitwise_and: _bitwise("&&", "bitwise_and"),
    np.bitwise_or: _bitwise("||", "bitwise_or"),
    np.invert: _invert,
    np.isnan: _call("isnan"),
    np.isinf: _isinf,
    np.isfinite: _isfinite,
}
