"""Takes the book's self-checks into a learning platform: Moodle's own XML, and QTI 1.2 as Canvas and others read it.

What is right is computed: each page runs from top to bottom, as for the answers of its exercises. Tasks for an explorer
(`move`) stay in the book, since no platform has one.
"""

from __future__ import annotations

import html
import io
import xml.etree.ElementTree as xml
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorables.book import current
from explorables.classroom.exercises import source
from explorables.classroom.exercises.answers import without_widgets
from explorables.classroom.exercises.build import published
from explorables.classroom.exercises.prose import shown
from explorables.explore.self_check import UNIT_WORDS, Choice, Number, within

QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
MANIFEST = "http://www.imsglobal.org/xsd/imscp_v1p1"


@dataclass(frozen=True)
class Asked:
    """A self-check of a page.

    Attributes
    ----------
    page : Path
    title : str
        The page's heading.
    address : str
        Where the page is published.
    check : Number or Choice
    """

    page: Path
    title: str
    address: str
    check: Number | Choice

    @property
    def name(self) -> str:
        """A short name that a list of questions shows."""
        return f"{self.page.stem}: {self.check.question}"[:120]

    @property
    def text(self) -> str:
        """The question as HTML, with the unit where it does not name it, and a link to the page."""
        unit = getattr(self.check, "unit", "")
        word = UNIT_WORDS.get(unit, unit)
        hint = f" (Answer in {word}.)" if word and word.casefold() not in self.check.question.casefold() else ""
        link = f'<p><a href="{html.escape(self.address)}">{html.escape(self.title)}</a></p>'
        return f"<p>{html.escape(self.check.question + hint)}</p>{link}"


@dataclass(frozen=True)
class Span:
    """Numbers that get one answer: how far from the middle, and what to say."""

    middle: float
    margin: float
    says: str


def asked(page: Path) -> list[Asked]:
    """The self-checks of a page that a platform can ask, by running the page."""
    names: dict[str, Any] = {"__name__": "__main__", "display": lambda *_: None, "print": lambda *_, **__: None}
    found: list[Number | Choice] = []
    with without_widgets():
        for block in source.blocks(page):
            cells = [block] if isinstance(block, source.Cell) else [*block.body, *block.solution]
            for cell in cells:
                if cell.kind == "code" and isinstance(one := shown(cell.source, names, page.name), Number | Choice):
                    found.append(one)
    _, address = published(page)
    return [Asked(page, source.read(page).title, address, one) for one in found]


def spans(check: Number) -> tuple[Span, list[Span]]:
    """What is right, and what is recognised as a slip, in the unit that is asked for."""
    scale = 100.0 if check.unit == "%" else 1.0
    right = Span(check.answer * scale, check.tolerance * abs(check.answer) * scale, check.why)
    # A slip within what is right would never be heard.
    slips = [
        Span(value * scale, tolerance * abs(value) * scale, says)
        for value, tolerance, says in check.slips
        if not within(value, check.answer, check.tolerance) or value == check.answer
    ]
    return right, slips


def moodle(questions: Sequence[Asked]) -> bytes:
    """The questions as Moodle XML, in a category for each page."""
    top = xml.Element("quiz")
    pages: list[Path] = []
    for one in questions:
        if one.page not in pages:
            pages.append(one.page)
            category = xml.SubElement(xml.SubElement(top, "question", type="category"), "category")
            _text(category, f"$course$/top/{_slashed(current().title)}/{_slashed(one.title)}")
        check = one.check
        kind = "numerical" if isinstance(check, Number) else "multichoice"
        question = xml.SubElement(top, "question", type=kind)
        _text(xml.SubElement(question, "name"), one.name)
        _text(xml.SubElement(question, "questiontext", format="html"), one.text)
        _text(xml.SubElement(question, "generalfeedback", format="html"), _p(check.why))
        for name, value in (("defaultgrade", "1"), ("penalty", "0.3333333"), ("hidden", "0"), ("idnumber", check.id)):
            xml.SubElement(question, name).text = value
        if isinstance(check, Number):
            right, slips = spans(check)
            _answer(question, _number(right.middle), 100, right.says, right.margin)
            for slip in slips:
                _answer(question, _number(slip.middle), 0, slip.says, slip.margin)
            _answer(question, "*", 0, check.hint, 0)
        else:
            for name, value in (("single", "true"), ("shuffleanswers", "true"), ("answernumbering", "none")):
                xml.SubElement(question, name).text = value
            for option, says in check.options.items():
                _answer(question, _p(option), 100 if option == check.right else 0, says)
    return _written(top)


def _answer(question: xml.Element, text: str, share: int, says: str, margin: float | None = None) -> None:
    form = "moodle_auto_format" if margin is not None else "html"
    answer = xml.SubElement(question, "answer", fraction=str(share), format=form)
    xml.SubElement(answer, "text").text = text
    if margin is not None:
        xml.SubElement(answer, "tolerance").text = _number(margin)
    _text(xml.SubElement(answer, "feedback", format="html"), _p(says))


def qti(questions: Sequence[Asked]) -> bytes:
    """The questions as a package of QTI 1.2: a zip that Canvas imports as a quiz."""
    top = xml.Element("questestinterop", xmlns=QTI)
    assessment = xml.SubElement(top, "assessment", ident="self-checks", title=f"{current().title}: self-checks")
    section = xml.SubElement(assessment, "section", ident="root_section")
    for one in questions:
        _item(section, one)
    manifest = xml.Element("manifest", xmlns=MANIFEST, identifier="self-checks-package")
    about = xml.SubElement(manifest, "metadata")
    xml.SubElement(about, "schema").text = "IMS Content"
    xml.SubElement(about, "schemaversion").text = "1.1.3"
    xml.SubElement(manifest, "organizations")
    resource = xml.SubElement(
        xml.SubElement(manifest, "resources"),
        "resource",
        identifier="self-checks",
        type="imsqti_xmlv1p2",
        href="self-checks/self-checks.xml",
    )
    xml.SubElement(resource, "file", href="self-checks/self-checks.xml")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, element in (("imsmanifest.xml", manifest), ("self-checks/self-checks.xml", top)):
            # Without a day of its own: the same book gives the same file.
            archive.writestr(zipfile.ZipInfo(name), _written(element), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _item(section: xml.Element, one: Asked) -> None:
    check = one.check
    numeric = isinstance(check, Number)
    item = xml.SubElement(section, "item", ident=check.id, title=one.name)
    fields = xml.SubElement(xml.SubElement(item, "itemmetadata"), "qtimetadata")
    kind = "numerical_question" if numeric else "multiple_choice_question"
    for label, entry in (("question_type", kind), ("points_possible", "1")):
        pair = xml.SubElement(fields, "qtimetadatafield")
        xml.SubElement(pair, "fieldlabel").text = label
        xml.SubElement(pair, "fieldentry").text = entry
    presentation = xml.SubElement(item, "presentation")
    _material(presentation, one.text)
    processing = xml.Element("resprocessing")
    outcomes = xml.SubElement(processing, "outcomes")
    xml.SubElement(outcomes, "decvar", maxvalue="100", minvalue="0", varname="SCORE", vartype="Decimal")
    feedback: list[tuple[str, str]] = []
    if isinstance(check, Number):
        response = xml.SubElement(presentation, "response_str", ident="response1", rcardinality="Single")
        blank = xml.SubElement(response, "render_fib", fibtype="Decimal")
        xml.SubElement(blank, "response_label", ident="answer1")
        # Slips are left out: Canvas takes every span that it finds for a right one. The names of the feedback are its own.
        right, _ = spans(check)
        _between(_condition(processing, 100, "correct_fb"), right)
        xml.SubElement(_condition(processing, 0, "general_incorrect_fb"), "other")
        feedback += [("correct_fb", check.why), ("general_incorrect_fb", check.hint)]
    else:
        response = xml.SubElement(presentation, "response_lid", ident="response1", rcardinality="Single")
        choices = xml.SubElement(response, "render_choice", shuffle="Yes")
        for number, (option, says) in enumerate(check.options.items()):
            _material(xml.SubElement(choices, "response_label", ident=f"option-{number}"), _p(option))
            condition = _condition(processing, 100 if option == check.right else 0, f"option-{number}_fb")
            xml.SubElement(condition, "varequal", respident="response1").text = f"option-{number}"
            feedback.append((f"option-{number}_fb", says))
    item.append(processing)
    for ident, says in feedback:
        _material(xml.SubElement(xml.SubElement(item, "itemfeedback", ident=ident), "flow_mat"), _p(says))


def _condition(processing: xml.Element, score: int, feedback: str) -> xml.Element:
    """A condition that ends the processing where it holds; what it asks goes into what is returned."""
    respcondition = xml.SubElement(processing, "respcondition", {"continue": "No"})
    condition = xml.SubElement(respcondition, "conditionvar")
    xml.SubElement(respcondition, "setvar", action="Set", varname="SCORE").text = str(score)
    xml.SubElement(respcondition, "displayfeedback", feedbacktype="Response", linkrefid=feedback)
    return condition


def _between(condition: xml.Element, span: Span) -> None:
    either = xml.SubElement(condition, "or")
    xml.SubElement(either, "varequal", respident="response1").text = _number(span.middle)
    both = xml.SubElement(either, "and")
    xml.SubElement(both, "vargte", respident="response1").text = _number(span.middle - span.margin)
    xml.SubElement(both, "varlte", respident="response1").text = _number(span.middle + span.margin)


def _number(value: float) -> str:
    """A number as platforms read it, without the tail of binary arithmetic."""
    return f"{value:.12g}"


def _material(parent: xml.Element, text: str) -> None:
    xml.SubElement(xml.SubElement(parent, "material"), "mattext", texttype="text/html").text = text


def _text(parent: xml.Element, text: str) -> None:
    xml.SubElement(parent, "text").text = text


def _p(text: str) -> str:
    return f"<p>{html.escape(text)}</p>"


def _slashed(text: str) -> str:
    """A name in a path of categories, where Moodle doubles slashes."""
    return text.replace("/", "//")


def _written(element: xml.Element) -> bytes:
    xml.indent(element)
    return xml.tostring(element, encoding="utf-8", xml_declaration=True)


def write(folder: Path, pages: Sequence[Path]) -> list[Path]:
    """Write ``moodle.xml`` and ``qti.zip`` with the self-checks of some pages.

    Raises
    ------
    ValueError
        If the pages have none.
    """
    questions = [one for page in pages for one in asked(page)]
    if not questions:
        raise ValueError(f"there is no self-check for a platform on {', '.join(page.stem for page in pages)}")
    folder.mkdir(parents=True, exist_ok=True)
    files = {"moodle.xml": moodle(questions), "qti.zip": qti(questions)}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]
