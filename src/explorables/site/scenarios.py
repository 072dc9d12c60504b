"""Sphinx extension: ``{scenarios} first second`` compares what a reader sets in two explorers of the page.

The explorers are drawn and work without it. Its script gives them names, puts both into one table and into one address.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from explorables.site.assets import bring
from explorables.site.render import render

SCRIPT = "xp-scenarios.js"  # bundled beside the explorers' script
STYLE = Path(__file__).parent / "scenarios.css"


class Scenarios(SphinxDirective):
    """The place of the comparison; its arguments are the ids of two explorers on the page."""

    required_arguments = 2

    def run(self) -> list[nodes.Node]:
        """Put the place where the page's script compares."""
        place = nodes.raw("", render("scenarios.html", ids=self.arguments), format="html")
        place["xp_scenarios"] = True
        return [place]


def add_script(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Load the script where two scenarios are compared and nowhere else."""
    if doctree is not None and any(node.get("xp_scenarios") for node in doctree.findall(nodes.raw)):
        app.add_js_file(SCRIPT, loading_method="defer", priority=600)  # after the explorers' script


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.add_directive("scenarios", Scenarios)
    bring(app, STYLE)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
