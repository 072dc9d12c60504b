"""One explorer as one file that works from a double click, as a module, or as a fragment: see `Explorer.save`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from explorables.explore import theme
from explorables.explore.live import WIDTH
from explorables.site import charts, compiled, i18n, markup
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
# What anywidget calls a front-end module. The page stands in a frame, so styles and names of the two never meet.
MODULE = """const page = {page};

function render({{ el }}) {{
  const frame = document.createElement('iframe');
  Object.assign(frame, {{ srcdoc: page, title: {title} }});
  frame.style = 'display: block; width: 100%; height: 40rem; border: 0';
  const light = colour => colour.match(/[\\d.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) > 384;
  const follow = () => {{
    const inside = frame.contentDocument?.documentElement;
    if (inside) inside.dataset.theme = light(getComputedStyle(el).color) ? 'dark' : 'light';
  }};
  const height = new ResizeObserver(([{{ target }}]) => {{ frame.style.height = `${{Math.ceil(target.getBoundingClientRect().height)}}px`; }});
  const scheme = new MutationObserver(follow);
  frame.addEventListener('load', () => {{
    follow();
    frame.contentDocument.body.style = 'max-width: none; padding: 0; background: none';
    height.observe(frame.contentDocument.documentElement);
    scheme.observe(document.documentElement, {{ attributes: true }});
    scheme.observe(document.body, {{ attributes: true }});
  }});
  el.append(frame);
  return () => {{
    height.disconnect();
    scheme.disconnect();
    frame.remove();
  }};
}}

export default {{ render }};
"""


def ready() -> bool:
    """Whether the page's scripts are there: a checkout has them once they are bundled."""
    return all((HERE / "static" / name).is_file() for name in SCRIPTS)


def style() -> str:
    """The style sheet of explorers, with the book's colours."""
    return theme.css() + "\n" + (HERE / "explore.css").read_text(encoding="utf-8")


def scripts() -> tuple[str, ...]:
    """The page's scripts in the order in which they must run.

    Raises
    ------
    FileNotFoundError
        If they are not bundled.
    """
    if not ready():
        raise FileNotFoundError(
            f"the page's scripts are missing: install the wheel, or run `npm ci && npm run build` in {HERE / 'js'}"
        )
    return tuple((HERE / "static" / name).read_text(encoding="utf-8") for name in SCRIPTS)


def controls(payload: Mapping[str, Any]) -> str:
    """An explorer whose charts the script draws, for a kernel's widget."""
    return markup.explorer(payload, pictures=False)


def picture(spec: Mapping[str, Any]) -> dict[str, str]:
    """A Vega-Lite chart as pictures that need no script, by type."""
    return charts.picture({"width": WIDTH, **spec, "background": "#ffffff"})


def _bodies() -> list[str]:
    """The scripts as bodies of elements, which no text in them may end, without tabs: Pandoc, and so Quarto, makes spaces of them."""
    return [re.sub(r"</(script)", r"<\\/\1", text.replace("\t", "\\t"), flags=re.IGNORECASE) for text in scripts()]


def words() -> dict[str, Any]:
    """What the scripts need to speak the language of the build, and the book's units."""
    return i18n.table()


def fragment(payload: Mapping[str, Any]) -> str:
    """Style, explorer and scripts, to be put into a page as raw HTML. It asks for nothing outside itself."""
    said = f'<script type="application/json" id="xp-words">{markup.script_json(words())}</script>' if words() else ""
    bodies = "".join(f"<script>{text}</script>" for text in _bodies())
    return f"<style>{style()}</style>{markup.explorer(payload)}{said}{bodies}"


def page(payload: Mapping[str, Any]) -> str:
    """A whole page with one explorer, and a policy that lets it run its own scripts and load nothing."""
    body = fragment(payload)
    title = escape(i18n._(payload["title"]) or payload["id"])
    bodies = [*_bodies(), compiled.of(payload), SCHEME]
    allowed = " ".join(f"'{digest(script.encode())}'" for script in bodies)
    policy = "; ".join(f"{name} {value}" for name, value in {**DIRECTIVES, "script-src": allowed}.items())
    return (
        f'<!DOCTYPE html>\n<html lang="{i18n.locale.tag}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><script>{SCHEME}</script>"
        f"<style>{LAYOUT}</style></head><body><main>{body}</main></body></html>\n"
    )


def module(payload: Mapping[str, Any]) -> str:
    """The page as a module of anywidget, for MyST 2 and whatever else shows such modules without a kernel."""
    return MODULE.format(page=json.dumps(page(payload)), title=json.dumps(i18n._(payload["title"]) or payload["id"]))


WRITERS = {".html": page, ".htm": page, ".mjs": module}


def written(payload: Mapping[str, Any], file: Path) -> str:
    """What goes into a file of this name.

    Raises
    ------
    ValueError
        If the name ends in nothing that can be written.
    """
    if file.suffix.lower() not in WRITERS:
        raise ValueError(f"{file.name}: end the name in .html for a page, or in .mjs for a module that MyST 2 shows")
    return WRITERS[file.suffix.lower()](payload)
