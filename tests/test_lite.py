"""The notebooks in the reader's browser: the app in the site, what it fetches and when, and a kernel that starts."""

from __future__ import annotations

import json
import re
import time
import zipfile
from collections.abc import Iterator
from email.parser import Parser
from pathlib import Path
from typing import Any, ClassVar

import distribution
import nbformat
import pytest
from conftest import Files, chromium, served
from notebooks import BOOK, notebooks, run_cell
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from playwright.sync_api import Page
from test_lab import NO_WIDGET

from explorables.site import lite
from hardware_phase import data

NAMES = [path.relative_to(BOOK).with_suffix("").as_posix() for path in notebooks()]
EXAMPLE = "ecosystem/market"
MENU = re.compile("Run in this browser")
PATIENCE = 180_000  # ms
BROWSER = {
    "sys_platform": "emscripten",
    "platform_system": "Emscripten",
    "python_version": "3.14",
    "python_full_version": "3.14.2",
    "platform_python_implementation": "CPython",
    "implementation_name": "cpython",
    "os_name": "posix",
    "extra": "",
}


@pytest.fixture(scope="module")
def pyodide(install: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pyodide's core from its npm package, with the pure packages that the kernel needs."""
    folder = distribution.fetch(tmp_path_factory.mktemp("pyodide"))
    distribution.add_pure_packages(folder)
    return folder


class Counting(Files):
    """Notes the files that it sends, each time that it does."""

    sent: ClassVar[list[Path]] = []

    def copyfile(self, source: Any, outputfile: Any) -> None:
        """Send a file."""
        if hasattr(source, "name"):
            self.sent.append(Path(source.name))
        super().copyfile(source, outputfile)


@pytest.fixture(scope="module")
def local_app(site: Path, pyodide: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the app, built with a Pyodide of its own as the setting `PYODIDE` asks for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(lite.DISTRIBUTION, str(pyodide))
        app = lite.assemble(tmp_path_factory.mktemp("lite"), lite.contents(site))
    with served(app, Counting) as address:
        yield address


def wheels(app: Path) -> dict[str, list[tuple[str, Path]]]:
    """Versions and files of the wheels that the app carries, by package."""
    found: dict[str, list[tuple[str, Path]]] = {}
    for index in app.rglob("pypi/all.json"):
        for name, package in json.loads(index.read_text()).items():
            for version, files in package["releases"].items():
                found.setdefault(canonicalize_name(name), []).append((version, index.parent / files[0]["filename"]))
    return found


def requirements(wheel: Path) -> list[Requirement]:
    """What a wheel asks for in the browser."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        asked = Parser().parsestr(archive.read(name).decode()).get_all("Requires-Dist", [])
    return [one for one in map(Requirement, asked) if not one.marker or one.marker.evaluate(BROWSER)]


def test_the_site_holds_the_app_with_every_notebook_and_the_wheel_with_the_tables(site):
    app = site / lite.FOLDER
    kept = {path.relative_to(app / "files").with_suffix("").as_posix() for path in (app / "files").rglob("*.ipynb")}
    assert kept == set(NAMES)
    for name in NAMES:
        source = nbformat.read(site / f"_sources/{name}-to-run.ipynb", as_version=4).cells
        ours = nbformat.read(app / f"files/{name}.ipynb", as_version=4).cells
        assert [(cell.id, cell.source) for cell in ours] == [(cell.id, cell.source) for cell in source]
    [(_, tool)] = wheels(app)["explorables"]
    with zipfile.ZipFile(tool) as archive:
        assert "explorables/explore/trace/nodes.py" in archive.namelist()
    [(_, wheel)] = wheels(app)["hardware-phase"]
    with zipfile.ZipFile(wheel) as archive:
        for table in data.folder.glob("*.csv"):
            assert archive.read(f"hardware_phase/_data/{table.name}") == table.read_bytes()
        extension = "hardware_phase-0.1.0.data/data/share/jupyter/labextensions/explorables"
        assert {f"{extension}/package.json", f"{extension}/static/keep.js"} <= set(archive.namelist())


def test_every_package_is_in_the_site_or_in_pyodide_in_a_version_that_will_do(site):
    carried, listed = wheels(site / lite.FOLDER), distribution.lock(lite.CORE)
    waiting, seen = [Requirement("hardware-phase")], set()
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        fitting = [file for version, file in carried.get(name, []) if wanted.specifier.contains(version)]
        if name in carried:
            assert fitting, f"{wanted}: the site has {carried[name]}"
            waiting += requirements(fitting[-1]) if name not in seen else []
        else:
            assert name in listed, f"{wanted} is neither in the site nor in Pyodide"
            assert wanted.specifier.contains(listed[name]["version"]), (
                f"{wanted}: Pyodide has {listed[name]['version']}"
            )
        seen.add(name)
    assert {"numpy", "pandas", "altair", "ipywidgets", "anywidget"} <= seen
    # What Pyodide says that its packages need is there too, or its own list would not hold together.
    distribution.closure(listed, tuple(seen & set(listed)))


def test_nothing_is_fetched_from_elsewhere_before_the_reader_presses_a_button_that_says_so(open_page):
    reader = open_page(f"{EXAMPLE}.html")
    page = reader.page
    page.wait_for_load_state("networkidle")
    assert reader.outside == []
    page.locator(".xp-menu", has_text="Run this page").locator("summary").click()
    button = page.get_by_role("link", name=MENU)
    said = re.search(r"fetches (\d+) MB the first time, most from cdn\.jsdelivr\.net", button.inner_text())
    assert said and abs(int(said[1]) - lite.megabytes()) <= 1  # a file less or more here can be what turns a half
    button.click()
    page.set_default_timeout(PATIENCE)
    page.locator(".jp-Notebook h1").first.wait_for()
    assert page.locator(".jp-Notebook h1").first.inner_text().startswith("Who sells AI chips in China?")
    for _ in range(PATIENCE // 200):
        if reader.outside:
            break
        page.wait_for_timeout(200)
    assert reader.outside and all(
        address.startswith("https://cdn.jsdelivr.net/pyodide/v") for address in reader.outside
    )
    page.goto("about:blank")  # the app would ask again
    reader.outside.clear()
    reader.errors.clear()  # the kernel says that it could not be fetched


def opened(page: Page, app: str) -> float:
    """Open a notebook and wait until its Python is ready; the seconds that took."""
    page.set_default_timeout(PATIENCE)
    start = time.monotonic()
    page.goto(f"{app}lab/index.html?path={EXAMPLE}.ipynb")
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for()
    return time.monotonic() - start


def test_a_first_visit_fetches_what_the_menu_says_and_a_second_nothing_of_it(browser, local_app, tmp_path):
    """The local Pyodide lacks what is compiled, so the menu's number is compared part by part."""
    # With a profile on disk, as a reader has it: one in memory keeps no file as large as Python.
    context = browser.browser_type.launch_persistent_context(tmp_path, **chromium())
    Counting.sent.clear()
    opened(context.new_page(), local_app)
    sent = {file: file.stat().st_size for file in Counting.sent}
    ours, theirs = lite.needed()
    wheels = {file for file in sent if file.suffix == ".whl"}
    own = {file for file in wheels if file.name.startswith(("explorables-", "hardware_phase-"))}
    core = {file for file in sent if file.parent.name == "pyodide" and file.suffix != ".whl"}
    assert {file.name for file in wheels - own} >= {file.name for file in ours}
    assert {file.name for file in wheels - own} <= {file.name for file in ours} | set(theirs)
    assert {file.name for file in core} == {"pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"}
    assert sum(map(lite.packed, own)) == pytest.approx(sum(map(lite.packed, lite.own())), rel=0.1)
    scripts = sum(lite.packed(file) for file in sent if file not in wheels | core)
    assert scripts == pytest.approx(lite.SCRIPTS, rel=0.1)

    Counting.sent.clear()
    opened(context.new_page(), local_app)
    again = sum(file.stat().st_size for file in Counting.sent)
    assert again < 0.02 * sum(sent.values()), Counting.sent
    context.close()


def test_what_packages_weigh_is_asked_of_the_server(pyodide, monkeypatch):
    """One that has nothing but what is pure here, so what is compiled is left out."""
    here = [name for name in lite.needed()[1] if (pyodide / name).is_file()]
    monkeypatch.setattr(lite, "needed", lambda: ([], here))
    with served(pyodide) as address:
        asked = lite.ask(address.rstrip("/"))
    assert len(here) > 10 and asked == {name: (pyodide / name).stat().st_size for name in here}
    assert asked == {name: pytest.approx(lite.weight(name), rel=0.02) for name in here}


def test_with_a_pyodide_of_its_own_the_site_starts_a_kernel_with_working_widgets_and_charts(browser, local_app):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    opened(page, local_app)

    # NumPy, pandas and Altair need WebAssembly packages that no registry has, so they stay out.
    shown = run_cell(
        page,
        "%pip install -q ipywidgets anywidget\n"
        "from importlib.util import find_spec\n"
        "for name in ('explorables', 'hardware_phase'): print(find_spec(name).origin)",
    ).locator(".jp-OutputArea-output")
    assert shown.all_inner_texts() == [
        "".join(f"/lib/python3.14/site-packages/{name}/__init__.py\n" for name in ("explorables", "hardware_phase"))
    ]

    cell = run_cell(page, "from ipywidgets import interact\ninteract(lambda x: x * 2, x=(0, 10));")
    cell.locator(".noUi-handle").press("ArrowRight")
    cell.get_by_text("12", exact=True).wait_for()

    # The script that `bring_vega` names, with the values that Altair's widget has.
    spec = {
        "data": {"values": [{"a": 1}, {"a": 2}]},
        "mark": "bar",
        "encoding": {"x": {"field": "a", "type": "quantitative", "title": None}},
    }
    cell = run_cell(
        page,
        "import anywidget\nfrom js import location\nfrom traitlets import Bool, Dict, Float, Unicode\n"
        "class Chart(anywidget.AnyWidget):\n"
        f"    _esm = f\"{{location.href.split('/extensions/')[0]}}/{lite.CHART_SCRIPT}\"\n"
        "    spec, embed_options, _vl_selections, _params = (Dict().tag(sync=True) for _ in range(4))\n"
        "    debounce_wait, max_wait = Float(10).tag(sync=True), Bool(True).tag(sync=True)\n"
        "    local_tz = Unicode(None, allow_none=True).tag(sync=True)\n"
        f"Chart(spec={{'json': {json.dumps(spec)!r}}}, embed_options={{'renderer': 'svg'}})",
    )
    cell.locator(".vega-embed svg .mark-rect path").first.wait_for()
    assert cell.locator(".vega-embed svg .role-axis-title").count() == 0, (
        "none was asked for, and None must come through"
    )

    # Opened again, without its Python: what was on the screen.
    page.keyboard.press("Control+s")
    page.locator(".jp-mod-dirty").first.wait_for(state="detached")
    opened(page, local_app)
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    cells.last.scroll_into_view_if_needed()
    picture = cells.last.locator('.jp-OutputArea-output img[src^="data:image/svg"]')
    picture.wait_for()
    assert picture.evaluate("e => e.decode().then(() => e.naturalWidth > 50)")
    page.get_by_text("Run this cell to have its controls back").first.wait_for()
    assert not NO_WIDGET.search("".join(page.locator(".jp-OutputArea-output").all_inner_texts()))
    assert [address for address in asked if not address.startswith((local_app, "data:", "blob:"))] == []
    context.close()


def test_a_pyodide_that_is_none_is_refused(site, tmp_path, monkeypatch):
    monkeypatch.setenv(lite.DISTRIBUTION, str(tmp_path))
    with pytest.raises(lite.ExtensionError, match=r"there is no pyodide\.mjs"):
        lite.assemble(tmp_path, lite.contents(site))
