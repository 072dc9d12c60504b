"""Energy of operations, memories, links and devices, as the models beyond the GPU want them."""

from __future__ import annotations

import functools
import json

import numpy as np
import pandas as pd

from hardware_phase import data
from hardware_phase.models import beyond_gpus, scaling
from hardware_phase.sources import clusters

SRAM = {45: "SRAM cache read {}", 7: "SRAM read {}"}  # names of on-chip memories in op_energy.csv, by node
BOTH = ["integer add", "integer multiply", "floating-point add", "floating-point multiply"]  # in both tables

# Steps of the ladder: a row of op_energy.csv (operation, or operation, bits and node) and what to call it.
STEPS: dict[str | tuple[str, int, int], str] = {
    "Landauer limit kT ln 2 at 300 K": "Least heat of erasing one bit, 300 K",
    "nanomagnet bit erasure (measured)": "One bit erased in a nanomagnet, measured",
    ("integer add", 8, 7): "Add, 8-bit integer, 7 nm",
    ("floating-point multiply", 16, 7): "Multiply, FP16, 7 nm",
    ("floating-point multiply", 32, 45): "Multiply, FP32, 45 nm",
    ("floating-point multiply", 32, 7): "Multiply, FP32, 7 nm",
    ("SRAM read 1 MB", 64, 7): "Bit read from 1 MB on the chip, 7 nm",
    ("HBM2 access", 64, 7): "Bit from HBM2",
    "GDDR6 device": "Bit from GDDR6, memory device alone",
    ("DRAM access", 64, 45): "Bit from DRAM, 45 nm table",
    "NVLink-C2C chip-to-chip link": "Bit over a link to the next chip (NVLink-C2C)",
    "112G PAM4 SerDes link": "Bit over an electrical link (112G SerDes)",
    "co-packaged optics port": "Bit through co-packaged optics",
    "pluggable optical transceiver port": "Bit through a pluggable optical module",
}
KINDS = {"arithmetic": "Operation", "memory": "Memory", "physical limit": "Limit"}  # all else is a link


def pj(operation: str, bits: int, nm: int) -> float:
    """Energy of one operation or access at a process node, pJ."""
    return data.value("op_energy", "energy_pj", operation=operation, bits=bits, process_nm=nm)


def at_peak(chip: str) -> float:
    """Energy of a dense 16-bit operation of a chip at its peak, all included, J."""
    operation = f"{chip} dense FP16/BF16 operation at peak"
    return data.value("op_energy", "energy_pj", operation=operation) * 1e-12


def published() -> pd.DataFrame:
    """Rows of op_energy.csv of the tables for 45 and 7 nm."""
    ops = data.load("op_energy")
    return ops[ops["process_nm"].isin([45, 7])]


def both_nodes() -> pd.DataFrame:
    """Arithmetic that both tables have, pJ, and the ratio of the nodes."""
    rows = published()
    table = rows[rows["operation"].isin(BOTH)].pivot(
        index=["operation", "bits"], columns="process_nm", values="energy_pj"
    )
    table = table.rename(columns={45.0: "45 nm (pJ)", 7.0: "7 nm (pJ)"})
    table["45 over 7 nm"] = (table["45 nm (pJ)"] / table["7 nm (pJ)"]).round(1)
    return table.rename_axis(columns=None).reset_index("bits").astype({"bits": int})


def ladder() -> pd.DataFrame:
    """The steps of the ladder by energy: ``step``, ``joule`` (an operation, or a bit), ``source``, ``kind``, ``checked``."""
    ops = data.load("op_energy")

    def rung(key: str | tuple[str, int, int], label: str) -> dict[str, object]:
        operation, bits, nm = key if isinstance(key, tuple) else (key, None, None)
        found = ops[ops["operation"] == operation]
        if bits:
            found = found[(found["bits"] == bits) & (found["process_nm"] == nm)]
        row = found.iloc[0]
        return {
            "step": label,
            "joule": row["energy_pj"] * 1e-12 / (row["bits"] if row["category"] == "memory" else 1),
            "source": row["source"],
            "kind": KINDS.get(row["category"], "Link"),
            "checked": row["evidence"] == "read" and row["kind"] == "reported",
        }

    return pd.DataFrame([rung(key, label) for key, label in STEPS.items()]).sort_values("joule")


def laws() -> pd.DataFrame:
    """The laws of width and capacity held against both tables, by circuit."""

    def law(circuit: str, exponent: float, names: list[str], size: int, known: int, nm: int) -> dict[str, object]:
        given = pj(names[-1], *((size, nm) if exponent >= 1 else (64, nm)))
        smaller = pj(names[0], *((known, nm) if exponent >= 1 else (64, nm)))
        computed = beyond_gpus.scaled_energy(smaller, known, size, exponent)
        return {
            "circuit": circuit,
            "node (nm)": nm,
            "published (pJ)": given,
            "computed (pJ)": round(float(computed), 2),
            "difference (%)": round(float(100 * (computed / given - 1))),
        }

    rows = []
    for nm, name in SRAM.items():
        read = name.format
        rows += [
            law("integer add, 8 to 32 bits", 1, ["integer add"], 32, 8, nm),
            law("integer multiply, 8 to 32 bits", 2, ["integer multiply"], 32, 8, nm),
            law("memory on the chip, 8 to 32 KB", 0.5, [read("8 KB"), read("32 KB")], 32, 8, nm),
            law("memory on the chip, 8 KB to 1 MB", 0.5, [read("8 KB"), read("1 MB")], 1024, 8, nm),
        ]
    return pd.DataFrame(rows).set_index("circuit")


def multiply_add(nm: int) -> dict[str, float]:
    """Energy of a multiplication and an addition with sums in 32 bits, J, by format."""
    pairs = {
        "int8_j": pj("integer multiply", 8, nm) + pj("integer add", 32, nm),
        "fp16_j": pj("floating-point multiply", 16, nm) + pj("floating-point add", 32, nm),
        "fp32_j": pj("floating-point multiply", 32, nm) + pj("floating-point add", 32, nm),
    }
    return {name: energy * 1e-12 for name, energy in pairs.items()}


@functools.cache
def technologies() -> dict[str, dict[str, float]]:
    """Arithmetic and on-chip memory of a node as `beyond_gpus.token_energy` wants them, by name."""

    def technology(nm: int) -> dict[str, float]:
        return {
            **multiply_add(nm),
            "sram_j_per_bit": pj(SRAM[nm].format("1 MB"), 64, nm) * 1e-12 / 64,
            "node": nm,
        }

    return {"7 nm (Jouppi)": technology(7), "45 nm (Horowitz)": technology(45)}


@functools.cache
def memories() -> dict[str, dict[str, float]]:
    """Memories outside the chip as `beyond_gpus.token_energy` wants them, by name."""
    accesses = {
        "HBM2": ("HBM2 access", 7),
        "GDDR6": ("GDDR6 access", 7),
        "DDR3/4": ("DRAM DDR3/4 access", 7),
        "DRAM of the 45 nm table": ("DRAM access", 45),
    }
    return {name: {"j_per_bit": pj(access, 64, nm) * 1e-12 / 64, "node": nm} for name, (access, nm) in accesses.items()}


def active_parameters() -> float:
    """Active parameters of DeepSeek-V3."""
    return data.load("models").set_index("model").loc["DeepSeek-V3", "params_active_b"] * 1e9


def arithmetic_share() -> float:
    """Share of an A100's energy at its peak that the 7 nm table gives its multipliers and adders."""
    return technologies()["7 nm (Jouppi)"]["fp16_j"] / (2 * at_peak("NVIDIA A100 SXM4"))


def claims() -> pd.DataFrame:
    """The table of unconventional devices by name."""
    return data.load("unconventional").set_index("device", drop=False).rename_axis(None)


def tpu_share() -> float:
    """Share of the energy of a prompt to Gemini that its accelerators take, by Google."""
    checks = data.load("energy_checks").set_index("case")
    return json.loads(checks.loc["gemini_prompt_tpu_energy", "inputs"])["tpu_share"]


def trends() -> pd.DataFrame:
    """Rows of efficiency_trends.csv on the energy efficiency of chips that were read in a source."""
    rows = data.load("efficiency_trends")
    return rows[rows["metric"].str.startswith("energy efficiency of") & (rows["evidence"] == "read")]


def cmos_room() -> pd.Series:
    """How much better CMOS can get, as a factor in FLOP per joule over chips of 2022 and 2023: ``low``, ``central``, ``high``."""
    row = data.load("efficiency_factors").set_index("technique").loc["Room to the limit of CMOS"]
    return row[["factor_low", "factor_central", "factor_high"]].set_axis(["low", "central", "high"]).astype(float)


@functools.cache
def known() -> dict[str, float]:
    """What sources cover: the largest claimed gain, the accelerators' share of a site and ordinary progress a year."""
    machines = (clusters.CLOUDMATRIX, clusters.NVL72, clusters.DGX_H100)
    overheads = np.array([scaling.system_overhead(clusters.machine(*pair)) for pair in machines])
    shares = [tpu_share(), *(1 / overheads / clusters.pue(clusters.HUB))]
    progress, efficiency = trends()["growth_pct_per_year"] / 100, claims()["claimed_tops_per_w"]
    return {
        "gain": efficiency["ACCEL"] / efficiency["H100 SXM5"],
        "chip_low": min(shares),
        "chip_high": max(shares),
        "progress_low": progress.min(),
        "progress_high": progress.max(),
    }
