"""What `make check-data` and `make release` do with the book's tables.

``python -m explorables.build.tables check`` prints each problem with file, row, column, what was found and what was
expected, and exits with 1 if there is one. ``python -m explorables.build.tables release 2026-11-29`` keeps the tables as
they are under that name, in ``releases/`` of the checkout, and notes what changed since the release before.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from explorables.book import current
from explorables.build.environment import say
from explorables.tables.age import ages, notes
from explorables.tables.check import check
from explorables.tables.history import FOLDER, release


def check_data() -> int:
    """Check the book's tables; print what is wrong. The exit code: 0 if all is well, else 1."""
    book, data = current(), current().data
    text = data.folder.parent / "book"
    problems = check(data.folder, text if text.is_dir() else None, book.table_rules)
    for problem in problems:
        print(problem)
    rows = sum(len(data.load(name)) for name in data.names()) if not problems else 0
    count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
    say(f"check-data: {count if problems else f'{len(data.names())} tables, {rows} rows: nothing wrong'}")
    if not problems:  # what is old is no mistake, but somebody should look for newer figures
        for note in notes(ages(data)):
            say(f"check-data: older than its table allows: {note}")
    return 1 if problems else 0


def keep(name: str) -> int:
    """Keep the book's tables under a name; the exit code."""
    book = current()
    try:
        made = release(book.root, book.data.folder, name)
    except ValueError as problem:
        print(f"[explorables] {problem}", file=sys.stderr)
        return 1
    for one in made.changes:
        print(f"{one.table}: {one.new} new, {one.changed} changed, {one.gone} gone")
    say(f"kept {made.rows} rows in {FOLDER}/{made.name}.zip")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line asks for; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m explorables.build.tables", description="The book's tables.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="say what is wrong with them")
    commands.add_parser("release", help="keep them as they are").add_argument("day", help="its name, as 2026-11-29")
    given = parser.parse_args(argv)
    return check_data() if given.command == "check" else keep(given.day)


if __name__ == "__main__":
    sys.exit(main())
