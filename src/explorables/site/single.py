"""One explorer as one file that works from a double click, or as a fragment for any page: see `Explorer.save`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from explorables.explore import theme
from explorables.site import markup
from explorables.site.digests import digest

HERE = Path(__file__).parent
# Nothing is loaded, from nowhere; the scripts in the file are allowed by their hashes.
DIRECTIVES = {
    "default-src": "'none'",
    "style-src": "'unsafe-inline'",
    "img-src": "data:",
    "base-uri": "'none'",
    "form-action": "'none'",
}
SCRIPTS = ("xp-vega.js", "xp-take.js", "xp.js")  # in the order in which they must run
SCHEME = (
    "document.documentElement.dataset.theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';"
)
LAYOUT = (
    "body { max-width: 46rem; margin: 0 auto; padding: 1rem; font-family: system-ui, sans-serif; "
    "background: var(--xp-paper); color: var(--xp-text); }"
)


def _script(name: str) -> str:
    """A script of the site as the body of an element."""
    file = HERE / "static" / name
    if not file.is_file():
        raise FileNotFoundError(
            f"the page script {name} is missing: install the wheel, or run `npm ci && npm run build` in {HERE / 'js'}"
        )
    return re.sub(r"</(script)", r"<\\/\1", file.read_text(encoding="utf-8"), flags=re.IGNORECASE)


def fragment(payload: Mapping[str, Any]) -> str:
    """Style, explorer and scripts, to be put into a page as raw HTML. It asks for nothing outside itself."""
    style = theme.css() + "\n" + (HERE / "explore.css").read_text(encoding="utf-8")
    scripts = "".join(f"<script>{_script(name)}</script>" for name in SCRIPTS)
    return f"<style>{style}</style>{markup.explorer(payload)}{scripts}"


def page(payload: Mapping[str, Any]) -> str:
    """A whole page with one explorer, and a policy that lets it run its own scripts and load nothing."""
    body = fragment(payload)
    allowed = " ".join(f"'{digest(script.encode())}'" for script in [*map(_script, SCRIPTS), SCHEME])
    policy = "; ".join(f"{name} {value}" for name, value in {**DIRECTIVES, "script-src": allowed}.items())
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(payload['title'] or payload['id'])}</title><script>{SCHEME}</script>"
        f"<style>{LAYOUT}</style></head><body><main>{body}</main></body></html>\n"
    )
