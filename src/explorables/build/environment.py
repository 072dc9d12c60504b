"""Set up what the Makefile's targets need: packages, Node, the page script, a browser. Standard library only.

Each step is skipped when what it depends on has not changed since it last finished, so that a second run is
quick and needs no network. The record of a step is written last and in one move: an interrupted step runs again.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ROOT = Path.cwd()  # of the book
TOOL = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if sys.platform == "win32" else "bin")
PYTHON = BIN / ("python.exe" if sys.platform == "win32" else "python")
PAGE_SCRIPT = TOOL / "site/js"
BUNDLES = TOOL / "site/static"
BENCH = ROOT / "bench"
TESTS = ROOT / "tests"
NODE_OLDEST = 18
LOCKS: tuple[tuple[str, str, list[str]], ...] = (
    ("requirements-test.txt", "pyproject.toml", ["lab", "book", "refresh", "cluster", "course", "test"]),
    ("requirements-book.txt", "pyproject.toml", ["lab", "book", "refresh"]),
    ("requirements.txt", "pyproject.toml", ["lab"]),
    ("requirements-node.txt", ".node.in", []),
)
IN_BROWSER = {"anywidget", "comm", "ipywidgets", "jupyterlab-widgets", "psygnal"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def say(message: str) -> None:
    """Print one line at once, also into a pipe."""
    print(f"[explorables] {message}", flush=True)


def fail(message: str) -> None:
    """Stop with a message that says what to do."""
    sys.exit(f"[explorables] {message}")


def run(*command: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run a command without standard input; stop here, with its exit code, when it fails."""
    done = subprocess.run(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        say(f"failed ({done.returncode}): {' '.join(map(str, command))}")
        sys.exit(done.returncode)


def fingerprint(files: Iterable[Path], *more: str) -> str:
    """Hash of names and contents of `files` and of further text."""
    digest = hashlib.sha256("\0".join(more).encode())
    for file in sorted(files):
        digest.update(f"\0{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def recorded(name: str) -> str | None:
    """What the step `name` last finished for."""
    record = VENV / "steps" / name
    return record.read_text(encoding="utf-8") if record.is_file() else None


def step(name: str, mark: str, title: str, action: Callable[[], None], missing: bool = False) -> None:
    """Run `action` unless the step `name` already finished for the same `mark`."""
    if not missing and recorded(name) == mark:
        return
    record = VENV / "steps" / name
    record.unlink(missing_ok=True)
    say(title)
    start = time.monotonic()
    action()
    record.parent.mkdir(parents=True, exist_ok=True)
    fresh = record.with_suffix(".new")
    fresh.write_text(mark, encoding="utf-8")
    fresh.replace(record)
    say(f"... done in {time.monotonic() - start:.0f} s")


@contextlib.contextmanager
def alone(work: str) -> Iterator[None]:
    """Keep a second run of the same work in this checkout waiting until this one has finished."""
    with open(ROOT / f".{work}.lock", "w", encoding="utf-8") as lock:
        if not taken(lock.fileno()):
            say(f"another run is at the {work} of this checkout; waiting for it")
            while not taken(lock.fileno()):
                time.sleep(0.2)
        yield


def taken(lock: int) -> bool:
    """Whether the lock on an open file is now this process's; the system frees it when the file is closed."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def apt_install(*packages: str) -> bool:
    """Install Debian packages when that is possible without asking anybody; say whether it was."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get", "update", "-qq", env=env)
    run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages, env=env)
    return True


def make_venv() -> None:
    """Create .venv anew from the Python that runs this script."""
    shutil.rmtree(VENV, ignore_errors=True)
    if subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True, check=False).returncode:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        if not apt_install(f"{version}-venv"):
            fail(f"this Python cannot make virtual environments. On Debian or Ubuntu: apt install {version}-venv")
    run(sys.executable, "-m", "venv", VENV)


def pip(*arguments: str | Path) -> None:
    """Run the environment's pip quietly."""
    run(PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet", *arguments)


def virtual_environment() -> None:
    """Have a .venv that belongs to this place and this Python."""
    # A virtual environment holds absolute paths, so a moved checkout needs a new one.
    here = fingerprint([], str(ROOT), sys.version)
    step("venv", here, "Making a virtual environment in .venv", make_venv, not PYTHON.exists())


def packages(lock: str, minutes: str) -> None:
    """Bring .venv to the state that the pinned list `lock` describes."""
    virtual_environment()
    marks = {name: fingerprint([ROOT / name, ROOT / "pyproject.toml", TOOL / "pyproject.toml"]) for name, _, _ in LOCKS}
    # The tests' list holds all of the book's, so an environment for the tests also builds the book.
    if lock == "requirements-book.txt" and recorded("requirements-test.txt") == marks["requirements-test.txt"]:
        return
    title = f"Installing the pinned packages of {lock} (about {minutes} minutes the first time)"
    step(lock, marks[lock], title, lambda: pip("-r", ROOT / lock))


def npm() -> list[str | Path]:
    """The command for npm: the machine's own where its Node is recent enough, else one installed into .venv."""
    node = shutil.which("node")
    if node and shutil.which("npm"):
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
        if version.startswith("v") and int(version[1:].split(".")[0]) >= NODE_OLDEST:
            return ["npm.cmd" if sys.platform == "win32" else "npm"]
    lock = ROOT / "requirements-node.txt"
    step("node", fingerprint([lock]), "Installing Node (about half a minute)", lambda: pip("-r", lock))
    return [BIN / "npm"]


def run_npm(folder: Path, *command: str) -> None:
    """Run npm quietly in a folder, also where Node was installed into .venv."""
    env = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "NO_UPDATE_NOTIFIER": "1"}
    run(*npm(), *command, "--silent", cwd=folder, env=env)


def node_packages(name: str, folder: Path, title: str) -> list[Path]:
    """Install the packages that a folder's lock file names; return the files that pin them."""
    pinned = [folder / "package.json", folder / "package-lock.json", folder / ".npmrc"]
    step(
        name,
        fingerprint(pinned),
        title,
        lambda: run_npm(folder, "ci", "--ignore-scripts", "--no-audit", "--no-fund"),
        not (folder / "node_modules").is_dir(),
    )
    return pinned


def page_script() -> None:
    """Bundle the page script with the packages that its lock file names."""
    sources = [path for path in PAGE_SCRIPT.iterdir() if path.suffix in {".js", ".cjs", ".mjs"}]
    pinned = node_packages("npm", PAGE_SCRIPT, "Installing the page script's packages (about 10 seconds)")
    step(
        "bundle",
        fingerprint([*sources, *pinned]),
        "Bundling the page script",
        lambda: run_npm(PAGE_SCRIPT, "run", "build"),
        not BUNDLES.is_dir(),
    )


def browser_wheels() -> None:
    """Fetch the packages of pure Python that notebooks in a browser need and Pyodide lacks, as the book's list pins them."""
    lock = (ROOT / "requirements-book.txt").read_text(encoding="utf-8").splitlines()
    pins = [line.split(" ")[0] for line in lock if line.split("==")[0] in IN_BROWSER]
    target = VENV / "lite"

    def fetch() -> None:
        shutil.rmtree(target, ignore_errors=True)
        run(
            PYTHON,
            "-m",
            "pip",
            "--disable-pip-version-check",
            "--no-input",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--platform",
            "any",
            "--python-version",
            "3.14",
            "--dest",
            target,
            *pins,
        )

    title = "Fetching the packages for notebooks in the browser (a few seconds)"
    step("lite", fingerprint([], *pins), title, fetch, not target.is_dir())


def browser_python() -> None:
    """Fetch the core of the Python that runs notebooks in a browser: its list of packages, and what it weighs."""
    asked = "from jupyterlite_pyodide_kernel.constants import PYODIDE_VERSION as v; print(v)"
    version = subprocess.run([PYTHON, "-c", asked], capture_output=True, text=True, check=True).stdout.strip()
    target = VENV / "pyodide"

    def fetch() -> None:
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        run_npm(target, "pack", f"pyodide@{version}")
        (archive,) = target.glob("*.tgz")
        shutil.unpack_archive(archive, target)
        archive.unlink()
        for file in (target / "package").iterdir():
            file.rename(target / file.name)
        (target / "package").rmdir()

    title = "Fetching the Python for notebooks in the browser (a few seconds)"
    step("pyodide", version, title, fetch, not (target / "pyodide-lock.json").is_file())


def browser() -> None:
    """Make sure that there is a Chromium for the tests."""
    if os.environ.get("CHROMIUM") or any(map(shutil.which, BROWSERS)):
        return
    say("Installing Chromium (about a minute)")
    if not apt_install("chromium"):
        fail(
            "this needs Chromium or Chrome. On Debian or Ubuntu: apt install chromium; "
            "or set CHROMIUM to the path of one you have."
        )


def jail() -> None:
    """Make sure that there is a bubblewrap, in which students' code runs."""
    if sys.platform == "linux" and not shutil.which("bwrap"):
        say("Installing bubblewrap (a few seconds)")
        if not apt_install("bubblewrap"):
            fail("grading needs bubblewrap. On Debian or Ubuntu: apt install bubblewrap")


def other_browsers() -> None:
    """Have a Firefox and a WebKit where that needs nobody's leave; their tests are left out elsewhere."""
    system = Path("/etc/os-release")
    if not system.is_file() or "\nID=debian\n" not in system.read_text(encoding="utf-8"):
        return
    if not (os.environ.get("FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")):
        apt_install("firefox-esr")
    if not (shutil.which("WebKitWebDriver") and shutil.which("Xvfb")):
        apt_install("webkit2gtk-driver", "xvfb")


def lock_files() -> None:
    """Write the pinned lists anew from the ranges in pyproject.toml.

    Every list is complete by itself. The longest is resolved first and holds the shorter ones to the same versions.
    """
    pip("uv")
    (ROOT / ".node.in").write_text("\n".join(extra("node")) + "\n", encoding="utf-8")
    above: list[str] = []
    for name, source, extras in LOCKS:
        say(f"Resolving {name}")
        (ROOT / name).unlink(missing_ok=True)
        options = [word for extra in extras for word in ("--extra", extra)]
        run(
            BIN / "uv",
            "pip",
            "compile",
            "--universal",
            "--python-version",
            "3.11",
            "--fork-strategy",
            "fewest",
            "--no-emit-index-url",
            "--no-header",
            "--quiet",
            *options,
            *above,
            source,
            "--output-file",
            name,
        )
        above = ["--constraint", name]
    for name, _, extras in LOCKS:
        # The project itself belongs to each list but Node's, which is installed before anything else.
        project = "-e ./src/explorables\n-e .\n" if extras else ""
        pins = (ROOT / name).read_text(encoding="utf-8")
        (ROOT / name).write_text(
            f"# Pinned by `make lock` from the ranges in pyproject.toml.\n{project}{pins}", encoding="utf-8"
        )
    (ROOT / ".node.in").unlink()


def extra(name: str) -> list[str]:
    """The requirements of one of the project's extras."""
    import tomllib

    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"][
        name
    ]


def main() -> None:
    """Set up for one of the Makefile's purposes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("purpose", choices=["book", "course", "data", "check", "pdf", "test", "bench", "lock"])
    purpose = parser.parse_args().purpose
    if not (3, 11) <= sys.version_info < (3, 14):
        fail(f"Python 3.11, 3.12 or 3.13 is needed; {sys.executable} is {sys.version.split()[0]}")
    with alone("setup"):
        if purpose == "lock":
            virtual_environment()
            lock_files()
            return
        packages(f"requirements-{'book' if purpose in ('book', 'pdf', 'data') else 'test'}.txt", "two")
        if purpose == "course" and sys.platform == "linux":
            jail()
        if purpose in ("course", "data"):
            return
        page_script()
        if purpose == "check":
            return
        browser_wheels()
        browser_python()
        if purpose != "book":
            browser()
            jail()
            other_browsers()
            node_packages("tests", TESTS, "Installing what the tests need from npm (about 5 seconds)")
        if purpose == "bench":
            node_packages("bench", BENCH, "Installing what a stock page loads from a network (about 10 seconds)")


if __name__ == "__main__":
    main()
