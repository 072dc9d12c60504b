"""Runs the notebooks of one submission, each in a jail; the part of grading that a worker does.

What goes in and comes out are plain values, so that a worker may be a process here or a machine of a cluster.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import random
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from queue import Empty
from typing import Any

import nbformat
import zmq
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbgrader.preprocessors import Execute
from nbgrader.utils import determine_grade, is_grade, is_solution

from explorables.classroom.grading.canary import canary, verdict
from explorables.classroom.grading.jail import Jail, Limits, check_isolation, tempfolder

INTERRUPT_S = 5
LOOK_S = 0.2
# Names of the errors that say that a test had no say, rather than that an answer was wrong.
NO_SAY = frozenset({"Stopped", "NotRun", "NotCounted"})
isolated = False


@dataclass(frozen=True)
class Job:
    """One submission, ready to run.

    Attributes
    ----------
    student : str
    notebooks : dict of str to str
        JSON of each notebook by its name, its tests as released.
    files : dict of str to bytes
        Other files by their path in the folder where the notebooks run.
    imported : dict of str to set of str
        For each notebook the names that the instructor's cells import.
    limits : Limits
    """

    student: str
    notebooks: dict[str, str]
    files: dict[str, bytes]
    imported: dict[str, set[str]]
    limits: Limits


@dataclass
class Run:
    """What became of a job.

    Attributes
    ----------
    student : str
    notebooks : dict of str to str
        The executed notebooks.
    failed : list of str
        Why the tests did not all have their say.
    notes : list of str
        What else a grader should know.
    seconds : float
    """

    student: str
    notebooks: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0


def run_job(job: Job) -> Run:
    """Run a submission's notebooks.

    Raises
    ------
    IsolationMissing
        When this machine cannot build a jail.
    """
    global isolated
    if not isolated:
        check_isolation()
        isolated = True
    start = time.monotonic()
    run = Run(job.student)
    for name, text in sorted(job.notebooks.items()):
        notebook = nbformat.reads(text, as_version=4)
        with tempfolder() as folder:
            jail = Jail(folder, job.limits)
            for path, content in job.files.items():
                file = jail.submission / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            run_notebook(notebook, name, jail, job.imported[name], run)
        run.notebooks[name] = nbformat.writes(notebook)
    run.seconds = time.monotonic() - start
    return run


def run_notebook(notebook: NotebookNode, name: str, jail: Jail, imported: set[str], run: Run) -> None:
    """Run one notebook in place; what went wrong is added to `run`."""
    runner = JailedRun(jail=jail, imported=imported)
    try:
        runner.preprocess(notebook, {})
    except DeadKernelError:
        pass  # the runner has said so in the cells
    except (RuntimeError, OSError, zmq.ZMQError) as error:
        # The kernel did not start, or died between two cells.
        runner.stopped = runner.stopped or f"its kernel failed: {error}"
        runner.give_up(notebook.cells)
    if runner.stopped:
        run.failed.append(f"{name}: stopped because {runner.stopped}")
    run.failed += [f"{name}, {cell}: {why}" for cell, why in runner.tricks.items()]
    run.notes += [f"{name}, {cell}: ran longer than {jail.limits.cell_s:g} s" for cell in runner.late]


class JailedKernel(AsyncKernelManager):
    """A kernel whose process is a jail; it is spoken to through sockets in the jail's folder."""

    def __init__(self, jail: Jail, **options: Any) -> None:
        super().__init__(transport="ipc", connection_file=str(jail.sockets / "kernel.json"), **options)
        self.jail = jail
        # A signal would end bubblewrap; a message reaches the kernel.
        self.kernel_spec.interrupt_mode = "message"
        # Nobody sends messages of this size but to fill the grader's memory.
        self.context.setsockopt(zmq.MAXMSGSIZE, int(jail.limits.output_mb * 1e6) + 50_000_000)

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        """The kernel's command, in the jail."""
        if self.jail.uid is not None:
            os.chown(self.connection_file, self.jail.uid, self.jail.uid)
        return self.jail.command(super().format_kernel_cmd(extra_arguments))

    async def _async_launch_kernel(self, kernel_cmd: list[str], **options: Any) -> None:
        """Start the kernel without a way to write to the grader's terminal."""
        nowhere = subprocess.DEVNULL
        await super()._async_launch_kernel(kernel_cmd, **options | {"stdout": nowhere, "stderr": nowhere})


class JailedRun(Execute):
    """nbgrader's execution of a notebook, in a jail, under a watch, and with a canary after each test that passes.

    Attributes
    ----------
    stopped : str or None
        Why the kernel was ended before the notebook's end.
    tricks : dict of str to str
        For each test that was fooled, how.
    late : list of str
        Cells that were interrupted.
    """

    def __init__(self, jail: Jail, imported: set[str]) -> None:
        super().__init__()
        self.log = logging.getLogger("explorables.classroom.grading.kernel")
        self.log.propagate = False
        self.log.addHandler(logging.NullHandler())
        self.jail = jail
        self.imported = imported
        self.stopped: str | None = None
        self.tricks: dict[str, str] = {}
        self.late: list[str] = []
        self.output_bytes = 0
        self.startup_timeout = 60
        self.timeout = math.ceil(jail.limits.cell_s)
        self.shutdown_kernel = "immediate"

    def preprocess(self, nb: NotebookNode, resources: dict, km: Any = None) -> tuple[NotebookNode, dict]:
        """Run all cells."""
        name = nb.metadata.get("kernelspec", {}).get("name", "python3")
        self.python = nb.metadata.get("kernelspec", {}).get("language", "python") == "python"
        km = JailedKernel(self.jail, kernel_name=name)
        ended = threading.Event()
        watch = threading.Thread(target=self.watch, args=(km, ended), daemon=True)
        watch.start()
        try:
            return super().preprocess(nb, resources, km)
        finally:
            ended.set()
            watch.join()
            self.kill(km)
            if self.kc:
                # The client would leave them open, since the manager is not its own; a worker runs hundreds of notebooks.
                self.kc.stop_channels()
            km.cleanup_connection_file()
            km.context.destroy(linger=0)

    def preprocess_cell(self, cell: NotebookNode, resources: dict, index: int) -> tuple[NotebookNode, dict]:
        """Run a cell; when its kernel ends, say so in this cell and in the tests that could not run."""
        try:
            self.execute_cell(cell, index, store_history=True)
            if is_test(cell) and self.python and determine_grade(cell)[0]:
                why = self.fooled(cell, index)
                if why:
                    self.tricks[cell.metadata.nbgrader.grade_id] = why
                    cell.outputs.append(error("NotCounted", why))
        except DeadKernelError:
            self.stopped = self.stopped or "it ended its own kernel"
            cell.outputs = [*cell.get("outputs", []), error("Stopped", self.stopped)]
            self.give_up(self.nb.cells[index + 1 :])
            raise
        return cell, resources

    def give_up(self, cells: list[NotebookNode]) -> None:
        """Mark the tests among `cells` as not run."""
        for cell in filter(is_test, cells):
            cell.outputs = [error("NotRun", f"not run, because the notebook was stopped: {self.stopped}")]

    def fooled(self, cell: NotebookNode, index: int) -> str | None:
        """Run the canary of a test cell; say how the test was fooled, if it was."""
        chance = random.SystemRandom()
        token = f"t{chance.randrange(16**12):012x}"
        low, high = chance.uniform(1e9, 2e9), chance.uniform(3e9, 4e9)
        source = canary(cell.source, self.imported, token, low, high)
        probe = nbformat.v4.new_code_cell(source)
        self.execute_cell(probe, index, store_history=False)
        self.nb.cells[index] = cell  # the client put the canary there
        return verdict(probe.outputs, token)

    def process_message(self, msg: dict, cell: NotebookNode, cell_index: int) -> Any:
        """Count what a cell gives out, and end a kernel that gives out too much."""
        if msg["msg_type"] in {"stream", "display_data", "execute_result", "error", "update_display_data"}:
            text = msg["content"].get("text")
            self.output_bytes += 200 + (
                len(text) if isinstance(text, str) else len(json.dumps(msg["content"], default=str))
            )
            if self.output_bytes > self.jail.limits.output_mb * 1e6:
                self.stop(f"it printed more than {self.jail.limits.output_mb:g} MB")
                return None
        return super().process_message(msg, cell, cell_index)

    async def _async_handle_timeout(self, timeout: int, cell: NotebookNode | None = None) -> dict | None:
        """Interrupt a cell; end a kernel that goes on all the same."""
        if self.stopped:
            raise DeadKernelError("Kernel ended")
        reply = await super()._async_handle_timeout(timeout, cell)
        place = self.nb.cells.index(cell) + 1 if cell in self.nb.cells else None
        self.late.append(cell.metadata.get("nbgrader", {}).get("grade_id") or f"cell {place}")
        try:
            await self.kc.shell_channel.get_msg(timeout=INTERRUPT_S)
        except (TimeoutError, Empty):
            self.stop("a cell went on after it was interrupted")
            raise DeadKernelError("Kernel ended") from None
        return reply

    def watch(self, km: JailedKernel, ended: threading.Event) -> None:
        """Look again and again at what the kernel of the operating system does not limit."""
        last = time.monotonic() + self.jail.limits.total_s
        while not ended.wait(LOOK_S):
            process = getattr(km.provisioner, "process", None)
            if process is None:
                continue
            why = self.jail.excess(process.pid)
            if time.monotonic() > last:
                why = f"it took longer than {self.jail.limits.total_s:g} s in all"
            if why:
                self.stop(why, km)
                return

    def stop(self, why: str, km: JailedKernel | None = None) -> None:
        """End the jail for a reason; the first reason counts."""
        self.stopped = self.stopped or why
        self.kill(km or self.km)

    @staticmethod
    def kill(km: JailedKernel) -> None:
        """End the jail with all its processes."""
        process = getattr(km.provisioner, "process", None)
        if process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)


def is_test(cell: NotebookNode) -> bool:
    """Say whether a cell is graded by running it."""
    return cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)


def error(name: str, text: str) -> NotebookNode:
    """An output that nbgrader takes for a failed test."""
    return nbformat.v4.new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"])
