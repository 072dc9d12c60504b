"""Sphinx extension: exercises that answer on the page, by what a notebook's `check` goes by.

An exercise that a machine can check gets a field, and the page's script judges what a reader types in it: with the
hashes, slips, hints and variants of `explorables.classroom.exercises.checking`, so that no page holds an answer. An
exercise is called on the page what `check` calls it. The options ``minutes``, ``difficulty`` and ``objective`` become a
line under its title.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from markupsafe import Markup
from selectolax.lexbor import LexborNode
from sphinx.application import Sphinx
from sphinx_exercise.directive import ExerciseDirective, ExerciseStartDirective

from explorables.book import current
from explorables.classroom.exercises import checking, shipped
from explorables.classroom.exercises.source import DIFFICULTIES
from explorables.explore.slips import NEAR, nearly, slips
from explorables.site.assets import bring
from explorables.site.html_pages import Site
from explorables.site.i18n import _
from explorables.site.markup import data_script
from explorables.site.render import render

STYLE = Path(__file__).parent / "exercises.css"
NUMBER = re.compile(r"\S+ \d+")  # what sphinx-exercise calls an exercise, counted through the book


class Exercise(ExerciseDirective):
    """``{exercise}``, which says what it is to its reader."""

    option_spec: ClassVar[dict] = ExerciseDirective.option_spec | {
        "minutes": directives.positive_int,
        "difficulty": lambda said: directives.choice(said, DIFFICULTIES),
        "objective": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """Say the title in the language of the build, write the line under it, and keep the time for the page's ways."""
        self.arguments[:] = [_(title) for title in self.arguments]
        made = super().run()
        about = {name: self.options[name] for name in ("minutes", "difficulty", "objective") if name in self.options}
        for node in made if about else ():
            node["xp_minutes"] = about.get("minutes")
            node.children[-1].insert(0, nodes.raw("", render_about(**about), format="html"))
        return made


class ExerciseStart(Exercise, ExerciseStartDirective):
    """``{exercise-start}``."""

    name = ExerciseStartDirective.name


def render_about(minutes: int | None = None, difficulty: str = "", objective: str = "") -> str:
    """The HTML of the line under an exercise's title."""
    words = {"easy": _("easy"), "medium": _("medium"), "hard": _("hard")}
    effort = [_("{minutes} min", minutes=minutes) if minutes else "", words.get(difficulty, "")]
    return render("exercise-about.html", effort=" · ".join(filter(None, effort)), objective=_(objective))


def add_forms(app: Sphinx, doctree: nodes.document) -> None:
    """Put a field at the end of each exercise that a machine can check."""
    if current().answers is None:
        return
    known = shipped.exercises()
    for node in doctree.findall(nodes.Admonition):
        name = node.get("label", "")
        if node.get("type") == "exercise" and name in known:
            form = nodes.raw("", render_form(name, known[name]), format="html")
            form["xp_exercise"] = True
            node.children[-1].append(form)


def render_form(name: str, exercise: Mapping[str, Any]) -> str:
    """The HTML of an exercise's field.

    Parameters
    ----------
    name : str
        As `check` calls it.
    exercise : mapping
        What the package ships of it.
    """
    variants = [", ".join(f"{key} = {value}" for key, value in given.items()) for given in exercise["given"]]
    data = data_script("xp-exercise-data", payload(name, exercise))
    asked = _("Your answer: {unit}", unit=_(exercise["unit"])) if exercise["unit"] else _("Your answer")
    return render(
        "exercise.html",
        key=f"answer-{name.replace('.', '-')}",
        name=name,
        asked=asked,
        choices=exercise["choices"],
        variants=variants if len(variants) > 1 else [],
        data=Markup(data),
    )


def payload(name: str, exercise: Mapping[str, Any]) -> dict[str, Any]:
    """What the page's script needs to judge an answer as `check` does."""
    tolerance, unit = exercise["tolerance"], exercise["unit"]
    return {
        **{key: exercise[key] for key in ("tolerance", "hint", "choices", "hashes")},
        "unit": _(unit),
        "id": name,
        "parts": checking.PARTS,
        "near": NEAR,
        "nearly": nearly(tolerance, _),
        "slips": [slip._asdict() for slip in slips(unit, _)],
    }


def rename(app: Sphinx, site: Site) -> None:
    """Call each exercise, and each link to one, by the name that `check` knows instead of a number in the book."""
    for page in site.pages:
        for title in page.elements(".exercise > .admonition-title > .caption-number"):
            box = title.parent.parent if title.parent is not None else None
            if box is not None and (name := box.attributes.get("id")):
                _call(title, name)
        for link in page.elements(".solution > .admonition-title > a"):
            first = link.first_child
            if first is not None and first.is_text_node and first.text().startswith(" "):  # it belongs before the link
                first.replace_with(first.text().lstrip())
                link.insert_before(" ")
            _call(link, (link.attributes.get("href") or "").rpartition("#")[2])


def _call(title: LexborNode, name: str) -> None:
    for node in title.traverse(include_text=True):
        if node.is_text_node and NUMBER.search(node.text()):
            node.replace_with(NUMBER.sub(_("Exercise {name}", name=name), node.text(), count=1))
            return


def add_script(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Load the script where there is a field."""
    if doctree is not None and any(node.get("xp_exercise") for node in doctree.findall(nodes.raw)):
        app.add_js_file("xp-exercise.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.setup_extension("sphinx_exercise")
    for directive in (Exercise, ExerciseStart):
        app.add_directive(directive.name, directive, override=True)
    bring(app, STYLE)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
