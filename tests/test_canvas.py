"""Canvas by its API, with the real client against a server here that speaks the same calls and keeps what it is sent.

Forms of calls and answers are those of Canvas's own reference (Submissions, Assignments, Courses, Pagination).
"""

from __future__ import annotations

import copy
import json
import re
import shutil
import threading
import tomllib
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from zoneinfo import ZoneInfo

import nbformat
import pytest
from classroom import explorables
from test_hostile import ASSIGNMENT, RIGHT, WRONG, Work, make_course

from explorables.classroom.grading import Course
from explorables.classroom.grading.canvas import set_due
from explorables.classroom.grading.late import Deadlines
from explorables.cli import main

pytest.importorskip("canvasapi", reason="the extra `canvas` is not installed")

TOKEN = "1016~verysecretword"
PAGE = 2  # entries of a page, so that there are several
PEOPLE = {
    501: {"login_id": "ada", "name": "Ada Example", "email": "ada@example.org"},
    502: {"login_id": "b.oneill", "name": "Bob O'Neill", "email": "bob@example.org"},
    503: {"login_id": "cyn", "name": "Cyn Long", "email": "c@example.org"},
    504: {"login_id": "nobody", "name": "Nobody Here", "email": "n@example.org"},
}
SECTIONS = {501: [6], 502: [6, 7], 503: [7], 504: [7]}


def person(number: int, enrolled: bool) -> dict[str, Any]:
    """A user, with enrolments only where they are asked for, one for each section."""
    sections = [{"type": "StudentEnrollment", "user_id": number, "course_section_id": one} for one in SECTIONS[number]]
    return {"id": number, **PEOPLE[number], **({"enrollments": sections} if enrolled else {})}


class Canvas(ThreadingHTTPServer):
    """A course in Canvas, as far as its API shows it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[int, bytes] = {}
        self.changes: list[tuple[str, dict[str, list[str]]]] = []
        self.asked: list[str] = []
        self.busy = 0  # how often it will say that it was asked too often
        self.points = 10.0
        self.due = "2027-02-07T22:59:00Z"
        self.overrides: list[dict[str, Any]] = []
        self.submissions: dict[int, dict[str, Any]] = {
            number: {
                "user_id": number,
                "assignment_id": 2001,
                "score": None,
                "submission_comments": [],
                "attachments": [],
            }
            for number in PEOPLE
        }

    @property
    def address(self) -> str:
        """Of this Canvas."""
        return f"http://127.0.0.1:{self.server_port}"

    def hand_in(
        self,
        number: int,
        content: bytes,
        name: str = "work.ipynb",
        at: str = "2027-02-07T20:00:00Z",
        late: bool = False,
    ) -> None:
        """A student uploads a file."""
        id = 9000 + len(self.files)
        self.files[id] = content
        file = {
            "id": id,
            "filename": name,
            "display_name": name,
            "size": len(content),
            "url": f"{self.address}/files/{id}/download?verifier=x",
        }
        self.submissions[number].update(attachments=[file], submitted_at=at, late=late)


class Handler(BaseHTTPRequestHandler):
    """One call."""

    server: Canvas

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def answer(self, value: Any, status: int = 200, **headers: str) -> None:
        """Send JSON."""
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), text)
        self.end_headers()
        self.wfile.write(body)

    def listed(self, values: list[Any]) -> None:
        """A page of a list, with the address of the next."""
        path = urlsplit(self.path)
        number = int((parse_qs(path.query).get("page") or ["1"])[0])
        more = {}
        if number * PAGE < len(values):
            query = urlencode(parse_qs(path.query) | {"page": [number + 1]}, doseq=True)
            more["Link"] = f'<{self.server.address}{path.path}?{query}>; rel="next"'
        self.answer(values[(number - 1) * PAGE : number * PAGE], **more)

    def let_in(self) -> bool:
        """Whether the token is right; the server notes each call."""
        self.server.asked.append(f"{self.command} {self.path}")
        if self.server.busy:
            self.server.busy -= 1
            self.answer({"errors": "Rate limit"}, 429)
            return False
        if self.headers.get("Authorization") == f"Bearer {TOKEN}":
            return True
        self.answer(
            {"errors": [{"message": "Invalid access token."}]}, 401, WWW_Authenticate='Bearer realm="canvas-lms"'
        )
        return False

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if found := re.fullmatch(r"/files/(\d+)/download", path):
            body = self.server.files[int(found[1])]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        if not self.let_in():
            return
        assignment = {
            "id": 2001,
            "course_id": 101,
            "name": "Work",
            "points_possible": self.server.points,
            "due_at": self.server.due,
        }
        course = "/api/v1/courses/101"
        if path == course:
            self.answer({"id": 101, "name": "Hardware"})
        elif path == f"{course}/assignments":
            self.listed(
                [assignment, {**assignment, "id": 2002, "name": "Other"}, {**assignment, "id": 2003, "name": "More"}]
            )
        elif path == f"{course}/assignments/2001":
            self.answer(assignment)
        elif path == f"{course}/assignments/2001/overrides":
            self.listed(self.server.overrides)
        elif path == f"{course}/assignments/2001/submissions":
            self.listed(list(self.server.submissions.values()))
        elif path == f"{course}/search_users":
            asked = parse_qs(urlsplit(self.path).query).get("include[]", [])
            self.listed([person(number, "enrollments" in asked) for number in PEOPLE])
        elif path == "/api/v1/courses/13":
            self.answer({"status": "unauthorized", "errors": [{"message": f"user not authorized {TOKEN}"}]}, 403)
        else:
            self.answer({"errors": [{"message": "The specified resource does not exist."}]}, 404)

    def do_PUT(self) -> None:
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if not self.let_in():
            return
        number = int(re.fullmatch(r"/api/v1/courses/101/assignments/2001/submissions/(\d+)", self.path)[1])
        self.server.changes.append((self.path, sent))
        entry = self.server.submissions[number]
        if grade := sent.get("submission[posted_grade]"):
            entry["score"] = float(grade[0])
        if text := sent.get("comment[text_comment]"):
            entry["submission_comments"].append({"comment": text[0], "author_id": 1})
        self.answer(entry)


@pytest.fixture
def canvas() -> Iterator[Canvas]:
    """The server."""
    with Canvas() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def empty(grader: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with three students."""
    root = make_course(tmp_path_factory.mktemp("canvas") / "course")
    with Course(root, ASSIGNMENT).gradebook() as book:
        book.add_student("ada", first_name="Ada")
        book.add_student("bob", email="bob@example.org")
        book.add_student("cyn", lms_user_id="503")
    return root


@pytest.fixture
def course(empty: Path, tmp_path: Path, canvas: Canvas, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it that knows the server."""
    root = Path(shutil.copytree(empty, tmp_path / "course"))
    (root / "canvas.toml").write_text(f'address = "{canvas.address}"\ncourse = 101\n')
    (root / "course.toml").write_text(
        'zone = "Europe/Berlin"\n\n[due]  # here\nwork = 2027-01-31T23:59:00\nother = 2027-03-01T23:59:00\n\n[late]\nper_day = 0.1\n'
    )
    (root / "extensions.csv").write_text("student,assignment,extra_days,due,reason\nada,other,2,,ill\n")
    monkeypatch.setenv("CANVAS_TOKEN", TOKEN)
    return root


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """Run the command; its exit code and all that it says, in which the token must not be."""
    code = main(["canvas", *map(str, arguments)])
    said = "".join(capsys.readouterr())
    assert TOKEN not in said
    return code, said


def written(root: Path, answers: dict[str, str]) -> bytes:
    """A notebook as a student uploads it."""
    return nbformat.writes(Work(root, root, answers).notebook).encode()


def test_work_deadlines_and_grades_go_the_whole_way(
    jail: None, course: Path, canvas: Canvas, capsys: pytest.CaptureFixture[str]
) -> None:
    canvas.hand_in(501, written(course, RIGHT))
    canvas.hand_in(502, written(course, WRONG), name="work-1.ipynb", at="2027-02-09T10:00:00Z", late=True)
    canvas.hand_in(504, b"{}")
    canvas.overrides = [
        {
            "id": 1,
            "assignment_id": 2001,
            "student_ids": [502, 504],
            "due_at": "2027-02-10T22:59:00Z",
            "title": "2 students",
        },
        {
            "id": 2,
            "assignment_id": 2001,
            "course_section_id": 7,
            "due_at": "2027-02-11T22:59:00Z",
            "title": "Section B",
        },
        {"id": 3, "assignment_id": 2001, "student_ids": [503], "due_at": None, "title": "1 student"},
    ]
    before = {path: path.read_bytes() for path in course.rglob("*") if path.is_file()}
    code, said = run(capsys, "pull", course, "--assignment", ASSIGNMENT, "--dry-run")
    assert code == 1 and "ada: 1 files" in said and "Nobody Here: the roster has nobody like this" in said
    assert {path: path.read_bytes() for path in course.rglob("*") if path.is_file() if path in before} == before
    assert not (course / "submitted").exists()

    code, said = run(capsys, "pull", course, "--assignment", ASSIGNMENT)
    assert "work: due 2027-02-07 23:59" in said
    assert "bob: has until 2027-02-10 23:59 (2 students)" in said and "cyn: has until 2027-02-11 23:59" in said
    assert (course / "submitted/bob" / ASSIGNMENT / "work.ipynb").read_bytes() == canvas.files[9001]
    assert not (course / "submitted/nobody").exists()
    settings = (course / "course.toml").read_text()
    assert "work = 2027-02-07T23:59:00\nother = 2027-03-01T23:59:00" in settings and "per_day = 0.1" in settings
    lines = (course / "extensions.csv").read_text().splitlines()
    assert lines[1:] == ["ada,other,2,,ill"] + [
        f"{name},work,,2027-02-{day} 23:59,Canvas" for name, day in (("bob", 10), ("cyn", 11))
    ]
    assert "ada: unchanged" in run(capsys, "pull", course, "--assignment", ASSIGNMENT)[1]
    assert (course / "extensions.csv").read_text().splitlines() == lines

    assert explorables("grade", course, "--assignment", ASSIGNMENT).returncode == 0
    with Course(course, ASSIGNMENT).gradebook() as book:
        why = book.find_grade("why", ASSIGNMENT, ASSIGNMENT, "bob")
        assert why.needs_manual_grade is False  # nothing was written
    canvas.changes.clear()
    code, said = run(capsys, "push", course, "--assignment", ASSIGNMENT)
    assert "ada: would get 6 points and a comment" in said and "nothing was sent" in said
    assert "cyn: not sent: missing" in said
    assert canvas.changes == [] and not [one for one in canvas.asked if not one.startswith("GET")]

    canvas.busy = 1  # once, at the first call
    assert main(["canvas", "push", str(course), "--assignment", ASSIGNMENT, "--send"]) == 2
    assert "too often" in capsys.readouterr().err
    code, said = run(capsys, "push", course, "--assignment", ASSIGNMENT, "--send")
    assert code == 0 and "ada: got 6 points and a comment" in said
    assert {number: entry["score"] for number, entry in canvas.submissions.items()} == {
        501: 6,
        502: 0,
        503: None,
        504: None,
    }
    (text,) = [one["comment"] for one in canvas.submissions[501]["submission_comments"]]
    assert text.startswith("6 of 10 points.") and "one-test: 2" in text

    # Again: nothing. Changed there by hand: only that is set right.
    sent = copy.deepcopy(canvas.changes)
    assert "stand there already" in run(capsys, "push", course, "--assignment", ASSIGNMENT, "--send")[1]
    assert canvas.changes == sent
    canvas.submissions[501]["score"] = 9.0
    assert "ada: got 6 points (there are 9)" in run(capsys, "push", course, "--assignment", ASSIGNMENT, "--send")[1]
    assert len(canvas.changes) == len(sent) + 1 and "comment[text_comment]" not in canvas.changes[-1][1]

    canvas.points = 100.0
    assert (
        "in Canvas the assignment has 100.0 points, here 10"
        in run(capsys, "push", course, "--assignment", ASSIGNMENT)[1]
    )


def override(title: str, until: str | None, **whose: Any) -> dict[str, Any]:
    """A deadline for some."""
    return {"id": 1, "assignment_id": 2001, "title": title, "due_at": until, **whose}


def test_the_latest_deadline_of_a_students_sections_counts(
    course: Path, canvas: Canvas, capsys: pytest.CaptureFixture[str]
) -> None:
    canvas.overrides = [
        override("Section A", "2027-02-09T22:59:00Z", course_section_id=6),
        override("Section B", "2027-02-08T22:59:00Z", course_section_id=7),
        override("1 student", "2027-02-12T22:59:00Z", student_ids=[503]),
        override("Early", "2027-02-01T22:59:00Z", course_section_id=7),
        override("Team 4", "2027-02-20T22:59:00Z", group_id=4),
        override("Whenever", None, course_section_id=6),
        {
            "id": 2,
            "assignment_id": 2001,
            "title": "Seen later",
            "unlock_at": "2027-02-01T00:00:00Z",
            "course_section_id": 6,
        },
    ]
    before = (course / "extensions.csv").read_bytes(), (course / "course.toml").read_bytes()
    code, dry = run(capsys, "pull", course, "--assignment", ASSIGNMENT, "--dry-run")
    assert ((course / "extensions.csv").read_bytes(), (course / "course.toml").read_bytes()) == before
    code, said = run(capsys, "pull", course, "--assignment", ASSIGNMENT)
    assert code == 1  # what was not taken is the instructor's to look at
    for text in (dry, said):
        assert "Early: due 2027-02-01 23:59, before everybody else's; not taken" in text
        assert "Team 4: due 2027-02-20 23:59; a group's deadline is not taken" in text
        assert "Whenever: has no deadline; not taken" in text and "Seen later" not in text
        assert "cyn: has until 2027-02-12 23:59 (1 student)" in text
    deadlines = Deadlines.read(course)
    assert {name: deadlines.due_for(name, ASSIGNMENT).day for name in ("ada", "bob", "cyn")} == {
        "ada": 9,
        "bob": 9,
        "cyn": 12,
    }
    canvas.overrides = []
    run(capsys, "pull", course, "--assignment", ASSIGNMENT)
    assert Deadlines.read(course).due_for("ada", ASSIGNMENT).day == 7  # what Canvas took back is gone here


def test_a_students_own_deadline_goes_before_that_of_a_section(
    course: Path, canvas: Canvas, capsys: pytest.CaptureFixture[str]
) -> None:
    # The order: https://community.canvaslms.com/t5/Canvas-Resource-Documents/Order-of-Precedence-and-Due-Dates-for-Assignments-and-Modules/ta-p/648211
    canvas.overrides = [
        override("Section A", "2027-02-12T22:59:00Z", course_section_id=6),
        override("Section B", "2027-02-12T22:59:00Z", course_section_id=7),
        override("sooner", "2027-02-09T22:59:00Z", student_ids=[503]),
        override("before all", "2027-02-01T22:59:00Z", student_ids=[501]),
    ]
    code, said = run(capsys, "pull", course, "--assignment", ASSIGNMENT)
    assert code == 1 and "before all: due 2027-02-01 23:59, before everybody else's; not taken" in said
    deadlines = Deadlines.read(course)
    assert [deadlines.due_for(name, ASSIGNMENT).day for name in ("ada", "bob", "cyn")] == [7, 12, 9]


@pytest.mark.parametrize("name", [ASSIGNMENT, "zwei wörter", "1.5", "other"])
@pytest.mark.parametrize(
    "before",
    [
        'zone = "UTC"\n\n[due]\n{key} = 2027-01-31T23:59:00  # after the holidays\nlast = 2027-03-01T23:59:00\n',
        'zone = "UTC"\n# see [due]\n[due]  # in this zone\n{key}=2027-01-31T23:59:00# close\n\n[late]\n{key} = 1 # no deadline\n',
        "[due]\nlast = 2027-03-01T23:59:00 # the end\n\n[late]\nper_day = 0.1\n",
        "[due]",
        "",
    ],
)
def test_a_new_deadline_leaves_all_else_as_it_was_written(tmp_path: Path, name: str, before: str) -> None:
    path, key = tmp_path / "course.toml", name if re.fullmatch(r"[a-z]+", name) else f'"{name}"'
    before = before.format(key=key) if "{key}" in before else before
    if before:
        path.write_text(before)
    due = datetime(2027, 2, 7, 22, 0, tzinfo=ZoneInfo("UTC"))
    set_due(SimpleNamespace(root=tmp_path, assignment=name), due)
    after = path.read_text()
    assert tomllib.loads(after)["due"][name] == datetime(2027, 2, 7, 22, 0)
    if before:
        was, now = tomllib.loads(before), tomllib.loads(after)
        was.get("due", {}).pop(name, None), now["due"].pop(name)
        assert now == was
        assert re.findall("#.*", after) == re.findall("#.*", before)
        assert after.count("\n") - before.count("\n") in (0, 1, 2)
    set_due(SimpleNamespace(root=tmp_path, assignment=name), due)
    assert path.read_text() == after


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (None, r"canvas.toml is missing. Write into it:\naddress"),
        ("course = 101", "cannot be used .*address"),
        ('address = "http://canvas.example"\ncourse = 101', "begins with https"),
        ('address = "{there}"\ncourse = 101\ntoken = "x"', "holds a token"),
        ('address = "{there}"\ncourse = 99', "does not have the course 99"),
        ('address = "{there}"\ncourse = 13', "does not let this token at the course 13"),
        ('address = "{there}"\ncourse = 101\n[assignments]\nwork = 7', "does not have the assignment 7"),
        ('address = "http://127.0.0.1:9"\ncourse = 101', "does not answer"),
    ],
)
def test_what_is_wrong_is_said_in_words(
    course: Path, canvas: Canvas, capsys: pytest.CaptureFixture[str], file: str | None, says: str
) -> None:
    (course / "canvas.toml").unlink()
    if file is not None:
        (course / "canvas.toml").write_text(file.replace("{there}", canvas.address))
    code, said = run(capsys, "push", course, "--assignment", ASSIGNMENT)
    assert code == 2 and re.search(says, said), said
    assert "Traceback" not in said


def test_the_token_comes_from_a_file_that_nobody_else_can_read(
    course: Path, canvas: Canvas, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CANVAS_TOKEN")
    assert "there is no token" in run(capsys, "pull", course, "--assignment", ASSIGNMENT)[1]
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    file.chmod(0o644)
    (course / "canvas.toml").write_text(f'address = "{canvas.address}"\ncourse = 101\ntoken_file = "{file}"\n')
    assert "others can read the token" in run(capsys, "pull", course, "--assignment", ASSIGNMENT)[1]
    file.chmod(0o600)
    assert run(capsys, "pull", course, "--assignment", ASSIGNMENT)[0] == 0
    file.write_text("wrong")
    assert "does not know the token" in run(capsys, "pull", course, "--assignment", ASSIGNMENT)[1]


def test_names_and_addresses_of_files_lead_nowhere_else(
    course: Path, canvas: Canvas, capsys: pytest.CaptureFixture[str]
) -> None:
    canvas.hand_in(501, written(course, RIGHT), name="../../keys/work.json")
    canvas.hand_in(502, b"x" * 10, name="work\u202e.ipynb\n")
    canvas.hand_in(503, written(course, RIGHT), name="work.ipynb")
    keys = (course / "keys/work.json").read_bytes()
    _code, said = run(capsys, "pull", course, "--assignment", ASSIGNMENT)
    assert (course / "keys/work.json").read_bytes() == keys
    assert "cyn: new" in said and "\u202e" not in said
    assert all(path.is_relative_to(course / "submitted") for path in (course / "submitted").rglob("*"))
    assert not list((course / "submitted").rglob("*.json")) or all(
        "keys" in path.name for path in (course / "submitted").rglob("*.json")
    )
