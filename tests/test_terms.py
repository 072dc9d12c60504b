"""A word of the glossary is explained where it stands, to hand, keyboard and mouse, and the glossary says where it is used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from test_access import AXE, RUN, SETTLED

from explorables.site import terms
from explorables.site.html_pages import Page

GLOSSARY = """<article class="bd-article"><dl class="simple glossary">
<dt id="term-PUE">PUE<a class="headerlink" href="#term-PUE">#</a></dt><dd><p>Power of a site over that of its <a
href="#term-Chip">chips</a>.</p><p class="xp-term-uses">Used in: x</p></dd>
<dt id="term-Mixture-of-experts">Mixture of experts</dt><dd><p>A model of many parts.</p></dd>
<dt id="term-Chip">Chip</dt><dd><p>It computes.</p></dd>
<dt id="term-FP8-BF16">FP8, BF16</dt><dd><p>Formats.</p></dd>
<dt id="term-HHI">Concentration (HHI)</dt><dd><p>A sum.</p></dd></dl></article>"""
SCALING = "energy-scale-long-game/scaling.html"
BOX = "#xp-meaning"


def marked(body):
    """The terms that are linked in a page, each with the element that it stands in."""
    page = Page(Path("page.html"), f'<article class="bd-article">{body}</article>')
    found = terms.mark(page, terms.entries(Page(Path("glossary.html"), GLOSSARY)), "glossary.html")
    return [(link.text(), link.parent.tag) for link in page.elements("a.xp-term")], {term.anchor for term in found}


def test_the_glossary_gives_each_term_with_its_meaning_as_text():
    found = {term.anchor: term for term in terms.entries(Page(Path("glossary.html"), GLOSSARY))}
    assert found["term-PUE"].meaning == "Power of a site over that of its chips."
    assert found["term-PUE"].name == "PUE"
    assert found["term-HHI"].forms == ["Concentration", "HHI"]


@pytest.mark.parametrize(
    ("body", "linked"),
    [
        ("<p>PUE, PUE and chips.</p>", [("PUE", "p"), ("chips", "p")]),
        ("<section><p>PUE</p><section><p>A PUE.</p></section></section>", [("PUE", "p"), ("PUE", "p")]),
        ("<table><tr><th>BF16</th><td>HHI</td></tr></table>", [("BF16", "th"), ("HHI", "td")]),
        ("<table><tr><th>by_<wbr>chips</th><th>PUE</th></tr></table>", [("PUE", "th")]),
        ("<label>PUE, weaker</label><dl><dt>Chip</dt></dl>", [("PUE", "label"), ("Chip", "dt")]),
        ("<p>A chip's PUE’s</p>", [("chip", "p"), ("PUE", "p")]),
        ("<p>A Mixture-of-experts model, mixture of\nexperts</p>", [("Mixture-of-experts", "p")]),
        (
            "<h2>PUE</h2><pre>PUE</pre><code>chip</code><button>Chip</button><a href='x'>PUE</a><output>Chip</output>",
            [],
        ),
        ("<p>pue, PUE-based, PUE/kW, chipset, microchip, Fp8</p>", []),
        ('<p class="xp-says">PUE</p><dd data-readout="a">PUE</dd><svg><text>PUE</text></svg>', []),
        ('<p>See <a href="glossary.html#term-Chip">chips</a>, a chip.</p>', [("chips", "p")]),
    ],
)
def test_the_first_use_in_each_section_is_linked(body, linked):
    assert marked(body)[0] == linked


def test_a_term_without_text_around_it_is_marked_to_be_large_enough_for_a_finger():
    page = Page(Path("page.html"), '<article class="bd-article"><table><th>PUE</th><th>a chip</th></table></article>')
    terms.mark(page, terms.entries(Page(Path("glossary.html"), GLOSSARY)), "glossary.html")
    assert [link.text() for link in page.elements("a.xp-alone")] == ["PUE"]


def test_nothing_of_the_text_is_lost_and_a_second_build_changes_nothing():
    page = Page(
        Path("page.html"), '<article class="bd-article"><p>A chip &lt; two <b>chips</b>: PUE &amp; FP8.</p></article>'
    )
    before, words = page.tree.html, terms.entries(Page(Path("glossary.html"), GLOSSARY))
    terms.mark(page, words, "glossary.html")
    once = page.tree.html
    assert once != before and page.tree.body.text() == "A chip < two chips: PUE & FP8."
    terms.clear(page)
    assert page.tree.html == before
    terms.mark(page, words, "glossary.html")
    assert page.tree.html == once


def test_the_glossary_says_which_pages_use_a_term(site):
    page = Page.of(site / "glossary.html")
    uses = {}
    for name in page.elements("dl.glossary > dt"):
        meaning = name.next
        while meaning.tag != "dd":
            meaning = meaning.next
        uses[name.attributes["id"]] = [link.attributes["href"] for link in meaning.css(".xp-term-uses a")]
    assert [term for term, pages in uses.items() if not pages] == []
    assert SCALING in uses["term-PUE"] and "acceleration/fab.html" in uses["term-HBM"]
    for term in ("term-PUE", "term-Token", "term-Elasticity"):
        for path in uses[term]:
            assert f"#{term}" in (site / path).read_text(encoding="utf-8"), (term, path)


def test_without_a_script_a_term_is_a_link(open_page):
    page = open_page(SCALING, java_script_enabled=False).page
    page.locator("p > a.xp-term", has_text="NVL72").first.click()
    assert page.url.endswith("glossary.html#term-NVL72")


def test_a_term_is_explained_to_keyboard_mouse_and_in_either_scheme(open_page):
    page = open_page(SCALING).page
    box = page.locator(BOX)
    word = page.locator("#what-you-can-see a.xp-term", has_text="NVL72").first
    word.focus()
    assert not box.is_visible()
    page.keyboard.press("Enter")
    assert box.inner_text().startswith("NVL72. Nvidia's rack of 72".replace("'", "’"))
    assert apart(page, word)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(SETTLED, scheme) == scheme
        assert page.evaluate(RUN, [None, False]) == []
    page.emulate_media(media="print")
    assert not box.is_visible()
    page.emulate_media(media="screen")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "In the glossary"
    assert page.evaluate("document.activeElement.href").endswith("glossary.html#term-NVL72")
    page.keyboard.press("Escape")
    assert not box.is_visible()
    assert word.evaluate("word => word === document.activeElement")

    word.hover()
    box.wait_for()
    box.hover()  # on the way the box stays
    page.wait_for_timeout(500)
    assert box.is_visible()
    page.mouse.move(2, 2)
    box.wait_for(state="hidden")


def test_what_explains_a_label_covers_neither_its_slider_nor_what_has_the_focus(open_page):
    page = open_page(SCALING, width=390, height=664, has_touch=True).page
    page.locator("#match summary", has_text="More settings").click()
    slider = page.locator("#match-weaker_pue")
    slider.focus()
    word = page.locator("#match label a.xp-term", has_text="PUE").first
    word.evaluate("word => word.scrollIntoView({ block: 'center' })")
    value = slider.input_value()
    word.tap()
    box = page.locator(BOX)
    assert re.match(r"PUE\. Power usage effectiveness", box.inner_text())
    assert apart(page, slider) and apart(page, word) and slider.input_value() == value
    shown = box.bounding_box()
    assert (
        shown["x"] >= 0
        and shown["x"] + shown["width"] <= 390
        and shown["y"] >= 0
        and shown["y"] + shown["height"] <= 664
    )
    word.tap()
    assert not box.is_visible()
    word.tap()
    page.touchscreen.tap(5, 5)
    assert not box.is_visible()


def apart(page, element):
    """Whether what explains a term leaves an element free."""
    a, b = page.locator(BOX).bounding_box(), element.bounding_box()
    return (
        a["y"] + a["height"] <= b["y"]
        or b["y"] + b["height"] <= a["y"]
        or a["x"] + a["width"] <= b["x"]
        or b["x"] + b["width"] <= a["x"]
    )
