"""Sphinx extension: a search that knows a title from a table.

The site ships its prose, block by block with its weight, as one script that the search page alone loads; ``js/search.js`` ranks.
Of the 80 queries in ``tests/searches.toml`` it has 76 pages among the first three, Sphinx's search 36 and Pagefind 47, and "power"
fetches 199 kB, compressed, where Sphinx's fetches 1,271 with the pages for its excerpts and Pagefind 375. Pagefind besides wants
WebAssembly and ``fetch``: it opens from no disk, and not under the site's policy.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode
from sphinx.application import Sphinx

from explorables.book import current
from explorables.site.assets import bring
from explorables.site.html_pages import Page, Site
from explorables.site.i18n import _
from explorables.site.markup import script_json
from explorables.site.render import render

NAME = "search"
SCRIPT = "xp-search.js"
INDEX = "xp-search-index.js"
STYLE = Path(__file__).with_name("search.css")
CONTENT = "article, [role=main], main"  # in this order: what of a page its reader reads
# What no reader searches for: code, drawings, numbers, controls, addresses, and what leads elsewhere.
LEFT_OUT = (
    "script, style, svg, math, pre, nav, select, button, input, output, noscript, .cell_input, .highlight, .headerlink, "
    ".admonition-title, .bibtex-citation, .citation .label, .citation a.external, .toctree-wrapper, .xp-buttons, .xp-case, "
    ".xp-code, .xp-data, .xp-data-download, .xp-data-more, .xp-data-table, .xp-ends, .xp-help, .xp-next, .xp-number, .xp-place, "
    ".xp-reading, .xp-aside, .xp-releases, .xp-term-uses, .xp-unready, .xp-wait, .xp-ways-row, .xp-exercise, "
    ".xp-exercise-about"
)
BLOCKS = frozenset(
    [
        "p",
        "li",
        "dt",
        "dd",
        "caption",
        "figcaption",
        "summary",
        "label",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "table",
    ]
)
HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6", "dt"])
TITLES = {"xp-title", "xp-chart-title"}
NO_PLACES = {"cell", "exercise-content", "solution-content", "xp-title"}  # have an id, and nobody would link to them
# How much a word weighs by where it stands; the book adds places of its own before these, and the first that holds counts.
WEIGHTS = {
    "h1": 8.0,
    "h2, h3, h4": 2.5,
    ".glossary dt": 5.0,
    ".xp-opening": 4.0,
    ".xp-closing": 1.5,
    "table": 0.2,
    ".admonition, .xp-check": 0.5,
    ".xp-title, .xp-chart-title, figcaption": 1.5,
    ".xp-explorer label, .xp-explorer dt, .xp-explorer dd, caption": 0.5,
    ".fold": 0.7,
}
KEYWORDS = 5.0
LISTS = 0.35  # of pages that lead to others or say what others have: bibliography, changes, catalogue, chapters


@dataclass
class Section:
    """A part of a page that has an address.

    Attributes
    ----------
    anchor, heading : str
    blocks : list of tuple
        Weight and text of each.
    """

    anchor: str
    heading: str = ""
    blocks: list[tuple[float, str]] = field(default_factory=list)


def sections(page: Page) -> list[Section]:
    """What a page says, by section, definition or other part that has an id."""
    content = next(filter(None, (page.tree.css_first(one) for one in CONTENT.split(", "))), None)
    body = LexborHTMLParser(f"<body>{content.html}").body if content is not None else None  # a copy, to cut
    if body is None:
        return []
    for node in body.css(LEFT_OUT):
        node.decompose()
    weights = {**current().weights, **WEIGHTS}
    ranks: dict[int, int] = {}
    for rank, where in enumerate(weights):
        for node in body.css(where):
            ranks.setdefault(node.mem_id, rank)
    values = [*weights.values(), 1.0]
    found: dict[str, Section] = {"": Section("")}

    def walk(node: LexborNode, rank: int, place: Section) -> None:
        for child in node.iter():
            inner = place
            kinds = set((child.attributes.get("class") or "").split())
            anchor = child.attributes.get("id") or ""
            if anchor and (child.tag in ("section", "dt") or child.tag == "div" and not {*kinds, anchor} & NO_PLACES):
                inner = found.setdefault(anchor, Section(anchor, place.heading))
            here = min(rank, ranks.get(child.mem_id, len(weights)))
            block = child.tag in BLOCKS or kinds & TITLES
            if block and (text := cells(child) if child.tag == "table" else said(child)):
                inner.blocks.append((values[here], text))
                if child.tag in HEADINGS and (anchor or child.tag != "dt") or kinds & TITLES:
                    inner.heading = text
            if child.tag == "dt":
                place = inner  # also of what follows, which explains it
            if child.tag != "table":
                walk(child, here, inner)

    walk(body, len(weights), found[""])
    return [one for one in found.values() if one.blocks]


def said(node: LexborNode) -> str:
    """The text of a block without that of blocks within it."""
    parts: list[str] = []

    def collect(inside: LexborNode) -> None:
        for child in inside.iter(include_text=True):
            if child.is_text_node:
                parts.append(child.text_content or "")
            elif child.tag not in BLOCKS:
                collect(child)

    collect(node)
    return tidy("".join(parts))


def cells(table: LexborNode) -> str:
    """The words of a table, each cell once; numbers are left to the page."""
    texts = (tidy(cell.text()) for cell in table.css("caption, td, th"))
    return " · ".join(dict.fromkeys(text for text in texts if re.search(r"[^\W\d_]{2}", text)))


def tidy(text: str) -> str:
    """A text on one line, without the gaps that parts left out leave."""
    return re.sub(r"\s+([.,;:?!)])", r"\1", " ".join(text.split())).strip()


def factor(app: Sphinx, name: str) -> float:
    """How much a page weighs."""
    book = current()
    lists = {book.pages.get("bibliography"), book.pages.get("changes"), *getattr(app.env, "xp_catalogues", ())}
    return LISTS if name in lists or app.env.toctree_includes.get(name) and name != app.config.root_doc else 1.0


def index(app: Sphinx, site: Site) -> None:
    """Write what all pages say to a script."""
    found: list[dict[str, Any]] = []
    translated: dict[str, str] = {}  # a page's own text may be in English still
    pages = {page.file.relative_to(site.folder).with_suffix("").as_posix(): page for page in site.pages}
    for name in sorted(app.env.found_docs & pages.keys()):
        page = pages[name]
        meta = page.tree.css_first("meta[name=keywords]")
        keywords = [
            one.strip() for one in ((meta.attributes.get("content") or "") if meta is not None else "").split(",")
        ]
        translated |= {one: _(one) for one in keywords if one and _(one) != one}
        parts = sections(page)
        found.append(
            {
                "url": app.builder.get_target_uri(name),
                "title": app.env.titles[name].astext(),
                "weight": factor(app, name),
                "keywords": ", ".join(chain.from_iterable(sorted({one, _(one)}) for one in keywords)),
                "sections": [[one.anchor, one.heading, *chain.from_iterable(one.blocks)] for one in parts],
            }
        )
    same = [*map(list, current().synonyms), *map(list, sorted(translated.items()))]
    text = f"window.xpSearchIndex={script_json({'keywords': KEYWORDS, 'same': same, 'pages': found})};\n"
    target = site.folder / "_static" / INDEX
    if not target.is_file() or target.read_text(encoding="utf-8") != text:
        target.write_text(text, encoding="utf-8")
    version = hashlib.sha256(text.encode()).hexdigest()[:8]
    for script in pages[NAME].elements(f"script[src*='{INDEX}']"):  # Sphinx knows the file of the last build alone
        script.attrs["src"] = f"_static/{INDEX}?v={version}"


def page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The page that shows what was found."""
    yield NAME, {"title": _("Search"), "body": render("search.html")}, "page.html"


def add_script(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Load the search and its index on their page alone."""
    if pagename == NAME:
        app.add_js_file(INDEX, loading_method="defer", priority=600, **{"data-apart": ""})
        app.add_js_file(SCRIPT, loading_method="defer", priority=601)


def replace(app: Sphinx) -> None:
    """Have Sphinx write no index and no search page of its own."""
    app.builder.search = False


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    bring(app, STYLE)
    app.connect("builder-inited", replace)
    app.connect("html-collect-pages", page)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
