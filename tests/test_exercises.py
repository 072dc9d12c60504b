"""Exercises: written once in the notebooks, checked in the kernel without knowing the answers."""

import json
import math
import re

import jupytext
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell
from nbgrader.utils import determine_grade
from notebooks import BOOK

from explorables.classroom.exercises import (
    Figures,
    Verdict,
    answers,
    check,
    checking,
    figures,
    keys,
    prose,
    ranges,
    shipped,
    source,
)
from explorables.classroom.grading import judging
from explorables.explore import self_check
from explorables.explore.slips import slips

PAGES = source.pages(BOOK)
ALL = [exercise for page in PAGES for exercise in source.exercises(page)]
CHECKED = [exercise for exercise in ALL if exercise.spec]
HOURS = 2_412_973  # what Kimi K2 would have taken: printed on the page, in the folded solution of efficiency.1


# --- what the book has -------------------------------------------------------------------------------------------


def test_there_are_enough_exercises_and_a_machine_can_check_most():
    assert len(ALL) >= 50
    assert len(CHECKED) >= 35
    assert sum(len(exercise.variants) > 1 for exercise in CHECKED) >= 12


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_notebook_ends_with_one_to_compute_one_to_explain_and_one_that_is_open(page):
    found = source.exercises(page)
    assert [exercise.id for exercise in found] == [f"{page.stem}.{n}" for n in range(1, len(found) + 1)]
    assert all(exercise.title and exercise.solution for exercise in found)
    assert any(exercise.spec for exercise in found)
    assert any(exercise.spec and exercise.spec["explain"] for exercise in found)
    assert any(not exercise.spec for exercise in found)


def test_every_exercise_says_how_long_it_takes_how_hard_it_is_and_what_its_reader_does():
    assert [(exercise.id, what) for exercise in ALL for what in source.owed(exercise.about)] == []
    assert len({exercise.objective for exercise in ALL}) == len(ALL)
    assert {exercise.difficulty for exercise in ALL} == set(source.DIFFICULTIES)
    # What is open takes longer than what is computed.
    for page in PAGES:
        found = source.exercises(page)
        longest = max(exercise.minutes for exercise in found if exercise.spec)
        assert max(exercise.minutes for exercise in found if not exercise.spec) >= longest, page.stem


def test_solutions_are_folded_until_the_reader_opens_one(open_page):
    folded = {
        id
        for page in PAGES
        for id in re.findall(r"^`+\{solution(?:-start)?\} (\S+)\n:class: dropdown$", page.read_text(), re.MULTILINE)
    }
    assert folded == {exercise.id for exercise in ALL}
    solutions = open_page("ecosystem/capital.html").page.locator(".solution")
    assert solutions.count() == 4
    assert not any(cell.is_visible() for cell in solutions.locator("section").all())
    solutions.first.get_by_role("button").click()
    assert solutions.first.locator("section").is_visible()


@pytest.mark.parametrize("exercise", CHECKED, ids=lambda exercise: exercise.id)
def test_the_text_says_how_to_check_and_every_given_value_is_used(exercise):
    text = "\n".join(cell.source for cell in exercise.body if cell.kind == "text")
    names = list(exercise.variants[0])
    call = f'check("{exercise.id}", answer{"".join(f", {name}={name}" for name in names)})'
    assert f"`{call}`" in text
    code = "\n".join(cell.source for cell in exercise.solution if cell.kind == "code")
    assert all(re.search(rf"\b{name}\b", code) for name in names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_metadata_survives_the_way_to_ipynb_and_back(page, tmp_path):
    notebook = jupytext.read(page, fmt="md:myst")
    jupytext.write(notebook, tmp_path / "there.ipynb")
    jupytext.write(jupytext.read(tmp_path / "there.ipynb"), tmp_path / page.name, fmt="md:myst")
    back = source.exercises(tmp_path / page.name)
    for one, other in zip(source.exercises(page), back, strict=True):
        assert (one.id, one.title, one.spec, one.variants) == (other.id, other.title, other.spec, other.variants)
        assert (one.body, one.solution) == (other.body, other.solution)


# Figures that a course may draw: both ends of each range, and some between.
DRAWN = {
    exercise.id: [
        exercise.variants[0] | {name: one.values[0] for name, one in exercise.ranges.items()},
        exercise.variants[0] | {name: one.values[-1] for name, one in exercise.ranges.items()},
        *(exercise.variants[0] | ranges.draw(exercise.id, exercise.ranges, f"s{n}", 7) for n in range(4)),
    ]
    for exercise in CHECKED
    if exercise.ranges
}


# --- what the package ships --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def worked_out(notebook_run):
    """Id to the answers of all variants, and of some figures that a course may draw, by running the notebooks."""
    return {
        name: found for page in PAGES for name, found in answers.solve(source.blocks(page), page.name, DRAWN).items()
    }


def test_what_is_shipped_is_what_the_notebooks_give(worked_out):
    fresh = {
        exercise.id: answers.ship(exercise, worked_out[exercise.id][: len(exercise.variants)]) for exercise in CHECKED
    }
    assert fresh == shipped.exercises(), "run `make answers`"


def test_every_answer_of_every_variant_is_right_and_variants_differ(worked_out):
    for exercise in CHECKED:
        found = worked_out[exercise.id]
        listed = found[: len(exercise.variants)]
        for values, answer in zip(exercise.variants, listed, strict=True):
            assert check(exercise.id, answer, **values), exercise.id
        if len(listed) > 1:
            right_elsewhere = [bool(check(exercise.id, answer)) for answer in listed[1:]]
            assert not any(right_elsewhere), f"{exercise.id}: a variant has the page's answer"


def test_answers_cannot_be_read_from_what_is_shipped(worked_out):
    for name, known in json.loads(shipped.file().read_text(encoding="utf-8")).items():
        assert set(known) == {"unit", "tolerance", "hint", "choices", "given", "ranges", "hashes"}
        assert all(re.fullmatch(r"[0-9a-f]{12}", item) for hashes in known["hashes"] for item in hashes)
        assert all(hashes == sorted(hashes) for hashes in known["hashes"])
        if not known["choices"]:
            readable = f"{known['unit']} {known['hint']}"
            numbers = {float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", readable)}
            assert not numbers & {
                float(f"{answer:.{digits}g}")
                for answer in worked_out[name][: len(known["given"])]
                for digits in (3, 4, 17)
            }, name


# --- check -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "grade", "says"),
    [
        (HOURS, "right", ""),
        (np.float32(HOURS), "right", ""),
        (np.array(HOURS * 1.005), "right", ""),
        (HOURS / 1e3, "close", "a thousand times too small"),
        (HOURS * 3600, "close", "in seconds; it is wanted in hours. The exercise asks for GPU hours"),
        (HOURS / 8766, "close", "in years"),
        (HOURS * 100, "close", "per cent and fractions"),
        (-HOURS, "close", "sign"),
        (HOURS * 1.04, "close", "within 5 per cent of the answer, and 1 per cent"),
        (HOURS / 5, "wrong", "Six FLOP"),
        (0, "wrong", "Six FLOP"),
    ],
)
def test_check_knows_right_close_and_wrong(answer, grade, says):
    verdict = check("efficiency.1", answer)
    assert (verdict.grade, bool(verdict)) == (grade, grade == "right")
    assert says in repr(verdict) and repr(verdict).startswith(grade.capitalize())


@pytest.mark.parametrize("unit", ["%", "", "times", "share (0 to 1)", "hours", "GPU hours", "MW", "B/s", "billion USD"])
@pytest.mark.parametrize("answer", [0.37, 1234.5])
def test_the_kernel_finds_the_slips_that_the_page_finds_and_says_the_same(monkeypatch, unit, answer):
    """`check` goes by hashes, a self-check by values; one table tells both of them what to look for."""
    known = {"unit": unit, "tolerance": 0.01, "hint": "Think.", "choices": [], "given": [{}], "ranges": {}}
    monkeypatch.setattr(
        shipped, "exercises", lambda: {"x.1": known | {"hashes": [checking.hashes("x.1", 0, answer, 0.01)]}}
    )
    question = self_check.number("How much?", answer, unit=unit, tolerance=0.01, why="So.", hint="Think.")
    for given_answer in [answer, 1.03 * answer, 1.3 * answer, *(slip.made(answer) for slip in slips(unit))]:
        kernel, page = check("x.1", given_answer), question.judge(given_answer)
        assert kernel.grade == page.outcome
        if page.outcome == "close":
            assert kernel.message.removesuffix(f" The exercise asks for {unit}.") == page.says.split(": ", 1)[1]


@given(
    answer=st.floats(1e-12, 1e18),
    off=st.floats(-2.5, 2.5),
    tolerance=st.sampled_from([0.0002, 0.01, 0.05, 0.2]),
    sign=st.sampled_from([-1, 1]),
)
def test_tolerance_means_what_it_says(answer, off, tolerance, sign):
    """Within 7/8 of the tolerance is right, beyond 9/8 is not; in between the rounding decides."""
    hashes = set(checking.hashes("x.1", 0, sign * answer, tolerance))
    given_answer = sign * answer * math.exp(off * math.log1p(tolerance))
    hit = checking.digest("x.1", 0, checking.token(given_answer, tolerance)) in hashes
    if abs(off) < 0.874:
        assert hit
    if abs(off) > 1.126:
        assert not hit


def test_choices_are_compared_as_words():
    assert check("capital.2", " Years ")
    assert check("capital.2", "return") == Verdict("wrong", shipped.find("capital.2")["hint"])


@pytest.mark.parametrize(
    ("id", "answer", "values", "error", "says"),
    [
        ("efficiency.1", "2.4e6", {}, TypeError, "one number .unit: GPU hours., not the text '2.4e6'"),
        ("efficiency.1", [HOURS], {}, TypeError, "not a list"),
        ("efficiency.1", np.ones(3), {}, TypeError, r"not a ndarray of shape \(3,\)"),
        ("efficiency.1", pd.Series([1.0]), {}, TypeError, r"not a Series of shape \(1,\)"),
        ("efficiency.1", 1j, {}, TypeError, "not a complex"),
        ("efficiency.1", True, {}, TypeError, "not a bool"),
        ("efficiency.1", None, {}, TypeError, "still empty"),
        ("efficiency.1", ..., {}, TypeError, "still empty"),
        ("efficiency.1", float("nan"), {}, ValueError, "it is nan"),
        ("efficiency.1", np.inf, {}, ValueError, "it is inf"),
        ("eficiency.1", HOURS, {}, KeyError, "did you mean 'efficiency.1'"),
        ("efficiency.5", HOURS, {}, KeyError, "no exercise 'efficiency.5' that can be checked"),
        (HOURS, "efficiency.1", {}, TypeError, "first argument"),
        ("efficiency.1", HOURS, {"model": "GPT-7"}, ValueError, "no variant with .*GPT-7.*Kimi K2"),
        ("efficiency.1", HOURS, {"year": 2024}, ValueError, "gives model; it knows nothing of year"),
        ("chips.3", 1.5, {"year": 2024}, ValueError, "has no variants"),
        ("capital.2", 5, {}, TypeError, "one of 'normal multiple', 'return', 'years'"),
        ("capital.2", "luck", {}, ValueError, "one of 'normal multiple', 'return', 'years', not 'luck'"),
    ],
)
def test_bad_answers_get_an_error_that_says_what_is_wrong(id, answer, values, error, says):
    with pytest.raises(error, match=says):
        check(id, answer, **values)


@given(
    answer=st.floats(-1e9, 1e9).filter(lambda value: abs(value) > 1e-9),
    factor=st.floats(0.9, 1.1),
    tolerance=st.sampled_from([0.0002, 0.01, 0.05]),
)
def test_check_takes_for_right_exactly_what_grading_does(answer, factor, tolerance):
    spec = {"unit": "MW", "choices": [], "tolerance": tolerance, "hint": "Think."}
    hashes = set(checking.hashes("x.1", 0, answer, tolerance))
    practice = checking.digest("x.1", 0, checking.token(answer * factor, tolerance)) in hashes
    assert bool(checking.judge("x.1", answer * factor, answer, spec)) == practice


# --- figures of one's own ----------------------------------------------------------------------------------------


def test_an_instructor_may_give_half_of_the_points_for_close():
    about = {"exercise": "page.1", "unit": "km", "hint": "Run.", "choices": [], "tolerance": 0.01, "points": 2}
    for close, worth in ((0.0, [2, 0, 0, 0]), (0.5, [2, 1, 1, 0])):
        key = keys.Key(**about, close=close, answer=42.195)
        got = []
        for value in (42.195, 42195, 43.4, 7):
            cell = new_code_cell(metadata={"nbgrader": {"grade": True, "solution": False, "points": 2}})
            cell.outputs = [judging.verdict(key, {"kind": "number", "value": repr(value)}, "ada", None)]
            got.append(determine_grade(cell)[0])
        assert got == worth


def test_figures_follow_from_seed_and_student_and_are_none_that_the_book_prints():
    (exercise,) = [one for one in CHECKED if one.id == "efficiency.2"]
    drawn = {name: ranges.draw(exercise.id, exercise.ranges, name, 7)["reported"] for name in map(str, range(200))}
    again = {name: ranges.draw(exercise.id, exercise.ranges, name, 7)["reported"] for name in drawn}
    assert drawn == again != {name: ranges.draw(exercise.id, exercise.ranges, name, 8)["reported"] for name in drawn}
    assert len(set(drawn.values())) > 20
    assert not set(drawn.values()) & {given["reported"] for given in exercise.variants}
    assert ranges.draw(exercise.id, exercise.ranges, "ada", 7) != ranges.draw(exercise.id, exercise.ranges, "ada", 7, 1)


def test_most_exercises_that_vary_have_ranges_in_which_they_can_be_solved(worked_out):
    assert len(DRAWN) == 19  # book/instructors.md says how many
    for name, drawn in DRAWN.items():
        (exercise,) = [one for one in CHECKED if one.id == name]
        found = worked_out[name][len(exercise.variants) :]
        assert len(found) == len(drawn) and len(set(found)) > 1, name
        assert min(found) > 0, f"{name}: a course may draw figures at which there is nothing to find"


def test_check_says_of_figures_that_a_course_drew_that_it_does_not_know_them():
    verdict = check("efficiency.2", 0.5, reported=0.31)
    assert verdict.grade == "open" and not verdict and "reported=0.45" in verdict.message
    with pytest.raises(ValueError, match="no variant with"):
        check("efficiency.2", 0.5, reported=0.99)
    with pytest.raises(TypeError, match="not a list"):
        check("efficiency.2", [0.5], reported=0.31)


def test_a_mistyped_id_is_said_before_any_work():
    everybody = {figures.veiled("ada"): {"x.1": {"year": 2031}}}
    assert Figures(" ada ", everybody)["x.1"]["year"] == 2031
    for wrong, says in (
        ("adda", "nobody in this course has the id 'adda'"),
        ("", "write your id"),
        (7, "write your id"),
    ):
        with pytest.raises(ValueError, match=says):
            Figures(wrong, everybody)


# --- what authors get wrong --------------------------------------------------------------------------------------

GOOD = """# Page

```{exercise-start} Title
:label: page.1
```
Text.

```{code-cell} ipython3
:variants: {year: [2024, 2025]}
year = 2023
```
```{exercise-end}
```

```{solution-start} page.1
```

```{code-cell} ipython3
:answer: {unit: years, hint: Think.}
answer = year - 2000
```
```{solution-end}
```
"""


def test_an_exercise_is_text_variants_and_an_answer(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(GOOD)
    (one,) = source.exercises(page)
    assert (one.id, one.title, one.points) == ("page.1", "Title", 2)
    assert one.variants == [{"year": 2023}, {"year": 2024}, {"year": 2025}]
    assert answers.run(page) == {"page.1": [23.0, 24.0, 25.0]}


def test_what_an_exercise_is_to_its_reader_stands_in_its_options(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(GOOD.replace("page.1\n```\nText", "page.1\n:minutes: 15\n:objective: Compute a lag.\n```\nText"))
    (one,) = source.exercises(page)
    assert (one.minutes, one.difficulty, one.objective) == (15, "", "Compute a lag.")
    assert source.in_words(one.about) == "*15 minutes.* Compute a lag."
    assert [cell.source for cell in one.body if cell.kind == "text"] == ["Text."]
    page.write_text(GOOD)
    (one,) = source.exercises(page)
    assert (one.minutes, one.difficulty, one.objective, source.in_words(one.about)) == (0, "", "", "")


def test_numbers_of_an_exercises_text_are_computed(tmp_path):
    page = tmp_path / "page.md"
    cell = "```{code-cell} ipython3\nfrom explorables.explore import values\n\nvalues(share=(0.4567, '%'), year='2030')\n```\n"
    page.write_text(GOOD.replace("```{exercise-start}", cell + "\n```{exercise-start}", 1))
    text = "Of these {value}`share` until {value}`year`, {set}`or none <race?No imports>`."
    assert prose.plain(text, page) == "Of these 46\u202f% until 2030, or none."
    with pytest.raises(ValueError, match=r"page\.md: no cell gives .*shore.*share, year"):
        prose.plain("{value}`shore`", page)
    with pytest.raises(ValueError, match="follows a slider"):
        prose.plain("{now}`race.year`", page)


def test_no_text_of_an_assignment_or_question_is_left_in_the_pages_own_language():
    for page in PAGES:
        for exercise in source.exercises(page):
            for cell in [*exercise.body, *exercise.solution]:
                if cell.kind == "text":
                    assert not re.search(r"\{[\w:-]+\}`", prose.plain(cell.source, page)), exercise.id


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("year: [2024, 2025]", "year: {of: [2024, 2025], from: 1, to: 0, step: 1}", "a range goes upwards"),
        ("year: [2024, 2025]", "year: {of: [2024, 2025], drawn: [2023, 2026]}", "fewer than two figures"),
        ("year: [2024, 2025]", "year: {of: [2024, 2025], up_to: 9}", "drawn by `from`, `to` and `step`"),
        ("unit: years, ", "", "needs a unit or choices"),
        ("hint: Think.", "hint: Think., size: 2", "does not know size"),
        (", hint: Think.", "", "needs a hint"),
        ("hint: Think.", "hint: Think., tolerance: 5", "share between 0 and 0.2"),
        ("answer = year", "other = year", "still empty"),
        ("year - 2000", "[year]", "not a list"),
        ("year = 2023", "year = 2000 + 23", "may only assign plain values"),
        ("[2024, 2025]", "[2024, 2023]", "two variants are the same"),
        ("year: [2024", "month: [2024", "assigns .*year.* lists .*month"),
        ("solution-start} page.1", "solution-start} page.2", "names 'page.2', which is no exercise"),
        (":label: page.1\n", "", "needs a label"),
        ("```{solution-end}\n```\n", "", "not closed"),
    ],
)
def test_authors_are_told_the_exercise_and_what_is_wrong_with_it(tmp_path, old, new, says):
    page = tmp_path / "page.md"
    assert GOOD.count(old) == 1
    page.write_text(GOOD.replace(old, new))
    with pytest.raises(ValueError, match=says) as problem:
        answers.run(page)
    assert "page.md" in str(problem.value)
