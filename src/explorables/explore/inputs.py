"""What a reader can set: sliders, choices, switches and texts."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from explorables.explore.format import human
from explorables.explore.trace import Traced, input_node, lookup

YEARS = (1990, 2100)  # whole numbers between these, written as years are, are years
POSITIONS = 400  # of a slider without a step; the page's script reads it from the control
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
            all(map(is_plain, option.values())) if isinstance(option, Mapping) else is_plain(option)
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


def is_plain(value: Any) -> bool:
    """Whether a value is one number, truth value or text."""
    return isinstance(value, str | bool | int | float | np.number | np.bool_)
