"""Sphinx extension: published numbers beside what the models give, computed when the book is built.

``{reproduced} outside`` lists the cases that come out and test a model against a figure with other sources;
``{reproduced}`` lists the rest of those that come out, notebook by notebook, ``{reproduced} differing`` those that do not,
with the reason, and ``{reproduced} counts`` says how many there are of each. The build stops when a published number
has neither a model nor a reason, and when a model leaves the tolerance of its number without one.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
from sphinx.application import Sphinx

from explorables.site.i18n import _
from hardware_phase import data
from hardware_phase.evidence import reproduced as reproduce
from hardware_phase.evidence.claims import TableDirective
from hardware_phase.evidence.reproduced import difference, figure
from hardware_phase.sources import independence


class UnexplainedError(ValueError):
    """A published number is not reproduced, and its table does not say why."""


def report() -> pd.DataFrame:
    """Every published number of the check tables with what became of it.

    Returns
    -------
    pandas.DataFrame
        The columns of :func:`hardware_phase.evidence.reproduced.cases`, with ``explanation``. A number that no model computes
        has its published value and an empty ``computed``.

    Raises
    ------
    UnexplainedError
        If a number has no model, or its model leaves the tolerance, and the column ``explanation`` is empty.
    """
    checks = pd.concat([data.load(name) for name in reproduce.TABLES], ignore_index=True)
    known = checks[["case", "label", "expected_value", "unit", "source", "tolerance_pct", "explanation"]]
    cases = reproduce.cases().drop(columns=["label", "unit", "source", "tolerance_pct"])
    table = known.merge(cases, on="case", how="left", validate="one_to_one")
    table["published"] = table.pop("expected_value")
    table["tests"] = reproduce.tests(checks)
    silent = table[~table["within"].eq(True) & table["explanation"].isna()]
    if len(silent):
        what = [
            f"{row.case} has no model"
            if pd.isna(row.computed)
            else f"{row.case} is off by {row.difference_pct:+.3g} %, and {row.tolerance_pct:g} % is allowed"
            for row in silent.itertuples()
        ]
        raise UnexplainedError("; ".join(what) + ": mend the model, or give the reason in the column explanation")
    return table


def name(row: Any) -> str:
    """What a case is about, with its unit and source."""
    unit = reproduce.unit(row.unit)
    keys = ",".join(key.strip() for key in row.source.split(";"))
    return f"{row.label}{', ' if unit else ''}{unit} {{cite}}`{keys}`"


def table_of(rows: pd.DataFrame) -> str:
    """Markdown table of cases that come out; `rows` are from :func:`report`."""
    lines = [
        f"| {_('Number')} | {_('Published')} | {_('Computed')} | {_('Difference (allowed)')} |",
        "| --- | ---: | ---: | ---: |",
    ]
    for row in rows.itertuples():
        cells = [
            name(row),
            figure(row.published),
            figure(row.computed),
            f"{difference(row.difference_pct)} (±{row.tolerance_pct:g})",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([":::{div} xp-reproduced", *lines, ":::"])


def list_of(rows: pd.DataFrame) -> str:
    """Markdown list of cases that do not come out, each with the reason; `rows` are from :func:`report`."""
    items = []
    for row in rows.itertuples():
        published = figure(row.published)
        if pd.isna(row.computed):
            said = _("Published {published}, computed by no model.", published=published)
        else:
            said = _(
                "Published {published}, computed {computed}, {difference}.",
                published=published,
                computed=figure(row.computed),
                difference=difference(row.difference_pct),
            )
        items.append(f"{name(row)}\n: {said} {row.explanation}")
    return "\n\n".join(items)


kept = cache(report)  # in a build, whose tables stay as they are


class Reproduced(TableDirective):
    """Published numbers beside what the models give."""

    def markdown(self) -> str:
        """Numbers of one kind as the argument says, or how many there are of each."""
        try:
            table = kept()
        except UnexplainedError as problem:
            raise self.error(str(problem)) from problem
        for name in reproduce.TABLES:
            self.env.note_dependency(str(data.folder / data.describe(name)["path"]))
        differing = table["explanation"].notna()
        match self.arguments:
            case ["counts"]:
                outside = table["tests"].eq(independence.OUTSIDE)
                return _(
                    "{count} numbers put a model against a figure whose source it does not share; {held} of them come "
                    "out within the rounding of what was printed, and {missed} do not. {shared} more have both sides "
                    "from one source, and {arithmetic} follow from printed figures; they test the arithmetic alone. "
                    "Of all numbers, {differing} do not come out.",
                    count=int(outside.sum()),
                    held=int((outside & ~differing).sum()),
                    missed=int((outside & differing).sum()),
                    shared=int(table["tests"].eq(independence.SHARED).sum()),
                    arithmetic=int(table["tests"].eq(independence.ARITHMETIC).sum()),
                    differing=int(differing.sum()),
                )
            case ["differing"]:
                return list_of(table[differing])
            case ["outside"]:
                return table_of(table[~differing & table["tests"].eq(independence.OUTSIDE)])
            case []:
                groups = table[~differing & ~table["tests"].eq(independence.OUTSIDE)].groupby("notebook", sort=False)
                return "\n\n".join(f"**[](/{page}.md)**\n\n{table_of(rows)}" for page, rows in groups)
        raise self.error(f"reproduced takes 'counts', 'differing', 'outside' or nothing, not {self.arguments[0]!r}")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.add_directive("reproduced", Reproduced)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
