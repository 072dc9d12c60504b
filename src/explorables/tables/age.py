"""How old the tables are: when their figures are from, and which are older than their table allows.

A table says in ``datapackage.json`` which column dates its rows, how many months a figure may be old, and which columns
make a series, of which only the newest row counts: ``"ages": {"by": "year", "months": 12, "series": ["country"]}``. Without
``months`` its figures never age, as those of a specification; without ``ages`` they have no date.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd

from explorables.tables.package import DataPackage, read_text, source_keys

YEAR = 365  # days of the longest time that a row is about
AHEAD = {"plan", "forecast", "assumption"}  # kinds of rows that are about a time to come
_DATE = re.compile(r"(?P<year>\d{4})(?:-?(?P<part>H[12]|Q[1-4])|-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?")


@dataclass(frozen=True)
class Age:
    """How old a table is.

    Attributes
    ----------
    name, title : str
        The table.
    as_of : datetime.date or None
        When its figures were last compared with their sources.
    newest, oldest : datetime.date or None
        Of the newest rows of its series, the newest and the oldest; none where its rows have no date.
    months : int or None
        How old a figure may be; none if it never ages.
    series : int
        How many series it has.
    aged : tuple of (str, datetime.date)
        Series whose newest row is older than that, with its day, the oldest first.
    """

    name: str
    title: str
    as_of: date | None
    newest: date | None = None
    oldest: date | None = None
    months: int | None = None
    series: int = 0
    aged: tuple[tuple[str, date], ...] = ()


def today() -> date:
    """The day of a build: of the commit where that is set (`SOURCE_DATE_EPOCH`), else today."""
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        return datetime.fromtimestamp(int(epoch), UTC).date()
    return datetime.now(UTC).date()


def age(data: DataPackage, name: str, on: date | None = None) -> Age:
    """How old a table is on a day (by default that of the build).

    Raises
    ------
    KeyError
        If there is no such table.
    """
    resource = data.describe(name)
    rows = read_text(data.folder, resource)
    seen = _last_seen(data, resource, rows)
    rule: dict[str, Any] = resource.get("ages", {})
    if not rule:
        return Age(name, resource["title"], seen)
    if (kind := _kind(data, name)) in rows:
        rows = rows[~rows[kind].isin(AHEAD)]
    on = on or today()
    rows = rows.assign(end=rows[rule["by"]].map(end_of)).dropna(subset=["end"])
    rows = rows[rows["end"].map(lambda end: (end - on).days < YEAR)]  # what is later has not begun
    rows = rows.assign(end=rows["end"].map(lambda end: min(end, on)))
    series = rule.get("series", [])
    newest = rows.groupby(series, sort=False)["end"].max() if series else pd.Series({"": rows["end"].max()})
    months = rule.get("months")
    limit = _earlier(on, months) if months else None
    aged = [(_named(key), end) for key, end in newest.items() if limit and end < limit]
    return Age(
        name,
        resource["title"],
        seen,
        max(newest),
        min(newest),
        months,
        len(newest),
        tuple(sorted(aged, key=lambda pair: pair[1])),
    )


def ages(data: DataPackage, names: Iterable[str] | None = None, on: date | None = None) -> list[Age]:
    """How old tables are, all by default; see :func:`age`."""
    return [age(data, name, on) for name in (data.names() if names is None else names)]


def end_of(text: str) -> date | None:
    """The last day of the time that a cell names: a day, a month, a quarter, a half or a year."""
    found = _DATE.match(text)
    if not found:
        return None
    months = {"H": 6, "Q": 3}
    month = int(found["part"][1]) * months[found["part"][0]] if found["part"] else int(found["month"] or 12)
    try:
        if found["day"]:
            return date(int(found["year"]), month, int(found["day"]))
        return (pd.Timestamp(int(found["year"]), month, 1) + pd.offsets.MonthEnd(0)).date()
    except ValueError:  # a cell that is no date, which the check of its type names
        return None


def notes(found: Iterable[Age]) -> list[str]:
    """A line for each table with figures that are older than it allows."""
    return [
        f"{one.name}: {len(one.aged)} of {one.series} {'series' if one.series > 1 else 'newest row'} older than "
        f"{one.months} months: "
        + "; ".join(f"{key or 'the table'}, {end:%Y-%m}" for key, end in one.aged[:SHOWN])
        + (f"; and {len(one.aged) - SHOWN} more" if len(one.aged) > SHOWN else "")
        for one in found
        if one.aged
    ]


SHOWN = 4  # series of a table that a note names


def _last_seen(data: DataPackage, resource: dict[str, Any], rows: pd.DataFrame) -> date | None:
    """When a table was last taken in, or else when its sources were last looked at."""
    entries = data.bibliography()
    looked = [entries[key].get("urldate", "") for key in source_keys(rows) if key in entries]
    days = [end_of(day) for day in (resource.get("as_of", ""), *looked) if day]
    return max((day for day in days if day), default=None)


def _kind(data: DataPackage, name: str) -> str:
    try:
        return data.kind_column(name)
    except StopIteration:
        return ""


def _earlier(day: date, months: int) -> date:
    return (pd.Timestamp(day) - pd.DateOffset(months=months)).date()


def _named(key: Any) -> str:
    parts = key if isinstance(key, tuple) else (key,)
    return ", ".join(str(part) for part in parts if str(part))
