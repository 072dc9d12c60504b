"""The picture that other sites show for a link to a page: its title, what it says, and the page's first chart.

A page whose first chart says less than something else on it gives that as SVG: any node of the page with ``xp_card``.
"""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import vl_convert
from docutils import nodes
from PIL import Image, ImageDraw, ImageFont
from selectolax.lexbor import LexborHTMLParser
from sphinx.application import Sphinx

from explorables.book import current
from explorables.explore.theme import COLOURS
from explorables.site import charts, fonts

WIDTH, HEIGHT = 1200, 630  # what the sites that show cards ask for
MARGIN = 70
COLUMN = 400  # of the title beside a chart
CHART = 640
LEADING = 1.25  # height of a line in sizes of its letters
FOLDER = "cards"
PLAIN = str.maketrans(
    "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}",
    "''\"\"",
)  # in the face these are as wide as a Chinese letter


fonts.use()


def ink(name: str) -> str:
    """One of the book's colours on a light ground."""
    return COLOURS[name][0]


def place(page: str) -> str:
    """Address of a page's card on the site."""
    return f"{FOLDER}/{page.replace('/', '-')}.png"


def write(app: Sphinx, page: str, title: str, chapter: str, description: str, doctree: nodes.document) -> str:
    """Draw a page's card into the site; its address there."""
    address = place(page)
    target = Path(app.outdir) / address
    target.parent.mkdir(parents=True, exist_ok=True)
    logo = Path(app.confdir) / app.config.html_favicon
    card = draw(title, chapter, description, app.config.html_title or app.config.project, first_chart(doctree), logo)
    card.quantize(128).save(target, optimize=True)
    return address


def first_chart(doctree: nodes.document) -> str:
    """The drawing that the page has for its card, or its first chart for a phone, whose letters stay readable; or nothing."""
    for node in doctree.findall(nodes.raw):
        if node.get("xp_card"):
            return str(node["xp_card"])
    for node in doctree.findall(nodes.raw):
        drawing = LexborHTMLParser(node.astext()).css_first(".xp-narrow > svg") if node.get("xp_chart") else None
        if drawing is not None:
            return (drawing.html or "").replace("&nbsp;", "\N{NO-BREAK SPACE}")  # an entity of HTML alone
    return ""


def picture(svg: str) -> Image.Image:
    """A drawing of a page as pixels, in the colours of a light page."""
    root = charts.in_plain_colours(svg)
    _, _, width, height = root.attrib["viewBox"].split()
    root.attrib |= {"xmlns": "http://www.w3.org/2000/svg", "width": width, "height": height}
    text = ElementTree.tostring(root, encoding="unicode")
    return Image.open(io.BytesIO(vl_convert.svg_to_png(text, scale=3))).convert("RGBA")


def draw(title: str, chapter: str, description: str, book: str, chart: str, logo: Path) -> Image.Image:
    """A card.

    Parameters
    ----------
    title, chapter, description, book : str
        Of the page, of its chapter (may be empty), what the page is about, and of the book.
    chart : str
        SVG as it stands on the page, or nothing: then title and description have its place.
    logo : pathlib.Path
        SVG of the book's sign.
    """
    title, chapter, description = (text.translate(PLAIN) for text in (title, chapter, description))
    card = Image.new("RGB", (WIDTH, HEIGHT), ink("paper"))
    pen = ImageDraw.Draw(card)
    pen.rectangle((0, 0, 16, HEIGHT), fill=ink(current().accent))
    if chart:
        drawing = picture(chart)
        drawing.thumbnail((CHART, HEIGHT - 2 * MARGIN), Image.Resampling.LANCZOS)
        card.paste(drawing, (WIDTH - MARGIN // 2 - drawing.width, (HEIGHT - drawing.height) // 2), drawing)
    width = COLUMN if chart else WIDTH - 2 * MARGIN
    top, bottom = MARGIN, HEIGHT - MARGIN - 60
    if chapter:
        top = write_lines(pen, wrap(pen, chapter, font(24), width), top, 24, "muted") + 16
    largest = 72 if not chart else 46
    size = next(s for s in range(largest, 20, -2) if fits(pen, title, s, width, (bottom - top) * 2 // 3))
    top = write_lines(pen, wrap(pen, title, font(size), width), top, size, "text", bold=size > 32) + 20
    small = 32 if not chart else 24
    lines = wrap(pen, description, font(small), width)
    room = int((bottom - top) // (small * LEADING))
    if len(lines) > room:
        lines = [*lines[: room - 1], lines[room - 1].rstrip(",.;: ") + " ..."] if room > 0 else []
    write_lines(pen, lines, top, small, "muted")
    sign = Image.open(io.BytesIO(vl_convert.svg_to_png(logo.read_text(encoding="utf-8"), scale=4))).convert("RGBA")
    card.paste(sign, (MARGIN, HEIGHT - MARGIN - sign.height // 2 - 14), sign)
    pen.text(
        (MARGIN + sign.width + 20, HEIGHT - MARGIN - 14), book, font=font(30), fill=ink(current().accent), anchor="lm"
    )
    return card


def write_lines(
    pen: ImageDraw.ImageDraw, lines: list[str], top: int, size: int, colour: str, bold: bool = False
) -> int:
    """Write lines below each other; where the next would begin."""
    for line in lines:
        stroke: dict[str, Any] = {"stroke_width": 1, "stroke_fill": ink(colour)} if bold else {}
        pen.text((MARGIN, top), line, font=font(size), fill=ink(colour), **stroke)
        top += round(size * LEADING)
    return top


@cache
def font(size: int) -> Any:
    """A typeface that every machine has and that knows Chinese, set the same way everywhere."""
    return ImageFont.truetype(fonts.face(), size, layout_engine=ImageFont.Layout.BASIC)


def wrap(pen: ImageDraw.ImageDraw, text: str, face: Any, width: int) -> list[str]:
    """Lines of a text that keep to a width where its words allow."""
    lines: list[str] = []
    for word in text.split():
        if lines and pen.textlength(f"{lines[-1]} {word}", font=face) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def fits(pen: ImageDraw.ImageDraw, text: str, size: int, width: int, height: int) -> bool:
    """Whether a text of this size keeps to its place."""
    lines = wrap(pen, text, font(size), width)
    return len(lines) * size * LEADING <= height and all(
        pen.textlength(line, font=font(size)) <= width for line in lines
    )
