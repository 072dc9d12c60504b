"""What a student's kernel says of an answer: a number or a text as plain data, which the grader compares elsewhere."""

from __future__ import annotations

from typing import Any

from explorables.classroom.exercises.checking import one_number

MIME = "application/vnd.explorables.answer+json"
LONGEST = 200  # characters of a text; choices are words
CODE = "__import__('explorables.classroom.exercises.report', fromlist=['report']).report(globals().get('answer', ...))"


def told(answer: Any) -> dict[str, str]:
    """An answer as plain data: its kind, and its value as text."""
    if isinstance(answer, str):
        return {"kind": "text", "value": str(answer)[:LONGEST]}
    try:
        return {"kind": "number", "value": repr(one_number("", answer, ""))}
    except (ValueError, OverflowError):
        return {"kind": "number", "value": "nan"}
    except TypeError:
        return {"kind": "nothing" if answer is None or answer is ... else "other", "value": type(answer).__name__}


def report(answer: Any) -> None:
    """Show an answer to whoever runs the kernel."""
    from IPython.display import display

    display({MIME: told(answer)}, raw=True)


def heard(data: Any) -> float | str | None:
    """What `told` said, read where nothing of it is trusted.

    Raises
    ------
    TypeError
        If it is neither a number nor a text; the message is for the student.
    """
    if isinstance(data, dict) and isinstance(value := data.get("value"), str):
        if data.get("kind") == "text":
            return value[:LONGEST]
        if data.get("kind") == "number":
            try:
                return float(value[:LONGEST])
            except ValueError:
                pass
        if data.get("kind") == "other":
            name = "".join(sign for sign in value[:40] if sign.isalnum() or sign in "_.")
            raise TypeError(f"the answer is neither a number nor a text, but of the type {name}")
    return None
