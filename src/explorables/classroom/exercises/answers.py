"""Work out the answers by running the notebooks, and write what the package ships of them: ``make answers``."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from explorables.classroom.exercises import checking, shipped, source
from explorables.classroom.files import rewrite


@contextlib.contextmanager
def without_widgets() -> Iterator[None]:
    """Let notebooks run here as they do when the site is built."""
    import altair as alt

    from explorables.explore.explorer import STATIC

    before = os.environ.get(STATIC)
    os.environ[STATIC] = "1"
    try:
        with alt.theme.enable("explorables"):
            yield
    finally:
        os.environ.pop(STATIC) if before is None else os.environ.update({STATIC: before})


Given = Mapping[str, Any]


def run(page: Path) -> dict[str, list[float | str]]:
    """Answers of a notebook's exercises, by running it from top to bottom; see :func:`solve`."""
    return solve(source.blocks(page), page.name)


def solve(
    blocks: Sequence[source.Cell | source.Exercise],
    where: str,
    more: Mapping[str, Sequence[Given]] | None = None,
    say: Callable[..., None] = lambda *_, **__: None,
) -> dict[str, list[float | str]]:
    """Run pieces of a notebook in order.

    Parameters
    ----------
    blocks : sequence of Cell and Exercise
        The pieces, as :func:`source.blocks` gives them.
    where : str
        What to call the notebook in an error.
    more : mapping, optional
        By exercise, given values to solve it with beside the variants that it lists.
    say : callable
        Takes what the pieces print.

    Returns
    -------
    dict
        Id to the answer of each variant, and then of each of `more`, for the exercises that a machine can check.

    Raises
    ------
    ValueError
        If a solution does not leave one finite number (or one of the choices) in `answer`.
    """
    names: dict[str, Any] = {"__name__": "__main__", "display": lambda *_: None, "print": say}
    found: dict[str, list[float | str]] = {}
    with without_widgets():
        for block in blocks:
            if isinstance(block, source.Cell):
                if block.kind == "code":
                    _run(block, names, where)
            elif block.spec:
                _ = block.ranges  # a range that is none is said before the exercise is run
                # The page's own values in the names that go on: what its solutions leave behind, later cells may use.
                every = [*block.variants, *(more or {}).get(block.id, ())]
                others = [_answer(block, given, dict(names)) for given in every[1:]]  # before it changes the names
                found[block.id] = [_answer(block, every[0], names), *others]
            else:
                _solve(block, {}, names)
    return found


def _answer(exercise: source.Exercise, given: Given, names: dict[str, Any]) -> float | str:
    """Run an exercise with given values; its answer."""
    _solve(exercise, given, names)
    try:
        return checking.form(exercise.id, names.get("answer"), exercise.spec)
    except (TypeError, ValueError) as problem:
        raise ValueError(f"{exercise.page.name}, with {given or 'nothing given'}: {problem}") from problem


def _solve(exercise: source.Exercise, given: Given, names: dict[str, Any]) -> None:
    """Run an exercise with given values."""
    where = f"{exercise.page.name}, {exercise.id}"
    names.pop("answer", None)
    for cell in exercise.body:
        if cell.kind == "code":
            _run(cell, names, where)
            names.update(given if "variants" in cell.metadata else {})
    for cell in exercise.solution:
        if cell.kind == "code":
            _run(cell, names, where)


def _run(cell: source.Cell, names: dict[str, Any], where: str) -> None:
    exec(compile(cell.source, where, "exec"), names)  # noqa: S102 - the book's own cells


def ship(exercise: source.Exercise, answers: list[float | str]) -> dict[str, Any]:
    """What the package ships of an exercise."""
    spec = exercise.spec
    return {
        "unit": spec["unit"],
        "tolerance": spec["tolerance"],
        "hint": spec["hint"],
        "choices": spec["choices"],
        "given": exercise.variants,
        "ranges": {name: list(one.values) for name, one in exercise.ranges.items()},
        "hashes": [checking.hashes(exercise.id, n, answer, spec["tolerance"]) for n, answer in enumerate(answers)],
    }


def all_shipped(pages: list[Path]) -> dict[str, Any]:
    """What the package ships of the notebooks' exercises, by id."""
    found: dict[str, Any] = {}
    for page in pages:
        answers = run(page)
        found |= {one.id: ship(one, answers[one.id]) for one in source.exercises(page) if one.spec}
    return found


def main() -> None:
    """Write the file anew."""
    found = all_shipped(source.pages(source.book()))
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in found.items())
    rewrite(shipped.file(), f"{{\n{lines}\n}}\n")
    print(
        f"{shipped.file().name}: {len(found)} exercises, {sum(len(one['given']) > 1 for one in found.values())} of them with variants"
    )


if __name__ == "__main__":
    main()
