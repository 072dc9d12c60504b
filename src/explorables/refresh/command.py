"""``explorables refresh``: what ``make refresh`` runs.

Prints a report and writes nothing; with ``--write`` the tables follow their publishers. The exit code is 1 if a publisher's
table could not be taken in, or if the new tables break a rule of the book's.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from explorables.book import current

CACHE = "_build/.upstream"  # in the checkout: the files as they came


def arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("names", nargs="*", metavar="TABLE", help="tables, or publishers' tables (default: all)")
    parser.add_argument("--write", action="store_true", help="let the tables follow; otherwise only tell")
    parser.add_argument("--list", action="store_true", help="say which tables follow which publishers")
    parser.add_argument("--offline", action="store_true", help="use the files that came last time")
    parser.add_argument("--quick", action="store_true", help="do not run the pages to see what changes in them")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the report there, too")
    parser.add_argument(
        "--adopt",
        action="store_true",
        help="change no figure, but note what came as what the tables were made from: differences are then corrections",
    )
    parser.add_argument(
        "--copy",
        action="append",
        type=copy,
        default=[],
        metavar="NAME=FILE[,FILE]@DAY",
        help="take files of that day (as 2026-08-22) that you have instead of fetching",
    )


def copy(text: str) -> tuple[str, tuple[list[Path], str]]:
    """The name of a publisher's table with files to take instead, and their day."""
    rest, _, day = text.rpartition("@")
    name, sign, files = rest.partition("=")
    try:
        date.fromisoformat(day)
    except ValueError:
        sign = ""
    if not sign:
        raise argparse.ArgumentTypeError(f"{text!r}: write it as NAME=FILE@2026-08-22")
    return name, ([Path(file) for file in files.split(",")], day)


def run(args: argparse.Namespace) -> int:
    """Refresh the book's tables; the exit code."""
    from explorables.refresh.fetch import Fetcher
    from explorables.refresh.report import report
    from explorables.refresh.run import refresh, upstreams

    book = current()
    if args.list:
        for one in upstreams(book, args.names):
            wants = f", wants a key in {one.key_from}" if one.key_from else ""
            print(f"{one.table}: {one.name}, {one.title}, {one.licence}{wants}")
        return 0
    done = refresh(
        book,
        args.names,
        fetcher=Fetcher(book.root / CACHE, say=_say, offline=args.offline, agent=f"{book.slug}-refresh"),
        write=args.write,
        adopt=args.adopt,
        effects=not args.quick,
        copies=dict(args.copy),
        say=_say,
    )
    told = report(done)
    print(told, end="")
    if args.report:
        args.report.write_text(told, encoding="utf-8")
    return 1 if done.failed or done.problems else 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="explorables refresh", description=__doc__)
    arguments(parser)
    try:
        return run(parser.parse_args(argv))
    except (ValueError, OSError, RuntimeError) as problem:
        print(f"explorables refresh: {problem}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
