"""A provisioner of Jupyter kernels that shuts each one in: whatever starts a kernel by it has the jail."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Float, Int

from explorables.classroom.grading.jail import (
    CONNECTION,
    SOCKETS,
    IsolationMissing,
    Jail,
    Limits,
    check_isolation,
    tempfolder,
)

NAME = "explorables-jail"  # of the entry point
checked = False


class JailProvisioner(LocalProvisioner):
    """Starts a kernel in a jail, with a copy of the files of its folder, and without the notebooks among them.

    Fails closed: where a jail cannot be built, no kernel starts, and the error says what to install.
    """

    cell_s = Float(Limits.cell_s).tag(config=True)
    total_s = Float(Limits.total_s).tag(config=True)
    memory_mb = Float(Limits.memory_mb).tag(config=True)
    processes = Int(Limits.processes).tag(config=True)
    files_mb = Float(Limits.files_mb).tag(config=True)
    output_mb = Float(Limits.output_mb).tag(config=True)

    jail: Jail | None = None
    _folder: contextlib.ExitStack | None = None

    @property
    def limits(self) -> Limits:
        """What the kernel may use."""
        return Limits(**{name: getattr(self, name) for name in Limits.__dataclass_fields__})

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Build the jail, and put the kernel's command into it.

        Raises
        ------
        IsolationMissing
            When this machine cannot build one.
        """
        global checked
        if not checked:
            await asyncio.to_thread(check_isolation)
            checked = True
        self.give_back()
        self._folder = contextlib.ExitStack()
        folder = self._folder.enter_context(tempfolder())
        self.jail = Jail(folder, self.limits)
        self._folder.callback(self.jail.close)
        if place := kwargs.get("cwd"):
            copy_files(Path(place), self.jail.submission)
        km: Any = self.parent
        km.cache_ports = False
        km.transport, km.ip = "ipc", f"{SOCKETS}/kernel"
        km.connection_file = str(folder / "outside.json")
        # A signal would end bubblewrap; a message reaches the kernel.
        self.kernel_spec.interrupt_mode = "message"
        kwargs = await super().pre_launch(**kwargs)
        self.jail.connection.write_bytes(Path(km.connection_file).read_bytes())
        command = [CONNECTION if part == km.connection_file else part for part in kwargs.pop("cmd")]
        if Path(command[0]).name.startswith("python"):
            command.insert(1, "-P")  # nothing beside the notebook passes for a module of Python's own
        nowhere = subprocess.DEVNULL
        return (
            kwargs
            | self.jail.options
            | {
                "cmd": self.jail.command(command),
                "cwd": "/",
                "env": {},
                "stdin": nowhere,
                "stdout": nowhere,
                "stderr": nowhere,
            }
        )

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the jail; its sockets are reached through its first process.

        Raises
        ------
        IsolationMissing
            When it does not start.
        """
        if self.jail is None:
            raise IsolationMissing("students' code is not run here: no jail was built for it")
        info = await super().launch_kernel(cmd, **kwargs)
        try:
            first = await asyncio.to_thread(self.jail.first_process)
        except RuntimeError as problem:
            await self.kill()
            raise IsolationMissing(f"students' code is not run here: {problem}") from None
        self.connection_info = {**info, "ip": f"/proc/{first}/root{SOCKETS}/kernel"}
        return self.connection_info

    async def send_signal(self, signum: int) -> None:
        """Send a signal to bubblewrap, with whom all in the jail ends."""
        if self.process and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGKILL if signum == signal.SIGTERM else signum)

    async def cleanup(self, restart: bool = False) -> None:
        """Give back what the jail took of this machine."""
        await super().cleanup(restart)
        self.give_back()

    def give_back(self) -> None:
        """End what is left of the jail, and remove its folder."""
        process = self.process
        if process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
            process.wait()
        if self._folder:
            self._folder.close()
            self._folder = None


def copy_files(source: Path, target: Path) -> None:
    """Copy a folder's ordinary files, without notebooks: those of nbgrader hold hidden tests."""
    for path, folders, names in os.walk(source):
        folders[:] = [name for name in folders if not os.path.islink(os.path.join(path, name))]
        for name in names:
            file = Path(path, name)
            if file.suffix != ".ipynb" and file.is_file() and not file.is_symlink():
                place = target / file.relative_to(source)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, place)


def spec_metadata(limits: Limits) -> dict[str, Any]:
    """What a kernel's specification says so that it is shut in."""
    return {"kernel_provisioner": {"provisioner_name": NAME, "config": dict(vars(limits))}}
