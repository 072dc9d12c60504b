"""Put a publisher's rows into the book's: three ways, so that a correction by hand stays until its figure moves.

Three states of a figure are compared: what the publisher says now, what it said when it was last taken in, and what the
book says. Where the publisher says what it said then, the book's own figure stands, corrected or not. Rows of other
sources are never touched.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from explorables.refresh.upstream import Upstream, UpstreamError

LEFT = 0.5  # of the rows that came last time, the part that must come again
FAR = 0.02  # of a figure, where another source is said to disagree


class Cell(NamedTuple):
    """A figure that differs: where it stands, what the book has, what the publisher says, and whether it was corrected.

    `corrected` is true of a figure that somebody had set by hand.
    """

    key: str
    column: str
    old: str
    new: str
    corrected: bool = False

    @property
    def by(self) -> str:
        """By how much it changed, where both are numbers."""
        try:
            old, new = float(self.old), float(self.new)
        except ValueError:
            return ""
        return f"{100 * (new / old - 1):+.3g} %" if old else f"{new - old:+.4g}"


@dataclass
class Merged:
    """What comes of putting a publisher's rows into a table.

    Attributes
    ----------
    upstream : Upstream
    table : pandas.DataFrame
        The table as it would be, every cell text.
    new : list of (str, str)
        Rows that are new, by their key, with their figures.
    changed, kept : list of Cell
        Figures that follow the publisher, and those that stand because somebody corrected them.
    gone : list of str
        Rows that the publisher no longer has. They stay in the table.
    disagree : list of Cell
        Figures of other sources for the same thing that are farther than 2 % from the publisher's.
    offered : list of (str, str)
        Rows that somebody may want to enter by hand.
    same : int
        Figures that agree.
    """

    upstream: Upstream
    table: pd.DataFrame
    new: list[tuple[str, str]] = field(default_factory=list)
    changed: list[Cell] = field(default_factory=list)
    kept: list[Cell] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    disagree: list[Cell] = field(default_factory=list)
    offered: list[tuple[str, str]] = field(default_factory=list)
    same: int = 0

    @property
    def anything(self) -> bool:
        """Whether the table would change."""
        return bool(self.new or self.changed)


def merge(ours: pd.DataFrame, theirs: pd.DataFrame, upstream: Upstream, last: pd.DataFrame | None = None) -> Merged:
    """Put a publisher's rows into a table.

    Parameters
    ----------
    ours : pandas.DataFrame
        The book's table, every cell text.
    theirs : pandas.DataFrame
        The publisher's rows, as :meth:`Upstream.take` gives them.
    upstream : Upstream
    last : pandas.DataFrame, optional
        The publisher's rows when they were last taken in; nothing if they never were.

    Raises
    ------
    UpstreamError
        If the figures are in another unit, or most of the rows that came last time are missing.
    """
    key = list(upstream.key)
    places = _places(ours, upstream)
    before = {} if last is None else {_key(row, key): row for _, row in last.iterrows()}
    coming = {_key(row, key) for _, row in theirs.iterrows()}
    if before and len(coming & set(before)) < LEFT * len(before):
        raise UpstreamError(
            f"{upstream.name}: of the {len(before)} rows that came last time only {len(coming & set(before))} are there"
        )
    known = [(at, place) for at, place in enumerate(map(places.get, _keys(theirs, key))) if place is not None]
    upstream.compare_units(ours.loc[[place for _, place in known]], theirs.iloc[[at for at, _ in known]])

    merged, more = Merged(upstream, ours.copy()), []
    for _, row in theirs.iterrows():
        place = places.get(_key(row, key))
        if place is not None:
            _compare(merged, place, row, before.get(_key(row, key)))
        elif upstream.offers and _key(row, key) not in before:
            merged.offered.append((_named(row, upstream), _figures(row, upstream)))
        elif upstream.fills and not upstream.offers:
            more.append(row)
    for row in more:  # which moves the rows below, so when all others have found theirs
        _add(merged, row)
    merged.gone = [_text(one) for one in before if one in places and one not in coming]
    merged.disagree = list(_disagreements(merged, theirs))
    return merged


def _places(ours: pd.DataFrame, upstream: Upstream) -> dict[tuple[str, ...], Hashable]:
    """Where the publisher's figures stand in the table: by key, rows of the newest copy before those of older ones."""
    return {
        _key(row, list(upstream.key)): place
        for source in upstream.sources
        for place, row in ours[ours["source"].map(lambda keys, source=source: source in _sources(keys))].iterrows()
    }


def _compare(merged: Merged, place: Hashable, row: pd.Series, before: pd.Series | None) -> None:
    """Let the figures of a row follow, but for those that were corrected since they came."""
    upstream, moved = merged.upstream, False
    for column in upstream.values:
        old, new = str(merged.table.at[place, column]), str(row[column])
        if new == "" or same(old, new):
            merged.same += new != ""
            continue
        corrected = before is not None and not same(old, str(before[column]))
        cell = Cell(_named(row, upstream), column, old, new, corrected)
        if corrected and before is not None and same(str(before[column]), new):
            merged.kept.append(cell)
            continue
        merged.table.at[place, column] = new
        merged.changed.append(cell)
        moved = True
    if moved:
        for column in upstream.along:
            merged.table.at[place, column] = row[column]
        named = _sources(merged.table.at[place, "source"]) if upstream.beside else []
        merged.table.at[place, "source"] = ";".join(dict.fromkeys([*named, upstream.source]))


def _add(merged: Merged, row: pd.Series) -> None:
    """Add a row after the last one that is most like it."""
    upstream, table = merged.upstream, merged.table
    full = {column: str(row.get(column, "")) for column in table}
    if upstream.mark:
        column, group = upstream.mark
        alike = (table[list(group)] == [full[name] for name in group]).all(axis=1)
        full[column] = "no" if (table.loc[alike, column] == "yes").any() else "yes"
    sorts = [name for name in upstream.key if name not in ("year", "date")]
    near = table[(table[sorts] == [full[name] for name in sorts]).all(axis=1)] if sorts else table
    at = int(near.index[-1]) + 1 if len(near) else len(table)
    merged.table = pd.concat([table.iloc[:at], pd.DataFrame([full]), table.iloc[at:]], ignore_index=True)
    merged.new.append((_named(row, upstream), _figures(row, upstream)))


def _disagreements(merged: Merged, theirs: pd.DataFrame) -> Iterator[Cell]:
    """Rows of other sources with the key of a figure that is new or has changed."""
    upstream, key = merged.upstream, list(merged.upstream.key)
    touched = {name for name, _ in merged.new} | {cell.key for cell in merged.changed}
    others = merged.table[~merged.table["source"].isin(upstream.sources)]
    by_key = {name: group for name, group in others.groupby(key)} if len(others) else {}
    for _, row in theirs.iterrows():
        group = by_key.get(_key(row, key)) if len(key) > 1 else by_key.get((row[key[0]],))
        if group is None or _named(row, upstream) not in touched:
            continue
        for _, other in group.iterrows():
            for column in upstream.values:
                if _far(other[column], row[column]):
                    yield Cell(f"{_named(row, upstream)} ({other['source']})", column, other[column], row[column])


def same(ours: str, theirs: str) -> bool:
    """Whether two cells say the same: equal, or the one is the other rounded to the places that it is printed with."""
    try:
        one, other = float(ours), float(theirs)
    except ValueError:
        return ours == theirs
    return math.isclose(one, other, rel_tol=1e-9) or abs(one - other) <= 0.5000001 * max(_place(ours), _place(theirs))


def _place(number: str) -> float:
    """Value of the last place that a number is printed with; nought where noughts may be rounded or meant."""
    digits, _, power = number.lower().partition("e")
    decimals = len(digits.partition(".")[2])
    return 10.0 ** (int(power or 0) - decimals) if decimals else 0.0


def _far(one: str, other: str) -> bool:
    try:
        return abs(float(one) - float(other)) > FAR * max(abs(float(one)), abs(float(other)))
    except ValueError:
        return False


def _sources(cell: str) -> list[str]:
    return [key.strip() for key in cell.split(";")]


def _key(row: pd.Series, key: list[str]) -> tuple[str, ...]:
    return tuple(str(row[column]) for column in key)


def _keys(rows: pd.DataFrame, key: list[str]) -> list[tuple[str, ...]]:
    return [_key(row, key) for _, row in rows.iterrows()]


def _text(key: tuple[str, ...]) -> str:
    return ", ".join(part for part in key if part)


def _named(row: pd.Series, upstream: Upstream) -> str:
    return _text(_key(row, list(upstream.key)))


def _figures(row: pd.Series, upstream: Upstream) -> str:
    return "; ".join(f"{column} {row[column]}" for column in upstream.values if row[column])
