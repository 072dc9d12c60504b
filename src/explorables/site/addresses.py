"""Sphinx extension: what needs to know where the site is published.

From ``html_baseurl`` (set once, in ``_config.yml``) come the map of the site for search engines, the feed of changes,
the tags that other sites read when they show a link, and a page for addresses that do not exist. That page is shown
at any depth, so its own links begin at the root of the host.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from explorables.book import current
from explorables.site import cards, i18n
from explorables.site.html_pages import Page, Site
from explorables.site.i18n import _
from explorables.site.render import render

MISSING = "404"
DATED = re.compile(r"(?P<title>.+?), (?P<day>\d{1,2} )?(?P<month>[A-Z][a-z]+ \d{4})$")
ATOM = "http://www.w3.org/2005/Atom"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def base(app: Sphinx) -> str:
    """Address of the site, ending in a slash."""
    address = app.config.html_baseurl
    if urlsplit(address).scheme not in ("http", "https") or not address.endswith("/"):
        raise ExtensionError(f"html: baseurl in _config.yml must be an address that ends in a slash, not {address!r}")
    return address


def tags(values: dict[str, str]) -> str:
    """Meta tags: Open Graph's by ``property``, others by ``name``."""
    return "\n".join(
        f'<meta {"property" if name.startswith(("og:", "article:")) else "name"}="{name}" content="{escape(value)}" />'
        for name, value in values.items()
        if value
    )


def describe(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Draw the page's card, and say what other sites show for a link to it, where the site has an address."""
    if not (app.config.html_baseurl and app.config.html_favicon):
        return
    page = changes_page(app)
    feed = page and tags_of_feed(context["pathto"](f"{page}.xml", 1))
    context["metatags"] = "\n".join([context.get("metatags", ""), feed])
    if doctree is None:
        return
    title = app.env.titles[pagename].astext()
    if i18n.locale.vega is None:
        image = cards.write(app, pagename, title, chapter(app, pagename), context.get("description", ""), doctree)
    else:
        image = f"../{cards.place(pagename)}"  # the letters of a card are Latin: another language shows the English one
    context["metatags"] += "\n" + tags(
        {
            "og:type": "website" if pagename == app.config.root_doc else "article",
            "og:site_name": app.config.html_title or app.config.project,
            "og:title": title,
            "og:description": context.get("description", ""),
            "og:url": urljoin(base(app), app.builder.get_target_uri(pagename)),
            "og:image": urljoin(base(app), image),
            "og:image:width": str(cards.WIDTH),
            "og:image:height": str(cards.HEIGHT),
            "og:image:alt": _("{title}: a card with the title of the page", title=title),
            "twitter:card": "summary_large_image",
        }
    )


def changes_page(app: Sphinx) -> str:
    """The page whose sections are the entries of the feed; empty where the book has none."""
    page = current().pages.get("changes", "")
    return page if page in app.env.found_docs else ""


def tags_of_feed(address: str) -> str:
    """The tag by which a page says where the feed is."""
    return f'<link rel="alternate" type="application/atom+xml" title="{_("Changes")}" href="{address}" />'


def chapter(app: Sphinx, page: str) -> str:
    """Title of the chapter that a page belongs to; empty for a page outside the chapters."""
    for parent, children in app.env.toctree_includes.items():
        if page in children and parent != app.config.root_doc:
            return app.env.titles[parent].astext()
    return ""


def missing_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The page for addresses that do not exist.

    sphinx-notfound-page would leave ``data-content_root``, by which the theme's scripts find the site, as it is.
    """
    address = app.builder.get_target_uri
    contents = [app.config.root_doc, *app.env.toctree_includes.get(app.config.root_doc, [])]
    places = [(address(page), app.env.titles[page].astext()) for page in contents]
    body = render("missing.html", search=address("search"), places=places)
    yield (
        MISSING,
        {"title": _("Page not found"), "body": body, "metatags": '<meta name="robots" content="noindex" />'},
        "page.html",
    )


def publish(app: Sphinx, site: Site) -> None:
    """Write the map and the feed, and let the links of the missing page begin at the root, where the site has an address."""
    if not app.config.html_baseurl:
        return
    sitemap(app, site.folder / "sitemap.xml")
    if changes := changes_page(app):
        feed(app, changes, site.folder / f"{changes}.xml")
    for page in site.pages:
        if page.file == site.folder / f"{MISSING}.html":
            from_the_root(page, site.root)


def from_the_root(page: Page, root: str) -> None:
    """Let the relative addresses on a page begin at the root of the host."""
    for element in page.elements("[href], [src], [action], [data-content_root]"):
        for name in {"href", "src", "action", "data-content_root"} & set(element.attributes):
            address = element.attributes[name] or ""
            if not urlsplit(address).scheme and not address.startswith(("/", "#")):
                element.attrs[name] = urljoin(root, address)


def sitemap(app: Sphinx, target: Path) -> None:
    """List every page for search engines, with those that an extension names in ``app.explorables_pages``; sphinx-sitemap lists those alone that the last build wrote."""
    root = ElementTree.Element("urlset", xmlns=SITEMAP)
    for page in sorted({*app.env.found_docs, *getattr(app, "explorables_pages", ())}):
        ElementTree.SubElement(ElementTree.SubElement(root, "url"), "loc").text = urljoin(
            base(app), app.builder.get_target_uri(page)
        )
    write_xml(root, target)


def feed(app: Sphinx, page: str, target: Path) -> None:
    """Make an Atom feed of the sections of the page of changes, titled ``Version 1.2.3, May 2026`` or with a day."""
    address = urljoin(base(app), app.builder.get_target_uri(page))
    root = ElementTree.Element("feed", xmlns=ATOM)

    def add(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
        made = ElementTree.SubElement(parent, name, attributes)
        made.text = text or None
        return made

    entries = sorted(changes(app.env.get_doctree(page)), key=lambda entry: entry[2], reverse=True)
    add(root, "title", f"{app.config.html_title or app.config.project}: changes")
    add(root, "id", address)
    add(root, "link", href=address)
    add(root, "link", rel="self", href=urljoin(base(app), target.name))
    add(root, "updated", max(day for _, _, day, _ in entries))
    add(add(root, "author"), "name", app.config.author)
    for anchor, title, day, lines in entries:
        entry = add(root, "entry")
        add(entry, "title", title)
        add(entry, "id", f"{address}#{anchor}")
        add(entry, "link", href=f"{address}#{anchor}")
        add(entry, "updated", day)
        add(entry, "content", "".join(f"<p>{escape(line)}</p>" for line in lines), type="html")
    write_xml(root, target)


def changes(doctree: nodes.document) -> Iterator[tuple[str, str, str, list[str]]]:
    """Anchor, title, day and paragraphs of each change."""
    for section in doctree.findall(nodes.section):
        if section.parent is doctree:
            continue  # the page itself
        heading = section.next_node(nodes.title).astext()
        if not (dated := DATED.match(heading)):
            raise ExtensionError(
                f"{doctree['source']}: {heading!r} must end in a month, as in 'Version 1.2.3, May 2026'"
            )
        when = f"{dated['day'] or '1 '}{dated['month']}"
        day = datetime.strptime(when, "%d %B %Y").replace(tzinfo=UTC).isoformat()
        yield section["ids"][0], dated["title"], day, [p.astext() for p in section.findall(nodes.paragraph)]


def write_xml(root: ElementTree.Element, target: Path) -> None:
    """Write an XML file that people can read too."""
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(target, encoding="utf-8", xml_declaration=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.connect("html-collect-pages", missing_page)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
