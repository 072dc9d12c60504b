"""The same commit gives the same site, byte for byte, wherever and whenever it is built; a notebook, the same results."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest
from checkout import copy_checkout
from notebooks import BOOK

from explorables.explore.explorer import STATIC
from explorables.site.execution import WIDGET, executed, lasting

ROOT = Path(__file__).resolve().parent.parent
BUNDLES = "src/explorables/site/static"  # of the page script, made before the site


def build(checkout: Path) -> str:
    """Build the site of a checkout; what was printed."""
    env = os.environ | {"PYTHONPATH": str(checkout / "src")}
    command = [sys.executable, checkout / "src/explorables/build/book.py", "build"]
    done = subprocess.run(command, cwd=checkout, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def files(folder: Path) -> dict[str, Path]:
    """The files below a folder, by their name from there on."""
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


def difference(name: str, one: bytes, other: bytes) -> str:
    """Where two contents part."""
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    around = slice(max(0, at - 60), at + 60)
    return f"{name}, byte {at} of {len(one)} and {len(other)}:\n  {one[around]!r}\n  {other[around]!r}"


def differences(one: Path, other: Path) -> list[str]:
    """The files in which two folders differ, and how."""
    left, right = files(one), files(other)
    found = [f"{name} is in {one if name in left else other} alone" for name in sorted(left.keys() ^ right.keys())]
    pairs = ((name, left[name].read_bytes(), right[name].read_bytes()) for name in sorted(left.keys() & right.keys()))
    return found + [difference(name, a, b) for name, a, b in pairs if a != b]


@pytest.fixture(scope="module")
def elsewhere(site, tmp_path_factory):
    """A checkout with a site built in another folder and another part of the world, from what the notebooks gave here."""
    checkout = copy_checkout(tmp_path_factory.mktemp("elsewhere") / "another place")
    shutil.copytree(ROOT / BUNDLES, checkout / BUNDLES)
    (checkout / "_build").mkdir()
    # That running the notebooks again gives the same is a test of its own.
    shutil.copytree(ROOT / "_build/.jupyter_cache", checkout / "_build/.jupyter_cache")
    shutil.copy(ROOT / "_build/state.json", checkout / "_build/state.json")
    date = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=True)
    monkeypatch = pytest.MonkeyPatch()
    for name, value in {"SOURCE_DATE_EPOCH": date.stdout.strip(), "TZ": "Asia/Shanghai", "LC_ALL": "C"}.items():
        monkeypatch.setenv(name, value)
    build(checkout)
    yield checkout
    monkeypatch.undo()


@pytest.mark.nightly
@pytest.mark.skipif("SITE" in os.environ, reason="the given site may be of another commit")
def test_a_build_in_another_folder_gives_the_same_files(site, elsewhere):
    found = differences(site, elsewhere / "_build/html")
    assert not found, "\n".join([f"{len(found)} files differ", *found[:20]])
    assert len(files(site)) > 500


def changes(checkout: Path) -> tuple[set[str], str]:
    """Build a checkout's site again: the files that were written or removed, and what was printed."""

    def written() -> dict[str, int]:
        return {name: path.stat().st_mtime_ns for name, path in files(checkout / "_build/html").items()}

    before = written()
    printed = build(checkout)
    return {name for name, _ in before.items() ^ written().items()}, printed


@pytest.mark.nightly
def test_a_build_with_nothing_changed_writes_nothing(elsewhere):
    workshop = elsewhere / "_build/en/_build/html"
    pages = {page: page.stat().st_mtime_ns for page in workshop.rglob("*.html")}
    written, printed = changes(elsewhere)
    assert written == set()
    assert "no files changed" in printed
    assert "reading sources... [" not in printed and "writing output... [" not in printed
    assert {page: page.stat().st_mtime_ns for page in workshop.rglob("*.html")} == pages


@pytest.mark.nightly
def test_a_sentence_more_on_a_notebook_runs_nothing_and_writes_its_page(elsewhere):
    notebook = elsewhere / "book/ecosystem/capital.md"
    notebook.write_text(notebook.read_text(encoding="utf-8") + "\nOne sentence more.\n", encoding="utf-8")
    written, printed = changes(elsewhere)
    pages = {name for name in written if name.endswith(".html")}
    # The search page names the hash of its index.
    assert pages == {"ecosystem/capital.html", "search.html"}
    assert "running notebooks... [" not in printed
    assert "One sentence more" in (elsewhere / "_build/html/ecosystem/capital.html").read_text(encoding="utf-8")


def test_two_sites_that_differ_are_told_apart(tmp_path):
    for name, page in (("one", "<p>same</p><p>first</p>"), ("other", "<p>same</p><p>second</p>")):
        (tmp_path / name / "chapter").mkdir(parents=True)
        (tmp_path / name / "chapter/page.html").write_text(page)
    (tmp_path / "one/more.css").touch()
    alone, bytes_ = differences(tmp_path / "one", tmp_path / "other")
    assert alone.startswith("more.css is in ")
    assert bytes_.startswith("chapter/page.html, byte 14 of 23 and 24") and "second" in bytes_


def test_results_hold_neither_widgets_nor_addresses():
    widget = nbformat.v4.new_output("display_data", {WIDGET: {"model_id": "0640e980"}, "text/plain": "IntSlider()"})
    words = nbformat.v4.new_output("stream", text="9 days\n")
    table = nbformat.v4.new_output("display_data", {"text/plain": "<Styler at 0x7f5ae6f056d0>"})
    cell = nbformat.v4.new_code_cell(outputs=[widget, words, table])
    kept = lasting(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(), cell]))
    assert kept.cells[1].outputs == [words, nbformat.v4.new_output("display_data", {"text/plain": "<Styler>"})]


@pytest.mark.nightly
@pytest.mark.parametrize("name", ["build-your-own.md", "energy-scale-long-game/beyond-gpus.md"])
def test_a_notebook_that_runs_again_gives_the_same_results(monkeypatch, name):
    def results() -> list:
        result = executed(jupytext.read(BOOK / name), (BOOK / name).parent, timeout=300, allow_errors=False)
        assert result.err is None, result.exc_string
        return [result.nb.metadata, *(cell.outputs for cell in result.nb.cells if cell.cell_type == "code")]

    monkeypatch.setenv(STATIC, "1")
    first = results()
    assert any(first[1:])
    assert results() == first
