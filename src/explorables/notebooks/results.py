"""What a page's notebook computes that its text says: readouts of explorers, and numbers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from explorables.explore.explorer import MIME as EXPLORER
from explorables.explore.explorer import STATIC
from explorables.explore.values import MIME as NUMBERS

PATIENCE = 300  # s, for one cell


class Results:
    """Results of a page's code, which are asked for when the text first says one.

    Parameters
    ----------
    compute : callable
        Gives the notebook with its outputs.
    said : mapping
        What roles and directives said when the notebook was made: then nothing is computed.

    Attributes
    ----------
    said : dict
        Source of a role or directive to what it says.
    """

    def __init__(self, compute: Callable[[], NotebookNode], said: Mapping[str, str] | None = None):
        self._compute, self.said = compute, dict(said or {})
        self._found: tuple[dict[str, Any], dict[str, Any]] | None = None

    def remembered(self, source: str, say: Callable[[], str]) -> str:
        """What a role or directive says, the first time and from then on."""
        if source not in self.said:
            self.said[source] = say()
        return self.said[source]

    @property
    def explorers(self) -> Mapping[str, Mapping[str, Any]]:
        """Payload of each explorer, by its name."""
        return self._outputs()[0]

    @property
    def numbers(self) -> Mapping[str, tuple[Any, str, str]]:
        """Each number with its unit and format, by its name."""
        return self._outputs()[1]

    def _outputs(self) -> tuple[dict[str, Any], dict[str, Any]]:
        if self._found is None:
            self._found = shown(self._compute())
        return self._found


def shown(notebook: NotebookNode) -> tuple[dict[str, Any], dict[str, Any]]:
    """Explorers and numbers in the outputs of a notebook."""
    explorers: dict[str, Any] = {}
    numbers: dict[str, Any] = {}
    for data in bundles(notebook.cells):
        if EXPLORER in data:
            explorers[data[EXPLORER]["id"]] = data[EXPLORER]
        numbers |= data.get(NUMBERS, {})
    return explorers, numbers


def bundles(cells: Iterable[NotebookNode]) -> list[Mapping[str, Any]]:
    """What the outputs of cells hold, by type."""
    outputs = (output for cell in cells if cell.cell_type == "code" for output in cell.outputs)
    return [output["data"] for output in outputs if "data" in output]


def run(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Run a notebook in a folder as the build of a site does.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails.
    """
    from nbclient import NotebookClient

    options: dict[str, Any] = {
        "timeout": PATIENCE,
        "kernel_name": "python3",
        "resources": {"metadata": {"path": str(folder)}},
    }
    return NotebookClient(notebook, **options).execute(env=os.environ | {STATIC: "1"})
