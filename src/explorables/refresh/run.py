"""Refresh a book's tables: fetch, compare, say what would change, and with ``--write`` take it in."""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from explorables.book import Book
from explorables.refresh import standing
from explorables.refresh.atomic import replace
from explorables.refresh.fetch import Answer, Fetcher
from explorables.refresh.merge import Merged, merge
from explorables.refresh.upstream import Upstream, UpstreamError
from explorables.tables.check import BIBLIOGRAPHY, Problem, check
from explorables.tables.package import DataPackage, parse_bibliography, read_text

LAST = "upstream"  # folder beside the tables with the publishers' rows as they were last taken in


@dataclass
class Refreshed:
    """What came of a refresh.

    Attributes
    ----------
    merged : list of Merged
        By publisher's table, those that could be read.
    failed : dict
        Those that could not: name to what was wrong. Nothing of theirs is taken in.
    unasked : dict
        Publishers that want a key which is not here: name to the environment variable that it belongs in.
    effects : dict
        What it would change in the book, as :func:`standing.differences` gives it.
    problems : list of Problem
        What `check-data` would say of the new tables and does not say of the present ones.
    written : bool
    """

    merged: list[Merged] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    unasked: dict[str, str] = field(default_factory=dict)
    effects: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    written: bool = False


@dataclass(frozen=True)
class Taken:
    """A publisher's table as it came: its rows in the book's terms, the day, and the hash of each file."""

    rows: pd.DataFrame
    as_of: str
    digests: tuple[str, ...]


def upstreams(book: Book, names: Sequence[str] = ()) -> list[Upstream]:
    """The publishers' tables that a book follows.

    Parameters
    ----------
    book : Book
    names : sequence of str
        Only these, by their own name or that of the book's table.

    Raises
    ------
    ValueError
        If there is none of a name.
    """
    every: Sequence[Upstream] = importlib.import_module(book.upstream).UPSTREAM if book.upstream else ()
    for name in names:
        if not any(name in (one.name, one.table) for one in every):
            known = ", ".join(f"{one.table} ({one.name})" for one in every)
            raise ValueError(f"nothing to refresh {name!r} from; there is {known or 'none'}")
    return [one for one in every if not names or one.name in names or one.table in names]


def refresh(
    book: Book,
    names: Sequence[str] = (),
    *,
    fetcher: Fetcher,
    write: bool = False,
    adopt: bool = False,
    effects: bool = True,
    copies: Mapping[str, tuple[list[Path], str]] | None = None,
    say: Callable[[str], None] = print,
) -> Refreshed:
    """Fetch publishers' tables and compare them with the book's.

    Parameters
    ----------
    book : Book
    names : sequence of str
        Which; all by default.
    fetcher : Fetcher
    write : bool
        Whether the tables follow.
    adopt : bool
        Whether to change no figure and only note what came as what the tables were made from.
    effects : bool
        Whether to run the pages under both sets of tables, which takes a minute or two.
    copies : mapping, optional
        Files to take instead of fetching, with the day that they are of, by the name of a publisher's table.
    say : callable
        Where progress goes.
    """
    done = Refreshed()
    tables: dict[str, pd.DataFrame] = {}
    taken: dict[str, Taken] = {}
    for number, upstream in enumerate(chosen := upstreams(book, names), 1):
        say(f"[{number}/{len(chosen)}] {upstream.name}: {upstream.title}")
        copy = (copies or {}).get(upstream.name)
        if upstream.key_from and not (copy or fetcher.offline or os.environ.get(upstream.key_from)):
            done.unasked[upstream.name] = upstream.key_from
            say(f"  not asked: its publisher wants a key, and {upstream.key_from} has none")
            continue
        resource = book.data.describe(upstream.table)
        ours = tables.get(upstream.table)
        try:
            came = _take(upstream, fetcher, copy)
            merged = merge(
                read_text(book.data.folder, resource) if ours is None else ours,
                came.rows,
                upstream,
                _last(book.data, upstream),
            )
        except UpstreamError as problem:
            done.failed[upstream.name] = str(problem)
            say(f"  not taken: {problem}")
            continue
        if adopt:
            merged = Merged(upstream, read_text(book.data.folder, resource), same=merged.same)
        tables[upstream.table], taken[upstream.name] = merged.table, came
        done.merged.append(merged)
        say(f"  {len(merged.new)} new, {len(merged.changed)} changed, {merged.same} figures as they were")
    if any(merged.anything for merged in done.merged) or (taken and (write or adopt)):
        files = _files(book.data, done.merged, taken)
        with tempfile.TemporaryDirectory() as there:
            fresh = Path(there) / "data"
            shutil.copytree(book.data.folder, fresh)
            (fresh / LAST).mkdir(exist_ok=True)
            replace({fresh / path: content for path, content in files.items()})
            done.problems = _new_problems(book, fresh)
            if effects and any(merged.anything for merged in done.merged):
                say("running the pages under the present tables and the new ones")
                before = standing.under(book.data.folder, book)
                done.effects = standing.differences(before, standing.under(fresh, book))
        if write or adopt:
            (book.data.folder / LAST).mkdir(exist_ok=True)
            replace({book.data.folder / path: content for path, content in files.items()})
            done.written = True
    return done


def _take(upstream: Upstream, fetcher: Fetcher, copy: tuple[list[Path], str] | None) -> Taken:
    """A publisher's table, from the network or from files that are given."""
    if copy:
        answers = [Answer(str(path), path.read_bytes(), copy[1]) for path in copy[0]]
    else:
        key = os.environ.get(upstream.key_from, "") if upstream.key_from else ""
        answers = [fetcher.get(address, upstream.hosts, key) for address in upstream.addresses]
    as_of = max(answer.fetched for answer in answers)
    rows = upstream.take([answer.body for answer in answers], as_of)
    return Taken(rows, as_of, tuple(answer.digest for answer in answers))


def _last(data: DataPackage, upstream: Upstream) -> pd.DataFrame | None:
    file = data.folder / LAST / f"{upstream.name}.csv"
    return pd.read_csv(file, dtype=str, keep_default_na=False) if file.is_file() else None


def _files(data: DataPackage, merged: Sequence[Merged], taken: Mapping[str, Taken]) -> dict[Path, bytes]:
    """The files of the new state, as paths in the folder of the tables."""
    files: dict[Path, bytes] = {}
    package = (data.folder / "datapackage.json").read_text(encoding="utf-8")
    for one in merged:
        upstream, came = one.upstream, taken[one.upstream.name]
        if one.anything:
            files[Path(data.describe(upstream.table)["path"])] = csv_bytes(one.table)
        files[Path(LAST) / f"{upstream.name}.csv"] = csv_bytes(came.rows[[*upstream.key, *upstream.values]])
        package = noted(package, upstream, came)
    files[Path("datapackage.json")] = package.encode()
    files[Path(BIBLIOGRAPHY)] = cited((data.folder / BIBLIOGRAPHY).read_text(encoding="utf-8"), merged, taken).encode()
    return files


def cited(bibtex: str, merged: Sequence[Merged], taken: Mapping[str, Taken]) -> str:
    """A bibliography with the sources that new tables name for the first time, each where its key belongs."""
    for one in merged:
        upstream, as_of = one.upstream, taken[one.upstream.name].as_of
        named = one.table["source"].str.split(";").explode().str.strip()
        if upstream.source in parse_bibliography(bibtex) or not (named == upstream.source).any():
            continue
        fields = {**upstream.entry, "year": as_of[:4], "date": as_of, "urldate": as_of}
        braced = {
            name: f"{{{text}}}" if name in ("author", "title", "publisher") else text for name, text in fields.items()
        }
        lines = "".join(f"  {name} = {{{text}}},\n" for name, text in braced.items())
        entry = f"@misc{{{upstream.source},\n{lines}}}\n\n"
        later = (
            found.start()
            for found in re.finditer(r"^@\w+\{([^,\s]+)", bibtex, re.MULTILINE)
            if found[1] > upstream.source
        )
        at = next(later, None)
        bibtex = f"{bibtex.rstrip()}\n\n{entry.rstrip()}\n" if at is None else bibtex[:at] + entry + bibtex[at:]
    return bibtex


def csv_bytes(table: pd.DataFrame) -> bytes:
    """A table of text as its file holds it."""
    return table.to_csv(index=False, lineterminator="\n").encode()


def noted(package: str, upstream: Upstream, taken: Taken) -> str:
    """A description of tables with the day and the hashes of what was taken in, and no other line of it changed.

    Raises
    ------
    ValueError
        If the description has no line ``"path": "<table's file>"``, after which the day would stand.
    """
    described = json.loads(package)
    (resource,) = (one for one in described["resources"] if one["name"] == upstream.table)
    notes: list[dict[str, Any]] = [one for one in resource.get("taken", []) if one["upstream"] != upstream.name]
    notes.append({"upstream": upstream.name, "as_of": taken.as_of, "sha256": list(taken.digests)})
    says = {"as_of": max([taken.as_of, resource.get("as_of", "")]), "taken": notes}
    start = re.search(rf'^( *)"path": "{re.escape(resource["path"])}",\n', package, re.MULTILINE)
    if start is None:
        raise ValueError(f'datapackage.json has no line "path": "{resource["path"]}"')
    end = package.find('"schema"', start.end())
    head = re.sub(r'^ *"(as_of|taken)": .*\n', "", package[start.end() : end], flags=re.MULTILINE)
    lines = "".join(f'{start[1]}"{name}": {json.dumps(value)},\n' for name, value in says.items())
    return package[: start.end()] + lines + head + package[end:]


def _new_problems(book: Book, fresh: Path) -> list[Problem]:
    """What a check says of new tables and does not say of the present ones."""
    text = book.data.folder.parent / "book"
    given, rules = text if text.is_dir() else None, book.table_rules
    known = {str(problem) for problem in check(book.data.folder, given, rules)}
    return [one for one in check(fresh, given, rules) if str(one) not in known]
