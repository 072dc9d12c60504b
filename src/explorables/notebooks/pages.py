"""A page's source cut into its header, its text and its code, to the letter: the pieces joined are the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

NOTEBOOK = re.compile(r"\A---\njupytext:")  # how the source of a page with code begins
_HEADER = re.compile(r"\A---\n.*?^---\n", re.DOTALL | re.MULTILINE)
FENCE = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,}|:{3,})[ \t]*(?:\{(?P<name>[\w:+-]+)\})?(?P<rest>.*?)[ \t]*\n?\Z")
_CODE = {"code-cell", "code-cell-md"}


@dataclass(frozen=True)
class Block:
    """A run of text or one code cell.

    Attributes
    ----------
    kind : {"text", "code"}
    head, body, tail : str
        As in the file. A text is all body; of a code cell, `head` is the fence with the options and `tail` the closing fence.
    line : int
        Where it begins in the file, from 1.
    metadata : mapping
        Options of a code cell.
    """

    kind: Literal["text", "code"]
    head: str
    body: str
    tail: str
    line: int
    metadata: Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """The source of a page.

    Attributes
    ----------
    name : str
        Path in the book, without suffix.
    text : str
        The file.
    """

    name: str
    text: str

    @classmethod
    def read(cls, path: Path, book: Path) -> Page:
        """The page in a file of the book's folder."""
        return cls(path.relative_to(book).with_suffix("").as_posix(), path.read_text(encoding="utf-8"))

    @property
    def header(self) -> str:
        """What stands before the text: its front matter."""
        found = _HEADER.match(self.text)
        return found[0] if found else ""

    @property
    def settings(self) -> dict[str, Any]:
        """What the front matter says."""
        return yaml.safe_load(self.header.strip().strip("-")) or {}

    @property
    def title(self) -> str:
        """The first heading."""
        found = re.search(r"^# +(.+?) *$", self.text[len(self.header) :], re.MULTILINE)
        return found[1] if found else self.name

    def blocks(self) -> Iterator[Block]:
        """Text and code in order.

        Raises
        ------
        ValueError
            If a fence is not closed.
        """
        lines = self.text[len(self.header) :].splitlines(keepends=True)
        first = self.header.count("\n") + 1
        text: list[str] = []
        start = number = 0
        while number < len(lines):
            found = fence(lines[number])
            if not found:
                text.append(lines[number])
                number += 1
                continue
            try:
                end = closing(lines, number)
            except ValueError as problem:
                raise ValueError(f"{self.name}.md:{first + number}: {problem}") from None
            if found["name"] not in _CODE:
                text += lines[number : end + 1]
            else:
                yield Block("text", "", "".join(text), "", first + start, {})
                yield code(lines[number : end + 1], first + number)
                text, start = [], end + 1
            number = end + 1
        yield Block("text", "", "".join(text), "", first + start, {})


def fence(line: str) -> re.Match[str] | None:
    """The fence that a line opens: its signs, the name of a directive, and the rest of the line."""
    found = FENCE.match(line)
    return None if found and found["fence"][0] == "`" and "`" in found["rest"] else found


def closing(lines: list[str], number: int) -> int:
    """Number of the line that closes the fence in a line.

    Raises
    ------
    ValueError
        If none does.
    """
    opened = lines[number].strip()
    sign = re.match(r"([`~:])\1+", opened)
    for other in range(number + 1, len(lines)):
        line = lines[other].strip()
        if sign and line and set(line) == {sign[1]} and len(line) >= len(sign[0]):
            return other
    raise ValueError(f"nothing closes {opened}")


def options(lines: list[str]) -> tuple[int, dict[str, Any]]:
    """How many of a directive's lines are its options, and what they say."""
    if lines and lines[0].strip() == "---":
        end = next(number for number, line in enumerate(lines[1:], 1) if line.strip() == "---")
        return end + 1, yaml.safe_load("".join(lines[1:end])) or {}
    count, found = 0, {}
    for line in lines:
        option = re.match(r":([\w-]+):(.*)$", line.strip())
        if not option:
            break
        found[option[1]] = yaml.safe_load(option[2]) if option[2].strip() else None
        count += 1
    return count, found


def code(lines: list[str], number: int) -> Block:
    """The code cell that these lines hold, fences included."""
    count, metadata = options(lines[1:-1])
    body = lines[1 + count : -1]
    if count and body and not body[0].strip():  # a line between options and code belongs to neither
        count, body = count + 1, body[1:]
    ends = "".join(body)
    return Block(
        "code",
        "".join(lines[: 1 + count]),
        ends.removesuffix("\n"),
        "\n" * ends.endswith("\n") + lines[-1],
        number,
        metadata,
    )
