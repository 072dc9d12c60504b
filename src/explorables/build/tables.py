"""What `make check-data` does with the book's tables.

``python -m explorables.build.tables`` prints each problem with file, row, column, what was found and what was expected, and
exits with 1 if there is one.
"""

from __future__ import annotations

import sys

from explorables.book import current
from explorables.build.environment import say
from explorables.tables.age import ages, notes
from explorables.tables.check import check


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


if __name__ == "__main__":
    sys.exit(check_data())
