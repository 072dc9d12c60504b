"""What the tests share: the built site, a server for it, and a browser that can reach nothing else."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import pytest
import yaml
from hypothesis import settings
from playwright.sync_api import Browser, Page, Request, sync_playwright
from vega import Runtime

from explorables.build.check import LEFT_OUT

# Where a failure stops others, drawn values are the same in every run; elsewhere each run draws new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("exploring", deadline=None)
settings.load_profile("repeatable" if os.environ.get("CI") else "exploring")

# On a machine without Node, `make test` installs it here.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HERE = "127.0.0.1"
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HERE}",
]


def pytest_configure(config: pytest.Config) -> None:
    """Name the marks by which `make check`, `make test` and `make test-nightly` choose."""
    config.addinivalue_line("markers", "site: needs the built site; every test with the fixture `site` has it")
    config.addinivalue_line("markers", "browser: needs Chromium; every test with the fixture `browser` has it")
    config.addinivalue_line("markers", "workshop: starts what takes long; every test with a fixture of WORKSHOP has it")
    config.addinivalue_line("markers", "nightly: takes minutes of its own and seldom tells more than the quicker tests")


# Tests that open a page of the book in a browser or run its notebook elsewhere take these in `make test`, and every page in
# `make test-nightly`: the front page and the ledger, the page with most charts, the one with most controls, the heaviest,
# and one of each other kind.
SAMPLE = (
    "intro",
    "claims",
    "data",
    "ecosystem/market",
    "controls-efficiency-adoption/controls",
    "energy-scale-long-game/scaling",
    "energy-scale-long-game/long-game",
)
PAGES = {path.relative_to(ROOT / "book").with_suffix("").as_posix() for path in (ROOT / "book").rglob("*.md")}


# What a test of `make check` may not start: the fixture that says so, and words of commands by which it is caught.
WORKSHOP = {
    "jail": ("bwrap",),
    "grader": ("nbgrader",),
    "kernel": ("ipykernel", "ipykernel_launcher"),
    "dask_cluster": ("dask",),
    "book_build": ("sphinx", "jupyter-book", "jupyter_book", "explorables.build.book"),
    "install": ("pip", "npm", "venv", "build", "repo2docker"),
    "notebook_run": (),
}
_running: list[pytest.Item] = []  # the test at work


def _look(event: str, given: tuple[Any, ...]) -> None:
    """Stop a test that starts something of the workshop without saying so."""
    if event != "subprocess.Popen" or not _running or not quick(_running[-1]):
        return
    command = given[1] if isinstance(given[1], list | tuple) else str(given[1]).split()
    words = {Path(os.fsdecode(word)).name for word in command[:4]}
    for fixture, names in WORKSHOP.items():
        assert not words & set(names), f"this starts {words & set(names)}: let the test ask for the fixture {fixture!r}"


def quick(item: pytest.Item) -> bool:
    """Whether `make check` runs a test."""
    return not any(item.get_closest_marker(name) for name in LEFT_OUT)


sys.addaudithook(_look)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[Any]:
    """Note which test is at work."""
    _running.append(item)
    try:
        return (yield)
    finally:
        _running.pop()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Mark the tests before -m chooses; then put the files that take longest first."""
    mark(items)
    yield
    items[:] = longest_first(items)


def mark(items: list[pytest.Item]) -> None:
    """Mark each test by what it needs, which its fixtures say, and what looks at a page outside the sample as nightly."""
    for item in items:
        for need in {"site", "browser"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(need)
        if set(WORKSHOP) & set(getattr(item, "fixturenames", ())):
            item.add_marker("workshop")
        if "CI" in os.environ and any(item.get_closest_marker(name) for name in ("site", "browser", "workshop")):
            # Real browsers on a machine that others use too: what fails is tried once more, and the summary says RERUN.
            item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=5))
        values = item.callspec.params.values() if hasattr(item, "callspec") else ()
        texts = {str(value).removeprefix(f"{ROOT / 'book'}/") for value in values if isinstance(value, str | Path)}
        named = {text.removesuffix(".md").removesuffix(".html") for text in texts}
        if "browser" in getattr(item, "fixturenames", ()) and (pages := named & PAGES) and not pages & set(SAMPLE):
            item.add_marker("nightly")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what tests measured and recorded as a property."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    for title, text in dict(one for report in reports for one in getattr(report, "user_properties", ())).items():
        terminalreporter.write_sep("=", title)
        terminalreporter.write_line(text)


# Seconds of a processor that a test takes, roughly, by what it needs.
TAKES = {"workshop": 4.0, "browser": 3.0, "site": 0.5}


def longest_first(items: list[pytest.Item]) -> list[pytest.Item]:
    """The tests file by file, so that no worker is left with a long file when the others have ended.

    One file that needs the site comes first, and those that do not need it next: they run while that one builds it.
    """
    seconds: dict[Path, float] = {}
    needs_site: set[Path] = set()
    for item in items:
        takes = [TAKES[name] for name in TAKES if item.get_closest_marker(name)]
        seconds[item.path] = seconds.get(item.path, 0.0) + max(takes, default=0.1)
        if "site" in getattr(item, "fixturenames", ()):
            needs_site.add(item.path)
    seconds = {
        path: round(total, 3) for path, total in seconds.items()
    }  # else the order of adding decides between equals
    builder = max(needs_site, key=lambda path: (seconds[path], path), default=None)
    return sorted(
        items, key=lambda item: (item.path != builder, item.path in needs_site, -seconds[item.path], item.path)
    )


class Server(http.server.ThreadingHTTPServer):
    """A server that does not complain about browsers that hang up."""

    def handle_error(self, *_: Any) -> None:
        """Report what went wrong, unless a browser closed its page."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*_)


class Files(http.server.SimpleHTTPRequestHandler):
    """A plain file server."""

    def log_message(self, *_: Any) -> None:
        """Keep the test's output free of requests."""


class Pages(Files):
    """Serves the site as GitHub Pages does: below the path of its address, with its own page for what is missing."""

    path_of_site = urlsplit(yaml.safe_load((ROOT / "_config.yml").read_text())["html"]["baseurl"]).path

    def translate_path(self, path: str) -> str:
        """The file of an address; nothing outside the site's path exists."""
        below = path.removeprefix(self.path_of_site)
        return super().translate_path(f"/{below}") if below != path else f"{self.directory}/outside the site"

    def send_error(self, code: int, *_: Any) -> None:
        """Answer with the site's page for what is missing."""
        body = (Path(self.directory) / "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextlib.contextmanager
def served(folder: Path, handler: type[Files] = Files, path: str = "/") -> Iterator[str]:
    """Address of a folder, ending in a slash, on a file server of this machine."""
    with Server((HERE, 0), functools.partial(handler, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{HERE}:{server.server_port}{path}"
        server.shutdown()


@pytest.fixture(autouse=True)
def pandas_as_it_starts() -> Iterator[None]:
    """Options that a notebook has set for itself, when a test ran it, do not reach the next test."""
    with pd.option_context("display.float_format", None, "display.max_colwidth", 50):
        yield


@pytest.fixture(scope="session")
def jail() -> None:
    """The jail in which students' code runs."""
    assert shutil.which("bwrap"), "no bubblewrap on PATH: `make test` installs it or says how"


@pytest.fixture(scope="session")
def grader() -> None:
    """Commands that make a course or grade it, some seconds each."""


@pytest.fixture(scope="session")
def kernel() -> None:
    """A notebook's kernel."""


@pytest.fixture(scope="session")
def dask_cluster() -> None:
    """A Dask cluster on this machine."""


@pytest.fixture(scope="session")
def book_build() -> None:
    """A build of a small book by Sphinx."""


@pytest.fixture(scope="session")
def install() -> None:
    """An installation, or a package made."""


@pytest.fixture(scope="session")
def notebook_run() -> None:
    """Pages of the book that run from top to bottom, many times."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder of the built site, brought up to date by `make book`; with SITE, a folder built before.

    Of several workers only the first builds: a second build would take files away under the first one's pages.
    """
    if "SITE" in os.environ:
        return Path(os.environ["SITE"])
    run = tmp_path_factory.getbasetemp() if worker_id == "master" else tmp_path_factory.getbasetemp().parent
    with open(run / "site.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (run / "site.built").exists():
            done = subprocess.run(
                ["make", "book"], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"make book failed:\n{done.stdout[-6000:]}\n{done.stderr[-4000:]}"
            (run / "site.built").touch()
    return ROOT / "_build/html"


@pytest.fixture(scope="session")
def served_site(site: Path) -> Iterator[str]:
    """Address of the site, ending in a slash, as plain files of a server on this machine."""
    with served(site, Pages, Pages.path_of_site) as address:
        yield address


def chromium() -> dict[str, Any]:
    """How Playwright starts this machine's Chromium."""
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    assert program, "no Chromium on PATH: `make test` installs it or says how; or set CHROMIUM"
    # Chromium's sandbox does not work for root, which is what containers run as.
    return {"executable_path": program, "args": [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS}


@contextlib.contextmanager
def keeping_nothing(browser: Browser, profile: Path, **options: Any) -> Iterator[Page]:
    """A page of a browser that keeps no data of any site."""
    (profile / "Default").mkdir()
    blocked = '{"profile": {"default_content_setting_values": {"cookies": 2}}}'
    (profile / "Default/Preferences").write_text(blocked)
    context = browser.browser_type.launch_persistent_context(profile, **chromium(), **options)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window, unable to find any other host."""
    with sync_playwright() as playwright:
        # Whatever draws charts here sees the pinned fonts alone; a reader's browser has those of the machine.
        env = {name: value for name, value in os.environ.items() if not name.startswith("FONTCONFIG_")}
        started = playwright.chromium.launch(**chromium(), env=env)
        yield started
        started.close()


@pytest.fixture(scope="module")
def runtime(browser: Browser) -> Iterator[Runtime]:
    """The page's own Vega, on a blank page."""
    page = browser.new_page()
    yield Runtime(page)
    page.close()


@dataclass
class Reader:
    """A page that a reader has open.

    Attributes
    ----------
    page : Page
        The page, for Playwright.
    outside : list of str
        Addresses on other hosts that the page asked for. Must be empty when the test ends.
    errors : list of str
        Script errors and error lines of the console. Must be empty when the test ends; a test that provokes
        errors looks at them and clears the list.
    """

    page: Page
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def wait_for(page: Page, expression: str, *, arg: Any = None, timeout: float = 30_000) -> Any:
    """Wait until an expression holds on a page: Playwright's own way is code made of text, which the pages forbid."""
    end = time.monotonic() + timeout / 1e3
    while not (value := page.evaluate(expression, arg)):
        assert time.monotonic() < end, f"still not true after {timeout / 1e3:g} s: {expression}"
        page.wait_for_timeout(25)
    return value


@contextlib.contextmanager
def opening(browser: Browser, served_site: str) -> Iterator[Callable[..., Reader]]:
    """What the fixture `open_page` gives, for a fixture of a module whose tests look at the same page."""
    readers: list[Reader] = []

    def open_(
        path: str, *, width: int = 1280, height: int = 900, scheme: str = "light", folded: bool = False, **options: Any
    ) -> Reader:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, **options)
        reader = Reader(context.new_page())
        reader.page.wait_for_function = functools.partial(wait_for, reader.page)  # type: ignore[method-assign]
        readers.append(reader)

        def note(request: Request) -> None:  # it finds no other host: FLAGS
            if urlsplit(request.url).hostname not in {HERE, None}:
                reader.outside.append(request.url)

        context.on("request", note)
        reader.page.on("pageerror", lambda error: reader.errors.append(str(error)))
        reader.page.on("console", lambda line: reader.errors.append(line.text) if line.type == "error" else None)
        reader.page.goto(served_site + path)
        if not folded:
            reader.page.evaluate("document.querySelectorAll('details.xp-fold').forEach(fold => { fold.open = true; })")
        return reader

    yield open_
    for reader in readers:
        reader.page.context.close()
    assert [reader.outside for reader in readers if reader.outside] == []
    assert [reader.errors for reader in readers if reader.errors] == []


@pytest.fixture
def open_page(browser: Browser, served_site: str) -> Iterator[Callable[..., Reader]]:
    """Open a page of the site: ``open_page("intro.html", width=390, scheme="dark")`` gives a `Reader`.

    What a page folds is open, unless `folded`. Further keywords go to Playwright's ``new_context`` (``java_script_enabled``, ``has_touch`` and so on).
    """
    with opening(browser, served_site) as open_:
        yield open_
