"""The tables: how they load, how they cite, and that what is wrong in them is found and named."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from explorables.tables import DataPackage
from explorables.tables import check as check_data
from hardware_phase import data
from hardware_phase.evidence import rules
from hardware_phase.sources import disagreements

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"


# --- loading -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", data.names())
def test_every_table_loads_with_the_types_of_its_description(name):
    table = data.load(name)
    dtypes = {"date": "datetime64", "number": "float64", "year": ("int64", "float64"), "boolean": "bool"}
    for field in data.describe(name)["schema"]["fields"]:
        if field["type"] in dtypes:
            assert str(table[field["name"]].dtype).startswith(dtypes[field["type"]]), field["name"]
        if "categories" in field:
            assert isinstance(table[field["name"]].dtype, pd.CategoricalDtype), field["name"]
        assert field["description"], f"{name}.{field['name']} is not described"


@pytest.mark.parametrize("name", data.names())
def test_every_row_says_its_kind_its_evidence_and_its_source(name):
    table = data.load(name)
    assert table[data.kind_column(name)].notna().all()
    assert table["evidence"].isin(["read", "derived", "recalled", "assumed"]).all()
    assert (table["source"].notna() | (table["evidence"] == "assumed")).all()
    assert set(table.attrs["sources"]) <= set(data.sources().index)


def test_dates_known_only_to_the_month_say_so():
    chips = data.load("chips").set_index("chip")
    assert chips.at["H20 96GB", "launch_date"] == pd.Timestamp("2023-11-09")
    assert chips.at["H20 96GB", "launch_date_precision"] == "day"
    assert chips.at["Ascend 910C (press)", "launch_date"] == pd.Timestamp("2025-03-01")
    assert chips.at["Ascend 910C (press)", "launch_date_precision"] == "month"


def test_attributes_hold_units_and_sources():
    chips = data.load("chips")
    assert chips.attrs["name"] == "chips"
    assert chips.attrs["units"]["memory_bandwidth_gbps"] == "GB/s"
    assert "epoch_2026_ml_hardware" in chips.attrs["sources"]


@pytest.mark.parametrize(
    ("wrong", "near"), [("chip", "chips"), ("powereconomics", "power_economics"), ("Model", "models")]
)
def test_a_wrong_table_name_suggests_the_near_one(wrong, near):
    with pytest.raises(KeyError, match=f"Did you mean .*{near}"):
        data.load(wrong)


def test_the_tables_are_found_from_another_working_directory(tmp_path):
    command = "from hardware_phase import data; print(len(data.load('chips')))"
    found = subprocess.run([sys.executable, "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert int(found.stdout) == len(data.load("chips"))


def test_the_tables_are_found_in_an_installed_wheel(tmp_path):
    """The wheel is laid out by hand as pyproject.toml says, so that the test needs no network for a build backend."""
    layout = (ROOT / "pyproject.toml").read_text()
    target = re.search(r'"data" = "(.+)"', layout)[1]
    shutil.copytree(ROOT / "src" / "hardware_phase", tmp_path / "hardware_phase")
    shutil.copytree(ROOT / "data", tmp_path / target)
    shutil.copytree(
        ROOT / "src" / "explorables", tmp_path / "explorables", ignore=shutil.ignore_patterns("node_modules")
    )
    command = "from hardware_phase import data; print(data.folder); print(len(data.load('chips')))"
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", command], cwd="/", env=environment, capture_output=True, text=True, check=True
    )
    directory, rows = run.stdout.split()
    assert directory == str(tmp_path / target)
    assert int(rows) == len(data.load("chips"))


# --- one value ---------------------------------------------------------------------------------------------------


def test_value_finds_one_cell():
    assert data.value("chips", column="tpp", chip="H20 96GB") == 2368
    assert data.value("policy_events", column="date", event_id="EV-001") == pd.Timestamp("2018-04-15")


@pytest.mark.parametrize(
    ("column", "match", "error", "message"),
    [
        ("tdp", {"chip": "H20 96GB"}, KeyError, "no column 'tdp'.*Did you mean 'tdp_w'"),
        ("tdp_w", {"chop": "H20 96GB"}, KeyError, "no column 'chop'.*Did you mean 'chip'"),
        ("tdp_w", {"vendor": "Nvidia", "chip": "H20"}, KeyError, "no row with chip='H20'.*'H20 96GB'"),
        ("tdp_w", {"vendor": "Nvidia"}, ValueError, "rows match .*they differ in chip"),
        ("fp8_dense_tflops", {"chip": "V100 SXM2 32GB"}, ValueError, "fp8_dense_tflops is empty"),
    ],
)
def test_value_says_what_did_not_match(column, match, error, message):
    with pytest.raises(error, match=message):
        data.value("chips", column=column, **match)


# --- sources -----------------------------------------------------------------------------------------------------


def test_cite_names_the_publishers_of_the_rows_it_is_given():
    chips = data.load("chips").set_index("chip")
    assert data.cite(chips.loc[["H20 96GB"]]) == "Source: Epoch AI (2026)."
    assert data.cite(chips.loc["H20 96GB"]) == "Source: Epoch AI (2026)."
    assert data.cite(chips.loc[["H20 96GB"]], style="myst") == "{cite}`epoch_2026_ml_hardware`"


def test_cite_counts_the_rest_where_there_are_many():
    listings = data.load("listings")
    line = data.cite(listings, limit=2)
    assert line.count("(") == 2
    assert line.endswith(f"and {data.cite(listings, limit=99).count('),') + 1 - 2} more.")


def test_cite_refuses_rows_that_lost_their_source():
    with pytest.raises(ValueError, match="keep the column 'source'"):
        data.cite(data.load("chips")[["chip", "tpp"]])


def test_sources_names_a_near_key_for_a_dead_one():
    with pytest.raises(KeyError, match="epoch_2026_ml_hardwar.*Did you mean 'epoch_2026_ml_hardware'"):
        data.sources(pd.DataFrame({"source": ["epoch_2026_ml_hardwar"]}))


# --- what is wrong is found --------------------------------------------------------------------------------------


def test_the_tables_of_the_book_have_nothing_wrong():
    assert [str(problem) for problem in check_data.check(data.folder, BOOK, rules=rules)] == []


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copytree(data.folder, tmp_path / "data"))


def edit(folder, name, column, value, **match):
    """Put a value into one cell of a table's copy; returns the row as an editor numbers it."""
    path = folder / f"{name}.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    rows = table.index[(table[list(match)] == pd.Series(match)).all(axis=1)]
    assert len(rows) == 1, f"{match} is to be one row, not {len(rows)}"
    assert table.at[rows[0], column] != value
    table.loc[rows[0], column] = value
    table.to_csv(path, index=False, lineterminator="\n")
    return int(rows[0]) + 2


def keep(folder, *names):
    """Leave only some tables in a copy, so that checking it is quick."""
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    package["resources"] = [resource for resource in package["resources"] if resource["name"] in names]
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")


BREAKS = [
    # table, column, bad value, row to put it in, what the message must say
    ("chips", "tdp_w", "four hundred", {"chip": "H20 96GB"}, "a number from"),
    ("chips", "tdp_w", "0.4", {"chip": "H20 96GB"}, "in W"),
    ("chips", "launch_date", "2023-13-09", {"chip": "H20 96GB"}, "a date as YYYY-MM-DD"),
    ("chips", "launch_date", "9 Nov 2023", {"chip": "H20 96GB"}, "a date as YYYY-MM-DD"),
    ("chips", "country", "Chian", {"chip": "Ascend 910C (press)"}, "one of CN, US"),
    ("chips", "evidence", "", {"chip": "H20 96GB"}, "a value"),
    ("chips", "chip", "H200 SXM 141GB ", {"chip": "H20 96GB"}, "no space at either end"),
    ("chips", "tpp", "2386", {"chip": "H20 96GB"}, "largest of rate x bit length = 2368"),
    ("chips", "performance_density", "29.1", {"chip": "H20 96GB"}, "tpp / die_area_mm2 = 2.90"),
    ("chips", "price_usd_low", "13000", {"chip": "H20 96GB"}, "at most price_usd_high, which is 12000"),
    ("chips", "source", "epoch_2026_hardware", {"chip": "H20 96GB"}, "a key of references.bib"),
    ("chips", "source_other", "epoch_2026_chip_counts;nobody_1999", {"chip": "H20 96GB"}, "a key of references.bib"),
    (
        "generation",
        "generation_twh",
        "10086.88",
        {"year": "2023", "country": "CHN", "source_type": "total"},
        "the sum of",
    ),
    ("generation", "preferred", "no", {"year": "2023", "country": "CHN", "source_type": "coal"}, "exactly one"),
    (
        "generation",
        "preferred",
        "yes",
        {"year": "2024", "country": "USA", "source": "eia_2026_us_energy_data", "source_type": "hydro"},
        "exactly one",
    ),
    ("capacity", "installed_gw", "1520", {"year": "2015", "country": "CHN", "source_type": "total"}, "the sum of"),
    (
        "market_share",
        "share_pct",
        "77",
        {"year": "2025", "vendor": "Nvidia", "period": "year", "basis": "units"},
        "to add to 100",
    ),
    (
        "market_share",
        "share_pct",
        "140",
        {"year": "2025", "vendor": "Nvidia", "period": "year", "basis": "units"},
        "from 0 to 100",
    ),
    ("market_share", "low_pct", "41", {"year": "2025", "vendor": "Huawei", "basis": "value"}, "at most share_pct"),
    (
        "production",
        "units",
        "5000000",
        {"vendor": "All vendors", "year": "2025", "metric": "shipments in China"},
        "the sum of Nvidia, AMD",
    ),
    (
        "production",
        "units",
        "1000",
        {"vendor": "Nvidia", "year": "2025", "metric": "cumulative shipments to China"},
        "no less than the year before",
    ),
    (
        "production",
        "units",
        "1300000",
        {"vendor": "Nvidia", "year": "2024", "metric": "cumulative shipments to China"},
        "at most high",
    ),
    (
        "revenue",
        "value_m",
        "7000",
        {"vendor": "Cambricon", "metric": "total_revenue", "period": "2025"},
        "the sum of its quarters",
    ),
    ("models", "training_compute_flop", "3.14e24", {"model": "GPT-3 175B"}, "6ND"),
    ("models", "params_active_b", "700", {"model": "DeepSeek-V3"}, "at most params_total_b"),
    ("models", "open_weights", "yes", {"model": "DeepSeek-V3"}, "true or false"),
    (
        "inference_prices",
        "usd_per_m_blended_3to1",
        "30",
        {"model": "GPT-4 Turbo 1106"},
        "(3 x input + output) / 4 = 15",
    ),
    ("gpu_efficiency", "tflops_per_w", "2.5", {"chip": "NVIDIA B200"}, "peak_tflops / tdp_w = 2.25"),
    (
        "huawei_revenue",
        "revenue_usd_bn_average_rate",
        "8.5",
        {"year": "2005", "source": "huawei_2009_annual_report"},
        "revenue_cny_bn / cny",
    ),
    ("long_game", "base", "6250000000", {"parameter": "us_power_w"}, "at its low end because"),
    ("long_game", "base", "1600000", {"parameter": "dies_2026"}, "at its high end because"),
    ("op_energy", "energy_pj", "9", {"operation": "HBM3E access"}, "inside the range"),
    ("chips", "launch_date", "2022-08-11", {"chip": "A800 SXM4 80GB"}, "a day after 2022-10-07"),
    ("classification_cases", "die_area_mm2", "800", {"case_id": "CASE-015"}, "814, as for another row of this design"),
    ("gpu_efficiency", "release_date", "2022-08-11", {"chip": "NVIDIA A800 SXM"}, "2022-11-07"),
    ("gpu_efficiency", "tdp_w", "450", {"chip": "NVIDIA A100 SXM4 80 GB"}, "400.0, as in chips.csv"),
    (
        "chips",
        "tpp",
        "6800",
        {"chip": "Ascend 950PR (Atlas 350 card as launched)"},
        "largest of rate x bit length = 6052",
    ),
    ("efficiency_trends", "doubling_time_years", "3.5", {"metric": "16-bit performance of ML hardware"}, "ln 2"),
    (
        "classification_cases",
        "rule_id",
        "BIS-2023-10:3A090.z",
        {"case_id": "CASE-002"},
        "a rule_id of export_rules.csv",
    ),
    ("classification_cases", "rule_id", "BIS-2023-10:3A090.a.1", {"case_id": "CASE-004"}, "a paragraph of BIS-2022-10"),
    ("export_rules", "effective_date", "2024-01-01", {"rule_id": "BIS-2022-10:3A090.a.1"}, "at most end_date"),
    (
        "export_rules",
        "export_year_cmp",
        "",
        {"rule_id": "BIS-2025-01-FOUNDRY:35BN-2027"},
        "a comparator where export_year is filled",
    ),
    (
        "efficiency_checks",
        "inputs",
        '{"hours": "many"}',
        {"case": "deepseek_v3_total_hours"},
        "a JSON object of numbers",
    ),
    ("energy_checks", "inputs", "{hours: 1}", {"case": "cm384_vs_nvl72_power_ratio"}, "a JSON object of numbers"),
    ("mobile_subscriptions", "year", "1997.5", {"iso3": "DEU", "year": "1997"}, "a whole number"),
    ("country_covariates", "iso3", "Nor", {"iso3": "NOR"}, "the pattern [A-Z]{3}"),
]


@pytest.mark.parametrize(
    ("table", "column", "bad", "match", "expected"), BREAKS, ids=lambda v: v if isinstance(v, str) else ""
)
def test_a_broken_cell_is_named_by_file_row_and_column(copy, table, column, bad, match, expected):
    row = edit(copy, table, column, bad, **match)
    keep(copy, table, "export_rules", "chips")
    messages = [str(problem) for problem in check_data.check(copy, rules=rules)]
    place = re.compile(rf"^{table}\.csv, row {row}, column {column}: found .*, expected .*{re.escape(expected)}")
    assert any(place.match(message) for message in messages), messages


@pytest.mark.parametrize("mark", ["kind", "note"])
def test_a_provisional_row_gives_way_to_a_final_one(mark):
    table = data.load("generation").astype({"preferred": str, "kind": str})
    china = (table["country"] == "CHN") & (table["year"] == 2025) & (table["source_type"] == "total")
    older = china & (table["preferred"] == "no")
    table.loc[china, "preferred"] = table.loc[china, "preferred"].map({"yes": "no", "no": "yes"})
    table.loc[older, ["kind", "note"]] = ("estimate", "") if mark == "kind" else ("reported", "Preliminary")
    [(position, column, _, _)] = rules.provisional_gives_way(table)
    assert older.iloc[position] and column == "preferred"


@pytest.mark.parametrize("note", ["", None, "At its low end.", "At its high end because of something else"])
def test_a_value_at_an_end_stays_only_with_a_reason_in_words(note):
    table = data.load("long_game")
    assert not list(rules.inside_or_explained(table))
    lever = table["parameter"] == "stopped"
    table.loc[lever, "note"] = note
    [(position, column, found, _)] = rules.inside_or_explained(table)
    assert lever.iloc[position] and column == "base" and "low end" in found


@pytest.mark.parametrize(("twh", "message"), [(1520.0, "nothing below zero"), (1150.0, "as the year before")])
def test_parts_that_do_not_fit_together_are_named(twh, message):
    """Each of several counts may be right by itself; what they leave of the total gives it away."""
    table = data.load("generation")
    hydro = (table["year"] == 2025) & (table["country"] == "CHN") & (table["source_type"] == "hydro")
    table.loc[hydro & (table["preferred"] == "yes"), "generation_twh"] = twh
    assert not list(rules.residual_is_plausible(data.load("generation")))
    [(_, column, found, expected)] = rules.residual_is_plausible(table)
    assert column == "generation_twh" and "CHN" in found and message in expected


def test_a_row_written_twice_is_named(copy):
    lines = (copy / "chips.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (copy / "chips.csv").write_text("".join([*lines, lines[3]]), encoding="utf-8")
    keep(copy, "chips")
    messages = [str(problem) for problem in check_data.check(copy, rules=rules)]
    assert any(m.startswith(f"chips.csv, row {len(lines) + 1}, column chip: found") and "once" in m for m in messages)


def test_a_column_that_is_renamed_is_named(copy):
    text = (copy / "chips.csv").read_text(encoding="utf-8")
    (copy / "chips.csv").write_text(text.replace("tdp_w", "tdp_kw", 1), encoding="utf-8")
    assert str(check_data.check(copy, rules=rules)[0]).startswith(
        "chips.csv, row 1, column tdp_kw, tdp_w: found the header"
    )


def test_a_table_that_is_gone_and_one_that_nobody_described_are_named(copy):
    (copy / "chips.csv").rename(copy / "chops.csv")
    messages = [str(problem) for problem in check_data.check(copy, rules=rules)]
    assert "chips.csv: found no such file, expected the table that datapackage.json describes" in messages
    assert "chops.csv: found a table, expected its description in datapackage.json" in messages


def test_a_source_that_nothing_uses_is_named(copy):
    entry = "@misc{nobody_1999,\n  author = {{Nobody}},\n  title = {{None}},\n  year = {1999},\n  urldate = {2026-01-01},\n}\n"
    with (copy / "references.bib").open("a", encoding="utf-8") as file:
        file.write(entry)
    (problem,) = (p for p in check_data.check(copy, BOOK, rules=rules) if p.file == "references.bib")
    assert "nobody_1999, which no row and no page names" in str(problem)


def test_a_source_without_a_title_is_named(copy):
    text = (copy / "references.bib").read_text(encoding="utf-8")
    (copy / "references.bib").write_text(re.sub(r"  title = .*\n", "", text, count=1), encoding="utf-8")
    (problem,) = (p for p in check_data.check(copy, BOOK, rules=rules) if p.file == "references.bib")
    assert (problem.file, problem.row, problem.column) == ("references.bib", 1, "title")


def test_a_citation_of_an_unknown_source_is_named(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "page.md").write_text("# A page\n\nSaid {cite}`nobody_1999`.\n")
    problems = [
        str(p) for p in check_data.check(data.folder, tmp_path / "book", rules=rules) if p.file.endswith("page.md")
    ]
    assert problems == ["book/page.md, row 3: found 'nobody_1999', expected a key of references.bib"]


def test_a_malformed_table_does_not_load(copy):
    row = edit(copy, "chips", "country", "Chian", chip="H20 96GB")
    assert row > 1
    with pytest.raises(ValueError, match=r"chips.csv, column country: Chian .*make check-data"):
        DataPackage(copy).load("chips")


def test_the_command_prints_the_problems_and_fails(copy, tmp_path):
    edit(copy, "chips", "performance_density", "29.1", chip="H20 96GB")
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    run = subprocess.run(
        [sys.executable, "-m", "explorables.build.tables"],
        env=os.environ | {"PYTHONPATH": str(tmp_path / "src")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert re.search(r"chips\.csv, row \d+, column performance_density: found 29.1", run.stdout)
    assert "check-data: 1 problem\n" in run.stdout


# --- the package description -------------------------------------------------------------------------------------


def test_the_description_is_a_data_package_with_licence_and_sources():
    package = json.loads((data.folder / "datapackage.json").read_text(encoding="utf-8"))
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    for resource in package["resources"]:
        assert resource["title"]
        assert resource["description"].startswith("A row is")
        assert resource["licenses"]
        assert resource["sources"]
        assert resource["schema"]["primaryKey"]


# --- where sources disagree --------------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", disagreements.topics())
def test_a_disagreement_has_two_sides(topic):
    comparison = disagreements.compare(topic)
    assert len(comparison.table()) >= 2
    assert comparison.rows["source"].isin(data.sources().index).all()
    assert topic.replace("'", "&#x27;") in comparison._repr_html_()


def test_every_disagreement_is_shown_on_its_page():
    page = (BOOK / "sources-disagree.md").read_text(encoding="utf-8")
    assert re.findall(r'^compare\("(.+)"\)$', page, re.MULTILINE) == disagreements.topics()


def test_figures_are_given_as_value_range_or_bound():
    table = disagreements.compare("Ascend chips made in 2025").table().set_index("What is said")["Figure"]
    assert table["US Under Secretary Kessler: capacity"] == "at most 200,000\N{NO-BREAK SPACE}chips"
    assert table["Wall Street Journal: shipped"] == "at least 800,000\N{NO-BREAK SPACE}chips"
    assert table["SemiAnalysis: made"] == "805,000\N{NO-BREAK SPACE}chips"
    ethiopia = disagreements.compare("DeepSeek's share of chatbot use in Ethiopia").table()
    assert "11 to 14\N{NO-BREAK SPACE}%" in set(ethiopia["Figure"])


def test_the_spread_is_the_highest_figure_over_the_lowest():
    spread = disagreements.spread().set_index("topic")["ratio"]
    assert spread["Nvidia chips that reached China in 2025"] == pytest.approx(2_200_000 / 531_486)
    assert "Chips smuggled into China" not in spread  # one in chips, the other in H100 equivalents


def test_an_unknown_topic_is_refused_with_the_known_ones():
    with pytest.raises(KeyError, match="Power of an H20"):
        disagreements.compare("Power of an H21")


def test_a_figure_that_no_longer_agrees_with_its_table_is_named(copy):
    row = edit(copy, "disagreements", "value", "810", statement="Press and Epoch AI")
    keep(copy, "disagreements", "chips")
    messages = [str(problem) for problem in check_data.check(copy, rules=rules)]
    assert f"disagreements.csv, row {row}, column value: found 810.0, expected 800.0, as in chips" in messages
