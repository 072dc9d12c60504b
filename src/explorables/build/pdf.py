"""Print the built site as one PDF: title, contents with page numbers, every page in the order of the book, bookmarks."""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import yaml
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, TextStringObject
from selectolax.lexbor import LexborHTMLParser

from explorables.book import current
from explorables.build import book
from explorables.build.environment import BROWSERS
from explorables.site import fonts

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


class Page:
    """A page of the site: its address, title, depth in the contents and text."""

    def __init__(self, address: str, title: str, depth: int, part: str):
        self.address, self.title, self.depth, self.part = address, title, depth, part
        self.name = re.sub(r"\W+", "-", address.removesuffix(".html"))

    def body(self, names: dict[str, str]) -> str:
        """The article with ids of its own and links that stay inside the book where they can.

        Parameters
        ----------
        names : dict
            Address of each page to its name in the printed book.
        """
        text = (book.SITE / self.address).read_text(encoding="utf-8")
        text = inside(r'<article class="bd-article"[^>]*>(.*?)</article>', text)
        text = re.sub(r"<script\b.*?</script>", "", text, flags=re.DOTALL)
        text = re.sub(r'<div class="xp-narrow"><svg.*?</svg></div>', "", text, flags=re.DOTALL)
        text = re.sub(r'(\s(?:id|for|name|aria-labelledby|aria-describedby)=")([^"]+)"', rf'\1{self.name}--\2"', text)
        text = re.sub(r"url\(#", f"url(#{self.name}--", text)

        def link(match: re.Match[str]) -> str:
            target = urlsplit(urljoin(self.address, html.unescape(match[2])))
            if target.scheme:
                return match[0]
            if target.path not in names:
                return f'{match[1]}{html.escape(urljoin(BASE, target.geturl()))}"'
            return f'{match[1]}#{names[target.path]}{"--" + target.fragment if target.fragment else ""}"'

        text = re.sub(r'(<a\b[^>]*?\shref=")([^"]*)"', link, text)
        # A notebook stands below its chapter, so that the bookmarks nest.
        for level in range(5, 0, -1) if self.depth else ():
            text = re.sub(rf"<(/?)h{level}\b", rf"<\1h{level + 1}", text)
        return f'<section class="page" id="{self.name}">{text}</section>'


def inside(pattern: str, text: str) -> str:
    """The part of a page that a pattern finds."""
    found = re.search(pattern, text, re.DOTALL)
    if found is None:
        sys.exit(f"[explorables] a page of the site has no {pattern.split()[0]}: the theme has changed")
    return found[1]


def pages() -> list[Page]:
    """The pages of the book in the order of its contents."""
    text = (book.SITE / FIRST).read_text(encoding="utf-8")
    found = [Page(FIRST, title(text), 0, "")]
    part = ""
    nav = inside(r'<nav class="bd-links[^>]*>(.*?)</nav>', text)
    for caption, level, address, words in re.findall(
        r'<span class="caption-text">(.*?)</span>|<li class="toctree-l(\d)[^>]*><a class="[^"]*" href="([^"#]+)">(.*?)</a>',
        nav,
        re.DOTALL,
    ):
        if caption:
            part = caption
        elif address != FIRST:
            found.append(Page(address, re.sub(r"<.*?>", "", words).strip(), int(level) - 1, part))
    return found


def title(text: str) -> str:
    """The title of a page of the site."""
    (heading,) = LexborHTMLParser(text).css("article.bd-article h1")
    for link in heading.css("a.headerlink"):
        link.decompose()
    return " ".join(heading.text().split())


def contents(chosen: list[Page], numbers: dict[str, int]) -> str:
    """The table of contents; a page without a number yet has as much room as one with it."""
    lines, part = [], ""
    for page in chosen:
        if page.part != part:
            part = page.part
            lines.append(f'<p class="part">{part}</p>')
        number = numbers.get(page.name, 888)
        lines.append(
            f'<p class="{"inner" if page.depth else "outer"}"><a href="#{page.name}">{page.title}</a><span></span><a href="#{page.name}">{number}</a></p>'
        )
    return f'<section class="contents"><h1>Contents</h1>{"".join(lines)}</section>'


def document(chosen: list[Page], numbers: dict[str, int]) -> str:
    """The whole book as one page of HTML."""
    names = {page.address: page.name for page in chosen}
    return "".join(
        [
            f'<!DOCTYPE html><html lang="en" data-theme="light"><head><meta charset="utf-8"><title>{CONFIG["title"]}</title>',
            f'<link rel="stylesheet" href="{(book.SITE / "_static/site.css").as_uri()}">',
            f"<style>{STYLE}</style></head><body><main>",
            f'<section class="cover"><h1>{CONFIG["title"]}</h1><p>{CONFIG["author"]}</p>',
            f'<p>The book with its sliders: <a href="{BASE}">{BASE}</a></p><p>Text and data: CC BY 4.0. Code: BSD 3-Clause.</p></section>',
            contents(chosen, numbers),
            *(page.body(names) for page in chosen),
            "</main></body></html>",
        ]
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
    if os.geteuid() == 0:
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
