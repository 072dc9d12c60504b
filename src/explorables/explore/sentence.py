"""Sentences that follow an explorer's settings: ``"{needed} machines do the work of {machines}: {ratio > 1: more | less}."``

In braces stands the name of an input or a readout, which is written as the explorer writes it, or a choice of words:
``{condition: words | other condition: other words | words otherwise}``. A condition is a name alone, which holds if it
is true, or a name compared (``< <= > >= = !=``) with a number, a percentage, a date (2025-10-07), a text in quotation
marks or another name. Words may hold braces of their own. The page's script reads what `parse` returns.
"""

from __future__ import annotations

import datetime
import operator
import re
from collections.abc import Iterator, Mapping
from typing import Any

Part = str | dict[str, Any]
"""Words; ``{"of": name}``; or ``{"choose": [[condition, parts], ...]}``, where a condition is None or a list of a name,
a comparison and what to compare with: a constant or ``{"of": name}``."""

NAME = re.compile(r"[A-Za-z_]\w*")
CONDITION = re.compile(r"(?P<name>[A-Za-z_]\w*)\s*(?:(?P<sign><=|>=|!=|<|>|=)\s*(?P<other>.+))?", re.DOTALL)
SIGNS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}


def parse(text: str) -> list[Part]:
    """The parts of a sentence.

    Raises
    ------
    ValueError
        If braces do not match, or what stands in them is neither a name nor a choice.
    """
    parts: list[Part] = []
    at = 0
    for start, end in _braces(text):
        if text[at:start]:
            parts.append(text[at:start])
        parts.append(_braced(text[start + 1 : end]))
        at = end + 1
    return parts + ([text[at:]] if text[at:] else [])


def written(parts: list[Part]) -> str:
    """The text of a sentence, from which `parse` makes these parts.

    Examples
    --------
    >>> written(parse('{needed} do it. {loss > 5%: It has a cost. | }'))
    '{needed} do it. {loss > 0.05: It has a cost. | }'
    """
    return "".join(part if isinstance(part, str) else f"{{{_inside(part)}}}" for part in parts)


def _inside(part: dict[str, Any]) -> str:
    """What stands in the braces of a part."""
    if "of" in part:
        return part["of"]
    return " | ".join(
        f"{_compared(condition)}: {written(words)}" if condition else written(words)
        for condition, words in part["choose"]
    )


def _compared(condition: list[Any]) -> str:
    """A condition as text."""
    name, *comparison = condition
    if not comparison:
        return name
    sign, other = comparison
    match other:
        case {"of": same}:
            return f"{name} {sign} {same}"
        case str():
            return f'{name} {sign} "{other}"'
    return f"{name} {sign} {other:g}"


def names(parts: list[Part]) -> Iterator[str]:
    """The inputs and readouts that a sentence speaks of."""
    for part in parts:
        if isinstance(part, str):
            continue
        if "of" in part:
            yield part["of"]
            continue
        for condition, words in part["choose"]:
            if condition:
                yield condition[0]
                yield from (other["of"] for other in condition[2:] if isinstance(other, dict))
            yield from names(words)


def said(parts: list[Part], values: Mapping[str, Any], written: Mapping[str, str]) -> str:
    """A sentence in words.

    Parameters
    ----------
    values : mapping
        Inputs and readouts by name, for conditions: numbers (fractions for percentages, days since 1970 for dates),
        texts and truth values.
    written : mapping
        The same as a reader sees them.
    """
    return "".join(part if isinstance(part, str) else written[part["of"]] for part in flat(parts, values))


def flat(parts: list[Part], values: Mapping[str, Any]) -> Iterator[Part]:
    """Words and names of a sentence, its choices made."""
    for part in parts:
        if isinstance(part, str) or "of" in part:
            yield part
        else:
            yield from flat(_chosen(part, values), values)


def _chosen(choice: Mapping[str, Any], values: Mapping[str, Any]) -> list[Part]:
    """The words whose condition is the first to hold; none if none does."""
    return next((words for condition, words in choice["choose"] if condition is None or _holds(condition, values)), [])


def _holds(condition: list[Any], values: Mapping[str, Any]) -> bool:
    name, *comparison = condition
    if not comparison:
        return bool(values[name]) and values[name] == values[name]  # NaN is not true
    sign, other = comparison
    return bool(SIGNS[sign](values[name], values[other["of"]] if isinstance(other, dict) else other))


def _braces(text: str) -> Iterator[tuple[int, int]]:
    """Where the outer braces of a text open and close."""
    depth, start = 0, 0
    for at, letter in enumerate(text):
        if letter == "{":
            start = start if depth else at
            depth += 1
        elif letter == "}":
            depth -= 1
            if depth < 0:
                raise ValueError(f"a brace closes that was not opened: {text!r}")
            if depth == 0:
                yield start, at
    if depth:
        raise ValueError(f"a brace is not closed: {text!r}")


def _split(text: str, mark: str) -> list[str]:
    """A text cut at a mark where it stands outside braces and quotation marks."""
    parts, depth, quoted = [""], 0, False
    for letter in text:
        quoted ^= letter == '"'
        depth += 0 if quoted else (letter == "{") - (letter == "}")
        if letter == mark and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _braced(text: str) -> Part:
    if NAME.fullmatch(text.strip()):
        return {"of": text.strip()}
    alternatives: list[list[Any]] = []
    for alternative in _split(text, "|"):
        condition, *words = _split(alternative, ":")
        if words:
            alternatives.append([_condition(condition.strip()), parse(":".join(words).strip())])
        else:
            alternatives.append([None, parse(alternative.strip())])
    if any(condition is None for condition, _words in alternatives[:-1]) or alternatives[0][0] is None:
        raise ValueError(
            f"{{{text}}} is neither a name nor a choice of words, such as {{ratio > 1: more | less}}; "
            "all words but the last need a condition"
        )
    return {"choose": alternatives}


def _condition(text: str) -> list[Any]:
    found = CONDITION.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no condition, such as ratio > 1.5")
    return [found["name"]] if not found["sign"] else [found["name"], found["sign"], _constant(found["other"].strip())]


def _constant(text: str) -> Any:
    """A number, a percentage as a fraction, a date as days since 1970, a text without its marks, or a name."""
    if re.fullmatch(r'"[^"]*"', text):
        return text[1:-1]
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return (datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days
    if NAME.fullmatch(text):
        return {"of": text}
    try:
        return float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        raise ValueError(f"{text!r} is no number, date, text in quotation marks or name") from None
