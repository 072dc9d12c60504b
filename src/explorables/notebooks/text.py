"""The text of a page: directives, definitions, formulas and paragraphs as Markdown has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from explorables.book import current
from explorables.classroom.exercises.source import in_words
from explorables.notebooks.inline import Inline
from explorables.notebooks.pages import closing, fence, options
from explorables.notebooks.pieces import Piece, dropped, plain, quoted, text_of

_LABEL = re.compile(r"\([\w.-]+\)=\s*$")
_CLASSES = re.compile(r"\{[.#][^}]*\}\s*$")
_COMMENT = re.compile(r"%|\+\+\+")
_HEADING = re.compile(r"#{1,6} ")
_MATHS = re.compile(r"(?P<end>.*\$\$)(?P<label>[ \t]*\([\w-]+\))?\s*$")
ADMONITIONS = {
    name: name.capitalize()
    for name in ("attention", "caution", "danger", "error", "hint", "important", "note", "tip", "warning")
} | {"seealso": "See also", "admonition": "", "topic": "", "sidebar": ""}
BOXES = {"div", "container", "opening", "closing"}  # what they hold stands in the text as it is
SITE_ONLY = {"printed-book", "self-check-progress"}  # what a published page alone can do


class Mark(Enum):
    """Where a cell ends; FOLD and UNFOLD stand around what becomes one folded cell, code included."""

    CUT = auto()
    FOLD = auto()
    UNFOLD = auto()


Stream = Iterator[Piece | Mark]


@dataclass(frozen=True)
class Directive:
    """A directive as it is written.

    Attributes
    ----------
    name, argument : str
    options : dict
    body : list of str
        Lines with their ends.
    head, tail : str
        What stands before and behind the body: fences and options.
    line : int
        Number of its first line.
    """

    name: str
    argument: str
    options: dict[str, Any]
    body: list[str]
    head: str
    tail: str
    line: int

    @property
    def source(self) -> str:
        """The whole of it."""
        return f"{self.head}{''.join(self.body)}{self.tail}"

    @property
    def first(self) -> int:
        """Number of the body's first line."""
        return self.line + self.head.count("\n")


class Text:
    """Writes runs of a page's text."""

    def __init__(self, inline: Inline):
        self.inline = inline

    def stream(self, text: str, line: int) -> Stream:
        """Pieces of a text, and where cells end.

        Parameters
        ----------
        text : str
        line : int
            Number of its first line, for errors.

        Raises
        ------
        ValueError
            If something in it has no words in a notebook; the message begins with file and line.
        """
        lines = text.splitlines(keepends=True)
        number = 0
        while number < len(lines):
            try:
                count, pieces = self._next(lines, number, line)
                yield from pieces
            except ValueError as problem:
                file = f"{self.inline.page.name}.md:"
                raise (
                    problem if str(problem).startswith(file) else ValueError(f"{file}{line + number}: {problem}")
                ) from None
            number += count

    def _next(self, lines: list[str], number: int, first: int) -> tuple[int, list[Piece | Mark]]:
        """How many lines belong to what begins in a line, and its pieces."""
        line = lines[number]
        if found := fence(line):
            end = closing(lines, number)
            if found["name"]:
                return end + 1 - number, list(self.directive(directive(lines[number : end + 1], first + number)))
            return end + 1 - number, [plain("".join(lines[number : end + 1]))]
        if not line.strip():
            return 1, [plain(line)]
        if _LABEL.match(line) or _CLASSES.match(line) or _COMMENT.match(line):
            return 1, [Mark.CUT] * line.startswith("+++") + [dropped(line)]
        if line.lstrip().startswith("$$"):
            return self._maths(lines, number)
        if _HEADING.match(line):
            return 1, [Mark.CUT, *self.inline.pieces(line)]
        count = 1
        while number + count < len(lines) and self._goes_on(lines[number + count]):
            count += 1
        return count, list(self._paragraph(lines[number : number + count]))

    def _goes_on(self, line: str) -> bool:
        return bool(line.strip()) and not (
            fence(line) or _LABEL.match(line) or _COMMENT.match(line) or _HEADING.match(line) or line.startswith("$$")
        )

    def _maths(self, lines: list[str], number: int) -> tuple[int, list[Piece | Mark]]:
        """A formula of its own; its label, which only the site can number, goes."""
        count = 0
        while True:
            text = lines[number + count].strip().removeprefix("$$") if not count else lines[number + count]
            count += 1
            found = _MATHS.match(text)
            if found or number + count == len(lines):
                break
        text = "".join(lines[number : number + count])
        if not found:
            raise ValueError("nothing closes $$")
        if not found["label"]:
            return count, [plain(text)]
        bare = text.rstrip().removesuffix(found["label"])
        return count, [plain(bare), Piece(text[len(bare) :], "\n")]

    def _paragraph(self, lines: list[str]) -> Iterator[Piece]:
        """A paragraph, a list, a table, or terms each with its definition below."""
        if not any(line.startswith(": ") for line in lines):
            yield from self.inline.pieces("".join(lines), explain=not lines[0].startswith("|"))
            return
        for number, line in enumerate(lines):
            if line.startswith(": "):
                several = ": " in {one[:2] for one in (*lines[number - 1 : number], *lines[number + 1 : number + 2])}
                yield Piece(": ", "- " if several else "")
                yield from self.inline.pieces(line[2:], explain=True)
            elif number + 1 < len(lines) and lines[number + 1].startswith(": "):
                yield from [Piece("", "**"), *self.inline.pieces(line.removesuffix("\n")), Piece("\n", "**  \n")]
            else:
                yield from self.inline.pieces(line, explain=True)

    def directive(self, one: Directive) -> Stream:
        """What a directive says.

        Raises
        ------
        ValueError
            If no notebook has words for it.
        """
        if one.name in ADMONITIONS:
            yield from self._admonition(one)
        elif one.name in BOXES:
            yield from [dropped(one.head), *self._body(one), dropped(one.tail)]
        elif one.name in SITE_ONLY:
            yield dropped(one.source)
        elif one.name in current().plain:
            said = self.inline.results.remembered(one.source, lambda: self._own(one))
            yield Piece(one.source, f"{said}\n", fixed=True)
        elif writer := WRITERS.get(one.name):
            yield from writer(self, one)
        else:
            raise ValueError(
                f"no notebook has words for the directive {one.name!r}: say them in {__name__}, or in the book's `plain`"
            )

    def _own(self, one: Directive) -> str:
        """What a directive of the book's own says."""
        argument = one.argument or "".join(one.body)
        said = current().said_plainly(one.name, self.inline.page.name, argument, self.inline.places.site)
        return text_of(part for part in self.stream(said, one.first) if isinstance(part, Piece))

    def _body(self, one: Directive) -> Iterator[Piece]:
        """What stands in it, all of it in one cell."""
        return (part for part in self.stream("".join(one.body), one.first) if isinstance(part, Piece))

    def _admonition(self, one: Directive) -> Stream:
        title = one.argument or ADMONITIONS[one.name]
        body = list(self._body(one))
        ends = "\n" if body and body[-1].source.endswith("\n") else ""
        if ends:
            body[-1] = plain(body[-1].source[:-1]) if body[-1].plain else body[-1]
        yield Piece(one.head, f"> **{title}**\n>\n> ", fixed=True)
        yield from quoted(body)
        yield Piece(ends + one.tail, "\n", fixed=True)

    def _exercise(self, one: Directive) -> Stream:
        label = one.options.get("label", "")
        title = f"### Exercise {label}. {one.argument}".rstrip(". ") if one.argument else f"### Exercise {label}"
        heading = "".join(f"{line}\n\n" for line in (title, in_words(one.options)) if line)
        yield Mark.CUT
        if one.name == "exercise-start":
            yield Piece(one.source, heading, fixed=True)
            return
        yield Piece(one.head, heading, fixed=True)
        yield from self._body(one)
        yield dropped(one.tail)
        yield Mark.CUT

    def _exercise_end(self, one: Directive) -> Stream:
        yield dropped(one.source)
        yield Mark.CUT

    def _solution(self, one: Directive) -> Stream:
        opening = f"<details>\n<summary>Solution of {one.argument}</summary>\n\n"
        yield Mark.FOLD
        if one.name == "solution-start":
            yield Piece(one.source, opening, fixed=True)
            return
        yield Piece(one.head, opening, fixed=True)
        yield from self._body(one)
        yield Piece(one.tail, "\n</details>\n", fixed=True)
        yield Mark.UNFOLD

    def _solution_end(self, one: Directive) -> Stream:
        yield Piece(one.source, "\n</details>\n", fixed=True)
        yield Mark.UNFOLD

    def _dropdown(self, one: Directive) -> Stream:
        yield Piece(one.head, f"<details>\n<summary>{one.argument or 'More'}</summary>\n\n", fixed=True)
        yield from [*self._body(one), Piece(one.tail, "\n</details>\n", fixed=True)]

    def _formula(self, one: Directive) -> Stream:
        yield from [Piece(one.head, "$$\n"), plain("".join(one.body)), Piece(one.tail, "$$\n")]

    def _listing(self, one: Directive) -> Stream:
        opening = re.sub(r"\{[\w-]+\} *", "", one.head.splitlines(keepends=True)[0])
        yield from [Piece(one.head, opening), plain("".join(one.body) + one.tail)]

    def _figure(self, one: Directive) -> Stream:
        address = self.inline.image(one.argument)
        yield Piece(one.head, f"![{one.options.get('alt') or ''}]({address})\n\n", fixed=True)
        yield from [*self._body(one), dropped(one.tail)]

    def _scenarios(self, one: Directive) -> Stream:
        page = self.inline.places.page(self.inline.page.name)
        yield Piece(one.source, f"[On the page]({page}) both stand side by side and become one link.\n", fixed=True)


WRITERS: dict[str, Callable[[Text, Directive], Stream]] = {
    "exercise": Text._exercise,
    "exercise-start": Text._exercise,
    "exercise-end": Text._exercise_end,
    "solution": Text._solution,
    "solution-start": Text._solution,
    "solution-end": Text._solution_end,
    "dropdown": Text._dropdown,
    "math": Text._formula,
    "code": Text._listing,
    "code-block": Text._listing,
    "figure": Text._figure,
    "image": Text._figure,
    "scenarios": Text._scenarios,
}


def directive(lines: list[str], line: int) -> Directive:
    """The directive that these lines hold, fences included."""
    found = fence(lines[0])
    name, argument = (found["name"], found["rest"]) if found else ("", "")
    count, said = options(lines[1:-1])
    head, body = "".join(lines[: 1 + count]), lines[1 + count : -1]
    return Directive(name, argument.strip(), said, body, head, lines[-1], line)
