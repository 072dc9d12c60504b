"""A link inside the book that leads nowhere stops the build, also one that stands in raw HTML."""

from __future__ import annotations

from html import escape
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from explorables.site.html_pages import Page, Site
from explorables.site.lite import FOLDER as LITE

LINKS = "a[href], area[href], link[href], img[src], script[src], source[src]"


def target(address: str, folder: Path, site: Path, root: str = "/") -> Path | None:
    """The file that an address on a page stands for; none when it is on another host.

    Parameters
    ----------
    address : str
        As the page has it.
    folder, site : pathlib.Path
        Folder of the page and of the site.
    root : str
        Path of the site on its host, where an address that begins with a slash begins.
    """
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None
    path = unquote(parts.path)
    return site / path.removeprefix(root).lstrip("/") if path.startswith("/") else folder / path


def broken(site: Site) -> list[str]:
    """Links of the pages of a site that lead nowhere on it, each with its page and the line there."""
    folder = site.folder.resolve()
    ids = {page.file.resolve(): _ids(page) for page in site.pages}
    found = []
    for page in site.pages:
        last: dict[str, int] = {}
        for element in page.elements(LINKS):
            address = element.attributes.get("href", element.attributes.get("src")) or ""
            parts = urlsplit(address)
            file = target(address, page.file.parent, folder, site.root) if parts.path else page.file
            if file is None or parts.scheme:
                continue
            file = (file / "index.html" if file.is_dir() else file).resolve()
            if file.is_relative_to(folder) and LITE in file.relative_to(folder).parts[:2]:
                continue
            fragment = unquote(parts.fragment)
            if not file.is_file() or (fragment and file in ids and fragment not in ids[file]):
                last[address] = page.text.find(f'"{escape(address)}"', last.get(address, -1) + 1)
                line = page.text.count("\n", 0, last[address]) + 1
                found.append(f"{page.file.relative_to(site.folder)}, line {line}: {address} leads nowhere")
    return found


def _ids(page: Page) -> set[str]:
    """The places on a page that a link can lead to."""
    named = (element.attributes for element in page.elements("[id], [name]"))
    return {value for given in named for value in (given.get("id"), given.get("name")) if value}


def check(app: Sphinx, site: Site) -> None:
    """Stop the build at links that lead nowhere."""
    if found := broken(site):
        raise ExtensionError("links inside the book: name the page or the anchor that is meant\n" + "\n".join(found))
