"""Each notebook as two files that open and run anywhere, one with its results and one without."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from jupyter_cache import get_cache
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from explorables.explore.explorer import MIME as EXPLORER
from explorables.explore.live import WIDTH
from explorables.explore.self_check import MIME as SELF_CHECK
from explorables.site import VEGALITE, charts
from explorables.site.i18n import _
from explorables.wheels import install_cell

TO_RUN = "-to-run.ipynb"  # how the file without results ends


def standalone(notebook: NotebookNode, site: str) -> NotebookNode:
    """A copy of a notebook that runs away from the book's checkout.

    Parameters
    ----------
    notebook : NotebookNode
        As jupytext reads it.
    site : str
        Where the book is published, from where pip installs its package where that is missing.

    Returns
    -------
    NotebookNode
        With a first cell that sees to the package, and with the same cell ids each time.
    """
    alone = copy.deepcopy(notebook)
    alone.metadata.pop("jupytext", None)  # it would pair the file with a Markdown one
    alone.cells.insert(0, nbformat.v4.new_code_cell(install_cell(site)))
    for number, cell in enumerate(alone.cells):
        cell.id = f"cell-{number}"
    nbformat.validate(alone)
    return alone


def drawn(output: NotebookNode) -> list[NotebookNode]:
    """An output of the site's build as outputs that every front end shows: tables as HTML and charts as drawings."""
    data = output.get("data", {})
    if VEGALITE in data:
        return [drawing(data[VEGALITE])]
    ours = {EXPLORER, SELF_CHECK} & set(data)
    if not ours:
        return [output]
    # What is drawn on the site's pages only has its text and its HTML beside it.
    shown = nbformat.from_dict({**output, "data": {name: value for name, value in data.items() if name not in ours}})
    return [shown, *(drawing(chart["spec"]) for chart in data.get(EXPLORER, {"charts": []})["charts"])]


def drawing(spec: dict) -> NotebookNode:
    """A Vega-Lite chart as an output with a picture."""
    svg = charts.to_svg({"width": WIDTH, **spec, "background": "#ffffff"})
    return nbformat.v4.new_output(
        "display_data", {"image/svg+xml": svg, "text/plain": spec.get("description", "Chart")}
    )


def add_downloads(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Write both files of a notebook's page, and add to the page's menu the one that the theme does not know."""
    if "ipynb_source" not in context:
        return
    notebook = jupytext.read(app.env.doc2path(pagename))
    try:
        run = get_cache(app.env.mystnb_config.execution_cache_path).merge_match_into_notebook(notebook)[1]
    except KeyError as error:
        raise ExtensionError(f"{pagename}: the notebook has not run, so there are no results to offer") from error
    for cell in run.cells:
        if cell.cell_type == "code":
            cell.outputs = [shown for output in cell.outputs for shown in drawn(output)]
    target = Path(app.outdir) / "_sources" / pagename
    for name, one in ((f"{target}.ipynb", run), (f"{target}{TO_RUN}", notebook)):
        nbformat.write(standalone(one, app.config.html_baseurl), name)
    menu = next(buttons for buttons in context["header_buttons"] if buttons.get("label") == "download-buttons")
    address = f"{context['pathto']('_sources', 1)}/{pagename}{TO_RUN}"
    menu["buttons"].insert(1, {"type": "link", "url": address, "text": _("Notebook without results (.ipynb)")})
