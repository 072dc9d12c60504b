"""MyST Markdown as a notebook's Markdown shows it."""

from __future__ import annotations

import re

import pandas as pd

from explorables.book import current


def plain(text: str) -> str:
    """MyST Markdown as a notebook's Markdown shows it: citations as author and year, other roles and links as their text."""
    text = re.sub(r"\{cite[\w:]*\}`([^`]+)`", lambda match: f"({_cited(match[1])})", text)
    text = re.sub(r"\{math\}`([^`]+)`", r"$\1$", text)
    text = re.sub(r"\{[\w:-]+\}`([^`<]+?)\s*(?:<[^`>]*>)?`", r"\1", text)
    return re.sub(r"\[([^\]]+)\]\((?!https?:)[^)]*\)", r"\1", text)


def _cited(keys: str) -> str:
    line = current().data.cite(pd.DataFrame({"source": [key.strip() for key in keys.split(",")]}))
    return re.sub(r"^Sources?: |\.$|\)|\(", "", line)
