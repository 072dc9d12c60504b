"""A filter of system calls for the jail: what a notebook never needs, and what would reach around its limits.

It is a program of the classic Berkeley packet filter, as the kernel's ``seccomp(2)`` takes it.
"""

from __future__ import annotations

import errno
import platform
import struct

# By name: the number on x86_64, and on aarch64; None where that machine has no such call.
DENIED: dict[str, tuple[int | None, int | None]] = {
    "ptrace": (101, 117),
    "syslog": (103, 116),
    "pivot_root": (155, 41),
    "acct": (163, 89),
    "mount": (165, 40),
    "umount2": (166, 39),
    "swapon": (167, 224),
    "reboot": (169, 142),
    "init_module": (175, 105),
    "quotactl": (179, 60),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "unshare": (272, 97),
    "perf_event_open": (298, 241),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "setns": (308, 268),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "finit_module": (313, 273),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    # Memory that belongs to no file that a limit covers.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "msgget": (68, 186),
}
CLONE, CLONE3 = (56, 220), (435, 435)
NAMESPACES = 0x7E020000  # every CLONE_NEW... flag that clone takes
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # place in the pairs, and the kernel's name of it
LOAD, EQUAL, SET, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, FAIL, KILL = 0x7FFF0000, 0x00050000, 0x80000000
X32 = 0x40000000  # a second set of numbers on x86_64


def known() -> bool:
    """Whether there is a filter for this kind of machine."""
    return platform.machine() in MACHINES


def program() -> bytes:
    """The filter for this machine, as an array of ``struct sock_filter``.

    Raises
    ------
    OSError
        If there is none for this kind of machine.
    """
    if not known():
        raise OSError(errno.ENOSYS, f"there is no filter of system calls for {platform.machine()}")
    place, machine = MACHINES[platform.machine()]
    denied = [number for numbers in DENIED.values() if (number := numbers[place]) is not None]
    lines = [
        (LOAD, 0, 0, 4),  # the machine that the call is made for
        (EQUAL, 1, 0, machine),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, 0),  # the number of the call
        (SET, 0, 1, X32),
        (RETURN, 0, 0, FAIL | errno.ENOSYS),
    ]
    for number in denied:
        lines += [(EQUAL, 0, 1, number), (RETURN, 0, 0, FAIL | errno.EPERM)]
    # clone3 hides its flags from a filter; a C library then falls back to clone.
    lines += [(EQUAL, 0, 1, CLONE3[place]), (RETURN, 0, 0, FAIL | errno.ENOSYS)]
    lines += [(EQUAL, 0, 3, CLONE[place]), (LOAD, 0, 0, 16), (SET, 0, 1, NAMESPACES)]
    lines += [(RETURN, 0, 0, FAIL | errno.EPERM), (RETURN, 0, 0, ALLOW)]
    return b"".join(struct.pack("=HBBI", *line) for line in lines)
