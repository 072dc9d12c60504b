"""A model with a reader's settings, seen by the views: as numbers in NumPy, or as expressions for the page."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import altair as alt
import numpy as np
import pandas as pd

from explorables.explore.inputs import Choice, Input, Slider, Text, signal_name
from explorables.explore.known import holds
from explorables.explore.samples import same, settings_to_try, values_of
from explorables.explore.stand_ins import stand_ins
from explorables.explore.trace import (
    LIBRARIES,
    LONG,
    MAX_VALUES,
    Emitter,
    Node,
    Traced,
    TracingError,
    Unusable,
    const,
    element,
    evaluate,
    every_way,
    fail,
    field,
    formula_of,
    input_node,
    is_authors,
    node,
    nodes_of,
    place,
    resolved,
    template,
)

ROW = "row"  # the column that counts the rows of a table


def even(values: Sequence[float]) -> tuple[float, float] | None:
    """First value and step of numbers that are evenly spaced to the last bit, as those of np.linspace are; else None."""
    numbers = np.asarray(values, dtype=float)
    if len(numbers) < LONG or not np.isfinite(numbers).all():
        return None
    first, step = float(numbers[0]), float((numbers[-1] - numbers[0]) / (len(numbers) - 1))
    return (first, step) if step and np.array_equal(np.arange(len(numbers)) * step + first, numbers) else None


def named(result: Any) -> dict[str, Any]:
    """A model's result as named outputs; a single value is called ``result``, several are numbered from 1.

    Raises
    ------
    TracingError
        If there is none.
    """
    if result is None:
        raise TracingError(
            "the function returns nothing. Return its numbers, as {'name': value, ...}; explore() draws and prints them."
        )
    if isinstance(result, Mapping):
        return dict(result)
    if hasattr(result, "_asdict"):
        return result._asdict()
    if dataclasses.is_dataclass(result):
        return {f.name: getattr(result, f.name) for f in dataclasses.fields(result)}
    if isinstance(result, tuple):
        found: dict[str, Any] = {}
        for i, value in enumerate(result, 1):
            found |= named(value) if isinstance(value, Mapping | pd.DataFrame) else {f"result_{i}": value}
        return found
    if isinstance(result, pd.DataFrame):
        return {str(name): _column(result[name]) for name in result}
    return {"result": _column(result) if isinstance(result, pd.Series) else result}


def _column(values: pd.Series) -> Any:
    """A column's values; traced ones, which pandas keeps as objects, as one array."""
    values = values.to_numpy()
    return Traced(nodes_of(list(values))) if values.dtype == object and len(values) else values


def padded(values: Any, length: int) -> np.ndarray:
    """An array with NaN behind it, up to a length."""
    values = np.asarray(values, dtype=float)
    made = np.full((length, *values.shape[1:]), np.nan)
    made[: len(values)] = values
    return made


class Outputs(dict):
    """Named outputs; asking for one that is not there names those that are."""

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        if isinstance(value, Unusable):
            raise value.error
        return value

    def __missing__(self, name: str) -> Any:
        raise KeyError(f"the model has no output {name!r}; it gives {', '.join(self)}")


class Model:
    """What a view is given: `inputs` and `result` at the current settings, a call with changes, and tables.

    Calling it, ``m(tokens=x)``, gives the outputs with some inputs replaced, also by columns of a table.
    """

    tables: Sequence[Rows]

    def __init__(self, function: Callable, inputs: Mapping[str, Input], current: Mapping[str, Any]):
        self._function, self._inputs = function, inputs
        self.inputs = Outputs(current)
        self._result: Outputs | None = None

    @property
    def result(self) -> Outputs:
        """The outputs at the current inputs, computed once."""
        if self._result is None:
            self._result = self()
        return self._result

    def __call__(self, **changes: Any) -> Outputs:
        for name, value in changes.items():
            if name not in self._inputs:
                raise TypeError(f"the explorer has no input {name!r}; it has {', '.join(self._inputs)}")
            control = self._inputs[name]
            if isinstance(value, str) and isinstance(control, Choice):
                changes[name] = control.value(control.check(value))
        return self._run({**self.inputs, **changes})

    def control(self, name: str) -> Input:
        """The input of that name: its range, unit and label."""
        return self._inputs[name]

    def rows(self, data: pd.DataFrame | Mapping[str, Any] | int) -> Rows:
        """Start a table: known columns, or a number of rows (then the column ``row`` counts them from 0).

        A column called ``set:`` and the name of an input lets a click on a mark set that input on the page.
        """
        return self._table(f"table{len(self.tables)}", data)

    def _run(self, values: Mapping[str, Any]) -> Outputs:
        raise NotImplementedError

    def _table(self, name: str, data: Any) -> Rows:
        """One more of the `tables`."""
        raise NotImplementedError


class Rows:
    """The table behind a chart. Known columns are constants; columns that are assigned are computed."""

    def __init__(self, name: str, data: pd.DataFrame | Mapping[str, Any] | int):
        self.name = name
        self.known = pd.DataFrame({ROW: range(data)} if isinstance(data, int) else data).reset_index(drop=True)
        self.counted = isinstance(data, int)
        self.computed: dict[str, Any] = {}

    def __len__(self) -> int:
        return len(self.known)

    def __contains__(self, name: str) -> bool:
        return name in self.computed or name in self.known

    def _check_name(self, name: str) -> None:
        if name in self or name == ROW:
            raise ValueError(f"the table has a column {name!r} already")

    def __getitem__(self, name: str) -> Any:
        """A column, as an array of numbers or of expressions."""
        raise NotImplementedError

    def __setitem__(self, name: str, value: Any) -> None:
        raise NotImplementedError

    def chart(self) -> alt.Chart:
        """A chart of the table, without a mark."""
        raise NotImplementedError


class NumberModel(Model):
    """The model in NumPy, at known settings.

    `lengths` are those that a page gives to arrays whose length depends on an input; here they end in NaN too.
    """

    tables: list[NumberRows]

    def __init__(
        self,
        function: Callable,
        inputs: Mapping[str, Input],
        current: Mapping[str, Any],
        lengths: Mapping[str, int] | None = None,
    ):
        super().__init__(function, inputs, current)
        self.tables, self._lengths = [], lengths or {}

    def _outputs(self, **values: Any) -> dict[str, Any]:
        found = named(self._function(**values))
        return found | {name: padded(found[name], length) for name, length in self._lengths.items()}

    def _run(self, values: Mapping[str, Any]) -> Outputs:
        moved = {k: v for k, v in values.items() if v is not self.inputs.get(k)}
        columns = {k: np.asarray(v) for k, v in moved.items() if np.ndim(v) == 1 and not isinstance(v, str | Mapping)}
        if not columns:
            return Outputs(self._outputs(**values))
        # Row by row: a model of scalars need not know about columns.
        entries: dict[str, Iterable[Any]] = dict(columns)
        for name, column in columns.items():
            control = self._inputs.get(name)
            whole = isinstance(control, Slider) and control.whole
            if whole and np.array_equal(column, np.rint(column)):
                entries[name] = [round(value) for value in column.tolist()]
        results = [
            self._outputs(**{**values, **dict(zip(entries, row, strict=True))})
            for row in zip(*entries.values(), strict=True)
        ]
        return Outputs({key: np.array([result[key] for result in results]) for key in results[0]})

    def _table(self, name: str, data: Any) -> NumberRows:
        self.tables.append(NumberRows(name, data))
        return self.tables[-1]


class NumberRows(Rows):
    """A table of numbers, for NumPy."""

    def __getitem__(self, name: str) -> np.ndarray:
        return self.computed[name] if name in self.computed else self.known[name].to_numpy()

    def __setitem__(self, name: str, value: Any) -> None:
        self._check_name(name)
        self.computed[name] = np.broadcast_to(np.asarray(value), len(self))

    def frame(self) -> pd.DataFrame:
        """The table with all that was computed."""
        return self.known.assign(**{name: np.array(values) for name, values in self.computed.items()})

    def chart(self) -> alt.Chart:
        """A chart that names its table and does not hold it: what is asked for here is the table, see `frame`."""
        return alt.Chart(alt.NamedData(name=self.name))


class TracedModel(Model):
    """The model as expressions of its inputs."""

    tables: list[TracedRows]

    def __init__(self, function: Callable, inputs: Mapping[str, Input]):
        super().__init__(function, inputs, {name: control.traced() for name, control in inputs.items()})
        self.tables = []
        self.emitter = Emitter()
        self._each: set[str] = set()  # menus for each of whose options the function is recorded on its own
        self.domains: dict[Node, list] = {
            input_node(signal_name(name), control.kind): control.values()
            for name, control in inputs.items()
            if control.values()
        }

    def _run(self, values: Mapping[str, Any]) -> Outputs:
        try:
            return self._recorded(values)
        except TracingError as error:
            for menus in self._menus(values):
                if self._records(values, self._each | menus):
                    self._each |= menus
                    return self._recorded(values)
            raise self._of_text(values, error) from error.__cause__

    def _recorded(self, values: Mapping[str, Any]) -> Outputs:
        try:
            with stand_ins(self._function):
                return Outputs(every_way(lambda: self._traced(values), self.domains))
        except TracingError:
            raise
        except Exception as error:
            raise _explained(error, self._function) from error

    def _records(self, values: Mapping[str, Any], each: set[str]) -> bool:
        """Whether the function can be recorded with these values, when it is run for each option of these menus."""
        before, self._each = self._each, each
        try:
            self._recorded(values)
        except TracingError:
            return False
        finally:
            self._each = before
        return True

    def _menus(self, values: Mapping[str, Any]) -> list[set[str]]:
        """Menus that may be what a page cannot carry as they are: each of them, then all."""
        names = [
            name
            for name, control in self._inputs.items()
            if isinstance(control, Choice) and not control.settled and values[name] is self.inputs[name]
        ]
        return [{name} for name in names if name not in self._each] + ([set(names)] if len(names) > 1 else [])

    def _of_text(self, values: Mapping[str, Any], error: TracingError) -> TracingError:
        """The error, or one that says what can be done with a text that readers write, where that is the cause."""
        for name, control in self._inputs.items():
            plain = {**values, name: control.default}
            if isinstance(control, Text) and any(
                self._records(plain, self._each | m) for m in [set(), *self._menus(values)]
            ):
                return TracingError(
                    f"what is done with the text {name!r} cannot be carried into the page: there, a text that readers write "
                    "can be passed on and compared, no more. Give the texts to choose from as a list: "
                    f"{name}=[{control.default!r}, ...].{''.join(str(error).partition(chr(10))[1:])}"
                )
        return error

    def _traced(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The outputs on one way; a menu whose options a page cannot carry is settled on it."""
        settled = {
            name: control.value(str(values[name] if control.settled else Traced(input_node(signal_name(name), "s"))))
            for name, control in self._inputs.items()
            if isinstance(control, Choice)
            and (
                isinstance(values[name], Traced)
                if control.settled
                else name in self._each and values[name] is self.inputs[name]
            )
        }
        found = named(self._function(**{**values, **settled}))
        for name in found:
            const(name)  # no number may be part of it
        return {name: _real(name, value) for name, value in found.items()}

    def _table(self, name: str, data: Any) -> TracedRows:
        self.tables.append(TracedRows(name, data, self.emitter, self.domains, self._inputs))
        return self.tables[-1]


def _real(name: str, value: Any) -> Any:
    """An output, or the reason why it cannot be one: a page shows no complex numbers."""
    if hasattr(value, "test"):
        raise fail(
            f"output {name!r}, entries that a condition chooses",
            "Return np.where(condition, values, np.nan), or their sum or mean.",
        )
    traced = holds(value)
    kinds = {item.kind for item in nodes_of(value).ravel()} if traced else set()
    if "c" not in kinds and (traced or not np.iscomplexobj(value)):
        return _formulated(value) if traced else value
    return Unusable(
        TracingError(
            f"output {name!r} is complex, which cannot be carried into the page. Return what is to be seen: "
            "np.abs(z), np.angle(z), np.real(z) or np.imag(z)."
        )
    )


def _formulated(value: Any) -> Traced:
    """A traced output with what is known of how it was made."""
    made = Traced(nodes_of(value))
    made.formula = formula_of(value) if made.ndim == 1 else None
    return made


def _explained(error: Exception, function: Callable) -> TracingError:
    """An error that a model made while it was traced, with the author's line and what is likely to be the cause."""
    line, library, trace = "", "", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        package = str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        if is_authors(code.co_filename):
            line, library = place(code.co_filename, trace.tb_lineno, code.co_name), ""
        elif package in LIBRARIES:
            library = package
        trace = trace.tb_next
    if isinstance(error, ImportError):
        library = str(error.name).partition(".")[0]
    if library in LIBRARIES:
        return TracingError(f"a call of {library} cannot be carried into the page. {LIBRARIES[library]}{line}")
    name = getattr(function, "__name__", "the model")
    return TracingError(
        f"{name}() cannot be carried into the page: {type(error).__name__}: {error}. There its inputs are symbols: use NumPy's "
        f"functions on them (np.exp(x), not x.exp()), make arrays of them with np.stack([...]), and choose with np.select.{line}"
    )


class TracedRows(Rows):
    """A table whose columns are formulas, for the page."""

    _checked: ClassVar[dict[tuple, bool]] = {}

    def __init__(self, name: str, data: Any, emitter: Emitter, domains: dict[Node, list], inputs: Mapping[str, Input]):
        super().__init__(name, data)
        self._emitter, self._domains, self._inputs = emitter, domains, inputs
        self._written: list[tuple[str, str]] | None = None
        self._columns: dict[tuple[str, ...], str] = {}

    def __getitem__(self, name: str) -> Traced:
        if name in self.computed:
            return self.computed[name]
        column = self.known[name]
        if column.isna().any():
            raise ValueError(f"column {name!r} has missing values: drop or fill those rows before computing with it")
        if pd.api.types.is_datetime64_any_dtype(column):
            raise ValueError(f"column {name!r} holds dates: turn them into numbers before computing with it")
        kind = "b" if pd.api.types.is_bool_dtype(column) else "f" if pd.api.types.is_numeric_dtype(column) else "s"
        item = field(name, kind)
        if len(self) <= MAX_VALUES:
            self._domains[item] = sorted({*self._domains.get(item, ()), *column.tolist()})
        return Traced(item)

    def __setitem__(self, name: str, value: Any) -> None:
        self._check_name(name)
        traced = Traced(nodes_of(value))
        if traced.ndim == 1:
            if traced.shape != (len(self),):
                raise ValueError(f"column {name!r} has {traced.shape[0]} values for {len(self)} rows")
            if all(n.op == "const" for n in traced.nodes):
                self.known[name] = [n.value for n in traced.nodes]
                return
            common = self._common(value, traced) if len(self) >= LONG else None
            if common is None:
                self.known[ROW] = range(len(self))
                common = element(traced, field(ROW, "f"))
            traced = Traced(common)
        elif traced.ndim > 1:
            raise ValueError(f"column {name!r} has shape {traced.shape}; give one value a row")
        self.computed[name] = traced

    def _common(self, value: Any, traced: Traced) -> Node | None:
        """One expression for all rows, if there is one: what was done to a grid, or what all entries have in common."""
        traced.formula = formula_of(value)
        made = resolved(traced, lambda places: self._constants(tuple(map(const, places))))
        if made is not None and self._is_right(made, traced):
            return made
        return template(traced.nodes, self._constants)

    def _is_right(self, common: Node, traced: Traced) -> bool:
        """Whether an expression of a row gives the entries of an array, at many settings."""
        key = common, tuple(traced.nodes)
        if key not in self._checked:
            if len(self._checked) > 100:
                self._checked.clear()
            runs, count = settings_to_try(self._inputs), len(self)
            settings = values_of(self._inputs, runs)
            wanted = [np.broadcast_to(value, len(runs)) for value in evaluate(traced.nodes, settings)]
            columns = {field(ROW, "f"): np.arange(count)} | {
                field(c, "f"): self.known[c] for c in self._columns.values()
            }
            known = {leaf: np.repeat(value, count) for leaf, value in settings.items()}
            known |= {leaf: np.tile(np.asarray(values, dtype=float), len(runs)) for leaf, values in columns.items()}
            found = np.broadcast_to(evaluate([common], known)[0], len(runs) * count).reshape(len(runs), count)
            self._checked[key] = same(np.stack(wanted, axis=1), found)
        return self._checked[key]

    def _constants(self, items: tuple[Node, ...]) -> Node:
        """Constants that differ from row to row: evenly spaced ones follow from the row's number, others are a column."""
        values = [item.value for item in items]
        if items[0].kind == "f" and (spacing := even(values)) is not None:
            self.known[ROW] = range(len(self))
            first, step = spacing
            return node("+", node("*", field(ROW, "f"), const(step)), const(first))
        key = tuple(map(repr, values))
        if key not in self._columns:
            self._columns[key] = f"_c{len(self._columns)}"
            self.known[self._columns[key]] = values
        return field(self._columns[key], items[0].kind)

    def formulas(self) -> list[tuple[str, str]]:
        """Calculated fields and their expressions, in order."""
        if self._written is None:
            self._written = self._emitter.columns({name: value.item for name, value in self.computed.items()})
        return self._written

    def values(self) -> list[dict]:
        """The rows that the page is given; it computes the other columns."""
        return _records(self.known)

    def chart(self) -> alt.Chart:
        if self.counted and list(self.known) == [ROW]:
            chart = alt.Chart(alt.sequence(0, len(self), as_=ROW, name=self.name))
        else:
            chart = alt.Chart(alt.InlineData(values=self.values(), name=self.name))
        for name, text in self.formulas():
            chart = chart.transform_calculate(as_=name, calculate=text)
        return chart


def _records(frame: pd.DataFrame) -> list[dict]:
    """Rows as JSON values: missing as null, dates as ISO text, whole numbers as such."""

    def plain(value: Any) -> Any:
        if value is None or value is pd.NaT or (isinstance(value, float) and not np.isfinite(value)):
            return None
        if isinstance(value, pd.Timestamp):
            return value.date().isoformat()
        value = value.item() if isinstance(value, np.generic) else value
        return int(value) if isinstance(value, float) and value == int(value) and abs(value) < 1e15 else value

    columns = {name: [plain(v) for v in frame[name].tolist()] for name in frame}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
