"""Writing the graph down: Vega expressions, each shared value once."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping

from explorables.explore.trace.nodes import LEAVES, PAGE, Node, ordered

MAX_DEPTH = 25  # deeper expressions are cut into named signals: the page's parser is recursive


def literal(value: bool | float | str) -> str:
    """A constant in the page's language."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "(1/0)" if value > 0 else "(-1/0)"
    text = str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    return f"({text})" if text.startswith("-") else text


def _write(item: Node, text: Callable[[Node], str]) -> str:
    """One node, its arguments written by `text`."""
    if item.op == "const":
        return literal(item.value)
    if item.op == "input":
        return str(item.value)
    if item.op == "field":
        return f"datum[{json.dumps(item.value)}]"
    if item.op == "lookup":
        entries = ", ".join(f"{json.dumps(label, ensure_ascii=False)}: {literal(v)}" for label, v in item.value)
        return f"{{{entries}}}[{text(item.args[0])}]"
    if item.op == "array":
        return f"[{', '.join(map(text, item.args))}]"
    if item.op == "element":
        return f"{text(item.args[0])}[{text(item.args[1])}]"
    return PAGE[item.op][1].format(*map(text, item.args))


def _statements(
    wanted: Mapping[str, Node], prefix: str, refer: Callable[[str], str], outer: Callable[[Node], str | None]
) -> list[tuple[str, str]]:
    """Name and expression of everything wanted and of its shared or deep parts, in order of evaluation.

    `refer` writes a reference to a name; `outer` gives the reference of a node calculated elsewhere, or None.
    """
    order = ordered(wanted.values(), lambda item: outer(item) is not None)
    own = {id(item): name for name, item in reversed(list(wanted.items()))}
    uses: dict[int, int] = {}
    for item in order:
        for arg in item.args:
            uses[id(arg)] = uses.get(id(arg), 0) + 1
    text: dict[int, str] = {}
    depth: dict[int, int] = {}
    statements: list[tuple[str, str]] = []

    def read(item: Node) -> str:
        return text[id(item)] if id(item) in text else outer(item) or _write(item, read)

    for item in order:
        depth[id(item)] = 1 + max((depth.get(id(arg), 0) for arg in item.args), default=0)
        text[id(item)] = _write(item, read)
        if id(item) in own or uses.get(id(item), 0) > 1 or depth[id(item)] > MAX_DEPTH:
            name = own.get(id(item)) or f"{prefix}{len(statements)}"
            statements.append((name, text[id(item)]))
            text[id(item)] = refer(name)
            depth[id(item)] = 0
    named = {name for name, _ in statements}
    return statements + [(name, read(item)) for name, item in wanted.items() if name not in named]


class Emitter:
    """Writes traced values as Vega signals and calculated fields, each shared value once.

    `columns` writes the calculated fields of one table; `signal` names a value that no row enters. When all tables
    of a chart are written, `signals` gives the named expressions that they refer to, in order.
    """

    def __init__(self) -> None:
        self._names: dict[Node, str] = {}

    def signal(self, item: Node) -> str:
        """The name of the signal that holds a value which no row enters."""
        if item.op == "input":
            return str(item.value)
        return self._names.setdefault(item, f"v{len(self._names)}")

    @property
    def named(self) -> dict[str, Node]:
        """The values that signals hold, by their names."""
        return {name: item for item, name in self._names.items()}

    def columns(self, columns: Mapping[str, Node]) -> list[tuple[str, str]]:
        """Fields and their expressions for one table, in the order in which they must be calculated.

        What no row enters becomes a signal, so that it is computed once and not once a row.
        """

        def hoisted(item: Node) -> str | None:
            return None if item.rows or item.op in LEAVES else self.signal(item)

        return _statements(columns, "_", lambda name: f"datum[{json.dumps(name)}]", hoisted)

    def signals(self) -> list[tuple[str, str]]:
        """Names and expressions of all signals that were asked for, with their shared parts."""
        return _statements({name: item for item, name in self._names.items()}, "s", str, lambda item: None)
