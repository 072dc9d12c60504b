"""A real JupyterLab, as on Binder: notebooks open by their address, run, and answer to ipywidgets, without a network."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jupytext
import pytest
from notebooks import BOOK, explorers, namespace
from playwright.sync_api import Browser, Locator, Page

from hardware_phase.explore import Explorer, Slider
from hardware_phase.explore.explorer import STATIC

HERE = "127.0.0.1"
NOTEBOOKS = ["controls-efficiency-adoption/efficiency.md", "energy-scale-long-game/scaling.md"]
PATIENCE = 90_000  # ms
NO_WIDGET = re.compile(
    r"Loading widget|Error (?:displaying|creating|rendering) widget|(?:widget|model) .*not found|JavaScript Error", re.IGNORECASE
)
# anywidget complains when a chart's script has taken two seconds to start, as it may on a busy machine. The chart
# appears all the same, and the tests wait for it.
SLOW_START = "[anywidget] Failed to initialize model."


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a JupyterLab whose home folder is a copy of the checkout's notebooks, as Binder has it."""
    home, runtime = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("runtime")
    shutil.copytree(BOOK, home / "book")
    shutil.copytree(BOOK.parent / ".jupyter", home / ".jupyter")
    ours = ("JUPYTER", "IPYTHON", "XDG", STATIC)
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--ip={HERE}", "--port=0", "--IdentityProvider.token="]
    command += ["--allow-root"] if os.geteuid() == 0 else []
    with (home / "log.txt").open("w") as log:
        server = subprocess.Popen(
            command, cwd=home, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env=env | {"HOME": str(home), "JUPYTER_RUNTIME_DIR": str(runtime)},
        )  # fmt: skip
    try:
        yield started(server, runtime, home / "log.txt")
    finally:
        server.terminate()  # the server ends its kernels
        server.wait(timeout=60)


def started(server: subprocess.Popen, runtime: Path, log: Path) -> str:
    """Wait for the note that a server leaves about itself; its address."""
    note, deadline = runtime / f"jpserver-{server.pid}.json", time.monotonic() + 60
    while not note.exists():
        assert server.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
    return f"http://{HERE}:{json.loads(note.read_text())['port']}"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that can reach nothing but this machine; no script may fail on it."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    errors: list[str] = []

    def guard(route: Any) -> None:
        route.continue_() if urlsplit(route.request.url).hostname == HERE else route.abort()

    context.route("**/*", guard)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    yield page
    context.close()
    assert [error for error in errors if SLOW_START not in error] == []


def open_notebook(page: Page, lab: str, name: str) -> None:
    # A workspace of its own: Lab would open the notebook of the test before beside this one.
    page.goto(f"{lab}/lab/workspaces/{Path(name).stem}/tree/book/{name}")
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for()  # before, Lab ignores the wish to run


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


def run_cell(page: Page, code: str) -> Locator:
    """Run a new cell at the end of the notebook; its outputs."""
    cells = page.locator(".jp-CodeCell")
    count = cells.count()
    cells.last.locator(".jp-InputPrompt").click()
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.insert_text(code)
    page.keyboard.press("Control+Enter")
    cell = cells.nth(count)
    cell.locator(".jp-InputPrompt", has_text=re.compile(r"\[\d+\]")).wait_for()
    return cell.locator(".jp-OutputArea-output")


def settings_of(page: Page, variable: str) -> dict[str, Any]:
    """What the next cell finds in ``explorer.settings``."""
    output = run_cell(page, f"import json; print(json.dumps({variable}.settings))")
    output.first.wait_for()
    return json.loads(output.first.text_content())


def drawing(widget: Locator) -> str:
    """The marks of the explorer's charts, without what differs from copy to copy."""
    shown = widget.locator(".vega-embed svg").evaluate_all("svgs => svgs.map(svg => svg.innerHTML).join()")
    return re.sub(r"(clip|gradient_)\d+", r"\1", shown)


def readouts(widget: Locator) -> list[str]:
    return widget.locator(".hp-readouts b").all_text_contents()  # also of what has scrolled out of sight


def expected(explorer: Explorer, settings: dict[str, Any]) -> list[str]:
    """Readouts by NumPy, here, with spaces as a browser gives them."""
    result = explorer.evaluate(**settings)
    return [readout.show(result[readout.name]) for readout in explorer.readouts]


def wait_for_readouts(page: Page, widget: Locator, wanted: list[str]) -> None:
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


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_opens_runs_and_answers_in_jupyterlab(lab, page, name):
    path = BOOK / name
    open_notebook(page, lab, name)
    run_all(page, sum(bool(cell.source) for cell in jupytext.read(path).cells if cell.cell_type == "code"))
    failures = page.locator('[data-mime-type="application/vnd.jupyter.error"], [data-mime-type="application/vnd.jupyter.stderr"]')
    assert failures.all_text_contents() == []

    made = explorers(path)
    widgets = page.locator(".hp-live")
    assert widgets.count() == len(made)
    for widget, explorer in zip(widgets.all(), made, strict=True):
        for number in range(len(explorer.views)):
            widget.locator(".vega-embed svg").nth(number).wait_for()
    for output in page.locator(".jp-OutputArea-output").all_text_contents():
        assert not NO_WIDGET.search(output), output
    assert page.get_by_text("Would you like to get notified").count() == 0

    explorer, widget = made[0], widgets.first
    variable = next(key for key, value in namespace(path).items() if value is explorer)
    wait_for_readouts(page, widget, expected(explorer, explorer.defaults))
    assert settings_of(page, variable) == explorer.defaults

    # A slider by keyboard: readouts, charts and the next cell follow.
    slider = next(key for key, control in explorer.inputs.items() if isinstance(control, Slider) and not control.more)
    label = re.compile(f"^{re.escape(explorer.inputs[slider].label)}$")
    row = widget.locator(".widget-hbox", has=page.locator(".widget-label", has_text=label))
    handle, shown = row.locator(".noUi-handle"), row.locator(".widget-label").last
    handle.scroll_into_view_if_needed()
    before, text = at_rest(page, lambda: drawing(widget)), shown.text_content()
    for _ in range(20):
        handle.press("ArrowLeft")
    page.wait_for_function("([e, text]) => e.textContent !== text", arg=[shown.element_handle(), text])
    text = at_rest(page, shown.text_content)
    moved = settings_of(page, variable)
    assert moved[slider] < explorer.defaults[slider]
    assert {**moved, slider: 0} == {**explorer.defaults, slider: 0}
    assert text == explorer.inputs[slider].show(moved[slider])
    wait_for_readouts(page, widget, expected(explorer, moved))
    assert at_rest(page, lambda: drawing(widget)) != before

    # A second copy of the same explorer starts where the reader is, not where the first one started.
    run_cell(page, variable)
    copy = widgets.nth(len(made))
    copy.locator(".vega-embed svg").nth(len(explorer.views) - 1).wait_for()
    assert at_rest(page, lambda: drawing(copy)) == drawing(widget)

    # Presets, then back.
    preset, changes = list(explorer.presets.items())[-1]
    widget.get_by_role("button", name=preset, exact=True).click()
    wait_for_readouts(page, widget, expected(explorer, explorer.defaults | changes))
    assert settings_of(page, variable) == explorer.defaults | changes
    widget.get_by_role("button", name="Reset").click()
    wait_for_readouts(page, widget, expected(explorer, explorer.defaults))
    assert settings_of(page, variable) == explorer.defaults

    # Lab's dark theme: the drawing takes its dark colours at once.
    text = widget.locator(".vega-embed svg text").first
    light = text.evaluate("e => getComputedStyle(e).fill")
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    assert text.evaluate("e => getComputedStyle(e).fill") != light
