"""What is done to a page, and when: the one list of it.

Sphinx reads a page into a tree of nodes, fills a template, and writes a file. At each of these points the steps below run
in the order in which they stand, after the theme and all other extensions if nothing else is said. When all files are
written, each page is parsed once (`html_pages`), every step works on these trees, and each page that became another is
written once.

All of this is done to the site of a registered `Book`. A site that only lists the extension keeps its search, links, tables and
style as they are: it gets live explorers, and pages without one are not touched.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.application import Sphinx

from explorables import site
from explorables.book import current
from explorables.site import (
    accessibility,
    addresses,
    ages,
    bound,
    bundles,
    catalogue,
    compiled,
    downloads,
    embed,
    exercises,
    i18n,
    links,
    lite,
    numbers,
    opening,
    pdf_link,
    reading,
    scenarios,
    search,
    security,
    self_checks,
    tables,
    terms,
    theme_purge,
)
from explorables.site.html_pages import Site

FIRST, LAST = 100, 900  # Sphinx's numbers for "before" and "after the others", whose own are 500 and around it


def _served(steps: list[Callable], everywhere: set[Callable]) -> list[Callable]:
    """The steps for this site: all of them where its `Book` is registered, else those alone that explorers need."""
    return steps if current().package else [step for step in steps if step in everywhere]


def read_steps() -> list[Callable[[Sphinx, nodes.document], object]]:
    """Steps on the nodes of a page that was read."""
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
    return _served([i18n.page], set())


def filled_steps() -> list[Callable[[Sphinx, str, str, dict[str, Any], nodes.document | None], object]]:
    """Steps on what the template of a page is filled with."""
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
    written = Site(Path(app.outdir), urlsplit(app.config.html_baseurl).path or "/")
    for step in written_steps():
        step(app, written)
    for page in written.pages:
        if current().package or page.elements(".xp-explorer"):
            page.write()


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.connect("doctree-read", _read, priority=LAST)
    app.connect("html-page-context", _open, priority=FIRST)
    app.connect("html-page-context", _fill, priority=LAST)
    app.connect("build-finished", _finish, priority=LAST)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
