"""What a training run takes in FLOP, hours, money and energy, and what each way of saving multiplies.

All quantities are in base units: parameters, tokens, FLOP, FLOP/s, hours, dollars, watts, watt-hours. Every function
takes floats or arrays and broadcasts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hardware_phase.models.times import HOURS_PER_DAY, MONTHS_PER_YEAR, SECONDS_PER_DAY, SECONDS_PER_HOUR

Number = float | np.ndarray

FLOP_PER_PARAMETER = 6  # two for the forward pass, four for the backward pass


# ---------------------------------------------------------------------------------------------------------------------
# FLOP


def attention_flop_per_token(
    layers: Number, heads: Number, head_dim: Number, sequence: Number, causal: bool = True
) -> Number:
    """FLOP that attention scores and their sums add to each training token.

    Parameters
    ----------
    layers, heads, head_dim : float or array
        Shape of the model. With unequal widths, `head_dim` is the mean of the query-key and the value width.
    sequence : float or array
        Tokens in a training sequence.
    causal : bool, default True
        Count only the half of the attention matrix that a causal model uses, as the DeepSeek-V3 hardware paper does.
        ``False`` counts the whole matrix, as the PaLM paper does.

    Returns
    -------
    float or array
        FLOP per token.

    References
    ----------
    chowdhery_2022_palm, appendix on model FLOP utilisation; zhao_2025_isca, tables 2 and 4.
    """
    whole = 12 * layers * heads * head_dim * sequence
    return whole / 2 if causal else whole


def flop_per_token(active_params: Number, attention: Number = 0.0) -> Number:
    """FLOP to train on one token: six for each active parameter, and attention where it is counted.

    Parameters
    ----------
    active_params : float or array
        Parameters that take part in one token.
    attention : float or array, default 0
        FLOP from `attention_flop_per_token`.

    Returns
    -------
    float or array
        FLOP per token.
    """
    return FLOP_PER_PARAMETER * active_params + attention


def training_flop(active_params: Number, tokens: Number, attention: Number = 0.0) -> Number:
    """FLOP of a training run, ``6 N D`` and attention where it is counted.

    Parameters
    ----------
    active_params : float or array
        N, parameters that take part in one token.
    tokens : float or array
        D, training tokens.
    attention : float or array, default 0
        Attention FLOP per token.

    Returns
    -------
    float or array
        FLOP.
    """
    return flop_per_token(active_params, attention) * tokens


# ---------------------------------------------------------------------------------------------------------------------
# Hours, utilisation, money, energy


def accelerator_hours(flop: Number, flop_per_s: Number) -> Number:
    """Accelerator hours that a run takes.

    Parameters
    ----------
    flop : float or array
        FLOP of the run.
    flop_per_s : float or array
        FLOP/s achieved on each accelerator.

    Returns
    -------
    float or array
        Accelerator hours.
    """
    return flop / flop_per_s / SECONDS_PER_HOUR


def achieved_flop_per_s(flop: Number, hours: Number) -> Number:
    """Speed of each accelerator, averaged over a run.

    Parameters
    ----------
    flop : float or array
        FLOP of the run.
    hours : float or array
        Accelerator hours.

    Returns
    -------
    float or array
        FLOP/s for each accelerator.
    """
    return flop / (hours * SECONDS_PER_HOUR)


def throughput_flop_per_s(tokens_per_s: Number, flop_per_token: Number, chips: Number) -> Number:
    """Speed of each accelerator from the throughput of the cluster.

    Parameters
    ----------
    tokens_per_s : float or array
        Tokens a second on the whole cluster.
    flop_per_token : float or array
        FLOP for each token.
    chips : float or array
        Accelerators in the cluster.

    Returns
    -------
    float or array
        FLOP/s for each accelerator.
    """
    return tokens_per_s * flop_per_token / chips


def utilisation(flop_per_s: Number, peak_flop_per_s: Number) -> Number:
    """Model FLOP utilisation (MFU).

    Parameters
    ----------
    flop_per_s : float or array
        FLOP/s achieved.
    peak_flop_per_s : float or array
        Peak FLOP/s in the number format in use. Dividing an FP8 run by the BF16 peak doubles the answer.

    Returns
    -------
    float or array
        Achieved over peak, a fraction.

    References
    ----------
    chowdhery_2022_palm, which defines the measure.
    """
    return flop_per_s / peak_flop_per_s


def stage_total(*stages: Number) -> Number:
    """Total of a run.

    Parameters
    ----------
    *stages : float or array
        Accelerator hours, dollars or energy of its stages, in one unit.

    Returns
    -------
    float or array
        Their sum.
    """
    return sum(stages)


def hours_for_tokens(hours_per_trillion: Number, tokens: Number) -> Number:
    """Accelerator hours from a stated rate for each trillion tokens.

    Parameters
    ----------
    hours_per_trillion : float or array
        Accelerator hours for 1e12 tokens.
    tokens : float or array
        Training tokens.

    Returns
    -------
    float or array
        Accelerator hours.
    """
    return hours_per_trillion * tokens / 1e12


def cluster_hours(chips: Number, hours: Number) -> Number:
    """Accelerator hours of a cluster.

    Parameters
    ----------
    chips : float or array
        Accelerators.
    hours : float or array
        Hours that they run.

    Returns
    -------
    float or array
        Accelerator hours.
    """
    return chips * hours


def days(hours: Number, chips: Number) -> Number:
    """Calendar days of a run.

    Parameters
    ----------
    hours : float or array
        Accelerator hours.
    chips : float or array
        Accelerators that share them.

    Returns
    -------
    float or array
        Days.
    """
    return hours / chips / HOURS_PER_DAY


def tokens_per_day(tokens_per_s: Number) -> Number:
    """Tokens a day.

    Parameters
    ----------
    tokens_per_s : float or array
        Tokens a second.

    Returns
    -------
    float or array
        Tokens a day.
    """
    return tokens_per_s * SECONDS_PER_DAY


def rental_cost_usd(hours: Number, usd_per_hour: Number) -> Number:
    """Rent of accelerator hours: no staff, no data, no failed or earlier runs.

    Parameters
    ----------
    hours : float or array
        Accelerator hours.
    usd_per_hour : float or array
        Price of an accelerator hour, USD.

    Returns
    -------
    float or array
        USD.
    """
    return hours * usd_per_hour


def rented_hours(cost: Number, price_per_hour: Number) -> Number:
    """Accelerator hours behind a stated cost.

    Parameters
    ----------
    cost : float or array
        Cost of a run.
    price_per_hour : float or array
        Price of an accelerator hour, in the same currency.

    Returns
    -------
    float or array
        Accelerator hours.
    """
    return cost / price_per_hour


def energy_wh(hours: Number, tdp_w: Number, server_overhead: Number = 1.0, pue: Number = 1.0) -> Number:
    """Electricity of a run.

    Parameters
    ----------
    hours : float or array
        Accelerator hours.
    tdp_w : float or array
        Rated power of one accelerator, W.
    server_overhead : float or array, default 1
        Power of the server and network per accelerator over `tdp_w`. One counts the accelerator alone, as model cards do.
    pue : float or array, default 1
        Power usage effectiveness of the building: total over IT energy.

    Returns
    -------
    float or array
        Wh.
    """
    return hours * tdp_w * server_overhead * pue


def ratio(before: Number, after: Number) -> Number:
    """How many times smaller one quantity is than another.

    Parameters
    ----------
    before, after : float or array
        Two quantities in the same unit.

    Returns
    -------
    float or array
        `before` over `after`.
    """
    return before / after


def saving(before: Number, after: Number) -> Number:
    """Share that is saved.

    Parameters
    ----------
    before, after : float or array
        Two quantities in the same unit.

    Returns
    -------
    float or array
        Saved share of `before`, a fraction.
    """
    return 1 - after / before


def training_run(
    *,
    active_params: Number,
    total_params: Number,
    tokens: Number,
    precision: str,
    mfu: Number,
    chip: Mapping[str, Number],
    chips: Number,
    usd_per_hour: Number,
    server_overhead: Number = 1.0,
    pue: Number = 1.0,
    attention_share: Number = 0.0,
    other_hours_share: Number = 0.0,
) -> dict[str, Number]:
    """What a training run takes.

    Parameters
    ----------
    active_params, total_params : float or array
        Parameters used for one token, and all parameters.
    tokens : float or array
        Training tokens.
    precision : str
        ``"BF16"`` or ``"FP8"``, the format of the matrix products.
    mfu : float or array
        Achieved over peak rate in that format, a fraction.
    chip : mapping
        ``bf16_flop_per_s``, ``fp8_flop_per_s`` and ``tdp_w`` of the accelerator.
    chips : float or array
        Number of accelerators.
    usd_per_hour : float or array
        Price of an accelerator hour, USD.
    server_overhead, pue : float or array, default 1
        See `energy_wh`.
    attention_share : float or array, default 0
        Attention FLOP over the ``6 N`` of the parameters.
    other_hours_share : float or array, default 0
        Accelerator hours beyond productive pre-training (context extension, post-training, restarts), over those of
        pre-training.

    Returns
    -------
    dict
        ``flop_6nd`` and ``flop`` (with attention), ``flop_per_s`` per accelerator, ``pretraining_hours``,
        ``other_hours``, ``hours``, ``days``, ``tokens_per_day``, ``cost_usd``, ``chip_wh``, ``server_wh``,
        ``building_wh``, ``energy_wh`` and ``active_share``.
    """
    peak = np.where(precision == "FP8", chip["fp8_flop_per_s"], chip["bf16_flop_per_s"])
    flop_6nd = training_flop(active_params, tokens)
    flop = flop_6nd * (1 + attention_share)
    rate = peak * mfu
    pretraining = accelerator_hours(flop, rate)
    other = pretraining * other_hours_share
    hours = stage_total(pretraining, other)
    chip_wh = energy_wh(hours, chip["tdp_w"])
    it_wh = energy_wh(hours, chip["tdp_w"], server_overhead)
    total_wh = energy_wh(hours, chip["tdp_w"], server_overhead, pue)
    return {
        "flop_6nd": flop_6nd,
        "flop": flop,
        "flop_per_s": rate,
        "pretraining_hours": pretraining,
        "other_hours": other,
        "hours": hours,
        "days": days(hours, chips),
        "tokens_per_day": tokens / days(pretraining, chips),
        "cost_usd": rental_cost_usd(hours, usd_per_hour),
        "chip_wh": chip_wh,
        "server_wh": it_wh - chip_wh,
        "building_wh": total_wh - it_wh,
        "energy_wh": total_wh,
        "active_share": active_params / total_params,
    }


def against_dense(
    *, dense_ratio: Number, baseline_mfu: Number, precision: str, mfu: Number, chip: Mapping[str, Number], **run: Any
) -> dict[str, Number]:
    """A run, and the dense BF16 run of the same quality that it stands in for, step by step between them.

    Parameters
    ----------
    dense_ratio : float or array
        Dense parameters that one active parameter stands for at equal quality. The widest unknown of the comparison.
    baseline_mfu : float or array
        Utilisation that the dense BF16 run would reach on the same accelerator.
    precision, mfu, chip, **run
        As in `training_run`.

    Returns
    -------
    dict
        All of `training_run`, and for the five steps ``x_sparsity``, ``x_attention``, ``x_precision``, ``x_utilisation``
        and ``x_stages`` (what each multiplies the accelerator hours by), with ``hours_dense`` and the hours after each
        step: ``after_sparsity``, ``after_attention``, ``after_precision``, ``after_utilisation``, ``after_stages``
        (equal to ``hours``), and ``x_total`` (dense over actual hours).
    """
    result = training_run(precision=precision, mfu=mfu, chip=chip, **run)
    dense_rate = chip["bf16_flop_per_s"] * baseline_mfu
    hours = accelerator_hours(result["flop_6nd"] * dense_ratio, dense_rate)
    factors = {
        "sparsity": 1 / dense_ratio,
        "attention": result["flop"] / result["flop_6nd"],
        "precision": chip["bf16_flop_per_s"] * mfu / result["flop_per_s"],
        "utilisation": baseline_mfu / mfu,
        "stages": result["hours"] / result["pretraining_hours"],
    }
    steps = {"hours_dense": hours, "x_total": hours / result["hours"]}
    for name, factor in factors.items():
        hours = hours * factor
        steps[f"x_{name}"], steps[f"after_{name}"] = factor, hours
    return {**result, **steps}


# ---------------------------------------------------------------------------------------------------------------------
# Loss from parameters and tokens


def chinchilla_loss(params: Number, tokens: Number, law: Mapping[str, Number]) -> Number:
    """Pre-training loss of a dense model, ``E + A / N**alpha + B / D**beta``.

    Parameters
    ----------
    params, tokens : float or array
        N and D.
    law : mapping
        ``E``, ``A``, ``B``, ``alpha`` and ``beta`` of a published fit.

    Returns
    -------
    float or array
        Loss, nats per token.

    References
    ----------
    hoffmann_2022_chinchilla; refitted in besiroglu_2024_chinchilla.
    """
    return law["E"] + law["A"] / params ** law["alpha"] + law["B"] / tokens ** law["beta"]


def optimal_params(flop: Number, law: Mapping[str, Number]) -> Number:
    """Size of the dense model with the lowest loss for a budget.

    Parameters
    ----------
    flop : float or array
        Budget, ``6 N D``.
    law : mapping
        See `chinchilla_loss`.

    Returns
    -------
    float or array
        Parameters.

    References
    ----------
    hoffmann_2022_chinchilla, the closed form for a parametric loss.
    """
    alpha, beta = law["alpha"], law["beta"]
    balance = (alpha * law["A"] / (beta * law["B"])) ** (1 / (alpha + beta))
    return balance * (flop / FLOP_PER_PARAMETER) ** (beta / (alpha + beta))


def optimal_tokens(flop: Number, law: Mapping[str, Number]) -> Number:
    """Tokens that go with `optimal_params`.

    Parameters
    ----------
    flop : float or array
        Budget, ``6 N D``.
    law : mapping
        See `chinchilla_loss`.

    Returns
    -------
    float or array
        Tokens.
    """
    return flop / FLOP_PER_PARAMETER / optimal_params(flop, law)


def flop_for_loss(loss: Number, law: Mapping[str, Number]) -> Number:
    """Smallest budget that reaches a loss, with parameters and tokens at their optimum.

    Parameters
    ----------
    loss : float or array
        Nats per token, above ``law["E"]``, which no budget reaches.
    law : mapping
        See `chinchilla_loss`.

    Returns
    -------
    float or array
        FLOP.
    """
    exponent = law["alpha"] * law["beta"] / (law["alpha"] + law["beta"])
    reducible_at_one = chinchilla_loss(optimal_params(1.0, law), optimal_tokens(1.0, law), law) - law["E"]
    return (reducible_at_one / (loss - law["E"])) ** (1 / exponent)


def split_budget(*, flop: Number, params: Number, law: Mapping[str, Number]) -> dict[str, Number]:
    """A training budget spent on a dense model of a chosen size, beside the best size.

    Parameters
    ----------
    flop : float or array
        Budget, ``6 N D``.
    params : float or array
        Chosen size N.
    law : mapping
        See `chinchilla_loss`.

    Returns
    -------
    dict
        ``tokens``, ``tokens_per_param`` and ``loss`` of the choice; ``best_params``, ``best_tokens``,
        ``best_tokens_per_param`` and ``best_loss``; ``extra_flop`` (budget over the least that reaches the same loss).
    """
    tokens = flop / FLOP_PER_PARAMETER / params
    best, best_tokens = optimal_params(flop, law), optimal_tokens(flop, law)
    loss = chinchilla_loss(params, tokens, law)
    return {
        "tokens": tokens,
        "tokens_per_param": tokens / params,
        "loss": loss,
        "best_params": best,
        "best_tokens": best_tokens,
        "best_tokens_per_param": best_tokens / best,
        "best_loss": chinchilla_loss(best, best_tokens, law),
        "extra_flop": flop / flop_for_loss(loss, law),
    }


# ---------------------------------------------------------------------------------------------------------------------
# Progress of algorithms


def yearly_gain(halving_months: Number) -> Number:
    """Gain of a year of algorithmic progress.

    Parameters
    ----------
    halving_months : float or array
        Months in which the FLOP for a set performance halve.

    Returns
    -------
    float or array
        Factor by which those FLOP fall in a year.
    """
    return 2 ** (MONTHS_PER_YEAR / halving_months)


def halving_months(yearly_gain: Number) -> Number:
    """Halving time of the FLOP for a set performance; the inverse of `yearly_gain`.

    Parameters
    ----------
    yearly_gain : float or array
        Factor by which those FLOP fall in a year.

    Returns
    -------
    float or array
        Months.
    """
    return MONTHS_PER_YEAR / np.log2(yearly_gain)


def doubling_years(yearly_growth: Number) -> Number:
    """Doubling time.

    Parameters
    ----------
    yearly_growth : float or array
        Growth factor a year, above one.

    Returns
    -------
    float or array
        Years.
    """
    return np.log(2) / np.log(yearly_growth)


def compound(*gains: Number) -> Number:
    """Joint gain of independent gains.

    Parameters
    ----------
    *gains : float or array
        Factors that multiply the same quantity.

    Returns
    -------
    float or array
        Their product.
    """
    return np.prod(np.stack(gains), axis=0)


def usable_share(gain: Number, total_gain: Number) -> Number:
    """Share of progress, counted in doublings, that a gain is of a total gain.

    Parameters
    ----------
    gain, total_gain : float or array
        Factors above one.

    Returns
    -------
    float or array
        A fraction.
    """
    return np.log(gain) / np.log(total_gain)


def years_to_offset(gap: Number, halving_months: Number, usable: Number = 1.0, compute_growth: Number = 1.0) -> Number:
    """Years until better algorithms, and more compute, make up for a hardware gap.

    Parameters
    ----------
    gap : float or array
        How many times more compute the leader has, at least one.
    halving_months : float or array
        Months in which the FLOP for a set performance halve.
    usable : float or array, default 1
        Share of that progress, in doublings, which works at the smaller scale.
    compute_growth : float or array, default 1
        Factor a year by which the follower's own compute grows, at least one.

    Returns
    -------
    float or array
        Years until the follower can do what the leader can today. If both sides progress at the same rate it is also
        the lag that stays.
    """
    doublings_a_year = MONTHS_PER_YEAR / halving_months * usable + np.log2(compute_growth)
    return np.log2(gap) / doublings_a_year


def algorithmic_offset(
    *,
    gap: Number,
    study: Mapping[str, Number],
    usable: Number = 1.0,
    compute_growth: Number = 1.0,
    years_waited: Number = 0.0,
) -> dict[str, Number]:
    """Years of progress that a hardware denial costs, with the interval of the halving time.

    Parameters
    ----------
    gap, usable, compute_growth : float or array
        See `years_to_offset`.
    study : mapping
        ``low``, ``central`` and ``high`` halving time in months of one published estimate.
    years_waited : float or array, default 0
        Years since the denial, for the effective compute.

    Returns
    -------
    dict
        ``years`` with ``years_low`` and ``years_high``; ``gain`` a year with ``gain_low`` and ``gain_high`` (algorithms
        and compute together); ``effective`` with ``effective_low`` and ``effective_high``, the follower's compute after
        `years_waited` counted in the leader's compute of year zero.
    """
    result = {}
    for end, months in (("", "central"), ("_low", "low"), ("_high", "high")):
        result[f"years{end}"] = years_to_offset(gap, study[months], usable, compute_growth)
    for end, months in (("", "central"), ("_low", "high"), ("_high", "low")):  # slow halving is a small gain
        gain = compute_growth * yearly_gain(study[months]) ** usable
        result[f"gain{end}"] = gain
        result[f"effective{end}"] = gain**years_waited / gap
    return result


# ---------------------------------------------------------------------------------------------------------------------
# Published numbers: each case of efficiency_checks.csv that these functions cover, as a function of the row's inputs,
# in the row's unit


def _run_flop_per_s(i: Mapping[str, float]) -> float:
    params = i["params_active"] if "params_active" in i else i["params"]
    return achieved_flop_per_s(training_flop(params, i["tokens"]), i["hours"])


def _run_tflops(i: Mapping[str, float]) -> float:
    return _run_flop_per_s(i) / 1e12


def _run_compute(i: Mapping[str, float]) -> float:
    return training_flop(i["params_active"] if "params_active" in i else i["params"], i["tokens"])


def _percent_of_peak(i: Mapping[str, float]) -> float:
    return 100 * utilisation(achieved_flop_per_s(i["flop"], i["hours"]), i["peak"])


def _percent_from_tflops(i: Mapping[str, float]) -> float:
    return 100 * utilisation(i["tflops"], i["peak_tflops"])


def _thousand_hours_for_tokens(i: Mapping[str, float]) -> float:
    return hours_for_tokens(i["k_hours_per_t_tokens"], i["tokens_t"] * 1e12)


def _palm_flop_per_token(i: Mapping[str, float]) -> float:
    attention = attention_flop_per_token(i["layers"], i["heads"], i["head_dim"], i["seq"], causal=False)
    return flop_per_token(i["params"], attention)


def _gwh(i: Mapping[str, float]) -> float:
    return energy_wh(i["hours"], i["watts"]) / 1e9


def _rental(i: Mapping[str, float]) -> float:
    return rental_cost_usd(i["hours"], i["usd_per_hour"])


def _loss(i: Mapping[str, float]) -> float:
    return chinchilla_loss(i["N"], i["D"], i)


def _tokens_per_param(i: Mapping[str, float]) -> float:
    return optimal_tokens(i["C"], i) / optimal_params(i["C"], i)


REPRODUCES: dict[str, Callable[[Mapping[str, float]], float]] = {
    "deepseek_v3_total_hours": lambda i: stage_total(i["pretrain_k"], i["context_k"], i["posttrain_k"]),
    "deepseek_v3_context_cost": _rental,
    "deepseek_v3_posttrain_cost": _rental,
    "deepseek_v3_days_per_trillion": lambda i: days(i["hours"], i["gpus"]),
    "deepseek_v3_compute_6nd": _run_compute,
    "deepseek_v3_tflops_per_gpu_6nd": lambda i: achieved_flop_per_s(i["flop"], i["hours"]) / 1e12,
    "deepseek_v3_mfu_bf16_peak_6nd": _percent_of_peak,
    "deepseek_v3_mfu_fp8_peak_6nd": _percent_of_peak,
    "deepseek_v3_mfu_table4_causal": lambda i: (
        100
        * utilisation(
            throughput_flop_per_s(i["tokens_per_day"] / SECONDS_PER_DAY, i["gflop_per_token"] * 1e9, i["gpus"]),
            i["peak"],
        )
    ),
    "deepseek_v3_mfu_table4_noncausal": _percent_from_tflops,
    "deepseek_v3_mfu_epoch_fp8_sxm": lambda i: utilisation(i["tflops"], i["peak_tflops"]),
    "llama31_405b_flop_per_token_table2": lambda i: (
        flop_per_token(i["params"], attention_flop_per_token(i["layers"], i["heads"], i["head_dim"], i["seq"])) / 1e9
    ),
    "deepseek_v3_vs_llama_hours": lambda i: ratio(i["llama_m"], i["deepseek_m"]),
    "llama31_405b_mfu_8k_gpus": _percent_from_tflops,
    "llama31_405b_mfu_16k_gpus": _percent_from_tflops,
    "llama31_405b_mfu_16k_gpus_cp16": _percent_from_tflops,
    "gpt3_compute_6nd": _run_compute,
    "palm_mfu_with_attention": lambda i: (
        100 * utilisation(throughput_flop_per_s(i["tokens_per_s"], _palm_flop_per_token(i), i["chips"]), i["peak"])
    ),
    "palm_chip_hours": lambda i: stage_total(
        cluster_hours(i["chips_a"], i["hours_a"]), cluster_hours(i["chips_b"], i["hours_b"])
    ),
    "palm_whole_run_utilisation": _percent_of_peak,
    "bloom_tflops_whole_run": _run_tflops,
    "llama2_70b_utilisation": lambda i: 100 * utilisation(_run_flop_per_s(i), i["peak"]),
    "megatron_turing_mfu": lambda i: (
        100 * utilisation(throughput_flop_per_s(i["tokens_per_s"], flop_per_token(i["params"]), i["gpus"]), i["peak"])
    ),
    "pangu_ultra_135b_compute": _run_compute,
    "pangu_ultra_135b_share_of_llama": lambda i: 100 / ratio(i["llama"], i["pangu"]),
    "pangu_ultra_135b_days_at_reported_mfu": lambda i: days(
        accelerator_hours(i["flop"], i["peak"] * i["mfu"]), i["npus"]
    ),
    "pangu_ultra_moe_tflops_per_npu_6nd": lambda i: (
        throughput_flop_per_s(i["tokens_per_s"], flop_per_token(i["params_active"]), i["npus"]) / 1e12
    ),
    "pangu_ultra_moe_6nd_utilisation_280": _percent_from_tflops,
    "pangu_ultra_moe_tokens_per_day": lambda i: tokens_per_day(i["tokens_per_s"]) / 1e9,
    "ling_plus_device_hours_per_trillion": lambda i: rented_hours(i["rmb"], i["rmb_per_hour"]) / 1e3,
    "ling_plus_tflops_device_d": _run_tflops,
    "deepseek_v2_cost_saving": lambda i: 100 * saving(i["dense_k"], i["v2_k"]),
    "deepseek_v2_tflops_per_gpu": _run_tflops,
    "deepseek_67b_tflops_per_gpu": _run_tflops,
    "dots_llm1_total_hours": _thousand_hours_for_tokens,
    "qwen25_72b_total_hours_by_rednote": _thousand_hours_for_tokens,
    "dots_llm1_tflops_per_gpu": _run_tflops,
    "r1_hours": lambda i: cluster_hours(i["gpus"], i["hours"]) / 1e3,
    "r1_including_base_model": lambda i: stage_total(i["v3_usd_m"], i["r1_usd_m"]),
    "kimi_k2_compute_6nd": _run_compute,
    "qwen3_next_cost_share_6nd": lambda i: (
        100 / ratio(training_flop(i["active_b"], i["tokens_b"]), training_flop(i["active_a"], i["tokens_a"]))
    ),
    "ho_yearly_factor": lambda i: yearly_gain(i["halving_months"]),
    "energy_efficiency_40pct_doubling": lambda i: doubling_years(i["yearly"]),
    "intelligence_per_watt_product": lambda i: compound(i["models"], i["hardware"]),
    "chinchilla_loss_hoffmann_rounded": _loss,
    "chinchilla_loss_besiroglu": _loss,
    "tokens_per_param_besiroglu_chinchilla_budget": _tokens_per_param,
    "tokens_per_param_hoffmann_rounded": _tokens_per_param,
    "deepseek_v3_tokens_per_active_param": lambda i: ratio(i["tokens"], i["params_active"]),
    "llama31_405b_energy_at_tdp": _gwh,
    "deepseek_v3_energy_at_tdp": _gwh,
}
