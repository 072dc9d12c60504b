"""Self-checks: short questions that answer at once and say why, on a static page as in a live notebook.

`number`, `choice` and `move` each make one object with a mime bundle, as `explore` does: a form on the page, widgets in a
live notebook, text elsewhere. What is right is computed by the notebook that asks; every answer is judged here, and
the page's script goes by the same table of values.
"""

from __future__ import annotations

import hashlib
import html
import math
import os
import random
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple

from explorables.explore.explorer import STATIC, Explorer
from explorables.explore.format import human, typed
from explorables.explore.readout import Readout
from explorables.explore.slips import NEAR, nearly, slips

MIME = "application/vnd.explorables.self-check+json"
LONGEST = 60  # characters of an answer
UNIT_WORDS = {"%": "per cent", "$": "dollars", "x": ""}


class Verdict(NamedTuple):
    """What became of an answer: ``"right"``, ``"close"`` (a recognised slip) or ``"wrong"``, and what to say of it."""

    outcome: str
    says: str


class SelfCheck:
    """A question with an answer that can be judged. Made by `number`, `choice` or `move`."""

    kind: ClassVar[str]

    def __init__(self, question: str, why: str, *more: str):
        if not question.strip() or not why.strip():
            raise ValueError("a self-check needs a question and a reason (why)")
        self.question, self.why = question, why
        # A question that is put in other words is another question: progress on the old one does not count for it.
        self.id = "check-" + hashlib.sha256("\0".join([self.kind, question, *more]).encode()).hexdigest()[:8]

    @property
    def solution(self) -> str:
        """The right answer as text."""
        raise NotImplementedError

    def judge(self, given: Any) -> Verdict:
        """Say whether an answer is right, and why."""
        raise NotImplementedError

    def control(self) -> tuple[Any, Callable[[], Any]]:
        """The widget that takes the answer in a live notebook (or None), and a function that reads the answer."""
        raise NotImplementedError

    def payload(self) -> dict[str, Any]:
        """All that a page needs, as JSON values."""
        return {"id": self.id, "kind": self.kind, "question": self.question, "why": self.why, "solution": self.solution}

    def __repr__(self) -> str:
        return f"Self-check: {self.question}"

    def _repr_html_(self) -> str:
        question, solution, why = map(html.escape, (self.question, self.solution, self.why))
        return f"<p><b>Self-check.</b> {question}</p><details><summary>Show the answer</summary><p>{solution}. {why}</p></details>"

    def widget(self) -> Any:
        """The question as ipywidgets: a control, a button and what the answer is worth."""
        import ipywidgets as widgets

        control, read = self.control()
        button, says = widgets.Button(description="Check"), widgets.HTML()

        def answer(_: Any) -> None:
            verdict = self.judge(read())
            says.value = f"<p role='status'><b>{verdict.outcome.capitalize()}.</b> {html.escape(verdict.says)}</p>"

        button.on_click(answer)
        heading = widgets.HTML(f"<p><b>Self-check.</b> {html.escape(self.question)}</p>")
        return widgets.VBox([heading, *([] if control is None else [control]), button, says])

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        bundle = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if os.environ.get(STATIC):
            return {MIME: self.payload(), **bundle}
        return {**self.widget()._repr_mimebundle_(), **bundle}


def within(given: float, value: float, tolerance: float) -> bool:
    """Whether a number agrees with a value, up to a share of the value."""
    return abs(given - value) <= tolerance * abs(value)


class Number(SelfCheck):
    """A question for a number."""

    kind = "number"

    def __init__(
        self,
        question: str,
        answer: float,
        *,
        unit: str,
        tolerance: float,
        why: str,
        hint: str,
        near: Mapping[float, str],
    ):
        super().__init__(question, why, unit)
        self.answer, self.unit, self.tolerance, self.hint = float(answer), unit, tolerance, hint
        if not math.isfinite(self.answer) or self.answer == 0:
            raise ValueError(f"{question!r}: the answer must be a number other than 0, not {answer}")
        if not 0 < tolerance < 0.5:
            raise ValueError(f"{question!r}: the tolerance must lie between 0 and 0.5, not {tolerance}")
        self.slips = [
            *((float(value), tolerance, says) for value, says in near.items()),
            *((slip.made(self.answer), tolerance, slip.says) for slip in slips(unit)),
            (self.answer, NEAR * tolerance, nearly(tolerance)),
        ]
        for value in near:
            if within(value, self.answer, tolerance):
                raise ValueError(
                    f"{question!r}: {value:g} is listed as a slip but is within the tolerance of {answer:g}"
                )

    @property
    def solution(self) -> str:
        return human(self.answer, self.unit)

    def judge(self, given: float | str) -> Verdict:
        """Judge a number in the question's unit, of which ``"%"`` means a fraction, or what a reader typed."""
        if isinstance(given, str):
            given = typed(given[:LONGEST], self.unit)
        if not math.isfinite(given):
            wanted = UNIT_WORDS.get(self.unit, self.unit)
            return Verdict("wrong", f"Type a number in {wanted}." if wanted else "Type a number.")
        said = human(given, self.unit)
        if within(given, self.answer, self.tolerance):
            return Verdict("right", f"{self.solution}. {self.why}")
        for value, tolerance, says in self.slips:
            if within(given, value, tolerance):
                return Verdict("close", f"{said}: {says}")
        return Verdict("wrong", f"{said} is too {'high' if given > self.answer else 'low'}. {self.hint}")

    def control(self) -> tuple[Any, Callable[[], str]]:
        import ipywidgets as widgets

        # A field for numbers would read a decimal comma as the browser's language has it, and give 0 for what it cannot read.
        field = widgets.Text(description=UNIT_WORDS.get(self.unit, self.unit))
        return field, lambda: field.value

    def payload(self) -> dict[str, Any]:
        return {
            **super().payload(),
            "answer": self.answer,
            "unit": self.unit,
            "tolerance": self.tolerance,
            "hint": self.hint,
            "wanted": UNIT_WORDS.get(self.unit, self.unit),
            "slips": [dict(zip(("value", "tolerance", "says"), slip, strict=True)) for slip in self.slips],
        }


class Choice(SelfCheck):
    """A question with one right option."""

    kind = "choice"

    def __init__(self, question: str, options: Mapping[str, str]):
        if len(options) < 2:
            raise ValueError(f"{question!r}: at least two options are needed")
        right, why = next(iter(options.items()))
        super().__init__(question, why, *options)
        self.right = right
        order = list(options)
        random.Random(self.id).shuffle(order)
        self.options = {option: options[option] for option in order}

    @property
    def solution(self) -> str:
        return self.right

    def judge(self, given: str | None) -> Verdict:
        """Judge one of the options."""
        if given is None:
            return Verdict("wrong", "Choose one of the options.")
        return Verdict("right" if given == self.right else "wrong", self.options[given])

    def control(self) -> tuple[Any, Callable[[], str | None]]:
        import ipywidgets as widgets

        buttons = widgets.RadioButtons(options=list(self.options), value=None, layout=widgets.Layout(width="auto"))
        return buttons, lambda: buttons.value

    def payload(self) -> dict[str, Any]:
        # A list, since notebooks sort the keys of what they store.
        options = [{"text": text, "says": says, "right": text == self.right} for text, says in self.options.items()]
        return {**super().payload(), "options": options}


def _written(shown: Any) -> dict[str, Any]:
    """How a number of an input or a readout is written."""
    return {key: getattr(shown, key) for key in ("unit", "digits", "format") if hasattr(shown, key)}


class Goal(NamedTuple):
    """What an input or a readout of an explorer is to become: a value, or a number in a range."""

    name: str
    label: str
    wanted: str
    low: float | None = None
    high: float | None = None
    equals: str | bool | None = None
    unit: str = ""
    digits: int = 3
    format: str = ""

    def met(self, value: Any) -> bool:
        """Whether a value is what is wanted."""
        if self.equals is not None:
            return bool(value == self.equals)
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


class Move(SelfCheck):
    """A task for an explorer: move its inputs until something holds."""

    kind = "move"

    def __init__(
        self, question: str, explorer: Explorer, until: Mapping[str, Any], settings: Mapping[str, Any], why: str
    ):
        super().__init__(question, why, explorer.id)
        self.explorer = explorer
        self.goals = [self._goal(name, wanted) for name, wanted in until.items()]
        self.settings = {name: explorer.inputs[name].check(value) for name, value in settings.items()}
        if self.judge(explorer.defaults).outcome == "right":
            raise ValueError(
                f"{question!r}: what is asked for already holds at the defaults: ask for more, or let the explorer begin elsewhere"
            )
        verdict = self.judge({**explorer.defaults, **self.settings})
        if verdict.outcome != "right":
            raise ValueError(f"{question!r}: the settings do not do what is asked for. {verdict.says}")

    def _shown(self, name: str) -> Any:
        """The input or the readout of a name."""
        if name in self.explorer.inputs:
            return self.explorer.inputs[name]
        for readout in self.explorer.readouts:
            if readout.name == name:
                return readout
        names = [*self.explorer.inputs, *(r.name for r in self.explorer.readouts)]
        raise ValueError(f"{self.question!r}: {name!r} is neither an input nor a readout; there are {', '.join(names)}")

    def _goal(self, name: str, wanted: Any) -> Goal:
        shown = self._shown(name)
        label = shown.label if name in self.explorer.inputs else shown.title
        written = _written(shown)
        if isinstance(wanted, str | bool):
            # The page compares what it shows, which for a code is its words.
            equals = shown.said(wanted) if isinstance(shown, Readout) else wanted
            return Goal(name, label, shown.show(wanted), equals=equals, **written)
        if not isinstance(wanted, tuple) or len(wanted) != 2 or wanted == (None, None):
            raise ValueError(f"{self.question!r}: {name} must be a text, True, False or (low, high), not {wanted!r}")
        low, high = (None if end is None else float(end) for end in wanted)
        if low == high:
            text = shown.show(low)
        elif low is None:
            text = f"at most {shown.show(high)}"
        elif high is None:
            text = f"at least {shown.show(low)}"
        else:
            text = f"{shown.show(low)} to {shown.show(high)}"
        return Goal(name, label, text, low, high, **written)

    @property
    def solution(self) -> str:
        return "For example " + ", ".join(
            f"{self._shown(n).label}: {self._shown(n).show(v)}" for n, v in self.settings.items()
        )

    def judge(self, given: Mapping[str, Any]) -> Verdict:
        """Judge settings of the explorer."""
        values = {**self.explorer.evaluate(**given), **given}
        for goal in self.goals:
            shown, value = self._shown(goal.name), values[goal.name]
            if not goal.met(shown.said(value) if isinstance(shown, Readout) else value):
                return Verdict("wrong", f"{goal.label} is {shown.show(value)}; wanted: {goal.wanted}.")
        return Verdict("right", self.why)

    def control(self) -> tuple[None, Callable[[], Mapping[str, Any]]]:
        return None, lambda: self.explorer.settings

    def payload(self) -> dict[str, Any]:
        inputs = self.explorer.inputs
        settings = [
            {"label": inputs[name].label, "value": value, **_written(inputs[name])}
            for name, value in self.settings.items()
        ]
        return {
            **super().payload(),
            "explorer": self.explorer.id,
            "goals": [goal._asdict() for goal in self.goals],
            "settings": settings,
        }


def number(
    question: str,
    answer: float,
    *,
    why: str,
    hint: str,
    unit: str = "",
    tolerance: float = 0.02,
    near: Mapping[float, str] | None = None,
) -> Number:
    """Ask for a number.

    Parameters
    ----------
    question : str
        What is asked, and in which unit.
    answer : float
        The right value in `unit`, computed. A share with unit ``"%"`` is a fraction, as in `Readout`.
    why : str
        Why that is the answer; shown with it.
    hint : str
        Where to look; shown with a wrong answer.
    unit : str
        As in `explorables.explore.format.human`.
    tolerance : float
        Relative difference that is still right.
    near : dict
        Wrong answers that readers come to, computed too, and what to say of each. Slips of unit, of a power of ten, of
        per cent and of sign are recognised without (`explorables.explore.slips`).

    Raises
    ------
    ValueError
        If the answer is 0 or not finite, the tolerance is no small share, or a slip could not be told from the answer.
    """
    return Number(question, answer, unit=unit, tolerance=tolerance, why=why, hint=hint, near=near or {})


def choice(question: str, options: Mapping[str, str]) -> Choice:
    """Ask for one of several options.

    Parameters
    ----------
    question : str
        What is asked.
    options : dict
        Option to what is said when a reader chooses it. The first is the right one; readers see them in another order.

    Raises
    ------
    ValueError
        If there are fewer than two options.
    """
    return Choice(question, options)


def move(question: str, explorer: Explorer, until: Mapping[str, Any], *, settings: Mapping[str, Any], why: str) -> Move:
    """Ask a reader to move an explorer's inputs until something holds.

    Parameters
    ----------
    question : str
        What is asked.
    explorer : Explorer
        An explorer of the same page.
    until : dict
        Input or readout to what it is to become: a text (of a readout with words its code), a truth value, or
        ``(low, high)`` where None is no bound.
    settings : dict
        Inputs that do it, the others at their defaults; shown as the answer.
    why : str
        What there is to see once it is done.

    Raises
    ------
    ValueError
        If `until` names something else, holds already at the defaults, or does not hold at `settings`.
    """
    return Move(question, explorer, until, settings, why)
