"""Books whose readers can move the numbers: NumPy functions with sliders that work on a static page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorables import drawing

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def _by_the_site() -> drawing.Drawing:
    from explorables.site import single

    return single


drawing.by = _by_the_site


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the Sphinx extension, by the name under which a book's configuration lists it."""
    from explorables import site

    return site.setup(app)
