"""Where a page's links, citations and terms lead: to the published site, since a notebook may be opened anywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath

from explorables.book import current
from explorables.notebooks.pages import Page

_LABEL = re.compile(r"^\((?P<label>[\w.-]+)\)=\n+(?:#+ +(?P<heading>.+?) *$)?", re.MULTILINE)
_GLOSSARY = re.compile(r"^```\{glossary\}\n(.*?)^```", re.DOTALL | re.MULTILINE)
_ROLE = re.compile(r"\{[\w:-]+\}`([^`<]+?)\s*(?:<[^`>]*>)?`")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


class Places:
    """Addresses of a book's pages and of what stands on them.

    Parameters
    ----------
    site : str
        Where the book is published.
    folder : pathlib.Path
        Its sources.
    """

    def __init__(self, site: str, folder: Path):
        self.site, self.folder = site.rstrip("/") + "/", folder

    def page(self, name: str, anchor: str = "") -> str:
        """Address of a page, and of a place on it."""
        return f"{self.site}{name}.html{'#' + anchor if anchor else ''}"

    def title(self, name: str) -> str:
        """Title of a page.

        Raises
        ------
        ValueError
            If there is no such page.
        """
        file = self.folder / f"{name}.md"
        if not file.is_file():
            raise ValueError(f"there is no page {name!r}")
        return Page(name, file.read_text(encoding="utf-8")).title

    def target(self, written: str, page: str) -> str:
        """The address that a link of a page means; one to another site stays as it is.

        Raises
        ------
        ValueError
            If it leads to a page that is not there, or to a file.
        """
        if _ELSEWHERE.match(written):
            return written
        path, _hash, anchor = written.partition("#")
        if not path:
            return self.page(page, anchor)
        name = self.named(path, page)
        self.title(name)
        return self.page(name, anchor)

    def named(self, path: str, page: str) -> str:
        """The page that a path in a link of another means.

        Raises
        ------
        ValueError
            If it is no path of a page.
        """
        if not path.endswith(".md"):
            raise ValueError(f"{path!r} is a file, and a notebook may be anywhere: link a page or an address")
        parts: list[str] = []
        for part in (PurePosixPath(path[1:]) if path[0] == "/" else PurePosixPath(page).parent / path).parts:
            if part == "..":
                parts.pop()
            else:
                parts.append(part)
        return "/".join(parts).removesuffix(".md")

    @cached_property
    def labels(self) -> Mapping[str, tuple[str, str]]:
        """Label to address and heading."""
        found = {}
        for file in sorted(self.folder.rglob("*.md")):
            name = file.relative_to(self.folder).with_suffix("").as_posix()
            for label in _LABEL.finditer(file.read_text(encoding="utf-8")):
                found[label["label"]] = (self.page(name, identifier(label["label"])), label["heading"] or "")
        return found

    @cached_property
    def glossary(self) -> Mapping[str, str]:
        """Term to what it means."""
        page = current().pages.get("glossary")
        file = self.folder / f"{page}.md"
        block = _GLOSSARY.search(file.read_text(encoding="utf-8")) if file.is_file() else None
        found: dict[str, str] = {}
        terms: list[str] = []
        meaning: list[str] = []
        for line in [*(block[1].splitlines() if block else []), "end"]:
            if not line.startswith(" ") and meaning:
                found |= dict.fromkeys(terms, _ROLE.sub(r"\1", " ".join(meaning)))
                terms, meaning = [], []
            if line.startswith(" "):
                meaning.append(line.strip())
            elif line.strip():
                terms.append(line.strip())
        return found

    @cached_property
    def abbreviations(self) -> list[str]:
        """Terms that begin with two capitals, which readers do not know by themselves."""
        return [term for term in self.glossary if re.match(r"[A-Z]{2}[\w ]*$", term)]

    def term(self, written: str, shown: str = "") -> str:
        """Link to a term of the glossary.

        Raises
        ------
        ValueError
            If the glossary does not have it.
        """
        terms = {term.lower(): term for term in self.glossary}
        if written.lower() not in terms:
            raise ValueError(f"the glossary has no {written!r}")
        term = terms[written.lower()]
        anchor = re.sub(r"^[-0-9._]+|-+$", "", re.sub(r"[^a-zA-Z0-9._]+", "-", term))
        address = self.page(current().pages["glossary"], f"term-{anchor}")
        return link(shown or written, address, self.glossary[term])

    def citation(self, key: str, textual: bool = False) -> str:
        """Link to a source, by author and year, with the whole reference as its title.

        Raises
        ------
        ValueError
            If the bibliography does not have the key.
        """
        entry = current().data.bibliography().get(key)
        if entry is None:
            raise ValueError(f"the bibliography has no {key!r}")
        author, year = entry.get("author", ""), entry.get("year") or "n.d."
        where = ", ".join(filter(None, [entry.get("publisher"), entry.get("date") or entry.get("year")]))
        parts = (part if part[-1] in ".?!" else f"{part}." for part in (author, entry.get("title", ""), where) if part)
        address = self.page(current().pages["bibliography"], identifier(key))
        return link(f"{author} ({year})" if textual else f"{author}, {year}", address, " ".join(parts))


def identifier(text: str) -> str:
    """The name that docutils gives to what is called so, for addresses."""
    return re.sub(r"^[^a-z]+|-+$", "", re.sub(r"[^a-z0-9]+", "-", text.lower()))


def link(text: str, address: str, title: str = "") -> str:
    """A link in Markdown; a dollar sign in its title would begin a formula in JupyterLab, and a bar end a table's cell."""
    shown = re.sub(r"([\[\]])", r"\\\1", text).replace("|", "&#124;")
    for sign, entity in (("&", "&amp;"), ('"', "&quot;"), ("$", "&#36;"), ("|", "&#124;"), ("\\", "&#92;")):
        title = title.replace(sign, entity)
    return f'[{shown}]({address} "{title}")' if title else f"[{shown}]({address})"
