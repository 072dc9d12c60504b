"""The report of a class: who stands where, how each exercise went, and which wrong answers are common."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass

import altair as alt
import nbformat
import pandas as pd
import vl_convert
from jinja2 import Environment
from markupsafe import Markup
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution, is_task

from explorables.classroom.grading.course import Course
from explorables.classroom.grading.outputs import NO_SAY
from explorables.classroom.grading.pages import page
from explorables.classroom.grading.standing import STATUSES, Standing

MOST = 3
NAMES = 20  # of one status, listed before the rest is only counted
BODY = """
<h1>{{ assignment }}: report of the class</h1>
<p>For instructors: it quotes hidden tests.</p>
<h2>Where everybody stands</h2>
<table>
{% for status, names in groups %}<tr><th scope="row">{{ status }}</th><td class="n">{{ names | length }}</td>
<td>{% if status != "graded" %}{{ names[:most] | join(", ") }}{% if names | length > most %} and {{ names | length - most }} more{% endif %}{% endif %}</td></tr>
{% endfor %}</table>
<p>{% if median is none %}No score is final yet.{% else %}Final scores: median {{ median }} of {{ max_score }}, from {{ low }} to {{ high }}.{% endif %}</p>
{% if picture %}<h2>Points by exercise</h2>
<div class="scroll" role="img" aria-label="{{ described }}">{{ picture }}</div>{% endif %}
<h2>Exercises</h2>
{% for exercise in exercises %}
<h3>{{ exercise.name }}</h3>
<p>{{ exercise.graded }} graded{% if exercise.graded %}, {{ exercise.full }} with all {{ "%g" % exercise.points }} points, mean {{ exercise.mean }}{% endif %}.
{% if exercise.waiting %}{{ exercise.waiting }} {{ "waits" if exercise.waiting == 1 else "wait" }} for a grader.{% endif %}
{% if exercise.silent %}{{ exercise.silent }} not run or not counted: a grader decides.{% endif %}</p>
{% if exercise.errors %}<p>How it failed:</p><table class="counted">
{% for text, count in exercise.errors %}<tr><td class="n">{{ count }}</td><td><code>{{ text }}</code></td></tr>
{% endfor %}</table>{% endif %}
{% if exercise.answers %}<p>Common wrong answers:</p><table class="counted">
{% for text, count in exercise.answers %}<tr><td class="n">{{ count }}</td><td><pre>{{ text }}</pre></td></tr>
{% endfor %}</table>{% endif %}
{% endfor %}
{% if open %}<h2>Regrade requests to answer</h2>
<div class="scroll"><table>
<tr><th>student</th><th>exercise</th><th>what is asked</th></tr>
{% for one in open %}<tr><td>{{ one.student }}</td><td>{{ one.cell }}</td><td>{{ one.request }}</td></tr>
{% endfor %}</table></div>{% endif %}
{% if late %}<h2>Late, or with more time</h2>
<div class="scroll"><table>
<tr><th>student</th><th>due</th><th>what happened</th></tr>
{% for person in late %}<tr><td>{{ person.student }}</td><td>{{ person.due.strftime("%Y-%m-%d %H:%M %Z") if person.due else "" }}</td><td>{{ person.lateness or "has more time" }}</td></tr>
{% endfor %}</table></div>{% endif %}
{% if looks %}<h2>Worth a look</h2>
<div class="scroll"><table>
<tr><th>student</th><th>status</th><th>what happened</th></tr>
{% for person in looks %}<tr><td>{{ person.student }}</td><td>{{ person.status }}</td><td>{{ (((person.reason,) if person.status == "failed" else ()) + person.notes) | join("; ") }}</td></tr>
{% endfor %}</table></div>{% endif %}
"""


@dataclass
class Exercise:
    """How a graded cell went in the class."""

    name: str
    points: float
    scores: list[float]
    waiting: int
    silent: int
    errors: list[tuple[str, int]]
    answers: list[tuple[str, int]]

    @property
    def graded(self) -> int:
        """Number of students with points here, zero included."""
        return len(self.scores)

    @property
    def full(self) -> int:
        """Number of students with all points."""
        return sum(score >= self.points for score in self.scores)

    @property
    def mean(self) -> float:
        """Mean points."""
        return round(sum(self.scores) / len(self.scores), 2)


def report(course: Course, people: list[Standing]) -> str:
    """The report as a page that needs no network."""
    exercises = read_exercises(course, people)
    finals = pd.Series([person.final_score for person in people if person.final_score is not None], dtype=float)
    groups = [(status, [person.student for person in people if person.status == status]) for status in STATUSES]
    described = "; ".join(
        f"{exercise.name}: {exercise.full} of {exercise.graded} with all points" for exercise in exercises
    )
    body = (
        Environment(autoescape=True)
        .from_string(BODY)
        .render(
            assignment=course.assignment,
            groups=groups,
            most=NAMES,
            median=None if finals.empty else f"{finals.median():g}",
            low=f"{finals.min():g}",
            high=f"{finals.max():g}",
            max_score=f"{people[0].max_score:g}" if people else "",
            picture=picture(exercises),
            described=described,
            exercises=exercises,
            open=[one for person in people for one in person.requests if one.open],
            late=[person for person in people if person.lateness or (person.due and person.due != usual(people))],
            looks=[person for person in people if person.status == "failed" or person.notes],
        )
    )
    return page(f"{course.assignment}: report of the class", body)


def usual(people: list[Standing]) -> object:
    """The deadline that most have."""
    return Counter(person.due for person in people).most_common(1)[0][0]


def picture(exercises: list[Exercise]) -> object:
    """How many students have which share of the points of each exercise, as SVG."""
    rows = [
        {"exercise": exercise.name, "share": min(4, int(5 * score / exercise.points)) if exercise.points else 4}
        for exercise in exercises
        for score in exercise.scores
    ]
    if not rows:
        return ""
    labels = ["none to 20 %", "20 to 40 %", "40 to 60 %", "60 to 80 %", "80 to 100 %"]
    table = pd.DataFrame(rows).assign(share=lambda table: [labels[index] for index in table["share"]])
    chart = (
        alt.Chart(table)
        .mark_bar()
        .encode(
            alt.X("count():Q", title="students", axis=alt.Axis(tickMinStep=1, format="d")),
            alt.Y(
                "exercise:N", title=None, sort=[exercise.name for exercise in exercises], axis=alt.Axis(labelLimit=300)
            ),
            alt.Color(
                "share:N",
                title="share of the points",
                sort=labels,
                legend=alt.Legend(orient="top", columns=3),
                scale=alt.Scale(domain=labels, range=["#b2182b", "#ef8a62", "#cccccc", "#67a9cf", "#2166ac"]),
            ),
            alt.Order("rank:Q"),
        )
        .transform_calculate(rank=f"indexof({labels!r}, datum.share)")
        .properties(
            # A browser's letters may be wider than those that were measured.
            width=340,
            height=alt.Step(26),
            background="transparent",
            padding={"left": 30, "right": 20, "top": 5, "bottom": 5},
        )
    )
    # The picture is drawn from the class's own numbers; names in it are escaped by the renderer.
    return Markup(vl_convert.vegalite_to_svg(chart.to_json()))


def read_exercises(course: Course, people: list[Standing]) -> list[Exercise]:
    """Points, errors and wrong answers of each graded cell, in the order of the notebooks."""
    found: list[Exercise] = []
    for name in course.notebooks:
        released = nbformat.read(course.folder("release") / f"{name}.ipynb", as_version=4)
        works = [
            nbformat.read(path, as_version=4)
            for person in people
            if (path := course.folder("autograded", person.student) / f"{name}.ipynb").is_file()
        ]
        cells = [{mark(cell): cell for cell in work.cells if mark(cell)} for work in works]
        answer = None
        for original in released.cells:
            if not mark(original):
                continue
            if is_solution(original):
                answer = mark(original)
            if not (is_grade(original) or is_task(original)):
                continue
            key = mark(original)
            given = [person.cells[f"{name}/{key}"] for person in people if f"{name}/{key}" in person.cells]
            scores = [score for score in given if score is not None]
            errors: Counter[str] = Counter()
            answers: Counter[str] = Counter()
            silent = 0
            for work in cells:
                failures = [output for output in work.get(key, {}).get("outputs", []) if output.output_type == "error"]
                if any(failure.ename in NO_SAY for failure in failures):
                    silent += 1
                elif failures:
                    text = f"{failures[-1].ename}: {failures[-1].evalue}".strip().removesuffix(":")
                    errors[text[:300]] += 1
                    if answer in work:
                        answers[normal(work[answer].source)] += 1
            found.append(
                Exercise(
                    f"{name}/{key}",
                    float(original.metadata.nbgrader.points),
                    scores,
                    len(given) - len(scores),
                    silent,
                    errors.most_common(MOST),
                    answers.most_common(MOST),
                )
            )
    return found


def mark(cell: NotebookNode) -> str | None:
    """The name by which nbgrader knows a cell."""
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def normal(source: str) -> str:
    """Code without what does not matter, so that equal answers count together."""
    try:
        return ast.unparse(ast.parse(source))[:2000]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return source.strip()[:2000]
