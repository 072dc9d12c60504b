"""Sphinx extension: numbers and links in the text that are bound to an explorer of the page, or to its code.

``{now}`match.power_ratio` `` shows a readout or a setting as the explorer writes it: as it opens when the book is built,
and as it stands once the page is live. ``{set}`a copy of a large site <match?machines=4e5>` `` is a link that sets
sliders, and ``{set}`... <match?A copy of a large site>` `` one that chooses a preset; all that it does not name goes
back to how the page opens. ``{value}`share` `` is a number that the notebook computed (`explorables.explore.values`) and
that stays. Without a script it opens the same page with these settings. What does not exist is a
warning with file and line, at which a build of the book stops.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.parsers.rst.states import Inliner
from sphinx.application import Sphinx
from sphinx.util import logging

from explorables.explore import bound
from explorables.site.i18n import human

logger = logging.getLogger(__name__)


class Bound(nodes.inline):
    """A place in the text that an explorer fills: ``now``, ``set`` or ``value``, with what the author wrote, and then its HTML."""


def role(kind: str) -> Any:
    """The role that leaves a place for `resolve`, when all explorers of the page are known."""

    def place(name: str, raw: str, text: str, line: int, inliner: Inliner, *_: Any) -> tuple[list[nodes.Node], list]:
        node = Bound(raw, "", kind=kind, written=text.replace("\x00", ""))
        node.source, node.line = inliner.document.get("source", ""), line
        return [node], []

    return place


def resolve(app: Sphinx, doctree: nodes.document) -> None:
    """Fill the places of a page from its explorers and its computed numbers."""
    explorers, numbers = doctree.attributes.pop("xp_payloads", {}), doctree.attributes.pop("xp_values", {})

    def fill(kind: str, written: str) -> tuple[str, dict[str, str]]:
        match kind:
            case "now":
                said = bound.now(written, explorers, human)
                return said, {"class": "xp-value", "data-now": written.strip()}
            case "value":
                return bound.value(written, numbers, human), {}
        said, address, name = bound.link(written, explorers)
        return said, {"class": "xp-set", "href": address, "data-set": name}

    for node in doctree.findall(Bound):
        try:
            text, attributes = fill(node["kind"], node["written"])
        except ValueError as problem:
            logger.warning("{%s}`%s`: %s", node["kind"], node["written"], problem, location=node)
            text, attributes = node["written"], {}
        node["html"] = attributes
        node += nodes.Text(text)


def visit(self: Any, node: Bound) -> None:
    """Open the element of a bound place."""
    attributes = {"CLASS" if name == "class" else name: value for name, value in node["html"].items()}
    self.body.append(self.starttag(node, _element(node), "", **attributes))


def depart(self: Any, node: Bound) -> None:
    """Close it."""
    self.body.append(f"</{_element(node)}>")


def _element(node: Bound) -> str:
    return "a" if "href" in node["html"] else "b" if node["html"] else "span"


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.add_node(Bound, html=(visit, depart))
    app.add_role("now", role("now"))
    app.add_role("set", role("set"))
    app.add_role("value", role("value"))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
