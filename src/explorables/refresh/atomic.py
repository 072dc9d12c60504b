"""Write several files so that a reader finds each as it was or as it will be, and a failure leaves all as they were."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def replace(files: Mapping[Path, bytes]) -> None:
    """Write files: first all beside their places, then each moved into place.

    Parameters
    ----------
    files : mapping
        Path to content. Folders must exist.

    Raises
    ------
    OSError
        If one cannot be written; then none is changed.
    """
    fresh = {path: path.with_name(f".{path.name}.new") for path in files}
    try:
        for path, content in files.items():
            with fresh[path].open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for path in files:
            fresh[path].replace(path)
    finally:
        for left in fresh.values():
            left.unlink(missing_ok=True)
