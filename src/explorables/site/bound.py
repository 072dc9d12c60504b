"""Sphinx extension: numbers and links in the text that are bound to an explorer of the page, or to its code.

``{now}`match.power_ratio` `` shows a readout or a setting as the explorer writes it: as it opens when the book is built,
and as it stands once the page is live. ``{set}`a copy of a large site <match?machines=4e5>` `` is a link that sets
sliders, and ``{set}`... <match?A copy of a large site>` `` one that chooses a preset; all that it does not name goes
back to how the page opens. ``{value}`share` `` is a number that the notebook computed (`explorables.explore.values`) and
that stays. Without a script it opens the same page with these settings. What does not exist is a
warning with file and line, at which a build of the book stops.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from docutils import nodes
from docutils.parsers.rst.states import Inliner
from sphinx.application import Sphinx
from sphinx.util import logging

from explorables.site.i18n import human

logger = logging.getLogger(__name__)
TARGET = re.compile(r"(?P<text>.+?)\s*<(?P<explorer>[A-Za-z][\w-]*)\?(?P<what>[^>]+)>", re.DOTALL)


class Bound(nodes.inline):
    """A place in the text that an explorer fills: ``now``, ``set`` or ``value``, with what the author wrote, and then its HTML."""


def role(kind: str) -> Any:
    """The role that leaves a place for `resolve`, when all explorers of the page are known."""

    def place(name: str, raw: str, text: str, line: int, inliner: Inliner, *_: Any) -> tuple[list[nodes.Node], list]:
        node = Bound(raw, "", kind=kind, written=text.replace("\x00", ""))
        node.source, node.line = inliner.document.get("source", ""), line
        return [node], []

    return place


def resolve(app: Sphinx, doctree: nodes.document) -> None:
    """Fill the places of a page from its explorers and its computed numbers."""
    explorers, numbers = doctree.attributes.pop("xp_payloads", {}), doctree.attributes.pop("xp_values", {})
    fill = {
        "now": lambda said: now(said, explorers),
        "set": lambda said: link(said, explorers),
        "value": lambda said: value(said, numbers),
    }
    for node in doctree.findall(Bound):
        try:
            text, attributes = fill[node["kind"]](node["written"])
        except ValueError as problem:
            logger.warning("{%s}`%s`: %s", node["kind"], node["written"], problem, location=node)
            text, attributes = node["written"], {}
        node["html"] = attributes
        node += nodes.Text(text)


def now(written: str, explorers: Mapping[str, Mapping[str, Any]]) -> tuple[str, dict[str, str]]:
    """A live number, ``match.power_ratio``: its text and the attributes of its element.

    Raises
    ------
    ValueError
        If the page has no such explorer, or the explorer no such readout or input.
    """
    name, _dot, what = written.strip().partition(".")
    payload = _explorer(name, explorers)
    shown = {one["name"]: one for one in (*payload["controls"], *payload["readouts"])}
    if what not in shown:
        raise ValueError(f"{name} has no {what!r}; it has {', '.join(shown)}")
    one = shown[what]
    text = human(one["value"], one.get("unit", ""), one.get("digits", 3), one.get("format", ""))
    return text, {"class": "xp-value", "data-now": f"{name}.{what}"}


def value(written: str, numbers: Mapping[str, tuple[Any, str, str]]) -> tuple[str, dict[str, str]]:
    """A number that the notebook computed, ``share``: its text, and no attributes.

    Raises
    ------
    ValueError
        If the page has no such number.
    """
    if written not in numbers:
        raise ValueError(f"no number {written!r} on this page; its values() has {', '.join(numbers) or 'none'}")
    number, unit, form = numbers[written]
    return human(number, unit, 2, form), {}


def link(written: str, explorers: Mapping[str, Mapping[str, Any]]) -> tuple[str, dict[str, str]]:
    """A link that sets an explorer, ``text <match?machines=4e5>``: its text and the attributes of its element.

    Raises
    ------
    ValueError
        If it is not written so, or the explorer, its preset, an input or a value does not exist.
    """
    found = TARGET.fullmatch(written.strip())
    if not found:
        raise ValueError("write it as: text <explorer?input=value> or text <explorer?preset>")
    name = found["explorer"]
    settings = _settings(name, found["what"], _explorer(name, explorers))
    query = urlencode({f"{name}.{key}": value for key, value in settings.items()}, quote_via=quote)
    address = f"{'?' + query if query else ''}#{name}"
    return found["text"], {"class": "xp-set", "href": address, "data-set": name}


def visit(self: Any, node: Bound) -> None:
    """Open the element of a bound place."""
    attributes = {"CLASS" if name == "class" else name: value for name, value in node["html"].items()}
    self.body.append(self.starttag(node, _element(node), "", **attributes))


def depart(self: Any, node: Bound) -> None:
    """Close it."""
    self.body.append(f"</{_element(node)}>")


def _element(node: Bound) -> str:
    return "a" if "href" in node["html"] else "b" if node["html"] else "span"


def _explorer(name: str, explorers: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
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


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.add_node(Bound, html=(visit, depart))
    app.add_role("now", role("now"))
    app.add_role("set", role("set"))
    app.add_role("value", role("value"))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
