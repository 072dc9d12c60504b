"""Formulas as MathML, made when the book is built: no script, no fonts, and a screen reader can read them."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from latex2mathml import exceptions
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)

# The converter's errors have no class of their own in common.
ERRORS = tuple(kind for kind in vars(exceptions).values() if isinstance(kind, type) and issubclass(kind, Exception))


def mathml(latex: str, display: str, node: nodes.Element) -> str:
    """A formula as MathML.

    Parameters
    ----------
    latex : str
        The formula in LaTeX.
    display : {"inline", "block"}
        Whether it stands in a line or by itself.
    node : docutils.nodes.Element
        Where it comes from, for the warning when a command is unknown.

    Returns
    -------
    str
        A ``<math>`` element.
    """
    try:
        result = convert(latex, display=display)
    except ERRORS as error:
        logger.warning("formula %r: %s", latex, error or type(error).__name__, location=node, type="maths")
        return ""
    unknown = re.search(r"\\[A-Za-z]+", result)
    if unknown:
        logger.warning("formula %r: unknown command %s", latex, unknown[0], location=node, type="maths")
    return result


def visit_inline(self: Any, node: nodes.math) -> None:
    """Write a formula that stands in a line."""
    self.body.append(mathml(node.astext(), "inline", node))
    raise nodes.SkipNode


def visit_block(self: Any, node: nodes.math_block) -> None:
    """Write a formula that stands by itself, with its number if it has one."""
    # Wide formulas scroll by themselves; that needs the keyboard's focus.
    self.body.append(self.starttag(node, "div", CLASS="math", tabindex="0"))
    if node["number"]:
        number = get_node_equation_number(self, node)
        self.body.append(f'<span class="eqno">({number})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append(mathml(node.astext(), "block", node))
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Offer the renderer to Sphinx under the name ``mathml``."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
