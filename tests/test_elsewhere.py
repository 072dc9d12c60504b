"""The tool's wheel in other people's books: a Jupyter Book, and plain Sphinx with results that a notebook has stored."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "tests" / "elsewhere"
OURS = ("hardware_phase", "hardware-phase", "explorables", "__editable__", "_hardware", "_explorables")


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """Runs Python where the tool's wheel is installed with what it depends on, and neither this book nor its checkout."""
    folder = tmp_path_factory.mktemp("clean")
    wheel = ["-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    source = folder / "source"
    shutil.copytree(ROOT / "src/explorables", source, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    subprocess.run([sys.executable, *wheel, str(source)], check=True)
    (file,) = folder.glob("explorables-*.whl")
    zipfile.ZipFile(file).extractall(folder / "packages")
    installed = Path(pytest.__file__).parent.parent
    for path in installed.iterdir():
        if not path.name.startswith(OURS) and not path.name.endswith((".pth", ".pyc")):
            (folder / "packages" / path.name).symlink_to(path)
    kept = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "EXPLORABLES_STATIC", "SITE")
    }

    def run(*command: str, cwd: Path) -> str:
        env = kept | {"PYTHONPATH": str(folder / "packages"), "HOME": str(folder)}
        base = getattr(sys, "_base_executable", sys.executable)
        done = subprocess.run([base, *command], cwd=cwd, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


def moves(browser, page_file: Path, name: str, slider: str) -> tuple[str, str]:
    """What the first readout says before and after a slider goes to its end; nothing may come from a network or fail."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(("file:", "data:")) else said.append(request.url))
    page.goto(page_file.as_uri())
    readout = page.locator(f"#{name} [data-readout]").first
    before = readout.inner_text()
    page.locator(f"#{name}-{slider}").evaluate("e => { e.value = e.max; e.dispatchEvent(new Event('input')); }")
    page.wait_for_function("([e, t]) => e.textContent !== t", arg=[readout.element_handle(), before])
    page.locator(f"#{name} .xp-figure[data-live]").first.wait_for()
    after = readout.inner_text()
    context.close()
    assert said == []
    return before, after


def test_another_jupyter_book_has_live_explorers_by_one_line(elsewhere, browser, tmp_path):
    shutil.copytree(PAGES / "course", tmp_path / "course")
    elsewhere("-c", "from jupyter_book.cli.main import main; main()", "build", "course", cwd=tmp_path)
    html = tmp_path / "course/_build/html"
    before, after = moves(browser, html / "filters.html", "bode", "R")
    assert before != after and "Hz" in before


def test_plain_sphinx_has_live_explorers_of_stored_results(elsewhere, browser, tmp_path):
    shutil.copytree(PAGES / "lecture", tmp_path / "lecture")
    elsewhere("growth.py", "growth.ipynb", cwd=tmp_path / "lecture")
    (tmp_path / "lecture/growth.py").unlink()
    elsewhere("-m", "sphinx", "-q", "lecture", "html", cwd=tmp_path)
    before, after = moves(browser, tmp_path / "html/growth.html", "population", "r")
    assert before != after
