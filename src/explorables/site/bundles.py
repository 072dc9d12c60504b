"""Put the small scripts of a page into one file.

A browser opens six connections to a host without HTTP/2, and each script costs a round trip. A page of this kind has a dozen
scripts that no reader waits for; behind one address, they leave the connections to what moves the charts. Pages with the same
scripts share a file. A script with ``data-`` attributes, which it reads itself, stays by itself.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from sphinx.application import Sphinx

from explorables.site.html_pages import Page, Site
from explorables.site.links import target

FOLDER = "_static/bundles"


def publish(app: Sphinx, site: Site) -> None:
    """Write the file of each set of scripts, and have pages load it in their place."""
    kept = {file for page in site.pages if (file := _bundle(page, site)) is not None}
    for old in (site.folder / FOLDER).glob("*.js"):
        if old not in kept:
            old.unlink()


def _bundle(page: Page, site: Site) -> Path | None:
    """Replace the scripts of a page by one; where an earlier build did so, take them as they are now."""
    all_scripts = page.elements("script[src][defer]:not([type])")
    found = [(one, names) for one in all_scripts if (names := _names(page, site, one.attributes))]
    if not found:
        return None
    names = [name for _, some in found for name in some]
    text = "".join(f"{(site.folder / name).read_text(encoding='utf-8').rstrip()}\n;\n" for name in names)
    file = site.folder / FOLDER / f"{_short(' '.join(names))}.js"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    *others, last = (one for one, _ in found)  # those that stay apart may bring what these need
    absolute = (last.attributes["src"] or "").startswith("/")  # on a page that is shown at any address
    place = site.root + file.relative_to(site.folder).as_posix() if absolute else _from(page, file)
    last.attrs["src"], last.attrs["data-scripts"] = f"{place}?v={_short(text)}", " ".join(names)
    for other in others:
        other.decompose()
    return file


def _names(page: Page, site: Site, attributes: Mapping[str, str | None]) -> list[str]:
    """The files of a script element, from the site's folder; none where it stays by itself."""
    if bundled := attributes.get("data-scripts"):
        return bundled.split()
    if any(name.startswith("data-") for name in attributes):
        return []
    file = target(attributes["src"] or "", page.file.parent, site.folder, site.root)
    return [] if file is None else [Path(os.path.relpath(file, site.folder)).as_posix()]


def _from(page: Page, file: Path) -> str:
    return Path(os.path.relpath(file, page.file.parent)).as_posix()


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
