"""An address for each explorer that holds nothing else, for other pages to frame: ``embed/<page>/<explorer>.html``.

The explorer's part of the page is taken over as it is, with the page's script. It follows the colour scheme of the page
that frames it and tells that page its height (``js/take.js``); `security` lets these addresses alone be framed.
"""

from __future__ import annotations

import os
import shutil
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode
from sphinx.application import Sphinx

from explorables.explore import theme
from explorables.site.html_pages import EMBED, Page, Site
from explorables.site.i18n import _
from explorables.site.single import HERE, SCHEME

STYLES = "_static/xp-embed.css"
LAYOUT = """
body { margin: 0; font-family: system-ui, sans-serif; line-height: 1.5; background: var(--xp-paper); color: var(--xp-text); }
html[data-theme="dark"] { color-scheme: dark; }
a { color: var(--xp-action); }
.xp-explorer { margin: 0; border: 0; --xp-header: 0px; }
.xp-explorer .xp-panel { position: static; max-height: none; overflow: visible; }
.xp-answer > * { position: static !important; }
.xp-number { display: none; }
.xp-from { margin: 0; padding: 0 1.1rem 1rem; font-size: .85rem; }
"""


def document(page: Page, explorer: str, folder: Path, target: Path) -> str:
    """The page that holds one explorer of another.

    Parameters
    ----------
    page : Page
        The page of the book, as it is written.
    explorer : str
        Its name there.
    folder, target : pathlib.Path
        Of the site, and the file that will hold the result.
    """

    def to(file: Path) -> str:
        return Path(os.path.relpath(file, target.parent)).as_posix()

    def from_here(link: LexborNode) -> None:
        """Have a link of the page lead on from this address, beside the page that frames it."""
        address = link.attributes.get("href") or ""
        place, mark, anchor = address.partition("#")
        if place and not urlsplit(place).scheme:
            link.attrs["href"] = f"{to(page.file.parent / place)}{mark}{anchor}"
            link.attrs["target"] = "_blank"

    section = page.one(f'.xp-explorer[id="{explorer}"]')
    (body,) = LexborHTMLParser(f"<body>{section.html}").css("body")
    for link in body.css("a[href]"):
        from_here(link)
    shown = body.inner_html
    (script,) = (one for one in page.elements("script[data-vega]"))
    source = (script.attributes["src"] or "").rpartition("_static/")[2]
    later = " ".join(
        f'{key}="{escape(value or "")}"' for key, value in script.attributes.items() if key.startswith("data-")
    )
    words = "".join(one.html or "" for one in page.elements("script#xp-words"))
    title = section.css(".xp-title")[0].text().strip()
    name = page.one("title").text().strip()
    back = f"{to(page.file)}#{explorer}"
    language = page.one("html").attributes.get("lang") or "en"
    return (
        f'<!DOCTYPE html>\n<html lang="{language}" data-page="{to(page.file)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f'<meta name="color-scheme" content="light dark"><title>{escape(title)}</title><link rel="canonical" href="{back}">'
        f'<link rel="stylesheet" href="{to(folder / STYLES)}"><script>{SCHEME}</script></head>'
        f'<body><main>{shown}<p class="xp-from"><a href="{back}" target="_top">'
        f"{escape(_('From: {page}', page=name))}</a></p></main>{words}"
        f'<script src="{to(folder / "_static")}/{escape(script.attributes["data-models"] or "")}" data-own defer></script>'
        f'<script src="{to(folder / "_static")}/{escape(source)}" {later} defer></script>'
        "</body></html>\n"
    )


def publish(app: Sphinx, site: Site) -> None:
    """Write the address of each explorer, and say it on the explorer, which offers it to readers."""
    made = []
    for page in site.pages:
        for section in page.elements(".xp-explorer[id]"):
            name = section.attributes["id"] or ""
            place = page.file.relative_to(site.folder).with_suffix("")
            target = site.folder / EMBED / place / f"{name}.html"
            text = document(page, name, site.folder, target)
            section.attrs["data-embed"] = Path(os.path.relpath(target, page.file.parent)).as_posix()
            made.append(Page(target, text))
    kept = {page.file for page in made}
    for old in (site.folder / EMBED).rglob("*.html"):
        if old not in kept:
            old.unlink()
    for page in made:
        page.file.parent.mkdir(parents=True, exist_ok=True)
    if made:
        style = theme.css() + "\n" + (HERE / "explore.css").read_text(encoding="utf-8") + LAYOUT
        (site.folder / STYLES).write_text(style, encoding="utf-8")
    else:
        shutil.rmtree(site.folder / EMBED, ignore_errors=True)
    site.pages += made
