"""Sphinx extension: self-checks as forms that work on a static page, and how far a reader has come with them.

``{self-check-progress}`` lists the pages that have self-checks. What a reader has answered stays in the reader's
browser; the page's script fills it in.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from explorables.site import i18n, spoken
from explorables.site.assets import bring
from explorables.site.i18n import _, human
from explorables.site.markup import data_script
from explorables.site.render import render

SCRIPT = "xp-check.js"  # bundled beside the explorers' script
STYLE = Path(__file__).parent / "self_checks.css"


class Overview(nodes.General, nodes.Element):
    """Stands for the list of pages with self-checks until all pages are read."""


class Progress(SphinxDirective):
    """List the pages that have self-checks, with how many."""

    def run(self) -> list[nodes.Node]:
        """Leave a mark for the list, and remember the page."""
        self.env.xp_progress_page = self.env.docname
        return [Overview()]


def node(content: Mapping[str, Any], document: nodes.document, where: str) -> nodes.raw:
    """A self-check as raw HTML; its place on the page gives it its number."""
    seen = document.attributes.setdefault("xp_self_checks", [])
    if content["id"] in seen:
        raise ExtensionError(f"{where}: the page asks {content['question']!r} twice: word one of them otherwise")
    seen.append(content["id"])
    if content["kind"] == "move" and content["explorer"] not in document.attributes.get("xp_explorers", []):
        raise ExtensionError(f"{where}: there is no explorer {content['explorer']!r} above this self-check")
    return nodes.raw("", form(content, len(seen)), format="html")


def form(check: Mapping[str, Any], number: int) -> str:
    """The HTML of a self-check: a form, and the answer for readers without a script."""
    check = spoken.self_check(check)
    check["solution"] = _solution(check)
    if check["kind"] == "number":
        check["wanted"] = _wanted(check["unit"])
    asked = _("Your answer, in {unit}", unit=check["wanted"]) if check.get("wanted") else _("Your answer")
    data = data_script("xp-check-data", check)
    return render("self_check.html", check=check, number=number, asked=asked, data=Markup(data))


def _solution(check: Mapping[str, Any]) -> str:
    """The right answer as text."""
    match check["kind"]:
        case "number":
            return human(check["answer"], check["unit"])
        case "move":
            said = (
                _(
                    "{name}: {value}",
                    name=one["label"],
                    value=human(*(one[key] for key in ("value", "unit", "digits", "format") if key in one)),
                )
                for one in check["settings"]
            )
            return _("For example {settings}", settings=_(", ").join(said))
    return check["solution"]


def _wanted(unit: str) -> str:
    """What to call the unit of an answer."""
    pattern = i18n.locale.writing.units.get(unit)
    return (
        pattern.format(number="").strip()
        if pattern
        else {"%": _("per cent"), "$": _("dollars"), "x": ""}.get(unit, unit)
    )


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Remember which self-checks a page has."""
    if ids := doctree.attributes.get("xp_self_checks"):
        found(app.env)[app.env.docname] = ids


def found(env: BuildEnvironment) -> dict[str, list[str]]:
    """Page to the ids of its self-checks."""
    if not hasattr(env, "xp_self_checks"):
        env.xp_self_checks = {}
    return env.xp_self_checks


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Drop what is known of a page that is read again."""
    found(env).pop(docname, None)


def merge(app: Sphinx, env: BuildEnvironment, docnames: list[str], other: BuildEnvironment) -> None:
    """Take over what another process has read."""
    found(env).update(found(other))
    if hasattr(other, "xp_progress_page"):
        env.xp_progress_page = other.xp_progress_page


def renew(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Write the overview again when what it says has changed."""
    before, env.xp_overview = getattr(env, "xp_overview", None), overview(env)
    page = getattr(env, "xp_progress_page", None)
    return [page] if page in env.found_docs and env.xp_overview != before else []


def overview(env: BuildEnvironment) -> list[tuple[str, str, list[str]]]:
    """Each page with self-checks, with its title and their ids, in the order of the table of contents."""
    return [(page, env.titles[page].astext(), found(env)[page]) for page in _in_order(env) if page in found(env)]


def list_pages(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the list of pages where the directive stands."""
    for mark in list(doctree.findall(Overview)):
        pages = [
            {"ids": ids, "href": app.builder.get_relative_uri(docname, page), "title": title}
            for page, title, ids in overview(app.env)
        ]
        mark.replace_self(nodes.raw("", render("self_check_pages.html", pages=pages), format="html"))


def _in_order(env: BuildEnvironment) -> list[str]:
    """All pages in the order of the table of contents."""
    ordered: list[str] = []

    def visit(page: str) -> None:
        ordered.append(page)
        for child in env.toctree_includes.get(page, []):
            visit(child)

    visit(env.config.root_doc)
    return ordered


def add_script(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Load the script where there are self-checks or the overview of them."""
    if pagename in found(app.env) or pagename == getattr(app.env, "xp_progress_page", None):
        app.add_js_file(SCRIPT, loading_method="defer", priority=600)  # after the explorers' script


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.add_node(Overview)
    app.add_directive("self-check-progress", Progress)
    bring(app, STYLE)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", renew)
    app.connect("doctree-resolved", list_pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
