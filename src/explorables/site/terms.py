"""Sphinx extension: the first time that a page uses an abbreviation of the glossary, it links to the glossary."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from explorables.book import current

BLOCK = re.compile(r"```\{glossary\}\n(.*?)```", re.DOTALL)
TERM = re.compile(r"^(\S.*)$", re.MULTILINE)


def abbreviations(text: str) -> list[str]:
    """Terms of a glossary that begin with two capitals; others are words that stand in the text by themselves.

    Parameters
    ----------
    text : str
        Markdown with a ``{glossary}`` directive.
    """
    block = BLOCK.search(text)
    return [term for term in TERM.findall(block[1]) if re.match(r"[A-Z]{2}[\w ]*$", term)] if block else []


class LinkTerms(SphinxTransform):
    """Link each abbreviation where a page's running text first has it."""

    default_priority = 500

    def apply(self, **kwargs: Any) -> None:
        """Replace the first use of each term in the text of paragraphs."""
        glossary = current().pages.get("glossary")
        if glossary not in self.env.found_docs or self.env.docname == glossary:
            return
        file = Path(self.env.doc2path(glossary))
        self.env.note_dependency(str(file))
        for term in abbreviations(file.read_text(encoding="utf-8")):
            use = re.compile(rf"(?<![\w/-]){re.escape(term)}(?![\w/-])")
            for text in self.document.findall(nodes.Text):
                if isinstance(text.parent, nodes.paragraph) and (found := use.search(text)):
                    before, after = text[: found.start()], text[found.end() :]
                    text.parent.replace(text, [nodes.Text(before), self.link(term), nodes.Text(after)])
                    break

    def link(self, term: str) -> nodes.Node:
        """Reference to a term, which Sphinx resolves when all pages are read."""
        label = nodes.inline(term, term, classes=["xref", "std", "std-term"])
        target = {"refdomain": "std", "reftype": "term", "reftarget": term, "refexplicit": True, "refwarn": True}
        return addnodes.pending_xref("", label, refdoc=self.env.docname, **target)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.add_transform(LinkTerms)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
