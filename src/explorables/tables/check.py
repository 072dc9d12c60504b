"""Check the tables against their description, the bibliography and each other."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from explorables.tables.age import end_of
from explorables.tables.package import SOURCE_COLUMNS, parse_bibliography, read_text, typed

BIBLIOGRAPHY = "references.bib"
REQUIRED_FIELDS = ("author", "title", "year", "urldate")
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
OPTIONS = re.compile(r"\A(?:---\n(?s:.*?)^---\n|(?::[\w-]+:.*\n)+)", re.MULTILINE)  # of a cell, at its top


class Problem(NamedTuple):
    """One thing that is wrong: where it is, what was found there and what was expected.

    Rows are numbered as a spreadsheet or an editor shows them: the header of a table is row 1.
    """

    file: str
    row: int | None
    column: str | None
    found: Any
    expected: str

    def __str__(self) -> str:
        row = "" if self.row is None else f", row {self.row}"
        column = "" if self.column is None else f", column {self.column}"
        return f"{self.file}{row}{column}: found {self.found}, expected {self.expected}"


def check(folder: Path, text: Path | None = None, rules: ModuleType | None = None) -> list[Problem]:
    """Check all tables in a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Folder with ``datapackage.json``.
    text : pathlib.Path, optional
        Folder with the book's text. Its citations must resolve and count as uses of a source, and the book's
        rules may look at its pages.
    rules : module, optional
        The book's own rules for its tables: ``EVERYWHERE``, ``RULES``, ``REFERENCES`` and ``across``.

    Returns
    -------
    list of Problem
        Empty if all is well.
    """
    resources = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    problems = list(_check_files(folder, resources))
    tables: dict[str, pd.DataFrame] = {}
    for resource in resources:
        if not (folder / resource["path"]).is_file():
            continue
        cells = read_text(folder, resource)
        found = list(_check_cells(cells, resource))
        if not found:  # arithmetic on cells that are not numbers would only repeat the complaint
            tables[resource["name"]] = typed(cells, resource)
            found = list(_check_rules(tables[resource["name"]], resource, rules)) if rules else []
        problems += found
    if rules:
        problems += _check_references(tables, rules)
    problems += _check_sources(folder, tables, text)
    if rules:
        problems += (Problem(*found) for found in rules.across(tables, text))
    if text and len(tables) == len(resources):  # else what could not be read may be what uses a source
        problems += _check_unused_sources(folder, tables, text)
    return problems


def _check_files(folder: Path, resources: list[dict[str, Any]]) -> Iterator[Problem]:
    described = {resource["path"] for resource in resources}
    present = {file.name for file in folder.glob("*.csv")}
    for name in sorted(present - described):
        yield Problem(name, None, None, "a table", "its description in datapackage.json")
    for name in sorted(described - present):
        yield Problem(name, None, None, "no such file", "the table that datapackage.json describes")


def _check_cells(cells: pd.DataFrame, resource: dict[str, Any]) -> Iterator[Problem]:
    file = resource["path"]
    described = [field["name"] for field in resource["schema"]["fields"]]
    if list(cells.columns) != described:
        wrong = sorted(set(cells.columns) ^ set(described)) or described
        yield Problem(file, 1, ", ".join(wrong), f"the header {list(cells.columns)}", str(described))
        return
    for field in resource["schema"]["fields"]:
        expected = _cell_checks(field)
        for position, cell in enumerate(cells[field["name"]]):
            for message, holds in expected.items():
                if not holds(cell):
                    yield Problem(file, position + 2, field["name"], repr(cell), message)
    if rule := resource.get("ages"):
        for column in {rule["by"], *rule.get("series", [])} - set(described):
            yield Problem("datapackage.json", None, column, f"ages of {file}", "one of its columns")
        if rule["by"] in described and not cells[rule["by"]].map(end_of).notna().any():
            yield Problem(file, None, rule["by"], "no date", "dates, which datapackage.json says are there")
    key = resource["schema"]["primaryKey"]
    for position in np.flatnonzero(cells.duplicated(key)).tolist():
        repeated = ", ".join(cells[key].iloc[position])
        yield Problem(file, int(position) + 2, ", ".join(key), f"{repeated!r} again", "each key once")


def _cell_checks(field: dict[str, Any]) -> dict[str, Callable[[str], bool]]:
    """What a cell of a column must be, as it is said to whoever wrote it, and whether its text is that."""
    limits = field.get("constraints", {})
    low, high = limits.get("minimum", -np.inf), limits.get("maximum", np.inf)
    unit = f" in {field['unit']}" if "unit" in field else ""
    expected: dict[str, Callable[[str], bool]] = {"no space at either end": lambda cell: cell == cell.strip()}
    match field["type"]:
        case "number":
            expected[f"a number from {low:g} to {high:g}{unit}"] = lambda cell: low <= _number(cell) <= high
        case "integer" | "year":
            expected[f"a whole number from {low:g} to {high:g}{unit}"] = lambda cell: (
                low <= _number(cell) <= high and _number(cell).is_integer()
            )
        case "boolean":
            expected["true or false"] = lambda cell: cell in {"true", "false"}
        case "date":
            expected["a date as YYYY-MM-DD, YYYY-MM or YYYY"] = _is_date
    if "categories" in field:
        known = set(field["categories"])
        expected[f"one of {', '.join(sorted(known))}"] = lambda cell: cell in known
    if "pattern" in limits:
        expected[f"the pattern {limits['pattern']}"] = lambda cell: re.fullmatch(limits["pattern"], cell) is not None
    checks = {message: _unless_empty(holds) for message, holds in expected.items()}
    if limits.get("required"):
        checks["a value"] = lambda cell: cell != ""
    return checks


def _unless_empty(holds: Callable[[str], bool]) -> Callable[[str], bool]:
    """The same check, at ease with a cell that is empty."""
    return lambda cell: cell == "" or holds(cell)


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return np.nan


def _is_date(cell: str) -> bool:
    try:
        np.datetime64(cell)
    except ValueError:
        return False
    return re.fullmatch(r"\d{4}(-\d\d){0,2}", cell) is not None


def _check_rules(table: pd.DataFrame, resource: dict[str, Any], rules: ModuleType) -> Iterator[Problem]:
    for rule in [*rules.EVERYWHERE, *rules.RULES.get(resource["name"], [])]:
        for position, column, found, expected in rule(table):
            yield Problem(resource["path"], int(position) + 2, column, found, expected)


def _check_references(tables: dict[str, pd.DataFrame], rules: ModuleType) -> Iterator[Problem]:
    for name, column, other, other_column in rules.REFERENCES:
        if name in tables and other in tables:
            known = set(tables[other][other_column])
            for position, cell in enumerate(tables[name][column]):
                if cell not in known:
                    yield Problem(f"{name}.csv", position + 2, column, repr(cell), f"a {other_column} of {other}.csv")


def code_of(page: Path) -> str:
    """The Python of a page's cells, without their options."""
    cells = CELL.findall(page.read_text(encoding="utf-8"))
    return "\n".join(OPTIONS.sub("", cell) for cell in cells)


def _check_sources(folder: Path, tables: dict[str, pd.DataFrame], text: Path | None) -> Iterator[Problem]:
    bibtex = (folder / BIBLIOGRAPHY).read_text(encoding="utf-8")
    entries = parse_bibliography(bibtex)
    seen: set[str] = set()
    for key, line in _entry_lines(bibtex):
        if key in seen:
            yield Problem(BIBLIOGRAPHY, line, None, f"{key} again", "each key once")
        seen.add(key)
        for field in REQUIRED_FIELDS:
            if not entries.get(key, {}).get(field):
                yield Problem(BIBLIOGRAPHY, line, field, f"nothing for {key}", "a value, one `name = {value},` a line")
    for place, key in _named_sources(tables, text):
        if key not in entries:
            yield place._replace(found=repr(key))


def _check_unused_sources(folder: Path, tables: dict[str, pd.DataFrame], text: Path | None) -> Iterator[Problem]:
    bibtex = (folder / BIBLIOGRAPHY).read_text(encoding="utf-8")
    used = {key for _, key in _named_sources(tables, text)}
    for table in tables.values():
        used |= {word for note in table.get("note", pd.Series()).dropna() for word in re.findall(r"\w+", note)}
    for key, line in _entry_lines(bibtex):
        if key not in used:
            yield Problem(BIBLIOGRAPHY, line, None, f"{key}, which no row and no page names", "only sources in use")


def _entry_lines(bibtex: str) -> list[tuple[str, int]]:
    entries = re.finditer(r"@\w+\{([^,\s]+)", bibtex)
    return [(entry[1], bibtex.count("\n", 0, entry.start()) + 1) for entry in entries]


def _named_sources(tables: dict[str, pd.DataFrame], text: Path | None) -> Iterator[tuple[Problem, str]]:
    expected = f"a key of {BIBLIOGRAPHY}"
    for name, table in tables.items():
        for column in (c for c in SOURCE_COLUMNS if c in table):
            for position, cell in enumerate(table[column].fillna("")):
                for key in filter(None, (key.strip() for key in cell.split(";"))):
                    yield Problem(f"{name}.csv", position + 2, column, None, expected), key
    for page in sorted(text.rglob("*.md")) if text else []:
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            for keys in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", line):
                for key in keys.split(","):
                    yield (
                        Problem(
                            f"{text.name}/{page.relative_to(text)}" if text else page.name, number, None, None, expected
                        ),
                        key.strip(),
                    )
