"""The HTML of explorers and charts, complete before any script runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import log
from typing import Any, NamedTuple
from unicodedata import east_asian_width

from markupsafe import Markup

from explorables.explore import idle, sentence
from explorables.explore.inputs import POSITIONS
from explorables.explore.repeats import packed
from explorables.site import compiled, names, spoken
from explorables.site.charts import Drawn, draw
from explorables.site.i18n import _, human
from explorables.site.render import render

WORDS = 12  # letters from which on a readout is words rather than a number


class Shown(NamedTuple):
    """A part of a sentence: its text, and the control or readout that it comes from, if one."""

    text: str
    of: str = ""


def script_json(value: Any) -> str:
    """JSON that can stand inside a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def data_script(kind: str, value: Any) -> str:
    """Data of a page as a script element of a class."""
    return f'<script type="application/json" class="{kind}">{script_json(value)}</script>'


def chart(drawn: Drawn, label: str, title: Sequence[Shown] = ()) -> Markup:
    """One chart: drawings for both widths, under the title that follows the settings or else its own."""
    return render(
        "figure.html", drawn=drawn, label=label, title=title, wide=Markup(drawn.wide), narrow=Markup(drawn.narrow)
    )


def specs(drawn: Sequence[Drawn]) -> str:
    """What the script needs to make charts live, one after the other: side by side, what they share compresses well."""
    return "".join(
        data_script(
            "xp-spec",
            {"vega": _packed(d.vega), "data": d.data, "columns": d.columns, "dates": d.dates}
            | ({"ends": d.ends | {"from": names.FROM}} if d.ends else {}),
        )
        for d in drawn
    )


def _packed(vega: Mapping[str, Any]) -> dict[str, Any]:
    return {**vega, **({"signals": packed(vega["signals"], "update")} if "signals" in vega else {})}


def figure(spec: dict, prefix: str) -> str:
    """An ordinary Altair chart."""
    drawn = draw(spec, prefix)
    shown = chart(drawn, drawn.description or drawn.title)
    return Markup('<div class="xp-single">{}{}</div>').format(shown, Markup(specs([drawn])))


def explorer(payload: Mapping[str, Any], pictures: bool = True) -> str:
    """An explorer: the answer, controls, charts and the data for the page's script; without pictures the script draws first."""
    payload = spoken.explorer(payload)
    name = payload["id"]
    charts = [draw(item["spec"], f"xp-{name}-{i}", pictures) for i, item in enumerate(payload["charts"])]
    titles = [item["title"] for item in payload["charts"]]
    written = {one["name"]: _said(one) for one in (*payload["controls"], *payload["readouts"])}
    heard = "; ".join(f"{one['label']}: {written[one['name']]}" for one in payload["readouts"])
    figures = [
        chart(drawn, _alternative(drawn, title, payload, heard), _sentence(title, payload))
        for drawn, title in zip(charts, titles, strict=True)
    ]
    primary = payload.get("primary", [])
    readouts = [
        {**one, "text": written[one["name"]], "worded": len(written[one["name"]]) > WORDS}
        for one in sorted(payload["readouts"], key=lambda one: one["name"] not in primary)
    ]
    settings = {key: payload[key] for key in ("id", "controls", "presets", "readouts")}
    settings |= {"says": payload["says"], "titles": titles}
    if payload["words"]:
        settings["words"] = payload["words"]
    return render(
        "explorer.html",
        id=name,
        title=payload["title"] or _("Explorer"),
        description=payload["description"],
        source=payload["source"],
        says=_sentence(settings["says"], payload),
        primary=[one for one in readouts if one["name"] in primary],
        folded=[one for one in readouts if one["name"] not in primary],
        presets=[preset | {"holds": _holds(preset, payload["controls"])} for preset in payload["presets"]],
        controls=[_control(name, one, payload["controls"]) for one in payload["controls"]],
        figures=figures,
        data=Markup(specs(charts) + data_script("xp-settings", settings)),
        model=Markup(compiled.of(payload)),
    )


def _sentence(parts: list[sentence.Part], payload: Mapping[str, Any]) -> list[Shown]:
    """A sentence that follows the settings: its words, and what it takes from the explorer, which the script replaces."""
    shown = [*payload["controls"], *payload["readouts"]]
    values = {one["name"]: one["value"] for one in shown}
    return [
        Shown(part)
        if isinstance(part, str)
        else Shown(next(_said(one) for one in shown if one["name"] == part["of"]), part["of"])
        for part in sentence.flat(parts, values)
    ]


def _holds(preset: Mapping[str, Any], controls: Sequence[Mapping[str, Any]]) -> bool:
    """Whether an explorer opens with the settings of a preset."""
    first = {control["name"]: control["value"] for control in controls}
    return {**first, **preset["settings"]} == first


def _alternative(drawn: Drawn, title: list[sentence.Part], payload: Mapping[str, Any], heard: str) -> str:
    """What a chart shows, in words: what its author says of it, or else its title, which may follow the settings."""
    name = "".join(part.text for part in _sentence(title, payload)) or drawn.title
    first = drawn.description or ". ".join(filter(None, [name, payload["description"]])) or payload["title"]
    return first.rstrip(".") + "." + _(" Now: {values}.", values=heard) if heard else first


def _control(explorer_id: str, control: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A control with what its HTML says."""
    key = f"{explorer_id}-{control['name']}"
    notes = [part for part, there in (("idle", "idle" in control), ("help", control["help"])) if there]
    made = {**control, "key": key, "described": " ".join(f"{key}-{part}" for part in notes)}
    made["shown"] = [(option, human(option)) for option in control.get("options", ())]
    if "idle" in control:
        first = control["idle"].get("first")
        shown = {one["name"]: (one["label"], _said(one)) for one in others}
        made["why"] = "" if first is None else idle.said([shown[name] for name in first], _)
    if control["type"] == "slider":
        made["last"], made["position"] = positions(control)
        made["low"], made["high"] = (
            human(control[end], control["unit"], format=control["format"]) for end in ("min", "max")
        )
        made["text"] = _said(control)
        made["room"] = room(control)
    return made


def room(control: Mapping[str, Any]) -> int:
    """The widest that a slider's value becomes, in digits: a value that grew while the slider is dragged would move it."""
    last, _first = positions(control)
    low, high = control["min"], control["max"]
    parts = [place / 100 for place in range(101)]
    if control["log"]:
        values = [low * (high / low) ** part for part in parts]
    else:
        values = [low + round(part * last) * (control["step"] or (high - low) / last) for part in parts]
    digits = 12 if control["step"] else 3
    texts = {_said({**control, "value": float(f"{value:.{digits}g}")}) for value in values}
    return max(sum(1 + (east_asian_width(one) in "WF") for one in text) for text in texts)


def _said(shown: Mapping[str, Any]) -> str:
    """The value of a control or a readout as text."""
    return human(shown["value"], shown.get("unit", ""), shown.get("digits", 3), shown.get("format", ""))


def positions(control: Mapping[str, Any]) -> tuple[int, int]:
    """The last position of a slider's handle, and the one where it stands at first."""
    low, high, value = control["min"], control["max"], control["value"]
    if control["log"]:
        return POSITIONS, round(POSITIONS * log(value / low) / log(high / low))
    if control["step"]:
        return round((high - low) / control["step"]), round((value - low) / control["step"])
    return POSITIONS, round(POSITIONS * (value - low) / (high - low))
