"""Each notebook as two files that open and run anywhere, one with its results and one without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jupytext
import nbformat
from jupyter_cache import get_cache
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from explorables.explore.explorer import MIME as EXPLORER
from explorables.explore.frames import MIME as TABLE
from explorables.explore.self_check import MIME as SELF_CHECK
from explorables.explore.values import MIME as NUMBERS
from explorables.notebooks import Page, Place, converted
from explorables.site import VEGALITE, single
from explorables.site.i18n import _

TO_RUN = "-to-run.ipynb"  # how the file without results ends


def drawn(output: NotebookNode) -> list[NotebookNode]:
    """An output of the site's build as outputs that every front end shows: tables as HTML and charts as drawings."""
    data = output.get("data", {})
    if VEGALITE in data:
        return [drawing(data[VEGALITE])]
    ours = {EXPLORER, SELF_CHECK, NUMBERS, TABLE} & set(data)
    if not ours:
        return [output]
    # What is drawn on the site's pages only has its text and its HTML beside it.
    shown = nbformat.from_dict({**output, "data": {name: value for name, value in data.items() if name not in ours}})
    return [shown, *(drawing(chart["spec"]) for chart in data.get(EXPLORER, {"charts": []})["charts"])]


def drawing(spec: dict) -> NotebookNode:
    """A Vega-Lite chart as an output with a picture."""
    text = spec.get("description", "Chart")
    return nbformat.v4.new_output("display_data", {**single.picture(spec), "text/plain": text})


def add_downloads(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Write both files of a notebook's page, and add to the page's menus what the theme does not know of them."""
    if "ipynb_source" not in context:
        return
    path = Path(app.env.doc2path(pagename))
    try:
        ran = get_cache(app.env.mystnb_config.execution_cache_path).merge_match_into_notebook(jupytext.read(path))[1]
    except KeyError as error:
        raise ExtensionError(f"{pagename}: the notebook has not run, so there are no results to offer") from error
    page, place = Page.read(path, Path(app.srcdir)), Place(app.config.html_baseurl, Path(app.srcdir))
    target = Path(app.outdir) / "_sources" / pagename
    try:
        nbformat.write(converted(page, place, ran), f"{target}{TO_RUN}")
        notebook = converted(page, place, ran, results=True)
    except ValueError as problem:
        raise ExtensionError(str(problem)) from problem
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [shown for output in cell.outputs for shown in drawn(output)]
    nbformat.write(notebook, f"{target}.ipynb")
    address = f"{context['pathto']('_sources', 1)}/{pagename}{TO_RUN}"
    none: list[dict[str, str]] = []
    downloads, launches = (
        next((menu["buttons"] for menu in context["header_buttons"] if menu.get("label") == label), none)
        for label in ("download-buttons", "launch-buttons")
    )
    downloads.insert(1, {"type": "link", "url": address, "text": _("Notebook without results (.ipynb)")})
    for button in launches:  # the notebooks stand beside the sources that the theme knows
        button["url"] = button["url"].replace(f"{pagename}{path.suffix}", f"{pagename}.ipynb")
