"""Sphinx extension: ``{verdict}`L-05` `` is what the evidence says of a claim, with a link to it on the ledger."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from explorables.book import current
from explorables.site.i18n import _
from hardware_phase.evidence import squares
from hardware_phase.evidence.verdicts import VERDICTS

logger = logging.getLogger(__name__)


class Verdict(SphinxRole):
    """The verdict of the claim that is named."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """A badge that links to the claim; a warning, at which a build of the book stops, where there is none."""
        claims = current().data.load("claims").set_index("id")
        if self.text not in claims.index:
            logger.warning("{verdict}`%s`: claims.csv has no such claim", self.text, location=self.get_location())
            return [nodes.Text(self.text)], []
        verdict = claims.loc[self.text, "verdict"]
        link = pending_xref(
            "",
            nodes.inline("", _(VERDICTS[verdict])),
            refdomain="std",
            reftype="ref",
            reftarget=self.text.lower(),
            refexplicit=True,
            refwarn=True,
            refdoc=self.env.docname,
        )
        # The classes stand around the link, because Sphinx makes a link of its own of what stands in it.
        classes = ["xp-aside", "xp-verdict", f"xp-verdict-{squares.slug(verdict)}"]
        return [nodes.inline("", "", nodes.raw("", squares.mark(verdict), format="html"), link, classes=classes)], []


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.add_role("verdict", Verdict())
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
