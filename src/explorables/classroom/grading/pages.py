"""The pages that the grader writes: each is one file, with its style, and neither runs nor fetches anything."""

from __future__ import annotations

import html
import re
from importlib.resources import files

import nh3
from pygments.formatters import HtmlFormatter

from explorables.classroom.grading import sanitize

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
CLASSES = {
    tag: {"class"} for tag in ["div", "span", "pre", "code", "table", "p", "section"]
}  # of nbconvert's own, for the style
TAGS = sanitize.TAGS | {"details", "summary"}


def clean(text: object) -> str:
    """HTML of a notebook without what runs, fetches or styles. nbconvert's own leaves of a data frame only its cells."""
    found = nh3.clean(
        str(text),
        tags=TAGS,
        attributes={**sanitize.ATTRIBUTES, **CLASSES, "*": {"id"}},
        clean_content_tags={"script", "style"},  # whose text nobody should read
        url_schemes={"data", "http", "https", "mailto"},
        link_rel="noopener noreferrer",
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
