"""The templates that pieces of a page are written by."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from explorables.site.i18n import _

PIECES = Path(__file__).parent / "pieces"  # apart from templates/, which Sphinx looks in for those of whole pages


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(PIECES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["say"] = _
    return made


def render(template: str, **values: Any) -> Markup:
    """A piece of a page: what a template in `PIECES` makes of values, which it escapes."""
    return Markup(_environment().get_template(template).render(values))
