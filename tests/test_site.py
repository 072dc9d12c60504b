"""The Sphinx extension on small books of its own: what it draws, and how it stops a build."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
import pytest
from conftest import served

from explorables.site import charts

NOTEBOOK = """---
jupytext:
  text_representation: {{extension: .md, format_name: myst}}
kernelspec: {{display_name: Python 3, language: python, name: python3}}
---

# Notebook

```{{code-cell}} ipython3
import altair as alt
import numpy as np
import pandas as pd
from explorables.explore import Readout, curve, explore
```

```{{code-cell}} ipython3
{code}
```
"""
EXPLORER = "explore(lambda x: {{'y': np.exp(x)}}, curve('x', 'y'), x=(0.0, 1.0), readouts=[Readout('y')], id='{name}')"


def build(folder: Path, code: str) -> tuple[subprocess.CompletedProcess, str]:
    """Build a book of one notebook with Sphinx alone; give the process and the page."""
    folder.joinpath("conf.py").write_text("extensions = ['myst_nb', 'explorables.site']\nnb_execution_show_tb = True\n")
    folder.joinpath("index.md").write_text(NOTEBOOK.format(code=code))
    command = [sys.executable, "-m", "sphinx", "-W", "-b", "html", str(folder), str(folder / "html")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    page = folder / "html/index.html"
    return done, page.read_text(encoding="utf-8") if page.exists() else ""


def test_a_page_has_its_chart_drawn_and_asks_for_the_script_only_where_there_is_one(book_build, tmp_path):
    done, page = build(tmp_path, EXPLORER.format(name="one"))
    assert done.returncode == 0, done.stderr
    assert page.count("<svg") == 2 and re.search(r'<section[^>]* id="one"', page)
    assert page.count("xp.js") == 1 and (tmp_path / "html/_static/xp-vega.js").exists()
    assert "xp.js" not in (tmp_path / "html/search.html").read_text(encoding="utf-8")
    assert "requirejs" not in page and "widget-state" not in page


def test_a_data_frame_is_a_table_of_the_page_by_its_types(book_build, tmp_path):
    done, page = build(tmp_path, "pd.DataFrame({'TWh': [10591.0, -1.0], 'text': ['12345.0', 'x']})")
    assert done.returncode == 0, done.stderr
    assert '<td class="xp-digits">10,591</td>' in page and "<td>12345.0</td>" in page
    assert page.count("<table") == 1 and "<style scoped" not in page and 'class="output text_html' in page


def test_of_thirty_explorers_only_those_near_the_reader_hold_a_live_chart(tmp_path, browser):
    one = EXPLORER.format(name="NAME").replace("'NAME'", "f'one{i}'").replace("{{", "{").replace("}}", "}")
    done, page_text = build(tmp_path, f"for i in range(30):\n    display({one})")
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r'<section[^>]* class="xp-explorer\b', page_text)) == 30
    with served(tmp_path / "html") as address:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address + "index.html")
        live = "[...document.querySelectorAll('.xp-explorer')].flatMap(e => e.xpExplorer.charts).filter(c => c.view).length"
        most, started = 0, set()
        for i in range(30):
            page.locator(f"#one{i} .xp-chart").scroll_into_view_if_needed()
            page.locator(f"#one{i} .xp-figure[data-live]").wait_for()
            started.add(i)
            most = max(most, page.evaluate(live))
        assert len(started) == 30
        assert 1 <= most <= 15
        first = page.locator("#one0 .xp-figure:not([data-live])")
        assert first.locator("svg").bounding_box()["height"] > 100  # still drawn
        page.locator("#one0-x").press("Home")  # scrolls back, and moves what was let go
        page.locator("#one0 .xp-figure[data-live]").wait_for()
        assert page.evaluate("document.getElementById('one0').xpExplorer.charts[0].view.signal('in_x')") == 0
        page.locator("#one29 .xp-figure:not([data-live])").wait_for()
        page.close()


def test_a_drawing_has_no_digits_that_nobody_sees():
    points = pd.DataFrame({"x": np.geomspace(1, 9876, 40), "y": np.linspace(0, 1, 40) ** 3})
    chart = alt.Chart(points).mark_point(opacity=0.125).encode(x=alt.X("x", scale=alt.Scale(type="log")), y="y")
    drawn = charts.draw(chart.to_dict(), "p")
    for svg in (drawn.wide, drawn.narrow):
        assert len(re.findall(r"<path[^>]* transform=", svg)) == len(points)
        assert not re.search(r' (?:d|transform)="[^"]*\d\.\d\d', svg)
        assert 'opacity="0.125"' in svg and ' opacity="0"' not in svg


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (
            "alt.Chart(pd.DataFrame({'x': [1]})).mark_point().encode(x='x').transform_calculate(y='1 +')",
            "cannot be drawn",
        ),
        (f"display({EXPLORER.format(name='twin')})\n{EXPLORER.format(name='twin')}", "two explorers .* called 'twin'"),
        ("explore(lambda x: {'y': np.random.random() * x}, x=(0.0, 1.0))", "random"),
    ],
    ids=["bad expression", "same id", "cannot be traced"],
)
def test_a_failing_chart_stops_the_build_and_says_where_and_why(book_build, tmp_path, code, says):
    done, _ = build(tmp_path, code)
    assert done.returncode != 0
    report = re.sub(r"\x1b\[[\d;]*m", "", done.stderr)
    assert re.search(says, report), report
    assert re.search(r"index\.md, cell 3|Cell In\[2\], line 1", report), report
