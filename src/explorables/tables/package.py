"""A book's tables, with their types, units and sources.

Every figure comes from a CSV file. ``datapackage.json`` says what each table and column means, and ``references.bib``
holds the sources that the tables name by key.
"""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

SOURCE_COLUMNS = ("source", "source_2", "source_other", "other_sources")
KIND_COLUMNS = ("figure_kind", "kind")
TABLES = "EXPLORABLES_TABLES"  # environment variable: a folder with other tables, to see what the book says under them

_PRECISION = {4: "year", 7: "month", 10: "day"}
_ENTRY = re.compile(r"@\w+\{(?P<key>[^,\s]+),\n(?P<fields>.*?)\n\}", re.DOTALL)
_FIELD = re.compile(r"^\s*(\w+) = \{(.*)\},?$", re.MULTILINE)


@dataclass(frozen=True)
class DataPackage:
    """A folder with tables, their description and their sources.

    Attributes
    ----------
    folder : pathlib.Path
        Folder with ``datapackage.json``, the tables that it describes, and ``references.bib``.
    """

    folder: Path

    @classmethod
    def of(cls, module: str | Path) -> DataPackage:
        """The tables that belong to a Python package.

        Parameters
        ----------
        module : str or pathlib.Path
            A file of the package (its ``__file__``).

        Returns
        -------
        DataPackage
            Of ``_data/`` inside the installed package, or of ``data/`` in the checkout around it, whatever the working
            directory is; of the folder that the environment variable ``EXPLORABLES_TABLES`` names, where it is set.

        Raises
        ------
        FileNotFoundError
            If neither is there.
        """
        here = Path(module).resolve()
        if other := os.environ.get(TABLES):
            return cls(Path(other))
        for folder in (here.parent / "_data", *(parent / "data" for parent in here.parents)):
            if (folder / "datapackage.json").is_file():
                return cls(folder)
        raise FileNotFoundError(f"no tables beside {here.parent}: expected data/datapackage.json in a parent folder")

    def package(self) -> dict[str, Any]:
        """The data package's description, as in ``datapackage.json``."""
        return _package(self.folder)

    def names(self) -> list[str]:
        """Names of all tables, in the order of the catalogue."""
        return [resource["name"] for resource in self.package()["resources"]]

    def describe(self, name: str) -> dict[str, Any]:
        """Description of one table: title, columns with type, unit and meaning, licence.

        Parameters
        ----------
        name : str
            Name of the table, such as ``"plants"``.

        Returns
        -------
        dict
            The table's resource in ``datapackage.json``.

        Raises
        ------
        KeyError
            If there is no such table; the message suggests the nearest names.
        """
        for resource in self.package()["resources"]:
            if resource["name"] == name:
                return resource
        raise KeyError(f"no table {name!r}{_hint(name, self.names())}")

    def load(self, name: str) -> pd.DataFrame:
        """Load a table with the types that ``datapackage.json`` gives it.

        Parameters
        ----------
        name : str
            Name of the table, such as ``"plants"``.

        Returns
        -------
        pandas.DataFrame
            Dates are ``datetime64``. A date known only to the month or the year stands at the first day of that
            month or year, and a column ``<date>_precision`` says ``"day"``, ``"month"`` or ``"year"``. Closed
            vocabularies are categories. An empty cell is missing. ``attrs`` holds ``name``, ``title``, ``units``
            (column to unit) and ``sources`` (the keys of all sources that the rows name).

        Raises
        ------
        KeyError
            If there is no such table; the message suggests the nearest names.
        ValueError
            If a cell does not have the type that its column should have.
        """
        description = self.folder / "datapackage.json"
        stamps = tuple(path.stat().st_mtime_ns for path in (self.folder / self.describe(name)["path"], description))
        frame = _load(self, name, stamps)
        copy = frame.copy()
        copy.attrs = {key: dict(v) if isinstance(v, dict) else v for key, v in frame.attrs.items()}
        return copy

    def value(self, table: str, /, column: str, **match: Any) -> Any:
        """One cell of a table, found by the values of other columns.

        Parameters
        ----------
        table : str
            Name of the table.
        column : str
            Column to read.
        **match
            Column names and the values that they must have. Dates may be given as text.

        Returns
        -------
        float, int, str, bool or pandas.Timestamp
            The cell, in the unit that ``load(table).attrs["units"][column]`` gives.

        Raises
        ------
        KeyError
            If a table or column does not exist, or no row matches; the message names the part that failed.
        ValueError
            If more than one row matches, or the cell is empty.

        Examples
        --------
        >>> data.value("plants", column="output_mw", plant="Drax")
        700.0
        """
        frame = self.load(table)
        for wanted in (column, *match):
            if wanted not in frame:
                raise KeyError(f"table {table!r} has no column {wanted!r}{_hint(wanted, frame.columns)}")
        rows = frame
        for key, wanted in match.items():
            found = rows[rows[key].isna() if wanted is None else rows[key] == wanted]
            if found.empty:
                raise KeyError(f"table {table!r}: no row with {key}={wanted!r}{_hint(str(wanted), rows[key].dropna())}")
            rows = found
        if len(rows) > 1:
            differs = [c for c in rows if c not in match and rows[c].nunique(dropna=False) > 1]
            raise ValueError(f"table {table!r}: {len(rows)} rows match {match}; they differ in {', '.join(differs)}")
        cell = rows[column].iloc[0]
        if pd.isna(cell):
            raise ValueError(f"table {table!r}: {column} is empty where {match}")
        return cell.item() if hasattr(cell, "item") else cell

    def sources(self, rows: pd.DataFrame | pd.Series | None = None) -> pd.DataFrame:
        """The bibliography as a table.

        Parameters
        ----------
        rows : pandas.DataFrame or pandas.Series, optional
            Only the sources that these rows name. All sources by default.

        Returns
        -------
        pandas.DataFrame
            Indexed by key, with ``author``, ``publisher``, ``title``, ``date``, ``url`` and ``urldate`` as text
            (empty where the source does not say).

        Raises
        ------
        KeyError
            If a row names a key that ``references.bib`` does not have.
        """
        entries = self.bibliography()
        keys = list(entries) if rows is None else source_keys(rows, SOURCE_COLUMNS)
        for key in keys:
            if key not in entries:
                raise KeyError(f"no source {key!r} in references.bib{_hint(key, entries)}")
        fields = ["author", "publisher", "title", "date", "url", "urldate"]
        table = [[entries[key].get(field, "") for field in fields] for key in keys]
        return pd.DataFrame(table, index=pd.Index(keys, name="key"), columns=fields)

    def cite(self, rows: pd.DataFrame | pd.Series, style: str = "line", limit: int = 6) -> str:
        """Sources of the rows that a chart or a sentence uses.

        Parameters
        ----------
        rows : pandas.DataFrame or pandas.Series
            Rows with a ``source`` column, or a table from :func:`load`.
        style : {"line", "myst"}
            ``"line"`` is the source line under a chart; ``"myst"`` a citation for the text.
        limit : int
            How many publishers a source line names before it counts the rest.

        Returns
        -------
        str
            ``"Sources: Epoch AI (2026), Eurostat (2025)."`` or ``"{cite}`key,key`"``.

        Raises
        ------
        ValueError
            If the rows name no source, or the style is unknown.
        """
        keys = source_keys(rows)
        if not keys:
            raise ValueError("these rows name no source: keep the column 'source' when you select columns")
        if style == "myst":
            return f"{{cite}}`{','.join(keys)}`"
        if style != "line":
            raise ValueError(f"style must be 'line' or 'myst', not {style!r}")
        labels = list(dict.fromkeys(map(self.label, keys)))
        shown = labels if len(labels) <= limit + 1 else [*labels[:limit], f"and {len(labels) - limit} more"]
        return f"Source{'s' if len(labels) > 1 else ''}: {', '.join(shown)}."

    def label(self, key: str) -> str:
        """A source in a word or two: its publisher, or else its author, and the year.

        Raises
        ------
        KeyError
            If ``references.bib`` does not have the key.
        """
        entries = self.bibliography()
        if key not in entries:
            raise KeyError(f"no source {key!r} in references.bib{_hint(key, entries)}")
        entry = entries[key]
        return f"{entry.get('publisher') or entry.get('author', '')} ({entry.get('date', '')[:4] or 'n.d.'})"

    @staticmethod
    def source_keys(rows: pd.DataFrame | pd.Series) -> list[str]:
        """Keys of the sources that rows name; see :func:`source_keys`."""
        return source_keys(rows)

    def bibliography(self) -> dict[str, dict[str, str]]:
        """Entries of ``references.bib``: key to fields, without TeX's braces and escapes."""
        return _bibliography(self.folder)

    def kind_column(self, name: str) -> str:
        """Column that says whether a row is reported, an estimate, a plan or derived.

        It is ``kind``, or ``figure_kind`` in a table where ``kind`` means something of the subject's own.
        """
        fields = {field["name"] for field in self.describe(name)["schema"]["fields"]}
        return next(column for column in KIND_COLUMNS if column in fields)


@cache
def _package(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))


@cache
def _bibliography(folder: Path) -> dict[str, dict[str, str]]:
    return parse_bibliography((folder / "references.bib").read_text(encoding="utf-8"))


@lru_cache(maxsize=128)
def _load(tables: DataPackage, name: str, _stamps: tuple[int, ...]) -> pd.DataFrame:
    """A table as its files are now; notebooks look up single cells in it many times."""
    return typed(read_text(tables.folder, tables.describe(name)), tables.describe(name))


def read_text(folder: Path, resource: dict[str, Any]) -> pd.DataFrame:
    """A table as it stands in its file: every cell as text, an empty cell as ``""``.

    Parameters
    ----------
    folder : pathlib.Path
        Folder with the file.
    resource : dict
        Description of the table, as :func:`describe` gives it.
    """
    return pd.read_csv(folder / resource["path"], dtype=str, keep_default_na=False, encoding="utf-8")


def typed(text: pd.DataFrame, resource: dict[str, Any]) -> pd.DataFrame:
    """Give a table of text the types, units and sources of its description; see :func:`load`."""
    columns: dict[str, pd.Series] = {}
    for field in resource["schema"]["fields"]:
        column = field["name"]
        try:
            columns[column] = _typed(text[column], field)
        except ValueError as problem:
            message = f"{resource['path']}, column {column}: {problem} (`make check-data` names the rows)"
            raise ValueError(message) from problem
        if field["type"] == "date":
            columns[f"{column}_precision"] = _precision(text[column])
    frame = pd.DataFrame(columns)
    frame.attrs = {
        "name": resource["name"],
        "title": resource["title"],
        "units": {f["name"]: f["unit"] for f in resource["schema"]["fields"] if "unit" in f},
        "sources": source_keys(frame, SOURCE_COLUMNS),
    }
    return frame


def source_keys(rows: pd.DataFrame | pd.Series, columns: Iterable[str] = ("source",)) -> list[str]:
    """Keys of the sources that rows name, in order of first use.

    Parameters
    ----------
    rows : pandas.DataFrame or pandas.Series
        Rows (or one row) of any table.
    columns : iterable of str
        Columns to look in. A cell may hold several keys, separated by semicolons.

    Returns
    -------
    list of str
        Keys in ``references.bib``, each once.
    """
    frame = rows.to_frame().T if isinstance(rows, pd.Series) else rows
    cells = (cell for c in columns if c in frame for cell in frame[c].dropna().unique())
    return list(dict.fromkeys(key.strip() for cell in cells for key in str(cell).split(";") if key.strip()))


def parse_bibliography(text: str) -> dict[str, dict[str, str]]:
    """Entries of a BibTeX file that has one ``name = {value},`` a line, as ``references.bib`` has."""
    return {
        entry["key"]: {name: _plain(content) for name, content in _FIELD.findall(entry["fields"])}
        for entry in _ENTRY.finditer(text)
    }


def _typed(text: pd.Series, field: dict[str, Any]) -> pd.Series:
    filled = text.where(text != "")
    match field["type"]:
        case "number":
            return pd.to_numeric(filled).astype(float)
        case "integer" | "year":
            return pd.to_numeric(filled).astype("int64" if filled.notna().all() else float)
        case "boolean":
            return text.map({"true": True, "false": False}).astype("bool" if (text != "").all() else "boolean")
        case "date":
            first_day = filled.where(filled.str.len() > 7, filled.str.slice(0, 4) + "-01-01")
            first_day = first_day.where(filled.str.len() != 7, filled + "-01")
            return pd.to_datetime(first_day, format="%Y-%m-%d")
    if "categories" not in field:
        return filled
    unknown = set(filled.dropna()) - set(field["categories"])
    if unknown:
        raise ValueError(f"{', '.join(sorted(unknown))} is not among the categories")
    return filled.astype(pd.CategoricalDtype(field["categories"]))


def _precision(text: pd.Series) -> pd.Series:
    return text.str.len().map(_PRECISION).astype(pd.CategoricalDtype(list(_PRECISION.values())))


def _plain(tex: str) -> str:
    text = tex.replace("} and {", ", ").replace("} and others", " et al.")
    return re.sub(r"\\([&%#$_])", r"\1", text.removeprefix("{").removesuffix("}"))


def _hint(wrong: str, candidates: Iterable[Any]) -> str:
    known = list(dict.fromkeys(str(candidate) for candidate in candidates))
    lower = {candidate.lower(): candidate for candidate in known}
    near = [c for c in lower if wrong.lower() in c][:3]
    near = near or difflib.get_close_matches(wrong.lower(), lower, n=3, cutoff=0.5)
    return f". Did you mean {' or '.join(repr(lower[n]) for n in near)}?" if near else ""
