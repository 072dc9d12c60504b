"""A page whose interface is in one language and whose text stays English says which part is which, in `lang` attributes.

Screen readers choose a voice by them, and browsers a font. What is written in the language's own script belongs to the
interface, and English letters to the book; so this serves languages that are not written in Latin letters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from explorables.site.html_pages import Page

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
SILENT = ("script", "style", "noscript")
# Where page scripts write, later, in the words of the interface.
FILLED = frozenset(
    {
        "xp-typed",
        "xp-note",
        "xp-idle",
        "xp-takes",
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
    """An element of a page. A drawing is one element.

    Attributes
    ----------
    node : LexborNode
    language : str
        The language that its own text or the page gives it; empty when neither does.
    hint : str
        The language of its attributes.
    fixed : bool
        Whether the page gives it.
    children : list of Element
    """

    node: LexborNode
    language: str = ""
    hint: str = ""
    fixed: bool = False
    children: list[Element] = field(default_factory=list)

    def settle(self) -> str:
        """Without text of its own, take the language of its attributes, or else of most children; the language."""
        votes = Counter(filter(None, [child.settle() for child in self.children]))
        self.language = self.language or self.hint or (votes.most_common(1)[0][0] if votes else "")
        return self.language

    def mark(self, around: str) -> None:
        """Write the language wherever it becomes another one than that of the element around."""
        here = self.language or around
        if here != around and not self.fixed:
            self.node.attrs["lang"] = here
        for child in self.children:
            child.mark(here)


class Reader:
    """Finds the languages of a page's elements."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.letters = re.compile(f"[{SCRIPTS[language.partition('-')[0]]}]")

    def language_of(self, text: str) -> str:
        """The language of a text; nothing for numbers."""
        return self.language if self.letters.search(text) else "en" if ENGLISH.search(text) else ""

    def element(self, node: LexborNode) -> Element:
        """An element with all that it holds."""
        given = node.attributes
        read = Element(node, given.get("lang") or "", fixed="lang" in given)
        read.hint = self.language_of(" ".join(given.get(name) or "" for name in READ_ALOUD))
        filled = FILLED.intersection((given.get("class") or "").split())
        if filled or "data-readout" in given or given.get("role") == "status":
            read.language = read.language or self.language
        if node.tag != "svg":
            read.children = [self.element(child) for child in node.iter()]
        if not read.fixed and node.tag not in SILENT:
            for found in map(self.language_of, texts(node)):
                # The interface's language wins where both are there.
                if found == self.language or not read.language:
                    read.language = found
        return read


def texts(node: LexborNode) -> Iterator[str]:
    """An element's own texts; all of those in a drawing."""
    inside = node.traverse(include_text=True) if node.tag == "svg" else node.iter(include_text=True)
    return (one.text_content or "" for one in inside if one.is_text_node)


def mark(page: Page, language: str) -> None:
    """Write the languages of its parts into a page.

    Parameters
    ----------
    page : Page
    language : str
        Of its interface, as HTML names it (``zh-CN``); one in Latin letters leaves the page as it is.
    """
    if language.partition("-")[0] in SCRIPTS and page.tree.body is not None:
        reader = Reader(language)
        root = Element(
            page.tree.body, language, fixed=True, children=[reader.element(one) for one in page.tree.body.iter()]
        )
        root.settle()
        root.mark(language)
