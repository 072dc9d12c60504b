"""Published training runs as settings of the training model, with what their sources report to compare against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from hardware_phase import data
from hardware_phase.models import efficiency, times
from hardware_phase.sources import checks

SETTINGS = (
    "active_params",
    "total_params",
    "tokens",
    "precision",
    "mfu",
    "chip",
    "chips",
    "usd_per_hour",
    "server_overhead",
    "pue",
    "attention_share",
    "other_hours_share",
    "dense_ratio",
)


def chips(names: Iterable[str] | None = None) -> dict[str, dict[str, float]]:
    """Accelerators as records for `efficiency.training_run`.

    Parameters
    ----------
    names : iterable of str, optional
        Values of the column ``chip`` of ``chips.csv``, in the order wanted. By default every chip with a BF16 rate and a
        rated power.

    Returns
    -------
    dict
        Chip to ``bf16_flop_per_s``, ``fp8_flop_per_s`` (the BF16 rate where the chip has no FP8 units: it then
        computes in BF16) and ``tdp_w``.

    Raises
    ------
    KeyError
        If a chip is not in the table or lacks one of these figures.
    """
    table = data.load("chips").dropna(subset=["bf16_fp16_dense_tflops", "tdp_w"]).set_index("chip")
    table = table if names is None else table.loc[list(names)]
    fp8 = table["fp8_dense_tflops"].fillna(table["bf16_fp16_dense_tflops"])
    return {
        chip: {
            "bf16_flop_per_s": row["bf16_fp16_dense_tflops"] * 1e12,
            "fp8_flop_per_s": fp8[chip] * 1e12,
            "tdp_w": row["tdp_w"],
        }
        for chip, row in table.iterrows()
    }


def check(case: str, table: str = "efficiency_checks") -> dict[str, float]:
    """Published inputs of a check, with its expected value as ``expected``."""
    rows = data.load(table).set_index("case")
    return {**checks.inputs(rows.loc[case]), "expected": float(rows.loc[case, "expected_value"])}


def models() -> pd.DataFrame:
    """The table `models`, indexed by model, with ``params`` (in use for a token) and ``tokens`` (seen in training)."""
    table = data.load("models").set_index("model")
    return table.assign(params=table["params_active_b"] * 1e9, tokens=table["training_tokens_t"] * 1e12)


def on_hopper() -> pd.DataFrame:
    """Runs of `models` on the H100 and the H800 whose compute and hours are published.

    Without DeepSeek-R1, whose hours cover its last stage only, and Grok 4, for which there is an outside estimate.
    """
    table = models()
    table = table[table["hardware"].isin(["NVIDIA H100", "NVIDIA H800"])].drop(index=["DeepSeek-R1", "Grok 4"])
    return table.dropna(subset=["training_compute_flop", "gpu_hours"])


def usd_per_hour() -> float:
    """The rental price of a GPU hour that DeepSeek-V3's report assumes, $."""
    return check("deepseek_v3_context_cost")["usd_per_hour"]


def stages() -> pd.DataFrame:
    """DeepSeek-V3's hours by stage, and their cost at the price of its report, $."""
    known = check("deepseek_v3_total_hours")
    thousands = {
        "pre-training": known["pretrain_k"],
        "context extension": known["context_k"],
        "post-training": known["posttrain_k"],
    }
    table = pd.Series(thousands).mul(1e3).to_frame("hours")
    table.loc["all"] = efficiency.stage_total(*table["hours"])
    return table.assign(usd=efficiency.rental_cost_usd(table["hours"], usd_per_hour()))


def energy_wh(names: Sequence[str]) -> pd.DataFrame:
    """Electricity of runs within three boundaries, Wh, with the power of a DGX H100 and the PUE of Meta's site."""
    server, tdp = check("llama405b_cluster_power_epoch", "energy_checks"), chips(["H800 SXM5"])["H800 SXM5"]["tdp_w"]
    hours, overhead = models().loc[list(names), "gpu_hours"], server["server_w_per_gpu"] / tdp
    table = {
        "chips": efficiency.energy_wh(hours, tdp),
        "and servers": efficiency.energy_wh(hours, tdp, overhead),
        "and building": efficiency.energy_wh(hours, tdp, overhead, server["pue"]),
    }
    return pd.DataFrame(table).rename_axis(None)


def compared() -> pd.DataFrame:
    """FLOP, GPU hours and speed of Llama 3.1 405B and of DeepSeek-V3's pre-training, and the ratio of the two."""
    llama, pretraining = models().loc["Llama 3.1 405B"], check("deepseek_v3_tflops_per_gpu_6nd")
    table = pd.DataFrame(
        [[llama["training_compute_flop"], llama["gpu_hours"]], [pretraining["flop"], pretraining["hours"]]],
        index=["Llama 3.1 405B", "DeepSeek-V3"],
        columns=["FLOP", "GPU hours"],
    )
    table["TFLOP/s per GPU"] = efficiency.achieved_flop_per_s(table["FLOP"], table["GPU hours"]) / 1e12
    table.loc["ratio"] = table.iloc[0] / table.iloc[1]
    return table


def measured_flop_per_s() -> float:
    """Speed of a GPU in DeepSeek-V3's productive steps, from its tokens a day."""
    known = check("deepseek_v3_mfu_table4_causal")
    tokens_per_s = known["tokens_per_day"] / times.SECONDS_PER_DAY
    return efficiency.throughput_flop_per_s(tokens_per_s, known["gflop_per_token"] * 1e9, known["gpus"])


def attention_shares() -> pd.DataFrame:
    """FLOP of attention over six a parameter, in training: what a causal model uses of the matrix, and the whole of it.

    Llama 3.1 405B trained with sequences of 8,192 tokens in its main stage, DeepSeek-V3 with 4,096.
    """
    shape, causal = check("llama31_405b_flop_per_token_table2"), check("deepseek_v3_mfu_table4_causal")
    sequence = check("llama31_405b_mfu_16k_gpus")["sequence"]
    dense = efficiency.flop_per_token(shape["params"])
    half = efficiency.attention_flop_per_token(shape["layers"], shape["heads"], shape["head_dim"], sequence) / dense
    whole = check("deepseek_v3_mfu_table4_noncausal")["tflops"] * 1e12 / measured_flop_per_s()
    per_token = causal["gflop_per_token"] * 1e9
    plain = efficiency.flop_per_token(models().loc["DeepSeek-V3", "params_active_b"] * 1e9)
    return pd.DataFrame(
        {
            "6 a parameter": [0.0, 0.0],
            "with causal attention": [half, per_token / plain - 1],
            "with all of attention": [2 * half, per_token * whole / plain - 1],
        },
        index=["Llama 3.1 405B", "DeepSeek-V3"],
    )


def like_with_like() -> pd.DataFrame:
    """Speed of a GPU over all hours of Llama 3.1 405B and DeepSeek-V3, FLOP/s, by what is counted of attention; the ratio."""
    flop, hours = compared()["FLOP"], models()["gpu_hours"]
    runs = ["Llama 3.1 405B", "DeepSeek-V3"]
    plain = pd.Series({name: efficiency.achieved_flop_per_s(flop[name], hours[name]) for name in runs})
    return (1 + attention_shares()).mul(plain, axis=0)


def dense_bf16_mfu() -> float:
    """Utilisation of a dense BF16 run on 16 thousand GPUs: that of Llama 3.1 405B in its main stage."""
    return check("llama31_405b_mfu_16k_gpus")["expected"] / 100


def published() -> pd.DataFrame:
    """Training runs whose sources say enough to run the model.

    Returns
    -------
    pandas.DataFrame
        Indexed by run. The columns of `SETTINGS` are arguments of `efficiency.against_dense` in base units, ``chip`` by
        name. ``published_flop``, ``published_hours``, ``published_cost_usd`` and ``published_energy_wh`` are what the
        sources report (empty where they do not). ``fitted`` names the settings that are chosen so that the published
        hours or cost come out, because no source gives them. ``source`` holds the keys of the sources.
    """
    return pd.DataFrame([_deepseek_v3(), _llama(), _gpt3(), _palm(), _pangu_ultra(), _pangu_moe()]).set_index("run")


def preset(run: pd.Series) -> dict[str, Any]:
    """One row of `published` as settings for an explorer."""
    return {name: run[name] for name in SETTINGS}


def _deepseek_v3() -> dict[str, Any]:
    flop_per_token = check("deepseek_v3_mfu_table4_causal")["gflop_per_token"] * 1e9
    hours = check("deepseek_v3_total_hours")
    record = _record("DeepSeek-V3", "H800 SXM5", precision="FP8")
    record["mfu"] = efficiency.utilisation(measured_flop_per_s(), chips(["H800 SXM5"])["H800 SXM5"]["fp8_flop_per_s"])
    record["attention_share"] = flop_per_token / efficiency.flop_per_token(record["active_params"]) - 1
    record["other_hours_share"] = (hours["context_k"] + hours["posttrain_k"]) / hours["pretrain_k"]
    record["usd_per_hour"] = usd_per_hour()
    record["dense_ratio"] = (
        data.value("models", "params_active_b", model="Llama 3.1 405B") * 1e9 / record["active_params"]
    )
    record["published_energy_wh"] = check("deepseek_v3_energy_at_tdp")["expected"] * 1e9
    return _sources(record, "deepseek_2024_v3", "zhao_2025_isca")


def _llama() -> dict[str, Any]:
    record = _record("Llama 3.1 405B", "H100 SXM5 80GB", mfu=dense_bf16_mfu())
    record["published_energy_wh"] = check("llama31_405b_energy_at_tdp")["expected"] * 1e9
    record = _sources(record, "meta_2024_llama31card", "grattafiori_2024_llama3", "epoch_2025_costs")
    return _fit(record, "other_hours_share", "usd_per_hour")


def _gpt3() -> dict[str, Any]:
    power = check("gpt3_training_energy", "energy_checks")
    record = _record("GPT-3 175B", "V100 SXM2 32GB", pue=power["pue"])
    record["server_overhead"] = power["watts_per_chip"] / chips([record["chip"]])[record["chip"]]["tdp_w"]
    record["published_energy_wh"] = power["expected"] * 1e6
    return _fit(_sources(record, "brown_2020_gpt3", "patterson_2021_carbon", "epoch_2025_allml"), "mfu", "usd_per_hour")


def _palm() -> dict[str, Any]:
    shape = check("palm_mfu_with_attention")
    attention = efficiency.attention_flop_per_token(
        shape["layers"], shape["heads"], shape["head_dim"], shape["seq"], causal=False
    )
    record = _record("PaLM 540B", "TPU v4", mfu=shape["expected"] / 100)
    record["attention_share"] = attention / efficiency.flop_per_token(shape["params"])
    return _fit(_sources(record, "chowdhery_2022_palm", "epoch_2025_allml"), "other_hours_share", "usd_per_hour")


def _pangu_ultra() -> dict[str, Any]:
    record = _record("Pangu Ultra 135B", "Ascend 910B2", mfu=check("pangu_ultra_135b_days_at_reported_mfu")["mfu"])
    return _sources(record, "yin_2025_panguultra", "epoch_2025_allml")


def _pangu_moe() -> dict[str, Any]:
    throughput = check("pangu_ultra_moe_tflops_per_npu_6nd")
    peak = check("pangu_ultra_moe_6nd_utilisation_280")["peak_tflops"] * 1e12
    record = _record("Pangu Ultra MoE", "Ascend 910B4")
    record["tokens"] = record["published_flop"] / efficiency.flop_per_token(record["active_params"])
    rate = efficiency.throughput_flop_per_s(
        throughput["tokens_per_s"], efficiency.flop_per_token(record["active_params"]), throughput["npus"]
    )
    record["mfu"] = efficiency.utilisation(rate, peak)
    dense = data.value("models", "params_active_b", model="Pangu Ultra 135B") * 1e9
    record["dense_ratio"] = dense / record["active_params"]
    return _sources(record, "tang_2025_panguultramoe", "bardai_2025_panguultramoe", "epoch_2025_allml")


def _record(model: str, chip: str, **known: Any) -> dict[str, Any]:
    """What models.csv says of a run, with neutral settings for what it does not say."""
    row = data.load("models").set_index("model").loc[model]
    return {
        "run": model,
        "active_params": row["params_active_b"] * 1e9,
        "total_params": row["params_total_b"] * 1e9,
        "tokens": row["training_tokens_t"] * 1e12,
        "precision": "BF16",
        "mfu": np.nan,
        "chip": chip,
        "chips": row["hardware_count"],
        "usd_per_hour": usd_per_hour(),  # the yardstick where no price is known
        "server_overhead": 1.0,
        "pue": 1.0,
        "attention_share": 0.0,
        "other_hours_share": 0.0,
        "dense_ratio": 1.0,
        "published_flop": row["training_compute_flop"],
        "published_hours": row["gpu_hours"],
        "published_cost_usd": row["training_cost_usd"],
        "published_energy_wh": np.nan,
        "fitted": "",
        **known,
    }


def _fit(record: dict[str, Any], hours_setting: str, cost_setting: str) -> dict[str, Any]:
    """Choose one setting from the published hours and the price from the published cost, and say so."""
    hours = record["published_hours"]
    flop = efficiency.training_flop(record["active_params"], record["tokens"]) * (1 + record["attention_share"])
    peak = chips([record["chip"]])[record["chip"]]["bf16_flop_per_s"]
    whole_run = efficiency.utilisation(efficiency.achieved_flop_per_s(flop, hours), peak)
    fitted = {
        "mfu": whole_run,
        "other_hours_share": record["mfu"] / whole_run - 1,
    }[hours_setting]
    price = record["published_cost_usd"] / hours
    return {**record, hours_setting: fitted, cost_setting: price, "fitted": f"{hours_setting}, {cost_setting}"}


def _sources(record: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {**record, "source": ";".join(keys)}
