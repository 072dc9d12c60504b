"""Sphinx extension: what a page may run and load.

When all pages are written, each gets a Content-Security-Policy that allows the site's own files and, by their hashes,
the inline scripts that the page was built with. Its files have no ``integrity`` attribute: they come from where the page
comes from, and a browser that opens a page from a disk would refuse them for it. The same policy is written as header files for common hosts, since a header also covers what a page cannot
say about itself. The application below ``lite/`` is no page of the book: it runs code that its reader writes.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from explorables.site.digests import digest
from explorables.site.html_pages import EMBED, Page, Site
from explorables.site.lite import FOLDER as LITE

# Styles may stand inline: tables and charts size themselves by it, and style rules run nothing.
DIRECTIVES = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
POLICY = "Content-Security-Policy"
IGNORED = re.compile(r"[\x00-\x20]+")  # what browsers skip in an address before its scheme and within it


def inline_hashes(page: Page) -> list[str]:
    """Hashes of the scripts that stand in a page; data in a script element runs nothing and needs none."""
    inline = (
        script for script in page.elements("script:not([src])") if "json" not in (script.attributes.get("type") or "")
    )
    return sorted({digest(script.text().encode()) for script in inline})


def policy(hashes: list[str], *, header: bool = False, framed: str = "'self'") -> str:
    """The policy as text.

    Parameters
    ----------
    hashes : list of str
        Of the inline scripts that may run.
    header : bool
        Whether it goes into a header, which alone can say who may frame the page.
    framed : str
        Who may.
    """
    directives = DIRECTIVES | {"script-src": " ".join([DIRECTIVES["script-src"], *(f"'{found}'" for found in hashes)])}
    if header:
        directives["frame-ancestors"] = framed
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def refused(page: Page) -> str | None:
    """What on a page the policy would keep from running: a handler in an attribute, or code in an address."""
    for element in page.elements("*"):
        for name, value in element.attributes.items():
            if name.startswith("on"):
                return f"the attribute {name}= runs code; use addEventListener in a script of the site"
            if IGNORED.sub("", value or "").lower().startswith("javascript:"):
                return f"{name}= with javascript: runs code; use a button and a script of the site"
        # What an element holds for later is a document of its own.
        fragments = element.template_fragments() if element.tag == "template" else []
        held = [*(node.html for node in fragments), element.attributes.get("srcdoc")]
        for problem in (refused(Page(page.file, text)) for text in held if text):
            if problem:
                return problem
    return None


def add_icon(page: Page) -> None:
    """Say of a page without an icon that it has none: browsers would ask for one that is not there."""
    if page.tree.css_first('link[rel~="icon"]') is None:
        icon = page.tree.create_node("link")
        icon.attrs["rel"], icon.attrs["href"] = "icon", "data:,"
        page.one("head").insert_child(icon)


def add_policy(page: Page) -> None:
    """Put the policy into a page: before anything that it is about, and after the character set, which must come early."""
    meta = page.tree.css_first(f'meta[http-equiv="{POLICY}"]')
    if meta is None:
        meta = page.tree.create_node("meta")
        meta.attrs["http-equiv"] = POLICY
        meta.attrs["content"] = policy(inline_hashes(page))
        charset, head = page.tree.css_first("meta[charset]"), page.one("head")
        if charset is not None:
            charset.insert_after(meta)
        elif head.first_child is not None:
            head.first_child.insert_before(meta)
        else:
            head.insert_child(meta)
    else:
        meta.attrs["content"] = policy(inline_hashes(page))


def header_files(site: Path, hashes: list[str]) -> dict[str, str]:
    """Name and text of the files by which common hosts send the policy as a header.

    ``_headers`` is read by Netlify, Cloudflare Pages and others, ``.htaccess`` by Apache; the lines of
    ``headers.nginx.conf`` are to be included by nginx at the level ``http``.
    """
    text, framed = policy(hashes, header=True), policy(hashes, header=True, framed="*")
    plain = [f"  {name}: {value}" for name, value in HEADERS.items()]
    paths = ["/"]
    for entry in sorted(
        [*site.iterdir(), *(inner for app in site.glob(f"*/{LITE}") for inner in app.parent.iterdir())]
    ):
        path = f"/{entry.relative_to(site).as_posix()}"
        pages = entry.is_dir() and (entry.name == EMBED or any(entry.rglob("*.html")))  # the former are written last
        if pages and entry.name != LITE and not (entry / LITE).is_dir():
            paths.append(f"{path}/*")
        elif entry.suffix == ".html":
            paths += [path.removesuffix(".html"), path]  # some hosts leave the suffix out
    by_path = [
        line
        for path in paths
        for line in (path, f"  Content-Security-Policy: {framed if path.endswith(f'/{EMBED}/*') else text}")
    ]
    apache = [f'Header always set {name} "{value}"' for name, value in HEADERS.items()]
    nginx = [f'add_header {name} "{value}" always;' for name, value in HEADERS.items()]
    return {
        "_headers": "\n".join(["/*", *plain, *by_path, ""]),
        ".htaccess": "\n".join(
            [
                "<IfModule mod_headers.c>",
                *apache,
                f'Header always set Content-Security-Policy "{text}" "expr=%{{REQUEST_URI}} !~ m#/{LITE}/#"',
                f'Header always set Content-Security-Policy "{framed}" "expr=%{{REQUEST_URI}} =~ m#/{EMBED}/#"',
                "</IfModule>",
                "",
            ]
        ),
        "headers.nginx.conf": "\n".join(
            [
                f'map $uri $explorables_policy {{ ~/{LITE}/ ""; ~/{EMBED}/ "{framed}"; default "{text}"; }}',
                *nginx,
                "add_header Content-Security-Policy $explorables_policy always;",
                "",
            ]
        ),
    }


def write(path: Path, text: str) -> None:
    """Write a file if that changes it."""
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def count_without_eval(static: Path) -> None:
    """Write a language's rule of plurals into Sphinx's script, which would otherwise make a function of a text.

    Raises
    ------
    ExtensionError
        If Sphinx's script has changed, so that the rule finds no place.
    """
    translations, script = static / "translations.js", static / "doctools.js"
    if not translations.is_file():  # English
        return
    found = re.search(r'"plural_expr": "([^"]*)"', translations.read_text(encoding="utf-8"))
    made = r'new Function\(\s*"n",\s*`return \(\$\{catalog\.plural_expr\}\)`\s*\)'
    text = re.sub(made, f"(n) => ({found[1]})" if found else "", script.read_text(encoding="utf-8"))
    if found is None or "new Function" in text:
        raise ExtensionError(
            f"{script.name}: this version of Sphinx makes a function of a text in another way; mend {__name__}"
        )
    write(script, text)


def secure(app: Sphinx, site: Site) -> None:
    """Secure all pages, also those of an earlier build."""
    if not app.config.xp_policy:
        return
    count_without_eval(site.folder / "_static")
    hashes: set[str] = set()
    for page in site.pages:
        if problem := refused(page):
            raise ExtensionError(f"{page.file.relative_to(site.folder)}: {problem}")
        add_policy(page)
        add_icon(page)
        hashes.update(inline_hashes(page))
    for name, text in header_files(site.folder, sorted(hashes)).items():
        write(site.folder / name, text)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    # `make serve` switches it off: the script that reloads a page when it was rebuilt is put in on the way.
    app.add_config_value("xp_policy", True, "html", bool)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
