"""The pages that were written, as trees of elements.

Each page is parsed once (by Lexbor, through selectolax: it reads HTML as browsers do, keeps the case of what stands in a
drawing, and is the fastest there is); the steps in `pages` work on these trees.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

EMBED = "embed"  # folder of the explorers that other pages may frame; made anew from the pages in each build
NO_PAGES = {"lite", "_static", EMBED}  # folders of the site that hold no pages of the book


@dataclass
class Page:
    """A written page.

    Attributes
    ----------
    file : pathlib.Path
    text : str
        As it was written.
    """

    file: Path
    text: str

    @classmethod
    def of(cls, file: Path) -> Page:
        """The page in a file."""
        return cls(file, file.read_text(encoding="utf-8"))

    @cached_property
    def tree(self) -> LexborHTMLParser:
        """Its elements, which the steps change."""
        return LexborHTMLParser(self.text)

    def elements(self, selector: str) -> Iterable[LexborNode]:
        """The elements that a CSS selector means."""
        return self.tree.css(selector)

    def one(self, selector: str) -> LexborNode:
        """The element that a CSS selector means.

        Raises
        ------
        LookupError
            If there is none.
        """
        found = self.tree.css_first(selector)
        if found is None:
            raise LookupError(f"{self.file} has no {selector}")
        return found

    def comment(self, text: str) -> LexborNode | None:
        """The comment that says a text: a template leaves one where something may be put later."""
        found = (node for node in self.one("html").traverse() if node.is_comment_node)
        return next((node for node in found if (node.comment_content or "").strip() == text), None)

    def write(self, file: Path | None = None) -> bool:
        """Write the page as its tree is now, to a file of its own or another; whether that changed the file."""
        target, text = file or self.file, self.tree.html or ""
        if target.is_file() and target.read_text(encoding="utf-8") == text:
            return False
        target.write_text(text, encoding="utf-8")
        return True


@dataclass
class Site:
    """All that was written.

    Attributes
    ----------
    folder : pathlib.Path
    root : str
        Path of the site on its host, where an address that begins with a slash begins.
    pages : list of Page
        Those of the folder, if not given.
    """

    folder: Path
    root: str = "/"
    pages: list[Page] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pages = self.pages or [Page.of(file) for file in files(self.folder)]


def files(folder: Path) -> list[Path]:
    """Files with the pages of a site, also in the folders of other languages."""
    found = sorted(folder.rglob("*.html"))
    return [page for page in found if not NO_PAGES & set(page.relative_to(folder).parts[:2])]


def fragment(html: str) -> list[LexborNode]:
    """What a piece of HTML holds, to be put into a tree."""
    body = LexborHTMLParser(f"<body>{html}").body  # else a link would be taken for the head's
    return list(body.iter(include_text=True)) if body is not None else []
