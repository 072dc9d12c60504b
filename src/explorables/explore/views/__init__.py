"""Ready-made views: functions from a `Model` to an Altair chart, for `explore`."""

from explorables.explore.views.amounts import bars, reference_bars, stacked_bars, waterfall
from explorables.explore.views.common import View
from explorables.explore.views.fields import heatmap, image
from explorables.explore.views.lines import curve, phase, trajectory
from explorables.explore.views.paths import LEVELS, fan, odds, tornado

__all__ = [
    "LEVELS",
    "View",
    "bars",
    "curve",
    "fan",
    "heatmap",
    "image",
    "odds",
    "phase",
    "reference_bars",
    "stacked_bars",
    "tornado",
    "trajectory",
    "waterfall",
]
