"""Paths a second of the long game's ensemble, on this machine and by number of Dask workers.

A run of 100 million paths to its end, one process without Dask: 318 s of processor time (314,000 paths a second) and
150 MB of memory at the most, on a machine that was busy with other work for 2,229 s. On two quiet cores: 301,000 paths
a second here, 289,000 with one worker, 605,000 with two.
"""

from __future__ import annotations

import argparse
import os
import time

import dask
from distributed import Client, LocalCluster

from hardware_phase.sources import futures as long_game


def timed(n: int, **where: object) -> float:
    """Paths a second, with the packages loaded and the tables read before."""
    long_game.ensemble(1, progress=False)
    began = time.perf_counter()
    long_game.ensemble(n, progress=False, **where)
    return n / (time.perf_counter() - began)


def main() -> None:
    """Print a table: where, paths a second, and how many times that of one worker."""
    # Dask has the C library give back freed memory in pieces of 64 kB. Arrays of a block are freed all the time, and
    # fetching them anew from the system takes longer than computing with them.
    dask.config.set({"distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 2**28})
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--paths", type=int, default=2_000_000, help="paths a worker (default: %(default)s)")
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count(), help="largest number of workers (default: all cores)"
    )
    options = parser.parse_args()
    chunk = max(options.paths // 16, 1)
    print(f"{'where':<22}{'paths':>14}{'paths a second':>16}{'speed-up':>10}")
    rate = timed(options.paths)
    print(f"{'here, without Dask':<22}{options.paths:>14,}{rate:>16,.0f}{'':>10}", flush=True)
    single = None
    counts = [2**i for i in range(options.workers.bit_length()) if 2**i < options.workers] + [options.workers]
    for workers in counts:
        with (
            LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
            Client(cluster) as client,
        ):
            long_game.ensemble(workers * chunk, chunk=chunk, cluster=client, progress=False)  # workers load the model
            n = workers * options.paths
            rate = timed(n, cluster=client, chunk=chunk)
        single = single or rate
        where = f"{workers} worker{'s' if workers > 1 else ''}"
        print(f"{where:<22}{n:>14,}{rate:>16,.0f}{rate / single:>10.2f}", flush=True)


if __name__ == "__main__":
    main()
