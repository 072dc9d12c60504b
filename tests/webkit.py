"""WebKit, the engine of every browser on an iPhone: its own build for GTK, driven by the W3C's WebDriver protocol."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

HERE = "127.0.0.1"
BROWSERS = ("webkit2gtk-4.1", "webkit2gtk-4.0", "webkitgtk-6.0")  # folders of Debian's libraries that hold MiniBrowser
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # by which the protocol marks an element
KEYS = {"Home": "\ue011", "End": "\ue010", "ArrowRight": "\ue014", "Enter": "\ue007", "Escape": "\ue00c"}


def programs() -> tuple[str, str, str] | None:
    """The driver, the browser and the screen to draw on, or None where one is missing."""
    browsers = (path for name in BROWSERS for path in Path("/usr/lib").glob(f"*/{name}/MiniBrowser"))
    found = shutil.which("WebKitWebDriver"), next(map(str, browsers), None), shutil.which("Xvfb")
    return found if all(found) else None  # type: ignore[return-value]


class WebKit:
    """One window of the browser."""

    def __init__(self, port: int, program: str, options: list[str]):
        self.address = f"http://{HERE}:{port}/session"
        browser = {"binary": program, "args": ["--automation", *options]}
        wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": browser}}}
        self.address += f"/{self.ask('POST', '', wanted, seconds=45)['sessionId']}"

    def ask(self, method: str, path: str, body: Any = None, seconds: float = 120) -> Any:
        """A command of the protocol; its value."""
        request = urllib.request.Request(
            self.address + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:
                return json.load(answer)["value"]
        except HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.read().decode()[:600]}") from None

    def open(self, address: str) -> None:
        """Go to an address; waits until the page has loaded."""
        self.ask("POST", "/url", {"url": address})

    def run(self, function: str, *arguments: Any) -> Any:
        """What a function of JavaScript gives on the page, also one that is asynchronous."""
        script = f"const done = arguments[arguments.length - 1]; Promise.resolve(({function})(...[...arguments].slice(0, -1))).then(done, e => done({{ failed: String(e), stack: String(e.stack) }}))"
        value = self.ask("POST", "/execute/async", {"script": script, "args": list(arguments)})
        assert not (isinstance(value, dict) and "failed" in value), value
        return value

    def wait(self, expression: str, seconds: float = 20) -> Any:
        """Wait until an expression holds on the page."""
        end = time.monotonic() + seconds
        while not (value := self.run(f"() => {expression}")):
            assert time.monotonic() < end, f"still not true after {seconds:g} s: {expression}"
            time.sleep(0.03)
        return value

    def element(self, selector: str) -> str:
        """The protocol's name for the first element that a selector finds."""
        return self.ask("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector: str) -> None:
        """Click where an element is."""
        self.ask("POST", f"/element/{self.element(selector)}/click", {})

    def type(self, selector: str, text: str) -> None:
        """Type into an element, or press a key there."""
        self.ask("POST", f"/element/{self.element(selector)}/value", {"text": KEYS.get(text, text)})

    def close(self) -> None:
        """End the window."""
        self.ask("DELETE", "")


@contextlib.contextmanager
def driver(folder: Path) -> Iterator[Any]:
    """A driver; calling it with options of the browser opens a window."""
    program, browser, screen = programs() or ("", "", "")
    with contextlib.ExitStack() as stack:
        xvfb = subprocess.Popen(
            [screen, "-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(lambda: (xvfb.terminate(), xvfb.wait(20)))
        (folder / "home").mkdir()
        env = os.environ | {
            "DISPLAY": f":{xvfb.stdout.readline().decode().strip()}",  # type: ignore[union-attr]
            "HOME": str(folder / "home"),
            "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",  # its sandbox needs namespaces, which containers lack
        }
        windows: list[WebKit] = []

        def serve() -> tuple[subprocess.Popen[bytes], int]:
            port = _free()
            command = [program, f"--host={HERE}", f"--port={port}"]
            quiet = subprocess.DEVNULL
            started = subprocess.Popen(command, env=env, stdout=quiet, stderr=quiet, start_new_session=True)
            stack.callback(end, started)
            _answers(port)
            return started, port

        def end(started: subprocess.Popen[bytes]) -> None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGKILL)  # with its browser
            started.wait(20)

        server, port = serve()

        def window(*options: str) -> WebKit:
            nonlocal server, port
            while windows:  # the driver has one at a time
                windows.pop().close()
            try:
                windows.append(WebKit(port, browser, list(options)))
            except TimeoutError:  # now and then a browser starts and does not report to its driver
                end(server)
                server, port = serve()
                windows.append(WebKit(port, browser, list(options)))
            return windows[0]

        try:
            yield window
        finally:
            for one in windows:
                one.close()


def _free() -> int:
    """A port that nothing listens on."""
    import socket

    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return probe.getsockname()[1]


def _answers(port: int) -> None:
    """Wait until the driver does."""
    end = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(f"http://{HERE}:{port}/status", timeout=5):
                return
        except (URLError, ConnectionError):
            assert time.monotonic() < end, "the driver does not start"
            time.sleep(0.05)
