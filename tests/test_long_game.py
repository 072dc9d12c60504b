"""The joined model: its distributions, what must hold on every path, and bands that the page draws as NumPy does."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from notebooks import BOOK

from explorables.explore import explore, fan, odds, tornado, uncertainty
from explorables.site import charts
from hardware_phase import data
from hardware_phase.exhibits import long_game as exhibits
from hardware_phase.models import adoption, compute_gap, fabrication, telecom
from hardware_phase.models import long_game as model
from hardware_phase.sources import fabs
from hardware_phase.sources import flows as chip_flows
from hardware_phase.sources import futures as long_game

TABLE = long_game.table("uncertain")
GIVEN = long_game.distributions()
WORLD = long_game.world()
LEVERS = long_game.levers()
U = model.draws(list(GIVEN), np.arange(model.POINTS))
MIDDLE = model.parameters(GIVEN, 0.5)


def paths(p=MIDDLE, **levers):
    return model.paths(p=p, world=WORLD, **{**LEVERS, **levers})


# --- intervals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GIVEN)
def test_an_interval_becomes_a_distribution_with_its_quantiles(name):
    row = TABLE.loc[name]
    tail = (1 - row["coverage"]) / 2
    ends = [tail, 1 - tail] if tail else [1e-15, 1 - 1e-15]
    assert uncertainty.quantile(GIVEN[name], np.array(ends)) == pytest.approx(
        [row["low"], row["high"]], rel=1e-9, abs=1e-6
    )
    if not np.isnan(row["base"]):
        assert uncertainty.quantile(GIVEN[name], 0.5) == pytest.approx(row["base"])
    values = uncertainty.quantile(GIVEN[name], np.linspace(1e-4, 1 - 1e-4, 2001))
    assert (np.diff(values) > 0).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"low": 3.0}, "in order"),
        ({"low": 0.0, "scale": "log"}, "log scale"),
        ({"high": 1.0, "base": 0.9, "low": 0.1, "scale": "logit"}, "logit scale"),
        ({"base": 1.99}, "too lopsided"),
        ({"base": np.nan}, "coverage is 1"),
        ({"scale": "cubic"}, "scale must be one of"),
    ],
)
def test_an_interval_that_is_no_distribution_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        uncertainty.distribution(**{"low": 1.0, "base": 1.5, "high": 2.0, "coverage": 0.9, "scale": "linear"} | changes)


def test_every_coordinate_of_the_lattice_takes_each_value_once():
    even = (np.arange(model.POINTS) + 0.5) / model.POINTS
    for name, values in U.items():
        assert np.array_equal(np.sort(values), even), name


def test_the_lattice_is_more_even_than_chance():
    """The mean of a product over pairs of coordinates, which is zero in the limit."""

    def worst(columns):
        centred = np.stack(columns) - 0.5
        return np.abs(centred @ centred.T / model.POINTS - np.eye(len(columns)) / 12).max()

    rng = np.random.default_rng(0)
    assert worst(list(U.values())) < 2 / 3 * min(worst(list(rng.random((len(U), model.POINTS)))) for _ in range(20))
    with pytest.raises(ValueError, match="power of two"):
        uncertainty.generating_vector(3, 1000)


def test_the_table_says_what_other_tables_say():
    known = chip_flows.known()
    china, us = (
        chip_flows.cumulative(f"compute owned {where}").loc[2025] for where in ("in China", "by named US companies")
    )
    ascend, cards = sum(known.ascend.values()), sum(known.other_cards.values()) * known.other_rate
    ratio = known.other_cards[2025] * known.other_rate / known.ascend[2025]
    smuggled = chip_flows.smuggling().loc["Epoch AI, H100 equivalents by 2025"]
    price = data.load("inference_prices").set_index("model")["usd_per_m_blended_3to1"]
    bass = data.load("diffusion_params").set_index(["parameter", "source"]).loc[("bass_q", "shu_bass_notes")]
    sites = data.load("datacentres").pivot_table(
        index=["site", "year"], columns="metric", values="base", aggfunc="first"
    )
    sites = sites[sites.index.get_level_values("site") != "alibaba_zhangbei"].dropna(
        subset=["facility_power", "h100_equivalents"]
    )
    w = sites["facility_power"] * 1e6 / sites["h100_equivalents"]
    expected = {
        "china_legal": (china["low"], china["units"], china["high"]),
        "us_stock": (us["low"], us["units"], us["high"]),
        "china_smuggled": (smuggled["low"], smuggled["median"], smuggled["high"]),
        "china_domestic": [
            sum(s * f for s, f in ((ascend, a), (cards, c)))
            for a, c in (
                (known.low["ascend"], known.low["other"]),
                (1, 1),
                (known.high["ascend"], known.high["other"]),
            )
        ],
        "other_share": (ratio * known.low["other"], ratio, ratio * known.high["other"]),
        "bass_q": (bass["low"], bass["value"], bass["high"]),
        "us_w": (w.min(), None, w.max()),
    }
    for name, values in expected.items():
        for column, value in zip(("low", "base", "high"), values, strict=True):
            assert value is None or TABLE.loc[name, column] == pytest.approx(value, rel=0.01), (name, column)
    assert TABLE.loc["pull_growth", "high"] == pytest.approx(telecom.log_odds_growth(0.05, 0.28, 10), rel=0.01)
    assert TABLE.loc["stacks_left", "high"] == known.stacks_left
    assert TABLE.loc["stacks_2026", "low"] == known.stacks_a_year
    assert LEVERS["price_ratio"] == pytest.approx(price["GPT-5"] / price["DeepSeek-V3.2"], rel=0.01)


# --- what must hold on every path ------------------------------------------------------------------------------------


def test_the_first_year_is_what_the_sources_count():
    result = paths()
    assert result["us"][0] == pytest.approx(
        chip_flows.cumulative("compute owned by named US companies").loc[2025, "units"]
    )
    assert result["china"][0] == pytest.approx(
        sum(MIDDLE[f"china_{part}"] for part in ("legal", "smuggled", "domestic"))
    )


def test_domestic_output_is_that_of_the_compute_gap_notebook():
    """Without imports, and with smuggling stopped, China adds the dies that memory allows."""
    levers = {"h200_a_year": 0.0, "stopped": 1.0, "dies_times": 1.0, "memory_times": 0.0}
    steady = {"dies_growth": 0.5, "growth_kept": 1.0, "dies_ceiling": np.inf, "stacks_ceiling": np.inf}
    p = {**MIDDLE, "die_gain": 0.0, "other_share": 0.0, **steady}
    dies = compute_gap.dies_with_memory(
        [p["dies_2026"] * 1.5**n for n in range(10)],
        p["stacks_left"],
        [p["stacks_2026"]] * 10,
        WORLD["stacks_per_die"],
    )
    assert model.supply(p=p, world=WORLD, **levers) == pytest.approx([d * WORLD["die_rate"] for d in dies])


@given(
    start=st.floats(1e5, 1e8),
    wanted=st.lists(st.floats(1e4, 1e9), min_size=1, max_size=10),
    w=st.floats(500, 5000),
    gain=st.floats(0, 1),
    connected_w=st.floats(0, 1e11),
    retired=st.floats(0, 0.5),
)
def test_a_fleet_never_takes_more_power_than_is_connected(start, wanted, w, gain, connected_w, retired):
    fleet = model.powered(start, wanted, w=w, gain=gain, gain_kept=0.9, connected_w=connected_w, retired=retired)
    power = np.array(fleet["power_w"])
    assert (np.diff(power) <= connected_w * (1 + 1e-9) + 1e-3).all()
    assert (np.array(fleet["running"]) > 0).all()
    assert ((np.array(fleet["left_out"]) >= -1e-9) & (np.array(fleet["left_out"]) <= 1)).all()


def test_with_power_for_all_every_chip_runs():
    fleet = model.powered(1e6, [1e6, 2e6], w=1000.0, gain=0.0, gain_kept=1.0, connected_w=1e12, retired=0.0)
    assert fleet["running"] == [1e6, 2e6, 4e6]
    assert fleet["left_out"] == [0.0, 0.0, 0.0]


def test_methods_behind_by_one_halving_time_double_the_ratio():
    behind = paths(months_behind=MIDDLE["halving_months"])["ratio"] / paths(months_behind=0.0)["ratio"]
    assert behind == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("lever", "more", "output", "rises"),
    [
        ("h200_a_year", 1e6, "china", True),
        ("stopped", 0.9, "china", False),
        ("memory_times", 2.7, "china", True),
        ("us_power", 2.0, "us", True),
        ("china_power", 0.125, "china", False),
        ("price_ratio", 25.0, "share", True),
        ("barred", 0.5, "share", False),
        ("months_behind", 12.0, "share", False),
    ],
)
def test_each_lever_moves_what_it_should(lever, more, output, rises):
    before, after = paths()[output][5], paths(**{lever: more})[output][5]
    assert (after >= before) if rises else (after <= before)
    before, after = (paths(model.parameters(GIVEN, U), **levers)[output][5] for levers in ({}, {lever: more}))
    # Imports take buyers from domestic lines: where those would have grown fast, China can end with less.
    right = ((after >= before) if rises else (after <= before)).mean()
    assert right == 1 if lever != "h200_a_year" else right > 0.9
    assert (after != before).any()


def test_imports_slow_domestic_output_where_they_take_its_buyers():
    levers = {"stopped": 0.0, "dies_times": 1.0, "memory_times": 6.0}
    closed = model.supply(p=MIDDLE, world=WORLD, h200_a_year=0.0, **levers)[-1]
    opened = model.supply(p=MIDDLE, world=WORLD, h200_a_year=2e6, **levers)[-1] - 2e6 * WORLD["h200_rate"]
    assert opened < 0.9 * closed
    directed = {**MIDDLE, "displacement": 0.0}
    assert model.supply(p=directed, world=WORLD, h200_a_year=2e6, **levers)[-1] == pytest.approx(
        closed + 2e6 * WORLD["h200_rate"]
    )


def test_an_array_of_draws_gives_each_path_by_itself():
    together = paths(model.parameters(GIVEN, U))
    for row in (0, 1, 1000, 2047):
        alone = paths(model.parameters(GIVEN, model.draws(list(GIVEN), row)))
        for name, values in together.items():
            assert values[:, row] == pytest.approx(alone[name], rel=1e-12), name


def test_what_the_page_says_of_the_odds():
    odds = long_game.calibrations()
    book = odds.loc["This book"]
    assert book["us_short"] == pytest.approx(0.6, abs=0.05)  # three paths of five
    assert book["china_short"] < 0.1 < odds.loc["Chinese power as the IEA has it", "china_short"]  # hardly ever
    assert book["half"] < 0.02  # nearly all paths
    assert book["falls"] == pytest.approx(1 / 6, abs=0.03)  # it rises on five of six
    assert odds.loc["Chinese dies and memory at the faster count", "ahead"] < 0.05  # does not close
    assert book["share"] == pytest.approx(1 / 9, abs=0.01)  # a ninth
    assert book["third"] < 0.05 and book["most"] < 0.01  # few, next to none
    assert odds.loc["Price put on top of the observed share", "third"] > 0.3  # two paths in five, or nearly


def test_even_points_are_better_than_as_many_at_random():
    bands = long_game.evenness(repeats=8)
    truth = bands["200,000 at random"]
    off = (bands.sub(truth, axis=0)).abs()
    assert (off["even, 2,048"] < off[["random, 2,048: lowest", "highest"]].max(axis=1)).all()
    assert (bands["random, 2,048: lowest"] < truth).all() and (truth < bands["highest"]).all()


def test_what_explains_most_of_the_ratio_is_the_growth_of_american_purchases():
    effects = long_game.total_effects()
    assert effects.index[0].startswith("Growth of American purchases") and effects["ratio"].is_monotonic_decreasing
    assert len(effects) == len(GIVEN) and effects.min().min() >= 0


def test_the_page_names_every_published_figure_that_the_paths_miss():
    """And no other: which of them are inside, and which the model was made to give."""
    table = long_game.held_against_forecasts()
    missed = table.index[table["where"] == "outside"]
    text = (BOOK / "energy-scale-long-game/long-game.md").read_text(encoding="utf-8")
    said = re.findall(r"^- \*(.+?)\.\*", text.split("### Numbers this reproduces")[1].split("\n## ")[0], re.MULTILINE)
    assert said == ["Developers on one platform", "Use in the Global South", "Chinese power"]
    assert [name.split(",")[0] for name in missed] == [
        "Chinese models",
        "People who use AI in the Global South",
        "Chinese data centres in 2030",
    ]
    assert "three of them fail" in text and (table["where"] == "built in").sum() == 2


@pytest.mark.parametrize("p", [MIDDLE, model.parameters(GIVEN, U)], ids=["medians", "draws"])
def test_the_first_year_is_what_was_observed_on_every_path(p):
    """Fleets, use of AI, the Chinese share of it, and power: none of them is what a formula says of the year."""
    start = {name: values[0] for name, values in paths(p).items()}
    assert start["us"] == pytest.approx(p["us_stock"])
    assert start["china"] == pytest.approx(p["china_legal"] + p["china_smuggled"] + p["china_domestic"])
    assert start["share"] == pytest.approx(p["pull"])
    users = data.load("adoption").query("country_or_region == 'Global South' and metric == 'ai_diffusion_share'")
    observed = users.set_index("period").loc["2025-H2", "value"] / 100
    assert start["users"] == pytest.approx(np.broadcast_to(observed, np.shape(start["users"])))
    assert start["us_power_w"] == pytest.approx(p["us_home"] * p["us_stock"] * p["us_w"])


def test_american_additions_of_2025_are_of_the_size_of_what_data_centres_added():
    """Chips counted by one source, watts of sites by another, connections by a third."""
    p = model.parameters(GIVEN, U)
    added = p["us_home"] * p["us_stock"] * WORLD["us_added"] * p["us_w"]
    low, high = np.quantile(added, [0.05, 0.95])
    assert low < TABLE.loc["us_power_w", "base"] < high


def test_growth_weakens_alike_on_both_sides_and_has_a_ceiling():
    p = {**MIDDLE, "dies_growth": MIDDLE["purchases_growth"], "displacement": 0.0, "die_gain": 0.0, "other_share": 0.0}
    free = {"dies_ceiling": np.inf, "stacks_ceiling": np.inf, "stacks_left": np.inf}
    bought = np.array(model.purchases(p=p, world=WORLD))
    levers = {"h200_a_year": 0.0, "stopped": 1.0, "dies_times": 1.0, "memory_times": 1.0}
    made = np.array(model.supply(p={**p, **free}, world=WORLD, **levers))
    first = p["us_stock"] * WORLD["us_added"]
    assert made[1:] / made[0] == pytest.approx(bought[:-1] / first)
    ceiling = model.supply(p=p, world=WORLD, **{**levers, "dies_times": 50.0, "memory_times": 50.0})
    assert max(ceiling) <= WORLD["die_rate"] * p["dies_ceiling"] * (1 + 1e-9)


def test_ceilings_are_what_the_tables_of_wafers_give():
    capacity = data.load("production").query("unit == 'wafers per month'")
    slow, fast = (
        capacity.query("product == '7 nm and below' and year == @year")["units"].item() for year in (2026, 2030)
    )
    good = fabs.good_dies("Huawei") * data.value("fabrication", "value", quantity="packaging_yield")
    packaged = 12 * fabrication.dies_per_wafer(fabs.die_mm2()) * good
    assert TABLE.loc["dies_ceiling", ["low", "high"]].tolist() == pytest.approx(
        [slow * packaged, fast * packaged], rel=0.01
    )
    area, good = (data.value("fabrication", "value", quantity=name) for name in ("stack_area", "stack_yield"))
    stacks = 12 * fabrication.dies_per_wafer(area) * good / 8
    planned = capacity.query("vendor == 'CXMT' and product == 'HBM3'")["units"].item()
    all_of_it = capacity.query("vendor == 'CXMT' and product == 'DRAM' and year == 2026")["high"].item()
    assert TABLE.loc["stacks_ceiling", ["low", "high"]].tolist() == pytest.approx(
        [planned * stacks, all_of_it * stacks], rel=0.01
    )


def test_chips_rented_abroad_are_those_of_the_compute_gap():
    abroad = chip_flows.production(metric="rented abroad by Chinese firms")
    share = abroad["high"] * chip_flows.rate(chip_flows.B200) / TABLE.loc["us_stock", "base"]
    assert TABLE.loc["china_abroad", "high"] == pytest.approx(share, rel=0.02)


@given(
    share=st.floats(0.001, 0.9),
    price_ratio=st.floats(0.5, 50),
    price_elasticity=st.floats(0.1, 3),
    paying=st.floats(0.0, 1.0),
)
def test_an_observed_share_gets_its_price_only_once(share, price_ratio, price_elasticity, paying):
    pull = adoption.equal_terms_share(share, price_ratio, price_elasticity, paying)
    again = adoption.chinese_share(
        price_ratio=price_ratio,
        price_elasticity=price_elasticity,
        paying=paying,
        preferred=0.5,
        preferred_local=0.5,
        local_use=0.0,
        blocked_us=0.0,
        blocked_china=0.0,
        pull=pull,
        elasticities={"low": 0.0, "high": 9.0},
    )
    assert again["share"] == pytest.approx(share, rel=1e-6)


def test_total_effects_of_a_sum_are_its_parts_of_the_variance():
    """Of a x + b y with uniform x and y: a^2 and b^2 over their sum. A product adds what both do together."""
    found = uncertainty.total_effects(lambda u: 3 * u["x"] + 4 * u["y"] + 0 * u["z"], ["x", "y", "z"], 2048)
    assert found == {"y": pytest.approx(16 / 25, abs=0.02), "x": pytest.approx(9 / 25, abs=0.02), "z": 0.0}
    together = uncertainty.total_effects(lambda u: (u["x"] - 0.5) * (u["y"] - 0.5), ["x", "y"], 2048)
    assert together == {"x": pytest.approx(1, abs=0.1), "y": pytest.approx(1, abs=0.1)}


# --- the page --------------------------------------------------------------------------------------------------------


def compiled(view, explorer):
    """The data of a chart as the page gets them, without its marks."""
    vega = charts.draw(explorer.chart_spec(view)[0], "test").vega
    signals = [s for s in vega["signals"] if s["name"].startswith(("in_", "v", "s")) and "on" not in s]
    return {"signals": signals, "data": vega["data"]}


@pytest.fixture(scope="module")
def small():
    """An explorer of many paths whose model is short enough to check by hand."""

    def path(inputs, row):
        u = (row + 0.5) / 64
        return {
            "a": [inputs["x"] * np.exp(u) * n for n in (1, 2)],
            "b": [1 + u * n for n in (1, 2)],
            "over": np.where(u * inputs["x"] > 1, 1, 0),
        }

    views = [
        fan(path, [2025, 2026], {"a": "China's", "b": "b, c.d"}, n=64, colours=["red", "blue"]),
        odds(path, {"over": "x's over [1]"}, n=64),
        tornado(
            lambda inputs, u: inputs["x"] * np.exp(u["k"]) * (1 + u["j"]) ** -3,
            {"k": "K", "j": "J"},
            {"x": ("X", 1.0, 4.0)},
        ),
    ]
    return path, explore(lambda x: {"y": x}, *views, x=(1.0, 4.0), id="small")


@pytest.mark.parametrize("x", [1.0, 2.5, 4.0])
def test_bands_on_the_page_are_numpys_quantiles(runtime, small, x):
    path, explorer = small
    fields = ["x", "series", "p5", "p25", "p50", "p75", "p95"]
    [(_, [columns])] = runtime.run(compiled(explorer.views[0], explorer), [{"in_x": x}], [], [("table0", fields)])
    shown = {(place, name): levels for place, name, *levels in zip(*columns, strict=True)}
    values = path({"x": x}, np.arange(64))
    for name, label in (("a", "China's"), ("b", "b, c.d")):
        for place, column in zip((2025, 2026), values[name], strict=True):
            assert shown[place, label] == pytest.approx(np.quantile(column, [0.05, 0.25, 0.5, 0.75, 0.95]), rel=1e-9)


def test_odds_on_the_page_are_the_share_of_paths(runtime, small):
    path, explorer = small
    spec = compiled(explorer.views[1], explorer)
    name = spec["data"][-1]["name"]
    [(_, [[what, share]])] = runtime.run(spec, [{"in_x": 2.5}], [], [(name, ["what", "share"])])
    assert what == ["x's over [1]"]
    assert share == pytest.approx([path({"x": 2.5}, np.arange(64))["over"].mean()])


def test_a_tornado_moves_one_thing_at_a_time(small):
    table = small[1].table(2, x=2.0).set_index("what")
    assert table.loc["K", ["low", "high"]].tolist() == pytest.approx([np.exp(-0.45), np.exp(0.45)])
    assert table.loc["J", ["low", "high"]].tolist() == pytest.approx([(1.05 / 1.5) ** -3, (1.95 / 1.5) ** -3])
    assert table.loc["X", ["low", "high"]].tolist() == [0.5, 2.0]
    assert (table["from"] <= table["to"]).all()


def test_the_bands_of_the_whole_model_are_numpys(runtime):
    """All 2,048 paths. Parity of the rows is tested for every notebook; this adds what the chart makes of them."""
    view = fan(long_game.path, model.YEARS.tolist(), {"share": "x"}, n=model.POINTS, colours=["red"])
    game = exhibits.game(views=[view])
    changed = {**game.defaults, "dies_times": 1.6, "memory_times": 1.5, "us_power": 1.4, "price_ratio": 4.0}
    settings = {f"in_{name}": value for name, value in changed.items()}
    [(_, [columns])] = runtime.run(compiled(view, game), [settings], [], [("table0", ["x", "p5", "p50", "p95"])])
    shown = {x: levels for x, *levels in zip(*columns, strict=True)}
    for year, ours in zip(model.YEARS.tolist(), paths(model.parameters(GIVEN, U), **changed)["share"], strict=True):
        assert shown[year] == pytest.approx(np.quantile(ours, [0.05, 0.5, 0.95]), rel=1e-9)


def test_the_median_path_is_in_the_middle_of_its_parameters():
    result = model.long_game(table=GIVEN, world=WORLD, **LEVERS)
    assert result["ratio"] == pytest.approx(paths()["ratio"])
    assert str(result["china_binds"]) == "never"
    assert str(model.long_game(table=GIVEN, world=WORLD, **{**LEVERS, "us_power": 100.0})["us_binds"]) == "never"


def test_the_scenarios_of_the_page_are_those_of_the_functions():
    """They stand in the table of the exhibits for the page, and in `futures` for whoever computes."""
    table = exhibits.game().presets
    assert table == {name: {**settings} for name, settings in long_game.scenarios().items()}
    for scenario in (exhibits.first(), exhibits.second()):
        assert scenario.presets == {name: {**LEVERS, **settings} for name, settings in long_game.scenarios().items()}


def test_the_levers_are_called_on_the_page_as_in_the_table():
    assert {name: c.label for name, c in exhibits.game().inputs.items()} == long_game.table("lever")["label"].to_dict()
