"""The jail in which a submission runs: bubblewrap, limits of the kernel, and a watch on what the kernel cannot limit.

Inside there is a read-only Python, a folder in memory with the submission's files, and a folder with the sockets of
the Jupyter kernel. There is no network, no other process, and nothing else of the machine's files.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import explorables
from explorables.book import current

WORK = "/home/student"
SUBMISSION = "/home/submitted"
# Users of their own that no machine has: the kernel counts a submission's processes by its user.
FIRST_UID, LAST_UID = 1_000_000_000, 1_999_999_999

LAUNCH = """
import json, os, resource, shutil, sys
limits, uid, submission, work, command = json.loads(sys.argv[1])
if uid is not None:
    os.setgroups([]); os.setresgid(uid, uid, uid); os.setresuid(uid, uid, uid)
work = shutil.copytree(submission, os.path.join(work, "assignment"), copy_function=shutil.copyfile)
os.chdir(work)
for name, value in limits.items():
    resource.setrlimit(getattr(resource, name), (value, value))
os.execv(command[0], command)
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


def check_isolation() -> None:
    """Make sure that jails work on this machine.

    Raises
    ------
    IsolationMissing
        With the cause and what to do about it.
    """
    if sys.platform != "linux":
        raise IsolationMissing(
            "submissions are not graded here: the jail needs Linux (on other systems use a virtual machine or WSL 2)"
        )
    if not shutil.which("bwrap"):
        raise IsolationMissing(
            "submissions are not graded here: bubblewrap is missing. On Debian or Ubuntu: apt install bubblewrap"
        )
    with tempfolder() as folder:
        jail = Jail(folder, Limits())
        command = jail.command([sys.executable, "-I", "-c", "print('inside')"])
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, env={})
    if done.stdout != "inside\n":
        raise IsolationMissing(
            "submissions are not graded here: bubblewrap cannot build a jail. It needs user namespaces (sysctl "
            "kernel.unprivileged_userns_clone=1, on Ubuntu also kernel.apparmor_restrict_unprivileged_userns=0) or, "
            f"in a container, the right to make them. It said: {done.stderr.strip() or 'nothing'}"
        )


@contextlib.contextmanager
def tempfolder() -> Iterator[Path]:
    """A private folder with a short path, since the kernel's sockets lie in it (at most 107 bytes)."""
    folder = Path(f"/tmp/xp-{os.getpid()}-{random.SystemRandom().randrange(16**8):08x}")
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Jail:
    """A jail below a private folder: put files into `submission`, run `command(...)`, look with `excess()`.

    Parameters
    ----------
    folder : Path
        Empty and private; the caller removes it.
    limits : Limits
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.limits = limits
        self.submission = folder / "submission"
        self.sockets = folder / "s"
        # Without a user namespace the kernel would not count processes of root, so they get a user of their own.
        self.uid = random.SystemRandom().randint(FIRST_UID, LAST_UID) if os.geteuid() == 0 else None
        self.submission.mkdir()
        self.sockets.mkdir()
        if self.uid is not None:
            os.chown(self.sockets, self.uid, self.uid)

    def command(self, inner: list[str]) -> list[str]:
        """The command that runs `inner` in the jail."""
        for path in [self.submission, *self.submission.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        options = [
            "--die-with-parent",
            "--new-session",
            "--cap-drop",
            "ALL",
            "--clearenv",
            "--unshare-pid",
            "--unshare-net",
            "--unshare-ipc",
            "--unshare-uts",
            "--unshare-cgroup-try",
            "--hostname",
            "jail",
        ]
        if self.uid is None:
            options += ["--unshare-user"]
        else:
            options += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
        size = str(int(self.limits.files_mb * 1e6))
        options += ["--proc", "/proc", "--dev", "/dev"]
        for folder in (WORK, "/tmp", "/dev/shm"):
            options += ["--size", size, "--perms", "1777", "--tmpfs", folder]
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
        options += ["--perms", "0755", "--dir", str(self.sockets.parent)]
        options += [
            "--ro-bind",
            str(self.submission),
            SUBMISSION,
            "--bind",
            str(self.sockets),
            str(self.sockets),
            "--remount-ro",
            "/dev",
            "--remount-ro",
            "/",
            "--chdir",
            "/",
        ]
        environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": WORK,
            "LANG": "C.UTF-8",
            "NBGRADER_EXECUTION": "autograde",
            "PYTHONDONTWRITEBYTECODE": "1",
            # Threads count as processes and take address space; one submission has one core.
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
        }
        for name, value in environment.items():
            options += ["--setenv", name, value]
        rlimits = {
            # Address space is not memory: threads and compilers reserve what they never use.
            "RLIMIT_AS": int(4 * self.limits.memory_mb * 1e6),
            "RLIMIT_NPROC": self.limits.processes,
            "RLIMIT_FSIZE": int(self.limits.files_mb * 1e6),
            "RLIMIT_CPU": int(self.limits.total_s) + 1,
            "RLIMIT_NOFILE": 256,
            "RLIMIT_CORE": 0,
        }
        launch = json.dumps([rlimits, self.uid, SUBMISSION, WORK, inner])
        return [shutil.which("bwrap") or "bwrap", *options, sys.executable, "-I", "-S", "-c", LAUNCH, launch]

    def excess(self, pid: int) -> str | None:
        """Say what the jail of the bubblewrap process `pid` uses too much of, which no limit of the kernel covers."""
        inside = family(pid)
        # Bubblewrap's own two do not count.
        if sum(map(threads, inside)) - 2 >= self.limits.processes:
            return f"it started {self.limits.processes} processes and threads"
        memory = sum(map(resident_bytes, inside))
        if memory > self.limits.memory_mb * 1e6:
            return f"it used more than {self.limits.memory_mb:g} MB of memory"
        with os.scandir(self.sockets) as entries:
            files = [entry for entry in entries if not entry.name.startswith("kernel")]
        size = sum(entry.stat(follow_symlinks=False).st_size for entry in files)
        if len(files) > 20 or size > 1e6:
            return "it wrote files beside the sockets of its kernel"
        return None


def visible() -> list[Path]:
    """Folders that a jail shows, read-only: the system's programs, Python, its packages, and this package."""
    library = Path(explorables.__file__).resolve().parent
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
        library,
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
    """Memory that a process holds for itself: what it shares with files does not count."""
    try:
        fields = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:
        return 0
    return (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGE_SIZE")
