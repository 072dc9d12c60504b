"""Writes the lecture's notebook, with results as a kernel stores them: `nbclient` runs it where there is no site."""

import sys

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

CELLS = [
    new_markdown_cell("# Logistic growth\n\nBacteria in a flask run out of food."),
    new_code_cell("import numpy as np\n\nfrom explorables.explore import explore, trajectory"),
    new_code_cell(
        "def population(r, K, N0=10):\n"
        "    N = [N0]\n"
        "    for hour in range(48):\n"
        "        N.append(N[-1] + r * N[-1] * (1 - N[-1] / K))\n"
        "    return {'N': np.array(N), 'doubling': np.log(2) / np.log(1 + r)}\n"
        "\n"
        "explore(population, r=(0.05, 1.0), K=(100, 1000, 100))"
    ),
]
notebook = new_notebook(cells=CELLS)
notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
NotebookClient(notebook, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[1])
