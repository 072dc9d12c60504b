"""The printed book: contents with the right page numbers, bookmarks, no trace of what only works on a screen."""

from __future__ import annotations

import re

import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader
from test_every_page import pages as all_pages

from explorables.build import pdf as script
from explorables.site import fonts


@pytest.fixture(scope="module")
def pages(site):
    script.book.SITE = site
    return script.pages()


@pytest.fixture(scope="module")
def printed(pages, tmp_path_factory):
    target = tmp_path_factory.mktemp("pdf") / "book.pdf"
    chosen = [
        page
        for page in pages
        if page.name in ("intro", "ecosystem-index", "ecosystem-market", "glossary", "bibliography")
    ]
    script.write(chosen, target)
    return chosen, PdfReader(target)


def texts(reader):
    return [sheet.extract_text() for sheet in reader.pages]


def bookmarks(reader, outline=None, depth=0):
    for item in reader.outline if outline is None else outline:
        if isinstance(item, list):
            yield from bookmarks(reader, item, depth + 1)
        else:
            yield item.title, depth, reader.get_destination_page_number(item) + 1


def test_every_page_of_the_book_is_printed_once_and_in_order(pages, site):
    addresses = [page.address for page in pages]
    assert len(set(addresses)) == len(addresses)
    # The ledger says what the claims' own pages say.
    missing = {page for page in set(all_pages(site)) - set(addresses) if not page.startswith("claims/")}
    assert missing == {"404.html", "search.html", "genindex.html"}
    assert (
        addresses.index("ecosystem/index.html")
        < addresses.index("ecosystem/chips.html")
        < addresses.index("claims.html")
    )


def test_the_contents_name_the_page_on_which_a_chapter_begins(printed):
    chosen, reader = printed
    sheets = texts(reader)
    contents = next(text for text in sheets if re.match(r"\d+\nContents\n", text))
    for page in chosen:
        number = script.first_pages(reader, chosen)[page.name]
        assert str(number) in contents
        assert page.title.replace("’", "'") in " ".join(sheets[number - 1].replace("’", "'").split())
        assert sheets[number - 1].startswith(f"{number}\n")  # what stands at the foot is read first


def test_bookmarks_nest_notebooks_below_their_chapters(printed):
    chosen, reader = printed
    found = {title: (depth, sheet) for title, depth, sheet in bookmarks(reader)}
    numbers = script.first_pages(reader, chosen)
    for page in chosen:
        assert page.title in found, sorted(found)
        assert found[page.title] == (page.depth, numbers[page.name])
    assert [title for title in found if title == title[: len(title) // 2] * 2] == []


def test_links_stay_inside_the_printed_book_or_lead_to_the_site(printed):
    _, reader = printed
    outside = {
        note.get_object()["/A"]["/URI"]
        for sheet in reader.pages
        for note in sheet.get("/Annots") or []
        if "/URI" in note.get_object().get("/A", {})
    }
    assert outside
    assert all(address.startswith(("http://", "https://", "mailto:")) for address in outside)
    assert script.BASE in outside


def test_nothing_that_wants_a_click_is_printed(printed):
    _, reader = printed
    text = "\n".join(texts(reader))
    for word in ("Show code cell source", "Share, save", "Show the answer", "Check\n", "More settings"):
        assert word not in text
    assert "Self-check 1" in text and "3,000" in text  # the question, and its answer


def test_what_is_printed_carries_its_title(printed):
    _, reader = printed
    assert reader.metadata.title == script.CONFIG["title"]
    assert reader.page_mode == "/UseOutlines"


def test_chinese_names_are_printed_as_letters_and_not_as_boxes(printed):
    _, reader = printed
    assert re.search("[\u4e00-\u9fff]", "\n".join(texts(reader)))
    chinese = TTFont(fonts.face())["name"].getDebugName(6)
    assert any(name.endswith(f"+{chinese}") for name in letters(reader)), f"{letters(reader)} have no Chinese letters"


def test_text_is_printed_in_the_pinned_letters_and_code_in_those_of_code(printed):
    names = {name.partition("+")[2].partition("-")[0] for name in letters(printed[1])}
    assert names == {"Arimo", "RobotoMono", "NotoSansSC", "FontAwesome6Free"}
    # Chromium draws many shapes of a variable font; prose has more of them than code.
    drawn = [name for name in letters(printed[1]) if "Arimo" in name]
    assert len(drawn) > len([name for name in letters(printed[1]) if "RobotoMono" in name])


def test_what_a_page_folds_is_printed(printed):
    text = " ".join(" ".join(texts(printed[1])).split())
    assert "Numbers this reproduces" in text and "Exercise market.1" in text


def letters(reader):
    """Names of the fonts of a printed book, each with the mark of the part of it that is there."""
    found = set()
    for sheet in reader.pages:
        for font in sheet["/Resources"]["/Font"].values():
            font = font.get_object()
            found.add(str(font["/BaseFont"] if "/BaseFont" in font else font["/FontDescriptor"]["/FontName"])[1:])
    return found
