"""Many random paths of a model in bounded memory, on one machine or on a Dask cluster, with the same answer.

Every path has its own place in a counter-based stream of random numbers, all arithmetic is done in blocks that begin at
multiples of `BLOCK`, and what is kept of a block are whole numbers. So neither the size of the chunks nor the number of
workers, nor the order in which they finish, nor a worker that is lost and whose work is done again changes a bit.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

BLOCK = 4096  # paths that are computed together
COUNTER_WORDS = 4  # numbers that Philox makes for each count
FRACTION_BITS = 40  # of the fixed-point sums, below the upper end of a quantity's bins
SAID_EVERY_S = 10.0  # where progress is not on a terminal

Function = Callable[[np.ndarray], Mapping[str, np.ndarray]]
"""From probabilities of shape (dimensions, paths) to outputs of shape (paths,) or (places, paths)."""


def uniforms(seed: int, start: int, count: int, dimensions: int) -> np.ndarray:
    """Random numbers between 0 and 1, both excluded, for some paths of an ensemble.

    Parameters
    ----------
    seed : int
        Names the ensemble, from 0 to ``2**128 - 1``.
    start, count : int
        The first path, from 0, and the number of paths.
    dimensions : int
        Numbers for each path.

    Returns
    -------
    array of shape (dimensions, count)
        The numbers of a path depend on the seed and on the path's number alone.

    References
    ----------
    salmon_2011_philox: Philox-4x64 makes four numbers from a key and a counter, without a state.
    """
    steps = -(-dimensions // COUNTER_WORDS)
    stream = np.random.Philox(key=seed, counter=start * steps)
    raw = stream.random_raw(count * steps * COUNTER_WORDS).reshape(count, -1)[:, :dimensions]
    return np.ascontiguousarray(((raw >> np.uint64(11)) + 0.5).T * 2.0**-53)


@dataclass(frozen=True)
class Bins:
    """The bins in which a quantity is counted; on a log scale they are equally wide in its logarithm."""

    low: float
    high: float
    log: bool = False
    count: int = 4000

    def places(self, values: np.ndarray) -> np.ndarray:
        """Number of the bin of each value, from 1; 0 is below all and ``count + 1`` above all."""
        with np.errstate(divide="ignore"):
            part = (self.to(values) - self.to(self.low)) / (self.to(self.high) - self.to(self.low))
        return np.clip(np.floor(part * self.count), -1, self.count).astype(np.int64) + 1

    def edges(self) -> np.ndarray:
        """Ends of the bins, one more than there are bins."""
        ends = np.linspace(self.to(self.low), self.to(self.high), self.count + 1)
        return np.exp(ends) if self.log else ends

    def to(self, values: Any) -> Any:
        """Numbers where bins are of one width: their logarithms if `log`."""
        return np.log(values) if self.log else values

    @property
    def fixed_point(self) -> float:
        """What values are multiplied by before they are rounded and added as whole numbers."""
        return 2.0**FRACTION_BITS / self.high


@dataclass
class Summary:
    """What is kept of an ensemble: counts and sums, all of them whole numbers, so that parts add up exactly.

    Attributes
    ----------
    n : int
        Paths.
    bins : dict
        Output to its `Bins`.
    counts : dict
        Output to an array of shape (places, bins + 2): how many paths fell into each bin.
    sums : dict
        Output to the sums at each place, in units of ``1 / Bins.fixed_point``, as Python's whole numbers.
    held : dict
        Name of a statement to the number of paths on which it held.
    """

    bins: Mapping[str, Bins]
    n: int = 0
    counts: dict[str, np.ndarray] = field(default_factory=dict)
    sums: dict[str, list[int]] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)

    def add_block(self, outputs: Mapping[str, np.ndarray], count: int) -> None:
        """Count the outputs of a block; those of truth values are statements, others without bins are left out.

        Raises
        ------
        ValueError
            If an output is not a number.
        """
        self.n += count
        for name, values in outputs.items():
            if values.dtype == bool:
                self.held[name] = self.held.get(name, 0) + int(values.sum())
            elif name in self.bins:
                self._count(name, np.atleast_2d(values))

    def _count(self, name: str, values: np.ndarray) -> None:
        bins = self.bins[name]
        if not np.isfinite(values).all():
            raise ValueError(
                f"output {name!r} is not a number on {int((~np.isfinite(values)).any(axis=0).sum())} paths"
            )
        width = bins.count + 2
        at = bins.places(values) + width * np.arange(len(values))[:, None]
        counts = np.bincount(at.ravel(), minlength=width * len(values)).reshape(len(values), width)
        whole = np.rint(np.clip(values * bins.fixed_point, -(2.0**50), 2.0**50)).astype(np.int64).sum(axis=1)
        self.counts[name] = self.counts.get(name, 0) + counts
        self.sums[name] = [a + int(b) for a, b in zip(self.sums.get(name, [0] * len(values)), whole, strict=True)]

    def __add__(self, other: Summary) -> Summary:
        if self.bins != other.bins:
            raise ValueError("summaries with other bins cannot be added")
        total = Summary(self.bins, self.n + other.n)
        for name in {**self.counts, **other.counts}:
            total.counts[name] = np.asarray(self.counts.get(name, 0) + other.counts.get(name, 0))
            pairs = [part.sums[name] for part in (self, other) if name in part.sums]
            total.sums[name] = [sum(places) for places in zip(*pairs, strict=True)]
        for name in {**self.held, **other.held}:
            total.held[name] = self.held.get(name, 0) + other.held.get(name, 0)
        return total

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Summary):
            return NotImplemented
        same_counts = self.counts.keys() == other.counts.keys() and all(
            np.array_equal(self.counts[name], other.counts[name]) for name in self.counts
        )
        return same_counts and (self.bins, self.n, self.sums, self.held) == (
            other.bins,
            other.n,
            other.sums,
            other.held,
        )

    __hash__ = None  # type: ignore[assignment] # equal ones need not be the same

    def mean(self, name: str) -> np.ndarray:
        """Mean of an output at each place, exact to ``2**-40`` of the upper end of its bins a value.

        Values beyond 1024 times that end count as that much.
        """
        self._known(name, self.sums)
        return np.array([total / self.n / self.bins[name].fixed_point for total in self.sums[name]])

    def quantile(self, name: str, p: float) -> np.ndarray:
        """Value at each place below which a part `p` of the paths lies, exact to the width of a bin.

        Not a number where it lies outside all bins.
        """
        self._known(name, self.counts)
        if not 0 <= p <= 1:
            raise ValueError(f"p must be between 0 and 1, not {p:g}")
        edges = self.bins[name].edges()
        found = []
        for counts in self.counts[name]:
            below = np.cumsum(counts)
            i = int(np.searchsorted(below, max(p * self.n, 0.5)))
            if not 0 < i <= self.bins[name].count:
                found.append(np.nan)
                continue
            part = (p * self.n - below[i - 1]) / counts[i]
            found.append(edges[i - 1] + part * (edges[i] - edges[i - 1]))
        return np.array(found)

    def table(self, name: str, quantiles: Sequence[float]) -> dict[str, np.ndarray]:
        """Mean and quantiles of an output at each place, named as a table has them: ``mean``, ``5.0%`` and so on."""
        return {"mean": self.mean(name), **{f"{p:.1%}": self.quantile(name, p) for p in quantiles}}

    def share(self, statement: str) -> float:
        """Part of the paths on which a statement holds."""
        self._known(statement, self.held)
        return self.held[statement] / self.n

    def _known(self, name: str, names: Mapping[str, Any]) -> None:
        if name not in names:
            raise KeyError(f"no {name!r} in this summary; there are {', '.join(names)}")


def summarise(
    function: Function, bins: Mapping[str, Bins], *, dimensions: int, seed: int, start: int, stop: int
) -> Summary:
    """The paths from `start` to `stop`, computed block by block. `start` must be a multiple of `BLOCK`."""
    total = Summary(bins)
    for first in range(start, stop, BLOCK):
        count = min(BLOCK, stop - first)
        total.add_block(function(uniforms(seed, first, count, dimensions)), count)
    return total


def run(
    function: Function,
    n: int,
    bins: Mapping[str, Bins],
    *,
    dimensions: int,
    seed: int = 0,
    chunk: int = 64 * BLOCK,
    cluster: Any = None,
    progress: bool = True,
) -> Summary:
    """Summarise `n` random paths of a model.

    Parameters
    ----------
    function : callable
        From probabilities of shape (dimensions, paths) to outputs by name. On a cluster it is sent to the workers.
    n : int
        Paths, at least one.
    bins : dict
        Output to its `Bins`.
    dimensions : int
        Random numbers that a path takes.
    seed : int
        The same seed gives the same answer, bit for bit, on machines whose NumPy computes alike.
    chunk : int
        Paths of a task, rounded up to whole blocks. It changes how often progress is shown, and nothing else.
    cluster : distributed.Client or str, optional
        A client, or the address of a scheduler such as ``"tcp://host:8786"``. Without it everything runs here. Workers
        need this package, and run two to three times faster if Dask's setting ``MALLOC_TRIM_THRESHOLD_`` is raised from
        64 kB, as in bench/bench_ensemble.py.
    progress : bool
        Say how far it is: on a terminal in one line, elsewhere every ten seconds.

    Returns
    -------
    Summary

    Raises
    ------
    ValueError
        If `n`, `seed` or `chunk` is out of range, or an output is not a number.
    ImportError
        If a cluster is given and Dask is not installed; the message says how to install it.
    """
    if not 1 <= n:
        raise ValueError(f"n must be at least 1, not {n}")
    if not 0 <= seed < 2**128:
        raise ValueError(f"seed must be from 0 to 2**128 - 1, not {seed}")
    if chunk < 1:
        raise ValueError(f"chunk must be at least 1, not {chunk}")
    step = -(-chunk // BLOCK) * BLOCK
    tasks = ({"start": start, "stop": min(start + step, n)} for start in range(0, n, step))
    common = {"function": function, "bins": bins, "dimensions": dimensions, "seed": seed}
    total, say = Summary(bins), _Progress(n, shown=progress)
    for part in _here(common, tasks) if cluster is None else _on(cluster, common, tasks):
        total = total + part
        say(total.n)
    return total


def _here(common: dict[str, Any], tasks: Iterator[dict[str, Any]]) -> Iterator[Summary]:
    for task in tasks:
        yield summarise(**common, **task)


def _on(cluster: Any, common: dict[str, Any], tasks: Iterator[dict[str, int]]) -> Iterator[Summary]:
    """Parts as the workers finish them. Only as many tasks are under way as keep all threads busy."""
    with _client(cluster) as client:
        from distributed import as_completed

        # The function and its tables travel once, and not with every task. In a list, for a dict that is scattered goes
        # by its own keys, which another run on the same cluster would share.
        (shared,) = client.scatter([common], broadcast=True, hash=False)

        def submit(task: dict[str, int]) -> Any:
            return client.submit(_task, shared, **task, pure=False)

        threads = max(sum(client.nthreads().values()), 1)
        first = [submit(task) for _, task in zip(range(2 * threads), tasks)]
        running = as_completed(first, loop=client.loop)  # else that of whichever client is the default
        for future in running:
            part = future.result()
            future.release()
            task = next(tasks, None)
            if task is not None:
                running.add(submit(task))
            yield part


def _task(common: dict[str, Any], start: int, stop: int) -> Summary:
    return summarise(**common, start=start, stop=stop)


@contextmanager
def _client(cluster: Any) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError:
        raise ImportError('a cluster needs Dask: pip install "explorables[cluster]"') from None
    if isinstance(cluster, Client):
        yield cluster
    elif isinstance(cluster, str):
        with Client(cluster, set_as_default=False) as client:
            yield client
    else:
        raise TypeError(f"cluster must be a distributed.Client or the address of a scheduler, not {cluster!r}")


class _Progress:
    """Says how many paths are done and how fast."""

    def __init__(self, n: int, *, shown: bool):
        self.n, self.shown = n, shown
        self.began = self.said = time.monotonic()
        self.terminal = sys.stdout.isatty()

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        last = done == self.n and self.terminal
        if not self.shown or (now - self.said < (0.5 if self.terminal else SAID_EVERY_S) and not last):
            return
        self.said = now
        text = f"{done:,} of {self.n:,} paths, {done / max(now - self.began, 1e-9):,.0f} a second"
        print(f"\r{text}" if self.terminal else text, end="" if self.terminal and not last else "\n", flush=True)
