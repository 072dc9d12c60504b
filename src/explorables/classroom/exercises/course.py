"""Turn the exercises of chosen notebooks into a course that nbgrader releases, collects and grades."""

from __future__ import annotations

import ast
import csv
import difflib
import json
import re
import shutil
import symtable
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from explorables.book import current
from explorables.classroom.exercises import answers, checking, shipped, source, variants

ROSTER = ("id", "first_name", "last_name", "email")  # nbgrader's own columns
COMPREHENSIONS = {"listcomp", "setcomp", "dictcomp", "genexpr"}  # symtable's names for what is no function


@dataclass(frozen=True)
class Assignment:
    """What a class does with one notebook.

    Attributes
    ----------
    page : Path
        The notebook in the book. Its name is the assignment's name.
    week : int
        The week of the course in which it is handed out, from 1.
    due : datetime
        When it has to be handed in, in UTC.
    """

    page: Path
    week: int
    due: datetime

    @property
    def name(self) -> str:
        """Name of the assignment."""
        return self.page.stem

    @property
    def title(self) -> str:
        """The page's heading."""
        return re.search(r"^# (.+)$", self.page.read_text(encoding="utf-8"), re.MULTILINE)[1]

    @property
    def goals(self) -> list[str]:
        """Questions that the page says its reader will be able to answer."""
        text = self.page.read_text(encoding="utf-8")
        section = re.search(r"^## What you will be able to answer\n(.*?)^## ", text, re.MULTILINE | re.DOTALL)
        return re.findall(r"^- (.+)$", plain(section[1]), re.MULTILINE) if section else []


def choose(folder: Path, chapters: Iterable[str] = (), notebooks: Iterable[str] = ()) -> list[Path]:
    """Notebooks with exercises, in the book's order: those of the chapters and those named; all if nothing is named.

    Raises
    ------
    ValueError
        If there is no such chapter or notebook; the message suggests the nearest.
    """
    every = source.pages(folder)
    chapters, notebooks = set(chapters), set(notebooks)
    _known("chapter", chapters, {page.parent.name for page in every})
    _known("notebook", notebooks, {page.stem for page in every})
    if not chapters and not notebooks:
        return every
    return [page for page in every if page.parent.name in chapters or page.stem in notebooks]


def _known(what: str, named: set[str], there: set[str]) -> None:
    for name in sorted(named - there):
        near = difflib.get_close_matches(name, there, n=1)
        raise ValueError(
            f"no {what} {name!r}"
            + (f": did you mean {near[0]!r}?" if near else f"; there are {', '.join(sorted(there))}")
        )


def schedule(
    pages: list[Path], start: date, weeks: int | None = None, due: Mapping[str, date] | None = None
) -> list[Assignment]:
    """Spread notebooks evenly over weeks; each is due on the last day of its week unless `due` names a day.

    Raises
    ------
    ValueError
        If there are no notebooks or no weeks, `due` names a notebook that is not among them or a day before the start.
    """
    weeks = len(pages) if weeks is None else weeks
    if not pages or weeks < 1:
        raise ValueError("a course needs at least one notebook and one week")
    due = dict(due or {})
    _known("notebook", set(due), {page.stem for page in pages})
    plan = []
    for n, page in enumerate(pages):
        week = n * weeks // len(pages)
        day = due.get(page.stem, start + timedelta(days=7 * week + 6))
        if day < start:
            raise ValueError(f"{page.stem} is due on {day}, before the course begins on {start}")
        plan.append(Assignment(page, week + 1, datetime.combine(day, time(23, 59))))
    return plan


def read_roster(file: Path) -> list[dict[str, str]]:
    """Students of a class, from a CSV file with the columns that ``nbgrader db student import`` takes.

    Raises
    ------
    ValueError
        If the column ``id`` is missing, an id is empty, has a character that cannot be in a folder's name, or comes twice.
    """
    with file.open(newline="", encoding="utf-8-sig") as lines:
        rows = [
            {name.strip(): (value or "").strip() for name, value in row.items() if name}
            for row in csv.DictReader(lines)
        ]
    if not rows or "id" not in rows[0]:
        raise ValueError(f"{file}: a roster is a CSV file with a header, a column 'id' and a row for each student")
    ids = [row["id"] for row in rows]
    for number, one in enumerate(ids, 2):
        if not re.fullmatch(r"[\w.@-]+", one):
            raise ValueError(
                f"{file}, line {number}: {one!r} cannot be a student's id: letters, digits and . @ _ - can"
            )
        if ids.index(one) < number - 2:
            raise ValueError(f"{file}, line {number}: the id {one!r} comes twice")
    return [{name: row.get(name, "") for name in ROSTER} for row in rows]


def build(
    folder: Path,
    plan: list[Assignment],
    *,
    seed: int | None = None,
    roster: list[dict[str, str]] | None = None,
    force: bool = False,
) -> dict[str, int]:
    """Write an nbgrader course.

    Parameters
    ----------
    folder : Path
        Where to. Made if it is not there.
    plan : list of Assignment
        What is handed out when; see :func:`schedule`.
    seed : int, optional
        Gives each student a variant of each exercise that has some; see :func:`variants.which`. Without it, everybody
        gets the book's own values.
    roster : list of dict, optional
        The students; see :func:`read_roster`.
    force : bool
        Write into a folder that holds a course. Replaces what this function writes and nothing else: not the gradebook,
        and nothing that students handed in.

    Returns
    -------
    dict
        Points of each assignment.

    Raises
    ------
    FileExistsError
        If the folder is not empty, unless `force` says otherwise.
    ValueError
        If the package does not know the exercises as they are, or the notebook made for an assignment does not give the
        answers that the page gives.
    """
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f"{folder} is a file: choose a folder for the course")
    if folder.exists() and any(folder.iterdir()) and not force:
        raise FileExistsError(
            f"{folder} is not empty: choose another folder, or --force to write the course anew "
            "(the gradebook and what students handed in stay)"
        )
    import nbformat

    made = {}
    for one in plan:  # first all of the work that can fail, then the first file
        blocks = needed(one.page)
        key = answers.solve(blocks, one.page.name)
        _prove(blocks, key)
        made[one.name] = notebook(one, blocks, key, seed), key
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    for one in plan:
        page, key = made[one.name]
        place = folder / "source" / one.name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        nbformat.write(page, place / f"{one.name}.ipynb")
        rows += _key_rows(one.page, key, seed)
    (folder / "nbgrader_config.py").write_text(_config(seed), encoding="utf-8")
    (folder / "syllabus.md").write_text(_syllabus(plan), encoding="utf-8")
    (folder / "checklist.md").write_text(_checklist(plan, roster is not None, seed), encoding="utf-8")
    _csv(folder / "answer_key.csv", rows)
    if roster is not None:
        _csv(folder / "roster.csv", roster)
    if roster is not None and seed is not None:
        varied = [e.id for one in plan for e in source.exercises(one.page) if e.spec and len(e.variants) > 1]
        _csv(
            folder / "variants.csv",
            [
                {
                    "student": row["id"],
                    "exercise": id,
                    "variant": variants.which(id, row["id"], seed),
                    "given": json.dumps(variants.variant(id, row["id"], seed), ensure_ascii=False),
                }
                for row in roster
                for id in varied
            ],
        )
    return {one.name: sum(e.points for e in source.exercises(one.page)) for one in plan}


def _prove(blocks: list[source.Cell | source.Exercise], key: dict[str, list[Any]]) -> None:
    """Hold the answers that an assignment gives against what the package knows of the page's."""
    for exercise in (block for block in blocks if isinstance(block, source.Exercise) and block.spec):
        known = shipped.exercises().get(exercise.id, {"given": []})
        if exercise.variants != known["given"] or not all(
            checking.check(exercise.id, answer, **given)
            for given, answer in zip(exercise.variants, key[exercise.id], strict=True)
        ):
            raise ValueError(
                f"{exercise.id} is not in the package as it is in the course. Run `make answers`; if that does not "
                "help, a cell of the page changes a value that an exercise uses"
            )


def _csv(file: Path, rows: list[dict[str, Any]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, rows[0] if rows else ["student", "exercise", "variant", "given"])
        writer.writeheader()
        writer.writerows(rows)


def _key_rows(page: Path, key: dict[str, list[Any]], seed: int | None) -> list[dict[str, Any]]:
    """The answer key of a notebook, a row for each variant in use."""
    return [
        {
            "exercise": exercise.id,
            "variant": n,
            "given": json.dumps(given, ensure_ascii=False),
            "answer": answer,
            "unit": exercise.spec["unit"],
            "tolerance": "" if exercise.spec["choices"] else exercise.spec["tolerance"],
        }
        for exercise in source.exercises(page)
        if exercise.spec
        for n, (given, answer) in enumerate(zip(exercise.variants, key[exercise.id], strict=True))
        if n == 0 or seed is not None
    ]


# --- the notebook ------------------------------------------------------------------------------------------------


def notebook(
    one: Assignment, blocks: list[source.Cell | source.Exercise], key: dict[str, list[Any]], seed: int | None
) -> Any:
    """The instructor's version of an assignment, with solutions, hidden tests and rubrics.

    Parameters
    ----------
    one : Assignment
        The assignment.
    blocks : list of Cell and Exercise
        What the notebook holds; see :func:`needed`.
    key : dict
        Answers of the exercises, as :func:`answers.solve` gives them for these blocks.
    seed : int or None
        The course's seed.

    Returns
    -------
    nbformat.NotebookNode
        nbgrader's source notebook. It needs no file besides: tables come with the package.
    """
    import nbformat
    from nbformat.v4 import new_notebook

    exercises = [block for block in blocks if isinstance(block, source.Exercise)]
    cells = [_text(_opening(one, exercises, seed))]
    if seed is not None:
        cells.append(_code('student = ""  # your id in this course, between the quotes', tags=["student"]))
    for n, block in enumerate(blocks, 1):
        if isinstance(block, source.Cell):
            cells.append(_locked(f"setup-{n}", block.source))
        else:
            cells += _exercise(exercises.index(block) + 1, block, key.get(block.id, []), seed)
    made = new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
    )
    for n, cell in enumerate(made.cells):
        cell["id"] = f"cell-{n}"  # drawn at random otherwise, and the same course should give the same files
    nbformat.validate(made)
    return made


def _opening(one: Assignment, exercises: list[source.Exercise], seed: int | None) -> str:
    points = sum(exercise.points for exercise in exercises)
    lines = [
        f"# {one.title}",
        "",
        f"The exercises of this page of *{current().title}*. {points} points, due {one.due:%d %B %Y, %H:%M} UTC.",
        "",
        *(
            ["Write your id into the next cell: the figures that you are given depend on it."]
            if seed is not None
            else []
        ),
        "Run the cells from the top. Where a number is asked for, leave it in `answer`; the cell below says whether it is right.",
        "Where an explanation is asked for, write it into the cell that says so.",
    ]
    return "\n".join(lines)


def _exercise(number: int, exercise: source.Exercise, key: list[Any], seed: int | None) -> list[Any]:
    """Cells of one exercise."""
    name, spec = exercise.id.replace(".", "-"), exercise.spec
    heading = f"## {number}. {exercise.title} ({exercise.points} points)"
    cells, given = [], {}
    if spec:
        cells.append(_text(heading))
        for n, cell in enumerate(exercise.body, 1):
            if cell.kind == "text":
                cells.append(_text(plain(cell.source)))
            else:
                code = cell.source
                if "variants" in cell.metadata:
                    given = exercise.variants[0]
                    if seed is not None:
                        code = _draw(exercise, seed)
                cells.append(_locked(f"{name}-given-{n}", code))
        cells.append(_code(_solution(exercise), nbgrader=_meta(f"{name}-answer", solution=True)))
        cells.append(_code(_tests(exercise, key, given, seed), nbgrader=_meta(f"{name}-test", points=spec["points"])))
        if spec["explain"]:
            question = f"### {number}., explained\n\nSay in a few sentences what your answer to {number}. shows, and why. Write into the cell below."
            cells += [_task(f"{name}-explain", question, exercise, spec["explain"]), _text("*Your explanation.*")]
    else:
        question = "\n\n".join(
            [
                heading,
                *(plain(cell.source) for cell in exercise.body if cell.kind == "text"),
                "Write into the cells below; add as many as you need.",
            ]
        )
        cells += [_task(f"{name}-open", question, exercise, exercise.points), _text("*Your answer.*"), _code("")]
    return cells


def _draw(exercise: source.Exercise, seed: int) -> str:
    """Code that gives a student's values."""
    lines = [
        "from explorables.classroom.exercises import variant",
        "",
        f"given = variant({exercise.id!r}, student, seed={seed})",
    ]
    lines += [f"{name} = given[{name!r}]" for name in exercise.variants[0]]
    return "\n".join([*lines, "given"])


def _solution(exercise: source.Exercise) -> str:
    code = "\n\n".join(cell.source for cell in exercise.solution if cell.kind == "code")
    spec = exercise.spec
    wants = (
        f"one of {', '.join(map(repr, spec['choices']))}" if spec["choices"] else f"one number (unit: {spec['unit']})"
    )
    return f"# {exercise.id}: {wants}\n### BEGIN SOLUTION\n{code}\n### END SOLUTION"


def _tests(exercise: source.Exercise, key: list[Any], given: dict[str, Any], seed: int | None) -> str:
    """What the student sees, and what only the grader does."""
    spec = exercise.spec
    drawn = seed is not None and len(key) > 1
    keys = [float(f"{value:.9g}") if isinstance(value, float) else value for value in key]
    expected = f"{keys}[which({exercise.id!r}, student, seed={seed})]" if drawn else repr(keys[0])
    if spec["choices"]:
        test = f"assert answer.strip().casefold() == {expected}, 'not the choice that is right'"
    else:
        test = f"assert abs(float(answer) - {expected}) <= {spec['tolerance']} * abs({expected}), 'not the number asked for'"
    values = "".join(f", {name}={name}" for name in given)
    return "\n".join(
        [
            "from explorables.classroom.exercises import check, which"
            if drawn
            else "from explorables.classroom.exercises import check",
            "",
            f"print(check({exercise.id!r}, answer{values}))",
            "### BEGIN HIDDEN TESTS",
            test,
            "### END HIDDEN TESTS",
        ]
    )


def _task(id: str, question: str, exercise: source.Exercise, points: int) -> Any:
    """A question that a person grades, with the rubric that only graders see until the work is returned."""
    criteria = [
        line
        for cell in exercise.solution
        if cell.kind == "text"
        for line in plain(cell.source).splitlines()
        if line.strip()
    ]
    code = [cell.source for cell in exercise.solution if cell.kind == "code"] if not exercise.spec else []
    rubric = [
        "<!-- BEGIN MARK SCHEME -->",
        (
            f"**Rubric, {points} points.** Share them over the criteria. A criterion that is named without a reason counts half; "
            "another answer that is as well argued counts in full."
        ),
        "",
        *(f"- {line}" for line in criteria or ["The number is put into words, with its unit and what it depends on."]),
        *(["", "```python", *code, "```"] if code else []),
        "<!-- END MARK SCHEME -->",
    ]
    return _text(
        "\n".join([f"{question} ({points} points)", "", *rubric]), nbgrader=_meta(id, points=points, task=True)
    )


def _meta(id: str, *, points: int | None = None, solution: bool = False, task: bool = False) -> dict[str, Any]:
    """nbgrader's metadata of a cell."""
    graded = points is not None
    meta = {
        "grade": graded and not task,
        "grade_id": id,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": task,
    }
    return meta | ({"points": points} if graded else {})


def _text(text: str, **metadata: Any) -> Any:
    from nbformat.v4 import new_markdown_cell

    return new_markdown_cell(text, metadata=metadata)


def _code(code: str, **metadata: Any) -> Any:
    from nbformat.v4 import new_code_cell

    return new_code_cell(code, metadata=metadata)


def _locked(id: str, code: str) -> Any:
    return _code(code, nbgrader=_meta(id))


def plain(text: str) -> str:
    """MyST Markdown as a notebook's Markdown shows it: citations as author and year, other roles and links as their text."""
    text = re.sub(r"\{cite[\w:]*\}`([^`]+)`", lambda match: f"({_cited(match[1])})", text)
    text = re.sub(r"\{math\}`([^`]+)`", r"$\1$", text)
    text = re.sub(r"\{[\w:-]+\}`([^`<]+?)\s*(?:<[^`>]*>)?`", r"\1", text)
    return re.sub(r"\[([^\]]+)\]\((?!https?:)[^)]*\)", r"\1", text)


def _cited(keys: str) -> str:
    import pandas as pd

    line = current().data.cite(pd.DataFrame({"source": [key.strip() for key in keys.split(",")]}))
    return re.sub(r"^Sources?: |\.$|\)|\(", "", line)


# --- what the exercises need of their page -----------------------------------------------------------------------


def needed(page: Path) -> list[source.Cell | source.Exercise]:
    """The exercises of a page, and those of its cells that they need, directly or by way of other cells."""
    blocks = [block for block in source.blocks(page) if isinstance(block, source.Exercise) or block.kind == "code"]
    lines = [line for block in blocks if isinstance(block, source.Cell) for line in ast.parse(block.source).body]
    imported = set().union(*(_bound(line) for line in lines if isinstance(line, ast.Import | ast.ImportFrom)))
    late: set[str] = set()  # what functions look up when they are called, which may be after all cells
    while True:
        before, wanted = late, set(late)
        kept: list[source.Cell | source.Exercise] = []
        for block in reversed(blocks):
            cells = [*block.body, *block.solution] if isinstance(block, source.Exercise) else [block]
            code = "\n".join(cell.source for cell in cells if cell.kind == "code")
            statements = ast.parse(code).body
            if isinstance(block, source.Exercise) or any(
                (_bound(line) | _touched(line) - imported) & wanted for line in statements
            ):
                kept.append(block)
                wanted = _needed_before(statements, wanted)
                late = late.union(*(_looked_up(_table(line)) for line in statements))
        if late == before:
            return kept[::-1]


def _needed_before(statements: list[ast.stmt], wanted: set[str]) -> set[str]:
    """Names that must have a value before these statements, if those `wanted` are needed after them."""
    for line in reversed(statements):
        sure = isinstance(
            line, ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
        )
        wanted = (wanted - _bound(line) if sure else wanted) | _used(line)
    return wanted


def _table(line: ast.stmt) -> symtable.SymbolTable:
    return symtable.symtable(ast.unparse(line), "cell", "exec")


def _bound(line: ast.stmt) -> set[str]:
    """Names that a statement gives a value."""
    return {name.get_name() for name in _table(line).get_symbols() if name.is_assigned() or name.is_imported()}


def _used(line: ast.stmt) -> set[str]:
    """Names that a statement, or a function that it defines, looks up outside."""
    table = _table(line)
    return {name.get_name() for name in table.get_symbols() if name.is_referenced()} | _looked_up(
        table, comprehensions=True
    )


def _looked_up(table: symtable.SymbolTable, comprehensions: bool = False) -> set[str]:
    """Names of the page that the functions below a table look up; with `comprehensions`, these too."""
    inner = [child for child in table.get_children() if comprehensions or child.get_name() not in COMPREHENSIONS]
    found = {name.get_name() for child in inner for name in child.get_symbols() if name.is_global()}
    return found.union(*(_looked_up(child, comprehensions) for child in inner))


def _touched(line: ast.stmt) -> set[str]:
    """Names whose values a statement may change in place, or shows: `table["x"] = 1`, `table.attrs = {}`, `rows.append(1)`, `rows`."""
    targets = line.targets if isinstance(line, ast.Assign) else [line.target] if isinstance(line, ast.AugAssign) else []
    if isinstance(line, ast.Expr):
        value = line.value
        targets = [value.func if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) else value]
    found = set()
    for target in targets:
        while isinstance(target, ast.Attribute | ast.Subscript):
            target = target.value
        found |= {target.id} if isinstance(target, ast.Name) else set()
    return found


# --- the files around it -----------------------------------------------------------------------------------------


def _config(seed: int | None) -> str:
    lines = [
        '"""nbgrader\'s settings of this course. Written by `explorables course`; yours to change."""',
        "",
        "c = get_config()  # noqa: F821 - nbgrader defines it",
        "",
        f'c.CourseDirectory.course_id = "{current().distribution or "course"}"',
        'c.ClearSolutions.code_stub = {"python": "answer = ...  # your code"}',
        "",
        "# A deleted test comes back, and stripped metadata is an error instead of a silent zero.",
        "c.OverwriteCells.add_missing_cells = True",
        "c.Execute.timeout = 60  # seconds for one cell",
    ]
    if seed is not None:
        lines += [
            "",
            "# nbgrader's own list, and then the student's id as nbgrader knows it, whatever stands in the notebook.",
            "c.Autograde.sanitize_preprocessors = [",
            *(
                f'    "nbgrader.preprocessors.{name}",'
                for name in (
                    "ClearOutput",
                    "DeduplicateIds",
                    "OverwriteKernelspec",
                    "OverwriteCells",
                    "CheckCellMetadata",
                )
            ),
            '    "explorables.classroom.exercises.student.SetStudent",',
            "]",
        ]
    return "\n".join(lines) + "\n"


def _syllabus(plan: list[Assignment]) -> str:
    lines = [
        "# Syllabus",
        "",
        f"What you will be able to answer, by week. Each notebook is a page of *{current().title}*.",
        "",
    ]
    for week in sorted({one.week for one in plan}):
        lines += [f"## Week {week}", ""]
        for one in (one for one in plan if one.week == week):
            points = sum(exercise.points for exercise in source.exercises(one.page))
            lines += [
                f"### {one.title}",
                "",
                *(f"- {goal}" for goal in one.goals),
                "",
                f"Hand in `{one.name}` by {one.due:%d %B %Y, %H:%M} UTC ({points} points).",
                "",
            ]
    return "\n".join(lines)


def _checklist(plan: list[Assignment], roster: bool, seed: int | None) -> str:
    first = plan[0].name
    return "\n".join(
        [
            "# Checklist",
            "",
            "Commands run in this folder, after `source .venv/bin/activate` in the folder of the book's repository.",
            "",
            "## Before the course",
            "",
            "- [ ] Read `syllabus.md`, and hand it out.",
            "- [ ] Put students and due dates into the gradebook:",
            "",
            "```bash",
            *(
                ["nbgrader db student import roster.csv"]
                if roster
                else ["nbgrader db student add ada --first-name=Ada --last-name=Example"]
            ),
            *(f'nbgrader db assignment add {one.name} --duedate="{one.due:%Y-%m-%d %H:%M} UTC"' for one in plan),
            "```",
            "",
            f"- [ ] Open a file below `source/`, for example `source/{first}/{first}.ipynb`, and change what you like.",
            "- [ ] Keep `answer_key.csv`"
            + (" and `variants.csv`" if roster and seed is not None else "")
            + " and `source/` out of students' reach.",
            "",
            "## For each assignment",
            "",
            f"With `{first}` as the example:",
            "",
            "```bash",
            f"nbgrader generate_assignment {first}",
            "```",
            "",
            (
                f"- [ ] Look at `release/{first}/`: no solutions, no hidden tests. Hand it out: with JupyterHub by "
                f"`nbgrader release_assignment {first}`, else as files."
            ),
            (
                f"- [ ] Collect: with JupyterHub by `nbgrader collect {first}`, else put each file to "
                f"`submitted/<student>/{first}/{first}.ipynb`."
            ),
            (
                f"- [ ] Grade: `explorables grade --assignment {first}`. Students' code runs on this machine; that command shuts it in, "
                f"`nbgrader autograde {first}` does not."
            ),
            "- [ ] Grade the explanations by hand in formgrader (in JupyterLab: Nbgrader, Formgrader). The rubric stands above each answer.",
            (
                f"- [ ] Return: `explorables feedback --assignment {first}`, then `nbgrader release_feedback {first}`, or send the "
                f"files of `feedback/`. nbgrader's own `generate_feedback` would show the hidden tests."
            ),
            "",
            "## After the course",
            "",
            f"- [ ] Export the grades: `explorables export --assignment {first}`. Keep `gradebook.db` as long as your rules ask for.",
            "",
        ]
    )
