"""Sphinx extension: a link inside the book that leads nowhere stops the build, also one that stands in raw HTML."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from explorables.site.lite import FOLDER as LITE
from explorables.site.security import pages, target

IDS = re.compile(r"""<[a-z][^<>]*?\s(?:id|name)="([^"]+)\"""")
LINKS = re.compile(r"""<(?:a|area|img|script|link|source)\b[^<>]*?\s(?:href|src)="([^"]*)\"""")
CODE = re.compile(r"<script\b[^>]*>.*?</script>|<!--.*?-->", re.DOTALL)


def broken(site: Path, root: str = "/") -> list[str]:
    """Links of the pages of a site that lead nowhere on it, each with its page and the line there.

    Parameters
    ----------
    site : pathlib.Path
        Folder of the site.
    root : str
        Path of the site on its host.
    """
    site = site.resolve()
    texts = {page.resolve(): page.read_text(encoding="utf-8") for page in pages(site)}
    ids = {page: {unescape(name) for name in IDS.findall(text)} for page, text in texts.items()}
    found = []
    for page, text in texts.items():
        # What a script holds is no link; its line breaks stay, so that lines can be counted.
        markup = CODE.sub(lambda code: "\n" * code[0].count("\n") if "src=" not in code[0] else code[0], text)
        for link in LINKS.finditer(markup):
            address = unescape(link[1])
            parts = urlsplit(address)
            file = target(address, page.parent, site, root) if parts.path else page
            if file is None or parts.scheme:
                continue
            file = (file / "index.html" if file.is_dir() else file).resolve()
            fragment = unquote(parts.fragment)
            if file.is_relative_to(site) and LITE in file.relative_to(site).parts[:2]:
                continue
            if not file.is_file() or (fragment and file in ids and fragment not in ids[file]):
                line = markup.count("\n", 0, link.start()) + 1
                found.append(f"{page.relative_to(site)}, line {line}: {address} leads nowhere")
    return found


def check(app: Sphinx, exception: Exception | None) -> None:
    """Stop the build at links that lead nowhere."""
    if exception or app.builder.format != "html":
        return
    found = broken(Path(app.outdir), urlsplit(app.config.html_baseurl).path or "/")
    if found:
        raise ExtensionError("links inside the book: name the page or the anchor that is meant\n" + "\n".join(found))


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.connect("build-finished", check, priority=990)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
