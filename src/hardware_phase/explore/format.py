"""Numbers as people write them: 1.2 GW, 350 k chips, $5.6 m, 24 %. The page's script has the same rules."""

from __future__ import annotations

import datetime
import math
from decimal import ROUND_HALF_UP, Decimal

SI_UNITS = frozenset(["W", "Wh", "J", "B", "B/s", "bit/s", "FLOP/s", "FLOP/J", "FLOP/s/W", "OP/s", "Hz", "m", "g", "t", "bit", "J/FLOP", "J/bit", "FLOP/$", "FLOP/s/$"])
_SI = [(1e30, "Q"), (1e27, "R"), (1e24, "Y"), (1e21, "Z"), (1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"),
       (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p"), (1e-15, "f"),
       (1e-18, "a"), (1e-21, "z")]  # fmt: skip
_COUNTS = [(1e12, "tn"), (1e9, "bn"), (1e6, "m"), (1e5, "k")]
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
NARROW = "\u202f"  # narrow no-break space, between a number and its unit


def _fixed(value: float, digits: int) -> str:
    """A positive number below a million to `digits` significant digits, whole part never rounded away."""
    whole = 1
    while value >= 10**whole:
        whole += 1
    if value < 1:
        whole = 0
        while value and value < 10 ** (whole - 1) and whole > -8:
            whole -= 1
    decimals = max(0, digits - whole)
    text = f"{Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _scientific(value: float, digits: int) -> str:
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def _scaled(value: float, digits: int, unit: str) -> tuple[str, str]:
    """Digits and the prefix or word of magnitude that follows them."""
    if unit in SI_UNITS:
        for scale, prefix in _SI:
            if value >= scale:
                return _fixed(value / scale, digits), prefix
    elif unit == "FLOP" and value >= 1e5 or value >= 1e16 or 0 < value < 1e-4:
        return _scientific(value, digits), ""
    else:
        for scale, word in _COUNTS:
            if value >= scale:
                return _fixed(value / (1e3 if word == "k" else scale), digits), word
    return _fixed(value, digits), ""


def human(value: object, unit: str = "", digits: int = 3) -> str:
    """Write a value with its unit.

    Parameters
    ----------
    value : float, bool or str
        Text is returned as it is, and a dash where it is empty. With unit ``"%"`` a fraction (0.24), with ``"date"`` days since 1970-01-01.
    unit : str
        Units of the SI kind (`SI_UNITS`) take prefixes, ``$`` stands before the number, ``x`` is a factor.
    digits : int
        Significant digits.
    """
    if isinstance(value, str):
        return value or "–"
    value = float(value)
    if math.isnan(value):
        return "not defined"
    if unit == "date":
        day = datetime.date(1970, 1, 1) + datetime.timedelta(days=math.floor(value))
        return f"{day.day} {day:%b} {day.year}"
    sign, value = ("−" if value < 0 else ""), abs(value)
    if math.isinf(value):
        return f"{sign}∞"
    number, prefix = _scaled(value * 100 if unit == "%" else value, digits, unit)
    if unit == "%":
        return f"{sign}{number}{NARROW}{prefix}%"
    if unit == "x":
        return f"{sign}{number}{prefix}×"
    if unit.startswith("$"):
        return f"{sign}${number}{NARROW + prefix if prefix else ''}{unit[1:]}"
    if unit in SI_UNITS:
        return f"{sign}{number}{NARROW}{prefix}{unit}"
    return f"{sign}{number}{NARROW + prefix if prefix else ''}{' ' + unit if unit else ''}"
