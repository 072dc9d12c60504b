"""Self-checks: what is right is computed, slips are recognised, and the page judges as Python does."""

from __future__ import annotations

import json
import re
import subprocess

import jupytext
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from notebooks import BOOK, notebooks
from test_format import JS

from explorables.explore import Readout, Slider, explore, self_check

PAGE = "controls-efficiency-adoption/efficiency"
ADDRESS = f"{PAGE}.html"


def number(answer, unit="", **options):
    return self_check.number("How much?", answer, unit=unit, why="It follows.", hint="Divide.", **options)


def double(*, x):
    return {"twice": 2 * x}


def doubling():
    return explore(double, x=Slider(0, 10, 4), readouts=[Readout("twice", "Twice")])


# --- what an answer is worth -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "unit", "given", "outcome", "says"),
    [
        (2788e3, "hours", 2.78e6, "right", "It follows"),
        (2788e3, "hours", 2788, "close", "a thousand times too small"),
        (2788e3, "hours", 2788e9, "close", "a million times too large"),
        (2788e3, "hours", 2788e3 * 3600, "close", "in seconds; it is wanted in hours"),
        (2788e3, "hours", 2788e3 / 24, "close", "in days"),
        (0.24, "%", 0.0024, "close", "as a fraction"),
        (0.24, "%", 24, "close", "per cent and fractions"),
        (0.24, "%", 1 / 0.24, "close", "the other way round"),
        (5.6, "x", 1 / 5.6, "close", "the other way round"),
        (3e12, "B/s", 24e12, "close", "bits"),
        (12.0, "$", -12.0, "close", "sign"),
        (12.0, "$", 13.0, "close", "within 10 per cent"),
        (12.0, "$", 14.0, "wrong", "too high. Divide."),
        (12.0, "$", 7.0, "wrong", "too low. Divide."),
    ],
)
def test_slips_of_unit_and_factor_are_told_from_wrong_answers(answer, unit, given, outcome, says):
    verdict = number(answer, unit).judge(given)
    assert verdict.outcome == outcome
    assert says in verdict.says


def test_a_wrong_answer_that_the_author_foresaw_gets_its_own_reason():
    check = number(12.0, near={10.0: "That leaves out the rest."})
    assert check.judge(10.1) == ("close", "10.1: That leaves out the rest.")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: number(0.0), "other than 0"),
        (lambda: number(float("nan")), "other than 0"),
        (lambda: number(1.0, tolerance=0.9), "tolerance"),
        (lambda: number(10.0, near={10.1: "no"}), "within the tolerance"),
        (lambda: self_check.choice("Which?", {"this": "yes"}), "at least two"),
        (
            lambda: self_check.move("Move", doubling(), {"thrice": (1, 2)}, settings={}, why="so"),
            "neither an input nor a readout",
        ),
        (lambda: self_check.move("Move", doubling(), {"x": (3, 5)}, settings={"x": 4}, why="so"), "already holds"),
        (
            lambda: self_check.move("Move", doubling(), {"twice": (18, None)}, settings={"x": 8}, why="so"),
            "wanted: at least 18",
        ),
        (lambda: self_check.move("Move", doubling(), {"x": 9}, settings={"x": 9}, why="so"), "(low, high)"),
    ],
)
def test_a_self_check_that_could_not_be_answered_is_refused(make, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        make()


def test_the_order_of_the_options_does_not_give_the_answer_away():
    checks = [self_check.choice(f"Question {i}?", {"right": "yes", "a": "no", "b": "no"}) for i in range(40)]
    places = [[option["right"] for option in check.payload()["options"]].index(True) for check in checks]
    assert {places.count(place) >= 5 for place in range(3)} == {True}


def test_a_task_for_sliders_is_judged_by_what_the_model_gives():
    check = self_check.move("Double it.", doubling(), {"twice": (16, 18)}, settings={"x": 8.5}, why="Twice 8.")
    assert check.judge({"x": 8}).outcome == "right"
    assert check.judge({"x": 7}).says == "Twice is 14; wanted: 16 to 18."
    assert "8.5" in check.solution


def test_a_task_names_a_code_and_is_judged_by_the_words_that_the_page_shows():
    def size(x=4.0):
        return {"size": np.where(x > 5, "large", "small")}

    explorer = explore(
        size, readouts=[Readout("size", words={"large": "A large one", "small": "A small one"})], x=(0, 9)
    )
    check = self_check.move("Make it large.", explorer, {"size": "large"}, settings={"x": 6}, why="It is above 5.")
    assert check.judge({"x": 8}).outcome == "right"
    assert check.judge({"x": 2}).says == "Size is A small one; wanted: A large one."
    (shown,) = explorer.payload()["readouts"]
    (goal,) = check.payload()["goals"]
    assert (shown["value"], goal["equals"]) == ("A small one", "A large one")
    assert explorer.readings(x=8) == {"size": "A large one"} and str(explorer.evaluate(x=8)["size"]) == "large"


# --- in a notebook -----------------------------------------------------------------------------------------------


def test_in_a_live_notebook_a_self_check_is_widgets_that_answer(monkeypatch):
    monkeypatch.delenv(self_check.STATIC, raising=False)
    check = number(0.24, "%")
    heading, field, button, says = check.widget().children
    assert "How much?" in heading.value
    for text, verdict in (
        ("24", "Right."),
        ("24,0 %", "Right."),
        ("2,4", "Close."),
        ("many", "Type a number in per cent."),
    ):
        field.value = text
        button.click()
        assert verdict in says.value, text
    assert "application/vnd.jupyter.widget-view+json" in check._repr_mimebundle_()
    assert "How much?" in check._repr_mimebundle_()["text/plain"]


def test_in_a_live_notebook_a_task_reads_the_explorer():
    explorer = doubling()
    _, button, says = (
        self_check.move("Double it.", explorer, {"twice": (16, None)}, settings={"x": 9}, why="So.").widget().children
    )
    button.click()
    assert "Twice is 8" in says.value
    explorer.set(x=9)
    button.click()
    assert "Right." in says.value


def test_what_the_page_gets_is_json():
    check = self_check.move("Double it.", doubling(), {"twice": (16, None)}, settings={"x": 9}, why="So.")
    assert json.loads(json.dumps(check.payload(), allow_nan=False)) == check.payload()


# --- the page judges as Python does ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def judge(browser, tmp_path_factory):
    bundle = tmp_path_factory.mktemp("checks") / "checks.js"
    entry = f"import * as c from '{JS / 'selfcheck.js'}'; window.xpChecks = c;"
    esbuild = JS / "node_modules" / ".bin" / "esbuild"
    subprocess.run(
        [esbuild, "--bundle", "--format=iife", f"--outfile={bundle}"], input=entry, text=True, cwd=JS, check=True
    )
    page = browser.new_page()
    page.add_script_tag(path=str(bundle))
    yield lambda cases: page.evaluate(
        "cases => cases.map(([check, text]) => window.xpChecks.judgeNumber(check, text))", cases
    )
    page.close()


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    cases=st.lists(
        st.tuples(
            st.floats(1e-3, 1e9),
            st.sampled_from(["", "x", "hours", "MW", "B/s", "$"]),
            st.sampled_from([1, -1, 1000, 1e-6, 3600, 24, 8, 0.01, 100, 0.5, 1.05, 0.7, 1.3]),
        ),
        min_size=20,
        max_size=40,
    )
)
def test_the_page_judges_a_number_as_python_does(judge, cases):
    checks = [number(answer, unit) for answer, unit, _ in cases]
    given = [repr(answer * factor) for answer, _, factor in cases]
    checks, given = [*checks, *checks], [*given, *(text.replace(".", ",") for text in given)]
    verdicts = judge([[check.payload(), text] for check, text in zip(checks, given, strict=True)])
    for check, text, verdict in zip(checks, given, verdicts, strict=True):
        assert tuple(verdict) == check.judge(text), (check.answer, check.unit, text)


@pytest.mark.parametrize("text", ["", "many", "12 apples", "<b>1</b>", "1e999", "9" * 500])
def test_what_is_no_number_is_asked_for_again(judge, text):
    check = number(12.0, "MW")
    assert judge([[check.payload(), text]]) == [list(check.judge(text))]


# --- on the page -------------------------------------------------------------------------------------------------


def check_of(page, kind):
    return page.locator(f".xp-check[data-kind={kind}]").first


def test_a_number_is_answered_by_keyboard_and_remembered(open_page):
    page = open_page(ADDRESS).page
    check = check_of(page, "number")
    answer = check.locator("[role=status]")
    field = check.get_by_role("textbox")
    field.fill("12 apples")
    field.press("Enter")
    assert "Type a number in FLOP" in answer.inner_text()
    field.fill("1")
    field.press("Enter")
    assert answer.inner_text().startswith("Not yet.") and "too low" in answer.inner_text()
    right = json.loads(check.locator("script").text_content())["answer"]
    field.fill(f"{right / 1000:.3g}")
    field.press("Enter")
    assert answer.inner_text().startswith("Close.") and "a thousand times too small" in answer.inner_text()
    field.fill(f"{right:.4g}")
    field.press("Enter")
    assert answer.inner_text().startswith("Right.")
    page.reload()
    assert answer.inner_text().startswith("Right.")
    assert field.input_value() == f"{right:.4g}"


def test_a_wrong_option_says_why_and_the_right_one_counts(open_page):
    page = open_page(ADDRESS).page
    check = check_of(page, "choice")
    options = json.loads(check.locator("script").text_content())["options"]
    for option in sorted(options, key=lambda option: option["right"]):
        check.get_by_role("radio", name=option["text"], exact=True).check()
        check.get_by_role("button").click()
        said = check.locator("[role=status]").inner_text()
        assert said == f"{'Right.' if option['right'] else 'Not yet.'} {option['says']}"
    assert check.locator(".xp-check-count").inner_text().startswith("1 of ")


def test_moving_the_sliders_solves_a_task(open_page):
    page = open_page(ADDRESS).page
    check = check_of(page, "move")
    field = page.locator("#training-run-mfu-typed")
    field.fill("30 %")
    field.press("Enter")
    check.locator(".xp-check-now").get_by_text("wanted:").wait_for()
    assert check.locator("[role=status]").inner_text() == ""
    field.fill("60 %")
    field.press("Enter")
    check.locator("[role=status]").get_by_text("Right.").wait_for()
    page.locator("#training-run .xp-reset").click()
    assert check.locator("[role=status]").inner_text().startswith("Right.")


def test_progress_is_counted_over_the_book_and_forgotten_on_request(open_page):
    page = open_page(ADDRESS).page
    check = check_of(page, "number")
    check.get_by_role("textbox").fill(str(json.loads(check.locator("script").text_content())["answer"]))
    check.get_by_role("button").click()
    page.goto(page.url.replace(ADDRESS, "how-to.html"))
    line = page.locator(".xp-check-overview li").filter(has=page.locator(f"a[href^='{ADDRESS}']"))
    assert "1 of " in line.inner_text()
    everything = page.get_by_text("self-checks solved")
    assert everything.inner_text().startswith("1 of ")
    page.get_by_role("button", name="Forget my answers").click()
    assert "forgotten" in everything.inner_text() and "0 of " in line.inner_text()
    assert page.evaluate("localStorage.getItem('explorables.self-checks')") is None
    line.get_by_role("link").click()
    assert check.get_by_role("textbox").input_value() == ""


def test_what_is_forgotten_on_one_page_is_forgotten_on_another_that_is_open(open_page):
    page = open_page(ADDRESS).page
    check = check_of(page, "number")
    check.get_by_role("textbox").fill(str(json.loads(check.locator("script").text_content())["answer"]))
    check.get_by_role("button").click()
    count = page.locator(".xp-check-count").first
    assert count.inner_text().startswith("1 of ")
    other = page.context.new_page()
    other.goto(page.url.replace(ADDRESS, "how-to.html"))
    other.get_by_role("button", name="Forget my answers").click()
    page.wait_for_function("document.querySelector('.xp-check-count').textContent.startsWith('0 of ')")
    assert check.get_by_role("textbox").input_value() == "" == check.locator("[role=status]").inner_text()


@pytest.mark.parametrize(
    "kept", ["garbage", "null", "[1,2]", '{"__proto__":{"given":1}}', '{"check-00000000":{"given":7,"right":"x"}}']
)
def test_garbage_in_the_browsers_store_counts_as_nothing(open_page, kept):
    page = open_page("how-to.html").page
    page.evaluate("kept => localStorage.setItem('explorables.self-checks', kept)", kept)
    page.goto(page.url.replace("how-to.html", ADDRESS))
    assert page.locator(".xp-check-count").first.inner_text().startswith("0 of ")
    check = check_of(page, "choice")
    check.get_by_role("radio").first.check()
    check.get_by_role("button").click()
    assert check.locator("[role=status]").inner_text()


def test_without_a_script_the_question_and_the_answer_can_be_read(open_page):
    page = open_page(ADDRESS, java_script_enabled=False).page
    for check in page.locator(".xp-check").all():
        assert not check.get_by_role("button").count()
        check.get_by_text("Show the answer").click()
        assert check.locator("details p").inner_text()


def test_controls_are_large_enough_and_grouped_by_their_question(open_page):
    page = open_page(ADDRESS, width=390, height=844, has_touch=True).page
    for check in page.locator(".xp-check").all():
        for control in check.locator("button, input, summary, .xp-check-there").all():
            assert min(control.bounding_box()[side] for side in ("width", "height")) >= 24
        question = json.loads(check.locator("script").text_content())["question"]
        assert check.get_by_role("group", name=re.compile(re.escape(question))).count() == 1
        assert check.evaluate("e => e.scrollWidth <= e.clientWidth")


# --- in the book -------------------------------------------------------------------------------------------------


def test_a_page_without_self_checks_does_not_load_their_script(open_page):
    assert not open_page("glossary.html").page.locator("script[src*='xp-check']").count()


def test_every_notebook_asks_at_least_twice_before_its_exercises(site):
    notebooks = [page for page in sorted(site.glob("*/*.html")) if 'id="exercises"' in page.read_text(encoding="utf-8")]
    assert len(notebooks) >= 17
    for page in notebooks:
        html = page.read_text(encoding="utf-8")
        places = [match.start() for match in re.finditer('<form class="xp-check"', html)]
        assert len(places) >= 2, page
        assert max(places) < html.index('id="exercises"'), page


def test_the_code_of_a_self_check_is_out_of_sight_on_the_page_and_in_jupyterlab():
    cells = [
        cell
        for path in notebooks()
        for cell in jupytext.read(path).cells
        if re.search(r"^self_check\.", cell.source, re.MULTILINE)
    ]
    assert len(cells) >= 34
    for cell in cells:
        assert cell.metadata["tags"] == ["remove-input"], cell.source
        assert cell.metadata["jupyter"] == {"source_hidden": True}, cell.source


def test_every_sort_of_question_is_asked_in_every_chapter(site):
    for chapter in [page.parent.name for page in BOOK.glob("*/index.md")]:
        html = "".join(page.read_text(encoding="utf-8") for page in (site / chapter).glob("*.html"))
        assert set(re.findall(r'<form class="xp-check" id="[^"]*" data-kind="(\w+)"', html)) == {
            "number",
            "choice",
            "move",
        }
