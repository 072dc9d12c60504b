"""Rows of the check tables: published numbers, with the inputs from which a model should give them."""

from __future__ import annotations

import json

import pandas as pd


def inputs(row: pd.Series) -> dict[str, float]:
    """A check's published inputs by name, without the formula that documents them."""
    return {name: value for name, value in json.loads(row["inputs"]).items() if name != "formula"}
