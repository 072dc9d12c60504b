"""The book's self-checks in Moodle's and QTI's form: what the files hold is what the page says."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from notebooks import BOOK

from explorables.classroom.exercises import quiz, source
from explorables.cli import main
from explorables.explore.self_check import Number

PAGES = [
    page for page in source.pages(BOOK) if re.search(r"self_check\.(number|choice)", page.read_text(encoding="utf-8"))
]
SAMPLE = [next(page for page in PAGES if page.stem == name) for name in ("capital", "efficiency")]

# For each element, which children it has in which order, and its attributes: of Moodle's import as its documentation
# has it, and of the binding of QTI 1.2, as far as a quiz uses them.
MOODLE = {
    "quiz": ("(question )+", set()),
    "question type=category": ("category ", {"type"}),
    "question type=numerical": (
        "name questiontext generalfeedback defaultgrade penalty hidden idnumber (answer )+",
        {"type"},
    ),
    "question type=multichoice": (
        "name questiontext generalfeedback defaultgrade penalty hidden idnumber single shuffleanswers "
        + "answernumbering (answer ){2,}",
        {"type"},
    ),
    "category": ("text ", set()),
    "name": ("text ", set()),
    "questiontext": ("text ", {"format"}),
    "generalfeedback": ("text ", {"format"}),
    "answer": ("text (tolerance )?feedback ", {"fraction", "format"}),
    "feedback": ("text ", {"format"}),
}
QTI = {
    "questestinterop": ("assessment ", set()),
    "assessment": ("section ", {"ident", "title"}),
    "section": ("(item )+", {"ident"}),
    "item": ("itemmetadata presentation resprocessing (itemfeedback )*", {"ident", "title"}),
    "itemmetadata": ("qtimetadata ", set()),
    "qtimetadata": ("(qtimetadatafield )+", set()),
    "qtimetadatafield": ("fieldlabel fieldentry ", set()),
    "presentation": ("material (response_lid|response_str) ", set()),
    "response_lid": ("render_choice ", {"ident", "rcardinality"}),
    "response_str": ("render_fib ", {"ident", "rcardinality"}),
    "render_choice": ("(response_label )+", {"shuffle"}),
    "render_fib": ("response_label ", {"fibtype"}),
    "response_label": ("(material )?", {"ident"}),
    "material": ("mattext ", set()),
    "mattext": ("", {"texttype"}),
    "resprocessing": ("outcomes (respcondition )+", set()),
    "outcomes": ("decvar ", set()),
    "decvar": ("", {"maxvalue", "minvalue", "varname", "vartype"}),
    "respcondition": ("conditionvar setvar displayfeedback ", {"continue"}),
    "conditionvar": ("(varequal |or |other )", set()),
    "or": ("varequal and ", set()),
    "and": ("vargte varlte ", set()),
    "varequal": ("", {"respident"}),
    "vargte": ("", {"respident"}),
    "varlte": ("", {"respident"}),
    "setvar": ("", {"action", "varname"}),
    "displayfeedback": ("", {"feedbacktype", "linkrefid"}),
    "itemfeedback": ("flow_mat ", {"ident"}),
    "flow_mat": ("material ", set()),
}


def strict(element: Element, grammar: dict[str, tuple[str, set[str]]]) -> None:
    """Hold an element and all below it to a grammar."""
    name = element.tag.rpartition("}")[2]
    key = f"{name} type={element.get('type')}" if name == "question" else name
    children, attributes = grammar.get(key, ("", set()))
    found = "".join(f"{child.tag.rpartition('}')[2]} " for child in element)
    assert re.fullmatch(children, found.replace("  ", " ")) or re.fullmatch(f"{children} ", found), (key, found)
    assert set(element.attrib) == attributes, (key, element.attrib)
    assert len(element) or not attributes or element.text or name in ("response_label", "decvar", "displayfeedback"), (
        key
    )
    for child in element:
        strict(child, grammar)


def moodle_says(question: Element, given: str) -> tuple[float, str]:
    """Share and feedback that Moodle gives for an answer: the first answer that fits counts."""
    for answer in question.findall("answer"):
        text, tolerance = answer.findtext("text"), float(answer.findtext("tolerance") or 0)
        if text in ("*", given) or (
            question.get("type") == "numerical" and abs(float(given) - float(text)) <= tolerance
        ):
            return float(answer.get("fraction")), answer.findtext("feedback/text")
    return 0, ""


def qti_says(item: Element, given: str) -> tuple[float, str]:
    """Score and feedback of QTI's processing of a response."""
    bare = {"q": quiz.QTI}

    def holds(condition: Element) -> bool:
        name = condition.tag.rpartition("}")[2]
        if name == "or":
            return any(map(holds, condition))
        if name == "and":
            return all(map(holds, condition))
        if name == "varequal":
            return condition.text == given
        return name == "other" or (
            float(given) >= float(condition.text) if name == "vargte" else float(given) <= float(condition.text)
        )

    for one in item.findall("q:resprocessing/q:respcondition", bare):
        if holds(one.find("q:conditionvar", bare)[0]):
            ident = one.find("q:displayfeedback", bare).get("linkrefid")
            (says,) = item.findall(f"q:itemfeedback[@ident='{ident}']", bare)
            return float(one.findtext("q:setvar", namespaces=bare)), "".join(says.itertext()).strip()
    return 0, ""


def held(questions: list[quiz.Asked]) -> None:
    """The files hold the questions, and judge as the page does."""
    moodle = fromstring(quiz.moodle(questions))
    strict(moodle, MOODLE)
    archive = zipfile.ZipFile(io.BytesIO(quiz.qti(questions)))
    assert archive.namelist() == ["imsmanifest.xml", "self-checks/self-checks.xml"] and archive.testzip() is None
    manifest = archive.read("imsmanifest.xml").decode()
    assert 'type="imsqti_xmlv1p2"' in manifest and manifest.count("self-checks/self-checks.xml") == 2
    top = fromstring(archive.read("self-checks/self-checks.xml"))
    strict(top, QTI)
    items = {one.get("ident"): one for one in top.iter(f"{{{quiz.QTI}}}item")}
    asked = [one for one in moodle if one.get("type") != "category"]
    assert len(asked) == len(items) == len(questions) == len({one.check.id for one in questions})
    for one, question in zip(questions, asked, strict=True):
        check, item = one.check, items[one.check.id]
        if isinstance(check, Number):
            scale = 100 if check.unit == "%" else 1
            edge = check.tolerance * 0.999
            tries = [
                check.answer * share for share in (1, 1 + edge, 1 - edge, 1 + 1.01 * check.tolerance, -1, 1000, 0.37)
            ]
            for given in [*tries, *(value for value, _, _ in check.slips)]:
                verdict = check.judge(given)
                share, says = moodle_says(question, repr(given * scale))
                assert (share == 100) == (verdict.outcome == "right"), (one.name, given)
                assert share in (0, 100) and says
                assert (qti_says(item, repr(given * scale))[0] == 100) == (verdict.outcome == "right"), (
                    one.name,
                    given,
                )
        else:
            for number, (option, says) in enumerate(check.options.items()):
                right = 100 if option == check.right else 0
                assert moodle_says(question, quiz._p(option)) == (right, quiz._p(says))
                assert qti_says(item, f"option-{number}") == (right, quiz._p(says))


def test_platforms_judge_as_the_page_does() -> None:
    questions = [one for page in SAMPLE for one in quiz.asked(page)]
    assert {type(one.check).__name__ for one in questions} == {"Number", "Choice"}
    held(questions)
    assert quiz.qti(questions) == quiz.qti(questions)


@pytest.mark.nightly
def test_the_whole_book_can_be_taken_along() -> None:
    questions = [one for page in PAGES for one in quiz.asked(page)]
    assert len(questions) == sum(
        len(re.findall(r"^self_check\.(?:number|choice)\(", page.read_text(encoding="utf-8"), re.MULTILINE))
        for page in PAGES
    )
    held(questions)


def test_the_strict_reader_refuses_what_is_wrong() -> None:
    questions = quiz.asked(SAMPLE[0])[:1]
    text = quiz.moodle(questions).decode()
    for wrong in (
        text.replace("<name>", "<nom>").replace("</name>", "</nom>"),
        re.sub(r"<penalty>.*</penalty>", "", text),
    ):
        with pytest.raises(AssertionError):
            strict(fromstring(wrong), MOODLE)


def test_the_command_writes_both_and_names_a_page_without(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quiz", str(tmp_path / "quiz"), "--notebooks", "capital"]) == 0
    assert sorted(path.name for path in (tmp_path / "quiz").iterdir()) == ["moodle.xml", "qti.zip"]
    assert main(["quiz", str(tmp_path / "quiz"), "--notebooks", "capitol"]) == 2
    assert "did you mean 'capital'" in capsys.readouterr().err
