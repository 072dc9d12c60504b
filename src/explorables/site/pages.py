"""What is done to a page, and when: the one list of it.

Sphinx reads a page into a tree of nodes, fills a template, and writes a file. At each of these points the steps below run
in the order in which they stand, after the theme and all other extensions if nothing else is said. When all files are written, each page is
parsed once (by Lexbor, through selectolax: it reads HTML as browsers do, keeps the case of what stands in a drawing, and is
the fastest there is), every step works on these trees, and each page that became another is written once.

All of this is done to the site of a registered `Book`. A site that only lists the extension keeps its search, links, tables and
style as they are: it gets live explorers, and pages without one are not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docutils import nodes
from selectolax.lexbor import LexborHTMLParser, LexborNode
from sphinx.application import Sphinx

from explorables.book import current

FIRST, LAST = 100, 900  # Sphinx's numbers for "before" and "after the others", whose own are 500 and around it
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


def _served(steps: list[Callable], everywhere: set[Callable]) -> list[Callable]:
    """The steps for this site: all of them where its `Book` is registered, else those alone that explorers need."""
    return steps if current().package else [step for step in steps if step in everywhere]


def read_steps() -> list[Callable[[Sphinx, nodes.document], object]]:
    """Steps on the nodes of a page that was read."""
    from explorables import site
    from explorables.site import ages, bound, exercises, i18n, opening, reading, self_checks, tables

    steps = [
        site.check_names,
        site.without_widgets,
        bound.resolve,
        reading.fold,
        opening.arrange,  # moves the switch that the step before has made
        opening.fold,
        self_checks.collect,
        exercises.add_forms,
        tables.read,
        i18n.captions,
        ages.depend,
    ]
    return _served(steps, {site.check_names, site.without_widgets, bound.resolve, self_checks.collect, tables.read})


def opened_steps() -> list[Callable[[Sphinx, str, str, dict[str, Any], nodes.document | None], object]]:
    """Steps on what a template is filled with that come before the theme, which fills some of its templates early."""
    from explorables.site import i18n

    return _served([i18n.page], set())


def filled_steps() -> list[Callable[[Sphinx, str, str, dict[str, Any], nodes.document | None], object]]:
    """Steps on what the template of a page is filled with."""
    from explorables import site
    from explorables.site import (
        addresses,
        ages,
        catalogue,
        downloads,
        exercises,
        lite,
        opening,
        reading,
        scenarios,
        search,
        self_checks,
        terms,
        theme_purge,
    )

    steps = [
        site.add_script,
        self_checks.add_script,
        exercises.add_script,
        catalogue.add_script,
        scenarios.add_script,
        search.add_script,
        terms.add_script,
        reading.add_script,
        ages.add_foot,
        opening.add_script,
        downloads.add_downloads,
        lite.add_launch_button,
        theme_purge.fill,  # leaves out scripts, so after all that add some
        addresses.describe,  # shows the description that the step before has found
    ]
    return _served(steps, {site.add_script, self_checks.add_script})


def written_steps() -> list[Callable[[Sphinx, Site], object]]:
    """Steps on the whole site when its pages are written."""
    from explorables.site import (
        accessibility,
        addresses,
        bundles,
        catalogue,
        compiled,
        embed,
        exercises,
        links,
        lite,
        numbers,
        pdf_link,
        search,
        security,
        terms,
        theme_purge,
    )

    steps = [
        compiled.publish,
        catalogue.copy_tables,
        pdf_link.offer,
        lite.build,
        addresses.publish,
        numbers.number,
        exercises.rename,
        search.index,  # reads the pages as they will be
        terms.explain,
        accessibility.mend,
        theme_purge.plain_code,
        theme_purge.purge_styles,  # knows the classes of the pages as they will be
        bundles.publish,
        embed.publish,  # from pages as they will be
        security.secure,  # hashes what the pages load, so after the style sheet is written
        links.check,
    ]
    return _served(steps, {compiled.publish, embed.publish})


def _read(app: Sphinx, doctree: nodes.document) -> None:
    for step in read_steps():
        step(app, doctree)


def _open(app: Sphinx, name: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    for step in opened_steps():
        step(app, name, template, context, doctree)


def _fill(app: Sphinx, name: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    for step in filled_steps():
        step(app, name, template, context, doctree)


def _finish(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.name != "html":
        return
    site = Site(Path(app.outdir), urlsplit(app.config.html_baseurl).path or "/")
    for step in written_steps():
        step(app, site)
    for page in site.pages:
        if current().package or page.elements(".xp-explorer"):
            page.write()


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.connect("doctree-read", _read, priority=LAST)
    app.connect("html-page-context", _open, priority=FIRST)
    app.connect("html-page-context", _fill, priority=LAST)
    app.connect("build-finished", _finish, priority=LAST)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
