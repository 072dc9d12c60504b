"""Write statements that repeat, as those of a recurrence do, once: with how often, and what changes from time to time.

A model that takes 366 steps gives 366 times the same few expressions. A page is sent them in this form and writes them out.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

HOLE = "\N{DOUBLE VERTICAL LINE}"  # stands for what changes
PERIODS = range(1, 61)  # statements that repeat together
LEAST = 4  # times that something repeats before it is worth the form
WORTH = 200  # letters that a form must save
# Text stays as it is; names such as s12 have a number behind their letter, other names have none.
_PARTS = re.compile(r'"(?:\\.|[^"\\])*"|\b[sv](\d+)\b|[A-Za-z_]\w*|((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)')


def _split(text: str) -> tuple[str, list[str]] | None:
    """An expression with holes, and what was in them; None where a hole could be mistaken."""
    if HOLE in text:
        return None
    holes: list[str] = []

    def cut(found: re.Match[str]) -> str:
        what = found[1] or found[2]
        if what is None:
            return found[0]
        holes.append(what)
        return found[0].replace(what, HOLE) if found[1] else HOLE

    return _PARTS.sub(cut, text), holes


def _holed(one: Mapping[str, Any], key: str) -> tuple[tuple[str, ...], list[str]]:
    """Name and expression of a statement with holes, and what was in them; nothing for one that stays as it is."""
    if set(one) == {"name", key} and isinstance(one[key], str):
        name, text = _split(one["name"]), _split(one[key])
        if name is not None and text is not None:
            return (name[0], text[0]), name[1] + text[1]
    return (), []


def _all_series(columns: Sequence[Sequence[str]]) -> list[Any]:
    """What each hole holds; the place of an earlier one with the same list."""
    made: list[Any] = []
    for column in columns:
        series = _series(column)
        made.append(made.index(series) if isinstance(series, dict) and series in made else series)
    return made


def _series(values: Sequence[str]) -> Any:
    """What a hole holds from time to time: the text if it stays, a start and a step, or a list of numbers."""
    if len(set(values)) == 1:
        return values[0]
    numbers = [float(value) for value in values]
    first, step = numbers[0], numbers[1] - numbers[0]
    if all(first + k * step == number for k, number in enumerate(numbers)):
        return [_plain(first), _plain(step)]
    return {"values": [_plain(number) for number in numbers]}


def _plain(number: float) -> float | int:
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def packed(statements: Sequence[Mapping[str, Any]], key: str) -> list[dict[str, Any]]:
    """Statements with a name and an expression under `key`; runs of them that repeat are one entry.

    Parameters
    ----------
    statements : sequence of dict
        Each with a ``name``; those without an expression, or with anything else in them, stay as they are.
    key : str
        ``update`` of Vega's signals or ``expr`` of Vega-Lite's parameters.

    Returns
    -------
    list of dict
        Statements, and entries ``{"times": n, "key": key, "of": [[name, expression], ...], "by": [...]}``.
    """
    parts = [_holed(one, key) for one in statements]
    shapes, holes = [shape for shape, _ in parts], [cut for _, cut in parts]
    made: list[dict[str, Any]] = []
    at = 0
    while at < len(statements):
        best, saved, covered = None, WORTH, 1
        for period in PERIODS:
            times = _times(shapes, at, period)
            if times < LEAST or best is not None and times * period < covered:
                continue
            end = at + times * period
            rows = [[*itertools.chain(*holes[i : i + period])] for i in range(at, end, period)]
            entry = {
                "times": times,
                "key": key,
                "of": [list(shape) for shape in shapes[at : at + period]],
                "by": _all_series([*zip(*rows, strict=True)]),
            }
            plain = sum(len(one["name"]) + len(one[key]) + len(key) + 16 for one in statements[at:end])
            if plain - len(str(entry)) > saved:
                best, saved, covered = entry, plain - len(str(entry)), times * period
        if best is not None:
            made.append(best)
            at += covered
            continue
        made.append(dict(statements[at]))
        at += 1
    return made


def _times(shapes: Sequence[tuple[str, ...]], at: int, period: int) -> int:
    """How often the statements from a place on repeat."""
    count = 1
    first = shapes[at : at + period]
    if () in first or len(first) < period:
        return 0
    while shapes[at + count * period : at + (count + 1) * period] == first:
        count += 1
    return count if count > 1 else 0


def unpacked(statements: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The statements that `packed` was given. The page's script has the same in JavaScript."""
    made: list[dict[str, Any]] = []
    for one in statements:
        if "times" not in one:
            made.append(dict(one))
            continue
        for k in range(one["times"]):
            values = iter([_value(one["by"][s] if isinstance(s, int) else s, k) for s in one["by"]])
            for texts in one["of"]:
                name, text = (_filled(part, values) for part in texts)
                made.append({"name": name, one["key"]: text})
    return made


def _filled(text: str, values: Iterator[str]) -> str:
    first, *rest = text.split(HOLE)
    return first + "".join(next(values) + part for part in rest)


def _value(series: Any, k: int) -> str:
    if isinstance(series, str):
        return series
    return repr(_plain(float(series["values"][k] if isinstance(series, dict) else series[0] + k * series[1])))
