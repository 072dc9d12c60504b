"""The world map: outlines from the project's own file, and classes that can be told apart without colour."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from hardware_phase.sources import map as worldmap
from hardware_phase.sources import shares

LABELS = ["low", "middle", "high"]
NAMES = {"CHN": "China", "FRA": "France", "JAM": "Jamaica", "SGP": "Singapore"}
MAP = worldmap.world_map(
    {"CHN": 2, "FRA": 0, "JAM": 1, "SGP": 1}, LABELS, NAMES, title="A <map>", description="Where", source="Nobody."
)


def area(rings) -> float:
    """Area of rings on the projection, in squared radii of the Earth."""
    total = 0.0
    for ring in rings:
        x, y = worldmap.equal_earth(*ring.T)
        total += (x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2
    return abs(total)


@pytest.mark.parametrize(
    ("code", "million_km2"), [("CHN", 9.4), ("USA", 9.5), ("BRA", 8.5), ("RUS", 16.9), ("COD", 2.3), ("AUS", 7.7)]
)
def test_areas_on_the_map_are_those_of_the_countries(code, million_km2):
    assert area(worldmap.outlines()[code]) * 6.371**2 == pytest.approx(million_km2, rel=0.06)


def test_the_poles_and_the_equator_lie_where_the_projection_puts_them():
    x, y = worldmap.equal_earth(np.array([180.0, 0, 0]), np.array([0.0, 0, 90]))
    assert x == pytest.approx([2.7066, 0, 0], abs=1e-3)
    assert y == pytest.approx([0, 0, 1.3173], abs=1e-3)


def test_no_outline_runs_across_the_map():
    for code, rings in worldmap.outlines().items():
        for ring in rings:
            assert np.abs(np.diff(ring[:, 0])).max() < 90, code


def test_every_economy_with_a_share_is_on_the_map():
    assert set(shares.deepseek().index) <= set(worldmap.outlines())


def test_patterns_are_told_apart_in_grey_and_higher_classes_are_darker(browser):
    six = worldmap.world_map(dict.fromkeys(NAMES, 0), list("abcdef"), NAMES, title="", description="", source="")
    page = browser.new_page()
    page.set_content(six._repr_html_())
    shots = [Image.open(io.BytesIO(swatch.screenshot())).convert("L") for swatch in page.locator("li svg").all()[:6]]
    page.close()
    grey = [np.asarray(shot)[2:-2, 2:-2].mean() for shot in shots]
    assert (np.diff(grey) < -10).all(), grey


def test_the_legend_names_the_members_of_small_classes_also_those_too_small_to_draw():
    html = MAP._repr_html_()
    assert "middle: Jamaica, Singapore" in html and "high: China" in html
    assert "<title>France: low</title>" in html
    assert "A &lt;map&gt;" in html and repr(MAP).splitlines()[1] == "  low: France"


@pytest.mark.parametrize(
    ("classes", "labels", "says"), [({"FRA": 3}, LABELS, "FRA has class 3"), ({}, list("abcdefg"), "7 classes")]
)
def test_a_class_without_a_pattern_is_refused(classes, labels, says):
    with pytest.raises(ValueError, match=says):
        worldmap.world_map(classes, labels, NAMES, title="", description="", source="")


def test_the_notebooks_map_shows_the_classes_of_its_dots():
    codes = shares.in_classes().set_index("iso3")
    assert codes.index[codes["column"] == 5].tolist() == sorted(
        ["BLR", "CHN", "CUB", "RUS"], key=list(codes.index).index
    )


@pytest.mark.parametrize("width", [1280, 390])
def test_the_map_is_drawn_without_a_script_and_fits(open_page, width):
    page = open_page(
        "controls-efficiency-adoption/adoption.html", width=width, scheme="dark", java_script_enabled=False
    ).page
    box = page.locator(".xp-map > svg").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width and box["height"] > box["width"] / 3
    ground = page.locator(".text_html", has=page.locator(".xp-map")).evaluate(
        "e => getComputedStyle(e).backgroundColor"
    )
    assert ground == "rgba(0, 0, 0, 0)"
