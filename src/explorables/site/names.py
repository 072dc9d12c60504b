"""Names of lines at their ends instead of a legend above them, where there is room beside the chart.

The page's script has the choice between the two in ``Chart.sized`` (``js/chart.js``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from explorables.explore.theme import colour
from explorables.site import spoken

NAME = "xp_ends"  # of the names; the table's and the other mark's begin with it
TABLE = f"{NAME}_at"
FROM = 480  # px of width from which on names stand at the lines
MOST, LONGEST = 6, 24  # names, and letters of one
LETTER, LINE, GAP = 6.6, 15, 10  # px of a letter, from one name to the next, and from a line to its name
PLAIN = re.compile(r"[^\\.\[\]'\"]+")  # a field that needs no marks around it
CHANNELS = ("stroke", "fill", "shape", "size", "opacity", "strokeDash", "strokeWidth")


def added(vega: dict[str, Any]) -> tuple[dict[str, Any], dict[str, int] | None]:
    """A specification with names at the ends of its lines beside its legend, and what `chosen` needs to take one away.

    Without a legend that says nothing but which line is which, the specification stays as it is.
    """
    scales = {scale["name"]: scale for scale in vega.get("scales", [])}
    for number, legend in enumerate(vega.get("legends", [])):
        kinds = {legend[channel] for channel in CHANNELS if channel in legend}
        labelled = "text" in legend.get("encode", {}).get("labels", {}).get("update", {})
        if len(kinds) != 1 or legend.get("title") or legend.get("values") or labelled:
            continue
        (tint,) = kinds
        domain = scales[tint].get("domain")
        if not isinstance(domain, list) or not all(isinstance(one, str) for one in domain):
            continue
        longest = max(map(spoken.width, domain), default=0)
        if not 2 <= len(domain) <= MOST or longest > LONGEST:
            continue
        for table, kind, x, y in _lines(vega["marks"], tint):
            right = round(GAP + LETTER * longest) + 4
            made = {
                **vega,
                "data": [*vega["data"], _table(table, kind, x, y)],
                "marks": [*vega["marks"], *_marks(kind, tint, right)],
            }
            return made, {"legend": number, "right": right, "count": len(domain)}
    return vega, None


def _lines(marks: list[dict[str, Any]], tint: str) -> Iterator[tuple[str, str, tuple[str, str], tuple[str, str]]]:
    """Lines of several colours: their table, the field of the colour, and scale and field of either place."""
    for group in marks:
        facet = group.get("from", {}).get("facet", {})
        for mark in group.get("marks", []) if facet else []:
            seen = mark.get("encode", {}).get("update", {})
            stroke, x, y = (seen.get(name) for name in ("stroke", "x", "y"))
            if mark["type"] != "line" or not all(
                isinstance(one, dict) and set(one) == {"scale", "field"} for one in (stroke, x, y)
            ):
                continue
            fields = [one["field"] for one in (stroke, x, y)]
            if stroke["scale"] == tint and all(isinstance(f, str) and PLAIN.fullmatch(f) for f in fields):
                yield facet["data"], fields[0], (x["scale"], fields[1]), (y["scale"], fields[2])


def _table(source: str, kind: str, x: tuple[str, str], y: tuple[str, str]) -> dict[str, Any]:
    """Where each line ends, and a place beside it for its name: below each other, in the order of the ends."""
    places = [json.dumps(field) for _scale, field in (x, y)]
    whole = " && ".join(f"isValid(datum[{field}]) && isFinite(datum[{field}])" for field in places)
    by_place = {"field": "y"}
    return {
        "name": TABLE,
        "source": source,
        "transform": [
            {"type": "filter", "expr": whole},
            {"type": "aggregate", "groupby": [kind], "fields": [x[1]], "ops": ["argmax"], "as": ["last"]},
            {"type": "formula", "as": "x", "expr": f"scale('{x[0]}', datum.last[{places[0]}])"},
            {"type": "formula", "as": "y", "expr": f"scale('{y[0]}', datum.last[{places[1]}])"},
            {"type": "filter", "expr": "isFinite(datum.x) && isFinite(datum.y)"},
            {"type": "window", "sort": by_place, "ops": ["row_number"], "as": ["n"]},
            {"type": "formula", "as": "free", "expr": f"datum.y - {LINE} * datum.n"},
            {
                "type": "window",
                "sort": by_place,
                "frame": [None, 0],
                "ops": ["max"],
                "fields": ["free"],
                "as": ["most"],
            },
            {"type": "joinaggregate", "ops": ["count"], "as": ["count"]},
            {
                "type": "formula",
                "as": "at",
                "expr": f"min(datum.most + {LINE} * datum.n, height - {LINE} * (datum.count - datum.n))",
            },
        ],
    }


def _marks(kind: str, tint: str, right: int) -> list[dict[str, Any]]:
    """The names, each led to from its line in the line's colour."""
    common = {"from": {"data": TABLE}, "interactive": False, "aria": False}
    tinted = {"scale": tint, "field": kind}
    ends = {"x": {"field": "x", "offset": 1}, "x2": {"field": "x", "offset": GAP - 3}}
    return [
        {
            "name": f"{NAME}_rule",
            "type": "rule",
            **common,
            "encode": {
                "update": {
                    **ends,
                    "y": {"field": "y"},
                    "y2": {"field": "at"},
                    "stroke": tinted,
                    "strokeWidth": {"value": 1.5},
                }
            },
        },
        {
            "name": NAME,
            "type": "text",
            **common,
            "encode": {
                "update": {
                    "x": {"field": "x", "offset": GAP},
                    "y": {"field": "at"},
                    "text": {"field": kind},
                    "fill": {"value": colour["text"]},
                    "font": {"value": "system-ui, sans-serif"},
                    "fontSize": {"value": 12},
                    "baseline": {"value": "middle"},
                    "limit": {"value": right},
                }
            },
        },
    ]


def chosen(vega: dict[str, Any], ends: dict[str, int] | None, width: int) -> dict[str, Any]:
    """A specification with names at its lines or with its legend, by the room that there is."""
    if ends is None:
        return vega
    if width >= FROM:
        legends = [one for number, one in enumerate(vega["legends"]) if number != ends["legend"]]
        return {**vega, "legends": legends, "padding": {**vega["padding"], "right": ends["right"]}}
    return {
        **vega,
        "data": [one for one in vega["data"] if one["name"] != TABLE],
        "marks": [one for one in vega["marks"] if not one.get("name", "").startswith(NAME)],
    }


def all_there(svg: str, ends: dict[str, int]) -> bool:
    """Whether a drawing has a name for each of the colours: one of them may be no line's."""
    root = ElementTree.fromstring(svg)
    texts = [
        text.text
        for group in root.iter()
        if NAME in (group.get("class") or "").split()
        for text in group.iter()
        if text.tag.endswith("text")
    ]
    return len(list(filter(None, texts))) == ends["count"]
