"""Charts at build time: Vega-Lite compiled to Vega, and drawn as SVG before any script runs."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import os
import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import vl_convert

from explorables.explore.explorer import STATIC
from explorables.explore.repeats import unpacked
from explorables.explore.theme import DAYS, large_text
from explorables.site import fonts, i18n, names, spoken
from explorables.site.i18n import _

PLACES = {"d", "x", "y", "x2", "y2", "width", "height", "transform"}
# The page names the chart, and its style needs none of Vega's classes.
UNSAID = {"role", "aria-roledescription", "aria-label", "aria-hidden", "class"}
USUAL = {("pointer-events", "none"), ("opacity", "1"), ("stroke-miterlimit", "10"), ("transform", "translate(0,0)")}
_VARIABLE = re.compile(r"var\(--[\w-]+, *([^()]+)\)")
DOLLARS = "'$' + "  # how an expression begins that writes dollars
WIDE, NARROW = 680, 330  # widths at which a chart is drawn; the page shows the one that fits
store: Path | None = None  # folder in which a book's builds keep drawings for the next one


@cache
def _use_letters() -> None:
    """Draw with the book's letters; vl-convert looks for them once, at its first drawing."""
    try:
        fonts.use()
    except ModuleNotFoundError:  # a kernel draws with what there is, and a build with the same everywhere
        if os.environ.get(STATIC):
            raise


def drawn(spec: dict, locales: dict[str, Any] | None = None) -> str:
    """Draw a Vega specification, or take the drawing from an earlier build: a model of many paths takes seconds to draw.

    Parameters
    ----------
    spec : dict
        Vega.
    locales : dict, optional
        How vl-convert writes numbers and times; by default as the language of the build does.
    """
    _use_letters()
    locales = _locales() if locales is None else locales
    if store is None:
        return vl_convert.vega_to_svg(spec, **locales)
    what = json.dumps([version("vl-convert-python"), "UTC", spec, locales])
    file = store / f"{hashlib.sha256(what.encode()).hexdigest()}.svg"
    if not file.is_file():
        store.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(f".{os.getpid()}")
        fresh.write_text(vl_convert.vega_to_svg(spec, **locales), encoding="utf-8")
        fresh.replace(file)
    return file.read_text(encoding="utf-8")


# Vega's functions that go by the clock of the machine, and those that do the same by UTC.
_PARTS = "year quarter month date day dayofyear week hours minutes seconds milliseconds"
_UTC = {name: f"utc{name}" for name in _PARTS.split()} | {
    "datetime": "utc",
    "timeFormat": "utcFormat",
    "timeParse": "utcParse",
    "timeOffset": "utcOffset",
    "timeSequence": "utcSequence",
}
_CALL = re.compile(rf"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?<![\w.])({"|".join(_UTC)})\(""")
_EXPRESSIONS = {"expr", "update", "init", "signal", "test"}
DAY = 24 * 60 * 60 * 1000  # ms
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?")


def compiled(spec: dict) -> dict:
    """A Vega-Lite specification as Vega in which a date is the same day whatever the time zone of the machine.

    Vega reads and writes times as a clock on the wall would where the browser is. Dates here are days, so all of it goes
    by UTC: scales, formats, parts of dates, and times in the data that name no zone.
    """
    if "params" in spec:
        spec = {**spec, "params": unpacked(spec["params"])}
    return _in_utc(vl_convert.vegalite_to_vega(spec))


def _in_utc(part: Any, key: str = "") -> Any:
    if isinstance(part, dict):
        made = {name: _zoned(value) if name == "values" else _in_utc(value, name) for name, value in part.items()}
        match part:
            case {"type": "time", "range": _}:
                made["type"] = "utc"
            case {"type": "timeunit"}:
                made["timezone"] = "utc"
        if part.get("formatType") == "time":
            made["formatType"] = "utc"
        return made
    if isinstance(part, list):
        return [_in_utc(value, key) for value in part]
    if isinstance(part, str) and key in _EXPRESSIONS:
        return _CALL.sub(lambda found: found[1] or f"{_UTC[found[2]]}(", part)
    return re.sub(r"^date:", "utc:", part) if isinstance(part, str) else part


def _zoned(values: Any) -> Any:
    """Rows of data whose times name a zone; or the values that an axis is labelled at."""

    def zoned(row: Any) -> Any:
        if not isinstance(row, dict) or set(row) == {"signal"}:
            return _in_utc(row)
        return {name: f"{v}Z" if isinstance(v, str) and _LOCAL.fullmatch(v) else v for name, v in row.items()}

    return [zoned(row) for row in values] if isinstance(values, list) else _in_utc(values)


@dataclass(frozen=True)
class Drawn:
    """A chart ready for a page: its Vega specification, its drawings and what a table of its data shows."""

    title: str
    subtitle: str
    description: str
    vega: dict
    wide: str
    narrow: str
    columns: dict[str, str]  # field of the chart's data: its title
    dates: dict[str, int]  # field with dates, as numbers since 1970-01-01: milliseconds in one
    data: str  # the data set of the chart's first marks
    fits: bool  # whether it takes the width that it is given
    ends: dict[str, int] | None = None  # of a chart whose lines have their names beside them where there is room


def draw(spec: dict, prefix: str, pictures: bool = True) -> Drawn:
    """Compile and draw a Vega-Lite specification.

    Parameters
    ----------
    spec : dict
        Vega-Lite. Its title and description are taken out, to be shown as text; its width is set here.
    prefix : str
        Goes before the ids inside the drawings, so that they are unique on a page.
    pictures : bool
        Whether drawings are made; a page whose script draws at once needs none.

    Raises
    ------
    ValueError
        If Vega or Vega-Lite reject the specification.
    """
    spec = spoken.titled(localised(copy.deepcopy(spec)))
    title, subtitle = _titles(spec.pop("title", ""))
    subtitle = spoken.noted(subtitle)
    description = spec.pop("description", "")
    columns, dates = _encoded(spec)
    single = not any(key in spec for key in ("hconcat", "vconcat", "concat", "facet", "repeat"))
    if single:
        fit = "fit" if isinstance(spec.get("height"), int | float) else "fit-x"
        # Room for labels is taken anew when settings make them longer.
        spec["autosize"] = {"type": fit, "contains": "padding", "resize": True}
    _fit_legend(spec)
    narrow, wide = ({**spec, "width": width} if single else spec for width in (NARROW, WIDE))
    vega, small = compiled(wide), compiled(narrow) if pictures else {}
    vega.pop("$schema", None)
    named, ends = names.added(vega) if pictures and single else (vega, None)
    vega, named, small = (spoken.drawn(one) for one in (vega, named, small))
    picture = drawn(vega) if pictures else ""
    beside = drawn(names.chosen(named, ends, WIDE)) if ends else ""
    if ends and names.all_there(beside, ends):
        vega, picture = named, beside
    else:
        ends = None
    for data in vega["data"]:
        data["transform"] = _narrowed(data.get("transform", []))
    return Drawn(
        title,
        subtitle,
        description,
        vega,
        _svg(picture, f"{prefix}w") if pictures else "",
        _svg(drawn(small), f"{prefix}n") if pictures else "",
        columns,
        dates,
        _first_data(vega),
        single,
        ends,
    )


def localised(part: Any) -> Any:
    """A specification whose large numbers and dates are written as the language of the build writes them."""
    if i18n.locale.vega is None:
        return part
    if isinstance(part, dict):
        return {key: localised(value) for key, value in part.items()}
    if isinstance(part, list):
        return [localised(value) for value in part]
    if not isinstance(part, str):
        return part
    if part.startswith(DOLLARS):
        before, after = i18n.locale.vega["number"]["currency"]
        part = f"'{before}' + {part.removeprefix(DOLLARS)} + '{after}'"
    return i18n.locale.dates.get(part) or _counted(part)


def _counted(expression: str) -> str:
    """A Vega expression whose large numbers are written as the language counts."""
    begin, end = large_text("\0").split("\0")  # what stands around a number that `explorables.explore.theme` writes
    before, found, rest = expression.partition(begin)
    if not found:
        return expression
    value, _, after = rest.partition(end)
    return before + _large(value) + _counted(after)


def _large(value: str) -> str:
    """A Vega expression that writes a number with the language's own words of magnitude."""
    text = f"format({value}, ',.0f')"
    for least, scale, word in reversed(i18n.locale.writing.counts):
        text = f"abs({value}) < {least:.0f} ? {text} : format({value} / {scale:.0f}, ',.4~r') + '{word}'"
    return f"({text})"


def _narrowed(transforms: list[dict]) -> list[dict]:
    """Vega's transforms, rows cut down before they are folded only to be summarised.

    A fold copies its row once for each field that it folds. Paths have hundreds of fields of which a summary needs few,
    and copying the others would take most of the time of a slider's move.
    """
    found: list[dict] = []
    for step, after in zip(transforms, [*transforms, {}][1:], strict=True):
        if step["type"] == "fold" and after.get("type") in ("quantile", "aggregate"):
            made = step.get("as", ["key", "value"])
            kept = [name for name in after.get("groupby", []) if name not in made]
            found.append({"type": "project", "fields": [*step["fields"], *kept]})
        found.append(step)
    return found


def _fit_legend(spec: dict) -> None:
    """As many legend entries in a row as fit, going by the longest of them."""
    longest = max((spoken.width(label) for label in _legend_labels(spec)), default=14)
    narrow, wide = (max(1, letters // (longest + 4)) for letters in (42, 84))
    config = spec.setdefault("config", {}).setdefault("legend", {})
    config["columns"] = {"expr": f"width < 480 ? {narrow} : {wide}"}


def _legend_labels(part: dict) -> list[str]:
    channels = (part.get("encoding", {}).get(name) for name in ("color", "fill", "stroke", "shape", "opacity"))
    domains = [(c.get("scale") or {}).get("domain") for c in channels if isinstance(c, dict)]
    here = [label for domain in domains if isinstance(domain, list) for label in domain if isinstance(label, str)]
    return here + [label for layer in part.get("layer", []) for label in _legend_labels(layer)]


def _titles(title: Any) -> tuple[str, str]:
    """Title and subtitle as text."""
    parts = title if isinstance(title, dict) else {"text": title}
    text, subtitle = (parts.get(key, "") for key in ("text", "subtitle"))
    text, subtitle = (" ".join(p) if isinstance(p, list) else str(p) for p in (text, subtitle))
    return text, subtitle


def _svg(picture: str, prefix: str) -> str:
    """The drawing without its own accessibility tree (the page names the chart) and with ids of its own."""
    root = ElementTree.fromstring(picture)
    width, height = root.get("width", ""), root.get("height", "")
    _cut(root, prefix)
    root.attrib = {
        "aria-hidden": "true",
        "width": "100%",
        "height": height,
        "viewBox": f"0 0 {width} {height}",
        "preserveAspectRatio": "xMidYMin meet",
    } | {name: value for name, value in root.attrib.items() if name not in ("width", "height", "viewBox", "version")}
    return ElementTree.tostring(root, encoding="unicode")


def _cut(element: ElementTree.Element, prefix: str) -> None:
    """Leave of an element and what it holds what can be seen."""
    for child in list(element):
        if not _unseen(child):
            _cut(child, prefix)
        if _unseen(child) or (child.tag == "g" and not child.attrib and not len(child)):
            element.remove(child)
    element.tag = element.tag.rpartition("}")[2]  # on a page, a drawing is in no namespace
    given = {name.rpartition("}")[2]: value for name, value in element.attrib.items()}
    element.attrib = {
        name: _rounded(value) if name in PLACES else f"{prefix}-{value}" if name == "id" else _own(value, prefix)
        for name, value in given.items()
        if name not in UNSAID and (name, value) not in USUAL
    }


def _unseen(element: ElementTree.Element) -> bool:
    """Whether an element shows nothing: a ground without a look, a label without text, a tick that had no room."""
    match element.tag.rpartition("}")[2]:
        case "path":
            return element.get("class") == "background" or (element.get("d"), element.get("display")) == ("", "none")
        case "text":
            return element.get("opacity") == "0" or not (element.text or len(element))
        case "line":
            return element.get("opacity") == "0"
    return False


def _own(value: str, prefix: str) -> str:
    """An attribute that may lead to an id of the drawing, which has a prefix."""
    return value.replace("url(#", f"url(#{prefix}-")


def in_plain_colours(svg: str) -> ElementTree.Element:
    """A drawing for what knows no variables of CSS: each colour that could follow the page is that of a light one."""
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        element.attrib = {name: _VARIABLE.sub(r"\1", value) for name, value in element.attrib.items()}
    return root


def picture(spec: dict) -> dict[str, str]:
    """A Vega-Lite specification as pictures, by type: a notebook that is not trusted shows no SVG, which could hold a script.

    Notebooks are in English in every edition, and so are the numbers of their charts.
    """
    svg = drawn(compiled(spec), {})
    # What makes the other picture knows no variables.
    plain = ElementTree.tostring(in_plain_colours(svg), encoding="unicode")
    png = base64.b64encode(vl_convert.svg_to_png(plain, scale=1.5)).decode()
    return {"image/svg+xml": svg, "image/png": png}


def _locales() -> dict[str, Any]:
    """The language's locales of numbers and times for a drawing; English is Vega's own."""
    vega = i18n.locale.vega
    return {"format_locale": vega["number"], "time_format_locale": vega["time"]} if vega else {}


def _rounded(place: str) -> str:
    """Coordinates to a tenth of a pixel: nobody sees more, and the digits are a third of a drawing's weight."""
    if "scale(" in place or "matrix(" in place:
        return place
    return re.sub(r"-?\d+\.\d\d+", lambda number: f"{round(float(number[0]), 1) + 0:g}", place)


# Channels that say where a mark stands or how it looks beside others, and nothing of what it stands for.
_LAYOUT = {
    "text",
    "order",
    "xOffset",
    "yOffset",
    "opacity",
    "fillOpacity",
    "strokeOpacity",
    "angle",
    "href",
    "url",
    "key",
}


def _encoded(spec: dict) -> tuple[dict[str, str], dict[str, int]]:
    """Fields that the chart's marks stand for and their titles, in the order in which they are met; which of them are dates."""
    found: dict[str, str] = {}
    dates: dict[str, int] = {}

    def visit(part: dict, above: dict) -> None:
        encodings = {**above, **part.get("encoding", {})}
        mark = part.get("mark", {})
        mark = mark if isinstance(mark, dict) else {"type": mark}
        if mark and mark.get("type") != "text" and mark.get("opacity") != 0:
            for channel, encoding in encodings.items():
                for one in encoding if isinstance(encoding, list) else [encoding]:
                    if channel not in _LAYOUT and isinstance(one, dict) and isinstance(one.get("field"), str):
                        add(channel, one, encodings)
        for layer in part.get("layer", []):
            visit(layer, encodings)
        if isinstance(part.get("spec"), dict):
            visit(part["spec"], encodings)

    def add(channel: str, one: dict, encodings: dict) -> None:
        field, axis, title = one["field"], one.get("axis") or {}, _named(one)
        other = encodings.get(channel.removesuffix("2") if channel in ("x2", "y2") else f"{channel}2")
        if isinstance(other, dict) and "field" in other:
            if channel in ("x2", "y2"):
                title = title or (_named(other) and _("{what}, to", what=_named(other)))
            elif title and not _named(other):
                title = _("{what}, from", what=title)
        found[field] = found.get(field) or title
        if one.get("type") == "temporal":
            dates[field] = 1
        elif str(axis.get("labelExpr", "")).startswith(DAYS):
            dates[field] = DAY

    visit(spec, {})
    taken = list(found.values())
    plain = {field: field.replace("_", " ").strip() for field in found}
    plain = {field: _(name[:1].upper() + name[1:]) for field, name in plain.items()}
    named = {
        field: title if title and taken.count(title) == 1 else f"{title}: {plain[field]}" if title else plain[field]
        for field, title in found.items()
    }
    return named, dates


def _named(encoding: dict) -> str:
    """The title that a channel's author gave it."""
    guides = (encoding.get(name) or {} for name in ("axis", "legend"))
    title = encoding.get("title") or next((guide["title"] for guide in guides if guide.get("title")), "")
    return title if isinstance(title, str) else " ".join(title)


def _first_data(vega: dict) -> str:
    def visit(marks: list[dict]) -> str:
        for mark in marks:
            source = mark.get("from", {})
            name = source.get("data") or source.get("facet", {}).get("data") or visit(mark.get("marks", []))
            if name:
                return name
        return ""

    return visit(vega.get("marks", []))
