"""What `make book`, `serve`, `lab`, `check` and `test` do, for the Makefile and for machines without make. Standard library only.

``python src/explorables/build/targets.py book`` works in a fresh checkout; once that is set up, ``explorables book`` does the same.
"""

from __future__ import annotations

import codecs
import locale
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SETUP = Path(__file__).resolve().with_name("environment.py")


@dataclass(frozen=True)
class Target:
    """What is set up, and which module then runs.

    Attributes
    ----------
    says : str
        What it does, in a line.
    purpose : str
        What the environment is set up for.
    module : str
        What Python runs in that environment.
    arguments : tuple of str
        Its arguments, before those that the user adds.
    settings : mapping
        Variables of its environment that name a place in the checkout.
    """

    says: str
    purpose: str
    module: str
    arguments: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)


TARGETS = {
    "book": Target("build the site in _build/html", "book", "explorables.build.book", ("build",)),
    "serve": Target("show the site and rebuild it as you write", "book", "explorables.build.book", ("serve",)),
    "lab": Target(
        "open the notebooks in JupyterLab",
        "book",
        "explorables.notebooks",
        ("lab",),
        {"JUPYTER_CONFIG_PATH": ".jupyter"},
    ),
    "notebook": Target("write a new page, as chapter/name", "book", "explorables.build.notebook"),
    "check": Target("all that needs neither site nor browser", "check", "explorables.build.check"),
    "test": Target(
        "run the tests",
        "test",
        "pytest",
        ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "-m", "not nightly"),
    ),
}


def surroundings(target: Target, root: Path) -> dict[str, str]:
    """The variables with which a target runs, in a folder of any name and whatever the locale."""
    # Windows writes files and pipes in an alphabet of its own, which lacks most signs, unless Python is told otherwise.
    env = os.environ | {"PYTHONUTF8": "1"} | {key: str(root / place) for key, place in target.settings.items()}
    # Up to 3.12, Python reads the paths of a checkout's packages in the alphabet of the locale, whatever that variable says.
    if os.name == "nt":
        env["PYTHONPATH"] = str(root / "src")
    elif codecs.lookup(locale.getencoding()).name == "ascii":
        env["LC_ALL"] = "C.UTF-8"
    return env


def run(name: str, more: Sequence[str] = (), root: Path | None = None) -> int:
    """Set up and run a target in a checkout (by default the current folder); its exit code.

    Raises
    ------
    FileNotFoundError
        If the folder is no checkout of a book.
    """
    root = root or Path.cwd()
    if not (root / "_config.yml").is_file():
        raise FileNotFoundError(f"{root} has no _config.yml: run this in the folder of the book")
    target = TARGETS[name]
    env = surroundings(target, root)
    done = subprocess.run([sys.executable, SETUP, target.purpose], cwd=root, env=env, check=False)
    if done.returncode:
        return done.returncode
    python = root / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    return subprocess.run(
        [python, "-m", target.module, *target.arguments, *more], cwd=root, env=env, check=False
    ).returncode


def main() -> int:
    """Run the target that the command line names."""
    sys.stderr.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        print(*(f"{name}: {target.says}" for name, target in TARGETS.items()), sep="\n", file=sys.stderr)
        return 2
    try:
        return run(sys.argv[1], sys.argv[2:])
    except FileNotFoundError as problem:
        print(f"[explorables] {problem}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
