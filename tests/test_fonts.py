"""Nothing that is drawn depends on the fonts of the machine: charts, cards and signs of other languages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from explorables.site import fonts

ROOT = Path(__file__).resolve().parent.parent
TEXT = "Chips → 芯片 能源 ² ≈ − €"
CHART = f"""
import sys, vl_convert
mark = {{"type": "text", "fontSize": 30, "font": "system-ui, sans-serif"}}
spec = {{"data": {{"values": [{{"t": "{TEXT}", "y": "芯片"}}]}}, "mark": mark,
        "encoding": {{"text": {{"field": "t"}}, "y": {{"field": "y"}}}}}}
"""
DRAWN = f"""
from explorables.site import cards, charts
{CHART}
svg = charts.drawn(charts.compiled(spec))
card = cards.draw("{TEXT}", "能源", "", "Book", "", __import__("pathlib").Path("book/assets/favicon.svg"))
sys.stdout.buffer.write(svg.encode() + vl_convert.svg_to_png(svg) + card.tobytes())
"""
BARE = f"{CHART}\nsys.stdout.buffer.write(vl_convert.vegalite_to_svg(spec).encode())"


def drawn(script: str, settings: Path, home: Path) -> bytes:
    """What a script draws on a machine whose fonts are those that the settings name."""
    env = os.environ | {"FONTCONFIG_FILE": str(settings), "HOME": str(home), "XDG_DATA_HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=env, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return done.stdout


@pytest.fixture
def machines(tmp_path: Path) -> tuple[Path, Path]:
    """Settings of a machine without a font, and of one that somebody has given a Chinese one."""
    found = []
    for name, folder in (("none", tmp_path), ("some", fonts.face().parent)):
        file = tmp_path / f"{name}.conf"
        file.write_text(f'<?xml version="1.0"?><fontconfig><dir>{folder}</dir></fontconfig>')
        found.append(file)
    return found[0], found[1]


def test_charts_and_cards_are_the_same_on_a_machine_with_fonts_and_on_one_without(machines, tmp_path):
    none, some = (drawn(DRAWN, machine, tmp_path) for machine in machines)
    assert none == some


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not ask fontconfig")
def test_a_drawing_that_depends_on_the_machine_would_be_seen(machines, tmp_path):
    none, some = (drawn(BARE, machine, tmp_path) for machine in machines)
    assert none != some


def test_every_letter_of_the_catalogues_and_tables_has_a_font():
    known = {code for paths in fonts.files().values() for path in paths for code in TTFont(path).getBestCmap()}
    written = [
        *ROOT.glob("src/**/*.po"),
        *ROOT.glob("data/*.csv"),
        ROOT / "data/references.bib",
        *ROOT.glob("book/**/*.md"),
    ]
    letters = {(letter, file.name) for file in written for letter in file.read_text(encoding="utf-8")}
    missing = {(letter, name) for letter, name in letters if ord(letter) not in known and letter.isprintable()}
    assert not missing, sorted(missing)
