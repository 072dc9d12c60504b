"""Energy of a computation part by part, its physical limit, and what a better part is worth to the whole system."""

from collections.abc import Mapping

import numpy as np

from hardware_phase.models.energy import Number

BOLTZMANN_J_PER_K = 1.380649e-23  # exact since 2019, codata_2018_k
BITS = {"INT8": 8.0, "FP16": 16.0, "FP32": 32.0}


def landauer_limit(temperature_k: Number = 300.0) -> Number:
    """Least energy that erasing one bit turns into heat: ``k T ln 2``.

    Parameters
    ----------
    temperature_k : float or array
        Temperature, K.

    Returns
    -------
    float or array
        J per bit (Landauer 1961, as in wikipedia_landauer).
    """
    return BOLTZMANN_J_PER_K * temperature_k * np.log(2.0)


def scaled_energy(known: Number, known_size: Number, size: Number, exponent: Number) -> Number:
    """Energy of a larger or smaller copy of a known circuit, by a power law.

    An adder has one cell a bit (exponent 1). A multiplier has one cell for each pair of bits (exponent 2). A square
    array of memory cells drives wires as long as its side (exponent 1/2 in the capacity).

    Parameters
    ----------
    known : float or array
        Energy of the known circuit, in any unit.
    known_size, size : float or array
        Width in bits, or capacity, of the known circuit and of the copy, in the same unit.
    exponent : float or array
        Power of the size.

    Returns
    -------
    float or array
        Energy in the unit of `known`.
    """
    return known * (size / known_size) ** exponent


def operation_energy(tops_per_w: Number) -> Number:
    """Energy of one operation of a device with a given efficiency.

    Parameters
    ----------
    tops_per_w : float or array
        Efficiency, 10^12 operations per second and watt.

    Returns
    -------
    float or array
        J per operation.
    """
    return 1e-12 / tops_per_w


def partial_products(bits: Number, cell_bits: Number) -> Number:
    """Low-precision products that make up one product of wider numbers when both are cut into slices.

    Parameters
    ----------
    bits, cell_bits : float or array
        Width of the numbers, and of the slices that a device can multiply.

    Returns
    -------
    float or array
        ``ceil(bits / cell_bits) ** 2``.
    """
    return np.ceil(bits / cell_bits) ** 2


def part_energy(total: Number, share: Number) -> Number:
    """Energy of a part that takes `share` (0 to 1) of a total.

    Parameters
    ----------
    total : float or array
        Energy of the whole, in any unit.
    share : float or array
        Share of the part.

    Returns
    -------
    float or array
        Energy in the unit of `total`.
    """
    return total * share


def system_gain(touched_share: Number, device_gain: Number, added_share: Number = 0.0) -> Number:
    """Energy of a system before over after a part of it improves: Amdahl's law for energy.

    Parameters
    ----------
    touched_share : float or array
        Share of the system's energy that the device replaces, 0 to 1.
    device_gain : float or array
        Energy of the replaced part over the device's energy for the same work; infinite for the ceiling.
    added_share : float or array
        Energy that the device brings with it (conversion between analog and digital, lasers), over what it replaces.

    Returns
    -------
    float or array
        Ratio, below 1 if the system takes more energy than before. The form is Amdahl's (1967), with energy for time.
    """
    return 1 / (1 - touched_share + touched_share * (1 / device_gain + added_share))


def token_energy(
    *,
    technology: Mapping,
    number_format: str,
    memory: Mapping,
    batch: Number,
    reuse: Number,
    active_parameters: Number,
) -> dict[str, Number]:
    """Energy of one token of a language model: multiplying, reading on the chip, and fetching weights from memory.

    Each active parameter takes one multiplication and one addition a token. Both operands are read from a 1 MB memory
    on the chip once for `reuse` uses. Each weight is fetched from the memory outside once for `batch` tokens.

    Parameters
    ----------
    technology : dict
        ``int8_j``, ``fp16_j`` and ``fp32_j`` (J for a multiplication and an addition), ``sram_j_per_bit`` and ``node``
        (nm).
    number_format : {"INT8", "FP16", "FP32"}
        Format of weights and activations; sums have 32 bits.
    memory : dict
        ``j_per_bit`` of the memory outside the chip, and the ``node`` of the table that lists it.
    batch : float or array
        Tokens that share one fetch of the weights.
    reuse : float or array
        Uses of an operand for one read on the chip.
    active_parameters : float or array
        Parameters that a token uses.

    Returns
    -------
    dict
        ``arithmetic_j``, ``on_chip_j``, ``off_chip_j`` and ``total_j`` (J a token); ``arithmetic_share``;
        ``free_arithmetic_gain`` and ``free_memory_gain``, the system's gains if arithmetic, or all reading and
        fetching, cost nothing; ``coverage``, ``"one_table"`` or ``"two_tables"`` for what arithmetic and memory are from.
        What else a chip takes is in no table and not in these sums.
    """
    known = [number_format == name for name in ("INT8", "FP16")]
    bits = np.select(known, [BITS["INT8"], BITS["FP16"]], BITS["FP32"])
    mac_j = np.select(known, [technology["int8_j"], technology["fp16_j"]], technology["fp32_j"])
    arithmetic = active_parameters * mac_j
    on_chip = active_parameters * 2 * bits * technology["sram_j_per_bit"] / reuse
    off_chip = active_parameters * bits * memory["j_per_bit"] / batch
    total = arithmetic + on_chip + off_chip
    return {
        "arithmetic_j": arithmetic,
        "on_chip_j": on_chip,
        "off_chip_j": off_chip,
        "total_j": total,
        "arithmetic_share": arithmetic / total,
        "free_arithmetic_gain": total / (on_chip + off_chip),
        "free_memory_gain": total / arithmetic,
        "coverage": np.where(
            memory["node"] == technology["node"],
            "one_table",
            "two_tables",
        ),
    }


def replace_device(
    *,
    device_gain: Number,
    replaced_share: Number,
    usable_share: Number,
    added_share: Number,
    chip_share: Number,
    yearly_progress: Number,
    published: Mapping,
) -> dict[str, Number]:
    """What a device's claimed gain is worth at the meter of a data centre.

    Parameters
    ----------
    device_gain : float or array
        As in `system_gain`.
    replaced_share : float or array
        Share of the accelerator's energy inside the boundary of the claim.
    usable_share : float or array
        Share of that work which the device can do.
    added_share : float or array
        As in `system_gain`.
    chip_share : float or array
        Energy of the accelerators over the energy of the site.
    yearly_progress : float or array
        Yearly growth of the efficiency of ordinary accelerators, 0.4 for 40 %.
    published : dict
        ``gain`` (the largest in a source), ``chip_low``, ``chip_high``, ``progress_low`` and ``progress_high``, the
        ranges that sources cover.

    Returns
    -------
    dict
        ``touched`` (share of the site's energy that the device takes over), ``gain`` and ``ceiling`` of the site,
        ``left`` (energy after over before), ``years`` of ordinary progress with the same gain (0 for a loss),
        ``after`` (the parts of ``left``: device, what it adds, rest of the accelerator, rest of the site), ``before``
        (the same parts before) and a ``verdict``: the setting that sources do not cover (``"device"``, ``"chip_share"``
        or ``"progress"``), ``"loss"``, or ``"less"`` or ``"more"`` than a year of ordinary progress.
    """
    touched = chip_share * replaced_share * usable_share
    gain = system_gain(touched, device_gain, added_share)
    none = 0 * gain  # gives every part the shape of the result
    rest_of_chip, rest_of_site = chip_share - touched + none, 1 - chip_share + none
    beyond_progress = (yearly_progress < published["progress_low"]) | (yearly_progress > published["progress_high"])
    return {
        "touched": touched,
        "gain": gain,
        "ceiling": system_gain(touched, np.inf, added_share),
        "left": 1 / gain,
        "years": np.maximum(np.log(gain), 0.0) / np.log1p(yearly_progress),
        "before": np.stack([touched + none, none, rest_of_chip, rest_of_site]),
        "after": np.stack([touched / device_gain + none, touched * added_share + none, rest_of_chip, rest_of_site]),
        "verdict": np.select(
            [
                device_gain > published["gain"],
                (chip_share < published["chip_low"]) | (chip_share > published["chip_high"]),
                beyond_progress,
                gain < 1,
                gain < 1 + yearly_progress,
            ],
            ["device", "chip_share", "progress", "loss", "less"],
            "more",
        ),
    }


# Cases of energy_checks.csv that this module reproduces.
REPRODUCES = {
    "gemini_prompt_tpu_energy": lambda i: part_energy(i["wh"], i["tpu_share"]),
}
