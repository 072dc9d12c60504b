"""The jail in which a submission runs: bubblewrap, control groups, a filter of system calls, and a watch on the rest.

Inside there is a read-only Python, folders in memory with the submission's files, and the sockets of the Jupyter
kernel. There is no network, no other process, no answer to an exercise, and nothing else of the machine's files.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import random
import re
import select
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorables.book import current
from explorables.classroom.grading import seccomp
from explorables.classroom.grading.cgroup import Cgroup
from explorables.explore.explorer import STATIC

LIBRARY = Path(__file__).resolve().parents[2]  # the tool's own package
WORK = "/home/student"
SUBMISSION = "/home/submitted"
# Users of their own that no machine has: the kernel counts a submission's processes by its user.
FIRST_UID, LAST_UID = 1_000_000_000, 1_999_999_999

SOCKETS = "/run/s"  # folder in the jail; from outside it is reached through the jail's first process
CONNECTION = "/run/kernel.json"
SOCKETS_BYTES, FILES = 1_000_000, 20_000  # of the sockets' folder; in each folder in memory

LAUNCH = """
import ctypes, json, os, resource, shutil, sys
given = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
def must(code, what):
    if code:
        sys.exit(f"{what}: {os.strerror(ctypes.get_errno())}")
for folder, limits in given["folders"].items():
    must(libc.mount(b"tmpfs", folder.encode(), None, 32 | 2 | 4, limits.encode()), f"limiting {folder}")
for capability in range(64):
    if libc.prctl(24, capability, 0, 0, 0):
        break
uid = given["uid"]
if uid is not None:
    os.setgroups([]); os.setresgid(uid, uid, uid); os.setresuid(uid, uid, uid)
class Head(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]
must(libc.capset(ctypes.byref(Head(0x20080522, 0)), (ctypes.c_uint32 * 6)()), "dropping capabilities")
work = shutil.copytree(given["submission"], os.path.join(given["work"], "assignment"), copy_function=shutil.copyfile)
os.chdir(work)
for name, value in given["limits"].items():
    resource.setrlimit(getattr(resource, name), (value, value))
code = bytes.fromhex(given["filter"])
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]
must(libc.prctl(38, 1, 0, 0, 0), "giving up privileges")
must(libc.prctl(22, 2, ctypes.byref(Program(len(code) // 8, code)), 0, 0), "filtering system calls")
os.execv(given["command"][0], given["command"])
"""


class IsolationMissing(RuntimeError):
    """The machine lacks what a jail is made of."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes
    ----------
    cell_s, total_s : float
        Seconds for one cell, and for all cells of a notebook with the start of its kernel.
    memory_mb : float
        Memory of all its processes together, in MB (10^6 bytes). Each has four times as much address space.
    processes : int
        Processes and threads at a time.
    files_mb : float
        All that it writes into its folder, in MB.
    output_mb : float
        Outputs of all cells of a notebook, in MB.
    """

    cell_s: float = 30
    total_s: float = 300
    memory_mb: float = 2048
    processes: int = 64
    files_mb: float = 256
    output_mb: float = 2

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise ValueError(f"the limit {name} must be above zero, not {value!r}")


LINUX = (
    "students' code is not run here: the jail needs Linux. On macOS and Windows, grade in a virtual machine or in WSL 2 "
    "with a Linux of your own"
)
NO_BUBBLEWRAP = (
    "students' code is not run here: bubblewrap is missing. On Debian or Ubuntu: apt install bubblewrap; on Fedora: "
    "dnf install bubblewrap"
)
NO_JAIL = "students' code is not run here: bubblewrap cannot build a jail{container}. {cure} It said: {said}"
IN_CONTAINER = (
    "A container must be allowed to make namespaces: with Docker or Podman, rootless or not, run it with "
    "--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt unmask=ALL --cap-add SYS_ADMIN, "
    "or grade outside of it."
)
ON_MACHINE = (
    "It needs user namespaces: sysctl kernel.unprivileged_userns_clone=1, on Ubuntu also "
    "sysctl kernel.apparmor_restrict_unprivileged_userns=0."
)


def check_isolation() -> None:
    """Make sure that jails work on this machine.

    Raises
    ------
    IsolationMissing
        With the cause and what to do about it.
    """
    if sys.platform != "linux":
        raise IsolationMissing(LINUX)
    if not shutil.which("bwrap"):
        raise IsolationMissing(NO_BUBBLEWRAP)
    if not seccomp.known():
        raise IsolationMissing(
            f"students' code is not run here: the jail knows x86_64 and aarch64, and this is {platform.machine()}"
        )
    with tempfolder() as folder:
        jail = Jail(folder, Limits())
        try:
            command = jail.command([sys.executable, "-I", "-c", "print('inside')"])
            done = subprocess.run(
                command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, env={}, **jail.options
            )
        finally:
            jail.close()
    if done.stdout != "inside\n":
        container = in_container()
        raise IsolationMissing(
            NO_JAIL.format(
                container=" in this container" if container else "",
                cure=IN_CONTAINER if container else ON_MACHINE,
                said=done.stderr.strip() or "nothing",
            )
        )


def in_container() -> bool:
    """Whether this looks like the inside of a container."""
    return Path("/.dockerenv").exists() or Path("/run/.containerenv").exists() or "container" in os.environ


@contextlib.contextmanager
def tempfolder() -> Iterator[Path]:
    """A private folder for what a jail needs of this machine."""
    folder = Path(f"/tmp/xp-{os.getpid()}-{random.SystemRandom().randrange(16**8):08x}")
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Jail:
    """A jail below a private folder: put files into `submission`, run `command(...)` with `options`, look with `excess()`.

    Parameters
    ----------
    folder : Path
        Empty and private; the caller removes it.
    limits : Limits

    Attributes
    ----------
    submission : Path
        What lies in the jail's folder when it starts. A submission cannot write here.
    connection : Path
        A file that the jail shows as ``/run/kernel.json``.
    cgroup : Cgroup or None
        None where this user may make no control group. The watch then adds up memory itself.
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.limits = limits
        self.submission = folder / "submission"
        self.connection = folder / "kernel.json"
        self.answers = folder / "answers.json"
        # Without a user namespace the kernel would not count processes of root, so they get a user of their own.
        self.uid = random.SystemRandom().randint(FIRST_UID, LAST_UID) if os.geteuid() == 0 else None
        self.submission.mkdir()
        self.connection.write_text("{}")
        self.info, self._info_in = os.pipe()
        self.cgroup: Cgroup | None = None
        with contextlib.suppress(OSError):
            # Bubblewrap's own two processes live in it too.
            self.cgroup = Cgroup(int(limits.memory_mb * 1e6), limits.processes + 2)

    @property
    def options(self) -> dict[str, Any]:
        """How a process with this jail's command is started."""
        return {"pass_fds": [self._info_in]} | ({"preexec_fn": self.cgroup.enter} if self.cgroup else {})

    def first_process(self, patience_s: float = 20) -> int:
        """Number, outside the jail, of the first process in it.

        Raises
        ------
        RuntimeError
            If bubblewrap has not started one.
        """
        os.close(self._info_in)
        self._info_in = -1
        said, last = b"", time.monotonic() + patience_s
        while not said.rstrip().endswith(b"}"):
            ready, _, _ = select.select([self.info], [], [], max(0.0, last - time.monotonic()))
            part = os.read(self.info, 4096) if ready else b""
            if not part:
                raise RuntimeError("bubblewrap did not build the jail")
            said += part
        self.first = int(json.loads(said)["child-pid"])
        return self.first

    def close(self) -> None:
        """Give back what the jail took of this machine, after its processes have ended."""
        for end in (self.info, self._info_in):
            if end >= 0:
                with contextlib.suppress(OSError):
                    os.close(end)
        self.info = self._info_in = -1
        if self.cgroup:
            self.cgroup.close()

    def command(self, inner: list[str]) -> list[str]:
        """The command that runs `inner` in the jail."""
        for path in [self.submission, *self.submission.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        self.connection.chmod(0o644)
        options = [*self._namespaces(), *self._folders(), *self._answers()]
        options += [
            "--ro-bind",
            str(self.submission),
            SUBMISSION,
            "--ro-bind",
            str(self.connection),
            CONNECTION,
            "--remount-ro",
            "/dev",
            "--remount-ro",
            "/",
            "--chdir",
            "/",
        ]
        for name, value in self._environment().items():
            options += ["--setenv", name, value]
        given = json.dumps(self._given(inner))
        return [shutil.which("bwrap") or "bwrap", *options, sys.executable, "-I", "-S", "-c", LAUNCH, given]

    def _namespaces(self) -> list[str]:
        """Options of bubblewrap: what the jail shares with this machine and what it may do, which is next to nothing."""
        options = [
            "--die-with-parent",
            "--new-session",
            "--cap-drop",
            "ALL",
            # For the first moment only: to limit the folders in memory, and to give up all of this.
            "--cap-add",
            "CAP_SYS_ADMIN",
            "--cap-add",
            "CAP_SETPCAP",
            "--clearenv",
            "--unshare-pid",
            "--unshare-net",
            "--unshare-ipc",
            "--unshare-uts",
            "--unshare-cgroup-try",
            "--hostname",
            "jail",
            "--info-fd",
            str(self._info_in),
        ]
        if self.uid is None:
            # Root in a namespace of its own, so that the folders in memory are its to limit; it keeps no capability.
            options += ["--unshare-user", "--uid", "0", "--gid", "0"]
        else:
            options += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
        return options

    @property
    def _in_memory(self) -> dict[str, int]:
        """Folders that can be written to, and how many bytes each holds."""
        size = int(self.limits.files_mb * 1e6)
        return {WORK: size, "/tmp": size, "/dev/shm": size, SOCKETS: SOCKETS_BYTES}

    def _folders(self) -> list[str]:
        """Options of bubblewrap: folders in memory, and those of this machine that can be read."""
        options = ["--proc", "/proc", "--dev", "/dev", "--perms", "0755", "--dir", "/run"]
        for folder, limit in self._in_memory.items():
            options += ["--size", str(limit), "--perms", "1777", "--tmpfs", folder]
        for path in visible():
            # Bubblewrap would make the folders above for its own user alone.
            for above in [*path.parents][-2::-1]:
                options += ["--perms", "0755", "--dir", str(above)]
            options += ["--ro-bind", str(path), str(path)]
        for link in ("/bin", "/lib", "/lib64", "/sbin"):
            if os.path.islink(link):
                options += ["--symlink", os.readlink(link), link]
            elif os.path.isdir(link):
                options += ["--ro-bind", link, link]
        return options

    def _answers(self) -> list[str]:
        """Options of bubblewrap: the book's answers without the hashes by which one could try them."""
        book = current()
        if not (book.answers and book.answers.is_file()):
            return []
        known = json.loads(book.answers.read_text(encoding="utf-8"))
        self.answers.write_text(json.dumps({id: {**about, "hashes": []} for id, about in known.items()}))
        self.answers.chmod(0o644)
        return ["--ro-bind", str(self.answers), str(book.answers.resolve())]

    def _environment(self) -> dict[str, str]:
        """All variables that the jail has."""
        book = current()
        packages = {LIBRARY.parent, *([book.folder.parent] if book.package else [])}
        return {
            # Where the package is installed in place, what points to it may lie elsewhere.
            "PYTHONPATH": os.pathsep.join(sorted(map(str, packages))),
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": WORK,
            "LANG": "C.UTF-8",
            "NBGRADER_EXECUTION": "autograde",
            STATIC: "1",  # nobody moves a slider here, and what compiles charts for one takes more address space than there is
            "PYTHONDONTWRITEBYTECODE": "1",
            # Threads count as processes and take address space; one submission has one core.
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
        }

    def _given(self, inner: list[str]) -> dict[str, Any]:
        """What the first program in the jail is told: what to limit, and what to run then."""
        return {
            "folders": {folder: f"size={limit},nr_inodes={FILES}" for folder, limit in self._in_memory.items()},
            "uid": self.uid,
            "submission": SUBMISSION,
            "work": WORK,
            "limits": {
                # Address space is not memory: threads and compilers reserve what they never use.
                "RLIMIT_AS": int(4 * self.limits.memory_mb * 1e6),
                "RLIMIT_NPROC": self.limits.processes,
                "RLIMIT_FSIZE": int(self.limits.files_mb * 1e6),
                "RLIMIT_CPU": int(self.limits.total_s) + 1,
                "RLIMIT_NOFILE": 256,
                "RLIMIT_CORE": 0,
            },
            "filter": seccomp.program().hex(),
            "command": inner,
        }

    def excess(self, pid: int) -> str | None:
        """Say what the jail of the bubblewrap process `pid` uses too much of."""
        inside = family(pid)
        # Bubblewrap's own two do not count.
        if sum(map(threads, inside)) - 2 >= self.limits.processes:
            return f"it started {self.limits.processes} processes and threads"
        memory = f"it used more than {self.limits.memory_mb:g} MB of memory"
        if self.cgroup:
            return memory if self.cgroup.ran_out() else None
        used = sum(map(resident_bytes, inside)) + self.stored_bytes()
        return memory if used > self.limits.memory_mb * 1e6 else None

    def stored_bytes(self) -> int:
        """Memory that the files in the jail's folders take."""
        found = 0
        for folder in (WORK, "/tmp", "/dev/shm"):
            with contextlib.suppress(OSError, AttributeError):
                about = os.statvfs(f"/proc/{self.first}/root{folder}")
                found += (about.f_blocks - about.f_bfree) * about.f_frsize
        return found


def visible() -> list[Path]:
    """Folders that a jail shows, read-only: the system's programs, Python, its packages, and this package."""
    book = current()
    own = [book.folder] if book.package else []
    wanted = [
        Path("/usr"),
        Path("/etc/alternatives"),
        Path("/etc/ld.so.cache"),
        Path("/etc/fonts"),
        Path("/etc/localtime"),
        Path(sys.prefix),
        Path(sys.base_prefix),
        Path(sysconfig.get_path("purelib")),
        LIBRARY,
        *own,
    ]
    if book.tables:
        wanted.append(book.tables.folder)  # beside src/ where the package is installed in place
    shown: list[Path] = []
    for path in sorted({path for path in wanted if path.exists()}, key=lambda path: len(path.parts)):
        if not any(path.is_relative_to(above) for above in shown):
            shown.append(path)
    return shown


def family(pid: int) -> list[int]:
    """The process `pid` and all below it."""
    found = [pid]
    for parent in found:
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{parent}/task"):
                found += map(int, Path(f"/proc/{parent}/task/{task}/children").read_text().split())
    return found


def threads(pid: int) -> int:
    """Number of threads of a process; none when it has ended."""
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return 0


def resident_bytes(pid: int) -> int:
    """Memory that a process holds, with what it shares with others and without what it reads from files."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return sum(
        int(kilobytes) * 1024 for kilobytes in re.findall(r"^Rss(?:Anon|Shmem):\s+(\d+) kB$", status, re.MULTILINE)
    )
