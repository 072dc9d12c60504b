"""Pieces of a page: what the source has, and what the notebook says in its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Piece:
    """A piece of a page.

    Attributes
    ----------
    source : str
        As in the page's source.
    text : str
        As in the notebook. Where both are the same, an edit of one is an edit of the other.
    fixed : bool
        The text stands for a construct of the source, and cannot be edited in the notebook.
    """

    source: str
    text: str
    fixed: bool = False

    @property
    def plain(self) -> bool:
        """Whether the notebook says what the source says."""
        return self.source == self.text


def plain(text: str) -> Piece:
    """A piece that is the same in both."""
    return Piece(text, text)


def dropped(source: str) -> Piece:
    """A piece that the notebook does without."""
    return Piece(source, "")


def source_of(pieces: Iterable[Piece]) -> str:
    """What the source has."""
    return "".join(piece.source for piece in pieces)


def text_of(pieces: Iterable[Piece]) -> str:
    """What the notebook says."""
    return "".join(piece.text for piece in pieces)


def quoted(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The same as a block quote, of which the first line has its sign already."""
    for piece in pieces:
        if not piece.plain:
            yield replace(piece, text=piece.text.replace("\n", "\n> "))
            continue
        for number, line in enumerate(piece.source.split("\n")):
            if number:
                yield Piece("\n", "\n> ")
            if line:
                yield plain(line)


def trimmed(pieces: list[Piece]) -> list[Piece]:
    """The same without empty space at either end of the text; the source keeps it."""
    ahead = _led(pieces)
    behind = _led([Piece(p.source[::-1], p.text[::-1], p.fixed) for p in reversed(ahead)])
    return [Piece(p.source[::-1], p.text[::-1], p.fixed) for p in reversed(behind)]


def _led(pieces: list[Piece]) -> list[Piece]:
    found: list[Piece] = []
    for number, piece in enumerate(pieces):
        bare = piece.text.lstrip()
        if bare and piece.plain:
            space = piece.text[: len(piece.text) - len(bare)]
            return [*found, *([dropped(space)] if space else []), plain(bare), *pieces[number + 1 :]]
        found.append(replace(piece, text=bare))
        if bare:
            return [*found, *pieces[number + 1 :]]
    return found
