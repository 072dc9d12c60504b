"""Epoch AI's tables: accelerators, training runs, clusters, data centres, and how many chips were sold."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explorables.refresh import Upstream, csv_table

LICENCE = "CC BY 4.0"
COUNTS = "https://raw.githubusercontent.com/epoch-research/ai-chip-counts/main"

PRECISIONS = {
    "FP32 (single precision) performance (FLOP/s)": "FP32",
    "FP16 (half precision) performance (FLOP/s)": "FP16",
    "Tensor-FP16/BF16 performance (FLOP/s)": "tensor FP16/BF16",
    "INT8 performance (OP/s)": "INT8",
}
SITES = {
    "Alibaba Zhangbei": ("alibaba_zhangbei", "CHN"),
    "Anthropic-Amazon New Carlisle": ("rainier_new_carlisle", "USA"),
    "Colossus 1": ("colossus_1", "USA"),
    "Colossus 2": ("colossus_2", "USA"),
    "Meta Prometheus": ("meta_prometheus", "USA"),
    "Microsoft Fairwater Atlanta": ("fairwater_atlanta", "USA"),
    "OpenAI Stargate Abilene": ("stargate_abilene", "USA"),
}
MEASURES = {
    "Power (MW)": ("facility_power", "mw"),
    "H100 equivalents": ("h100_equivalents", "count"),
    "Total capital cost (2025 USD billions)": ("capital_cost", "billion_usd_2025"),
}
UNITS = {  # the same column in files of several hands
    "Number of units (median)": "units",
    "Number of units (5th percentile)": "low",
    "Number of units (95th percentile)": "high",
    "Number of Units": "units",
    "Number of Units (5th percentile)": "low",
    "Number of Units (95th percentile)": "high",
}
EQUIVALENTS = {
    "Compute estimate in H100e (median)": "units",
    "Compute estimate in H100e (5th percentile)": "low",
    "Compute estimate in H100e (95th percentile)": "high",
    "H100e (5th percentile)": "low",
    "H100e (95th percentile)": "high",
}
# What a cumulative count is of: its maker and owner, to the product and the metric of the book.
COUNTED = {
    ("Nvidia", ""): ("Nvidia", "data-centre GPUs (A100 to B300)", "cumulative shipments since 2022"),
    ("Nvidia", "China"): ("Nvidia", "data-centre GPUs owned in China", "cumulative since 2022"),
    ("Google", ""): ("Google", "TPU (all)", "cumulative shipments since 2023"),
    ("Amazon", ""): ("Amazon", "Trainium (all)", "cumulative shipments since 2024"),
    ("AMD", ""): ("AMD", "Instinct (all)", "cumulative shipments since 2024"),
}
COMPUTE = {
    ("Nvidia", ""): ("Nvidia", "compute worldwide", "cumulative H100 equivalents since 2022"),
    ("Nvidia", "China"): ("Nvidia", "compute owned in China", "cumulative H100 equivalents since 2022"),
}
WHERE = {"China": "CHN", "United States of America": "USA"}  # of clusters; all together are the world's
# Names of the book's runs, where Epoch has another.
RUNS = {
    "GPT-3 175B (davinci)": "GPT-3 175B",
    "Gopher (280B)": "Gopher 280B",
    "Chinchilla": "Chinchilla 70B",
    "PaLM (540B)": "PaLM 540B",
    "Llama 2-70B": "Llama 2 70B",
    "Llama 3-70B": "Llama 3 70B",
    "Phi-4": "Phi-4",
}


def hardware(table: pd.DataFrame) -> pd.DataFrame:
    """Peak rates (TFLOP/s), power (W) and their ratios, a row an accelerator and precision."""
    rows = table.melt(["Hardware name", "TDP (W)"], list(PRECISIONS), "precision", "peak")
    peak, power = (pd.to_numeric(rows[column]) for column in ("peak", "TDP (W)"))
    rows = rows.assign(
        chip=rows["Hardware name"],
        precision=rows["precision"].map(PRECISIONS),
        peak_tflops=peak / 1e12,
        tdp_w=power,
        tflops_per_w=peak / 1e12 / power,
        pj_per_op=power / peak * 1e12,
    )
    return rows[rows["peak_tflops"].notna() & rows["tdp_w"].notna()].drop_duplicates(["chip", "precision"])


def runs(table: pd.DataFrame) -> pd.DataFrame:
    """Computing spent on training (FLOP), a row a model."""
    rows = table[table["Training compute (FLOP)"] != ""]
    return pd.DataFrame(
        {"model": rows["Model"].replace(RUNS), "training_compute_flop": rows["Training compute (FLOP)"]}
    ).drop_duplicates("model")


def sites(table: pd.DataFrame) -> pd.DataFrame:
    """Power (MW), computing (H100 equivalents) and cost of sites at the end of each year, or as far as it is known."""
    table = table[table["Data center"].isin(SITES)].assign(day=lambda t: pd.to_datetime(t["Date"]))
    rows = table.sort_values("day").melt(["Data center", "day"], list(MEASURES), "measure", "base")
    rows = rows.assign(base=pd.to_numeric(rows["base"]), year=rows["day"].dt.year)
    as_of = pd.Timestamp(table.attrs.get("as_of") or rows["day"].max())
    rows = rows[(rows["base"] > 0) & (rows["year"] <= as_of.year)]
    rows = rows.drop_duplicates(["Data center", "measure", "year"], keep="last")
    ahead = np.where(rows["day"] > as_of, " projection", "")
    return rows.assign(
        site=rows["Data center"].map(lambda name: SITES[name][0]),
        country=rows["Data center"].map(lambda name: SITES[name][1]),
        metric=rows["measure"].map(lambda name: MEASURES[name][0]),
        unit=rows["measure"].map(lambda name: MEASURES[name][1]),
        kind="estimate",
        evidence="read",
        note=rows["day"].dt.strftime("%Y-%m-%d") + ahead,
    )


def clusters(table: pd.DataFrame) -> pd.DataFrame:
    """Computing of the clusters that are known and running (H100 equivalents), of two countries and the world.

    One that may be another under a second name, or that a later phase has taken in, is not counted.
    """
    running = (table["Status"] == "Existing") & (table["Possible Duplicate"] != "True") & (table["Superseded by"] == "")
    computing = pd.to_numeric(table["H100 equivalents"]).where(running)
    rows = computing.groupby(table["Country"].map(WHERE)).sum()
    rows["WORLD"] = computing.sum()
    as_of = str(table.attrs["as_of"])
    return pd.DataFrame(
        {
            "year": as_of[:4],
            "country": rows.index,
            "site": "known_clusters",
            "metric": "h100_equivalents",
            "base": rows.to_numpy(),
            "unit": "count",
            "kind": "estimate",
            "evidence": "derived",
            "note": f"{as_of}; sum over running clusters, without duplicates and what later phases took in; most are not known",
        }
    )


def counts(table: pd.DataFrame) -> pd.DataFrame:
    """Chips shipped, and what they amount to in H100s, up to the end of each year: median and 90 % interval."""
    day = pd.to_datetime(table["End date"], format="%m/%d/%Y")
    made = table["Notes"].str.extract(r"generated on: (\d\d)-(\d\d)-(\d{4})")
    table = table.assign(year=day.dt.year, as_of=made[2] + "-" + made[0] + "-" + made[1])
    owner = table["Owner"].fillna("") if "Owner" in table else pd.Series("", table.index)
    table = table.assign(whose=list(zip(table["Chip manufacturer"], owner, strict=True)))[day.dt.month == 12]
    found = []
    for names, what, unit in ((UNITS, COUNTED, "chips"), (EQUIVALENTS, COMPUTE, "H100 equivalents")):
        rows = table[table["whose"].isin(what)]
        here = {name: to for name, to in names.items() if name in rows}
        figures = {to: rows[[n for n in here if here[n] == to]].bfill(axis=1).iloc[:, 0] for to in set(here.values())}
        said = pd.DataFrame([what[who] for who in rows["whose"]], rows.index, ["vendor", "product", "metric"])
        found.append(rows[["year", "as_of"]].join(said).assign(**figures, unit=unit, kind="estimate", evidence="read"))
    return pd.concat(found, ignore_index=True)


UPSTREAM = (
    Upstream(
        name="epoch-hardware",
        table="gpu_efficiency",
        title="Epoch AI, Machine Learning Hardware",
        licence=LICENCE,
        addresses=("https://epoch.ai/data/ml_hardware.csv",),
        source="epoch_2025_ml_hardware",
        columns=("Hardware name", "TDP (W)", *PRECISIONS),
        key=("chip", "precision"),
        values={"tdp_w": ".0f", "peak_tflops": ".5g", "tflops_per_w": ".4f", "pj_per_op": ".3f"},
        rows=hardware,
        fills=False,
    ),
    Upstream(
        name="epoch-models",
        table="models",
        title="Epoch AI, Data on AI Models",
        licence=LICENCE,
        addresses=("https://epoch.ai/data/all_ai_models.csv",),
        source="epoch_2025_allml",
        columns=("Model", "Training compute (FLOP)"),
        key=("model",),
        values={"training_compute_flop": ".4g"},
        rows=runs,
        fills=False,
    ),
    Upstream(
        name="epoch-sites",
        table="datacentres",
        title="Epoch AI, Frontier Data Centers",
        licence=LICENCE,
        addresses=("https://epoch.ai/data/data_centers/data_center_timelines.csv",),
        source="epoch_2026_data_centers",
        entry={
            "author": "Epoch AI",
            "title": r"Frontier Data Centers (data\_center\_timelines.csv)",
            "publisher": "Epoch AI",
            "url": "https://epoch.ai/data/data-centers",
        },
        earlier=("epoch_2025_frontier_dc", "epoch_2026_xai_timelines"),
        columns=("Data center", "Date", *MEASURES),
        key=("year", "site", "metric"),
        values={"base": ".6g"},
        rows=sites,
        along=("note",),
    ),
    Upstream(
        name="epoch-clusters",
        table="datacentres",
        title="Epoch AI, GPU Clusters",
        licence=LICENCE,
        addresses=("https://epoch.ai/data/gpu_clusters.csv",),
        source="epoch_2026_gpu_clusters",
        entry={
            "author": "Epoch AI",
            "title": r"GPU Clusters (gpu\_clusters.csv)",
            "publisher": "Epoch AI",
            "url": "https://epoch.ai/data/gpu-clusters",
        },
        columns=("Name", "Status", "Country", "H100 equivalents", "Possible Duplicate", "Superseded by"),
        key=("year", "country", "site", "metric"),
        values={"base": ".4g"},
        rows=clusters,
        along=("note",),
    ),
    Upstream(
        name="epoch-counts",
        table="production",
        title="Epoch AI, AI chip counts",
        licence="CC BY 4.0, by Epoch AI",
        addresses=(
            f"{COUNTS}/csv_export/nvidia_cumulative_totals.csv",
            f"{COUNTS}/owners_csv_export/nvidia_owners_cumulative_totals.csv",
            f"{COUNTS}/csv_export/tpu_cumulative_totals.csv",
            f"{COUNTS}/csv_export/trainium_cumulative_totals.csv",
            f"{COUNTS}/csv_export/amd_cumulative_totals.csv",
        ),
        source="epoch_2026_chip_counts",
        columns=("Chip manufacturer", "End date", "Notes", "Compute estimate in H100e (median)"),
        key=("vendor", "product", "metric", "year"),
        values={"units": ".0f", "low": ".0f", "high": ".0f"},
        rows=counts,
        read=csv_table,
        along=("as_of",),
    ),
)
