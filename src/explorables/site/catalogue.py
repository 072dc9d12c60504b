"""Sphinx extension: the data catalogue, written from the tables when the book is built.

A page that holds the line ``% catalogue`` gets a section for each table: what a row is, how many rows there are of
each kind, the sources, the notebooks that use it, the columns, the first rows, and the file to download. The page's
script, where there is one, turns the first rows into the whole table, to be sorted and searched. ``{releases}`` lists what
changed in the tables from release to release.
"""

from __future__ import annotations

import datetime
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
from docutils import nodes
from docutils.nodes import make_id
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from explorables.book import current
from explorables.site import i18n
from explorables.site.assets import bring
from explorables.site.html_pages import Site
from explorables.site.i18n import _
from explorables.site.render import render
from explorables.tables import history
from explorables.tables.age import Age, age
from explorables.tables.package import read_text

MARK = re.compile(r"^% catalogue$", re.MULTILINE)
SCRIPT = "xp-catalogue.js"  # bundled beside the explorers' script
STYLE = Path(__file__).parent / "catalogue.css"
FOLDER = "data"  # where the site keeps the files to download
FIRST_ROWS = 4
NUMBERS = {"number", "integer", "year"}  # types of columns that line up on the right
TOLD = 12  # changes of a table that a release tells
LONG = 40  # characters of a cell that may wrap
KINDS = {
    "reported": _("reported"),
    "derived": _("derived"),
    "estimate": _("estimated"),
    "plan": _("planned"),
    "forecast": _("forecast"),
    "actual": _("actual"),
    "assumption": _("assumption"),
}  # a book may have more; they are said as they stand, or as its catalogue has them
UNSURE = {"estimate", "plan", "forecast", "assumption"}
CODE = re.compile(r"^```\{code-cell\}.*?^```", re.MULTILINE | re.DOTALL)
LOADS = re.compile(r"""\bdata\.(?:load|value)\(\s*["'](\w+)["']""")
IMPORT = r"^\s*from {package}(?:\.(?P<package>\w+))? import (?P<names>[\w, ]+)$"


def uses(book: Path, pages: list[str]) -> dict[str, list[str]]:
    """Which pages load which tables, themselves or through the project's modules that they import.

    Parameters
    ----------
    book : pathlib.Path
        Folder with the book's text.
    pages : list of str
        Pages, as paths in that folder without suffix.

    Returns
    -------
    dict
        Table to pages, in the order of the pages.
    """
    found: dict[str, list[str]] = {}
    for page in pages:
        file = book / f"{page}.md"
        if file.is_file():
            code = "\n".join(CODE.findall(file.read_text(encoding="utf-8")))
            for table in sorted(_tables_in(code, set())):
                found.setdefault(table, []).append(page)
    return found


def _tables_in(code: str, seen: set[Path]) -> set[str]:
    tables = set(LOADS.findall(code))
    book = current()
    if not book.package:
        return tables
    package = book.folder
    for imported in re.finditer(IMPORT.format(package=book.package), code, re.MULTILINE):
        for name in re.findall(r"\w+", imported["names"]):
            module = package / (imported["package"] or "") / f"{name}.py"
            if module.is_file() and module not in seen:
                seen.add(module)
                tables |= _tables_in(module.read_text(encoding="utf-8"), seen)
    return tables


def catalogue(used_in: dict[str, list[str]]) -> str:
    """Markdown of the catalogue: a section a table, in the order of ``datapackage.json``.

    Parameters
    ----------
    used_in : dict
        Table to the pages that use it, as :func:`uses` gives it.
    """
    return "\n\n".join("\n\n".join(_section(name, used_in.get(name, []))) for name in current().data.names())


def _section(name: str, pages: list[str]) -> Iterator[str]:
    resource = current().data.describe(name)
    cells = read_text(current().data.folder, resource)
    yield f"(table-{name})=\n## {resource['title']}"
    yield resource["description"]
    links = [f"[](/{page}.md)" for page in pages]
    facts = [
        _("{count} rows: {kinds}.", count=len(cells), kinds=_counts(cells[current().data.kind_column(name)])),
        _("Used in {notebooks}.", notebooks=_(", ").join(links)) if links else _("No notebook uses it yet."),
    ]
    facts += list(_dates(age(current().data, name)))
    recalled = int((cells["evidence"] == "recalled").sum())
    if recalled:
        facts.insert(1, _("{count} of them recalled from general knowledge and not checked.", count=recalled))
    yield "\n".join(f"- {fact}" for fact in facts)
    yield f"```{{raw}} html\n{piece(cells, resource)}\n```"


def _dates(found: Age) -> Iterator[str]:
    """When a table was last looked at, from when its newest figure is, and how old its figures may be."""
    days = {name: i18n.day(day) for name, day in (("seen", found.as_of), ("newest", found.newest)) if day}
    if "seen" in days:
        yield _("Last compared with its sources on {day}.", day=days["seen"])
    if "newest" in days and found.months:
        yield _(
            "The newest figure is from {day}; a figure may be {months} months old, and {old} of {count} series have an older one.",
            day=days["newest"],
            months=found.months,
            old=len(found.aged),
            count=found.series,
        )
    elif "newest" in days:
        yield _("The newest figure is from {day}; figures of this kind do not age.", day=days["newest"])


def piece(cells: pd.DataFrame, resource: dict[str, Any]) -> str:
    """HTML with a table's first rows, its columns, its sources and its file.

    Parameters
    ----------
    cells : pandas.DataFrame
        The table as text.
    resource : dict
        What ``datapackage.json`` says of it.
    """
    kind = current().data.kind_column(resource["name"])
    return render(
        "catalogue_table.html",
        address=f"{FOLDER}/{resource['path']}",
        resource=resource,
        kind=kind,
        size=f"{(current().data.folder / resource['path']).stat().st_size / 1e3:.0f}",
        fields=[one | {"number": one["type"] in NUMBERS} for one in resource["schema"]["fields"]],
        rows=[{"cells": list(row), "unsure": row[kind] in UNSURE} for _, row in cells.head(FIRST_ROWS).iterrows()],
        count=len(cells),
        long=LONG,
        sources=list(_sources(cells)),
    )


def _counts(kinds: pd.Series) -> str:
    counts = kinds.value_counts().items()
    return _(", ").join(_("{count} {kind}", count=count, kind=_(KINDS.get(kind, kind))) for kind, count in counts)


def _sources(cells: pd.DataFrame) -> Iterator[dict[str, str]]:
    """All sources of a table, those of most rows first, each with its place in the bibliography."""
    keys = cells["source"].str.split(";").explode().str.strip()
    keys = keys[keys != ""].value_counts()
    table = current().data.sources(pd.DataFrame({"source": keys.index}))
    who = table["publisher"].where(table["publisher"] != "", table["author"])
    page = current().pages["bibliography"]
    for key in keys.index:
        yield {"href": f"{page}.html#{make_id(key)}", "who": who[key], "title": table.at[key, "title"]}


def fill_in(app: Sphinx, page: str, source: list[str]) -> None:
    """Put the catalogue where a page asks for it, and have the page follow the tables."""
    if not MARK.search(source[0]):
        return
    written = catalogue(uses(Path(app.srcdir), sorted(app.env.found_docs)))
    source[0] = MARK.sub(lambda _: written, source[0])
    app.env.xp_catalogues = {*getattr(app.env, "xp_catalogues", ()), page}
    for file in filter(Path.is_file, current().data.folder.iterdir()):
        app.env.dependencies[page].add(str(file))


def add_script(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Load the catalogue's script on the catalogue's page and nowhere else."""
    if page in getattr(app.env, "xp_catalogues", ()):
        app.add_js_file(SCRIPT, loading_method="defer", priority=600)  # after the explorers' script


def copy_tables(app: Sphinx, site: Site) -> None:
    """Put the tables, their description and the bibliography on the site, for download, where the book has some."""
    if current().tables is None:
        return
    target = site.folder / FOLDER
    target.mkdir(exist_ok=True)
    for file in current().data.folder.iterdir():
        if file.suffix in {".csv", ".json", ".bib"}:
            shutil.copyfile(file, target / file.name)
    kept = sorted((current().data.folder.parent / history.FOLDER).glob("*.zip"))
    for file in kept:
        (target / history.FOLDER).mkdir(exist_ok=True)
        shutil.copyfile(file, target / history.FOLDER / file.name)
    for name in history.with_explorers(current().data.folder.parent):
        _keep_explorers(name, target / history.FOLDER / name)


def _keep_explorers(name: str, folder: Path) -> None:
    """Write what the explorers of each page were at a release, as a script: those can be loaded without a server, too."""
    file = current().data.folder.parent / history.FOLDER / f"{name}{history.EXPLORERS}"
    for page, explorers in json.loads(file.read_text(encoding="utf-8")).items():
        script = folder / f"{page}.js"
        script.parent.mkdir(parents=True, exist_ok=True)
        kept = json.dumps({name: explorers}, ensure_ascii=False, separators=(",", ":"))
        script.write_text(f"window.xpThen=Object.assign(window.xpThen||{{}},{kept})\n", encoding="utf-8")


def tables_of(page: str) -> dict[str, str]:
    """What the page's script must know of releases, as attributes of its element: which the tables are, and earlier ones."""
    if current().tables is None:
        return {}
    root = current().data.folder.parent
    kept = set(history.with_explorers(root))
    known = [one.name for one in history.history(root) if one.name in kept]
    if not known:
        return {}
    then = f"../{FOLDER}/{history.FOLDER}/{{name}}/{page}.js"  # beside the script's own folder
    return {"data-tables": known[0], "data-kept": " ".join(known[1:]), "data-then": then}


def _rows(change: history.Change) -> str:
    """How many rows of a table are new, changed and gone, as far as there are any."""
    counts = {"new": change.new, "changed": change.changed, "gone": change.gone}
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)


class Releases(SphinxDirective):
    """What changed in the tables from release to release, each with its tables to download.

    With ``:news:`` each release becomes a section of the page of changes, and so an entry of the feed: rows by table, and
    a link to the page of the argument, where the changes are told one by one.
    """

    optional_arguments = 1
    option_spec: ClassVar[dict] = {"news": directives.flag}

    def run(self) -> list[nodes.Node]:
        """Write the list, and have the page follow it."""
        root = current().data.folder.parent
        self.env.note_dependency(str(root / history.FOLDER / history.HISTORY))
        titles = {name: current().data.describe(name)["title"] for name in current().data.names()}
        known = history.history(root)
        if "news" in self.options:
            return [self.news(one, titles) for one in known if one.changes]
        releases = [
            {
                "name": one.name,
                "day": i18n.day(datetime.date.fromisoformat(one.name)),
                "address": f"{FOLDER}/{history.FOLDER}/{one.name}.zip",
                "rows": one.rows,
                "changes": [
                    {"title": titles.get(change.table, change.table), "change": change} for change in one.changes
                ],
            }
            for one in known
        ]
        return [nodes.raw("", render("releases.html", releases=releases, shown=TOLD, long=2 * LONG), format="html")]

    def news(self, release: history.Release, titles: dict[str, str]) -> nodes.section:
        """A release as a section, in the language of the page's own text, which is not translated."""
        day = datetime.date.fromisoformat(release.name)
        name = f"tables-{release.name}"
        section = nodes.section("", nodes.title("", f"New tables, {day:%-d %B %Y}"), ids=[name], names=[name])
        where = self.env.app.builder.get_relative_uri(self.env.docname, self.arguments[0])
        told = "; ".join(f"{titles.get(one.table, one.table)} ({_rows(one)})" for one in release.changes)
        link = f'<a href="{where}#{name}">each change, and all tables as they were then</a>'
        section += self.parse_text_to_nodes(f"Rows that changed: {told}. See {link}.")
        return section


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.add_directive("releases", Releases)
    bring(app, STYLE)
    app.connect("source-read", fill_in)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
