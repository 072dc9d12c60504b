"""Every claim as a square, by chapter and verdict: as links on a page, and as one drawing for the card of a page.

A verdict has a shape and a colour, so that it can be told by either: what holds is full, what holds in part is half
full, what nobody can test is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

from markupsafe import Markup

from explorables.explore import colour
from explorables.site.i18n import _

SIZE = 20  # of a square in its own units
SIGN = 'fill="none" stroke="{paper}" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"'
FULL = '<rect width="20" height="20" rx="3" fill="{ink}"/>'
EMPTY = '<rect x="1" y="1" width="18" height="18" rx="2.5" fill="{paper}" stroke="{ink}" stroke-width="2"'
SHAPES = {
    "supported": FULL + f'<path d="M5 10.5l3.5 3.5L15 6.5" {SIGN}/>',
    "partly": EMPTY + '/><path d="M3 1h7v18H3a2 2 0 0 1-2-2V3a2 2 0 0 1 2-2z" fill="{ink}"/>',
    "contested": FULL + f'<path d="M5 7.5h10l-3-3M15 12.5H5l3 3" {SIGN}/>',
    "outdated": FULL + f'<circle cx="10" cy="10" r="6" {SIGN}/><path d="M10 6.6V10l2.4 1.6" {SIGN}/>',
    "unsupported": FULL + f'<path d="M5.5 5.5l9 9M14.5 5.5l-9 9" {SIGN}/>',
    "not testable": EMPTY + ' stroke-dasharray="3 1.6"/><path d="M7.4 7.6a2.6 2.6 0 1 1 3.7 2.4c-.8.4-1.1.9-1.1 1.7'
    'M10 14.6v.2" fill="none" stroke="{ink}" stroke-width="2" stroke-linecap="round"/>',
}
INKS = {verdict: verdict for verdict in SHAPES} | {"partly": "supported", "not testable": "untestable"}


@dataclass(frozen=True)
class Square:
    """A claim as the picture needs it.

    Attributes
    ----------
    id, claim, verdict : str
        Its name, what it says, and what became of it.
    """

    id: str
    claim: str
    verdict: str


@dataclass(frozen=True)
class Picture:
    """What the picture shows.

    Attributes
    ----------
    rows : mapping
        Chapter to its claims.
    chapters : mapping
        Chapter to its title.
    names, meanings : mapping
        Verdict to its name, and to what it means.
    """

    rows: Mapping[str, Sequence[Square]]
    chapters: Mapping[str, str]
    names: Mapping[str, str]
    meanings: Mapping[str, str]

    @property
    def counts(self) -> dict[str, int]:
        """How many claims have each verdict."""
        every = [square.verdict for row in self.rows.values() for square in row]
        return {verdict: every.count(verdict) for verdict in self.names}

    def sorted(self, chapter: str) -> list[Square]:
        """The claims of a chapter, those that hold first."""
        order = list(self.names)
        return sorted(self.rows[chapter], key=lambda square: order.index(square.verdict))


def mark(verdict: str, place: str = "") -> Markup:
    """The square of a verdict as SVG, hidden from screen readers: its name stands beside it.

    Parameters
    ----------
    verdict : str
    place : str
        Attributes that place it inside another drawing.
    """
    shape = SHAPES[verdict].format(ink=colour[INKS[verdict]], paper=colour["paper"])
    place = place or f'class="xp-mark" width="{SIZE}" height="{SIZE}" aria-hidden="true"'
    return Markup(f'<svg {place} viewBox="0 0 {SIZE} {SIZE}">{shape}</svg>')


def slug(verdict: str) -> str:
    """A verdict as an address or a class has it."""
    return verdict.replace(" ", "-")


def html(picture: Picture, ledger: Callable[[str, str], str], explained: bool) -> Markup:
    """The picture as a figure whose squares are links.

    Parameters
    ----------
    picture : Picture
    ledger : callable
        Address on the ledger, from a query and a claim's name, each of which may be empty.
    explained : bool
        Whether to say what each verdict means.
    """
    legend = Markup("").join(
        Markup('<li><a href="{}" data-verdict="{}">{} <b>{}</b> {}</a></li>').format(
            ledger(f"verdict={slug(verdict)}", ""),
            slug(verdict),
            mark(verdict),
            count,
            _(picture.names[verdict]),
        )
        for verdict, count in picture.counts.items()
    )
    rows = Markup("").join(_row(picture, chapter, ledger) for chapter in picture.rows)
    return Markup(
        '<figure class="xp-squares"><ul class="xp-squares-legend">{}</ul>'
        '<a class="xp-squares-skip" href="#below-the-squares">{}</a>{}'
        '<figcaption id="below-the-squares">{}</figcaption>{}</figure>'
    ).format(
        legend,
        _("Skip the squares"),
        rows,
        _("A square is a claim of the essay. Choose one to read the evidence for and against it."),
        _meanings(picture) if explained else "",
    )


def _meanings(picture: Picture) -> Markup:
    terms = Markup("").join(
        Markup("<dt>{} {}</dt><dd>{}</dd>").format(mark(verdict), _(name), _(picture.meanings[verdict]))
        for verdict, name in picture.names.items()
    )
    summary = _("What the verdicts mean")
    return Markup('<details class="xp-squares-meanings"><summary>{}</summary><dl>{}</dl></details>').format(
        summary, terms
    )


def _row(picture: Picture, chapter: str, ledger: Callable[[str, str], str]) -> Markup:
    squares = Markup("").join(
        Markup('<li data-claim="{}"><a href="{}" title="{}" aria-label="{}">{}</a></li>').format(
            square.id.lower(),
            ledger("", square.id.lower()),
            f"{square.id}, {_(picture.names[square.verdict])}: {square.claim}",
            f"{square.id}, {_(picture.names[square.verdict])}: {square.claim}",
            mark(square.verdict),
        )
        for square in picture.sorted(chapter)
    )
    return Markup(
        '<div class="xp-squares-row"><a class="xp-squares-chapter" href="{}" data-section="{}">{}</a><ul>{}</ul></div>'
    ).format(ledger(f"section={chapter}", ""), chapter, picture.chapters[chapter], squares)


def drawing(picture: Picture, width: int = 620) -> str:
    """The picture as one SVG, for a card: the legend with its counts, and below it a row for each chapter."""
    step, side, parts, top = 31, 26, [], 0
    text = f'font-family="system-ui, sans-serif" fill="{colour["text"]}"'
    for place, (verdict, count) in enumerate(picture.counts.items()):
        x, top = place % 2 * width // 2, place // 2 * 40
        parts.append(mark(verdict, f'x="{x}" y="{top}" width="{side}" height="{side}"'))
        parts.append(
            f'<text x="{x + 38}" y="{top + 21}" font-size="23" {text}><tspan font-weight="bold">{count}</tspan>'
            f" {escape(_(picture.names[verdict]))}</text>"
        )
    top += 62
    for chapter in picture.rows:
        for line in wrap(picture.chapters[chapter], 56):
            parts.append(f'<text x="0" y="{top + 14}" font-size="19" {text}>{escape(line)}</text>')
            top += 24
        for place, square in enumerate(picture.sorted(chapter)):
            at = f'x="{place * step}" y="{top}" width="{side}" height="{side}"'
            parts.append(mark(square.verdict, at))
        top += side + 16
    return f'<svg viewBox="0 0 {width} {top}">{"".join(parts)}</svg>'
