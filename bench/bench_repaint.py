"""From a move of a slider to the page repainted, for every slider of every explorer on the built site, slowest first.

Moves are made through the explorers' own interface, with every chart of the explorer live, as on a screen high enough to
show them all. Sentence and readouts must follow within `NUMBERS` ms; where they do not, this ends with an error.
`--profile <id>` says instead in which functions one explorer spends its time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

from bench import BROWSERS, FLAGS, HERE, SITE, say, serve

MOVES = 12  # of each slider, to and fro
NUMBERS = 4  # ms from a move to sentence and readouts, as a median of an explorer's moves
RESULT = SITE.parent / "bench_repaint.json"

LIVE = """async id => {
  const root = document.getElementById(id), explorer = root.xpExplorer;
  root.scrollIntoView();
  for (const chart of explorer.charts) chart.isNear = true;
  await explorer.request();
  await Promise.all(explorer.charts.map(chart => chart.update()));
}"""

# Milliseconds from each move to the frame that shows it, by slider, and to sentence and readouts.
MOVE = """async ([id, moves]) => {
  const explorer = document.getElementById(id).xpExplorer, found = {}, numbers = [];
  let start;
  explorer.answer = () => {
    Object.getPrototypeOf(explorer).answer.call(explorer);
    numbers.push(performance.now() - start);
  };
  const painted = () => new Promise(then => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => then(performance.now());
    channel.port2.postMessage(null);
  }));
  for (const [name, control] of explorer.controls) {
    if (control.type !== 'slider') continue;
    found[name] = [];
    for (let i = 0; i < moves; i++) {
      const part = 0.2 + 0.6 * Math.abs((2 * i / moves) % 2 - 1);
      await painted();
      start = performance.now();
      control.element.value = Math.round(part * control.scale.last);
      control.element.dispatchEvent(new Event('input', { bubbles: true }));
      found[name].push(await painted() - start);
    }
    start = performance.now();
    control.element.value = control.scale.position(control.default);
    control.element.dispatchEvent(new Event('input', { bubbles: true }));
    await painted();
  }
  delete explorer.answer;
  return [found, numbers];
}"""


def explorers(page: Page) -> list[str]:
    """Ids of the explorers of a page."""
    return page.evaluate("[...document.querySelectorAll('.xp-explorer')].map(e => e.id)")


def busy(session: CDPSession) -> float:
    """Milliseconds for which the page's thread has had the processor: other work on the machine does not count."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return 1e3 * next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")


def measure(page: Page, session: CDPSession, explorer: str) -> tuple[float, float, float, float, str]:
    """Processor time of a move, median waits for the numbers and for the frame, the slowest slider's wait, and its name; milliseconds."""
    page.evaluate(LIVE, explorer)
    before = busy(session)
    moves, numbers = page.evaluate(MOVE, [explorer, MOVES])
    spent = busy(session) - before
    medians = {name: statistics.median(times) for name, times in moves.items()}
    slowest = max(medians, key=medians.__getitem__, default="")
    done = sum(len(times) + 1 for times in moves.values())  # with the way back
    waits = statistics.median(medians.values() or [0.0])
    return spent / max(done, 1), statistics.median(numbers or [0.0]), waits, medians.get(slowest, 0.0), slowest


def profile(page: Page, session: CDPSession, explorer: str) -> None:
    """Print the functions that most of the time of all moves is spent in, themselves and by file."""
    page.evaluate(LIVE, explorer)
    session.send("Profiler.enable")
    session.send("Profiler.setSamplingInterval", {"interval": 200})
    session.send("Profiler.start")
    page.evaluate(MOVE, [explorer, MOVES])
    found: dict[str, Any] = session.send("Profiler.stop")["profile"]
    nodes = {node["id"]: node["callFrame"] for node in found["nodes"]}
    spent: Counter[str] = Counter()
    for node, us in zip(found["samples"], found["timeDeltas"], strict=True):
        frame = nodes[node]
        spent[f"{frame['functionName'] or 'anonymous'} {Path(frame['url']).name}:{frame['columnNumber']}"] += us
    total = sum(spent.values())
    for name, us in spent.most_common(25):
        print(f"{us / 1e3:10.0f} ms {us / total:6.1%}  {name}")


def main() -> None:
    """Measure, print a table, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", default="", help="only pages whose address holds this")
    parser.add_argument("--profile", default="", help="id of an explorer to profile")
    options = parser.parse_args()
    pages = [p for p in sorted(SITE.glob("*/*.html")) if 'class="xp-explorer' in p.read_text(encoding="utf-8")]
    if not pages:
        sys.exit("[explorables] there is no site to measure: run `make book` first")
    server = serve(SITE)
    rows = []
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        for path in pages:
            address = path.relative_to(SITE).as_posix()
            if options.page not in address:
                continue
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            session = page.context.new_cdp_session(page)
            session.send("Performance.enable", {"timeDomain": "threadTicks"})
            page.goto(f"http://{HERE}:{server.server_port}/{address}")
            for explorer in explorers(page):
                if options.profile == explorer:
                    profile(page, session, explorer)
                elif not options.profile:
                    rows.append((*measure(page, session, explorer), explorer, address))
            page.close()
            if not options.profile:
                say(f"Measured: {address}")
        browser.close()
    if options.profile:
        return
    rows.sort(key=lambda row: -row[0])
    print(
        f"{'busy ms':>8}{'numbers ms':>12}{'median ms':>11}{'slowest ms':>12}  {'its slider':<24}{'explorer':<20}page"
    )
    for spent, numbers, median, worst, slider, explorer, address in rows:
        print(f"{spent:>8.1f}{numbers:>12.1f}{median:>11.1f}{worst:>12.1f}  {slider:<24}{explorer:<20}{address}")
    print(
        "\nBusy: processor time of the page's thread a move. Numbers: from the move to sentence and readouts. The others: from the"
    )
    print(
        "move to the frame that shows it, which is a frame of 16.7 ms at least and grows when the machine does other work."
    )
    RESULT.write_text(json.dumps(rows, indent=1) + "\n")
    if late := [f"{row[-2]} {row[1]:.1f}" for row in rows if row[1] > NUMBERS]:
        sys.exit(f"[explorables] sentence and readouts take more than {NUMBERS} ms: {', '.join(late)}")


if __name__ == "__main__":
    main()
