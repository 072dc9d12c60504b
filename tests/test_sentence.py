"""Sentences that follow an explorer's settings say the same in Python, which draws the page, and in the page's script."""

from __future__ import annotations

import itertools
import json
import math
import re
import subprocess
from pathlib import Path

import pytest
from notebooks import of_ipywidgets

from explorables.explore import Readout, Slider, bars, explore
from explorables.explore.sentence import names, parse, said
from explorables.site import markup

JS = Path(__file__).parent.parent / "src" / "explorables" / "site" / "js"
TEXTS = [
    "no names at all",
    "{a} and {b}",
    "{a > 1.5: more | less} than {b}",
    "{a < 0: {a} below zero | a = 0: nothing | a >= 25%: {b}, {on: with | without} it | a little}",
    '{word = "yes: or no": yes | word != "no": perhaps | no}',
    "{a <= b: {a} is no more than {b}}",
    "{day >= 2025-10-07: since then | until then}",
    "{a: there is some | there is none}",
]
VALUES = [
    {"a": a, "b": b, "on": on, "word": word, "day": day}
    for a, b, on, word, day in itertools.product(
        [-1.0, 0.0, 0.25, 2.0, math.nan], [0.25], [True, False], ["yes: or no", "no", "x"], [20367.0, 20368.0]
    )
]


def written(values):
    return {name: f"<{value}>" for name, value in values.items()}


def test_the_first_words_whose_condition_holds_are_said():
    parts = parse("It is {a > 1: {a > 10: far more, {a} | more} | a = 1: the same | less}.")
    for a, sentence in [(20, "It is far more, 20."), (2, "It is more."), (1, "It is the same."), (0, "It is less.")]:
        assert said(parts, {"a": a}, {"a": str(a)}) == sentence
    assert set(names(parts)) == {"a"}


def test_without_a_condition_that_holds_a_choice_says_nothing():
    assert said(parse("a{x > 1: b}c"), {"x": 0.0}, {}) == "ac"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{a", "not closed"),
        ("a}", "was not opened"),
        ("{a b}", "neither a name nor a choice"),
        ("{more | less}", "need a condition"),
        ("{a > 1: more | some | less}", "need a condition"),
        ("{a >> 1: more | less}", "no number, date, text"),
        ("{1 < a: more | less}", "is no condition"),
    ],
)
def test_a_sentence_that_makes_no_sense_is_refused(text, problem):
    with pytest.raises(ValueError, match=problem):
        parse(text)


def test_the_page_says_what_python_says(tmp_path):
    cases = [[parse(text), values] for text in TEXTS for values in VALUES]
    ours = [said(parts, values, written(values)) for parts, values in cases]
    entry = f"""import {{ flat }} from {json.dumps(str(JS / "sentence.js"))};
    const cases = {json.dumps(cases)}, texts = {json.dumps([written(v) for _, v in cases])};
    console.log(JSON.stringify(cases.map(([parts, values], i) => flat(parts, values).map(p => p.of ? texts[i][p.of] : p).join(''))));"""
    bundle = tmp_path / "sentence.cjs"
    esbuild = JS / "node_modules" / ".bin" / "esbuild"
    subprocess.run(
        [esbuild, "--bundle", "--format=cjs", f"--outfile={bundle}"], input=entry, text=True, cwd=JS, check=True
    )
    theirs = subprocess.run(["node", bundle], capture_output=True, text=True, check=True).stdout
    assert json.loads(theirs) == ours


def model(speed, loss):
    return {"work": speed * (1 - loss), "rest": speed * loss}


def explorer(**options):
    readouts = [Readout("work", "Work done", "x"), Readout("rest", "Lost", "x")]
    return explore(model, speed=Slider(1, 4, 2), loss=Slider(0, 1, 0.5, unit="%"), readouts=readouts, **options)


def test_an_explorer_says_its_sentence_at_the_readers_settings():
    made = explorer(says="At {speed}, {loss > 40%: much | little} is lost: {work} remain.")
    assert made.say(made.says) == "At 2, much is lost: 1× remain."
    assert made.say(made.says, loss=0.25) == "At 2, little is lost: 1.5× remain."
    assert "much is lost" in repr(made)
    assert made.payload()["primary"] == ["work", "rest"]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"says": "{wrok} remain"}, "'wrok' is no input or readout; there are speed, loss, work, rest"),
        ({"says": "{work"}, "says: a brace is not closed"),
        ({"primary": ["speed"]}, "'speed' is no readout"),
        ({"primary": ["work"] * 4}, "3 readouts at most"),
    ],
)
def test_a_wrong_name_stops_in_the_authors_cell(options, problem):
    with pytest.raises(ValueError, match=problem):
        explorer(**options)


def test_a_charts_title_follows_the_settings_on_the_page_and_in_a_notebook():
    def view(m):
        return bars(["work", "rest"])(m).properties(title="{work} of {speed} {work > 1: is a lot | is little}")

    made = explore(
        model,
        view,
        speed=Slider(1, 4, 2),
        loss=Slider(0, 1, 0.25, unit="%"),
        readouts=[Readout("work", "Work done", "x")],
        says="{work}",
    )
    html = markup.explorer(made.payload())
    assert '<b class="xp-value" data-of="work">1.5×</b> of <b class="xp-value" data-of="speed">2</b> is a lot' in html
    assert "{work" not in re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    widget = of_ipywidgets(made)
    assert "1.5× of 2 is a lot" in widget.headings[0].value
    made.set(loss=0.75)
    assert "0.5× of 2 is little" in widget.headings[0].value
    assert "0.5×</div>" in widget.readouts.value
