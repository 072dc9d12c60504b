"""The Sphinx extension on small books of its own: what it draws, and how it stops a build."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

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
from hardware_phase.explore import Readout, curve, explore
```

```{{code-cell}} ipython3
{code}
```
"""
EXPLORER = "explore(lambda x: {{'y': np.exp(x)}}, curve('x', 'y'), x=(0.0, 1.0), readouts=[Readout('y')], id='{name}')"


def build(folder: Path, code: str) -> tuple[subprocess.CompletedProcess, str]:
    """Build a book of one notebook with Sphinx alone; give the process and the page."""
    folder.joinpath("conf.py").write_text(
        "extensions = ['myst_nb', 'hardware_phase.site']\nnb_execution_show_tb = True\n"
    )
    folder.joinpath("index.md").write_text(NOTEBOOK.format(code=code))
    command = [sys.executable, "-m", "sphinx", "-W", "-b", "html", str(folder), str(folder / "html")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    page = folder / "html/index.html"
    return done, page.read_text(encoding="utf-8") if page.exists() else ""


def test_a_page_has_its_chart_drawn_and_asks_for_the_script_only_where_there_is_one(tmp_path):
    done, page = build(tmp_path, EXPLORER.format(name="one"))
    assert done.returncode == 0, done.stderr
    assert page.count("<svg") == 2 and 'class="hp-explorer" id="one"' in page
    assert page.count("hp.js") == 1 and (tmp_path / "html/_static/hp-vega.js").exists()
    assert "hp.js" not in (tmp_path / "html/search.html").read_text(encoding="utf-8")
    assert "requirejs" not in page and "widget-state" not in page


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("alt.Chart(pd.DataFrame({'x': [1]})).mark_point().encode(x='x').transform_calculate(y='1 +')", "cannot be drawn"),
        (f"display({EXPLORER.format(name='twin')})\n{EXPLORER.format(name='twin')}", "two explorers .* called 'twin'"),
        ("explore(lambda x: {'y': 1 if x > 0 else 2}, x=(0.0, 1.0))", "np.where"),
    ],
    ids=["bad expression", "same id", "cannot be traced"],
)
def test_a_failing_chart_stops_the_build_and_says_where_and_why(tmp_path, code, says):
    done, _ = build(tmp_path, code)
    assert done.returncode != 0
    report = re.sub(r"\x1b\[[\d;]*m", "", done.stderr)
    assert re.search(says, report), report
    assert re.search(r"index\.md, cell 3|Cell In\[2\], line 1", report), report
