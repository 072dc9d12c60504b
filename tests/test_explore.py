"""explore(): abbreviations become inputs, mistakes are named, settings and results stay together."""

from __future__ import annotations

import datetime
import json
import os
import re
import subprocess
import sys

import altair as alt
import numpy as np
import pandas as pd
import pytest
from notebooks import of_ipywidgets

from explorables.explore import (
    Choice,
    Readout,
    Slider,
    Switch,
    TracingError,
    bars,
    colour,
    curve,
    explore,
    reference_bars,
    stacked_bars,
    trajectory,
    waterfall,
)
from explorables.explore.abbreviations import as_input
from explorables.explore.explorer import MIME, STATIC
from explorables.explore.theme import COLOURS
from explorables.site import charts, markup


def growth(start, rate, chip, fast=False):
    """Ten years of growth, and what it comes to."""
    years = np.arange(10)
    stock = start * (1 + rate) ** years * np.where(fast, 2.0, 1.0)
    return {
        "stock": stock,
        "end": stock[-1] * chip["tdp_w"],
        "first": stock[0],
        "verdict": np.where(stock[-1] > 1e4, "large", "small"),
    }


CHIPS = {"A": {"tdp_w": 700, "name": "a"}, "B": {"tdp_w": 350, "name": "b"}}


def make(**changes):
    return explore(
        growth,
        curve("start", {"end": "At the end"}),
        trajectory(range(2020, 2030), "stock", log_y=True),
        bars(["first", "end"], unit="W"),
        waterfall({"first": "First", "end": "Last"}),
        **{
            "start": Slider(1, 1e4, 100, scale="log", unit="chips"),
            "rate": (0.0, 0.5, 0.05),
            "chip": CHIPS,
            "fast": False,
            "presets": {"Slow": {"rate": 0.0}, "Other chip": {"chip": "B", "start": 10}},
            "readouts": [Readout("end", "Power", "W"), Readout("verdict")],
            "title": "Growth",
        }
        | changes,
    )


# -- inputs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("abbreviation", "made"),
    [
        ((0, 10), Slider(0, 10, 5, step=1)),
        ((0.0, 10.0), Slider(0, 10, 5)),
        ((0.0, 1.0, 0.1), Slider(0, 1, 0.5, step=0.1)),
        (["a", "b"], Choice({"a": "a", "b": "b"})),
        ([8, 16], Choice({"8": 8, "16": 16})),
        ({"low": 1, "high": 2}, Choice({"low": 1, "high": 2})),
        (True, Switch(True)),
    ],
)
def test_abbreviations_of_ipywidgets_become_inputs(abbreviation, made):
    made.name = made.label = "x"
    assert as_input("x", abbreviation) == made


def test_the_same_abbreviations_mean_the_same_in_ipywidgets():
    import ipywidgets

    for abbreviation in [(0, 10), (0.0, 10.0), (0.0, 1.0, 0.1), ["a", "b"], {"low": 1, "high": 2}, True]:
        widget = ipywidgets.interactive(lambda x: None, x=abbreviation).children[0]
        ours = as_input("x", abbreviation)
        assert ours.default == (widget.label if isinstance(ours, Choice) else widget.value)


@pytest.mark.parametrize(
    ("ours", "pythons"),
    [
        (np.int64(5), 5),
        (np.float32(0.5), 0.5),
        ((np.int32(0), np.int64(10)), (0, 10)),
        (tuple(np.linspace(0, 1, 3)), (0.0, 0.5, 1.0)),
        (np.True_, True),
    ],
)
def test_a_number_of_numpy_is_as_good_as_one_of_python(ours, pythons):
    made, same = as_input("x", ours), as_input("x", pythons)
    assert (type(made), vars(made)) == (type(same), vars(same))


def test_a_slider_over_dates_gives_days_and_shows_dates():
    slider = as_input(
        "when", Slider(datetime.date(2022, 10, 7), datetime.date(2026, 1, 1), datetime.date(2023, 10, 17))
    )
    assert slider.default == 19647
    assert slider.show(slider.default) == "17 Oct 2023"


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"rate": (1, 0)}, ValueError, "input 'rate'.*min .1. must be below max .0."),
        ({"rate": None}, ValueError, "input 'rate'.*None is no input"),
        ({"rate": np.complex128(1j)}, ValueError, "input 'rate'.*is no input"),
        ({"rate": Slider}, ValueError, "input 'rate'"),
        ({"chip": []}, ValueError, "input 'chip'.*at least one option"),
        ({"speed": (0, 1)}, TypeError, r"growth\(\) has no parameter 'speed'; it has start, rate, chip, fast"),
        ({"presets": {"P": {"spede": 1}}}, ValueError, "preset 'P': no input 'spede'; there are start"),
        (
            {"presets": {"P": {"start": 1e6}}},
            ValueError,
            "preset 'P': start: 1\u00a0million chips is outside 1 chips to 10,000 chips",
        ),
        ({"presets": {"P": {"chip": "C"}}}, ValueError, "preset 'P': chip: 'C' is not one of A, B"),
        ({"presets": {"P": {"fast": "yes"}}}, ValueError, "preset 'P': fast: 'yes' is not True or False"),
        ({"readouts": [Readout("ende")]}, ValueError, "readout 'ende' is not an output; the model gives stock"),
        ({"id": "1 bad id"}, ValueError, "id '1 bad id'"),
    ],
)
def test_mistakes_are_named(changes, error, says):
    with pytest.raises(error, match=says):
        make(**changes)


def test_a_missing_input_is_named():
    with pytest.raises(TypeError, match=r"growth\(\) needs 'rate'"):
        explore(growth, start=(0, 1), chip=CHIPS)


@pytest.mark.parametrize(
    "bad", [lambda: Slider(0, 1, scale="log"), lambda: Slider(0, 1, step=-1), lambda: Slider(0, 1, 2)]
)
def test_impossible_sliders_are_refused(bad):
    with pytest.raises(ValueError):
        bad()


# -- settings and results ------------------------------------------------------------------------------------------


def test_the_cases_of_an_explorer_are_its_presets_whatever_is_set():
    cases = make().set(start=50, fast=True).cases()
    assert list(cases) == ["Slow", "Other chip"]
    assert cases["Slow"] == make().readings(rate=0.0)
    assert cases["Other chip"] == make().preset("Other chip").readings()


def test_settings_result_and_table_follow_each_other():
    explorer = make()
    assert explorer.settings == {"start": 100.0, "rate": 0.25, "chip": "A", "fast": False}
    assert explorer.result["end"] == pytest.approx(100 * 1.25**9 * 700)
    explorer.set(start=10, chip="B")
    assert explorer.result["end"] == pytest.approx(10 * 1.25**9 * 350)
    assert explorer.evaluate(start=20)["end"] == pytest.approx(2 * explorer.result["end"])
    assert explorer.settings["start"] == 10
    table = explorer.table()
    assert isinstance(table, pd.DataFrame) and len(table) == 101
    assert table["x"].iloc[[0, -1]].tolist() == pytest.approx([1, 1e4])
    assert explorer.preset("Slow").settings == {"start": 100.0, "rate": 0.0, "chip": "A", "fast": False}
    assert explorer.reset().settings == explorer.defaults


def test_a_wrong_setting_changes_nothing():
    explorer = make()
    before = explorer.settings
    for wrong in ({"start": 0}, {"rate": 0.1, "chip": "C"}, {"stat": 1}, {"start": "many"}):
        with pytest.raises(ValueError):
            explorer.set(**wrong)
    with pytest.raises(ValueError, match="no preset 'Fast'; there are Slow, Other chip"):
        explorer.preset("Fast")
    assert explorer.settings == before


def test_a_model_that_cannot_be_traced_fails_in_the_authors_cell():
    def sorts(x):
        return {"y": np.argsort(np.stack([x, 0.5]))[0]}

    with pytest.raises(TracingError, match=r"np\.argsort.*\n  at test_explore.py, line \d+, in sorts: return"):
        explore(sorts, x=(0.0, 1.0))


def test_views_name_what_they_lack():
    with pytest.raises(KeyError, match="no output 'ed'"):
        explore(growth, bars(["ed"]), start=(1, 2), rate=(0.0, 1.0), chip=CHIPS)
    with pytest.raises(TypeError, match="'chip' is not a slider"):
        explore(growth, curve("chip", "end"), start=(1, 2), rate=(0.0, 1.0), chip=CHIPS)
    with pytest.raises(ValueError, match="missing values"):
        gaps = pd.DataFrame({"tpp": [1.0, None]})

        def view(m):
            rows = m.rows(gaps)
            rows["y"] = rows["tpp"] * 2
            return rows.chart().mark_point()

        explore(growth, view, start=(1, 2), rate=(0.0, 1.0), chip=CHIPS)


def test_a_swept_curve_equals_the_model_called_point_by_point():
    explorer = make()
    table = explorer.table(0)
    for x, y in zip(table["x"][::20], table["At the end"][::20], strict=True):
        assert y == pytest.approx(growth(x, 0.25, CHIPS["A"])["end"])


# -- what front ends get -------------------------------------------------------------------------------------------


def test_one_object_serves_the_page_the_kernel_and_plain_text(monkeypatch):
    explorer = make()
    monkeypatch.setenv(STATIC, "1")
    page = explorer._repr_mimebundle_()
    assert set(page) == {MIME, "text/plain", "text/html"}
    json.dumps(page[MIME], allow_nan=False)
    monkeypatch.delenv(STATIC)
    live = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in live
    assert json.dumps(live[MIME]) == json.dumps(page[MIME])
    assert "Power" in live["text/plain"] and "<table>" in live["text/html"]
    assert repr(explorer).splitlines()[0] == "Growth"


def test_a_reload_fills_no_control_with_what_it_had_before_the_script_can_say_otherwise():
    """Firefox fills forms in when it loads a page again; the numbers beside them would be those of other settings."""
    controls = re.findall(r"<(?:input|select)\b[^>]*>", make(presets={"one": {"start": 2.0}}).html())
    assert len(controls) >= 4 and all('autocomplete="off"' in control for control in controls), controls


def test_a_readout_shows_the_words_for_a_code():
    words = {"large": "A large stock.", "small": "A small one."}
    explorer = make(readouts=[Readout("verdict", words=words)])
    assert "A small one." in repr(explorer) and "A small one." in explorer._repr_html_()
    assert explorer.payload()["readouts"][0]["value"] == "A small one."
    assert explorer.result["verdict"] == "small"
    live = of_ipywidgets(explorer)
    explorer.set(start=1e4)
    assert "A large stock." in repr(explorer) and "A large stock." in live.readouts.value


@pytest.mark.parametrize("words", [{"large": "A large stock."}, {"small": "A small one."}])
def test_a_code_without_words_is_named_even_where_the_defaults_do_not_reach_it(words):
    missing = ({"large", "small"} - set(words)).pop()
    with pytest.raises(
        ValueError, match=f"readout 'verdict' has no words for '{missing}'; there are {next(iter(words))}"
    ):
        make(readouts=[Readout("verdict", words=words)])


def test_words_are_for_codes_and_not_for_numbers():
    with pytest.raises(ValueError, match="readout .end. has no words for what the model gives"):
        make(readouts=[Readout("end", words={"large": "A large stock."})])


def test_text_from_authors_is_escaped_on_the_page():
    explorer = make(
        title="<script>alert(1)</script>", chip={"</script><b>": {"tdp_w": 1, "name": "x"}, "B": CHIPS["B"]}
    )
    html = markup.explorer(explorer.payload())
    assert "<script>alert" not in html and "</script><b>" not in html


def test_widgets_and_charts_follow_and_lead():
    explorer = make()
    live = of_ipywidgets(explorer)
    assert explorer.widget() is live
    live.controls["rate"].value = 0.1
    assert explorer.settings["rate"] == 0.1
    assert live.charts[0].params.in_rate == 0.1
    assert f"{explorer.result['end'] / 1e3:.3g}" in live.readouts.value
    explorer.set(start=50, chip="B", fast=True)
    assert live.controls["start"].value == pytest.approx(50)
    assert (live.controls["chip"].value, live.controls["fast"].value) == ("B", True)
    assert (live.charts[0].params.in_chip, live.charts[0].params.in_fast) == ("B", True)
    assert live.values["start"].value == "50 chips"
    live.controls["start"].value = live.controls["start"].value * 2
    assert explorer.settings["start"] == pytest.approx(100)


def test_in_a_kernel_the_pages_own_explorer_leads_and_follows():
    explorer = make()
    widget = explorer.widget().box
    assert widget.settings == explorer.defaults
    widget.settings = {**explorer.defaults, "rate": 0.1}
    assert explorer.settings["rate"] == 0.1
    explorer.set(start=50, chip="B", fast=True)
    assert widget.settings == explorer.settings == {"start": 50, "rate": 0.1, "chip": "B", "fast": True}
    assert widget.html.count("<svg") == 0, "the browser draws at once, so that a cell need not wait for drawings"
    assert len(re.findall('class="xp-spec"', widget.html)) == len(explorer.views)
    with pytest.raises(ValueError, match="rate"):
        widget.settings = {**explorer.defaults, "rate": 9}


def test_a_kernel_without_what_builds_a_site_shows_and_saves_explorers(tmp_path):
    code = (
        "import sys\n"
        "for name in ('sphinx', 'docutils', 'babel', 'myst_nb', 'fontpkg_arimo'): sys.modules[name] = None\n"
        "from explorables.explore import explore\n"
        "twice = explore(lambda x: {'twice': 2 * x}, x=(1, 9), id='twice')\n"
        "print(type(twice.widget()).__name__)\n"
        "twice.save('twice.html')"
    )
    env = {name: value for name, value in os.environ.items() if name != STATIC}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "DeskExplorer\n"
    assert "xp-explorer" in (tmp_path / "twice.html").read_text()


def test_every_view_is_drawn_at_both_widths_with_ids_of_its_own():
    drawn = [charts.draw(item["spec"], f"p{i}") for i, item in enumerate(make().payload()["charts"])]
    for chart in drawn:
        assert chart.wide.startswith("<svg") and chart.narrow.startswith("<svg")
        assert "aria-label" not in chart.wide and "aria-roledescription" not in chart.wide
    ids = [
        part.split('"')[0] for chart in drawn for svg in (chart.wide, chart.narrow) for part in svg.split('id="')[1:]
    ]
    assert len(ids) == len(set(ids))


def test_a_chart_that_vega_rejects_says_why():
    with pytest.raises(ValueError):
        charts.draw(
            {"mark": "line", "data": {"values": [{"x": 1}]}, "transform": [{"calculate": "1 +", "as": "y"}]}, "p"
        )


def test_an_ordinary_chart_keeps_its_title_and_description_as_text():
    chart = (
        alt.Chart(pd.DataFrame({"x": [1, 2], "y": [3, 4]})).mark_line().encode(x="x", y=alt.Y("y", title="Power (W)"))
    )
    html = markup.figure(chart.properties(title="Rising", description="A line from 3 to 4").to_dict(), "c")
    assert '<div class="xp-chart-title">Rising</div>' in html
    assert 'role="img" aria-label="A line from 3 to 4"' in html
    assert charts.draw(chart.to_dict(), "c").columns == {"x": "X", "y": "Power (W)"}


# -- colours -------------------------------------------------------------------------------------------------------


def luminance(hex_colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(hex_colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_stand_out_from_the_page_in_both_schemes(scheme):
    paper = luminance(COLOURS["paper"][scheme])
    for name, pair in COLOURS.items():
        if name in ("paper", "line"):
            continue
        bright, dark = sorted([luminance(pair[scheme]), paper], reverse=True)
        assert (bright + 0.05) / (dark + 0.05) >= (4.5 if name != "line" else 1.2), name


def test_colours_are_variables_with_a_fallback():
    assert colour["china"] == "var(--xp-china, #b3261e)"
    assert len(set(colour.series)) == 7


# -- ready-made views ------------------------------------------------------------------------------------------------


def lamps(*, watts):
    return {"home_w": np.stack([watts, 2 * watts]), "lamps_w": watts, "fans_w": 3 * watts, "seen": np.stack([watts, 5])}


def test_stacked_bars_take_an_array_or_names_and_call_the_columns_as_told():
    view = stacked_bars(
        {"At home": "home_w", "Elsewhere": ["lamps_w", "fans_w"]},
        ["Lamps", "Fans"],
        unit="W",
        colours=["teal", "plum"],
        columns=("place", "device", "watt"),
    )
    table = explore(lamps, view, watts=Slider(1, 100, 10)).table()
    assert table["place"].tolist() == ["At home", "At home", "Elsewhere", "Elsewhere"]
    assert table["device"].tolist() == ["Lamps", "Fans"] * 2
    assert table["watt"].tolist() == [10, 20, 10, 30]


def test_reference_bars_show_an_output_beside_known_figures():
    view = reference_bars(["Kitchen", "Hall"], "seen", [9.0, 6.0], unit="W", columns=("room", "metered"))
    table = explore(lamps, view, watts=Slider(1, 100, 10)).table()
    assert table.to_dict("list") == {"room": ["Kitchen", "Hall"], "metered": [9.0, 6.0], "seen": [10, 5]}
