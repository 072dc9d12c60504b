"""What the jail is made of, and what an instructor reads where it cannot be built."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from explorables.classroom.grading import IsolationMissing, Limits, check_isolation, jail, provisioner


def inside(code: str, limits: Limits | None = None) -> str:
    """What a program prints in a jail."""
    with jail.tempfolder() as folder:
        made = jail.Jail(folder, limits or Limits())
        try:
            command = made.command([sys.executable, "-I", "-c", code])
            done = subprocess.run(
                command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True, env={}, **made.options
            )
        finally:
            made.close()
    return done.stdout


@pytest.mark.usefixtures("jail")
def test_nothing_is_left_to_gain_by_system_calls() -> None:
    status = dict(
        line.split(":\t", 1) for line in inside("print(open('/proc/self/status').read())").splitlines() if "\t" in line
    )
    assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    code = "import ctypes; c = ctypes.CDLL(None, use_errno=True); print([c.unshare(flag) for flag in (0x10000000, 0x20000, 0x20000000)])"
    assert inside(code) == "[-1, -1, -1]\n"


@pytest.mark.usefixtures("jail")
def test_without_control_groups_the_same_limits_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders in memory have their size, and the watch adds up memory; `test_grading.py` has an ordinary user grade."""

    def none(*_: object) -> None:
        raise PermissionError("this user may make none")

    monkeypatch.setattr(jail, "Cgroup", none)
    code = "import resource; print(resource.getrlimit(resource.RLIMIT_AS)[0], resource.getrlimit(resource.RLIMIT_NPROC)[0])"
    assert inside(code, Limits(memory_mb=500, processes=20)) == "2000000000 20\n"
    full = (
        "try:\n    for n in range(99): open(f'/tmp/{n}', 'wb').write(bytes(10**6))\nexcept OSError as e: print(e.errno)"
    )
    assert inside(full, Limits(files_mb=5)) == "28\n"
    with jail.tempfolder() as folder:
        made = jail.Jail(folder, Limits(memory_mb=50))
        process = subprocess.Popen(
            made.command(
                [sys.executable, "-I", "-c", "x = bytearray(b'1') * 90_000_000; print('there', flush=True); input()"]
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={},
            **made.options,
        )
        try:
            made.first_process()
            assert process.stdout.readline() == b"there\n"
            assert made.cgroup is None and made.excess(process.pid) == "it used more than 50 MB of memory"
        finally:
            process.kill()
            process.communicate()
            made.close()


@pytest.fixture
def broken(jail: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bubblewrap that may make no namespaces."""
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("container", raising=False)
    return program


def refused() -> str:
    """What is said where no jail can be built."""
    with pytest.raises(IsolationMissing) as problem:
        check_isolation()
    return str(problem.value)


def test_on_a_mac_and_on_windows_it_says_where_to_grade(monkeypatch: pytest.MonkeyPatch) -> None:
    for system in ("darwin", "win32"):
        monkeypatch.setattr(sys, "platform", system)
        assert "the jail needs Linux" in refused() and "WSL 2" in refused()


def test_it_says_what_to_install_or_to_allow(broken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jail, "in_container", lambda: False)
    assert "sysctl kernel.unprivileged_userns_clone=1" in refused()
    assert refused().endswith("It said: bwrap: No permissions to create new namespace")
    monkeypatch.setattr(jail, "in_container", lambda: True)
    assert (
        "in this container" in refused()
        and "--security-opt seccomp=unconfined" in refused()
        and "rootless or not" in refused()
    )
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert "this is riscv64" in refused()
    monkeypatch.setattr(shutil, "which", lambda *_: None)
    assert "apt install bubblewrap" in refused()


def test_a_container_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("container", "podman")
    assert jail.in_container()


def test_no_kernel_starts_where_no_jail_can_be_built(broken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So nbgrader's own command and formgrader's buttons run nothing either."""
    monkeypatch.setattr(provisioner, "checked", False)
    with ThreadPoolExecutor(1) as thread:  # which has no loop, whatever other tests have started here
        begun = thread.submit(asyncio.run, provisioner.JailProvisioner().pre_launch())
    with pytest.raises(IsolationMissing, match="not run here"):
        begun.result()


def test_no_kernel_starts_without_its_jail(tmp_path: Path) -> None:
    command = [sys.executable, "-c", f"open({str(tmp_path / 'ran')!r}, 'w')"]
    with ThreadPoolExecutor(1) as thread:
        begun = thread.submit(asyncio.run, provisioner.JailProvisioner().launch_kernel(command))
    with pytest.raises(IsolationMissing, match="no jail"):
        begun.result()
    assert not list(tmp_path.iterdir())
