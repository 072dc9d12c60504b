"""A real JupyterLab as on Binder: every notebook opens by its launch address, runs, and answers to ipywidgets, offline."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import nbformat
import pytest
import yaml
from checkout import ROOT, copy_checkout
from notebooks import BOOK, explorers, namespace, notebooks, run_cell
from playwright.sync_api import Browser, Locator, Page
from test_access import AXE

from explorables.explore import Explorer, Slider
from explorables.explore.explorer import STATIC

HERE = "127.0.0.1"
LAB, NOTEBOOK_7 = "lab/tree", "notebooks"  # where on a server each app opens a file
NOTEBOOKS = [path.relative_to(BOOK).as_posix() for path in notebooks()]
# Presets, copies and colours are the same code for every notebook: these three have many charts, few, and hidden settings.
THOROUGH = ["controls-efficiency-adoption/efficiency.md", "ecosystem/market.md", "energy-scale-long-game/scaling.md"]
REOPENED = ["build-your-own.md", "energy-scale-long-game/scaling.md"]  # sliders of ipywidgets; charts beside explorers
PATIENCE = 90_000  # ms
MOST_MB = 500  # of the environment
NO_WIDGET = re.compile(
    r"Loading widget|Error (?:displaying|creating|rendering) widget|(?:widget|model) .*not found|JavaScript Error",
    re.IGNORECASE,
)
# anywidget complains when a chart's script has taken two seconds to start, as it may on a busy machine. The chart
# appears all the same, and the tests wait for it.
SLOW_START = "[anywidget] Failed to initialize model."
# Notebook 7 complains in its own scripts about any notebook, also about an empty one.
OF_NOTEBOOK = "/static/notebook/"
RAW = re.compile(r"\{[a-z:]+\}`[^`]*`|^:::.*|^```\{.*|\{\{.*\}\}", re.MULTILINE)  # roles and directives
AT_ONCE = 100  # ms, from a move to what it changes on the screen
OURS = ("JUPYTER", "IPYTHON", "XDG", "PYTHON", STATIC)


# How long a move of each slider takes at best, of three or of what it takes to be fast enough: others may use the machine too.
MOVES = """async ([root, most]) => {
  const painted = () => new Promise(then => requestAnimationFrame(() => setTimeout(then, 0)));
  const found = {};
  for (const slider of [...root.querySelectorAll('input[type=range]')].filter(e => e.checkVisibility())) {
    const times = [];
    for (let i = 0; i < 30 && (i < 3 || Math.min(...times) > most); i++) {
      slider.value = Math.round(Number(slider.max) * (i % 2 ? .4 : .6) + i);
      await painted();
      const start = performance.now();
      slider.dispatchEvent(new Event('input', { bubbles: true }));
      await painted();
      times.push(performance.now() - start);
    }
    found[slider.dataset.input] = Math.min(...times);
  }
  return found;
}"""
AUDIT = """() => axe.run({ include: [['.xp-explorer'], ['.jp-OutputArea-output > .widget-vbox']], exclude: ['.xp-chart svg'] },
  { resultTypes: ['violations'], preload: false }).then(found => found.violations.filter(rule => ['serious', 'critical'].includes(rule.impact))
    .flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target} ${node.html.slice(0, 120)}`)))"""


@pytest.fixture(scope="module")
def home(install: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout as Binder has it: it is the home folder itself. With LAB, all of it stays in that folder for the next run."""
    kept = os.environ.get("LAB")
    return copy_checkout((Path(kept) if kept else tmp_path_factory.mktemp("binder")) / "home")


@pytest.fixture(scope="module")
def dockerfile(home: Path) -> str:
    """What Binder would build, by its own tool; no container engine is needed to ask."""
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", home]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def installs(dockerfile: str) -> list[list[str]]:
    """Arguments of each run of pip that the image is built with."""
    return [shlex.split(words) for words in re.findall(r"^RUN \S+/bin/pip (install .*)$", dockerfile, re.MULTILINE)]


@pytest.fixture(scope="module")
def python(home: Path, dockerfile: str) -> Path:
    """A new environment that holds what Binder installs, and nothing else."""
    environment = home.parent / "environment"
    if environment.exists():
        return environment / "bin/python"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    before = set(home.rglob("*"))
    for words in installs(dockerfile):
        cached = [word for word in words if word != "--no-cache-dir"]
        done = subprocess.run(
            [environment / "bin/python", "-m", "pip", *cached],
            cwd=home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert set(home.rglob("*")) == before, "on Binder the files belong to root, so installing may not write beside them"
    return environment / "bin/python"


def environment(home: Path, python: Path) -> dict[str, str]:
    """The variables of a terminal there."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return env | {
        "HOME": str(home),
        "JUPYTER_RUNTIME_DIR": str(home.parent / "runtime"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home.parent / "workspaces"),
        "PATH": f"{python.parent}{os.pathsep}{env['PATH']}",
    }


@pytest.fixture(scope="module")
def lab(home: Path, python: Path, dockerfile: str) -> Iterator[str]:
    """Address of a JupyterLab that starts in the home folder, where the notebooks have been made."""
    runtime, env = home.parent / "runtime", environment(home, python)
    script = re.search(r"^RUN (\./\w+)$", dockerfile, re.MULTILINE)[1]
    if not [*(home / "book").rglob("*.ipynb")]:
        done = subprocess.run([home / script], cwd=home, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    with served_lab(python, home, runtime, env) as address:
        yield address


@contextlib.contextmanager
def served_lab(python: Path, folder: Path, runtime: Path, env: dict[str, str]) -> Iterator[str]:
    """Address of a JupyterLab that starts in a folder."""
    command = [python, "-m", "jupyterlab", "--no-browser", f"--ip={HERE}", "--port=0", "--IdentityProvider.token="]
    command += ["--allow-root"] if os.geteuid() == 0 else []
    log = runtime.parent / "log.txt"
    with log.open("w") as file:
        server = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=env)
    try:
        yield started(server, runtime, log)
    finally:
        server.terminate()  # the server ends its kernels
        server.wait(timeout=60)


def started(server: subprocess.Popen, runtime: Path, log: Path) -> str:
    """Wait for the note that a server leaves about itself; its address."""
    note, deadline = runtime / f"jpserver-{server.pid}.json", time.monotonic() + 60
    while True:
        with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):  # not there, or not yet written whole
            return f"http://{HERE}:{json.loads(note.read_text())['port']}"
        assert server.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


@pytest.fixture
def page(browser: Browser, lab: str) -> Iterator[Page]:
    """A page that can reach nothing but this machine; no script may fail on it. Kernels end with it."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    errors: list[str] = []

    def guard(route: Any) -> None:
        route.continue_() if urlsplit(route.request.url).hostname == HERE else route.abort()

    context.route("**/*", guard)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: errors.append(f"{error} {error.stack}"))
    page.on(
        "console",
        lambda line: errors.append(f"{line.text} {line.location['url']}") if line.type == "error" else None,
    )
    yield page
    end_kernels(page, lab)
    context.close()
    assert [error for error in errors if SLOW_START not in error and OF_NOTEBOOK not in error] == []


def end_kernels(page: Page, lab: str) -> None:
    """End every kernel, as a server does that stops."""
    token = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}["_xsrf"]
    for session in page.request.get(f"{lab}/api/sessions").json():
        page.request.delete(f"{lab}/api/sessions/{session['id']}", headers={"X-XSRFToken": token})


def launch(site: Path, name: str) -> str:
    """Where the page's launch button leads."""
    page = (site / name).with_suffix(".html").read_text(encoding="utf-8")
    return re.search(r'href="(https://mybinder\.org/[^"]+)"', page)[1]


def open_notebook(page: Page, lab: str, address: str, app: str = LAB) -> None:
    """Open what Binder opens at the end of a launch address, in JupyterLab as there or in another app."""
    # Lab would open the notebooks of the tests before as well, unless it is told to forget them.
    forget = "?reset" if app == LAB else ""
    page.goto(f"{lab}/{parse_qs(urlsplit(address).query)['urlpath'][0].replace(LAB, app, 1)}{forget}")
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    # Before, the wish to run is ignored.
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(state="attached")


def run_all(page: Page, cells: int) -> None:
    """Run every cell; wait until each has a number or one has failed."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_function(
        """cells => document.querySelector('[data-mime-type="application/vnd.jupyter.error"]')
          || [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]
            .filter(prompt => /\\[\\d+\\]/.test(prompt.textContent)).length >= cells""",
        arg=cells,
    )


def settings_of(page: Page, variable: str) -> dict[str, Any]:
    """What the next cell finds in ``explorer.settings``."""
    output = run_cell(page, f"import json; print(json.dumps({variable}.settings))").locator(".jp-OutputArea-output")
    output.first.wait_for()
    return json.loads(output.first.text_content())


def drawing(widget: Locator) -> str:
    """The marks of the explorer's charts, without what differs from copy to copy."""
    shown = widget.locator(".xp-chart svg").evaluate_all("svgs => svgs.map(svg => svg.innerHTML).join()")
    return re.sub(r"(clip|gradient_)\d+", r"\1", shown)


def readouts(widget: Locator) -> dict[str, str]:
    return dict(
        widget.locator("[data-readout]").evaluate_all("all => all.map(one => [one.dataset.readout, one.textContent])")
    )


def expected(explorer: Explorer, settings: dict[str, Any]) -> dict[str, str]:
    """Readouts by NumPy, here."""
    result = explorer.evaluate(**settings)
    return {readout.name: readout.show(result[readout.name]) for readout in explorer.readouts}


def wait_for_readouts(page: Page, widget: Locator, wanted: dict[str, str]) -> None:
    deadline = time.monotonic() + PATIENCE / 1000
    while readouts(widget) != wanted:
        assert time.monotonic() < deadline, f"{readouts(widget)} instead of {wanted}"
        page.wait_for_timeout(50)


def at_rest(page: Page, read: Callable[[], str]) -> str:
    """What `read` gives once it has given the same for a second."""
    deadline, last = time.monotonic() + PATIENCE / 1000, ""
    while (now := read()) != last or not now:
        assert time.monotonic() < deadline, "it never comes to rest"
        last = now
        page.wait_for_timeout(1000)
    return now


def shows_its_number(cell: Any) -> bool:
    """Whether Lab writes a number beside a cell that has run: it does not where the code is folded away."""
    return cell.cell_type == "code" and bool(cell.source) and not cell.metadata.get("jupyter", {}).get("source_hidden")


def open_and_run(page: Page, lab: str, site: Path, name: str, app: str = LAB) -> Locator:
    """Open a notebook by its launch button and run it; its explorers."""
    path = BOOK / name
    open_notebook(page, lab, launch(site, name), app)
    assert page.locator(".jp-Notebook h1").first.text_content().startswith(heading(path))
    opened = page.request.get(f"{lab}/api/contents/book/{Path(name).with_suffix('.ipynb')}").json()["content"]
    run_all(page, sum(shows_its_number(cell) for cell in nbformat.from_dict(opened).cells))
    failures = page.locator(
        '[data-mime-type="application/vnd.jupyter.error"], [data-mime-type="application/vnd.jupyter.stderr"]'
    )
    assert failures.all_text_contents() == []
    made = explorers(path)
    widgets = page.locator(".xp-explorer")
    if made:
        widgets.nth(len(made) - 1).wait_for(state="attached")  # where all code is folded away, no number has said so
    assert widgets.count() == len(made)
    for widget, explorer in zip(widgets.all(), made, strict=True):
        show_charts(widget, explorer)
    for output in page.locator(".jp-OutputArea-output").all_text_contents():
        assert not NO_WIDGET.search(output), output
    assert RAW.findall("\n".join(page.locator(".jp-MarkdownOutput").all_text_contents())) == []
    assert page.get_by_text("Would you like to get notified").count() == 0
    return widgets


def show_charts(widget: Locator, explorer: Explorer) -> None:
    """Scroll to each chart of an explorer, where it draws itself."""
    for number in range(len(explorer.views)):
        chart, deadline = widget.locator(".xp-figure").nth(number), time.monotonic() + PATIENCE / 1000
        while not chart.locator(".xp-chart svg").count():
            # Cells above take their height when Lab first shows them, and push away what was scrolled to.
            chart.scroll_into_view_if_needed()
            chart.page.wait_for_timeout(200)
            assert time.monotonic() < deadline, "a chart that is on the screen was not drawn"
    assert widget.get_attribute("data-live") is not None
    assert widget.locator(".xp-broken").count() == 0


def heading(path: Path) -> str:
    return re.search(r"^# (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)[1]


def named(path: Path, explorer: Explorer) -> str:
    """The variable that holds an explorer."""
    return next(key for key, value in namespace(path).items() if value is explorer)


def visible_slider(explorer: Explorer) -> str | None:
    return next(
        (key for key, control in explorer.inputs.items() if isinstance(control, Slider) and not control.more), None
    )


def move_a_slider(page: Page, widget: Locator, explorer: Explorer, variable: str) -> dict[str, Any]:
    """Move a slider by keyboard, faster than a kernel can follow; when all and the next cell have, the settings."""
    slider = visible_slider(explorer)
    handle = widget.locator(f'input[type="range"][data-input="{slider}"]')
    shown = widget.locator(f'[id="{handle.get_attribute("id")}-typed"]')
    show_charts(widget, explorer)
    before = at_rest(page, lambda: drawing(widget))
    low = explorer.inputs[slider].min == explorer.defaults[slider]
    for _ in range(20):
        handle.press("ArrowRight" if low else "ArrowLeft")
    text = shown.input_value()
    moved = settings_of(page, variable)
    assert moved[slider] != explorer.defaults[slider]
    assert {**moved, slider: 0} == {**explorer.defaults, slider: 0}
    assert text == explorer.inputs[slider].show(moved[slider]), "the kernel has the last settings of all"
    wait_for_readouts(page, widget, expected(explorer, moved))
    show_charts(widget, explorer)
    assert at_rest(page, lambda: drawing(widget)) != before
    return moved


@pytest.mark.nightly
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_notebook_opens_by_its_launch_button_runs_and_answers(lab, page, site, name):
    widgets = open_and_run(page, lab, site, name)
    for number, explorer in enumerate(explorers(BOOK / name)):
        if visible_slider(explorer):
            move_a_slider(page, widgets.nth(number), explorer, named(BOOK / name, explorer))
        moves = page.evaluate(MOVES, [widgets.nth(number).element_handle(), AT_ONCE])
        assert {key: took for key, took in moves.items() if took > AT_ONCE} == {}, explorer.id
    address = page.url
    assert "?" not in address, "the address is JupyterLab's"


@pytest.mark.nightly
@pytest.mark.parametrize("name", THOROUGH)
def test_settings_copies_presets_and_colours_of_an_explorer_in_jupyterlab(lab, page, site, name):
    widgets = open_and_run(page, lab, site, name)
    made, widget = explorers(BOOK / name), widgets.first
    explorer = made[0]
    variable = named(BOOK / name, explorer)
    wait_for_readouts(page, widget, expected(explorer, explorer.defaults))
    assert settings_of(page, variable) == explorer.defaults
    moved = move_a_slider(page, widget, explorer, variable)

    # A second copy of the same explorer starts where the reader is, and the two go on together.
    run_cell(page, variable)
    copy = widgets.nth(len(made))
    show_charts(copy, explorer)
    wait_for_readouts(page, copy, expected(explorer, moved))
    ids = page.locator(".xp-explorer [id]").evaluate_all("all => all.map(one => one.id)")
    assert len(ids) == len(set(ids)), "two copies must not share the names by which labels find their controls"

    # Presets, then back; the cell's code moves what is on show too.
    preset, changes = list(explorer.presets.items())[-1]
    widget.locator(".xp-cases").select_option(label=preset)
    for one in (widget, copy):
        wait_for_readouts(page, one, expected(explorer, explorer.defaults | changes))
    assert settings_of(page, variable) == explorer.defaults | changes
    widget.get_by_role("button", name="Reset").click()
    wait_for_readouts(page, widget, expected(explorer, explorer.defaults))
    assert settings_of(page, variable) == explorer.defaults
    run_cell(page, f"{variable}.preset({preset!r});")
    wait_for_readouts(page, copy, expected(explorer, explorer.defaults | changes))

    # What is taken away says what it shows, and what is kept stays beside what is set.
    widget.locator(".xp-take").click()
    with page.expect_download() as download:
        widget.locator(".xp-takes").get_by_role("button", name="SVG: ").first.click()
    picture = words(ElementTree.parse(download.value.path()).getroot())
    now = explorer.defaults | changes
    for text in (
        explorer.title,
        *(f"{control.label}: {control.show(now[key])}" for key, control in explorer.inputs.items()),
        explorer.source,
    ):
        assert text and " ".join(text.split()) in picture
    if not widget.locator(".xp-keep").is_visible():
        widget.locator(".xp-take").click()
    widget.locator(".xp-keep").click()
    widget.locator(".xp-kept").wait_for()
    widget.locator(".xp-kept button").click()

    # Lab's dark theme: the drawing takes its dark colours at once.
    text = widget.locator(".xp-chart svg text").first
    light = text.evaluate("e => getComputedStyle(e).fill")
    audit(page)
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    assert text.evaluate("e => getComputedStyle(e).fill") != light
    audit(page)


def words(svg: ElementTree.Element) -> str:
    """What a picture says, however its lines are broken."""
    return " ".join(" ".join(svg.itertext()).split())


def audit(page: Page) -> None:
    """Axe finds nothing serious in explorers and self-checks."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.locator(".xp-explorer").count() and page.locator(".jp-OutputArea-output > .widget-vbox").count()
    assert page.evaluate(AUDIT) == []


@pytest.mark.nightly
@pytest.mark.parametrize("name", THOROUGH)
def test_a_notebook_opens_in_notebook_7_and_its_explorers_move(lab, page, site, name):
    widgets = open_and_run(page, lab, site, name, NOTEBOOK_7)
    for number, explorer in enumerate(explorers(BOOK / name)):
        move_a_slider(page, widgets.nth(number), explorer, named(BOOK / name, explorer))
    assert page.locator(".jp-mod-outputsScrolled .xp-explorer").count() == 0, (
        "one that scrolls by itself shows no chart"
    )
    audit(page)


@pytest.mark.nightly
@pytest.mark.parametrize("name", REOPENED)
def test_a_saved_notebook_opens_again_with_what_it_showed(lab, page, site, home, python, tmp_path, name):
    open_and_run(page, lab, site, name)
    address, file = page.url, Path(name).with_suffix(".ipynb")
    page.locator(".jp-CodeCell .jp-InputPrompt").last.click()
    with page.expect_response(lambda one: one.request.method == "PUT" and str(file) in one.url) as saved:
        page.keyboard.press("Control+s")
    assert saved.value.ok
    page.goto("about:blank")  # its sockets would complain about kernels that end
    end_kernels(page, lab)
    page.goto(address)
    saved = home / "book" / file
    outputs = [one for cell in nbformat.read(saved, as_version=4).cells for one in cell.get("outputs", [])]
    assert len(outputs) > 5
    made = explorers(BOOK / name)
    look_again(page, len(outputs), made)

    # A JupyterLab that knows nothing of the checkout, and does not trust the notebook.
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    shutil.copy(saved, folder)
    env = environment(folder, python)
    with served_lab(python, folder, tmp_path / "runtime", env) as elsewhere:
        page.goto(f"{elsewhere}/{LAB}/{file.name}?reset")
        look_again(page, len(outputs), made)
        page.goto("about:blank")

    command = [python, "-m", "nbconvert", "--to", "html", file.name]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    printed = page.context.browser.new_page(java_script_enabled=False)
    printed.goto((folder / file.name).with_suffix(".html").as_uri())
    assert not NO_WIDGET.search(printed.locator("body").inner_text())
    look_at_pictures(printed.locator("body"), made)
    printed.close()


def look_again(page: Page, outputs: int, made: list[Explorer]) -> None:
    """A notebook that was opened again shows all outputs, and no widget that it would look for in vain."""
    page.locator(".jp-Notebook .jp-OutputArea-output").first.wait_for()
    for cell in page.locator(".jp-Notebook .jp-CodeCell").all():
        cell.scroll_into_view_if_needed()
    page.wait_for_timeout(1000)
    shown = page.locator(".jp-Notebook .jp-OutputArea-output").all_text_contents()
    assert len(shown) == outputs
    assert [text for text in shown if NO_WIDGET.search(text)] == []
    look_at_pictures(page.locator(".jp-Notebook"), made)


def look_at_pictures(place: Locator, made: list[Explorer]) -> None:
    """Where an explorer stood there are its numbers, and a picture of its first chart."""
    tables = [" ".join(text.split()) for text in place.locator("table").all_text_contents()]
    for explorer in made:
        said = [" ".join(text.split()) for pair in explorer.lines() for text in pair]
        assert any(all(text in table for text in said) for table in tables), explorer.id
    pictures = place.locator('img[src^="data:image/png"][width="640"]')
    drawn = pictures.evaluate_all("all => all.map(one => one.complete && one.naturalWidth > 300)")
    assert drawn == [True] * sum(bool(explorer.views) for explorer in made)
    assert place.get_by_text("Run this cell to have its controls back").count() >= len(made)


def test_the_launch_button_names_the_repository_of_the_configuration_and_the_notebook(site):
    repository = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]
    for name in NOTEBOOKS:
        address = urlsplit(launch(site, name))
        assert repository["url"].startswith("https://github.com/")
        assert address.path == f"/v2/gh/{repository['url'].removeprefix('https://github.com/')}/{repository['branch']}"
        assert parse_qs(address.query) == {"urlpath": [f"lab/tree/book/{Path(name).with_suffix('.ipynb')}"]}


IN_THE_IMAGE = {"hardware-phase", "jupyterlab", "jupytext"}
NOT_IN_IT = {"sphinx", "jupyter-book", "pytest", "playwright", "distributed", "nbgrader", "jupyterlite-core"}


def test_the_image_is_of_a_stated_python_and_installs_what_notebooks_need(dockerfile):
    wanted = (ROOT / "runtime.txt").read_text().strip().replace("-", "=")
    assert f"Building conda environment for {wanted}" in dockerfile
    assert installs(dockerfile)[0][-1] == "requirements.txt"
    assert not re.search(r"apt-get.* install .*(?:gcc|build-essential|nodejs)", dockerfile)
    pinned = re.findall(r"^([\w.-]+)(?:\[.*\])?==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert IN_THE_IMAGE - {"hardware-phase"} <= set(pinned), "the project itself is a folder there"
    assert not NOT_IN_IT & set(pinned)


@pytest.mark.nightly
def test_the_image_is_small_and_holds_what_is_pinned(python):
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format=json"], capture_output=True, text=True, check=True
    ).stdout
    names = {package["name"].lower() for package in json.loads(listed)}
    assert IN_THE_IMAGE <= names and not NOT_IN_IT & names
    megabytes = sum(file.stat().st_size for file in python.parent.parent.rglob("*") if file.is_file()) / 1e6
    assert megabytes < MOST_MB
