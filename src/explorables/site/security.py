"""Sphinx extension: what a page may run and load, and that it gets what was built.

When all pages are written, each gets a Content-Security-Policy that allows the site's own files and, by their hashes,
the inline scripts that the page was built with; and each script and style sheet that it loads gets the hash of its
content. The same policy is written as header files for common hosts, since a header also covers what a page cannot
say about itself. The application below ``lite/`` is no page of the book: it runs code that its reader writes.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from explorables.site.digests import content_digest, digest
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
META = re.compile(r'\n? *<meta http-equiv="Content-Security-Policy"[^>]*>')
INLINE = re.compile(r"<script(?P<attributes>(?![^>]*\bsrc=)[^>]*)>(?P<body>.*?)</script>", re.DOTALL)
LOADED = re.compile(r'<(?:script|link)\b[^>]*?\b(?:src|href)="(?P<address>[^"]+\.(?:js|css)(?:\?[^"]*)?)"[^>]*>')
# Between the quotes of another attribute, such a text is harmless; a browser only sees what begins an attribute.
HANDLER = re.compile(
    r"""<[a-z][\w-]*(?:\s+[\w:-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?)*?\s+(on[a-z]+)\s*=""", re.IGNORECASE
)
ADDRESS_OF_CODE = re.compile(r"""\b(?:href|src|action)\s*=\s*["']?\s*javascript:""", re.IGNORECASE)


def inline_hashes(page: str) -> list[str]:
    """Hashes of the scripts that stand in a page; data in a script element runs nothing and needs none."""
    bodies = {found["body"] for found in INLINE.finditer(page) if "json" not in found["attributes"]}
    return sorted(digest(body.encode()) for body in bodies)


def policy(hashes: list[str], *, header: bool = False) -> str:
    """The policy as text.

    Parameters
    ----------
    hashes : list of str
        Of the inline scripts that may run.
    header : bool
        Whether it goes into a header, which alone can say who may frame the page.
    """
    directives = DIRECTIVES | {"script-src": " ".join([DIRECTIVES["script-src"], *(f"'{found}'" for found in hashes)])}
    if header:
        directives["frame-ancestors"] = "'self'"
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def refused(page: str) -> str | None:
    """What on a page the policy would keep from running: a handler in an attribute, or code in an address."""
    markup = INLINE.sub("", page)
    found = HANDLER.search(markup)
    if found:
        return f"the attribute {found[1]}= runs code; use addEventListener in a script of the site"
    return (
        "an address with javascript: runs code; use a button and a script of the site"
        if ADDRESS_OF_CODE.search(markup)
        else None
    )


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


def with_integrity(page: str, folder: Path, site: Path, root: str = "/") -> str:
    """The page with the hash of each local script and style sheet beside its address."""

    def add(found: re.Match[str]) -> str:
        file = target(found["address"], folder, site, root)
        tag = re.sub(r' integrity="[^"]*"', "", found[0])
        if file is None or not file.is_file():
            return tag
        return tag.replace(f'"{found["address"]}"', f'"{found["address"]}" integrity="{content_digest(file)}"')

    return LOADED.sub(add, page)


def secured(page: str, folder: Path, site: Path, root: str = "/") -> str:
    """A page with its policy and with the hashes of what it loads; doing it again changes nothing."""
    page = with_integrity(META.sub("", page), folder, site, root)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy(inline_hashes(page))}" />'
    # Before anything that the policy is about, and after the character set, which must come early.
    first = "<meta charset=[^>]*>" if "<meta charset=" in page else "<head>" if "<head>" in page else "^"
    return re.sub(first, lambda found: f"{found[0]}\n    {meta}", page, count=1)


def header_files(site: Path, hashes: list[str]) -> dict[str, str]:
    """Name and text of the files by which common hosts send the policy as a header.

    ``_headers`` is read by Netlify, Cloudflare Pages and others, ``.htaccess`` by Apache; the lines of
    ``headers.nginx.conf`` are to be included by nginx at the level ``http``.
    """
    text = policy(hashes, header=True)
    plain = [f"  {name}: {value}" for name, value in HEADERS.items()]
    paths = ["/"]
    for entry in sorted(
        [*site.iterdir(), *(inner for app in site.glob(f"*/{LITE}") for inner in app.parent.iterdir())]
    ):
        path = f"/{entry.relative_to(site).as_posix()}"
        if entry.is_dir() and entry.name != LITE and not (entry / LITE).is_dir() and any(entry.rglob("*.html")):
            paths.append(f"{path}/*")
        elif entry.suffix == ".html":
            paths += [path.removesuffix(".html"), path]  # some hosts leave the suffix out
    by_path = [line for path in paths for line in (path, f"  Content-Security-Policy: {text}")]
    apache = [f'Header always set {name} "{value}"' for name, value in HEADERS.items()]
    nginx = [f'add_header {name} "{value}" always;' for name, value in HEADERS.items()]
    return {
        "_headers": "\n".join(["/*", *plain, *by_path, ""]),
        ".htaccess": "\n".join(
            [
                "<IfModule mod_headers.c>",
                *apache,
                f'Header always set Content-Security-Policy "{text}" "expr=%{{REQUEST_URI}} !~ m#/{LITE}/#"',
                "</IfModule>",
                "",
            ]
        ),
        "headers.nginx.conf": "\n".join(
            [
                f'map $uri $explorables_policy {{ ~/{LITE}/ ""; default "{text}"; }}',
                *nginx,
                "add_header Content-Security-Policy $explorables_policy always;",
                "",
            ]
        ),
    }


def pages(site: Path) -> list[Path]:
    """The pages of the book on a built site, also in the folders of other languages."""
    return [
        page for page in sorted(site.rglob("*.html")) if not {LITE, "_static"} & set(page.relative_to(site).parts[:2])
    ]


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
    rule = re.search(r'"plural_expr": "([^"]*)"', translations.read_text(encoding="utf-8"))[1]
    made = r'new Function\(\s*"n",\s*`return \(\$\{catalog\.plural_expr\}\)`\s*\)'
    text = re.sub(made, f"(n) => ({rule})", script.read_text(encoding="utf-8"))
    if "new Function" in text:
        raise ExtensionError(
            f"{script.name}: this version of Sphinx makes a function of a text in another way; mend {__name__}"
        )
    write(script, text)


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Secure all pages, also those of an earlier build, since what they load may have changed."""
    if exception or app.builder.format != "html" or not app.config.xp_policy:
        return
    site = Path(app.outdir)
    count_without_eval(site / "_static")
    hashes: set[str] = set()
    for page in pages(site):
        text = page.read_text(encoding="utf-8")
        if problem := refused(text):
            raise ExtensionError(f"{page.relative_to(site)}: {problem}")
        text = secured(text, page.parent, site, urlsplit(app.config.html_baseurl).path or "/")
        hashes.update(inline_hashes(text))
        write(page, text)
    for name, text in header_files(site, sorted(hashes)).items():
        write(site / name, text)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    # `make serve` switches it off: the script that reloads a page when it was rebuilt is put in on the way.
    app.add_config_value("xp_policy", True, "html", bool)
    app.connect("build-finished", finish, priority=970)  # after all else that changes pages
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
