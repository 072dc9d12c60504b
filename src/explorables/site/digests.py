"""Hashes of content as a browser compares them."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path


def digest(content: bytes) -> str:
    """Hash as policies and integrity attributes write it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content).digest()).decode()}"


@cache
def _digest_of(file: Path, modified: int) -> str:
    return digest(file.read_bytes())


def content_digest(file: Path) -> str:
    """Hash of a file's content, for an integrity attribute."""
    return _digest_of(file.resolve(), file.stat().st_mtime_ns)
