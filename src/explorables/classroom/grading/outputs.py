"""Outputs that the grader writes itself, and the words by which nbgrader and a grader tell them from a student's."""

from __future__ import annotations

import re

import nbformat
from nbformat import NotebookNode

# Names of the errors that say that a test had no say, rather than that an answer was wrong.
NO_SAY = frozenset({"Stopped", "NotRun", "NotCounted", "NoFigures", "OtherFigures"})
# Those that say what an answer is worth; their text is ours and may be shown.
JUDGED = frozenset({"Wrong", "Close", "NoAnswer"})
# In a test's metadata: the answer that was compared, for whoever looks at the notebook. The grader alone writes it.
ANSWER = "explorables_answer"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # of a terminal, in a traceback


def error(name: str, text: str) -> NotebookNode:
    """An output that nbgrader takes for a failed test."""
    return nbformat.v4.new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"])
