"""What the page on sources that disagree calls used is what the code reads, and nothing else is."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from explorables.tables.package import TABLES
from hardware_phase import data

ROOT = Path(__file__).parents[1]
ROWS = data.load("disagreements").dropna(subset=["table"])
USED = ROWS[ROWS["used"] == "yes"]

# Pages on which a figure of each table is looked for.
PAGES = {
    "adoption": ["controls-efficiency-adoption/adoption", "energy-scale-long-game/long-game"],
    "classification_cases": ["controls-efficiency-adoption/controls"],
    "chips": [
        "energy-scale-long-game/scaling",
        "ecosystem/chips",
        "controls-efficiency-adoption/inference",
    ],
    "datacentres": ["energy-scale-long-game/grid"],
    "efficiency_checks": ["controls-efficiency-adoption/efficiency"],
    "energy_checks": ["energy-scale-long-game/scaling"],
    "generation": ["energy-scale-long-game/grid"],
    "listings": ["ecosystem/capital"],
    "market_share": ["ecosystem/market"],
    "policy_events": ["controls-efficiency-adoption/controls", "controls-efficiency-adoption/compute-gap"],
    "power_economics": ["energy-scale-long-game/scaling", "energy-scale-long-game/cost-of-watts"],
    "production": ["ecosystem/market", "controls-efficiency-adoption/compute-gap", "acceleration/fab"],
    "revenue": ["ecosystem/capital"],
    "systems": ["energy-scale-long-game/scaling"],
}
# Runs pages and says what they show: what cells print and end in, and by itself what explorers say as they open.
SAY = """
import ast, contextlib, io, json, pathlib, sys, warnings
import altair, jupytext, pandas
from explorables.explore.explorer import Explorer
warnings.filterwarnings("ignore")
pandas.set_option("display.max_rows", None, "display.max_columns", None, "display.precision", 9)
shown, opened = [], []

def say(thing):
    if isinstance(thing, Explorer):
        opened.append(str({**thing.defaults, **thing.readings(**thing.defaults)}))
        shown.append(repr(thing.inputs))
    elif isinstance(thing, (pandas.DataFrame, pandas.Series)):
        shown.append(thing.to_string())
    elif hasattr(thing, "to_dict") and not isinstance(thing, type):
        shown.append(json.dumps(thing.to_dict(), default=str))
    elif thing is not None:
        shown.append(repr(getattr(thing, "solution", thing)))

for name in sys.argv[2:]:
    space = {"__name__": "page"}
    for cell in jupytext.read(pathlib.Path("book", f"{name}.md")).cells:
        if cell.cell_type != "code":
            continue
        tree = ast.parse(cell.source)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        with contextlib.redirect_stdout(io.StringIO()) as lines:
            exec(compile(tree, name, "exec"), space)
            say(eval(compile(ast.Expression(last.value), name, "eval"), space) if last else None)
        shown.append(lines.getvalue())
pathlib.Path(sys.argv[1]).write_text(json.dumps({"shown": shown, "opened": opened}))
"""


def said(folder: Path, pages: list[str], file: Path) -> dict:
    """What some pages say under the tables of a folder."""
    env = os.environ | {TABLES: str(folder)}
    subprocess.run([sys.executable, "-c", SAY, file, *pages], env=env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return json.loads(file.read_text())


def changed(folder: Path, rows: list) -> Path:
    """A copy of the tables in which the figures that rows of `disagreements` name are a tenth larger, and nothing else."""
    folder.mkdir()
    for file in data.folder.iterdir():
        (folder / file.name).symlink_to(file)
    for name in {row.table for row in rows}:
        file = folder / f"{name}.csv"
        with file.open(encoding="utf-8", newline="") as given:
            head, *lines = csv.reader(given)
        for row in (row for row in rows if row.table == name):
            where = {head.index(column): cell for column, cell in json.loads(row.row).items()}
            found = [line for line in lines if all(line[at] in (cell, f"{cell}.0") for at, cell in where.items())]
            (line,) = found
            columns = [row.column] if line[head.index(row.column)] else ["value_low", "value_high", "low", "high"]
            for at in (head.index(column) for column in columns if column in head and line[head.index(column)]):
                line[at] = f"{float(line[at]) * 1.1:.8g}"
        file.unlink()
        with file.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows([head, *lines])
    return folder


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """What pages say under the tables as they are, each once."""
    kept: dict[str, dict] = {}

    def get(page: str) -> dict:
        if page not in kept:
            kept[page] = said(data.folder, [page], tmp_path_factory.mktemp("kept") / "said.json")
        return kept[page]

    return get


@pytest.mark.nightly
@pytest.mark.parametrize("row", list(USED.itertuples()), ids=lambda row: f"{row.topic}, {row.statement}")
def test_a_figure_that_is_called_used_changes_what_a_page_says(row, standing, tmp_path):
    folder = changed(tmp_path / "data", [row])
    changes = (standing(page) != said(folder, [page], tmp_path / "said.json") for page in PAGES[row.table])
    assert any(changes), f"no page of {PAGES[row.table]} says anything else when {row.statement!r} is a tenth larger"


@pytest.mark.nightly
def test_a_figure_that_is_not_called_used_moves_no_explorer(standing, tmp_path):
    """Pages may show it in a table or a chart; what explorers say as they open does not hang on it."""
    rest = [row for row in ROWS.itertuples() if row.used == "no"]
    folder = changed(tmp_path / "data", rest)
    pages = sorted({page for row in rest for page in PAGES[row.table]})
    now = {page: said(folder, [page], tmp_path / "said.json")["opened"] for page in pages}
    assert [page for page in pages if now[page] != standing(page)["opened"]] == []
