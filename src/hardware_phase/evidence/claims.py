"""Sphinx extension: the claims of the essay, on the ledger and on other pages, written from one table.

``{ledger} <section>`` lists the claims of a section with the evidence on both sides. ``{claims}`` lists those that a
page tests, with links to the ledger: its own, or those of the page that it names. ``{squares}`` draws all claims by
chapter and verdict; with the option ``explained`` it says what the verdicts mean and adds what search engines read.
``{finding}`` is a paragraph with counts in it: ``{total}``, ``{supported}``, ``{partly}``, ``{contested}``,
``{outdated}``, ``{unsupported}`` and ``{untestable}``. The ledger can be read without a script; its script adds the
filters.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from explorables.book import current
from explorables.explore.exhibit import declared
from explorables.site import addresses
from explorables.site.assets import bring
from explorables.site.i18n import _, human, worded
from explorables.site.markup import script_json
from hardware_phase.evidence import claim_review, figures, squares
from hardware_phase.evidence.margins import margins
from hardware_phase.evidence.verdicts import KINDS, MEANINGS, VERDICTS, named_counts, notebooks, tested_by

ESSAY = "storyantra_2026_essay"  # in the bibliography
LEDGER = "claims"  # the page with all entries, and the folder of the pages that have one each
SCRIPT, STYLE = (Path(__file__).with_name(name) for name in ("claims.js", "claims.css"))


def badge(verdict: str) -> str:
    """Markdown of a verdict."""
    slug = squares.slug(verdict)
    name = f"{squares.mark(verdict)} {_(VERDICTS[verdict])}"
    return f'<span class="xp-verdict xp-verdict-{slug}">{name}</span>'


def entry(claim: pd.Series, test: str, also: Iterable[str]) -> str:
    """Markdown of a claim on the ledger.

    Parameters
    ----------
    claim : pandas.Series
        A row of the table ``claims``.
    test : str
        Markdown link to what tests it.
    also : iterable of str
        Markdown links to further pages that do.
    """
    classes = f"xp-claim xp-claim-{squares.slug(claim['verdict'])} xp-in-{claim['section']} xp-kind-{claim['kind']}"
    keys = ",".join(current().data.source_keys(claim))
    where = _(", ").join(also)
    return "\n".join(
        [
            f":::{{div}} {classes}",
            f":name: {claim['id']}",
            "",
            f"{_permalink(claim)} {badge(claim['verdict'])} [{_(KINDS.get(claim['kind'], claim['kind']))}]{{.xp-claim-kind}}",
            "",
            f"**{_(claim['claim'])}**",
            f"[{_('In the essay: “{words}”', words=claim['quote'])}]{{.xp-claim-quote}}",
            "",
            f"{_('For')}\n: {figures.fill(_(claim['evidence_for']))}",
            "",
            f"{_('Against')}\n: {figures.fill(_(claim['evidence_against']))}",
            "",
            *again(claim["id"]),
            test,
            "",
            (_("Also tested in {notebooks}.", notebooks=where) + " " if where else "")
            + _("Sources: {keys}.", keys=f"{{cite}}`{keys}`")
            + f' <a class="xp-claim-alone" href="{place(claim["id"])}.html">{_("This claim alone, to share")}</a>',
            ":::",
        ]
    )


def again(claim: str) -> list[str]:
    """Markdown of what would have the verdict looked at again, where numbers decide it: lines."""
    told = []
    for one in (margin for margin in margins() if margin.claim == claim):
        shown = one.shown()
        name = _(shown["label"])
        if one.says:
            told.append(_("“{name}” is no longer “{value}”", name=name, value=worded(one.says)))
        for bound, text in (
            (one.at_least, _("“{name}” falls below {value}")),
            (one.at_most, _("“{name}” rises above {value}")),
        ):
            if isfinite(bound):
                value = human(bound, shown.get("unit", ""), shown.get("digits", 3))
                told.append(text.format(name=name, value=value))
    return [f"{_('Looked at again')}\n: {_('when {these}.', these=_('; ').join(told))}", ""] if told else []


def place(claim: str) -> str:
    """Where the page of a claim is on the site, without its suffix."""
    return f"{LEDGER}/{claim.lower()}"


def explorer_title(page: str, explorer: str) -> str:
    """What the explorer of a page is called, as its table says."""
    table = Path(current().folder, "exhibits", Path(page).name.replace("-", "_")).with_suffix(".toml")
    return str(declared(table, explorer.replace("-", "_"))["title"])


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
    """Claims of a section with their evidence."""

    required_arguments, optional_arguments = 1, 0

    def markdown(self) -> str:
        """The entries of the section in the argument."""
        claims = current().data.load("claims")
        section = claims[claims["section"] == self.arguments[0]]
        if section.empty:
            raise self.error(f"no section {self.arguments[0]!r} in claims.csv")
        return "\n\n".join(self.entry(claim) for _id, claim in section.iterrows())

    def entry(self, claim: pd.Series) -> str:
        """The entry of a claim, with links to what tests it: an explorer, or else a page."""
        first, *others = notebooks(claim)
        test = f"[](/{first}.md)"
        if pd.notna(claim["explorer"]):
            # An explorer's anchor is in the page's HTML, where Sphinx does not look for targets.
            page = self.env.app.builder.get_relative_uri(self.env.docname, first)
            title = _(explorer_title(first, claim["explorer"]))
            test = f'<a class="xp-claim-test" href="{page}#{claim["explorer"]}">{title}</a>'
        return entry(claim, _("Test it: {explorer}", explorer=test), [f"[](/{page}.md)" for page in others])


class Finding(TableDirective):
    """A paragraph of the author's with counts of verdicts in it."""

    optional_arguments = 0
    has_content = True

    def markdown(self) -> str:
        """The text with its numbers."""
        try:
            said = _(" ".join(self.content), **named_counts())
        except KeyError as problem:
            raise self.error(f"{{{problem.args[0]}}} is no count: there are {', '.join(named_counts())}") from problem
        return f":::{{div}} xp-finding\n{said}\n:::"


class Squares(TableDirective):
    """The picture of all claims."""

    optional_arguments = 0
    option_spec: ClassVar[dict] = {"explained": directives.flag}

    def run(self) -> list[nodes.Node]:
        """The figure as HTML, which the card of the page takes too."""
        self.env.note_dependency(str(current().data.folder / "claims.csv"))
        picture, app = self.picture(), self.env.app
        page = "" if self.env.docname == LEDGER else app.builder.get_relative_uri(self.env.docname, LEDGER)

        def address(query: str, claim: str) -> str:
            return f"{page or (f'{LEDGER}.html' if query else '')}{'?' + query if query else ''}{'#' + claim if claim else ''}"

        node = nodes.raw("", squares.html(picture, address, "explained" in self.options), format="html")
        node["xp_card"] = squares.drawing(picture)
        return [node, *([self.reviews()] if "explained" in self.options and app.config.html_baseurl else [])]

    def picture(self) -> squares.Picture:
        """The claims by section, under the titles of the chapters."""
        rows = {
            str(section): [
                squares.Square(claim["id"], _(claim["claim"]), claim["verdict"]) for _id, claim in claims.iterrows()
            ]
            for section, claims in current().data.load("claims").groupby("section", observed=True, sort=False)
        }
        return squares.Picture(rows, {section: self.title(section) for section in rows}, VERDICTS, MEANINGS)

    def title(self, section: str) -> str:
        """Title of a chapter; the opening of the essay is none."""
        page = Path(self.env.doc2path(f"{section}/index"))
        if not page.is_file():
            return _("Opening")
        self.env.note_dependency(str(page))
        heading = next(line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("# "))
        return _(heading.removeprefix("# "))

    def reviews(self) -> nodes.raw:
        """What search engines read of the ledger."""
        app, book = self.env.app, current()
        site, claims = addresses.base(app), book.data.load("claims")
        found = claim_review.reviews(
            claims.assign(claim=claims["claim"].map(_)),
            {verdict: _(name) for verdict, name in VERDICTS.items()},
            book.data.bibliography()[ESSAY],
            book.title,
            site,
            lambda claim: f"{site}{app.builder.get_target_uri(place(claim))}",
        )
        return nodes.raw("", f'<script type="application/ld+json">{script_json(found)}</script>', format="html")


class Claims(TableDirective):
    """Claims that a notebook tests, with verdicts and links to the ledger."""

    def markdown(self) -> str:
        """A list of the claims of the notebook in the argument, or of the page itself."""
        try:
            claims = tested_by(self.arguments[0] if self.arguments else self.env.docname)
        except KeyError as problem:
            raise self.error(problem.args[0]) from problem
        items = [
            f"- {_permalink(claim)} {_(claim['claim'])} {badge(claim['verdict'])}" for _id, claim in claims.iterrows()
        ]
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


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.add_directive("ledger", Ledger)
    app.add_directive("claims", Claims)
    app.add_directive("finding", Finding)
    app.add_directive("squares", Squares)
    bring(app, SCRIPT, STYLE)
    app.connect("html-page-context", add_script)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
