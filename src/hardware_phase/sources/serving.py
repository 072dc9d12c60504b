"""Chips, models, prices and a published day of service in the terms of `models.inference`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from hardware_phase import data
from hardware_phase.models import inference
from hardware_phase.sources import runs

NAMES = {
    "A100": "A100 SXM4 80GB",
    "H100": "H100 SXM5 80GB",
    "H800": "H800 SXM5",
    "H20": "H20 96GB",
    "B200": "B200 SXM",
    "Ascend 910B": "Ascend 910B2",
    "Ascend 910C": "Ascend 910C (press)",
    "Ascend 950PR": "Ascend 950PR (Atlas 350 card as launched)",
}
"""Eight chips for serving, and their names in the table `chips`."""

KIB = 1024
PRICE = "usd_per_m_blended_3to1"  # three tokens read for each one written


def chosen() -> pd.DataFrame:
    """Rows of the table `chips` for the chips of `NAMES`."""
    return data.load("chips").set_index("chip").loc[list(NAMES.values())].set_axis(list(NAMES))


def chips() -> pd.DataFrame:
    """Chips as `inference.decode_step` takes them: FLOP/s at 16 and at 8 bits, bytes/s, bytes of memory.

    A rate is the highest that is printed for the bit length; where none is, TPP over the bits.
    """
    table = chosen()

    def rate(bits: int, *columns: str) -> pd.Series:
        return table[list(columns)].max(axis=1).fillna(table["tpp"] / bits) * 1e12

    return pd.DataFrame(
        {
            "flop_per_s_16": rate(16, "bf16_fp16_dense_tflops"),
            "flop_per_s_8": rate(8, "fp8_dense_tflops", "int8_dense_tops"),
            "bytes_per_s": table["memory_bandwidth_gbps"] * 1e9,
            "memory_bytes": table["memory_gb"] * 1e9,
        }
    )


def shape(model: str) -> pd.Series:
    """The published shape of a model's attention."""
    return data.load("attention").set_index("model").loc[model].dropna()


def models() -> dict[str, dict[str, float]]:
    """Six models as `inference.decode_step` takes them, by name and kind of attention."""
    return {
        "DeepSeek-V3 (MLA)": model("DeepSeek-V3"),
        "Qwen2.5-72B (GQA)": model("Qwen2.5-72B"),
        "Llama 3.1 405B (GQA)": model("Llama 3.1 405B"),
        "DeepSeek-V3.2 (sparse)": model("DeepSeek-V3.2"),
        "gpt-oss-120b (windows)": model("gpt-oss-120b"),
        "Qwen3-Next-80B-A3B (linear)": model("Qwen3-Next-80B-A3B"),
    }


def model(name: str) -> dict[str, float]:
    """A model of the tables `models` and `attention` as `inference.decode_step` takes it."""
    return {**params(name), **attention(name)}


def attention(name: str) -> dict[str, float]:
    """What a model's attention keeps and computes, as `inference.conversation_elements` and `inference.decode_step` take it."""
    its = shape(name)
    layers, heads = its["layers"], its["heads"]
    if its["attention"] == "latent":
        # While a prompt is read, a key is longer than a value: it has its position on top.
        kept = inference.latent_cache_elements(its["latent_dim"], its["rope_dim"], layers)
        flop = inference.latent_attention_flop(heads, its["latent_dim"], its["rope_dim"], layers)
        prefill = inference.attention_flop(heads, its["head_dim"] + its["rope_dim"] / 2, layers)
    else:
        kept = inference.cache_elements(its["kv_heads"], its["head_dim"], layers)
        flop = prefill = inference.attention_flop(heads, its["head_dim"], layers)
    kept_for_choice = its.get("index_dim", 0.0) * layers
    everything = inference.FULL_ATTENTION
    return {
        "cache_elements": kept,
        "attention_flop": flop,
        "prefill_flop": prefill,
        "window_share": its.get("window_layers", 0.0) / layers,
        "window": its.get("window", everything["window"]),
        "reach": its.get("reach", everything["reach"]),
        "state_elements": its.get("state_layers", 0.0) * its.get("state_dim", 0.0),
        "index_elements": kept_for_choice,
        "index_flop": inference.FLOP_PER_MULTIPLY_ADD * its.get("index_heads", 0.0) * kept_for_choice,
    }


def caches(context: float) -> pd.DataFrame:
    """What a conversation keeps under the attention of each model of the table, in 16 bits.

    Parameters
    ----------
    context : float
        Tokens of the conversation.

    Returns
    -------
    pandas.DataFrame
        By model: ``kind``, ``a token`` (bytes that one adds while no window is full, without the keys of a choice),
        ``stated`` (the same by the gallery of architectures; NaN where it has none), ``conversation`` (bytes) and ``as if
        all grew`` (how many times as much it would be if every layer kept and nothing were forgotten).
    """
    table = data.load("attention").set_index("model")
    rows = {}
    for name, its in table.iterrows():
        kept = attention(str(name))
        growing = kept["cache_elements"] / its["layers"] * (its["layers"] + its[["state_layers"]].fillna(0).sum())
        rows[name] = {
            "kind": _kind(its),
            "a token": inference.cache_bytes_per_token(kept["cache_elements"]),
            "stated": its["stated_kib"] * KIB,
            "conversation": inference.cache_bytes_per_token(inference.conversation_elements(kept, context)),
            "as if all grew": growing * context / inference.conversation_elements(kept, context),
        }
    return pd.DataFrame(rows).T.infer_objects()


def caches_table(context: float) -> pd.DataFrame:
    """`caches` to be read: bytes of a token and gigabytes of a conversation."""
    table = caches(context)
    return pd.DataFrame(
        {
            "attention": table["kind"],
            "B a token": table["a token"],
            "as stated": table["stated"],
            f"GB, {context:,.0f} tokens": table["conversation"] / 1e9,
            "if all grew, times": table["as if all grew"],
        }
    ).rename_axis(None)


def _kind(its: pd.Series) -> str:
    extra = {"window_layers": "windows", "state_layers": "linear", "reach": "sparse"}
    return ", ".join([str(its["attention"]), *(word for column, word in extra.items() if pd.notna(its[column]))])


def params(model: str) -> dict[str, float]:
    """Parameters of a model, and which of them are always on; of a dense model all are."""
    row, its = runs.models().loc[model], shape(model)
    active, routed = row["params_active_b"] * 1e9, 0.0
    if "experts" not in its:
        return {"active_params": active, "total_params": active, "always_on": active, "routed_share": routed}
    total, routed = row["params_total_b"] * 1e9, its["experts_per_token"] / its["experts"]
    always_on = inference.always_on_params(active, total, routed)
    return {"active_params": active, "total_params": total, "always_on": always_on, "routed_share": routed}


def speeds() -> pd.DataFrame:
    """Measured speeds of decoding DeepSeek-V3 beside the model at each setting, at the shares of the peak of `measured`.

    Returns
    -------
    pandas.DataFrame
        The table `serving_speeds` by who measured, with ``roofline`` (tokens a second of a chip) and ``share`` (measured
        over it).
    """
    table, shares = data.load("serving_speeds").set_index("who"), measured()
    model = models()["DeepSeek-V3 (MLA)"]
    ceilings = []
    for row in table.to_dict("records"):
        step = inference.decode_step(
            model=model,
            chip=chips().loc[str(row["chip"])].to_dict(),
            weight_bits=8,
            compute_share=shares["measured_compute"],
            memory_share=shares["measured_memory"],
            **{name: row[name] for name in ("context", "batch", "chips", "cache_bits")},
        )
        ceilings.append(float(step["tokens_per_s"]) * row["tokens_per_step"])
    return table.assign(roofline=ceilings, share=table["tokens_per_s"] / ceilings)


def speeds_table() -> pd.DataFrame:
    """`speeds` to be read, with batch, context, drafts and latency of each."""
    names = {
        "chip": "chip",
        "tokens_per_s": "tokens/s",
        "roofline": "model",
        "share": "over model",
        "batch": "batch",
        "context": "context",
        "tokens_per_step": "with drafts",
        "latency_ms": "ms a token",
    }
    return speeds()[list(names)].rename(columns=names).rename_axis(None)


def measured() -> dict[str, float]:
    """Shares of the H800's peak that the best published kernel reaches: ``measured_compute`` and ``measured_memory``."""
    best = data.load("efficiency_factors").set_index("technique")["factor_high"]
    h800 = chips().loc["H800"]
    return {
        "measured_compute": best["Kernel throughput on H800: FlashMLA"] * 1e12 / h800["flop_per_s_16"],
        "measured_memory": best["Kernel bandwidth on H800: FlashMLA"] * 1e9 / h800["bytes_per_s"],
    }


def usd_per_hour() -> float:
    """DeepSeek's price of an hour of an H800."""
    return runs.check("deepseek_daily_cost")["usd_per_hour"]


def day() -> dict[str, float]:
    """DeepSeek's published day in the arguments of `inference.service_day`, at the list prices of R1."""
    told = {**runs.check("deepseek_daily_theoretical_revenue"), **runs.check("deepseek_daily_cost")}
    read = told["input_hit_m"] + told["input_miss_m"]
    return {
        "nodes": told["nodes"],
        "gpus_per_node": told["gpus_per_node"],
        "usd_per_hour": told["usd_per_hour"],
        "paid_share": 1.0,
        "input_tokens": read * 1e6,
        "hit_share": told["input_hit_m"] / read,
        "output_tokens": told["output_m"] * 1e6,
        "usd_hit": told["usd_hit"],
        "usd_miss": told["usd_miss"],
        "usd_output": told["usd_out"],
    }


def v3_prices() -> dict[str, float]:
    """The list prices of DeepSeek-V3 for `inference.service_day`."""
    listed = prices().set_index("model").loc["DeepSeek-V3"]
    return {
        "usd_hit": listed["usd_per_m_cached_tokens"],
        "usd_miss": listed["usd_per_m_input_tokens"],
        "usd_output": listed["usd_per_m_output_tokens"],
    }


def prices() -> pd.DataFrame:
    """List prices of models with a blended price."""
    return data.load("inference_prices").dropna(subset=[PRICE])


def record_prices(score: float) -> pd.DataFrame:
    """Models at or above a score on MMLU that were the cheapest such model when they came, by date."""
    good = prices()
    good = good[good["mmlu_score"] >= score].sort_values("date")
    return good[good[PRICE] <= good[PRICE].cummin()]


def price_fall(score: float) -> dict[str, Any]:
    """Fitted yearly fall of the record low price at or above a score, with the points behind it."""
    record = record_prices(score)
    years = (record["date"] - record["date"].iloc[0]).dt.days / 365.25
    slope = np.polyfit(years, np.log(record[PRICE]), 1)[0]
    return {
        "points": len(record),
        "from": record["date"].iloc[0].date(),
        "to": record["date"].iloc[-1].date(),
        "fall a year, ×": np.exp(-slope),
    }
