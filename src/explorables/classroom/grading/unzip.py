"""Reads a zip that nobody vouches for: paths are made from scratch, links and bombs are refused."""

from __future__ import annotations

import lzma
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from explorables.classroom.grading.course import CONTROL, LARGEST_BYTES, MOST_FILES, printable

MOST_ENTRIES = 200_000
LARGEST_ZIP = 20_000_000_000  # bytes, unpacked
ENTRY_BYTES = 300  # of a zip's table of contents, for each file
LONGEST_PATH = 1000  # bytes
BROKEN = (
    EOFError,
    IndexError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)


class opened:
    """A zip, checked as a whole before anything is read from it; use it in a `with`."""

    def __init__(self, path: Path) -> None:
        try:
            self.file = path.open("rb")
            self.archive = listed(self.file, MOST_ENTRIES)
        except ValueError as problem:
            raise ValueError(
                f"{path} {problem}: give the file that Canvas or Moodle offers with all submissions"
            ) from None
        entries = self.archive.infolist()
        if len(entries) > MOST_ENTRIES or sum(min(one.file_size, LARGEST_BYTES) for one in entries) > LARGEST_ZIP:
            self.archive.close()
            raise ValueError(
                f"{path} unpacks to more than {MOST_ENTRIES} files or {LARGEST_ZIP / 1e9:g} GB: nothing was taken"
            )

    def __enter__(self) -> zipfile.ZipFile:
        return self.archive

    def __exit__(self, *_: object) -> None:
        self.archive.close()
        self.file.close()


def listed(file: IO[bytes], most: int) -> zipfile.ZipFile:
    """A zip whose table of contents is no longer than one of so many files: Python reads it in whole.

    Raises
    ------
    ValueError
        If it is longer, or cannot be read; the message goes on from the zip's name.
    """
    try:
        end = zipfile._EndRecData(file)  # type: ignore[attr-defined]
        if end and end[zipfile._ECD_SIZE] > most * ENTRY_BYTES:  # type: ignore[attr-defined]
            raise ValueError(f"has more than {most} files")
        return zipfile.ZipFile(file)
    except BROKEN:
        raise ValueError("is no zip, or not one that can be read") from None
    except UnicodeDecodeError:
        raise ValueError("has a name that is no text") from None


def unsafe(entry: zipfile.ZipInfo) -> str:
    """Why an entry of a zip is not taken; empty when it is."""
    parts = entry.filename.split("/")
    if len(entry.filename.encode(errors="replace")) > LONGEST_PATH:
        return "not safe: its name is too long"
    if entry.orig_filename != entry.filename or "\\" in entry.filename or "\0" in entry.filename:
        return "not safe: its name has signs that no file's name has"
    if entry.filename.startswith("/") or ".." in parts or ":" in parts[0][:2]:
        return "not safe: its path leads out of the folder"
    if any(len(part.encode(errors="replace")) > 200 for part in parts) or len(parts) > 20:
        return "not safe: its name is too long"
    if CONTROL.search(entry.filename):
        return "not safe: its name has signs that no file's name has"
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "not safe: a link or a device"
    if entry.flag_bits & 1:
        return "it has a password"
    return ""


def beside(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry is none of a student's files, but a folder, or what a Mac or Jupyter keeps for itself."""
    return entry.is_dir() or bool({"__MACOSX", ".ipynb_checkpoints"} & {*entry.filename.split("/")})


def tidy(entry: zipfile.ZipInfo) -> str:
    """The path of an entry that is safe: relative, without empty steps, its letters composed as most systems write them."""
    steps = unicodedata.normalize("NFC", entry.filename).split("/")
    return "/".join(step for step in steps if step not in ("", "."))


def read(archive: zipfile.ZipFile, entries: Iterator[tuple[str, zipfile.ZipInfo]]) -> Iterator[tuple[str, bytes]]:
    """Names and contents, as long as there are not too many.

    Raises
    ------
    ValueError
        When there are.
    """
    left = LARGEST_BYTES
    for number, (name, entry) in enumerate(entries):
        try:
            with archive.open(entry) as file:
                content = file.read(left + 1)
        except (*BROKEN, OSError) as problem:
            if isinstance(problem, OSError) and problem.errno is not None:  # of the machine; bz2 has none
                raise
            raise ValueError(
                f"{printable(name)} cannot be unpacked: its data are damaged, or of a kind that is not known"
            ) from None
        left -= len(content)
        if left < 0 or number >= MOST_FILES:
            raise ValueError(f"it unpacks to more than {LARGEST_BYTES / 1e6:g} MB or {MOST_FILES} files")
        yield name, content
