"""Constants come from the tables: every number in `models/` and `sources/` that is none of arithmetic says why it stays."""

import ast
import math
from pathlib import Path

import pytest

import hardware_phase

ROOMS = ("models", "sources")
TIME = {365.25, 3600, 8760, 86_400}
BITS = {16, 32, 64, 1024}
FORMULA = "of a cited formula"
SEARCH = "where a search or an iteration looks and stops"
SHOWN = "of what is shown, not of what is computed"
TIED = "a test holds it to the table"
CHOICE = "this book's choice, which the text names"
KEY = "names a row of a table"

# What stays, by module: the number and the reason.
STAYS: dict[str, dict[float, str]] = {
    "models/adoption": {1e-4: SEARCH},
    "models/beyond_gpus": {1.380649e-23: "Boltzmann's constant, exact", 300.0: "K, room temperature"},
    "models/chips": {0.05: SHOWN, 0.9: "coverage of an interval", 20_001: SEARCH},
    "models/controls": {15: SHOWN, 72: SHOWN},
    "models/fabrication": {300.0: "mm, a wafer", 80: SEARCH},
    "models/grid": {0.8: SHOWN, 0.005: SHOWN, 0.001: SEARCH},
    "models/inference": {0.1: CHOICE},
    "models/policy": {15_832.0: TIED},
    "models/telecom": {1.6449: FORMULA, 81.0: FORMULA, 96: FORMULA},
    "sources/clusters": {0.4: CHOICE},
    "sources/devices": {45: KEY},
    "sources/electricity": {251: SEARCH},
    "sources/fabs": {2e6: "an assumption, and a case that its label names", 3000.0: SEARCH},
    "sources/flows": {0.25: "a quartile", 0.75: "a quartile"},
    "sources/futures": {
        **dict.fromkeys((1e-4, 0.05, 0.95, 1.005), SHOWN),
        **dict.fromkeys((20, 200_000), "points and repeats of a test of the draws"),
    },
    "sources/map": {
        1.340264: FORMULA,
        0.081106: FORMULA,
        0.000893: FORMULA,
        0.003796: FORMULA,
        180: FORMULA,
        360: FORMULA,
    },
    "sources/networks": {
        **dict.fromkeys((0.125, 0.25, 0.375, 0.625, 0.875), "middle of a quarter or a half of a year"),
        **dict.fromkeys((0.03, 0.1, 0.6, 140, 251), SEARCH),
        **dict.fromkeys((2007.5, 2009.625, 2013.5, 2018.5, 2024.5, 2023.25, 2025.5), "middle of a period"),
        **dict.fromkeys((2025.1, 2025.12, 2025.54, 2025.62, 2025.7, 2026.04, 2026.38), "middle of a period"),
    },
    "sources/programmes": {50_000: "wafers a month, of the unit of the table"},
    "sources/shares": {
        **dict.fromkeys((0.055, 0.105, 0.155, 0.205, 0.255), "of the classes of a published map"),
        **dict.fromkeys((2025.25, 2025.75, 2026.125), "middle of a period"),
        **dict.fromkeys((0.005, 0.001, 120, 80), SEARCH),
        20: KEY,
        20_000: "dollars, where the logarithm of income is taken as zero",
    },
    "sources/verdicts": {23: "a day of a date", 38: SHOWN},
    "sources/watts": {15.0: CHOICE, 0.08: CHOICE},
}


def of_arithmetic(value: float) -> bool:
    """Whether a number is a count, a power of ten that changes a unit, of time, of bits, a half, or a year."""
    size = abs(value)
    whole = float(value).is_integer()
    ten = size > 0 and math.isclose(math.log10(size) % 1, 0, abs_tol=1e-9) and (size >= 10 or size <= 1e-6)
    return (whole and size <= 12) or size in {0.5, 24, 60, 365, *TIME, *BITS} or ten or (whole and 1900 <= size <= 2050)


def numbers(path: Path) -> set[float]:
    """Numbers of a module that are none of arithmetic."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    found = {node.value for node in nodes if isinstance(node, ast.Constant) and type(node.value) in (int, float)}
    return {value for value in found if not of_arithmetic(value)}


MODULES = [
    path
    for room in ROOMS
    for path in sorted((Path(hardware_phase.__file__).parent / room).glob("*.py"))
    if path.stem != "__init__"
]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_number_that_is_none_of_arithmetic_comes_from_a_table_or_says_why_it_stays(path):
    name = f"{path.parent.name}/{path.stem}"
    assert numbers(path) == set(STAYS.get(name, {})), "take it from a table of data/, or list it here with the reason"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.1, False), (12, True), (13, False), (1e9, True), (2.7, False), (0.02, False), (2030, True), (2.03e3, True)],
)
def test_what_counts_as_arithmetic(value, expected):
    assert of_arithmetic(value) is expected
