"""The command `explorables`: what an author needs without make and an instructor around nbgrader, one subcommand a job."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable, Sequence

from explorables.classroom import commands as classroom


def add_refresh(commands: argparse._SubParsersAction) -> None:
    """Describe `explorables refresh`."""
    from explorables.refresh import command

    parser = commands.add_parser(
        "refresh",
        help="ask publishers for newer figures, and say what they would change in the book",
        description=command.__doc__,
    )
    command.arguments(parser)
    parser.set_defaults(run=command.run)


def add_notebooks(commands: argparse._SubParsersAction) -> None:
    """Describe `explorables notebooks` and `explorables back`."""
    parser = commands.add_parser(
        "notebooks",
        help="write each page's notebook beside it",
        description="Writes the notebook of each page with code beside it, for any front end. One that you have edited stays as it is.",
    )
    parser.set_defaults(run=lambda _args: notebooks(["make"]))
    parser = commands.add_parser(
        "back",
        help="take edited notebooks back to the pages' sources",
        description="Takes what was edited in a page's notebook back to its source. All else of the source stays as it is.",
    )
    parser.add_argument("notebooks", nargs="+", metavar="NOTEBOOK")
    parser.set_defaults(run=lambda args: notebooks(["back", *args.notebooks]))


def notebooks(words: Sequence[str]) -> int:
    """Run `explorables notebooks` or `explorables back`."""
    from explorables.notebooks.__main__ import main as run

    return run(words)


def add_targets(commands: argparse._SubParsersAction) -> None:
    """Describe `explorables book` and the other targets that the Makefile has too."""
    from explorables.build.targets import TARGETS

    for name, target in TARGETS.items():
        ran = f"{target.module} {' '.join(target.arguments)}".strip()
        parser = commands.add_parser(
            name, help=target.says, description=f"Does what `make {name}` does. Further arguments go to `{ran}`."
        )
        parser.set_defaults(run=target_of(name))


def target_of(name: str) -> Callable[[argparse.Namespace], int]:
    """What runs a target."""
    from explorables.build import targets

    return lambda args: targets.run(name, args.more)


def describe() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="explorables", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (*classroom.COMMANDS, add_refresh, add_notebooks, add_targets):
        add(commands)
    return parser


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments; what follows a target's name is for the module that it runs, options included."""
    from explorables.build.targets import TARGETS

    ours = len(argv) if not argv or argv[0] not in TARGETS or argv[1:2] in (["-h"], ["--help"]) else 1
    args = describe().parse_args(argv[:ours])
    args.more = list(argv[ours:])
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the number is the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a pipe on Windows lacks most signs
    args = parse(sys.argv[1:] if argv is None else argv)
    try:
        return args.run(args)
    except (OSError, ValueError, RuntimeError) as error:
        about = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else error
        print(f"explorables: {about}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
