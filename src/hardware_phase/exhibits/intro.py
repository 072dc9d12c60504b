"""The landing page's explorer: the one of `scaling`, made small."""

from __future__ import annotations

from functools import partial

from explorables.explore import Parts, bars, colour, exhibit
from hardware_phase import data
from hardware_phase.exhibits import scaling
from hardware_phase.sources import clusters


@exhibit
def match() -> Parts:
    """`scaling.match` for a first look: one pair of machines and three inputs; the others stand where that has them."""
    full = scaling.match()
    asked = ("frontier_chips", "weaker_mfu", "weaker_network_loss")
    fixed = {name: control.value(control.default) for name, control in full.inputs.items() if name not in asked}
    power = bars(
        {"weaker_power_w": "Huawei Ascend 910C", "frontier_power_w": "Nvidia GB200"},
        unit="W",
        title="Power for the same work",
        description="Two bars: the power at the meter of the cluster of Ascend 910C and of the cluster of GB200.",
        colours=[colour["china"], colour["us"]],
    )
    return Parts(
        partial(full.function, **fixed),
        [power],
        values={"network_loss": clusters.network_loss(), "mfu": clusters.MFU},
        source=data.cite(clusters.systems().loc[[clusters.CLOUDMATRIX[0], clusters.NVL72[0]]]),
    )
