"""A course made from the exercises, taught with a real nbgrader."""

import copy
import csv
import json
import os
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import jupytext
import nbformat
import pytest
from classroom import ENVIRONMENT, explorables, nbgrader
from nbgrader.api import Gradebook
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions
from notebooks import BOOK
from test_lab import started

from explorables import cli
from explorables.classroom.exercises import build, check, keys, papers, plan, slice, source
from explorables.classroom.exercises.checking import judge
from explorables.classroom.exercises.figures import veiled
from explorables.classroom.exercises.prose import plain

SEED = 7
STUDENTS = ["ada", "bob", "cyn", "dan"]
COURSE_ID = "hardware-phase"
NAME = "capital"  # four exercises: a number, a choice, a number with variants, and an open one
PAGES = source.pages(BOOK)


def rows(file):
    with file.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def roster(folder: Path) -> Path:
    file = folder / "class.csv"
    file.write_text(
        "id,first_name,last_name\n" + "".join(f"{one},{one.title()},Example\n" for one in STUDENTS), encoding="utf-8"
    )
    return file


@pytest.fixture(scope="module")
def made(grader, tmp_path_factory) -> Path:
    """A course of every notebook, by the command, with figures of their own for four students."""
    folder = tmp_path_factory.mktemp("course")
    done = explorables(
        "course",
        folder / "course",
        "--start",
        "2027-02-01",
        "--weeks",
        "12",
        "--due",
        f"{NAME}=2027-03-05",
        "--seed",
        str(SEED),
        "--roster",
        roster(folder),
    )
    assert done.returncode == 0, done.stderr
    assert re.search(rf"^{NAME}: 13 points, week \d+, due 2027-03-05 23:59 UTC$", done.stdout, re.MULTILINE)
    return folder / "course"


def instructors(made: Path, name: str) -> nbformat.NotebookNode:
    return nbformat.read(made / "source" / name / f"{name}.ipynb", as_version=4)


def grade_id(cell) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


# --- what is made ------------------------------------------------------------------------------------------------


def test_an_assignment_has_every_exercise_of_its_page_with_tests_rubrics_and_points(made):
    assert {path.name for path in (made / "source").iterdir()} == {page.stem for page in PAGES}
    for page in PAGES:
        notebook = instructors(made, page.stem)
        MetadataValidator().validate_nb(notebook)
        cells = {grade_id(cell): cell for cell in notebook.cells if grade_id(cell)}
        texts = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        points = 0
        for number, exercise in enumerate(source.exercises(page), 1):
            heading = f"## {number}. {exercise.title} ({exercise.points} points)"
            about = f"*{exercise.minutes} minutes, {exercise.difficulty}.* {exercise.objective}"
            assert f"{heading}\n\n{about}\n" in texts
            name = exercise.id.replace(".", "-")
            by_hand = cells.get(f"{name}-explain") or cells.get(f"{name}-open")
            if exercise.spec:
                test = cells[f"{name}-test"]
                assert f"check('{exercise.id}', answer" in test.source and "assert" not in test.source
                assert "### BEGIN SOLUTION" in cells[f"{name}-answer"].source
                points += test.metadata.nbgrader["points"]
                assert bool(by_hand) == bool(exercise.spec["explain"])
            else:
                assert by_hand
            if by_hand:
                assert "**Rubric" in by_hand.source and by_hand.metadata.nbgrader["task"]
                points += by_hand.metadata.nbgrader["points"]
        assert points == sum(exercise.points for exercise in source.exercises(page))


def test_nbgraders_metadata_survives_the_way_to_myst_and_back(made, tmp_path):
    for page in PAGES:
        notebook = instructors(made, page.stem)
        jupytext.write(notebook, tmp_path / "there.md", fmt="md:myst")
        back = jupytext.read(tmp_path / "there.md")
        MetadataValidator().validate_nb(back)
        assert [(cell.cell_type, cell.source, cell.metadata) for cell in back.cells] == [
            (cell.cell_type, cell.source, cell.metadata) for cell in notebook.cells
        ]


def test_a_student_needs_only_the_cells_that_the_exercises_use(made):
    for page in PAGES:
        code = [
            block.source for block in source.blocks(page) if isinstance(block, source.Cell) and block.kind == "code"
        ]
        setup = [cell for cell in instructors(made, page.stem).cells if grade_id(cell).startswith("setup-")]
        assert 0 < len(setup) < len(code) and {cell.source for cell in setup} < set(code)
        assert all(cell.metadata.nbgrader["locked"] for cell in setup)


def release(notebook):
    """What nbgrader makes of a source notebook before students get it, without its gradebook."""
    for step in (ClearSolutions(), ClearHiddenTests(), ClearMarkScheme()):
        notebook, _ = step.preprocess(notebook, {})
    return notebook


def test_no_release_shows_a_solution_a_hidden_test_a_rubric_or_an_answer(made):
    key = rows(made / "answer_key.csv")
    for page in PAGES:
        notebook = instructors(made, page.stem)
        secrets = {
            line.strip()
            for cell in notebook.cells
            if grade_id(cell).endswith("-answer")
            for line in cell.source.splitlines()
            if line.startswith("answer =")
        }
        secrets |= {
            line
            for exercise in source.exercises(page)
            if not exercise.spec
            for cell in exercise.solution
            if cell.kind == "text"
            for line in plain(cell.source, page).splitlines()
            if len(line) > 30
        }
        shown = json.dumps(release(notebook), ensure_ascii=False)
        assert not [secret for secret in secrets if json.dumps(secret, ensure_ascii=False)[1:-1] in shown]
        for word in ("HIDDEN TESTS", "BEGIN SOLUTION", "MARK SCHEME", "Rubric"):
            assert word not in shown
        for row in key:
            if row["exercise"].startswith(f"{page.stem}.") and re.fullmatch(r"-?\d+\.\d{4,}", row["answer"]):
                assert row["answer"][:7] not in shown, row
        # Not even the instructor's copy says what is right in a cell that runs.
        run = "\n".join(cell.source for cell in notebook.cells if grade_id(cell).endswith("-test"))
        assert not [row for row in key if len(row["answer"]) > 6 and row["answer"][:7] in run]


def test_the_answer_key_is_what_check_and_grading_take_for_right_and_the_same_in_every_course(made):
    for page in PAGES:
        specs = {exercise.id: exercise.spec for exercise in source.exercises(page) if exercise.spec}
        for key in keys.read(made / "keys", page.stem).values():
            assert check(key.exercise, key.answer)
            for student, own in key.own.items():
                assert key.judge(student, own.answer)
                assert check(key.exercise, own.answer, **own.given).grade == "open"
                assert not judge(key.exercise, key.answer, own.answer, specs[key.exercise]), "the book's would be right"
    (one,) = plan.schedule([BOOK / "ecosystem/capital.md"], date(2027, 3, 5), due={NAME: date(2027, 3, 5)})
    again = build.make(one, STUDENTS, SEED, 0.0)
    assert again.notebook == instructors(made, NAME)
    assert again.keys == keys.read(made / "keys", NAME)


def test_only_the_instructor_can_read_the_keys(made):
    assert (made / "keys").stat().st_mode & 0o077 == 0
    assert (made / "keys" / f"{NAME}.json").stat().st_mode & 0o077 == 0


def test_each_student_gets_figures_of_their_own_and_an_instructor_sees_them(made, capsys):
    drawn = rows(made / "figures.csv")
    assert {row["student"] for row in drawn} == set(STUDENTS)
    assert len({row["given"] for row in drawn if row["exercise"] == "efficiency.2"}) > 1
    own = {row["student"]: json.loads(row["given"]) for row in drawn if row["exercise"] == "capital.3"}
    assert cli.main(["course", str(made), "--notebooks", NAME, "--preview", "ada"]) == 0
    shown = capsys.readouterr().out
    assert f"wanted = {own['ada']['wanted']}; right is" in shown and "capital.1: the book's figures" in shown
    assert cli.main(["course", str(made), "--notebooks", NAME, "--preview", "eve"]) == 2
    assert "'eve' is not in the roster" in capsys.readouterr().err


def test_the_syllabus_has_each_weeks_goals_and_the_checklist_runs_by_itself(made):
    syllabus = (made / "syllabus.md").read_text(encoding="utf-8")
    assert [int(week) for week in re.findall(r"^## Week (\d+)", syllabus, re.MULTILINE)] == list(range(1, 13))
    assert syllabus.count("### ") == len(PAGES)
    assert "How much compute, time, money and electricity does a training run take" in syllabus
    parts = ["## The argument", "## What you will be able to do", "## Week 1"]
    assert sorted(parts, key=syllabus.index) == parts
    assert "1. **The rise of China's domestic chip ecosystem.** The essay argues that a new generation" in syllabus
    assert len(re.findall(r"^\d+\. \*\*", syllabus, re.MULTILINE)) == len({page.parent for page in PAGES} - {BOOK})
    weeks = dict(re.findall(r"^## Week (\d+)\n(.*?)(?=^## |\Z)", syllabus, re.MULTILINE | re.DOTALL))
    assert f"### {source.read(next(page for page in PAGES if page.stem == 'chips')).title}" in weeks["1"]
    assert "### Build your own slider" in weeks["12"], "an introduction to the tool comes after the argument"
    for week in weeks.values():
        minutes = [int(row.split("|")[3]) for row in re.findall(r"^\| \d+\..*$", week, re.MULTILINE)]
        assert minutes and f"{papers.hours(sum(minutes))} of exercises" in week
    for exercise in source.exercises(next(page for page in PAGES if page.stem == "capital")):
        row = f"| {exercise.objective} | {exercise.minutes} | {exercise.difficulty} | {exercise.points} |"
        assert row in syllabus
    block = re.search(r"```bash\n(.*?)```", (made / "checklist.md").read_text(encoding="utf-8"), re.DOTALL)[1]
    assert f'assignment add {NAME} --duedate="2027-03-05 23:59 UTC"' in block
    assert block.count("nbgrader db assignment add") == len(PAGES)


# --- what goes wrong ---------------------------------------------------------------------------------------------


def test_a_course_is_not_written_over_unless_asked(tmp_path, capsys):
    made = tmp_path / "course"
    again = ["course", str(made), "--notebooks", "compute-gap"]
    assert cli.main(again) == 0
    config, handed_in = made / "nbgrader_config.py", made / "submitted/eve/compute-gap/compute-gap.ipynb"
    config.write_text(config.read_text() + "# mine\n")
    handed_in.parent.mkdir(parents=True)
    handed_in.write_text("{}")
    (made / "gradebook.db").write_bytes(b"grades")
    rules, more = made / "course.toml", made / "extensions.csv"
    rules.write_text(rules.read_text().replace("# per_day = 0.1", "per_day = 0.25"))
    more.write_text(more.read_text() + "eve,compute-gap,2,,ill\n")
    assert cli.main(again) == 2
    assert "is not empty" in capsys.readouterr().err
    assert config.read_text().endswith("# mine\n")
    assert cli.main([*again, "--force"]) == 0
    assert not config.read_text().endswith("# mine\n")
    assert tomllib.loads(rules.read_text())["late"] == {"per_day": 0.25}
    assert [(row["student"], row["extra_days"]) for row in rows(more)] == [("eve", "2")]
    assert handed_in.read_text() == "{}" and (made / "gradebook.db").read_bytes() == b"grades"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--notebooks", "eficiency"], "no notebook 'eficiency': did you mean 'efficiency'"),
        (["--chapters", "ecosistem"], "no chapter 'ecosistem': did you mean 'ecosystem'"),
        (["--notebooks", "capital", "--weeks", "0"], "at least one notebook and one week"),
        (
            ["--notebooks", "capital", "--start", "2027-02-01", "--due", "capital=2027-01-01"],
            "before the course begins",
        ),
        (["--notebooks", "capital", "--due", "market=2027-01-01"], "no notebook 'market'"),
        (["--roster", "{roster}"], "line 3: the id 'ada' comes twice"),
        (["--roster", "nowhere.csv"], "nowhere.csv: No such file"),
        (["--seed", "7"], "with --seed give its --roster too"),
        (["--zone", "Europe/Atlantis"], "no time zone 'Europe/Atlantis': write it as Europe/Berlin"),
        (["--notebooks", "capital", "--close", "2"], "a share of the points below 1, not 2.0"),
    ],
)
def test_a_wrong_wish_is_named_and_nothing_is_written(tmp_path, capsys, arguments, says):
    twice = tmp_path / "twice.csv"
    twice.write_text("id\nada\nada\n")
    assert cli.main(["course", str(tmp_path / "course"), *(word.format(roster=twice) for word in arguments)]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "course").exists()


def test_a_day_that_is_none_and_a_file_for_a_folder_are_named(tmp_path, capsys):
    for arguments, says in (
        (["--start", "2027-13-01"], "'2027-13-01' is not a day: write it as 2027-02-01"),
        (["--due", "capital"], "'capital' has no day: write it as NAME=2027-02-01"),
    ):
        with pytest.raises(SystemExit):
            cli.main(["course", str(tmp_path / "course"), *arguments])
        assert says in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert cli.main(["course", str(tmp_path / "file"), "--notebooks", "capital"]) == 2
    assert "file is a file: choose a folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "says"),
    [("name\nada\n", "a column 'id'"), ("id\n", "a row for each"), ("id\na/b\n", "line 2: 'a/b' cannot be")],
)
def test_a_roster_that_cannot_be_used_is_refused(tmp_path, text, says):
    (tmp_path / "r.csv").write_text(text)
    with pytest.raises(ValueError, match=says):
        plan.read_roster(tmp_path / "r.csv")


# --- a class -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def graded(jail, made) -> Path:
    """The course after a class of four has handed in one assignment and nbgrader has graded it."""
    nbgrader(made, "generate_assignment", NAME)
    released = nbformat.read(made / "release" / NAME / f"{NAME}.ipynb", as_version=4)
    solutions = {
        grade_id(cell): re.search(r"### BEGIN SOLUTION\n(.*)\n### END SOLUTION", cell.source, re.DOTALL)[1]
        for cell in instructors(made, NAME).cells
        if grade_id(cell).endswith("-answer")
    }
    bobs = {
        "capital-1-answer": "answer = 0.461  # a number that is right, without its work",
        "capital-2-answer": "answer = 'return'",
    }
    elses = keys.read(made / "keys", NAME)["capital-3-test"].own["ada"].answer
    work = {
        "ada": ("ada", solutions),
        "bob": ("bob", bobs),
        "cyn": ("cyn", dict.fromkeys(solutions, "answer = -1 if True else 'years'")),
        "dan": ("ada", solutions | {"capital-3-answer": f"answer = {elses}  # from a friend"}),
    }
    for student, (says, answers) in work.items():
        notebook = copy.deepcopy(released)
        for cell in notebook.cells:
            if "student" in cell.metadata.get("tags", []):
                cell.source = f'student = "{says}"'
            cell.source = answers.get(grade_id(cell), cell.source)
        if student == "cyn":
            spy = f"import os, socket\nprint('JAIL', socket.gethostname(), [p for p in ({str(made)!r},) if os.path.exists(p)])"
            notebook.cells.append(nbformat.v4.new_code_cell(spy))
        if student == "ada":
            notebook.cells[-2].source = "Each is worth a twentieth."
        place = made / "submitted" / student / NAME
        place.mkdir(parents=True)
        nbformat.write(notebook, place / f"{NAME}.ipynb")
    nbgrader(made, "autograde", NAME)
    return made


def points(graded: Path, student: str) -> dict[str, float | None]:
    with Gradebook(f"sqlite:///{graded / 'gradebook.db'}", COURSE_ID) as book:
        return {grade.name: grade.auto_score for grade in book.find_submission_notebook(NAME, NAME, student).grades}


def test_nbgrader_gives_the_correct_the_wrong_and_the_partial_what_they_are_due(graded):
    tests = ("capital-1-test", "capital-2-test", "capital-3-test")
    found = {student: [points(graded, student)[test] for test in tests] for student in STUDENTS}
    assert found["ada"] == [2, 1, 2]
    assert found["bob"] == [2, 0, 0]
    assert found["cyn"] == [0, 0, 0]


def waits(graded: Path, student: str) -> dict[str, bool]:
    with Gradebook(f"sqlite:///{graded / 'gradebook.db'}", COURSE_ID) as book:
        return {
            grade.name: grade.needs_manual_grade for grade in book.find_submission_notebook(NAME, NAME, student).grades
        }


def test_the_id_that_counts_is_nbgraders_and_a_right_number_for_the_typed_one_waits_for_a_person(graded):
    assert points(graded, "dan")["capital-3-test"] == 0
    assert waits(graded, "dan")["capital-3-test"] and not waits(graded, "cyn")["capital-3-test"]
    notebook = nbformat.read(graded / "autograded/dan" / NAME / f"{NAME}.ipynb", as_version=4)
    assert any(cell.source == "student = 'dan'" for cell in notebook.cells)


def test_explanations_wait_for_a_person_who_sees_the_rubric_and_untouched_ones_do_not(graded):
    assert points(graded, "ada")["capital-4-open"] is None and waits(graded, "ada")["capital-4-open"]
    assert points(graded, "ada")["capital-2-explain"] == 0 and not waits(graded, "ada")["capital-2-explain"]
    notebook = nbformat.read(graded / "autograded/ada" / NAME / f"{NAME}.ipynb", as_version=4)
    assert any("**Rubric, 4 points.**" in cell.source for cell in notebook.cells if grade_id(cell) == "capital-4-open")


def test_nbgraders_own_command_has_the_jail_and_the_keys_too(graded):
    """`graded` was graded by `nbgrader autograde`; formgrader's button calls the same code with the same settings."""
    notebook = nbformat.read(graded / "autograded/cyn" / NAME / f"{NAME}.ipynb", as_version=4)
    printed = "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))
    assert "JAIL jail []" in printed


def test_the_graders_own_command_gives_the_same_points(graded):
    before = {student: points(graded, student) for student in STUDENTS}
    done = explorables("grade", graded, "--assignment", NAME)
    assert done.returncode == 0 and "4 graded now (0 not to the end)" in done.stderr, done.stdout + done.stderr
    assert {student: points(graded, student) for student in STUDENTS} == before


def test_feedback_shows_no_key_and_says_what_an_answer_was_worth(graded):
    assert cli.main(["feedback", str(graded), "--assignment", NAME]) == 0
    page = (graded / f"feedback/bob/{NAME}/{NAME}.html").read_text(encoding="utf-8")
    known = keys.read(graded / "keys", NAME)
    assert str(known["capital-1-test"].answer)[:6] not in page.replace("0.461 ", "")
    assert "Which of them stands in the exponent?" in page
    assert "generate_feedback" not in "".join(re.findall(r"^```bash\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL))
    # Of all that were drawn, Bob reads his own.
    assert page.count(veiled("bob")) == 1 and veiled("ada") not in page


@pytest.fixture(scope="module")
def lab(graded, tmp_path_factory) -> Iterator[str]:
    """Address of a JupyterLab that was started in the course's folder, as the guide says."""
    home = tmp_path_factory.mktemp("home")
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--ip=127.0.0.1",
        "--port=0",
        "--IdentityProvider.token=",
    ]
    command += ["--allow-root"] if os.geteuid() == 0 else []
    log = home / "log.txt"
    with log.open("w") as out:
        server = subprocess.Popen(
            command,
            cwd=graded,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=ENVIRONMENT | {"HOME": str(home), "JUPYTER_RUNTIME_DIR": str(home)},
        )
    try:
        yield started(server, home, log)
    finally:
        server.terminate()
        server.wait(timeout=60)


def test_a_grader_sees_the_rubric_in_formgrader_and_gives_points(graded, lab, browser):
    with Gradebook(f"sqlite:///{graded / 'gradebook.db'}", COURSE_ID) as book:
        submission = book.find_submission_notebook(NAME, NAME, "ada")
        address = f"{lab}/formgrader/submissions/{submission.id}/"
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.route("**/*", lambda route: route.continue_() if "//127.0.0.1" in route.request.url else route.abort())
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{lab}/formgrader/gradebook")
    page.get_by_role("link", name=NAME).wait_for()
    page.goto(address)
    page.wait_for_load_state("networkidle")  # what is typed before formgrader has loaded the grades is lost
    assert "Rubric, 4 points." in page.locator("body").inner_text()
    score = page.locator("input#capital-4-open")
    score.wait_for()
    with page.expect_response(
        lambda response: "/formgrader/api/grade/" in response.url and response.request.method == "PUT"
    ):
        score.fill("3")
        score.press("Tab")
    context.close()
    with Gradebook(f"sqlite:///{graded / 'gradebook.db'}", COURSE_ID) as book:
        grades = book.find_submission_notebook(NAME, NAME, "ada").grades
        assert {grade.name: grade.manual_score for grade in grades}["capital-4-open"] == 3


# --- the guide ---------------------------------------------------------------------------------------------------

GUIDE = (BOOK / "instructors.md").read_text(encoding="utf-8")


def test_every_command_of_the_instructors_guide_runs_from_top_to_bottom(jail, tmp_path):
    commands = "".join(re.findall(r"^```bash\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL))
    assert commands.count("nbgrader") > 8 and "make course" in commands
    commands = commands.replace("../", f"{tmp_path}/").replace("/srv/", f"{tmp_path}/srv/")
    start = time.monotonic()
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", commands],
        cwd=BOOK.parent,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert time.monotonic() - start < 15 * 60
    assert (tmp_path / "my-course/feedback/ada/capital/capital.html").exists()
    assert (tmp_path / "my-course/submitted/bob/capital/capital.ipynb").exists()  # out of the zip
    (asked,) = rows(tmp_path / "my-course/regrades.csv")
    assert (asked["student"], asked["answer"], asked["after"]) == ("ada", "So you did.", "2")
    assert {"moodle.xml", "qti.zip"} == {path.name for path in (tmp_path / "quiz").iterdir()}
    assert (tmp_path / "my-course/exports/capital/similar.zip").exists()
    (returned,) = (tmp_path / "student/capital/feedback").glob("*/capital.html")
    assert "Content-Security-Policy" in returned.read_text(encoding="utf-8")


def test_the_options_that_the_guide_names_are_there(capsys):
    section = GUIDE.split("**Make the course.**")[1].split("**Look at what you have.**")[0]
    with pytest.raises(SystemExit):
        cli.main(["course", "--help"])
    described = capsys.readouterr().out
    named = set(re.findall(r"--[a-z]+", section)) - {"--help"}
    assert len(named) > 6 and not [option for option in named if option not in described]


def test_the_exercise_that_the_guide_shows_is_one(tmp_path):
    example = re.search(r"^````markdown\n(.*?)^````", GUIDE, re.MULTILINE | re.DOTALL)[1]
    page = tmp_path / "grid.md"
    page.write_text(f"# Grid\n\n{example}", encoding="utf-8")
    (one,) = source.exercises(page)
    assert (one.id, one.title, one.points) == ("grid.1", "Years of growth", 2)
    assert list(source.owed(one.about)) == []
    assert one.variants == [{"country": name} for name in ("United States", "India", "Japan")]


def test_the_courses_of_the_calendar_can_be_made():
    plans = re.findall(r"`((?:--notebooks [^`]+ )?--weeks (\d+))`", GUIDE.split("## A calendar")[1])
    assert [int(weeks) for _, weeks in plans] == [1, 4, 12]
    for options, weeks in plans:
        args = cli.describe().parse_args(["course", "somewhere", *options.split()])
        made = plan.schedule(plan.choose(BOOK, args.chapters, args.notebooks), date(2027, 2, 1), args.weeks)
        assert {one.week for one in made} == set(range(1, int(weeks) + 1))


def test_cells_that_an_exercise_needs_are_found_through_other_cells(tmp_path):
    cells = {
        "import": "import math\nfrom functools import partial",
        "early": "rows = 1\nunused = rows",
        "base": "base = [1, 2]",
        "shadow": "rows = base[0]\ndef f(rows):\n    hidden = rows\n    return hidden + late",
        "change": "base.append(rows)",
        "chart": "[hidden for hidden in range(3)]",
        "late": "late = math.pi",
        "other": "hidden = 5",
    }
    page = tmp_path / "page.md"
    page.write_text(
        "# Page\n\n"
        + "".join(f"```{{code-cell}} ipython3\n{code}\n```\n\n" for code in cells.values())
        + """```{exercise} T
:label: page.1
Text.
```

```{solution-start} page.1
```

```{code-cell} ipython3
:answer: {unit: m, hint: Think.}
answer = f(sum(base))
```
```{solution-end}
```
"""
    )
    kept = [block.source for block in slice.needed(page) if isinstance(block, source.Cell)]
    assert kept == [cells[name] for name in ("import", "base", "shadow", "change", "late")]
    assert build.answers.solve(slice.needed(page), "page") == {"page.1": [pytest.approx(1 + 2 + 1 + 3.14159265)]}
