"""Slim the book's theme to the style rules, the icons and the scripts in use.

The theme brings its own search on every page, Bootstrap, two ways of drawing icons and 400 kB of style rules.
This extension replaces the templates that need them (``templates/``), then, when all pages are written, cuts
what no page uses.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import tinycss2
from docutils import nodes
from fontTools import subset
from sphinx.application import Sphinx
from sphinx.util import logging as sphinx_logging

from explorables.site.i18n import _
from explorables.site.lite import FOLDER as LITE

logger = sphinx_logging.getLogger(__name__)

TEMPLATES = Path(__file__).parent / "templates"
STYLES = "_static/site.css"
ICONS = "_static/vendor/fontawesome/webfonts/fa-solid-900.woff2"
# Style sheets that the theme links in its own template, before those that Sphinx knows of.
FIRST_STYLES = ("_static/styles/theme.css", "_static/styles/pydata-sphinx-theme.css")
# Scripts that only some pages need, with what in the page's text shows that need.
OPTIONAL_SCRIPTS = {
    "design-tabs.js": "sd-tab-set",
    "togglebutton.js": "dropdown",
    "clipboard.min.js": "highlight",
    "copybutton.js": "highlight",
}
UNUSED = (
    "scripts/bootstrap.js*",
    "scripts/fontawesome.js*",
    "scripts/*.js.map",
    "styles/*.css.map",
    "vendor/fontawesome/webfonts/fa-[!s]*",
    "vendor/fontawesome/webfonts/*.ttf",
    "images/logo_*",
    "*.html",
)

# Names, brackets and spaces, which have the colour of all code: `book.css` gives it to what stands in a block of it.
PLAIN_TOKENS = re.compile(r'<span class="(?:n|nn|p|w)">([^<]*)</span>')

# The theme's script names the colour scheme on <html>; without it, the reader's system decides.
DARK = "html[data-theme=dark]"
WITHOUT_SCRIPT = "html:not([data-theme])"


def describe(doctree: nodes.document | None) -> str:
    """First paragraph of a page, cut at a word to what a search engine shows."""
    if doctree is None:
        return ""
    texts = (" ".join(node.astext().split()) for node in doctree.findall(nodes.paragraph))
    text = next((text for text in texts if len(text) > 60), "")
    return text if len(text) <= 160 else text[:157].rsplit(" ", 1)[0] + " ..."


def accessible(body: str) -> str:
    """A page's text without what screen readers stumble over."""
    # Pandas leaves the corner of a table as a heading without a name.
    body = re.sub(r'<th(?: class="blank[^"]*")?\s*>(?:&nbsp;)?</th>', "<td></td>", body)
    # MyST-NB hides what a summary says; the roles of a bibliography's entries have left the standard.
    body = body.replace(' aria-label="Toggle hidden content"', "")
    return body.replace('role="doc-biblioentry"', 'role="listitem"')


def plain_code(body: str) -> str:
    """Code without the marks around what has the colour of all code, which are two thirds of them."""
    return re.sub(r"<pre>.*?</pre>", lambda code: PLAIN_TOKENS.sub(r"\1", code[0]), body, flags=re.DOTALL)


def named_toggles(contents: str) -> str:
    """The book's contents with a name on each toggle: the chapter whose pages it shows."""
    return re.sub(
        r'(<a class="[^"]*reference internal"[^>]*>(?P<title>[^<]*)</a><details[^>]*><summary>)<span class="toctree-toggle" role="presentation">',
        lambda found: (
            f'{found[1]}<span class="visually-hidden">{_("Pages of {chapter}", chapter=found["title"].strip())}</span>'
            '<span class="toctree-toggle" aria-hidden="true">'
        ),
        contents,
    )


def slim_page(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Leave out the scripts that a page does not need, let the rest wait, and note its style sheets."""
    body = context.get("body") or ""
    kept = []
    for script in context["script_files"]:
        name = (script.filename or "").split("?")[0].rsplit("/", 1)[-1]
        text = script.attributes.get("body", "")
        if text.startswith("DOCUMENTATION_OPTIONS") or ("toggle" in text and "dropdown" not in body):
            continue
        if OPTIONAL_SCRIPTS.get(name, "") not in body:
            continue
        if templatename == "search.html":
            script.attributes.pop("defer", None)  # that page's own scripts do not wait, and need these
        elif name:
            script.attributes["defer"] = "defer"
        if not (text and any(text == other.attributes.get("body") for other in kept)):
            kept.append(script)
    context["script_files"] = kept
    if "body" in context:
        context["body"] = plain_code(accessible(body))
    if "generate_toctree_html" in context:
        contents = context["generate_toctree_html"]
        context["generate_toctree_html"] = lambda *given, **named: named_toggles(str(contents(*given, **named)))
    context["description"] = describe(doctree)
    app.explorables_styles = [*FIRST_STYLES, *(style.filename for style in context["css_files"])]


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Write the one style sheet and the small icon font, and take what they replace off the site."""
    if exception or app.builder.format != "html":
        return
    out, store = Path(app.outdir), Path(app.doctreedir) / "theme"
    if not hasattr(app, "explorables_styles"):
        # No page was written, so the one style sheet still holds; extensions bring theirs back all the same.
        for style in store.rglob("*.css"):
            (out / style.relative_to(store)).unlink(missing_ok=True)
        return
    shutil.rmtree(out / "_static/locales", ignore_errors=True)
    for pattern in UNUSED:
        for path in out.glob(f"_static/{pattern}"):
            path.unlink()
    styles = ["_static/basic.css", *(style.split("?")[0] for style in app.explorables_styles)]
    # Sphinx copies these only when it writes pages, so they are kept for the next build.
    for name in {*styles, ICONS}:
        if (out / name).exists():
            (store / name).parent.mkdir(parents=True, exist_ok=True)
            (out / name).replace(store / name)
    # An app that an earlier build put below the site has its own style rules.
    written = [page for page in sorted(out.rglob("*.html")) if out / LITE not in page.parents]
    pages = [page.read_text(encoding="utf-8") for page in written]
    scripts = [script.read_text(encoding="utf-8") for script in sorted((out / "_static").rglob("*.js"))]
    source = "\n".join(styles_of(store, style) for style in styles)
    css = without_idle_variables(purge(source, words_used(pages, scripts)), "".join([*pages, *scripts]))
    (out / STYLES).write_text(f'@charset "utf-8";{css}', encoding="utf-8")
    subset_icons(store / ICONS, out / ICONS, css)
    logger.info("style rules in use: %.0f of %.0f kB", len(css) / 1e3, len(source) / 1e3)


def styles_of(store: Path, name: str) -> str:
    """A style sheet's text, with its relative addresses as seen from `STYLES`."""
    folder = (store / name).parent

    def move(match: re.Match[str]) -> str:
        target = os.path.relpath(folder / match["path"], (store / STYLES).parent)
        return f"url({match['quote']}{Path(target).as_posix()}"

    text = (store / name).read_text(encoding="utf-8")
    text = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", text)
    return re.sub(r"url\((?P<quote>['\"]?)(?P<path>(?!data:|https?:|[#/'\"])[^)'\"?#]+)", move, text)


def words_used(pages: list[str], scripts: list[str]) -> set[str]:
    """Every class and id on the pages, and every word in a script that might become one."""
    used: set[str] = set()
    for page in pages:
        for value in re.findall(r"\s(?:class|id)=(?:\"([^\"]*)\"|'([^']*)')", page):
            used.update(" ".join(value).split())
        for script in re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL):
            used.update(re.findall(r"[\w-]+", script))
    for script in scripts:
        used.update(re.findall(r"[\w-]+", script))
    return used


def purge(css: str, used: set[str]) -> str:
    """Drop the rules that can match nothing, and let the dark rules also serve pages without a script.

    Parameters
    ----------
    css : str
        Style rules.
    used : set of str
        Class names and ids that occur.

    Returns
    -------
    str
        The rules whose selectors only name what occurs.
    """
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    return "".join(filter(None, (kept_rule(rule, used) for rule in rules)))


def without_idle_variables(css: str, elsewhere: str) -> str:
    """Drop the custom properties that neither the style rules nor anything in `elsewhere` reads."""
    value = r"""(?:"[^"]*"|'[^']*'|\([^()]*(?:\([^()]*\)[^()]*)*\)|[^;{}"'()])*"""
    read_elsewhere = set(re.findall(r"--[\w-]+", elsewhere))
    while True:
        read = read_elsewhere.union(re.findall(r"var\(\s*(--[\w-]+)", css))
        kept = re.sub(
            rf"(?<=[{{;\s])(--[\w-]+)\s*:{value};?",
            lambda match, read=read: match[0] if match[1] in read else "",
            css,
        )
        if kept == css:
            return css
        css = kept


def kept_rule(rule: Any, used: set[str]) -> str:
    """Text of a rule without its unused selectors; empty when nothing is left."""
    if rule.type == "at-rule":
        if rule.at_keyword in {"charset", "import"}:  # the only import is basic.css, which comes first anyway
            return ""
        text = rule.serialize()
        if rule.at_keyword == "font-face" and "fontawesome" in text and Path(ICONS).name not in text:
            return ""
        if rule.content is not None and rule.at_keyword in {"media", "supports", "layer"}:
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            body = "".join(filter(None, (kept_rule(part, used) for part in inner)))
            return f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{body}}}" if body else ""
        return rule.serialize()
    if rule.type != "qualified-rule":
        return ""
    selectors = [part for part in split_selectors(rule.prelude) if matches(part, used)]
    if not selectors:
        return ""
    body = tinycss2.serialize(rule.content).strip()
    text = f"{','.join(selectors)}{{{body}}}"
    dark = [
        part.replace(DARK, WITHOUT_SCRIPT)
        for part in (re.sub(r'="dark"', "=dark", s) for s in selectors)
        if part.startswith(DARK)
    ]
    return text + (f"@media (prefers-color-scheme:dark){{{','.join(dark)}{{{body}}}}}" if dark else "")


def split_selectors(prelude: list[Any]) -> list[str]:
    """The selectors of a rule, each as text."""
    parts: list[list[Any]] = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return [tinycss2.serialize(part).strip() for part in parts]


@cache
def names_in(selector: str) -> frozenset[str]:
    """Classes and ids that an element must have for a selector to match it or its ancestors."""
    bare = re.sub(r"\[[^\]]*\]", "", selector)
    while (shorter := re.sub(r":[\w-]+\([^()]*\)", "", bare)) != bare:
        bare = shorter
    return frozenset(name.replace("\\", "") for name in re.findall(r"[.#]((?:[\w-]|\\.)+)", bare))


def matches(selector: str, used: set[str]) -> bool:
    """Whether everything that a selector names occurs somewhere."""
    return names_in(selector) <= used


def subset_icons(font: Path, target: Path, css: str) -> None:
    """Cut the icon font down to the characters that the style rules name."""
    logging.getLogger("fontTools").setLevel("WARNING")
    options = subset.Options(flavor="woff2", layout_features=[], notdef_outline=False, glyph_names=False)
    options.recalc_timestamp = False
    face = subset.load_font(str(font), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes={ord(character) for character in css if "\ue000" <= character <= "\uf8ff"})
    cutter.subset(face)
    subset.save_font(face, str(target), options)


def use_templates(app: Sphinx, config: Any) -> None:
    """Let the project's templates come before the theme's."""
    config.templates_path.insert(0, str(TEMPLATES))


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    # Jupyter Book always sets this, also without the extension that reads it.
    app.add_config_value("comments_config", {}, "")
    app.connect("config-inited", use_templates)
    # After the theme and every other extension has had its say about the page.
    app.connect("html-page-context", slim_page, priority=900)
    app.connect("build-finished", finish, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
