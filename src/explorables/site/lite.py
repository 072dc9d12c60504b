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
import zipfile
import zlib
from email.parser import Parser
from functools import cache
from importlib.metadata import requires
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import altair as alt
import nbformat
from jupyterlite_pyodide_kernel.constants import (
    PYODIDE_CDN_URL,
    PYODIDE_KERNEL_PLUGIN_ID,
    PYODIDE_LOCK,
    PYODIDE_MJS,
    PYODIDE_PYTHON_VERSION,
)
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging

from explorables.book import current
from explorables.explore.live import CHART_SCRIPT
from explorables.site.downloads import TO_RUN
from explorables.site.html_pages import Site
from explorables.site.i18n import _

logger = logging.getLogger(__name__)

TOOL = Path(__file__).resolve().parents[1]  # the package that this file belongs to, which has a project of its own
FOLDER = "lite"  # of the site
DISTRIBUTION = "PYODIDE"  # environment variable: the folder of an unpacked Pyodide, which the site then carries
WHEELS = Path(sys.prefix) / "lite"  # what `src/explorables/build/environment.py` fetched
CORE = Path(sys.prefix) / "pyodide"  # Pyodide without its packages, fetched there too
LOCK = "pypi/pyodide-lock.json"  # of the app: the packages that its Python starts with
LAB = Path(sys.prefix) / "share/jupyter/labextensions"
EXTENSIONS = [
    *(
        LAB / name
        for name in ("@jupyter-widgets/jupyterlab-manager", "@jupyterlite/pyodide-kernel-extension", "anywidget")
    ),
    TOOL / "notebooks/labextensions/explorables",  # saves what widgets show
]
SIZES = Path(__file__).with_name("pyodide.json")  # bytes of packages at Pyodide's own address, which builds do not ask
SCRIPTS = 2_200_000  # bytes, compressed, of what JupyterLab loads until a notebook is open; a test counts them
RECORD = "built.txt"  # in the folder: what it was built from
KERNEL = ("micropip", "piplite", "ipykernel", "comm", "pyodide-kernel", "jedi", "ipython")  # what it asks for itself
IN_THE_APP = {"jupyterlab-widgets", "widgetsnbextension"}  # scripts of packages, which the app has
BROWSER = {"sys_platform": "emscripten", "python_version": PYODIDE_PYTHON_VERSION, "extra": ""}


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
    for name, path in sorted({**sources(), PYODIDE_LOCK: distribution() / PYODIDE_LOCK}.items()):
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
    """The app's name, and what its Python starts with; it takes packages from the site and from Pyodide alone.

    One by one, the packages would wait for each other and for Python. So they are named in a list, and all come at once.
    """
    kernel = {
        "disablePyPIFallback": True,
        "pyodideUrl": f"{PYODIDE_CDN_URL}/{PYODIDE_MJS}",
        "loadPyodideOptions": {"lockFileURL": f"./{LOCK}", "packages": [*KERNEL, current().distribution]},
    }
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": current().title,
            "litePluginSettings": {PYODIDE_KERNEL_PLUGIN_ID: kernel},
        },
    }


def distribution() -> Path:
    """A folder with at least the core of the Pyodide that runs the notebooks."""
    folder = Path(os.environ.get(DISTRIBUTION) or CORE).expanduser().resolve()
    if not (folder / PYODIDE_MJS).is_file():
        ask = (
            f"`{DISTRIBUTION}` is the folder of an unpacked one"
            if os.environ.get(DISTRIBUTION)
            else "`make book` fetches it"
        )
        raise ExtensionError(f"{folder}: there is no {PYODIDE_MJS} of Pyodide; {ask}")
    return folder


def lock(app: Path) -> dict[str, Any]:
    """Pyodide's list of its packages, with those of the app in it."""
    theirs = json.loads((distribution() / PYODIDE_LOCK).read_text(encoding="utf-8"))
    base = "../static/pyodide" if os.environ.get(DISTRIBUTION) else PYODIDE_CDN_URL
    packages = {name: {**one, "file_name": f"{base}/{one['file_name']}"} for name, one in theirs["packages"].items()}
    ours = dict(entry(wheel, app) for wheel in sorted(app.rglob("pypi/*.whl")))
    for one in ours.values():
        one["depends"] = [name for name in one["depends"] if name in {**packages, **ours} and name not in IN_THE_APP]
    return {**theirs, "packages": packages | ours}


def entry(wheel: Path, app: Path) -> tuple[str, dict[str, Any]]:
    """A wheel of the app as Pyodide lists its packages."""
    name, version, *_ = parse_wheel_filename(wheel.name)
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(one for one in archive.namelist() if one.endswith(".dist-info/METADATA"))
        asked = Parser().parsestr(archive.read(metadata).decode()).get_all("Requires-Dist", [])
    return name, {
        "name": name,
        "version": str(version),
        "file_name": f"../{wheel.relative_to(app).as_posix()}",
        "install_dir": "site",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "package_type": "package",
        "imports": [name.replace("-", "_")],
        "depends": names_of(asked),
    }


def names_of(requirements: list[str]) -> list[str]:
    """The packages that requirements name for a browser."""
    wanted = [one for one in map(Requirement, requirements) if not one.marker or one.marker.evaluate(BROWSER)]
    return [canonicalize_name(one.name) for one in wanted]


def needed() -> tuple[list[Path], list[str]]:
    """What the notebooks start with: wheels of the site, and names of files of Pyodide."""
    theirs = json.loads((distribution() / PYODIDE_LOCK).read_text(encoding="utf-8"))["packages"]
    carried = [*WHEELS.glob("*.whl"), *(LAB / "@jupyterlite/pyodide-kernel-extension/static/pypi").glob("*.whl")]
    ours = {name: (wheel, one["depends"]) for wheel in carried for name, one in [entry(wheel, wheel.parent)]}
    own = {"explorables", current().distribution}
    wheels, files, waiting, seen = [], [], [*KERNEL, *own], set(IN_THE_APP)
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in seen:
            continue
        seen.add(name)
        if name in own:
            waiting += names_of(requires(name) or [])
        elif name in ours:
            wheels.append(ours[name][0])
            waiting += ours[name][1]
        else:
            files.append(theirs[name]["file_name"])
            waiting += theirs[name]["depends"]
    return wheels, files


def packed(file: Path) -> int:
    """Bytes of a file as a server sends it: scripts and the like are compressed on the way."""
    return file.stat().st_size if file.suffix in {".whl", ".zip"} else len(zlib.compress(file.read_bytes()))


def own() -> list[Path]:
    """The files that become wheels of the project."""
    inside = [path for name, path in sources().items() if name.startswith(("tool/", "book/", "data/"))]
    return [path for path in inside if "manual" not in path.parts] + [*(TOOL / "site/static").iterdir()]


@cache
def megabytes() -> int:
    """What the first visit fetches until Python is ready."""
    core = (PYODIDE_MJS, "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", PYODIDE_LOCK)
    wheels, theirs = needed()
    here = [*(distribution() / name for name in core), *own(), *wheels]
    total = SCRIPTS + len(zlib.compress(chart_script().encode())) + sum(map(packed, here)) + sum(map(weight, theirs))
    return round(total / 1e6)


def weight(file: str) -> int:
    """Bytes of a package of Pyodide.

    Raises
    ------
    ExtensionError
        If nobody has asked for them since Pyodide has had another version.
    """
    if (distribution() / file).is_file():
        return (distribution() / file).stat().st_size
    known = json.loads(SIZES.read_text(encoding="utf-8"))
    if file not in known:
        raise ExtensionError(
            f"{SIZES.name} does not have {file}: `python -m explorables.site.lite` asks how large it is"
        )
    return int(known[file])


def ask(address: str) -> dict[str, int]:
    """Bytes of the packages that the notebooks start with, as the server of a Pyodide says them."""
    found = {}
    for file in sorted(needed()[1]):
        with urlopen(Request(f"{address}/{file}", method="HEAD")) as answer:
            found[file] = int(answer.headers["Content-Length"])
    return found


def chart_script() -> str:
    """The script of Altair's widget with Vega in it. Where the app runs there is no vl-convert to make it.

    It takes the specification as text: see `explorables.explore.live`.
    """
    offline = alt.JupyterChart._is_offline
    alt.JupyterChart.enable_offline(True)
    script = alt.JupyterChart._esm
    alt.JupyterChart.enable_offline(offline)
    before, here, after = script.partition('model.get("spec")')
    if not here:
        raise ExtensionError("Altair's widget reads its specification in another way than this build knows")
    return f"{before}JSON.parse({here}.json){after}"


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
        # Its consoles load scripts from elsewhere, and nobody opens them here.
        shutil.copytree(
            distribution(), folder / "static/pyodide", ignore=shutil.ignore_patterns("*.html", "*.map", "*.d.ts")
        )
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
    app = folder / "app"
    (app / CHART_SCRIPT).write_text(chart_script(), encoding="utf-8")
    (app / LOCK).write_text(json.dumps(lock(app)), encoding="utf-8")
    return app


def add_launch_button(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Offer the app on a notebook's page. The words say what the press of the button will fetch, and from where."""
    if "ipynb_source" not in context:
        return
    menu = next(buttons for buttons in context["header_buttons"] if buttons.get("label") == "launch-buttons")
    host = _("this site") if os.environ.get(DISTRIBUTION) else urlsplit(PYODIDE_CDN_URL).hostname
    text = _("Run in this browser: fetches {size} MB the first time, most from {host}", size=megabytes(), host=host)
    address = f"{context['pathto'](FOLDER, 1)}/lab/index.html?path={pagename}.ipynb"
    menu["buttons"].append({"type": "link", "url": address, "text": text})


if __name__ == "__main__":
    SIZES.write_text(json.dumps(ask(PYODIDE_CDN_URL), indent=2) + "\n", encoding="utf-8")
