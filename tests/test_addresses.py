"""What depends on where the site is published: the map, the feed, the cards, and the page for what is missing."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urljoin
from xml.etree import ElementTree

import pytest
import yaml
from notebooks import BOOK
from PIL import Image
from test_every_page import pages

from explorables.tables.history import history
from hardware_phase import data

BASE = yaml.safe_load((BOOK.parent / "_config.yml").read_text())["html"]["baseurl"]
GENERATED = {"search.html", "genindex.html", "404.html"}
ATOM = {"a": "http://www.w3.org/2005/Atom"}


class Tags(HTMLParser):
    """The meta tags of a page and its link to the feed."""

    def __init__(self, text):
        super().__init__()
        self.meta, self.feeds = {}, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "meta" and (name := values.get("property") or values.get("name")):
            assert name not in self.meta or name == "viewport", name
            self.meta[name] = values["content"]
        if values.get("type") == "application/atom+xml":
            self.feeds.append(values["href"])


def test_every_page_has_a_card_of_its_own_that_says_what_it_is(site):
    titles = set()
    for path in set(pages(site)) - GENERATED:
        tags = Tags((site / path).read_text(encoding="utf-8"))
        meta = tags.meta
        assert meta["og:url"] == BASE + path
        assert meta["og:description"] == meta["description"]
        assert meta["twitter:card"] == "summary_large_image"
        image = meta["og:image"].removeprefix(BASE)
        assert Image.open(site / image).size == (1200, 630)
        assert (site / image).stat().st_size < 100e3
        titles.add(meta["og:title"])
        assert (site / path).parent.joinpath(tags.feeds[0]).resolve() == site / "changes.xml"
    assert len(titles) == len(set(pages(site)) - GENERATED)


def test_a_card_differs_where_the_page_differs(site):
    cards = [path.read_bytes() for path in (site / "cards").iterdir()]
    assert len(set(cards)) == len(cards) >= 2


def test_the_map_of_the_site_names_every_page_once(site):
    found = [loc.text for loc in ElementTree.parse(site / "sitemap.xml").findall(".//{*}loc")]
    assert sorted(found) == sorted(BASE + path for path in set(pages(site)) - GENERATED)


def test_the_feed_holds_the_changes_of_the_page(site):
    feed = ElementTree.parse(site / "changes.xml").getroot()
    entries = feed.findall("a:entry", ATOM)
    headings = re.findall(r"^## (.+), \w+ \d{4}$", (BOOK / "changes.md").read_text(encoding="utf-8"), re.MULTILINE)
    titles = [entry.findtext("a:title", namespaces=ATOM) for entry in entries]
    assert [title for title in titles if title != "New tables"] == headings
    page = (site / "changes.html").read_text(encoding="utf-8")
    days = [entry.findtext("a:updated", namespaces=ATOM) for entry in entries]
    news = [day[:10] for title, day in zip(titles, days, strict=True) if title == "New tables"]
    assert news and news == [one.name for one in history(data.folder.parent) if one.changes]
    assert days == sorted(days, reverse=True) and feed.findtext("a:updated", namespaces=ATOM) == days[0]
    for entry in entries:
        address, anchor = entry.findtext("a:id", namespaces=ATOM).split("#")
        assert address == f"{BASE}changes.html" and f'id="{anchor}"' in page
        assert entry.findtext("a:content", namespaces=ATOM).startswith("<p>")


@pytest.mark.parametrize("path", ["nowhere.html", "energy-scale-long-game/no/such/page.html"])
def test_a_missing_page_is_whole_at_any_depth_and_leads_on(open_page, path):
    reader = open_page(path)
    page = reader.page
    assert page.get_by_role("heading", level=1).inner_text().startswith("This page does not exist")
    assert page.evaluate("document.styleSheets[0].cssRules.length") > 50
    assert {error for error in reader.errors if "404" not in error} == set()
    assert len(reader.errors) == 1  # the missing page itself, and nothing that it loads
    reader.errors.clear()
    field = page.get_by_role("searchbox", name="Search in the book")
    field.fill("electricity")
    field.press("Enter")
    page.wait_for_url("**/search.html?q=electricity")
    page.locator("#search-results li a").first.click()
    page.wait_for_load_state()
    assert "electricity" in page.locator("main").inner_text().lower()


def test_links_of_the_missing_page_lead_to_pages(open_page):
    reader = open_page("no/page.html")
    page = reader.page
    reader.errors.clear()
    links = page.locator("#not-found a").evaluate_all("links => links.map(a => a.href)")
    assert len(links) > 4
    for link in links:
        assert page.request.get(urljoin(page.url, link)).ok, link


@pytest.mark.parametrize("word", ["constructor", "hasOwnProperty"])
def test_a_search_for_what_no_page_says_finds_nothing(open_page, word):
    reader = open_page(f"search.html?q={word}")
    reader.page.locator("#search-status").get_by_text("No page has these words").wait_for()
