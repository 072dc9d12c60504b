"""Published laws and gains of training: the Chinchilla fits, the progress of algorithms, and gaps that it has to offset."""

from __future__ import annotations

import pandas as pd

from hardware_phase import data
from hardware_phase.models import efficiency
from hardware_phase.sources import runs

AUTHORS = ("Besiroglu et al. 2024", "Hoffmann et al. 2022")
BUDGETS = {
    "Chinchilla 70B": "Chinchilla 70B",
    "DeepSeek-V3, as if dense": "DeepSeek-V3",
    "Llama 3.1 405B": "Llama 3.1 405B",
}
"""Training budgets that a dense model could have had, and the run that had them."""

STUDIES = {
    "language models (preprint)": "Ho et al. 2024, preprint (95 %)",
    "language models (NeurIPS version)": "Ho et al. 2024, NeurIPS (90 %)",
    "language models (bootstrap output)": "Epoch bootstrap (95 %)",
    "2023-2025, all models, family slope": "Epoch benchmarks, all (90 %)",
    "2023-2025, pooled slope, frontier only": "Epoch benchmarks, frontier (90 %)",
}
PUBLISHED_GAP = "H800 against Ascend, published runs"


def factors() -> pd.DataFrame:
    """The table `efficiency_factors`, indexed by technique."""
    return data.load("efficiency_factors").set_index("technique")


def laws() -> dict[str, dict[str, float]]:
    """Constants of the Chinchilla law by authors, in the arguments of `efficiency.split_budget`."""
    table = factors()["factor_central"]
    return {
        author: {name: table[f"Chinchilla law {name} ({author})"] for name in ("E", "A", "B", "alpha", "beta")}
        for author in AUTHORS
    }


def budgets() -> dict[str, dict[str, float]]:
    """The `BUDGETS`: ``params`` and ``flop`` of each."""
    found = {}
    for label, model in BUDGETS.items():
        params, tokens = runs.models().loc[model, ["params", "tokens"]]
        found[label] = {"params": params, "flop": efficiency.training_flop(params, tokens)}
    return found


def studies() -> pd.DataFrame:
    """Rows of `efficiency_factors` on the progress of algorithms, indexed by the names of `STUDIES`."""
    table = factors()
    topic = table.index.str.replace(r"Algorithmic progress,? ", "", regex=True)
    return table.set_axis(topic).loc[list(STUDIES)].rename(STUDIES)


def halving_months() -> pd.DataFrame:
    """Months to halve the FLOP for a set performance by study: ``low``, ``central``, ``high``."""
    table = studies()
    months = table[["factor_low", "factor_central", "factor_high"]].set_axis(["low", "central", "high"], axis=1)
    yearly = table["unit"] == "x_per_year_gain"  # a high gain halves fast
    months[yearly] = efficiency.halving_months(months[yearly].to_numpy()[:, ::-1])
    return months


def usable_shares() -> dict[str, float]:
    """Share of the progress since 2012, in doublings, that works at ``small`` scale and at that of the ``frontier``."""
    table, since = factors(), "Algorithmic progress 2012-2023, "
    claimed, found = (
        table.loc[since + "total claimed", "factor_central"],
        table.loc[since + "accounted for by experiment"],
    )
    return {
        "small": efficiency.usable_share(found["factor_low"], claimed),
        "frontier": efficiency.usable_share(found["factor_high"], claimed),
    }


def compute_growth() -> pd.Series:
    """The row on the growth of training compute a year at the frontier."""
    return factors().loc["Growth of training compute, notable models"]


def gaps() -> dict[str, float]:
    """How much more compute the leader has for a chip: of two published runs, and of the best chips by year."""
    v3 = runs.check("deepseek_v3_tflops_per_gpu_6nd")
    pangu = runs.check("pangu_ultra_moe_tflops_per_npu_6nd")
    npu = efficiency.throughput_flop_per_s(
        pangu["tokens_per_s"], efficiency.flop_per_token(pangu["params_active"]), pangu["npus"]
    )
    found = {PUBLISHED_GAP: efficiency.achieved_flop_per_s(v3["flop"], v3["hours"]) / npu}
    made = data.load("production")
    cfr = made[made["metric"] == "performance ratio best US chip to best Huawei chip"]
    years = cfr["year"].astype(int)
    return found | {f"Best chips in {year}, CFR": ratio for year, ratio in zip(years, cfr["units"], strict=True)}
