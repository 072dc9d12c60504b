"""Weigh and time five pages with the same curve, in one run: this project's, without and with an explorer; a stock
Jupyter Book page with an Altair chart, as SVG and on a canvas; and one written by hand, which is the limit. Prints
ratios and budgets.

The stock page's scripts come from npm packages at a second port of this machine, so that the throttle applies to them.
"""

from __future__ import annotations

import gzip
import http.server
import json
import mimetypes
import os
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "bench"
SITE = ROOT / "_build/html"
BUILD = ROOT / "_build/bench"
RESULT = ROOT / "_build/bench.json"
HERE = "127.0.0.1"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOADS = 3  # cold loads behind each median
MOVES = 60  # of a slider's handle
# Chromium's own preset for a slow phone connection, and a processor at a quarter of this one's speed.
SLOW_4G = {"offline": False, "latency": 562.5, "downloadThroughput": 180_000, "uploadThroughput": 84_375}
SLOW_CPU = 4
PLAIN, OURS, STOCK, CANVAS, HAND = (
    "ours, no widget",
    "ours, explorer",
    "stock Jupyter Book",
    "stock, on a canvas",
    "written by hand",
)
PAGES = {
    PLAIN: "ours/plain.html",
    OURS: "ours/explorer.html",
    STOCK: "stock/stock.html",
    CANVAS: "stock/canvas.html",
    HAND: "hand.html",
}
# Each page's slider; where the curve is drawn, which is the longest path there; and the number that follows the slider.
SLIDER = {OURS: "#adoption-speed", STOCK: "input[name=speed]", CANVAS: "input[name=speed]", HAND: "#speed"}
CURVE = {OURS: ".xp-chart svg path[d]", STOCK: ".vega-embed svg path[d]", CANVAS: "canvas", HAND: "svg path[d]"}
NUMBER = {OURS: "[data-readout=later]", HAND: "#later"}

# Lighthouse's own phone and network, on pages of the whole book; the least that each score may be.
AUDITED = ["intro.html", "energy-scale-long-game/scaling.html", "claims.html"]
SCORES = {"performance": 90, "accessibility": 100, "best-practices": 100, "seo": 100}

PROBE = """([curve, slider, number]) => {
  let strokes = 0; // on a canvas, whose curve cannot be read
  const { stroke } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.stroke = function (...path) { strokes++; return stroke.apply(this, path); };
  const seen = e => e.checkVisibility() && e.getBoundingClientRect().width > 100;
  window.drawn = () => curve === 'canvas' ? strokes && String(strokes) : [...document.querySelectorAll(curve)].filter(seen)
    .map(e => e.getAttribute('d')).reduce((a, b) => b.length > a.length ? b : a, '');
  const said = () => document.querySelector(number)?.textContent;
  const afterPaint = then => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => then(performance.now());
    channel.port2.postMessage(null);
  });
  const look = now => {
    if (window.drawn()) window.visible ??= now;
    if (!window.visible || !window.answers) afterPaint(look);
  };
  afterPaint(look);
  // It answers once a move of the slider changes the curve, and says so once it changes the number.
  let other = false;
  const move = () => {
    const input = document.querySelector(slider);
    other = !other;
    input.value = Number(input.value) + (other ? 1 : -1) * 20 * Number(input.step || 1);
    input.dispatchEvent(new Event('input', { bubbles: true }));
  };
  const ask = () => {
    if (!document.querySelector(slider) || !window.visible) return setTimeout(ask, 20);
    const before = window.drawn(), word = said();
    move();
    afterPaint(now => {
      if (said() !== word) window.says ??= now;
      afterPaint(now => window.drawn() !== before ? window.answers = now : setTimeout(ask, 20));
    });
  };
  ask();
  // From the browser's input event to the frame with the new curve on the screen; and what scripts take to change the number.
  window.repaints = [];
  window.numbers = [];
  window.watch = () => {
    let start, before;
    document.addEventListener('input', () => {
      start = performance.now();
      before = window.drawn();
      const from = start, was = before;
      const check = frames => afterPaint(now =>
        window.drawn() !== was ? window.repaints.push(now - from) : frames && check(frames - 1));
      check(20);
    }, true);
    if (number) new MutationObserver(() => { window.numbers.push(performance.now() - start); })
      .observe(document.querySelector(number), { childList: true, characterData: true, subtree: true });
  };
}"""


def say(message: str) -> None:
    """Print one line at once, also into a pipe."""
    print(f"[explorables] {message}", flush=True)


@cache
def zipped(file: Path) -> bytes:
    """A file as a server with gzip sends it; what is compressed already goes as it is."""
    content = file.read_bytes()
    return content if file.suffix in {".woff2", ".png"} else gzip.compress(content, 9)


class Zipping(http.server.SimpleHTTPRequestHandler):
    """A file server that compresses, keeps connections open and lets other ports use its scripts."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer with the file, compressed."""
        file = Path(self.translate_path(self.path))
        if not file.is_file():
            self.send_error(404)
            return
        body = zipped(file)
        self.send_response(200)
        self.send_header("Content-Type", mimetypes.guess_type(file.name)[0] or "application/octet-stream")
        if file.suffix not in {".woff2", ".png"}:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Keep the table free of requests."""


def serve(folder: Path) -> http.server.ThreadingHTTPServer:
    """Serve a folder on a free port of this machine."""
    server = http.server.ThreadingHTTPServer((HERE, 0), partial(Zipping, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def build(name: str, config: Path | None = None) -> None:
    """Build one of the two small books, with the project's configuration or with its own."""
    folder = BUILD / f"{name}-source"
    book = folder / "book"
    shutil.copytree(BENCH / name, book)
    for shared in ("plain.md", "curve.py"):
        shutil.copy(BENCH / "ours" / shared, book / shared)
    options = []
    if config:
        shutil.copytree(ROOT / "book/assets", book / "assets")
        shutil.copytree(ROOT / "data", folder / "data")
        shutil.copy(config, folder / config.name)
        options = ["--config", config.name]
    command = [
        Path(sys.executable).parent / "jupyter-book",
        "build",
        "book",
        *options,
        "--path-output",
        ".",
        "-q",
        "-W",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"[explorables] the {name} book does not build:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    (folder / "_build/html").rename(BUILD / name)


def deliver(packages: Path, page: Path, port: int) -> None:
    """Give the stock page its scripts from this machine: what the network's address stands for, at another port."""
    for package in ("vega", "vega-lite", "vega-embed"):
        source = BENCH / "node_modules" / package
        main = json.loads((source / "package.json").read_text())["jsdelivr"]
        packages.mkdir(exist_ok=True)
        shutil.copy(source / main, packages / f"{package}.js")
    address = re.compile(r"https://cdn\.jsdelivr\.net/npm/(vega[a-z-]*)(?:@[\d.]+)?\?noext")
    text, count = address.subn(rf"http://{HERE}:{port}/\1.js", page.read_text(encoding="utf-8"))
    if not count:
        sys.exit("[explorables] the stock page names no script on a content delivery network any more")
    page.write_text(text, encoding="utf-8")
    drawn, count = re.subn(r'("mode": "vega-lite")', r'\1, "renderer": "canvas"', text)
    if not count:
        sys.exit("[explorables] the stock page does not say any more how its chart is embedded")
    page.with_name(Path(PAGES[CANVAS]).name).write_text(drawn, encoding="utf-8")


class Visit:
    """One cold load of a page, with everything that it transfers counted."""

    def __init__(self, browser: Browser, name: str, origin: str, slow: bool):
        self.name, self.bytes, self.outside = name, 0, []
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.page: Page = self.context.new_page()
        self.session: CDPSession = self.context.new_cdp_session(self.page)
        self.session.send("Network.enable")
        self.session.on("Network.loadingFinished", self._count)
        self.context.route(lambda url: urlsplit(url).hostname != HERE, self._refuse)
        if slow:
            self.session.send("Network.emulateNetworkConditions", SLOW_4G)
            self.session.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_CPU})
        if name in CURVE:
            arguments = json.dumps([CURVE[name], SLIDER[name], NUMBER.get(name)])
            self.page.add_init_script(f"({PROBE})({arguments})")
        self.page.goto(f"{origin}/{PAGES[name]}", timeout=180_000)

    def _count(self, event: dict[str, Any]) -> None:
        self.bytes += int(event["encodedDataLength"])

    def _refuse(self, route: Any) -> None:
        self.outside.append(route.request.url)
        route.abort()

    def times(self) -> dict[str, float]:
        """Seconds from the request to the chart on the screen, until the number answers and until the chart does."""
        if self.name not in CURVE:
            self.page.wait_for_load_state("networkidle")
            return {}
        # Not wait_for_function, which makes code of text: the pages' policy forbids that.
        end = time.monotonic() + 180
        while not self.page.evaluate("window.visible && window.answers") and time.monotonic() < end:
            self.page.wait_for_timeout(100)
        return self.page.evaluate(
            "Object.fromEntries(['visible', 'says', 'answers'].filter(key => window[key]).map(key => [key, window[key] / 1e3]))"
        )

    def repaint(self) -> dict[str, float]:
        """Milliseconds from a move of the handle to the new curve and to the new number: medians of one drag to and fro."""
        handle = self.page.locator(SLIDER[self.name])
        handle.scroll_into_view_if_needed()
        box = handle.bounding_box()
        assert box, "the slider is not on the screen"
        y = box["y"] + box["height"] / 2
        self.page.mouse.move(box["x"] + box["width"] / 2, y)
        self.page.mouse.down()
        self.page.evaluate("window.watch()")
        for move in range(MOVES):
            part = 0.2 + 0.6 * abs((2 * move / MOVES) % 2 - 1)
            self.page.mouse.move(box["x"] + box["width"] * part, y)
            self.page.wait_for_timeout(30)
        self.page.mouse.up()
        found = {"repaint": self.page.evaluate("window.repaints"), "number": self.page.evaluate("window.numbers")}
        return {key: statistics.median(times) for key, times in found.items() if times}

    def close(self) -> None:
        """Forget everything, the cache too."""
        self.context.close()


def measure(browser: Browser, name: str, origin: str) -> dict[str, float]:
    """Medians of a page: kB, seconds and milliseconds, on a fast and on a slow machine."""
    found: dict[str, list[float]] = {}
    for slow in (False, True):
        suffix = "slow" if slow else "fast"
        for _ in range(LOADS):
            visit = Visit(browser, name, origin, slow)
            for key, value in visit.times().items():
                found.setdefault(f"{key}_{suffix}", []).append(value)
            visit.page.wait_for_load_state("networkidle")
            found.setdefault("kB", []).append(visit.bytes / 1e3)
            if name in SLIDER:
                visit.session.send("Network.disable")
                for key, value in visit.repaint().items():
                    found.setdefault(f"{key}_{suffix}", []).append(value)
            visit.close()
    return {key: statistics.median(values) for key, values in found.items()}


def lighthouse(program: str, address: str) -> dict[str, float]:
    """Lighthouse's scores of a page on a phone, of 100: medians of `LOADS` runs."""
    flags = "--headless=new --disable-gpu" + (" --no-sandbox" if os.geteuid() == 0 else "")
    command = [
        "node",
        BENCH / "node_modules/lighthouse/cli/index.js",
        address,
        "--output=json",
        "--quiet",
        f"--chrome-flags={flags}",
        f"--only-categories={','.join(SCORES)}",
    ]
    env = os.environ | {
        "CHROME_PATH": program,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    found: dict[str, list[float]] = {}
    for _ in range(LOADS):
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"[explorables] Lighthouse failed on {address}:\n{done.stderr[-2000:]}")
        for name, category in json.loads(done.stdout)["categories"].items():
            found.setdefault(name, []).append(100 * category["score"])
    return {name: statistics.median(values) for name, values in found.items()}


def scores(program: str) -> dict[str, dict[str, float]]:
    """Scores of the book's pages by page."""
    if not SITE.is_dir():
        sys.exit("[explorables] there is no site to audit: run `make book` first")
    server = serve(SITE)
    result = {}
    for path in AUDITED:
        say(f"Auditing: {path}")
        result[path] = lighthouse(program, f"http://{HERE}:{server.server_port}/{path}")
    server.shutdown()
    return result


def budgets(result: dict[str, dict[str, float]]) -> list[tuple[str, float, float, bool]]:
    """Name, value, limit, and whether a miss is an error: times of a shared machine are too noisy for that."""
    ours, canvas, visible = result[OURS], result[CANVAS], result[OURS]["visible_slow"]
    return [
        ("kB of a page without a widget", result[PLAIN]["kB"], 40, True),
        ("kB of a page with an explorer", ours["kB"], 230, True),
        ("chart visible, share of the stock page's time", visible / result[STOCK]["visible_slow"], 0.2, True),
        ("the same, as it is on a quiet machine", visible / result[STOCK]["visible_slow"], 0.16, False),
        ("numbers answer, times the time until the chart is visible", ours["says_slow"] / visible, 1.2, True),
        ("seconds until the chart answers, slow", ours["answers_slow"], 3.6, False),
        ("ms from slider to new number", ours["number_fast"], 4, True),
        ("from slider to repaint, times a stock canvas", ours["repaint_fast"] / canvas["repaint_fast"], 1, False),
        ("the same, slow", ours["repaint_slow"] / canvas["repaint_slow"], 1, False),
    ]


def table(result: dict[str, dict[str, float]]) -> str:
    """The figures, a page a row, each with its ratio to our explorer's page."""
    columns = {
        "kB": "kB gzip",
        "visible_fast": "visible s",
        "says_fast": "number s",
        "answers_fast": "answers s",
        "visible_slow": "visible s, slow",
        "says_slow": "number s, slow",
        "answers_slow": "answers s, slow",
        "repaint_fast": "repaint ms",
        "repaint_slow": "repaint ms, slow",
        "number_fast": "number ms",
        "number_slow": "number ms, slow",
    }
    lines = ["".join([f"{'':<20}", *(f"{title:>19}" for title in columns.values())])]
    for name, row in result.items():
        cells = [f"{row[key]:.4g} ({row[key] / result[OURS][key]:.2f})" if key in row else "" for key in columns]
        lines.append("".join([f"{name:<20}", *(f"{cell:>19}" for cell in cells)]))
    return "\n".join(lines)


def main() -> None:
    """Build the pages, measure them, print the table and the budgets."""
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    say("Building two small books (about a minute)")
    build("ours", ROOT / "_config.yml")
    build("stock")
    shutil.copy(BENCH / "hand.html", BUILD / "hand.html")
    network, site = serve(BUILD / "packages"), serve(BUILD)
    deliver(BUILD / "packages", BUILD / "stock/stock.html", network.server_port)
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)))
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    result = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        for name in PAGES:
            say(f"Measuring: {name}")
            result[name] = measure(browser, name, f"http://{HERE}:{site.server_port}")
        browser.close()
    print(table(result))
    limit = result[HAND]
    print(
        f"\nThe limit, which the page written by hand reaches on this machine: {limit['kB']:.1f} kB, visible and answering in "
        f"{limit['visible_slow']:.2f} s when slow; {limit['repaint_fast']:.1f} ms from slider to repaint, {limit['repaint_slow']:.1f} ms slow."
    )
    print("\nIn brackets: ratio to our explorer. Slow: slow 4G and the processor at a quarter of its speed.")
    print("Seconds and milliseconds are noisy on a machine that does other work; ratios of one run are less so.\n")
    audit = scores(program)
    missed = False
    for title, value, limit, strict in budgets(result):
        holds = value <= limit
        missed |= strict and not holds
        print(f"{'holds' if holds else 'MISSED' if strict else 'missed, noisy':<14}{title}: {value:.3g} of {limit:g}")
    for path, found in audit.items():
        for name, least in SCORES.items():
            holds = found[name] >= least
            strict = name != "performance"  # which is a matter of time
            missed |= strict and not holds
            print(
                f"{'holds' if holds else 'MISSED' if strict else 'missed, noisy':<14}{name} of {path}: {found[name]:.0f} of {least}"
            )
    RESULT.write_text(json.dumps(result | {"lighthouse": audit}, indent=1) + "\n")
    sys.exit(missed)


if __name__ == "__main__":
    main()
