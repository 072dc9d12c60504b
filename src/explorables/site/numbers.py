"""Sphinx extension: the figures and tables of a page have numbers, and addresses to link to: ``#figure-3``, ``#table-2``."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from explorables.site.i18n import _

FIGURE = re.compile(r'<div class="xp-figure">(<div class="xp-chart-title">)?')
TABLE = re.compile(r'<table\b(?=[^>]*\bclass="[^"]*\bdataframe\b)[^>]*>')


def number(app: Sphinx, doctree: nodes.document) -> None:
    """Number charts and data frames in the order in which they stand on a page."""
    figures, tables = count(1), count(1)

    def figure(match: re.Match[str]) -> str:
        this = next(figures)
        title, end = (match[1], "") if match[1] else ('<div class="xp-chart-title">', "</div>")
        return f'<div class="xp-figure" id="figure-{this}">{title}<span class="xp-number">{_("Figure {number}.", number=this)}</span> {end}'

    def table(match: re.Match[str]) -> str:
        this = next(tables)
        return f'{match[0]}<caption class="xp-number" id="table-{this}">{_("Table {number}", number=this)}</caption>'

    for node in doctree.findall(nodes.raw):
        if "html" in node.get("format", ""):
            text = node.astext()
            numbered = FIGURE.sub(figure, text) if node.get("xp_chart") else TABLE.sub(table, text)
            if numbered != text:
                node.children = []
                node += nodes.Text(numbered)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.connect("doctree-read", number)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
