"""A number stays on a line with its unit."""

from __future__ import annotations

import html

import pytest

from explorables.site.spaces import BEFORE_UNIT

JOINED = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize("text", ["16 %", "340 GW", "3,119.5 TWh", "7 nm", "80 GB", "2 TB/s", "5 PFLOP"])
def test_a_unit_stays_with_its_number(text):
    assert BEFORE_UNIT.sub(JOINED, f"about {text}, and") == f"about {text.replace(' ', JOINED)}, and"


@pytest.mark.parametrize("text", ["in 2025 Wind grew", "910 Bits", "7 nm-class"])
def test_words_break_as_before(text):
    assert BEFORE_UNIT.sub(JOINED, text) == text


def test_pages_keep_them_together(site):
    page = html.unescape((site / "controls-efficiency-adoption/inference.html").read_text(encoding="utf-8"))
    assert f"93.3{JOINED}% saving" in page
