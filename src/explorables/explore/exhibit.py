"""An explorer that is declared once, in a table beside its data, and can be shown anywhere: `exhibit`.

The table is a TOML file with the name of the module, with a section for each explorer::

    [match]
    title = "Match a frontier cluster"
    says = "{needed} do the work of {machines}. {loss > 5%: The network takes its toll. | }"
    primary = ["needed"]

    [match.inputs]
    weaker = { label = "Weaker machine", options = "=weaker_machines" }
    machines = { label = "Size of the cluster", range = [72, 1e6], default = 1e5, scale = "log", unit = "machines" }
    loss = { label = "Network loss", range = [0, 0.12], default = 0.02, step = 0.005, unit = "%" }
    other_loss = { like = "loss", label = "Network loss, the other side", more = true }
    shared = { label = "Shared power", default = false }

    [match.presets."A copy of a large site"]
    machines = 4e5

    [match.readouts]
    needed = { label = "Machines needed", unit = "machines" }

A text that begins with ``=`` names one of the values that the function gives, for what the tables of the book decide.
A section with ``like = "match"`` takes what it does not name itself from the section `match`.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from explorables.explore.explorer import Explorer, explore
from explorables.explore.inputs import Choice, Input, Slider, Switch, Text
from explorables.explore.readout import Readout
from explorables.explore.views import View

KEYS = {"id", "title", "description", "inputs", "presets", "readouts", "says", "primary", "like"}


@dataclass(frozen=True)
class Parts:
    """What an exhibit takes from Python, besides its table.

    Attributes
    ----------
    model : callable
        The NumPy function whose inputs a reader moves.
    views : sequence of callable
        Its charts, as `explore` takes them.
    values : mapping
        What the table names with ``=``: options of choices, defaults, ends of ranges, values in presets.
    source : str
        Where the figures are from.
    """

    model: Callable
    views: Sequence[View] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""


def exhibit(function: Callable[[], Parts]) -> Callable[..., Explorer]:
    """Make an explorer of a function that gives its `Parts` and of the section of its name in the table beside it.

    The result takes changes: ``model=`` another function of the same inputs, ``views=`` other charts, and for each
    input another place to start (a number, an option, a truth value) or another input (an abbreviation as in
    `explore`, or a `Slider`).

    Parameters
    ----------
    function : callable
        Named like a section of the TOML file that has the name of its module.

    Raises
    ------
    ValueError
        When it is called, if the table does not fit; the message names the file, the section and the key.

    Examples
    --------
    >>> match = exhibits.scaling.match()
    >>> exhibits.scaling.match(machines=4e5, views=[my_chart])
    """
    table = Path(inspect.getfile(function)).with_suffix(".toml")
    name = function.__name__
    where = f"{table.name}, [{name}]"

    @functools.wraps(function)
    def make(*, model: Callable | None = None, views: Sequence[View] | None = None, **changes: Any) -> Explorer:
        section, parts = declared(table, name), function()
        if "model" in section["inputs"] and model is not None and not callable(model):
            model, changes["model"] = None, model  # an input of that name, and a place to start
        inputs = {key: _input(key, section["inputs"], parts.values, where) for key in section["inputs"]}
        for key, change in changes.items():
            if key not in inputs:
                raise TypeError(f"{name}() has no input {key!r}; it has {', '.join(inputs)}")
            inputs[key] = _changed(inputs[key], change)
        return explore(
            model or parts.model,
            *(parts.views if views is None else views),
            presets=_filled(section.get("presets", {}), parts.values, where),
            readouts=[Readout(key, **_filled(spec, parts.values, where)) for key, spec in section["readouts"].items()],
            title=section.get("title", ""),
            description=section.get("description", ""),
            source=parts.source,
            id=section.get("id", name),
            says=section.get("says", ""),
            primary=section.get("primary"),
            **dict[str, Any](inputs),
        )

    make.id = declared(table, name).get("id", name)  # type: ignore[attr-defined]
    make.__doc__ = _help(function, declared(table, name))
    make.__signature__ = inspect.signature(make, follow_wrapped=False)  # type: ignore[attr-defined]
    return make


def explorers_in(code: str) -> list[str]:
    """Ids of the explorers that Python code makes: by calls of exhibits that it imports, and of `explore` with an id.

    Nothing of the code is run; the modules of its exhibits are imported.

    Parameters
    ----------
    code : str
        Python, such as the cells of a notebook.

    Returns
    -------
    list of str
        In the order of the code.

    Examples
    --------
    >>> explorers_in("from my_book.exhibits import plants\\nplants.output()")
    ['output']
    """
    tree = ast.parse(code)
    known: dict[str, tuple[str, str]] = {}  # a name in the code: the module or package it is from, and its name there
    for line in ast.walk(tree):
        if isinstance(line, ast.ImportFrom) and line.module:
            known |= {name.asname or name.name: (line.module, name.name) for name in line.names}
    calls = [call for call in ast.walk(tree) if isinstance(call, ast.Call)]
    found = [_made_by(call, known) for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset))]
    return [made for made in found if made]


def _made_by(call: ast.Call, known: Mapping[str, tuple[str, str]]) -> str:
    """The id of the explorer that a call makes, or nothing."""
    match call.func:
        case ast.Name(name) if known.get(name, ("", ""))[1] == "explore":
            ids = [k.value.value for k in call.keywords if k.arg == "id" and isinstance(k.value, ast.Constant)]
            return str(ids[0]) if ids else ""
        case ast.Name(name) if name in known:
            return _id_of(*known[name])
        case ast.Attribute(ast.Name(name), function) if name in known:
            return _id_of(".".join(known[name]), function)
    return ""


def _id_of(module: str, function: str) -> str:
    """The id of an exhibit, or nothing for what is none."""
    try:
        return getattr(getattr(importlib.import_module(module), function, None), "id", "")
    except ModuleNotFoundError:  # a class, say, which is imported like a module
        return ""


def declared(table: Path, name: str) -> dict[str, Any]:
    """The section of an exhibit in its table.

    Raises
    ------
    ValueError
        If the file does not parse, has no such section, or has keys in it that mean nothing.
    """
    try:
        sections = tomllib.loads(table.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as problem:
        raise ValueError(f"{table.name}: {problem}") from None
    if name not in sections:
        raise ValueError(f"{table.name}: no section [{name}]; there are {', '.join(sections)}")
    if unknown := set(sections[name]) - KEYS:
        raise ValueError(
            f"{table.name}, [{name}]: {', '.join(sorted(unknown))} means nothing here; use {', '.join(sorted(KEYS))}"
        )
    section = dict(sections[name])
    if "like" in section:
        if section["like"] not in sections or section["like"] == name:
            raise ValueError(f"{table.name}, [{name}]: like = {section['like']!r}, which is no other section")
        other = declared(table, section.pop("like"))
        section = {**{key: value for key, value in other.items() if key != "id"}, **section}
    return {"inputs": {}, "readouts": {}, **section}


def _filled(spec: Any, values: Mapping[str, Any], where: str) -> Any:
    """A declaration with the values that it names put in."""
    if isinstance(spec, Mapping):
        return {key: _filled(item, values, where) for key, item in spec.items()}
    if isinstance(spec, list):
        return [_filled(item, values, where) for item in spec]
    if isinstance(spec, str) and spec.startswith("="):
        if spec[1:] not in values:
            raise ValueError(f"{where}: no value {spec[1:]!r}; the function gives {', '.join(values)}")
        return values[spec[1:]]
    return spec


def _input(key: str, inputs: Mapping[str, Any], values: Mapping[str, Any], where: str) -> Input:
    """The input that a line of the table declares."""
    spec = dict(inputs[key])
    while "like" in spec:
        other = spec.pop("like")
        if other not in inputs:
            raise ValueError(f"{where}: {key} is like {other!r}, which is no input")
        spec = {**inputs[other], **spec}
    spec = _filled(spec, values, where)
    try:
        if "options" in spec:
            options = spec.pop("options")
            return Choice({str(o): o for o in options} if isinstance(options, list) else options, **spec)
        if "range" in spec:
            return Slider(*spec.pop("range"), **spec)
        if isinstance(spec.get("default"), bool):
            return Switch(**spec)
    except (TypeError, ValueError) as problem:
        raise ValueError(f"{where}: {key}: {problem}") from None
    raise ValueError(f"{where}: {key} needs a range, options, or true or false as its default")


def _changed(control: Input, change: Any) -> Any:
    """An input that starts elsewhere, or the one that is given instead."""
    if isinstance(change, Slider | Choice | Switch | Text | tuple | list | Mapping):
        return change
    control.default = control.check(change)
    return control


def _help(function: Callable, section: Mapping[str, Any]) -> str:
    """What `help` shows: the function's own words, then what the table declares."""

    def line(key: str, spec: Mapping[str, Any]) -> str:
        known = {**section["inputs"].get(spec.get("like"), {}), **spec}
        low_high = known.get("range")
        span = f", {low_high[0]} to {low_high[1]}" if low_high else ""
        unit = f" ({known['unit']})" if known.get("unit") else ""
        return f"    {key}{unit}: {known.get('label', '')}{span}"

    parts = [inspect.getdoc(function) or section.get("title", "")]
    parts += [
        "Inputs, each of which can be given another start or another control:\n"
        + "\n".join(line(k, s) for k, s in section["inputs"].items())
    ]
    if section["readouts"]:
        parts += ["Readouts:\n" + "\n".join(line(k, s) for k, s in section["readouts"].items())]
    if isinstance(section.get("presets"), Mapping):  # a text names presets that the function makes
        parts += ["Presets:\n" + "\n".join(f"    {name}" for name in section["presets"])]
    parts += ["Further: `model=` another function of the same inputs, `views=` a list of other charts."]
    return "\n\n".join(parts)
