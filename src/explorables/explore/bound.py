"""What a page's text says of its explorers and computed numbers, wherever it is shown: see `explorables.site.bound`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from explorables.explore.format import human

TARGET = re.compile(r"(?P<text>.+?)\s*<(?P<explorer>[A-Za-z][\w-]*)\?(?P<what>[^>]+)>", re.DOTALL)

Write = Callable[[Any, str, int, str], str]  # a value, its unit, its digits and its format as text


def now(written: str, explorers: Mapping[str, Mapping[str, Any]], write: Write = human) -> str:
    """The readout or setting of an explorer that ``match.power_ratio`` names, as the explorer writes it.

    Raises
    ------
    ValueError
        If the page has no such explorer, or the explorer no such readout or input.
    """
    name, _dot, what = written.strip().partition(".")
    payload = explorer(name, explorers)
    shown = {one["name"]: one for one in (*payload["controls"], *payload["readouts"])}
    if what not in shown:
        raise ValueError(f"{name} has no {what!r}; it has {', '.join(shown)}")
    one = shown[what]
    return write(one["value"], one.get("unit", ""), one.get("digits", 3), one.get("format", ""))


def value(written: str, numbers: Mapping[str, tuple[Any, str, str]], write: Write = human) -> str:
    """A number that the notebook computed, by its name.

    Raises
    ------
    ValueError
        If the page has no such number.
    """
    if written not in numbers:
        raise ValueError(f"no number {written!r} on this page; its values() has {', '.join(numbers) or 'none'}")
    number, unit, form = numbers[written]
    return write(number, unit, 2, form)


def link(written: str, explorers: Mapping[str, Mapping[str, Any]]) -> tuple[str, str, str]:
    """A link that sets an explorer, ``text <match?machines=4e5>``: its text, its address on the page, and the explorer.

    Raises
    ------
    ValueError
        If it is not written so, or the explorer, its preset, an input or a value does not exist.
    """
    found = TARGET.fullmatch(written.strip())
    if not found:
        raise ValueError("write it as: text <explorer?input=value> or text <explorer?preset>")
    name = found["explorer"]
    settings = _settings(name, found["what"], explorer(name, explorers))
    query = urlencode({f"{name}.{key}": value for key, value in settings.items()}, quote_via=quote)
    return found["text"], f"{'?' + query if query else ''}#{name}", name


def explorer(name: str, explorers: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """The explorer of a page that has a name.

    Raises
    ------
    ValueError
        If there is none.
    """
    if name not in explorers:
        known = ", ".join(explorers) or "none"
        raise ValueError(f"no explorer {name!r} on this page; there are {known}")
    return explorers[name]


def _settings(name: str, what: str, payload: Mapping[str, Any]) -> dict[str, str]:
    """Settings by input, as the address of a page holds them."""
    controls = {control["name"]: control for control in payload["controls"]}
    presets = {preset["name"]: preset["settings"] for preset in payload["presets"]}
    if what in presets:
        return {key: _checked(controls[key], _written(value)) for key, value in presets[what].items()}
    if "=" not in what:
        raise ValueError(f"{name} has no preset {what!r}; it has {', '.join(presets) or 'none'}")
    found = {}
    for key, value in parse_qsl(what.replace("+", "%2B"), keep_blank_values=True):
        if key not in controls:
            raise ValueError(f"{name} has no input {key!r}; it has {', '.join(controls)}")
        found[key] = _checked(controls[key], value)
    return found


def _written(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else f"{value:.12g}" if isinstance(value, float) else str(value)


def _checked(control: Mapping[str, Any], value: str) -> str:
    """A value that the control can take, as the page's script reads it."""
    match control["type"]:
        case "choice" if value in control["options"]:
            return value
        case "choice":
            raise ValueError(f"{control['name']}: {value!r} is not one of {', '.join(control['options'])}")
        case "text":
            return value
        case "switch" if value in ("0", "1"):
            return value
        case "switch":
            raise ValueError(f"{control['name']}: {value!r} is neither 0 nor 1")
    try:
        number = float(value)
    except ValueError:
        raise ValueError(f"{control['name']}: {value!r} is not a number") from None
    if not control["min"] <= number <= control["max"]:
        raise ValueError(f"{control['name']}: {value} is outside {control['min']:g} to {control['max']:g}")
    return f"{number:.12g}"
