"""Numbers as people write them: 1.2 GW, 350,000 cars, $5.6 million, 3.6 cents/kWh, 24 %. The page's script has the same rules."""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from explorables.book import current

SI_UNITS = frozenset(
    [
        "W",
        "Wh",
        "J",
        "B",
        "B/s",
        "bit/s",
        "Hz",
        "V",
        "m",
        "g",
        "t",
        "bit",
        "J/bit",
        *(unit for unit, how in current().units.items() if how == "si"),
    ]
)
POWERS = frozenset(unit for unit, how in current().units.items() if how == "power")
_SI = [
    (1e30, "Q"),
    (1e27, "R"),
    (1e24, "Y"),
    (1e21, "Z"),
    (1e18, "E"),
    (1e15, "P"),
    (1e12, "T"),
    (1e9, "G"),
    (1e6, "M"),
    (1e3, "k"),
    (1.0, ""),
    (1e-3, "m"),
    (1e-6, "µ"),
    (1e-9, "n"),
    (1e-12, "p"),
    (1e-15, "f"),
    (1e-18, "a"),
    (1e-21, "z"),
]
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# What Python's format specifications and those of Vega's charts have in common and a reader may meet.
_FORMAT = re.compile(r"(?P<plus>\+?)(?P<group>,?)(?:d|\.(?P<decimals>\d)[f%])")
NARROW = "\u202f"  # narrow no-break space, between a number and its unit
SPACE = "\u00a0"  # no-break space, between a number and its word
CENTS = 1e-4  # dollars: a price of less is written in dollars, as a power of ten
ROUNDED = 1e5  # from here on all digits but the first few are zeros


@dataclass(frozen=True)
class Locale:
    """How a language writes numbers and dates; its defaults are English.

    Attributes
    ----------
    counts : tuple
        Words of magnitude, the largest first: the number from which on each is used, what it counts, and the word with
        the space before it.
    decimal, thousands, percent : str
        The separators, and the sign with the space before it.
    date : str
        With ``{day}``, ``{month}`` as a number or ``{name}``, and ``{year}``.
    months : tuple of str
        Their names, short.
    yes, no, undefined : str
        Truth values, and what is no number.
    units : dict
        Unit to how a number stands with it: ``"{number} cars"``. Others are written as they are.
    cent, cents : str
        How one hundredth of a dollar and several stand with their number.
    """

    counts: tuple[tuple[float, float, str], ...] = (
        (1e12, 1e12, f"{SPACE}trillion"),
        (1e9, 1e9, f"{SPACE}billion"),
        (1e6, 1e6, f"{SPACE}million"),
    )
    decimal: str = "."
    thousands: str = ","
    percent: str = f"{NARROW}%"
    date: str = "{day} {name} {year}"
    months: tuple[str, ...] = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    yes: str = "yes"
    no: str = "no"
    undefined: str = "not defined"
    units: Mapping[str, str] = field(default_factory=dict)
    cent: str = "{number} cent"
    cents: str = "{number} cents"


ENGLISH = Locale()


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
    return _trimmed(text)


def _trimmed(text: str) -> str:
    """Digits without the zeros at their end that say nothing."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def _scientific(value: float, digits: int) -> str:
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{_trimmed(mantissa)} × 10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def _scaled(value: float, digits: int, unit: str, locale: Locale) -> tuple[str, str]:
    """Digits and the prefix or word of magnitude that follows them."""
    if unit == "%" and 1e-4 <= value < 1:  # 0.05 % rather than 0.0475 %
        places = max(digits - 1, 0)
        while value < float(f"1e-{places}"):
            places += 1
        return _trimmed(f"{Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}"), ""
    if unit in SI_UNITS:
        for scale, prefix in _SI:
            if value >= scale:
                return _fixed(value / scale, digits), prefix
    elif unit in POWERS and value >= 1e5 or value >= 1e16 or 0 < value < 1e-4:
        return _scientific(value, digits), ""
    else:
        for least, scale, word in locale.counts:
            if value >= least:
                return _fixed(value / scale, digits), word
        if value >= ROUNDED:
            return _fixed(_rounded(value, digits), digits), ""
    return _fixed(value, digits), ""


def _rounded(value: float, digits: int) -> float:
    """A number from a hundred thousand on, to its first digits."""
    place = len(str(int(value))) - digits
    return float(Decimal(value).quantize(Decimal(1).scaleb(max(place, 0)), ROUND_HALF_UP))


def _dollars(locale: Locale) -> str:
    """How a number of dollars stands with their sign or their name."""
    return locale.units.get("$", "${number}")


def unit_with(format: str, unit: str) -> str:
    """The unit of what is written in a format: ``%`` where the format says so.

    Raises
    ------
    ValueError
        If there is no such format, or it does not go with the unit.
    """
    if not format:
        return unit
    if not _FORMAT.fullmatch(format):
        raise ValueError(
            f"format {format!r} is not known: use 'd', '.2f' or '.0%', with ',' before it to group thousands and '+' to show the sign"
        )
    if unit == "date" or format.endswith("%") and unit not in ("", "%"):
        raise ValueError(f"format {format!r} does not go with the unit {unit!r}")
    return "%" if format.endswith("%") else unit


def _formatted(value: float, format: str) -> tuple[str, str]:
    """Sign and digits of a number with a fixed number of decimals; one that rounds to zero has no minus."""
    parts = _FORMAT.fullmatch(format)
    if parts is None:
        raise ValueError(f"{format!r} is not a format: write it as '.2f' or 'd'")
    places = Decimal(1).scaleb(-int(parts["decimals"] or 0))
    text = f"{Decimal(abs(value)).quantize(places, ROUND_HALF_UP):{parts['group']}f}"
    return "−" if value < 0 and re.search("[1-9]", text) else parts["plus"], text


def plain_name(name: str) -> str:
    """A name of code as a label: ``k_star`` is "k star", ``growth_rate`` is "Growth rate"; symbols such as ``α`` stay."""
    words = name.strip("_").replace("_", " ")
    symbol = len(words.partition(" ")[0].strip("0123456789")) == 1
    return words if symbol else words[:1].upper() + words[1:]


def human(value: object, unit: str = "", digits: int = 3, format: str = "", locale: Locale = ENGLISH) -> str:
    """Write a value with its unit.

    Parameters
    ----------
    value : float, bool, str or None
        Text is returned as it is, and a dash where it is empty. None is no number. With unit ``"%"`` a fraction (0.24),
        with ``"date"`` days since 1970-01-01.
    unit : str
        Units of the SI kind (`SI_UNITS`) take prefixes, ``$`` stands before the number, ``x`` is a factor. A price
        ``$/...`` below one dollar is written in cents.
    digits : int
        Significant digits; of per cents below one, one decimal less.
    format : str
        Write decimals as asked instead, with neither prefix nor word of magnitude: ``"d"`` (2030), ``",d"`` (45,500),
        ``".2f"`` (1.10) or ``".0%"`` (a fraction, 24 %); a leading ``+`` shows the sign. From 1e16 on it has no effect.
    locale : Locale
        The language.
    """
    if isinstance(value, str):
        return value or "–"
    if isinstance(value, bool):
        return locale.yes if value else locale.no
    value = math.nan if value is None else float(value)  # type: ignore[arg-type]  # whatever NumPy makes of a number
    if math.isnan(value):
        return locale.undefined
    if unit == "date":
        day = datetime.date(1970, 1, 1) + datetime.timedelta(days=math.floor(value))
        return locale.date.format(day=day.day, month=day.month, name=locale.months[day.month - 1], year=day.year)
    unit = unit_with(format, unit)
    cents = unit.startswith("$/") and not format and CENTS <= abs(value) < 1
    scaled = value * 100 if unit == "%" or cents else value
    sign, word = "−" if value < 0 else "", ""
    if math.isinf(value):
        return f"{sign}∞"
    if format and abs(scaled) < 1e16:
        sign, number = _formatted(scaled, format)
    else:
        number, word = _scaled(abs(scaled), digits, "" if cents else unit, locale)
    number = number.translate({ord("."): locale.decimal, ord(","): locale.thousands})
    if unit == "%":
        return f"{sign}{number}{word}%" if word else f"{sign}{number}{locale.percent}"
    if unit == "x":
        return f"{sign}{number}{word.strip()}×"
    if unit in SI_UNITS:
        return f"{sign}{number}{NARROW}{word}{unit}"
    dollars = _dollars(locale)
    if cents:
        coin = locale.cent if number == "1" else locale.cents
        return sign + locale.units.get(unit, dollars + unit[1:]).replace(dollars, coin).format(number=number)
    if unit in locale.units:
        return sign + locale.units[unit].format(number=number + word)
    if unit.startswith("$"):
        return f"{sign}{dollars.format(number=number + word)}{unit[1:]}"
    return f"{sign}{number}{word}{' ' + unit if unit else ''}"


_RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_COINS = {"c": 0.01, "ct": 0.01, "cent": 0.01, "cents": 0.01, "¢": 0.01}  # before what a price is for
_WORDS = {
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "million": 1e6,
    "bn": 1e9,
    "b": 1e9,
    "billion": 1e9,
    "tn": 1e12,
    "t": 1e12,
    "trillion": 1e12,
}
_NUMBER = re.compile(
    r"(?P<sign>[-+]?)\$? ?(?P<after>[-+]?)(?P<digits>[0-9][0-9., '_]*|[.,][0-9]+)(?:e(?P<exponent>[-+]?[0-9]+))?(?P<end>.*)",
    re.IGNORECASE,
)


def _plain(text: str) -> str:
    """A text in plain characters, raised digits behind a ^, each run of spaces as one."""
    text = re.sub("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda raised: "^" + raised[0].translate(_RAISED), text)
    text = re.sub("[−‐‑–]", "-", unicodedata.normalize("NFKC", text)).replace("’", "'")
    return re.sub(r"\s+", " ", text).strip()


def _close(text: str) -> str:
    return _plain(text).replace(" ", "")


def _numeral(text: str, thousands: str) -> str:
    """Digits with points, commas, spaces or apostrophes as Python writes the number; ``nan`` where they could mean two."""
    signs = list(dict.fromkeys(re.sub("[0-9]", "", text)))
    if not signs:
        return text
    grouped = re.compile(rf"[1-9][0-9]{{0,2}}({re.escape(signs[0])}[0-9]{{3}})+")
    head, mark, tail = re.fullmatch(r"(.*)([., '])([0-9]*)", text).groups()  # type: ignore[union-attr]  # it has a sign
    decimal = mark in ".," and mark not in head
    if len(signs) > 1:
        sound = decimal and tail and len(signs) == 2 and grouped.fullmatch(head)
        return f"{head.replace(signs[0], '')}.{tail}" if sound else "nan"
    if not decimal or mark == thousands and grouped.fullmatch(text):
        return text.replace(mark, "") if grouped.fullmatch(text) else "nan"
    return f"{head}.{tail}"


def _scale(text: str, unit: str, locale: Locale) -> float:
    """What a word of magnitude or a prefix before a unit stands for; NaN for what is neither."""
    if unit == "%":
        text = text.removesuffix("%")
    dollars = _close(_dollars(locale).format(number=""))
    ends = [_close(unit), _close(locale.units.get(unit, "").format(number=""))]
    ends += [one.removeprefix(sign) for one in ends for sign in ("$", dollars) if one.startswith(sign)]
    ends += ["$", dollars] if unit.startswith("$") else []
    ends += ["×"] if unit == "x" else []
    end = next((one for one in ends if one and one != "%" and text.endswith(one)), "")
    word = text.removesuffix(end)
    if unit.startswith("$"):
        word = word.removesuffix(dollars)
    if not word:
        return 1.0
    if unit in SI_UNITS:
        return next((scale for scale, prefix in _SI if prefix and _close(prefix) == word), math.nan)
    words = _WORDS | {_close(said): scale for _, scale, said in locale.counts}
    if unit.startswith("$"):
        words = words | _COINS | {_close(coin.format(number="")): 0.01 for coin in (locale.cent, locale.cents)}
    return words.get(word, words.get(word.lower(), math.nan))


def typed(text: str, unit: str = "", locale: Locale = ENGLISH) -> float:
    """What somebody typed, as a number.

    A comma, a point, a space or an apostrophe groups digits only before exactly three of them; a comma or a point that
    stands once is otherwise the decimal sign: ``"1,234.5"``, ``"1.234,5"`` and ``"1 234,5"`` are one number, ``"2,5"`` is
    two and a half, and ``"1,23,4"`` is none.

    Parameters
    ----------
    text : str
        With or without the unit, a prefix or a word of magnitude: ``"1.2 GW"``, ``"350k"``, ``"3.3 × 10²⁴"``.
    unit : str
        As in `human`; with ``"%"`` the number is read as per cent, and a fraction is given back. Dates are read by the
        page alone.
    locale : Locale
        The language.

    Returns
    -------
    float
        NaN if the text is no number, or could be two.
    """
    text = _plain(text)
    text = re.sub(r"^([-+]?)10 ?\^ ?([-+]?[0-9]+)", r"\g<1>1e\2", text)
    text = re.sub(r" ?[×x*] ?10 ?\^ ?([-+]?[0-9]+)", r"e\1", text, count=1, flags=re.IGNORECASE)
    found = _NUMBER.fullmatch(text)
    if found is None or found["sign"] and found["after"]:
        return math.nan
    # Only here may a number end in what groups: the space before its unit, or a decimal sign without decimals.
    digits = re.sub(r"^([0-9]+)[.,]$", r"\1", found["digits"].rstrip(" ")).replace("_", "'")
    number = _numeral(digits, _plain(locale.thousands) or " ")
    value = float(f"{found['sign']}{found['after']}{number}e{found['exponent'] or 0}") if number != "nan" else math.nan
    value *= _scale(_close(found["end"]), unit, locale)
    return value / 100 if unit == "%" else value
