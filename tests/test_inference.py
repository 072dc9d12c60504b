"""Caches, the roofline, a day of service and falling prices give what their sources publish."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware_phase import data
from hardware_phase.evidence import reproduced as reproduce
from hardware_phase.models import inference
from hardware_phase.sources import serving

CHECKS = data.load("efficiency_checks").set_index("case")

V3 = {
    **inference.FULL_ATTENTION,
    "active_params": 37e9,
    "total_params": 671e9,
    "always_on": inference.always_on_params(37e9, 671e9, 8 / 256),
    "routed_share": 8 / 256,
    "cache_elements": inference.latent_cache_elements(512, 64, 61),
    "attention_flop": inference.latent_attention_flop(128, 512, 64, 61),
    "prefill_flop": inference.attention_flop(128, (192 + 128) / 2, 61),
}
DENSE = {
    **inference.FULL_ATTENTION,
    "active_params": 72.7e9,
    "total_params": 72.7e9,
    "always_on": 72.7e9,
    "routed_share": 0.0,
    "cache_elements": inference.cache_elements(8, 128, 80),
    "attention_flop": inference.attention_flop(64, 128, 80),
    "prefill_flop": inference.attention_flop(64, 128, 80),
}
H800 = {"flop_per_s_16": 989e12, "flop_per_s_8": 1979e12, "bytes_per_s": 3.36e12, "memory_bytes": 80e9}
H20 = {"flop_per_s_16": 148e12, "flop_per_s_8": 296e12, "bytes_per_s": 4.0e12, "memory_bytes": 96e9}
PLAIN = {
    "context": 4096.0,
    "batch": 32.0,
    "chips": 32.0,
    "weight_bits": 8,
    "cache_bits": 16,
    "compute_share": 0.6,
    "memory_share": 0.8,
}


def step(model=V3, chip=H800, **changes):
    return inference.decode_step(model=model, chip=chip, **{**PLAIN, **changes})


@pytest.mark.parametrize("case", inference.REPRODUCES)
def test_published_number_comes_out_within_its_tolerance(case):
    row = CHECKS.loc[case]
    computed = inference.REPRODUCES[case](reproduce.inputs(row))
    assert computed == pytest.approx(row["expected_value"], rel=row["tolerance_pct"] / 100)


# -- the cache --------------------------------------------------------------------------------------------------------


@given(heads=st.integers(8, 128), groups=st.integers(1, 8), head_dim=st.integers(64, 256), layers=st.integers(1, 126))
def test_fewer_heads_that_keep_keys_make_a_smaller_cache(heads, groups, head_dim, layers):
    shape = {"layers": layers, "heads": heads, "head_dim": head_dim, "kv_heads": groups}
    sizes = inference.cache_by_attention(**shape, latent=512, rope_dim=64, bits=16, context=4096, memory_bytes=80e9)
    assert sizes["mqa"] <= sizes["gqa"] <= sizes["mha"]
    assert sizes["mha"] / sizes["gqa"] == pytest.approx(heads / groups)


@pytest.mark.parametrize(
    ("model", "case"),
    [
        ("DeepSeek-V3", "kv_mla_deepseek_v3"),
        ("Qwen2.5-72B", "kv_gqa_qwen25_72b"),
        ("Llama 3.1 405B", "kv_gqa_llama31_405b"),
    ],
)
def test_the_shapes_of_the_table_leave_behind_what_is_published(model, case):
    shape = data.load("attention").set_index("model").loc[model]
    elements = (
        inference.latent_cache_elements(shape["latent_dim"], shape["rope_dim"], shape["layers"])
        if shape["attention"] == "latent"
        else inference.cache_elements(shape["kv_heads"], shape["head_dim"], shape["layers"])
    )
    assert inference.cache_bytes_per_token(elements) / 1e3 == pytest.approx(
        CHECKS.loc[case, "expected_value"], rel=1e-4
    )


def test_caches_of_published_configurations_are_the_stated_ones():
    """Windows, linear layers and sparse attention: what a token adds, as the gallery of architectures states it."""
    stated = serving.caches(131072.0).dropna(subset=["stated"])
    assert len(stated) >= 12
    assert all(stated["kind"].str.contains(word).any() for word in ("windows", "linear", "sparse", "latent", "grouped"))
    rounding = 0.05 * serving.KIB  # the gallery prints a tenth of a KiB
    assert (stated["a token"] - stated["stated"]).abs().max() <= rounding


def test_what_is_forgotten_is_two_to_eight_times_what_is_kept():
    kept = serving.caches(131072.0)
    extra = kept[kept["kind"].str.contains("windows|linear")]["as if all grew"]
    assert len(extra) >= 6 and extra.between(1.9, 8).all()
    assert (kept[~kept["kind"].str.contains("windows|linear|sparse")]["as if all grew"] == 1).all()


def test_a_short_conversation_fits_every_window():
    for name in ("gpt-oss-120b", "Gemma 3 27B", "Llama 4 Maverick"):
        its = serving.attention(name)
        short, longer = (inference.conversation_elements(its, context) for context in (64.0, 128.0))
        assert longer == pytest.approx(2 * short)
        assert inference.conversation_elements(its, 1e6) < its["cache_elements"] * 1e6


def test_sparse_attention_keeps_all_and_reads_little():
    full, sparse = serving.attention("DeepSeek-V3"), serving.attention("DeepSeek-V3.2")
    context = 131072.0
    assert inference.conversation_elements(sparse, context) > inference.conversation_elements(full, context)
    flop = [
        inference.tokens_in_reach(context, m["window_share"], m["window"], m["reach"]) * m["attention_flop"]
        + context * m["index_flop"]
        for m in (full, sparse)
    ]
    assert flop[1] < flop[0] / 10


def test_with_sparse_attention_an_h20_is_no_longer_a_fifth_of_an_h800():
    def parity(name, **changes):
        model, chips = serving.model(name), serving.chips()
        weak, strong = (step(model, chips.loc[chip].to_dict(), **changes) for chip in ("H20", "H800"))
        return weak["tokens_per_s"] / strong["tokens_per_s"]

    long = {"context": 32768.0, "batch": 16.0}
    assert parity("DeepSeek-V3", **long) < 0.25
    assert 0.5 < parity("DeepSeek-V3.2", **long) < 0.7
    assert parity("gpt-oss-120b", **long) > 1


def test_llama_with_all_its_heads_would_keep_sixteen_times_as_much():
    many, few = (inference.cache_elements(heads, 128, 126) for heads in (128, 8))
    assert many / few == 16


def test_mla_reads_little_and_multiplies_much_for_each_byte():
    latent = V3["attention_flop"] / inference.cache_bytes_per_token(V3["cache_elements"])
    grouped = DENSE["attention_flop"] / inference.cache_bytes_per_token(DENSE["cache_elements"])
    assert grouped == pytest.approx(8)  # heads over groups
    assert latent > 200
    # MLA lies near what the H800 can multiply for a byte, and far above what the H20 can.
    assert H20["flop_per_s_16"] / H20["bytes_per_s"] < latent < H800["flop_per_s_16"] / H800["bytes_per_s"]


# -- the roofline -----------------------------------------------------------------------------------------------------


@given(
    batch=st.floats(0.1, 512),
    chips=st.floats(1, 512),
    context=st.floats(256, 131072),
    bits=st.sampled_from([8, 16]),
    model=st.sampled_from([V3, DENSE]),
    chip=st.sampled_from([H800, H20]),
)
def test_a_step_is_never_faster_than_its_parts_and_always_fits(batch, chips, context, bits, model, chip):
    result = step(model, chip, batch=batch, chips=chips, context=context, weight_bits=bits)
    for part in ("weights_read", "weights_math", "cache_read", "cache_math"):
        assert 0 < result[part] <= result["step"]
    assert 0 < result["batch"] <= min(batch, result["batch_fits"]) * (1 + 1e-9)
    held = model["total_params"] * bits / 8 / result["chips"]
    held += result["batch"] * context * inference.cache_bytes_per_token(model["cache_elements"], 16)
    assert held <= chip["memory_bytes"] * (1 + 1e-9)
    assert result["batch_fits"] * result["chips"] >= 1  # at least one sequence


def test_one_token_touches_the_active_parameters_and_many_touch_all():
    sparse = V3["always_on"], V3["total_params"], V3["routed_share"]
    assert inference.touched_params(*sparse, 1) == pytest.approx(37e9)
    assert inference.touched_params(*sparse, 1e4) == pytest.approx(671e9)
    assert inference.touched_params(70e9, 70e9, 0.0, 5) == 70e9


@pytest.mark.parametrize(
    ("active", "total", "routed", "share"),
    [(37e9, 671e9, 8 / 256, 0.41), (17e9, 400e9, 1 / 128, 0.15)],
    ids=["DeepSeek-V3", "Llama 4 Maverick"],
)
def test_sixteen_tokens_ask_for_some_of_the_experts(active, total, routed, share):
    """What is always on is read once, so a step of few tokens reads less than if all weights were routed."""
    always_on = inference.always_on_params(active, total, routed)
    assert 0 < always_on < active
    assert inference.touched_params(always_on, total, routed, 16) / total == pytest.approx(share, abs=0.01)


def test_a_larger_batch_gives_more_tokens_and_slower_ones():
    small, large = step(batch=2.0), step(batch=64.0)
    assert large["tokens_per_s"] > small["tokens_per_s"]
    assert large["tokens_per_s_user"] < small["tokens_per_s_user"]


def test_the_h20_equals_the_h800_where_reading_binds_and_loses_where_arithmetic_does():
    def parity(model, **changes):
        return step(model, H20, **changes)["tokens_per_s"] / step(model, H800, **changes)["tokens_per_s"]

    assert parity(DENSE, batch=2.0, chips=8.0) > 1  # memory bandwidth, of which the H20 has more
    assert parity(V3, batch=64.0) < 0.35  # attention of MLA


def test_model_is_an_upper_bound_of_the_measured_speed():
    """A roofline without links lies above every published speed, at the setting that speed was reached in."""
    found = serving.speeds()
    assert len(found) >= 5 and (found["share"] < 1).all()
    hopper = found[found["chip"].isin(["H800", "H100"])]["share"]
    assert hopper.between(0.25, 0.5).all()


def test_the_speeds_of_two_tables_are_one():
    """What Step-3's authors measured stands with the checks as well."""
    stated = reproduce.inputs(CHECKS.loc["step3_vs_v3_decode"])["v3"]
    assert serving.speeds().loc["Step-3's authors", "tokens_per_s"] == stated


def test_the_speeds_that_are_checked_are_those_of_the_table():
    table = serving.speeds().set_index("tokens_per_s")
    for case in (case for case in inference.REPRODUCES if case.startswith("v3_decode_h") or "910c" in case):
        row = CHECKS.loc[case]
        if "batch" in (given := reproduce.inputs(row)):
            stated = table.loc[row["expected_value"]]
            assert [stated[name] for name in ("batch", "context", "chips")] == [
                given[n] for n in ("batch", "context", "chips")
            ]
            assert inference.REPRODUCES[case](given) == pytest.approx(stated["roofline"], rel=1e-3)


def test_batch_is_speed_times_latency_where_both_are_published():
    table = data.load("serving_speeds").dropna(subset=["latency_ms"])
    assert table["batch"].to_numpy() == pytest.approx(table["tokens_per_s"] * table["latency_ms"] / 1e3, rel=0.02)


def test_theoretical_cost_of_step_3_comes_out():
    """At peak rates, with an 8-bit cache of 8 thousand tokens, as the paper assumes."""
    published = CHECKS.loc["v3_decode_cost_h800_8k", "expected_value"]
    ideal = step(context=8192.0, batch=256.0, chips=320.0, cache_bits=8, compute_share=1.0, memory_share=1.0)
    assert inference.usd_per_million_tokens(2, ideal["tokens_per_s"]) == pytest.approx(published, rel=0.6)


def test_prefill_is_bound_by_arithmetic_on_long_prompts():
    settings = {"context": 8192.0, "chips": 32.0, "weight_bits": 8, "compute_share": 0.6, "memory_share": 0.8}
    weak, strong = (inference.prefill_tokens_per_s(model=V3, chip=chip, **settings) for chip in (H20, H800))
    assert strong / weak == pytest.approx(H800["flop_per_s_16"] / H20["flop_per_s_16"], rel=0.01)


def test_serve_names_what_binds_and_says_when_it_leaves_the_sources():
    known = {"usd_per_hour": 2.0, "reference_usd_per_hour": 2.0, "measured_compute": 0.67, "measured_memory": 0.9}
    same = inference.serve(model=V3, chip=H800, reference=H800, **known, **PLAIN)
    assert same["parity_usd_per_hour"] == pytest.approx(2)
    weak = inference.serve(
        model=V3, chip=H20, reference=H800, **known, **{**PLAIN, "batch": 64.0, "compute_share": 0.9}
    )
    assert str(weak["binds"]) == "cache_math"
    assert "above" in str(weak["range"]) and "within" in str(same["range"])


def test_an_array_gives_what_its_entries_give():
    batches = np.array([1.0, 8.0, 64.0])
    together = step(batch=batches)
    for i, batch in enumerate(batches):
        assert together["tokens_per_s"][i] == pytest.approx(step(batch=batch)["tokens_per_s"])


# -- a day, and prices ------------------------------------------------------------------------------------------------


def day(**changes):
    known = {
        "nodes": 226.75,
        "gpus_per_node": 8,
        "usd_per_hour": 2,
        "input_tokens": 608e9,
        "hit_share": 342 / 608,
        "output_tokens": 168e9,
        "usd_hit": 0.14,
        "usd_miss": 0.55,
        "usd_output": 2.19,
        "paid_share": 1.0,
    }
    return inference.service_day(**{**known, **changes})


def test_deepseeks_day_gives_its_published_cost_and_margin():
    result = day()
    assert result["cost_usd"] == pytest.approx(87072)
    assert result["margin"] == pytest.approx(5.45, rel=0.005)
    assert day(paid_share=result["break_even"])["margin"] == pytest.approx(0, abs=1e-12)


def test_parts_of_the_revenue_add_up():
    result = day()
    assert result["hit_usd"] + result["miss_usd"] + result["output_usd"] == pytest.approx(result["list_usd"])


@given(fall=st.floats(1.1, 1000), years=st.floats(0, 5))
def test_a_constant_fall_and_its_yearly_factor_agree(fall, years):
    later = 20.0 / fall**years
    assert inference.yearly_fall(20.0 / later, 12 * years) == pytest.approx(fall) if years > 0.01 else later <= 20.0
