"""How many functions of teaching notebooks become explorers, and what they weigh: ``make bench-trace``.

For each function of `idioms` and `courses`: whether it is traced unchanged, after what the message says, or not at all; bytes of what
the page carries, seconds of `explore`, milliseconds of a move in Chromium, and numbers that differ from NumPy's there.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

os.environ["EXPLORABLES_STATIC"] = "1"
UNCHANGED, MENDED = 0.75, 0.9  # shares of the functions, unchanged and after one message at most
ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import courses  # noqa: F401 - puts its functions on the list
import numpy as np
from conftest import BROWSERS, FLAGS
from idioms import IDIOMS, Idiom
from playwright.sync_api import sync_playwright
from vega import Runtime, rounding, same

from explorables.explore import Explorer, TracingError, explore
from explorables.explore.inputs import signal_name
from explorables.explore.samples import settings_to_try


def made(idiom: Idiom) -> tuple[str, Explorer | None, float]:
    """How a function becomes an explorer, the explorer, and the seconds that took."""
    for outcome, function in (("unchanged", idiom.function), ("after a message", idiom.mended)):
        if function is None:
            continue
        start = time.process_time()
        try:
            return outcome, explore(function, **idiom.inputs), time.process_time() - start
        except (TracingError, ModuleNotFoundError) as error:
            print(f"    {idiom.name}: {error}")
    return "impossible", None, 0.0


def compared(runtime: Runtime, explorer: Explorer) -> tuple[int, int, float]:
    """Numbers compared on the page, those that differ from NumPy's, and milliseconds a move."""
    runs = settings_to_try(explorer.inputs)
    signals = [{signal_name(name): value for name, value in run.items()} for run in runs]
    spec = explorer.check_spec()
    names, seen, wrong, spent = spec["model"]["names"], 0, 0, 0.0
    model = runtime.run({"signals": spec["model"]["signals"]}, signals, list(names.values()))
    for run, (values, _) in zip(runs, model, strict=True):
        result = explorer.evaluate(**run)
        for name, value in zip(names, values, strict=True):
            seen += 1
            wrong += not same(result[name], value, atol=1e-12)
    tables = [explorer.tables(**run) for run in runs]
    for i, view in enumerate(spec["views"]):
        wanted = [
            (data["name"], [step["as"] for step in data["transform"] if step["as"] in frame])
            for data, frame in zip(view["data"], tables[0][i], strict=True)
        ]
        start = time.perf_counter()
        found = runtime.run(view, signals, [], wanted)
        spent += (time.perf_counter() - start) / len(runs) * 1e3
        for ours, (_, theirs) in zip(tables, found, strict=True):
            for frame, (_, fields), columns in zip(ours[i], wanted, theirs, strict=True):
                for name, column in zip(fields, columns, strict=True):
                    numbers = frame[name].to_numpy()
                    seen += len(column)
                    wrong += sum(not same(a, b, atol=rounding(numbers)) for a, b in zip(numbers, column, strict=True))
    return seen, wrong, spent


def main() -> int:
    """Print the table; 1 if a number is wrong, or too few functions become explorers."""
    outcomes, total, wrong = Counter(), 0, 0
    with sync_playwright() as playwright, np.errstate(all="ignore"):
        program = next(
            p for folder in os.environ["PATH"].split(":") for b in BROWSERS if (p := Path(folder) / b).exists()
        )
        browser = playwright.chromium.launch(executable_path=str(program), args=[*FLAGS, "--no-sandbox"])
        print(f"{'function':<20}{'':<18}{'bytes':>9}{'seconds':>9}{'ms a move':>11}{'wrong':>7}")
        for idiom in IDIOMS:
            outcome, explorer, seconds = made(idiom)
            outcomes[outcome] += 1
            if explorer is None:
                print(f"{idiom.name:<20}{outcome:<18}  {idiom.impossible}")
                continue
            page = browser.new_page()
            seen, bad, spent = compared(Runtime(page), explorer)
            page.close()
            total, wrong = total + seen, wrong + bad
            size = len(json.dumps(explorer.payload(), ensure_ascii=False))
            print(f"{idiom.name:<20}{outcome:<18}{size:>9,}{seconds:>9.2f}{spent:>11.1f}{bad:>7}", flush=True)
        browser.close()
    for outcome, count in outcomes.items():
        print(f"{outcome}: {count} of {len(IDIOMS)} ({count / len(IDIOMS):.0%})")
    print(f"{total:,} numbers compared with NumPy's in Chromium, {wrong} wrong")
    mended = outcomes["unchanged"] + outcomes["after a message"]
    return int(wrong > 0 or outcomes["unchanged"] < UNCHANGED * len(IDIOMS) or mended < MENDED * len(IDIOMS))


if __name__ == "__main__":
    sys.exit(main())
