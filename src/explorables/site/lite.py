"""The notebooks in a JupyterLab that runs in the reader's browser and needs no server (JupyterLite).

The site holds the app, the notebooks and the wheels of pure Python. Python itself, with NumPy and pandas, is Pyodide.
It comes from its public address when a reader starts a notebook, or from a copy in the site: see `DISTRIBUTION`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import altair as alt
import nbformat
from jupyterlite_pyodide_kernel.constants import PYODIDE_CDN_URL, PYODIDE_KERNEL_PLUGIN_ID, PYODIDE_MJS
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging

from explorables.book import current
from explorables.explore.live import CHART_SCRIPT
from explorables.site.downloads import TO_RUN
from explorables.site.i18n import _
from explorables.site.pages import Site

logger = logging.getLogger(__name__)

TOOL = Path(__file__).resolve().parents[1]  # the package that this file belongs to, which has a project of its own
FOLDER = "lite"  # of the site
DISTRIBUTION = "PYODIDE"  # environment variable: the folder of an unpacked Pyodide, which the site then carries
WHEELS = Path(sys.prefix) / "lite"  # what `src/explorables/build/environment.py` fetched
LAB = Path(sys.prefix) / "share/jupyter/labextensions"
EXTENSIONS = [
    *(
        LAB / name
        for name in ("@jupyter-widgets/jupyterlab-manager", "@jupyterlite/pyodide-kernel-extension", "anywidget")
    ),
    TOOL / "notebooks/labextensions/explorables",  # saves what widgets show
]
RECORD = "built.txt"  # in the folder: what it was built from


def contents(out: Path) -> dict[str, str]:
    """The site's notebooks without results, by their path, for the Python of the browser."""
    found = {}
    for path in sorted((out / "_sources").rglob(f"*{TO_RUN}")):
        notebook = nbformat.read(path, as_version=4)
        notebook.metadata["kernelspec"] = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
        found[path.relative_to(out / "_sources").as_posix().removesuffix(TO_RUN) + ".ipynb"] = nbformat.writes(notebook)
    return found


def digest(notebooks: dict[str, str]) -> str:
    """Hash of all that the folder is built from: the same in every checkout of the same commit."""
    settings = [os.environ.get(name, "") for name in (DISTRIBUTION, "SOURCE_DATE_EPOCH")]  # the date is in the wheel
    total = hashlib.sha256(json.dumps([notebooks, settings], sort_keys=True).encode())
    for name, path in sorted(sources().items()):
        total.update(f"\0{name}\0".encode() + path.read_bytes())
    return total.hexdigest()


def sources() -> dict[str, Path]:
    """Files that go into the project's wheel or decide how the app is built, by their names from their folder on."""
    folders = {"tool": TOOL, "book": current().folder, "data": current().data.folder, "wheels": WHEELS}
    inside = {
        Path(name) / path.relative_to(folder): path
        for name, folder in folders.items()
        for path in folder.rglob("*")
        if path.is_file()
    }
    ignored = {"__pycache__", "node_modules", "static"}
    return {"pyproject.toml": current().root / "pyproject.toml"} | {
        name.as_posix(): path for name, path in inside.items() if not ignored & set(name.parts)
    }


def settings() -> dict[str, Any]:
    """The app's name, and that its Python takes packages from the site and from Pyodide alone."""
    kernel = {"disablePyPIFallback": True, "pyodideUrl": f"{PYODIDE_CDN_URL}/{PYODIDE_MJS}"}
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": current().title,
            "litePluginSettings": {PYODIDE_KERNEL_PLUGIN_ID: kernel},
        },
    }


def chart_script() -> str:
    """The script of Altair's widget with Vega in it. Where the app runs there is no vl-convert to make it."""
    offline = alt.JupyterChart._is_offline
    alt.JupyterChart.enable_offline(True)
    script = alt.JupyterChart._esm
    alt.JupyterChart.enable_offline(offline)
    return script


def run(*command: str | Path, cwd: Path) -> None:
    """Run a command; its output is shown when it fails."""
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ExtensionError(f"{' '.join(map(str, command))} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


def build(app: Sphinx, site: Site) -> None:
    """Build the app below the site, unless it is already there for the same notebooks and package.

    A book without a package of its own has none: there would be nothing to install in it.
    """
    if not current().package:
        return
    out = site.folder
    notebooks = contents(out)
    if not notebooks:
        return
    if not WHEELS.is_dir():
        raise ExtensionError(f"{WHEELS} is missing: `make book` fetches what the notebooks in the browser need")
    target, now = out / FOLDER, digest(notebooks)
    if (target / RECORD).is_file() and (target / RECORD).read_text() == now:
        return
    logger.info("building the notebooks that run in the browser")
    shutil.rmtree(target, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        made = assemble(Path(folder), notebooks)
        (made / RECORD).write_text(now)
        made.rename(target)


def assemble(folder: Path, notebooks: dict[str, str]) -> Path:
    """Build the app in an empty folder; where it is."""
    for name, text in notebooks.items():
        (folder / "contents" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "contents" / name).write_text(text, encoding="utf-8")
    wheels = Path(shutil.copytree(WHEELS, folder / "wheels"))
    for project in (TOOL, current().root):
        run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", wheels, cwd=project)
    (folder / "jupyter-lite.json").write_text(json.dumps(settings()))
    if os.environ.get(DISTRIBUTION):
        local = Path(os.environ[DISTRIBUTION]).expanduser().resolve()
        if not (local / PYODIDE_MJS).is_file():
            raise ExtensionError(
                f"{DISTRIBUTION}={local}: there is no {PYODIDE_MJS}; give the folder of an unpacked Pyodide"
            )
        # Its consoles load scripts from elsewhere, and nobody opens them here.
        shutil.copytree(local, folder / "static/pyodide", ignore=shutil.ignore_patterns("*.html", "*.map", "*.d.ts"))
    config = {
        "LiteBuildConfig": {
            "apps": ["lab"],
            "contents": ["contents"],
            "ignore_sys_prefix": ["federated_extensions"],
            "federated_extensions": [str(path) for path in EXTENSIONS],
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
            "output_dir": "app",
        },
        "PipliteAddon": {"piplite_urls": [str(path) for path in sorted(wheels.glob("*.whl"))]},
    }
    (folder / "jupyter_lite_config.json").write_text(json.dumps(config))
    run(sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", folder, cwd=folder)
    (folder / "app" / CHART_SCRIPT).write_text(chart_script(), encoding="utf-8")
    return folder / "app"


def add_launch_button(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Offer the app on a notebook's page. The words say what the press of the button will fetch, and from where."""
    if "ipynb_source" not in context:
        return
    menu = next(buttons for buttons in context["header_buttons"] if buttons.get("label") == "launch-buttons")
    host = _("this site") if os.environ.get(DISTRIBUTION) else urlsplit(PYODIDE_CDN_URL).hostname
    text = _("Run in this browser: fetches Python from {host}, tens of megabytes the first time", host=host)
    address = f"{context['pathto'](FOLDER, 1)}/lab/index.html?path={pagename}.ipynb"
    menu["buttons"].append({"type": "link", "url": address, "text": text})
