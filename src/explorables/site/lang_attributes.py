"""A page whose interface is in one language and whose text stays English says which part is which, in `lang` attributes.

Screen readers choose a voice by them, and browsers a font. What is written in the language's own script belongs to the
interface, and English letters to the book; so this serves languages that are not written in Latin letters.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import accumulate

SCRIPTS = {"ja": "\u3040-\u30ff\u3400-\u9fff", "ko": "\uac00-\ud7af", "ru": "\u0400-\u04ff", "zh": "\u3400-\u9fff"}
ENGLISH = re.compile("[A-Za-z]{2}")
READ_ALOUD = (
    "aria-label",
    "aria-valuetext",
    "title",
    "alt",
    "placeholder",
    "value",
)  # attributes that readers hear or see
EMPTY = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
# Where page scripts write, later, in the words of the interface.
FILLED = frozenset(
    {
        "xp-typed",
        "xp-note",
        "xp-announce",
        "xp-value",
        "xp-table",
        "xp-check-answer",
        "xp-check-now",
        "xp-check-count",
        "xp-check-total",
    }
)


@dataclass
class Element:
    """An element of a page.

    Attributes
    ----------
    name : str
    at : int
        Where an attribute can be put into its start tag.
    language : str
        The language that its own text or the page gives it; empty when neither does.
    hint : str
        The language of its attributes.
    fixed : bool
        Whether the page gives it.
    children : list of Element
    """

    name: str
    at: int
    language: str = ""
    hint: str = ""
    fixed: bool = False
    children: list[Element] = field(default_factory=list)

    def settle(self) -> str:
        """Without text of its own, take the language of its attributes, or else of most children; the language."""
        votes = Counter(filter(None, [child.settle() for child in self.children]))
        self.language = self.language or self.hint or (votes.most_common(1)[0][0] if votes else "")
        return self.language

    def differences(self, around: str) -> list[tuple[int, str]]:
        """Where the language becomes another one than that of the element around, and which."""
        here = self.language or around
        found = [(self.at, here)] if here != around and not self.fixed else []
        return found + [place for child in self.children for place in child.differences(here)]


class Tree(HTMLParser):
    """The elements of a page's body with the languages of their own texts. A drawing is one element."""

    def __init__(self, page: str, language: str) -> None:
        super().__init__()
        self.lines = [0, *accumulate(len(line) + 1 for line in page.split("\n"))]
        self.language = language
        self.letters = re.compile(f"[{SCRIPTS[language.partition('-')[0]]}]")
        self.root = Element("body", 0, language, fixed=True)
        self.open = [self.root]
        self.inside = 0  # of a drawing
        self.started = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Add an element."""
        self.started |= tag == "body"
        if not self.started or tag == "body":
            return
        if self.inside or tag == "svg":
            self.inside += 1
        if self.inside > 1:
            return
        given = dict(attrs)
        line, column = self.getpos()
        element = Element(
            tag, self.lines[line - 1] + column + 1 + len(tag), given.get("lang") or "", fixed="lang" in given
        )
        element.hint = self.language_of(" ".join(given.get(name) or "" for name in READ_ALOUD))
        if (
            FILLED.intersection((given.get("class") or "").split())
            or "data-readout" in given
            or given.get("role") == "status"
        ):
            element.language = element.language or self.language
        self.open[-1].children.append(element)
        if tag not in EMPTY:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Add an element that holds nothing."""
        if not self.inside:
            self.handle_starttag(tag, attrs)
            if tag not in EMPTY:
                self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close an element, and what was left open in it."""
        if self.inside:
            self.inside -= 1
        if not self.inside and tag in {element.name for element in self.open[1:]}:
            while self.open.pop().name != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Let a text say in which language its element is; the interface's wins where both are there."""
        element = self.open[-1]
        if element.fixed or element is self.root or element.name in ("script", "style", "noscript"):
            return
        found = self.language_of(data)
        if found == self.language or not element.language:
            element.language = found

    def language_of(self, text: str) -> str:
        """The language of a text; nothing for numbers."""
        return self.language if self.letters.search(text) else "en" if ENGLISH.search(text) else ""


def marked(page: str, language: str) -> str:
    """A page with the languages of its parts.

    Parameters
    ----------
    page : str
    language : str
        Of its interface, as HTML names it (``zh-CN``); one in Latin letters leaves the page as it is.
    """
    if language.partition("-")[0] not in SCRIPTS:
        return page
    root = Tree(page, language).root
    root.settle()
    parts, last = [], 0
    for at, found in root.differences(language):
        parts += [page[last:at], f' lang="{found}"']
        last = at
    return "".join([*parts, page[last:]])
