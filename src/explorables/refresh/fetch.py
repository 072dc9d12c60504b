"""Fetch a file over HTTP: with patience, a cache, and no trust in what comes."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

from explorables.refresh.atomic import replace
from explorables.refresh.upstream import UpstreamError

TRIES = 4
LONGEST_WAIT_S = 60.0  # that a publisher may ask for; longer is an error that says so
LARGEST = 200_000_000  # bytes
STEPS = 5  # hosts or paths that a file may be sent on to, one after another
BUSY = {429, 500, 502, 503, 504}
REFUSED = {401, 403}


@dataclass(frozen=True)
class Answer:
    """A file as it came.

    Attributes
    ----------
    address : str
    body : bytes
    fetched : str
        The day, as YYYY-MM-DD.
    fresh : bool
        Whether it came over the network just now and differs from the copy that was kept.
    """

    address: str
    body: bytes
    fetched: str
    fresh: bool = True

    @property
    def digest(self) -> str:
        """Its SHA-256."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass
class Fetcher:
    """Fetches files, and keeps each until its publisher has another.

    Attributes
    ----------
    cache : pathlib.Path
        Folder of the copies.
    say : callable
        Where progress goes.
    pause_s : float
        Before the second try; twice as long before each further one.
    offline : bool
        Use the copies and ask nobody.
    agent : str
        Who asks, as the publisher is told.
    """

    cache: Path
    say: Callable[[str], None] = print
    pause_s: float = 1.0
    offline: bool = False
    agent: str = "explorables-refresh"

    def get(self, address: str, hosts: tuple[str, ...] = (), key: str = "") -> Answer:
        """Fetch a file.

        Parameters
        ----------
        address : str
        hosts : tuple of str
            Hosts that it may be sent on to, beside its own.
        key : str
            The reader's key, which its own host is shown as a bearer token, and no other.

        Raises
        ------
        UpstreamError
            If it does not come whole, is a web page, is sent on to another host, or the publisher asks to wait.
        """
        kept = self._kept(address)
        if self.offline:
            if kept is None:
                raise UpstreamError(f"{address}: no copy of it is kept here; run this once with a network")
            return kept[0]
        for attempt in range(TRIES):
            try:
                return self._ask(address, hosts, kept, key)
            except _LaterError as problem:
                wait = problem.wait_s if problem.wait_s is not None else self.pause_s * 2**attempt
                if wait > LONGEST_WAIT_S:
                    raise UpstreamError(
                        f"{address}: {problem}, and to wait {wait:.0f} s; run this again after that"
                    ) from None
                if attempt == TRIES - 1:
                    raise UpstreamError(f"{address}: {problem}, {TRIES} times in a row; try again later") from None
                self.say(f"  {problem}; trying again in {wait:.3g} s")
                time.sleep(wait)
        raise AssertionError("unreachable")

    def _ask(
        self, address: str, hosts: tuple[str, ...], kept: tuple[Answer, dict[str, str]] | None, key: str
    ) -> Answer:
        headers = {"user-agent": self.agent} | (kept[1] if kept else {})
        with httpx.Client(timeout=60, headers=headers, follow_redirects=False) as client:
            where = address
            for _ in range(STEPS):
                try:
                    own = key and urlsplit(where).netloc == urlsplit(address).netloc
                    with client.stream(
                        "GET", where, headers={"authorization": f"Bearer {key}"} if own else {}
                    ) as reply:
                        if reply.has_redirect_location:
                            where = _sent_on(address, urljoin(where, reply.headers["location"]), hosts)
                            continue
                        return self._take(address, reply, kept)
                except httpx.TransportError as problem:
                    raise _LaterError(f"the connection failed ({problem or type(problem).__name__})") from problem
        raise UpstreamError(f"{address}: sent on more than {STEPS} times")

    def _take(self, address: str, reply: httpx.Response, kept: tuple[Answer, dict[str, str]] | None) -> Answer:
        if reply.status_code == 304 and kept:
            self.say(f"  {address}: as it was on {kept[0].fetched}")
            return kept[0]
        if reply.status_code in BUSY:
            raise _LaterError(f"the publisher answers {reply.status_code} {reply.reason_phrase}", _wait(reply))
        if reply.status_code in REFUSED:
            raise UpstreamError(
                f"{address}: the publisher answers {reply.status_code} {reply.reason_phrase}: it wants a key, or another one"
            )
        if reply.status_code != 200:
            raise UpstreamError(
                f"{address}: the publisher answers {reply.status_code} {reply.reason_phrase}; has the file moved?"
            )
        body = self._body(address, reply)
        if "html" in reply.headers.get("content-type", "") or body.lstrip()[:15].lower().startswith(
            (b"<!doctype", b"<html")
        ):
            raise UpstreamError(f"{address}: a web page came instead of the file; look at it in a browser")
        answer = Answer(address, body, datetime.now(UTC).date().isoformat(), kept is None or kept[0].body != body)
        self._keep(answer, reply.headers)
        return answer

    def _body(self, address: str, reply: httpx.Response) -> bytes:
        total, body, told = int(reply.headers.get("content-length", 0)), bytearray(), 0.0
        for part in reply.iter_bytes():
            body += part
            if len(body) > LARGEST:
                raise UpstreamError(f"{address}: more than {LARGEST / 1e6:.0f} MB")
            if time.monotonic() - told > 1:
                told = time.monotonic()
                of = f" of {total / 1e6:.1f}" if total else ""
                self.say(f"  {address}: {len(body) / 1e6:.1f}{of} MB")
        told_length = {"content-length", "transfer-encoding"} & set(reply.headers)
        if not told_length and not body.rstrip(b" ").endswith((b"\n", b"]", b"}")):
            raise _LaterError("the file came without its length and ends within a line, so it may be cut off")
        return bytes(body)

    def _files(self, address: str) -> tuple[Path, Path]:
        name = hashlib.sha256(address.encode()).hexdigest()[:20]
        return self.cache / f"{name}.body", self.cache / f"{name}.json"

    def _kept(self, address: str) -> tuple[Answer, dict[str, str]] | None:
        """The copy of a file, and what to ask its publisher so that it comes only if it has changed."""
        body, about = self._files(address)
        if not (body.is_file() and about.is_file()):
            return None
        said = json.loads(about.read_text(encoding="utf-8"))
        answer = Answer(address, body.read_bytes(), said["fetched"], fresh=False)
        return (answer, said["ask"]) if said["sha256"] == answer.digest else None

    def _keep(self, answer: Answer, headers: httpx.Headers) -> None:
        asked = {"if-none-match": "etag", "if-modified-since": "last-modified"}
        ask = {name: headers[said] for name, said in asked.items() if said in headers}
        about = {"address": answer.address, "fetched": answer.fetched, "sha256": answer.digest, "ask": ask}
        body, notes = self._files(answer.address)
        self.cache.mkdir(parents=True, exist_ok=True)
        replace({body: answer.body, notes: json.dumps(about, indent=1).encode()})


class _LaterError(Exception):
    """Asking again may help."""

    def __init__(self, what: str, wait_s: float | None = None):
        super().__init__(what)
        self.wait_s = wait_s


def _sent_on(address: str, target: str, hosts: tuple[str, ...]) -> str:
    old, new = urlsplit(address), urlsplit(target)
    if new.netloc != old.netloc and new.hostname not in hosts:
        raise UpstreamError(
            f"{address}: sent on to {new.netloc}, another host. If the publisher has moved, change the address in the book"
        )
    if old.scheme == "https" and new.scheme != "https":
        raise UpstreamError(f"{address}: sent on to an address without encryption, {target}")
    return target


def _wait(reply: httpx.Response) -> float | None:
    """Seconds that the publisher asks to wait, which it may say as a number or as a time."""
    said = reply.headers.get("retry-after", "")
    if said.isdigit():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
