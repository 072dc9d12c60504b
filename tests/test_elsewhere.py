"""The tool's wheel in other people's books: a Jupyter Book, and plain Sphinx with results that a notebook has stored."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from conftest import served

from explorables.explore import explore

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "tests" / "elsewhere"
STYLE = r'<link rel="stylesheet" type="text/css" href="_static/(xp|self_checks)\.css'
OURS = ("hardware_phase", "hardware-phase", "explorables", "__editable__", "_hardware", "_explorables")


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory, install, book_build):
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


def moves(browser, page_file: Path, name: str, slider: str, theirs: tuple[str, ...] = ()) -> tuple[str, str]:
    """What the first readout says before and after a slider goes to its end.

    Nothing may come from a network or fail, but what the site does by itself (`theirs`).
    """
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
    page.locator(f"#{name} .xp-figure").first.scroll_into_view_if_needed()
    page.locator(f"#{name} .xp-figure[data-live]").first.wait_for()
    after = readout.inner_text()
    context.close()
    assert [one for one in said if not any(known in one for known in theirs)] == []
    return before, after


def test_another_jupyter_book_has_live_explorers_by_one_line(elsewhere, browser, tmp_path):
    shutil.copytree(PAGES / "course", tmp_path / "course")
    elsewhere("-c", "from jupyter_book.cli.main import main; main()", "build", "course", cwd=tmp_path)
    html = tmp_path / "course/_build/html"
    before, after = moves(browser, html / "filters.html", "bode", "R", ("/mathjax@3/", "THEBE_JS_URL"))
    assert before != after and "Hz" in before
    # data frames stay as pandas writes them, before and after the tool is imported
    assert (html / "filters.html").read_text().count('<table border="1" class="dataframe">') == 2


def test_a_page_without_an_explorer_stays_as_another_book_has_it(elsewhere, tmp_path):
    pages = []
    for extensions in ("[explorables]", "[]"):
        course = tmp_path / f"course-{len(pages)}"
        shutil.copytree(PAGES / "course", course)
        config = (course / "_config.yml").read_text()
        (course / "_config.yml").write_text(config.replace("[explorables]", extensions))
        (course / "filters.md").write_text("# Filters\n")
        elsewhere("-c", "from jupyter_book.cli.main import main; main()", "build", course.name, cwd=tmp_path)
        html = course / "_build/html"
        lines = [line for line in (html / "intro.html").read_text().splitlines() if not re.search(STYLE, line)]
        pages.append((lines, sorted(path.name for path in html.iterdir())))
    assert pages[0] == pages[1]


def test_plain_sphinx_has_live_explorers_of_stored_results(elsewhere, browser, tmp_path):
    shutil.copytree(PAGES / "lecture", tmp_path / "lecture")
    elsewhere("growth.py", "growth.ipynb", cwd=tmp_path / "lecture")
    (tmp_path / "lecture/growth.py").unlink()
    elsewhere("-m", "sphinx", "-q", "lecture", "html", cwd=tmp_path)
    before, after = moves(browser, tmp_path / "html/growth.html", "population", "r")
    assert before != after


def test_a_site_without_myst_nb_is_told_what_to_do(elsewhere, tmp_path):
    (tmp_path / "conf.py").write_text('extensions = ["explorables"]\n')
    (tmp_path / "index.rst").write_text("One\n===\n")
    with pytest.raises(AssertionError, match="add 'myst_nb' to its extensions.*HTML\\(explorer.html\\(\\)\\)"):
        elsewhere("-m", "sphinx", "-q", ".", "html", cwd=tmp_path)


def wave(pace):
    return {"wave": np.sin(pace * np.linspace(0, 6, 100)), "last": np.sin(pace * 6)}


# What MyST's theme does with a widget: it imports the module and hands it an element in a shadow tree.
HOST = """<!DOCTYPE html><meta charset="utf-8"><link rel="icon" href="data:,"><style>html.dark body {{ color: #eee; background: #111 }}</style><body><div id="at"></div>
<script type="module">
import widget from {module};
const el = document.createElement("div");
document.getElementById("at").attachShadow({{ mode: "open" }}).append(el);
await widget.initialize?.({{ model: {{}} }});
window.close_widget = await widget.render({{ model: {{}}, el }});
</script>"""


def test_myst_2_shows_a_saved_module(browser, tmp_path):
    explore(wave, id="wave", pace=(1.0, 5.0), title="A wave").save(tmp_path / "wave.mjs")
    (tmp_path / "index.md").write_text("# One\n\n```{anywidget} wave.mjs\n```\n")
    (tmp_path / "myst.yml").write_text("version: 1\nproject: {toc: [file: index.md]}\nsite: {template: theme}\n")
    (tmp_path / "theme").mkdir()
    (tmp_path / "theme/template.yml").write_text("jtex: v1\ntitle: none\nbuild: {install: 'true'}\n")
    myst = ["node", ROOT / "tests/node_modules/mystmd/dist/myst.cjs", "build", "--site"]
    done = subprocess.run(myst, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    read = json.loads((tmp_path / "_build/site/content/index.json").read_text())
    (widget,) = (part for block in read["mdast"]["children"] for part in block["children"])
    assert widget["type"] == "anywidget"
    public = tmp_path / "_build/site/public"
    (public / "index.html").write_text(HOST.format(module=json.dumps("." + widget["esm"])))

    with served(public) as address:
        page = browser.new_page()
        said: list[str] = []
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.goto(address)
        frame = page.frame_locator("iframe")
        frame.locator("#wave[data-ready]").wait_for()
        readout = frame.locator("[data-readout]")
        before = readout.inner_text()
        frame.locator("#wave-pace").evaluate("e => { e.value = e.max; e.dispatchEvent(new Event('input')); }")
        frame.locator(".xp-figure[data-live]").wait_for()
        assert readout.inner_text() not in ("", before)
        # It follows the page's colours, and is as high as what it holds.
        assert frame.locator("html").get_attribute("data-theme") == "light"
        page.locator("html").evaluate("e => { e.className = 'dark'; }")
        frame.locator("html[data-theme=dark]").wait_for()
        inside = frame.locator("html").evaluate("e => e.scrollHeight")
        assert abs(page.locator("iframe").bounding_box()["height"] - inside) <= 2
        page.evaluate("window.close_widget()")
        assert page.locator("iframe").count() == 0
        page.close()
    assert said == []


def test_a_file_that_is_neither_page_nor_module_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"wave\.js: end the name in \.html .* or in \.mjs"):
        explore(wave, pace=(1.0, 5.0)).save(tmp_path / "wave.js")


def test_a_fragment_goes_through_pandoc_to_the_letter():
    # Pandoc, and so Quarto, makes spaces of tabs; it ends a block of raw HTML at three backticks.
    html = explore(wave, pace=(1.0, 5.0)).html()
    assert "\t" not in html and "```" not in html
