"""What screen readers stumble over in the pages of the theme and of others' extensions, mended."""

from __future__ import annotations

from selectolax.lexbor import LexborNode
from sphinx.application import Sphinx

from explorables.site.html_pages import Page, Site
from explorables.site.i18n import _


def mend(app: Sphinx, site: Site) -> None:
    """Mend every page."""
    for page in site.pages:
        empty_headings(page)
        roles(page)
        toggles(page)


def empty_headings(page: Page) -> None:
    """A heading of a table without a name, such as the corner that pandas leaves, becomes a cell."""
    for heading in page.elements("th"):
        if not heading.text().strip() and not heading.css("img"):
            cell = page.tree.create_node("td")
            for name, value in heading.attributes.items():
                if name in ("colspan", "rowspan", "id"):
                    cell.attrs[name] = value or ""
            heading.insert_before(cell)
            heading.decompose()


def roles(page: Page) -> None:
    """MyST-NB hides what a summary says; the roles of a bibliography's entries have left the standard."""
    for summary in page.elements('[aria-label="Toggle hidden content"]'):
        del summary.attrs["aria-label"]
    for entry in page.elements('[role="doc-biblioentry"]'):
        entry.attrs["role"] = "listitem"


def toggles(page: Page) -> None:
    """Each toggle in the book's contents gets a name: the chapter whose pages it shows."""
    for mark in page.elements('summary > span.toctree-toggle[role="presentation"]'):
        title = _chapter(mark)
        if title is None:
            continue
        del mark.attrs["role"]
        mark.attrs["aria-hidden"] = "true"
        name = page.tree.create_node("span")
        name.attrs["class"] = "visually-hidden"
        name.insert_child(_("Pages of {chapter}", chapter=title))
        mark.insert_before(name)


def _chapter(mark: LexborNode) -> str | None:
    """The link before the folded part that a toggle opens."""
    details = mark.parent and mark.parent.parent
    link = details and details.prev
    while link and not link.is_element_node:
        link = link.prev
    return link.text().strip() if link and link.tag == "a" else None
