"""Energy per operation, its limit, and what a better device is worth: published tables, and what must always hold."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware_phase import data
from hardware_phase.exhibits import beyond_gpus as exhibits
from hardware_phase.models import beyond_gpus
from hardware_phase.sources import devices

CHECKS = data.load("energy_checks").set_index("case")
SHARES = st.floats(0, 1)
GAINS = st.floats(0.1, 1e5)
PUBLISHED = {"gain": 3e4, "chip_low": 0.4, "chip_high": 0.6, "progress_low": 0.3, "progress_high": 0.5}
SEVEN = {"int8_j": 0.1e-12, "fp16_j": 0.72e-12, "fp32_j": 1.69e-12, "sram_j_per_bit": 14e-12 / 64, "node": 7.0}
HBM2 = {"j_per_bit": 350e-12 / 64, "node": 7.0}


def pj(operation, bits, nm):
    return data.value("op_energy", "energy_pj", operation=operation, bits=bits, process_nm=nm)


def token(**changes):
    settings = {
        "technology": SEVEN,
        "number_format": "FP16",
        "memory": HBM2,
        "batch": 16.0,
        "reuse": 128.0,
        "active_parameters": 37e9,
    }
    return beyond_gpus.token_energy(**settings | changes)


def replaced(**changes):
    settings = {
        "device_gain": 1000.0,
        "replaced_share": 0.28,
        "usable_share": 1.0,
        "added_share": 0.0,
        "chip_share": 0.58,
        "yearly_progress": 0.4,
        "published": PUBLISHED,
    }
    return beyond_gpus.replace_device(**settings | changes)


@pytest.mark.parametrize("case", beyond_gpus.REPRODUCES)
def test_published_figure_is_reproduced(case):
    row = CHECKS.loc[case]
    inputs = json.loads(row["inputs"])
    compute = beyond_gpus.REPRODUCES[case]
    assert compute(inputs) == pytest.approx(row["expected_value"], rel=row["tolerance_pct"] / 100)
    for name in inputs:
        assert compute({**inputs, name: inputs[name] * 0.9}) != pytest.approx(compute(inputs), rel=1e-6)


def test_the_limit_is_the_one_in_the_table():
    published = data.value("op_energy", "energy_pj", operation="Landauer limit kT ln 2 at 300 K") * 1e-12
    assert beyond_gpus.landauer_limit(300) == pytest.approx(published, rel=1e-4)


@pytest.mark.parametrize(
    ("operation", "exponent", "nm", "within"),
    [
        ("integer add", 1, 45, 0.21),
        ("integer multiply", 2, 45, 0.05),
        ("integer add", 1, 7, 0.1),
        ("integer multiply", 2, 7, 0.25),
    ],
)
def test_width_laws_give_the_published_arithmetic(operation, exponent, nm, within):
    computed = beyond_gpus.scaled_energy(pj(operation, 8, nm), 8, 32, exponent)
    assert computed == pytest.approx(pj(operation, 32, nm), rel=within)


def test_the_capacity_law_holds_at_45_nm_and_fails_at_7_nm():
    old = beyond_gpus.scaled_energy(pj("SRAM cache read 8 KB", 64, 45), 8, 1024, 0.5)
    new = beyond_gpus.scaled_energy(pj("SRAM read 8 KB", 64, 7), 8, 1024, 0.5)
    assert old == pytest.approx(pj("SRAM cache read 1 MB", 64, 45), rel=0.15)
    assert new > 5 * pj("SRAM read 1 MB", 64, 7)


def test_claimed_efficiencies_are_rates_over_powers_except_hala_points():
    rows = data.load("unconventional").dropna(subset=["claimed_tops", "claimed_tops_per_w", "power_w"])
    off = (rows["claimed_tops"] / rows["power_w"] / rows["claimed_tops_per_w"] - 1).abs() > 0.01
    assert rows.loc[off, "device"].tolist() == ["Hala Point (Loihi 2)"]


def test_an_h100_takes_millions_of_limits_for_an_operation():
    h100 = beyond_gpus.operation_energy(989.4 / 700)
    published = data.value("op_energy", "energy_pj", operation="NVIDIA H100 SXM5 dense FP16/BF16 operation at peak")
    assert h100 == pytest.approx(published * 1e-12, rel=1e-3)
    assert 1e7 < h100 / (16 * beyond_gpus.landauer_limit()) < 2e7


def test_a_product_of_24_bits_from_cells_of_3_takes_64():
    assert beyond_gpus.partial_products(24, 3) == 64
    assert beyond_gpus.partial_products(8, 3) == 9


def test_one_user_pays_for_fetching_and_a_crowd_for_multiplying():
    one, crowd = token(batch=1.0), token(batch=256.0)
    assert one["arithmetic_share"] < 0.01
    assert crowd["arithmetic_share"] > 0.6
    assert (
        devices.arithmetic_share() < 0.5 * crowd["arithmetic_share"]
    )  # as the page says of the chip that was measured
    (said,) = (readout.help for readout in exhibits.token().readouts if readout.name == "arithmetic_share")
    assert f"{100 * devices.arithmetic_share():.0f}" in said
    assert one["free_memory_gain"] > 100
    assert one["free_arithmetic_gain"] < 1.01


def test_parts_of_a_token_add_up_and_follow_the_format():
    result = token()
    assert result["arithmetic_j"] + result["on_chip_j"] + result["off_chip_j"] == pytest.approx(result["total_j"])
    assert token(number_format="FP32")["off_chip_j"] == pytest.approx(2 * result["off_chip_j"])
    assert token(number_format="INT8")["arithmetic_j"] == pytest.approx(37e9 * 0.1e-12)


def test_a_pair_from_two_tables_is_named():
    assert str(token()["coverage"]) == "one_table"
    assert str(token(memory={"j_per_bit": 3e-11, "node": 45.0})["coverage"]) == "two_tables"


@given(share=st.floats(0, 0.99), gain=st.floats(1, 1e6), added=st.floats(0, 1))
def test_no_device_beats_the_ceiling(share, gain, added):
    perfect = beyond_gpus.system_gain(share, np.inf)
    assert beyond_gpus.system_gain(share, gain, added) <= perfect * (1 + 1e-12)
    assert perfect == pytest.approx(1 / (1 - share))


@given(share=st.floats(0.01, 0.99))
def test_a_gain_of_ten_saves_nine_tenths_of_what_can_be_saved(share):
    saved, most = (1 - 1 / beyond_gpus.system_gain(share, gain) for gain in (10, np.inf))
    assert saved == pytest.approx(0.9 * most)


@given(gain=GAINS, inside=st.floats(0.05, 1), usable=st.floats(0.01, 1), added=SHARES, chip=st.floats(0.2, 0.9))
def test_parts_of_the_bill_are_never_negative_and_add_up(gain, inside, usable, added, chip):
    result = replaced(device_gain=gain, replaced_share=inside, usable_share=usable, added_share=added, chip_share=chip)
    assert (result["before"] >= 0).all()
    assert (result["after"] >= 0).all()
    assert result["before"].sum() == pytest.approx(1)
    assert result["after"].sum() == pytest.approx(result["left"])
    assert result["years"] >= 0


def test_multipliers_of_any_device_are_worth_less_than_a_year():
    result = replaced(device_gain=2.9e4)
    assert result["gain"] == pytest.approx(1.194, abs=1e-3)
    assert result["years"] < 1
    assert str(result["verdict"]) == "less"


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"device_gain": 1e5}, "device"),
        ({"chip_share": 0.8}, "chip_share"),
        ({"yearly_progress": 0.6}, "progress"),
        ({"device_gain": 0.5}, "loss"),
        ({"replaced_share": 1.0}, "more"),
    ],
)
def test_verdict_says_where_the_sources_end_and_what_the_gain_is_worth(changes, verdict):
    assert str(replaced(**changes)["verdict"]) == verdict


def test_replacing_works_on_arrays_as_on_numbers():
    gains = np.array([0.5, 10.0, 1000.0])
    assert replaced(device_gain=gains)["gain"] == pytest.approx([float(replaced(device_gain=g)["gain"]) for g in gains])


def test_the_room_left_is_that_of_the_technology_and_not_of_a_bit():
    """Ho, Erdil and Besiroglu 2023: about two hundredfold, 50 to 1,000."""
    room = devices.cmos_room()
    assert room["low"] < room["central"] < room["high"] <= 1000
    assert room["high"] < 1e-3 * devices.at_peak("NVIDIA H100 SXM5") / (16 * beyond_gpus.landauer_limit())
