"""The pages that the grader writes: each is one file, with its style, and neither runs nor fetches anything."""

from __future__ import annotations

import html
import re
from importlib.resources import files

import bleach
from pygments.formatters import HtmlFormatter

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
TAGS = frozenset(
    {
        *bleach.ALLOWED_TAGS,
        "br",
        "caption",
        "dd",
        "del",
        "details",
        "div",
        "dl",
        "dt",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "img",
        "ins",
        "p",
        "pre",
        "s",
        "span",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
    }
)
ATTRIBUTES = {
    **bleach.ALLOWED_ATTRIBUTES,
    "*": ["class", "id"],
    "img": ["src", "alt", "width", "height"],
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan", "scope"],
}
SILENT = re.compile(r"<(style|script)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)  # whose text nobody should read


def clean(text: object) -> str:
    """HTML of a notebook without what runs, fetches or styles. nbconvert's own leaves of a data frame only its cells."""
    found = bleach.clean(
        SILENT.sub("", str(text)),
        tags=TAGS,
        attributes=ATTRIBUTES,
        protocols=["data", "http", "https", "mailto"],
        strip=True,
    )
    return found.replace("<th></th>", "<td></td>")  # the corner of a data frame heads nothing


def page(title: str, body: str) -> str:
    """A whole page.

    Parameters
    ----------
    title : str
    body : str
        HTML.
    """
    dark = HtmlFormatter(style="github-dark").get_style_defs(".highlight")
    code = (
        f"{HtmlFormatter().get_style_defs('.highlight')}\n@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}"
    )
    # What is wider than the page scrolls, also by keyboard.
    body = re.sub(r'<(pre|div(?= class="(?:output_html|scroll)))\b', r'<\1 tabindex="0"', body)
    style = (files(__package__) / "page.css").read_text(encoding="utf-8")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n<title>{html.escape(title)}</title>\n'
        f"<style>\n{code}\n.highlight {{ background: none }}\n{style}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def note(lines: list[str]) -> str:
    """A box that says what to know first; nothing for no lines."""
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    return f'<section class="note" aria-label="About the grading"><ul>{items}</ul></section>' if lines else ""
