"""The processes that run submissions: of this machine, or of a Dask cluster."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import ctypes
import multiprocessing
import os
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import Executor
from importlib import metadata
from pathlib import Path
from typing import Any

from explorables.book import current
from explorables.classroom.grading import cgroup
from explorables.classroom.grading.jail import IsolationMissing, check_isolation

PR_SET_PDEATHSIG = 1
PATIENCE_S = 10  # with a scheduler that does not answer, and with one that has no worker


@contextlib.contextmanager
def pool(workers: int, scheduler: str | None) -> Iterator[tuple[Executor, int]]:
    """Processes on this machine, or those of a Dask cluster behind the same interface; and how many there are."""
    if scheduler:
        with cluster(scheduler) as client, client.get_executor(pure=False) as executor:
            yield executor, sum(client.nthreads().values())
        return
    # Forked, so that they need not load nbgrader again; no thread runs yet.
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(
        workers, mp_context=context, initializer=die_with, initargs=(os.getpid(),)
    ) as executor:
        yield executor, workers


@contextlib.contextmanager
def cluster(address: str) -> Iterator[Any]:
    """A client of a Dask cluster that can grade.

    Raises
    ------
    RuntimeError
        When its scheduler does not answer, or it has no worker, or a worker lacks a package.
    IsolationMissing
        When a worker cannot build a jail.
    """
    try:
        from distributed import Client
        from distributed.comm import connect
    except ModuleNotFoundError:
        raise RuntimeError('a cluster needs Dask: pip install "explorables[cluster]"') from None

    async def knock() -> None:
        """Greet the scheduler: a client would wait for ever for a server that is none."""
        connection = await asyncio.wait_for(connect(address, timeout=PATIENCE_S), PATIENCE_S + 1)
        await connection.close()

    try:
        with concurrent.futures.ThreadPoolExecutor(1) as thread:  # a notebook has a loop running in its own
            thread.submit(asyncio.run, knock()).result()
    except Exception as error:  # noqa: BLE001 - whatever speaks there may answer anything
        why = (
            str(error) or "it keeps silent"
            if isinstance(error, OSError | ValueError)
            else "what speaks there is something else"
        )
        raise RuntimeError(
            f"nothing was graded: no Dask scheduler answers at {address} ({why}). Give the address that "
            "`dask scheduler` prints, or leave --scheduler out to grade on this machine"
        ) from None
    with Client(address, timeout=PATIENCE_S) as client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE_S)
        except TimeoutError:
            raise RuntimeError(
                f"nothing was graded: the Dask scheduler at {address} has no worker. Start one on each machine: "
                f"`dask worker {address}`"
            ) from None
        check_workers(client)
        yield client


def check_workers(client: Any) -> None:
    """Make sure that all workers have the packages and can build a jail. A task that a worker cannot even read would end it."""
    for package in filter(None, ("explorables", current().distribution, "nbgrader")):
        here = metadata.version(package)
        # What is asked comes with Python, so that any worker can answer.
        for worker, found in client.run(metadata.version, package, on_error="return").items():
            if found != here:
                has = f"has {package} {found}, and here is {here}" if isinstance(found, str) else f"lacks {package}"
                raise RuntimeError(
                    f"nothing was graded: the worker at {worker} {has}. Install the same there, for example "
                    f'`pip install "explorables[cluster,course]=={metadata.version("explorables")}"`'
                )
    for worker, error in client.run(check_isolation, on_error="return").items():
        if error is not None:
            raise IsolationMissing(f"the worker at {worker}: {error}")


def die_with(parent: int) -> None:
    """End this worker, and with it the jail that it runs, as soon as the grader ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def sweep() -> None:
    """Remove what is left of jails whose grader was ended."""
    cgroup.sweep()
    for folder in Path("/tmp").glob("xp-*-*"):
        owner = folder.name.split("-")[1]
        if folder.is_dir() and not folder.is_symlink() and owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)
