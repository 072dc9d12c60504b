"""Grading by hand, as an instructor does it: forty answers to one task, by keyboard alone, in a browser."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from classroom import ENVIRONMENT, explorables, mark, nbgrader
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook
from playwright.sync_api import Browser, Page

from explorables.classroom.exercises import keys, papers
from explorables.classroom.grading import Course
from explorables.classroom.grading.marking import Marking, likeness
from explorables.classroom.grading.marking_page import Server

ROOT = Path(__file__).resolve().parent.parent
AXE = ROOT / "tests/node_modules/axe-core/axe.min.js"
NAME = "energy"
TASK = f"{NAME}/energy-1-explain"
RUBRIC = [
    "The power is put beside a country's.",
    "The hours of a year are named.",
    "What the number leaves out is said.",
]
ESSAYS = [
    "A thousand machines take {n} megawatts, which over the hours of a year is what a small town uses.",
    "I multiply power by 8760 hours. Cooling is left out, so the true number is larger, perhaps by {n} per cent.",
    "The number is large because there are many machines.",
    "It rises with the load: at night {n} of them idle. Compared with the country's production it is little.",
]
CLASS = 40
TRICK = "<img src=x onerror=\"document.title='ran'\"><script>document.title='ran'</script> [x](javascript:alert(1))"


def source() -> nbformat.NotebookNode:
    """One number, and what it shows in words."""
    scheme = "\n".join(f"- {line}" for line in RUBRIC)
    task = f"### 1., explained\n\nSay what the number shows.\n\n<!-- BEGIN MARK SCHEME -->\n**Rubric, 3 points.**\n\n{scheme}\n<!-- END MARK SCHEME -->"
    points = {"points": 3}
    return new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        cells=[
            new_code_cell(
                "### BEGIN SOLUTION\nanswer = 8.76\n### END SOLUTION", metadata=mark("energy-1-answer", solution=True)
            ),
            new_code_cell(
                "print('a number')",
                metadata={"nbgrader": mark("energy-1-test", locked=True)["nbgrader"] | {"grade": True, "points": 2}},
            ),
            new_markdown_cell(
                task,
                metadata={
                    "nbgrader": mark("energy-1-explain", locked=True, kind="markdown")["nbgrader"]
                    | {"task": True}
                    | points
                },
            ),
            new_markdown_cell("*Your explanation.*"),
        ],
    )


@pytest.fixture(scope="module")
def course(jail: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class of forty whose numbers are graded and whose texts wait; two more wrote nothing."""
    root = tmp_path_factory.mktemp("marking") / "course"
    (root / "source" / NAME).mkdir(parents=True)
    nbformat.write(source(), root / "source" / NAME / f"{NAME}.ipynb")
    (root / "nbgrader_config.py").write_text(papers.config())
    students = [f"s{number:02d}" for number in range(CLASS + 2)]
    own = {student: keys.Own({"megawatts": 1 + number / 10}, 8.76 + number) for number, student in enumerate(students)}
    about = {"unit": "GWh", "hint": "Mind the hours.", "choices": [], "tolerance": 0.01, "points": 2, "close": 0.5}
    keys.write(root / "keys", NAME, {"energy-1-test": keys.Key(exercise="energy.1", answer=8.76, own=own, **about)})
    nbgrader(root, "generate_assignment", NAME)
    for number, student in enumerate(students):
        work = nbformat.read(root / "release" / NAME / f"{NAME}.ipynb", as_version=4)
        work.cells.insert(0, new_code_cell(f"student = {student!r}", metadata={"tags": ["student"]}))
        work.cells[1].source = f"answer = {8.76 + number + number % 3}"
        if number < CLASS:
            work.cells[-1].source = ESSAYS[number % 4].format(n=number) + (f"\n\n{TRICK}" if number == 5 else "")
        if number == 7:
            work.cells.append(new_code_cell("print('so much: ' + 'x' * 50)"))
        place = root / "submitted" / student / NAME
        place.mkdir(parents=True)
        nbformat.write(work, place / f"{NAME}.ipynb")
    done = explorables("grade", root, "--assignment", NAME)
    assert done.returncode == 0, done.stderr
    return root


@pytest.fixture
def server(course: Path) -> Iterator[Server]:
    """The page's server, in a thread."""
    with Server(Marking(Course(course, NAME))) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """The page, opened; it must fetch nothing from elsewhere and complain of nothing."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=False)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    page.on(
        "request", lambda one: None if one.url.startswith(("http://127.0.0.1:", "data:")) else wrong.append(one.url)
    )
    page.goto(server.address)
    page.locator("#criteria button").first.wait_for()
    yield page
    context.close()
    assert wrong == []


def grades(course: Path) -> dict[str, tuple[float | None, bool, str | None]]:
    """Points, whether it waits, and comment of every text, by student."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "hardware-phase") as book:
        found = {}
        for entry in book.assignment_submissions(NAME):
            (notebook,) = entry.notebooks
            grade = next(one for one in notebook.grades if one.name == "energy-1-explain")
            comment = next(one for one in notebook.comments if one.name == "energy-1-explain")
            found[entry.student.id] = grade.manual_score, grade.needs_manual_grade, comment.manual_comment
        return found


def saved(page: Page) -> None:
    """Wait until all is in the gradebook."""
    page.get_by_text(re.compile("^(Saved|Taken back)$")).wait_for()


def test_forty_answers_are_graded_by_keyboard_alone(page: Page, course: Path, record_property) -> None:
    """What a person does besides reading: a few keys an answer. The rest of ten minutes is for reading."""
    strokes = 0

    def press(key: str) -> None:
        nonlocal strokes
        strokes += 1
        page.keyboard.press(key)

    assert page.locator("#progress").inner_text() == f"0 of {CLASS} done; 2 wrote nothing and got 0"
    start = time.monotonic()
    seen: list[str] = []
    last = ""
    for number in range(CLASS):
        who = page.locator("#who").inner_text()
        text = page.locator("#answer").inner_text()
        seen.append(re.search(r"s\d\d", who)[0])
        if text[:12] == last[:12]:
            press("s")  # says the same as the one before
        elif text.startswith("I multiply"):
            press("2"), press("3")
        elif text.startswith("It rises"):
            press("1"), press("3"), press("3")  # in half
        elif text.startswith("A thousand"):
            press("f")
        else:
            press("0")
        last = text
        if number < CLASS - 1:
            press("Enter")
    seconds = time.monotonic() - start
    saved(page)
    record_property("Keystrokes to grade forty answers", str(strokes))
    print(f"{strokes} keys for {CLASS} answers, {seconds:.1f} s of the page's time")
    assert len(set(seen)) == CLASS
    # Like answers come one after the other, so most take two keys.
    assert round(strokes / CLASS) == 2  # as the guide says
    assert seconds < 60
    expected = [3.0, 2.0, 0.0, 1.5]
    for student, (points, waits, _) in grades(course).items():
        number = int(student[1:])
        if number < CLASS:
            assert (points, waits) == (expected[number % 4], False), student
        else:
            assert (points, waits) == (None, False), student
    press("Enter")
    assert "All answers to this task have points" in page.locator("#who").inner_text()
    # Each step can be taken back, the last one first, and that is in the gradebook too.
    for _ in range(3):
        if f"{CLASS - 1} of {CLASS}" in page.locator("#progress").inner_text():
            break
        press("u")
        page.get_by_text("Taken back").wait_for()
        page.wait_for_timeout(200)
    assert grades(course)[seen[-1]][:2] == (None, True)
    press("f")
    saved(page)


def test_an_answer_stands_with_the_students_own_figures_result_and_likes_and_runs_nothing(
    page: Page, course: Path
) -> None:
    page.keyboard.press("k")
    for _ in range(CLASS):
        if "s05" in page.locator("#who").inner_text():
            break
        page.keyboard.press("j")
    result = page.locator("#result").inner_text().split("\n")
    assert (
        dict(zip(result[::2], result[1::2], strict=True)).items()
        >= {
            "megawatts": "1.5",
            "answer": "15.76",
            "right": "13.76 GWh",
        }.items()
    )
    assert page.locator("#answer").inner_text().startswith("I multiply power")
    assert "ran" not in page.title() and page.locator("#answer img, #answer script, #answer a").count() == 0
    assert page.locator("#alike li").count() >= 2
    assert "I multiply power" in page.locator("#alike li").first.inner_text()


def test_a_comment_is_saved_as_it_is_typed_and_survives_the_end_of_the_server(
    browser: Browser, course: Path, tmp_path: Path
) -> None:
    """The command itself, killed while somebody types; what was saved is there, and the page says what was not."""
    command = [sys.executable, "-m", "explorables.cli", "mark", course, "--assignment", NAME, "--no-browser"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT | {"PYTHONUNBUFFERED": "1"})
    try:
        address = re.search(r"http://127\.0\.0\.1:\d+/#\S+", running.stdout.readline())[0]
        context = browser.new_context()
        page = context.new_page()
        page.goto(address)
        page.locator("#criteria button").first.wait_for()
        student = re.search(r"s\d\d", page.locator("#who").inner_text())[0]
        page.keyboard.press("0")
        page.keyboard.press("1")
        page.keyboard.press("c")
        page.keyboard.type("Say which hours.")
        saved(page)
        page.wait_for_timeout(700)
        saved(page)
        running.send_signal(signal.SIGKILL)
        running.wait()
        assert grades(course)[student] == (1.0, False, "Say which hours.")
        page.keyboard.press("Escape")
        page.keyboard.press("2")
        page.get_by_text("Not saved. The command has ended").wait_for()
        context.close()
    finally:
        running.kill()
        running.wait()
    # Also what was ticked, and what can be taken back.
    marking = Marking(Course(course, NAME))
    (task,) = marking.tasks()
    answers, _ = marking.answers(task)
    assert next(one for one in answers if one.student == student).ticked == {0: 1.0}
    assert marking.undo() == (TASK, student)  # the comment, in one go
    assert grades(course)[student] == (1.0, False, None)


def test_axe_finds_nothing_and_the_page_fits_a_phone(page: Page) -> None:
    # The page forbids code made of text, so axe comes as a file would: by the browser's own tools.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width, height in ((1280, 800), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            found += page.evaluate(
                "axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } })"
                ".then(all => all.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target}`)))"
            )
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            if folder := os.environ.get("PICTURES"):
                page.screenshot(path=f"{folder}/marking-{scheme}-{width}.png")
    assert found == []


def asked(server: Server, path: str, *, body: dict | None = None, **headers: str) -> int:
    """Status of a request to the server."""
    address = f"http://127.0.0.1:{server.server_port}{path}"
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(address, data, {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status
    except urllib.error.HTTPError as problem:
        return problem.code


def test_the_server_answers_its_own_page_only(server: Server, course: Path) -> None:
    word = {"Authorization": f"Bearer {server.token}"}
    give = {"task": TASK, "student": "s01", "points": 3, "ticked": {}, "comment": ""}
    before = grades(course)
    assert asked(server, "/api/tasks", **word) == 200
    assert asked(server, "/api/tasks") == 401
    assert asked(server, "/api/tasks", Authorization="Bearer wrong\u00e9") == 401
    assert asked(server, "/api/give", body=give) == 401
    assert asked(server, "/api/give", body=give, Origin="https://elsewhere.example", **word) == 403
    assert asked(server, "/api/tasks", Host="elsewhere.example", **word) == 403
    assert asked(server, "/../../keys/energy.json", **word) == 404
    assert asked(server, "/api/give", body=give | {"points": 99}, **word) == 400
    assert asked(server, "/api/give", body=give | {"points": float("nan")}, **word) == 400
    assert asked(server, "/api/give", body=give | {"points": True}, **word) == 400
    assert asked(server, "/api/give", body=give | {"student": "nobody"}, **word) == 400
    assert asked(server, "/api/give", body=give | {"task": "x"}, **word) == 400
    assert asked(server, "/api/give", body=give | {"ticked": {"7": 1}}, **word) == 400
    assert asked(server, "/api/give", body=give | {"comment": "x" * 6000}, **word) == 400
    assert grades(course) == before
    with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/") as reply:
        policy = reply.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert server.token not in reply.read().decode()


def test_like_texts_are_found() -> None:
    table = likeness(["power times hours", "Hours times power!", "a small town", ""])
    assert table[0, 1] == pytest.approx(1, abs=1e-6)
    assert table[0, 2] == 0 and table[3].max() == 0
