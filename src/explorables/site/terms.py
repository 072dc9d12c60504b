"""Sphinx extension: the words of the glossary are explained where they stand.

When all pages are written, the first use of each term in each section, in text, tables and the labels of explorers, becomes a
link to the glossary. ``js/terms.js`` shows the explanation beside it; what it shows stands in the page, so it needs no network.
The glossary says which pages use each term.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from selectolax.lexbor import LexborNode
from sphinx.application import Sphinx

from explorables.book import current
from explorables.site.assets import bring
from explorables.site.html_pages import Page, Site, fragment
from explorables.site.i18n import _
from explorables.site.markup import script_json

SCRIPT = Path(__file__).parent / "js" / "terms.js"
STYLE = Path(__file__).with_name("terms.css")
ARTICLES = ("article.bd-article", "[role=main]")  # in this order: what of a page its reader reads
# Where no link may stand, where a script writes, and what is no text.
SKIPPED_TAGS = frozenset(
    ["a", "button", "summary", "h1", "h2", "h3", "h4", "h5", "h6", "code", "pre", "script", "style", "svg", "math"]
    + ["select", "output", "textarea", "nav", "noscript"]
)
SKIPPED = frozenset(
    [
        "bibtex-citation",
        "xp-says",
        "xp-value",
        "xp-figure",
        "xp-ends",
        "xp-title",
        "xp-source",
        "xp-data-table",
        "xp-note",
    ]
    + ["xp-data-more", "xp-releases", "xp-place", "xp-next", "xp-unready", "xp-wait", "xp-announce", "xp-term-uses"]
    + ["xp-check-count", "xp-verdict", "citation", "xp-foot", "xp-exercise-about"]
)


@dataclass(frozen=True)
class Term:
    """An entry of the glossary.

    Attributes
    ----------
    anchor, name, meaning : str
        The id of the entry, what it explains, and the explanation as plain text.
    """

    anchor: str
    name: str
    meaning: str

    @property
    def forms(self) -> list[str]:
        """How the text has it: ``FP8, BF16`` are two forms of one term, ``Concentration (HHI)`` too."""
        return [form for form in re.split(r", | \(|\)", self.name) if form]


def entries(glossary: Page) -> list[Term]:
    """The terms of a glossary page."""
    found = []
    for name in glossary.elements("dl.glossary > dt"):
        meaning = name.next
        while meaning is not None and meaning.tag not in ("dd", "dt"):
            meaning = meaning.next
        anchor = name.attributes.get("id") or ""
        if anchor and meaning is not None and meaning.tag == "dd":
            said = " ".join(part.text() for part in meaning.css("p:not(.xp-term-uses)"))
            found.append(Term(anchor, name.text().rstrip("#¶").strip(), " ".join(said.split())))
    return found


def pattern(form: str) -> str:
    """A regular expression for a form: words in either case of their first letter, abbreviations and names as they are."""
    first, rest = form[0], re.sub(r"['’]", "['’]", re.escape(form[1:])).replace(r"\ ", r"(?:['’]s)?[\s-]")
    either = first.isupper() and form[1:] == form[1:].lower() and form[1:].isascii() and not re.search(r"\d", form)
    return (f"[{first}{first.lower()}]" if either else re.escape(first)) + rest


def finder(terms: list[Term]) -> tuple[re.Pattern[str], dict[str, Term]]:
    """What finds any term, the longest first, and the term that each of its groups stands for."""
    forms = sorted(((form, term) for term in terms for form in term.forms), key=lambda one: -len(one[0]))
    groups = {f"t{number}": term for number, (_form, term) in enumerate(forms)}
    either = "|".join(f"(?P<t{number}>{pattern(form)})" for number, (form, _term) in enumerate(forms))
    return re.compile(rf"(?<![\w/-])(?:{either})(?:e?s)?(?![\w/-])"), groups


def texts(node: LexborNode, section: str = "") -> Iterator[tuple[str, LexborNode]]:
    """Each text and each link to the glossary that may explain a term, with the section in which it stands."""
    for child in list(node.iter(include_text=True)):
        if any(side is not None and side.tag == "wbr" for side in (child.prev, child.next)):
            continue  # a piece of a name in code
        if child.is_text_node or child.tag == "a" and "#term-" in (child.attributes.get("href") or ""):
            yield section, child
        elif (
            child.tag not in SKIPPED_TAGS
            and "data-readout" not in child.attributes
            and not SKIPPED & set((child.attributes.get("class") or "").split())
        ):
            inner = str(child.mem_id) if child.tag == "section" else section
            yield from texts(child, inner)


def clear(page: Page) -> None:
    """Take away what an earlier build made, since the glossary may be another one."""
    for link in page.elements("a.xp-term[data-made]"):
        parent = link.parent
        link.unwrap()
        if parent is not None:
            parent.merge_text_nodes()
    for node in [*page.elements("script#xp-terms"), *page.elements(".xp-term-uses")]:
        node.decompose()


def mark(page: Page, terms: list[Term], glossary: str) -> set[Term]:
    """Link the first use of each term in each section of a page; the terms that it uses.

    Parameters
    ----------
    page : Page
    terms : list of Term
    glossary : str
        The glossary's address as seen from the page.
    """
    article = next(filter(None, map(page.tree.css_first, ARTICLES)), None)
    if article is None:
        return set()
    find, groups = finder(terms)
    by_anchor = {term.anchor: term for term in terms}
    seen: set[tuple[str, str]] = set()
    used: set[Term] = set()
    for section, node in list(texts(article)):
        if not node.is_text_node:
            term = by_anchor.get((node.attributes.get("href") or "").rpartition("#")[2])
            if term is not None:
                used.add(term)
                seen.add((section, term.anchor))
                node.attrs["class"] = " ".join(
                    dict.fromkeys([*(node.attributes.get("class") or "").split(), "xp-term"])
                )
            continue
        text, done = node.text_content or "", 0
        parts: list[LexborNode | str] = []
        for use in find.finditer(text):
            term = groups[use.lastgroup or ""]
            used.add(term)
            if (section, term.anchor) in seen:
                continue
            seen.add((section, term.anchor))
            link = page.tree.create_node("a")
            alone = node.parent is not None and node.parent.text().strip() == use[0]
            link.attrs["class"], link.attrs["data-made"] = "xp-term xp-alone" if alone else "xp-term", ""
            link.attrs["href"] = f"{glossary}#{term.anchor}"
            link.insert_child(use[0])
            parts += [text[done : use.start()], link]
            done = use.end()
        if parts:
            for part in [*parts, text[done:]]:
                if part != "":
                    node.insert_before(part)
            node.decompose()
    return used


def explain(app: Sphinx, site: Site) -> None:
    """Link the terms on every page, put what they mean into it, and tell the glossary who uses them."""
    name = current().pages.get("glossary")
    pages = {page.file.relative_to(site.folder).with_suffix("").as_posix(): page for page in site.pages}
    if name not in app.env.found_docs or name not in pages:
        return
    clear(pages[name])
    terms = entries(pages[name])
    uses: dict[str, list[str]] = {term.anchor: [] for term in terms}
    for other in sorted(app.env.found_docs & pages.keys() - {name}, key=order(app)):
        page = pages[other]
        clear(page)
        used = mark(page, terms, app.builder.get_relative_uri(other, name))
        for term in used:
            uses[term.anchor].append(other)
        if used and page.tree.body is not None:
            said = {term.anchor: [term.name, term.meaning] for term in sorted(used, key=lambda term: term.anchor)}
            for node in fragment(f'<script type="application/json" id="xp-terms">{script_json(said)}</script>'):
                page.tree.body.insert_child(node)
    for entry in pages[name].elements("dl.glossary > dt"):
        if users := uses.get(entry.attributes.get("id") or ""):
            links = _(", ").join(
                f'<a href="{escape(app.builder.get_relative_uri(name, one))}">{escape(app.env.titles[one].astext())}</a>'
                for one in users
            )
            meaning = entry.next
            while meaning is not None and meaning.tag != "dd":
                meaning = meaning.next
            for node in fragment(f'<p class="xp-term-uses">{escape(_("Used in:"))} {links}</p>'):
                if meaning is not None:
                    meaning.insert_child(node)


def order(app: Sphinx) -> Any:
    """The order of pages in the book, as a key to sort by."""
    contents: list[str] = []

    def collect(page: str) -> None:
        contents.append(page)
        for child in app.env.toctree_includes.get(page, []):
            collect(child)

    collect(app.config.root_doc)
    places = {page: place for place, page in enumerate(contents)}
    return lambda page: (places.get(page, len(places)), page)


def add_script(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Load the script on the book's pages."""
    if doctree is not None and current().pages.get("glossary") in app.env.found_docs:
        app.add_js_file(SCRIPT.name, loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    bring(app, SCRIPT, STYLE)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
