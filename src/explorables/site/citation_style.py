"""Sphinx extension: how the bibliography prints a source: who, what, where, when, address, and the day it was read."""

from __future__ import annotations

from typing import Any

from pybtex.plugin import register_plugin
from pybtex.style.formatting.unsrt import Style as Unsorted
from pybtex.style.template import field, first_of, href, optional, optional_field, sentence, words
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinxcontrib.bibtex import env_updated


def bare(address: str) -> str:
    """An address without its scheme, as people write it; the theme would otherwise cut those of some hosts short."""
    return address.split("://", 1)[-1].removesuffix("/")


class SourceStyle(Unsorted):
    """Entries sorted by author, each with its date as far as it is known and its address in full."""

    default_sorting_style = "author_year_title"

    def get_misc_template(self, entry: Any) -> Any:
        """Template of an entry; all entries of ``references.bib`` are of the type misc."""
        return words[
            sentence[self.format_names("author", as_sentence=False)],
            self.format_title(entry, "title"),
            sentence[optional_field("publisher"), first_of[optional_field("date"), "no date"]],
            optional[href[field("url", raw=True), field("url", raw=True, apply_func=bare)]],
            sentence[words["Read on", field("urldate")]],
        ]


def rest(app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
    """Where no page is read, keep the entries as the last build formatted them: to do it again would be half of the work."""
    for listener in list(app.events.listeners["env-updated"]):
        if not pages and listener.handler is env_updated:
            app.disconnect(listener.id)


def setup(app: Sphinx) -> dict[str, Any]:
    """Make the style known to ``bibtex_default_style`` as ``explorables``."""
    app.connect("env-before-read-docs", rest)
    register_plugin("pybtex.style.formatting", "explorables", SourceStyle)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
