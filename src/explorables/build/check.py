"""What `make check` runs: all that needs neither the site nor a browser, each part with its time.

``python -m explorables.build.check`` goes on after a part that fails, so that one run tells all, and exits with 1.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence

from explorables.build.environment import ROOT, say

# Marks of tests that `make check` leaves to `make test`.
LEFT_OUT = ("site", "browser", "workshop", "nightly")
PARTS = {
    "style": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "src", "tests", "bench"],
    "pages": ["explorables.build.pages"],
    "tables": ["explorables.build.tables"],
    "types": ["mypy"],
    "tests": [
        "pytest",
        "-q",
        "-n",
        "2",
        "--dist",
        "loadfile",
        "--no-loadscope-reorder",
        "-m",
        " and ".join(f"not {mark}" for mark in LEFT_OUT),
    ],
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run every part, or those that ``--only`` names; the exit code is 1 if one of them fails."""
    parser = argparse.ArgumentParser(description="Check all that needs neither the site nor a browser.")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help=", ".join(PARTS))
    failed = []
    for name in parser.parse_args(argv).only:
        module, *arguments = PARTS[name]
        start = time.monotonic()
        done = subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, env=os.environ, check=False)
        say(f"{name}: {'failed' if done.returncode else 'well'}, {time.monotonic() - start:.0f} s")
        failed += [name] if done.returncode else []
    if failed:
        say(f"to mend: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
