"""The page for grading by hand: a small server on this machine alone, for whoever has the word that it was started with.

The page shows what students wrote as text and never as HTML. The server answers to its own address only, so that no other
page of the browser reaches it, not even by a name of its own for this machine.
"""

from __future__ import annotations

import html
import json
import os
import secrets
import sys
import webbrowser
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy.exc import SQLAlchemyError

from explorables.classroom.grading.course import Course
from explorables.classroom.grading.marking import Marking, Task

HERE = "127.0.0.1"
PAGES = {
    "/": ("index.html", "text/html"),
    "/page.js": ("page.js", "text/javascript"),
    "/page.css": ("page.css", "text/css"),
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
LARGEST = 100_000  # bytes of what the page sends


class Server(HTTPServer):
    """Serves the page and what it asks for, one request after another."""

    def __init__(self, marking: Marking, port: int = 0) -> None:
        self.marking = marking
        self.token = secrets.token_urlsafe(24)
        super().__init__((HERE, port), Handler)

    @property
    def address(self) -> str:
        """Where the page is; what stands behind the # never travels, and opens it."""
        return f"http://{HERE}:{self.server_port}/#{self.token}"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    timeout = 10
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing of each request."""

    def do_GET(self) -> None:
        """The page's files; with the word, the tasks and answers."""
        path = urlsplit(self.path)
        if not self._ours():
            return
        if path.path in PAGES:
            name, kind = PAGES[path.path]
            self._send(HTTPStatus.OK, (files(__package__) / "templates/marking" / name).read_bytes(), kind)
        elif path.path == "/api/tasks":
            self._answer(self._tasks)
        elif path.path == "/api/answers":
            self._answer(partial(self._answers, (parse_qs(path.query).get("task") or [""])[0]))
        else:
            self._json(HTTPStatus.NOT_FOUND, {"error": "there is no such page"})

    def do_POST(self) -> None:
        """Points, or a step back."""
        if not self._ours():
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LARGEST or self.headers.get_content_type() != "application/json":
            self.close_connection = True
            self._json(HTTPStatus.BAD_REQUEST, {"error": "that is not what the page sends"})
            return
        body = self.rfile.read(int(length))
        if self.path == "/api/give":
            self._answer(partial(self._give, body))
        elif self.path == "/api/undo":
            self._answer(self._undo)
        else:
            self._json(HTTPStatus.NOT_FOUND, {"error": "there is no such page"})

    def _ours(self) -> bool:
        """Whether the request names this server, and comes from its page if from any."""
        own = f"{HERE}:{self.server.server_port}"
        if self.headers.get("Host") == own and self.headers.get("Origin", f"http://{own}") == f"http://{own}":
            return True
        self.close_connection = True
        self._json(HTTPStatus.FORBIDDEN, {"error": f"this is http://{own} and nothing else"})
        return False

    def _answer(self, act: Callable[[], Any]) -> None:
        """Do what was asked, for whoever has the word."""
        given = self.headers.get("Authorization", "").encode(errors="replace")
        if not secrets.compare_digest(given, f"Bearer {self.server.token}".encode()):
            self._json(HTTPStatus.UNAUTHORIZED, {"error": "open the page by the address that the command printed"})
            return
        try:
            self._json(HTTPStatus.OK, act())
        except (KeyError, TypeError, ValueError, json.JSONDecodeError) as problem:
            self._json(HTTPStatus.BAD_REQUEST, {"error": str(problem)})
        except (OSError, SQLAlchemyError) as problem:
            self._json(HTTPStatus.SERVICE_UNAVAILABLE, {"error": f"not saved: {type(problem).__name__}"})

    def _tasks(self) -> dict[str, Any]:
        marking = self.server.marking
        found = []
        for task in marking.tasks():
            answers, untouched = marking.answers(task)
            waiting = sum(one.waiting for one in answers)
            found.append({**asdict(task), "answers": len(answers), "waiting": waiting, "untouched": untouched})
        return {"assignment": marking.course.assignment, "tasks": found}

    def _answers(self, id: str) -> dict[str, Any]:
        answers, untouched = self.server.marking.answers(self._task(id))
        return {"answers": [asdict(one) for one in answers], "untouched": untouched}

    def _task(self, id: Any) -> Task:
        found = next((task for task in self.server.marking.tasks() if task.id == id), None)
        if found is None:
            raise ValueError(f"there is no task {id!r}")
        return found

    def _give(self, body: bytes) -> dict[str, Any]:
        said = json.loads(body)
        ticked = {int(number): share for number, share in said["ticked"].items()}
        self.server.marking.give(
            self._task(said["task"]), said["student"], points=said["points"], ticked=ticked, comment=said["comment"]
        )
        return {"saved": True}

    def _undo(self) -> dict[str, Any]:
        place = self.server.marking.undo()
        return {"task": place[0], "student": place[1]} if place else {"task": None}

    def _json(self, status: HTTPStatus, value: Any) -> None:
        self._send(status, json.dumps(value).encode(), "application/json")

    def _send(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(body)),
            "Content-Security-Policy": POLICY,
            "Cache-Control": "no-store",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def serve(course: Course, *, port: int = 0, browser: bool = True) -> None:
    """Serve the page until it is interrupted.

    Parameters
    ----------
    course : Course
    port : int
        By default one that is free.
    browser : bool
        Open it.
    """
    with Server(Marking(course), port) as server:
        door = course.root / "grading" / "mark.html"
        try:
            if browser:
                # The address would stand in the list of this machine's processes, which others may read.
                _write(door, f'<meta http-equiv="refresh" content="0; url={html.escape(server.address)}">')
                webbrowser.open(door.as_uri())
            print(f"Grade by hand at {server.address}\nEach step is saved at once. Stop with Ctrl+C.", flush=True)
            server.serve_forever()
        except KeyboardInterrupt:
            print(file=sys.stderr)
        finally:
            door.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
