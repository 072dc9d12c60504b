"""The tool's manual runs from top to bottom, and speaks of no book."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from notebooks import explorers, namespace

from explorables.explore.trace import vocabulary

MANUAL = Path(__file__).parent.parent / "src/explorables/manual"
PAGES = sorted(MANUAL.glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_of_the_manual_runs(notebook_run, page):
    namespace(page)


def test_the_contents_list_every_page():
    contents = yaml.safe_load((MANUAL / "_toc.yml").read_text(encoding="utf-8"))
    assert {contents["root"], *(chapter["file"] for chapter in contents["chapters"])} == {page.stem for page in PAGES}


def test_an_explorer_of_the_manual_gives_what_its_function_gives():
    (explorer,) = explorers(MANUAL / "how-it-works.md")
    assert explorer.evaluate(x=0.0)["y"] == 1


def test_the_table_of_functions_is_that_of_the_tool():
    said = {name for names in vocabulary().values() for name in names}
    assert {"exp", "arctan2", "where", "solve", "erf", "trapezoid"} <= said
