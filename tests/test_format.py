"""Numbers are written the same in Python and on the page, and what the page writes can be typed back."""

from __future__ import annotations

import json
import math
import subprocess
from dataclasses import asdict
from pathlib import Path

import pytest
import vl_convert
from babel.messages.catalog import Catalog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorables.explore import Readout, Slider, curve, explore
from explorables.explore.format import ENGLISH, SI_UNITS, human, typed
from explorables.site import i18n
from hardware_phase import BOOK

JS = Path(__file__).parent.parent / "src" / "explorables" / "site" / "js"
UNITS = ["", "$", "$/kWh", "%", "x", "chips", "FLOP", *sorted(SI_UNITS)]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """What the page's script has of numbers, for a page of its own."""
    bundle = tmp_path_factory.mktemp("format") / "format.js"
    entry = f"import * as f from '{JS / 'format.js'}'; window.xpFormat = f;"
    esbuild = JS / "node_modules" / ".bin" / "esbuild"
    subprocess.run(
        [esbuild, "--bundle", "--format=iife", f"--outfile={bundle}"], input=entry, text=True, cwd=JS, check=True
    )
    return bundle


@pytest.fixture(scope="module")
def page(browser, bundle):
    page = browser.new_page()
    page.set_content(
        f'<script type="application/json" id="xp-words">{json.dumps({"units": dict(BOOK.units)})}</script>'
    )
    page.add_script_tag(path=str(bundle))
    yield page
    page.close()


@pytest.fixture(scope="module", params=["zh_CN", "de"])
def foreign(browser, bundle, request):
    """A page in another language, and how that language writes numbers; German, which nobody has translated, has a comma."""
    writing = i18n.language(request.param, None if request.param == "zh_CN" else Catalog()).writing
    page = browser.new_page()
    page.set_content(
        f'<script type="application/json" id="xp-words">{json.dumps({"locale": asdict(writing), "units": dict(BOOK.units)})}</script>'
    )
    page.add_script_tag(path=str(bundle))
    yield page, writing
    page.close()


@pytest.mark.parametrize(
    ("value", "unit", "english", "chinese"),
    [
        (1.2e9, "W", "1.2 GW", "1.2 GW"),
        (989e12, "FLOP/s", "989 TFLOP/s", "989 TFLOP/s"),
        (0, "W", "0 W", "0 W"),
        (9_999, "chips", "9,999 chips", "9,999片"),
        (350_000, "chips", "350,000 chips", "35万片"),
        (314_987, "chips", "315,000 chips", "31.5万片"),
        (1.26e6, "chips", "1.26 million chips", "126万片"),
        (2788, "hours", "2,788 hours", "2,788小时"),
        (3.5e9, "", "3.5 billion", "35亿"),
        (14.8e12, "tokens", "14.8 trillion tokens", "14.8万亿词元"),
        (5.576e6, "$", "$5.58 million", "558万美元"),
        (-5e6, "$", "−$5 million", "−500万美元"),
        (2.5, "$/hour", "$2.5/hour", "2.5美元/小时"),
        (0.0884, "$/kWh", "8.84 cents/kWh", "8.84美分/kWh"),
        (0.01, "$/kWh", "1 cent/kWh", "1美分/kWh"),
        (-0.5, "$/hour", "−50 cents/hour", "−50美分/小时"),
        (0.3, "$", "$0.3", "0.3美元"),
        (5e-6, "$/kWh", "$5 × 10⁻⁶/kWh", "5 × 10⁻⁶美元/kWh"),
        (40, "m", "40 m", "40 m"),
        (0.000475, "%", "0.05 %", "0.05%"),
        (0.000052, "%", "0.005 %", "0.005%"),
        (0.00194, "%", "0.19 %", "0.19%"),
        (0.147, "%", "14.7 %", "14.7%"),
        (0.24, "%", "24 %", "24%"),
        (3.9, "x", "3.9×", "3.9×"),
        (3.3e24, "FLOP", "3.3 × 10²⁴ FLOP", "3.3 × 10²⁴ FLOP"),
        (19645, "date", "15 Oct 2023", "2023年10月15日"),
        (True, "", "yes", "是"),
        (math.nan, "W", "not defined", "无定义"),
        (math.inf, "years", "∞", "∞"),
        ("licence required", "", "licence required", "licence required"),
    ],
)
def test_numbers_read_as_people_write_them(value, unit, english, chinese):
    for text, locale in ((english, ENGLISH), (chinese, i18n.language("zh_CN").writing)):
        assert human(value, unit, locale=locale).replace("\u202f", " ").replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("value", "unit", "format", "text"),
    [
        (2030, "", "d", "2030"),
        (45_500, "wafers", ",d", "45,500 wafers"),
        (1.1, "", ".2f", "1.10"),
        (0.24, "%", ".1f", "24.0 %"),
        (0.24, "", ".0%", "24 %"),
        (0.05, "%", "+.0f", "+5 %"),
        (-0.001, "$", ".2f", "$0.00"),
        (-1234.5, "$/kWh", ",.1f", "−$1,234.5/kWh"),
        (1.2e6, "W", ",d", "1,200,000 W"),
        (2.5, "x", "d", "3×"),
        (1e16, "", "d", "1 × 10¹⁶"),
        (math.nan, "", "d", "not defined"),
    ],
)
def test_a_format_fixes_the_decimals(value, unit, format, text):
    assert human(value, unit, format=format).replace("\u202f", " ").replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("format", "unit"),
    [
        ("x", ""),
        (".3s", ""),
        ("f", ""),
        (".f", ""),
        (".12f", ""),
        (".1d", ""),
        ("d ", ""),
        ("0>4d", ""),
        ("%", ""),
        (".0%", "x"),
        ("d", "date"),
    ],
)
def test_a_format_that_is_not_known_is_refused_by_the_name_of_what_it_is_for(format, unit):
    with pytest.raises(ValueError, match=r"input 'year': format '.* (is not known|does not go with)"):
        explore(lambda year: year, year=Slider(0, 1, format=format, unit=unit))
    with pytest.raises(ValueError, match=r"readout 'result': format '.* (is not known|does not go with)"):
        Readout("result", format=format, unit=unit)


FORMATS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "+"]),
    st.sampled_from(["", ","]),
    st.one_of(st.just("d"), st.builds(".{}{}".format, st.integers(0, 9), st.sampled_from("f%"))),
)
VALUES = st.one_of(
    st.floats(1e-18, 1e32),
    st.floats(-1e6, 1e6),
    st.integers(-(10**7), 10**7).map(float),
    st.sampled_from([0.0, math.inf]),
)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases=st.lists(st.tuples(VALUES, st.sampled_from(UNITS), st.integers(2, 4)), min_size=50, max_size=100))
def test_the_page_writes_numbers_as_python_does(page, cases):
    written = page.evaluate("cases => cases.map(c => window.xpFormat.human(...c))", [list(c) for c in cases])
    for case, text in zip(cases, written, strict=True):
        assert human(*case) == text, case


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases=st.lists(st.tuples(VALUES, st.sampled_from(UNITS), FORMATS), min_size=50, max_size=100))
def test_the_page_fixes_decimals_as_python_does(page, cases):
    fitting = [(value, "" if format.endswith("%") else unit, 3, format) for value, unit, format in cases]
    written = page.evaluate("cases => cases.map(c => window.xpFormat.human(...c))", [list(c) for c in fitting])
    for case, text in zip(fitting, written, strict=True):
        assert human(*case) == text, case


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(days=st.lists(st.integers(0, 40000), min_size=20, max_size=40))
def test_dates_agree_and_can_be_typed_back(page, days):
    texts = [human(day, "date") for day in days]
    assert page.evaluate("d => d.map(v => window.xpFormat.human(v, 'date'))", days) == texts
    assert page.evaluate("t => t.map(v => window.xpFormat.typed(v, 'date'))", texts) == days


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases=st.lists(st.tuples(st.floats(1e-3, 1e15), st.sampled_from(UNITS)), min_size=30, max_size=60))
def test_what_the_page_shows_can_be_typed_back(page, cases):
    texts = [human(value, unit, 4) for value, unit in cases]
    back = page.evaluate(
        "c => c.map(([t, u]) => window.xpFormat.typed(t, u))", [[t, u] for t, (_, u) in zip(texts, cases, strict=True)]
    )
    for (value, unit), text, number in zip(cases, texts, back, strict=True):
        assert number == pytest.approx(value, rel=1e-2), (value, unit, text)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("1.2GW", "W", 1.2e9),
        ("350k", "chips", 350e3),
        ("350 thousand chips", "chips", 350e3),
        ("$5.6m", "$", 5.6e6),
        ("24%", "%", 0.24),
        ("24", "%", 0.24),
        ("1e24", "FLOP", 1e24),
        ("14.8 trillion tokens", "tokens", 14.8e12),
        ("1,234.5", "", 1234.5),
        ("−3", "", -3),
        ("2,5", "", 2.5),
        ("0,125", "", 0.125),
        ("1,234", "", 1234),
        ("1234,5", "", 1234.5),
        ("1.234,5", "", 1234.5),
        ("1.234.567", "", 1234567),
        ("1 234,5", "", 1234.5),
        ("1\u202f234.5 W", "W", 1234.5),
        ("1'234'567", "", 1234567),
        ("1’234.5", "", 1234.5),
        ("1_000_000", "", 1e6),
        ("0,5 $", "$", 0.5),
        ("−$5,5 m", "$", -5.5e6),
        ("$-5", "$", -5),
        ("$0,0884/kWh", "$/kWh", 0.0884),
        ("8.84 cents/kWh", "$/kWh", 0.0884),
        ("9 cents", "$/kWh", 0.09),
        ("9¢", "$/kWh", 0.09),
        ("1 cent/kWh", "$/kWh", 0.01),
        ("5.6 million", "$", 5.6e6),
        ("２，５ ＧＷ", "W", 2.5e9),
        ("5 mW", "W", 5e-3),
        ("3,3 × 10²⁴ FLOP", "FLOP", 3.3e24),
        ("3.3 * 10^24", "FLOP", 3.3e24),
        ("10²⁴", "FLOP", 1e24),
        ("10⁻³", "", 1e-3),
        ("3,9×", "x", 3.9),
        ("1,5 %", "%", 0.015),
        ("1e-3", "", 1e-3),
        ("5.", "", 5),
        (",5", "", 0.5),
    ],
)
def test_people_may_type_numbers_in_several_ways(page, text, unit, value):
    assert page.evaluate("a => window.xpFormat.typed(...a)", [text, unit]) == pytest.approx(value)
    assert typed(text, unit) == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    ["", "many", "1.2.3", "1,23,4", "1,234 5", "2 5", "12, 5", "1'23", "1,234.567,8", "12,34,567", "5 apples"]
    + [
        "<b>1</b>",
        "--1",
        "-$-1",
        "NaN",
        "nan",
        "inf",
        "12 GWh",
        "5 × 1024",
        "2–5",
        "10^",
        "constructor",
        "5 __proto__",
    ],
)
def test_what_is_no_number_or_could_be_two_is_refused(page, text):
    assert math.isnan(page.evaluate("t => window.xpFormat.typed(t, 'W')", text))
    assert math.isnan(typed(text, "W"))


@pytest.mark.parametrize(
    ("text", "day"),
    [("2023-10-17", 19647), ("17 Oct 2023", 19647), ("17 October 2023", 19647), ("29 Feb 2024", 19782)]
    + [(text, math.nan) for text in ("2023-02-29", "31 Apr 2023", "2023-13-01", "17 Moon 2023", "2023", "")],
)
def test_a_date_is_read_as_the_day_that_it_names_or_refused(page, text, day):
    assert page.evaluate("t => window.xpFormat.typed(t, 'date')", text) == pytest.approx(day, nan_ok=True)


DIGITS = st.text("0123456789.,' _-+e%k$×^", min_size=1, max_size=12)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases=st.lists(st.tuples(DIGITS, st.sampled_from(UNITS)), min_size=100, max_size=150))
def test_the_page_reads_what_is_typed_as_python_does(page, cases):
    read = page.evaluate("cases => cases.map(c => window.xpFormat.typed(...c))", [list(case) for case in cases])
    for case, number in zip(cases, read, strict=True):
        assert typed(*case) == pytest.approx(number, rel=1e-12, nan_ok=True), case


def test_an_explorer_writes_its_inputs_readouts_and_axis_in_their_formats():
    made = explore(
        lambda year, share: year * share,
        curve("year", "result"),
        year=Slider(2024, 2040, 2030, format="d"),
        share=Slider(0, 1, 0.5, format=".1%"),
        readouts=[Readout("result", format=",.1f")],
    )
    payload = made.payload()
    assert [text.replace("\u202f", " ") for _, text in made.lines()] == ["2030", "50.0 %", "1,015.0"]
    assert payload["controls"][1]["unit"] == "%"
    assert ">2030<" in vl_convert.vegalite_to_svg(payload["charts"][0]["spec"])
    with pytest.raises(ValueError, match="year: 2050 is outside 2024 to 2040"):
        made.set(year=2050)


# --- in other languages ------------------------------------------------------------------------------------------


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    cases=st.lists(
        st.tuples(VALUES, st.sampled_from([*UNITS, "tokens", "hours", "$/hour"]), st.integers(2, 4)),
        min_size=50,
        max_size=80,
    )
)
def test_the_page_writes_numbers_as_python_does_in_other_languages(foreign, cases):
    page, writing = foreign
    written = page.evaluate("cases => cases.map(c => window.xpFormat.human(...c))", [list(c) for c in cases])
    for case, text in zip(cases, written, strict=True):
        assert human(*case, locale=writing) == text, case
    assert page.evaluate("[true, false, null].map(v => window.xpFormat.human(v))") == [
        human(v, locale=writing) for v in (True, False, None)
    ]


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    cases=st.lists(
        st.tuples(st.floats(1e-3, 1e15), st.sampled_from([*UNITS, "tokens", "hours", "$/hour"])),
        min_size=30,
        max_size=60,
    ),
    days=st.lists(st.integers(0, 40000), min_size=12, max_size=12),
)
def test_what_a_page_in_another_language_shows_can_be_typed_back(foreign, cases, days):
    page, writing = foreign
    cases = [*cases, *((day, "date") for day in days)]
    texts = [human(value, unit, 4, locale=writing) for value, unit in cases]
    back = page.evaluate(
        "c => c.map(c => window.xpFormat.typed(...c))", [[t, u] for t, (_, u) in zip(texts, cases, strict=True)]
    )
    for (value, unit), text, number in zip(cases, texts, back, strict=True):
        assert number == pytest.approx(value, rel=0 if unit == "date" else 1e-2), (value, unit, text)
        if unit != "date":
            assert typed(text, unit, writing) == pytest.approx(number), (value, unit, text)


def test_the_comma_of_a_language_is_its_decimal_sign(foreign):
    page, writing = foreign
    texts = ["1.234", "2,5", "2.5", "1,234", "1.234.567,8", "1,234,567.8"]
    read = [page.evaluate("t => window.xpFormat.typed(t)", text) for text in texts]
    assert read == [typed(text, "", writing) for text in texts]
    three = [1234, 1.234] if writing.decimal == "," else [1.234, 1234]
    assert read == [three[0], 2.5, 2.5, three[1], 1234567.8, 1234567.8]
