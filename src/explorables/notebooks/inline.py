"""What stands in a line: roles, links and terms as Markdown has them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from explorables.book import current
from explorables.explore import bound
from explorables.notebooks.links import Places, link
from explorables.notebooks.pages import Page
from explorables.notebooks.pieces import Piece, dropped, plain
from explorables.notebooks.results import Results

_TOKEN = re.compile(
    r"""
      (?P<escape>\\.)
    | \{(?P<role>[A-Za-z][\w:.+-]*)\}(?P<ticks>`+)(?P<said>.+?)(?P=ticks)
    | (?P<code>(?P<marks>`+)(?!`).+?(?<!`)(?P=marks)(?!`))
    | (?P<maths>\$\$.+?\$\$|\$(?![\s\d]*\s)(?:[^$\\]|\\.)+?(?<!\s)\$(?!\d))
    | (?P<auto><[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]*>)
    | (?P<html></?[A-Za-z][^<>]*>)
    | (?P<open>!?\[)(?P<label>(?:[^\[\]\\]|\\.|\[[^\[\]]*\])*)\](?:\((?P<target>[^()\s]+)(?P<title>\s+"[^"]*")?\)|\{(?P<classes>[.#][^}`]*)\})
    | (?P<attributes>(?<=[`\])*_])\{[.#][^}`]*\})
    | (?P<substitution>\{\{.+?\}\})
    """,
    re.VERBOSE | re.DOTALL,
)
_TITLED = re.compile(r"(?P<text>.+?)\s*<(?P<target>[^<>]+)>", re.DOTALL)
LIVE = {"now", "set", "value"}  # what they say depends on what the notebook computed


class Inline:
    """Writes what stands in the lines of a page.

    Parameters
    ----------
    page : Page
    places : Places
    results : Results
        What the notebook computed.
    """

    def __init__(self, page: Page, places: Places, results: Results):
        self.page, self.places, self.results = page, places, results
        self.unexplained = list(places.abbreviations)

    def pieces(self, text: str, explain: bool = False) -> Iterator[Piece]:
        """The text in pieces; with `explain`, abbreviations link to the glossary where the page first has them.

        Raises
        ------
        ValueError
            If a role is not known, or does not find what it names.
        """
        done = 0
        for found in _TOKEN.finditer(text):
            yield from self._words(text[done : found.start()], explain)
            yield from self._token(found)
            done = found.end()
        yield from self._words(text[done:], explain)

    def _words(self, text: str, explain: bool) -> Iterator[Piece]:
        """Plain words, the first use of an abbreviation among them as a link."""
        uses = [
            (use.start(), term)
            for term in (self.unexplained if explain else ())
            if (use := re.search(rf"(?<![\w/-]){re.escape(term)}(?![\w/-])", text))
        ]
        done = 0
        for start, term in sorted(uses):
            if start >= done:
                self.unexplained.remove(term)
                yield from [plain(text[done:start])] if start > done else []
                yield Piece(term, self.places.term(term))
                done = start + len(term)
        yield from [plain(text[done:])] if text[done:] else []

    def _token(self, found: re.Match[str]) -> Iterator[Piece]:
        if found["role"]:
            yield Piece(found[0], self.role(found["role"], found["said"].strip(), found[0]))
        elif found["open"]:
            yield from self._bracket(found)
        elif found["attributes"]:
            yield dropped(found[0])
        elif found["substitution"]:
            raise ValueError(f"{found[0]}: a notebook knows no substitutions")
        else:
            yield plain(found[0])

    def _bracket(self, found: re.Match[str]) -> Iterator[Piece]:
        """A link, an image, or words with classes of the page's own."""
        label = list(self.pieces(found["label"]))
        if found["classes"]:
            yield from [dropped("["), *label, dropped(found[0][len("[") + len(found["label"]) :])]
            return
        address = self.image(found["target"]) if found["open"] == "![" else self._target(found["target"])
        if not found["label"] and found["open"] == "[":
            name = self.places.named(found["target"].partition("#")[0], self.page.name)
            yield Piece(found[0], link(self.places.title(name), address))
            return
        target = plain(address) if address == found["target"] else Piece(found["target"], address)
        yield from [plain(found["open"]), *label, plain("]("), target, plain(f"{found['title'] or ''})")]

    def _target(self, written: str) -> str:
        return self.places.target(written, self.page.name)

    def image(self, written: str) -> str:
        """Address of a picture: Sphinx puts all of them into one folder."""
        return written if "//" in written else f"{self.places.site}_images/{written.rpartition('/')[2]}"

    def role(self, name: str, said: str, source: str) -> str:
        """What a role says.

        Parameters
        ----------
        name : str
            Of the role.
        said : str
            What stands in it.
        source : str
            The whole of it.

        Raises
        ------
        ValueError
            If the role is not known, or does not find what it names.
        """
        titled = _TITLED.fullmatch(said)
        shown, target = (titled["text"], titled["target"]) if titled else ("", said)
        if name in LIVE or name in current().plain:
            return self.results.remembered(source, lambda: self._live(name, said))
        match name:
            case "cite" | "cite:p" | "cite:ps" | "cite:alp":
                return f"({'; '.join(self.places.citation(key.strip()) for key in said.split(','))})"
            case "cite:t" | "cite:ts":
                return ", ".join(self.places.citation(key.strip(), textual=True) for key in said.split(","))
            case "term":
                return self.places.term(target, shown)
            case "math":
                return f"${said}$"
            case "abbr" | "sub" | "sup":
                return f"<{name}>{said}</{name}>" if name != "abbr" else shown or said
            case "code" | "kbd" | "file":
                return f"`{said}`"
            case "doc":
                page = self.places.named(f"{target}.md", self.page.name)
                return link(shown or self.places.title(page), self.places.page(page))
            case "ref" if target in self.places.labels:
                address, heading = self.places.labels[target]
                return link(shown or heading, address)
            case "ref":
                raise ValueError(f"no heading of the book has the label {target!r}")
        raise ValueError(f"no notebook has words for the role {name!r}: say them here, or in the book's `plain`")

    def _live(self, name: str, said: str) -> str:
        if name in current().plain:
            return current().said_plainly(name, self.page.name, said, self.places.site)
        if name == "now":
            return bound.now(said, self.results.explorers)
        if name == "value":
            return bound.value(said, self.results.numbers)
        text, address, _explorer = bound.link(said, self.results.explorers)
        path, _hash, anchor = address.partition("#")
        return link(text, f"{self.places.page(self.page.name)}{path}#{anchor}", "On the page, with these settings")
