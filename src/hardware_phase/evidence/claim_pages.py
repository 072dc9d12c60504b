"""Sphinx extension: a page for each claim, with a card of its own, because a link into the ledger shows the ledger's card.

A page says what the ledger says of one claim, and leads to the explorer that tests it and to the claim on the ledger,
where its sources are.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pandas as pd
from markupsafe import Markup
from sphinx.application import Sphinx

from explorables.book import current
from explorables.explore import colour
from explorables.site import addresses, cards, i18n
from explorables.site.i18n import _
from explorables.site.markup import script_json
from hardware_phase.evidence import claim_review, figures, squares
from hardware_phase.evidence.claims import ESSAY, LEDGER, explorer_title, place
from hardware_phase.evidence.verdicts import KINDS, VERDICTS, notebooks

BODY = Markup("""<section class="xp-claim-page"><p class="xp-place"><a href="{ledger}#{anchor}">{of}</a> · {id} · {kind}</p>
<h1>{claim}</h1>
<p><span class="xp-verdict xp-verdict-{slug}">{mark} {verdict}</span></p>
<p class="xp-claim-quote">{quote}</p>
<dl><dt>{yes}</dt><dd>{evidence_for}</dd><dt>{no}</dt><dd>{evidence_against}</dd></dl>
<p>{test}</p><p><a href="{ledger}#{anchor}">{sources}</a></p>
<script type="application/ld+json">{review}</script></section>""")


def there(app: Sphinx) -> bool:
    """Whether the site has the claims' pages: it has the ledger and an address."""
    return app.builder.format == "html" and LEDGER in app.env.found_docs and bool(app.config.html_baseurl)


def name_pages(app: Sphinx, exception: Exception | None) -> None:
    """Let the map of the site name the claims' pages, also where nothing changed and so none was written."""
    if not exception and there(app):
        app.explorables_pages = [place(claim) for claim in current().data.load("claims")["id"]]  # type: ignore[attr-defined]


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Every claim's page, with its card drawn, where the site has an address."""
    if not there(app):
        return
    for _number, claim in current().data.load("claims").iterrows():
        yield place(claim["id"]), context(app, claim), "page.html"


def context(app: Sphinx, claim: pd.Series) -> dict[str, Any]:
    """What the page of a claim says, to readers and to other sites."""
    base, name = addresses.base(app), place(claim["id"])
    said, verdict = _(claim["claim"]), _(VERDICTS[claim["verdict"]])
    description = f"{verdict}. {figures.fill(_(claim['evidence_for']))} {figures.fill(_(claim['evidence_against']))}"
    image = cards.place(name)
    if i18n.locale.vega is None:
        card(app, claim, image)
    tags = {
        "description": description,
        "og:type": "article",
        "og:site_name": app.config.html_title or app.config.project,
        "og:title": said,
        "og:description": description,
        "og:url": urljoin(base, app.builder.get_target_uri(name)),
        "og:image": urljoin(base, image if i18n.locale.vega is None else f"../{image}"),
        "og:image:width": str(cards.WIDTH),
        "og:image:height": str(cards.HEIGHT),
        "og:image:alt": f"{said} {verdict}.",
        "twitter:card": "summary_large_image",
    }
    return {
        "title": said,
        "body": body(app, claim, name),
        "metatags": addresses.tags(tags),
    }


def body(app: Sphinx, claim: pd.Series, name: str) -> Markup:
    """The page of a claim as HTML."""
    first = notebooks(claim)[0]
    address = app.builder.get_relative_uri(name, first)
    test = app.env.titles[first].astext()
    if pd.notna(claim["explorer"]):
        address, test = f"{address}#{claim['explorer']}", _(explorer_title(first, claim["explorer"]))
    link = Markup('<a class="xp-claim-test" href="{}">{}</a>').format(address, test)
    return BODY.format(
        ledger=app.builder.get_relative_uri(name, LEDGER),
        anchor=claim["id"].lower(),
        of=app.env.titles[LEDGER].astext(),
        id=claim["id"],
        kind=_(KINDS[claim["kind"]]),
        claim=_(claim["claim"]),
        slug=squares.slug(claim["verdict"]),
        mark=squares.mark(claim["verdict"]),
        verdict=_(VERDICTS[claim["verdict"]]),
        quote=_("In the essay: “{words}”", words=claim["quote"]),
        yes=_("For"),
        no=_("Against"),
        evidence_for=figures.fill(_(claim["evidence_for"])),
        evidence_against=figures.fill(_(claim["evidence_against"])),
        test=Markup(_("Test it: {explorer}", explorer=link)),
        sources=_("Its sources, on the ledger"),
        review=Markup(script_json(review(app, claim, name))),
    )


def review(app: Sphinx, claim: pd.Series, name: str) -> dict[str, Any]:
    """What search engines read of the claim."""
    book, site = current(), addresses.base(app)
    found = claim_review.reviews(
        claim.to_frame().T.assign(claim=_(claim["claim"])),
        {verdict: _(named) for verdict, named in VERDICTS.items()},
        book.data.bibliography()[ESSAY],
        book.title,
        site,
        lambda _claim: urljoin(site, app.builder.get_target_uri(name)),
    )
    return {"@context": found["@context"], **found["@graph"][0]}


def card(app: Sphinx, claim: pd.Series, address: str) -> None:
    """Draw the card of a claim: what it says, and the sign and the name of its verdict."""
    verdict = claim["verdict"]
    mark = squares.mark(verdict, 'x="75" y="10" width="150" height="150"')
    sign = (
        f'<svg viewBox="0 0 300 260">{mark}'
        f'<text x="150" y="215" font-size="34" font-weight="bold" text-anchor="middle" font-family="system-ui, sans-serif" '
        f'fill="{colour["text"]}">{VERDICTS[verdict]}</text></svg>'
    )
    target = Path(app.outdir) / address
    target.parent.mkdir(parents=True, exist_ok=True)
    logo = Path(app.confdir) / app.config.html_favicon
    name = app.config.html_title or app.config.project
    drawn = cards.draw(
        claim["claim"], f"Claim {claim['id']}", figures.fill(claim["evidence_against"]), name, sign, logo
    )
    drawn.quantize(128).save(target, optimize=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.connect("html-collect-pages", pages)
    app.connect("build-finished", name_pages)  # before the site's own steps, which come last
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
