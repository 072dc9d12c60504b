"""Where an explorer finds what draws it as HTML: `explorables` says who does, and `explorables.explore` asks here.

So explorers know of no site, and the site, which knows explorers, can lay them out, in a kernel as on its pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol


class Drawing(Protocol):
    """What can draw an explorer from its payload."""

    def ready(self) -> bool:
        """Whether the page's scripts are there."""

    def style(self) -> str:
        """The style sheet of explorers."""

    def scripts(self) -> tuple[str, ...]:
        """The page's scripts in the order in which they must run."""

    def words(self) -> dict[str, Any]:
        """What the scripts need to speak the language of the build, and the book's units."""

    def controls(self, payload: Mapping[str, Any]) -> str:
        """An explorer whose charts the script draws."""

    def picture(self, spec: Mapping[str, Any]) -> dict[str, str]:
        """A Vega-Lite chart as pictures that need no script, by type."""

    def fragment(self, payload: Mapping[str, Any]) -> str:
        """An explorer that needs nothing else, to be put into a page."""

    def written(self, payload: Mapping[str, Any], file: Path) -> str:
        """An explorer as the file of its own that a name asks for."""


by: Callable[[], Drawing]  # imports what draws when it is asked for
