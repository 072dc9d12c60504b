"""Data frames of the notebooks become tables that people and screen readers can read."""

from __future__ import annotations

import json
import re

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbclient import NotebookClient

from explorables.explore.explorer import STATIC
from explorables.explore.frames import MIME, payload
from explorables.site.tables import NUMERIC, table
from hardware_phase import data

KEYS = list(data.bibliography())[:2]


def shown(frame: pd.DataFrame | pd.Series) -> str:
    kept = json.loads(json.dumps(payload(frame)))  # as it goes from the kernel to the page
    return table(kept, "../bibliography.html")


def rows(html: str) -> list[list[str]]:
    """Text of the cells, row by row."""
    return [
        [re.sub("<[^>]+>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in re.findall(r"<tr[^>]*>(.*?)</tr>", html, re.DOTALL)
    ]


def test_the_names_of_the_row_labels_stand_in_the_row_of_headings():
    frame = pd.DataFrame({"share": [0.5]}, index=pd.Index(["Huawei"], name="vendor"))
    assert rows(shown(frame)) == [["vendor", "share"], ["Huawei", "0.5"]]
    both = frame.rename_axis(columns="year")
    assert rows(shown(both))[0] == ["vendor", "share"]
    two = pd.DataFrame(
        {("TPP", "low"): [1], ("TPP", "high"): [2]}, index=pd.MultiIndex.from_tuples([("a", "b")], names=["p", "q"])
    )
    assert rows(shown(two))[1] == ["p", "q", "low", "high"]


def test_a_series_is_a_table_without_a_number_and_without_headings_that_say_nothing():
    html = shown(pd.Series({"dies": 1_234_567.0, "share": 0.5, "binds": "memory"}))
    assert rows(html) == [["dies", "1234567.0"], ["share", "0.5"], ["binds", "memory"]]
    assert "<thead>" not in html and 'class="dataframe xp-series"' in html
    named = pd.Series({2024: 1.5, 2025: 2.5}, name="bn USD").rename_axis("year")
    assert rows(shown(named))[0] == ["year", "bn USD"]
    assert "xp-series" not in shown(named.to_frame())


def test_numbers_line_up_and_words_do_not():
    frame = pd.DataFrame(
        {
            "cards": ["1,650", "2.2 million", np.nan],
            "year": [2024, 2025, 2026],
            "gain": ["12 %", "1.5×", "$3"],
            "chip": ["910C", "A100", "H20"],
        }
    )
    html = shown(frame)
    numeric = re.findall(rf'<th class="{NUMERIC}"[^>]*>(.*?)</th>', html)
    assert numeric == ["cards", "year", "gain"]
    assert html.count(NUMERIC) == 3 * (len(frame) + 1)


def test_numbers_are_written_as_people_write_them():
    frame = pd.DataFrame(
        {
            "TWh": [10591.0, 4528.0, -0.0],
            "share": [0.5, -0.25, np.nan],
            "year": [2024.0, 2025.0, np.nan],
            "chips": [-3, 12345, 7],
        }
    )
    assert [row[1:] for row in rows(shown(frame))[1:]] == [
        ["10,591", "0.50", "2024", "−3"],
        ["4,528", "−0.25", "2025", "12345"],
        ["0", "–", "–", "7"],
    ]


@pytest.mark.parametrize("missing", [np.nan, None, pd.NaT])
def test_what_is_missing_is_a_dash(missing):
    frame = pd.DataFrame({"launch": [pd.Timestamp("2025-04-09") if missing is pd.NaT else 1.0, missing]})
    assert rows(shown(frame))[2] == ["1", "–"]


def test_keys_of_sources_are_links_to_the_bibliography():
    html = shown(pd.DataFrame({"source": [KEYS[0], "; ".join(KEYS), "nobody_2020"]}))
    assert rows(html)[1:] == [["0", data.label(KEYS[0])], ["1", "; ".join(map(data.label, KEYS))], ["2", "nobody_2020"]]
    assert html.count('<a href="../bibliography.html#') == 3


def test_headings_say_what_they_head():
    frame = pd.DataFrame(
        {("a", "x"): [1, 2], ("a", "y"): [3, 4]}, index=pd.MultiIndex.from_product([["CN"], ["b", "c"]])
    )
    html = shown(frame)
    assert re.search(r'<th colspan="2" scope="colgroup">a</th>', html)
    assert html.count('scope="col"') == 2 and html.count('scope="row"') == 2 and html.count('scope="rowgroup"') == 1
    assert not re.search(r"<th[^>]*></th>", html)


def test_names_break_after_underscores_and_stay_whole_as_text():
    html = shown(pd.DataFrame({"us_token_share": ["token_share"]}))
    assert "us_<wbr>token_<wbr>share" in html
    assert rows(html)[0][1] == "us_token_share"


def test_text_from_tables_stays_text():
    assert "&lt;script&gt;" in shown(pd.DataFrame({"a<b": ["<script>"]}))


def test_a_table_without_rows_passes():
    assert rows(shown(pd.DataFrame({"a": []}))) == [["", "a"]]


def test_what_is_left_out_of_a_long_table_is_said():
    long = pd.DataFrame({f"column {n}": range(100) for n in range(30)})
    with pd.option_context("display.max_columns", 20):
        html = shown(long)
    found = rows(html)
    assert {len(row) for row in found} == {22} and len(found) == 12  # ten rows, the heading and the gap
    assert found[6] == ["..."] * 22 and found[0][11] == "..." and found[1][10:13] == ["0", "...", "0"]
    assert "<p>100 × 30</p>" in html


def test_a_text_that_looks_like_a_number_stays_as_its_author_wrote_it():
    frame = pd.DataFrame({"text": ["12345.0", "1.50"], "number": [12345.0, 1.5]})
    assert [row[1:] for row in rows(shown(frame))[1:]] == [["12345.0", "12,345.0"], ["1.50", "1.5"]]


def test_a_kernel_of_the_site_sends_types_beside_what_pandas_writes(kernel):
    code = "import pandas as pd, explorables.explore\npd.DataFrame({'TWh': [10591.0]})"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(STATIC, "1")
        NotebookClient(notebook, kernel_name="python3").execute()
    (output,) = notebook.cells[0].outputs
    assert output.data[MIME]["rows"] == [["10,591"]]
    assert "dataframe" in output.data["text/html"] and "10591.0" in output.data["text/plain"]


def test_no_page_says_what_pandas_says_to_programmers(site):
    found = [
        page.relative_to(site).as_posix()
        for page in site.rglob("*.html")
        if re.search(r"\bdtype:", re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8")))
    ]
    assert not found


@pytest.mark.parametrize("name", ["acceleration/fab", "energy-scale-long-game/scaling"])
def test_where_there_is_room_no_column_of_a_table_is_cut_off(open_page, name):
    page = open_page(f"{name}.html", width=1280).page
    cut = page.evaluate(
        "[...document.querySelectorAll('table.dataframe')].filter(t => t.scrollWidth > t.parentElement.clientWidth + 1).map(t => t.id || t.innerText.slice(0, 60))"
    )
    assert not cut
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
