"""Files of a course, each written in one move: whoever reads it meanwhile, or after a crash, finds the old one or the new."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any


def rewrite(path: Path, text: str, mode: int = 0o666) -> None:
    """Put a text in the place of a file.

    Parameters
    ----------
    path : Path
        Its folder is there.
    text : str
        As it stands: ends of lines stay as they are.
    mode : int
        Who may read and write it, as far as the system lets them.
    """
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)  # of a run that was killed, with rights of its own
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(handle, "w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV, under a header."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
