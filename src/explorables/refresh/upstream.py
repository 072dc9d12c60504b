"""A publisher's table and how its rows become a book's; what does not fit is an error that names it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

TOO_FAR = 5.0  # times: figures that are all this far from ours are in another unit
PLAIN = 1e12  # below which a large number is written without a power of ten
ENOUGH = 3  # figures that must be so far before that is said


class UpstreamError(ValueError):
    """What a publisher sent cannot be taken in; the message says what is wrong and what to do."""


def csv_table(body: bytes) -> pd.DataFrame:
    """A CSV file as a table of text, or an error where a row has not all its cells.

    Raises
    ------
    UpstreamError
        If the file is not UTF-8, has no rows, or a row is too long or too short (as the last one of a file that was
        cut off).
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise UpstreamError(f"not a text file: byte {problem.start} is not UTF-8") from problem
    try:
        header, *rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (csv.Error, ValueError) as problem:
        raise UpstreamError(f"not a whole CSV file ({problem}): was it cut off?") from problem
    rows = [row for row in rows if row]
    for number, row in enumerate(rows, 2):
        if len(row) != len(header):
            raise UpstreamError(
                f"record {number} has {len(row)} cells where the header has {len(header)}: was the file cut off?"
            )
    if not rows:
        raise UpstreamError("a header and no rows")
    return pd.DataFrame(rows, columns=header, dtype=str)


def json_records(*path: str | int) -> Callable[[bytes], pd.DataFrame]:
    """Reader of a list of records in a JSON file, found by a path of keys and positions.

    A record in a record becomes columns with a point in their names, such as ``country.id``.
    """

    def read(body: bytes) -> pd.DataFrame:
        try:
            found: Any = json.loads(body)
        except ValueError as problem:
            raise UpstreamError(f"not a whole JSON file ({problem}): was it cut off?") from problem
        try:
            for step in path:
                found = found[step]
        except (KeyError, IndexError, TypeError):
            raise UpstreamError(f"no {step!r} where the records should be: it holds {str(found)[:120]}") from None
        if not isinstance(found, list) or not found:
            raise UpstreamError(f"no records: it holds {str(found)[:120]}")
        return pd.json_normalize(found)

    return read


@dataclass(frozen=True)
class Upstream:
    """A publisher's table: where it is, what it must look like, and how its rows become rows of the book's.

    Attributes
    ----------
    name : str
        What it is called on the command line.
    table : str
        Table of the book that takes its figures.
    title, licence : str
        What it is, who made it, and under which licence.
    addresses : tuple of str
        Files that are fetched; they are read one after another into one table.
    source : str
        Key of the source that its rows name.
    entry : mapping
        Fields of that source in the bibliography (author, title, publisher, url), which is given it with its first row.
    columns : tuple of str
        The publisher's columns that `rows` needs.
    key : tuple of str
        Columns of the book's table that say which figure it is. Where several of the book's rows agree in them, the
        last one counts.
    values : mapping
        Columns of the book's table with the figures, to how they are written (``".2f"``, ``".4g"``, nothing for text).
    rows : callable
        From the publisher's table (all cells text, or what JSON has) to the book's columns.
    earlier : tuple of str
        Keys of the sources of older copies of it: their rows are the publisher's too.
    read : callable
        From the bytes of a file to a table.
    hosts : tuple of str
        Hosts that it may be sent on to, beside its own.
    along : tuple of str
        Columns that follow when a figure of their row changes, such as a note that tells its day.
    mark : tuple
        A column that says ``yes`` in one row of each group, and the columns that make the groups; empty where there is
        none.
    fills : bool
        Whether rows that the book does not have yet are taken in; else only figures of rows that it has.
    beside : bool
        Whether its figures are a part of a row whose others are from elsewhere: then its source is named beside theirs.
    offers : bool
        Whether rows that the book does not have yet are only shown: what they mean is for a person to say.
    key_from : str
        Environment variable with the key that the publisher gives its readers; empty where it asks for none.
    """

    name: str
    table: str
    title: str
    licence: str
    addresses: tuple[str, ...]
    source: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    values: Mapping[str, str]
    rows: Callable[[pd.DataFrame], pd.DataFrame]
    entry: Mapping[str, str] = field(default_factory=dict)
    earlier: tuple[str, ...] = ()
    read: Callable[[bytes], pd.DataFrame] = csv_table
    hosts: tuple[str, ...] = ()
    along: tuple[str, ...] = ()
    mark: tuple[str, tuple[str, ...]] | tuple[()] = ()
    fills: bool = True
    beside: bool = False
    offers: bool = False
    key_from: str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys that its rows may name in the book's table, the oldest copies first."""
        return (*self.earlier, self.source)

    def take(self, bodies: Sequence[bytes], as_of: str) -> pd.DataFrame:
        """The publisher's files as rows of the book's table, every cell text.

        Parameters
        ----------
        bodies : sequence of bytes
            The files, in the order of the addresses.
        as_of : str
            Day that they are of (YYYY-MM-DD), which `rows` finds in the table's ``attrs``.

        Raises
        ------
        UpstreamError
            If a file cannot be read, lacks a column, gives no row, or two for one figure.
        """
        frames = []
        for body in bodies:
            frame = self.read(body)
            if missing := [column for column in self.columns if column not in frame]:
                raise UpstreamError(
                    f"{self.name}: the publisher's table has no column {missing[0]!r} any more; it has "
                    f"{', '.join(map(repr, frame.columns))}"
                )
            frames.append(frame)
        table = pd.concat(frames, ignore_index=True)
        table.attrs["as_of"] = as_of
        rows = self.rows(table).reset_index(drop=True)
        if rows.empty:
            raise UpstreamError(f"{self.name}: none of the rows that this book takes are there")
        written = pd.DataFrame({column: _written(rows[column], self.values.get(column)) for column in rows})
        twice = written[written.duplicated(list(self.key))]
        if len(twice):
            which = ", ".join(twice.iloc[0][list(self.key)])
            raise UpstreamError(f"{self.name}: two rows for {which}, and one was expected")
        return written.assign(source=self.source)

    def compare_units(self, ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
        """Stop where a column's figures are all many times the book's.

        Parameters
        ----------
        ours, theirs : pandas.DataFrame
            The same figures, row by row.

        Raises
        ------
        UpstreamError
            If half of them are farther than :data:`TOO_FAR` times from the book's.
        """
        for column in (column for column, form in self.values.items() if form):
            pair = pd.DataFrame({side: pd.to_numeric(t[column], errors="coerce") for side, t in _both(ours, theirs)})
            pair = pair[(pair["ours"] > 0) & (pair["theirs"] > 0)].dropna()
            middle = float((pair["theirs"] / pair["ours"]).median()) if len(pair) >= ENOUGH else 1.0
            if not 1 / TOO_FAR < middle < TOO_FAR:
                raise UpstreamError(
                    f"{self.name}: {column} is about {middle:.3g} times what the book has, in {len(pair)} rows: "
                    "has the publisher changed the unit?"
                )


def _both(ours: pd.DataFrame, theirs: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    return [("ours", ours.reset_index(drop=True)), ("theirs", theirs.reset_index(drop=True))]


def _written(cells: pd.Series, form: str | None) -> pd.Series:
    """Cells as the book's file has them: figures in their form without needless noughts, nothing for a missing one."""
    if not form:
        return cells.map(lambda cell: "" if pd.isna(cell) else str(cell))
    numbers = pd.to_numeric(cells, errors="coerce")
    wrong = cells[numbers.isna() & cells.notna() & (cells.astype(str) != "")]
    if len(wrong):
        raise UpstreamError(f"{wrong.iloc[0]!r} where a number of {cells.name} was expected")
    return numbers.map(lambda number: "" if pd.isna(number) else number_text(number, form))


def number_text(number: float, form: str) -> str:
    """A number in a form such as ``".2f"``, as short as it goes: ``12.50`` is ``12.5`` and ``1e+25`` is ``1e25``."""
    text = format(number, form)
    if "e" in text and 1 <= abs(number) < PLAIN:
        text = f"{float(text):.0f}"
    if "e" in text:
        digits, _, power = text.partition("e")
        return f"{digits.rstrip('0').rstrip('.') if '.' in digits else digits}e{int(power)}"
    return text.rstrip("0").rstrip(".") if "." in text else text
