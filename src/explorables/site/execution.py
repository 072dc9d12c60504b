"""Sphinx extension: notebooks that have no results yet run side by side before the pages are read.

MyST-NB would run them one after the other, each when its page is read. It finds their results in the cache instead.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
from myst_nb.core.read import create_nb_reader
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.display import status_iterator

from explorables import replies
from explorables.site import WIDGET

ADDRESS = re.compile(r" at 0x[0-9a-f]+>")  # of an object that has no better text


def waiting(env: BuildEnvironment, pages: list[str], cache: JupyterCacheAbstract) -> Iterator[tuple[str, NotebookNode]]:
    """Pages whose notebooks have no results in the cache, each with its notebook."""
    for page in pages:
        path = Path(env.doc2path(page))
        text = path.read_text(encoding="utf-8")
        reader = create_nb_reader(str(path), env.myst_config, env.mystnb_config, text)
        if reader is None:
            continue  # a page without code
        notebook = reader.read(text)
        try:
            cache.match_cache_notebook(notebook)
        except KeyError:
            yield page, notebook


def lasting(notebook: NotebookNode) -> NotebookNode:
    """A notebook with what is the same each time it runs: no addresses, and no widgets, which without a kernel show nothing."""
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if WIDGET not in output.get("data", {})]
            for output in cell.outputs:
                if text := output.get("data", {}).get("text/plain"):
                    output.data["text/plain"] = ADDRESS.sub(">", text)
    return notebook


def executed(notebook: NotebookNode, folder: Path, **options: Any) -> ExecutionResult:
    """Run a notebook in a folder and keep what lasts.

    Parameters
    ----------
    notebook : NotebookNode
        Changed in place.
    folder : pathlib.Path
        Where its kernel runs.
    **options
        Of :func:`jupyter_cache.executors.utils.single_nb_execution`: ``timeout`` in seconds and ``allow_errors``.
    """
    replies.heed()
    # What a cell prints comes in as many pieces as chance will have it. A kernel's own warnings are not the notebook's.
    result = single_nb_execution(
        notebook, cwd=str(folder), coalesce_streams=True, extra_arguments=["--log-level=ERROR"], **options
    )
    lasting(result.nb)
    return result


def run(app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
    """Run the notebooks of the pages that are about to be read, as many at a time as there are cores."""
    config = env.mystnb_config
    if config.execution_mode != "cache":
        return
    cache = get_cache(config.execution_cache_path)
    with ThreadPoolExecutor(os.cpu_count()) as pool:

        def start(page: str, notebook: NotebookNode) -> Future[ExecutionResult]:
            options = {"timeout": config.execution_timeout, "allow_errors": config.execution_allow_errors}
            return pool.submit(executed, notebook, Path(env.doc2path(page)).parent, **options)

        runs = {start(page, notebook): page for page, notebook in waiting(env, pages, cache)}
        done = runs and status_iterator(
            as_completed(runs), "running notebooks... ", "purple", len(runs), app.verbosity, runs.__getitem__
        )
        for finished in done:
            result = finished.result()
            # One that failed has no results: MyST-NB runs it again, and says what went wrong and where.
            if result.err is None:
                cache.cache_notebook_bundle(
                    CacheBundleIn(result.nb, env.doc2path(runs[finished]), data={"execution_seconds": result.time}),
                    check_validity=False,
                    overwrite=True,
                )


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.connect("env-before-read-docs", run)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
