"""A page that `make notebook` writes meets the rules and runs as it stands, and spoils nothing that is there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from checkout import copy_checkout

RUN = """
import notebooks
path = notebooks.BOOK / "ecosystem/first-try.md"
(explorer,) = notebooks.explorers(path)
assert explorer.id == "first-try"
assert explorer.evaluate(part=60.0)["share"] == 0.5
"""


def python(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python on a copy's own sources."""
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(root / "src"), str(root / "tests")])}
    return subprocess.run([sys.executable, *arguments], cwd=root, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_checkout(tmp_path_factory.mktemp("new page"))


def test_a_new_page_meets_the_rules_runs_and_is_not_written_twice(copy):
    made = python(copy, "-m", "explorables.build.notebook", "ecosystem/first-try")
    assert made.returncode == 0, made.stderr
    for file in ("book/ecosystem/first-try.md", "exhibits/first_try.py", "exhibits/first_try.toml"):
        assert f"{file}:" in made.stdout
    assert "ecosystem/capital\n          - file: ecosystem/first-try\n" in (copy / "book/_toc.yml").read_text("utf-8")
    rules = python(copy, "-m", "explorables.build.pages")
    assert rules.returncode == 0, rules.stdout
    assert "note: book/ecosystem/first-try.md:" in rules.stdout
    ran = python(copy, "-c", RUN)
    assert ran.returncode == 0, ran.stderr
    again = python(copy, "-m", "explorables.build.notebook", "ecosystem/first-try")
    assert again.returncode == 2 and "nothing was written" in again.stderr


def test_an_unknown_chapter_is_answered_with_those_there_are(copy):
    made = python(copy, "-m", "explorables.build.notebook", "nowhere/first-try")
    assert made.returncode == 2 and "acceleration" in made.stderr
