"""Takes out of an executed notebook whatever could run in a browser, before anybody opens it.

Formgrader shows students' Markdown and outputs in JupyterLab's own origin, where a script could do all that the
instructor can. So nothing that a student wrote goes on as HTML: text keeps its letters, tables their cells, pictures
are shown as pictures.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

import nbformat
import nh3
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from explorables.classroom.grading.outputs import ANSWER

TAGS = {
    "a",
    "b",
    "blockquote",
    "br",
    "caption",
    "code",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
}
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
PICTURES = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8", "image/gif": b"GIF8"}
DATA_IMAGE = re.compile(r"data:image/(png|jpeg|gif|svg\+xml);base64,[A-Za-z0-9+/=\s]*")
UNSHOWN = "(an output of a kind that is not shown here)"
LONGEST_TEXT, LONGEST_CODE = 20_000, 200_000  # characters of a cell
MOST_FORMULAS = 50  # of a text, that have an environment of their own
BEGINS = r"\begin"
LARGEST_PICTURE = 5_000_000  # characters
TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
MOST_LABOUR = 5_000_000  # tags times how deep they lie; a table of 100,000 cells makes 0.8 million
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
# Addresses and titles for a terminal, all that begins with an escape but colours, and single signs.
COMMAND = re.compile(
    r"\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|\x1b(?!\[[0-9;]*m)|[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]"
)
OPENS = re.compile(r"<(?=[A-Za-z/!?])")  # of a tag, a comment, an address between angles
ENTITY = re.compile(r"&(?=#|[A-Za-z])")
SCHEME = re.compile(r"(script|data|blob|file|filesystem|attachment)((?:\\|\s)*):", re.IGNORECASE)
LINK = re.compile(r"(\](?:\(|:)\s*)((?:\\?.)*?)(?=[\s)]|$)", re.MULTILINE)
MATH = re.compile(r"\\(?=(?:href|html\w*|class|style|cssId|data|unicode|require|bbox|mmlToken|includegraphics|url)\b)")
IMAGE = re.compile(r"(^|[^\\])!\[", re.MULTILINE)  # that a page would fetch from wherever it says
FULL = {
    "!": "\uff01",
    "<": "\uff1c",
    "&": "\uff06",
    ":": "\uff1a",
    "\\": "\uff3c",
}  # letters of full width: read alike, mean nothing


def cut(text: str, longest: int) -> str:
    """A text without what is too much of it; the submission itself keeps all."""
    return text if len(text) <= longest else f"{text[:longest]}\n\n({len(text) - longest} more letters were handed in.)"


def markdown(text: str) -> str:
    """Markdown that stays text in whatever way it is rendered, and that no renderer takes minutes for."""
    text = CONTROL.sub("", cut(text, LONGEST_TEXT))
    if text.count(BEGINS) > MOST_FORMULAS:  # each is searched to the end of the text
        text = text.replace(BEGINS, BEGINS.replace("\\", FULL["\\"]))
    text = OPENS.sub(FULL["<"], text)
    text = ENTITY.sub(FULL["&"], text)
    text = MATH.sub(lambda _: FULL["\\"], text)
    text = re.sub(
        r"(j\s*a\s*v\s*a\s*|vb\s*)s\s*c\s*r\s*i\s*p\s*t((?:\\|\s)*):",
        rf"\1script\2{FULL[':']}",
        text,
        flags=re.IGNORECASE,
    )
    text = IMAGE.sub(rf"\1{FULL['!']}[", text)
    return LINK.sub(lambda match: match[1] + SCHEME.sub(rf"\1\2{FULL[':']}", match[2]), text)


def laborious(text: str) -> bool:
    """Whether HTML would keep its parser busy for minutes: that takes as long as tags are many and deep in each other."""
    depth = deepest = tags = 0
    for tag in TAG.finditer(text):
        tags += 1
        if tag[1]:
            depth = max(depth - 1, 0)
        elif tag[2].lower() not in VOID:
            depth += 1
            deepest = max(deepest, depth)
    return tags * deepest > MOST_LABOUR


def html(text: str) -> str:
    """HTML of an output: its text, tables and pictures; no style, no script, no address outside the page but in links."""
    if laborious(text):
        return UNSHOWN

    def attribute(tag: str, name: str, value: str) -> str | None:
        if tag == "img" and name == "src":
            return value if DATA_IMAGE.fullmatch(value) and len(value) <= LARGEST_PICTURE else None
        if name == "href":
            return value if value.strip().lower().startswith(("https:", "http:", "mailto:", "#")) else None
        return value

    return nh3.clean(
        text,
        tags=TAGS,
        attributes=ATTRIBUTES,
        clean_content_tags={"script", "style"},
        url_schemes={"http", "https", "mailto", "data"},
        attribute_filter=attribute,
        link_rel="noopener noreferrer",
    )


def picture(kind: str, data: Any) -> dict[str, str]:
    """A picture as an output shows it; nothing where it is none."""
    if not isinstance(data, str | list) or len(text := "".join(data)) > LARGEST_PICTURE:
        return {}
    if kind == "image/svg+xml":
        # In an `img`, a browser neither runs nor fetches what an SVG asks for.
        coded = base64.b64encode(text.encode(errors="replace")).decode()
        return {"text/html": f'<img alt="Picture" src="data:image/svg+xml;base64,{coded}">'}
    try:
        first = base64.b64decode("".join(text.split()), validate=True)[:8]
    except (binascii.Error, ValueError):
        return {}
    return {kind: text} if first.startswith(PICTURES[kind]) else {}


def output(found: NotebookNode) -> NotebookNode:
    """An output without what could run. A kernel can send anything, so nothing of its form is trusted."""
    try:
        made = _output(found)
        nbformat.validate(made, ref="output", version=4)
    except (AttributeError, KeyError, TypeError, ValueError, nbformat.ValidationError):
        return nbformat.v4.new_output("display_data", data={"text/plain": UNSHOWN})
    return made


def quiet(text: str) -> str:
    """Text that a kernel gave out, with its colours, and without what else commands a terminal."""
    return COMMAND.sub("", text)


def _output(found: NotebookNode) -> NotebookNode:
    kind = found.output_type
    if kind == "stream":
        return nbformat.v4.new_output(
            "stream", name="stderr" if found.name == "stderr" else "stdout", text=quiet(str(found.text))
        )
    if kind == "error":
        return nbformat.v4.new_output(
            "error",
            ename=quiet(str(found.ename)),
            evalue=quiet(str(found.evalue)),
            traceback=[quiet(str(line)) for line in found.traceback],
        )
    data: dict[str, str] = {}
    for mime, value in found.data.items():
        if mime == "text/plain":
            data[mime] = quiet("".join(value) if isinstance(value, str | list) else repr(value))
        elif mime == "text/html" and isinstance(value, str | list):
            data[mime] = html("".join(value))
        elif mime in PICTURES or mime == "image/svg+xml":
            data = {**picture(mime, value), **data}
    if not data:
        data = {"text/plain": UNSHOWN}
    count = {"execution_count": found.get("execution_count")} if kind == "execute_result" else {}
    return nbformat.v4.new_output(kind, data=data, **count)


def sanitize(notebook: NotebookNode) -> None:
    """Clean a notebook in place. Cells that nbgrader locks are the instructor's, and keep their text."""
    about = {name: notebook.metadata[name] for name in ("kernelspec", "language_info") if name in notebook.metadata}
    notebook.metadata = nbformat.from_dict(about)
    for number, cell in enumerate(notebook.cells):
        mark = cell.metadata.get("nbgrader")
        answer = cell.metadata.get(ANSWER)  # put there after the notebook had run
        cell.metadata = nbformat.from_dict(
            ({"nbgrader": mark} if mark else {}) | ({ANSWER: answer} if isinstance(answer, str) else {})
        )
        cell.id = f"cell-{number}"
        if cell.cell_type == "code":
            cell.outputs = [output(one) for one in cell.outputs]
            if not (mark and mark.get("locked")):
                cell.source = cut(cell.source, LONGEST_CODE)
        elif not (mark and mark.get("locked")):
            cell.pop("attachments", None)
            cell.cell_type = "markdown"
            cell.source = markdown(cell.source)


class Sanitize(NbGraderPreprocessor):
    """For nbgrader: clean what was executed."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Clean a notebook."""
        sanitize(nb)
        return nb, resources
