"""The look of every chart: one Altair theme whose colours are CSS variables, so that charts follow the reader's scheme.

A colour is written ``var(--xp-good, #0b7261)``: the page sets the variable for light and dark, and where no page does
(a notebook, an exported SVG) the fallback holds.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from explorables.book import current
from explorables.explore.format import NARROW, POWERS, SI_UNITS, SPACE

# Light and dark value of each colour, the book's own among them. Contrast with the page is at least 4.5:1 for text and 3:1 for marks; the tests
# check both, and that the series stay apart for colour-blind readers.
COLOURS: dict[str, tuple[str, str]] = {
    "text": ("#1f2933", "#e4e7eb"),
    "muted": ("#52606d", "#a9b4c0"),
    "line": ("#cbd2d9", "#3e4c59"),
    "paper": ("#ffffff", "#14181e"),
    "good": ("#0b7261", "#4fd1b5"),
    "bad": ("#a84b00", "#ffb067"),
    "neutral": ("#3e4a56", "#8c97a3"),
    "accent": ("#5b2a86", "#e0ccff"),
    "s1": ("#1d5fa8", "#7ab8ff"),
    "s2": ("#c2510a", "#ff9d5c"),
    "s3": ("#0b7261", "#4fd1b5"),
    "s4": ("#8a2f7c", "#f0a3e4"),
    "s5": ("#5c4a00", "#e6c84c"),
    "s6": ("#3e4a56", "#8c97a3"),
    "s7": ("#3d2c8d", "#9d7bff"),
    **current().colours,
}


class _Colours(dict):
    """The book's colours by name, as text for a chart; `series` lists those without a meaning of their own."""

    @property
    def series(self) -> list[str]:
        """The colours of lines, in the order in which they are used."""
        return [self[f"s{i}"] for i in range(1, 8)]


colour = _Colours({name: f"var(--xp-{name}, {light})" for name, (light, _) in COLOURS.items()})


def css() -> str:
    """The colours as CSS variables: light, dark by the theme's switch, and light again on paper."""

    def block(selector: str, scheme: int) -> str:
        named = COLOURS | {"action": COLOURS[current().accent]}  # of buttons, links and focus rings
        return selector + " {" + "".join(f"--xp-{name}: {pair[scheme]}; " for name, pair in named.items()) + "}"

    dark = 'html[data-theme="dark"], [data-jp-theme-light="false"]'
    return "\n".join([block(":root", 0), block(dark, 1), "@media print {", block("html[data-theme]", 0), "}"])


def number_text(value: str, unit: str = "", format: str = "") -> str:
    """A Vega expression that writes the number given by the expression `value` with magnitude words or SI prefixes.

    A `format`, as in `explorables.explore.format.human`, writes its decimals instead.
    """
    if format:
        before, after = (
            ("$", "")
            if unit.startswith("$")
            else ("", {"%": "%", "x": "×"}.get(unit, f"{NARROW}{unit}" if unit in SI_UNITS else ""))
        )
        scaled = f"100 * ({value})" if unit == "%" else value
        return f"'{before}' + format({scaled}, '{format.replace('%', 'f')}') + '{after}'"
    if unit == "%":
        return f"format({value}, '.3~%')"
    if unit in POWERS:
        return f"replace(format({value}, '.2~e'), 'e+', 'e')"
    if unit in SI_UNITS:
        return f"replace(format({value}, '.3~s'), regexp('([A-Za-zµ]?)$'), '{NARROW}$1{unit}')"
    small = f"(abs({value}) < 10000 ? format({value}, ',.4~r') : {large_text(value)})"
    if unit == "x":
        return f"{small} + '×'"
    return f"'$' + {small}" if unit.startswith("$") else small


def large_text(value: str) -> str:
    """A Vega expression that writes a number with English words of magnitude; the site puts those of its language there."""
    text = f"replace(format({value}, '.3~s'), regexp('[.]([0-9])k'), ',$100')"  # 12.5k is 12,500
    for prefix, word in (("k", ",000"), ("M", f"{SPACE}million"), ("G", f"{SPACE}billion"), ("T", f"{SPACE}trillion")):
        text = f"replace({text}, '{prefix}', '{word}')"
    return text


DAYS = "utcFormat(datum.value * 86400000"  # how a Vega expression begins that writes days since 1970-01-01


def unit_axis(unit: str, title: str | None = None, *, log: str = "", format: str = "", **options: Any) -> alt.Axis:
    """An axis whose numbers are written as `number_text` does; the title names a unit that the numbers do not.

    Parameters
    ----------
    unit, title : str
        Unit of the values, as in `explorables.explore.format.human`, and what the axis shows.
    log : {"", "x", "y"}
        The channel of an axis with a log scale: it is labelled at powers of ten, and at 2 and 5 where it is short.
    format : str
        As in `explorables.explore.format.human`.
    """
    said = unit in SI_UNITS or unit in ("", "%", "x", "$", "date")
    rest = unit[1:].lstrip("/") if unit.startswith("$") else unit
    if title is not None and not said:
        title = f"{title} ({'per ' + rest if unit.startswith('$/') else rest})"
    text = f"{DAYS}, '%Y')" if unit == "date" else number_text("datum.value", unit, format)
    if log:
        mantissa = "datum.value / pow(10, floor(log(datum.value) / LN10 + 1e-9))"
        short = f"domain('{log}')[1] < 1000 * domain('{log}')[0]"
        shown = f"abs({mantissa} - 1) < 1e-6 || {short} && (abs({mantissa} - 2) < 1e-6 || abs({mantissa} - 5) < 1e-6)"
        text = f"{shown} ? {text} : ''"
        for part in ("gridOpacity", "tickOpacity"):
            options.setdefault(part, {"condition": {"test": f"abs({mantissa} - 1) < 1e-6", "value": 0.6}, "value": 0})
    if title is not None:
        options["title"] = title
    return alt.Axis(labelExpr=text, **options)


def config() -> alt.theme.ConfigKwds:
    """Vega-Lite configuration of the book's charts."""
    muted, line = colour["muted"], colour["line"]
    font = "system-ui, sans-serif"
    axis: alt.theme.AxisConfigKwds = {
        "labelColor": muted,
        "titleColor": colour["text"],
        "gridColor": line,
        "gridOpacity": 0.6,
        "domainColor": line,
        "tickColor": line,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": 500,
        "labelPadding": 5,
        "labelFont": font,
        "titleFont": font,
        "labelOverlap": True,
        "labelSeparation": 6,
        "labelFlush": False,
        "titlePadding": 8,
    }
    upright: alt.theme.AxisConfigKwds = {
        "titleAngle": 0,
        "titleAlign": "left",
        "titleAnchor": "end",
        "titleBaseline": "bottom",
        "titleX": 0,
        "titleY": -8,
        "domain": False,
        "ticks": False,
        "titleLimit": 320,
    }
    return {
        "background": "transparent",
        "padding": {"left": 5, "top": 5, "right": 18, "bottom": 5},  # room for half of the last label
        "font": font,
        "view": {"stroke": None, "continuousHeight": 300, "continuousWidth": 640},
        "axis": axis,
        "axisX": {"grid": False},
        "axisY": upright,
        "legend": {
            "orient": "top",
            "title": None,
            "labelColor": colour["text"],
            "labelFontSize": 12,
            "labelFont": font,
            "symbolStrokeWidth": 3,
            "columns": {"expr": "width < 200 ? 1 : width < 480 ? 2 : 4"},  # type: ignore[typeddict-item] # its types know numbers only
            "labelLimit": 220,
            "columnPadding": 18,
            "titleColor": colour["text"],
            "offset": 24,
        },
        "header": {"labelColor": colour["text"], "titleColor": colour["text"], "labelFont": font, "titleFont": font},
        "title": {"color": colour["text"], "font": font, "anchor": "start", "fontSize": 14, "subtitleColor": muted},
        "range": {"category": colour.series},
        "line": {"color": colour["s1"], "strokeWidth": 2.5},
        "area": {"color": colour["s1"], "opacity": 0.3},
        "bar": {"color": colour["s1"]},
        "point": {"color": colour["s1"], "filled": True, "size": 60, "opacity": 0.9},
        "circle": {"color": colour["s1"], "opacity": 0.9},
        "tick": {"color": colour["s1"]},
        "rect": {"color": colour["line"]},
        "rule": {"color": muted},
        "text": {"color": colour["text"], "font": font, "fontSize": 12},
        "mark": {"aria": False},
    }


@alt.theme.register("explorables", enable=True)
def _theme() -> alt.theme.ThemeConfig:
    return alt.theme.ThemeConfig(config=config())
