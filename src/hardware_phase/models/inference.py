"""What an answer costs: the cache that a model keeps, how fast a chip can read and multiply, and the price of tokens.

All quantities are in base units: bytes, bytes/s, FLOP/s, tokens, seconds, hours, dollars. Every function takes floats
or arrays and broadcasts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hardware_phase.models.times import HOURS_PER_DAY, MONTHS_PER_YEAR, SECONDS_PER_HOUR

FLOP_PER_MULTIPLY_ADD = 2
MILLION = 1e6
FULL_ATTENTION = {
    "window_share": 0.0,
    "window": 1e9,
    "reach": 1e9,
    "state_elements": 0.0,
    "index_elements": 0.0,
    "index_flop": 0.0,
}
"""What `conversation_elements` and `decode_step` ask of a model that keeps all tokens and looks back at all of them."""

CACHE_ROOM = 0.1  # share of the memory that a deployment leaves free of weights, so that a cache fits at all


# ---------------------------------------------------------------------------------------------------------------------
# The cache


def cache_elements(kv_heads: Any, head_dim: Any, layers: Any) -> Any:
    """Numbers that multi-head, grouped-query or multi-query attention keeps for each token: keys and values.

    Parameters
    ----------
    kv_heads : float or array
        Heads that keep keys and values: all heads (MHA), one a group (GQA) or a single one (MQA).
    head_dim, layers : float or array
        Width of a head and number of layers.
    """
    return 2 * kv_heads * head_dim * layers


def latent_cache_elements(latent: Any, rope_dim: Any, layers: Any) -> Any:
    """Numbers that multi-head latent attention (MLA) keeps for each token: one compressed vector and one position key.

    References
    ----------
    deepseek_2024_v2, section on MLA.
    """
    return (latent + rope_dim) * layers


def cache_bytes_per_token(elements: Any, bits: Any = 16) -> Any:
    """Bytes of cache that a token keeps, from the numbers it keeps and the bits of each."""
    return elements * bits / 8


def tokens_in_reach(context: Any, window_share: Any, window: Any, reach: Any) -> Any:
    """Tokens that a layer looks back at, on the mean of all layers that keep something for each token.

    Parameters
    ----------
    context : float or array
        Tokens of the conversation.
    window_share : float or array
        Share of the layers that see the last `window` tokens only (sliding window, chunks).
    window, reach : float or array
        Tokens of a window, and the most that any other layer reads (the choice of sparse attention).

    References
    ----------
    hf_2026_configs: the configurations say which layers have a window, and how many tokens a sparse layer chooses.
    """
    return (1 - window_share) * np.minimum(context, reach) + window_share * np.minimum(context, window)


def conversation_elements(model: Mapping[str, Any], context: Any) -> Any:
    """Numbers that a conversation of `context` tokens keeps.

    A layer with a window forgets what is further back. A layer of linear attention keeps a state whose size does not
    depend on the length. Sparse attention forgets nothing: it keeps all, and a key for its choice beside it.

    Parameters
    ----------
    model : mapping
        ``cache_elements`` (what a token adds while no window is full), ``window_share``, ``window``, ``state_elements`` (in
        all, whatever the length) and ``index_elements`` (a token's keys for the choice).
    context : float or array
        Tokens of the conversation.
    """
    kept = tokens_in_reach(context, model["window_share"], model["window"], context)
    return model["cache_elements"] * kept + model["index_elements"] * context + model["state_elements"]


def attention_flop(heads: Any, head_dim: Any, layers: Any) -> Any:
    """FLOP that one new token spends on one cached token, with a key and a value of `head_dim` for each head."""
    return FLOP_PER_MULTIPLY_ADD * 2 * heads * head_dim * layers


def latent_attention_flop(heads: Any, latent: Any, rope_dim: Any, layers: Any) -> Any:
    """FLOP that one new token spends on one cached token in MLA.

    Every head works on the whole compressed vector: once with the position key for the score, once without it for the
    sum. That is what MLA pays for its small cache.
    """
    return FLOP_PER_MULTIPLY_ADD * heads * (2 * latent + rope_dim) * layers


def cache_by_attention(
    *,
    layers: Any,
    heads: Any,
    head_dim: Any,
    kv_heads: Any,
    latent: Any,
    rope_dim: Any,
    bits: Any,
    context: Any,
    memory_bytes: Any,
) -> dict[str, Any]:
    """The cache of one model shape under the four kinds of attention.

    Parameters
    ----------
    layers, heads, head_dim : float or array
        Shape of the model.
    kv_heads : float or array
        Heads that keep keys and values under GQA.
    latent, rope_dim : float or array
        Width of the compressed vector and of the position key under MLA.
    bits : float or array
        Bits of each number in the cache.
    context : float or array
        Tokens in a conversation.
    memory_bytes : float or array
        Memory that is free for caches.

    Returns
    -------
    dict
        For ``mha``, ``gqa``, ``mqa`` and ``mla``: bytes a token, ``<kind>_context`` (bytes of a conversation),
        ``<kind>_fit`` (conversations that fit), ``<kind>_intensity`` (FLOP for each byte read while decoding).
    """
    elements = {
        "mha": cache_elements(heads, head_dim, layers),
        "gqa": cache_elements(kv_heads, head_dim, layers),
        "mqa": cache_elements(1.0, head_dim, layers),
        "mla": latent_cache_elements(latent, rope_dim, layers),
    }
    result = {}
    for kind, count in elements.items():
        flop = attention_flop(heads, head_dim, layers)
        if kind == "mla":
            flop = latent_attention_flop(heads, latent, rope_dim, layers)
        size = cache_bytes_per_token(count, bits)
        result[kind] = size
        result[f"{kind}_context"] = size * context
        result[f"{kind}_fit"] = np.floor(memory_bytes / (size * context))
        result[f"{kind}_intensity"] = flop / size
    return result


# ---------------------------------------------------------------------------------------------------------------------
# The roofline


def always_on_params(active_params: Any, total_params: Any, routed_share: Any) -> Any:
    """Parameters of a sparse model that every token uses: attention, embeddings, and experts that all share.

    The rest is routed: a token uses the share `routed_share` of it, its experts over all experts of a layer.
    """
    return (active_params - routed_share * total_params) / (1 - routed_share)


def touched_params(always_on: Any, total_params: Any, routed_share: Any, tokens: Any) -> Any:
    """Parameters that a step reads: with many tokens in it, every expert of a sparse model is asked for.

    What is always on is read once. A token uses the share `routed_share` of the rest; if tokens choose independently, an
    expert is left out by all of them with probability ``(1 - routed_share)**tokens``. One token touches the active
    parameters, many tokens all.
    """
    asked = 1 - (1 - routed_share) ** np.maximum(tokens, 1.0)
    return always_on + (total_params - always_on) * asked


def decode_step(
    *,
    model: Mapping[str, Any],
    chip: Mapping[str, Any],
    context: Any,
    batch: Any,
    chips: Any,
    weight_bits: Any,
    cache_bits: Any,
    compute_share: Any,
    memory_share: Any,
) -> dict[str, Any]:
    """One decoding step of a deployment: every sequence gets one more token.

    Weights are spread over the chips; each chip keeps the cache of its own sequences. Weights and attention follow one
    another, and each takes the longer of its reading and its arithmetic.

    Parameters
    ----------
    model : mapping
        ``active_params``, ``total_params``, ``always_on`` and ``routed_share`` (of `touched_params`); what
        `conversation_elements` takes; ``attention_flop`` (FLOP for one cached token that is read), ``prefill_flop`` (the
        same while a prompt is read), ``reach`` (of `tokens_in_reach`) and ``index_flop`` (FLOP for one cached token of the
        choice that sparse attention makes).
    chip : mapping
        ``flop_per_s_16`` and ``flop_per_s_8`` (dense peak rates), ``bytes_per_s`` and ``memory_bytes``.
    context : float or array
        Tokens before the new one, the mean over the sequences.
    batch : float or array
        Sequences for each chip that are wanted. What memory does not hold is left out.
    chips : float or array
        Chips of the deployment, at least. If the weights and one sequence do not fit, more are taken.
    weight_bits, cache_bits : float or array
        Bits of a weight (8 or 16) and of a number in the cache.
    compute_share, memory_share : float or array
        Share of the peak rates that programs reach.

    Returns
    -------
    dict
        ``chips`` in use; ``batch`` in use and ``batch_fits`` (the most that memory holds), for each chip; seconds of
        the step: ``weights_read``, ``weights_math``, ``cache_read``, ``cache_math`` and ``step``; ``tokens_per_s`` of a
        chip; ``tokens_per_s_user`` (of one sequence).

    References
    ----------
    The roofline of one step follows stepfun_2025_step3, who cost attention and the other layers separately.
    """
    weight_bytes = model["total_params"] * weight_bits / 8
    cache = cache_bytes_per_token(conversation_elements(model, context), cache_bits)
    seen = tokens_in_reach(context, model["window_share"], model["window"], model["reach"])
    kept_apart = model["index_elements"] * context + model["state_elements"]
    chips = np.maximum(chips, np.ceil((weight_bytes + cache) / (chip["memory_bytes"] * (1 - CACHE_ROOM))))
    batch_fits = (chip["memory_bytes"] - weight_bytes / chips) / cache
    batch = np.minimum(batch, batch_fits)
    rate = np.where(weight_bits > 8, chip["flop_per_s_16"], chip["flop_per_s_8"]) * compute_share
    read = chip["bytes_per_s"] * memory_share
    touched = touched_params(model["always_on"], model["total_params"], model["routed_share"], batch * chips)
    weights_read = touched * weight_bits / 8 / chips / read
    weights_math = FLOP_PER_MULTIPLY_ADD * model["active_params"] * batch / rate
    cache_read = batch * cache_bytes_per_token(model["cache_elements"] * seen + kept_apart, cache_bits) / read
    looks = seen * model["attention_flop"] + context * model["index_flop"]
    cache_math = batch * looks / (chip["flop_per_s_16"] * compute_share)
    step = np.maximum(weights_read, weights_math) + np.maximum(cache_read, cache_math)
    return {
        "chips": chips,
        "batch": batch,
        "batch_fits": batch_fits,
        "weights_read": weights_read,
        "weights_math": weights_math,
        "cache_read": cache_read,
        "cache_math": cache_math,
        "step": step,
        "tokens_per_s": batch / step,
        "tokens_per_s_user": 1 / step,
    }


def _mean_seen(context: Any, most: Any) -> Any:
    """Tokens that a token of a prompt looks back at, on the mean of all, if none sees more than `most`."""
    full = np.minimum(context, most)
    return full * (1 - full / (2 * context))


def prefill_tokens_per_s(
    *,
    model: Mapping[str, Any],
    chip: Mapping[str, Any],
    context: Any,
    chips: Any,
    weight_bits: Any,
    compute_share: Any,
    memory_share: Any,
) -> Any:
    """Prompt tokens that a chip reads in a second, one prompt of `context` tokens at a time on each chip.

    A token attends to those before it: to half of the prompt on average, to less where a window or a reach ends earlier.
    Parameters as in `decode_step`.
    """
    rate = np.where(weight_bits > 8, chip["flop_per_s_16"], chip["flop_per_s_8"]) * compute_share
    weights = FLOP_PER_MULTIPLY_ADD * model["active_params"] * context / rate
    share = model["window_share"]
    seen = (1 - share) * _mean_seen(context, model["reach"]) + share * _mean_seen(context, model["window"])
    looks = seen * model["prefill_flop"] + context / 2 * model["index_flop"]
    attention = context * looks / (chip["flop_per_s_16"] * compute_share)
    read = model["total_params"] * weight_bits / 8 / chips / (chip["bytes_per_s"] * memory_share)
    return context / (np.maximum(weights, read) + attention)


def usd_per_million_tokens(usd_per_hour: Any, tokens_per_s: Any) -> Any:
    """Cost of a million tokens on a chip that costs `usd_per_hour` and gives `tokens_per_s`."""
    return usd_per_hour / SECONDS_PER_HOUR / tokens_per_s * MILLION


def serve(
    *,
    model: Mapping[str, Any],
    chip: Mapping[str, Any],
    reference: Mapping[str, Any],
    usd_per_hour: Any,
    reference_usd_per_hour: Any,
    measured_compute: Any,
    measured_memory: Any,
    **settings: Any,
) -> dict[str, Any]:
    """Decoding and prefill of a model on a chip, with prices, and the price at which the chip equals a reference chip.

    Parameters
    ----------
    model, chip, **settings
        As in `decode_step`.
    reference : mapping
        Another chip, used in the same way.
    usd_per_hour, reference_usd_per_hour : float or array
        Price of an hour of the chip and of the reference chip.
    measured_compute, measured_memory : float
        Highest shares of the peak rates that a source has measured.

    Returns
    -------
    dict
        All of `decode_step`, and ``prefill_tokens_per_s``, ``usd_output`` and ``usd_input`` (dollars a million tokens),
        ``parity_usd_per_hour``, ``binds`` (what takes the most time) and ``range`` (whether sources cover the shares).
    """
    step = decode_step(model=model, chip=chip, **settings)
    other = decode_step(model=model, chip=reference, **settings)
    shared = {name: settings[name] for name in ("context", "weight_bits", "compute_share", "memory_share")}
    prefill = prefill_tokens_per_s(model=model, chip=chip, chips=step["chips"], **shared)
    weights = np.maximum(step["weights_read"], step["weights_math"])
    cache = np.maximum(step["cache_read"], step["cache_math"])
    binds = np.where(
        weights > cache,
        np.where(step["weights_read"] > step["weights_math"], "weights_read", "weights_math"),
        np.where(step["cache_read"] > step["cache_math"], "cache_read", "cache_math"),
    )
    beyond = (settings["compute_share"] > measured_compute) | (settings["memory_share"] > measured_memory)
    return {
        **step,
        "prefill_tokens_per_s": prefill,
        "usd_output": usd_per_million_tokens(usd_per_hour, step["tokens_per_s"]),
        "usd_input": usd_per_million_tokens(usd_per_hour, prefill),
        "parity_usd_per_hour": reference_usd_per_hour * step["tokens_per_s"] / other["tokens_per_s"],
        "binds": binds,
        "range": np.where(beyond, "above", "within"),
    }


# ---------------------------------------------------------------------------------------------------------------------
# Links and drafts


def dispatch_seconds(bytes_per_element: Any, tokens: Any, experts: Any, hidden: Any, bytes_per_s: Any) -> Any:
    """Seconds to send tokens to their experts and back over a link, for one layer.

    References
    ----------
    zhao_2025_isca, section on the limits of expert parallelism: one byte out and two back for each number.
    """
    return bytes_per_element * tokens * experts * hidden / bytes_per_s


def tokens_per_s_of_links(seconds_per_layer: Any, microbatches: Any, layers: Any) -> Any:
    """Tokens a second of one sequence if sending were all that takes time."""
    return 1 / (seconds_per_layer * microbatches * layers)


def draft_speedup(acceptance: Any) -> Any:
    """Tokens for each step if one further token is guessed and accepted with probability `acceptance`."""
    return 1 + acceptance


# ---------------------------------------------------------------------------------------------------------------------
# A day of service


def service_day(
    *,
    nodes: Any,
    gpus_per_node: Any,
    usd_per_hour: Any,
    input_tokens: Any,
    hit_share: Any,
    output_tokens: Any,
    usd_hit: Any,
    usd_miss: Any,
    usd_output: Any,
    paid_share: Any,
) -> dict[str, Any]:
    """Cost and list-price revenue of a day.

    Parameters
    ----------
    nodes, gpus_per_node, usd_per_hour : float or array
        Nodes in use on average, GPUs in each, rent of a GPU hour.
    input_tokens, output_tokens : float or array
        Tokens of the day.
    hit_share : float or array
        Share of the input that was still in the cache.
    usd_hit, usd_miss, usd_output : float or array
        List prices of a million tokens.
    paid_share : float or array
        Share of the list-price revenue that is really paid.

    Returns
    -------
    dict
        ``cost_usd``; ``hit_usd``, ``miss_usd``, ``output_usd`` and ``list_usd`` (revenue at list prices);
        ``paid_usd``; ``margin`` (paid revenue over cost, less one); ``break_even`` (share to be paid to cover the
        cost); ``usd_per_million_output`` (all cost on output tokens); ``output_per_s_gpu`` (tokens a second).
    """
    gpus = nodes * gpus_per_node
    cost = gpus * HOURS_PER_DAY * usd_per_hour
    hit, miss = input_tokens * hit_share * usd_hit / MILLION, input_tokens * (1 - hit_share) * usd_miss / MILLION
    output = output_tokens * usd_output / MILLION
    return {
        "cost_usd": cost,
        "hit_usd": hit,
        "miss_usd": miss,
        "output_usd": output,
        "list_usd": hit + miss + output,
        "paid_usd": (hit + miss + output) * paid_share,
        "margin": (hit + miss + output) * paid_share / cost - 1,
        "break_even": cost / (hit + miss + output),
        "usd_per_million_output": cost / output_tokens * MILLION,
        "output_per_s_gpu": output_tokens / gpus / (HOURS_PER_DAY * SECONDS_PER_HOUR),
    }


# ---------------------------------------------------------------------------------------------------------------------
# Prices


def blended_price(usd_input: Any, usd_output: Any, inputs_per_output: Any = 3) -> Any:
    """Price of a million tokens of which `inputs_per_output` are read for each one that is written."""
    return (inputs_per_output * usd_input + usd_output) / (inputs_per_output + 1)


def months_between(start_year: Any, start_month: Any, end_year: Any, end_month: Any) -> Any:
    """Whole months from one month to another."""
    return (end_year - start_year) * MONTHS_PER_YEAR + end_month - start_month


def yearly_fall(ratio: Any, months: Any) -> Any:
    """Factor by which a price falls in a year, from its fall over a number of months."""
    return ratio ** (MONTHS_PER_YEAR / months)


# ---------------------------------------------------------------------------------------------------------------------
# Published numbers: each case of efficiency_checks.csv that these functions cover, as a function of the row's inputs,
# in the row's unit


def _gqa_kb(i: Mapping[str, float]) -> float:
    return cache_bytes_per_token(cache_elements(i["kv_heads"], i["head_dim"], i["layers"]), 8 * i["bytes"]) / 1e3


def _mla_kb(i: Mapping[str, float]) -> float:
    elements = latent_cache_elements(i["kv_lora_rank"], i["rope_dim"], i["layers"])
    return cache_bytes_per_token(elements, 8 * i["bytes"]) / 1e3


def _roofline(i: Mapping[str, float]) -> float:
    """Tokens a second of a chip at a setting, with what a step yields more where drafts are in use."""
    settings = ("context", "batch", "chips", "cache_bits", "compute_share", "memory_share")
    model = {**FULL_ATTENTION, **i}
    step = decode_step(model=model, chip=i, weight_bits=8, **{name: i[name] for name in settings})
    return step["tokens_per_s"] * i["tokens_per_step"]


def _v2_reduction(i: Mapping[str, float]) -> float:
    dense = cache_bytes_per_token(cache_elements(i["kv_heads"], i["head_dim"], i["layers_dense"]), i["bits_dense"])
    latent = cache_bytes_per_token(latent_cache_elements(i["latent"], i["rope_dim"], i["layers_v2"]), i["bits_v2"])
    return 100 * (1 - latent / dense)


def _day(**known: Any) -> dict[str, Any]:
    """A day with what a check gives; what it does not give does not enter the number that it tests."""
    neutral = {
        "nodes": 1.0,
        "gpus_per_node": 8,
        "usd_per_hour": 1.0,
        "input_tokens": 1.0,
        "hit_share": 1.0,
        "output_tokens": 1.0,
        "usd_hit": 1.0,
        "usd_miss": 1.0,
        "usd_output": 1.0,
        "paid_share": 1.0,
    }
    return service_day(**{**neutral, **known})


def _day_revenue(i: Mapping[str, float]) -> float:
    tokens = (i["input_hit_m"] + i["input_miss_m"]) * MILLION
    return _day(
        input_tokens=tokens,
        hit_share=i["input_hit_m"] * MILLION / tokens,
        output_tokens=i["output_m"] * MILLION,
        usd_hit=i["usd_hit"],
        usd_miss=i["usd_miss"],
        usd_output=i["usd_out"],
    )["list_usd"]


def _day_cost(i: Mapping[str, float]) -> float:
    hours = i["hours"] / HOURS_PER_DAY  # the row gives the hours of the day
    return _day(nodes=i["nodes"], gpus_per_node=i["gpus_per_node"], usd_per_hour=i["usd_per_hour"])["cost_usd"] * hours


REPRODUCES: dict[str, Callable[[Mapping[str, float]], float]] = {
    "kv_mla_deepseek_v3": _mla_kb,
    "kv_gqa_qwen25_72b": _gqa_kb,
    "kv_gqa_llama31_405b": _gqa_kb,
    "kv_ratio_llama_to_v3": lambda i: i["llama"] / i["v3"],
    "kv_ratio_qwen_to_v3": lambda i: i["qwen"] / i["v3"],
    "kv_mla_share_of_mha_large": lambda i: 100 * i["mla"] / i["mha"],
    "kv_mla_share_of_mha_small": lambda i: 100 * i["mla"] / i["mha"],
    "kv_reduction_deepseek_v2": _v2_reduction,
    "deepseek_daily_cost": _day_cost,
    "deepseek_daily_theoretical_revenue": _day_revenue,
    "deepseek_cache_hit_share": lambda i: 100 * i["hit_b"] / i["total_b"],
    "deepseek_all_in_cost_per_m_output": lambda i: i["cost_usd"] / i["output_m"],
    "v3_decode_comm_time": lambda i: (
        MILLION * dispatch_seconds(i["bytes_per_element"], i["tokens"], i["experts"], i["hidden"], i["bandwidth"])
    ),
    "v3_decode_tps_bound_400g": lambda i: tokens_per_s_of_links(i["tpot_ms"] / 1e3, 1, 1),
    "v3_decode_tps_bound_nvl72": lambda i: tokens_per_s_of_links(
        i["comm_us"] / MILLION, i["microbatches"], i["layers"]
    ),
    "mtp_speedup_upper_bound": lambda i: draft_speedup(i["acceptance"]),
    "step3_vs_v3_decode": lambda i: i["step3"] / i["v3"],
    **dict.fromkeys(
        (
            "v3_decode_h800_deepseek",
            "v3_decode_h800_step3",
            "v3_decode_h100_lmsys",
            "v3_decode_h20_ant_group",
            "v3_decode_910c_huawei",
            "v3_decode_910c_xdeepserve",
            "v3_decode_gb200_lmsys",
            "v3_decode_b200_inferencex",
            "v3_decode_h100_inferencex",
        ),
        _roofline,
    ),
    "v3_decode_cost_h800_8k": lambda i: i["attention_usd"] + i["ffn_usd"],
    "price_fall_months_stanford": lambda i: months_between(
        i["start_year"], i["start_month"], i["end_year"], i["end_month"]
    ),
    "price_fall_per_year_stanford": lambda i: yearly_fall(i["ratio"], i["months"]),
    "price_fall_gpt3_level_a16z": lambda i: i["start"] / i["end"],
    "blend_gpt4": lambda i: blended_price(i["input"], i["output"]),
    "blend_deepseek_r1": lambda i: blended_price(i["input"], i["output"]),
}
