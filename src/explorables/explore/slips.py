"""Slips between a number and the one asked for: units, prefixes, per cent, the sign. One table for exercises and self-checks.

A self-check knows its answer and lists the wrong numbers that slips lead to (`Slip.made`). An exercise knows hashes only, so
it asks what the answer would be if the given number were a slip (`Slip.meant`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

SECONDS = {
    "seconds": 1.0,
    "minutes": 60.0,
    "hours": 3600.0,
    "days": 86400.0,
    "weeks": 7 * 86400.0,
    "months": 365.25 / 12 * 86400,
    "years": 365.25 * 86400,
}
NEAR = 5  # tolerances within which a wrong number is called close


class Slip(NamedTuple):
    """A way to miss an answer: it comes out as ``factor * answer``, or as ``factor / answer`` where it is turned over."""

    factor: float
    says: str
    turned: bool = False

    def made(self, answer: float) -> float:
        """The wrong number that this slip makes of an answer other than 0."""
        return self.factor / answer if self.turned else self.factor * answer

    def meant(self, given: float) -> float:
        """The answer that this slip would have made the number `given` of, which is not 0."""
        return self.factor / given if self.turned else given / self.factor


def _plain(text: str, **values: str) -> str:
    """What is said, in English."""
    return text.format(**values)


def factors(_: Callable[..., str]) -> list[tuple[float, str, str]]:
    """Factors in either direction, with how they read and what usually lies behind them.

    What is likelier comes first, for questions whose tolerance covers two.
    """
    prefixes = _("count the zeros and the prefixes")
    return [
        (1e3, _("a thousand"), prefixes),
        (1e6, _("a million"), prefixes),
        (1e9, _("a billion"), prefixes),
        (1e12, _("a million million"), prefixes),
        (100, _("a hundred"), _("per cent and fractions are mixed up, or zeros miscounted")),
        (3600, "3,600", _("hours and seconds are mixed up")),
        (60, "60", _("minutes are mixed up with hours or seconds")),
        (24, "24", _("days and hours are mixed up")),
        (8760, "8,760", _("a year's hours, or power and energy, are mixed up")),
        (365, "365", _("days and years are mixed up")),
        (12, _("twelve"), _("months and years are mixed up")),
        (10, _("ten"), prefixes),
        (8, _("eight"), _("bits and bytes are mixed up")),
        (2, _("two"), _("something is counted twice, or by half")),
    ]


def slips(unit: str, _: Callable[..., str] = _plain) -> list[Slip]:
    """Slips that can happen to an answer in this unit, the likeliest first.

    Parameters
    ----------
    unit : str
        As in `explorables.explore.format.human` or in words, such as ``"machine hours"`` or ``"share (0 to 1)"``.
    _ : callable
        Says a message in another language: `explorables.site.i18n._`.
    """
    words = {
        "seconds": _("seconds"),
        "minutes": _("minutes"),
        "hours": _("hours"),
        "days": _("days"),
        "weeks": _("weeks"),
        "months": _("months"),
        "years": _("years"),
    }
    found = []
    for word in filter(SECONDS.__contains__, unit.split()):
        found += [
            Slip(
                SECONDS[word] / size,
                _("That is the answer in {other}; it is wanted in {word}.", other=words[other], word=words[word]),
            )
            for other, size in SECONDS.items()
            if other != word
        ]
    share = unit.startswith("share")
    if unit == "%":
        found.append(Slip(1 / 100, _("That is the share as a fraction; the answer is wanted in per cent.")))
    if share:
        found.append(Slip(100, _("That is in per cent; the answer is wanted as a share, where 1 is the whole.")))
    if share or unit in ("", "x", "%", "times"):
        says = _("That is the ratio the other way round: look at what is divided by what.")
        found.append(Slip(1, says, turned=True))
    for factor, times, why in factors(_):
        found += [
            Slip(factor, _("That is {times} times too large: {why}.", times=times, why=why)),
            Slip(1 / factor, _("That is {times} times too small: {why}.", times=times, why=why)),
        ]
    return [*found, Slip(-1, _("The size is right, the sign is not."))]


def nearly(tolerance: float, _: Callable[..., str] = _plain) -> str:
    """What to say of a number that lies within `NEAR` tolerances of the answer."""
    return _(
        "That is within {near} per cent of the answer, and {tolerance} per cent is asked for: look for a rounded or slightly different input.",
        near=f"{100 * NEAR * tolerance:.3g}",
        tolerance=f"{100 * tolerance:.3g}",
    )
