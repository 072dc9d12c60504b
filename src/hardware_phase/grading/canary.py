"""Checks that must fail: they show whether a notebook still tells right from wrong.

Student code and tests share one process, so a submission can switch `assert` off, replace a function that the tests
call, or answer every comparison with yes. After each test that passes, a canary made from that test runs unseen.
It must end in an assertion with a word that nobody could know before.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

BUILTINS = frozenset(name for name in dir(builtins) if callable(getattr(builtins, name)))

TEMPLATE = """
def _{token}():
    found = []
    def passes(name, check):
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
        try:
            check()
            found.append(name)
        except BaseException:
            pass
{probes}
    assert {low} == {high}, "{token} " + ", ".join(dict.fromkeys(found))
try:
    _{token}()
finally:
    del _{token}
"""


def names_given(sources: list[str]) -> set[str]:
    """Names that released cells import or define, so that a test that calls them means the released ones."""
    names: set[str] = set()
    for source in sources:
        tree = parse(source)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Import | ast.ImportFrom):
                names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.add(node.name)
    return names


def canary(test: str, given: set[str], token: str, low: float, high: float) -> str:
    """Source of the cell that must fail with `token` after the cell `test` has passed.

    Parameters
    ----------
    test : str
        Source of the test cell.
    given : set of str
        Names that the instructor's cells define (`names_given`).
    token : str
        A word that is new for each canary and a valid name.
    low, high : float
        Two different random numbers; no right answer equals them.
    """
    tree = parse(test)
    lines = list(probes(tree, given | names_given([test]), high)) if tree else []
    return TEMPLATE.format(token=token, probes="\n".join(f"    {line}" for line in lines), low=low, high=high)


def verdict(outputs: list[dict], token: str) -> str | None:
    """What is wrong with the notebook whose canary gave these outputs; None when it failed as it must."""
    for output in outputs:
        if output["output_type"] == "error" and output["ename"] == "AssertionError" and token in output["evalue"]:
            found = output["evalue"].split(token, 1)[1].strip()
            return f"a check that must fail passed ({found})" if found else None
    return "a check that must fail did not: the checks were switched off"


def probes(tree: ast.Module, given: set[str], number: float) -> Iterator[str]:
    """Lines of the canary, one for each way in which a passing test could be fooled."""
    seen: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BUILTINS - given - seen:
            name = node.func.id
            seen.add(name)
            yield f"passes('{name} was redefined', lambda: '{name}' in globals() or " \
                  f"type({name}).__name__ not in ('builtin_function_or_method', 'type'))"
        elif isinstance(node, ast.Assert):
            yield from probe_assert(node.test, given, number)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = ast.unparse(node.value.func)
            if call.split(".")[-1].startswith("assert") and call.split(".")[0] in given:
                yield f"silent({call!r}, lambda: {call}{strangers(node.value)})"


def probe_assert(test: ast.expr, given: set[str], number: float) -> Iterator[str]:
    """Ask a test's comparison for equality about a number that cannot be right, and its checker about nothing."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        for value in test.values:
            yield from probe_assert(value, given, number)
    elif isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
        for side in (test.left, test.comparators[0]):
            if not isinstance(side, ast.Constant):
                yield f"passes('it equals everything', lambda: ({ast.unparse(side)}) == {number})"
    elif isinstance(test, ast.Call):
        call = ast.unparse(test.func)
        if call.split(".")[0] in given | BUILTINS:
            yield f"passes({call!r}, lambda: {call}{strangers(test)})"


def strangers(call: ast.Call) -> str:
    """As many arguments as in the call, none of which equals anything."""
    return f"({', '.join('object()' for _ in call.args)})"


def parse(source: str) -> ast.Module | None:
    """Syntax tree of a cell without its magics; None when it has none."""
    lines = ["pass" if line.startswith(("%", "!")) else line for line in source.splitlines()]
    try:
        return ast.parse("\n".join(lines))
    except SyntaxError:
        return None
