"""Match a frontier cluster with weaker chips: how many, what the network costs, and the power at the meter."""

from collections.abc import Mapping

import numpy as np

from hardware_phase.models import energy
from hardware_phase.models.energy import Number

# What `match_cluster` expects of a machine, beside its name.
MACHINE_FIELDS = ("bf16_flop_per_s", "fp8_flop_per_s", "tdp_w", "system_w", "domain")
SERVER_CHIPS = 8


def network_efficiency(chips: Number, domain: Number, loss_per_doubling: Number) -> Number:
    """Share of its speed that a chip keeps in a cluster, against a single scale-up domain.

    Each doubling of the cluster beyond the domain that a fast fabric joins (a rack, a supernode) costs the same
    share: ``(1 - loss) ** log2(chips / domain)``. The form is a summary of strong- and weak-scaling tables, not a
    law of networks; the loss is the reader's to set.

    Parameters
    ----------
    chips : float or array
        Chips in the cluster.
    domain : float or array
        Chips in one scale-up domain.
    loss_per_doubling : float or array
        Share of the speed lost with each doubling, at least 0 and below 0.5.

    Returns
    -------
    float or array
        Efficiency, 0 to 1; exactly 1 up to the size of the domain.

    Raises
    ------
    ValueError
        If a known `loss_per_doubling` is outside its range.
    """
    return np.maximum(chips / domain, 1.0) ** -_loss_exponent(loss_per_doubling)


def cluster_compute(
    chips: Number, flop_per_s: Number, utilisation: Number, domain: Number, loss_per_doubling: Number
) -> Number:
    """Useful computation of a cluster.

    Parameters
    ----------
    chips : float or array
        Chips in the cluster.
    flop_per_s : float or array
        Dense peak rate of one chip, FLOP/s.
    utilisation : float or array
        Model FLOP utilisation within one domain, 0 to 1.
    domain, loss_per_doubling : float or array
        As in `network_efficiency`.

    Returns
    -------
    float or array
        FLOP/s.
    """
    return chips * flop_per_s * utilisation * network_efficiency(chips, domain, loss_per_doubling)


def chips_to_match(
    target_flop_per_s: Number, flop_per_s: Number, utilisation: Number, domain: Number, loss_per_doubling: Number
) -> Number:
    """Chips that a cluster needs to reach a useful rate: the inverse of `cluster_compute`.

    Without losses the number is ``n = target / (flop_per_s * utilisation)``. With a loss exponent ``a``
    (``(1 - loss) = 2 ** -a``) useful speed grows as ``chips ** (1 - a)``, so the number grows faster than the target:
    ``n * (n / domain) ** (a / (1 - a))``. Fractions of a chip are kept.

    Parameters
    ----------
    target_flop_per_s : float or array
        Useful rate to be reached, FLOP/s.
    flop_per_s, utilisation, domain, loss_per_doubling : float or array
        As in `cluster_compute`.

    Returns
    -------
    float or array
        Chips.
    """
    lossless = target_flop_per_s / (flop_per_s * utilisation)
    exponent = _loss_exponent(loss_per_doubling)
    return lossless * np.maximum(lossless / domain, 1.0) ** (exponent / (1 - exponent))


def loss_per_doubling(
    small_chips: Number, small_utilisation: Number, large_chips: Number, large_utilisation: Number
) -> Number:
    """Loss per doubling that two published runs of one workload on different numbers of chips imply.

    Parameters
    ----------
    small_chips, large_chips : float or array
        Chips in the two runs.
    small_utilisation, large_utilisation : float or array
        Utilisation (or any speed per chip) in the two runs.

    Returns
    -------
    float or array
        Share of the speed lost with each doubling.
    """
    return 1 - (large_utilisation / small_utilisation) ** (1 / np.log2(large_chips / small_chips))


def power_per_chip(power_w: Number, chips: Number) -> Number:
    """Power of a system over its chips, W: everything in the system is charged to the chips.

    Parameters
    ----------
    power_w : float or array
        Power of the system, W.
    chips : float or array
        Chips in the system.

    Returns
    -------
    float or array
        W per chip.
    """
    return power_w / chips


def it_power(units: Number, w_per_unit: Number, outside_share: Number = 0.0) -> Number:
    """Power of a cluster's computers, built from the bottom up.

    Parameters
    ----------
    units : float or array
        Chips, servers or racks.
    w_per_unit : float or array
        Power of one, W.
    outside_share : float or array
        Power of what stands outside these units (network between them, storage, CPU servers) over theirs.

    Returns
    -------
    float or array
        W before cooling and conversion.
    """
    return units * w_per_unit * (1 + outside_share)


def scaled_power(reference_w: Number, reference_units: Number, units: Number) -> Number:
    """Power of a larger or smaller copy of a known cluster.

    Parameters
    ----------
    reference_w : float or array
        Power of the known cluster, W.
    reference_units, units : float or array
        Size of the known cluster and of the copy, in the same units.

    Returns
    -------
    float or array
        W.
    """
    return it_power(units, power_per_chip(reference_w, reference_units))


def chip_hours(chips: Number, hours: Number) -> Number:
    """Chip-hours of a run on `chips` chips for `hours` hours.

    Parameters
    ----------
    chips, hours : float or array
        Chips, and duration in h.

    Returns
    -------
    float or array
        Chip-hours.
    """
    return chips * hours


def capital_cost(chips: Number, usd_per_chip: Number, facility_w: Number, construction_usd_per_w: Number) -> Number:
    """Price of a cluster: its systems, and the site that powers and cools them.

    Parameters
    ----------
    chips, usd_per_chip : float or array
        Chips, and the price of a system over its chips.
    facility_w, construction_usd_per_w : float or array
        Power at the meter, W, and price of land, building and electrical plant per W of it.

    Returns
    -------
    float or array
        US dollars.
    """
    return chips * usd_per_chip + facility_w * construction_usd_per_w


def compare_systems(
    weaker_amount: Number, weaker_power_w: Number, frontier_amount: Number, frontier_power_w: Number
) -> dict[str, Number]:
    """One system over another: amount, power, and power for the same amount.

    Parameters
    ----------
    weaker_amount, frontier_amount : float or array
        What each system has, in the same unit: FLOP/s, bytes of memory, bytes/s.
    weaker_power_w, frontier_power_w : float or array
        What each draws, W.

    Returns
    -------
    dict
        `amount`, `power` and `power_per_amount`, each the weaker system's over the frontier system's.
    """
    amount = weaker_amount / frontier_amount
    power = weaker_power_w / frontier_power_w
    return {"amount": amount, "power": power, "power_per_amount": power / amount}


def machine(system: Mapping | None, chip: Mapping, *, server_chips: int = SERVER_CHIPS) -> dict[str, str | float]:
    """Record of a machine for `match_cluster`, from a row of systems.csv, of chips.csv, or of both.

    Rates and power are those of the system over its chips; what the system does not publish is taken from the chip.
    A chip that lists no FP8 rate runs FP8 work at its BF16 rate.

    Parameters
    ----------
    system : mapping or None
        A row of systems.csv.
    chip : mapping
        A row of chips.csv.
    server_chips : int
        Size of the scale-up domain of a chip that is not sold in a system listed here.

    Returns
    -------
    dict
        `chip` and `system` (names), `bf16_flop_per_s`, `fp8_flop_per_s`, `tdp_w`, `system_w` (W per chip with
        everything in the system; 0 where none is published) and `domain` (chips).

    Raises
    ------
    ValueError
        If neither row has a BF16 rate, or the chip no power.
    """
    chips = float(system["chips"]) if system is not None else float(server_chips)

    def per_chip(column, unit):
        value = system[column] * unit / chips if system is not None else np.nan
        return None if np.isnan(value) else float(value)

    bf16 = per_chip("bf16_dense_pflops", 1e15) or float(chip["bf16_fp16_dense_tflops"]) * 1e12
    fp8 = per_chip("fp8_dense_pflops", 1e15) or float(chip["fp8_dense_tflops"]) * 1e12
    record = {
        "chip": str(chip["chip"]),
        "system": str(system["system"]) if system is not None else f"server of {server_chips}",
        "bf16_flop_per_s": bf16,
        "fp8_flop_per_s": bf16 if np.isnan(fp8) else fp8,
        "tdp_w": float(chip["tdp_w"]),
        "system_w": per_chip("power_kw", 1e3) or 0.0,
        "domain": chips,
    }
    missing = [field for field in MACHINE_FIELDS if np.isnan(record[field])]
    if missing:
        raise ValueError(f"{record['system']} with {record['chip']} has no {', '.join(missing)}")
    return record


def system_overhead(record: Mapping) -> Number:
    """Power of a system over the rated power of its chips: CPUs, memory, links, fans and conversion.

    Parameters
    ----------
    record : dict
        A machine as made by `machine`, with a published system power.

    Returns
    -------
    float
        Ratio.
    """
    return record["system_w"] / record["tdp_w"]


def match_cluster(
    *,
    weaker: Mapping,
    frontier: Mapping,
    frontier_chips: Number,
    precision: str,
    weaker_network_loss: Number,
    frontier_network_loss: Number,
    weaker_mfu: Number,
    frontier_mfu: Number,
    weaker_pue: Number,
    frontier_pue: Number,
    assumed_overhead: Number,
    weaker_usd_per_kwh: Number,
    frontier_usd_per_kwh: Number,
    region: Mapping,
) -> dict:
    """Weaker cluster that does the useful work of a frontier cluster, with its power, energy and bill.

    Parameters
    ----------
    weaker, frontier : dict
        Machines, see `machine`.
    frontier_chips : float or array
        Chips in the cluster to be matched.
    precision : {"BF16", "FP8"}
        Number format whose dense peak counts.
    weaker_network_loss, frontier_network_loss : float or array
        Loss per doubling of each cluster beyond one scale-up domain, see `network_efficiency`.
    weaker_mfu, frontier_mfu : float or array
        Utilisation of each within one domain.
    weaker_pue, frontier_pue : float or array
        Power usage effectiveness of each site.
    assumed_overhead : float or array
        System power over chip power, for machines whose system power is not published.
    weaker_usd_per_kwh, frontier_usd_per_kwh : float or array
        Price of electricity at each site.
    region : dict
        `supply_wh` (Wh a year) and `g_per_kwh` (grams of CO2 equivalent per kWh) where the weaker cluster stands.

    Returns
    -------
    dict
        Chips, systems, powers (W), energies (Wh a year at full load), bills (dollars a year), ratios of the weaker
        cluster to the frontier cluster, ratios of one system to one system, share of the region's supply, emissions
        (t CO2e a year), `weaker_parts_w` and `frontier_parts_w` (chips, rest of the systems, building) and a
        verdict: the weaker cluster needs ``"no_more_power"``, or more that its ``"cheaper_power"`` pays for, or it has
        the ``"higher_bill"``.
    """
    weaker_rate, frontier_rate = _rate(weaker, precision), _rate(frontier, precision)
    target = cluster_compute(frontier_chips, frontier_rate, frontier_mfu, frontier["domain"], frontier_network_loss)
    chips = chips_to_match(target, weaker_rate, weaker_mfu, weaker["domain"], weaker_network_loss)
    ours = _cluster(weaker, chips, weaker_network_loss, assumed_overhead, weaker_pue, weaker_usd_per_kwh)
    theirs = _cluster(
        frontier, frontier_chips, frontier_network_loss, assumed_overhead, frontier_pue, frontier_usd_per_kwh
    )
    systems = compare_systems(
        weaker["domain"] * weaker_rate,
        weaker["domain"] * _system_w(weaker, assumed_overhead),
        frontier["domain"] * frontier_rate,
        frontier["domain"] * _system_w(frontier, assumed_overhead),
    )
    power_ratio = ours["power_w"] / theirs["power_w"]
    return {
        "target_flop_per_s": target,
        "chips": chips,
        "systems": chips / weaker["domain"],
        "chip_ratio": chips / frontier_chips,
        **{f"weaker_{name}": value for name, value in ours.items()},
        **{f"frontier_{name}": value for name, value in theirs.items()},
        "power_ratio": power_ratio,
        "break_even_usd_per_kwh": theirs["usd_per_year"] / ours["energy_wh"] * 1e3,
        "share_of_supply": energy.share_of_supply(ours["energy_wh"], region["supply_wh"]),
        "emissions_t": energy.emissions(ours["energy_wh"], region["g_per_kwh"]) / 1e6,
        "system_chip_ratio": weaker["domain"] / frontier["domain"],
        "system_compute_ratio": systems["amount"],
        "system_power_ratio": systems["power"],
        "verdict": _verdict(power_ratio, ours["usd_per_year"] / theirs["usd_per_year"]),
    }


def _cluster(
    record: Mapping, chips: Number, network_loss: Number, assumed_overhead: Number, pue: Number, usd_per_kwh: Number
) -> dict[str, Number]:
    """One cluster of a machine: what its network leaves, its power and parts of it (W), its year of energy and bill."""
    chips_w, computers_w = chips * record["tdp_w"], it_power(chips, _system_w(record, assumed_overhead))
    power_w = energy.facility_power(computers_w, pue)
    energy_wh = energy.energy(power_w)
    return {
        "network_efficiency": network_efficiency(chips, record["domain"], network_loss),
        "power_w": power_w,
        "energy_wh": energy_wh,
        "usd_per_year": energy.electricity_cost(energy_wh, usd_per_kwh),
        "parts_w": np.stack([chips_w, computers_w - chips_w, power_w - computers_w]),
    }


def power_gap(
    reported_w: Number, chips: Number, w_per_chip: Number, pue: Number, outside_share: Number = 0.0
) -> dict[str, Number]:
    """Power built from the bottom up beside the power that a cluster is reported to draw.

    Parameters
    ----------
    reported_w : float or array
        Reported power of the site, W.
    chips, w_per_chip : float or array
        Chips, and the power of their servers or racks over their chips.
    pue, outside_share : float or array
        As in `energy.facility_power` and `it_power`.

    Returns
    -------
    dict
        `bottom_up_w`; `gap`, the share of the reported power that the sum leaves out (negative if it is too high);
        `closing_pue`, the PUE that would close the gap with nothing else changed.
    """
    computers = it_power(chips, w_per_chip, outside_share)
    bottom_up = energy.facility_power(computers, pue)
    return {
        "bottom_up_w": bottom_up,
        "gap": 1 - bottom_up / reported_w,
        "closing_pue": reported_w / computers,
    }


def _loss_exponent(loss):
    if isinstance(loss, float | int | np.ndarray) and not np.all((0 <= np.asarray(loss)) & (np.asarray(loss) < 0.5)):
        raise ValueError("loss_per_doubling must be at least 0 and below 0.5")
    return -np.log2(1 - loss)


def _rate(record, precision):
    return np.where(precision == "FP8", record["fp8_flop_per_s"], record["bf16_flop_per_s"])


def _system_w(record, assumed_overhead):
    return np.where(record["system_w"] > 0, record["system_w"], record["tdp_w"] * assumed_overhead)


def _verdict(power_ratio, bill_ratio):
    return np.select(
        [power_ratio <= 1, bill_ratio <= 1],
        ["no_more_power", "cheaper_power"],
        "higher_bill",
    )


def _emissions_t(i):
    return energy.emissions(energy.energy(i["watts"], i["gpu_hours"]), i["gco2e_per_kwh"]) / 1e6


def _run_gwh(i):
    return energy.energy(i["watts"], i["gpu_hours"]) / 1e9


def _compare(key, weaker, frontier, weaker_kw=None, frontier_kw=None):
    def compute(i):
        return compare_systems(
            i[weaker] if weaker else 1.0,
            i[weaker_kw] * 1e3 if weaker_kw else 1.0,
            i[frontier] if frontier else 1.0,
            i[frontier_kw] * 1e3 if frontier_kw else 1.0,
        )[key]

    return compute


# Cases of energy_checks.csv that this module reproduces: name of the case -> function of the row's inputs,
# in the row's unit.
REPRODUCES = {
    "cm384_vs_nvl72_power_ratio": _compare("power", None, None, "cm384_kw", "nvl72_kw"),
    "cm384_vs_nvl72_compute_ratio": _compare("amount", "cm384_pflops_bf16", "nvl72_pflops_bf16"),
    "cm384_vs_nvl72_power_per_flop": _compare(
        "power_per_amount", "cm384_pflops_bf16", "nvl72_pflops_bf16", "cm384_kw", "nvl72_kw"
    ),
    "cm384_vs_nvl72_power_per_tb": _compare("power_per_amount", "cm384_hbm_tb", "nvl72_hbm_tb", "cm384_kw", "nvl72_kw"),
    "cm384_vs_nvl72_hbm_ratio": _compare("amount", "cm384_hbm_tb", "nvl72_hbm_tb"),
    "cm384_vs_nvl72_bandwidth_ratio": _compare("amount", "cm384_hbm_tbps", "nvl72_hbm_tbps"),
    "llama31_405b_loss_per_doubling": lambda i: (
        100 * loss_per_doubling(i["gpus_small"], i["tflops_small"], i["gpus_large"], i["tflops_large"])
    ),
    "megatron_gpt3_loss_per_doubling": lambda i: (
        100 * loss_per_doubling(i["gpus_small"], i["mfu_small"], i["gpus_large"], i["mfu_large"])
    ),
    "kuae_loss_per_doubling": lambda i: 100 * loss_per_doubling(i["gpus_small"], 1.0, i["gpus_large"], i["kept"]),
    "deepseek_v3_vs_llama405b_gpu_hours": _compare("amount", "llama405b_hours", "deepseek_hours"),
    "nvl72_pflops_from_chips": lambda i: cluster_compute(i["chips"], i["tflops_bf16"] / 1e3, 1.0, i["chips"], 0.0),
    "cm384_bandwidth_from_chips": lambda i: cluster_compute(i["chips"], i["hbm_tbps"], 1.0, i["chips"], 0.0),
    "cm384_watts_per_chip_all_in": lambda i: power_per_chip(i["kw"] * 1e3, i["chips"]),
    "nvl72_watts_per_gpu_all_in": lambda i: power_per_chip(i["kw"] * 1e3, i["chips"]),
    "dgx_h100_watts_per_gpu": lambda i: power_per_chip(i["system_kw"] * 1e3, i["gpus"]),
    "rainier_watts_per_trainium2": lambda i: power_per_chip(i["mw"] * 1e6, i["chips"]),
    "abilene_h100e_per_mw": lambda i: 1e6 / power_per_chip(i["mw"] * 1e6, i["h100e"]),
    "zhangbei_h100e_per_mw": lambda i: 1e6 / power_per_chip(i["mw"] * 1e6, i["h100e"]),
    "cm384_annual_energy_pue125": lambda i: (
        energy.energy(energy.facility_power(i["kw"] * 1e3, i["pue"]), i["hours"]) / 1e9
    ),
    "dgx_b200_scalable_unit": lambda i: it_power(i["systems"], i["system_kw"]),
    "gb200_nvl72_rack_from_trays": lambda i: it_power(i["gpus"] / i["gpus_per_tray"], i["tray_w"]) / 1e3,
    "h100_100k_it_power": lambda i: it_power(i["gpus"] / i["gpus_per_server"], i["server_kw"]) / 1e3,
    "h100_100k_facility_power_from_it": lambda i: energy.facility_power(i["it_mw"], i["pue"]),
    "bernstein_facility_kw_per_rack": lambda i: energy.facility_power(i["nvl72_kw"], i["pue"]),
    "abilene_bottom_up": lambda i: (
        energy.facility_power(it_power(i["gpus"] / i["gpus_per_rack"], i["nvl72_kw"]), i["pue"]) / 1e3
    ),
    "llama405b_cluster_power_epoch": lambda i: (
        energy.facility_power(it_power(i["gpus"], i["server_w_per_gpu"]), i["pue"]) / 1e6
    ),
    "gpt4_cluster_power_epoch": lambda i: (
        energy.facility_power(it_power(i["gpus"] / i["gpus_per_server"], i["dgx_a100_kw"]), i["pue"]) / 1e3
    ),
    "colossus1_25k_scaled": lambda i: scaled_power(i["reference_mw"], i["reference_gpus"], i["gpus"]),
    "colossus1_200k_scaled": lambda i: scaled_power(i["reference_mw"], i["reference_gpus"], i["gpus"]),
    "abilene_eight_from_two_buildings": lambda i: scaled_power(i["mw_two_buildings"], 2, i["buildings"]),
    "h100_fleet_3p5m_annual_energy": lambda i: (
        energy.energy(it_power(i["gpus"], i["tdp_w"]), i["hours"], i["utilisation"]) / 1e9
    ),
    "h100_100k_annual_energy": lambda i: energy.energy(i["average_mw"], i["hours"]) / 1e6,
    "llama405b_training_energy_epoch": lambda i: energy.energy(i["power_mw"], i["hours"]) / 1e3,
    "gpt3_training_energy_epoch": lambda i: energy.energy(i["power_mw"], i["hours"]) / 1e3,
    "gpt3_training_energy": lambda i: (
        energy.energy(energy.facility_power(it_power(i["chips"], i["watts_per_chip"]), i["pue"]), i["hours"]) / 1e6
    ),
    "gpt4_chip_hours": lambda i: chip_hours(i["chips"], i["hours"]) / 1e6,
    "llama31_total_energy": _run_gwh,
    "llama31_405b_energy": _run_gwh,
    "deepseek_v3_gpu_energy": _run_gwh,
    "llama31_total_emissions": _emissions_t,
    "llama31_405b_emissions": _emissions_t,
    "llama31_70b_emissions": _emissions_t,
    "llama31_8b_emissions": _emissions_t,
    "llama3_emissions": _emissions_t,
    "llama4_emissions": _emissions_t,
    "gemini_prompt_carbon_intensity": lambda i: energy.carbon_intensity(i["gco2e"], i["wh"]),
    "gemini_prompt_pue": lambda i: energy.pue_from_overhead_share(i["overhead_share"]),
}
