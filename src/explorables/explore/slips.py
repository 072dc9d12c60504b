"""Slips between a number and the one asked for: units, prefixes, per cent, the sign. One table for exercises and self-checks.

A self-check knows its answer and lists the wrong numbers that slips lead to (`Slip.made`). An exercise knows hashes only, so
it asks what the answer would be if the given number were a slip (`Slip.meant`).
"""

from __future__ import annotations

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
PREFIXES = "count the zeros and the prefixes"
# Factors in either direction, with how they read and what usually lies behind them. What is likelier comes first, for
# questions whose tolerance covers two.
FACTORS = (
    (1e3, "a thousand", PREFIXES),
    (1e6, "a million", PREFIXES),
    (1e9, "a billion", PREFIXES),
    (1e12, "a million million", PREFIXES),
    (100, "a hundred", "per cent and fractions are mixed up, or zeros miscounted"),
    (3600, "3,600", "hours and seconds are mixed up"),
    (60, "60", "minutes are mixed up with hours or seconds"),
    (24, "24", "days and hours are mixed up"),
    (8760, "8,760", "a year's hours, or power and energy, are mixed up"),
    (365, "365", "days and years are mixed up"),
    (12, "twelve", "months and years are mixed up"),
    (10, "ten", PREFIXES),
    (8, "eight", "bits and bytes are mixed up"),
    (2, "two", "something is counted twice, or by half"),
)
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


def slips(unit: str) -> list[Slip]:
    """Slips that can happen to an answer in this unit, the likeliest first.

    Parameters
    ----------
    unit : str
        As in `explorables.explore.format.human` or in words, such as ``"machine hours"`` or ``"share (0 to 1)"``.
    """
    found = []
    for word in filter(SECONDS.__contains__, unit.split()):
        found += [
            Slip(SECONDS[word] / size, f"That is the answer in {other}; it is wanted in {word}.")
            for other, size in SECONDS.items()
            if other != word
        ]
    share = unit.startswith("share")
    if unit == "%":
        found.append(Slip(1 / 100, "That is the share as a fraction; the answer is wanted in per cent."))
    if share:
        found.append(Slip(100, "That is in per cent; the answer is wanted as a share, where 1 is the whole."))
    if share or unit in ("", "x", "%", "times"):
        found.append(Slip(1, "That is the ratio the other way round: look at what is divided by what.", turned=True))
    for factor, times, why in FACTORS:
        found += [
            Slip(factor, f"That is {times} times too large: {why}."),
            Slip(1 / factor, f"That is {times} times too small: {why}."),
        ]
    return [*found, Slip(-1, "The size is right, the sign is not.")]


def nearly(tolerance: float) -> str:
    """What to say of a number that lies within `NEAR` tolerances of the answer."""
    return (
        f"That is within {100 * NEAR * tolerance:.3g} per cent of the answer, and {100 * tolerance:.3g} per cent is asked for: "
        "look for a rounded or slightly different input."
    )
