"""The tables that pandas writes for a notebook, made readable on a page.

A heading stands over its own column and says so to a screen reader, numbers line up on the right, whole ones without the
".0" of a float and large ones in groups of three, a missing value is a dash, long names may break, and the key of a source
is a link to its entry in the bibliography.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from docutils import nodes
from sphinx.application import Sphinx

from explorables.book import current
from explorables.site.spaces import BEFORE_UNIT

_TABLE = re.compile(r'<table border="1" class="dataframe">.*?</table>', re.DOTALL)
_STYLE = re.compile(r"<style scoped>.*?</style>\n*", re.DOTALL)  # pandas' own, which rules the whole page
_NUMBER = re.compile(
    r"[+\-−]?\$?\d[\d,]*(\.\d+)?(e[+\-]?\d+)?[\s\u202f]?(%|×|million|billion|trillion|× 10[⁻⁰¹²³⁴-⁹]+)?"
)
_FLOAT = re.compile(r"-?\d+\.\d+")  # as pandas writes them; counts and years have no point
_MISSING = {"NaN", "NaT", "None", "<NA>", "nan"}
NUMERIC = "xp-digits"


def tidy(html: str, bibliography: str) -> str:
    """Every data frame in a piece of HTML as a readable table; all else stays as it is.

    Parameters
    ----------
    html : str
        What pandas wrote.
    bibliography : str
        Address of the page with the bibliography, as seen from the page with the table.
    """
    return _TABLE.sub(lambda found: _tidy(found[0], bibliography), _STYLE.sub("", html))


def _tidy(text: str, bibliography: str) -> str:
    try:
        table = ElementTree.fromstring(text)
    except ElementTree.ParseError:  # cells with HTML of an author's own
        return text
    table.attrib = {"class": "dataframe"}
    head, body = table.find("thead"), table.find("tbody")
    levels = max((len(row.findall("th")) for row in body), default=0)
    _name_levels(head, levels)
    for row in [*head, *body]:
        row.attrib.clear()
        for cell in row:
            cell.attrib = {name: cell.attrib[name] for name in ("colspan", "rowspan") if name in cell.attrib}
    columns = list(zip(*(row.findall("td") for row in body), strict=True))
    for title, cells in zip(head[-1][levels:], columns, strict=False):  # a table without rows has titles alone
        texts = [cell.text for cell in cells if cell.text and cell.text not in _MISSING]
        if texts and all(_NUMBER.fullmatch(text) for text in texts):
            for cell in (title, *cells):
                cell.set("class", NUMERIC)
            _write_plainly([cell for cell in cells if cell.text in texts])
    for cell in head.iter("th"):
        cell.set("scope", "colgroup" if int(cell.get("colspan", 1)) > 1 else "col")
        if not (cell.text or "").strip():
            cell.tag = "td"
            del cell.attrib["scope"]
    for cell in body.iter("th"):
        cell.set("scope", "rowgroup" if int(cell.get("rowspan", 1)) > 1 else "row")
    for cell in table.iter("td"):
        if cell.text in _MISSING:
            cell.text = "–"
        cell.text = cell.text and BEFORE_UNIT.sub("\N{NO-BREAK SPACE}", cell.text)
        _link(cell, bibliography)
    for cell in [*table.iter("th"), *table.iter("td")]:
        _let_break(cell)
    return ElementTree.tostring(table, encoding="unicode", method="html")


def _name_levels(head: ElementTree.Element, levels: int) -> None:
    """Put the names of the row labels, for which pandas adds a row, into the corner of the row above."""
    last = head[-1]
    if len(head) > 1 and not any((cell.text or "").strip() for cell in last[levels:]):
        for cell, name in zip(head[-2], last[:levels], strict=False):
            cell.text = name.text
        head.remove(last)


def _write_plainly(cells: list[ElementTree.Element]) -> None:
    """Write a column of numbers as people do: no ".0" where all are whole, thousands apart, a true minus."""
    if all(_FLOAT.fullmatch(cell.text) for cell in cells):
        whole = all(cell.text.endswith(".0") for cell in cells)
        group = "," if any(abs(float(cell.text)) >= 10_000 for cell in cells) else ""  # years stay as they are
        for cell in cells:
            digits = 0 if whole else len(cell.text.partition(".")[2])
            cell.text = f"{float(cell.text) + 0.0:{group}.{digits}f}"  # no minus before a zero
    for cell in cells:
        cell.text = cell.text.replace("-", "−", 1) if cell.text.startswith("-") else cell.text


def _link(cell: ElementTree.Element, bibliography: str) -> None:
    """Turn the keys of sources into links."""
    keys = [key.strip() for key in (cell.text or "").split(";")]
    if not bibliography or not all(key in current().data.bibliography() for key in keys):
        return
    cell.text = None
    for number, key in enumerate(keys):
        link = ElementTree.SubElement(cell, "a", href=f"{bibliography}#{nodes.make_id(key)}")
        link.text = current().data.label(key)
        link.tail = "; " if number < len(keys) - 1 else None


def _let_break(cell: ElementTree.Element) -> None:
    """Let names in code break after an underscore."""
    parts = re.split(r"(?<=[a-z0-9]_)(?=[a-z0-9])", cell.text or "")
    cell.text = parts[0]
    for part in reversed(parts[1:]):
        mark = ElementTree.Element("wbr")
        mark.tail = part
        cell.insert(0, mark)


def read(app: Sphinx, doctree: nodes.document) -> None:
    page = current().pages.get("bibliography")
    bibliography = app.builder.get_relative_uri(app.env.docname, page) if page else ""
    for node in doctree.findall(nodes.raw):
        if node.get("format") == "html" and "dataframe" in node.astext():
            node.children = [nodes.Text(tidy(node.astext(), bibliography))]
