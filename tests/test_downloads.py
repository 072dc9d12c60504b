"""The files that a notebook's page offers: they open and run away from the checkout, with the wheels and nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import distribution
import nbformat
import pytest
import yaml
from conftest import SAMPLE
from nbclient import NotebookClient
from notebooks import BOOK, notebooks

from explorables import replies
from explorables.explore import self_check
from explorables.notebooks import convert
from explorables.site.downloads import TO_RUN, drawn

ROOT = BOOK.parent
PAGES = [path.relative_to(BOOK).with_suffix("").as_posix() for path in notebooks()]
INSTALL = re.compile(r"%pip install --quiet (.*)")


def run(*command: str | Path, **options) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Of the tool and of the book."""
    folder = tmp_path_factory.mktemp("wheels")
    for project in (ROOT / "src/explorables", ROOT):
        run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=project)
    return sorted(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def elsewhere(install: None, tmp_path_factory: pytest.TempPathFactory, wheels: list[Path]) -> Iterator[Path]:
    """A Python with the wheels and what runs notebooks, and nothing else of the project.

    Its NumPy, pandas and Altair are those of Pyodide, so that what runs here need not fear the versions in a browser;
    `test_lab.py` runs every notebook with the pinned ones.
    """
    folder = tmp_path_factory.mktemp("elsewhere")
    listed = distribution.lock(distribution.fetch(tmp_path_factory.mktemp("pyodide")))
    pins = folder / "pyodide.txt"
    pins.write_text(
        "\n".join(f"{name}=={listed[name]['version']}" for name in ("numpy", "pandas", "altair", "narwhals"))
    )
    run(sys.executable, "-m", "venv", folder)
    python = folder / "bin/python"
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", pins, *wheels, "ipykernel")
    run(python, "-m", "ipykernel", "install", "--prefix", folder, "--name", "elsewhere")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(folder / "share/jupyter"))
        for name in ("EXPLORABLES_STATIC", "PYTHONPATH"):
            patch.delenv(name, raising=False)
        yield python


def execute(notebook: nbformat.NotebookNode, folder: Path, **options: bool) -> nbformat.NotebookNode:
    replies.heed()
    where = {"metadata": {"path": str(folder)}}
    return NotebookClient(notebook, timeout=300, kernel_name="elsewhere", resources=where, **options).execute()


def read(site: Path, page: str, suffix: str) -> nbformat.NotebookNode:
    notebook = nbformat.read(site / f"_sources/{page}{suffix}", as_version=4)
    nbformat.validate(notebook)
    return notebook


def outputs(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


@pytest.fixture(scope="module")
def ran(
    request: pytest.FixtureRequest, site: Path, elsewhere: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, nbformat.NotebookNode]]:
    """The notebooks that tests ask for, run one after another in a kernel that forgets between two what it knew, and where."""
    folder = tmp_path_factory.mktemp("run")
    asked = [item.callspec.params["page"] for item in request.session.items if "ran" in item.fixturenames]
    notebooks = {page: read(site, page, TO_RUN) for page in asked}
    assert [output for notebook in notebooks.values() for output in outputs(notebook)] == []
    whole = nbformat.v4.new_notebook()
    for number, notebook in enumerate(notebooks.values()):
        for cell in notebook.cells:
            cell.id = f"{number}-{cell.id}"[:64]
        whole.cells += [nbformat.v4.new_code_cell("%reset -f"), *notebook.cells]
    execute(whole, folder, allow_errors=True)
    return folder, notebooks


@pytest.mark.parametrize(
    "page", [page if page in SAMPLE else pytest.param(page, marks=pytest.mark.nightly) for page in PAGES]
)
def test_a_notebook_without_results_runs_in_any_folder_with_only_the_wheels(ran, page):
    folder, notebooks = ran
    shown = outputs(notebooks[page])
    assert [output for output in shown if output.output_type == "error" or output.get("name") == "stderr"] == []
    widgets = [
        output.data["text/plain"]
        for output in shown
        if "application/vnd.jupyter.widget-view+json" in output.get("data", {})
    ]
    assert len(widgets) >= 1, "no explorer and no chart came as a widget"
    assert list(folder.iterdir()) == [], "what a notebook leaves behind could change how the next one runs"


def test_where_the_packages_are_missing_the_first_cell_installs_them(site, elsewhere, tmp_path):
    run(elsewhere, "-m", "pip", "uninstall", "--quiet", "--yes", "hardware-phase", "explorables")
    notebook = read(site, PAGES[0], TO_RUN)
    first = next(cell for cell in notebook.cells if cell.id == convert.INSTALL)
    wanted = INSTALL.search(first.source)[1].split()
    published = yaml.safe_load((ROOT / "_config.yml").read_text())["html"]["baseurl"].rstrip("/") + "/"
    assert len(wanted) == 2 and all(address.startswith(published) for address in wanted)
    # The published site, which no test can reach, gives way to the one that was built.
    built = " ".join(str(site / address.removeprefix(published)) for address in wanted)
    first.source = first.source.replace(" ".join(wanted), f"--no-deps --no-index {built}")
    execute(notebook, tmp_path)
    run(elsewhere, "-c", "import explorables, hardware_phase", cwd=tmp_path)


@pytest.mark.parametrize("page", PAGES)
def test_the_two_notebooks_of_a_page_say_the_same(site, page):
    with_results, without = (read(site, page, suffix) for suffix in (".ipynb", TO_RUN))
    assert [(c.cell_type, c.source, c.metadata) for c in with_results.cells] == [
        (c.cell_type, c.source, c.metadata) for c in without.cells
    ]
    assert (site / f"_sources/{page}.md").read_bytes() == (BOOK / f"{page}.md").read_bytes()


@pytest.mark.parametrize("page", PAGES)
def test_results_are_pictures_and_tables_that_every_front_end_shows(site, page):
    everywhere = {"text/plain", "text/html", "image/svg+xml", "image/png"}
    shown = [output for output in outputs(read(site, page, ".ipynb")) if output.output_type != "stream"]
    assert shown
    for output in shown:
        assert set(output.data) <= everywhere
    html = (site / f"{page}.html").read_text(encoding="utf-8")
    for picture in ("image/svg+xml", "image/png"):  # a notebook that is not trusted shows the second
        assert sum(picture in output.data for output in shown) == html.count('class="xp-spec"')


def test_a_self_check_becomes_its_text_and_its_html(monkeypatch):
    check = self_check.choice("Which?", {"this": "It is.", "that": "It is not."})
    monkeypatch.setenv(self_check.STATIC, "1")
    bundle = check._repr_mimebundle_()
    assert self_check.MIME in bundle
    (shown,) = drawn(nbformat.v4.new_output("execute_result", bundle, execution_count=3))
    assert shown.data == {"text/plain": repr(check), "text/html": check._repr_html_()}
    assert shown.execution_count == 3


def test_the_menu_offers_both_notebooks_and_the_source(open_page, site):
    page = open_page(f"{PAGES[0]}.html").page
    menu = page.locator(".xp-menu", has_text="Download this page")
    menu.locator("summary").click()
    for name, suffix in (
        ("Notebook with its results", ".ipynb"),
        ("Notebook without results", TO_RUN),
        ("Source of this page", ".md"),
    ):
        link = menu.get_by_role("link", name=name)
        assert link.is_visible()
        answer = page.request.get(link.evaluate("a => a.href"))
        assert answer.body() == (site / f"_sources/{PAGES[0]}{suffix}").read_bytes()
