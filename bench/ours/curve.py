"""The model on every page that the benchmark compares."""

import numpy as np

YEARS = list(np.linspace(2015, 2035, 500))


def adoption(speed, middle, year=2025.0):
    """Logistic curve: share of adopters in a year, and five years on."""
    return {"share": 1 / (1 + np.exp(-speed * (year - middle))), "later": 1 / (1 + np.exp(-speed * (2030 - middle)))}
