"""A page of the book as a notebook that any front end shows, and back again.

A page's source is MyST Markdown, whose roles and directives only the site's build knows. Its notebook says the same in
Markdown alone (`convert`), so one file serves Binder, JupyterLab, JupyterLite, Colab, VS Code and the download. What is
changed in such a notebook goes back to the page's source, and what is not changed stays there to the letter (`back`).

Nothing here needs Sphinx: notebooks are made where the book runs, which is not always where its site is built.
"""

from explorables.notebooks.back import taken_back
from explorables.notebooks.convert import Place, converted, source_hash
from explorables.notebooks.pages import Page

__all__ = ["Page", "Place", "converted", "source_hash", "taken_back"]
