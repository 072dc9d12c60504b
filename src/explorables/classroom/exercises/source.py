"""Read the exercises out of a notebook in MyST Markdown.

An exercise is sphinx-exercise's own: what stands between ``{exercise-start}`` and ``{exercise-end}``, and the
solution that names its label. Its options say besides what it is to its reader: ``minutes``, ``difficulty`` (one of
:data:`DIFFICULTIES`) and ``objective``, a sentence. Two keys of cell metadata say the rest:

``answer``
    on the solution's cell that assigns `answer`: a machine can check it. Holds ``unit`` (or ``choices``), ``tolerance``
    (a share, 0.01 if left out), ``hint``, ``points`` (2) and ``explain`` (points by hand for the text beside it, 0).
``variants``
    on a cell inside the exercise that assigns plain values: what else could be given, by name. A list holds values to
    practise with, as many for each name; ``{of: [...], from: 1, to: 2, step: 0.1}`` says besides from which range a
    course draws figures that nobody has printed, and ``{of: [...], drawn: [...]}`` from which other values.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from explorables.book import current
from explorables.classroom.exercises.ranges import Range

DEFAULTS: dict[str, Any] = {"unit": "", "choices": [], "tolerance": 0.01, "hint": "", "points": 2, "explain": 0}
GOALS = "What you will be able to answer"  # heading of the list of a page's goals
DIFFICULTIES = ("easy", "medium", "hard")
LONGEST = 240  # minutes of an exercise
WORDS_A_MINUTE = 220  # of prose; Brysbaert's mean for reading English silently is 238 for texts that ask for less
# What nobody can be seen doing; an objective begins with what can be.
UNSEEN = {"appreciate", "be", "become", "consider", "grasp", "know", "learn", "realise", "see", "think", "understand"}
OPEN_POINTS = 4  # of an exercise without an answer that a machine could check
_FENCE = re.compile(
    r"^(?P<fence>`{3,}|:{3,})\{(?P<name>exercise|solution|exercise-start|exercise-end|solution-start|solution-end)\}(?P<title>.*)$"
)
_OPTION = re.compile(r"^:([\w-]+):(.*)$")


@dataclass
class Cell:
    """A piece of a page: ``kind`` is ``"text"`` or ``"code"``."""

    kind: str
    source: str
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass
class Exercise:
    """One exercise, with its solution.

    Attributes
    ----------
    id : str
        Its label: the page's name, a dot, and its number on the page.
    title : str
        Its title, which may be empty.
    page : Path
        The notebook that it stands in.
    about : mapping
        Its options; see :func:`owed`.
    body, solution : list of Cell
        Text and code of either, in order.
    """

    id: str
    title: str
    page: Path
    about: Mapping[str, str] = field(default_factory=dict)
    body: list[Cell] = field(default_factory=list)
    solution: list[Cell] = field(default_factory=list)

    @property
    def minutes(self) -> int:
        """What it takes; 0 where it does not say."""
        said = self.about.get("minutes", "0")
        self._demand(said.isdecimal(), f"the minutes are a whole number, not {said!r}")
        return int(said)

    @property
    def difficulty(self) -> str:
        """One of :data:`DIFFICULTIES`; empty where it does not say."""
        return self.about.get("difficulty", "")

    @property
    def objective(self) -> str:
        """What its reader does, as a sentence; empty where it does not say."""
        return self.about.get("objective", "")

    @property
    def spec(self) -> dict[str, Any]:
        """The metadata ``answer``, complete with defaults; empty where a person has to grade."""
        found = [cell.metadata["answer"] for cell in self.solution if "answer" in cell.metadata]
        if not found:
            return {}
        spec = DEFAULTS | found[0]
        self._demand(len(found) == 1, "two cells have the metadata `answer`")
        self._demand(not (extra := set(spec) - set(DEFAULTS)), f"`answer` does not know {', '.join(sorted(extra))}")
        self._demand(bool(spec["unit"]) != bool(spec["choices"]), "`answer` needs a unit or choices, and not both")
        self._demand(0 < spec["tolerance"] <= 0.2, "the tolerance is a share between 0 and 0.2")
        self._demand(bool(spec["hint"]), "`answer` needs a hint for those who are wrong")
        return spec

    @property
    def points(self) -> int:
        """All points that it gives."""
        return self.spec["points"] + self.spec["explain"] if self.spec else OPEN_POINTS

    @property
    def variants(self) -> list[dict[str, Any]]:
        """The given values, by name: the page's own first. One empty dictionary where nothing varies."""
        cells = [cell for cell in self.body if "variants" in cell.metadata]
        if not cells:
            return [{}]
        self._demand(len(cells) == 1, "two cells have the metadata `variants`")
        others = {
            name: values.get("of", []) if isinstance(values, dict) else values
            for name, values in cells[0].metadata["variants"].items()
        }
        own = self._assigned(cells[0].source)
        self._demand(set(own) == set(others), f"the cell assigns {sorted(own)}, and `variants` lists {sorted(others)}")
        lengths = {len(values) for values in others.values()}
        self._demand(len(lengths) == 1, "the lists of `variants` differ in length")
        all_ = [own, *(dict(zip(others, values, strict=True)) for values in zip(*others.values(), strict=True))]
        all_ = [{name: values[name] for name in own} for values in all_]
        self._demand(all(all_.count(values) == 1 for values in all_), "two variants are the same")
        return all_

    @property
    def ranges(self) -> dict[str, Range]:
        """What a course draws each name's figures from; empty where everybody gets the page's own."""
        cells = [cell for cell in self.body if "variants" in cell.metadata]
        found = {}
        for name, values in cells[0].metadata["variants"].items() if cells else ():
            if isinstance(values, dict):
                printed = [values_[name] for values_ in self.variants]
                try:
                    found[name] = Range.read({key: value for key, value in values.items() if key != "of"}, printed)
                except ValueError as problem:
                    raise ValueError(f"{self.page.name}, {self.id}, {name}: {problem}") from None
        return found

    def _assigned(self, code: str) -> dict[str, Any]:
        """Names and values of a cell that does nothing but assign plain values."""
        problem = ValueError(
            f"{self.page.name}, {self.id}: a cell with `variants` may only assign plain values, not\n{code}"
        )
        found = {}
        try:
            for line in ast.parse(code).body:
                match line:
                    case ast.Assign(targets=[ast.Name(id=name), *_]):
                        found[name] = ast.literal_eval(line.value)
                    case _:
                        raise problem
        except (ValueError, SyntaxError):
            raise problem from None
        return found

    def _demand(self, held: bool, message: str) -> None:
        if not held:
            raise ValueError(f"{self.page.name}, {self.id}: {message}")


@dataclass(frozen=True)
class Page:
    """A notebook of the book, read once.

    Attributes
    ----------
    path : Path
    title : str
        Its heading.
    goals : tuple of str
        Questions that it says its reader will be able to answer.
    blocks : tuple of Cell and Exercise
        Its pieces in order; an exercise stands where it begins.
    """

    path: Path
    title: str
    goals: tuple[str, ...]
    blocks: tuple[Cell | Exercise, ...]

    @property
    def exercises(self) -> list[Exercise]:
        """Its exercises."""
        return [block for block in self.blocks if isinstance(block, Exercise)]

    @property
    def minutes(self) -> int:
        """What it takes to read its text, without the exercises."""
        texts = [block.source for block in self.blocks if isinstance(block, Cell) and block.kind == "text"]
        return round(sum(len(text.split()) for text in texts) / WORDS_A_MINUTE)


def owed(about: Mapping[str, Any]) -> Iterator[str]:
    """What the options of an exercise lack, as what to do."""
    minutes = str(about.get("minutes") or "")
    if not (minutes.isdecimal() and 0 < int(minutes) <= LONGEST):
        yield f"say how long it takes, up to {LONGEST} minutes: `:minutes: 15`"
    if about.get("difficulty") not in DIFFICULTIES:
        yield f"say how hard it is, by one of {', '.join(DIFFICULTIES)}: `:difficulty: {DIFFICULTIES[0]}`"
    objective = str(about.get("objective") or "")
    if not re.fullmatch(r"[A-Z][^.:#]+\.", objective):
        yield "say in one sentence, without a colon, what its reader does: `:objective: Compute a lag.`"
    elif (verb := objective.split()[0]).lower() in UNSEEN:
        yield f"begin the objective with what somebody can be seen doing, such as Compute or Explain; {verb!r} is not"


def in_words(about: Mapping[str, Any]) -> str:
    """Time, difficulty and objective as a line of a notebook; empty where none is said."""
    minutes, difficulty = about.get("minutes"), about.get("difficulty")
    effort = ", ".join(filter(None, (f"{minutes} minutes" if minutes else "", difficulty)))
    return " ".join(filter(None, (f"*{effort}.*" if effort else "", about.get("objective"))))


def read(page: Path) -> Page:
    """Read a notebook in MyST Markdown; as long as the file stays the same, once.

    Raises
    ------
    ValueError
        If a label is missing or used twice, a solution has no exercise, or something is not closed.
    """
    return _read(page, page.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _read(page: Path, _: int) -> Page:
    found = _blocks(page)
    title, goals = _headed([block.source for block in found if isinstance(block, Cell) and block.kind == "text"])
    return Page(page, title or page.stem, goals, tuple(found))


def _headed(texts: list[str]) -> tuple[str, tuple[str, ...]]:
    """The first heading of a page's texts, and the items of the list of its goals."""
    from markdown_it import MarkdownIt

    title, section, item = "", "", False
    goals: list[str] = []
    for text in texts:
        tokens = MarkdownIt("commonmark").parse(text)
        for before, token in pairwise(tokens):
            if token.type == "inline" and before.type == "heading_open":
                section = token.content
                title = title or (section if before.tag == "h1" else "")
            item = token.type == "list_item_open" or (item and token.type in {"paragraph_open", "inline"})
            if item and token.type == "inline" and section == GOALS:
                goals.append(" ".join(token.content.split()))
                item = False
    return title, tuple(goals)


def blocks(page: Path) -> list[Cell | Exercise]:
    """A notebook's pieces in order; see :func:`read`."""
    return list(read(page).blocks)


def _blocks(page: Path) -> list[Cell | Exercise]:
    import jupytext  # only those who write or hand out exercises have it

    found: list[Cell | Exercise] = []
    exercises: dict[str, Exercise] = {}
    where: list[Cell] | list[Cell | Exercise] = found  # what the next piece is added to
    for cell in jupytext.read(page, fmt="md:myst").cells:
        if cell.cell_type == "code":
            where.append(Cell("code", cell.source, dict(cell.metadata)))
            continue
        for kind, argument, lines in _pieces(cell.source.split("\n")):
            if kind == "text":
                if text := "\n".join(lines).strip():
                    where.append(Cell("text", text))
            elif kind in ("exercise-end", "solution-end"):
                where = found
            elif kind.startswith("exercise"):
                about, body = _options(lines)
                label = about.pop("label", "")
                if not label or label in exercises:
                    raise ValueError(f"{page.name}: an exercise needs a label of its own, not {label!r}")
                exercises[label] = one = Exercise(label, argument, page, about)
                found.append(one)
                where = one.body if kind == "exercise-start" else found
                one.body += [Cell("text", body)] if body else []
            else:
                if argument not in exercises:
                    raise ValueError(f"{page.name}: a solution names {argument!r}, which is no exercise above it")
                _, body = _options(lines)
                where = exercises[argument].solution if kind == "solution-start" else found
                exercises[argument].solution += [Cell("text", body)] if body else []
    if where is not found:
        raise ValueError(f"{page.name}: an exercise or a solution is not closed")
    return found


def exercises(page: Path) -> list[Exercise]:
    """The exercises of a notebook; see :func:`read`."""
    return read(page).exercises


def _pieces(lines: list[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Kind, argument and lines of each directive of sphinx-exercise, and of the text between them."""
    text: list[str] = []
    rest = iter(lines)
    for line in rest:
        if not (start := _FENCE.match(line)):
            text.append(line)
            continue
        yield "text", "", text
        text, inside = [], []
        for inner in rest:
            if inner.strip() == start["fence"]:
                break
            inside.append(inner)
        yield start["name"], start["title"].strip(), inside
    yield "text", "", text


def _options(lines: list[str]) -> tuple[dict[str, str], str]:
    """Options and body of a directive."""
    options = {found[1]: found[2].strip() for line in lines if (found := _OPTION.match(line))}
    return options, "\n".join(line for line in lines if not _OPTION.match(line)).strip()


def book() -> Path:
    """The folder with the book's sources.

    Raises
    ------
    FileNotFoundError
        If the package is not installed from a checkout.
    """
    for parent in current().folder.parents:
        if (parent / "book/_toc.yml").is_file():
            return parent / "book"
    raise FileNotFoundError(
        "the book's sources are not here: run this in a checkout of the repository, after `make book`"
    )


def pages(folder: Path) -> list[Path]:
    """Notebooks with exercises, in the order of the table of contents."""
    import yaml

    def files(entry: dict[str, Any]) -> Iterator[str]:
        yield entry.get("file") or entry.get("root") or ""
        for part in ("parts", "chapters", "sections"):
            for child in entry.get(part, []):
                yield from files(child)

    toc = yaml.safe_load((folder / "_toc.yml").read_text(encoding="utf-8"))
    found = [folder / f"{name}.md" for name in files(toc) if name]
    texts = {page: page.read_text(encoding="utf-8") for page in found}
    return [
        page
        for page, text in texts.items()
        if text.startswith("---\njupytext:") and re.search(r"^[`:]{3,}\{exercise", text, re.MULTILINE)
    ]
