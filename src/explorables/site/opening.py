"""Sphinx extension: how a page begins and ends, for readers who came for an answer.

``{opening} <place> <place> ...`` holds the answer in a few sentences. Above the title it puts the page's place in the book;
below the answer ways through the page, each as long as it takes to read on to the next place, what its exercises take, and
the switch for the code.
The answer is also what search engines and cards for links say of the page.

``{closing}`` holds what a reader knows now, and adds the question of the page after this one.

A heading with the class ``fold`` (``{.fold}`` on the line before it) opens what follows it at a press, because it explains
and does not answer. A link to anything within opens it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from explorables.classroom.exercises.source import WORDS_A_MINUTE
from explorables.site.assets import bring
from explorables.site.i18n import _

SCRIPT = Path(__file__).parent / "js" / "opening.js"
STYLE = Path(__file__).parent / "opening.css"
EXPLORER, SELF_CHECK = 1.5, 1.0  # minutes that each takes, by this book's own choice
EXERCISE = 6.0  # of one that does not say
LINES_A_MINUTE = 30  # of code


class Place(nodes.General, nodes.Element):
    """Stands above the title for the page's place in the book, which is known when all pages are read."""


class Next(nodes.General, nodes.Element):
    """Stands at the end for the link to the page after this one."""


class Opening(SphinxDirective):
    """The answer of a page, and the places to which its ways lead."""

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict] = {}

    def run(self) -> list[nodes.Node]:
        """Keep the answer and the places."""
        self.assert_has_content()
        answer = nodes.container("", *self.parse_content_to_nodes(), classes=["xp-opening"])
        answer["ways"] = self.arguments[0].split()
        return [answer]


class Closing(SphinxDirective):
    """What a reader knows at the end of a page."""

    has_content = True
    option_spec: ClassVar[dict] = {}

    def run(self) -> list[nodes.Node]:
        """Keep the sentences, and leave a mark for the next question."""
        self.assert_has_content()
        return [nodes.container("", *self.parse_content_to_nodes(), Next(), classes=["xp-closing"])]


def arrange(app: Sphinx, doctree: nodes.document) -> None:
    """Give a page with an opening its place in the book, its ways and its switch."""
    opening = next((node for node in doctree.findall(nodes.container) if "xp-opening" in node["classes"]), None)
    if opening is None:
        return
    title = next(iter(doctree.findall(nodes.title)))
    title.parent.insert(0, Place())
    doctree["xp_answer"] = answer(opening)
    switch = next((node for node in doctree.findall(nodes.raw) if node.get("xp_reading")), None)
    row = nodes.container("", nodes.raw("", ways(doctree, opening["ways"]), format="html"), classes=["xp-ways-row"])
    if switch is not None:
        switch.parent.remove(switch)
        row += switch
    opening += row


def answer(opening: nodes.container) -> str:
    """The sentences of an opening as text, without marks such as a verdict's."""
    said = opening.deepcopy()
    for mark in [node for node in said.findall(nodes.Element) if "xp-aside" in node.get("classes", [])]:
        mark.parent.remove(mark)
    return " ".join(" ".join(node.astext() for node in said.findall(nodes.paragraph)).split())


def ways(doctree: nodes.document, places: Sequence[str]) -> str:
    """The list of ways: what it takes to read up to the next place, and a link to where each begins.

    The last of them reads everything up to the exercises, code too; what these take is said beside it.

    Raises
    ------
    ValueError
        If the page has no such section.
    """
    sections = {name: node for node in doctree.findall(nodes.section) for name in node["ids"]}
    if missing := [place for place in places if place not in sections]:
        raise ValueError(f"{doctree['source']}: no section {missing[0]!r} for a way; there are {', '.join(sections)}")
    tasks = [node for node in doctree.findall(nodes.Element) if "exercise" in node.get("classes", ())]
    ways = [
        (_("{minutes} min", minutes=rounded(minutes(doctree, sections[end]))), place) for place, end in pairwise(places)
    ]
    ways.append((_("{minutes} min", minutes=rounded(minutes(doctree, next(iter(tasks), None), code=True))), places[-1]))
    if tasks:
        more = sum(task.get("xp_minutes") or EXERCISE for task in tasks)
        ways.append((_("+ {minutes} min", minutes=rounded(more)), section_of(tasks[0])["ids"][0]))
    items = [
        f'<li><b>{long}</b> <a href="#{place}">{escape(heading(sections[place]))}</a></li>' for long, place in ways
    ]
    return f'<ul class="xp-ways" role="list">{"".join(items)}</ul>'


def section_of(node: nodes.Node) -> nodes.section:
    """The section in which a node stands."""
    while not isinstance(node, nodes.section):
        node = node.parent
    return node


def heading(section: nodes.section) -> str:
    """The title of a section."""
    return next(iter(section.findall(nodes.title))).astext()


def minutes(doctree: nodes.document, end: nodes.Node | None, *, code: bool = False) -> float:
    """What it takes to read a page from its top to a place or its end, with or without its code and self-checks."""
    total = 0.0
    for node in until(doctree, end):
        match node:
            case nodes.raw() if node.get("xp_chart") and "xp-explorer" in node.astext():
                total += EXPLORER
            case nodes.literal_block() if code:
                total += node.astext().count("\n") / LINES_A_MINUTE
            case nodes.Text() if not within(node, (nodes.literal_block, nodes.raw, nodes.table)):
                total += len(node.split()) / WORDS_A_MINUTE
    checks = doctree.attributes.get("xp_self_checks", ())
    return total + (SELF_CHECK * len(checks) if code else 0)


def until(doctree: nodes.document, end: nodes.Node | None) -> Iterator[nodes.Node]:
    """The nodes of a page in order, up to one of them."""
    for node in doctree.findall():
        if node is end:
            return
        yield node


def within(node: nodes.Node, kinds: tuple[type, ...]) -> bool:
    """Whether a node stands in one of some kinds."""
    while (node := node.parent) is not None:
        if isinstance(node, kinds):
            return True
    return False


def rounded(long: float) -> int:
    """Minutes as people say them: single ones below ten, then fives."""
    return max(1, round(long)) if long < 9.5 else 5 * round(long / 5)


def fold(app: Sphinx, doctree: nodes.document) -> None:
    """Wrap what follows a heading with the class ``fold``."""
    for section in doctree.findall(nodes.section):
        heading = next((child for child in section if isinstance(child, nodes.title)), None)
        if heading is None or "fold" not in {*section["classes"], *heading.get("classes", ())}:
            continue
        begin = nodes.raw("", '<details class="xp-fold"><summary>', format="html")
        middle = nodes.raw("", "</summary>", format="html")
        section.insert(section.index(heading), begin)
        section.insert(section.index(heading) + 1, middle)
        section += nodes.raw("", "</details>", format="html")
        section["xp_fold"] = True


def visit_place(self: Any, node: Place) -> None:
    """Say the chapter, with a link, and which of its pages this is."""
    env, page = self.builder.env, self.builder.current_docname
    for parent, children in env.toctree_includes.items():
        if page in children and parent != self.config.root_doc:
            address = escape(self.builder.get_relative_uri(page, parent))
            which = _("page {number} of {all}", number=children.index(page) + 1, all=len(children))
            name = escape(env.titles[parent].astext())
            self.body.append(f'<p class="xp-place"><a href="{address}">{name}</a> · {which}</p>')
    raise nodes.SkipNode


def visit_next(self: Any, node: Next) -> None:
    """Ask the question of the next page."""
    page = self.builder.current_docname
    if (after := following(self.builder.env, page)) is not None:
        address = escape(self.builder.get_relative_uri(page, after))
        title = escape(self.builder.env.titles[after].astext())
        self.body.append(f'<p class="xp-next">{_("The next question:")} <a href="{address}">{title}</a></p>')
    raise nodes.SkipNode


def following(env: BuildEnvironment, page: str) -> str | None:
    """The next page of the book that is no chapter's list of pages."""
    relations = env.collect_relations()
    after = relations[page][2] if page in relations else None
    while after is not None and env.toctree_includes.get(after):
        after = relations[after][2]
    return after


def skip(self: Any, node: nodes.Element) -> None:
    """Leave out what only a site has."""
    raise nodes.SkipNode


def add_script(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Load the script where something is folded."""
    if doctree is not None and any(node.get("xp_fold") for node in doctree.findall(nodes.section)):
        app.add_js_file(SCRIPT.name, loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    for kind, visit in ((Place, visit_place), (Next, visit_next)):
        others: dict[str, Any] = dict.fromkeys(("latex", "text", "epub", "man"), (skip, None))
        app.add_node(kind, html=(visit, None), **others)
    app.add_directive("opening", Opening)
    app.add_directive("closing", Closing)
    bring(app, SCRIPT, STYLE)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
