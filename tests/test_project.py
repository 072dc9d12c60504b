"""The project as a newcomer meets it: a bare machine, one command, a site that needs no other host."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from checkout import copy_checkout

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.txt", "requirements-book.txt", "requirements-test.txt", "requirements-node.txt")
# What says how to reach the package registries is the machine's, not something that a person installed.
KEPT = re.compile(r"LANG|LC_.*|TZ|TMPDIR|PIP_.*|npm_config_.*|.*_proxy|SSL_CERT_.*|NODE_EXTRA_CA_CERTS", re.IGNORECASE)
LOADS = {
    ("script", "src"),
    ("img", "src"),
    ("iframe", "src"),
    ("source", "src"),
    ("video", "src"),
    ("embed", "src"),
    ("object", "data"),
    ("img", "srcset"),
    ("source", "srcset"),
    ("use", "href"),
    ("image", "href"),
}


class Loads(HTMLParser):
    """Collects the addresses that a browser fetches by itself when it shows a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what this element loads."""
        values = dict(attrs)
        self.found += [value for name, value in attrs if (tag, name) in LOADS and value]
        if tag == "link" and not set((values.get("rel") or "").split()) <= {
            "canonical",
            "next",
            "prev",
            "search",
            "index",
        }:
            self.found.append(values.get("href") or "")
        self.found += re.findall(r"url\(['\"]?([^)'\"]+)", values.get("style") or "")


def outside(site: Path) -> list[tuple[str, str]]:
    """Page and address of everything that a page of the site would load from another host."""
    found = []
    for page in sorted(site.rglob("*.html")):
        loads = Loads()
        loads.feed(page.read_text(encoding="utf-8"))
        found += [(page.name, address) for address in loads.found if re.match(r"(https?:)?//", address)]
    for sheet in sorted(site.rglob("*.css")):
        addresses = re.findall(r"(?:url\(|@import )\s*['\"]?([^)'\"\s]+)", sheet.read_text(encoding="utf-8"))
        found += [(sheet.name, address) for address in addresses if re.match(r"(https?:)?//", address)]
    return found


def bare_path(folder: Path, without: set[str]) -> str:
    """A PATH with the machine's programs but those named."""
    folder.mkdir()
    for directory in os.environ["PATH"].split(os.pathsep):
        if Path(directory).is_dir() and not Path(directory).is_relative_to(ROOT):
            for program in Path(directory).iterdir():
                if program.name not in without and not (folder / program.name).is_symlink():
                    (folder / program.name).symlink_to(program)
    return str(folder)


class Newcomer:
    """A copy of the checkout on a machine with an empty home and without Node."""

    def __init__(self, folder: Path):
        self.checkout = copy_checkout(folder / "checkout")
        (folder / "home").mkdir()
        self.env = {name: value for name, value in os.environ.items() if KEPT.fullmatch(name)}
        self.env |= {"HOME": str(folder / "home"), "PATH": bare_path(folder / "bin", {"node", "npm", "npx", "nodejs"})}
        self.log = folder / "log.txt"

    def start(self, target: str = "book", *, offline: bool = False, **env: str) -> subprocess.Popen:
        """Start `make` for a target."""
        nowhere = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "PIP_RETRIES": "0"}
        with self.log.open("w") as log:
            return subprocess.Popen(
                ["make", target],
                cwd=self.checkout,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=self.env | env | (nowhere if offline else {}),
            )

    def interrupt(self, sign: Path) -> str:
        """Start `make book`, kill it, children included, as soon as `sign` is there; what it had printed."""
        run = self.start()
        deadline = time.monotonic() + 600
        while not sign.exists():
            assert run.poll() is None and time.monotonic() < deadline, self.log.read_text()[-4000:]
            time.sleep(0.05)
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        return self.log.read_text()

    def book(self, *, offline: bool = False) -> str:
        """Run `make book` to its end; what it printed."""
        assert self.start(offline=offline).wait(timeout=1500) == 0, self.log.read_text()[-6000:]
        return self.log.read_text()


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Newcomer:
    """Somebody who has just cloned the repository, in every test of this file."""
    return Newcomer(tmp_path_factory.mktemp("newcomer"))


@pytest.mark.nightly
def test_make_book_needs_nothing_but_python_and_survives_interruptions(newcomer):
    checkout = newcomer.checkout
    site = checkout / "_build/html"

    newcomer.interrupt(checkout / ".venv/bin/python")  # the environment is half made
    begun = newcomer.interrupt(checkout / "_build/building")  # the book is half built
    first = begun + newcomer.book()
    pages = {page.relative_to(site) for page in site.rglob("*.html")}
    assert Path("index.html") in pages
    assert len(pages) > len(list((checkout / "book").rglob("*.md")))  # the search page and the index besides
    assert outside(site) == []

    second = newcomer.book(offline=True)
    first, second = (re.sub(r"\x1b\[[\d;]*m", "", text) for text in (first, second))  # Sphinx colours what it says
    for work in ("Installing", "Bundling", "running notebooks... [", "reading sources... ["):
        assert work in first and work not in second, work
    assert "WARNING" not in first
    assert {page.relative_to(site) for page in site.rglob("*.html")} == pages
    assert [path for path in Path(newcomer.env["HOME"]).iterdir() if path.name[0] != "."] == [], (
        "make book left something visible in the home folder"
    )


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.mark.nightly
def test_make_serve_shows_what_was_written_since(newcomer):
    newcomer.book()
    port = free_port()
    page = newcomer.checkout / "book/changes.md"
    server = newcomer.start("serve", PORT=str(port))

    def shown() -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/changes.html", timeout=30) as answer:
                return answer.read().decode()
        except OSError:
            return ""  # it is building

    def wait_for(text: str) -> None:
        deadline = time.monotonic() + 600
        while text not in shown():
            assert server.poll() is None and time.monotonic() < deadline, newcomer.log.read_text()[-4000:]
            time.sleep(0.5)

    try:
        wait_for("</html>")
        assert "running notebooks... [" not in newcomer.log.read_text(), (
            "it runs notebooks whose results `make book` has left"
        )
        for sentence in ("This sentence is new.", "Its link is broken: {doc}`nowhere`.", "And this one repairs it."):
            page.write_text(f"{page.read_text().replace('{doc}`nowhere`', 'nowhere')}\n{sentence}\n")
            wait_for(sentence.split("{")[0].strip())
    finally:
        os.killpg(server.pid, signal.SIGINT)
    assert server.wait(timeout=60) in (0, 2, -signal.SIGINT)  # make's own code for a recipe that was interrupted is 2
    assert "nowhere" in newcomer.log.read_text(), "the broken link was not reported"


def test_no_page_loads_anything_from_another_host(site):
    assert outside(site) == []


def test_loads_from_another_host_would_be_found(tmp_path):
    (tmp_path / "a.html").write_text(
        '<link rel="stylesheet" href="//cdn.example/x.css"><script src="https://b.example/x.js">'
    )
    (tmp_path / "a.css").write_text("@import 'https://c.example/x.css'; p { background: url(https://d.example/x.png) }")
    assert len(outside(tmp_path)) == 4


def test_every_source_is_in_the_table_of_contents():
    def files(entry):
        yield entry.get("file") or entry.get("root")
        for part in ("parts", "chapters", "sections"):
            for child in entry.get(part, []):
                yield from files(child)

    listed = set(filter(None, files(yaml.safe_load((ROOT / "book/_toc.yml").read_text()))))
    written = {path.relative_to(ROOT / "book").with_suffix("").as_posix() for path in (ROOT / "book").rglob("*.md")}
    assert listed == written


def pins(lock: str) -> dict[str, str]:
    """Versions that a pinned list names, by package."""
    lines = (ROOT / lock).read_text().splitlines()
    return dict(
        re.match(r"([\w.-]+(?:\[[\w,-]+\])?)==([\w.!+-]+)", line).groups()
        for line in lines
        if line and line[0] not in " #-"
    )


def test_pinned_lists_agree_and_each_is_complete():
    notebooks, book, test, _ = map(pins, LOCKS)
    assert notebooks.items() <= book.items()
    assert book.items() <= test.items()
    for lock in LOCKS[:3]:
        assert "-e ." in (ROOT / lock).read_text().splitlines()


@pytest.mark.parametrize(
    "name", [*LOCKS, "src/explorables/site/js/package-lock.json", "bench/package-lock.json", "tests/package-lock.json"]
)
def test_pinned_lists_name_no_host(name):
    text = (ROOT / name).read_text()
    assert not re.search(r"resolved\"|index-url|find-links|@ (?:https?|file):", text)
