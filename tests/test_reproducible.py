"""The same commit gives the same site, byte for byte, wherever and whenever it is built."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jupytext
import nbclient
import pytest
from notebooks import BOOK

ROOT = Path(__file__).resolve().parent.parent


def contents(folder: Path) -> dict[str, str]:
    """Hash of each file by its path."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.skipif("SITE" in os.environ, reason="the given site may be of another commit")
def test_a_build_in_another_folder_gives_the_same_files(site, tmp_path):
    elsewhere = tmp_path / "another place"
    kept = [".git*", "node_modules", ".venv", "__pycache__", "_build", ".hypothesis", "*_cache", ".setup.lock", ".build.lock"]
    shutil.copytree(ROOT, elsewhere, ignore=shutil.ignore_patterns(*kept))
    build = elsewhere / "_build"
    build.mkdir()
    # What the notebooks gave is taken over; that running them again gives the same is the next test.
    shutil.copytree(ROOT / "_build/.jupyter_cache", build / ".jupyter_cache")
    shutil.copy(ROOT / "_build/state.json", build / "state.json")
    date = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=True)
    env = os.environ | {"PYTHONPATH": str(elsewhere / "src"), "SOURCE_DATE_EPOCH": date.stdout.strip(), "TZ": "Asia/Shanghai"}
    command = [sys.executable, elsewhere / "scripts/book.py", "build"]
    done = subprocess.run(command, cwd=elsewhere, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    first, second = contents(site), contents(build / "html")
    assert {name for name in first.keys() | second.keys() if first.get(name) != second.get(name)} == set()


@pytest.mark.parametrize("name", ["ecosystem/chips.md"])
def test_a_notebook_that_runs_again_gives_the_same_results(name):
    def results() -> list:
        notebook = jupytext.read(BOOK / name)
        folder = {"metadata": {"path": str((BOOK / name).parent)}}
        nbclient.NotebookClient(notebook, kernel_name="python3", resources=folder, record_timing=False).execute()
        return [cell.get("outputs") for cell in notebook.cells if cell.cell_type == "code"]

    os.environ["HARDWARE_PHASE_STATIC"] = "1"
    first = results()
    assert any(first)
    assert results() == first
