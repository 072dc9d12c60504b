"""Exercises on the published page: the field says what a notebook's `check` says, and the page holds no answer."""

import json
import re
import subprocess
from html import unescape

import numpy as np
import pytest
from notebooks import BOOK

from explorables.classroom.exercises import answers, check, checking, shipped, source
from explorables.site import SCRIPTS, exercises

JS = SCRIPTS.parent / "js"
PAGE = "controls-efficiency-adoption/efficiency.html"
HOURS = 2_412_973  # the answer to efficiency.1, which its folded solution prints
FACTORS = [1, 1.004, 0.993, 1.03, -1, 1e3, 1e-6, 3600, 1 / 24, 100, 0.01, 8, 0.5, 1.7, 0.1]


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """What the page's script says of answers: a function of (payload, text, variant)."""
    bundle = tmp_path_factory.mktemp("exercises") / "judge.cjs"
    entry = (
        f"import {{ judge }} from {json.dumps(str(JS / 'exercise.js'))};"
        "const cases = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));"
        "console.log(JSON.stringify(cases.map(one => judge(...one))));"
    )
    esbuild = JS / "node_modules/.bin/esbuild"
    command = [esbuild, "--bundle", "--platform=node", "--format=cjs", f"--outfile={bundle}"]
    subprocess.run(command, input=entry, text=True, cwd=JS, check=True, capture_output=True)

    def ask(cases):
        done = subprocess.run(["node", bundle], input=json.dumps(cases), text=True, capture_output=True, check=True)
        return [tuple(verdict) for verdict in json.loads(done.stdout)]

    return ask


def said(verdict):
    return verdict.grade, verdict.message


def test_the_page_judges_the_books_exercises_as_a_notebook_does(judged):
    rng = np.random.default_rng(16)
    cases, wanted = [], []
    for name, exercise in shipped.exercises().items():
        payload = exercises.payload(name, exercise)
        for variant, given in enumerate(exercise["given"]):
            tried = exercise["choices"] or [0.0, *(float(f"{x:.6g}") for x in 10 ** rng.uniform(-2, 7, 3))]
            for answer in tried:
                cases.append((payload, str(answer), variant))
                wanted.append(said(check(name, answer, **given)))
    assert len(cases) > 200
    assert judged(cases) == wanted


@pytest.mark.nightly
def test_the_page_and_a_notebook_find_the_answer_of_every_solution_right(judged):
    cases, wanted = [], []
    for path in source.pages(BOOK):
        for name, found in answers.run(path).items():
            exercise = shipped.find(name)
            payload = exercises.payload(name, exercise)
            for variant, (answer, given) in enumerate(zip(found, exercise["given"], strict=True)):
                for shown in [answer] if isinstance(answer, str) else [answer, answer * 1000, answer * 1.5]:
                    cases.append((payload, str(shown), variant))
                    wanted.append(said(check(name, shown, **given)))
                assert check(name, answer, **given).grade == "right", (name, given)
    assert {case[0]["id"] for case in cases} == set(shipped.exercises())
    assert judged(cases) == wanted


@pytest.mark.parametrize("unit", ["GPU hours", "share (0 to 1)", "times", "kW", "months", "USD a kWh"])
def test_the_page_finds_right_answers_and_every_slip_that_a_notebook_finds(judged, monkeypatch, unit):
    tolerance, right = 0.01, [0.37, 5.3, 2788e3, -12.5]
    known = {
        f"x.{n}": {
            "unit": unit,
            "tolerance": tolerance,
            "hint": "Divide.",
            "choices": [],
            "given": [{}],
            "ranges": {},
            "hashes": [checking.hashes(f"x.{n}", 0, answer, tolerance)],
        }
        for n, answer in enumerate(right)
    }
    monkeypatch.setattr(shipped, "exercises", lambda: known)
    pairs = [(f"x.{n}", factor * answer) for n, answer in enumerate(right) for factor in FACTORS]
    pairs += [(f"x.{n}", 1 / answer) for n, answer in enumerate(right)]
    verdicts = judged([(exercises.payload(name, known[name]), repr(given), 0) for name, given in pairs])
    assert verdicts == [said(check(name, given)) for name, given in pairs]
    assert {grade for grade, _ in verdicts} == {"right", "close", "wrong"}


def test_what_is_no_answer_is_asked_for_again(judged):
    name = next(iter(shipped.exercises()))
    payload = exercises.payload(name, shipped.exercises()[name])
    verdicts = judged([(payload, text, 0) for text in ("", "many", "<b>1</b>", "1e999", "NaN")])
    assert verdicts == [("wrong", "Type a number.")] * 5


def test_the_page_gives_no_answer_away():
    for name, exercise in shipped.exercises().items():
        payload = exercises.payload(name, exercise)
        assert set(payload) == {
            "id",
            "unit",
            "tolerance",
            "hint",
            "choices",
            "hashes",
            "parts",
            "near",
            "nearly",
            "slips",
        }
        assert all(re.fullmatch("[0-9a-f]{12}", token) for tokens in payload["hashes"] for token in tokens)


def test_every_exercise_that_can_be_checked_has_a_field_and_the_name_that_check_knows(site):
    for path in source.pages(BOOK):
        html = (site / path.relative_to(BOOK).with_suffix(".html")).read_text(encoding="utf-8")
        text = unescape(re.sub(r"<[^>]+>", "", html))
        for exercise in source.exercises(path):
            key = f'id="answer-{exercise.id.replace(".", "-")}"'
            assert (key in html) == bool(exercise.spec), exercise.id
            assert f"Exercise {exercise.id} (" in text, exercise.id
            about = f"{exercise.minutes} min · {exercise.difficulty} {exercise.objective}"
            assert about in text, exercise.id
        assert not re.search(r"Exercise \d+\b", html), path


def test_an_exercise_answers_on_the_page_by_keyboard_and_for_each_variant(open_page):
    page = open_page(PAGE, width=390, height=844).page
    form = page.locator("#answer-efficiency-1")
    field, says = form.get_by_role("textbox"), form.locator("[role=status]")
    for text, outcome, words in [
        ("1", "Not yet.", shipped.find("efficiency.1")["hint"]),
        (str(HOURS / 1000), "Close.", "a thousand times too small"),
        (f"{HOURS:,}", "Right.", ""),
    ]:
        field.fill(text)
        field.press("Enter")
        assert says.inner_text().startswith(outcome) and words in says.inner_text()
    assert form.evaluate("e => e.scrollWidth <= e.clientWidth")
    varied = page.locator(".xp-exercise:has(select)").first
    name = varied.get_attribute("id").removeprefix("answer-").replace("-", ".")
    options = varied.get_by_label("Given").locator("option").all_text_contents()
    given = shipped.find(name)["given"]
    assert options == [", ".join(f"{key} = {value}" for key, value in one.items()) for one in given]
    for number in (0, len(given) - 1):
        varied.get_by_label("Given").select_option(index=number)
        assert varied.locator("[role=status]").inner_text() == "", "another variant is another question"
        varied.get_by_role("textbox").fill("2")
        varied.get_by_role("button").click()
        verdict = check(name, 2.0, **given[number])
        told = {"right": "Right.", "close": "Close.", "wrong": "Not yet."}[verdict.grade]
        assert varied.locator("[role=status]").inner_text() == f"{told} {verdict.message}".strip()


def test_without_a_script_there_is_no_field_that_could_not_answer(open_page):
    page = open_page(PAGE, java_script_enabled=False).page
    assert page.locator(".exercise:visible").count()
    assert page.locator(".xp-exercise").count() and not page.locator(".xp-exercise:visible").count()
