"""How old the tables are, and that readers and authors are told."""

import json
from datetime import date

import pandas as pd
import pytest

from explorables.site import ages as foot
from explorables.site import catalogue
from explorables.tables import DataPackage, history
from explorables.tables.age import Age, age, ages, end_of, notes
from hardware_phase import data


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025", date(2025, 12, 31)),
        ("2025-02", date(2025, 2, 28)),
        ("2025-02-03", date(2025, 2, 3)),
        ("2025-H1", date(2025, 6, 30)),
        ("2025Q3", date(2025, 9, 30)),
        ("", None),
        ("to date", None),
    ],
)
def test_a_figure_is_from_the_end_of_the_time_that_it_is_about(text, day):
    assert end_of(text) == day


@pytest.fixture
def prices(tmp_path):
    """A table of prices by maker, one of them in a forecast."""
    rows = [
        ("a", "2024", "actual"),
        ("a", "2026-03", "actual"),
        ("b", "2024-06", "actual"),
        ("b", "2030", "forecast"),
        ("b", "2031", "actual"),
    ]
    table = pd.DataFrame(rows, columns=["maker", "date", "kind"]).assign(source="s")
    table.to_csv(tmp_path / "prices.csv", index=False)
    fields = [{"name": name, "type": "string"} for name in table]
    resource = {
        "name": "prices",
        "path": "prices.csv",
        "title": "Prices",
        "ages": {"by": "date", "months": 6, "series": ["maker"]},
        "schema": {"fields": fields, "primaryKey": ["maker", "date"]},
    }
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": [resource]}))
    (tmp_path / "references.bib").write_text(
        "@misc{s,\n  author = {{A}},\n  title = {{B}},\n  urldate = {2026-05-01},\n}\n"
    )
    return DataPackage(tmp_path)


def test_only_the_newest_row_of_a_series_ages_and_a_forecast_is_no_figure(prices):
    found = age(prices, "prices", date(2026, 6, 1))
    assert (found.newest, found.oldest, found.series) == (date(2026, 3, 31), date(2024, 6, 30), 2)
    assert found.aged == (("b", date(2024, 6, 30)),)
    assert found.as_of == date(2026, 5, 1)
    assert notes([found]) == ["prices: 1 of 2 series older than 6 months: b, 2024-06"]
    assert age(prices, "prices", date(2024, 12, 1)).aged == ()


def test_every_dated_table_of_the_book_has_figures_and_those_of_specifications_never_age():
    found = {one.name: one for one in ages(data, on=date(2035, 1, 1))}
    assert found["chips"].newest and not found["chips"].aged
    assert found["inference_prices"].aged and found["market_share"].aged
    assert all(one.as_of for name, one in found.items() if name != "long_game")


def test_the_foot_of_a_page_says_when_its_figures_are_from_and_which_are_old(prices):
    found = [age(prices, "prices", date(2026, 6, 1)), Age("sizes", "Sizes", None)]
    html = foot.foot(found, "data.html")
    assert f"<p>{html}" == "<p>" + html, "a page that the foot is added to must not be escaped by it"
    assert "newest is from 31 Mar 2026, the oldest that no newer one replaces from 30 Jun 2024" in html
    assert '<a href="data.html#table-prices">Prices</a>' in html and "Sizes" not in html
    assert "1 of 2 older than 6 months:</b> b (30 Jun 2024)" in html


def test_the_catalogue_says_how_old_each_table_is():
    text = catalogue.catalogue({})
    assert text.count("Last compared with its sources on") >= len(data.names()) - 1
    assert "figures of this kind do not age" in text and "months old, and" in text


def test_a_release_keeps_the_tables_and_tells_what_changed(prices, tmp_path):
    root = tmp_path / "checkout"
    root.mkdir()
    first = history.release(root, prices.folder, "2026-01-01")
    kept = history.packed(prices.folder)
    assert (first.rows, first.changes) == (5, ())
    with pytest.raises(ValueError, match="nothing has changed"):
        history.release(root, prices.folder, "2026-02-01")
    file = prices.folder / "prices.csv"
    file.write_text(
        file.read_text().replace("b,2024-06,actual,s", "b,2024-06,plan,t").replace("a,2024,actual,s\n", "")
        + "c,2026,actual,s\n"
    )
    second = history.release(root, prices.folder, "2026-02-01")
    assert second.changes == (history.Change("prices", 1, 1, 1, (("b, 2024-06", "kind", "actual", "plan"),)),)
    assert [one.name for one in history.history(root)] == ["2026-02-01", "2026-01-01"]
    assert (root / "releases" / "2026-01-01.zip").read_bytes() == kept != history.packed(prices.folder)


def test_the_releases_of_the_book_hold_tables_with_the_rows_that_are_told():
    root = data.folder.parent
    releases = history.history(root)
    assert releases and [one.name for one in releases] == sorted((one.name for one in releases), reverse=True)
    for one in releases:
        tables = history.tables_of(root / history.FOLDER / f"{one.name}.zip")
        assert sum(len(table) for table, _ in tables.values()) == one.rows


@pytest.mark.site
def test_pages_of_the_site_say_how_old_their_figures_are(site):
    page = (site / "ecosystem" / "market.html").read_text(encoding="utf-8")
    assert page.count('class="xp-ages"') == 1 and "data.html#table-market-share" in page
    front = (site / "intro.html").read_text(encoding="utf-8")
    assert all(
        f"data.html#table-{name.replace('_', '-')}" in front for name in ("listings", "generation", "telecom_share")
    )
    assert "xp-ages" not in (site / "glossary.html").read_text(encoding="utf-8")
