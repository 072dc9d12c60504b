"""Sphinx extension: the claims of the article, on the ledger and in the notebooks, written from one table.

``{ledger} <section>`` lists the claims of a section with the evidence on both sides, and ``{ledger}`` alone counts
all claims. ``{claims}`` lists those that a notebook tests, with links to the ledger: its own, or those of the
notebook that it names. The ledger can be read without a script; its script adds the filters.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from explorables.book import current
from explorables.site.i18n import _
from hardware_phase.evidence.verdicts import KINDS, MEANINGS, VERDICTS, notebooks, tested_by

ESSAY = "storyantra_2026_essay"  # in the bibliography
SCRIPT, STYLE = (Path(__file__).with_name(name) for name in ("claims.js", "claims.css"))


def counts() -> pd.Series:
    """How many claims have each verdict, in the order of the verdicts."""
    return current().data.load("claims")["verdict"].value_counts()[list(VERDICTS)]


def badge(verdict: str) -> str:
    """Markdown of a verdict."""
    return f"[{_(VERDICTS[verdict])}]{{.xp-verdict .xp-verdict-{_slug(verdict)}}}"


def entry(claim: pd.Series, tested: Iterable[str]) -> str:
    """Markdown of a claim on the ledger.

    Parameters
    ----------
    claim : pandas.Series
        A row of the table ``claims``.
    tested : iterable of str
        Markdown links to the notebooks that test it.
    """
    where = ", ".join(tested)
    classes = f"xp-claim xp-claim-{_slug(claim['verdict'])} xp-in-{claim['section']}"
    keys = ",".join(current().data.source_keys(claim))
    return "\n".join(
        [
            f":::{{div}} {classes}",
            f":name: {claim['id']}",
            "",
            f"{_permalink(claim)} {badge(claim['verdict'])} [{_(KINDS.get(claim['kind'], claim['kind']))}]{{.xp-claim-kind}}",
            "",
            f"**{claim['claim']}**",
            "",
            f"{_('For')}\n: {claim['evidence_for']}",
            "",
            f"{_('Against')}\n: {claim['evidence_against']}",
            "",
            (_("Tested in {notebooks}.", notebooks=where) + " " if where else "")
            + _("Sources: {keys}.", keys=f"{{cite}}`{keys}`"),
            ":::",
        ]
    )


def _slug(verdict: str) -> str:
    return verdict.replace(" ", "-")


def _permalink(claim: pd.Series) -> str:
    return f"{{ref}}`{claim['id']} <{claim['id']}>`"


class TableDirective(SphinxDirective):
    """What both directives share: an optional argument, and a page that follows the table."""

    optional_arguments = 1
    option_spec: ClassVar[dict] = {}

    def markdown(self) -> str:
        """What the directive stands for."""
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        """Parse the Markdown in place of the directive."""
        self.env.note_dependency(str(current().data.folder / "claims.csv"))
        return self.parse_text_to_nodes(self.markdown())


class Ledger(TableDirective):
    """Claims of a section with their evidence, or the counts by verdict."""

    def markdown(self) -> str:
        """The entries of the section in the argument; without one, the counts."""
        if not self.arguments:
            lines = [f"| {_('Verdict')} | {_('Claims')} | {_('What it means')} |", "| --- | ---: | --- |"]
            lines += [
                f"| {badge(verdict)} | {number} | {_(MEANINGS[verdict])} |" for verdict, number in counts().items()
            ]
            return "\n".join(lines)
        claims = current().data.load("claims")
        section = claims[claims["section"] == self.arguments[0]]
        if section.empty:
            raise self.error(f"no section {self.arguments[0]!r} in claims.csv")
        return "\n\n".join(entry(claim, self.links(claim)) for _, claim in section.iterrows())

    def links(self, claim: pd.Series) -> list[str]:
        """Links to the notebooks that test a claim; the first also leads to the explorer."""
        links = [f"[](/{page}.md)" for page in notebooks(claim)]
        if pd.notna(claim["explorer"]):
            # An explorer's anchor is in the page's HTML, where Sphinx does not look for targets.
            page = self.env.app.builder.get_relative_uri(self.env.docname, notebooks(claim)[0])
            links[0] += f' (<a href="{page}#{claim["explorer"]}">{_("explorer")}</a>)'
        return links


class Claims(TableDirective):
    """Claims that a notebook tests, with verdicts and links to the ledger."""

    def markdown(self) -> str:
        """A list of the claims of the notebook in the argument, or of the page itself."""
        try:
            claims = tested_by(self.arguments[0] if self.arguments else self.env.docname)
        except KeyError as problem:
            raise self.error(problem.args[0]) from problem
        items = [f"- {_permalink(claim)} {claim['claim']} {badge(claim['verdict'])}" for _, claim in claims.iterrows()]
        return "\n".join(
            [
                ":::{div} xp-claims",
                _("Claims tested here, with the verdict that the evidence gives:"),
                "",
                *items,
                ":::",
            ]
        )


def add_script(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Load the ledger's script where there are entries and nowhere else."""
    if doctree is not None and any("xp-claim" in node["classes"] for node in doctree.findall(nodes.container)):
        app.add_js_file("xp-words.js", loading_method="defer", priority=600)
        app.add_js_file(SCRIPT.name, loading_method="defer", priority=650)


def use_files(app: Sphinx, config: Any) -> None:
    """Add the script and the style to the site's static files."""
    config.html_static_path = [*config.html_static_path, str(SCRIPT), str(STYLE)]


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.add_directive("ledger", Ledger)
    app.add_directive("claims", Claims)
    app.add_css_file(STYLE.name)
    app.connect("config-inited", use_files)
    app.connect("html-page-context", add_script)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
