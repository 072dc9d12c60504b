"""A copy of Pyodide as the package registries have it: its core and its pure packages, without those in WebAssembly."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

from jupyterlite_pyodide_kernel.constants import PYODIDE_VERSION
from packaging.utils import canonicalize_name

# What the kernel loads before a notebook's first cell.
KERNEL = ("micropip", "ipython", "jedi", "typing-extensions")


def fetch(folder: Path) -> Path:
    """Unpack the npm package `pyodide` in a folder; where it is."""
    subprocess.run(
        ["npm", "pack", f"pyodide@{PYODIDE_VERSION}", "--silent"], cwd=folder, check=True, stdout=subprocess.DEVNULL
    )
    shutil.unpack_archive(next(folder.glob("pyodide-*.tgz")), folder)
    return folder / "package"


def lock(distribution: Path) -> dict:
    """What the distribution's own list says of its packages, by name."""
    return json.loads((distribution / "pyodide-lock.json").read_text())["packages"]


def closure(packages: dict, names: tuple[str, ...]) -> set[str]:
    """The named packages with all that they depend on."""
    found, waiting = set(), list(names)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name not in found:
            found.add(name)
            waiting += packages[name]["depends"]
    return found


def add_pure_packages(distribution: Path) -> None:
    """Put the pure packages that the kernel needs beside the core, from the Python Package Index.

    Pyodide builds some wheels itself, so the list's checksums become those of the Index. What is not there leaves the list.
    """
    listed = json.loads((distribution / "pyodide-lock.json").read_text())
    pure = [listed["packages"][name] for name in closure(listed["packages"], KERNEL)]
    pure = [package for package in pure if package["file_name"].endswith("-none-any.whl")]
    pins = [f"{package['name']}=={package['version']}" for package in pure]
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--platform",
            "any",
            "--python-version",
            "3.14",
            "--dest",
            distribution,
            *pins,
        ],
        check=True,
    )
    for package in pure:
        name = package["name"].replace("-", "_").lower()
        file = next(
            file
            for file in distribution.glob("*.whl")
            if file.name.lower().replace("-", "_").startswith(f"{name}_{package['version']}")
        )
        package |= {"file_name": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
    listed["packages"] = {canonicalize_name(package["name"]): package for package in pure}
    (distribution / "pyodide-lock.json").write_text(json.dumps(listed))
