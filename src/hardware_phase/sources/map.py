"""A map of the world as plain SVG, filled with patterns that grow denser from class to class and need no colour.

The outlines are ``data/world.topojson``: Natural Earth's countries at 1:110 million (public domain) as packed in
world-atlas 2.0.2, with fewer points, without Antarctica and the smallest islands, and with ISO 3166 alpha-3 codes for names.
They say nothing about who owns what.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import pairwise

import numpy as np

from explorables.explore import colour
from hardware_phase import data

WIDTH = 1000  # of the drawing, in its own units
INK = colour["china"]
# What fills a class, from the lowest to the highest: side of the tile, and what is drawn in it.
_PATTERNS = (
    (10, ""),
    (10, '<circle cx="5" cy="5" r="1.8"/>'),
    (9, '<path d="M-1,1l2,-2M0,9l9,-9M8,10l2,-2" stroke-width="1.2"/>'),
    (5, '<path d="M-1,1l2,-2M0,5l5,-5M4,6l2,-2" stroke-width="1.4"/>'),
    (5, '<path d="M-1,1l2,-2M0,5l5,-5M4,6l2,-2M-1,4l2,2M0,0l5,5M4,-1l2,2" stroke-width="1.5"/>'),
    (5, '<path d="M0,0h5v5h-5z"/>'),
)


def equal_earth(longitude: np.ndarray, latitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places on the Equal Earth projection, in which areas keep their proportions.

    Parameters
    ----------
    longitude, latitude : array
        Degrees.

    Returns
    -------
    tuple of array
        x (from -2.71 to 2.71) and y (from -1.32 to 1.32, north up), radii of the Earth.

    References
    ----------
    Šavrič, Patterson, Jenny (2018), The Equal Earth map projection.
    """
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    t = np.arcsin(np.sqrt(3) / 2 * np.sin(np.radians(latitude)))
    slope = 9 * a4 * t**8 + 7 * a3 * t**6 + 3 * a2 * t**2 + a1
    x = 2 * np.sqrt(3) * np.radians(longitude) * np.cos(t) / (3 * slope)
    return x, t * (a4 * t**8 + a3 * t**6 + a2 * t**2 + a1)


@cache
def outlines() -> dict[str, list[np.ndarray]]:
    """Rings of each country by its code: arrays of longitude and latitude in degrees, shape (points, 2)."""
    topology = json.loads((data.folder / "world.topojson").read_text(encoding="utf-8"))
    scale, shift = (np.array(topology["transform"][name]) for name in ("scale", "translate"))
    arcs = [np.cumsum(arc, axis=0) * scale + shift for arc in topology["arcs"]]

    def ring(numbers: Sequence[int]) -> np.ndarray:
        parts = [arcs[n] if n >= 0 else arcs[~n][::-1] for n in numbers]  # ~n: the arc backwards
        return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])

    found = {}
    for country in topology["objects"]["countries"]["geometries"]:
        polygons = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
        found[country["id"]] = [piece for polygon in polygons for numbers in polygon for piece in _cut(ring(numbers))]
    return found


def _cut(ring: np.ndarray) -> list[np.ndarray]:
    """A ring in pieces that end at the date line, where it crosses that."""
    longitude, pieces = np.unwrap(ring[:, 0], period=360), []
    for turn in (-360, 0, 360):
        shifted = longitude + turn
        inside = np.abs(shifted) < 180
        near = inside | np.roll(inside, 1) | np.roll(inside, -1)  # with the points at which it leaves
        if inside.any():
            pieces.append(np.column_stack([np.clip(shifted, -180, 180), ring[:, 1]])[near])
    return pieces


@cache
def _paths() -> tuple[dict[str, str], int]:
    """The outline of each country as the path of an SVG drawing, and the drawing's height."""
    placed = {code: [equal_earth(*ring.T) for ring in rings] for code, rings in outlines().items()}
    x, y = (np.concatenate([ring[i] for rings in placed.values() for ring in rings]) for i in (0, 1))
    unit = WIDTH / (x.max() - x.min())
    paths = {}
    for code, rings in placed.items():
        path = ""
        for ring in rings:
            points = np.rint(np.column_stack([ring[0] - x.min(), y.max() - ring[1]]) * unit).astype(int)
            steps = [f"{b - a:d},{d - c:d}" for (a, c), (b, d) in pairwise(points.tolist()) if (a, c) != (b, d)]
            if len(steps) > 2:
                path += f"M{points[0][0]},{points[0][1]}l{' '.join(steps[:-1])}z"
        paths[code] = path
    return paths, int(np.ceil((y.max() - y.min()) * unit))


@dataclass(frozen=True)
class WorldMap:
    """Countries by class, which a notebook shows as a map with a legend. Made by `world_map`."""

    classes: Mapping[str, int]
    labels: Sequence[str]
    names: Mapping[str, str]
    title: str
    description: str
    source: str
    id: str

    def members(self, number: int) -> list[str]:
        """Names of the countries of a class, also of those too small to be drawn."""
        return sorted(self.names[code] for code, found in self.classes.items() if found == number)

    def __repr__(self) -> str:
        lines = [f"  {label}: {', '.join(self.members(n)) or 'none'}" for n, label in enumerate(self.labels)]
        return "\n".join([self.title, *lines])

    def _repr_html_(self) -> str:
        paths, height = _paths()
        tiles = "".join(
            f'<pattern id="{self.id}-{n}" width="{side}" height="{side}" patternUnits="userSpaceOnUse" fill="{INK}" '
            f'stroke="{INK}" stroke-width="0">{drawn}</pattern>'
            for n, (side, drawn) in enumerate(_PATTERNS[: len(self.labels)])
        )
        # A pattern is laid over all countries of its class at once: for print, Chromium makes an image of each shape that has one.
        shapes = ""
        for n in range(len(self.labels)):
            members = "".join(path for code, path in paths.items() if self.classes.get(code) == n)
            shapes += f'<path d="{members}" fill="url(#{self.id}-{n})" stroke="none"/>'
        for code, path in paths.items():
            if code in self.classes:
                said = f"<title>{escape(self.names[code])}: {escape(self.labels[self.classes[code]])}</title>"
                shapes += f'<path d="{path}" fill="transparent">{said}</path>'
            else:
                shapes += f'<path d="{path}" fill="{colour["line"]}" stroke="none"/>'
        legend = "".join(
            self._entry(f"url(#{self.id}-{n})", label, self.members(n)) for n, label in enumerate(self.labels)
        )
        return (
            f'<figure class="xp-map"><figcaption><strong>{escape(self.title)}</strong><br>'
            f"<small>{escape(self.source)}</small></figcaption>"
            f'<svg role="img" aria-label="{escape(self.description)}" viewBox="0 0 {WIDTH} {height}" width="100%" '
            f'stroke="{colour["muted"]}" stroke-width="0.7" fill="none"><defs>{tiles}</defs>{shapes}</svg>'
            f'<ul style="display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; list-style: none; padding: 0; margin: 0.5rem 0 0">'
            f"{legend}{self._entry(colour['line'], 'no figure', [])}</ul></figure>"
        )

    @staticmethod
    def _entry(fill: str, label: str, members: Sequence[str]) -> str:
        """A line of the legend; a class with few members names them."""
        swatch = (
            f'<svg aria-hidden="true" width="28" height="16" style="vertical-align: -3px"><rect x="0.5" y="0.5" width="27" '
            f'height="15" fill="{fill}" stroke="{colour["muted"]}"/></svg>'
        )
        who = f": {', '.join(members)}" if len(members) < 6 else f" ({len(members)})"
        return f"<li>{swatch} {escape(label)}{escape(who) if members else ''}</li>"


def world_map(
    classes: Mapping[str, int],
    labels: Sequence[str],
    names: Mapping[str, str],
    *,
    title: str,
    description: str,
    source: str,
    id: str = "world",
) -> WorldMap:
    """A map on which each class of countries has a pattern of its own, denser for higher classes.

    Parameters
    ----------
    classes : mapping
        ISO 3166 alpha-3 code to the number of the class, from 0.
    labels : sequence of str
        What the classes are, from the lowest; at most six.
    names : mapping
        Code to the country's name, for all codes of `classes`.
    title, description, source : str
        Heading, what the map shows for those who do not see it, and the source line.
    id : str
        Unique on a page.

    Raises
    ------
    ValueError
        If there are more classes than patterns, or a country's class has no label.
    """
    if len(labels) > len(_PATTERNS):
        raise ValueError(f"labels: {len(labels)} classes, and there are patterns for {len(_PATTERNS)}")
    wrong = [code for code, number in classes.items() if not 0 <= number < len(labels)]
    if wrong:
        raise ValueError(f"classes: {wrong[0]} has class {classes[wrong[0]]}, and labels has {len(labels)} entries")
    return WorldMap(dict(classes), list(labels), dict(names), title, description, source, id)
