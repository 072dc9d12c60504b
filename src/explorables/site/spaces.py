"""Sphinx extension: a number in running text does not part from its unit at the end of a line."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from explorables.book import current
from explorables.explore.format import SI_UNITS

_SIGNS = "|".join(sorted(map(re.escape, {*SI_UNITS, *current().units}), key=len, reverse=True))
# The space between a digit and a unit that is a sign: 16 %, 340 GW, 24 TWh, 7 nm, 80 GB.
BEFORE_UNIT = re.compile(rf"(?<=\d) (?=(?:%|[QRYZEPTGMkmµnpfaz]?(?:{_SIGNS}))(?![\w-]))")


class KeepUnits(SphinxTransform):
    """Put a no-break space before each unit in text that is not code."""

    default_priority = 600

    def apply(self, **kwargs: Any) -> None:
        """Replace the spaces in the document."""
        for text in list(self.document.findall(nodes.Text)):
            if isinstance(text.parent, nodes.literal | nodes.literal_block | nodes.math | nodes.math_block | nodes.raw):
                continue
            kept = BEFORE_UNIT.sub("\N{NO-BREAK SPACE}", text)
            if kept != text:
                text.parent.replace(text, nodes.Text(kept))


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.add_transform(KeepUnits)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
