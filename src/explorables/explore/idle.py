"""Controls that change nothing at the present settings, found in the recording of the model.

Where a model chooses (`np.where`) only the branch that is taken counts; a factor of zero hides the other one, and the
smaller of two values hides the larger. So for each input there is a condition on the others under which moving it
changes something. It is one more expression, which the page and a kernel work out together with the readouts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from explorables.explore.inputs import Input, Slider, signal_name
from explorables.explore.trace import Node, complete, const, evaluate, input_node, leaves, node

YES, NO = const(True), const(False)
LARGE = 1e300
# Functions that never fall, and from where to where they are computed here.
RISING: dict[str, tuple[Callable[[float], float], float, float]] = {
    "exp": (math.exp, -700.0, 700.0),
    "log": (math.log, 1 / LARGE, LARGE),
    "sqrt": (math.sqrt, 0.0, LARGE),
    "atan": (math.atan, -LARGE, LARGE),
    "floor": (math.floor, -LARGE, LARGE),
    "ceil": (math.ceil, -LARGE, LARGE),
    "float": (float, -LARGE, LARGE),
}
NAMED = 2  # settings at most that a sentence gives as the reason
LONGEST = 400  # steps of a condition; a longer one would cost a page more than it tells
Range = tuple[float, float]
ANY: Range = (-math.inf, math.inf)
T = TypeVar("T")


def _and(a: Node, b: Node) -> Node:
    if NO in (a, b):
        return NO
    return b if a is YES or a is b else a if b is YES else node("&&", a, b)


def _or(a: Node, b: Node) -> Node:
    if YES in (a, b):
        return YES
    return b if a is NO or a is b else a if b is NO else node("||", a, b)


def _not(a: Node) -> Node:
    return a.args[0] if a.op == "!" else node("!", a)


def _upwards(root: Node, found: dict[Node, T], make: Callable[[Node], T]) -> None:
    """Find something for an expression and all below it, arguments first; deep ones would be too deep to call into."""
    waiting = [root]
    while waiting:
        item = waiting[-1]
        missing = [] if item in found else [arg for arg in item.args if arg not in found]
        if missing:
            waiting.extend(missing)
            continue
        waiting.pop()
        if item not in found:
            found[item] = make(item)


class Ranges:
    """Between which numbers an expression stays, wherever the inputs stand."""

    def __init__(self, inputs: Mapping[str, Input]):
        self.found: dict[Node, Range] = {}
        for name, control in inputs.items():
            ends = (control.min, control.max) if isinstance(control, Slider) else ANY
            self.found[input_node(signal_name(name), control.kind)] = (0.0, 1.0) if control.kind == "b" else ends

    def of(self, root: Node) -> Range:
        """The least and the greatest value; infinite where nothing better is known."""
        _upwards(root, self.found, self._one)
        return self.found[root]

    def _one(self, item: Node) -> Range:
        found = self._ends(item, [self.found[arg] for arg in item.args])
        return ANY if any(math.isnan(end) for end in found) else found

    def _ends(self, item: Node, args: list[Range]) -> Range:
        if item.kind == "s":
            return ANY
        if item.op == "const":
            return float(item.value), float(item.value)
        if item.kind == "b":
            return 0.0, 1.0
        match item.op, args:
            case "+", [(a, b), (c, d)]:
                return a + c, b + d
            case "-", [(a, b), (c, d)]:
                return a - d, b - c
            case "neg", [(a, b)]:
                return -b, -a
            case "*", [(a, b), (c, d)] if not (math.inf in (b, d) or -math.inf in (a, c)):
                corners = (a * c, a * d, b * c, b * d)
                return min(corners), max(corners)
            case "*", [(a, b), (c, d)] if a > 0 and c > 0:
                return a * c, b * d
            case "*", [(a, _b), (c, _d)] if a >= 0 and c >= 0:
                return 0.0, math.inf
            case "/", [(a, b), (c, d)] if a >= 0 and c > 0:
                return a / d, b / c
            case op, [(a, b)] if op in RISING:
                function, low, high = RISING[op]
                if low <= a and b <= high:
                    return float(function(a)), float(function(b))
                return (0.0, math.inf) if op in ("exp", "sqrt") else ANY
            case "abs", [(a, b)]:
                return (0.0 if a <= 0 <= b else min(abs(a), abs(b))), max(abs(a), abs(b))
            case "pow", [(a, _b), _power] if a > 0:
                return 0.0, math.inf
            case "min", [(a, b), (c, d)]:
                return min(a, c), min(b, d)
            case "max", [(a, b), (c, d)]:
                return max(a, c), max(b, d)
            case "?", [_test, (a, b), (c, d)]:
                return min(a, c), max(b, d)
            case "array", _:
                return min(a for a, _ in args), max(b for _, b in args)
            case "element", [entries, _place]:
                return entries
        return ANY

    def less(self, a: Node, b: Node) -> Node:
        """Whether a < b, decided now if it can be."""
        (low, high), (least, most) = self.of(a), self.of(b)
        return YES if high < least else NO if low >= most else node("<", a, b)


class Effect:
    """Under which condition on the other inputs an expression changes when one input moves.

    The condition is on the safe side: where it does not hold, the expression stays as it is wherever the input is moved;
    where it holds, the expression may still stay. It speaks of numbers, not of what is no number.

    Parameters
    ----------
    name : str
        The input that moves.
    inputs : mapping of str to Input
        All of the explorer's.
    ranges : Ranges
        Of these inputs.
    """

    def __init__(self, name: str, inputs: Mapping[str, Input], ranges: Ranges):
        self.control, self.ranges = inputs[name], ranges
        self.moved = input_node(signal_name(name), self.control.kind)
        self.found: dict[Node, Node] = {}
        self.ends: dict[Node, tuple[Node | None, Node | None]] = {}

    def of(self, root: Node) -> Node:
        """The condition, an expression of kind b in which the input does not occur."""
        _upwards(root, self.found, self._one)
        return self.found[root]

    def _known(self, item: Node) -> bool:
        """Whether a condition may ask for the value of an expression: neither the input nor a row enters it."""
        return self.found[item] is NO and not item.rows

    def _one(self, item: Node) -> Node:
        if item is self.moved:
            return YES
        effects = [self.found[arg] for arg in item.args]
        if all(effect is NO for effect in effects):
            return NO
        args = item.args
        match item.op:
            case "?" if self._known(args[0]):
                return _or(_and(args[0], effects[1]), _and(_not(args[0]), effects[2]))
            case "?" if self._known(args[1]) and self._known(args[2]):
                return _and(effects[0], node("!=", args[1], args[2]))
            case "&&" | "||" | "*" | "min" | "max":
                return _or(*(_and(effects[i], self._passes(item.op, args[i], args[1 - i])) for i in (0, 1)))
            case "<" | "<=" | ">" | ">=":
                a, b = args if item.op[0] == "<" else args[::-1]
                return _and(_or(*effects), self._undecided(a, b))
        either = NO
        for effect in effects:
            either = _or(either, effect)
        return either

    def _passes(self, op: str, item: Node, other: Node) -> Node:
        """When a change of an operand changes the result, given the other operand."""
        if not self._known(other):
            return YES
        if op == "&&":
            return other
        if op == "||":
            return _not(other)
        if op == "*":
            least, most = self.ranges.of(other)
            return YES if least > 0 or most < 0 else node("!=", other, const(0.0))
        low, high = self._ends(item)
        if op == "min":
            return YES if low is None else self.ranges.less(low, other)
        return YES if high is None else self.ranges.less(other, high)

    def _undecided(self, a: Node, b: Node) -> Node:
        """When it depends on the input whether a < b."""
        (least_a, most_a), (least_b, most_b) = self._ends(a), self._ends(b)
        always = NO if most_a is None or least_b is None else self.ranges.less(most_a, least_b)
        never = NO if least_a is None or most_b is None else self.ranges.less(most_b, least_a)
        return _and(_not(always), _not(never))

    def _ends(self, root: Node) -> tuple[Node | None, Node | None]:
        """The least and the greatest value while the input moves, as expressions of the others; None if unknown."""
        _upwards(root, self.ends, self._ends_of)
        return self.ends[root]

    def _ends_of(self, item: Node) -> tuple[Node | None, Node | None]:
        if item.rows or item.kind == "s":
            return None, None
        if item is self.moved:
            low, high = (self.control.min, self.control.max) if isinstance(self.control, Slider) else (False, True)
            return const(low), const(high)
        if self.of(item) is NO:
            return item, item
        args = [self.ends[arg] for arg in item.args]
        positive = [self.ranges.of(arg)[0] >= 0 for arg in item.args]
        match item.op, args:
            case ("+" | "min" | "max") as op, [a, b]:
                return _made(op, a[0], b[0]), _made(op, a[1], b[1])
            case "-", [a, b]:
                return _made("-", a[0], b[1]), _made("-", a[1], b[0])
            case "*", [a, b] if all(positive):
                return _made("*", a[0], b[0]), _made("*", a[1], b[1])
            case "/", [a, b] if positive[0] and self.ranges.of(item.args[1])[0] > 0:
                return _made("/", a[0], b[1]), _made("/", a[1], b[0])
            case op, [a] if op in RISING:
                return _made(op, a[0]), _made(op, a[1])
            case "?", [_, a, b]:
                if self._known(item.args[0]) and None not in (*a, *b):
                    return _made("?", item.args[0], a[0], b[0]), _made("?", item.args[0], a[1], b[1])
                return _made("min", a[0], b[0]), _made("max", a[1], b[1])
            case "element", _ if all(entry.op == "const" for entry in item.args[0].args) and item.kind == "f":
                low, high = self.ranges.of(item)
                return const(low), const(high)
        return None, None


def _made(op: str, *args: Node | None) -> Node | None:
    known = complete(args)
    return None if known is None else node(op, *known)


def _given(condition: Node, known: Node) -> Node:
    """What is left of a condition when one input alone is known: it holds if the condition holds for some of the others."""
    found: dict[Node, tuple[Node, Node]] = {}

    def one(item: Node) -> tuple[Node, Node]:
        """Whether it can be true, and whether it can be false."""
        if all(leaf is known for leaf in leaves(item)):
            return (item, _not(item)) if item.kind == "b" else (YES, YES)
        args = [found[arg] for arg in item.args]
        match item.op, args:
            case "&&", [a, b]:
                return _and(a[0], b[0]), _or(a[1], b[1])
            case "||", [a, b]:
                return _or(a[0], b[0]), _and(a[1], b[1])
            case "!", [a]:
                return a[1], a[0]
        return YES, YES

    _upwards(condition, found, one)
    return found[condition][0]


def _steps(root: Node) -> int:
    """How many different expressions make up one."""
    seen: dict[Node, object] = {}
    _upwards(root, seen, lambda item: None)
    return len(seen)


@dataclass(frozen=True)
class Idle:
    """When an input changes nothing.

    Attributes
    ----------
    effect : Node
        Holds where moving the input changes something.
    reasons : list of (tuple of str, Node)
        Names of other inputs, and what does not hold if how these stand is enough for the input to change nothing.
    """

    effect: Node
    reasons: list[tuple[tuple[str, ...], Node]] = field(default_factory=list)

    def now(self, known: Mapping[Node, Any]) -> tuple[str, ...] | None:
        """The inputs because of which this one changes nothing, given the values of all; none are named if it takes more
        than a few of them, and it is None where this one does change something."""
        effect, *left = evaluate([self.effect, *(left for _names, left in self.reasons)], known)
        if effect:
            return None
        return next((names for (names, _left), holds in zip(self.reasons, left, strict=True) if not holds), ())


def idle(inputs: Mapping[str, Input], shown: Iterable[Node]) -> dict[str, Idle]:
    """The inputs that can come to change nothing of what is shown.

    Parameters
    ----------
    inputs : mapping of str to Input
        The explorer's inputs.
    shown : iterable of Node
        All that a reader sees change: readouts, columns of tables, values that charts refer to.

    Returns
    -------
    dict of str to Idle
        By the name of the input; not those that always change something, as far as the recording tells.
    """
    shown, ranges, found = list(shown), Ranges(inputs), {}
    names = {input_node(signal_name(name), control.kind): name for name, control in inputs.items()}
    holding = {
        end for control in inputs.values() if isinstance(control, Slider) for end in (control.at_most, control.at_least)
    }
    for name in inputs:
        if name in holding:  # moving it may move others
            continue
        effect, condition = Effect(name, inputs, ranges), NO
        for item in shown:
            condition = _or(condition, effect.of(item))
            if condition is YES:
                break
        if condition is YES or _steps(condition) > LONGEST:
            continue
        # The input itself may stand in a condition, in a comparison that comes out the same wherever it is moved.
        others = [leaf for leaf in leaves(condition) if names.get(leaf, name) != name]
        alone = [((names[leaf],), _given(condition, leaf)) for leaf in others]
        reasons: list[tuple[tuple[str, ...], Node]] = [(reason, left) for reason, left in alone if left is not YES]
        if len(others) == NAMED:
            reasons.append((tuple(names[leaf] for leaf in others), condition))
        found[name] = Idle(condition, reasons)
    return found


WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*")


def referred(spec: Any, known: Mapping[str, Node]) -> Iterator[Node]:
    """The values that a Vega-Lite specification asks for by name, outside its data and the formulas of its tables."""
    if isinstance(spec, Mapping):
        for key, part in spec.items():
            if key not in ("data", "datasets", "calculate", "title", "description"):
                yield from referred(part, known)
    elif isinstance(spec, list):
        for part in spec:
            yield from referred(part, known)
    elif isinstance(spec, str):
        yield from (known[word] for word in WORD.findall(spec) if word in known)


def said(
    reason: Sequence[tuple[str, str]], say: Callable[..., str] = lambda text, **values: text.format(**values)
) -> str:
    """Why a control changes nothing, in words.

    Parameters
    ----------
    reason : sequence of (str, str)
        Label and value of up to two other controls.
    say : callable
        Gives a text in the reader's language, with values for the names in braces.
    """
    match reason:
        case [(name, value)]:
            return say("No effect while “{name}” is {value}.", name=name, value=value)
        case [(name, value), (other, second)]:
            text = "No effect while “{name}” is {value} and “{other}” is {second}."
            return say(text, name=name, value=value, other=other, second=second)
    return say("No effect with the other settings as they are.")
