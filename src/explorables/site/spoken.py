"""What an explorer and a chart show, said in the language of the build.

A chart's data, its scales and the formulas of its model keep the English names, by which they find each other and which
addresses hold. Titles are translated in the specification; names that stand in data are translated where they are drawn:
on axes, in legends, beside marks and in what a reader points at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from unicodedata import east_asian_width

from explorables.explore import sentence
from explorables.explore.slips import nearly, slips
from explorables.site import i18n
from explorables.site.i18n import _

SAID = "xp_said"  # the signal that has the translations of a chart's names
TEXT = re.compile(r'"(?:\\.|[^"\\])*"')  # in a formula
SOURCES = re.compile(r"Sources?: (?P<keys>.+?\))(?:, and (?P<count>\d+) more)?\.")  # as a table's `cite` writes them
DISCRETE = {"band", "point", "ordinal"}
NAMELESS = {"data", "datasets", "params", "transform"}  # parts of a specification whose titles nobody sees


def explorer(payload: Mapping[str, Any]) -> dict[str, Any]:
    """An explorer whose texts are in the language of the build; options stay, as addresses have them, and `words` says them."""
    made = dict(payload) | {key: _(payload[key]) for key in ("title", "description")}
    made["source"] = noted(payload.get("source") or "")
    for kind in ("controls", "readouts"):
        made[kind] = [one | {"label": _(one["label"]), "help": _(one["help"])} for one in payload[kind]]
    made["presets"] = [one | {"name": i18n.worded(one["name"])} for one in payload["presets"]]
    made["says"] = following(payload.get("says") or [])
    made["charts"] = [one | {"title": following(one.get("title") or [])} for one in payload["charts"]]
    signals = payload["model"]["signals"]
    formulas = [one["update"] for one in signals if "update" in one]
    formulas += [formula for one in signals for _name, formula in one.get("of", ())]
    texts = {json.loads(text) for formula in formulas for text in TEXT.findall(formula)}
    options = {option for one in payload["controls"] for option in one.get("options", ())}
    return made | {"words": translations(texts | options)}


def self_check(payload: Mapping[str, Any]) -> dict[str, Any]:
    """A self-check whose texts are in the language of the build; what it compares, and its name, stay."""
    made = dict(payload)
    for key in {"question", "why", "hint"} & set(payload):
        made[key] = i18n.worded(payload[key])
    match payload["kind"]:
        case "number":
            general = [one.says for one in slips(payload["unit"], _)] + [nearly(payload["tolerance"], _)]
            own = payload["slips"][: -len(general)]
            says = [i18n.worded(one["says"]) for one in own] + general
            made["slips"] = [one | {"says": text} for one, text in zip(payload["slips"], says, strict=True)]
        case "choice":
            made["solution"] = i18n.worded(payload["solution"])
            made["options"] = [
                one | {key: i18n.worded(one[key]) for key in ("text", "says")} for one in payload["options"]
            ]
        case "move":
            made["goals"] = [
                one
                | {"label": _(one["label"]), "said": _(equals) if isinstance(equals := one["equals"], str) else None}
                for one in payload["goals"]
            ]
            made["settings"] = [
                one
                | {
                    "label": _(one["label"]),
                    "value": i18n.worded(value) if isinstance(value := one["value"], str) else value,
                }
                for one in payload["settings"]
            ]
    return made


def noted(text: str) -> str:
    """A note under a chart, which may end in its sources."""
    found = SOURCES.search(text)
    if found is None or i18n.locale.vega is None:
        return i18n.worded(text)
    before, after = (i18n.worded(part.strip()) for part in (text[: found.start()], text[found.end() :]))
    keys, count = found["keys"], found["count"]
    said = (
        _("Sources: {keys}, and {count} more.", keys=keys, count=count) if count else _("Sources: {keys}.", keys=keys)
    )
    return " ".join(filter(None, (before, said, after)))


def following(parts: list[sentence.Part]) -> list[sentence.Part]:
    """A sentence that follows the settings."""
    text = sentence.written(parts)
    return parts if _(text) == text else sentence.parse(_(text))


def titled(part: Any) -> Any:
    """A Vega-Lite specification whose titles and descriptions are in the language of the build."""
    if isinstance(part, list):
        return [titled(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        key: one if key in NAMELESS else _said(one) if key in ("title", "description") else titled(one)
        for key, one in part.items()
    }


def _said(title: Any) -> Any:
    """A title, which may have lines or be one of several texts; as it was where there is no translation."""
    if isinstance(title, dict):
        return title | {"text": _said(title["text"])} if "text" in title else title
    text = " ".join(title) if isinstance(title, list) else title
    return i18n.worded(text) if isinstance(text, str) and i18n.worded(text) != text else title


def names(vega: Mapping[str, Any]) -> set[str]:
    """Every text in the data, the scales and the formulas of a Vega specification: whatever its marks can name."""
    found: set[str] = set()

    def visit(part: Any) -> None:
        if isinstance(part, dict):
            for one in part.values():
                visit(one)
        elif isinstance(part, list):
            for one in part:
                visit(one)
        elif isinstance(part, str):
            found.add(part)
            if '"' in part:
                found.update(json.loads(text) for text in TEXT.findall(part))

    for kind in ("data", "scales", "signals", "marks"):
        visit(vega.get(kind, []))
    return found


def translations(texts: set[str]) -> dict[str, str]:
    """The texts that are others in the language of the build."""
    said = {text: i18n.worded(text) for text in sorted(texts) if text and not set("{}") & set(text)}
    return {text: one for text, one in said.items() if one != text}


def drawn(vega: dict[str, Any]) -> dict[str, Any]:
    """A Vega specification that draws names as the language of the build has them."""
    if i18n.locale.vega is None or not (known := translations(names(vega))):
        return vega
    scales = {scale["name"] for scale in _parts(vega, "scales") if scale.get("type") in DISCRETE}
    made = _part(vega, scales)
    return made | {"signals": [*made.get("signals", []), {"name": SAID, "value": known}]}


def _parts(part: Mapping[str, Any], kind: str) -> Iterator[Mapping[str, Any]]:
    """The scales, say, of a specification and of the groups in it."""
    yield from part.get(kind, [])
    for group in part.get("marks", []):
        yield from _parts(group, kind)


def _part(part: Mapping[str, Any], scales: set[str]) -> dict[str, Any]:
    """A specification or a group in it: its guides and its marks say names as they are translated."""
    made = dict(part)
    for kind in ("axes", "legends"):
        if kind in part:
            made[kind] = [_guide(one, scales) for one in part[kind]]
    if "marks" in part:
        made["marks"] = [_mark(one, scales) for one in part["marks"]]
    return made


def _guide(guide: Mapping[str, Any], scales: set[str]) -> Mapping[str, Any]:
    """An axis or a legend: its title, and its labels if they are names."""
    made = {**guide, "title": _said(guide["title"])} if "title" in guide else dict(guide)
    kinds = ("scale", "fill", "stroke", "shape", "size", "opacity", "strokeDash", "strokeWidth")
    if scales.isdisjoint(one for kind in kinds if isinstance(one := guide.get(kind), str)):
        return made
    encode = guide.get("encode", {})
    labels = encode.get("labels", {})
    update = labels.get("update", {})
    label = update.get("text", {}).get("signal", "datum.label")
    looked = "datum.value" if label == "datum.label" else label
    text = {"signal": f"{SAID}[{looked}] || ({label})"}
    return made | {"encode": {**encode, "labels": {**labels, "update": {**update, "text": text}}}}


def _mark(mark: Mapping[str, Any], scales: set[str]) -> dict[str, Any]:
    """A mark, or a group of them."""
    made = _part(mark, scales)
    update = mark.get("encode", {}).get("update", {})
    if mark["type"] == "text" and "text" in update:
        text = update["text"]
        text = [_text(one) for one in text] if isinstance(text, list) else _text(text)
        made["encode"] = {**mark["encode"], "update": {**update, "text": text}}
    return made


def _text(text: Mapping[str, Any]) -> Mapping[str, Any]:
    """A production rule of a text."""
    if isinstance(text.get("value"), str):
        return {**text, "value": i18n.worded(text["value"])}
    value = f"datum[{json.dumps(text['field'])}]" if isinstance(text.get("field"), str) else text.get("signal", "")
    if not value or value.startswith("format("):
        return text
    return {key: one for key, one in text.items() if key != "field"} | {"signal": f"{SAID}[{value}] || ({value})"}


def width(text: str) -> int:
    """How wide a text is drawn, in Latin letters."""
    return sum(1 + (east_asian_width(one) in "WF") for one in i18n.worded(text))
