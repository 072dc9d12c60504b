"""What every page with code must meet, checked in one place: each finding has the page, the line and what to do.

``python -m explorables.build.pages`` prints what is wrong and exits with 1 if anything is.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from explorables.classroom.exercises.source import owed

WIDTH = 77  # letters of a line of code that a page shows without scrolling
LONGEST = 40  # lines of a cell
SELF_CHECKS = 2
EXERCISES = 3
NOTEBOOK = "---\njupytext:"
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OPTION = re.compile(r"(:[^\n]*\n|---\n.*?\n---\n)*", re.DOTALL)
SELF_CHECK = re.compile(r"self_check\.(?:number|choice|move)\(")
EXERCISE = re.compile(r"^`{3,}\{exercise(?:-start)?\}[^\n]*\n((?::[^\n]*\n)*)", re.MULTILINE)
ABOUT = re.compile(r"^:([\w-]+): *(.*)$", re.MULTILINE)
TEXT = re.compile(r"""[\w\s(=:,\[{]*[fr]?["'#]""")
HIDDEN = re.compile(r"hide-input|remove-input|hide-cell|remove-cell")
FOLDED = re.compile(r"hide-input|remove-input")
FILL_IN = "Fill in: "  # what `make notebook` leaves to the author
MAGIC = re.compile(r"^\s*[%!]", re.MULTILINE)


class Finding(NamedTuple):
    """One thing that is wrong: the page, the line (the first is 1) and what to do."""

    page: str
    line: int
    remedy: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.remedy}"


@dataclass(frozen=True)
class Cell:
    """Code of a page, the line on which it begins, and whether the page shows it."""

    code: str
    line: int
    shown: bool
    options: str = ""


def cells(text: str) -> list[Cell]:
    """The code cells of a page in MyST Markdown, without their options."""
    found = []
    for match in CELL.finditer(text):
        options = OPTION.match(match[1])
        skipped = options.end() if options else 0
        shown = not HIDDEN.search(match[1][:skipped])
        found.append(
            Cell(match[1][skipped:], text.count("\n", 0, match.start(1) + skipped) + 1, shown, match[1][:skipped])
        )
    return found


def check(path: Path, name: str, *, lesson: bool = True) -> Iterator[Finding]:
    """What is wrong with a page; nothing where it has no code.

    Parameters
    ----------
    path : pathlib.Path
        Its source.
    name : str
        What it is called in a finding.
    lesson : bool
        Whether it owes its readers questions.
    """
    text = path.read_text(encoding="utf-8")
    if not text.startswith(NOTEBOOK):
        return
    last = text.count("\n")
    code = cells(text)
    asked = sum(len(SELF_CHECK.findall(cell.code)) for cell in code)
    if lesson and asked < SELF_CHECKS:
        yield Finding(
            name, last, f"ask at least {SELF_CHECKS} self-checks (self_check.number, choice or move): {asked} here"
        )
    given = list(EXERCISE.finditer(text))
    if lesson and len(given) < EXERCISES:
        yield Finding(name, last, f"give at least {EXERCISES} exercises: {len(given)} here")
    for exercise in given if lesson else ():
        for remedy in owed(dict(ABOUT.findall(exercise[1]))):
            yield Finding(name, text.count("\n", 0, exercise.start()) + 1, remedy)
    for cell in code:
        if (long := len(cell.code.strip().splitlines())) > LONGEST:
            yield Finding(name, cell.line, f"split this cell: {long} lines, and {LONGEST} are the most")
        if FOLDED.search(cell.options) and "source_hidden" not in cell.options:
            yield Finding(name, cell.line, "fold it in JupyterLab too: add `:jupyter: {source_hidden: true}`")
        if lesson and not cell.shown and not SELF_CHECK.search(cell.code):
            yield Finding(name, cell.line, "show this cell: only self-checks may be hidden")
    for cell in (cell for cell in code if cell.shown):
        for number, line in enumerate(cell.code.splitlines(), cell.line):
            # A sentence in quotes may run on; everything else can be broken.
            if len(line) > WIDTH and not TEXT.match(line):
                yield Finding(name, number, f"break this line: {len(line)} letters, and a page shows {WIDTH}")


def style(pages: dict[str, Path]) -> Iterator[Finding]:
    """What `ruff` says of the pages' cells: names that are unknown, imported for nothing or defined twice.

    Each page becomes a file of Python in which every line stands where it does on the page.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, path in pages.items():
            text = path.read_text(encoding="utf-8")
            lines = [""] * (text.count("\n") + 1)
            for cell in cells(text):
                for number, line in enumerate(cell.code.splitlines(), cell.line - 1):
                    lines[number] = "" if MAGIC.match(line) else line
            target = (Path(folder) / name).with_suffix(".py")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("\n".join(lines), encoding="utf-8")
        command = ["check", "--isolated", "--select", "F", "--output-format", "concise", "--quiet"]
        command += ["--config", 'builtins = ["display"]']
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, folder], cwd=folder, capture_output=True, text=True, check=False
        )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"ruff could not read the cells:\n{done.stderr}")
    for found in re.finditer(r"^(\S+?)\.py:(\d+):\d+: (.*)$", done.stdout, re.MULTILINE):
        page = f"{Path(found[1]).relative_to(folder) if Path(found[1]).is_absolute() else found[1]}.md"
        imported = re.search(r"F401 .*`(?:[\w.]+\.)?(\w+)` imported but unused", found[3])
        if not (imported and handed_over(imported[1], pages[page].read_text(encoding="utf-8"))):
            yield Finding(page, int(found[2]), found[3])


def handed_over(name: str, text: str) -> bool:
    """Whether a page's prose tells the reader to use a name, such as the `check` of its exercises."""
    return re.search(rf"\b{name}\(", CELL.sub("", text)) is not None


def findings(book: Path, without_questions: Collection[str] = ()) -> list[Finding]:
    """What is wrong with the pages below a folder; some, named without suffix, are no lessons."""
    pages = {path.relative_to(book).as_posix(): path for path in sorted(book.rglob("*.md"))}
    notebooks = {name: path for name, path in pages.items() if path.read_text(encoding="utf-8").startswith(NOTEBOOK)}
    lessons = {name: name.removesuffix(".md") not in without_questions for name in notebooks}
    found = [one for name, path in notebooks.items() for one in check(path, name, lesson=lessons[name])]
    return sorted([*found, *style(notebooks)])


def notes(book: Path) -> list[Finding]:
    """What the pages still leave to be filled in; no error, so that a page can be built while it is written."""
    pages = [(path, path.read_text(encoding="utf-8").splitlines()) for path in sorted(book.rglob("*.md"))]
    return [
        Finding(path.relative_to(book).as_posix(), number, line.strip())
        for path, lines in pages
        for number, line in enumerate(lines, 1)
        if FILL_IN in line
    ]


def main() -> int:
    """Check the book's pages; print what is wrong. The exit code is 1 if anything is."""
    from explorables.book import current

    found = findings(current().root / "book", current().without_questions)
    for one in found:
        print(f"book/{one}")
    for one in notes(current().root / "book"):
        print(f"note: book/{one}")
    print(f"[explorables] pages: {len(found) or 'nothing'} {'to mend' if found else 'wrong'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
