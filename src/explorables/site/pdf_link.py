"""Sphinx extension: ``{printed-book}`` offers the book as one PDF, where `make pdf` has made it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from explorables.book import current
from explorables.site.html_pages import Site
from explorables.site.render import render

NAME = f"{current().slug}.pdf"


def printed(app: Sphinx) -> Path:
    """Where `make pdf` leaves the book."""
    return Path(app.srcdir).parent / "_build/pdf" / NAME


class PrintedBook(SphinxDirective):
    """Link to the PDF of the book; nothing where there is none."""

    def run(self) -> list[nodes.Node]:
        """The link, with the size of the file."""
        file = printed(self.env.app)
        seen = self.env.__dict__.setdefault("xp_printed", {})
        seen[self.env.docname] = file.exists()
        if not file.exists():
            return []
        address = "../" * self.env.docname.count("/") + NAME
        size = f"{file.stat().st_size / 1e6:.0f}"
        return [nodes.raw("", render("pdf_link.html", address=address, size=size), format="html")]


def outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """Pages that were written when there was no PDF and now there is, or the reverse."""
    return [page for page, there in getattr(env, "xp_printed", {}).items() if there != printed(app).exists()]


def offer(app: Sphinx, site: Site) -> None:
    """Put the PDF into the site."""
    if getattr(app.env, "xp_printed", {}) and printed(app).exists():
        shutil.copy(printed(app), site.folder / NAME)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.add_directive("printed-book", PrintedBook)
    app.connect("env-get-outdated", outdated)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}
