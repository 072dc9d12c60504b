"""What the exercises of a page need of its code: the cells that give the names which they use, and no others."""

from __future__ import annotations

import ast
import symtable
from pathlib import Path

from explorables.classroom.exercises import source

COMPREHENSIONS = {"listcomp", "setcomp", "dictcomp", "genexpr"}  # symtable's names for what is no function


def needed(page: Path) -> list[source.Cell | source.Exercise]:
    """The exercises of a page, and those of its cells that they need, directly or by way of other cells."""
    blocks = [block for block in source.blocks(page) if isinstance(block, source.Exercise) or block.kind == "code"]
    lines = [line for block in blocks if isinstance(block, source.Cell) for line in ast.parse(block.source).body]
    imported = set().union(*(_bound(line) for line in lines if isinstance(line, ast.Import | ast.ImportFrom)))
    late: set[str] = set()  # what functions look up when they are called, which may be after all cells
    while True:
        before, wanted = late, set(late)
        kept: list[source.Cell | source.Exercise] = []
        for block in reversed(blocks):
            cells = [*block.body, *block.solution] if isinstance(block, source.Exercise) else [block]
            code = "\n".join(cell.source for cell in cells if cell.kind == "code")
            statements = ast.parse(code).body
            if isinstance(block, source.Exercise) or any(
                (_bound(line) | _touched(line) - imported) & wanted for line in statements
            ):
                kept.append(block)
                wanted = _needed_before(statements, wanted)
                late = late.union(*(_looked_up(_table(line)) for line in statements))
        if late == before:
            return kept[::-1]


def _needed_before(statements: list[ast.stmt], wanted: set[str]) -> set[str]:
    """Names that must have a value before these statements, if those `wanted` are needed after them."""
    for line in reversed(statements):
        sure = isinstance(
            line, ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
        )
        wanted = (wanted - _bound(line) if sure else wanted) | _used(line)
    return wanted


def _table(line: ast.stmt) -> symtable.SymbolTable:
    return symtable.symtable(ast.unparse(line), "cell", "exec")


def _bound(line: ast.stmt) -> set[str]:
    """Names that a statement gives a value."""
    return {name.get_name() for name in _table(line).get_symbols() if name.is_assigned() or name.is_imported()}


def _used(line: ast.stmt) -> set[str]:
    """Names that a statement, or a function that it defines, looks up outside."""
    table = _table(line)
    return {name.get_name() for name in table.get_symbols() if name.is_referenced()} | _looked_up(
        table, comprehensions=True
    )


def _looked_up(table: symtable.SymbolTable, comprehensions: bool = False) -> set[str]:
    """Names of the page that the functions below a table look up; with `comprehensions`, these too."""
    inner = [child for child in table.get_children() if comprehensions or child.get_name() not in COMPREHENSIONS]
    found = {name.get_name() for child in inner for name in child.get_symbols() if name.is_global()}
    return found.union(*(_looked_up(child, comprehensions) for child in inner))


def _touched(line: ast.stmt) -> set[str]:
    """Names whose values a statement may change in place, or shows: `table["x"] = 1`, `table.attrs = {}`, `rows.append(1)`, `rows`."""
    targets = line.targets if isinstance(line, ast.Assign) else [line.target] if isinstance(line, ast.AugAssign) else []
    if isinstance(line, ast.Expr):
        value = line.value
        targets = [value.func if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) else value]
    found = set()
    for target in targets:
        while isinstance(target, ast.Attribute | ast.Subscript):
            target = target.value
        found |= {target.id} if isinstance(target, ast.Name) else set()
    return found
