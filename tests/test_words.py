"""The interface can be translated: one catalogue has all its words, and a site built in Chinese speaks Chinese."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from string import Formatter

import pytest
from conftest import served

from hardware_phase.site import words

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = sorted(path.name for path in words.LOCALE.iterdir() if path.is_dir())
HAN = re.compile(r"[\u4e00-\u9fff]")


def fields(text: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_has_every_word_of_the_interface_and_no_other(language):
    catalogue = words.catalogue(language)
    interface = set(words.messages())
    assert len(interface) > 90
    assert {text for text in interface if not (catalogue.get(text) and catalogue.get(text).string)} == set()
    said = {message.id for message in catalogue if message.id and not any(file == "book" for file, _ in message.locations)}
    assert said - interface == set()
    for message in catalogue:
        if message.id in interface:
            assert fields(message.id) == fields(message.string), message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_summaries_of_all_chapters_are_translated(language):
    catalogue = words.catalogue(language)
    for page in (ROOT / "book").glob("*/index.md"):
        blocks = [" ".join(block.split()) for block in page.read_text(encoding="utf-8").split("\n\n")]
        for block in blocks:
            for text in re.split(r"(?:^| )- ", block):
                text = text.removeprefix("# ").strip()
                assert not text or catalogue.get(text), f"{page}: {text}"


SHOWN = re.compile(r"""textContent = ['"`][A-Z]|(?:aria-label|title)['"], ['"`][A-Z]|\.note\(['"`][A-Z]""")


def test_no_script_and_no_template_says_anything_past_the_catalogue():
    for script in (words.SITE / "js").glob("*.js"):
        assert not SHOWN.findall(script.read_text(encoding="utf-8")), script.name
    for template in (words.SITE / "templates").glob("*.html"):
        text = re.sub(r"<kbd.*?</kbd>|\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}|<script.*?</script>|<style.*?</style>", "", template.read_text(encoding="utf-8"), flags=re.DOTALL)
        shown = re.findall(r">\s*([A-Za-z][a-z ]{3,})<|(?:title|aria-label|alt)=\"([A-Za-z][^\"]*)\"", text)
        assert not shown, (template.name, shown)


def test_an_unknown_language_is_refused_with_those_there_are():
    with pytest.raises(FileNotFoundError, match="there are en, zh_CN"):
        words.catalogue("xx")


@pytest.fixture(scope="module")
def chinese(site):
    """Address of the site in Chinese."""
    env = os.environ | {"BOOK_LANGUAGE": "zh_CN"}
    command = [sys.executable, ROOT / "scripts/book.py", "build"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    with served(ROOT / "_build/zh_CN/_build/html") as address:
        yield address


def test_a_site_built_in_chinese_speaks_chinese_and_works(chinese, browser):
    page = browser.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto(chinese + "controls-efficiency-adoption/efficiency.html")
    assert page.evaluate("document.documentElement.lang").startswith("zh")
    explorer = page.locator(".hp-explorer").first
    explorer.scroll_into_view_if_needed()
    for name in (".hp-reset", ".hp-link", ".hp-data summary"):
        assert HAN.search(explorer.locator(name).first.inner_text()), name
    explorer.locator(".hp-link").click()
    explorer.locator(".hp-note:not(:empty)").wait_for()
    assert HAN.search(explorer.locator(".hp-note").inner_text())
    explorer.locator("input[type=range]").first.press("Home")
    explorer.locator(".hp-announce:not(:empty)").wait_for(state="attached")
    page.goto(chinese + "claims.html")
    assert HAN.search(page.locator(".hp-ledger-status").inner_text())
    assert HAN.search(page.locator(".hp-verdict").first.inner_text())
    page.goto(chinese + "ecosystem/index.html")
    assert "中国本土芯片生态的兴起" in page.locator("article h1").inner_text()
    assert HAN.search(page.locator("article p").first.inner_text())
    assert errors == []
    page.close()
