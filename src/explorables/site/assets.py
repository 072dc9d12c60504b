"""Style sheets and scripts that a part of the site brings along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx


def bring(app: Sphinx, *files: Path) -> None:
    """Put files among the static ones of the site. Style sheets are on every page; scripts where a part adds them."""

    def use(app: Sphinx, config: Any) -> None:
        config.html_static_path = [*config.html_static_path, *map(str, files)]

    app.connect("config-inited", use)
    for file in files:
        if file.suffix == ".css":
            app.add_css_file(file.name)
