"""The claims of the essay and the published numbers: as tables, as written, and as read in a browser."""

import json
import re
import shutil

import pandas as pd
import pytest

from explorables.site.spaces import BEFORE_UNIT
from explorables.tables import check as check_data
from hardware_phase import data
from hardware_phase.evidence import claim_review, figures, report, rules, squares, standing, verdicts
from hardware_phase.evidence import claims as ledger
from hardware_phase.evidence import reproduced as reproduce
from hardware_phase.sources import independence

CLAIMS = data.load("claims")
PAGE = "claims.html"


def shown(reader):
    """Ids of the claims that can be seen."""
    return [node.get_attribute("id") for node in reader.page.locator(".xp-claim:visible").all()]


def status(reader):
    return reader.page.locator(".xp-ledger-status").inner_text()


# --- the table ---------------------------------------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path):
    """A copy of the tables and of the book's text that a test may spoil."""
    shutil.copytree(data.folder, tmp_path / "data")
    shutil.copytree(data.folder.parent / "book", tmp_path / "book")
    return tmp_path


@pytest.mark.parametrize(
    ("column", "bad", "expected"),
    [
        ("verdict", "true", "one of"),
        ("source", "nobody_1999", "a key of references.bib"),
        ("notebook", "ecosystem/nowhere", "a page of the book"),
        ("explorer", "nothing", "an explorer of the first notebook"),
        ("id", "O-99", "O-01"),
        ("evidence_against", "", "a value"),
        ("evidence_for", "It grew by {nothing} %.", "a figure of hardware_phase.evidence.figures"),
        ("quote", "seven words of the essay are many", "the pattern"),
    ],
)
def test_a_claim_that_is_wrong_in_a_column_is_named(copy, column, bad, expected):
    file = copy / "data/claims.csv"
    cells = pd.read_csv(file, dtype=str, keep_default_na=False)
    cells.loc[0, column] = bad
    cells.to_csv(file, index=False)
    problems = [
        p
        for p in check_data.check(copy / "data", copy / "book", rules)
        if (p.file, p.row, p.column) == ("claims.csv", 2, column)
    ]
    assert any(expected in problem.expected for problem in problems), problems


def test_the_book_quotes_a_few_words_of_the_essay_for_each_claim_and_says_where_it_is():
    words = CLAIMS["quote"].str.split().str.len()
    assert words.between(2, 6).all(), CLAIMS.loc[~words.between(2, 6), ["id", "quote"]]
    assert CLAIMS["quote"].is_unique
    entry = data.bibliography()[ledger.ESSAY]
    assert entry["publisher"] == "Storyantra" and entry["date"] and entry["url"].startswith("https://")


def test_every_section_of_the_article_has_claims_of_every_sort_of_outcome():
    by_section = CLAIMS.groupby("section", observed=False)["verdict"].nunique()
    assert (by_section >= 3).all(), by_section
    assert set(CLAIMS["verdict"]) == set(ledger.VERDICTS) == set(ledger.MEANINGS)


# Names of chips, models and rules, days and years: no measurement.
NAMES = re.compile(
    r"\b(?:(?:19|20)\d\d|[A-Z]+\d+\w*|910[BC]|Llama 3\.1 405B|(?:CloudMatrix|Ascend) \d+|RTX Pro \w+|[45]G|Step-3|28 nm"
    r"|\d+ (?:December|January)|[\d,]+ GB200)\b"
)
# Numbers in the evidence that stand in no table: only the source of the claim has them.
TYPED = {
    ("E-05", "11"),
    ("A-02", "500,000"),
    ("A-02", "20"),
    ("A-07", "16"),
    ("A-15", "18"),
    ("C-02", "45"),
    ("C-02", "100"),
    ("C-14", "30,000"),
    ("L-02", "25"),
    ("L-10", "80"),
    ("L-11", "50"),
    ("L-11", "1,000"),
    ("L-11", "30"),
    ("L-12", "2.8"),
    ("L-12", "0.82"),
    ("L-19", "10,000"),
    ("L-19", "52,000"),
    ("L-19", "63,000"),
    ("L-20", "34"),
    ("L-20", "15"),
}


def test_numbers_in_the_evidence_are_computed_from_the_tables():
    typed = {
        (row.id, number)
        for row in CLAIMS.itertuples()
        for text in (row.evidence_for, row.evidence_against)
        for number in re.findall(r"\d[\d,.]*\d|\d", NAMES.sub("", figures.NAMED.sub("", text)))
    }
    assert typed == TYPED


def test_a_change_of_data_names_the_verdicts_that_rest_on_it(monkeypatch):
    before = standing.verdicts({})
    load = type(data).load

    def changed(self, name):
        table = load(self, name)
        if name == "capacity":
            american = (table["country"] == "USA") & (table["source_type"] == "gross_total") & (table["year"] == 2025)
            table.loc[american, "added_gw"] = 181.0
        return table

    monkeypatch.setattr(type(data), "load", changed)
    figures.figure.cache_clear()
    try:
        after = standing.verdicts({})
    finally:
        figures.figure.cache_clear()
    assert {claim for claim in before if before[claim] != after[claim]} == {"E-05", "L-08"}
    assert "the United States 181 GW" in after["L-08"] and "3 times as much" in after["E-05"]


def test_opinions_are_not_judged_as_facts():
    assert set(CLAIMS.loc[CLAIMS["kind"] == "opinion", "verdict"].astype(str)) <= {"not testable", "contested"}


def test_every_notebook_shows_its_own_claims():
    book = data.folder.parent / "book"
    named = {page for _, claim in CLAIMS.iterrows() for page in ledger.notebooks(claim)}
    assert len(named) >= 15
    for page in named:
        text = (book / f"{page}.md").read_text(encoding="utf-8")
        section = text.split("## What the evidence says" if "```{opening}" in text else "## What the article claims")[
            1
        ].split("\n## ")[0]
        assert "```{claims}\n```" in section, page
        assert len(ledger.tested_by(page)) >= 1


def test_a_page_without_claims_is_refused():
    with pytest.raises(KeyError, match="nowhere"):
        ledger.tested_by("nowhere")


def test_the_counts_are_those_of_the_table():
    counts = verdicts.counts()
    assert counts.sum() == len(CLAIMS)
    assert counts["outdated"] == (CLAIMS["verdict"] == "outdated").sum()


# --- the page ----------------------------------------------------------------------------------------------------


def test_all_claims_can_be_read_without_a_script(open_page):
    reader = open_page(PAGE, java_script_enabled=False)
    assert shown(reader) == [name.lower() for name in CLAIMS["id"]]
    text = reader.page.locator("main").inner_text()
    for claim in CLAIMS.itertuples():
        assert claim.claim in text.replace("’", "'").replace("“", '"'), claim.id
    assert reader.page.locator(".xp-ledger-filters").count() == 0
    assert reader.page.locator(".xp-claim a.xp-claim-test").count() == CLAIMS["explorer"].notna().sum()
    assert reader.page.locator(".xp-claim > p:first-child .xp-mark").count() == len(CLAIMS)


def test_filters_show_what_the_table_has(open_page):
    reader = open_page(PAGE)
    assert status(reader) == f"All {len(CLAIMS)} claims."
    reader.page.get_by_label("Verdict").select_option("unsupported")
    expected = CLAIMS[CLAIMS["verdict"] == "unsupported"]
    assert shown(reader) == [name.lower() for name in expected["id"]]
    assert status(reader) == f"{len(expected)} of {len(CLAIMS)} claims."
    off = reader.page.locator(".xp-squares [data-off]")
    assert off.count() == len(CLAIMS) - len(expected), "the picture shows the choice"
    reader.page.get_by_label("Chapter").select_option("acceleration")
    expected = expected[expected["section"] == "acceleration"]
    assert shown(reader) == [name.lower() for name in expected["id"]]
    assert reader.page.locator("main section:has(> .xp-claim) > h2:visible").count() == 1, "sections without a claim go"


def test_a_search_keeps_the_claims_that_hold_every_word(open_page):
    reader = open_page(PAGE)
    reader.page.get_by_role("searchbox", name="Search in the claims").fill("CAMBRICON triple")
    assert shown(reader) == ["a-02"]
    reader.page.get_by_role("searchbox").fill("no such words here")
    assert shown(reader) == []
    assert status(reader) == f"0 of {len(CLAIMS)} claims."


def test_a_kind_can_be_chosen_and_the_legend_and_chapters_of_the_picture_choose_too(open_page):
    reader = open_page(PAGE)
    page = reader.page
    page.get_by_label("Kind").select_option("forecast")
    forecasts = CLAIMS[CLAIMS["kind"] == "forecast"]
    assert shown(reader) == [name.lower() for name in forecasts["id"]]
    page.locator(".xp-squares-legend a[data-verdict=not-testable]").click()
    expected = forecasts[forecasts["verdict"] == "not testable"]
    assert shown(reader) == [name.lower() for name in expected["id"]]
    assert "kind=forecast" in page.url and "verdict=not-testable" in page.url
    page.locator(".xp-squares-chapter[data-section=opening]").click()
    assert shown(reader) == [name.lower() for name in expected.loc[expected["section"] == "opening", "id"]]
    assert page.locator(".xp-squares [aria-current]").count() == 2
    page.locator(".xp-squares-legend a[data-verdict=not-testable]").click()
    assert "verdict" not in page.url, "choosing it again undoes it"


def test_the_filters_work_by_keyboard_and_can_be_undone(open_page):
    reader = open_page(PAGE)
    page = reader.page
    page.get_by_label("Chapter").focus()
    page.keyboard.press("ArrowDown")
    assert shown(reader) == [name.lower() for name in CLAIMS.loc[CLAIMS["section"] == "opening", "id"]]
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("nanoseconds")
    assert shown(reader) == ["o-08"]
    page.keyboard.press("Enter")
    assert shown(reader) == ["o-08"]
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert status(reader) == f"All {len(CLAIMS)} claims."
    assert "?" not in page.url


def test_an_address_brings_back_the_choice(open_page):
    reader = open_page(PAGE)
    reader.page.get_by_label("Verdict").select_option("not-testable")
    reader.page.get_by_role("searchbox").fill("aim")
    chosen = shown(reader)
    assert chosen
    reader.page.goto(reader.page.url)
    assert shown(reader) == chosen
    assert reader.page.get_by_role("searchbox").input_value() == "aim"


@pytest.mark.parametrize(
    "address",
    [
        "?verdict=__proto__&section=constructor&kind=toString",
        "?verdict=<script>alert(1)</script>",
        "?section=ecosystem%22%5D&verdict=supported%20",
        "?verdict=&section=&q=",
        "#x%22%5D,*",
        "?q=%00&verdict=x" + "&verdict=supported" * 3,
    ],
)
def test_a_hostile_address_filters_nothing_and_runs_nothing(open_page, address):
    reader = open_page(PAGE + address)
    reader.page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    assert reader.page.get_by_label("Verdict").input_value() == ""
    assert reader.page.get_by_label("Chapter").input_value() == ""
    assert reader.page.get_by_label("Kind").input_value() == ""
    if "q=%00" not in address:
        assert status(reader) == f"All {len(CLAIMS)} claims."


def test_a_long_search_in_an_address_is_cut_and_stays_text(open_page):
    reader = open_page(PAGE + "?q=" + "%3Cimg%20src=x%20onerror=alert(1)%3E" * 200)
    box = reader.page.get_by_role("searchbox", name="Search in the claims")
    assert len(box.input_value()) == 80
    assert reader.page.locator("main img[src=x]").count() == 0
    assert shown(reader) == []


def test_a_link_to_a_claim_goes_before_a_filter_that_hides_it(open_page):
    reader = open_page(PAGE + "?verdict=supported#o-08")
    claim = reader.page.locator("#o-08")
    assert claim.is_visible()
    assert reader.page.evaluate("document.querySelector('#o-08').getBoundingClientRect().top") < 900
    assert claim.get_by_role("link", name="O-08").get_attribute("href").endswith("#o-08")
    assert reader.page.url.endswith(f"{PAGE}#o-08"), "the address says what is shown"


def test_the_way_back_from_a_claim_brings_back_the_filter_that_hid_it(open_page):
    reader = open_page(PAGE + "?verdict=supported")
    chosen = shown(reader)
    reader.page.evaluate("location.hash = 'o-08'")
    reader.page.locator("#o-08").wait_for()
    assert status(reader) == f"All {len(CLAIMS)} claims."
    reader.page.go_back()
    reader.page.locator("#o-08").wait_for(state="hidden")
    assert shown(reader) == chosen
    assert reader.page.get_by_label("Verdict").input_value() == "supported"


def test_a_claims_links_lead_to_its_notebook_and_explorer(open_page):
    page = open_page(PAGE).page
    links = page.evaluate("() => [...document.querySelectorAll('.xp-claim a[href*=\"html#\"]')].map(a => a.href)")
    explorers = CLAIMS["explorer"].dropna()
    wanted = set(zip(CLAIMS.loc[explorers.index, "notebook"].str.split(";").str[0], explorers, strict=True))
    assert {link for link in links if "bibliography" not in link} >= {
        page.url.replace(PAGE, f"{n}.html#{e}") for n, e in wanted
    }
    for name, explorer in sorted(wanted):
        answer = page.request.get(page.url.replace(PAGE, f"{name}.html"))
        assert f'id="{explorer}"' in answer.text(), (name, explorer)


def test_a_notebook_links_its_claims_to_the_ledger(open_page):
    page = open_page("acceleration/fab.html", java_script_enabled=False).page
    links = page.locator(".xp-claims a[href*='claims.html#']")  # not those to the glossary
    assert links.all_inner_texts() == list(ledger.tested_by("acceleration/fab")["id"])
    links.first.click()
    assert page.url.endswith("claims.html#e-10")


def test_the_script_is_on_the_ledger_only(open_page):
    reader = open_page("acceleration/fab.html")
    assert reader.page.locator("script[src*=claims]").count() == 0


@pytest.mark.parametrize("name", [PAGE, "reproduced.html", "glossary.html", "how-to.html", "about.html"])
def test_the_pages_fit_a_phone(open_page, name):
    reader = open_page(name, width=390)
    reader.page.wait_for_function("document.documentElement.scrollWidth <= 390", timeout=5_000)
    # No table has to be scrolled sideways.
    reader.page.wait_for_function(
        "[...document.querySelectorAll('main table')].every(t => t.parentElement.scrollWidth <= t.parentElement.clientWidth + 1)",
        timeout=5_000,
    )


# --- the picture and what search engines read --------------------------------------------------------------------


@pytest.mark.parametrize("name", [PAGE, "intro.html"])
def test_the_picture_has_a_named_link_for_every_claim_and_fits_the_first_screen(open_page, name):
    page = open_page(name, height=800, java_script_enabled=False).page
    links = page.locator(".xp-squares-row li a")
    found = {link.get_attribute("href").split("#")[1]: link.get_attribute("aria-label") for link in links.all()}
    for claim in CLAIMS.itertuples():
        assert found[claim.id.lower()] == f"{claim.id}, {ledger.VERDICTS[claim.verdict]}: {claim.claim}"
    assert len(found) == len(CLAIMS)
    counts = [re.match(r"\d+", text.strip())[0] for text in page.locator(".xp-squares-legend li").all_inner_texts()]
    assert counts == [str(count) for count in verdicts.counts()]
    box = page.locator(".xp-squares-row").last.bounding_box()
    assert box["y"] + box["height"] < 800, "question, finding and picture are one screen"
    first, *_, last = page.locator(".xp-squares-row").last.locator("li").all()
    assert first.bounding_box()["y"] == last.bounding_box()["y"], "a chapter is a row"


def test_the_finding_is_counted_and_a_count_that_there_is_none_of_is_refused(open_page):
    text = open_page("intro.html", java_script_enabled=False).page.locator(".xp-finding").inner_text()
    counts = verdicts.counts()
    assert f"Of its {len(CLAIMS)} claims the evidence supports {counts['supported']}" in text
    assert not re.search(r"\d", (data.folder.parent / "book/claims.md").read_text().split("```{finding}")[0])
    for page in ("intro", "claims"):
        written = (data.folder.parent / f"book/{page}.md").read_text().split("```{finding}\n")[1].split("\n```")[0]
        assert not re.search(r"\b(?!2026)\d", written), "a number that is counted is not typed"


def test_verdicts_differ_in_shape_and_not_by_colour_alone():
    shapes = {verdict: re.sub(r'"var[^"]*"', "", squares.mark(verdict)) for verdict in ledger.VERDICTS}
    assert len(set(shapes.values())) == len(ledger.VERDICTS)


def test_the_ledger_says_its_verdicts_as_claim_reviews(site):
    html = (site / PAGE).read_text(encoding="utf-8")
    found = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)[1])
    reviews = found["@graph"]
    assert found["@context"] == "https://schema.org" and len(reviews) == len(CLAIMS)
    for review, claim in zip(reviews, CLAIMS.itertuples(), strict=True):
        address = f"claims/{claim.id.lower()}.html"
        assert review["url"].endswith(f"/{address}") and f'href="{address}"' in html
        alone = (site / address).read_text(encoding="utf-8")
        assert (
            json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', alone, re.DOTALL)[1])["url"]
            == review["url"]
        )
        assert review["@type"] == "ClaimReview" and review["claimReviewed"] == claim.claim
        rating = review["reviewRating"]
        assert rating["alternateName"] == ledger.VERDICTS[claim.verdict]
        assert ("ratingValue" in rating) == (claim.verdict != "not testable")
        assert review["itemReviewed"]["author"]["name"] == "Storyantra"
        assert review["itemReviewed"]["datePublished"] == "2026-01"
    assert set(claim_review.RATINGS) == set(ledger.VERDICTS) - {"not testable"}


def test_each_claim_has_a_page_that_leads_to_its_explorer_and_to_the_ledger(open_page, site):
    for claim in CLAIMS.itertuples():
        text = (site / f"claims/{claim.id.lower()}.html").read_text(encoding="utf-8")
        assert f'href="../claims.html#{claim.id.lower()}"' in text
        assert pd.isna(claim.explorer) or f'#{claim.explorer}"' in text, claim.id
    page = open_page("claims/l-05.html", width=390).page
    claim = CLAIMS.set_index("id").loc["L-05"]
    assert page.get_by_role("heading", level=1).inner_text().replace("’", "'") == claim["claim"]
    assert page.locator("main").get_by_text(ledger.VERDICTS[claim["verdict"]]).is_visible()
    page.locator(".xp-claim-test").click()
    page.locator(f"#{claim['explorer']}[data-ready]").wait_for(state="attached")


# --- published numbers -------------------------------------------------------------------------------------------


def test_every_published_number_is_computed_or_explained():
    table = report.report()
    checks = pd.concat([data.load(name) for name in reproduce.TABLES])
    assert list(table["case"]) == list(checks["case"])
    assert (table["computed"].notna() | table["explanation"].notna()).all()
    assert (table["within"].eq(True) | table["explanation"].notna()).all()


def change_checks(monkeypatch, change):
    """Let the tables of published numbers load with a change."""
    load = type(data).load
    monkeypatch.setattr(
        type(data), "load", lambda self, name: change(load(self, name)) if "checks" in name else load(self, name)
    )


def without_explanations(monkeypatch):
    change_checks(monkeypatch, lambda table: table.assign(explanation=None))


def test_only_figures_with_other_sources_count_as_tests_of_a_model():
    """A wide difference is a miss that is shown; a derived figure or a shared source is no test, however well it fits."""
    table = report.report()
    outside = table[table["tests"].eq(independence.OUTSIDE)]
    assert 10 <= len(outside) < 0.2 * len(table)
    assert (outside["kind"] != "derived").all()
    missed = outside["explanation"].notna()
    assert (outside.loc[outside["difference_pct"].abs() > 5, "explanation"].notna()).all()
    assert 0 < missed.sum() < len(outside)


def test_a_number_without_a_model_stops_the_build(monkeypatch):
    without_explanations(monkeypatch)
    with pytest.raises(report.UnexplainedError, match="pangu_ultra_moe_mfu_reported has no model"):
        report.report()


def test_a_case_that_a_model_gives_up_stops_the_build(monkeypatch):
    cases = reproduce.cases()
    monkeypatch.setattr(reproduce, "cases", lambda: cases[cases["case"] != "gpt3_compute_6nd"])
    with pytest.raises(report.UnexplainedError, match="gpt3_compute_6nd has no model"):
        report.report()


def test_a_case_whose_row_disappears_from_its_table_stops_the_build(monkeypatch):
    change_checks(monkeypatch, lambda table: table.query("case != 'gpt3_compute_6nd'"))
    with pytest.raises(KeyError, match="gpt3_compute_6nd"):
        report.report()


def test_a_model_that_leaves_a_tolerance_stops_the_build(monkeypatch):
    from hardware_phase.models import efficiency

    monkeypatch.setitem(efficiency.REPRODUCES, "gpt3_compute_6nd", lambda inputs: 2e23)
    with pytest.raises(report.UnexplainedError, match=r"gpt3_compute_6nd is off by -36\.3 %, and 0\.5 % is allowed"):
        report.report()


def test_the_page_shows_each_number_and_the_reason_for_each_miss(open_page):
    text = open_page("reproduced.html", java_script_enabled=False).page.locator("main").inner_text().replace("’", "'")
    table = report.report()
    for case in table.itertuples():
        assert BEFORE_UNIT.sub("\N{NO-BREAK SPACE}", case.label) in text
    missed = table["explanation"].notna()
    for reason in table.loc[missed, "explanation"]:
        assert BEFORE_UNIT.sub("\N{NO-BREAK SPACE}", reason) in text
    assert f"Of all numbers, {missed.sum()} do not come out" in text
    outside = table["tests"].eq(independence.OUTSIDE)
    assert (
        f"{outside.sum()} numbers put a model against a figure" in text and f"{(outside & missed).sum()} do not" in text
    )
    assert "Published 150, computed 127.5, −15.0\N{NO-BREAK SPACE}%." in text


@pytest.mark.parametrize(
    ("value", "text"),
    [(2788.0, "2,788"), (562027.0, "562,027"), (3.2856e24, "3.286e24"), (0.518, "0.518"), (37.5, "37.5")],
)
def test_figures_are_short_and_readable(value, text):
    assert report.figure(value) == text
