"""The results of all ways through a model, joined to one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from explorables.explore.trace import errors, ways
from explorables.explore.trace.errors import TracingError, Unusable, fail, is_authors
from explorables.explore.trace.nodes import Node, complete, const, node
from explorables.explore.trace.traced import Traced, elementwise, formula_of, nodes_of
from explorables.explore.trace.ufuncs import branch

MAX_WAYS = 256


def every_way(run: Callable[[], dict[str, object]], domains: Mapping[Node, Sequence[object]]) -> dict[str, object]:
    """The outputs of a model whose `if`s are on traced values: it is run once for each answer, and the results are joined.

    Parameters
    ----------
    run : callable
        The model with traced inputs; gives named outputs.
    domains : mapping
        The values that inputs and columns can have, where they are few. May grow while the model runs.

    Raises
    ------
    TracingError
        If there are too many ways, or one does what a page cannot do.
    """
    outer = ways.current
    taken: list[tuple[list[tuple], Any]] = []
    steps: list[list] = []
    while True:
        ways.current = ways.Way(steps, domains)
        made: list[TracingError] = []
        errors.watching.append(made)
        try:
            outputs: dict[str, object] | Exception = run()
            if made:  # the model may have swallowed it
                raise made[-1]
        except (ValueError, ArithmeticError, AssertionError) as error:
            # A model may refuse some settings. Where the reader can reach these, the check of the result finds out.
            if not steps or not _raised_by_author(error):
                raise
            outputs = error
        finally:
            ways.current = outer
            errors.watching.pop()
        taken.append(([tuple(step) for step in steps], outputs))
        if len(taken) > MAX_WAYS:
            raise _too_many(taken)
        while steps and steps[-1][2] == len(steps[-1][1]) - 1:
            steps.pop()
        if not steps:
            break
        steps[-1][2] += 1
    return _joined(taken, 0)


def _too_many(taken: list[tuple[list[tuple], Any]]) -> TracingError:
    """The error that names what makes a model go too many ways."""
    counts = {
        str(item.value).removeprefix("in_"): len(options)
        for steps, _ in taken
        for item, options, _ in steps
        if item.op == "input" and len(options) > 2
    }
    hint = "Use np.where, np.minimum and np.maximum inside loops instead of `if`, min() and max()."
    if counts:
        said = " and ".join(f"{name} ({count} values)" for name, count in counts.items())
        hint = (
            f"It is run for each value of {said}, which it uses as a count or a choice: give them closer bounds, or compute for "
            "the largest count and take a part with np.where(np.arange(50) < n, values, 0)."
        )
    return TracingError(f"a model that goes more than {MAX_WAYS} ways cannot be carried into the page. {hint}")


def _raised_by_author(error: Exception) -> bool:
    if isinstance(error, TracingError):
        return False
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and is_authors(trace.tb_frame.f_code.co_filename)


def _joined(taken: list[tuple[list[tuple], Any]], depth: int) -> dict[str, object]:
    """One result of the results of all ways that took the same first steps."""
    if len(taken) == 1:
        return taken[0][1]
    item, options, _ = taken[0][0][depth]
    results = [
        (option, _joined([way for way in taken if way[0][depth][2] == i], depth + 1))
        for i, option in enumerate(options)
    ]
    usable = [(option, result) for option, result in results if not isinstance(result, Exception)]
    if not usable:
        return results[0][1]
    if item.kind == "f" and options[0] is not True:
        return _by_number(item, usable)
    total = usable[-1][1]
    for option, result in reversed(usable[:-1]):
        total = _merged(item if option is True else node("==", item, const(option)), result, total)
    return total


def _by_number(item: Node, results: list[tuple[float, dict[str, object]]]) -> dict[str, object]:
    """One result of those for each value of an input, in order: neighbours that are the same are asked for together."""
    results = sorted(results, key=lambda pair: pair[0])
    bounds, outputs = [value for value, _ in results], [result for _, result in results]
    for output in outputs:
        _check_names(outputs[0], output)
    return {name: _over(name, item, bounds, [output[name] for output in outputs]) for name in outputs[0]}


def _over(name: str, item: Node, bounds: list[float], values: list[object]) -> object:
    fitted = _fitted(name, values)
    if isinstance(fitted, Unusable):
        return fitted
    arrays, ragged = fitted

    def choose(bounds: list[float], nodes: list[Node]) -> Node:
        if len(nodes) == 1:
            return nodes[0]
        middle = (len(nodes) - 1) // 2
        test = node("<=", item, const(bounds[middle]))
        left, right = slice(middle + 1), slice(middle + 1, None)
        return node("?", test, choose(bounds[left], nodes[left]), choose(bounds[right], nodes[right]))

    made = np.empty(arrays[0].shape, dtype=object)
    for index in np.ndindex(made.shape):
        nodes: list[Node] = [array.item(index) for array in arrays]
        last = [i for i, one in enumerate(nodes) if i + 1 == len(nodes) or nodes[i + 1] is not one]
        made[index] = choose([bounds[i] for i in last], [nodes[i] for i in last])
    total = Traced(made)
    total.ragged = ragged
    formulas = complete([formula_of(value) for value in values])
    if not ragged and total.ndim == 1 and formulas is not None:
        total.formula = choose(bounds, formulas)
    return total


def _fitted(name: str, values: list[object]) -> tuple[list[np.ndarray], bool] | Unusable:
    """Values of one output in several cases as arrays of one shape, and whether some were shorter: these end in NaN."""
    for value in values:
        if isinstance(value, Unusable):
            return value
    arrays = [nodes_of(value) for value in values]
    ragged = any(getattr(value, "ragged", False) for value in values)
    if len({array.shape for array in arrays}) == 1:
        return arrays, ragged
    texts = any(item.kind == "s" for array in arrays for item in array.ravel())
    if texts or 0 in {array.ndim for array in arrays} or len({array.shape[1:] for array in arrays}) > 1:
        return Unusable(
            TracingError(
                f"output {name!r}, whose shape depends on an input, cannot be carried into the page. Give it one shape: "
                "compute it for the largest count, and show a part with np.where(np.arange(50) < n, values, np.nan)."
            )
        )
    longest = max(map(len, arrays))
    return [filled(array, longest) for array in arrays], True


def filled(nodes: np.ndarray, length: int) -> np.ndarray:
    """An array of expressions with NaN behind it, up to a length."""
    made = np.full((length, *nodes.shape[1:]), const(math.nan), dtype=object)
    made[: len(nodes)] = nodes
    return made


def _merged(test: Node, yes: Mapping[str, object], no: Mapping[str, object]) -> dict[str, object]:
    _check_names(yes, no)
    return {name: _either(name, test, yes[name], no[name]) for name in yes}


def _check_names(yes: Mapping[str, object], no: Mapping[str, object]) -> None:
    if set(yes) != set(no):
        raise fail(
            f"a model that gives {', '.join(yes)} in one case and {', '.join(no)} in another",
            "Give the same outputs in every case.",
        )


def _either(name: str, test: Node, yes: object, no: object) -> object:
    if yes is no:
        return yes
    fitted = _fitted(name, [yes, no])
    if isinstance(fitted, Unusable):
        return fitted
    (a, b), ragged = fitted
    total = elementwise(branch, Traced(test), Traced(a), Traced(b))
    total.ragged = ragged
    formulas = complete([formula_of(yes), formula_of(no)])
    if not ragged and total.ndim == 1 and formulas is not None:
        total.formula = branch(test, *formulas)
    return total
