"""Training runs, the loss law and algorithmic progress give what their sources publish."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from notebooks import BOOK, namespace

from hardware_phase import data
from hardware_phase.evidence import reproduced as reproduce
from hardware_phase.models import efficiency
from hardware_phase.sources import runs

CHECKS = data.load("efficiency_checks").set_index("case")
RUNS = runs.published()
CHIPS = runs.chips()
DENSE_MFU = runs.dense_bf16_mfu()

# Cases of efficiency_checks.csv that another model covers, by the name of its module.
OF_OTHER_MODULES = {
    "scaling": {
        "kuae_loss_per_doubling",
        "llama31_405b_loss_per_doubling",
        "megatron_gpt3_loss_per_doubling",
    },
    "inference": {
        "kv_mla_deepseek_v3",
        "kv_gqa_qwen25_72b",
        "kv_gqa_llama31_405b",
        "kv_ratio_llama_to_v3",
        "kv_ratio_qwen_to_v3",
        "kv_mla_share_of_mha_large",
        "kv_mla_share_of_mha_small",
        "kv_reduction_deepseek_v2",
        "deepseek_daily_cost",
        "deepseek_daily_theoretical_revenue",
        "deepseek_cache_hit_share",
        "deepseek_all_in_cost_per_m_output",
        "v3_decode_comm_time",
        "v3_decode_tps_bound_400g",
        "v3_decode_tps_bound_nvl72",
        "mtp_speedup_upper_bound",
        "step3_vs_v3_decode",
        "v3_decode_h800_deepseek",
        "v3_decode_h800_step3",
        "v3_decode_h100_lmsys",
        "v3_decode_h20_ant_group",
        "v3_decode_910c_huawei",
        "v3_decode_910c_xdeepserve",
        "v3_decode_gb200_lmsys",
        "v3_decode_b200_inferencex",
        "v3_decode_h100_inferencex",
        "v3_decode_cost_h800_8k",
        "price_fall_months_stanford",
        "price_fall_per_year_stanford",
        "price_fall_gpt3_level_a16z",
        "blend_gpt4",
        "blend_deepseek_r1",
    },
    "shares": {
        "logit_chinese_tokens_summer_2026",
        "logit_chinese_tokens_of_2025",
        "bass_ai_global_north_2026q1",
        "bass_ai_global_south_2026q1",
        "bass_ai_china_survey_end_of_2025",
        "regression_russia_left_out",
        "regression_ethiopia_left_out",
        "regression_iran_left_out",
    },
}

# A utilisation that its source states without the throughput behind it: there is nothing to compute.
STATED_WITHOUT_INPUTS = {"pangu_ultra_135b_mfu_reported", "pangu_ultra_moe_mfu_reported"}

POSITIVE = st.floats(1e-3, 1e3)


def law(author: str) -> dict[str, float]:
    rows = data.load("efficiency_factors").set_index("technique")["factor_central"]
    return {name: rows[f"Chinchilla law {name} ({author})"] for name in ("E", "A", "B", "alpha", "beta")}


LAWS = {author: law(author) for author in ("Hoffmann et al. 2022", "Besiroglu et al. 2024")}


def run(name: str, **changes) -> dict:
    settings = {**runs.preset(RUNS.loc[name]), **changes}
    settings["chip"] = CHIPS[settings["chip"]]
    return efficiency.against_dense(baseline_mfu=DENSE_MFU, **settings)


# -- published numbers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", efficiency.REPRODUCES)
def test_published_number_comes_out_within_its_tolerance(case):
    row = CHECKS.loc[case]
    computed = efficiency.REPRODUCES[case](reproduce.inputs(row))
    assert computed == pytest.approx(row["expected_value"], rel=row["tolerance_pct"] / 100)


def test_every_check_is_covered_or_belongs_to_a_named_module():
    elsewhere = set().union(*OF_OTHER_MODULES.values())
    assert set(efficiency.REPRODUCES) | elsewhere | STATED_WITHOUT_INPUTS == set(CHECKS.index)
    assert not set(efficiency.REPRODUCES) & (elsewhere | STATED_WITHOUT_INPUTS)


def test_a_module_that_exists_reproduces_the_cases_that_belong_to_it():
    for module in reproduce.modules():
        name = module.__name__.rpartition(".")[2]
        assert OF_OTHER_MODULES.get(name, set()) <= set(module.REPRODUCES)


# -- whole runs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RUNS.index)
def test_training_compute_is_the_published_one(name):
    assert run(name)["flop_6nd"] == pytest.approx(RUNS.loc[name, "published_flop"], rel=0.005)


def test_deepseek_v3_hours_and_cost_follow_from_its_measured_throughput_alone():
    result, published = run("DeepSeek-V3"), RUNS.loc["DeepSeek-V3"]
    assert not published["fitted"]
    assert result["hours"] == pytest.approx(published["published_hours"], rel=0.002)
    assert result["cost_usd"] == pytest.approx(published["published_cost_usd"], rel=0.002)


def test_deepseek_v3_table_1_adds_up_to_its_cost():
    stages = runs.check("deepseek_v3_total_hours")
    hours = efficiency.stage_total(*(stages[f"{stage}_k"] * 1e3 for stage in ("pretrain", "context", "posttrain")))
    price = runs.check("deepseek_v3_context_cost")["usd_per_hour"]
    assert efficiency.rental_cost_usd(hours, price) == RUNS.loc["DeepSeek-V3", "published_cost_usd"]


@pytest.mark.parametrize("name", RUNS.index[RUNS["published_hours"].notna()])
def test_published_hours_and_cost_come_out(name):
    result, published = run(name), RUNS.loc[name]
    assert result["hours"] == pytest.approx(published["published_hours"], rel=0.002)
    assert result["cost_usd"] == pytest.approx(published["published_cost_usd"], rel=0.002)


@pytest.mark.parametrize("name", RUNS.index[RUNS["published_energy_wh"].notna()])
def test_published_energy_comes_out(name):
    assert run(name)["energy_wh"] == pytest.approx(RUNS.loc[name, "published_energy_wh"], rel=0.01)


def test_pangu_runs_give_the_published_days_and_tokens_a_day():
    days = CHECKS.loc["pangu_ultra_135b_days_at_reported_mfu", "expected_value"]
    assert run("Pangu Ultra 135B")["days"] == pytest.approx(days, rel=0.01)
    tokens = CHECKS.loc["pangu_ultra_moe_tokens_per_day", "expected_value"] * 1e9
    assert run("Pangu Ultra MoE")["tokens_per_day"] == pytest.approx(tokens, rel=0.005)


def test_fitted_settings_are_plausible():
    """A setting that is chosen to meet the published hours must still be one that a run can have."""
    for name, row in RUNS.iterrows():
        assert 0.1 < row["mfu"] < 0.6, name
        assert 0 <= row["other_hours_share"] < 1, name


def test_v3_and_llama_ran_at_the_same_speed_so_the_saving_is_fewer_flop():
    v3, llama = runs.check("deepseek_v3_tflops_per_gpu_6nd"), RUNS.loc["Llama 3.1 405B"]
    v3_speed = efficiency.achieved_flop_per_s(v3["flop"], v3["hours"])
    llama_speed = efficiency.achieved_flop_per_s(llama["published_flop"], llama["published_hours"])
    assert v3_speed == pytest.approx(llama_speed, rel=0.005)
    fewer_flop = efficiency.ratio(llama["published_flop"], v3["flop"])
    fewer_hours = efficiency.ratio(llama["published_hours"], v3["hours"])
    assert fewer_flop == pytest.approx(fewer_hours, rel=0.005)


def test_presets_of_the_notebook_are_the_published_runs():
    training = namespace(BOOK / f"{reproduce.PAGES['efficiency']}.md")["training"]
    assert list(training.presets) == list(RUNS.index)
    for name, settings in training.presets.items():
        assert training.evaluate(**settings)["hours"] == pytest.approx(run(name)["hours"])


# -- how the parts hang together --------------------------------------------------------------------------------------


@given(
    ratio=POSITIVE,
    mfu=st.floats(0.02, 0.7),
    attention=st.floats(0, 1),
    other=st.floats(0, 1),
    precision=st.sampled_from(["BF16", "FP8"]),
)
def test_steps_from_the_dense_run_end_at_the_run(ratio, mfu, attention, other, precision):
    result = run(
        "DeepSeek-V3",
        dense_ratio=ratio,
        mfu=mfu,
        attention_share=attention,
        other_hours_share=other,
        precision=precision,
    )
    steps = ("sparsity", "attention", "precision", "utilisation", "stages")
    assert result["after_stages"] == pytest.approx(result["hours"])
    assert np.prod([result[f"x_{step}"] for step in steps]) * result["x_total"] == pytest.approx(1)


def test_energy_parts_add_up():
    result = run("GPT-3 175B")
    assert result["chip_wh"] + result["server_wh"] + result["building_wh"] == pytest.approx(result["energy_wh"])
    assert run("DeepSeek-V3", pue=1.3)["energy_wh"] == pytest.approx(1.3 * run("DeepSeek-V3")["energy_wh"])


def test_fp8_halves_the_hours_only_on_a_chip_that_has_it():
    for chip, gain in {"H800 SXM5": 2.0, "Ascend 910B2": 1.0}.items():
        slow, fast = (run("DeepSeek-V3", chip=chip, precision=p)["hours"] for p in ("BF16", "FP8"))
        assert slow / fast == pytest.approx(gain, rel=0.002)


def test_an_array_gives_what_its_entries_give():
    tokens = np.array([1e12, 14.8e12, 4e13])
    together = run("DeepSeek-V3", tokens=tokens, mfu=np.array([0.1, 0.2, 0.3]))
    for i, (count, mfu) in enumerate(zip(tokens, (0.1, 0.2, 0.3), strict=True)):
        alone = run("DeepSeek-V3", tokens=count, mfu=mfu)
        for name, value in alone.items():
            assert np.broadcast_to(together[name], 3)[i] == pytest.approx(value)


def test_causal_attention_is_half_of_the_matrix_and_grows_with_the_sequence():
    shape = {"layers": 126, "heads": 128, "head_dim": 128}
    half, whole = (efficiency.attention_flop_per_token(**shape, sequence=4096, causal=c) for c in (True, False))
    assert whole == 2 * half
    assert efficiency.attention_flop_per_token(**shape, sequence=8192) == 2 * half


def test_chips_name_what_is_missing():
    with pytest.raises(KeyError, match="Siyuan 590"):
        runs.chips(["Siyuan 590 (MLU590)"])


# -- loss -------------------------------------------------------------------------------------------------------------


@given(flop=st.floats(1e20, 1e27), off=st.floats(0.05, 20), author=st.sampled_from(list(LAWS)))
def test_no_other_size_has_a_lower_loss_than_the_optimum(flop, off, author):
    law = LAWS[author]
    split = efficiency.split_budget(flop=flop, params=off * efficiency.optimal_params(flop, law), law=law)
    assert split["loss"] >= split["best_loss"] * (1 - 1e-12)
    assert 6 * split["best_params"] * split["best_tokens"] == pytest.approx(flop)
    assert split["extra_flop"] >= 1 - 1e-9


@given(flop=st.floats(1e20, 1e27), author=st.sampled_from(list(LAWS)))
def test_the_budget_for_the_best_loss_is_the_budget(flop, author):
    law = LAWS[author]
    split = efficiency.split_budget(flop=flop, params=efficiency.optimal_params(flop, law), law=law)
    assert efficiency.flop_for_loss(split["loss"], law) == pytest.approx(flop, rel=1e-6)


# -- progress ---------------------------------------------------------------------------------------------------------


@given(gap=st.floats(1.01, 1e3), months=st.floats(2, 40), usable=st.floats(0.1, 1), growth=st.floats(1, 6))
def test_after_the_years_the_follower_has_made_up_the_gap(gap, months, usable, growth):
    study = {"low": months / 2, "central": months, "high": months * 2}
    settings = {"gap": gap, "study": study, "usable": usable, "compute_growth": growth}
    result = efficiency.algorithmic_offset(**settings)
    assert result["years_low"] < result["years"] < result["years_high"]
    assert result["gain_low"] < result["gain"] < result["gain_high"]
    later = efficiency.algorithmic_offset(**settings, years_waited=result["years"])
    assert later["effective"] == pytest.approx(1)
    assert later["effective_low"] < later["effective"] < later["effective_high"]


def test_no_gap_takes_no_time():
    assert efficiency.years_to_offset(1.0, 8.0) == 0


@given(months=st.floats(0.5, 60))
def test_halving_time_and_yearly_gain_are_inverse(months):
    assert efficiency.halving_months(efficiency.yearly_gain(months)) == pytest.approx(months)


def test_the_speed_of_two_runs_is_compared_under_one_count_of_attention():
    """6ND: 327 and 342 TFLOP/s; causal: 368 and 357; the whole matrix: 413 and 371. Which is ahead depends on it."""
    tflops = runs.like_with_like().div(1e12)
    assert tflops.loc["DeepSeek-V3"].tolist() == pytest.approx([327, 368, 413], abs=1.5)
    assert tflops.loc["Llama 3.1 405B"].tolist() == pytest.approx([342, 357, 371], abs=1.5)


def test_usable_share_counts_doublings():
    assert efficiency.usable_share(8, 64) == pytest.approx(0.5)


# -- the list of reproduced numbers -----------------------------------------------------------------------------------


def test_all_reproduced_cases_are_within_tolerance():
    cases = reproduce.cases()
    assert set(efficiency.REPRODUCES) <= set(cases["case"])
    assert cases.loc[~cases["within"], "case"].tolist() == []
    assert cases["source"].notna().all() and cases["notebook"].str.contains("/").all()


def test_a_case_without_a_row_or_with_two_owners_is_an_error(monkeypatch):
    monkeypatch.setattr(efficiency, "REPRODUCES", {"no_such_case": lambda i: 1.0})
    with pytest.raises(KeyError, match="no_such_case"):
        reproduce.cases()
    monkeypatch.undo()
    monkeypatch.setattr(reproduce, "modules", lambda: [efficiency, efficiency])
    with pytest.raises(ValueError, match="deepseek_v3_total_hours"):
        reproduce.cases()


def test_differences_are_relative_to_the_published_value():
    cases = reproduce.cases().set_index("case")
    row = cases.loc["gpt3_compute_6nd"]
    assert isinstance(cases, pd.DataFrame) and row["difference_pct"] == pytest.approx(100 * (3.15e23 / 3.14e23 - 1))
