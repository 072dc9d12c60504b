"""Hashes of content as a browser compares them."""

from __future__ import annotations

import base64
import hashlib


def digest(content: bytes) -> str:
    """Hash as policies write it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content).digest()).decode()}"
