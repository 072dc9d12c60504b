"""The site in Firefox: explorers answer as NumPy does, desk, switch and bound text work, no page has an error."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from notebooks import BOOK, explorers
from test_desk import TOGETHER

TESTS = Path(__file__).resolve().parent
SCENARIOS = "energy-scale-long-game/everywhere-else.html"
PAGES = [
    "intro.html",
    "claims.html",
    "data.html",
    "energy-scale-long-game/scaling.html",
    "ecosystem/chips.html",
    SCENARIOS,
]


def test_pages_work_in_firefox(served_site):
    program = os.environ.get("FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")
    if not program:
        pytest.skip("no Firefox on this machine; `make test` installs it where it may, or set FIREFOX")
    command = ["node", TESTS / "firefox.mjs", program, served_site, TOGETHER, *PAGES]
    done = subprocess.run(command, cwd=TESTS, capture_output=True, text=True, timeout=400, check=False)
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
    for path, page in found.items():
        for size, seen in (page["desk"] or {}).items():
            assert seen["all"] and not seen["missing"], (path, size, seen)
        if page["code"]:
            first, pressed, loaded, released = page["code"]
            assert first == released == 0 and min(pressed, loaded) > 0, (path, page["code"])  # folds are shut again
        if page["set"]:
            before, there, back = page["set"]
            assert there["search"] != before["search"] == back["search"], (path, page["set"])
            assert all(shown == said for state in page["set"] for shown, said in state["texts"]), (path, page["set"])
    assert found[SCENARIOS]["set"][0]["texts"] != found[SCENARIOS]["set"][1]["texts"]
    assert found["energy-scale-long-game/scaling.html"]["code"] and found["energy-scale-long-game/scaling.html"]["desk"]
