"""Checks that must fail: they show whether a notebook still tells right from wrong.

Student code and tests share one process, so a submission can switch `assert` off, replace a function that the tests
call, or answer every comparison with yes. After each test that passes, a canary made from that test runs unseen.
It must end in an assertion with a word that nobody could know before, and say how many of its questions were asked.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator

BUILTINS = frozenset(name for name in dir(builtins) if callable(getattr(builtins, name)) and "a" <= name[0] <= "z")
# Functions that say no, or raise, when they are asked whether strange things agree.
COMPARE = frozenset({"isclose", "allclose", "array_equal", "array_equiv"})

TEMPLATE = """
def _{token}():
    found, asked = [], []
    def passes(name, check):
        asked.append(name)
        try:
            answer = check()
            for _ in "ab":
                if hasattr(answer, "any"):
                    answer = answer.any()
            if answer:
                found.append(name)
        except Exception:
            pass
    def silent(name, check):
        asked.append(name)
        try:
            check()
            found.append(name)
        except BaseException:
            pass
{probes}
    assert {low} == {high}, "{token} %d " % asked.__len__() + ", ".join(dict.fromkeys(found))
try:
    _{token}()
finally:
    del _{token}
"""


def names_imported(sources: list[str]) -> set[str]:
    """Names that cells import, so that a test that calls them means what was imported."""
    return {
        (alias.asname or alias.name).split(".")[0]
        for source in sources
        for node in ast.walk(parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }


def canary(test: str, imported: set[str], token: str, low: float, high: float) -> tuple[str, int]:
    """Source of the cell that must fail with `token` after the cell `test` has passed, and the number of its questions.

    Parameters
    ----------
    test : str
        Source of the test cell.
    imported : set of str
        Names that the instructor's cells import (`names_imported`).
    token : str
        A word that is new for each canary and a valid name.
    low, high : float
        Two different random numbers; no right answer equals them.
    """
    lines = dict.fromkeys(probes(parse(test), imported | names_imported([test]), high))
    source = TEMPLATE.format(token=token, probes="\n".join(f"    {line}" for line in lines), low=low, high=high)
    return source, len(lines)


def verdict(outputs: list[dict], token: str, asked: int) -> str | None:
    """What is wrong with the notebook whose canary gave these outputs; None when it failed as it must."""
    for output in outputs:
        if output["output_type"] == "error" and output["ename"] == "AssertionError" and token in output["evalue"]:
            count, _, found = output["evalue"].split(token, 1)[1].strip().partition(" ")
            if count != str(asked):
                return "lines were taken out of its checks"
            return f"a check that must fail passed ({found})" if found else None
    return "a check that must fail did not: the checks were switched off"


def probes(tree: ast.Module, imported: set[str], number: float) -> Iterator[str]:
    """Lines of the canary, one for each way in which a passing test could be fooled.

    None of them may hold for an honest notebook, whatever its tests call.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            call = ast.unparse(node.func)
            root, last = re.split(r"\W", call)[0], call.split(".")[-1]
            # `from numpy import *` replaces `abs` and `sum` in all honesty; a function of the notebook's own does not.
            if root in imported or call in BUILTINS:
                yield (
                    f"passes({f'{call} was redefined'!r}, lambda: '__main__' in "
                    f"(getattr({call}, '__module__', None), type({call}).__module__))"
                )
            if last in COMPARE:
                yield f"passes({f'{call} accepts everything'!r}, lambda: {call}{strangers(node)})"
            elif last.startswith("assert"):
                yield f"silent({f'{call} accepts everything'!r}, lambda: {call}{strangers(node)})"
        elif isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq):
            for side in (node.left, node.comparators[0]):
                if not isinstance(side, ast.Constant):
                    yield f"passes('it equals everything', lambda: ({ast.unparse(side)}) == {number})"


def strangers(call: ast.Call) -> str:
    """As many arguments as in the call, none of which equals anything."""
    return f"({', '.join('object()' for _ in call.args)})"


def parse(source: str) -> ast.Module:
    """Syntax tree of a cell without its magics; an empty one when it has none."""
    lines = ["pass" if line.startswith(("%", "!")) else line for line in source.splitlines()]
    try:
        return ast.parse("\n".join(lines))
    except (SyntaxError, ValueError):
        return ast.Module([], [])
