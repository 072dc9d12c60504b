"""Cut the book's theme down to the style rules, the icons and the scripts in use.

The theme brings its own search on every page, Bootstrap, two ways of drawing icons and 400 kB of style rules.
This extension replaces the templates that need them (``templates/``), then, when all pages are written, cuts
what no page uses.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import tinycss2
from docutils import nodes
from fontTools import subset
from sphinx.application import Sphinx
from sphinx.util import logging as sphinx_logging

from explorables.site.html_pages import Page, Site
from explorables.site.i18n import _

logger = sphinx_logging.getLogger(__name__)

TEMPLATES = Path(__file__).parent / "templates"
STYLES = "_static/site.css"
ICONS = "_static/vendor/fontawesome/webfonts/fa-solid-900.woff2"
# Style sheets that the theme links in its own template, before those that Sphinx knows of.
THEME = "sphinx_book_theme"
FIRST_STYLES = ("_static/styles/theme.css", "_static/styles/pydata-sphinx-theme.css")
# Scripts that only some pages need, with what in the page's text shows that need.
OPTIONAL_SCRIPTS = {
    "design-tabs.js": "sd-tab-set",
    "togglebutton.js": "dropdown",
    "clipboard.min.js": "highlight",
    "copybutton.js": "highlight",
}
UNUSED_SCRIPTS = {"sphinx_highlight.js", "doctools.js", "translations.js"}  # no page asks for what they bring
NESTING = {"media", "supports", "layer"}  # rules that hold rules
UNUSED = (
    "scripts/bootstrap.js*",
    "scripts/fontawesome.js*",
    "scripts/*.js.map",
    "styles/*.css.map",
    "vendor/fontawesome/webfonts/fa-[!s]*",
    "vendor/fontawesome/webfonts/*.ttf",
    "images/logo_*",
    "language_data.js",
    "searchtools.js",
    "sphinx_highlight.js",
    "*.html",
)

# Names, brackets and spaces, which have the colour of all code: `book.css` gives it to what stands in a block of it.
PLAIN_TOKENS = ", ".join(f'span[class="{kind}"]' for kind in ("n", "nn", "p", "w"))

# The theme's script names the colour scheme on <html>; without it, the reader's system decides.
DARK = "html[data-theme=dark]"
WITHOUT_SCRIPT = "html:not([data-theme])"


def describe(doctree: nodes.document | None) -> str:
    """A page's answer, or its first paragraph, cut at a word to what a search engine shows."""
    if doctree is None:
        return ""
    texts = (
        doctree.get("xp_answer", ""),
        *(" ".join(node.astext().split()) for node in doctree.findall(nodes.paragraph)),
    )
    text = next((text for text in texts if len(text) > 60), "")
    return text if len(text) <= 160 else text[:157].rsplit(" ", 1)[0] + " ..."


def plain_code(app: Sphinx, site: Site) -> None:
    """Take the marks off code that has the colour of all code; they are two thirds of them."""
    for page in site.pages:
        for block in page.elements("pre"):
            for token in block.css(PLAIN_TOKENS):
                token.unwrap()


def fill(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Leave out the scripts that a page does not need, let the rest wait, and note its style sheets."""
    body = context.get("body") or ""
    kept: list[Any] = []
    for script in context["script_files"]:
        name = (script.filename or "").split("?")[0].rsplit("/", 1)[-1]
        text = script.attributes.get("body", "")
        if text.startswith("DOCUMENTATION_OPTIONS") or ("toggle" in text and "dropdown" not in body):
            continue
        if name in UNUSED_SCRIPTS or OPTIONAL_SCRIPTS.get(name, "") not in body:
            continue
        if name:
            script.attributes["defer"] = "defer"
        if not (text and any(text == other.attributes.get("body") for other in kept)):
            kept.append(script)
    context["script_files"] = kept
    context["description"] = describe(doctree)
    app.explorables_styles = [*FIRST_STYLES, *(style.filename for style in context["css_files"])]


def purge_styles(app: Sphinx, site: Site) -> None:
    """Write the one style sheet and the small icon font, and take what they replace off the site."""
    out, store = site.folder, Path(app.doctreedir) / "theme"
    if not any((folder / FIRST_STYLES[0]).exists() for folder in (out, store)):
        return  # another theme, whose style sheets stay as they are
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
    scripts = [script.read_text(encoding="utf-8") for script in sorted((out / "_static").rglob("*.js"))]
    source = "\n".join(styles_of(store, style) for style in styles)
    text = "".join([*(page.text for page in site.pages), *scripts])
    css = without_idle_variables(purge(source, words_used(site.pages, scripts)), text)
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


def words_used(pages: list[Page], scripts: list[str]) -> set[str]:
    """Every class and id on the pages, and every word in a script that might become one."""
    used: set[str] = set()
    for page in pages:
        for element in page.elements("[class], [id]"):
            used.update(f"{element.attributes.get('class') or ''} {element.attributes.get('id') or ''}".split())
        scripts = [*scripts, *(script.text() for script in page.elements("script"))]
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
    read_elsewhere = set(re.findall(r"--[\w-]+", elsewhere))
    while True:
        rules = tinycss2.parse_stylesheet(css)
        read = read_elsewhere.union(*map(variables_read, rules))
        kept = "".join(with_variables(rule, read) for rule in rules)
        if kept == css:
            return css
        css = kept


def variables_read(node: Any) -> set[str]:
    """The custom properties that a rule, or a part of one, reads."""
    inner = [*(getattr(node, "prelude", None) or ()), *(getattr(node, "content", None) or ())]
    inner += getattr(node, "arguments", ())
    named = {part.value for part in node.arguments[:1]} if getattr(node, "lower_name", "") == "var" else set()
    return named.union(*map(variables_read, inner))


def with_variables(rule: Any, read: set[str]) -> str:
    """Text of a rule without the custom properties that nothing reads."""
    if rule.type == "at-rule" and rule.content is not None and rule.at_keyword in NESTING:
        inner = tinycss2.parse_rule_list(rule.content)
        return f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{''.join(with_variables(one, read) for one in inner)}}}"
    if rule.type != "qualified-rule" or not any(
        part.type == "ident" and part.value[:2] == "--" for part in rule.content
    ):
        return rule.serialize()
    parts = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
    kept = [one.serialize() for one in parts if one.type != "declaration" or one.name[:2] != "--" or one.name in read]
    return f"{tinycss2.serialize(rule.prelude)}{{{';'.join(kept)}}}"


def tight(content: list[Any]) -> str:
    """Text of what a rule holds, without the space after the signs between declarations and between values."""
    kept: list[Any] = []
    for part in content:
        if part.type == "comment" or (part.type == "whitespace" and (not kept or kept[-1] in (";", ":", ","))):
            continue
        kept.append(part)
    return tinycss2.serialize(kept).strip()


def kept_rule(rule: Any, used: set[str]) -> str:
    """Text of a rule without its unused selectors; empty when nothing is left."""
    if rule.type == "at-rule":
        if rule.at_keyword in {"charset", "import"}:  # the only import is basic.css, which comes first anyway
            return ""
        text = rule.serialize()
        if rule.at_keyword == "font-face" and "fontawesome" in text and Path(ICONS).name not in text:
            return ""
        if rule.content is not None and rule.at_keyword in NESTING:
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            body = "".join(filter(None, (kept_rule(part, used) for part in inner)))
            return f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{body}}}" if body else ""
        return rule.serialize()
    if rule.type != "qualified-rule":
        return ""
    selectors = [tinycss2.serialize(part).strip() for part in split_selectors(rule.prelude) if names_in(part) <= used]
    if not selectors:
        return ""
    body = tight(rule.content)
    text = f"{','.join(selectors)}{{{body}}}"
    dark = [
        part.replace(DARK, WITHOUT_SCRIPT)
        for part in (selector.replace('="dark"', "=dark") for selector in selectors)
        if part.startswith(DARK)
    ]
    return text + (f"@media (prefers-color-scheme:dark){{{','.join(dark)}{{{body}}}}}" if dark else "")


def split_selectors(prelude: list[Any]) -> list[list[Any]]:
    """The selectors of a rule, each as its tokens."""
    parts: list[list[Any]] = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def names_in(selector: list[Any]) -> set[str]:
    """Classes and ids that an element must have for a selector to match it or its ancestors.

    What stands in brackets, as in ``:not(.x)``, is a token of its own, which is not looked into.
    """
    ids = {token.value for token in selector if token.type == "hash"}
    return ids | {name.value for dot, name in pairwise(selector) if dot == "." and name.type == "ident"}


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
    """Let the project's templates and words come before those of the theme that they are written for; another keeps its own."""
    if config.html_theme == THEME:
        config.templates_path.insert(0, str(TEMPLATES))
        config.html_theme_options = {**config.html_theme_options, "search_bar_text": _("Search this book")}


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    # Jupyter Book always sets this, also without the extension that reads it.
    if "comments_config" not in app.config:
        app.add_config_value("comments_config", {}, "")
    app.connect("config-inited", use_templates)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
