"""Sphinx extension: the interface's words in the language of the build, from one gettext catalogue (``locale/``).

``_("Reset")`` in Python, ``say("Reset")`` in a template and ``_('Reset')`` in a page script name a message by its
English text. Sphinx's own setting ``language`` chooses; Sphinx takes the translated paragraphs of the book's text
from the same catalogue.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from sphinx.application import Sphinx

SITE = Path(__file__).parent
LOCALE = SITE / "locale"
DOMAIN = "hardware_phase"
SCRIPT = SITE / "js/words.js"
METHODS = [
    ("templates/*.html", "jinja2.ext:babel_extract", "say", None),
    ("js/*.js", "javascript", "_", {"parse_template_string": True}),
]
_catalogue = Catalog()


def catalogue(language: str) -> Catalog:
    """All messages in a language; English has none.

    Raises
    ------
    FileNotFoundError
        If nobody has begun a translation into the language.
    """
    if language == "en":
        return Catalog()
    file = LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not file.is_file():
        known = ", ".join(sorted(path.name for path in LOCALE.iterdir() if path.is_dir()))
        raise FileNotFoundError(f"language {language!r}: there is no {file}; there are en, {known}")
    with file.open("rb") as text:
        return read_po(text, locale=language, domain=DOMAIN)


def use(language: str) -> None:
    """Speak a language from now on."""
    global _catalogue
    _catalogue = catalogue(language)


def _(text: str, **values: Any) -> str:
    """A message in the language of the build.

    Parameters
    ----------
    text : str
        The message in English, with names in braces for what changes.
    **values
        What stands for these names.
    """
    message = _catalogue.get(text) if text else None
    said = str(message.string) if message and message.string else text
    return said.format(**values) if values else said


def messages() -> dict[str, set[str]]:
    """Every message of the interface in English, with the files that say it."""
    found: dict[str, set[str]] = {}
    for file in sorted(SITE.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):  # Babel does not look into f-strings
            match node:
                case ast.Call(func=ast.Name("_"), args=[ast.Constant(str(text))]):
                    found.setdefault(text, set()).add(file.name)
    for pattern, method, keyword, options in METHODS:
        for file in sorted(SITE.glob(pattern)):
            for _line, text, *_rest in extract_from_file(method, str(file), {keyword: None}, options=options):
                found.setdefault(text, set()).add(file.relative_to(SITE).as_posix())
    return found


def table() -> dict[str, str]:
    """What the page scripts say, in the language of the build."""
    scripts = {text for text, files in messages().items() if any(file.endswith(".js") for file in files)}
    return {text: _(text) for text in sorted(scripts) if _(text) != text}


def start(app: Sphinx, config: Any) -> None:
    """Take Sphinx's language, and give the scripts their part of the site."""
    use(config.language)
    config.locale_dirs = [str(LOCALE)]
    config.gettext_compact = DOMAIN
    config.html_static_path = [*config.html_static_path, str(SCRIPT)]
    app.hardware_phase_words = table()


def page(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Let templates speak, and give the page the scripts' words."""
    context["say"] = _
    context["words"] = app.hardware_phase_words


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.connect("config-inited", start, priority=100)  # before anything is said
    app.connect("html-page-context", page)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
