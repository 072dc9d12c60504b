"""Data frames and series as the page shows them: what pandas knows of their types goes along, so that nobody has to guess it from text.

A kernel that runs for the site sends this beside pandas' own HTML, which JupyterLab and the downloads show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from numbers import Real
from typing import Any

import pandas as pd
from pandas.io.formats.format import DataFrameFormatter

MIME = "application/vnd.explorables.table+json"
GROUPED_FROM = 10_000  # numbers of a column that has larger ones get commas; years stay as they are
# A number that its author has written, with its unit or magnitude: it stands under the others, as they are.
WRITTEN = re.compile(
    r"[+\-−]?\$?\d[\d,]*(\.\d+)?(e[+\-]?\d+)?[\s\u202f]?(%|×|million|billion|trillion|× 10[⁻⁰¹²³⁴-⁹]+)?"
)
PLAIN = re.compile(r"-?\d+\.\d+")  # a float as pandas writes one, if it is neither tiny nor huge


def payload(frame: pd.DataFrame | pd.Series) -> dict[str, Any]:
    """A data frame, or a series as its only column, as JSON values, with pandas' options for what is shown and how.

    Returns
    -------
    dict
        ``head``: rows of the heading, each of a text and the number of columns below it; ``levels``: columns of row labels;
        ``numbers``: whether a column has numbers; ``labels``: of each row, text and number of rows that they stand for;
        ``rows``: texts of the cells, none where a value is missing; ``series``: whether it is one.
    """
    series = isinstance(frame, pd.Series)
    if series:
        frame = frame.to_frame("" if frame.name is None else frame.name)
    options = pd.options.display
    shown = DataFrameFormatter(
        frame,
        max_rows=options.max_rows,
        min_rows=options.min_rows,
        max_cols=options.max_columns,
        show_dimensions=options.show_dimensions,
    )
    part = shown.tr_frame
    columns = [_column(shown, position) for position in range(part.shape[1])]
    rows = list(zip(*(texts for texts, _ in columns), strict=True)) if columns else [()] * len(part)
    labels = list(_labels(part.index))
    heads = list(_labels(part.columns))
    levels = part.index.nlevels
    corners: list[list[Any]] = [[*([None] * (levels - 1)), name] for name in part.columns.names]
    if any(name is not None for name in part.index.names):
        corners[-1] = list(part.index.names)
    found = {
        "levels": levels,
        "numbers": [number for _, number in columns],
        "head": [
            [("" if text is None else str(text), 1) for text in corner]
            + [(text, span) for text, span in (one[depth] for one in heads) if span]
            for depth, corner in enumerate(corners)
        ],
        "labels": [[(text, span) for text, span in label if span] for label in labels],
        "rows": [list(row) for row in rows],
        "size": "",  # said where not all is shown
        "series": series,
    }
    if shown.is_truncated:
        _cut(found, shown)
    if not any(text.strip() for row in found["head"] for text, _ in row):
        found["head"] = []
    return found


def _column(shown: DataFrameFormatter, position: int) -> tuple[list[str | None], bool]:
    """The texts of a column, none where a value is missing, and whether it has numbers."""
    values = list(shown.tr_frame.iloc[:, position])
    texts: list[str | None] = [
        None if _missing(value) else text.strip()
        for value, text in zip(values, shown.format_col(position), strict=True)
    ]
    there = [(value, text) for value, text in zip(values, texts, strict=True) if text is not None]
    if not there or not all(_number(value, text) for value, text in there):
        return texts, False
    floats = all(isinstance(value, float) for value, _ in there) and all(PLAIN.fullmatch(text) for _, text in there)
    if floats:
        whole = all(text.endswith(".0") for _, text in there)
        group = "," if any(abs(float(text)) >= GROUPED_FROM for _, text in there) else ""
        texts = [text and _plainly(text, 0 if whole else len(text.partition(".")[2]), group) for text in texts]
    return [text and text.replace("-", "−", 1) if (text or "").startswith("-") else text for text in texts], True


def _plainly(text: str, digits: int, group: str) -> str:
    return f"{float(text) + 0.0:{group}.{digits}f}"  # no minus before a zero


def _missing(value: Any) -> bool:
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def _number(value: Any, text: str) -> bool:
    """Whether a value is a number, or one that its author has written."""
    return WRITTEN.fullmatch(text) is not None and isinstance(value, Real | str) and not isinstance(value, bool)


def _labels(index: pd.Index) -> Iterator[list[tuple[str, int]]]:
    """Labels along an axis, by level: the text, and how many in a row have it; 0 for those that the first stands for."""
    levels = [index.get_level_values(level) for level in range(index.nlevels)]
    texts = [_texts(level) for level in levels]
    keys = list(zip(*texts, strict=True))
    last = index.nlevels - 1
    for place, key in enumerate(keys):
        yield [
            (
                key[depth],
                1 if depth == last else 0 if place and _same(keys, place, depth) else _run(keys, place, depth),
            )
            for depth in range(index.nlevels)
        ]


def _same(keys: Sequence[tuple[str, ...]], place: int, depth: int) -> bool:
    return keys[place][: depth + 1] == keys[place - 1][: depth + 1]


def _run(keys: Sequence[tuple[str, ...]], place: int, depth: int) -> int:
    end = place + 1
    while end < len(keys) and _same(keys, end, depth):
        end += 1
    return end - place


def _texts(level: pd.Index) -> list[str]:
    """Labels as pandas writes the values of a column."""
    with pd.option_context("display.max_colwidth", None):
        shown = DataFrameFormatter(level.to_frame(index=False))
        return [text.strip() for text in shown.format_col(0)] if len(level) else []


def _cut(found: dict[str, Any], shown: DataFrameFormatter) -> None:
    """Say where rows or columns were left out, and how many there are."""
    if shown.is_truncated_horizontally:
        at = shown.tr_col_num
        found["numbers"].insert(at, False)
        for row in found["rows"]:
            row.insert(at, "...")
        for head in found["head"][-1:]:
            head.insert(found["levels"] + at, ("...", 1))
    if shown.is_truncated_vertically:
        at = shown.tr_row_num
        found["labels"].insert(at, [("...", 1)] * found["levels"])
        found["rows"].insert(at, ["..."] * len(found["numbers"]))
    found["size"] = "{} × {}".format(*shown.frame.shape)


def show() -> None:
    """Let the kernel that this runs in, if any, send data frames and series so."""
    import IPython

    shell = IPython.get_ipython()
    if shell is not None:
        form = shell.display_formatter.mimebundle_formatter
        form.for_type(
            pd.DataFrame,
            lambda frame, **_: {MIME: payload(frame), "text/plain": repr(frame), "text/html": frame._repr_html_()},
        )
        form.for_type(pd.Series, lambda series, **_: {MIME: payload(series), "text/plain": repr(series)})
