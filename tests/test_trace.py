"""NumPy functions mean the same on the page as in NumPy, and what cannot be carried over says so."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from vega import same

from explorables.explore import trace
from explorables.explore.trace import Emitter, Traced, TracingError, field, input_node

X, Y = Traced(input_node("x", "f")), Traced(input_node("y", "f"))
EDGES = [
    -math.inf,
    -1e10,
    -3.5,
    -2.5,
    -1.0,
    -0.5,
    0.0,
    1e-12,
    3e-5,
    0.5,
    1.0,
    1.5,
    2.5,
    3.0,
    7.25,
    1e10,
    math.inf,
    math.nan,
]


def on_page(runtime, outputs: dict[str, Traced], runs: list[dict]) -> list[dict]:
    """Outputs of traced functions of x and y on the page, for every run."""
    emitter = Emitter()
    names = {key: emitter.signal(value.item) for key, value in outputs.items()}
    inputs = [{"name": name, "value": value} for name, value in runs[0].items()]
    spec = {"signals": inputs + [{"name": n, "update": text} for n, text in emitter.signals()]}
    results = runtime.run(spec, runs, list(names.values()))
    return [dict(zip(names, values, strict=True)) for values, _ in results]


def ufunc_value(ufunc, *args):
    with np.errstate(all="ignore"):
        return ufunc(*args)


UNARY = [u for u in trace.UFUNCS if u.nin == 1 and u is not np.invert]
BINARY = [u for u in trace.UFUNCS if u.nin == 2 and not u.__name__.startswith("bitwise")]


def test_every_unary_ufunc_agrees_with_numpy_at_edges_ties_and_infinities(runtime):
    outputs = {u.__name__: u(X) for u in UNARY}
    runs = [{"x": x} for x in EDGES]
    for run, values in zip(runs, on_page(runtime, outputs, runs), strict=True):
        for u in UNARY:
            if u in (np.sin, np.cos, np.tan) and abs(run["x"]) > 1e6:
                continue  # libraries differ in reducing large angles
            expected = ufunc_value(u, np.float64(run["x"]))
            assert same(expected, values[u.__name__]), f"{u.__name__}({run['x']}): {expected} / {values[u.__name__]}"


def test_every_binary_ufunc_agrees_with_numpy_at_edges_ties_and_infinities(runtime):
    outputs = {u.__name__: u(X, Y) for u in BINARY}
    runs = [{"x": x, "y": y} for x in EDGES for y in EDGES]
    for run, values in zip(runs, on_page(runtime, outputs, runs), strict=True):
        for u in BINARY:
            if "power" in u.__name__ and run["x"] == -math.inf:
                continue  # NumPy itself differs there between its fast paths
            expected = ufunc_value(u, np.float64(run["x"]), np.float64(run["y"]))
            assert same(expected, values[u.__name__]), f"{u.__name__}{tuple(run.values())}: {expected} / {values}"


def functions(x, y):
    """One use of everything else that can be traced; `x` and `y` are numbers."""
    series = np.stack([x, y, x + y, x * 0.5])
    return {
        "where": np.where(x > y, x, -y),
        "nested": np.where((x > 0) & ~(y > 1) | (x == y), 1.0, 2.0),
        "select": np.select([x < 0, x < 1, y < 0], [x, y, x * y], default=7.0),
        "text": np.select([x < 0, y < 0], ["low", "under"], default="high"),
        "piecewise": np.piecewise(x, [x < 1, x < 0], [lambda v: v**2, lambda v: v**3, 7.0]),
        "piecewise_of_one": np.piecewise(x, x < 0, [-1.0, lambda v: v]),
        "piecewise_without_default": np.piecewise(x, [x < 0, x < -5], [1.0, 2.0]),
        "choose": np.choose(x > y, [x, y]),
        "arange": np.sum(np.arange(5) * x + np.arange(1.0, 6.0)),
        "nan_to_num": np.nan_to_num(np.log(x), nan=3.0) + np.nan_to_num(1 / np.maximum(x, 0), posinf=4.0),
        "clip": np.clip(x, -1, y),
        "clip_low": np.clip(x, 0, None),
        "round": np.round(x, 2),
        "round_tens": np.round(x, -1),
        "sum": np.sum(series),
        "prod": np.prod(series),
        "mean": np.mean(series),
        "max": np.max(series),
        "min": series.min(),
        "any": np.any(series > 3),
        "all": np.all(series > -3),
        "cumsum": np.cumsum(series)[2],
        "cumprod": np.cumprod(series)[-1],
        "axis": np.sum(np.stack([series, series * 2]), axis=0)[1],
        "linspace": np.linspace(x, y, 5)[3],
        "interp": np.interp(x, [-1.0, 0.0, 2.5], [3.0, -1.0, 4.0]),
        "interp_traced": np.interp(x, [0.0, 1.0], np.stack([y, x])),
        "searchsorted": np.searchsorted([-1.0, 0.0, 1.0, 5.0], x, side="right") * 1.0,
        "diff": np.diff(series)[0],
        "concatenate": np.concatenate([series, np.ones(2)])[5] + np.concatenate([series, series])[4],
        "mixed_array": (np.array([1.0, 2.0, 3.0]) * x + y)[2],
        "object_array": np.exp(np.array([np.minimum(x, 2), np.minimum(y, 2)]).astype(object)[0])
        if isinstance(x, Traced)
        else np.exp(np.minimum(x, 2)),
        "power": 2.0**x,
        "negative_power": np.abs(x + 0.1) ** -1.5,
        "dot": np.dot(series, series[::-1]) + series @ np.arange(4.0),
        "matmul": (np.stack([series, series * y]) @ series)[1],
        "outer": np.outer(series, np.stack([x, y]))[2, 1],
        "cross": np.cross(series[:3], np.array([1.0, 2.0, 3.0]))[1],
        "std": np.std(series) + np.var(series, ddof=1) + series.std(),
        "average": np.average(series, weights=np.array([1.0, 2.0, 3.0, 4.0])),
        "trapezoid": np.trapezoid(series, dx=0.5) + np.trapezoid(series, np.array([0.0, 1.0, 3.0, 4.0])),
        "convolve": np.convolve(series, np.array([0.5, 0.25, 0.25]), mode="same")[0] + np.convolve(series, series)[3],
        "polyval": np.polyval([1.0, -2.0, 3.0], x),
        "gradient": np.gradient(series)[1] + np.gradient(series, np.array([0.0, 1.0, 3.0, 4.0]))[2],
        "solve": np.linalg.solve(np.stack([np.stack([abs(x) + 9, y]), np.stack([y, abs(x) + 30])]), series[:2])[1],
        "solve_with_pivots": np.linalg.solve(
            np.stack([np.stack([0 * x, 1 + 0 * y]), np.stack([2 + 0 * x, y])]), series[:2]
        )[0],
        "inverse": np.linalg.inv(np.stack([np.stack([abs(x) + 9, y]), np.stack([y, abs(x) + 60])]))[0, 1],
        "determinant": np.linalg.det(np.stack([np.stack([x, y]), np.stack([y, x + 1])])),
        "norm": np.linalg.norm(series),
        "histogram": np.histogram(series, bins=np.array([-50.0, -1.0, 0.0, 4.0, 50.0]))[0][2] * 1.0,
        "sinc": np.sinc(x) + np.sinc(0 * x),
        "peak_to_peak": np.ptp(series),
        "geomspace": np.geomspace(abs(x) + 1, abs(y) + 2, 5)[3],
        "interp_nan": np.interp(np.log(x), [0.0, 1.0], [2.0, 3.0]),
        "searchsorted_nan": np.searchsorted([0.0, 1.0], np.log(x)) * 1.0,
        "precedence": -(x**2) + 3 - x - (y - 2),
        "floor_divide": x // 2,
        "remainder": x % 3,
        "python_abs": abs(x) + round(y),
        "square_of_shared": (x * y) ** 2 + (x * y),
    }


NUMBERS = st.floats(-20, 20, allow_nan=False).map(lambda v: round(v, 6))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(runs=st.lists(st.fixed_dictionaries({"x": NUMBERS, "y": NUMBERS}), min_size=20, max_size=40))
def test_functions_agree_with_numpy_at_random_values(runtime, runs):
    traced = functions(X, Y)
    for run, values in zip(runs, on_page(runtime, traced, runs), strict=True):
        with np.errstate(all="ignore"):
            expected = functions(np.float64(run["x"]), np.float64(run["y"]))
        for name, value in expected.items():
            assert same(value, values[name], atol=1e-12), f"{name} at {run}: NumPy {value}, page {values[name]}"


def test_shapes_are_known_while_tracing():
    table = np.stack([[X, Y, X], [Y, X, Y]])
    assert (np.shape(table), np.ndim(table), np.size(table), np.size(table, 1)) == ((2, 3), 2, 6, 3)
    assert np.ndim(X) == 0


def test_a_loop_over_years_does_not_blow_up():
    stock = X
    for _ in range(50):
        stock = stock + Y * stock * (1 - stock / 1000)
    emitter = Emitter()
    emitter.signal(stock.item)
    text = emitter.signals()
    assert len(text) >= 49
    assert sum(len(expression) for _, expression in text) < 50 * 60


def test_a_long_chain_is_cut_so_that_the_parser_does_not_run_out_of_stack(runtime):
    value = X
    for i in range(2000):
        value = np.where(value > i, value - 1, value + 0.5)
    assert on_page(runtime, {"value": value}, [{"x": 1.0}])[0]["value"] is not None


def test_what_no_row_enters_is_computed_once_and_not_in_every_row():
    emitter = Emitter()
    t = Traced(field("t", "f"))
    formulas = emitter.columns({"y": (np.exp(-X * Y) * t).item})
    assert "exp" not in formulas[0][1]
    assert any("exp" in text for _, text in emitter.signals())


def test_known_values_are_folded():
    assert np.where(np.float64(2) > 1, X, Y).item is X.item
    emitter = Emitter()
    name = emitter.signal((X * 1 + 0).item)
    assert name == "x"


def truth(x):
    return 1 if x > 0 else 2


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda x: 1 if x > 0 else 2, "np.where"),
        (lambda x: max(x, 2), "np.maximum"),
        (lambda x: x > 0 and x < 1, "np.where"),
        (lambda x: math.exp(x), "np.exp for math.exp"),
        (lambda x: np.argsort(np.stack([x, x])), r"np\.sort for the values"),
        (lambda x: np.unwrap(np.stack([x, x])), r"np\.unwrap"),
        (lambda x: np.floor(1j * x), "np.real.z., np.imag.z."),
        (lambda x: complex(x), "np.zeros"),
        (lambda x: range(int(x)), "np.floor"),
        (lambda x: list(range(x)), "loops of known length"),
        (lambda x: x + "years", "arithmetic on text"),
        (lambda x: (x > 1) + (x > 2), "two truth values"),
        (lambda x: ~x, "comparisons"),
        (lambda x: x & 1, "comparisons"),
        (lambda x: np.where(x > 1, "a", 2), "same type"),
        (lambda x: np.stack([x, x])[np.stack([x, x]) > 1] + np.ones(2), r"a\[test\] \* b\[test\]"),
        (lambda x: np.stack([x, x, x])[np.stack([x, x]) > 1], "np.where.condition, values, 0."),
        (lambda x: [1, 2][x], "np.select"),
        (lambda x: np.interp(1.0, np.stack([x, x]), [0, 1]), "xp as constants"),
        (lambda x: x.astype(int), "np.floor"),
        (lambda x: np.arange(x), "np.arange needs known bounds"),
        (lambda x: {1: "a"}[x], "options of a choice"),
        (lambda x: np.where(x > 1, f"{x} years", "none"), "a readout of its own"),
        (lambda x: np.where(x > 1, str(x), "none"), "a readout of its own"),
        (lambda x: np.add(x, 1, dtype=int), r"np\.add\(dtype=...\)"),
        (lambda x: np.where(x > 1), "np.where.condition, values, 0."),
        (lambda x: np.linspace(0, x, 5, retstep=True), r"np\.linspace with these arguments .*'retstep'"),
        (lambda x: np.cumsum(np.stack([x, x]), dtype=float), r"np\.cumsum with these arguments .*'dtype'"),
        (lambda x: np.geomspace(1, x, 5, endpoint=False), r"np\.geomspace with these arguments .*'endpoint'"),
        (lambda x: np.sum(np.stack([x, x]), where=[True, False]), "where="),
    ],
)
def test_what_cannot_be_carried_names_the_way_out_and_the_line(wrong, says):
    with pytest.raises(TracingError, match=says) as error:
        wrong(X)
    assert "test_trace.py, line" in str(error.value)


def test_the_error_shows_the_source_line_of_the_model():
    with pytest.raises(TracingError, match=r"in truth: return 1 if x > 0 else 2"):
        truth(X)
