"""The data catalogue and the bibliography, as written and as read in a browser."""

import csv
import re

import pytest
from docutils.nodes import make_id

from explorables.site import catalogue
from explorables.tables.package import read_text
from hardware_phase import data


def table(name):
    return f'.xp-data-table[data-csv="data/{data.describe(name)["path"]}"]'


def open_rows(reader, name):
    """Open a table's rows and wait until all are there."""
    details = reader.page.locator(table(name))
    details.locator("summary").click()
    details.locator(".xp-data-status", has_text=re.compile(r"^All \d+ rows")).wait_for()
    return details


def column(details, name):
    headers = details.locator("th").all_inner_texts()
    index = headers.index(name) + 1
    return details.locator(f"tbody tr td:nth-child({index})").all_inner_texts()


# --- as written --------------------------------------------------------------------------------------------------


def test_uses_are_found_in_code_cells_and_in_the_modules_that_they_import(tmp_path):
    cell = "```{{code-cell}} ipython3\n{}\n```\n"
    (tmp_path / "own.md").write_text(cell.format('chips = data.load("chips")'))
    (tmp_path / "through.md").write_text(cell.format("from hardware_phase.sources import disagreements"))
    (tmp_path / "prose.md").write_text('```python\ndata.load("chips")\n```\n')
    used = catalogue.uses(tmp_path, ["own", "prose", "through"])
    assert used == {"chips": ["own"], "disagreements": ["through"]}


def test_every_table_has_its_rows_its_columns_its_sources_and_its_file():
    text = catalogue.catalogue({"chips": ["a/page"]})
    sections = re.split(r"^\(table-(\w+)\)=$", text, flags=re.MULTILINE)[1:]
    assert sections[::2] == data.names()
    for name, section in zip(sections[::2], sections[1::2], strict=True):
        resource = data.describe(name)
        frame = data.load(name)
        counts = frame[data.kind_column(name)].value_counts()
        line = re.search(r"^- (\d+) rows: (.*)\.$", section, re.MULTILINE)
        assert int(line[1]) == len(frame)
        assert sum(map(int, re.findall(r"\d+", line[2]))) == counts.sum() == len(frame)
        assert f'href="data/{resource["path"]}" download' in section
        for field in resource["schema"]["fields"]:
            assert f"<dt><code>{field['name']}</code></dt>" in section
    assert "Used in [](/a/page.md)." in sections[1]


def test_cells_cannot_break_out_of_the_table():
    resource = data.describe("chips")
    cells = read_text(data.folder, resource).head(1).assign(note="<script>alert(1)</script>")
    assert "<script>" not in catalogue.piece(cells, resource)


# --- in a browser ------------------------------------------------------------------------------------------------


def test_without_a_script_the_first_rows_and_the_file_are_there(open_page):
    reader = open_page("data.html", java_script_enabled=False)
    details = reader.page.locator(table("chips"))
    details.locator("summary").click()
    with (data.folder / "chips.csv").open(encoding="utf-8", newline="") as file:
        first = list(csv.reader(file))[1 : 1 + catalogue.FIRST_ROWS]
    shown = [row.locator("td").all_text_contents() for row in details.locator("tbody tr").all()]
    assert shown == first
    answer = reader.page.request.get(reader.page.url.replace("data.html", "data/chips.csv"))
    assert answer.body() == (data.folder / "chips.csv").read_bytes()


def test_opening_the_rows_shows_what_the_file_holds(open_page):
    reader = open_page("data.html")
    for name in data.names():
        details = open_rows(reader, name)
        with (data.folder / data.describe(name)["path"]).open(encoding="utf-8", newline="") as file:
            _, *rows = csv.reader(file)
        cells = "d => [...d.querySelectorAll('tbody tr')].map(row => [...row.cells].map(cell => cell.textContent))"
        assert details.evaluate(cells) == rows, name
        assert details.locator(".xp-data-status").inner_text() == f"All {len(rows)} rows."
        details.locator("summary").click()


def test_a_search_keeps_the_rows_that_hold_every_word(open_page):
    details = open_rows(open_page("data.html"), "chips")
    details.get_by_role("searchbox", name="Search in AI accelerators").fill("huawei 910C")
    names = column(details, "chip")
    rows = [row.lower() for row in details.locator("tbody tr").all_inner_texts()]
    assert "Ascend 910C (press)" in names
    assert all("huawei" in row and "910c" in row for row in rows)
    assert details.locator(".xp-data-status").inner_text() == f"{len(names)} of {len(data.load('chips'))} rows."
    details.get_by_role("searchbox").fill("no such chip")
    assert details.locator("tbody tr").count() == 0


def test_a_header_sorts_by_keyboard_and_says_how(open_page):
    details = open_rows(open_page("data.html"), "chips")
    header = details.get_by_role("button", name="tpp", exact=True)
    header.focus()
    header.press("Enter")
    numbers = [float(cell) for cell in column(details, "tpp") if cell]
    assert numbers == sorted(numbers)
    assert details.locator("th[aria-sort]").get_attribute("aria-sort") == "ascending"
    header.press("Space")
    cells = column(details, "tpp")
    numbers = [float(cell) for cell in cells if cell]
    assert numbers == sorted(numbers, reverse=True)
    assert cells[: len(numbers)].count("") == 0, "empty cells come last in either order"
    assert details.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"


def test_estimates_and_plans_look_like_what_they_are(open_page):
    details = open_rows(open_page("data.html"), "chips")
    kinds = column(details, "kind")
    styles = details.evaluate("d => [...d.querySelectorAll('tbody tr')].map(r => getComputedStyle(r).fontStyle)")
    assert {style for kind, style in zip(kinds, styles, strict=True) if kind in catalogue.UNSURE} == {"italic"}
    assert {style for kind, style in zip(kinds, styles, strict=True) if kind not in catalogue.UNSURE} == {"normal"}


def test_rows_that_do_not_load_leave_the_first_ones_say_so_and_are_asked_for_again(open_page):
    reader = open_page("data.html")
    reader.page.route("**/chips.csv", lambda route: route.abort())
    details = reader.page.locator(table("chips"))
    details.locator("summary").click()
    details.get_by_text("They could not be loaded here.").wait_for()
    assert details.locator("tbody tr").count() == catalogue.FIRST_ROWS
    assert len(reader.errors) == 1
    reader.errors.clear()
    reader.page.unroute("**/chips.csv")
    details.locator("summary").click()
    details.locator("summary").click()
    details.get_by_text("All ").first.wait_for()
    assert details.locator("tbody tr").count() > catalogue.FIRST_ROWS


@pytest.mark.parametrize("name", ["data.html", "bibliography.html", "sources-disagree.html"])
def test_the_pages_fit_a_phone(open_page, name):
    reader = open_page(name, width=390)
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_script_is_on_the_catalogue_page_only(open_page):
    reader = open_page("data.html")
    assert reader.page.locator("script[data-scripts*=catalogue]").count() == 1
    reader.page.goto(reader.page.url.replace("data.html", "bibliography.html"))
    assert reader.page.locator("script[data-scripts*=catalogue]").count() == 0


def test_every_source_is_in_the_bibliography_with_what_is_known_of_it(open_page):
    reader = open_page("bibliography.html")
    entries = reader.page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('.citation')].map(
          e => [e.id, [e.textContent, e.querySelector('a')?.getAttribute('href')]]))"""
    )
    sources = data.sources()
    assert len(entries) == len(sources)
    for key, source in sources.iterrows():
        text, address = entries[make_id(key)]
        assert source["urldate"] in text
        assert (source["date"] or "no date") in text
        assert address == (source["url"] or None)


def test_the_sources_of_a_table_lead_to_their_entries(open_page):
    reader = open_page("data.html")
    links = reader.page.evaluate(
        "() => [...document.querySelectorAll('.xp-data-more a')].map(a => a.getAttribute('href').split('#')[1])"
    )
    reader.page.goto(reader.page.url.replace("data.html", "bibliography.html"))
    anchors = reader.page.evaluate("() => [...document.querySelectorAll('.citation')].map(e => e.id)")
    assert links
    assert set(links) <= set(anchors)
