"""Submissions from what an attacker wants: points, keys, others' work, the instructor's session, the host, the grader's
end. All are graded in one class with honest students, whose grades are right whatever the others do."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest
from classroom import explorables, nbgrader
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.api import Gradebook

from explorables.classroom.exercises import keys, papers
from explorables.classroom.grading import Course, Result
from explorables.classroom.grading.standing import standings
from explorables.cli import main

ASSIGNMENT = NOTEBOOK = "work"
POINTS = {"one-test": 2, "two-test": 1, "asserted": 3, "why": 4}
FULL = 6.0  # what a machine gives
NUMBER, CHOICE = 42.195, "cement"
SECRET = "31.5369"  # stands only in a hidden test
RIGHT = {
    "one-answer": f"answer = {NUMBER}",
    "two-answer": f"answer = {CHOICE!r}",
    "function": "def square(x):\n    return x * x",
}
LIMITS = ("--timeout", "12", "--time", "60", "--memory", "700", "--output", "1", "--files", "64")


def mark(name: str, **about: bool) -> dict:
    """nbgrader's metadata of a cell."""
    points = {"points": POINTS[name]} if name in POINTS else {}
    plain = {"grade": False, "solution": False, "locked": False, "task": False}
    return {"nbgrader": {"grade_id": name, "schema_version": 3, **plain, **about, **points}}


def checked(name: str, source: str) -> nbformat.NotebookNode:
    """A cell that gives points."""
    return new_code_cell(source, metadata=mark(name, grade=True, locked=True))


def solution(name: str) -> nbformat.NotebookNode:
    """A cell that students fill in."""
    return new_code_cell(f"### BEGIN SOLUTION\n{RIGHT[name]}\n### END SOLUTION", metadata=mark(name, solution=True))


def make_course(root: Path) -> Path:
    """A course with a number and a choice that are compared with keys, a test of the instructor's own, and a task."""
    hidden = f"### BEGIN HIDDEN TESTS\nassert square(5.61577) - {SECRET} < 1e-3, 'larger'\n### END HIDDEN TESTS"
    cells = [
        new_markdown_cell("# Work"),
        new_code_cell("import math", metadata=mark("setup", locked=True)),
        solution("one-answer"),
        checked("one-test", "print('a number')"),
        solution("two-answer"),
        checked("two-test", "print('a word')"),
        solution("function"),
        checked("asserted", f"assert square(2) == 4\n{hidden}"),
        new_markdown_cell("Say why.", metadata=mark("why", task=True, locked=True)),
        new_markdown_cell("*Your answer.*"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    place = root / "source" / ASSIGNMENT
    place.mkdir(parents=True)
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), place / f"{NOTEBOOK}.ipynb")
    (place / "data.csv").write_text("year,value\n2026,1\n")
    (root / "nbgrader_config.py").write_text(papers.config())
    about = {"unit": "km", "hint": "Run.", "choices": [], "tolerance": 0.01, "close": 0.0}
    known = {
        "one-test": keys.Key(exercise="work.1", points=2, answer=NUMBER, **about),
        "two-test": keys.Key(
            exercise="work.2", points=1, answer=CHOICE, **{**about, "unit": "", "choices": ["steel", "cement", "glass"]}
        ),
    }
    keys.write(root / "keys", ASSIGNMENT, known)
    nbgrader(root, "generate_assignment", ASSIGNMENT)
    return root


class Work:
    """A submission that is being written: the released notebook with the right answers, in a folder of its own."""

    def __init__(self, course: Path, folder: Path, answers: dict[str, str]) -> None:
        self.course, self.folder = course, folder
        self.notebook = nbformat.read(course / "release" / ASSIGNMENT / f"{NOTEBOOK}.ipynb", as_version=4)
        for name, text in answers.items():
            self.cell(name).source = text

    @property
    def file(self) -> Path:
        """Where the notebook goes."""
        return self.folder / f"{NOTEBOOK}.ipynb"

    def cell(self, name: str) -> nbformat.NotebookNode:
        """The cell that nbgrader knows by a name."""
        return next(cell for cell in self.notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name)

    def add(self, *sources: str, before: str | None = None) -> None:
        """Put cells before another, or at the end."""
        at = self.notebook.cells.index(self.cell(before)) if before else len(self.notebook.cells)
        self.notebook.cells[at:at] = [new_code_cell(source) for source in sources]

    def raw(self, change: Callable[[dict], object]) -> None:
        """Write the notebook after a change that nbformat would not make."""
        plain = json.loads(nbformat.writes(self.notebook))
        change(plain)
        self.file.write_text(json.dumps(plain))


@dataclass
class Attack:
    """One hostile submission, and what it may get.

    Attributes
    ----------
    name : str
        The student who hands it in, unless `folder` says otherwise.
    make : callable
        Changes the work, and may write its files itself.
    points : float or None
        What the machine must give; None where it must not give a score at all.
    says : str
        Pattern that the reason or the notes must have; none where nothing needs to be said.
    answers : dict
        What it answers; all right by default, so that points lost would show.
    """

    name: str
    make: Callable[[Work], object]
    points: float | None = FULL
    says: str = ""
    answers: dict[str, str] = field(default_factory=lambda: dict(RIGHT))
    folder: str | bytes = ""

    @property
    def slow(self) -> bool:
        """Whether it takes the grader's limits of time to their end; such are graded by the weekly run."""
        return self.name in SLOW


SLOW = {
    "stopped",
    "guesses",
    "forks",
    "takes-memory",
    "shared-memory",
    "fills-disk",
    "big-message",
    "many-outputs",
    "ten-thousand-cells",
    "patched-builtins",
}
WRONG = {"one-answer": "answer = 1", "two-answer": "answer = 'glass'", "function": "def square(x):\n    return 0"}


def text(value: str | bytes) -> Callable[[Work], object]:
    """Hand in a file with this content instead of a notebook."""
    content = value.encode() if isinstance(value, str) else value
    return lambda work: work.file.write_bytes(content)


def raw(change: Callable[[dict], object]) -> Callable[[Work], None]:
    """Hand in a notebook changed as JSON."""
    return lambda work: work.raw(change)


def first(*sources: str) -> Callable[[Work], None]:
    """Run cells before everything else."""
    return lambda work: work.add(*sources, before="setup")


def metadata(**values: object) -> Callable[[dict], None]:
    """Change what nbgrader's marks say in every cell."""

    def change(plain: dict) -> None:
        for cell in plain["cells"]:
            if "nbgrader" in cell["metadata"]:
                cell["metadata"]["nbgrader"].update(values)

    return change


def swapped(plain: dict) -> None:
    """Give the tests each other's names."""
    names = {"one-test": "two-test", "two-test": "asserted", "asserted": "one-test"}
    for cell in plain["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        mark["grade_id"] = names.get(mark.get("grade_id"), mark.get("grade_id"))


def deep_folders(work: Work) -> None:
    """Folders in folders, deeper than a program that calls itself can go."""
    here = os.open(work.folder, os.O_RDONLY)
    try:
        for _ in range(1500):
            os.mkdir("d", dir_fd=here)
            below = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
    finally:
        os.close(here)


def file(name: str | bytes, content: str = "x") -> Callable[[Work], None]:
    """Put a file beside the notebook."""

    def change(work: Work) -> None:
        path = os.path.join(os.fsencode(work.folder), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as out:
            out.write(content)

    return change


def link(name: str | bytes, to: str) -> Callable[[Work], None]:
    """Put a link beside the notebook; `to` is seen from the course's folder."""
    return lambda work: os.symlink(
        os.fsencode(work.course / to), os.path.join(os.fsencode(work.folder), os.fsencode(name))
    )


def instead(make: Callable[[Work], object]) -> Callable[[Work], object]:
    """Something that takes the place of the notebook."""
    return make


def linked_folder(work: Work) -> None:
    """The whole submission is a link to somebody else's."""
    shutil.rmtree(work.folder)
    work.folder.symlink_to(work.course / "submitted" / "honest-1" / ASSIGNMENT)


FORGE = "k = get_ipython().kernel\ndef say(kind, content):\n    k.session.send(k.iopub_socket, kind, content=content, parent=k.get_parent())\n"
SKIP_ASSERTS = """
import ast
class Strip(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
get_ipython().ast_transformers.append(Strip())
"""
OWN_RUN = (
    FORGE
    + """
shell = get_ipython()
plain = shell.run_cell
def run_cell(source, *a, **k):
    if 'square(' in source:
        say('execute_result', {'data': {'text/plain': '1000'}, 'metadata': {}, 'execution_count': 1})
        return plain('pass', *a, **k)
    return plain(source, *a, **k)
shell.run_cell = run_cell
"""
)
GUESS = """
from explorables.classroom.exercises import report
from IPython.display import display
def every(answer):
    for n in range(2000):
        display({report.MIME: {'kind': 'number', 'value': str(n / 10)}}, raw=True)
report.report = every
"""
PATCHED = """
from explorables.classroom.exercises import checking, report
checking.judge = checking.check = lambda *a, **k: checking.Verdict('right', '')
checking.Verdict.__bool__ = lambda self: True
import explorables.classroom.exercises as e
e.check = checking.check
report.told = lambda a: {'kind': 'right', 'value': 'right', 'grade': 'right', 'points': 2}
"""
KEY_HUNT = """
import json, os, sys
found = []
for top, folders, files in os.walk('/'):
    folders[:] = [f for f in folders if os.path.join(top, f) not in ('/proc', '/sys', '/usr', sys.prefix, sys.base_prefix)]
    found += [os.path.join(top, f) for f in files if f in ('gradebook.db', 'answer_key.csv', 'nbgrader_config.py', 'work.json')]
print('KEYS', found)
from explorables.book import current
print('HASHES', sum(len(one['hashes']) for one in json.loads(current().answers.read_text()).values()))
"""
# Each of these must fail in the jail. They run in one notebook, a cell each, and say GOT where they do not.
REACH = {
    "course": "import os; assert not os.path.exists('{root}')",
    "others": "import glob; assert not glob.glob('/**/submitted/honest*', recursive=False)",
    "hosts-proc": "import os; assert len([n for n in os.listdir('/proc') if n.isdigit()]) < 10",
    "hosts-memory": "import subprocess; open('/proc/kcore', 'rb').read(1)",
    "parents-root": "import os; os.listdir('/proc/1/root{root}')",
    "write-python": "import json; open(json.__file__, 'a')",
    "write-usr": "open('/usr/x', 'w')",
    "write-etc": "open('/etc/x', 'w')",
    "write-run": "open('/run/kernel.json', 'w')",
    "write-submission": "open('/home/submitted/x', 'w')",
    "unlink-connection": "import os; os.unlink('/run/kernel.json')",
    "network": "import socket; socket.create_connection(('1.1.1.1', 53), timeout=1)",
    "loopback": "import socket; socket.create_connection(('127.0.0.1', 22), timeout=1)",
    "abstract-socket": "import socket; s = socket.socket(socket.AF_UNIX); s.connect('\\0/tmp/.X11-unix/X0')",
    "docker": "import os; os.stat('/var/run/docker.sock')",
    "netlink": "import socket; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "unshare": "import ctypes; assert ctypes.CDLL(None).unshare(0x10000000) == 0; open('/got', 'w')",
    "mount": "import ctypes; c = ctypes.CDLL(None, use_errno=True); assert c.mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0",
    "chroot": "import os; os.chroot('/tmp')",
    "setuid": "import os; os.setuid(0); assert os.getuid() == 0 and open('/proc/self/status').read().count('CapEff:\\t0000000000000000') == 0",
    "setns": "import os, ctypes; assert ctypes.CDLL(None).setns(os.open('/proc/1/ns/mnt', 0), 0) == 0",
    "ptrace": "import ctypes; assert ctypes.CDLL(None).ptrace(16, 1, 0, 0) == 0",
    "kill-init": "import os; os.kill(-1, 0) if len(os.listdir('/proc')) > 500 else 1 / 0",
    "mknod": "import os; os.mknod('/tmp/sda', 0o60600, os.makedev(8, 0))",
    "memfd": "import os; os.memfd_create('x')",
    "sysv-memory": "import ctypes; assert ctypes.CDLL(None).shmget(0, 1 << 30, 0o1600) >= 0",
    "raise-limits": "import resource; resource.setrlimit(resource.RLIMIT_NPROC, (10**6, 10**6))",
    "nice": "import os; os.nice(-10)",
    "inodes": "import os; os.makedirs('/tmp/i', exist_ok=True); [os.close(os.open(f'/tmp/i/{{n}}', os.O_CREAT)) for n in range(30_000)]",
    "socket-folder": "open('/run/s/big', 'wb').write(bytes(5_000_000))",
    "cgroup": "import glob; assert glob.glob('/sys/fs/cgroup/*')",
    "environment": "import os; assert any('TOKEN' in n or 'SSH' in n or 'PYTEST' in n for n in os.environ)",
    "hash-of-an-answer": "from explorables.classroom.exercises import shipped; assert any(one['hashes'] for one in shipped.exercises().values())",
}
REACHING = """try:
    {code}
    print('GOT {name}')
except BaseException as error:
    print(type(error).__name__, error)
print('TRIED {name}')"""
NEEDS_TO_HOLD = {"course", "others", "hosts-proc"}  # what is asked is that these hold, not that they fail
PAGE = "<script>document.title='ran'</script>"


def says(answer: str) -> dict[str, str]:
    """Right answers, but for the number, which is of another kind."""
    return {**RIGHT, "one-answer": answer}


def old_format(work: Work) -> None:
    """The same notebook in the format of 2013."""
    import nbformat.v3

    work.file.write_text(nbformat.v3.writes_json(nbformat.convert(work.notebook, 3)))


def forged_answer(plain: dict) -> None:
    """What the grader says of an answer, said by the student."""
    for cell in plain["cells"]:
        cell["metadata"]["explorables_answer"] = str(NUMBER)


EVERY_KIND = """
from IPython.display import display
for kind, text in {
    'application/javascript': 'window.name = "ran"', 'text/markdown': '<script>ran</script>',
    'text/latex': r'$\\href{java' 'script:ran}{x}$', 'image/svg+xml': '<svg onload="ran"/>', 'text/vnd.mermaid': 'click a "java' 'script:ran"',
    'application/vnd.jupyter.widget-view+json': {'model_id': '<script>'}, 'application/geo+json': {'type': '<script>'},
    'application/vnd.vega.v5+json': {'data': [{'url': 'https://spy.example'}]}, 'application/pdf': 'JVBERi0=',
}.items():
    display({kind: text}, raw=True, metadata={kind: {'isolated': True, 'width': '"><script>'}})
"""
FLICKER = """
import threading, time
def flicker():
    n = 0
    while True:
        n += 1
        get_ipython().user_ns['answer'] = (n % 1000) / 10
threading.Thread(target=flicker, daemon=True).start()
"""


def many_cells(count: int) -> str:
    """A notebook of nothing but cells."""
    cell = '{"cell_type": "markdown", "metadata": {}, "source": "x"}'
    return f'{{"nbformat": 4, "nbformat_minor": 4, "metadata": {{}}, "cells": [{", ".join([cell] * count)}]}}'


def text_of(write: Callable[[dict], str]) -> Callable[[Work], object]:
    """Write the notebook's JSON in another way."""
    return lambda work: work.file.write_text(write(json.loads(nbformat.writes(work.notebook))))


def deep(levels: int) -> dict:
    """Dictionaries in dictionaries."""
    made: dict = {}
    for _ in range(levels):
        made = {"deeper": made}
    return made


def attached(plain: dict) -> None:
    """Pictures in every cell, thousands of them."""
    for cell in plain["cells"]:
        cell["attachments"] = {f"{n}.png": {"image/png": "A" * 100} for n in range(5000)}


def ids_of_others(plain: dict) -> None:
    """Cells without marks, each with the id of the next one."""
    ids = [cell["id"] for cell in plain["cells"]]
    for cell, other in zip(plain["cells"], [*ids[1:], ids[0]], strict=True):
        cell["metadata"].pop("nbgrader", None)
        cell["id"] = other


CROSSED = """
from IPython.display import HTML
HTML(''.join(f'<b title=a{n}>' for n in range(3000)) + '<p>' * 20_000)
"""
COMMS = """
from ipykernel.comm import Comm
for n in range(200):
    Comm(target_name='x' * 50, data={'n': n}).send({'y': 'z' * 100})
"""
SETTINGS = """
c = get_config()
c.InteractiveShellApp.exec_lines = ["def square(x): return 4 if x == 2 else 31.5369", "get_ipython().user_ns_hidden"]
c.InteractiveShell.ast_node_interactivity = "none"
"""
LYING = """
import builtins
builtins.isinstance = lambda *a: True
builtins.float = builtins.repr = builtins.str = lambda *a: 7.5
builtins.abs = builtins.round = builtins.len = lambda *a: 0
builtins.AssertionError = type('Quiet', (Exception,), {})
"""
NO_JSON = """
import json, json.encoder
json.dumps = json.JSONEncoder.encode = lambda *a, **k: '{"kind": "number", "value": "7.5"}'
json.loads = lambda *a, **k: {'kind': 'number', 'value': '7.5'}
"""
SWALLOWS = """
get_ipython().set_custom_exc((AssertionError, TypeError, NameError), lambda *a, **k: [])
get_ipython().showtraceback = lambda *a, **k: None
"""
REWRITES = """
get_ipython().input_transformers_post.append(lambda lines: [l for l in lines if 'square(' not in l] or ['pass'])
"""
LONG_WORD = """
class Word(str):
    def __str__(self): return 'cement' * 10**6
    __getattribute__ = lambda self, name: str.__getattribute__('cement', name)
answer = Word('steel')
"""
PAST = """
import os, sys
fds = [getattr(out, '_original_stdstream_copy', n) for n, out in ((1, sys.stdout), (2, sys.stderr))]
for n in [1, 2, *fds]:
    try: os.write(n, b'\\x1b]0;owned\\x07 PAST THE KERNEL\\n' * 10)
    except OSError: pass
print('\\x1b[2J\\x1b]52;c;b3duZWQ=\\x07', file=sys.__stderr__)
"""
ERROR_PAGE = """
class Page(Exception):
    def _render_traceback_(self): return ['<scr' 'ipt>ran</script>', '\\x1b]8;;java' 'script:ran\\x07x', '<img src=x on' 'error=ran>']
    _repr_html_ = lambda self: '<scr' 'ipt>ran</script>'
    __str__ = lambda self: '<ifr' 'ame src="java' 'script:ran">'
raise Page
"""
STAYS = """
import atexit, signal, threading, time
for number in range(1, 32):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
atexit.register(time.sleep, 3600)
threading.Thread(target=time.sleep, args=(3600,)).start()
"""
PLACES = (
    "/tmp",
    "/dev/shm",
    "/run/s",
    "~",
    "~/.ipython/profile_default/startup",
    "~/.local/lib/python3.11/site-packages",
    ".",
)
LEAVES = f"""
import os
for place in {PLACES!r}:
    try:
        os.makedirs(os.path.expanduser(place), exist_ok=True)
        open(os.path.expanduser(place) + '/usercustomize.py', 'w').write('left = 1')
        print('LEFT', place)
    except OSError as problem: print(problem)
"""
FINDS = f"""
import os, time
time.sleep(2)
print('FOUND', [place for place in {PLACES!r} if os.path.exists(os.path.expanduser(place) + '/usercustomize.py')])
"""

ATTACKS = [
    # Malformed notebooks.
    Attack("invalid-json", text('{"cells": ['), None, "not valid JSON"),
    Attack("empty", text(""), None, "the file is empty"),
    Attack("a-list", text("[]"), None, "cannot be read"),
    Attack("a-number", text("1"), None, "cannot be read"),
    Attack("deep-json", text("[" * 100_000), None, "cannot be read"),
    Attack("deep-valid-json", text('{"a":' * 50_000 + "1" + "}" * 50_000), None, "cannot be read"),
    Attack(
        "long-integer",
        text('{"nbformat": 4, "nbformat_minor": ' + "9" * 10_000 + ', "cells": []}'),
        None,
        "cannot be read",
    ),
    Attack(
        "utf-16",
        lambda work: work.file.write_bytes(nbformat.writes(work.notebook).encode("utf-16")),
        None,
        "cannot be read",
    ),
    Attack(
        "byte-order-mark", lambda work: work.file.write_bytes(b"\xef\xbb\xbf" + nbformat.writes(work.notebook).encode())
    ),
    Attack("format-3", raw(lambda plain: plain.update(nbformat=3)), None, "cannot be read"),
    Attack("format-99", raw(lambda plain: plain.update(nbformat=99)), None, "cannot be read"),
    Attack("format-word", raw(lambda plain: plain.update(nbformat="four")), None, "cannot be read"),
    Attack("format-minus", raw(lambda plain: plain.update(nbformat_minor=-3)), None, "cannot be read"),
    Attack("cells-are-a-word", raw(lambda plain: plain.update(cells="none")), None, "cannot be read"),
    Attack("cells-are-null", raw(lambda plain: plain.update(cells=None)), None, "cannot be read"),
    Attack("cell-is-a-number", raw(lambda plain: plain["cells"].insert(0, 7)), None, "cannot be read"),
    Attack("source-is-a-number", raw(lambda plain: plain["cells"][0].update(source=7)), None, "cannot be read"),
    Attack(
        "half-a-character", raw(lambda plain: plain["cells"][-1].update(source="\ud800 why")), None, "cannot be read"
    ),
    Attack("not-a-number", raw(lambda plain: plain["metadata"].update(x=float("nan"), y=float("inf")))),
    Attack(
        "marks-are-lists",
        raw(lambda plain: [cell["metadata"].update(nbgrader=["x"]) for cell in plain["cells"]]),
        FULL,
        "put back",
    ),
    Attack("names-are-lists", raw(metadata(grade_id=["one-test"])), FULL, "put back"),
    Attack("metadata-is-null", raw(lambda plain: plain.update(metadata=None)), None, "cannot be read"),
    Attack("same-cell-ids", raw(lambda plain: [cell.update(id="same") for cell in plain["cells"]])),
    Attack(
        "odd-cell-ids",
        raw(lambda plain: [cell.update(id="../../../x<script>") for cell in plain["cells"]]),
        None,
        "cannot be read",
    ),
    Attack(
        "tags-are-a-word",
        raw(lambda plain: [cell["metadata"].update(tags="skip-execution") for cell in plain["cells"]]),
        None,
        "cannot be read",
    ),
    Attack("ten-thousand-cells", lambda work: work.add(*["1"] * 10_000, before="setup"), None, "cells"),
    Attack("a-long-cell", raw(lambda plain: plain["cells"][0].update(source="x" * 30_000_000)), None, "larger than"),
    # Answers of kinds that nobody asked for: they cost their own points and nothing else.
    Attack("endless-integer", lambda work: None, 4, "", says("answer = 10 ** 5000")),
    Attack("not-a-number-answer", lambda work: None, 4, "", says("answer = float('nan')")),
    Attack("infinite-answer", lambda work: None, 4, "", says("import numpy as np\nanswer = np.float64('inf')")),
    Attack("number-as-text", lambda work: None, 4, "", says("answer = '\uff14\uff12.195'")),
    Attack("generator", lambda work: None, 4, "", says("answer = (x for x in [42.195])")),
    Attack(
        "endless-list",
        lambda work: None,
        4,
        "",
        says("answer = []\nfor _ in range(200_000): answer = [answer]"),
    ),
    Attack(
        "number-that-lies",
        lambda work: None,
        4,
        "",
        says(
            "import numbers\nclass Any:\n    __float__ = lambda s: 1.0\n    __eq__ = lambda *a: True\n    __hash__ = None\n"
            "    __reduce__ = lambda s: (exit, ())\nnumbers.Real.register(Any)\nanswer = Any()"
        ),
    ),
    Attack(
        "answer-raises",
        lambda work: None,
        0,
        "ended its own kernel",
        says(
            "class Bad:\n    def __getattribute__(self, name): raise SystemExit(name)\n    __class__ = property(lambda s: exit())\n"
            "answer = Bad()"
        ),
    ),
    Attack("flickering-answer", first(FLICKER), 0, answers={**WRONG, "one-answer": "pass"}),
    Attack(
        "reports-a-list",
        first(
            "from explorables.classroom.exercises import report\nfrom IPython.display import display\n"
            "report.report = lambda a: display({report.MIME: {'kind': 'number', 'value': ['7.5', {'a': 1}]}}, raw=True)"
        ),
        0,
        answers=WRONG,
    ),
    Attack(
        "reports-bytes",
        first(
            "from explorables.classroom.exercises import report\nfrom IPython.display import display\n"
            "report.report = lambda a: display({report.MIME: b'\\xff', 'x': {1: object()}}, raw=True)"
        ),
        0,
        answers=WRONG,
    ),
    Attack(
        "reports-at-length",
        first(
            "from explorables.classroom.exercises import report\nfrom IPython.display import display\n"
            "report.report = lambda a: display({report.MIME: {'kind': 'text', 'value': 'stone' * 50_000}}, raw=True)"
        ),
        0,
        answers=WRONG,
    ),
    # The instructor's session, by what is kept of a notebook.
    Attack("every-kind-of-output", lambda work: work.add(EVERY_KIND)),
    Attack("forged-answer", raw(forged_answer), 0, answers=WRONG),
    Attack(
        "hidden-cells",
        raw(
            lambda plain: [
                cell["metadata"].update(
                    tags=["remove_cell", "hide-input"],
                    jupyter={"source_hidden": True},
                    trusted=True,
                    format="text/html",
                )
                for cell in plain["cells"]
            ]
        ),
    ),
    Attack(
        "attached-pictures",
        raw(
            lambda plain: plain["cells"][-1].update(
                source="![x](attachment:x.svg)",
                attachments={"x.svg": {"image/svg+xml": "PHN2ZyBvbmxvYWQ9InJhbiIvPg=="}},
            )
        ),
    ),
    Attack(
        "widgets-of-the-past",
        raw(
            lambda plain: plain["metadata"].update(
                widgets={"application/vnd.jupyter.widget-state+json": {"state": {"x" * 40: {"model": "y" * 1_000_000}}}}
            )
        ),
    ),
    Attack(
        "commands-of-the-notebook",
        lambda work: work.add(
            "%%javascript\nran",
            "%%html\n<script>ran</script>",
            "!cat /etc/passwd; id",
            "%load /etc/shadow",
            "get_ipython().set_next_input('ran')",
            "print?",
            "input('Your password: ')",
            "print('\\ud800')",
            "raise Exception('\\x1b]0;owned\\x07\\u202e')",
        ),
    ),
    Attack("format-3-in-full", old_format),
    # Time and names.
    Attack("handed-in-tomorrow", file("timestamp.txt", "2999-01-01 00:00:00 UTC"), FULL, "says no time"),
    Attack("turned-letters", file("data\u202evsc.txt"), FULL),
    Attack("turned-name", lambda work: None, None, "name", folder="ad\u202eA"),
    Attack("name-with-a-tail", lambda work: None, None, "name", folder="honest-1 "),
    Attack("name-with-a-null-width", lambda work: None, None, "name", folder="honest\u200b-1"),
    # Points by what the notebook says of itself.
    Attack("dear-tests", raw(metadata(points=1000)), 0, answers=WRONG),
    Attack("unlocked", raw(metadata(locked=False, grade=False, solution=True)), 0, answers=WRONG),
    Attack("swapped-names", raw(swapped), 0, "restored", WRONG),
    Attack("another-schema", raw(metadata(schema_version=99, cell_type="raw"))),
    Attack(
        "tests-as-text",
        raw(
            lambda plain: [
                cell.update(cell_type="raw") or cell.pop("outputs") or cell.pop("execution_count")
                for cell in plain["cells"]
                if "test" in cell["metadata"].get("nbgrader", {}).get("grade_id", "")
            ]
        ),
        0,
        "restored",
        answers=WRONG,
    ),
    Attack(
        "ready-outputs",
        lambda work: [
            cell.update(outputs=[new_output("execute_result", data={"text/plain": "3.0"}, execution_count=1)])
            for cell in work.notebook.cells
            if cell.cell_type == "code"
        ],
        0,
        answers=WRONG,
    ),
    Attack(
        "allowed-to-fail",
        raw(
            lambda plain: [
                cell["metadata"].update(tags=["raises-exception", "skip-execution"]) for cell in plain["cells"]
            ]
        ),
        0,
        answers=WRONG,
    ),
    Attack("no-cells", lambda work: work.notebook.update(cells=[]), 0, "missing; put back"),
    Attack("somebody-elses-id", raw(lambda plain: plain["metadata"].update(explorables_typed_id={"a": 1}))),
    Attack(
        "other-kernel",
        raw(
            lambda plain: plain["metadata"].update(
                kernelspec={"name": "../../bash", "display_name": "x", "language": "bash"},
                language_info={"name": "bash"},
            )
        ),
    ),
    # Files.
    Attack(
        "linked-notebook",
        instead(lambda work: work.file.symlink_to(work.course / "source" / ASSIGNMENT / f"{NOTEBOOK}.ipynb")),
        None,
        "not an ordinary file",
    ),
    Attack("fifo", instead(lambda work: os.mkfifo(work.file)), None, "not an ordinary file"),
    Attack("folder-for-a-notebook", instead(lambda work: work.file.mkdir()), None, "is missing"),
    Attack("linked-folder", linked_folder, None, "link"),
    Attack("links-to-the-course", link("all", "."), FULL, "not an ordinary file"),
    Attack("fifo-beside", lambda work: os.mkfifo(work.folder / "pipe"), FULL, "not an ordinary file"),
    Attack("deep-folders", deep_folders, FULL, "deep"),
    Attack("folder-for-a-table", file("data.csv/x"), FULL),
    Attack("odd-bytes", link(b"\xff\xfe", "keys"), FULL, "not an ordinary file"),
    Attack("line-break", link("a\nb\x1b]0;owned\x07", "keys"), FULL, "not an ordinary file"),
    Attack(
        "sparse",
        lambda work: os.truncate(os.open(work.folder / "big", os.O_CREAT | os.O_WRONLY), 10**12),
        None,
        "larger than",
    ),
    Attack(
        "modules-of-its-own",
        lambda work: [
            file(f"{name}.py", "raise SystemExit")(work)
            for name in ("math", "ast", "IPython", "explorables", "sitecustomize", "usercustomize")
        ],
    ),
    Attack(
        "start-up-files",
        lambda work: (
            [
                file(f"{place}/x.py", SKIP_ASSERTS)(work)
                for place in (".ipython/profile_default/startup", "../.ipython/profile_default/startup")
            ]
            and None
        ),
        0,
        answers=WRONG,
    ),
    Attack("early-by-its-own-word", file("timestamp.txt", "2020-01-01 00:00:00 UTC")),
    Attack("nonsense-for-a-time", file("timestamp.txt", "yesterday \x00" * 100), FULL, "says no time"),
    Attack(
        "page-beside",
        lambda work: [file(name, PAGE)(work) for name in ("x.html", "x.HTM", "x.svg", "x.xhtml", "x.js", "x.xml", "x")],
    ),
    # Names of students.
    Attack("long-name", lambda work: None, None, "name", folder="n" * 252),
    Attack("latin-name", lambda work: None, None, "name", folder=b"n\xe9e"),
    Attack("pattern-name", lambda work: None, None, "name", folder="[a-z]*"),
    Attack("formula-name", lambda work: None, None, "name", folder="=HYPERLINK(1)<script>"),
    Attack("broken-name", lambda work: None, None, "name", folder="a\nb"),
    # Points by tricks in the kernel.
    Attack("guesses", first(GUESS), 0, answers=WRONG),
    Attack("patched-checker", first(PATCHED), 0, answers=WRONG),
    Attack(
        "equals-everything",
        lambda work: None,
        0,
        "",
        {
            **WRONG,
            "one-answer": "class Yes(float):\n    __eq__ = lambda *a: True\n    __hash__ = None\n    __repr__ = lambda s: 'inf'\nanswer = Yes(1)",
            "two-answer": "class Word(str):\n    casefold = strip = lambda s: s\n    __eq__ = lambda *a: True\n    __hash__ = str.__hash__\nanswer = Word('steel')",
        },
    ),
    Attack("skips-asserts", first(SKIP_ASSERTS), 0, "switched off", WRONG),
    Attack("own-run-cell", first(OWN_RUN), 0, "more points than there are", WRONG),
    Attack("key-hunt", first(KEY_HUNT)),
    Attack("prints-tests", lambda work: work.add("print(In)\nraise ValueError(str(In))")),
    # The grader's end by forged words of the kernel.
    Attack(
        "forged-streams",
        first(FORGE + "for c in ({}, {'name': 1, 'text': 2}, {'name': 'stdout'}, {'text': None}): say('stream', c)"),
    ),
    Attack(
        "forged-displays",
        first(
            FORGE
            + "for c in ({}, {'data': 3}, {'data': {'text/html': {'a': 1}}, 'metadata': {}}, {'data': {'image/png': [1]}, 'metadata': []}, {'data': None}): say('display_data', c); say('execute_result', c); say('update_display_data', c)"
        ),
        0,
        "what no kernel sends",
    ),
    Attack(
        "forged-errors",
        first(
            FORGE
            + "for c in ({}, {'ename': 1, 'evalue': [], 'traceback': 'x'}, {'ename': 'NotCounted', 'evalue': 'x', 'traceback': [1]}): say('error', c)"
        ),
        0,
        "what no kernel sends",
    ),
    Attack(
        "forged-status",
        first(
            FORGE
            + "for c in ({}, {'execution_state': 7}, {'execution_state': 'idle'}, {'execution_state': 'dead'}): say('status', c)"
        ),
        0,
        "what no kernel sends",
    ),
    Attack(
        "unknown-messages",
        first(
            FORGE
            + "for kind in ('nonsense', 'clear_output', 'comm_open', 'comm_msg', 'execute_input', 'shutdown_reply'): say(kind, {})"
        ),
    ),
    Attack(
        "noise-on-sockets",
        first(
            FORGE
            + "k.iopub_socket.send_multipart([b'x']); k.iopub_socket.send_multipart([b'', b'<IDS|MSG>', b'', b'{', b'', b'', b''])"
        ),
        0,
        "what no kernel sends",
    ),
    Attack(
        "no-sockets",
        lambda work: work.add("import os\nfor n in os.listdir('/run/s'): os.unlink('/run/s/' + n)", before="function"),
    ),
    Attack(
        "stopped",
        lambda work: work.add("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", before="function"),
        3,
        "stopped",
    ),
    Attack(
        "big-message",
        lambda work: work.add(
            "from IPython.display import HTML, display\ndisplay(HTML('x' * 80_000_000))", before="function"
        ),
        3,
        "printed|stopped|failed",
    ),
    Attack(
        "many-outputs",
        lambda work: work.add("for n in range(10**6): display('x' * 5000)", before="function"),
        3,
        "printed more",
    ),
    Attack(
        "ends-kernel", lambda work: work.add("import os; os._exit(0)", before="function"), 3, "ended its own kernel"
    ),
    Attack("forks", lambda work: work.add("import os\nwhile True: os.fork()", before="function"), 3, "stopped"),
    Attack(
        "takes-memory",
        lambda work: work.add(
            "import os\nfor _ in range(5):\n    if not os.fork():\n        x = bytearray(b'1') * 250_000_000\n        import time; time.sleep(30)\nimport time; time.sleep(20)",
            before="function",
        ),
        3,
        "memory|processes",
    ),
    Attack(
        "shared-memory",
        lambda work: work.add("f = open('/dev/shm/x', 'wb')\nwhile True: f.write(bytes(10**6))", before="function"),
    ),
    Attack(
        "fills-disk", lambda work: work.add("f = open('x', 'wb')\nwhile True: f.write(bytes(10**6))", before="function")
    ),
    Attack(
        "closed-folder",
        lambda work: work.add("import os\nos.makedirs('a/b'); os.chmod('a', 0); os.chmod('.', 0)", before="function"),
    ),
    Attack(
        "left-behind",
        lambda work: work.add(
            "import os, subprocess\nif not os.fork():\n    os.setsid(); os.execvp('sleep', ['sleep', '27182'])"
        ),
    ),
    Attack(
        "reaches-out",
        lambda work: work.add(
            *(REACHING.format(code=code.format(root=work.course), name=name) for name, code in REACH.items())
        ),
    ),
    # Time and memory of the grader itself.
    Attack("hundred-thousand-cells", text(many_cells(100_000)), None, "cells"),
    Attack("outputs-without-end", raw(lambda plain: plain["cells"][2].update(outputs=[{"x": 1}] * 200_000))),
    Attack("metadata-without-end", raw(lambda plain: plain["metadata"].update({str(n): n for n in range(10**6)}))),
    Attack("tags-without-end", raw(lambda plain: plain["cells"][0]["metadata"].update(tags=[*"ab", 1, None] * 10**5))),
    Attack("pictures-without-end", raw(attached)),
    Attack("deep-kernel", raw(lambda plain: plain["metadata"]["kernelspec"].update(deep(900))), None, "cannot be read"),
    Attack("keys-twice", text_of(lambda plain: json.dumps(plain)[:-1] + ', "cells": []}'), 0, "missing; put back"),
    Attack("another-minor", raw(lambda plain: plain.update(nbformat_minor=99))),
    Attack("no-letter", raw(lambda plain: plain["cells"][-1].update(source="why \x00\x1b]0;owned\x07 not"))),
    Attack("deep-page", lambda work: work.add("from IPython.display import HTML\nHTML('<div>' * 200_000)")),
    Attack("crossed-page", lambda work: work.add(CROSSED)),
    Attack("endless-formulas", raw(lambda plain: plain["cells"][-1].update(source=r"\begin{a}" * 200_000))),
    Attack("endless-brackets", raw(lambda plain: plain["cells"][-1].update(source="[a](" * 500_000))),
    Attack("many-comms", first(COMMS)),
    # Points by forged papers.
    Attack("forged-checksums", raw(metadata(checksum="0" * 32)), 0, answers=WRONG),
    Attack("ids-of-others", raw(ids_of_others), 0, "put back", WRONG),
    Attack(
        "settings-beside",
        lambda work: [file(name, SETTINGS)(work) for name in ("ipython_config.py", "jupyter_config.py", ".pythonrc")],
        0,
        answers=WRONG,
    ),
    Attack(
        "kernel-beside",
        file("share/jupyter/kernels/python3/kernel.json", '{"argv": ["sh", "-c", "exit"], "language": "python"}'),
    ),
    # Points by tricks in the kernel.
    Attack("patched-builtins", first(LYING), 0, answers=WRONG),
    Attack("patched-json", first(NO_JSON), 0, "", WRONG),
    Attack("swallows-errors", first(SWALLOWS), 0, answers=WRONG),
    Attack("rewrites-tests", first(REWRITES), 0, "taken out", WRONG),
    Attack("signalling-number", lambda work: None, 4, "", says("import decimal\nanswer = decimal.Decimal('sNaN')")),
    Attack("number-of-two-parts", lambda work: None, 4, "", says(f"answer = complex({NUMBER}, 1e-9)")),
    Attack("word-of-many-letters", lambda work: None, 5, "", {**RIGHT, "two-answer": LONG_WORD}),
    # The instructor's session and terminal, the host, and whoever comes next.
    Attack("speaks-past-its-kernel", lambda work: work.add(PAST)),
    Attack("error-as-a-page", lambda work: work.add(ERROR_PAGE)),
    Attack("stays-at-exit", lambda work: work.add(STAYS)),
    Attack("ends-the-first-process", lambda work: work.add("import os\nfor n in (1, os.getppid()): os.kill(n, 9)")),
    Attack("a-leaves-something", lambda work: work.add(LEAVES)),
    Attack("z-finds-nothing", lambda work: work.add(FINDS)),
]
HONEST = ("honest-1", "honest-2", "honest-3")


@dataclass
class Class:
    """The graded class."""

    course: Path
    output: str
    results: dict[str, Result]
    points: dict[str, dict[str, float]]

    def executed(self, student: str) -> str:
        """A student's notebook as it was executed."""
        return (self.course / "autograded" / student / ASSIGNMENT / f"{NOTEBOOK}.ipynb").read_text()


def digests(course: Path) -> dict[str, str]:
    """What of a course no submission may change."""
    files = [path for place in ("source", "release", "keys") for path in (course / place).rglob("*") if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def class_(jail: None, tmp_path_factory: pytest.TempPathFactory) -> Class:
    """Everybody's work, graded in one go."""
    return graded(tmp_path_factory.mktemp("hostile") / "course", [one for one in ATTACKS if not one.slow])


@pytest.fixture(scope="module")
def slow_class(jail: None, tmp_path_factory: pytest.TempPathFactory) -> Class:
    """Those who take all the time there is, with the same honest students."""
    return graded(tmp_path_factory.mktemp("slow") / "course", [one for one in ATTACKS if one.slow])


def graded(course: Path, attacks: list[Attack]) -> Class:
    """A class that has been graded."""
    make_course(course)
    for student in HONEST:
        place = course / "submitted" / student / ASSIGNMENT
        place.mkdir(parents=True)
        nbformat.write(Work(course, place, RIGHT).notebook, place / f"{NOTEBOOK}.ipynb")
    for attack in attacks:
        student = os.fsdecode(attack.folder or attack.name)
        place = course / "submitted" / student / ASSIGNMENT
        place.mkdir(parents=True)
        work = Work(course, place, attack.answers)
        attack.make(work)
        if place.is_dir() and not place.is_symlink() and not os.path.lexists(work.file):
            nbformat.write(work.notebook, work.file)
    before = digests(course)
    try:
        done = explorables("grade", course, "--assignment", ASSIGNMENT, *LIMITS)
    finally:
        # Python's own way to remove folders calls itself, as deep as they go.
        subprocess.run(["rm", "-rf", course / "submitted/deep-folders" / ASSIGNMENT / "d"], check=True)
    assert done.returncode == 1, done.stderr
    assert digests(course) == before
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "hardware-phase") as book:
        points = {
            entry.student.id: {grade.name: grade.auto_score or 0 for one in entry.notebooks for grade in one.grades}
            for entry in book.assignment_submissions(ASSIGNMENT)
        }
    return Class(course, done.stdout + done.stderr, Course(course, ASSIGNMENT).results(), points)


@pytest.mark.parametrize(
    "attack", [one for one in ATTACKS if not one.folder and not one.slow], ids=lambda attack: attack.name
)
def test_an_attack_gets_what_its_answers_are_worth_and_no_more(class_: Class, attack: Attack) -> None:
    held(class_, attack)


@pytest.mark.nightly
@pytest.mark.parametrize("attack", [one for one in ATTACKS if one.slow], ids=lambda attack: attack.name)
def test_an_attack_on_the_graders_time_and_the_machines_means_gets_no_more(slow_class: Class, attack: Attack) -> None:
    held(slow_class, attack)
    for student in HONEST:
        assert sum(slow_class.points[student].values()) == FULL


def held(class_: Class, attack: Attack) -> None:
    """The attack has what its answers are worth, and a reason."""
    result = class_.results[attack.name]
    said = "; ".join([*result.failed, *result.notes])
    assert re.search(attack.says, said), said
    got = class_.points.get(attack.name)
    if attack.points is None:
        assert result.failed and got is None, (got, said)
    else:
        assert sum(got.values()) == attack.points, (got, said)
    assert result.fingerprint or attack.points is None, "it would be tried again by every run"


def test_honest_students_get_all_points_and_hear_nothing(class_: Class) -> None:
    for student in HONEST:
        assert sum(class_.points[student].values()) == FULL
        assert class_.results[student].failed == class_.results[student].notes == []


def test_a_folder_whose_name_cannot_be_used_is_reported_and_stops_nobody(class_: Class) -> None:
    for attack in ATTACKS:
        if attack.folder:
            shown = ascii(os.fsdecode(attack.folder))[1:-1][:40]
            assert shown in class_.output, shown


def test_what_the_grader_says_cannot_command_a_terminal(class_: Class) -> None:
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", class_.output)


@pytest.mark.parametrize("name", REACH)
def test_a_jail_is_not_left(class_: Class, name: str) -> None:
    assert f"TRIED {name}\\n" in class_.executed("reaches-out")
    assert (f"GOT {name}\\n" in class_.executed("reaches-out")) == (name in NEEDS_TO_HOLD)


def test_no_key_can_be_found(class_: Class) -> None:
    assert "KEYS []" in class_.executed("key-hunt")
    assert "HASHES 0" in class_.executed("key-hunt")


def test_what_is_kept_of_a_notebook_is_the_graders(class_: Class) -> None:
    kept = class_.executed("every-kind-of-output") + class_.executed("commands-of-the-notebook")
    for kind in ("javascript", "latex", "markdown", "mermaid", "widget", "geo+json", "vega", "pdf", "isolated"):
        outputs = [
            output
            for name in ("every-kind-of-output", "commands-of-the-notebook")
            for cell in json.loads(class_.executed(name))["cells"]
            for output in cell.get("outputs", [])
        ]
        assert not [one for one in outputs if kind in [*one.get("data", {}), *one.get("metadata", {})]], kind
    assert "spy.example'" not in kept.replace("[{'url': 'https://spy.example'}]", "")
    for name in ("forged-answer", "attached-pictures", "hidden-cells", "widgets-of-the-past"):
        notebook = json.loads(class_.executed(name))
        assert set(notebook["metadata"]) <= {"kernelspec", "language_info"}
        for cell in notebook["cells"]:
            assert "attachments" not in cell and set(cell["metadata"]) <= {"nbgrader", "explorables_answer"}
            assert cell["metadata"].get("explorables_answer") in (
                {"1", "glass"} if name == "forged-answer" else {f"{NUMBER:g}", CHOICE}
            ) | {None}


def test_nobody_finds_what_another_left(class_: Class) -> None:
    assert "LEFT /tmp" in class_.executed("a-leaves-something")
    assert "FOUND []" in class_.executed("z-finds-nothing")


def test_nothing_is_left_behind(class_: Class) -> None:
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [command for command in commands if b"27182" in command]


def test_a_second_run_has_nothing_left_to_do(class_: Class) -> None:
    done = explorables("grade", class_.course, "--assignment", ASSIGNMENT, *LIMITS)
    again = Course(class_.course, ASSIGNMENT).results()
    assert {student: result.scored for student, result in again.items()} == {
        student: result.scored for student, result in class_.results.items()
    }
    known = sum(bool(result.fingerprint) for result in class_.results.values())
    assert f"{known} unchanged" in done.stderr, done.stderr


def test_no_file_of_a_student_is_served_as_a_page_by_formgrader(class_: Class) -> None:
    """It serves what lies in autograded/ from JupyterLab's own origin."""
    beside = {path.name for path in (class_.course / "autograded/page-beside" / ASSIGNMENT).iterdir()}
    assert beside == {f"{NOTEBOOK}.ipynb", "data.csv", "x"}


def test_nbgraders_own_command_follows_no_links_and_serves_no_pages(class_: Class, tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    place = course / "submitted/eve" / ASSIGNMENT
    place.mkdir(parents=True)
    work = Work(course, place, RIGHT)
    work.add("import os; print('BESIDE', sorted(os.listdir('.')))")
    nbformat.write(work.notebook, work.file)
    link("stolen.json", f"keys/{ASSIGNMENT}.json")(work)
    link("stolen", "keys")(work)
    file("x.html", PAGE)(work)
    file("mine.csv", "a\n")(work)
    nbgrader(course, "autograde", ASSIGNMENT)
    graded = course / "autograded/eve" / ASSIGNMENT
    assert {path.name for path in graded.rglob("*") if path.is_file()} == {f"{NOTEBOOK}.ipynb", "data.csv", "mine.csv"}
    printed = re.search(r"BESIDE \[(.*?)\]", (graded / f"{NOTEBOOK}.ipynb").read_text())[1]
    assert "mine.csv" in printed and "stolen.json" not in printed


def test_pages_and_tables_carry_nothing_of_an_attack(class_: Class) -> None:
    for command in ("feedback", "export"):
        assert main([command, str(class_.course), "--assignment", ASSIGNMENT]) == 0
    pages = [
        *class_.course.glob(f"feedback/*/{ASSIGNMENT}/*.html"),
        class_.course / "exports" / ASSIGNMENT / "report.html",
    ]
    assert len(pages) > 90
    wrong = {attack.name for attack in ATTACKS if attack.answers == WRONG}
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"<script|<iframe|\son\w+=|javascript:", re.sub(r"&lt;.*?&gt;", "", text)), page
        if page.name != "report.html":
            assert SECRET not in text, page
        if page.parent.parent.name in wrong:
            assert str(NUMBER) not in text and CHOICE not in text.replace("'steel', 'cement', 'glass'", ""), page
    for table in ("grades", "canvas", "moodle"):
        text = (class_.course / "exports" / ASSIGNMENT / f"{table}.csv").read_text(encoding="utf-8")
        assert not re.search(r'(?m)(^|,)"?\s*[=+@]', text)
    assert {one.student for one in standings(Course(class_.course, ASSIGNMENT))} == set(class_.results) | set(
        class_.points
    )
