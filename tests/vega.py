"""The page's own Vega runtime and the scripts of its models in a real browser, asked for values."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np

from explorables.explore import Explorer
from explorables.site import compiled

STATIC = Path(__file__).parent.parent / "src" / "explorables" / "site" / "static"

# A long column of numbers crosses over as the bytes of its doubles: one by one they take longer than Vega does.
_RUN = """([spec, runs, signals, tables]) => {
  const packed = column => {
    if (column.length < 100 || !column.every(value => typeof value === 'number')) return column;
    const bytes = new Uint8Array(Float64Array.from(column).buffer);
    let text = '';
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    return btoa(text);
  };
  const { parse, View, expressionInterpreter } = window.xpVega;
  const view = new View(parse(spec, {}, { ast: true }), { expr: expressionInterpreter, renderer: 'none' });
  view.logger().level(1);
  view.run();
  return runs.map(settings => {
    for (const [name, value] of Object.entries(settings)) view.signal(name, value);
    view.run();
    const values = signals.map(name => view.signal(name));
    const columns = tables.map(([name, fields]) => {
      const rows = view.data(name);
      return fields.map(f => packed(rows.map(row => row[f])));
    });
    return [values, columns];
  });
}"""


class Runtime:
    """Runs Vega specifications without marks on a blank page that has the page script's Vega."""

    def __init__(self, page: Any):
        self.page = page
        page.add_script_tag(path=str(STATIC / "xp-vega.js"))

    def run(
        self, spec: dict, runs: list[dict], signals: list[str] = (), tables: list[tuple[str, list[str]]] = ()
    ) -> list[tuple[list, list]]:
        """Values of signals, and columns of tables, after each of the given settings."""
        found = self.page.evaluate(_RUN, [spec, runs, list(signals), [list(t) for t in tables]])
        return [(values, [[_unpacked(c) for c in columns] for columns in found]) for values, found in found]

    def ask(self, explorer: Explorer, runs: list[dict]) -> list[dict]:
        """What the script of an explorer's model says after each of the given settings, by the names of signals."""
        payload = explorer.payload()
        self.page.add_script_tag(content=compiled.of(payload))
        return self.page.evaluate("([id, runs]) => runs.map(window.xpModels[id])", [payload["id"], runs])


def _unpacked(column: list | str) -> list:
    return np.frombuffer(base64.b64decode(column), "<f8").tolist() if isinstance(column, str) else column


def same(ours: Any, theirs: Any, rtol: float = 1e-9, atol: float = 0.0) -> bool:
    """NumPy's value and the page's are the same: text and truth exactly, numbers to a relative tolerance."""
    ours = ours.item() if isinstance(ours, np.generic | np.ndarray) and np.ndim(ours) == 0 else ours
    if isinstance(ours, str | bool):
        return ours == theirs
    if theirs is None or isinstance(theirs, str):
        return False
    ours, theirs = float(ours), float(theirs)
    if np.isnan(ours) or np.isnan(theirs):
        return bool(np.isnan(ours) and np.isnan(theirs))
    return bool(np.isclose(theirs, ours, rtol=rtol, atol=atol))


def rounding(column: np.ndarray) -> float:
    """What rounding may leave in a column: a trillionth of its largest number, so that columns of tiny numbers count.

    Where a column holds differences of nearly equal numbers, one side may find 0 and the other a few times 1e-16.
    Numbers below a thousandth of their column's largest are so held less strictly than to `same`'s 1e-9 of themselves.
    """
    sizes = np.abs(column[np.isfinite(column)]) if column.dtype.kind in "iuf" else ()
    return 1e-12 * float(np.max(sizes, initial=0.0))


def all_same(ours: np.ndarray, theirs: list) -> bool:
    """Every value of a column of finite numbers is the same, which is soon seen; False if in doubt."""
    if ours.dtype.kind not in "iuf" or len(ours) != len(theirs):
        return False
    if not all(type(value) in (int, float) for value in theirs):
        return False
    return bool(np.isclose(np.array(theirs, dtype=float), ours, rtol=1e-9, atol=rounding(ours)).all())
