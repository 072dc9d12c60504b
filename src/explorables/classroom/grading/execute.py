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
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

import nbformat
import zmq
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute
from nbgrader.utils import determine_grade, is_grade, is_solution
from traitlets import Unicode

from explorables import replies
from explorables.classroom.exercises import keys, report
from explorables.classroom.grading import judging
from explorables.classroom.grading.canary import canary, names_imported, verdict
from explorables.classroom.grading.course import sift
from explorables.classroom.grading.jail import IsolationMissing, Limits
from explorables.classroom.grading.outputs import error
from explorables.classroom.grading.provisioner import JailProvisioner, spec_metadata

replies.heed()

INTERRUPT_S = 5
LOOK_S = 0.2
MOST_PICTURES = 50_000_000  # bytes of one message


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
    asked : dict of str to set of str
        For each notebook the tests whose answer is reported, to be compared elsewhere.
    limits : Limits
    """

    student: str
    notebooks: dict[str, str]
    files: dict[str, bytes]
    imported: dict[str, set[str]]
    asked: dict[str, set[str]]
    limits: Limits


@dataclass
class Run:
    """What became of a job.

    Attributes
    ----------
    student : str
    notebooks : dict of str to str
        The executed notebooks.
    reported : dict of str to dict
        For each notebook what its kernel said of its answers, by the test's name.
    failed : list of str
        Why the tests did not all have their say.
    notes : list of str
        What else a grader should know.
    seconds : float
    """

    student: str
    notebooks: dict[str, str] = field(default_factory=dict)
    reported: dict[str, dict[str, Any]] = field(default_factory=dict)
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
    start = time.monotonic()
    run = Run(job.student)
    for name, text in sorted(job.notebooks.items()):
        notebook = nbformat.reads(text, as_version=4)
        with tempfile.TemporaryDirectory(prefix="explorables-") as folder:
            for path, content in job.files.items():
                file = Path(folder, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            runner = JailedRun(job.limits, job.imported[name], job.asked.get(name, set()))
            run_notebook(runner, notebook, name, folder, run)
        run.notebooks[name] = nbformat.writes(notebook)
        run.reported[name] = runner.reported
    run.seconds = time.monotonic() - start
    return run


def run_notebook(runner: JailedRun, notebook: NotebookNode, name: str, folder: str, run: Run) -> None:
    """Run one notebook in place, beside the files of a folder; what went wrong is added to `run`."""
    try:
        runner.preprocess(notebook, {"metadata": {"path": folder}})
    except DeadKernelError:
        pass  # the runner has said so in the cells
    except IsolationMissing:
        raise
    except CellTimeoutError:
        runner.stopped = runner.stopped or "what a cell gave out did not come to an end"
        runner.give_up(notebook.cells[runner.place :])
    except (RuntimeError, zmq.ZMQError) as problem:
        # The kernel did not start, or died between two cells.
        runner.stopped = runner.stopped or f"its kernel failed ({type(problem).__name__})"
        runner.give_up(notebook.cells[runner.place :])
    except Exception as problem:  # noqa: BLE001 - a notebook has its kernel's keys, and can send anything in its name
        runner.stopped = runner.stopped or f"its kernel sent what no kernel sends ({type(problem).__name__})"
        runner.give_up(notebook.cells[runner.place :])
    if runner.stopped:
        run.failed.append(f"{name}: stopped because {runner.stopped}")
    run.failed += [f"{name}, {cell}: {why}" for cell, why in runner.tricks.items()]
    run.notes += [f"{name}, {cell}: ran longer than {runner.limits.cell_s:g} s" for cell in runner.late]


class JailedRun(Execute):
    """nbgrader's execution of a notebook, in a jail, under a watch, and with a canary after each test that passes.

    Attributes
    ----------
    limits : Limits
    reported : dict
        What the kernel said of each answer that is asked for, by the test's name.
    stopped : str or None
        Why the kernel was ended before the notebook's end.
    tricks : dict of str to str
        For each test that was fooled, how.
    late : list of str
        Cells that were interrupted.
    """

    def __init__(self, limits: Limits, imported: set[str], asked: set[str], **options: Any) -> None:
        super().__init__(**options)
        self.log = logging.getLogger("explorables.classroom.grading.kernel")
        self.log.propagate = False
        self.log.addHandler(logging.NullHandler())
        self.limits = limits
        self.imported = imported
        self.asked = asked
        self.reported: dict[str, Any] = {}
        self.stopped: str | None = None
        self.tricks: dict[str, str] = {}
        self.late: list[str] = []
        self.output_bytes = 0
        self.place = 0  # of the cell in hand
        self.startup_timeout = 60
        self.timeout = self.iopub_timeout = math.ceil(limits.cell_s)
        self.shutdown_kernel = "immediate"
        self.store_widget_state = False

    def preprocess(self, nb: NotebookNode, resources: dict, km: Any = None) -> tuple[NotebookNode, dict]:
        """Run all cells."""
        name = nb.metadata.get("kernelspec", {}).get("name", "python3")
        self.python = nb.metadata.get("kernelspec", {}).get("language", "python") == "python"
        km = AsyncKernelManager(kernel_name=name)
        km.kernel_spec.metadata = {**km.kernel_spec.metadata, **spec_metadata(self.limits)}
        # Nobody sends messages of this size but to fill the grader's memory.
        km.context.setsockopt(zmq.MAXMSGSIZE, int(self.limits.output_mb * 1e6) + MOST_PICTURES)
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
            if isinstance(km.provisioner, JailProvisioner):
                km.provisioner.give_back()
            km.context.destroy(linger=0)

    def preprocess_cell(self, cell: NotebookNode, resources: dict, index: int) -> tuple[NotebookNode, dict]:
        """Run a cell; when its kernel ends, say so in this cell and in the tests that could not run."""
        self.place = index
        try:
            self.execute_cell(cell, index, store_history=True)
            if is_test(cell) and cell.metadata.nbgrader.grade_id in self.asked:
                self.listen(cell, index)
            elif is_test(cell) and self.python and (said := worth(cell)):
                why = "it gives itself more points than there are" if said > points(cell) else self.fooled(cell, index)
                if why:
                    self.tricks[cell.metadata.nbgrader.grade_id] = why
                    cell.outputs = [error("NotCounted", why)]
        except DeadKernelError:
            self.stopped = self.stopped or "it ended its own kernel"
            cell.outputs = [*cell.get("outputs", []), error("Stopped", self.stopped)]
            self.give_up(self.nb.cells[index + 1 :])
            raise
        return cell, resources

    def listen(self, cell: NotebookNode, index: int) -> None:
        """Ask the kernel for the answer, and take down what it says; nothing of it is believed here."""
        probe = nbformat.v4.new_code_cell(report.CODE)
        self.execute_cell(probe, index, store_history=False)
        self.nb.cells[index] = cell  # the client put the probe there
        said = [one.data[report.MIME] for one in probe.outputs if report.MIME in one.get("data", {})]
        self.reported[cell.metadata.nbgrader.grade_id] = said[-1] if said else None

    def give_up(self, cells: list[NotebookNode]) -> None:
        """Mark the tests among `cells` as not run."""
        for cell in filter(is_test, cells):
            cell.outputs = [error("NotRun", f"not run, because the notebook was stopped: {self.stopped}")]

    def fooled(self, cell: NotebookNode, index: int) -> str | None:
        """Run the canary of a test cell; say how the test was fooled, if it was."""
        chance = random.SystemRandom()
        token = f"t{chance.randrange(16**12):012x}"
        low, high = chance.uniform(1e9, 2e9), chance.uniform(3e9, 4e9)
        source, asked = canary(cell.source, self.imported, token, low, high)
        probe = nbformat.v4.new_code_cell(source)
        self.execute_cell(probe, index, store_history=False)
        self.nb.cells[index] = cell  # the client put the canary there
        return verdict(probe.outputs, token, asked)

    def process_message(self, msg: dict, cell: NotebookNode, cell_index: int) -> Any:
        """Count what a cell gives out, and end a kernel that gives out too much."""
        if msg["msg_type"].startswith("comm_"):
            return None  # widgets would be kept in memory, and nobody looks at them
        if msg["msg_type"] in {"stream", "display_data", "execute_result", "error", "update_display_data"}:
            if not well_formed(msg):
                return None
            self.output_bytes += size(msg["content"])
            if self.output_bytes > self.limits.output_mb * 1e6:
                self.stop(f"it printed more than {self.limits.output_mb:g} MB")
                return None
        return super().process_message(msg, cell, cell_index)

    async def _async_handle_timeout(self, timeout: int, cell: NotebookNode | None = None) -> dict | None:
        """Interrupt a cell; end a kernel that goes on all the same."""
        if self.stopped:
            raise DeadKernelError("Kernel ended")
        reply = await super()._async_handle_timeout(timeout, cell)
        place = self.nb.cells.index(cell) + 1 if cell in self.nb.cells else None
        mark = cell.metadata.get("nbgrader", {}) if cell else {}
        self.late.append(mark.get("grade_id") or f"cell {place}")
        try:
            await self.kc.shell_channel.get_msg(timeout=INTERRUPT_S)
        except (TimeoutError, Empty):
            self.stop("a cell went on after it was interrupted")
            raise DeadKernelError("Kernel ended") from None
        return reply

    def watch(self, km: AsyncKernelManager, ended: threading.Event) -> None:
        """Look again and again at what the kernel of the operating system does not limit."""
        last = time.monotonic() + self.limits.total_s
        while not ended.wait(LOOK_S):
            process, jail = getattr(km.provisioner, "process", None), getattr(km.provisioner, "jail", None)
            if process is None or jail is None:
                continue
            why = jail.excess(process.pid)
            if time.monotonic() > last:
                why = f"it took longer than {self.limits.total_s:g} s in all"
            if why:
                self.stop(why, km)
                return

    def stop(self, why: str, km: AsyncKernelManager | None = None) -> None:
        """End the jail for a reason; the first reason counts."""
        self.stopped = self.stopped or why
        self.kill(km or self.km)

    @staticmethod
    def kill(km: AsyncKernelManager) -> None:
        """End the jail with all its processes."""
        process = getattr(km.provisioner, "process", None)
        if process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)


def points(cell: NotebookNode) -> float:
    """What a test is worth."""
    return float(cell.metadata.nbgrader.points)


def worth(cell: NotebookNode) -> float:
    """Points that a test gives by its outputs, as nbgrader reads them; infinite where it would refuse to."""
    try:
        return determine_grade(cell)[0] or 0.0
    except (ValueError, KeyError, TypeError, AttributeError):
        return math.inf


def is_test(cell: NotebookNode) -> bool:
    """Say whether a cell is graded by running it."""
    return cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)


SHAPES: dict[str, dict[str, type | tuple[type, ...]]] = {
    "stream": {"name": str, "text": str},
    "error": {"ename": str, "evalue": str, "traceback": list},
    "display_data": {"data": dict, "metadata": dict},
    "execute_result": {"data": dict, "metadata": dict, "execution_count": (int, type(None))},
    "update_display_data": {"data": dict, "metadata": dict},
}


def well_formed(msg: dict) -> bool:
    """Whether an output has the form that Jupyter's messages have; a forged one may not."""
    content = msg["content"]
    return isinstance(content, dict) and all(
        isinstance(content.get(name), kind) for name, kind in SHAPES[msg["msg_type"]].items()
    )


def size(content: dict) -> int:
    """Bytes of an output that count: pictures and tables of honest work are large, so these count for a tenth."""
    text = content.get("text")
    if isinstance(text, str):
        return 200 + len(text)
    data = content.get("data")
    rich = sum(len(str(value)) for kind, value in data.items() if kind != "text/plain") if isinstance(data, dict) else 0
    return 200 + len(json.dumps(content, default=str)) - rich + rich // 10


class JailedExecute(Execute):
    """For nbgrader: runs a notebook in a jail, and compares its answers with the keys, which stay here.

    ``nbgrader autograde`` and formgrader's buttons take it where a course's settings name it.
    """

    keys = Unicode("", help="Folder with the keys of the course's assignments.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict, km: Any = None) -> tuple[NotebookNode, dict]:
        """Run and judge a notebook.

        Raises
        ------
        IsolationMissing
            When this machine cannot build a jail.
        """
        about = resources["nbgrader"]
        known = keys.read(Path(self.keys), about["assignment"]) if self.keys else {}
        run, name = Run(about["student"]), about["notebook"]
        directory = CourseDirectory(config=self.config)
        places = {step: getattr(directory, f"{step}_directory") for step in ("submitted", "source")}
        submitted = Path(directory.format_path(places["submitted"], about["student"], about["assignment"]))
        source = Path(directory.format_path(places["source"], ".", about["assignment"]))
        sift(Path(resources["metadata"].get("path") or "."), submitted, source)
        given = [cell.source for cell in nb.cells if cell.cell_type == "code" and not is_solution(cell)]
        runner = JailedRun(Limits(cell_s=float(self.timeout or Limits.cell_s)), names_imported(given), set(known))
        run_notebook(runner, nb, name, resources["metadata"].get("path") or ".", run)
        run.notes += judging.judge(nb, known, runner.reported, about["student"])
        for line in [*run.failed, *run.notes]:
            self.log.warning("%s: %s", about["student"], line)
        return nb, resources
