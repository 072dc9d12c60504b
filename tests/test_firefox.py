"""The site in Firefox: explorers answer as NumPy does, no page has an error, and nothing comes from elsewhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from notebooks import BOOK, explorers

TESTS = Path(__file__).resolve().parent
PAGES = ["intro.html", "claims.html", "data.html", "energy-scale-long-game/scaling.html", "ecosystem/chips.html"]


def test_pages_work_in_firefox(served_site):
    program = os.environ.get("FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")
    if not program:
        pytest.skip("no Firefox on this machine; `make test` installs it where it may, or set FIREFOX")
    command = ["node", TESTS / "firefox.mjs", program, served_site, *PAGES]
    done = subprocess.run(command, cwd=TESTS, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {path: page["errors"] for path, page in found.items()} == {path: [] for path in PAGES}
    moved = {path: page["moved"] for path, page in found.items() if page["moved"]}
    assert set(moved) >= {"intro.html", "energy-scale-long-game/scaling.html"}
    for path, shown in moved.items():
        explorer = next(e for e in explorers(BOOK / path.replace(".html", ".md")) if e.id == shown["id"])
        assert shown["settings"] != explorer.defaults
        result = explorer.evaluate(**shown["settings"])
        assert shown["readouts"] == {r.name: r.show(result[r.name]) for r in explorer.readouts}
