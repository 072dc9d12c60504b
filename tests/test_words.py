"""The interface can be translated: one catalogue has all its words, and a site built in Chinese speaks Chinese."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import numpy as np
import pytest
import yaml
from babel.messages.pofile import read_po
from conftest import Pages, served
from test_access import AXE, RUN
from test_exhibits import EXHIBITS, build
from test_search import QUERIES, ask

from explorables.explore import Readout, bound, explore, self_check, sentence
from explorables.explore.inputs import Choice, signal_name
from explorables.explore.slips import slips
from explorables.explore.trace import Traced, nodes_of, possible
from explorables.site import i18n, lang_attributes, languages, search, spoken
from explorables.site.html_pages import Page, files
from hardware_phase import data

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = sorted(path.name for path in (i18n.SITE / "locale").iterdir() if path.is_dir())
HAN = re.compile(r"[\u4e00-\u9fff]")


def fields(text: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("domain", i18n.homes())
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_catalogue_has_every_word_that_its_package_says_and_no_other(language, domain):
    folder = i18n.homes()[domain]
    with (folder / "locale" / language / "LC_MESSAGES" / f"{domain}.po").open("rb") as file:
        catalogue = read_po(file, locale=language, domain=domain)
    interface = set(i18n.messages(folder))
    assert len(interface) > 30
    assert {text for text in interface if not (catalogue.get(text) and catalogue.get(text).string)} == set()
    said = {
        message.id for message in catalogue if message.id and not any(file == "book" for file, _ in message.locations)
    }
    assert said - interface == set()
    for message in catalogue:
        if message.id in interface:
            assert fields(message.id) == fields(message.string), message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_summaries_of_all_chapters_are_translated(language):
    catalogue = i18n.catalogue(language)
    for page in (ROOT / "book").glob("*/index.md"):
        blocks = [" ".join(block.split()) for block in page.read_text(encoding="utf-8").split("\n\n")]
        for block in blocks:
            for text in re.split(r"(?:^| )- ", block):
                text = text.removeprefix("# ").strip()
                assert not text or catalogue.get(text), f"{page}: {text}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_titles_of_all_parts_are_translated_and_pages_without_one_are_named(language):
    catalogue = i18n.catalogue(language)
    contents = (ROOT / "book/_toc.yml").read_text(encoding="utf-8")
    pages = re.findall(r"(?:root|file): (.+)", contents)
    titles = [
        re.search("^# (.+)$", (ROOT / f"book/{page}.md").read_text(encoding="utf-8"), re.MULTILINE)[1] for page in pages
    ]
    assert len(titles) > 20
    assert [part for part in re.findall("caption: (.+)", contents) if not catalogue.get(part)] == []
    if english := [title for title in titles if not catalogue.get(title)]:
        warnings.warn(f"in {language}, these pages keep their English titles: {english}", stacklevel=1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_heading_of_the_argument_is_translated(language):
    catalogue = i18n.catalogue(language)
    missing = []
    for page in (ROOT / "book").glob("*/*.md"):
        prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        missing += [
            f"{page.stem}: {heading}"
            for heading in re.findall(r"^##+ (.+)$", prose, re.MULTILINE)
            if not catalogue.get(heading)
        ]
    assert missing == []


NAMELESS = {"datasets", "data", "params", "transform", "config"}  # parts of a specification that nobody reads


def drawn_texts(spec: dict) -> Iterator[str]:
    """Titles of a chart, what it shows in words, and the names at its axes, in its legends and beside its marks."""
    named = set()

    def walk(part):
        if isinstance(part, list):
            for one in part:
                yield from walk(one)
        if not isinstance(part, dict):
            return
        for key in ("title", "description"):
            text = part.get(key)
            text = text.get("text") if isinstance(text, dict) else text
            yield " ".join(text) if isinstance(text, list) else text
        guided = not any(guide in part and part[guide] is None for guide in ("axis", "legend"))
        if part.get("type") in ("nominal", "ordinal") and "field" in part and guided:
            named.add(part["field"])
            yield from (part.get("scale") or {}).get("domain", ())
        for key, one in part.items():
            if key not in NAMELESS:
                yield from walk(one)

    yield from walk(spec)
    for part in [spec, *spec.get("layer", ())]:
        for row in (part.get("data") or {}).get("values", ()):
            yield from (row[name] for name in named & set(row))
        for step in part.get("transform", ()):
            yield from step.get("fold", ()) if named & set(step.get("as", ())) else ()
    for row in (row for table in spec.get("datasets", {}).values() for row in table):
        yield from (row[name] for name in named & set(row))


def explorer_texts(made) -> Iterator[str]:
    """Every text that an explorer shows, whatever its settings."""
    yield from (made.title, made.description, sentence.written(made.says), *made.presets)
    options = {signal_name(key): one.options for key, one in made.inputs.items() if isinstance(one, Choice)}
    for one in made.inputs.values():
        yield from (one.label, one.help, *(one.options if isinstance(one, Choice) else ()))
    for readout in made.readouts:
        item = Traced(nodes_of(made._traced[readout.name])).item
        yield from (readout.title, readout.help)
        yield from readout.words.values() or (possible(item, options) if item.kind == "s" else ())
    for spec, _model in made._drawn.values():
        yield from drawn_texts(spec)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EXHIBITS)
def test_whatever_an_explorer_shows_is_translated_or_said_to_be_the_same(name, language, monkeypatch):
    """A name such as ``Trainium2`` that stays has an entry too, with itself."""
    monkeypatch.setattr(i18n, "locale", i18n.language(language))
    texts = {text for text in explorer_texts(build(name)) if isinstance(text, str) and re.search("[a-z]{3}", text)}
    known = i18n.locale.catalogue
    assert len(texts) > 8
    assert sorted(text for text in texts if not known.get(text) and ("{" in text or i18n.worded(text) == text)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_landing_page_says_what_each_chapter_asks_in_the_language(language):
    catalogue = i18n.catalogue(language)
    argument = (ROOT / "book/intro.md").read_text(encoding="utf-8").split("## Follow the argument")[1].split("\n## ")[0]
    lines = [line.removeprefix(": ") for line in argument.splitlines() if line]
    assert len(lines) > 8
    assert [line for line in lines if not catalogue.get(line)] == []


WORDS_OF_NUMBERS = dict(
    zip(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
        range(1, 13),
        strict=True,
    )
)
WORDS_OF_NUMBERS |= {
    "eleventh": 11,
    "fifteen": 15,
    "thousandth": 1000,
    "half": 2,
    "quarter": 4,
    "third": 3,
    "fifth": 5,
    "tenth": 10,
    "ninefold": 9,
    "doubled": 2,
    "twice": 2,
    "two hundred": 200,
}
MONTHS = dict(
    zip(
        [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
        range(1, 13),
        strict=True,
    )
)
MAGNITUDES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "万亿": 1e12, "万": 1e4, "亿": 1e8}
COUNT = re.compile(r"(?<![A-Za-z\d-])(\d[\d,]*(?:\.\d+)?)\s*(thousand|million|billion|trillion|万亿|万|亿)?")
ROLES = re.compile(r"\{(?:value|now|verdict)\}`[^`]*`|\{\w+(?=(?:\*[\d.]+)?\}(?!`))")
TARGETS = re.compile(r"<([^<>]*\?[^<>]*)>`")


def counts(text):
    """The numbers in a text, by their size, without those that stand in roles and names of chips."""
    plain = re.sub(r"\{\w+\}`[^`]*`|\{\w+\*[\d.]+\}", "", text)
    plain = re.sub(r"(\d) to (\d+ (\w+illion))", r"\1 \3 to \2", plain)
    return {
        round(float(number.replace(",", "")) * MAGNITUDES.get(magnitude, 1), 6)
        for number, magnitude in COUNT.findall(plain)
    }


def worded(text):
    """The numbers that an English text has in words or in the names of months."""
    found = set()
    for word, size in (WORDS_OF_NUMBERS | MONTHS).items():
        for magnitude in re.findall(rf"\b{word}\b ?(\w+illion)?", text):
            found.add(size * MAGNITUDES.get(magnitude, 1))
    return found


def prose(text):
    """Paragraphs and items of a page of the argument, without code and formulas, each with the heading under which it stands."""
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    text = re.sub(r"^(`{3,}).*?^\1|^\$\$.*?\$\$[^\n]*", "", text, flags=re.DOTALL | re.MULTILINE)
    heading, behind, fold = "", 0, False
    for block in re.split(r"\n{2,}|\n(?=- |#|\{\.fold\})|(?<=\{\.fold\})\n", text):
        said = " ".join(block.removeprefix("- ").split())
        if found := re.match(r"(#+) (.+)", said):
            heading, level = found[2], len(found[1])
            behind = 0 if behind and level <= behind else behind
            behind, fold = behind or fold * level, False
        elif said == "{.fold}":
            fold = True
        elif said and not re.fullmatch(r"\(.*\)=|\{\..*\}", said):
            yield heading, bool(behind), said


LEARNT = "What you will be able to answer"  # is behind a fold, and yet promised


def answers():
    """Every text that a Chinese reader is promised: all of the ledger and of a page of the argument that is not behind a fold, of each claim what it says and the evidence."""
    for page in sorted((ROOT / "book").rglob("*.md")):
        if page.stem == "claims" or page.parent.name != "book" and page.stem != "index":
            for heading, behind, text in prose(page.read_text(encoding="utf-8")):
                if not behind or heading == LEARNT:
                    yield f"{page.stem}: {heading}", text
        for kind, block in re.findall(
            r"```\{(opening|closing)\}[^\n]*\n(.*?)\n```", page.read_text(encoding="utf-8"), re.DOTALL
        ):
            for text in block.split("\n\n"):
                yield f"{page.stem}: {kind}", " ".join(text.split())
    for claim in data.load("claims").itertuples():
        for text in (claim.claim, claim.evidence_for, claim.evidence_against):
            yield claim.id, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_and_claim_is_translated_with_the_same_numbers(language):
    catalogue, wrong = i18n.catalogue(language), []
    texts = list(answers())
    assert len(texts) > 550
    for where, text in texts:
        message = catalogue.get(text)
        said = message.string if message else ""
        if not said:
            wrong.append(f"{where} has no translation: {text}")
        elif sorted(ROLES.findall(text)) != sorted(ROLES.findall(said)) or TARGETS.findall(text) != TARGETS.findall(
            said
        ):
            wrong.append(f"{where} has other computed numbers or links: {said}")
        elif counts(text) - counts(said) or counts(said) - counts(text) - worded(text):
            wrong.append(f"{where} differs in {counts(text) ^ counts(said)}: {said}")
    assert wrong == []


WRITTEN_BY_VEGA = re.compile(
    r"[A-Z][a-z]{2} \d{4}|\d+ (million|billion|trillion)|.*…"
)  # dates, counts, what has no room


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chart_of_a_page_outside_its_explorers_is_translated(language, site, monkeypatch):
    monkeypatch.setattr(i18n, "locale", i18n.language(language))
    known, english, seen = i18n.locale.catalogue, {}, 0
    for page in files(site):
        if not (ROOT / "book" / page.relative_to(site)).with_suffix(".md").is_file():
            continue
        tree = Page.of(page).tree
        for number in tree.css(".xp-number"):
            number.decompose()
        for one in tree.css(".xp-single svg text, .xp-single .xp-chart-title, .xp-single .xp-chart-subtitle"):
            seen += 1
            text = " ".join(one.text().split())
            if not re.search("[a-z]{2}", text) or WRITTEN_BY_VEGA.fullmatch(text) or known.get(text):
                continue
            if not HAN.search(spoken.noted(text)):
                english.setdefault(page.stem, set()).add(text)
    assert seen > 1000
    assert english == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_title_and_the_objective_of_every_exercise_are_translated(language):
    catalogue = i18n.catalogue(language)
    texts = [
        text
        for page in (ROOT / "book").glob("*/*.md")
        for title, options in re.findall(
            r"^`+\{exercise(?:-start)?\} (.+)\n((?::.*\n)+)", page.read_text(encoding="utf-8"), re.MULTILINE
        )
        for text in (title, *re.findall("^:objective: (.+)$", options, re.MULTILINE))
    ]
    assert len(texts) > 120
    assert [text for text in texts if not catalogue.get(text)] == []


def said_by(check):
    """What a self-check asks and what it answers, without what is said of slips that can happen to any number."""
    yield from (check["question"], check["why"], *filter(None, [check.get("hint")]))
    yield from (text for option in check.get("options", ()) for text in (option["text"], option["says"]))
    if check["kind"] == "number":
        yield from (one["says"] for one in check["slips"][: -len(slips(check["unit"])) - 1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_self_check_is_translated_with_the_same_numbers(language, site, monkeypatch):
    monkeypatch.setattr(i18n, "locale", i18n.language(language))
    checks = [
        json.loads(one.text())
        for page in files(site)
        if (ROOT / "book" / page.relative_to(site)).with_suffix(".md").is_file()
        for one in Page.of(page).tree.css(".xp-check-data")
    ]
    assert len(checks) > 40
    wrong = []
    for text in (text for check in checks for text in said_by(check)):
        said = i18n.worded(text)
        if said == text:
            wrong.append(f"has no translation: {text}")
        elif counts(text) - counts(said) - worded(said) or counts(said) - counts(text) - worded(text):
            wrong.append(f"differs in {counts(text) ^ counts(said)}: {said}")
    assert wrong == []


def test_a_self_check_says_what_it_is_asked_to_say_in_chinese_and_compares_as_in_english(monkeypatch):
    def power(watts):
        return {"kind": np.where(watts > 5, "high", "low")}

    made = explore(
        power, id="power", watts=(1.0, 9.0), readouts=[Readout("kind", words={"high": "Frontier", "low": "Weaker"})]
    )
    check = self_check.move("Check", made, until={"kind": "high"}, settings={"watts": 8.0}, why="Right.")
    monkeypatch.setattr(i18n, "locale", i18n.language("zh_CN"))
    said = spoken.self_check(check.payload())
    assert (said["question"], said["why"]) == ("检查", "正确。") and said["id"] == check.id
    (goal,) = said["goals"]
    assert (goal["equals"], goal["said"]) == ("Frontier", "前沿")


def test_an_explorer_saved_in_chinese_brings_its_words(browser, tmp_path, monkeypatch):
    monkeypatch.setattr(i18n, "locale", i18n.language("zh_CN"))
    file = tmp_path / "match.html"
    build("intro.match").save(file)
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.locator("html").get_attribute("lang") == "zh-CN" and HAN.search(page.title())
    field = page.locator("#match-frontier_chips-typed")
    field.fill("20万片")
    field.press("Enter")
    page.locator('[data-readout="chips"]', has_text="万片").wait_for()
    assert field.input_value() == "20万片"
    page.locator(".xp-take").click()
    assert HAN.search(page.locator(".xp-keep").inner_text())
    field.fill("many")
    field.press("Enter")
    page.locator(".xp-note:not(:empty)").wait_for()
    assert HAN.search(page.locator(".xp-note").inner_text())
    context.close()


SHOWN = re.compile(r"""textContent = ['"`][A-Z]|(?:aria-label|title)['"], ['"`][A-Z]|\.note\(['"`][A-Z]""")


def test_a_computed_number_has_the_digits_of_english_in_another_language(monkeypatch):
    numbers = {"china": (1_742_000.0, "", ""), "cost": (5.576e6, "$", ""), "late": ("about 35 months", "", "")}
    monkeypatch.setattr(i18n, "locale", i18n.language("zh_CN"))
    said = [bound.value(name, numbers, i18n.human) for name in numbers]
    assert [re.sub(r"\s", "", one) for one in said] == ["170万", "560万美元", "约35个月"]


def test_no_script_and_no_template_says_anything_past_the_catalogue():
    for script in (file for folder in i18n.homes().values() for file in i18n.files(folder, "**/*.js")):
        assert not SHOWN.findall(script.read_text(encoding="utf-8")), script.name
    for template in (i18n.SITE / "templates").glob("*.html"):
        text = re.sub(
            r"<kbd.*?</kbd>|\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}|<script.*?</script>|<style.*?</style>",
            "",
            template.read_text(encoding="utf-8"),
            flags=re.DOTALL,
        )
        shown = re.findall(r">\s*([A-Za-z][a-z ]{3,})<|(?:title|aria-label|alt)=\"([A-Za-z][^\"]*)\"", text)
        assert not shown, (template.name, shown)


def test_an_unknown_language_is_refused_with_those_there_are():
    with pytest.raises(FileNotFoundError, match="there are en, zh_CN"):
        i18n.catalogue("xx")


@pytest.fixture(scope="module")
def both(site, book_build):
    """Address of English with Chinese beside it."""
    env = os.environ | {"BOOK_LANGUAGE": "zh_CN"}
    command = [sys.executable, ROOT / "src/explorables/build/book.py", "translate"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    with served(ROOT / "_build/site", Pages, Pages.path_of_site) as address:
        yield address


@pytest.fixture
def opened(both, browser):
    """A page of either site; nothing may go wrong on it, and it may ask no other host."""
    errors, contexts = [], []

    def open_(path, width=1280, scheme="light"):
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        page.on(
            "request", lambda request: None if request.url.startswith((both, "data:")) else errors.append(request.url)
        )
        page.goto(both + path)
        page.evaluate("document.querySelectorAll('details.xp-fold').forEach(fold => { fold.open = true; })")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert errors == []


SCALING = "energy-scale-long-game/scaling.html"


def test_a_site_built_in_chinese_speaks_chinese_and_works(opened):
    page = opened("zh-cn/controls-efficiency-adoption/efficiency.html")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    explorer = page.locator(".xp-explorer").first
    explorer.scroll_into_view_if_needed()
    explorer.locator(".xp-take").click()
    for name in (".xp-reset", ".xp-take", ".xp-link", ".xp-keep", ".xp-data summary"):
        assert HAN.search(explorer.locator(name).first.inner_text()), name
    explorer.locator(".xp-link").click()
    explorer.locator(".xp-note:not(:empty)").wait_for()
    assert HAN.search(explorer.locator(".xp-note").inner_text())
    explorer.locator("input[type=range]").first.press("Home")
    explorer.locator(".xp-announce:not(:empty)").wait_for(state="attached")
    assert "手算一次训练" in page.locator(".exercise > .admonition-title").first.text_content()
    assert HAN.search(page.locator("dialog input[name=q]").first.get_attribute("placeholder"))
    page = opened("zh-cn/claims.html")
    assert HAN.search(page.locator(".xp-ledger-status").inner_text())
    assert HAN.search(page.locator(".xp-verdict").first.inner_text())
    assert "从这里开始" in page.locator(".bd-links").inner_text()
    page = opened("zh-cn/ecosystem/index.html")
    assert "中国本土芯片生态的兴起" in page.locator("article h1").inner_text()
    assert HAN.search(page.locator("article p").first.inner_text())


def test_numbers_on_a_chinese_page_are_chinese_as_drawn_and_when_live(opened):
    page = opened("zh-cn/" + SCALING)
    chips = page.locator("#match-frontier_chips-typed")
    answers = page.locator("#match .xp-readouts:not(details *)")  # the rest is folded
    drawn = answers.inner_text()
    assert chips.input_value() == "10万片"
    assert re.search("[万亿]", drawn) and not re.search(r"\d[ \u00a0](million|billion|trillion)\b", drawn)
    page.locator("#match").scroll_into_view_if_needed()
    chips.fill("20万片")
    chips.press("Enter")
    assert "match.frontier_chips=200000" in page.evaluate(
        "new Promise(done => setTimeout(() => done(location.search), 400))"
    )
    page.locator("#match .xp-reset").click()
    page.locator("#match[data-live]").wait_for(state="attached")
    assert answers.inner_text() == drawn


def labels(page, figure):
    """The texts of a figure's chart, once without and once with its script."""
    frame = page.locator(figure)
    texts = """e => [...[...e.querySelectorAll('svg')].find(svg => svg.checkVisibility()).querySelectorAll('text')]
      .map(text => text.textContent.replaceAll(/\\s/g, '')).join(' ')"""
    drawn = frame.evaluate(texts)
    frame.scroll_into_view_if_needed()
    page.locator(f"{figure}[data-live]").wait_for(state="attached")
    return drawn, frame.evaluate(texts)


def test_charts_on_a_chinese_page_count_and_date_in_chinese(opened):
    page = opened("zh-cn/" + SCALING)
    large = [
        labels(page, f"#{figure}")
        for figure in page.locator(".xp-figure").evaluate_all(
            "all => all.filter(e => e.checkVisibility()).slice(0, 3).map(e => e.id)"
        )
    ]
    assert any("万" in drawn and "万" in live for drawn, live in large)
    drawn, live = labels(opened("zh-cn/controls-efficiency-adoption/adoption.html"), ".xp-figure:has(:text('2025年'))")
    assert re.search(r"20\d\d年\d{1,2}月", drawn) and re.search(r"20\d\d年\d{1,2}月", live)


COUNTED = re.compile(r"(?:^| )[−×$]?[\d.,]+ ?(?:k|million|billion|trillion)(?: h)?(?: |$)")


@pytest.mark.parametrize(
    "name", ["acceleration/fab", "controls-efficiency-adoption/efficiency", "energy-scale-long-game/long-game"]
)
def test_no_chart_of_a_chinese_page_counts_in_english(opened, name):
    page = opened(f"zh-cn/{name}.html")
    ids = page.locator(".xp-figure").evaluate_all("all => all.filter(e => e.checkVisibility()).map(e => e.id)")
    shown = [labels(page, f"#{figure}") for figure in ids]
    assert [found for drawn, live in shown for found in COUNTED.findall(drawn) + COUNTED.findall(live)] == []
    assert any("万" in live or "亿" in live for _, live in shown)


def test_a_page_says_which_of_its_parts_are_in_which_language():
    page = """<html lang="zh-CN"><head><title>Page</title></head><body><nav><a href="#">目录</a></nav><article>
<h1>标题<a title="Link here" href="#">#</a></h1><p>Some text, <b>and more</b>.</p><p><a title="来源">A source</a></p><p>Other text.</p><p>More of it.</p><p>Still more.</p><p>The end.</p><br/>
<div class="buttons" aria-label="预设"><button>One</button> <button>重置</button></div><p role="status"></p>
<a lang="fr" href="#">Autre</a><svg><text>12万</text><g><text>Power</text></g></svg><script>var a = "文";</script></article></body></html>"""
    marked = Page(Path("page.html"), page)
    lang_attributes.mark(marked, "zh-CN")
    said = marked.tree.html
    for part in (
        "<nav><a href",
        '<article lang="en">',
        '<h1 lang="zh-CN">标题<a title="Link here" href="#" lang="en">',
        "<p>Some text, <b>and",
        '<a title="来源">A source',
        '<div class="buttons" aria-label="预设" lang="zh-CN"',
        '<button lang="en">One</button> <button>重置',
        '<p role="status" lang="zh-CN">',
        '<a lang="fr"',
        '<svg lang="zh-CN"><text>12万',
    ):
        assert part in said, part
    for language, before in (("zh-CN", said), ("de", page)):
        again = Page(Path("page.html"), before)
        unchanged = again.tree.html
        lang_attributes.mark(again, language)
        assert again.tree.html == unchanged


def test_a_page_gets_its_links_to_itself_where_its_template_has_room_for_them():
    html = f"<html><head><!-- {languages.ALTERNATES} --></head><body><p><!-- {languages.SWITCH} --></p></body></html>"
    page = Page(Path("page.html"), html)
    languages.switch(page, Path("a/page.html"), "en", ["zh_CN"], "https://example.org/book/")
    assert page.tree.head.css("link[hreflang='zh-CN'][href='https://example.org/book/zh-cn/a/page.html']")
    assert page.tree.head.css("link[hreflang='x-default'][href='https://example.org/book/a/page.html']")
    assert page.tree.css_first("p > a[hreflang=zh-CN]").attributes["href"] == "../zh-cn/a/page.html"
    assert page.comment(languages.SWITCH) is None and page.comment(languages.ALTERNATES) is None


MISMARKED = """script => {
  const found = [], han = new RegExp(script, 'u');
  const walker = document.createTreeWalker(document.querySelector('article'), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), element = walker.currentNode.parentElement;
    if (!element.checkVisibility() || element.closest('script, style, svg')) continue;
    const language = element.closest('[lang]').lang;
    if (han.test(text) ? language !== 'zh-CN' : /[a-z]{4}/i.test(text) && language !== 'en' && !element.closest(FILLED)) found.push([language, text]);
  }
  return found;
}"""


@pytest.mark.parametrize(
    "path",
    [
        "intro.html",
        "ecosystem/index.html",
        SCALING,
        "energy-scale-long-game/long-game.html",
        "claims.html",
        "data.html",
    ],
)
def test_every_text_of_a_chinese_page_is_marked_with_its_language(opened, path):
    page = opened("zh-cn/" + path)
    for button in page.locator("article button.xp-take").all()[:1]:
        button.click()
        page.locator(".xp-link:visible").click()
    filled = ", ".join(["[role=status]", "[data-readout]", *(f".{name}" for name in lang_attributes.FILLED)])
    assert page.evaluate(MISMARKED.replace("FILLED", f"`{filled}`"), HAN.pattern) == []


def test_every_unit_of_the_book_is_written_in_chinese_or_needs_no_translation(both):
    pages = [page.read_text(encoding="utf-8") for page in files(ROOT / "_build/site")]
    shown = "".join(
        found for page in pages for found in re.findall(r'class="xp-(?:settings|check-data)">.*?</script>', page)
    )
    units = set(re.findall(r'"unit":"([^"]*)"', shown))
    assert len(units) > 20
    english = {unit for unit in units if re.search("[a-z]{4,}| ", unit)} - {
        "date"
    }  # GB/s, mm² and $/kWh are the same everywhere
    assert english - set(i18n.language("zh_CN").writing.units) == set()


def test_each_page_leads_to_itself_in_the_other_language_with_its_settings(opened, both):
    page = opened(SCALING + "?match.frontier_chips=200000#match")
    switch = page.get_by_role("link", name="简体中文")
    assert (switch.get_attribute("hreflang"), switch.get_attribute("lang")) == ("zh-CN", "zh-CN")
    switch.click()
    assert page.url == f"{both}zh-cn/{SCALING}?match.frontier_chips=200000#match"
    page.locator("#match[data-ready]").wait_for(state="attached")
    assert page.locator("#match-frontier_chips-typed").input_value() == "20万片"
    page.get_by_role("link", name="English").click()
    assert page.url == f"{both}{SCALING}?match.frontier_chips=200000#match"
    alternates = page.locator("link[rel=alternate][hreflang]").evaluate_all("all => all.map(e => [e.hreflang, e.href])")
    base = "https://hardware-phase.github.io/hardware-phase/"
    assert dict(alternates) == {"en": base + SCALING, "zh-CN": f"{base}zh-cn/{SCALING}", "x-default": base + SCALING}


@pytest.mark.parametrize("path", ["intro.html", "zh-cn/intro.html", "zh-cn/" + SCALING])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_switch_is_in_reach_on_a_phone_and_axe_finds_nothing(opened, path, scheme):
    page = opened(path, width=390, scheme=scheme)
    box = page.locator(".xp-language").bounding_box()
    assert box["height"] >= 24 and box["x"] >= 0 and box["x"] + box["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate(RUN, [None, False]) == []


def test_english_alone_has_no_switch(site):
    text = (site / "intro.html").read_text(encoding="utf-8")
    assert "xp-language" not in text and "hreflang" not in text


def test_what_is_published_has_both_languages_and_one_set_of_headers(both):
    site = ROOT / "_build/site"
    hosts = (site / "_headers").read_text()
    assert "/zh-cn/intro.html" in hosts and "/zh-cn/ecosystem/*" in hosts and "/zh-cn/lite" not in hosts
    assert not (site / "zh-cn/_headers").exists() and not (site / "zh-cn/.htaccess").exists()
    workflow = yaml.safe_load((ROOT / ".github/workflows/book.yml").read_text())["jobs"]["site"]["steps"]
    assert any("BOOK_LANGUAGE=zh_CN" in step.get("run", "") for step in workflow)
    assert [step["with"]["path"] for step in workflow if "pages-artifact" in step.get("uses", "")] == ["_build/site"]


def test_each_answer_on_the_chinese_site_is_chinese_has_the_english_numbers_and_says_who_translated_it(both):
    site, wrong = ROOT / "_build/site", []
    paths = [page.relative_to(site / "zh-cn") for page in files(site / "zh-cn")]
    answered = 0
    for path in paths:
        page, english = Page.of(site / "zh-cn" / path), Page.of(site / path)
        title = page.tree.css_first(".bd-article h1")
        if title is None or path.name in {"404.html", "genindex.html", "search.html", "index.html"}:
            continue
        description = page.tree.css_first("meta[name=description]")
        if not HAN.search(title.text()) or not page.tree.css("p.xp-translated"):
            wrong.append((str(path), "title or note", title.text()))
        if page.tree.css_first(".xp-opening") is None and path.parent.name != "claims":
            continue
        answered += 1
        if not HAN.search(description.attributes["content"]):
            wrong.append((str(path), "description", description.attributes["content"]))
        if path.parent.name == "claims":
            continue
        said, meant = (
            " ".join(p.text() for p in one.tree.css(".xp-opening > p")).replace("\u202f", "") for one in (page, english)
        )
        if counts(meant) - counts(said) or counts(said) - counts(meant) - worded(meant):
            wrong.append((str(path), counts(said) ^ counts(meant), said))
        if not HAN.search(page.tree.css_first(".xp-closing p").text()) or not HAN.search(
            page.tree.css_first(".xp-title, .xp-explorer h2, .xp-explorer").text()
        ):
            wrong.append((str(path), "end or explorer"))
    assert answered == 18 + len(data.load("claims"))
    assert wrong == []


SHOWN_BY_EXPLORERS = ".xp-title, .xp-says, .xp-chart-title, .xp-description, .xp-help, option, label, dt, svg text"


def test_whatever_an_explorer_of_a_chinese_page_has_drawn_is_chinese_or_said_to_be_the_same(both):
    same = {message.string for message in i18n.catalogue("zh_CN") if message.id}
    english, seen = {}, 0
    for page in files(ROOT / "_build/site/zh-cn"):
        if page.parent.name not in {path.parent.name for path in (ROOT / "book").glob("*/*.md")}:
            continue
        for text in (
            " ".join(one.text().split())
            for explorer in Page.of(page).tree.css(".xp-explorer")
            for one in explorer.css(SHOWN_BY_EXPLORERS)
        ):
            seen += 1
            if re.search("[a-z]{3}", text) and not HAN.search(text) and text not in same:
                english.setdefault(page.stem, set()).add(text)
    assert seen > 2000
    assert english == {}


def test_chinese_questions_find_pages_whose_text_is_still_english(both):
    text = (ROOT / "_build/site/zh-cn/_static" / search.INDEX).read_text(encoding="utf-8")
    found = ask(json.loads(text.removeprefix("window.xpSearchIndex=").rstrip(";\n")), *QUERIES["chinese"])
    first = [[one["url"] for one in pages[:3]] for pages in found]
    missed = [
        query
        for (query, page), urls in zip(QUERIES["chinese"].items(), first, strict=True)
        if f"{page}.html" not in urls
    ]
    assert len(missed) <= 1, missed
