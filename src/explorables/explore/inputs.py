"""What a reader can set: sliders, choices and switches, with the abbreviations of ipywidgets' `interact`."""

from __future__ import annotations

import datetime
import inspect
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from explorables.explore.format import human, plain_name, unit_with
from explorables.explore.trace import Traced, input_node, lookup

YEARS = (1990, 2100)  # whole numbers between these, written as years are, are years
LOG_STEPS = 400  # positions of a slider that moves evenly in log space
_EPOCH = datetime.date(1970, 1, 1)


def _day(value: Any) -> Any:
    return float((value - _EPOCH).days) if isinstance(value, datetime.date) else value


@dataclass
class Slider:
    """A number between two bounds.

    Parameters
    ----------
    min, max : float or datetime.date
        Bounds. Dates reach the model as days since 1970-01-01.
    default : float or datetime.date, optional
        Where the slider stands at first; the middle if not given.
    step : float, optional
        Distance between positions of a linear slider.
    scale : {"linear", "log"}
        A log slider moves evenly in log space.
    unit, label, help : str
        What stands beside the slider. Units as in `explorables.explore.format.human`.
    digits : int
        Significant digits of the shown value.
    format : str
        How the value is written where digits are not enough: ``"d"`` for a year, ``".2f"`` for a fixed number of
        decimals, as in `explorables.explore.format.human`.
    more : bool
        Put it under "More settings", which a reader opens.
    at_most, at_least : str
        Names of other sliders that this one cannot pass: they hold it back, and take it along.
    play : bool
        Whether a button moves the slider to its end by itself, as for a time; a slider over dates or years has one anyway.

    Attributes
    ----------
    whole : bool
        Whether bounds and step are of type int: then the function receives an int, which may be a count or an index.

    Examples
    --------
    >>> Slider(1, 1e6, 1e4, scale="log", unit="units")  # moves evenly in log space
    >>> Slider(1, 20, 5, step=1)  # a count, for range(n) and np.zeros(n)
    """

    min: float
    max: float
    default: float | None = None
    step: float | None = None
    scale: str = "linear"
    unit: str = ""
    label: str = ""
    help: str = ""
    digits: int = 3
    format: str = ""
    more: bool = False
    at_most: str = ""
    at_least: str = ""
    play: bool = False
    name: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        self.whole = all(isinstance(v, int) and not isinstance(v, bool) for v in (self.min, self.max, self.step))
        if isinstance(self.min, datetime.date):
            self.unit, self.step = "date", self.step or 1.0
        self.min, self.max, self.default = float(_day(self.min)), float(_day(self.max)), _day(self.default)
        if not self.min < self.max:
            raise ValueError(f"Slider: min ({self.min:g}) must be below max ({self.max:g})")
        if self.scale not in ("linear", "log"):
            raise ValueError(f"Slider: scale must be 'linear' or 'log', not {self.scale!r}")
        if self.scale == "log" and self.min <= 0:
            raise ValueError(f"Slider: a log scale needs min above 0, not {self.min:g}")
        if self.step is not None and self.step <= 0:
            raise ValueError(f"Slider: step must be above 0, not {self.step:g}")
        if self.default is None:
            middle = math.sqrt(self.min * self.max) if self.scale == "log" else (self.min + self.max) / 2
            steps = round((middle - self.min) / self.step) * self.step if self.step else 0
            self.default = self.min + steps if self.step else middle
        self.default = self.check(self.default)

    kind = "f"

    def check(self, value: Any) -> float:
        """The value as a number within the bounds, or a ValueError that names the input."""
        try:
            number = float(_day(value))
        except (TypeError, ValueError):
            raise ValueError(f"{self.name or 'Slider'}: {value!r} is not a number") from None
        if not self.min <= number <= self.max:
            low, high, said = (human(v, self.unit, format=self.format) for v in (self.min, self.max, number))
            raise ValueError(f"{self.name or 'Slider'}: {said} is outside {low} to {high}")
        return float(math.floor(number + 0.5)) if self.whole else number

    def value(self, setting: float) -> Any:
        """What the model receives in NumPy."""
        return round(setting) if self.whole else np.float64(setting)

    def values(self) -> list[float]:
        """The whole numbers that it can be set to, by hand or by typing; none where it takes others too."""
        return [float(v) for v in range(int(self.min), int(self.max) + 1)] if self.whole else []

    @property
    def over_time(self) -> bool:
        """Whether it moves through dates, or through years: whole numbers written as years are."""
        years = self.whole and self.format == "d" and not self.unit and YEARS[0] <= self.min and self.max <= YEARS[1]
        return self.unit == "date" or years

    def traced(self) -> Any:
        """What the model receives when it is traced."""
        return Traced(input_node(signal_name(self.name), "f"))

    def show(self, setting: float) -> str:
        return human(setting, self.unit, self.digits, self.format)

    def payload(self) -> dict:
        return {
            "type": "slider",
            "min": self.min,
            "max": self.max,
            "step": self.step,
            "log": self.scale == "log",
            "unit": self.unit,
            "digits": self.digits,
            "format": self.format,
            **({"whole": True} if self.whole else {}),
            **({"play": True} if self.play or self.over_time else {}),
            **{key: name for key, name in (("atMost", self.at_most), ("atLeast", self.at_least)) if name},
        }


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


def within(settings: dict[str, Any], inputs: Mapping[str, Input]) -> dict[str, Any]:
    """Settings in which every slider is held back by those that it may not pass."""
    for name, control in inputs.items():
        if isinstance(control, Slider):
            for other, end in ((control.at_most, min), (control.at_least, max)):
                if other:
                    settings[name] = end(settings[name], settings[other])
    return settings


@dataclass
class Choice:
    """One of several named values: numbers, texts or records (mappings of those), or anything else, such as functions.

    Attributes
    ----------
    settled : bool
        Whether the function is traced once for each option, because they are neither of the first three.
    """

    options: Mapping[str, Any]
    default: str = ""
    label: str = ""
    help: str = ""
    more: bool = False
    name: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        self.options = {str(label): value for label, value in self.options.items()}
        if not self.options:
            raise ValueError("Choice: at least one option is needed")
        self.settled = not all(
            all(map(_is_plain, option.values())) if isinstance(option, Mapping) else _is_plain(option)
            for option in self.options.values()
        )
        self.default = self.check(self.default or next(iter(self.options)))

    kind = "s"

    def check(self, value: Any) -> str:
        """The label of an option, or a ValueError that names the input and its options."""
        if isinstance(value, str) and value in self.options:
            return value
        for label, option in self.options.items():
            if option is value or not isinstance(option, Mapping | np.ndarray) and option == value:
                return label
        raise ValueError(f"{self.name or 'Choice'}: {value!r} is not one of {', '.join(self.options)}")

    def value(self, setting: str) -> Any:
        option = self.options[setting]
        if isinstance(option, Mapping):
            return {key: _numpy(item) for key, item in option.items()}
        return _numpy(option)

    def traced(self) -> Any:
        key = input_node(signal_name(self.name), "s")
        if self.settled:
            return Traced(key)
        first = next(iter(self.options.values()))
        if not isinstance(first, Mapping):
            return Traced(lookup(self.options, key))
        return {
            column: Traced(lookup({label: record[column] for label, record in self.options.items()}, key))
            for column in first
        }

    def values(self) -> list[str]:
        """The labels of its options."""
        return list(self.options)

    def show(self, setting: str) -> str:
        return setting

    def payload(self) -> dict:
        return {"type": "choice", "options": list(self.options)}


@dataclass
class Switch:
    """A check box."""

    default: bool = False
    label: str = ""
    help: str = ""
    more: bool = False
    name: str = field(default="", repr=False)

    kind = "b"

    def check(self, value: Any) -> bool:
        """A truth value, or a ValueError that names the input."""
        if not isinstance(value, bool | np.bool_):
            raise ValueError(f"{self.name or 'Switch'}: {value!r} is not True or False")  # noqa: TRY004 - as other inputs do
        return bool(value)

    def value(self, setting: bool) -> Any:
        return np.bool_(setting)

    def traced(self) -> Any:
        return Traced(input_node(signal_name(self.name), "b"))

    def values(self) -> list[bool]:
        """Off and on."""
        return [False, True]

    def show(self, setting: bool) -> str:
        return human(setting)

    def payload(self) -> dict:
        return {"type": "switch"}


@dataclass
class Text:
    """A field for a text of the reader's own, which a title or a sentence can name and the function can pass on or compare.

    Nothing else can be done with it: a page runs no Python on what a reader writes. Where the result hangs on which of
    some texts it is, a `Choice` gives them.
    """

    default: str = ""
    label: str = ""
    help: str = ""
    more: bool = False
    name: str = field(default="", repr=False)

    kind = "s"

    def check(self, value: Any) -> str:
        """A text, or a ValueError that names the input."""
        if not isinstance(value, str):
            raise ValueError(f"{self.name or 'Text'}: {value!r} is no text")  # noqa: TRY004 - as other inputs do
        return value

    def value(self, setting: str) -> Any:
        return setting

    def traced(self) -> Any:
        return Traced(input_node(signal_name(self.name), "s"))

    def values(self) -> list[str]:
        """None, as there is no end of texts."""
        return []

    def show(self, setting: str) -> str:
        return setting

    def payload(self) -> dict:
        return {"type": "text"}


Input = Slider | Choice | Switch | Text


def _numpy(value: Any) -> Any:
    if isinstance(value, bool):
        return np.bool_(value)
    return np.float64(value) if isinstance(value, int | float | np.number) else value


def signal_name(name: str) -> str:
    """The name of an input's signal; the prefix keeps clear of Vega's own names, such as width."""
    return f"in_{name}"


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
    return _is_plain(value) and _is_plain(default) and value == default


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | bool | int | float | np.number | np.bool_)


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
