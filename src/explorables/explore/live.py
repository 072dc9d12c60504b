"""Explorers in a live kernel: ipywidgets linked to `altair.JupyterChart`."""

from __future__ import annotations

import html
import json
import math
import sys
from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import altair as alt
import ipywidgets as widgets

from explorables import drawing
from explorables.explore import theme
from explorables.explore.inputs import POSITIONS, Choice, Input, Slider, Text, signal_name

if TYPE_CHECKING:
    from explorables.explore.explorer import Explorer

# The rules name more than they need to: JupyterLab styles what stands in an HTML widget by itself.
_STYLE = f"""<style>
{theme.css()}
.xp-live .xp-heading {{ font-size: 1.15em; font-weight: 650; }}
.xp-live .xp-note {{ opacity: .8; font-size: .9em; line-height: 1.4; overflow-wrap: anywhere; }}
.xp-live .xp-says {{ font-size: 1.1em; line-height: 1.5; margin: .5rem 0; }}
.xp-live .xp-readouts {{ display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: .5rem 0; line-height: 1.4; }}
.xp-live .xp-readouts span {{ display: block; opacity: .8; font-size: .85em; }}
.xp-live .xp-readouts b {{ font-size: 1.25em; font-weight: 600; }}
.xp-live .vega-embed, .xp-live .vega-embed svg {{ max-width: 100%; }}
.xp-live .vega-embed svg {{ height: auto; }}
</style>"""
WIDTH = 640  # of a chart; a narrower notebook shrinks it
SILENT = 24 * 60 * 60 * 1000  # ms
CHART_SCRIPT = "chart.js"  # Altair's widget with Vega, beside a Python that runs in the browser


def bring_vega() -> None:
    """Let Altair's widgets draw without a network."""
    if sys.platform == "emscripten":
        # vl-convert, from which Altair takes Vega, is no package of Pyodide: the site that carries the kernel has it.
        from js import location

        alt.JupyterChart._esm = f"{location.href.split('/extensions/')[0]}/{CHART_SCRIPT}"
        alt.JupyterChart._is_offline = True
    else:
        alt.JupyterChart.enable_offline(True)


def _sent(spec: dict) -> dict[str, Any]:
    """A specification as its widget takes it. On the way out of a Python in a browser each null is lost, and text is not."""
    return {"json": json.dumps(spec)} if sys.platform == "emscripten" else spec


def chart(spec: dict, **_: Any) -> dict[str, Any]:
    """An ordinary chart as a widget, and as pictures for a notebook that is opened again: a widget ends with its session."""
    bring_vega()
    shown = alt.JupyterChart(alt.Chart.from_dict(spec))
    shown.spec = _sent(shown.spec)
    # The bundle of a widget, without the pair that anywidget makes of it.
    data = widgets.DOMWidget._repr_mimebundle_(shown)
    return {**data, **drawing.by().picture(spec)} if find_spec("vl_convert") else data


def _control(control: Input, value: Any, label_width: str) -> widgets.DOMWidget:
    common = {
        "description": control.label,
        "tooltip": control.help or None,
        "style": {"description_width": label_width},
        "layout": widgets.Layout(width=f"calc({label_width} + 22rem)", max_width="80%"),
    }
    if isinstance(control, Choice):
        return widgets.Dropdown(options=list(control.options), value=value, **common)
    if isinstance(control, Text):
        return widgets.Text(value=value, **common)
    if not isinstance(control, Slider):
        return widgets.Checkbox(value=value, **common)
    # The slider's own number is replaced by one with a unit.
    if control.scale == "log":
        low, high = math.log10(control.min), math.log10(control.max)
        return widgets.FloatLogSlider(
            value=value, base=10, min=low, max=high, step=_step(control), readout=False, **common
        )
    return widgets.FloatSlider(
        value=value, min=control.min, max=control.max, step=_step(control), readout=False, **common
    )


def _step(control: Slider) -> float:
    """From one position of the handle to the next, in powers of ten where the scale is logarithmic."""
    if control.scale == "log":
        return math.log10(control.max / control.min) / POSITIONS
    return control.step or (control.max - control.min) / POSITIONS


def _same_position(control: Slider, a: float, b: float) -> bool:
    """Whether two values put the handle at the same place."""
    distance = math.log10(a / b) if control.scale == "log" else a - b
    return abs(distance) <= 0.5001 * _step(control)


class LiveExplorer:
    """Controls, readouts and charts of one explorer, kept in step with its settings."""

    def __init__(self, explorer: Explorer):
        bring_vega()
        self.explorer = explorer
        longest = max((len(control.label) for control in explorer.inputs.values()), default=0)
        width = f"{min(longest, 36) + 2}ch"
        self.controls = {n: _control(c, explorer.settings[n], width) for n, c in explorer.inputs.items()}
        self.values = {n: widgets.Label() for n in self.controls}
        self.presets = {name: self._button(name, partial(explorer.preset, name)) for name in explorer.presets}
        self.readouts = widgets.HTML()
        specs = [explorer.chart_spec(view)[0] for view in explorer.views]
        self.titles = {number: explorer.title_of(spec) for number, spec in enumerate(specs) if explorer.title_of(spec)}
        self.headings = {number: widgets.HTML() for number in self.titles}
        for number in self.titles:
            del specs[number]["title"]
        self.charts = [self._chart(spec) for spec in specs]
        self._quiet = False
        for name, control in self.controls.items():
            control.observe(partial(self._on_change, name), "value")
        rows = self._rows(more=True)
        self.box = widgets.VBox(
            [
                widgets.HTML(_STYLE + self._heading()),
                self._buttons(),
                *self._rows(more=False),
                *([widgets.Accordion([widgets.VBox(rows)], titles=["More settings"])] if rows else []),
                self.readouts,
                *self._figures(),
                widgets.HTML(f"<div class='xp-note'>{html.escape(explorer.source)}</div>"),
            ]
        )
        self.box.add_class("xp-live")
        self._refresh()

    def _heading(self) -> str:
        title, description = (html.escape(text) for text in (self.explorer.title, self.explorer.description))
        return f"<div class='xp-heading'>{title}</div><div class='xp-note'>{description}</div>"

    def _chart(self, spec: dict) -> alt.JupyterChart:
        """The widget of a chart whose `params` are the explorer's inputs.

        The widget would take what the chart computes from the inputs for parameters too and send all of it to and fro,
        so it is made from a chart that has the inputs alone, and given the specification itself afterwards.
        """
        inputs = alt.Chart().mark_point().add_params(*(alt.param(name=signal_name(n)) for n in self.explorer.inputs))
        # A chart that reports the settings back could overtake the next move of a slider.
        chart = alt.JupyterChart(
            inputs, debounce_wait=SILENT, max_wait=False, embed_options={"renderer": "svg", "actions": False}
        )
        chart.spec = _sent({**spec, "width": WIDTH})
        # Whenever it is shown, a chart starts with the settings that were current when it was made.
        chart.params.observe(lambda _: self._tell(chart))
        return chart

    def _figures(self) -> list[widgets.DOMWidget]:
        """The charts, those whose title follows the settings below it."""
        return [
            part
            for number, chart in enumerate(self.charts)
            for part in ([self.headings[number]] if number in self.headings else []) + [chart]
        ]

    def _tell(self, chart: alt.JupyterChart) -> None:
        with chart.hold_sync():
            for name, value in self.explorer.settings.items():
                setattr(chart.params, signal_name(name), value)

    def _rows(self, more: bool) -> list[widgets.HBox]:
        names = [name for name, control in self.explorer.inputs.items() if control.more == more]
        return [widgets.HBox([self.controls[name], self.values[name]]) for name in names]

    def _button(self, text: str, action: Callable[[], Any], **options: Any) -> widgets.Button:
        button = widgets.Button(description=text, layout=widgets.Layout(width="auto"), **options)
        button.on_click(lambda _: action())
        return button

    def _buttons(self) -> widgets.HBox:
        reset = self._button("Reset", self.explorer.reset, icon="undo", tooltip="Back to the defaults")
        return widgets.HBox([*self.presets.values(), reset], layout=widgets.Layout(flex_flow="row wrap"))

    def show(self, settings: Mapping[str, Any]) -> None:
        """Move the controls to these settings, then update once."""
        self._quiet = True
        try:
            for name, value in settings.items():
                self.controls[name].value = value
        finally:
            self._quiet = False
        self._refresh()

    def _on_change(self, name: str, change: Any) -> None:
        if self._quiet:
            return
        control, value = self.explorer.inputs[name], change["new"]
        if isinstance(control, Slider):
            # A slider that is shown a value reports the nearest position of its handle: that is nobody's move.
            if _same_position(control, value, self.explorer.settings[name]):
                return
            value = min(max(value, control.min), control.max)  # a log slider may pass its bound by a rounding error
        self.explorer._moved({name: value})
        self._refresh()

    def _refresh(self) -> None:
        explorer, settings = self.explorer, self.explorer.settings
        idle = explorer.idle()
        for name, control in explorer.inputs.items():
            shown = control.show(settings[name]) if isinstance(control, Slider) else ""
            self.values[name].value = " · ".join(filter(None, [shown, idle.get(name)]))
        for name, button in self.presets.items():
            chosen = settings == {**explorer.defaults, **explorer.presets[name]}
            button.button_style = "primary" if chosen else ""
        result = explorer.result
        items = "".join(
            f"<div><span>{html.escape(r.title)}</span><b>{html.escape(r.show(result[r.name]))}</b></div>"
            for r in explorer.readouts
        )
        says = f"<div class='xp-says'>{html.escape(explorer.say(explorer.says))}</div>" if explorer.says else ""
        self.readouts.value = says + (f"<div class='xp-readouts'>{items}</div>" if items else "")
        for number, title in self.titles.items():
            self.headings[number].value = f"<b class='xp-chart-title'>{html.escape(explorer.say(title))}</b>"
        for chart in self.charts:
            self._tell(chart)
