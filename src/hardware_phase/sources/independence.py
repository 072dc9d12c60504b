"""What a number that comes out tests: a model against somebody else, or a source against itself."""

from __future__ import annotations

OUTSIDE = "model"
SHARED = "one source"
ARITHMETIC = "arithmetic"
SET = "set to come out"
KINDS = (OUTSIDE, SHARED, ARITHMETIC, SET)


def keys(text: object) -> set[str]:
    """Keys of the bibliography in a cell, separated by semicolons; none in an empty cell."""
    return {key.strip() for key in str(text).split(";") if key.strip()} if isinstance(text, str) else set()


def kind(source: object, inputs_from: object, *, printed: bool = True, fitted: bool = False) -> str:
    """What the comparison of a published figure with a computed one tests.

    Parameters
    ----------
    source : str
        Keys of the sources of the published figure, separated by semicolons.
    inputs_from : str, optional
        Keys of the sources of what the computation takes; nothing if they are those of the figure.
    printed : bool
        Whether the source prints the figure. If not, it follows from printed ones and tests the arithmetic alone.
    fitted : bool
        Whether the model was made to give the figure.

    Returns
    -------
    str
        One of `KINDS`. Only `OUTSIDE` says anything about a model: the two sides have no source in common.
    """
    if fitted:
        return SET
    if not printed:
        return ARITHMETIC
    return OUTSIDE if keys(inputs_from) and not keys(inputs_from) & keys(source) else SHARED
