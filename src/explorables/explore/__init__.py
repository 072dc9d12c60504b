"""Sliders for NumPy functions that work on a static page, in a live kernel and in plain text."""

import os
import sys

import altair as alt

from explorables.book import current
from explorables.explore import frames
from explorables.explore.abbreviations import Range
from explorables.explore.exhibit import Parts, exhibit
from explorables.explore.explorer import STATIC, Explorer, explore
from explorables.explore.inputs import Choice, Slider, Switch, Text
from explorables.explore.model import Model
from explorables.explore.readout import Readout
from explorables.explore.solve import rk4
from explorables.explore.theme import colour, unit_axis
from explorables.explore.trace import TracingError
from explorables.explore.values import values
from explorables.explore.views import (
    bars,
    curve,
    fan,
    heatmap,
    image,
    odds,
    phase,
    reference_bars,
    stacked_bars,
    tornado,
    trajectory,
    waterfall,
)

__all__ = [
    "Choice",
    "Explorer",
    "Model",
    "Parts",
    "Range",
    "Readout",
    "Slider",
    "Switch",
    "Text",
    "TracingError",
    "bars",
    "colour",
    "curve",
    "exhibit",
    "explore",
    "fan",
    "heatmap",
    "image",
    "odds",
    "phase",
    "reference_bars",
    "rk4",
    "stacked_bars",
    "tornado",
    "trajectory",
    "unit_axis",
    "values",
    "waterfall",
]

# How ordinary charts reach the reader: as data for the site's renderer, or as widgets that need no network.
if os.environ.get(STATIC):
    # Altair's own "mimetype" names a type that the notebook format does not allow for JSON.
    alt.renderers.register("page", lambda spec, **_: {"application/vnd.vegalite.v6+json": spec, "text/plain": ""})
    alt.renderers.enable("page")
    if current().package:  # other books keep the tables that pandas writes
        frames.show()
elif "ipykernel" in sys.modules or sys.platform == "emscripten":
    from explorables.explore.live import chart

    alt.renderers.register("kernel", chart)
    alt.renderers.enable("kernel")
