"""What an author may write for an input: an abbreviation of ipywidgets' `interact`, a widget of it, or a range for two sliders."""

from __future__ import annotations

import datetime
import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorables.explore.format import plain_name, unit_with
from explorables.explore.inputs import Choice, Input, Slider, Switch, Text, is_plain


@dataclass
class Range:
    """Two numbers between bounds, the lower one first: the function receives them as a pair.

    A reader gets two sliders that cannot pass each other; they are called after the input, with ``_from`` and ``_to``.

    Parameters
    ----------
    min, max : float
        Bounds.
    default : (float, float), optional
        Where the sliders stand at first; a quarter and three quarters of the way if not given.
    step, unit, digits, format, label, help, more
        As of a `Slider`.

    Examples
    --------
    >>> explore(lambda band: {"width": band[1] - band[0]}, band=Range(0.0, 10.0, (2.0, 5.0)))
    """

    min: float
    max: float
    default: tuple[float, float] | None = None
    step: float | None = None
    unit: str = ""
    digits: int = 3
    format: str = ""
    label: str = ""
    help: str = ""
    more: bool = False

    def sliders(self, name: str) -> dict[str, Input]:
        """Its two sliders, by name."""
        ends = self.default or (self.min + (self.max - self.min) / 4, self.min + 3 * (self.max - self.min) / 4)
        if len(ends) != 2 or not ends[0] <= ends[1]:
            raise ValueError(f"input {name!r}: {ends!r} is no range: give the lower number first")
        keep: dict[str, Any] = {key: getattr(self, key) for key in ("step", "unit", "digits", "format", "help", "more")}
        label = self.label or plain_name(name)
        other = {"from": ("at_most", "to"), "to": ("at_least", "from")}
        return {
            f"{name}_{end}": as_input(
                f"{name}_{end}",
                Slider(self.min, self.max, place, label=f"{label}, {end}", **keep | {bound: f"{name}_{which}"}),
            )
            for (end, (bound, which)), place in zip(other.items(), ends, strict=True)
        }


def ranges_of(given: Mapping[str, Any]) -> dict[str, Range]:
    """Those of some abbreviations that are ranges, also as range sliders of ipywidgets."""
    found = {}
    for name, one in given.items():
        if isinstance(one, Range):
            found[name] = one
        elif hasattr(one, "trait_names") and hasattr(one, "min") and isinstance(getattr(one, "value", None), tuple):
            found[name] = Range(one.min, one.max, one.value, step=getattr(one, "step", None), label=one.description)
    return found


def inputs_of(function: Callable, abbreviations: Mapping[str, Any], fixed: Collection[str] = ()) -> dict[str, Input]:
    """The inputs of a function by name; `fixed` are parameters that are given a value.

    Raises
    ------
    TypeError
        If the function has no such parameter, or one without default and without input.
    """
    parameters = inspect.signature(function).parameters
    name = getattr(function, "__name__", repr(function))
    open_ended = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    for given in [*abbreviations, *fixed]:
        if given not in parameters and not open_ended:
            raise TypeError(f"{name}() has no parameter {given!r}; it has {', '.join(parameters)}")
    for parameter in parameters.values():
        named = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        if named and parameter.default is parameter.empty and parameter.name not in (*abbreviations, *fixed):
            raise TypeError(f"{name}() needs {parameter.name!r}: give it an input, or fix it with functools.partial")
    made = {
        key: as_input(key, value, parameters[key].default if key in parameters else None)
        for key, value in abbreviations.items()
    }
    for key, control in made.items():
        if not isinstance(control, Slider):
            continue
        for bound, from_above in ((control.at_most, True), (control.at_least, False)):
            if not bound:
                continue
            other = made.get(bound)
            if not isinstance(other, Slider):
                raise ValueError(f"input {key!r}: {bound!r} is no slider; there are {', '.join(made)}")  # noqa: TRY004 - as other inputs do
            if not control.min <= (other.min if from_above else other.max) <= control.max:
                raise ValueError(f"input {key!r}: its bounds must let it follow {bound!r} to the end")
    return made


def as_input(name: str, abbreviation: Any, default: Any = None) -> Input:
    """Turn an abbreviation of ipywidgets (or an input itself) into an input with a name and a label.

    ``(min, max)`` and ``(min, max, step)`` become sliders, a list or dict a choice, a bool a switch, a text a field for text.

    Raises
    ------
    ValueError
        If the abbreviation is none of these; the message names the input.
    """
    try:
        made = _expand(_python(abbreviation), default)
        if isinstance(made, Slider):
            made.unit = unit_with(made.format, made.unit)
    except ValueError as error:
        raise ValueError(f"input {name!r}: {error}") from None
    made.name, made.label = name, made.label or plain_name(name)
    return made


def _python(abbreviation: Any) -> Any:
    """An abbreviation whose NumPy scalars are Python's: a whole number stays whole."""
    if isinstance(abbreviation, tuple):
        return tuple(map(_python, abbreviation))
    return abbreviation.item() if isinstance(abbreviation, np.integer | np.floating | np.bool_) else abbreviation


def _expand(abbreviation: Any, default: Any) -> Input:
    match abbreviation:
        case Slider() | Choice() | Switch() | Text():
            return abbreviation
        case bool():
            return Switch(abbreviation)
        case int() | float():
            return _around(abbreviation)
        case [tuple((str(), _)), *_] if all(isinstance(pair, tuple) and len(pair) == 2 for pair in abbreviation):
            return Choice(dict(abbreviation), _label_of(dict(abbreviation), default))
        case tuple((low, high)) | tuple((low, high, _)) if all(_is_number(v) for v in abbreviation):
            step = abbreviation[2] if len(abbreviation) == 3 else None
            if step is None and all(isinstance(v, int) for v in abbreviation):
                step = 1
            return Slider(low, high, default if _is_number(default) else None, step=step)
        case list():
            return Choice(
                {_called(value): value for value in abbreviation},
                next((_called(value) for value in abbreviation if value is default or _equals(value, default)), ""),
            )
        case Mapping():
            return Choice(abbreviation, _label_of(abbreviation, default))
        case str():
            return Text(abbreviation)
    if hasattr(abbreviation, "trait_names"):
        return _widget(abbreviation)
    raise ValueError(
        f"{abbreviation!r} is no input. Use (min, max), (min, max, step), a number, a list or dict of choices, "
        "True or False, a text, or Slider(...)"
    )


def _called(value: Any) -> str:
    """The label of an option: a function's name, or the option as text."""
    return getattr(value, "__name__", "") or str(value)


def _equals(value: Any, default: Any) -> bool:
    return is_plain(value) and is_plain(default) and value == default


def _label_of(options: Mapping[str, Any], default: Any) -> str:
    """The label of the option that is a parameter's default, or none."""
    return next((str(label) for label, value in options.items() if value is default or _equals(value, default)), "")


def _around(value: float) -> Slider:
    """A number alone: from its negative to three times itself, as ipywidgets has it."""
    if value == 0:
        return Slider(0, 1, 0, step=1) if isinstance(value, int) else Slider(0.0, 1.0, 0.0)
    low, high = sorted([-value, 3 * value])
    return Slider(low, high, value, step=1 if isinstance(value, int) else None)


def _widget(widget: Any) -> Input:
    """The input that does what a widget of ipywidgets does."""
    label = getattr(widget, "description", "")
    if hasattr(widget, "options"):
        options = widget.options
        pairs = (
            dict(options)
            if isinstance(options, Mapping)
            else dict(zip(widget._options_labels, widget._options_values, strict=True))
        )
        return Choice({str(key): value for key, value in pairs.items()}, str(widget.label or ""), label=label)
    if isinstance(getattr(widget, "value", None), bool):
        return Switch(widget.value, label=label)
    if type(widget).__name__ in ("Text", "Textarea", "Combobox"):
        return Text(widget.value, label=label)
    if hasattr(widget, "base") and hasattr(widget, "min"):
        low, high = float(widget.base) ** widget.min, float(widget.base) ** widget.max
        return Slider(low, high, widget.value, scale="log", label=label)
    if hasattr(widget, "min") and hasattr(widget, "max") and _is_number(widget.value):
        play = type(widget).__name__ == "Play"
        return Slider(widget.min, widget.max, widget.value, step=widget.step, label=label, play=play)
    raise ValueError(
        f"{type(widget).__name__} is a widget that a page has no control for. Use a slider, a menu or a check box: "
        "(min, max), a list, True or False"
    )


def fixed_of(abbreviation: Any) -> tuple[bool, Any]:
    """Whether an abbreviation is ipywidgets' ``fixed(value)``, and its value."""
    is_fixed = type(abbreviation).__name__ == "fixed" and hasattr(abbreviation, "value")
    return is_fixed, abbreviation.value if is_fixed else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number | datetime.date) and not isinstance(value, bool)
