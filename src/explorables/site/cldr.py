"""How languages write numbers and dates, from the Unicode CLDR as Babel has it, in the form that pages and charts need."""

from __future__ import annotations

import re
from typing import Any

from babel import Locale as Region

DATE = {"y": "{year}", "M": "{month}", "MM": "{month}", "MMM": "{name}", "d": "{day}", "dd": "{day}"}
VEGA = {"y": "%Y", "M": "%-m", "MM": "%m", "MMM": "%b", "d": "%-d", "dd": "%d"}
DAY_FORMATS = ("%d %b %Y", "%b %d, %Y")  # as the book's charts and Vega-Lite write a day
MONTH_FORMATS = ("%b %Y",)


def _pattern(text: str, fields: dict[str, str]) -> str:
    """A pattern of a date with other names for its fields."""
    return re.sub(
        r"'([^']*)'|([a-zA-Z])\2*", lambda found: found[1] if found[0].startswith("'") else fields[found[0]], text
    )


def _counts(region: Region) -> tuple[tuple[float, float, str], ...]:
    """Words of magnitude, the largest first, each with the number that takes it first and with what it counts."""
    found: dict[str, tuple[float, float]] = {}
    for size, form in sorted(region.compact_decimal_formats["short"]["other"].items(), key=lambda item: int(item[0])):
        word = form.pattern.replace("0", "").replace("'", "")
        if word:
            found.setdefault(word, (float(size), float(size) / 10 ** (form.pattern.count("0") - 1)))
    return tuple(sorted(((least, scale, word) for word, (least, scale) in found.items()), reverse=True))


def writing(region: Region) -> dict[str, Any]:
    """Numbers and dates as `explorables.explore.format.Locale` wants them."""
    symbols = region.number_symbols["latn"]
    return {
        "counts": _counts(region),
        "decimal": symbols["decimal"],
        "thousands": symbols["group"],
        "percent": region.percent_formats[None].pattern.rpartition("0")[2],
        "date": _pattern(region.date_formats["medium"].pattern, DATE),
        "months": tuple(region.months["format"]["abbreviated"][month] for month in range(1, 13)),
    }


def vega(region: Region, dollars: tuple[str, str]) -> dict[str, Any]:
    """The locales of numbers and of times that Vega's charts take; what stands before and after a number of dollars."""
    symbols, periods = region.number_symbols["latn"], region.day_periods["format"]["abbreviated"]
    sunday_first = [6, *range(6)]
    names = {
        "days": [region.days["format"]["wide"][day] for day in sunday_first],
        "shortDays": [region.days["format"]["abbreviated"][day] for day in sunday_first],
        "months": [region.months["format"]["wide"][month] for month in range(1, 13)],
        "shortMonths": [region.months["format"]["abbreviated"][month] for month in range(1, 13)],
    }
    day = _pattern(region.date_formats["medium"].pattern, VEGA)
    return {
        "number": {
            "decimal": symbols["decimal"],
            "thousands": symbols["group"],
            "grouping": [3],
            "currency": list(dollars),
        },
        "time": {
            "dateTime": "%x %X",
            "date": day,
            "time": "%H:%M:%S",
            "periods": [periods["am"], periods["pm"]],
            **names,
        },
    }


def date_formats(region: Region) -> dict[str, str]:
    """Formats of days and months in the order of English, and what the language has for them."""
    day, month = (_pattern(region.datetime_skeletons[skeleton].pattern, VEGA) for skeleton in ("yMMMd", "yMMM"))
    return dict.fromkeys(DAY_FORMATS, day) | dict.fromkeys(MONTH_FORMATS, month)
