"""Sphinx extension: how old the figures of a page are, at its foot, and of the whole book where a page asks for it.

At the foot of a page stands from when the newest and the oldest figures are that it uses, table by table, with those that
are older than their table allows; the front page says it of the whole book. ``{ages}`` says it of all tables in a sentence.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from explorables.book import current
from explorables.site import catalogue, i18n
from explorables.site.i18n import _
from explorables.site.render import render
from explorables.tables.age import SHOWN, Age, ages


@cache
def used(folder: Path, pages: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The tables that each page uses."""
    found: dict[str, list[str]] = {}
    for table, those in catalogue.uses(folder, list(pages)).items():
        for page in those:
            found.setdefault(page, []).append(table)
    return {page: tuple(tables) for page, tables in found.items()}


def of_page(app: Sphinx, page: str) -> list[Age]:
    """How old the tables are that a page uses; none where the book has no tables. The front page stands for all of them."""
    if current().tables is None:
        return []
    if page == app.config.root_doc:
        return ages(current().data)
    known = set(current().data.names())
    tables = used(Path(app.srcdir), tuple(sorted(app.env.found_docs))).get(page, ())
    return ages(current().data, [name for name in tables if name in known])


def span(found: Iterable[Age]) -> tuple[date, date] | None:
    """The newest and the oldest day of figures that can age; of all dated ones where none can."""
    dated = [(one.newest, one.oldest, one.months) for one in found if one.newest and one.oldest]
    dated = [one for one in dated if one[2]] or dated
    return (max(newest for newest, _, _ in dated), min(oldest for _, oldest, _ in dated)) if dated else None


def sentence(found: list[Age]) -> str:
    """When figures were last looked at, and from when the newest and the oldest of them are."""
    seen = max((one.as_of for one in found if one.as_of), default=None)
    between = span(found)
    if between is None:
        return _("The figures were last compared with their sources on {day}.", day=i18n.day(seen)) if seen else ""
    return _(
        "The figures were last compared with their sources on {day}. The newest is from {newest}, the oldest that no newer "
        "one replaces from {oldest}.",
        day=i18n.day(seen),
        newest=i18n.day(min(between[0], seen or between[0])),  # a month counts to its last day
        oldest=i18n.day(between[1]),
    )


def aged(found: list[Age]) -> str:
    """How many figures are older than their tables allow."""
    old, every = sum(len(one.aged) for one in found), sum(one.series for one in found if one.months)
    if not every:
        return ""
    return _("{old} of {count} series have no figure as new as their table asks for.", old=old, count=every)


def foot(found: list[Age], address: str) -> str:
    """HTML of the foot of a page; `address` is that of the page with the tables, empty where there is none."""
    tables = [
        {
            "title": one.title,
            "href": f"{address}#{nodes.make_id(f'table-{one.name}')}" if address else "",
            "newest": i18n.day(one.newest),
            "oldest": i18n.day(one.oldest),
            "months": one.months,
            "series": one.series,
            "aged": len(one.aged),
            "some": "; ".join(f"{key or one.title} ({i18n.day(day)})" for key, day in one.aged[:SHOWN]),
            "more": max(0, len(one.aged) - SHOWN),
        }
        for one in found
        if one.newest
    ]
    # As plain text: what Markup is added to, it escapes.
    return str(render("ages.html", sentence=sentence(found), aged=aged(found), tables=tables))


def add_foot(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Say at the foot of a page how old its figures are."""
    if doctree is None or not (found := of_page(app, page)):
        return
    target = next(iter(sorted(getattr(app.env, "xp_catalogues", ()))), "")
    context["body"] += foot(found, app.builder.get_relative_uri(page, target) if target else "")


def depend(app: Sphinx, doctree: nodes.document) -> None:
    """Have a page follow the tables whose age it tells."""
    for one in of_page(app, app.env.docname):
        app.env.note_dependency(str(current().data.folder / current().data.describe(one.name)["path"]))


class Ages(SphinxDirective):
    """How old the tables of the book are, in a sentence or two."""

    def run(self) -> list[nodes.Node]:
        """Write the paragraph, and have the page follow the tables."""
        self.env.note_dependency(str(current().data.folder / "datapackage.json"))
        found = ages(current().data)
        return self.parse_text_to_nodes(" ".join(filter(None, [sentence(found), aged(found)])))


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.add_directive("ages", Ages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
