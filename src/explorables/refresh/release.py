"""``make release``: keep the tables and the explorers as they are, under a day's name.

What explorers were is kept so that a link to settings, made then, can still say the numbers that its sender saw.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from explorables.book import current
from explorables.classroom.exercises import answers, source
from explorables.refresh.standing import made, with_code
from explorables.tables import history

PARTS = ("controls", "readouts", "model")  # of what a page holds of an explorer: what its numbers follow from


def explorers(pages: list[Path] | None = None) -> dict[str, dict[str, Any]]:
    """What the explorers of pages are now: by page (without suffix) and name, their :data:`PARTS`.

    Parameters
    ----------
    pages : list of pathlib.Path, optional
        All pages with code by default.
    """
    found: dict[str, dict[str, Any]] = {}
    for page in with_code(source.book()) if pages is None else pages:
        with made() as (there, _checks, lines):
            answers.solve(source.blocks(page), page.name, say=lines.say)
        payloads = {name: explorer.payload() for name, explorer in there.items()}
        if payloads:
            name = page.relative_to(source.book()).with_suffix("").as_posix()
            found[name] = {one: {part: payload[part] for part in PARTS} for one, payload in payloads.items()}
    return found


def main(arguments: list[str]) -> int:
    """Keep the book's tables and explorers under a name; the exit code."""
    if len(arguments) != 1:
        print("usage: python -m explorables.refresh.release 2026-11-29", file=sys.stderr)
        return 2
    book, (name,) = current(), arguments
    try:
        release = history.release(book.root, book.data.folder, name)
    except ValueError as problem:
        print(f"[explorables] {problem}", file=sys.stderr)
        return 1
    for one in release.changes:
        print(f"{one.table}: {one.new} new, {one.changed} changed, {one.gone} gone")
    print(
        f"[explorables] kept {release.rows} rows in {history.FOLDER}/{name}.zip; running the pages to keep the explorers"
    )
    kept = json.dumps(explorers(), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    (book.root / history.FOLDER / f"{name}{history.EXPLORERS}").write_text(kept + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
