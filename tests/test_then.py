"""A link to settings that was made under earlier tables says so, and gives the numbers that its sender saw."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import opening, served

from explorables.book import Book, current
from explorables.refresh import release
from explorables.site import SCRIPTS, catalogue
from explorables.tables import DataPackage, history

PAGE = "energy-scale-long-game/scaling"
THEN, NOW = "2026-01-01", "2026-02-01"
OLD_PRICE = 0.085
CODE = """
import json, sys
from explorables.classroom.exercises import source
from explorables.refresh.release import explorers
json.dump(explorers([source.book() / (sys.argv[1] + ".md")]), open(sys.argv[2], "w"))
"""


def kept(page: str, file: Path, tables: Path) -> dict:
    """What the explorers of a page are under other tables, as a release keeps it."""
    env = os.environ | {"EXPLORABLES_TABLES": str(tables)}
    subprocess.run([sys.executable, "-c", CODE, page, file], env=env, check=True, capture_output=True)
    return json.loads(file.read_text())


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A checkout with two releases, in the first of which American electricity cost less and China made half of it."""
    root = tmp_path_factory.mktemp("then")
    tables = root / "data"
    shutil.copytree(current().data.folder, tables)
    prices = tables / "power_economics.csv"
    text, count = re.subn(
        r"^(2024,USA,industrial_electricity_price,,)[\d.]+",
        rf"\g<1>{OLD_PRICE}",
        prices.read_text(),
        flags=re.MULTILINE,
    )
    assert count == 1
    prices.write_text(text)
    made = tables / "generation.csv"
    text, count = re.subn(r"^(2025,CHN,total,)[\d.]+", r"\g<1>5000", made.read_text(), count=1, flags=re.MULTILINE)
    assert count == 1
    made.write_text(text)
    releases = root / "releases"
    releases.mkdir()
    file = releases / f"{THEN}.explorers.json"
    assert PAGE in kept(PAGE, file, tables)
    shutil.copyfile(file, releases / f"{NOW}.explorers.json")
    history = [{"name": name, "rows": 1, "changes": []} for name in (NOW, THEN)]
    (releases / "history.json").write_text(json.dumps(history))
    return root


def test_a_release_keeps_what_the_numbers_of_explorers_follow_from(checkout):
    found = json.loads((checkout / "releases" / f"{THEN}.explorers.json").read_text())[PAGE]["match"]
    assert set(found) == set(release.PARTS)
    starts = {one["name"]: one["value"] for one in found["controls"]}
    assert starts["frontier_usd_per_kwh"] == OLD_PRICE


@pytest.fixture(scope="module")
def small_site(checkout, site, tmp_path_factory):
    """The page of a site that was built from this checkout."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(site / "_static", folder / "_static")
    for script in SCRIPTS.glob("xp*.js"):
        shutil.copyfile(script, folder / "_static" / script.name)
    book = Book(title="Small", tables=DataPackage(checkout / "data"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "current", lambda: book)
        attributes = catalogue.tables_of(PAGE)
        for name in (THEN, NOW):
            catalogue._keep_explorers(name, folder / "data" / "releases" / name)
    assert attributes["data-tables"] == NOW and attributes["data-kept"] == THEN
    html = (site / f"{PAGE}.html").read_text(encoding="utf-8")
    html = re.sub(r' data-(?:tables|kept|then)="[^"]*"', "", html)
    more = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    html, count = re.subn(r"<script (?=[^>]*data-vega=)", f"<script {more} ", html)
    assert count == 1
    (folder / PAGE).parent.mkdir(parents=True)
    (folder / f"{PAGE}.html").write_text(html, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def open_old(browser, small_site):
    with served(small_site) as address, opening(browser, address) as open_:
        yield lambda query="", **more: open_(f"{PAGE}.html{query}", **more)


def lines(page) -> list[str]:
    page.wait_for_function("document.querySelectorAll('#match .xp-then li').length > 0")
    return page.locator("#match .xp-then li").all_inner_texts()


def test_a_link_says_which_tables_it_was_made_with(open_old):
    page = open_old().page
    page.locator("#match-frontier_chips").press("Home")
    page.wait_for_function("location.search.includes('match.frontier_chips=')")
    assert f"tables={NOW}" in page.url
    page.locator("#match .xp-reset").click()
    page.wait_for_function("location.search === ''")
    assert page.locator(".xp-then").count() == 0


def test_a_link_of_earlier_tables_gives_their_numbers_and_offers_their_start(open_old):
    page = open_old(f"?match.frontier_chips=1000000&tables={THEN}").page
    told = lines(page)
    place = page.locator("#match .xp-then")
    assert "the tables of 1 January 2026, which have changed since" in place.inner_text()
    share = next(line for line in told if line.startswith("Share of the supply"))
    then, now = (float(part) for part in re.findall(r"([\d.]+)\s%", share))
    assert then == pytest.approx(now * 10583.36 / 5000, rel=0.05)
    assert any(line.startswith("“Price, frontier”") and "8.5 cents/kWh then" in line for line in told), told
    assert place.locator("a").get_attribute("href").endswith(f"/data/releases/{THEN}.zip")
    place.get_by_role("button", name="Set what it left alone").click()
    page.wait_for_function("location.search.includes('frontier_usd_per_kwh=0.085')")
    assert f"tables={NOW}" in page.url, "what is set now is set under the tables of now"
    page.wait_for_function(
        "![...document.querySelectorAll('#match .xp-then li')].some(li => li.textContent.includes('Price, frontier'))"
    )
    place.get_by_role("button", name="Close").click()
    assert page.locator(".xp-then").count() == 0
    assert page.evaluate("document.activeElement.className") == "xp-take"


@pytest.mark.parametrize("name", [NOW, "yesterday", "2026-99-99", ""])
def test_a_link_of_these_tables_or_of_none_says_nothing(open_old, name):
    page = open_old(f"?match.frontier_chips=50000&tables={name}").page
    page.wait_for_function("document.querySelector('#match').dataset.live !== undefined")
    assert page.locator(".xp-then").count() == 0


def test_tables_that_are_not_kept_are_named_all_the_same(open_old):
    page = open_old("?match.frontier_chips=50000&tables=2020-01-01").page
    page.wait_for_function("document.querySelector('#match .xp-then') !== null")
    assert "1 January 2020" in page.locator(".xp-then").inner_text()
    assert "What they gave then is not kept here." in page.locator(".xp-then").inner_text()


def test_it_works_from_a_stick_too(browser, small_site):
    page = browser.new_page()
    page.goto((small_site / f"{PAGE}.html").as_uri() + f"?match.frontier_chips=50000&tables={THEN}")
    page.locator("#match .xp-then li").first.wait_for()
    page.close()


def test_the_newest_release_of_the_book_keeps_its_explorers():
    root = current().data.folder.parent
    newest = history.history(root)[0].name
    assert newest in history.with_explorers(root)
    kept_then = json.loads((root / history.FOLDER / f"{newest}{history.EXPLORERS}").read_text(encoding="utf-8"))
    for page, explorers in kept_then.items():
        assert (root / "book" / f"{page}.md").is_file(), page
        for one in explorers.values():
            assert {control["signal"] for control in one["controls"]} <= {
                s.get("name") for s in one["model"]["signals"]
            }
