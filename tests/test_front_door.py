"""What a reader meets first: the landing page, how to use the book, the glossary, and what the book says of itself."""

import gzip
import json
import re
import tomllib

import pytest
import yaml
from notebooks import BOOK, namespace
from PIL import Image

from explorables.explore.theme import COLOURS
from hardware_phase import data

ROOT = BOOK.parent
PLAIN_KB = 110  # a page without a chart, with everything it loads, compressed


def text_of(page):
    return (BOOK / f"{page}.md").read_text(encoding="utf-8")


# --- landing page ------------------------------------------------------------------------------------------------


def test_the_landing_page_moves_on_the_screen_below_what_was_found(open_page):
    page = open_page("intro.html").page
    slider = page.get_by_role("slider", name="Nvidia chips to match")
    slider.scroll_into_view_if_needed()
    page.locator(".xp-explorer .xp-figure[data-live]").wait_for()
    top = slider.evaluate("e => e.getBoundingClientRect().top + scrollY")
    assert top < 2 * 900
    readout = page.locator(".xp-explorer").get_by_text("Huawei chips needed").locator("..")
    before = readout.inner_text()
    assert before.split("\n")[-1].startswith("315")
    slider.focus()
    slider.press("ArrowRight")
    assert readout.inner_text() != before


def test_on_a_phone_the_finding_and_the_picture_are_on_the_first_screen_and_the_explorer_on_the_second(open_page):
    page = open_page("intro.html", width=390, height=844).page
    assert page.locator(".xp-squares-row").nth(1).bounding_box()["y"] < 844
    assert page.locator(".xp-explorer").bounding_box()["y"] < 2 * 844


def test_the_card_of_the_landing_page_has_the_finding_and_the_picture(site):
    html = (site / "intro.html").read_text(encoding="utf-8")
    (said,) = re.findall(r'<meta property="og:description" content="([^"]*)"', html)
    total = len(data.load("claims"))
    assert f"Of its {total} claims" in said and "cannot be tested" in said and len(said) <= 160
    (image,) = re.findall(r'<meta property="og:image" content="[^"]*/(cards/[^"]*)"', html)
    with Image.open(site / image) as card:
        assert card.size == (1200, 630)
        colours = {colour[:3] for _, colour in card.convert("RGB").getcolors(1 << 20)}
    for verdict in ("supported", "contested", "unsupported", "outdated"):
        wanted = tuple(int(COLOURS[verdict][0][i : i + 2], 16) for i in (1, 3, 5))
        near = min(max(abs(a - b) for a, b in zip(wanted, found, strict=True)) for found in colours)
        assert near <= 8, verdict  # the card has 128 colours


def test_the_index_leads_to_the_landing_page(open_page):
    page = open_page("index.html", folded=True).page
    page.wait_for_url("**/intro.html")


def test_the_landing_page_agrees_with_the_full_model(notebook_run):
    """The default of the landing page is the full model's answer with the same inputs."""
    front = namespace(BOOK / "intro.md")["match"]
    full = namespace(BOOK / "energy-scale-long-game/scaling.md")["matching"]
    same = full.evaluate(
        frontier_chips=1e5, weaker_network_loss=0.02, frontier_network_loss=0.02, weaker_mfu=0.4, frontier_mfu=0.4
    )
    assert front.result["chips"] == pytest.approx(same["chips"])


def test_the_landing_page_leads_to_every_chapter_and_to_three_ways_in(open_page, site):
    page = open_page("intro.html", java_script_enabled=False).page
    toc = yaml.safe_load((BOOK / "_toc.yml").read_text())
    chapters = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"] if "sections" in chapter]
    assert len(chapters) == 4
    links = [link.get_attribute("href") for link in page.locator("main a.reference").all()]
    assert [link for link in links if link.endswith("index.html")] == [f"{chapter}.html" for chapter in chapters]
    ways = [link.split("#")[1] for link in links if link.startswith("how-to.html#")]
    assert ways == ["read", "run", "teach"]
    how_to = (site / "how-to.html").read_text(encoding="utf-8")
    assert all(f'id="{way}"' in how_to for way in ways)


# --- how to use, glossary, about ---------------------------------------------------------------------------------


def test_the_code_that_readers_are_told_to_type_runs(notebook_run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = dict(namespace(BOOK / "controls-efficiency-adoption/efficiency.md"))
    blocks = re.findall(r"```python\n(.*?)```", text_of("how-to"), re.DOTALL)
    assert len(blocks) >= 2
    for block in blocks:
        exec(block, names)  # noqa: S102
    assert names["training"].settings["tokens"] == 30e12
    assert names["training"].settings["mfu"] == 0.35


def terms():
    block = re.search(r"```\{glossary\}\n(.*?)```", text_of("glossary"), re.DOTALL)[1]
    return re.findall(r"^(\S.*)$", block, re.MULTILINE)


def test_the_glossary_is_in_order_and_each_term_is_used_in_the_book():
    words = terms()
    assert words == sorted(words, key=str.lower)
    shown = [path for folder in ("exhibits", "sources") for path in (ROOT / "src/hardware_phase" / folder).iterdir()]
    files = [path for path in (*BOOK.rglob("*.md"), *shown) if path.suffix in {".md", ".py", ".toml"}]
    pages = [path.read_text(encoding="utf-8") for path in files if path.name != "glossary.md"]
    book = " ".join(re.split(r"[\s-]+", " ".join(pages).lower()))
    forms = {word: [form.lower().replace("-", " ") for form in re.split(r", | \(|\)", word) if form] for word in words}
    assert [word for word in words if not any(form in book for form in forms[word])] == []


@pytest.mark.parametrize(
    "abbreviation", ["MFU", "PUE", "TPP", "HBM", "TDP", "FLOP", "KV cache", "MLA", "NPU", "Die", "Yield"]
)
def test_the_glossary_explains_what_the_notebooks_abbreviate(abbreviation):
    assert abbreviation in terms()


def test_what_the_book_says_of_itself_is_one_version_and_one_licence():
    about = text_of("about")
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    package = json.loads((data.folder / "datapackage.json").read_text())
    assert {version, citation["version"], package["version"]} == {re.search(r"version (\d+\.\d+\.\d+)", about)[1]}
    assert f"Version {version}," in text_of("changes")
    assert "CC BY 4.0" in about and "BSD 3-Clause" in about
    assert set(citation["license"]) == {"BSD-3-Clause", "CC-BY-4.0"}


def test_the_way_to_report_an_error_that_about_describes_is_there(open_page):
    page = open_page("about.html").page
    assert "Open issue" in page.locator("main").inner_text()
    page.locator(".xp-menu summary[title='Source code']").click()
    link = page.get_by_role("link", name="Open issue")
    assert "/issues/new" in link.get_attribute("href")


@pytest.mark.parametrize("name", ["claims.html", "reproduced.html", "how-to.html", "glossary.html", "about.html"])
def test_a_page_without_a_chart_stays_small(open_page, name):
    responses = []
    page = open_page("genindex.html").page
    page.on("response", lambda response: responses.append(response))  # Playwright takes no builtin
    page.goto(page.url.replace("genindex.html", name))
    page.wait_for_load_state("networkidle")
    # The test's server does not compress; those that publish the site do.
    bodies = [page.request.get(address).body() for address in {response.url for response in responses}]
    assert 0 < sum(len(gzip.compress(body)) for body in bodies) < PLAIN_KB * 1e3
    assert not page.locator("script[src*='xp.js']").count()


def test_the_ledger_prints_without_its_filters(open_page):
    page = open_page("claims.html").page
    page.emulate_media(media="print")
    assert not page.locator(".xp-ledger-filters").is_visible()
    assert page.locator(".xp-claim").first.is_visible()
