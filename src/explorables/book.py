"""What the tool knows of the book that it serves: one object, which the book's own package makes.

A book names it as an entry point, so that the site, a notebook's kernel and the command line all find it::

    [project.entry-points."explorables.books"]
    my_book = "my_book:BOOK"

A book without one is served all the same: it has a title from its configuration, and neither tables nor exercises.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Literal

from explorables.tables import DataPackage

GROUP = "explorables.books"


@dataclass(frozen=True)
class Book:
    """A book that the tool serves.

    Attributes
    ----------
    title : str
        What it is called.
    package : str
        Import name of the book's own Python package, empty where it has none.
    distribution : str
        What `pip` calls that package.
    tables : DataPackage, optional
        Its tables and sources.
    answers : pathlib.Path, optional
        File with the exercises that a machine can check, written by ``answers``.
    extensions : tuple of str
        The book's own Sphinx extensions.
    rules : str
        Module with the rules that its tables obey beyond their types.
    upstream : str
        Module whose ``UPSTREAM`` lists the publishers' tables that its tables follow.
    standing : str
        Module whose ``standing(pages)`` gives what the book counts as its results beyond what its pages say: by area, names to
        figures.
    without_questions : tuple of str
        Pages with code that are no lessons, and so owe no self-checks and exercises.
    accent : str
        Name of the colour of buttons, links and focus rings.
    colours : mapping
        Colours with a meaning in this book: name to their light and dark values.
    units : mapping
        Units of the book's trade, beyond those that everybody has, to how they are written: ``"si"`` with the prefixes of
        the SI (3 kX), ``"power"`` as a power of ten from a hundred thousand on, ``"plain"`` as they stand.
    plain : mapping
        What the book's own directives and roles say in a notebook, where Sphinx does not run: the name of one to the
        function that says it as text of a page, ``"module:function"``. It is given the page, what stands in the directive or
        role, and the address of the site.
    pages : mapping
        Where pages with a part of their own stand: ``"bibliography"``, ``"glossary"`` (abbreviations link to it) and
        ``"changes"`` (its sections make the feed). A part without a page is left out.
    weights : mapping
        How much words weigh in a search by where they stand: CSS selectors to numbers, beyond those of
        `explorables.site.search`; 1 is a paragraph's.
    synonyms : tuple of tuple of str
        Words for one thing, for the search: ``("ipo", "listing")``. Plurals and the other spelling of English need none.
    """

    title: str = "Book"
    package: str = ""
    distribution: str = ""
    tables: DataPackage | None = None
    answers: Path | None = None
    extensions: tuple[str, ...] = ()
    rules: str = ""
    upstream: str = ""
    standing: str = ""
    without_questions: tuple[str, ...] = ()
    accent: str = "s1"
    colours: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    units: Mapping[str, Literal["si", "power", "plain"]] = field(default_factory=dict)
    plain: Mapping[str, str] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    synonyms: tuple[tuple[str, ...], ...] = ()

    def said_plainly(self, name: str, page: str, argument: str, site: str) -> str:
        """What a directive or role of the book's own says in a notebook: see `plain`."""
        module, _colon, function = self.plain[name].partition(":")
        return str(getattr(importlib.import_module(module), function)(page, argument, site))

    @property
    def slug(self) -> str:
        """The title as the name of a file."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")

    @property
    def data(self) -> DataPackage:
        """The tables, or an error that says how a book gets some.

        Raises
        ------
        LookupError
            If the book has none.
        """
        if self.tables is None:
            raise LookupError(f"the book {self.title!r} has no tables: give its explorables.book.Book `tables=`")
        return self.tables

    @property
    def table_rules(self) -> ModuleType | None:
        """The module with the rules that the tables obey beyond their types, if the book has one."""
        return importlib.import_module(self.rules) if self.rules else None

    @property
    def root(self) -> Path:
        """The checkout that the book is written in: the nearest folder above its package with a ``pyproject.toml``.

        Raises
        ------
        FileNotFoundError
            If the package is not installed from a checkout.
        """
        for parent in self.folder.parents:
            if (parent / "pyproject.toml").is_file():
                return parent
        raise FileNotFoundError(
            f"the sources of {self.title} are not here: run this in a checkout of its repository, after `make book`"
        )

    @property
    def folder(self) -> Path:
        """Folder of the package's Python files.

        Raises
        ------
        LookupError
            If the book has no package.
        """
        if not self.package:
            raise LookupError(
                f"the book {self.title!r} has no package of its own: give its explorables.book.Book `package=`"
            )
        return Path(importlib.import_module(self.package).__file__ or "").resolve().parent


@cache
def current() -> Book:
    """The book that is installed here; a plain one where none is.

    Raises
    ------
    LookupError
        If two are installed, so that nobody can tell which is meant.
    """
    found = {point.value: point for point in entry_points(group=GROUP)}
    if len(found) > 1:
        raise LookupError(f"more than one book is installed here: {', '.join(sorted(found))}. Uninstall all but one")
    return next(iter(found.values())).load() if found else Book()
