"""What a refresh found, in Markdown that reads well in a terminal and in a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from explorables.refresh.merge import Cell, Merged
from explorables.refresh.run import Refreshed
from explorables.refresh.standing import AREAS

SHOWN = 40  # rows of a list before the rest is counted
LONGEST = 160  # characters of what a page prints


def report(done: Refreshed) -> str:
    """The report of a refresh."""
    return "\n".join([*_head(done), *_effects(done), *(line for one in done.merged for line in _table(one))]) + "\n"


def _head(done: Refreshed) -> Iterator[str]:
    yield "# What publishers changed, and what that changes in the book"
    yield ""
    new, changed = (sum(len(getattr(one, name)) for one in done.merged) for name in ("new", "changed"))
    kept = sum(len(one.kept) for one in done.merged)
    state = "The tables were written." if done.written else "Nothing was written."
    read = f"{len(done.merged)} publishers' {'table' if len(done.merged) == 1 else 'tables'} read"
    yield f"{read}: {new} new rows, {changed} changed figures, {kept} corrections by hand kept. {state}"
    for name, problem in done.failed.items():
        yield f"- **{name} was not taken in.** {problem}"
    for name, variable in done.unasked.items():
        yield f"- {name} was not asked: its publisher wants a key. Set `{variable}` to yours."
    if done.problems:
        yield "\n`check-data` will say of the new tables:\n"
        yield from _list([str(problem) for problem in done.problems])
    yield ""


def _effects(done: Refreshed) -> Iterator[str]:
    yield "## In the book\n"
    if not done.effects:
        yield "No number, sentence, answer or start of an explorer changes.\n"
    for area, rows in done.effects.items():
        yield f"### {AREAS.get(area, area)}: {len(rows)}\n"
        yield from _list([f"{name}: {_short(old)} → {_short(new)}" for name, old, new in rows])
        yield ""


def _table(one: Merged) -> Iterator[str]:
    upstream = one.upstream
    yield f"## {upstream.table}, from {upstream.title}\n"
    yield f"Licence: {upstream.licence}. {one.same} figures are as they were.\n"
    parts: list[tuple[str, Sequence[str]]] = [
        ("Changed", [_cell(cell) for cell in one.changed]),
        ("New", [f"{key}: {figures}" for key, figures in one.new]),
        ("To be entered by hand, if they belong here", [f"{key}: {figures}" for key, figures in one.offered]),
        ("Corrected by hand, and kept because the publisher's figure is what it was", [_cell(c) for c in one.kept]),
        ("No longer published; the rows stay", one.gone),
        ("Other sources that say something else", [_cell(cell) for cell in one.disagree]),
    ]
    for title, lines in parts:
        if lines:
            yield f"{title}: {len(lines)}\n"
            yield from _list(lines)
            yield ""


def _cell(cell: Cell) -> str:
    by = f" ({cell.by})" if cell.by else ""
    hand = "; the book's figure was a correction by hand" if cell.corrected else ""
    return f"{cell.key}: {cell.column} {cell.old or 'empty'} → {cell.new}{by}{hand}"


def _list(lines: Sequence[str]) -> Iterator[str]:
    yield from (f"- {line}" for line in lines[:SHOWN])
    if len(lines) > SHOWN:
        yield f"- and {len(lines) - SHOWN} more"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
