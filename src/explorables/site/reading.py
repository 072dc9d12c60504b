"""Sphinx extension: a page shows results; one switch, remembered for the whole book, shows the code that made them.

Every code cell is folded, so that readers without a script can open it. With scripts the folded cells are out of the way
until the switch is on, or until a link leads to one (``#code-3``). A page that is about code says so in its front matter:
``code: shown``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from explorables.site.assets import bring
from explorables.site.i18n import _

SCRIPT = Path(__file__).parent / "js" / "reading.js"
STYLE = Path(__file__).parent / "reading.css"


def fold(app: Sphinx, doctree: nodes.document) -> None:
    """Fold the code of a page, number its cells, and put the switch under its title."""
    if app.env.metadata[app.env.docname].get("code") == "shown":
        return
    cells = [node for node in doctree.findall(nodes.container) if node.get("nb_element") == "cell_code"]
    for number, cell in enumerate(cells, 1):
        cell["ids"].append(f"code-{number}")
        if not cell.get("hide_mode"):
            config = app.config
            cell["hide_mode"] = "input"
            cell["prompt_show"], cell["prompt_hide"] = config.nb_code_prompt_show, config.nb_code_prompt_hide
    title = next(iter(doctree.findall(nodes.title)), None)
    shown = any(part.get("nb_element") == "cell_code_source" for cell in cells for part in cell.children)
    if not shown or title is None:
        return
    button = f'<button type="button" class="xp-code-switch" aria-pressed="false">{_("Show the code")}</button>'
    switch = nodes.raw("", f'<p class="xp-reading pst-js-only">{button}</p>', format="html")
    switch["xp_reading"] = True
    title.parent.insert(title.parent.index(title) + 1, switch)


def add_script(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Load the script where there is code to show."""
    if doctree is not None and any(node.get("xp_reading") for node in doctree.findall(nodes.raw)):
        app.add_js_file(SCRIPT.name, loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    bring(app, SCRIPT, STYLE)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
