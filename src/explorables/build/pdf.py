"""Print the built site as one PDF: title, contents with page numbers, every page in the order of the book, bookmarks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import yaml
from markupsafe import Markup
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, TextStringObject
from selectolax.lexbor import LexborHTMLParser, LexborNode

from explorables.book import current
from explorables.build import book
from explorables.build.environment import BROWSERS
from explorables.site import fonts
from explorables.site.html_pages import fragment
from explorables.site.render import render

PDF = book.BUILD / "pdf" / f"{current().slug}.pdf"
FIRST = yaml.safe_load((book.ROOT / "book/_toc.yml").read_text(encoding="utf-8"))["root"] + ".html"
CONFIG = yaml.safe_load((book.ROOT / "_config.yml").read_text(encoding="utf-8"))
BASE = CONFIG["html"]["baseurl"]
STYLE = """
@page { size: A4; }
@page :first { @bottom-center { content: none; } }
body { background: #fff; }
main { max-width: none; margin: 0; font-size: 10pt; line-height: 1.45; }
.cover { height: 240mm; display: flex; flex-direction: column; justify-content: center; }
.cover h1 { font-size: 34pt; }
.contents { break-before: page; }
.contents p { display: flex; margin: 0; padding: 0.6mm 0; gap: 3mm; }
.contents p span:nth-child(2) { flex: 1; border-bottom: 1px dotted #a9b4c0; margin-bottom: 1mm; }
.contents p.part { margin-top: 4mm; font-weight: 650; }
.contents p.inner { padding-left: 6mm; }
.contents a { color: inherit; text-decoration: none; }
.page { break-before: page; }
.page h1 { font-size: 20pt; margin-top: 0; } .page h2 { font-size: 15pt; } .page h3 { font-size: 12pt; }
.xp-printed, .xp-check-count { display: none; }
"""


OWN = (
    "id",
    "for",
    "name",
    "aria-labelledby",
    "aria-describedby",
)  # attributes with ids, which a whole book may have twice


class Page:
    """A page of the site: its address, title, depth in the contents, and the part of the book."""

    def __init__(self, address: str, title: str, depth: int, part: str):
        self.address, self.title, self.depth, self.part = address, title, depth, part
        self.name = "-".join(re.findall(r"\w+", address.removesuffix(".html")))

    def body(self, names: dict[str, str]) -> str:
        """The article with ids of its own and links that stay inside the book where they can.

        Parameters
        ----------
        names : dict
            Address of each page to its name in the printed book.
        """
        article = one(parsed(self.address), "article.bd-article")
        for element in article.css("script, .xp-narrow"):
            element.decompose()
        for folded in article.css("details.xp-fold"):
            folded.attrs["open"] = ""  # nobody can open it on paper
        for element in article.css("*"):
            for name, value in element.attributes.items():
                own = self._own(element.tag or "", name, value or "", names)
                if own != (value or ""):
                    element.attrs[name] = own
        # A notebook stands below its chapter, so that the bookmarks nest.
        for heading in article.css("h1, h2, h3, h4, h5") if self.depth else ():
            level = int((heading.tag or "h1").removeprefix("h")) + 1
            (lower,) = fragment(f"<h{level}>{heading.inner_html}</h{level}>")
            heading.replace_with(lower)
        return article.inner_html or ""

    def _own(self, tag: str, name: str, value: str, names: dict[str, str]) -> str:
        """An attribute as it is in the printed book."""
        if name in OWN:
            return " ".join(f"{self.name}--{word}" for word in value.split())
        if tag == "a" and name == "href":
            target = urlsplit(urljoin(self.address, value))
            if target.scheme:
                return value
            if target.path not in names:
                return urljoin(BASE, target.geturl())
            return f"#{names[target.path]}{'--' + target.fragment if target.fragment else ''}"
        return value.replace("url(#", f"url(#{self.name}--")


def parsed(address: str) -> LexborHTMLParser:
    """A page of the site as a tree."""
    return LexborHTMLParser((book.SITE / address).read_text(encoding="utf-8"))


def one(tree: LexborHTMLParser, selector: str) -> LexborNode:
    """The element of a page that a selector means."""
    found = tree.css_first(selector)
    if found is None:
        sys.exit(f"[explorables] a page of the site has no {selector}: the theme has changed")
    return found


def pages() -> list[Page]:
    """The pages of the book in the order of its contents."""
    tree = parsed(FIRST)
    found = [Page(FIRST, title(tree), 0, "")]
    part = ""
    for entry in one(tree, "nav.bd-links").css("span.caption-text, li > a"):
        if entry.tag == "span":
            part = entry.text()
            continue
        address = (entry.attributes.get("href") or "").partition("#")[0]
        classes = (entry.parent.attributes.get("class") or "").split() if entry.parent is not None else []
        levels = [int(name.removeprefix("toctree-l")) for name in classes if name.startswith("toctree-l")]
        if levels and address not in ("", FIRST):
            found.append(Page(address, entry.text().strip(), levels[0] - 1, part))
    return found


def title(tree: LexborHTMLParser) -> str:
    """The title of a page of the site."""
    heading = one(tree, "article.bd-article h1")
    for link in heading.css("a.headerlink"):
        link.decompose()
    return " ".join(heading.text().split())


def document(chosen: list[Page], numbers: dict[str, int]) -> str:
    """The whole book as one page of HTML; in the contents a page without a number yet has as much room as one with it."""
    names = {page.address: page.name for page in chosen}
    return render(
        "printed.html",
        title=CONFIG["title"],
        author=CONFIG["author"],
        site=BASE,
        sheet=(book.SITE / "_static/site.css").as_uri(),
        style=Markup(STYLE),
        parts=[(part, list(those)) for part, those in groupby(chosen, lambda page: page.part)],
        numbers={page.name: numbers.get(page.name, 888) for page in chosen},
        bodies=[(page.name, Markup(page.body(names))) for page in chosen],
    )


def print_to(target: Path, text: str, folder: Path) -> None:
    """Let Chromium print a page of HTML."""
    fonts.use()
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)))
    source = folder / "book.html"
    source.write_text(text, encoding="utf-8")
    command = [
        program,
        "--headless",
        "--disable-gpu",
        "--no-pdf-header-footer",
        "--generate-pdf-document-outline",
        f"--user-data-dir={folder / 'profile'}",
        f"--print-to-pdf={target}",
        source.as_uri(),
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.insert(1, "--no-sandbox")  # which does not work for root, which is what containers run as
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    if done.returncode or not target.exists():
        sys.exit(f"[explorables] Chromium could not print the book:\n{done.stderr[-2000:]}")


def first_pages(pdf: PdfReader, chosen: list[Page]) -> dict[str, int]:
    """Number of the page on which each page of the site begins."""
    places = pdf.named_destinations
    return {page.name: 1 + (pdf.get_destination_page_number(places[f"/{page.name}"]) or 0) for page in chosen}


def tidy_bookmarks(writer: PdfWriter, text: str) -> None:
    """Give bookmarks the words of their headings.

    Chromium loses the space where a heading breaks, and has the text twice of one that it moves to the next sheet.

    Parameters
    ----------
    writer : PdfWriter
        Changed in place.
    text : str
        The page of HTML that was printed.
    """
    headings: dict[str, str] = {}
    for found in LexborHTMLParser(text).css("h1, h2, h3, h4, h5, h6"):
        for link in found.css("a.headerlink"):
            link.decompose()
        words = " ".join(found.text().split())
        headings |= {"".join(words.split()) * times: words for times in (1, 2)}

    def visit(bookmark: Any) -> None:
        while bookmark is not None:
            item = bookmark.get_object()
            words = headings.get("".join(item.get("/Title", "").split()))
            if words:
                item[NameObject("/Title")] = TextStringObject(words)
            visit(item.get("/First"))
            bookmark = item.get("/Next")

    visit(writer.get_outline_root().get("/First"))


def write(chosen: list[Page], target: Path) -> int:
    """Print pages of the site into one PDF; how many sheets it has.

    The first printing tells on which sheet each page begins; the second has these numbers in its contents.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draft = folder / "draft.pdf"
        print_to(draft, document(chosen, {}), folder)
        numbers = first_pages(PdfReader(draft), chosen)
        text = document(chosen, numbers)
        print_to(draft, text, folder)
        pdf = PdfReader(draft)
        if first_pages(pdf, chosen) != numbers:
            sys.exit("[explorables] the page numbers of the contents moved: give contents() more room")
        writer = PdfWriter(clone_from=pdf)
        writer.add_metadata({"/Title": CONFIG["title"], "/Author": CONFIG["author"]})
        writer.page_mode = "/UseOutlines"
        tidy_bookmarks(writer, text)
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(".new")
        writer.write(fresh)
        fresh.replace(target)
        return len(pdf.pages)


def main() -> None:
    """Build the site, print it, and build it once more with the PDF on offer, and in the other languages asked for."""
    PDF.unlink(missing_ok=True)
    book.build()
    chosen = pages()
    book.say(f"Printing {len(chosen)} pages of the site: some minutes")
    sheets = write(chosen, PDF)
    book.say(f"The book is at {PDF} ({sheets} pages, {PDF.stat().st_size / 1e6:.1f} MB)")
    book.build()
    book.translations()


if __name__ == "__main__":
    main()
