"""The readouts of an explorer as a script, made when the book is built: a page answers before Vega has been loaded.

A recorded formula is an expression of JavaScript already, so little is left to do: each named value becomes a place in a
list, and statements that repeat (`explorables.explore.repeats`) become a loop. The script stands beside its explorer until
the site is written; then those of a page become one file, which the pages' policy allows as it does their other scripts.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorables.explore.repeats import HOLE

if TYPE_CHECKING:  # a kernel, which has no Sphinx, writes these scripts too
    from sphinx.application import Sphinx

    from explorables.site.html_pages import Page, Site

FOLDER = "_static/models"
KIND = "xp-model"  # class of the script beside an explorer
# Texts stay as they are; then names of values, numbers that change from time to time, and functions.
_PARTS = re.compile(rf'("(?:\\.|[^"\\])*")|\b([sv])({HOLE}|\d+)(?!\w)|{HOLE}|\b([a-zA-Z]\w*)(?=\()')
_OF_NUMBERS = ("isNaN", "isFinite")  # those of Number, as Vega has them; all others are those of Math


class Script:
    """Statements of a model written in JavaScript, and what they need around them."""

    def __init__(self) -> None:
        self.functions: set[str] = set()
        self.lists: dict[str, str] = {}  # numbers of statements that repeat: their name

    def lines(self, statements: Iterable[Mapping[str, Any]]) -> Iterator[str]:
        """The statements, in their order."""
        for one in statements:
            if "times" in one:
                series = [one["by"][s] if isinstance(s, int) else s for s in one["by"]]
                holes = iter([self._place(s) for s in series])
                body = "".join(self._assigned(name, text, holes) for name, text in one["of"])
                yield f"for(let k=0;k<{one['times']};k++){{{body}}}"
            elif "update" in one:
                yield self._assigned(one["name"], one["update"], iter(()))

    def _assigned(self, name: str, text: str, holes: Iterator[str]) -> str:
        return f"{self._written(name, holes)}={self._written(text, holes)};"

    def _place(self, series: Any) -> str:
        """What a hole holds the k-th time: a text that stays, a start and a step, or numbers of a list."""
        if isinstance(series, str):
            return series
        if isinstance(series, list):
            return f"{series[0]!r}+{series[1]!r}*k"
        numbers = json.dumps(series["values"])
        return f"{self.lists.setdefault(numbers, f't{len(self.lists)}')}[k]"

    def _written(self, text: str, holes: Iterator[str]) -> str:
        def part(found: re.Match[str]) -> str:
            words, kind, number, function = found.groups()
            if words:
                return words.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
            if function:
                self.functions.add(function)
                return function
            place = next(holes) if number in (HOLE, None) else number
            return f"{kind}[{place}]" if kind else f"({place})" if "*k" in place else place

        return _PARTS.sub(part, text)


def script(name: str, signals: Iterable[Mapping[str, Any]], wanted: Iterable[str]) -> str:
    """A script that puts a model's function into ``xpModels``: from its inputs to the values that are wanted, by name.

    Parameters
    ----------
    name : str
        Of the explorer.
    signals : iterable of dict
        Inputs, with a value, and statements, as an explorer's payload has them.
    wanted : iterable of str
        Names of inputs or statements.

    Examples
    --------
    >>> print(script("sum", [{"name": "in_a", "value": 1}, {"name": "v0", "update": "max(in_a, 2)"}], ["v0"]))
    (self.xpModels??={})["sum"]=(({max})=>({in_a})=>{const s=[],v=[];v[0]=max(in_a, 2);return{v0:v[0]}})(Math);
    """
    signals = list(signals)
    made = Script()
    body = "".join(made.lines(signals))
    inputs = ",".join(one["name"] for one in signals if "value" in one)
    result = ",".join(f"{one}:{made._written(one, iter(()))}" for one in dict.fromkeys(wanted))
    of_math = ",".join(sorted(made.functions - set(_OF_NUMBERS)))
    of_numbers = ",".join(sorted(made.functions & set(_OF_NUMBERS)))
    given, names = ["Math"], [f"{{{of_math}}}"]
    if of_numbers:
        given, names = [*given, "Number"], [*names, f"{{{of_numbers}}}"]
    for numbers, variable in made.lists.items():
        given, names = [*given, numbers], [*names, variable]
    return (
        f"(self.xpModels??={{}})[{json.dumps(name)}]=(({','.join(names)})=>({{{inputs}}})=>"
        f"{{const s=[],v=[];{body}return{{{result}}}}})({','.join(given)});"
    )


def of(payload: Mapping[str, Any]) -> str:
    """The script of an explorer: its readouts, and which of its controls change nothing and why."""
    wanted = [one["signal"] for one in payload["readouts"]]
    for control in payload["controls"]:
        if "idle" in control:
            wanted += [control["idle"]["effect"], *(signal for _names, signal in control["idle"]["reasons"])]
    return script(payload["id"], payload["model"]["signals"], wanted)


# A script waits for the style sheet before it. So what moves the charts is asked for when the page can be shown, and not
# beside what it waits for.
EARLY = (
    "{const own=document.querySelector('script[data-vega]'),link=document.createElement('link');link.rel='preload';"
    "link.as='script';link.href=new URL(own.dataset.vega,own.src);document.head.append(link)}"
)


def publish(app: Sphinx, site: Site) -> None:
    """Put the scripts beside a page's explorers into one file, which the page loads with its own script."""
    kept = set()
    for page in site.pages:
        file = site.folder / FOLDER / page.file.relative_to(site.folder).with_suffix(".js")
        if beside := page.elements(f"script.{KIND}"):
            text = "\n".join(one.text() for one in beside) + "\n"
            for one in beside:
                one.decompose()
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            _load(page, file, text)
        if page.tree.css_first("script[data-models]") is not None:
            kept.add(file)
    for old in (site.folder / FOLDER).rglob("*.js"):
        if old not in kept:
            old.unlink()


def _load(page: Page, file: Path, text: str) -> None:
    """Have a page load the script of its models before its own, which asks for it again where that fails."""
    (own,) = page.elements("script[data-vega]")
    place = (own.attributes["src"] or "").rpartition("/")[0]
    address = Path(os.path.relpath(file, page.file.parent / place)).as_posix()
    own.attrs["data-models"] = f"{address}?v={hashlib.sha256(text.encode()).hexdigest()[:8]}"
    made = page.tree.create_node("script")
    made.attrs["src"] = f"{place}/{own.attrs['data-models']}"
    made.attrs["data-own"], made.attrs["defer"] = "", "defer"
    own.insert_before(made)
    first, *_ = page.elements(".xp-explorer")
    asking = page.tree.create_node("script")
    asking.attrs["class"] = "xp-early"
    asking.insert_child(EARLY)
    first.insert_before(asking)
