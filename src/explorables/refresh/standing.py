"""What the book says under its tables: every number and word that follows from them, by name.

``python -m explorables.refresh.standing FILE`` runs the pages' code and writes what it finds as JSON. Under other
tables (the environment variable ``EXPLORABLES_TABLES``) the same pages say something else; the difference is what a change
of data changes in the book.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from explorables.book import Book, current
from explorables.classroom.exercises import answers, source
from explorables.explore.explorer import Explorer
from explorables.explore.self_check import SelfCheck
from explorables.tables.package import TABLES

Standing = dict[str, dict[str, str | float]]
"""By area (``"readouts"``, ``"exercises"``), names of figures and what they are."""

AREAS = {
    "printed": "Numbers and sentences that pages print",
    "readouts": "Readouts and sentences of explorers as they open",
    "settings": "Where explorers start",
    "exercises": "Answers to exercises",
    "self-checks": "Answers to self-checks",
    "failed": "Pages that no longer run",
}
SAME = 1e-9  # relative difference below which two numbers are one


def standing(pages: list[Path] | None = None) -> Standing:
    """Run the pages of the book, and whatever else the book counts as its results.

    Parameters
    ----------
    pages : list of pathlib.Path, optional
        All pages with code by default.
    """
    found: Standing = {area: {} for area in AREAS}
    for page in with_code(source.book()) if pages is None else pages:
        name = page.stem
        try:
            with made() as (explorers, checks, lines):
                solved = answers.solve(source.blocks(page), page.name, say=lines.say)
        except Exception as problem:  # noqa: BLE001 - under other tables a page may fail in any way, and that is what is asked
            found["failed"][name] = f"{type(problem).__name__}: {problem}"
            continue
        found["printed"] |= {f"{name}, line {n}": line for n, line in enumerate(lines.said, 1)}
        found["exercises"] |= {
            exercise + (f", variant {n}" if n else ""): answer
            for exercise, given in solved.items()
            for n, answer in enumerate(given)
        }
        found["self-checks"] |= {f"{name}, number {n}": str(check.solution) for n, check in enumerate(checks, 1)}
        for explorer in explorers.values():
            where = f"{name}, {explorer.id}"
            settings = explorer.defaults
            found["settings"] |= {f"{where}: {key}": _plain(value) for key, value in settings.items()}
            readings = explorer.readings(**settings)
            found["readouts"] |= {f"{where}: {key}": _plain(value) for key, value in readings.items()}
            if explorer.says:
                found["readouts"][f"{where}: its sentence"] = explorer.say(explorer.says, **settings)
    if current().standing:
        module = importlib.import_module(current().standing)
        found |= {area: {k: _plain(v) for k, v in figures.items()} for area, figures in module.standing(found).items()}
    return found


def under(folder: Path, book: Book) -> Standing:
    """What the book says under the tables of a folder, computed in a process of its own.

    Raises
    ------
    RuntimeError
        If that process fails.
    """
    with tempfile.TemporaryDirectory() as there:
        file = Path(there) / "standing.json"
        done = subprocess.run(
            [sys.executable, "-m", "explorables.refresh.standing", file],
            env=os.environ | {TABLES: str(folder)},
            cwd=book.root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"the pages could not be run under the tables of {folder}:\n{done.stderr[-2000:]}")
        return json.loads(file.read_text(encoding="utf-8"))


def differences(before: Standing, after: Standing) -> dict[str, list[tuple[str, str, str]]]:
    """What differs between two standings: by area, the name of a figure, what it was and what it is."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for area in {**before, **after}:
        old, new = before.get(area, {}), after.get(area, {})
        rows = [
            (name, shown(old.get(name, "–")), shown(new.get(name, "–")))
            for name in {**old, **new}
            if not _same(old.get(name), new.get(name))
        ]
        if rows:
            found[area] = rows
    return found


def shown(value: str | float) -> str:
    """A figure as a report prints it."""
    return value if isinstance(value, str) else f"{value:.5g}"


def _same(old: str | float | None, new: str | float | None) -> bool:
    if isinstance(old, float | int) and isinstance(new, float | int):
        return math.isclose(old, new, rel_tol=SAME) or (math.isnan(old) and math.isnan(new))
    return old == new


def with_code(folder: Path) -> list[Path]:
    """The pages of a folder that run code."""
    return [page for page in sorted(folder.rglob("*.md")) if "```{code-cell}" in page.read_text(encoding="utf-8")]


@contextlib.contextmanager
def made() -> Iterator[tuple[dict[str, Explorer], list[SelfCheck], _Lines]]:
    """Collect the explorers, by their name, and the self-checks that pages make while this lasts, and what they print."""
    explorers: dict[str, Explorer] = {}
    checks: list[SelfCheck] = []
    kept = Explorer.__init__, SelfCheck.__init__

    def explorer(self: Explorer, *given: Any, **named: Any) -> None:
        kept[0](self, *given, **named)
        explorers.setdefault(self.id, self)

    def check(self: SelfCheck, *given: Any) -> None:
        kept[1](self, *given)
        checks.append(self)

    Explorer.__init__, SelfCheck.__init__ = explorer, check  # type: ignore[method-assign,assignment]
    try:
        yield explorers, checks, _Lines([])
    finally:
        Explorer.__init__, SelfCheck.__init__ = kept  # type: ignore[method-assign]


class _Lines(NamedTuple):
    """What pages print."""

    said: list[str]

    def say(self, *what: Any, **_: Any) -> None:
        """Take the place of `print`."""
        self.said.append(" ".join(map(str, what)))


def _plain(value: Any) -> str | float:
    """A figure as JSON has it."""
    if isinstance(value, str | bool):
        return str(value)
    try:
        return float(value)
    except (TypeError, ValueError):
        return str(value)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(standing()), encoding="utf-8")
