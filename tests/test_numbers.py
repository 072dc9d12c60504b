"""Figures and tables have numbers that count up on a page, and an address."""

from __future__ import annotations

import re

from test_every_page import pages


def test_figures_and_tables_of_every_page_are_numbered_in_order(site):
    most = {"figure": 0, "table": 0}
    for path in pages(site):
        text = (site / path).read_text(encoding="utf-8")
        for kind, before in most.items():
            found = [int(number) for number in re.findall(rf'id="{kind}-(\d+)"', text)]
            assert found == list(range(1, len(found) + 1)), path
            most[kind] = max(before, len(found))
        assert text.count('<div class="xp-figure"') == len(re.findall(r'id="figure-\d+"', text)), path
        assert len(re.findall(r"<table[^>]*dataframe(?! xp-series)", text)) == len(
            re.findall(r'id="table-\d+"', text)
        ), path
    assert min(most.values()) > 3


def test_a_figure_and_a_table_can_be_linked_to_and_say_their_number(open_page):
    page = open_page("energy-scale-long-game/scaling.html#figure-2").page
    figure = page.locator("#figure-2")
    assert figure.locator(".xp-chart-title").inner_text().startswith("Figure 2. ")
    assert figure.bounding_box()["y"] < 900
    assert page.locator("#table-1").inner_text() == "Table 1"
