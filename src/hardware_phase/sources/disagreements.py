"""What sources say about the same matter, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import pandas as pd

from hardware_phase import data


@dataclass(frozen=True)
class Comparison:
    """The statements about one topic, which a notebook shows as a table.

    Attributes
    ----------
    rows : pandas.DataFrame
        Rows of the table ``disagreements`` with the topic, from :func:`hardware_phase.data.load`.
    """

    rows: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """The statements with figures in words, their kind, their source and whether the book uses them."""
        sources = data.sources(self.rows[["source"]])
        who = sources["publisher"].where(sources["publisher"] != "", sources["author"])
        return pd.DataFrame(
            {
                "What is said": self.rows["statement"],
                "Figure": [figure(row) for row in self.rows.itertuples()],
                "Kind": self.rows["kind"].astype(str),
                "Source": self.rows["source"].map(who + " (" + sources["date"].str[:4].replace("", "n.d.") + ")"),
                "Used here": self.rows["used"].astype(str) + (" (" + self.rows["note"] + ")").fillna(""),
            }
        ).reset_index(drop=True)

    def __repr__(self) -> str:
        return self.table().to_string(index=False)

    def _repr_html_(self) -> str:
        table = self.table()
        head = "".join(f'<th scope="col">{escape(column)}</th>' for column in table)
        addresses = data.sources(self.rows[["source"]])["url"]
        body = ""
        for key, cells in zip(self.rows["source"], table.to_dict("records"), strict=True):
            shown = {column: escape(cell) for column, cell in cells.items()}
            if addresses[key]:
                shown["Source"] = f'<a href="{escape(addresses[key])}">{shown["Source"]}</a>'
            body += f"<tr>{''.join(f'<td>{cell}</td>' for cell in shown.values())}</tr>"
        caption = escape(self.rows["topic"].iloc[0])
        # The theme puts whatever is not a data frame on a light ground, also in the dark.
        return (
            f'<table class="table dataframe"><caption>{caption}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )


def topics() -> list[str]:
    """All topics, in the order of the table."""
    return list(data.load("disagreements")["topic"].unique())


def compare(topic: str) -> Comparison:
    """Put the statements about a topic side by side.

    Parameters
    ----------
    topic : str
        One of :func:`topics`.

    Returns
    -------
    Comparison
        Shows itself as a table.

    Raises
    ------
    KeyError
        If no statement is about the topic.
    """
    rows = data.load("disagreements").query("topic == @topic")
    if rows.empty:
        raise KeyError(f"no disagreement about {topic!r}; there are {topics()}")
    return Comparison(rows)


def spread() -> pd.DataFrame:
    """How many times the lowest figure the highest is, topic by topic.

    Returns
    -------
    pandas.DataFrame
        Columns ``topic``, ``lowest``, ``highest`` (in the topic's unit) and ``ratio``. Bounds and ends of ranges count
        as figures. Topics whose figures differ in unit, or are not all of one sign, have no ratio and are left out.
    """
    table = data.load("disagreements")
    rows = []
    for topic, group in table.groupby("topic", sort=False):
        figures = group[["value", "low", "high"]].stack().abs()
        one_unit = group["unit"].replace("cards", "chips").nunique() == 1
        if one_unit and figures.min() > 0:
            rows.append((topic, figures.min(), figures.max(), figures.max() / figures.min()))
    return pd.DataFrame(rows, columns=["topic", "lowest", "highest", "ratio"])


def figure(row: object) -> str:
    """A statement's figure in words: a value, a range or a bound, with its unit."""
    value, low, high = row.value, row.low, row.high
    if pd.notna(value):
        number = _number(value)
    elif pd.notna(low) and pd.notna(high):
        number = f"{_number(low)} to {_number(high)}"
    else:
        number = f"at least {_number(low)}" if pd.notna(low) else f"at most {_number(high)}"
    unit = row.unit.replace(" x ", " × ")
    return f"{number}×" if unit == "x" else f"{number}\N{NO-BREAK SPACE}{unit}"


def _number(value: float) -> str:
    return f"{value:,.10g}".replace("-", "−")
