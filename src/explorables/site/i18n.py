"""Sphinx extension: the interface's words and numbers in the language of the build.

``_("Reset")`` in Python, ``say("Reset")`` in a template and ``_('Reset')`` in a page script name a message by its
English text. The interface's messages are in a gettext catalogue here (``locale/``); the book has one of its own in its
package, with its titles, its units and what its extensions say. Sphinx's own setting ``language`` chooses; Sphinx takes
the translated paragraphs of the book's text from the book's catalogue. How numbers and dates are written comes from
`explorables.site.cldr`.
"""

from __future__ import annotations

import ast
import datetime
import math
import os
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorables.book import current
from explorables.explore.format import ENGLISH, Locale
from explorables.explore.format import human as write

if TYPE_CHECKING:  # a kernel speaks English, and has neither Babel nor Sphinx
    from babel.messages.catalog import Catalog
    from docutils import nodes
    from sphinx.application import Sphinx

SITE = Path(__file__).parent
SLIPS = SITE.parent / "explore/slips.py"
DOMAIN = "explorables"
METHODS = [
    ("**/*.html", "jinja2.ext:babel_extract", "say", None),
    ("**/*.js", "javascript", "_", {"parse_template_string": True}),
]
MACHINE = "machine"  # who translated a catalogue, by its header, if nobody did
NUMBER = re.compile(r"(?<![\w.,])\d(?:[\d.,]*\d)?(?!\w|[.,]\d)")  # and not a part of a name, as in 910C
MADE = {"node_modules", "static"}  # folders with what others wrote or a build made
UNIT = re.compile(r"(?P<sign>\$?)\{number\} ?(?P<rest>.*)")  # a message that says how a number stands with its unit


@dataclass(frozen=True)
class Language:
    """What it takes to speak a language; the defaults are English.

    Attributes
    ----------
    tag : str
        Its name as HTML has it: ``zh-CN``.
    catalogue : Catalog
        Its messages.
    writing : Locale
        How it writes numbers, dates, units and truth values.
    vega : dict
        The same for Vega's charts.
    dates : dict
        Formats of dates on charts in the order of English, and what the language has for them.
    machine : bool
        Whether the book's catalogue says that a machine translated it (``Last-Translator: machine``).
    """

    tag: str = "en"
    catalogue: Catalog | dict[str, Any] = field(default_factory=dict)
    writing: Locale = ENGLISH
    vega: dict[str, Any] | None = None
    dates: dict[str, str] = field(default_factory=dict)
    machine: bool = False


locale = Language()


def homes() -> dict[str, Path]:
    """Domain of each catalogue to the folder of those whose messages it has: the interface, then the book."""
    book = current()
    return {DOMAIN: SITE} | ({book.package: book.folder} if book.package else {})


def catalogue(language: str) -> Catalog:
    """All messages in a language, the interface's and the book's; English has none.

    Raises
    ------
    FileNotFoundError
        If nobody has begun a translation of the interface into the language.
    """
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po

    said = Catalog(locale=None if language == "en" else language)
    if language == "en":
        return said
    for domain, folder in homes().items():
        file = folder / "locale" / language / "LC_MESSAGES" / f"{domain}.po"
        if file.is_file():
            with file.open("rb") as text:
                read = read_po(text, locale=language, domain=domain)
            said.last_translator = read.last_translator  # of the book's, which comes last
            for message in (one for one in read if one.id):
                said[message.id] = message
        elif domain == DOMAIN:
            known = ", ".join(sorted(path.name for path in (SITE / "locale").iterdir() if path.is_dir()))
            raise FileNotFoundError(f"language {language!r}: there is no {file}; there are en, {known}")
    return said


def language(name: str, said: Catalog | None = None) -> Language:
    """A language by its name.

    Parameters
    ----------
    name : str
        As Sphinx has it: ``"en"``, ``"zh_CN"``.
    said : Catalog
        Its messages, if not those of the project.
    """
    if name == "en":
        return Language()
    from babel import Locale as Region

    from explorables.site import cldr

    said, region = catalogue(name) if said is None else said, Region.parse(name)
    units = {
        unit["sign"] + unit["rest"]: str(message.string)
        for message in said
        if message.id and message.string and (unit := UNIT.fullmatch(str(message.id)))
    }
    words: dict[str, Any] = {"yes": _("yes", said), "no": _("no", said), "undefined": _("not defined", said)}
    words |= {"cent": _("{number} cent", said), "cents": _("{number} cents", said)}
    before, _number, after = units.get("$", "${number}").partition("{number}")
    return Language(
        name.replace("_", "-"),
        said,
        Locale(**cldr.writing(region), **words, units=units),
        cldr.vega(region, (before, after)),
        cldr.date_formats(region),
        said.last_translator == MACHINE,
    )


def use(name: str) -> None:
    """Speak a language from now on."""
    global locale
    locale = language(name)


def _(text: str, catalogue: Catalog | dict[str, Any] | None = None, /, **values: Any) -> str:
    """A message in the language of the build.

    Parameters
    ----------
    text : str
        The message in English, with names in braces for what changes.
    catalogue : Catalog
        Of another language than that of the build.
    **values
        What stands for these names.
    """
    message = (locale.catalogue if catalogue is None else catalogue).get(text) if text else None
    said = str(message.string) if message and message.string else text
    return said.format(**values) if values else said


def human(value: Any, unit: str = "", digits: int = 3, format: str = "") -> str:
    """A value with its unit, as `explorables.explore.format.human` writes it, in the language of the build."""
    if locale.vega and not format and digits < 3 and isinstance(value, int | float) and 1e6 <= abs(value) < math.inf:
        value = float(
            f"{value:.{digits}g}"
        )  # 1.7 million is 170万 and not 174万: words of magnitude differ, and digits do not
    written = write(value, unit, digits, format, locale.writing)
    return worded(written) if isinstance(value, str) else written


def worded(text: str) -> str:
    """What is said with computed numbers: ``"about 35 months"`` by the message ``about {number} months``.

    A message calls further numbers ``{number2}``, ``{number3}`` and so on.
    """
    if (said := _(text)) != text or set("{}") & set(text):
        return said
    numbers = {f"number{n if n > 1 else ''}": number for n, number in enumerate(NUMBER.findall(text), 1)}
    names = iter(numbers)
    return _(NUMBER.sub(lambda found: f"{{{next(names)}}}", text), **numbers)


def day(when: datetime.date | None) -> str:
    """A day as the language of the build writes it; a dash for none."""
    return human((when - datetime.date(1970, 1, 1)).days, "date") if when else "–"


def messages(folder: Path = SITE) -> dict[str, set[str]]:
    """Every message that the files of a folder say, in English, with these files.

    The interface also says what is said of slips, which a kernel says in English.
    """
    from babel.messages.extract import extract_from_file

    found: dict[str, set[str]] = {}
    for file in [*files(folder, "**/*.py"), *([SLIPS] if folder == SITE else [])]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):  # Babel does not look into f-strings
            match node:
                case ast.Call(func=ast.Name("_"), args=[ast.Constant(str(text)), *_more]):
                    found.setdefault(text, set()).add(os.path.relpath(file, folder))
    for pattern, method, keyword, options in METHODS:
        for file in files(folder, pattern):
            for _line, message, *_rest in extract_from_file(method, str(file), {keyword: None}, options=options):
                found.setdefault(str(message), set()).add(file.relative_to(folder).as_posix())
    return found


def files(folder: Path, pattern: str) -> list[Path]:
    """The files of a package that match a pattern, without what others wrote."""
    return [file for file in sorted(folder.glob(pattern)) if not MADE & set(file.relative_to(folder).parts)]


def table() -> dict[str, Any]:
    """What the page scripts need to speak the language of the build, and the units that they do not know."""
    own = {"units": dict(current().units)} if current().units else {}
    if locale.vega is None:
        return own
    said_by = [found for folder in homes().values() for found in messages(folder).items()]
    scripts = {text for text, files in said_by if any(file.endswith(".js") for file in files)}
    said = {text: _(text) for text in sorted(scripts) if _(text) != text}
    return {"messages": said, "locale": asdict(locale.writing), "vega": locale.vega, **own}


def start(app: Sphinx, config: Any) -> None:
    """Take Sphinx's language, and give the scripts their part of the site."""
    use(config.language)
    domain, folder = list(homes().items())[-1]
    config.locale_dirs = [str(folder / "locale")]
    config.gettext_compact = domain
    if locale.vega:  # MyST-NB's own words end in what of a cell is hidden, in English
        config.nb_code_prompt_show, config.nb_code_prompt_hide = _("Show code cell"), _("Hide code cell")
    app.explorables_words = table()


def captions(app: Sphinx, doctree: nodes.document) -> None:
    """Translate the names of the book's parts, which come from its table of contents and so past Sphinx's own translation."""
    from sphinx import addnodes

    for contents in doctree.findall(addnodes.toctree):
        if contents.get("caption"):
            contents["caption"] = _(contents["caption"])


def page(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Let templates speak, and give the page the scripts' words."""
    context["say"] = _
    context["docstitle"] = _(context["docstitle"])
    context["words"] = app.explorables_words
    if locale.machine and context.get("body"):
        note = _("A machine translated what is not in English here, and nobody has read it yet.")
        context["body"] = f'<p class="xp-translated">{note}</p>{context["body"]}'


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.connect("config-inited", start, priority=100)  # before anything is said
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
