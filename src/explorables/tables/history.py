"""Releases of the tables: each is kept whole in ``releases/``, and what changed from one to the next is told.

Beside the tables of a release may lie what the explorers were then, ``<name>.explorers.json``: by page and explorer its
controls, readouts and model.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from explorables.tables.package import read_text

FOLDER, HISTORY, EXPLORERS = "releases", "history.json", ".explorers.json"
KEPT = {".csv", ".json", ".bib"}
MOVING = ("source", "note")  # columns that may change while the figure stays the same one
SHOWN = 50  # changes of a table that are told one by one
_STAMP = (1980, 1, 1, 0, 0, 0)  # the oldest time that such a file can hold: two of the same tables are the same file


@dataclass(frozen=True)
class Change:
    """What changed in a table: counts of rows, and the figures that did, one by one as far as there is room.

    Attributes
    ----------
    table : str
    new, changed, gone : int
        Rows.
    cells : tuple of (str, str, str, str)
        Row, column, what stood there and what stands there.
    """

    table: str
    new: int
    changed: int
    gone: int
    cells: tuple[tuple[str, str, str, str], ...] = ()


@dataclass(frozen=True)
class Release:
    """A state of the tables that was kept.

    Attributes
    ----------
    name : str
        Its day.
    rows : int
        Of all tables.
    changes : tuple of Change
        Since the release before.
    """

    name: str
    rows: int
    changes: tuple[Change, ...] = ()


def packed(folder: Path) -> bytes:
    """The tables of a folder, their description and sources in one file, the same for the same tables."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(folder.iterdir()):
            if path.suffix in KEPT:
                archive.writestr(zipfile.ZipInfo(path.name, _STAMP), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return file.getvalue()


def tables_of(release: Path) -> dict[str, tuple[pd.DataFrame, list[str]]]:
    """The tables of a release, as text, with the columns that name a row."""
    with zipfile.ZipFile(release) as archive:
        resources = json.loads(archive.read("datapackage.json"))["resources"]
        return {
            one["name"]: (
                pd.read_csv(io.BytesIO(archive.read(one["path"])), dtype=str, keep_default_na=False),
                one["schema"]["primaryKey"],
            )
            for one in resources
        }


def tables_in(folder: Path) -> dict[str, tuple[pd.DataFrame, list[str]]]:
    """The tables of a folder, in the same form."""
    resources = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    return {one["name"]: (read_text(folder, one), one["schema"]["primaryKey"]) for one in resources}


def changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    """What changed between two states of the tables, in the order of the newer one."""
    for name in {**new, **old}:
        empty: tuple[pd.DataFrame, list[str]] = (pd.DataFrame(), [])
        (before, key), (after, fresh) = old.get(name, empty), new.get(name, empty)
        then, now = (
            _by_key(before, [c for c in key if c not in MOVING]),
            _by_key(after, [c for c in fresh if c not in MOVING]),
        )
        cells = [
            (", ".join(part for part in row if part), column, then[row].get(column, ""), text)
            for row in now
            if row in then
            for column, text in now[row].items()
            if column not in MOVING and text != then[row].get(column, "")
        ]
        changed = len({row for row, *_ in cells})
        if (set(now) ^ set(then)) or changed:
            yield Change(name, len(set(now) - set(then)), changed, len(set(then) - set(now)), tuple(cells[:SHOWN]))


def _by_key(table: pd.DataFrame, key: list[str]) -> dict[tuple[str, ...], dict[str, str]]:
    """Rows by their key; where several have the same, each by its place among them."""
    if table.empty:
        return {}
    place = table.groupby(key).cumcount().astype(str).where(table.duplicated(key, keep=False), "")
    return {
        (*row, nth): cells
        for row, nth, cells in zip(
            table[key].itertuples(index=False, name=None), place, table.to_dict("records"), strict=True
        )
    }


def with_explorers(root: Path) -> list[str]:
    """Names of the releases of a checkout that keep its explorers."""
    return sorted(file.name.removesuffix(EXPLORERS) for file in (root / FOLDER).glob(f"*{EXPLORERS}"))


def history(root: Path) -> list[Release]:
    """The releases of a checkout, the newest first."""
    file = root / FOLDER / HISTORY
    if not file.is_file():
        return []
    return [
        Release(
            one["name"],
            one["rows"],
            tuple(Change(**(change | {"cells": tuple(map(tuple, change["cells"]))})) for change in one["changes"]),
        )
        for one in json.loads(file.read_text(encoding="utf-8"))
    ]


def release(root: Path, tables: Path, name: str) -> Release:
    """Keep tables as they are, and note what changed since the release before.

    Parameters
    ----------
    root : pathlib.Path
        The checkout.
    tables : pathlib.Path
        Folder of the tables.
    name : str
        The day, as 2026-11-29.

    Raises
    ------
    ValueError
        If there is such a release, or nothing has changed since the last.
    """
    known = history(root)
    if any(one.name == name for one in known):
        raise ValueError(f"there is a release {name} already: name it after another day")
    now = tables_in(tables)
    before = tables_of(root / FOLDER / f"{known[0].name}.zip") if known else {}
    found = tuple(changes(before, now)) if known else ()
    if known and not found:
        raise ValueError(f"nothing has changed since the release of {known[0].name}")
    made = Release(name, sum(len(table) for table, _ in now.values()), found)
    (root / FOLDER).mkdir(exist_ok=True)
    (root / FOLDER / f"{name}.zip").write_bytes(packed(tables))
    told = json.dumps([asdict(one) for one in (made, *known)], indent=1, ensure_ascii=False)
    (root / FOLDER / HISTORY).write_text(told + "\n", encoding="utf-8")
    return made
