"""The HTML of explorers and charts, complete before any script runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from math import log
from typing import Any

from explorables.site.charts import Drawn, draw
from explorables.site.words import _, human

POSITIONS = 400  # of a slider without a step; the page's script reads it from the control


def script_json(value: Any) -> str:
    """JSON that can stand inside a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def data_script(kind: str, value: Any) -> str:
    return f'<script type="application/json" class="{kind}">{script_json(value)}</script>'


def chart(drawn: Drawn, label: str) -> str:
    """One chart: drawings for both widths."""
    title = f'<div class="xp-chart-title">{escape(drawn.title)}</div>' if drawn.title else ""
    subtitle = f'<div class="xp-chart-subtitle">{escape(drawn.subtitle)}</div>' if drawn.subtitle else ""
    return (
        f'<div class="xp-figure">{title}{subtitle}'
        f'<div class="xp-chart" role="img" aria-label="{escape(label)}">'
        f'<div class="xp-wide">{drawn.wide}</div><div class="xp-narrow">{drawn.narrow}</div></div>'
        f'<details class="xp-data"><summary>{_("Data of this chart")}</summary><div class="xp-table"></div></details></div>'
    )


def specs(drawn: list[Drawn]) -> str:
    """What the script needs to make charts live, one after the other: side by side, what they share compresses well."""
    return "".join(data_script("xp-spec", {"vega": d.vega, "data": d.data, "columns": d.columns}) for d in drawn)


def figure(spec: dict, prefix: str) -> str:
    """An ordinary Altair chart."""
    drawn = draw(spec, prefix)
    return f'<div class="xp-single">{chart(drawn, drawn.description or drawn.title)}{specs([drawn])}</div>'


def explorer(payload: Mapping[str, Any]) -> str:
    """An explorer: controls, readouts, charts and the data for the page's script."""
    name = payload["id"]
    charts = [draw(item["spec"], f"xp-{name}-{i}") for i, item in enumerate(payload["charts"])]
    said = "; ".join(f"{r['label']}: {_said(r)}" for r in payload["readouts"])
    drawings = "".join(chart(d, _alternative(d, payload, said)) for d in charts)
    settings = {key: payload[key] for key in ("id", "controls", "presets", "readouts", "model")}
    title = payload["title"] or _("Explorer")
    description = f'<p class="xp-description">{escape(payload["description"])}</p>' if payload["description"] else ""
    source = f'<p class="xp-source">{escape(payload["source"])}</p>' if payload["source"] else ""
    return (
        f'<section class="xp-explorer" id="{name}" aria-labelledby="{name}-title">'
        f'<div class="xp-title" id="{name}-title">{escape(title)}</div>{description}'
        f'<div class="xp-buttons">{_buttons(payload["presets"])}</div>'
        f"{_controls(name, payload['controls'])}"
        '<p class="xp-note" role="status"></p>'
        f"{_readouts(payload['readouts'])}{drawings}{source}"
        '<p class="xp-announce" role="status"></p>'
        f"{specs(charts)}{data_script('xp-settings', settings)}</section>"
    )


def _alternative(drawn: Drawn, payload: Mapping[str, Any], said: str) -> str:
    first = drawn.description or ". ".join(filter(None, [drawn.title, payload["description"]])) or payload["title"]
    return first.rstrip(".") + "." + _(" Now: {values}.", values=said) if said else first


def _buttons(presets: list[Mapping[str, Any]]) -> str:
    buttons = "".join(
        f'<button type="button" class="xp-preset" data-preset="{escape(preset["name"])}" aria-pressed="false">'
        f"{escape(preset['name'])}</button>"
        for preset in presets
    )
    group = f'<span class="xp-presets" role="group" aria-label="{_("Presets")}">{buttons}</span>' if presets else ""
    return (
        f'{group}<span class="xp-actions"><button type="button" class="xp-reset">{_("Reset")}</button>'
        f'<button type="button" class="xp-link">{_("Copy link")}</button></span>'
    )


def _controls(explorer_id: str, controls: list[Mapping[str, Any]]) -> str:
    def grid(chosen: list[Mapping[str, Any]]) -> str:
        return f'<div class="xp-controls">{"".join(_control(explorer_id, c) for c in chosen)}</div>'

    more = [c for c in controls if c["more"]]
    hidden = f'<details class="xp-more"><summary>{_("More settings ({count})", count=len(more))}</summary>{grid(more)}</details>'
    return grid([c for c in controls if not c["more"]]) + (hidden if more else "")


def _control(explorer_id: str, control: Mapping[str, Any]) -> str:
    key = f"{explorer_id}-{control['name']}"
    label, described = escape(control["label"]), ""
    help_text = ""
    if control["help"]:
        help_text = f'<div class="xp-help" id="{key}-help">{escape(control["help"])}</div>'
        described = f' aria-describedby="{key}-help"'
    common = f'id="{key}" data-input="{escape(control["name"])}"{described}'
    if control["type"] == "switch":
        checked = " checked" if control["value"] else ""
        body = f'<label class="xp-switch"><input type="checkbox" {common}{checked}> {label}</label>'
    elif control["type"] == "choice":
        options = "".join(
            f"<option{' selected' if option == control['value'] else ''}>{escape(option)}</option>"
            for option in control["options"]
        )
        body = f'<label for="{key}">{label}</label><select {common}>{options}</select>'
    else:
        body = _slider(key, common, label, control)
    return f'<div class="xp-control">{body}{help_text}</div>'


def _slider(key: str, common: str, label: str, control: Mapping[str, Any]) -> str:
    last, position = positions(control)
    low, high = (escape(human(control[end], control["unit"], format=control["format"])) for end in ("min", "max"))
    said = _said(control)
    text, size = escape(said), len(said)
    return (
        f'<label for="{key}">{label}</label>'
        f'<input type="text" class="xp-typed" id="{key}-typed" value="{text}" size="{size}" '
        f'aria-label="{_("{name}, typed", name=label)}" autocomplete="off" spellcheck="false">'
        f'<input type="range" {common} min="0" max="{last}" step="1" value="{position}" aria-valuetext="{text}">'
        f'<span class="xp-ends" aria-hidden="true"><span>{low}</span><span>{high}</span></span>'
    )


def _said(shown: Mapping[str, Any]) -> str:
    """The value of a slider or a readout as text."""
    return human(shown["value"], shown["unit"], shown["digits"], shown["format"])


def positions(control: Mapping[str, Any]) -> tuple[int, int]:
    """The last position of a slider's handle, and the one where it stands at first."""
    low, high, value = control["min"], control["max"], control["value"]
    if control["log"]:
        return POSITIONS, round(POSITIONS * log(value / low) / log(high / low))
    if control["step"]:
        return round((high - low) / control["step"]), round((value - low) / control["step"])
    return POSITIONS, round(POSITIONS * (value - low) / (high - low))


def _readouts(readouts: list[Mapping[str, Any]]) -> str:
    items = "".join(
        f'<div class="xp-readout"><dt>{escape(r["label"])}</dt>'
        f'<dd data-readout="{escape(r["name"])}">{escape(_said(r))}</dd></div>'
        for r in readouts
    )
    return f'<dl class="xp-readouts">{items}</dl>' if items else ""
