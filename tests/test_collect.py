"""From a platform's zip to grades: whose work it is, when it was handed in, what being late costs, and regrades."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import stat
import struct
import time
import unicodedata
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.api import Gradebook
from test_hostile import ASSIGNMENT, FULL, NOTEBOOK, RIGHT, Work, make_course

from explorables.classroom.exercises import plan
from explorables.classroom.grading import Course, collect, unzip
from explorables.classroom.grading.late import Deadlines, Extension, Rule, duration
from explorables.classroom.grading.standing import standings
from explorables.cli import main

CLASS = {
    "ada": ("Ada", "Example", "ada@example.org", "501"),
    "bob": ("Bob", "O'Neill-Smith", "bob@example.org", ""),
    "cyn": ("Cynthia Ann", "Müller", "cyn@example.org", ""),
    "dan1": ("Dan", "Twin", "dan1@example.org", ""),
    "dan2": ("Dan", "Twin", "dan2@example.org", ""),
}


@pytest.fixture(scope="module")
def empty(grader: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with a roster in its gradebook."""
    root = make_course(tmp_path_factory.mktemp("collect") / "course")
    with gradebook(root) as book:
        for student, (first, last, email, number) in CLASS.items():
            book.add_student(student, first_name=first, last_name=last, email=email, lms_user_id=number or None)
        book.update_or_create_assignment(ASSIGNMENT, duedate="2027-02-07 22:59 UTC")
    return root


@pytest.fixture
def course(empty: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(empty, tmp_path / "course"))


def gradebook(root: Path) -> Gradebook:
    """nbgrader's gradebook of a course."""
    return Gradebook(f"sqlite:///{root / 'gradebook.db'}", "hardware-phase")


def notebook(root: Path, answer: str = RIGHT["one-answer"]) -> bytes:
    """A submission."""
    work = Work(root, root, {**RIGHT, "one-answer": answer})
    return nbformat.writes(work.notebook).encode()


def zipped(path: Path, files: dict[str | zipfile.ZipInfo, bytes]) -> Path:
    """A zip with these files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def take(root: Path, path: Path, **options: object) -> dict[str, collect.Collected]:
    """Collect, and the lines of the report by student or label."""
    return {line.student or line.label: line for line in collect.collect(Course(root, ASSIGNMENT), path, **options)}


def submitted(root: Path, student: str) -> dict[str, bytes]:
    """What a student handed in."""
    place = root / "submitted" / student / ASSIGNMENT
    return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}


# --- names -------------------------------------------------------------------------------------------------------


def test_a_zip_of_canvas_is_taken_by_its_names(course: Path, tmp_path: Path) -> None:
    work = notebook(course)
    found = take(
        course,
        zipped(
            tmp_path / "submissions.zip",
            {
                "notherealname_501_9001_work.ipynb": work,  # by the number of the user
                "oneillsmithbob_LATE_502_9002_work-1.ipynb": work,
                "oneillsmithbob_LATE_502_9003_data.csv": b"mine",
                "müllercynthiaann_503_9004_My homework.ipynb": work,
                "twindan_504_9005_work.ipynb": work,
                "stranger_505_9006_work.ipynb": work,
            },
        ),
    )
    assert {name: line.status for name, line in found.items()} == {
        "ada": "new",
        "bob": "new",
        "cyn": "new",
        "twindan": "refused",
        "stranger": "refused",
    }
    assert submitted(course, "ada") == {"work.ipynb": work}
    assert submitted(course, "bob") == {"work.ipynb": work, "data.csv": b"mine"}
    assert submitted(course, "cyn") == {"work.ipynb": work}
    assert "Canvas calls it late" in str(found["bob"])
    assert "My homework.ipynb is taken for work.ipynb" in str(found["cyn"])
    assert "dan1 and dan2" in str(found["twindan"]) and "--match 'twindan=ID'" in str(found["twindan"])
    assert not (course / "submitted/dan1").exists() and "nobody's" in str(found["stranger"])


def test_a_zip_of_moodle_is_taken_by_its_names_in_folders_or_not(course: Path, tmp_path: Path) -> None:
    work = notebook(course)
    found = take(
        course,
        zipped(
            tmp_path / "all.zip",
            {
                "Ada Example_101_assignsubmission_file_/work.ipynb": work,
                "Ada Example_101_assignsubmission_file_/more/notes.txt": b"n",
                "Ada Example_101_assignsubmission_onlinetext_/onlinetext.html": b"<p>hello</p>",
                "Bob O'Neill-Smith_102_assignsubmission_file/work (1).ipynb": work,
                "Müller Cynthia Ann_103_assignsubmission_file_work.ipynb": work,
                "Dan Twin_104_assignsubmission_file_/work.ipynb": work,
            },
        ),
        matches={"Dan Twin": "dan2"},
    )
    assert {line.status for line in found.values()} == {"new"}
    assert submitted(course, "ada") == {"work.ipynb": work, "more/notes.txt": b"n"}
    for student in ("bob", "cyn", "dan2"):
        assert submitted(course, student) == {"work.ipynb": work}


def test_a_zip_inside_and_folders_by_id_are_taken_too(course: Path, tmp_path: Path) -> None:
    work, inner = notebook(course), io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("homework/work.ipynb", work)
        archive.writestr("homework/data.csv", "1")
        archive.writestr("homework/timestamp.txt", "2020-01-01 00:00:00 UTC")
        archive.writestr("../../evil.ipynb", "x")
        archive.writestr("__MACOSX/._work.ipynb", "x")
    files = {"ada/work.ipynb": work, "bob/homework.zip": inner.getvalue()}
    found = take(course, zipped(tmp_path / "all.zip", files))
    assert submitted(course, "ada") == {"work.ipynb": work}
    assert submitted(course, "bob") == {"work.ipynb": work, "data.csv": b"1"}
    assert "leads out of the folder; left out" in str(found["bob"]) and "timestamp.txt is for nbgrader" in str(
        found["bob"]
    )
    assert not list(tmp_path.rglob("evil*"))


def test_the_same_zip_changes_nothing_a_newer_one_keeps_what_was_there_and_an_older_one_is_not_taken(
    course: Path, tmp_path: Path
) -> None:
    old, new = notebook(course, "answer = 1"), notebook(course)
    first = zipped(tmp_path / "1.zip", {"exampleada_501_11_work.ipynb": old})
    second = zipped(tmp_path / "2.zip", {"exampleada_501_12_work-1.ipynb": new})
    both = zipped(tmp_path / "3.zip", {"exampleada_501_12_work-1.ipynb": new, "exampleada_501_11_work.ipynb": old})
    assert take(course, first)["ada"].status == "new"
    assert take(course, first)["ada"].status == "unchanged"
    changed = take(course, second)["ada"]
    assert changed.status == "changed" and submitted(course, "ada") == {"work.ipynb": new}
    (kept,) = (course / "grading/earlier" / ASSIGNMENT / "ada").iterdir()
    assert (kept / "work.ipynb").read_bytes() == old and str(kept.relative_to(course)) in str(changed)
    assert take(course, first)["ada"].status == "older"
    assert submitted(course, "ada") == {"work.ipynb": new}
    take(course, both)
    assert submitted(course, "ada")["work.ipynb"] == new
    # The earlier work is no submission.
    assert Course(course, ASSIGNMENT).submitted() == ["ada"]


# --- hostile zips --------------------------------------------------------------------------------------------------


def linked(name: str) -> zipfile.ZipInfo:
    """An entry that is a symbolic link."""
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("ada/../../../evil", "leads out"),
        ("/ada/evil", "leads out"),
        ("ada/..", "leads out"),
        ("C:/ada/evil", "leads out"),
        ("ada/..\\..\\evil", "signs that no file"),
        ("ada/a\nb", "signs that no file"),
        ("ada/" + "x" * 300, "too long"),
        ("ada/" + "d/" * 40 + "x", "too long"),
        ("ada/" + "/".join(["d" * 190] * 18), "too long"),
        ("ada/\u202eipynb.x", "signs that no file"),
        ("ada/\x9b2J", "signs that no file"),
        ("ada/a\u2028b", "signs that no file"),
        ("ada/.", "not one that Canvas or Moodle gives"),
        (linked("ada/keys"), "a link"),
        ("readme.txt", "not one that Canvas or Moodle gives"),
        ("Ada Example_1_assignsubmission_file_/../../../evil", "leads out"),
    ],
    ids=str,
)
def test_what_leads_out_of_the_folder_is_refused_by_name_and_the_rest_is_taken(
    course: Path, tmp_path: Path, name: str | zipfile.ZipInfo, why: str
) -> None:
    before = {path for path in tmp_path.rglob("*")}
    path = zipped(tmp_path / "all.zip", {name: b"../../keys/work.json", "bob/work.ipynb": notebook(course)})
    lines = collect.collect(Course(course, ASSIGNMENT), path)
    assert [line for line in lines if line.status == "refused" and why in str(line)], list(map(str, lines))
    assert submitted(course, "bob")
    inside = course / "submitted/bob"
    added = {path for path in tmp_path.rglob("*")} - before - {path, course / "submitted"}
    assert {one for one in added if not one.is_relative_to(inside)} <= {
        course / "grading",
        course / "grading/lock",
        course / "grading/handed_in",
        course / "grading/handed_in/work.json",
    }
    assert all(str(line).isprintable() for line in lines)


def test_a_bomb_is_refused_before_it_fills_memory(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unzip, "LARGEST_BYTES", 10_000_000)
    monkeypatch.setattr(unzip, "MOST_FILES", 50)
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("work.ipynb", bytes(60_000_000))
    files = {
        "ada/work.ipynb": bytes(60_000_000),
        "bob/all.zip": inner.getvalue(),
        "cyn/work.ipynb": notebook(course),
        **{f"dan1/{n}.txt": b"" for n in range(60)},
    }
    start = time.monotonic()
    found = take(course, zipped(tmp_path / "all.zip", files))
    assert time.monotonic() - start < 20
    for student in ("ada", "bob", "dan1"):
        assert found[student].status == "refused" and "unpacks to more than" in str(found[student])
        assert not (course / "submitted" / student).exists()
    assert found["cyn"].status == "new"
    monkeypatch.setattr(unzip, "LARGEST_ZIP", 1_000_000)
    with pytest.raises(ValueError, match="nothing was taken"):
        take(course, tmp_path / "all.zip")


def test_a_zip_that_lies_of_its_sizes_costs_only_its_own(course: Path, tmp_path: Path) -> None:
    path = zipped(tmp_path / "all.zip", {"ada/work.ipynb": bytes(5000), "bob/work.ipynb": notebook(course)})
    raw = bytearray(path.read_bytes())
    at = raw.index(b"PK\x01\x02")
    raw[at + 24 : at + 28] = (7).to_bytes(4, "little")  # of the first file in the table of contents
    path.write_bytes(raw)
    found = take(course, path)
    assert found["bob"].status == "new" and found["ada"].status in ("refused", "new")
    assert len(submitted(course, "ada").get("work.ipynb", b"")) <= 5000


@pytest.mark.parametrize("name", ["ada//{there}", "ada/.//{there}", "Ada Example_1_assignsubmission_file_//{there}"])
def test_an_empty_step_in_a_path_does_not_lead_to_the_root(course: Path, tmp_path: Path, name: str) -> None:
    there = tmp_path / "evil.txt"
    work = {name.split("/")[0] + "/work.ipynb": notebook(course), name.format(there=there): b"x"}
    found = take(course, zipped(tmp_path / "all.zip", work))
    assert found["ada"].status == "new" and not there.exists()
    inside = str(there).removeprefix("/")
    assert submitted(course, "ada").keys() == {"work.ipynb", inside}


def spoiled(raw: bytes) -> bytes:
    """A zip with other data in its first file."""
    return raw[:90] + b"\xff" * 60 + raw[150:]


def in_contents(at: int, value: bytes) -> Callable[[bytes], bytes]:
    """Change the first entry of the table of contents."""

    def change(raw: bytes) -> bytes:
        place = raw.index(b"PK\x01\x02") + at
        return raw[:place] + value + raw[place + len(value) :]

    return change


SPOILED = {
    "deflated data": (zipfile.ZIP_DEFLATED, spoiled),
    "bzip2 data": (zipfile.ZIP_BZIP2, spoiled),
    "lzma data": (zipfile.ZIP_LZMA, spoiled),
    "checksum": (zipfile.ZIP_DEFLATED, in_contents(16, b"abcd")),
    "password": (zipfile.ZIP_DEFLATED, in_contents(8, b"\x01\x00")),
    "strong password": (zipfile.ZIP_DEFLATED, in_contents(8, b"\x40\x00")),
    "unknown method": (zipfile.ZIP_DEFLATED, in_contents(10, b"\x63\x00")),
    "place of the data": (zipfile.ZIP_DEFLATED, in_contents(42, b"\xff\xff\xff\x7f")),
    "size": (zipfile.ZIP_DEFLATED, in_contents(24, b"\xfe\xff\xff\xff")),
}


@pytest.mark.parametrize("what", SPOILED)
@pytest.mark.parametrize("inner", [False, True], ids=["outside", "in a zip of one's own"])
def test_what_is_broken_in_one_submission_stops_nobody_else(
    course: Path, tmp_path: Path, what: str, inner: bool
) -> None:
    method, change = SPOILED[what]
    path = tmp_path / "first.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("work.ipynb" if inner else "ada/work.ipynb", os.urandom(2000) + notebook(course))
        if not inner:
            archive.writestr("bob/work.ipynb", notebook(course))
    path.write_bytes(change(path.read_bytes()))
    if inner:
        path = zipped(tmp_path / "all.zip", {"ada/a.zip": path.read_bytes(), "bob/work.ipynb": notebook(course)})
    found = {line.student or line.label: line for line in collect.collect(Course(course, ASSIGNMENT), path)}
    assert found["bob"].status == "new" and submitted(course, "bob")
    assert what == "size" or not submitted(course, "ada")
    said = " ".join(map(str, found.values()))
    assert what == "size" or re.search("damaged|password|no work.ipynb", said), said


def crowded(count: int) -> bytes:
    """A zip of one file whose table of contents names it again and again."""
    once = io.BytesIO()
    with zipfile.ZipFile(once, "w") as archive:
        archive.writestr("x", b"")
    raw = once.getvalue()
    begin, end = raw.index(b"PK\x01\x02"), raw.index(b"PK\x05\x06")
    entries = raw[begin:end] * count
    return raw[:begin] + entries + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 9, 9, len(entries), begin, 0)


def test_a_table_of_contents_without_end_is_not_read(course: Path, tmp_path: Path) -> None:
    files = {"ada/a.zip": crowded(500_000), "bob/work.ipynb": notebook(course)}
    start = time.monotonic()
    found = take(course, zipped(tmp_path / "all.zip", files))
    assert time.monotonic() - start < 5
    assert found["ada"].status == "refused" and "has more than 5000 files" in str(found["ada"])
    assert found["bob"].status == "new"


def test_nobody_hands_in_for_another_by_choosing_their_name(course: Path, tmp_path: Path) -> None:
    mine, theirs = notebook(course), notebook(course, "answer = 1")
    # Ada's number is known: whoever has another is not Ada, and bears that name in vain.
    found = take(
        course,
        zipped(tmp_path / "1.zip", {"exampleada_502_9001_work.ipynb": theirs, "exampleada_501_9002_work.ipynb": mine}),
    )
    assert submitted(course, "ada") == {"work.ipynb": mine}
    assert found["exampleada"].status == "refused" and "nobody of this name" in str(found["exampleada"])
    take(course, zipped(tmp_path / "1b.zip", {"ada_502_9003_work.ipynb": theirs, "ada_501_9002_work.ipynb": mine}))
    assert submitted(course, "ada") == {"work.ipynb": mine}
    # Bob's is not: of two, neither is taken until the instructor says who is who.
    files = {"oneillsmithbob_777_9001_work.ipynb": theirs, "oneillsmithbob_502_9002_work.ipynb": mine}
    path = zipped(tmp_path / "2.zip", files)
    lines = collect.collect(Course(course, ASSIGNMENT), path)
    assert [line.status for line in lines] == ["refused", "refused"] and not submitted(course, "bob")
    assert all("both taken for bob" in str(line) for line in lines)
    found = take(course, path, matches={"oneillsmithbob_502": "bob"})
    assert found["bob"].status == "new" and submitted(course, "bob") == {"work.ipynb": mine}


def test_names_are_the_same_however_a_system_writes_their_letters(course: Path, tmp_path: Path) -> None:
    work = notebook(course)
    apart = unicodedata.normalize("NFD", "Müller Cynthia Ann")
    assert apart != "Müller Cynthia Ann"
    files = {
        f"{apart}_103_assignsubmission_file_/{unicodedata.normalize('NFD', 'größe.csv')}": b"1",
        f"{apart}_103_assignsubmission_file_/WORK.IPYNB": work,
        f"{apart}_103_assignsubmission_file_/.ipynb_checkpoints/work-checkpoint.ipynb": b"old",
    }
    found = take(course, zipped(tmp_path / "all.zip", files))
    assert submitted(course, "cyn") == {"work.ipynb": work, "größe.csv": b"1"}, str(found)


def test_a_name_that_is_no_text_or_a_form_of_the_future_is_said_in_words(course: Path, tmp_path: Path) -> None:
    path = zipped(tmp_path / "all.zip", {"ada/xxxx": b"", "bob/work.ipynb": notebook(course)})
    raw = path.read_bytes()
    for change, says in (
        (lambda: in_contents(8, b"\x00\x08")(raw.replace(b"ada/xxxx", b"ada/\xff\xfe\xffx")), "a name that is no text"),
        (lambda: in_contents(6, b"\x63\x00")(raw), "not one that can be read"),
        (lambda: raw[:-30], "not one that can be read"),
    ):
        path.write_bytes(change())
        with pytest.raises(ValueError, match=says):
            take(course, path)


def test_what_is_no_zip_is_said(course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.zip").write_bytes(b"no zip")
    zipped(tmp_path / "y.zip", {"a.txt": b""})
    zipped(tmp_path / "ok.zip", {"stranger_1_2_work.ipynb": b"", "ada/work.ipynb": notebook(course)})
    for name, says in (
        ("x.zip", "is no zip"),
        ("y.zip", "no submission by the names"),
        ("none.zip", "No such file"),
    ):
        assert main(["collect", str(course), "--assignment", ASSIGNMENT, "--zip", str(tmp_path / name)]) == 2
        assert says in capsys.readouterr().err
    command = ["collect", str(course), "--assignment", ASSIGNMENT, "--zip", str(tmp_path / "ok.zip")]
    assert main([*command, "--match", "who=ada"]) == 2 and "nobody called who" in capsys.readouterr().err
    assert main([*command, "--match", "stranger=eve"]) == 2 and "the id eve" in capsys.readouterr().err
    assert main(command) == 1
    said = capsys.readouterr()
    assert "ada: new" in said.out and "stranger (nobody's): refused" in said.out and "1 of 2 taken" in said.err
    assert main([*command, "--match", "stranger=bob"]) == 0


FORMULAS = [
    "=cmd|' /C calc'!A0",
    "+1+cmd",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r\n=1+1",
    "\u00a0=1+1",
    "\u200b=1+1",
    "\ufeff@x",
    "\uff1d1+1",
    "\uff20SUM(A1)",
]


def test_a_name_that_a_student_chose_is_no_formula_no_page_and_no_command_of_a_terminal(
    course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with gradebook(course) as book:
        for number, name in enumerate(FORMULAS):
            book.add_student(f"s{number}", first_name=name, last_name=f"{name}<script>x</script>\x1b]0;owned\x07")
    take(course, zipped(tmp_path / "all.zip", {"s1/work.ipynb": notebook(course), "ada/work.ipynb": notebook(course)}))
    place = tmp_path / "out"
    assert main(["export", str(course), "--assignment", ASSIGNMENT, "--to", str(place)]) in (0, 1)
    assert main(["similar", str(course), "--assignment", ASSIGNMENT, "--names", "--to", str(place / "s.zip")]) == 0
    with zipfile.ZipFile(place / "s.zip") as archive:
        tables = [archive.read("info.csv").decode()]
    tables += [path.read_bytes().decode("utf-8") for path in place.glob("*.csv")]
    assert len(tables) == 4
    cells = [cell for table in tables for row in csv.reader(io.StringIO(table, newline="")) for cell in row]
    assert sum("cmd" in cell for cell in cells) > 4
    for cell in cells:
        shown = unicodedata.normalize("NFKC", "".join(sign for sign in cell if sign.isprintable()).strip())
        assert not shown.startswith(("=", "+", "@")), cell
        assert not shown.startswith("-") or shown == "-", cell
    report = (place / "report.html").read_text(encoding="utf-8")
    assert "<script>x" not in report and "\x1b" not in report
    said = "".join(capsys.readouterr())
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", said)


# --- deadlines -----------------------------------------------------------------------------------------------------

BERLIN = ZoneInfo("Europe/Berlin")


def write(course: Path, late: str = "", extensions: str = "") -> None:
    """Deadlines of the course."""
    (course / "course.toml").write_text(f'zone = "Europe/Berlin"\n[due]\nwork = 2027-02-07T23:59:00\n[late]\n{late}\n')
    (course / "extensions.csv").write_text(f"student,assignment,extra_days,due,reason\n{extensions}")


def test_a_deadline_stands_in_its_zone_and_a_day_more_ends_at_the_same_hour_when_clocks_change() -> None:
    due = datetime(2027, 3, 27, 23, 59, tzinfo=BERLIN)  # the night before clocks change
    more = [
        Extension("ada", "", timedelta(days=1), None, ""),
        Extension("bob", "work", timedelta(), due + timedelta(days=3), ""),
    ]
    deadlines = Deadlines(BERLIN, {"work": due}, None, more)
    ada = deadlines.due_for("ada", "work")
    assert (ada.day, ada.hour, ada.minute) == (28, 23, 59)
    assert ada.timestamp() - due.timestamp() == 23 * 3600
    assert deadlines.due_for("bob", "work").day == 30 and deadlines.due_for("cyn", "work") == due
    assert deadlines.late_by(ada, datetime(2027, 3, 28, 22, 29)) == timedelta(minutes=30)  # 00:29 there
    assert deadlines.late_by(ada, datetime(2027, 3, 28, 21, 59)) == timedelta()
    assert deadlines.due_for("ada", "other", datetime(2027, 1, 1, 22, 59)).hour == 23  # the gradebook's, and a day more


@given(st.floats(0, 60 * 24 * 30), st.floats(0, 1), st.floats(0, 1))
def test_a_rule_never_takes_more_than_all_and_never_less_for_being_later(
    minutes: float, per_day: float, most: float
) -> None:
    rule = Rule(10, per_day, most, 20)
    now, then = (rule.share_off(timedelta(minutes=minutes + more)) for more in (0, 60))
    assert 0 <= now <= 1 and (now <= then or then == rule.at_most or minutes > 20 * 1440)
    assert minutes > 10 or now == 0
    assert minutes <= 20 * 1440 or now == 1


def test_a_rule_takes_what_it_says() -> None:
    rule = Rule(grace_minutes=15, per_day=0.1, at_most=0.25, nothing_after_days=7)
    for hours, share in ((0.2, 0), (0.3, 0.1), (24, 0.1), (25, 0.2), (49, 0.25), (168, 0.25), (169, 1)):
        assert rule.share_off(timedelta(hours=hours)) == pytest.approx(share)
    assert [duration(timedelta(hours=hours)) for hours in (0.5, 2, 60)] == ["30 min", "2 h", "2.5 days"]


@pytest.mark.parametrize(
    ("late", "extensions", "says"),
    [
        ("per_day = 2", "", "per_day is a share of the points from 0 to 1"),
        ("perday = 0.1", "", r"\[late\] has perday; it knows grace_minutes"),
        ("per_day = ", "", "course.toml: Invalid value"),
        ("", "ada,work,soon,,\n", "line 2: extra_days is a number of days, not 'soon'"),
        ("", "ada,,1,,\nada,,,2027-02-09,\n", "line 3: a day of its own needs an assignment"),
        ("", "ada,work,,someday,\n", "line 2: 'someday' is no time: write it as 2027-02-07 23:59"),
        ("", ",work,1,,\n", "line 2: no student"),
        ("", "ada,,-1,,\n", "cannot be below 0"),
    ],
)
def test_a_slip_in_the_files_of_deadlines_is_named(tmp_path: Path, late: str, extensions: str, says: str) -> None:
    write(tmp_path, late, extensions)
    with pytest.raises(ValueError, match=says):
        Deadlines.read(tmp_path)


def test_a_roster_says_who_has_more_time(tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_text("id,extra_days,extension\nada,1.5,\nbob,,capital=2027-02-14; market=2027-03-01 12:00\ncyn,,\n")
    found = plan.more_time(plan.read_roster(file), ["capital", "market"], BERLIN)
    assert [(row["student"], row["assignment"], row["extra_days"], row["due"]) for row in found] == [
        ("ada", "", "1.5", ""),
        ("bob", "capital", "", "2027-02-14 23:59"),
        ("bob", "market", "", "2027-03-01 12:00"),
    ]
    for cells, says in (
        ("x,", "number of days"),
        (",capital", "write it as NAME"),
        (",capitol=2027-02-14", "did you mean"),
        (",capital=soon", "for a day"),
    ):
        file.write_text(f"id,extra_days,extension\nada,{cells}\n")
        with pytest.raises(ValueError, match=says):
            plan.more_time(plan.read_roster(file), ["capital", "market"], BERLIN)


# --- a class that hands in on time, late, and with more time --------------------------------------------------------

TIMES = """User name,Email address,Last modified (submission)
,ada@example.org,"Sunday, 7 February 2027, 11:58 PM"
bob,,2027-02-09 23:00
,cyn@example.org,2027-02-09T22:00:00+00:00
dan1,,-
"""


@pytest.fixture(scope="module")
def graded(jail: None, empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The class after grading; a grader has given the points for the text."""
    folder = tmp_path_factory.mktemp("graded")
    course = Path(shutil.copytree(empty, folder / "course"))
    write(course, "grace_minutes = 10\nper_day = 0.1", "cyn,,3,,accommodation\n")
    (folder / "times.csv").write_text(TIMES)
    files = {f"{student}/{NOTEBOOK}.ipynb": notebook(course) for student in ("ada", "bob", "cyn")}
    files["dan1/work.ipynb"] = b"{"
    command = ["collect", str(course), "--assignment", ASSIGNMENT, "--zip", str(zipped(folder / "all.zip", files))]
    assert main([*command, "--times", str(folder / "times.csv")]) == 0
    assert main(["grade", str(course), "--assignment", ASSIGNMENT]) == 1
    with gradebook(course) as book:
        for student in ("ada", "bob", "cyn"):
            entry = book.find_grade("why", NOTEBOOK, ASSIGNMENT, student)
            entry.manual_score, entry.needs_manual_grade = 4, False
        book.db.commit()
    return course


def table(course: Path, name: str) -> dict[str, dict[str, str]]:
    """Rows of an exported table by their first cell."""
    with open(course / "exports" / ASSIGNMENT / f"{name}.csv", newline="", encoding="utf-8") as file:
        return {next(iter(row.values())): row for row in csv.DictReader(file)}


def test_late_work_loses_its_share_of_all_points_and_more_time_costs_nothing(graded: Path) -> None:
    assert main(["export", str(graded), "--assignment", ASSIGNMENT]) == 0
    grades = table(graded, "grades")
    assert [grades[student]["score"] for student in ("ada", "bob", "cyn", "dan1")] == ["10", "8", "10", ""]
    assert grades["bob"]["lateness"] == "handed in 47 h late, 20% of the points off"
    assert (grades["bob"]["late_penalty"], grades["bob"]["late_hours"]) == ("2", "47.0167")
    assert grades["ada"]["due"] == "2027-02-07T23:59+01:00" and grades["cyn"]["due"] == "2027-02-10T23:59+01:00"
    assert grades["ada"]["submitted_at"] == "2027-02-07T22:58:00" and grades["ada"]["late_hours"] == ""
    assert "20% of the points off" in table(graded, "moodle")["bob"][f"{ASSIGNMENT} (feedback)"]
    report = (graded / "exports" / ASSIGNMENT / "report.html").read_text()
    assert "47 h late" in report and "has more time" in report and "2027-02-10 23:59 CET" in report
    assert main(["feedback", str(graded), "--assignment", ASSIGNMENT]) == 0
    page = (graded / f"feedback/bob/{ASSIGNMENT}/{NOTEBOOK}.html").read_text()
    assert "Handed in 47 h late, 20% of the points off." in page and "taken off for being late: 8." in page


def test_a_changed_rule_counts_without_grading_again_and_no_rule_leaves_nbgraders(graded: Path, tmp_path: Path) -> None:
    course = Path(shutil.copytree(graded, tmp_path / "course"))
    write(course, "nothing_after_days = 1")
    scores = {one.student: one.score for one in standings(Course(course, ASSIGNMENT))}
    assert (scores["ada"], scores["bob"], scores["cyn"]) == (10, 0, 0)
    write(course)
    assert {one.score for one in standings(Course(course, ASSIGNMENT)) if one.score is not None} == {10}
    for name in ("course.toml", "extensions.csv"):
        (course / name).unlink()
    bob = {one.student: one for one in standings(Course(course, ASSIGNMENT))}["bob"]
    assert bob.score == 10 and bob.late == timedelta(hours=47, minutes=1)  # by the gradebook's day


def test_a_mark_of_canvas_without_a_time_is_said_and_costs_nothing(course: Path, tmp_path: Path) -> None:
    write(course, "per_day = 0.1")
    take(course, zipped(tmp_path / "s.zip", {"exampleada_LATE_501_1_work.ipynb": notebook(course)}))
    ada = {one.student: one for one in standings(Course(course, ASSIGNMENT))}["ada"]
    assert ada.status == "not graded" and "Canvas calls it late and gives no time" in ada.lateness


def test_times_that_cannot_be_read_are_named(course: Path, tmp_path: Path) -> None:
    archive = zipped(tmp_path / "s.zip", {"ada/work.ipynb": notebook(course)})
    for text, says in (
        ("a,b\n1,2\n", "needs a column for the student"),
        ("id,time\nada,nonsense\n", "line 2: 'nonsense' is no time"),
    ):
        (tmp_path / "t.csv").write_text(text)
        with pytest.raises(ValueError, match=says):
            take(course, archive, times=tmp_path / "t.csv")
        assert not (course / "submitted").exists()


# --- written answers -----------------------------------------------------------------------------------------------


def test_what_was_not_written_gets_nothing_by_itself_and_what_is_written_later_waits_for_a_person(
    course: Path, tmp_path: Path
) -> None:
    """The placeholder stays, or it and the question are deleted; then there is a text; then it is gone again."""

    def stands(change: Callable[[nbformat.NotebookNode], object]) -> tuple[str, float | None]:
        work = nbformat.reads(notebook(course).decode(), as_version=4)
        change(work)
        take(course, zipped(tmp_path / "all.zip", {"ada/work.ipynb": nbformat.writes(work).encode()}))
        assert main(["grade", str(course), "--assignment", ASSIGNMENT]) == 0
        ada = {one.student: one for one in standings(Course(course, ASSIGNMENT))}["ada"]
        return ada.status, ada.score

    assert stands(lambda work: None) == ("graded", FULL)
    assert stands(lambda work: work.cells.__delitem__(slice(-2, None))) == ("graded", FULL)
    assert stands(lambda work: work.cells[-1].update(source="Because it is far.")) == ("needs manual grade", FULL)
    assert stands(lambda work: work.cells.pop()) == ("graded", FULL)


# --- regrades ------------------------------------------------------------------------------------------------------


def test_a_request_is_noted_answered_and_shown_and_the_points_before_stay(
    graded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    course = Path(shutil.copytree(graded, tmp_path / "course"))
    command = ["regrade", str(course), "--assignment", ASSIGNMENT]
    mine = [*command, "--student", "ada", "--cell", "why"]
    assert main([*mine, "--says", "=1+1 reasons\x1b[2J"]) == 0
    assert main([*mine, "--says", "again"]) == 2 and "open request" in capsys.readouterr().err
    assert main(command) == 0 and "ada, work/why: '=1+1 reasons" in capsys.readouterr().out
    assert main(["export", str(course), "--assignment", ASSIGNMENT]) == 0
    assert "Regrade requests to answer" in (course / "exports" / ASSIGNMENT / "report.html").read_text()
    assert main([*mine, "--answer", "One is wrong.", "--points", "9"]) == 2
    assert "gives 0 to 4 points" in capsys.readouterr().err
    assert main([*mine, "--answer", "One is wrong.", "--points", "2.5"]) == 0
    assert "4 before, 2.5 now" in capsys.readouterr().out
    with open(course / "regrades.csv", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["before"], row["after"], row["answer"]) == ("4", "2.5", "One is wrong.")
    scores = {one.student: one.score for one in standings(Course(course, ASSIGNMENT))}
    assert scores["ada"] == FULL + 2.5
    assert main([*mine, "--answer", "again"]) == 2 and "no open request" in capsys.readouterr().err
    assert main([*command, "--student", "eve", "--cell", "why", "--says", "x"]) == 2
    assert "'eve' has no graded work" in capsys.readouterr().err
    assert main([*command, "--student", "ada", "--cell", "wy", "--says", "x"]) == 2
    assert "there are work/asserted, work/one-test" in capsys.readouterr().err
    # What was answered outlives a new grading.
    assert main(["grade", str(course), "--assignment", ASSIGNMENT, "--regrade"]) == 1
    assert {one.student: one.score for one in standings(Course(course, ASSIGNMENT))}["ada"] == FULL + 2.5
    assert main(["feedback", str(course), "--assignment", ASSIGNMENT]) == 0
    assert (
        "Your request on work/why: One is wrong." in (course / f"feedback/ada/{ASSIGNMENT}/{NOTEBOOK}.html").read_text()
    )


# --- similar work --------------------------------------------------------------------------------------------------


def test_what_students_wrote_goes_into_a_zip_for_dolos_and_what_was_given_does_not(
    course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {f"{student}/work.ipynb": notebook(course) for student in ("ada", "bob")}
    blank = (course / "release" / ASSIGNMENT / "work.ipynb").read_bytes()
    files |= {"cyn/work.ipynb": b"{", "dan1/work.ipynb": blank}
    take(course, zipped(tmp_path / "all.zip", files))
    assert main(["similar", str(course), "--assignment", ASSIGNMENT]) == 0
    said = capsys.readouterr()
    assert "left out, cyn: it is not valid JSON" in said.err and "left out, dan1: nothing of their own" in said.err
    with zipfile.ZipFile(said.out.strip()) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("info.csv").decode())))
        assert [(row["filename"], row["label"], row["full_name"]) for row in rows[:2]] == [
            ("ada/work.py", "ada", ""),
            ("bob/work.py", "bob", ""),
        ]
        code = archive.read("ada/work.py").decode()
        assert RIGHT["one-answer"] in code and "import math" not in code and "assert square" not in code
        assert "import math" in archive.read("given/given.py").decode()
        assert archive.read("ada/work.py") == archive.read("bob/work.py")
        assert {row["filename"] for row in rows} <= set(archive.namelist())
    assert main(["similar", str(course), "--assignment", ASSIGNMENT, "--names", "--to", str(tmp_path / "s.zip")]) == 0
    assert "Ada Example" in zipfile.ZipFile(tmp_path / "s.zip").read("info.csv").decode()
    shutil.rmtree(course / "submitted")
    assert main(["similar", str(course), "--assignment", ASSIGNMENT]) == 2
    assert "nobody has handed in work of their own" in capsys.readouterr().err
