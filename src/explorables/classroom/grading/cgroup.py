"""Limits of memory and processes by the kernel's control groups, where this user may make some."""

from __future__ import annotations

import contextlib
import os
import random
import re
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
PREFIX = "xp-"  # of the groups' names; the grader's process number follows


class Cgroup:
    """A group for the processes of one jail: with shared memory and files in memory, which no other limit counts.

    Parameters
    ----------
    memory_bytes : int
    processes : int
        Threads included.

    Raises
    ------
    OSError
        If this machine does not let this user make one.
    """

    def __init__(self, memory_bytes: int, processes: int) -> None:
        name = f"{PREFIX}{os.getpid()}-{random.SystemRandom().randrange(16**8):08x}"
        self.folders: list[Path] = []
        try:
            for base, files in homes().items():
                folder = base / name
                folder.mkdir()
                self.folders.append(folder)
                for file, value in files.items():
                    limit = {"memory": memory_bytes, "processes": processes, "none": 0}[value]
                    (folder / file).write_text(str(limit))
            self.doors = [os.open(folder / "cgroup.procs", os.O_WRONLY) for folder in self.folders]
        except OSError:
            self.close()
            raise

    def enter(self) -> None:
        """Put the calling process into the group; all that it starts follows."""
        for door in self.doors:
            os.write(door, b"0")

    def ran_out(self) -> bool:
        """Whether the kernel has ended a process here for want of memory."""
        for folder in self.folders:
            for file in ("memory.events", "memory.oom_control"):
                with contextlib.suppress(OSError):
                    found = re.search(r"^oom_kill (\d+)$", (folder / file).read_text(), re.MULTILINE)
                    if found and int(found[1]):
                        return True
        return False

    def close(self) -> None:
        """Remove the group, once its processes have ended."""
        for door in getattr(self, "doors", ()):
            with contextlib.suppress(OSError):
                os.close(door)
        self.doors = []
        for folder in self.folders:
            for _ in range(50):
                try:
                    folder.rmdir()
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.02)


def homes() -> dict[Path, dict[str, str]]:
    """Folders in which groups can be made, with the files that hold the limits.

    Raises
    ------
    OSError
        If memory or processes cannot be limited.
    """
    places: dict[str, Path] = {}
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        below = path.lstrip("/")
        for controller in controllers.split(",") if controllers else [""]:
            mount = ROOT / controller
            # In a container the path is often the host's, and the container's own group stands at the mount.
            places[controller] = mount / below if (mount / below).is_dir() else mount
    if "memory" in places and "pids" in places:
        memory = {"memory.limit_in_bytes": "memory"}
        swap = places["memory"] / "memory.memsw.limit_in_bytes"
        return {
            places["memory"]: memory | ({swap.name: "memory"} if swap.is_file() else {}),
            places["pids"]: {"pids.max": "processes"},
        }
    home = places.get("")
    if home is None:
        raise FileNotFoundError("this machine has no control groups")
    shared = set((home / "cgroup.subtree_control").read_text().split())
    if not {"memory", "pids"} <= shared:
        raise PermissionError(f"{home} does not hand on its limits of memory and processes")
    swapping = {"memory.swap.max": "none"} if Path("/proc/swaps").read_text().count("\n") > 1 else {}
    return {home: {"memory.max": "memory", "pids.max": "processes"} | swapping}


def sweep() -> None:
    """Remove the groups of graders that have ended."""
    with contextlib.suppress(OSError):
        for base in homes():
            for folder in base.glob(f"{PREFIX}*-*"):
                owner = folder.name.split("-")[1]
                if owner.isdigit() and not Path(f"/proc/{owner}").exists():
                    with contextlib.suppress(OSError):
                        folder.rmdir()
