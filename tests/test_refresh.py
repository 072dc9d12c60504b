"""Publishers' tables taken in: what is fetched, compared, told and written, with answers of theirs and a server here."""

import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import types
from pathlib import Path

import pandas as pd
import pytest

from explorables.book import Book, current
from explorables.classroom.exercises import source
from explorables.refresh import Upstream, UpstreamError, csv_table, json_records
from explorables.refresh.fetch import Fetcher
from explorables.refresh.merge import merge, same
from explorables.refresh.report import report
from explorables.refresh.run import refresh, upstreams
from explorables.refresh.standing import differences, standing
from explorables.refresh.upstream import number_text
from explorables.tables import DataPackage
from explorables.tables.package import read_text
from hardware_phase import data
from hardware_phase.evidence import standing as results

ANSWERS = Path(__file__).parent / "upstream"
BOOK = current()
RECORDED = {
    "owid-generation": ["owid-energy-data.csv"],
    "owid-carbon": ["owid-energy-data.csv"],
    "eia-prices": ["MER_T09_08.csv"],
    "eia-generation": ["MER_T07_02A.csv"],
    "ember-capacity": ["yearly_full_release_long_format.csv"],
    "epoch-hardware": ["ml_hardware.csv"],
    "epoch-models": ["all_ai_models.csv"],
    "epoch-sites": ["data_center_timelines.csv"],
    "epoch-clusters": ["gpu_clusters.csv"],
    "epoch-counts": [f"{name}_cumulative_totals.csv" for name in ("nvidia", "nvidia_owners", "tpu", "trainium", "amd")],
    "worldbank-economies": ["population.json", "income.json"],
    "worldbank-mobile": ["mobile.json"],
    "federal-register": ["documents.json"],
    "openrouter-shares": ["rankings-daily.json"],
    "huggingface-downloads": ["qwen.json", "deepseek.json", "llama.json"],
}
BY_NAME = {one.name: one for one in upstreams(BOOK)}


def taken(name: str) -> pd.DataFrame:
    """What an adapter makes of its recorded answers."""
    return BY_NAME[name].take([(ANSWERS / file).read_bytes() for file in RECORDED[name]], "2026-08-22")


def ours(name: str) -> pd.DataFrame:
    """The table that an adapter feeds, as text."""
    return read_text(BOOK.data.folder, BOOK.data.describe(BY_NAME[name].table))


# -- this book's adapters --------------------------------------------------------------------------------------------


def test_every_adapter_has_a_recorded_answer():
    assert set(RECORDED) == set(BY_NAME)


@pytest.mark.parametrize("name", RECORDED)
def test_an_adapter_gives_rows_of_the_books_table(name):
    upstream, rows = BY_NAME[name], taken(name)
    fields = {field["name"]: field for field in BOOK.data.describe(upstream.table)["schema"]["fields"]}
    assert set(upstream.key) | set(upstream.values) | set(upstream.along) <= set(fields)
    assert (
        upstream.source in BOOK.data.bibliography()
        or {"author", "title", "url"} <= set(upstream.entry)
        or upstream.offers
    )
    assert set(upstream.earlier) <= set(BOOK.data.bibliography())
    assert upstream.licence
    for column in set(rows) & set(fields):
        if "categories" in fields[column] and upstream.fills and not upstream.offers:
            assert set(rows[column]) <= {*fields[column]["categories"], ""}, column
    merge(ours(name), rows, upstream)  # the units agree, and every row finds its place


@pytest.mark.parametrize("name", RECORDED)
def test_a_column_that_a_publisher_renames_is_named(name):
    upstream = BY_NAME[name]
    missing = upstream.columns[-1]
    bodies = [
        (ANSWERS / file).read_bytes().replace(missing.split(".")[0].encode(), b"Renamed") for file in RECORDED[name]
    ]
    with pytest.raises(UpstreamError, match="no column"):
        upstream.take(bodies, "2026-08-22")


def test_figures_that_were_taken_by_hand_from_the_same_answer_agree():
    """The tables were filled from these very versions, by hand: the adapters find the same figures."""
    for name in ("epoch-hardware", "epoch-counts"):
        merged = merge(ours(name), taken(name), BY_NAME[name])
        assert (merged.changed, merged.new) == ([], []), name
        assert merged.same > 10


def test_electricity_of_2025_is_what_the_publisher_says():
    rows = taken("owid-generation").set_index(["year", "source_type"])["generation_twh"]
    assert (rows["2025", "total"], rows["2025", "coal"], rows["2025", "other"]) == ("10583.36", "5751.56", "89.55")


def test_a_site_stands_as_at_the_end_of_a_year_and_what_is_planned_says_so():
    rows = taken("epoch-sites").set_index(["site", "year", "metric"])
    assert rows.loc[("alibaba_zhangbei", "2025", "facility_power"), "base"] == "102"
    assert rows.loc[("stargate_abilene", "2026", "facility_power"), "note"] == "2026-11-01 projection"
    assert not any(year > "2026" for _, year, _ in rows.index)


def test_prices_in_cents_and_energy_in_million_kwh_become_the_books_units():
    prices = taken("eia-prices").set_index(["year", "metric"])["value"]
    assert prices["2012", "industrial_electricity_price"] == "0.0667" and len(prices) == 5  # whole years since 2001
    made = taken("eia-generation").set_index(["year", "source_type"])
    assert made.loc[("2025", "coal"), "generation_twh"] == "737.15"
    assert made.loc[("2024", "solar"), "note"] == "utility-scale only"
    merged = merge(ours("eia-prices"), taken("eia-prices"), BY_NAME["eia-prices"])
    assert not merged.changed and merged.same == 5, "the book's rows are these, with a digit less"


@pytest.mark.parametrize(("name", "unit"), [("eia-prices", b"Dollars per MWh"), ("eia-generation", b"Billion kWh")])
def test_a_unit_that_the_publisher_changes_is_named(name, unit):
    (file,) = RECORDED[name]
    kept = {"eia-prices": b"Cents per Kilowatthour,  Including Taxes", "eia-generation": b"Million Kilowatthours"}
    with pytest.raises(UpstreamError, match=f"in {unit.decode()} now"):
        BY_NAME[name].take([(ANSWERS / file).read_bytes().replace(kept[name], unit)], "2026-08-22")


def test_clusters_are_counted_once_and_only_those_that_run():
    computing = taken("epoch-clusters").set_index("country")["base"]
    assert computing.to_dict() == {"CHN": "200000", "USA": "1000000", "WORLD": "1250000"}


def test_shares_of_tokens_are_of_whole_months_and_say_what_the_rest_would_do():
    rows = taken("openrouter-shares").set_index("metric")
    assert rows["period"].tolist() == ["2026-04", "2026-04"], "of May twenty days are there"
    row = rows.loc["chinese_model_token_share"]
    assert (row["value"], row["value_low"]) == ("56.2", "45")  # 4.5 of 8 that are named, and of all 10


def test_rules_are_offered_once_and_never_entered():
    rows = taken("federal-register")
    table = ours("federal-register")
    first = merge(table, rows, BY_NAME["federal-register"])
    assert [key for key, _ in first.offered] == [", ".join(row) for row in rows[["date", "event"]].to_numpy()]
    assert len(first.offered) == 2  # a notice on fees is not among them
    again = merge(table, rows, BY_NAME["federal-register"], last=rows)
    assert (first.anything, again.offered) == (False, [])


def test_a_stored_copy_of_the_whole_table_is_read_where_there_is_one():
    """A clone of the publisher's repository beside this checkout, or what OWID_ENERGY_DATA names."""
    copy = os.environ.get("OWID_ENERGY_DATA", "")
    if not Path(copy).is_file():
        pytest.skip("no whole copy here: set OWID_ENERGY_DATA to the path of owid-energy-data.csv")
    rows = BY_NAME["owid-generation"].take([Path(copy).read_bytes()], "2026-01-01")
    assert {"CHN", "USA", "WORLD"} <= set(rows["country"])
    assert len(rows) > 500


# -- three-way comparison --------------------------------------------------------------------------------------------


def plants(**more: object) -> Upstream:
    """A publisher of a small table."""
    return Upstream(
        **{
            "name": "plants",
            "table": "plants",
            "title": "Plants",
            "licence": "CC0",
            "addresses": (),
            "source": "register",
            "columns": ("plant", "mw"),
            "key": ("plant",),
            "values": {"mw": ".1f"},
            "rows": lambda table: table.assign(note="from the register"),
            "entry": {"author": "Register", "title": "Plants", "publisher": "Register", "url": "https://example.org"},
            **more,
        }
    )


def table(*rows: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["plant", "mw", "source", "note"])


def theirs(**figures: str) -> pd.DataFrame:
    return plants().take([("plant,mw\n" + "".join(f"{k},{v}\n" for k, v in figures.items())).encode()], "2026-01-01")


MINE = table(("a", "10", "register", ""), ("b", "20", "register", ""), ("c", "30", "visit", "seen by us"))


def test_new_and_changed_figures_come_in_and_rows_of_others_stay():
    merged = merge(MINE, theirs(a="10.04", b="25", c="99", d="5"), plants(along=("note",)))
    assert [(cell.key, cell.old, cell.new, cell.by) for cell in merged.changed] == [("b", "20", "25", "+25 %")]
    assert merged.table.loc[merged.table["source"] == "visit", "mw"].tolist() == ["30"]
    assert merged.table.loc[merged.table["plant"] == "b", "note"].tolist() == ["from the register"]
    assert [key for key, _ in merged.new] == ["c", "d"]
    assert [(cell.key, cell.old, cell.new) for cell in merged.disagree] == [("c (visit)", "30", "99")]
    assert list(MINE["mw"]) == ["10", "20", "30"]  # what was given is not changed


def test_a_correction_by_hand_wins_until_the_publishers_figure_moves():
    last = theirs(a="10", b="18")  # b was corrected to 20 since
    kept = merge(MINE, theirs(a="10", b="18"), plants(), last)
    assert (kept.changed, [cell.new for cell in kept.kept]) == ([], ["18"])
    moved = merge(MINE, theirs(a="10", b="19"), plants(), last)
    assert [(cell.old, cell.new, cell.corrected) for cell in moved.changed] == [("20", "19", True)]


def test_a_row_that_is_gone_is_told_and_stays():
    merged = merge(MINE, theirs(a="10"), plants(), theirs(a="10", b="20"))
    assert merged.gone == ["b"]
    assert len(merged.table) == len(MINE)


def test_a_row_beside_one_that_is_used_is_not_used_and_the_difference_is_told():
    marked = plants(key=("plant", "year"), mark=("preferred", ("plant", "year")), columns=("plant", "year", "mw"))
    mine = pd.DataFrame([("a", "2025", "10", "visit", "yes")], columns=["plant", "year", "mw", "source", "preferred"])
    merged = merge(mine, marked.take([b"plant,year,mw\na,2025,12\nb,2025,7\n"], "2026-01-01"), marked)
    assert dict(zip(merged.table["plant"] + merged.table["source"], merged.table["preferred"], strict=True)) == {
        "avisit": "yes",
        "aregister": "no",
        "bregister": "yes",
    }
    assert [(cell.old, cell.new) for cell in merged.disagree] == [("10", "12")]


def test_figures_that_are_rounded_are_the_same():
    assert same("10.0", "10.04") and same("3.14e23", "3.142e23") and same("1000", "1000.0")
    assert not same("10.0", "10.06") and not same("1000", "1001") and not same("", "0")
    assert [number_text(x, f) for x, f in ((12.50, ".2f"), (1e25, ".4g"), (2.5467e5, ".5g"), (0, ".1f"))] == [
        "12.5",
        "1e25",
        "254670",
        "0",
    ]


# -- what cannot be taken in -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"plant,mw\na,10\nb,2", None),
        (b"plant,mw\na,10\nb", "cut off"),
        (b'plant,mw\na,10\n"b', "cut off"),
        (b"plant,mw\na,10\na,11\n", "two rows for a"),
        (b"plant,power\na,10\n", "no column 'mw'"),
        (b"plant,mw\na,ten\n", "'ten' where a number of mw"),
        (b"plant,mw\n", "no rows"),
        (b"plant,mw\n\xff\xfe", "UTF-8"),
    ],
)
def test_a_bad_file_is_an_error_that_says_what_is_wrong(body, says):
    if says is None:
        assert len(plants().take([body], "2026-01-01")) == 2
    else:
        with pytest.raises(UpstreamError, match=says):
            plants().take([body], "2026-01-01")


def test_another_unit_is_noticed():
    mine = table(*((name, str(n), "register", "") for n, name in enumerate("abcd", 1)))
    with pytest.raises(UpstreamError, match="about 1e\\+03 times"):
        merge(mine, theirs(a="1000", b="2000", c="3000", d="4"), plants())


def test_a_table_of_which_most_is_missing_is_refused():
    last = theirs(a="1", b="2", c="3", d="4")
    with pytest.raises(UpstreamError, match="of the 4 rows that came last time only 1"):
        merge(MINE, theirs(a="1"), plants(), last)


@pytest.mark.parametrize("body", [b"{", b'{"error": "none"}', b'{"results": []}'])
def test_json_without_records_is_an_error(body):
    with pytest.raises(UpstreamError):
        json_records("results")(body)


def test_csv_of_a_spreadsheet_is_read():
    assert csv_table(b'\xef\xbb\xbfa,b\r\n1,"x\r\ny"\r\n').loc[0].tolist() == ["1", "x\r\ny"]


# -- over the network ------------------------------------------------------------------------------------------------


class Publisher(http.server.BaseHTTPRequestHandler):
    """Answers of every kind, by path."""

    asked: list[str] = []  # noqa: RUF012 - shared by all requests of a test

    def do_GET(self) -> None:
        self.asked.append(self.path)
        name = self.path.strip("/")
        body, status, headers = b"plant,mw\na,11\nb,20\n", 200, {"content-type": "text/csv"}
        if name == "html":
            body, headers = b"<!DOCTYPE html><p>Sign in", {"content-type": "text/html"}
        elif name == "away":
            status, headers = 302, {"location": "http://elsewhere.example/plants.csv"}
        elif name == "moved":
            status, headers = 301, {"location": "/plants"}
        elif name == "gone":
            status = 404
        elif name == "renamed":
            body = body.replace(b"mw", b"power")
        elif name == "doubled":
            body += b"a,12\n"
        elif name == "kilowatts":
            body = b"plant,mw\n" + b"".join(b"%c,%d000\n" % (plant, mw) for plant, mw in zip(b"abde", (11, 20, 40, 50)))
        elif name == "emptied":
            body = b"plant,mw\na,11\n"
        elif name == "key":
            own = "127.0.0.1" in self.headers["host"]
            status = 200 if self.headers.get("authorization") == ("Bearer secret" if own else None) else 401
        elif name == "key-away":
            status, headers = 302, {"location": f"http://localhost:{self.server.server_port}/key"}
        elif name in ("busy", "later", "twice"):
            status, headers = 429, {"retry-after": "3600" if name == "later" else "0"}
            if name == "twice" and self.asked.count(self.path) > 2:
                status, headers = 200, {}
        elif name == "kept":
            headers = {"etag": '"1"'}
            if self.headers.get("if-none-match") == '"1"':
                status, body = 304, b""
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        if name == "cut":  # by a server that does not say how long the file is
            body = body[:-2]
        else:
            self.send_header("content-length", str(len(body) + (100 if name == "broken" else 0)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture(scope="module")
def publisher():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def fetcher(tmp_path):
    Publisher.asked.clear()
    return Fetcher(tmp_path / "cache", say=lambda _: None, pause_s=0.001)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("html", "a web page came instead"),
        ("away", "another host"),
        ("gone", "404"),
        ("busy", "429 .*4 times in a row"),
        ("later", "wait 3600 s"),
        ("broken", "connection failed .*4 times"),
        ("cut", "cut off, 4 times"),
        ("key", "401 .*wants a key"),
    ],
)
def test_an_answer_that_is_none_is_an_error_and_keeps_no_copy(publisher, fetcher, path, says):
    with pytest.raises(UpstreamError, match=says):
        fetcher.get(f"{publisher}/{path}")
    assert not fetcher.cache.exists()


def test_a_publisher_that_is_busy_is_asked_again(publisher, fetcher):
    assert fetcher.get(f"{publisher}/twice").body.startswith(b"plant")
    assert len(Publisher.asked) == 3


def test_a_file_that_has_moved_on_its_host_is_followed(publisher, fetcher):
    assert fetcher.get(f"{publisher}/moved").body.startswith(b"plant")


def test_a_key_is_shown_to_its_publisher_and_to_no_other_host(publisher, fetcher):
    assert fetcher.get(f"{publisher}/key", key="secret").body.startswith(b"plant")
    assert fetcher.get(f"{publisher}/key-away", ("localhost",), "secret").body.startswith(b"plant")
    assert not any(b"secret" in file.read_bytes() for file in fetcher.cache.iterdir())


def test_a_file_is_sent_again_only_if_it_has_changed(publisher, fetcher):
    first, second = fetcher.get(f"{publisher}/kept"), fetcher.get(f"{publisher}/kept")
    assert (first.fresh, second.fresh, first.digest == second.digest) == (True, False, True)
    offline = Fetcher(fetcher.cache, offline=True).get(f"{publisher}/kept")
    assert offline.body == first.body
    with pytest.raises(UpstreamError, match="no copy of it"):
        Fetcher(fetcher.cache, offline=True).get(f"{publisher}/never")


# -- a small book, from the network to its files ---------------------------------------------------------------------


@pytest.fixture
def small(tmp_path, monkeypatch, publisher):
    """A book with one table, and its publisher."""
    data = tmp_path / "data"
    data.mkdir()
    MINE.to_csv(data / "plants.csv", index=False)
    fields = [{"name": name, "type": "number" if name == "mw" else "string"} for name in MINE]
    resource = {
        "name": "plants",
        "path": "plants.csv",
        "title": "Plants",
        "schema": {"fields": fields, "primaryKey": ["plant", "source"]},
    }
    (data / "datapackage.json").write_text(json.dumps({"resources": [resource]}, indent=1) + "\n")
    entry = "@misc{visit,\n  author = {{Us}},\n  title = {{A visit}},\n  year = {2025},\n  urldate = {2025-01-01},\n}\n"
    (data / "references.bib").write_text(entry + "\n" + entry.replace("visit", "register", 1))
    upstream = plants(addresses=(f"{publisher}/plants",))
    module = types.ModuleType("small_book")
    module.__dict__.update(UPSTREAM=(upstream,), EVERYWHERE=[], RULES={}, REFERENCES=[], across=lambda *_: [])
    monkeypatch.setitem(sys.modules, "small_book", module)
    return Book(title="Small", tables=DataPackage(data), upstream="small_book", rules="small_book")


def state(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_nothing_is_written_unless_it_is_asked(small, fetcher):
    before = state(small.data.folder)
    told = report(refresh(small, fetcher=fetcher, effects=False, say=lambda _: None))
    assert state(small.data.folder) == before
    assert "a: mw 10 → 11 (+10 %)" in told and "Nothing was written." in told


def asks(small: Book, publisher: str, path: str, monkeypatch: pytest.MonkeyPatch, **more: object) -> None:
    """Let the small book's publisher be at a path of the server."""
    upstream = plants(addresses=(f"{publisher}/{path}",), **more)
    monkeypatch.setattr(sys.modules["small_book"], "UPSTREAM", (upstream,))


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("broken", "connection failed"),
        ("cut", "cut off"),
        ("html", "a web page came instead"),
        ("away", "elsewhere.example, another host"),
        ("busy", "429"),
        ("later", "3600 s"),
        ("gone", "404"),
        ("renamed", "no column 'mw' any more; it has 'plant', 'power'"),
        ("doubled", "two rows for a"),
        ("kilowatts", "mw is about 1e\\+03 times .*changed the unit"),
        ("emptied", "of the 4 rows that came last time only 1"),
    ],
)
def test_what_cannot_be_taken_in_is_told_and_leaves_every_file_as_it_was(
    small, publisher, fetcher, monkeypatch, path, says
):
    """From the server to the files, as `make refresh ARGS=--write` does it."""
    asks(small, publisher, path, monkeypatch)
    table = small.data.folder / "plants.csv"
    table.write_text(table.read_text() + "d,40,register,\ne,50,register,\n")
    (small.data.folder / "upstream").mkdir()
    (small.data.folder / "upstream" / "plants.csv").write_text("plant,mw\na,10\nb,20\nd,40\ne,50\n")
    before = state(small.data.folder)
    done = refresh(small, fetcher=fetcher, write=True, effects=False, say=lambda _: None)
    assert re.search(says, done.failed["plants"]), done.failed
    assert f"**plants was not taken in.** {done.failed['plants']}" in report(done)
    assert not done.written and state(small.data.folder) == before


def test_a_publisher_that_wants_a_key_is_asked_where_there_is_one(small, publisher, fetcher, monkeypatch):
    asks(small, publisher, "key", monkeypatch, key_from="PLANTS_KEY")
    monkeypatch.delenv("PLANTS_KEY", raising=False)
    done = refresh(small, fetcher=fetcher, effects=False, say=lambda _: None)
    assert (done.failed, Publisher.asked) == ({}, []) and "Set `PLANTS_KEY` to yours" in report(done)
    monkeypatch.setenv("PLANTS_KEY", "secret")
    done = refresh(small, fetcher=fetcher, effects=False, say=lambda _: None)
    assert len(done.merged[0].changed) == 1 and "secret" not in report(done)


def test_what_is_taken_in_is_noted_with_its_day_and_hash(small, fetcher):
    done = refresh(small, fetcher=fetcher, write=True, effects=False, say=lambda _: None)
    after = state(small.data.folder)
    assert done.written and b"a,11,register" in after["plants.csv"] and b"c,30,visit,seen by us" in after["plants.csv"]
    (resource,) = json.loads(after["datapackage.json"])["resources"]
    assert resource["taken"][0]["upstream"] == "plants" and len(resource["taken"][0]["sha256"][0]) == 64
    assert resource["as_of"] == resource["taken"][0]["as_of"]
    assert after["upstream/plants.csv"].splitlines() == [b"plant,mw", b"a,11", b"b,20"]
    again = refresh(small, fetcher=fetcher, write=True, effects=False, say=lambda _: None)
    assert not again.merged[0].anything and state(small.data.folder) == after


def test_a_copy_that_the_table_was_made_from_is_noted_and_what_differs_counts_as_corrected(small, fetcher):
    refresh(small, fetcher=fetcher, adopt=True, effects=False, say=lambda _: None)
    assert state(small.data.folder)["plants.csv"] == MINE.to_csv(index=False).encode()
    (merged,) = refresh(small, fetcher=fetcher, effects=False, say=lambda _: None).merged
    assert [(cell.old, cell.new) for cell in merged.kept] == [("10", "11")]


def test_a_write_that_fails_leaves_every_file_as_it_was(small, fetcher, monkeypatch):
    (small.data.folder / "upstream").mkdir()
    before = state(small.data.folder)
    kept = Path.open

    def full(self: Path, *given: object, **named: object) -> object:
        if self.name == ".references.bib.new" and small.data.folder in self.parents:
            raise OSError("no space left on device")
        return kept(self, *given, **named)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(OSError, match="no space"):
        refresh(small, fetcher=fetcher, write=True, effects=False, say=lambda _: None)
    monkeypatch.undo()
    assert state(small.data.folder) == before


def test_what_follows_from_the_tables_is_compared_by_name():
    before = {"readouts": {"p: x": 1.0, "p: y": "yes"}, "printed": {"p, line 1": "3 of 4"}}
    after = {"readouts": {"p: x": 1.0 + 1e-12, "p: y": "no", "p: z": 2.0}, "printed": {"p, line 1": "3 of 4"}}
    assert differences(before, after) == {"readouts": [("p: y", "yes", "no"), ("p: z", "–", "2")]}


def test_what_a_page_says_is_found_by_name():
    page = next(page for page in source.book().rglob("*.md") if page.stem == "telecom")
    found = standing([page])
    assert not found["failed"]
    assert found["exercises"] and found["printed"] and found["self-checks"]
    explorer = next(iter(found["settings"])).partition(":")[0]
    assert any(name.startswith(f"{explorer}:") for name in found["readouts"])
    claims = data.load("claims")
    tested = claims[(claims["notebook"] == "energy-scale-long-game/telecom") & claims["explorer"].notna()].iloc[0]
    name, value = next((n, v) for n, v in found["readouts"].items() if n.startswith(f"telecom, {tested['explorer']}: "))
    said = found["verdicts and the numbers that they rest on"][tested["id"]]
    assert said.startswith(tested["verdict"]) and name.partition(": ")[2] in said, (said, value)


def test_the_book_under_other_tables_says_something_else(tmp_path):
    """One figure is changed; in a process of its own the book names the reproduced number that follows from it."""
    shutil.copytree(BOOK.data.folder, tmp_path / "data")
    file = tmp_path / "data" / "efficiency_checks.csv"
    file.write_text(file.read_text().replace('""pretrain_k"":2664,', '""pretrain_k"":2000,', 1))
    code = "from hardware_phase.evidence.standing import standing; import json; print(json.dumps(standing({})))"
    env = os.environ | {"EXPLORABLES_TABLES": str(tmp_path / "data")}
    done = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True)
    said = results.standing({}), json.loads(done.stdout)
    changed = differences(*said)["reproduced numbers"]
    assert [name for name, _, _ in changed] == ["deepseek_v3_total_hours"]
    assert changed[0][1].endswith("(within its tolerance)") and changed[0][2].endswith("(outside its tolerance)")
