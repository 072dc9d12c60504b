"""Data frames of the notebooks become tables that people and screen readers can read."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from explorables.site.tables import NUMERIC, tidy
from hardware_phase import data

KEYS = list(data.bibliography())[:2]


def shown(frame: pd.DataFrame) -> str:
    return tidy(frame.to_html(), "../bibliography.html")


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


def test_pandas_does_not_style_the_page():
    html = tidy(pd.DataFrame({"a": [1]})._repr_html_(), "")
    assert "<style" not in html and html.count("<table") == 1


def test_text_from_tables_stays_text():
    assert "&lt;script&gt;" in shown(pd.DataFrame({"a<b": ["<script>"]}))


def test_a_table_without_rows_and_one_with_html_in_it_pass():
    assert rows(shown(pd.DataFrame({"a": []}))) == [["", "a"]]
    own = pd.DataFrame({"a": ["one<br>two"]}).to_html(escape=False)
    assert tidy(own, "") == own


def test_other_html_is_left_alone():
    html = '<table class="xp"><tr><th></th></tr></table><p>a < b'
    assert tidy(html, "") == html
