"""Published numbers that the book's models reproduce.

A model module offers ``REPRODUCES``, a dictionary from the name of a check (the column ``case`` of a check table) to a
function of that row's inputs (one dictionary), in the row's unit. So may a module of the sources, where a model needs whole
tables to say something about a figure that did not go into it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import pandas as pd

from hardware_phase import data, models, sources
from hardware_phase.sources import independence
from hardware_phase.sources.checks import inputs

TABLES = ("efficiency_checks", "energy_checks", "acceleration_checks")

# The page (without suffix) that explains a module which reproduces numbers.
PAGES = {
    "beyond_gpus": "energy-scale-long-game/beyond-gpus",
    "cost_of_watts": "energy-scale-long-game/cost-of-watts",
    "efficiency": "controls-efficiency-adoption/efficiency",
    "fabrication": "acceleration/fab",
    "funding": "acceleration/funding",
    "grid": "energy-scale-long-game/grid",
    "inference": "controls-efficiency-adoption/inference",
    "policy": "acceleration/policy",
    "scaling": "energy-scale-long-game/scaling",
    "shares": "controls-efficiency-adoption/adoption",
    "suppliers": "acceleration/policy",
}

# Units as they are written; a code that is not here has its underscores as spaces.
UNITS = {
    "mw": "MW",
    "gw": "GW",
    "gwh": "GWh",
    "twh": "TWh",
    "mwh": "MWh",
    "kw": "kW",
    "w": "W",
    "wh": "Wh",
    "tbps": "TB/s",
    "tco2e": "t CO2e",
    "gco2e_per_kwh": "g CO2e/kWh",
    "percent": "%",
    "percent_per_year": "% a year",
    "ratio": "",
    "h100e_per_mw": "H100e/MW",
    "usd_per_w": "USD/W",
    "usd_per_kw": "USD/kW",
    "pflops": "PFLOP/s",
    "billion_usd_per_gw": "billion USD/GW",
    "million_usd": "million USD",
}


def modules() -> Iterator[ModuleType]:
    """Modules of the models and of the sources that reproduce published numbers."""
    for package in (models, sources):
        for info in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{info.name}")
            if hasattr(module, "REPRODUCES"):
                yield module


def name_of(module: ModuleType) -> str:
    """A module's name, without its packages."""
    return module.__name__.rpartition(".")[2]


def cases() -> pd.DataFrame:
    """Every published number that a model reproduces, beside what the model gives.

    Returns
    -------
    pandas.DataFrame
        One row a case, in the order of the check tables: ``case``, ``label``, ``published``, ``computed``, ``unit``,
        ``difference_pct`` (computed against published), ``tolerance_pct``, ``within`` (the difference is inside the
        tolerance), ``kind`` (whether a source reports the number or it is derived from its figures), ``tests`` (what the
        comparison tests, by `sources.independence.kind`), ``evidence``, ``source``, ``note``, ``table``, ``module`` and
        ``notebook``.

    Raises
    ------
    KeyError
        If a module names a case that no check table has.
    ValueError
        If two modules claim the same case.
    """
    claims = [(case, module) for module in modules() for case in module.REPRODUCES]
    owner = dict(claims)
    if len(owner) < len(claims):
        names = [case for case, _ in claims]
        raise ValueError(f"claimed by two modules: {sorted({n for n in names if names.count(n) > 1})}")
    checks = pd.concat([data.load(name).assign(table=name) for name in TABLES], ignore_index=True)
    if missing := set(owner) - set(checks["case"]):
        raise KeyError(f"not in {', '.join(TABLES)}: {sorted(missing)}")
    checks = checks[checks["case"].isin(owner)]
    computed = [float(owner[row["case"]].REPRODUCES[row["case"]](inputs(row))) for _, row in checks.iterrows()]
    published = checks["expected_value"].astype(float)
    difference = 100 * (pd.Series(computed, index=checks.index) / published - 1)
    return pd.DataFrame(
        {
            "case": checks["case"],
            "label": checks["label"],
            "published": published,
            "computed": computed,
            "unit": checks["unit"],
            "difference_pct": difference,
            "tolerance_pct": checks["tolerance_pct"],
            "within": difference.abs() <= checks["tolerance_pct"],
            "kind": checks["kind"],
            "tests": tests(checks),
            "evidence": checks["evidence"],
            "source": checks["source"],
            "note": checks["note"],
            "table": checks["table"],
            "module": [name_of(owner[case]) for case in checks["case"]],
            "notebook": [PAGES[name_of(owner[case])] for case in checks["case"]],
        }
    ).reset_index(drop=True)


def tests(checks: pd.DataFrame) -> list[str]:
    """What each row of a check table tests, from whether its figure is printed and which sources the two sides share."""
    return [
        independence.kind(row.source, row.inputs_from, printed=row.kind != "derived") for row in checks.itertuples()
    ]


def table(module: ModuleType) -> pd.DataFrame:
    """Numbers that a model module reproduces, to be read: published beside computed.

    Parameters
    ----------
    module : module
        One of `modules`.

    Returns
    -------
    pandas.DataFrame
        One row a case, called by what it is about, those that test a model first: the figures in words, their unit, the
        difference in per cent with the one that is allowed, what the comparison tests, and the keys of the sources.
    """
    found = cases()
    found = found[found["module"] == name_of(module)]
    found = found.sort_values("tests", key=lambda names: names.map(independence.KINDS.index), kind="stable")
    rows = {
        row.label: {
            "published": figure(row.published),
            "computed": figure(row.computed),
            "unit": unit(row.unit),
            "difference (allowed)": f"{difference(row.difference_pct)} (±{row.tolerance_pct:g})",
            "tests": row.tests,
            "source": row.source,
        }
        for row in found.itertuples()
    }
    return pd.DataFrame(rows).T.rename_axis("case")


def unit(code: str) -> str:
    """The unit of a case as it is written."""
    return UNITS.get(code, code.replace("_", " "))


def figure(value: float) -> str:
    """A number with about four digits."""
    text = f"{value:,.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:,.4g}"
    return text.replace("e+", "e")


def difference(percent: float) -> str:
    """Computed against published, in per cent."""
    rounded = round(percent, 1) + 0.0  # no minus before a zero
    return f"{rounded:+.1f}\N{NO-BREAK SPACE}%".replace("-", "−").replace("+0.0", "0.0")
