"""Data frames of a notebook as tables of its page, from what the kernel knows of them (`explorables.explore.frames`).

A heading stands over its own column and says so to a screen reader, numbers line up on the right, a missing value is a
dash, long names may break, and the key of a source is a link to its entry in the bibliography.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from docutils import nodes
from markupsafe import Markup, escape
from sphinx.application import Sphinx

from explorables.book import current
from explorables.site.render import render
from explorables.site.spaces import BEFORE_UNIT

NUMERIC = "xp-digits"
MISSING = "–"
UNDERSCORE = re.compile(r"(?<=[a-z0-9]_)(?=[a-z0-9])")  # after one, a name in code may break


class Source(NamedTuple):
    """A source that a cell names: address of its entry in the bibliography, and what it is called there."""

    href: str
    name: str


def table(frame: Mapping[str, Any], bibliography: str) -> Markup:
    """A data frame as HTML.

    Parameters
    ----------
    frame : mapping
        As `explorables.explore.frames.payload` gives it.
    bibliography : str
        Address of the page with the bibliography, as seen from the page with the table; empty if there is none.
    """
    rows = [[_cell(text, bibliography) for text in row] for row in frame["rows"]]
    return render("table.html", **{**frame, "rows": rows}, numeric=NUMERIC, breaking=_breaking)


def _cell(text: str | None, bibliography: str) -> str | list[Source]:
    """What a cell says, or the sources that it names."""
    if text is None:
        return MISSING
    keys = [key.strip() for key in text.split(";")]
    if bibliography and current().tables is not None and all(key in current().data.bibliography() for key in keys):
        return [Source(f"{bibliography}#{nodes.make_id(key)}", current().data.label(key)) for key in keys]
    return BEFORE_UNIT.sub("\N{NO-BREAK SPACE}", text)


def _breaking(text: str) -> Markup:
    """A text whose names in code may break after an underscore."""
    return Markup("<wbr>").join(escape(part) for part in UNDERSCORE.split(text))


def node(frame: Mapping[str, Any]) -> nodes.raw:
    """The place of a data frame on its page; `read` fills it."""
    made = nodes.raw("", "", format="html", classes=["output", "text_html"])
    made["xp_table"] = frame
    return made


def read(app: Sphinx, doctree: nodes.document) -> None:
    """Write the tables of a page, which lead to the bibliography from where the page is."""
    page = current().pages.get("bibliography")
    bibliography = app.builder.get_relative_uri(app.env.docname, page) if page else ""
    for place in doctree.findall(nodes.raw):
        if frame := place.attributes.pop("xp_table", None):
            place.children = [nodes.Text(str(table(frame, bibliography)))]
