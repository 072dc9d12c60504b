"""The figures and tables of a page have numbers, and addresses to link to: ``#figure-3``, ``#table-2``."""

from __future__ import annotations

from selectolax.lexbor import LexborNode
from sphinx.application import Sphinx

from explorables.site.html_pages import Page, Site
from explorables.site.i18n import _


def number(app: Sphinx, site: Site) -> None:
    """Number charts and data frames in the order in which they stand on a page."""
    for page in site.pages:
        for this, figure in enumerate(page.elements(".xp-figure"), 1):
            if "id" not in figure.attributes:
                figure.attrs["id"] = f"figure-{this}"
                _before(_title(page, figure), _made(page, "span", _("Figure {number}.", number=this)), " ")
        for this, table in enumerate(page.elements("table.dataframe:not(.xp-series)"), 1):
            if not table.css("caption.xp-number"):
                caption = _made(page, "caption", _("Table {number}", number=this))
                caption.attrs["id"] = f"table-{this}"
                _before(table, caption)


def _title(page: Page, figure: LexborNode) -> LexborNode:
    """The title of a figure; one without gets one, for its number."""
    title = figure.css_first(".xp-chart-title")
    if title is None:
        title = page.tree.create_node("div")
        title.attrs["class"] = "xp-chart-title"
        _before(figure, title)
        (title,) = figure.css(".xp-chart-title")
    return title


def _made(page: Page, tag: str, text: str) -> LexborNode:
    made = page.tree.create_node(tag)
    made.attrs["class"] = "xp-number"
    made.insert_child(text)
    return made


def _before(parent: LexborNode, *parts: LexborNode | str) -> None:
    """Put parts before what an element holds."""
    first = parent.first_child
    for part in parts:
        if first is None:
            parent.insert_child(part)
        else:
            first.insert_before(part)
