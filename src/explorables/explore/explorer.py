"""`explore`: from a NumPy function and its inputs to one object that lives on a page, in a kernel and in plain text."""

from __future__ import annotations

import functools
import html
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from explorables import drawing
from explorables.explore import idle
from explorables.explore.abbreviations import fixed_of, inputs_of, ranges_of
from explorables.explore.agreement import check_result
from explorables.explore.inputs import Input, signal_name, within
from explorables.explore.model import NumberModel, Outputs, TracedModel
from explorables.explore.readout import Readout
from explorables.explore.repeats import packed
from explorables.explore.sentence import Part, names, parse, said
from explorables.explore.trace import Emitter, Unusable, input_node
from explorables.explore.views import View, image, trajectory

MIME = "application/vnd.explorables.explorer+json"
PRIMARY = 3  # readouts at most beside the charts; the rest is folded
BACK = "<p><i>Run this cell to have its controls back.</i></p>"  # where a notebook that is opened again has no widget
STATIC = "EXPLORABLES_STATIC"  # set while a site is built or work is graded: then no widgets are made


class Explorer:
    """A model with inputs that a reader can move. Made by `explore`.

    Attributes
    ----------
    settings : dict
        The reader's current settings by input name: numbers, labels of choices, truth values.
    result : dict
        The model's outputs at these settings, computed by NumPy.
    """

    def __init__(
        self,
        function: Callable,
        views: Sequence[View],
        inputs: Mapping[str, Input],
        *,
        presets: Mapping[str, Mapping[str, Any]],
        readouts: Sequence[Readout],
        title: str,
        description: str,
        source: str,
        id: str,
        says: str = "",
        primary: Sequence[str] | None = None,
    ):
        self.function, self.views, self.inputs = function, list(views), dict(inputs)
        self.readouts, self.title, self.description, self.source, self.id = readouts, title, description, source, id
        self._current = self.defaults
        self.presets = {name: self._checked(changes, f"preset {name!r}") for name, changes in presets.items()}
        self._widget: Any = None
        missing = [r.name for r in readouts if r.name not in self.result]
        if missing:
            raise ValueError(f"readout {missing[0]!r} is not an output; the model gives {', '.join(self.result)}")
        self.says = self._sentence(says, "says")
        self.primary = self._primary(primary)

    def _sentence(self, text: str, where: str) -> list[Part]:
        """A sentence that follows the settings, its names checked."""
        try:
            parts = parse(text)
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from None
        known = [*self.inputs, *(r.name for r in self.readouts)]
        if unknown := [name for name in names(parts) if name not in known]:
            raise ValueError(f"{where}: {unknown[0]!r} is no input or readout; there are {', '.join(known)}")
        return parts

    def _primary(self, chosen: Sequence[str] | None) -> list[str]:
        """The readouts that stand beside the charts: those asked for, or else the first."""
        known = [r.name for r in self.readouts]
        if unknown := [name for name in chosen or () if name not in known]:
            raise ValueError(f"primary: {unknown[0]!r} is no readout; there are {', '.join(known)}")
        if chosen is not None and len(chosen) > PRIMARY:
            raise ValueError(f"primary: {PRIMARY} readouts at most, not {len(chosen)}")
        return known[:PRIMARY] if chosen is None else list(chosen)

    # -- settings and results ------------------------------------------------------------------------------------

    @property
    def defaults(self) -> dict[str, Any]:
        """The settings at which an explorer begins, by input."""
        return within({name: control.default for name, control in self.inputs.items()}, self.inputs)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings as they are now, by input."""
        return dict(self._current)

    @property
    def result(self) -> Outputs:
        """The outputs of the model at these settings."""
        return self.evaluate()

    def _checked(self, changes: Mapping[str, Any], where: str) -> dict[str, Any]:
        for name in changes:
            if name not in self.inputs:
                raise ValueError(f"{where}: no input {name!r}; there are {', '.join(self.inputs)}")
        try:
            return {name: self.inputs[name].check(value) for name, value in changes.items()}
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from None

    def _with(self, changes: Mapping[str, Any], where: str) -> dict[str, Any]:
        """The current settings with changes."""
        return within({**self._current, **self._checked(changes, where)}, self.inputs)

    def set(self, **changes: Any) -> Explorer:
        """Move the explorer's inputs; widgets that are on show follow.

        Raises
        ------
        ValueError
            If an input does not exist or a value is outside its range; nothing is changed then.
        """
        self._current = self._with(changes, "set")
        if self._widget is not None:
            self._widget.show(self._current)
        return self

    def preset(self, name: str) -> Explorer:
        """Go to a preset; inputs that it does not name take their defaults."""
        if name not in self.presets:
            raise ValueError(f"no preset {name!r}; there are {', '.join(self.presets)}")
        return self.set(**{**self.defaults, **self.presets[name]})

    def reset(self) -> Explorer:
        """Back to the defaults."""
        return self.set(**self.defaults)

    def _numbers(self, changes: Mapping[str, Any], lengths: Mapping[str, int] | None = None) -> NumberModel:
        settings = self._with(changes, "settings")
        current = {k: self.inputs[k].value(v) for k, v in settings.items()}
        return NumberModel(self.function, self.inputs, current, lengths)

    @functools.cached_property
    def _lengths(self) -> dict[str, int]:
        """The lengths on a page of arrays whose length depends on an input."""
        values = dict.items(self._traced)
        return {name: len(value) for name, value in values if getattr(value, "ragged", False)}

    def evaluate(self, **changes: Any) -> Outputs:
        """The model's outputs at the current settings, with changes for this call only."""
        return self._numbers(changes).result

    def readings(self, **changes: Any) -> dict[str, Any]:
        """The readouts by name at the current settings, with changes for this call only: words where there are codes."""
        result = self.evaluate(**changes)
        return {readout.name: readout.said(result[readout.name]) for readout in self.readouts}

    def cases(self) -> dict[str, dict[str, Any]]:
        """The `readings` of every preset, by its name; inputs that it does not name take their defaults."""
        return {name: self.readings(**{**self.defaults, **settings}) for name, settings in self.presets.items()}

    def tables(self, **changes: Any) -> list[list[pd.DataFrame]]:
        """The tables behind each view at the current settings, as NumPy computes them."""
        tables = []
        for view in self.views:
            model = self._numbers(changes, self._lengths)
            view(model)
            tables.append([rows.frame() for rows in model.tables])
        return tables

    def table(self, view: int = 0, **changes: Any) -> pd.DataFrame:
        """The first table behind a view at the current settings: the swept values of a curve, for example."""
        if not self.views:
            raise ValueError("this explorer has no views")
        return self.tables(**changes)[view][0]

    def say(self, parts: list[Part], **changes: Any) -> str:
        """A sentence of `says` or of a chart's title at the current settings, with changes for this call only."""
        settings, result = self._with(changes, "settings"), self.evaluate(**changes)
        values = settings | {r.name: r.said(result[r.name]) for r in self.readouts}
        written = {name: control.show(settings[name]) for name, control in self.inputs.items()}
        return said(parts, values, written | {r.name: r.show(result[r.name]) for r in self.readouts})

    def title_of(self, spec: Mapping[str, Any]) -> list[Part]:
        """The title of a chart if it follows the settings: if names stand in braces in it."""
        title = spec.get("title", "")
        text = title.get("text", "") if isinstance(title, Mapping) else title
        return self._sentence(text, "title of a chart") if isinstance(text, str) and "{" in text else []

    # -- the page ------------------------------------------------------------------------------------------------

    def params(self, settings: Mapping[str, Any]) -> list[dict]:
        """Settings as Vega-Lite parameters."""
        return [{"name": signal_name(name), "value": value} for name, value in settings.items()]

    def chart_spec(self, view: View) -> tuple[dict, list[dict]]:
        """A view as a Vega-Lite specification of traced expressions, and the tables in it."""
        spec, model = self._drawn.get(id(view)) or self._draw(view)
        signals = [{"name": name, "expr": text} for name, text in model.emitter.signals()]
        tables = [{"name": rows.name, "computed": [n for n in rows.computed]} for rows in model.tables]
        return {**spec, "params": self.params(self._current) + signals + spec.get("params", [])}, tables

    def _draw(self, view: View) -> tuple[dict, TracedModel]:
        """A view of the traced model, and the model with the tables that the view has made."""
        model = TracedModel(self.function, self.inputs)
        return view(model).to_dict(), model

    @functools.cached_property
    def _drawn(self) -> dict[int, tuple[dict, TracedModel]]:
        return {id(view): self._draw(view) for view in self.views}

    @functools.cached_property
    def _traced(self) -> Outputs:
        """The model's outputs as expressions."""
        return TracedModel(self.function, self.inputs).result

    @functools.cached_property
    def _idle(self) -> dict[str, idle.Idle]:
        """The inputs that can come to change nothing that a reader sees."""
        shown = [readout.traced(self._traced[readout.name], self.inputs) for readout in self.readouts]
        settings = {signal_name(name): input_node(signal_name(name), c.kind) for name, c in self.inputs.items()}
        for spec, model in self._drawn.values():
            shown += [value.item for rows in model.tables for value in rows.computed.values()]
            shown += idle.referred(spec, settings | model.emitter.named)
        return idle.idle(self.inputs, shown)

    def idle(self, **changes: Any) -> dict[str, str]:
        """The inputs that change nothing at the current settings, with changes for this call only, and why, in words.

        Examples
        --------
        >>> explore(lambda floor, a: {"most": np.maximum(floor, a)}, floor=(5.0, 9.0), a=(1.0, 4.0)).idle()
        {'a': 'No effect with the other settings as they are.'}
        """
        settings = {**self._current, **self._checked(changes, "settings")}
        return {
            name: idle.said([(self.inputs[one].label, self.inputs[one].show(settings[one])) for one in reason])
            for name, reason in self._reasons(settings).items()
        }

    def _reasons(self, settings: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
        """The inputs that change nothing at some settings, and those because of which."""
        known = {input_node(signal_name(n), c.kind): settings[n] for n, c in self.inputs.items()}
        found = {name: one.now(known) for name, one in self._idle.items()}
        return {name: reason for name, reason in found.items() if reason is not None}

    def model_spec(self) -> dict:
        """A Vega specification without marks that computes the readouts, and which inputs change something."""
        result, emitter = self._traced, Emitter()
        names = {r.name: emitter.signal(r.traced(result[r.name], self.inputs)) for r in self.readouts}
        effects = {
            name: {
                "effect": emitter.signal(one.effect),
                "reasons": [[list(others), emitter.signal(left)] for others, left in one.reasons],
            }
            for name, one in self._idle.items()
        }
        inputs = [{"name": p["name"], "value": p["value"]} for p in self.params(self._current)]
        signals = [{"name": name, "update": text} for name, text in emitter.signals()]
        return {"signals": inputs + signals, "names": names, "effects": effects}

    def check_spec(self) -> dict:
        """A Vega specification that computes every table of every view, for comparing the page with NumPy."""
        specs = []
        for view in self.views:
            model = TracedModel(self.function, self.inputs)
            view(model)
            data = [
                {
                    "name": rows.name,
                    "values": rows.values(),
                    "transform": [{"type": "formula", "as": n, "expr": t} for n, t in rows.formulas()],
                }
                for rows in model.tables
            ]
            signals = [{"name": name, "update": text} for name, text in model.emitter.signals()]
            inputs = [{"name": p["name"], "value": p["value"]} for p in self.params(self._current)]
            specs.append({"signals": inputs + signals, "data": data})
        return {"model": self.model_spec(), "views": specs}

    def payload(self) -> dict:
        """All that a page needs, as JSON values: controls, presets, readouts, the model, and Vega-Lite charts."""
        result = self.result
        model, reasons = self.model_spec(), self._reasons(self.defaults)
        charts = []
        for view in self.views:
            spec, tables = self.chart_spec(view)
            spec["params"] = packed(spec["params"], "expr")
            charts.append({"spec": spec, "tables": tables, "title": self.title_of(spec)})
        return {
            "id": self.id,
            "title": self.title,
            "description": self.description,
            "source": self.source,
            "controls": [
                {
                    "name": name,
                    "signal": signal_name(name),
                    "label": c.label,
                    "help": c.help,
                    "value": self.defaults[name],
                    "more": c.more,
                    **c.payload(),
                    **self._idle_payload(name, model["effects"], reasons),
                }
                for name, c in self.inputs.items()
            ],
            # A list, since notebooks sort the keys of what they store.
            "presets": [{"name": name, "settings": settings} for name, settings in self.presets.items()],
            "readouts": [
                {
                    "name": r.name,
                    "label": r.title,
                    "unit": r.unit,
                    "digits": r.digits,
                    "format": r.format,
                    "help": r.help,
                    "signal": model["names"][r.name],
                    "value": r.payload(result[r.name]),
                }
                for r in self.readouts
            ],
            "says": self.says,
            "primary": self.primary,
            "model": {"signals": packed(model["signals"], "update")},
            "charts": charts,
        }

    @staticmethod
    def _idle_payload(name: str, effects: Mapping[str, dict], reasons: Mapping[str, tuple[str, ...]]) -> dict:
        """When a control changes nothing, for the page: signals, and the names because of which it does so at first."""
        if name not in effects:
            return {}
        return {"idle": effects[name] | ({"first": list(reasons[name])} if name in reasons else {})}

    # -- what a front end shows ----------------------------------------------------------------------------------

    def lines(self) -> Iterable[tuple[str, str]]:
        """Settings and readouts as pairs of text."""
        for name, control in self.inputs.items():
            yield control.label, control.show(self._current[name])
        result = self.result
        for readout in self.readouts:
            yield readout.title, readout.show(result[readout.name])

    def __repr__(self) -> str:
        width = max((len(label) for label, _ in self.lines()), default=0)
        sentence = [self.say(self.says)] if self.says else []
        return "\n".join(
            [self.title or "Explorer", *sentence, *(f"  {label:<{width}}  {text}" for label, text in self.lines())]
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th scope='row'>{html.escape(label)}</th><td>{html.escape(text)}</td></tr>"
            for label, text in self.lines()
        )
        return f"<table><caption>{html.escape(self.title)}</caption><tbody>{rows}</tbody></table>"

    def html(self) -> str:
        """The explorer as a fragment of HTML that needs nothing else, for pages of any other maker.

        Put it into a page as raw HTML: Sphinx's ``raw`` directive, Quarto's ``{=html}`` block, or a template.
        """
        return drawing.by().fragment(self.payload())

    def save(self, file: str | os.PathLike[str]) -> None:
        """Write the explorer to one file that needs no network: a page to double-click, or a module for MyST 2.

        Parameters
        ----------
        file : str or os.PathLike
            A name in ``.html`` for a page, in ``.mjs`` for a module that MyST's ``anywidget`` directive shows.

        Raises
        ------
        ValueError
            If the name ends in anything else.

        Examples
        --------
        >>> explore(saving, rate=(0.01, 0.1), years=(1, 40)).save("saving.html")
        """
        Path(file).write_text(drawing.by().written(self.payload(), Path(file)), encoding="utf-8")

    def widget(self) -> Any:
        """The explorer as a widget, one an explorer: as on the page, or where that cannot be made, of ipywidgets and Altair."""
        from explorables.explore import desk
        from explorables.explore.live import LiveExplorer

        if self._widget is None:
            self._widget = desk.DeskExplorer(self) if desk.possible() else LiveExplorer(self)
        return self._widget

    def _moved(self, settings: Mapping[str, Any]) -> None:
        """The widget tells what the reader set."""
        self._current.update(settings)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        bundle = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if os.environ.get(STATIC):
            return {MIME: self.payload(), **bundle}
        from ipywidgets import DOMWidget

        shown = DOMWidget._repr_mimebundle_(self.widget().box)  # a dict, where anywidget would give a pair
        bundle["text/html"] = self._picture() + bundle["text/html"] + BACK
        # With its payload beside the widget, a result that is stored in a notebook is live on a page made of it later.
        return {MIME: self.payload(), **shown, **bundle}

    def _picture(self) -> str:
        """The first chart at the current settings for a notebook that is opened again, where it can be drawn."""
        if not self.views or find_spec("vl_convert") is None:
            return ""
        spec, _tables = self.chart_spec(self.views[0])
        if title := self.title_of(spec):
            spec["title"] = self.say(title)
        alt, png = (
            html.escape(spec.get("description") or self.title or "Chart"),
            drawing.by().picture(spec)["image/png"],
        )
        return f'<p><img alt="{alt}" src="data:image/png;base64,{png}" width="640"></p>'


def _paired(function: Callable, names: Sequence[str]) -> Callable:
    """A function of the two ends of some ranges."""

    @functools.wraps(function.func if isinstance(function, functools.partial) else function)
    def call(**values: Any) -> Any:
        for name in names:
            values[name] = values.pop(f"{name}_from"), values.pop(f"{name}_to")
        return function(**values)

    return call


def _shown(result: Outputs) -> tuple[list[View], list[Readout]]:
    """How to show a result that comes without views: numbers as readouts, arrays of one length as lines, tables as images."""
    shapes = {name: np.shape(value) for name, value in result.items() if not isinstance(value, Unusable)}
    lengths = sorted({shape[0] for shape in shapes.values() if len(shape) == 1 and shape[0] > 1})
    views = [trajectory(range(n), [name for name, shape in shapes.items() if shape == (n,)]) for n in lengths]
    views += [image(name) for name, shape in shapes.items() if len(shape) == 2 and min(shape) > 1]
    readouts = [Readout(name) for name, shape in shapes.items() if shape == ()]
    if not views and not readouts:
        for value in result.values():
            if isinstance(value, Unusable):
                raise value.error
        raise ValueError(f"there is nothing to show: give views or readouts for {', '.join(result)}")
    return views, readouts


def explore(
    function: Callable,
    /,
    *views: View,
    presets: Mapping[str, Mapping[str, Any]] | None = None,
    readouts: Sequence[Readout] = (),
    title: str = "",
    description: str = "",
    source: str = "",
    id: str = "",
    says: str = "",
    primary: Sequence[str] | None = None,
    inputs: Mapping[str, Any] | None = None,
    **more_inputs: Any,
) -> Explorer:
    """Let a reader move the inputs of a NumPy function, on a static page as in a live kernel.

    The function is run once with symbols for its inputs; what it does to them is written down as formulas, which a page
    computes. Then they are compared with the function itself, at many settings.

    Parameters
    ----------
    function : callable
        An ordinary NumPy function that takes the inputs by name and returns named outputs (a dict, a named tuple, a
        data class or a table of pandas), a tuple or a single value.
    *views : callable
        Charts: `curve`, `trajectory`, `bars`, `waterfall`, `heatmap`, `phase`, or any function from a `Model` to an Altair
        chart. With neither views nor readouts, numbers become readouts and arrays lines.
    presets : dict
        Named settings: a mapping of names to some inputs and their values.
    readouts : list of Readout
        Headline numbers and texts.
    title, description, source : str
        Heading, what the charts show in a sentence, and where the figures are from.
    id : str
        Name in the address and on the page; the function's name if not given.
    says : str
        A sentence that follows the settings, with names of inputs and readouts in braces and choices of words
        (`explorables.explore.sentence`). A chart's title follows them in the same way if names stand in braces in it.
    primary : list of str
        Up to three readouts that stand beside the charts, the first three if not given; the others are folded.
    inputs : dict
        Inputs by name, where a name is one of the above, such as ``title``.
    **more_inputs
        For each input a `Slider`, or an abbreviation as in `ipywidgets.interact`: ``(min, max)``, ``(min, max, step)``, a
        number, a list or dict of choices, True or False, ``fixed(value)``, or a widget. Whole bounds make whole numbers.

    Raises
    ------
    ValueError, TypeError
        If an input or preset does not fit; the message names it.
    TracingError
        If the model does something that a page cannot compute, or would not compute as NumPy does; the message names
        the line and what to write instead.

    Examples
    --------
    >>> def saving(rate=0.03, years=20, monthly=False):
    ...     a_year = 12 if monthly else 1
    ...     growth = (1 + rate / a_year) ** a_year
    ...     return {"saved": 100 * (growth**years - 1) / (growth - 1)}
    >>> explore(saving, curve("rate", "saved"), rate=(0.01, 0.1), years=(1, 40), monthly=False)
    """
    given = {**(inputs or {}), **more_inputs}
    fixed = {key: fixed_of(value)[1] for key, value in given.items() if fixed_of(value)[0]}
    ranges = ranges_of(given)
    rest = {key: value for key, value in given.items() if key not in fixed and key not in ranges}
    controls = inputs_of(function, rest, [*fixed, *ranges])
    for key, one in ranges.items():
        controls |= one.sliders(key)
    name = id or getattr(function, "__name__", "explorer").strip("_<>") or "explorer"
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name):
        raise ValueError(f"id {name!r}: use letters, digits, _ and -, beginning with a letter")
    function = functools.partial(function, **fixed) if fixed else function
    function = _paired(function, list(ranges)) if ranges else function
    if not views and not readouts:
        made, readouts = _shown(TracedModel(function, controls).result)
        views = tuple(made)
    explorer = Explorer(
        function,
        views,
        controls,
        presets=presets or {},
        readouts=list(readouts),
        title=title,
        description=description,
        source=source,
        id=name,
        says=says,
        primary=primary,
    )
    # A model that cannot be traced, or would be traced wrongly, fails here, in the author's cell.
    explorer.payload()
    check_result(function, explorer.inputs, explorer._traced)
    return explorer
