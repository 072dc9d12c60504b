"""Ensembles: the same seed gives the same answer whatever the chunks and the workers, also when a worker is killed."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorables.explore import ensemble
from explorables.explore.ensemble import BLOCK, Bins, Summary
from hardware_phase.models import long_game as model
from hardware_phase.sources import futures as long_game

N = 5 * BLOCK + 123


@pytest.fixture(scope="module")
def alone():
    """An ensemble computed here in one go."""
    return long_game.ensemble(N, seed=11, progress=False)


def test_a_path_draws_the_same_numbers_wherever_its_chunk_begins():
    whole = ensemble.uniforms(5, 0, 1000, 27)
    for start, count in ((0, 1), (1, 10), (499, 501), (999, 1)):
        assert np.array_equal(ensemble.uniforms(5, start, count, 27), whole[:, start : start + count])


def test_random_numbers_are_even_apart_and_different_for_each_seed():
    u = ensemble.uniforms(0, 0, 40_000, 5)
    assert (u > 0).all()
    assert (u < 1).all()
    assert np.allclose(u.mean(axis=1), 0.5, atol=0.01)
    assert np.abs(np.corrcoef(u) - np.eye(5)).max() < 0.02
    assert not np.isin(u[:, :100], ensemble.uniforms(1, 0, 100, 5)).any()


@pytest.mark.parametrize("chunk", [1, BLOCK, 2 * BLOCK + 1, 10 * N])
def test_the_size_of_the_chunks_changes_nothing(alone, chunk):
    assert long_game.ensemble(N, seed=11, chunk=chunk, progress=False) == alone


def test_another_seed_is_another_ensemble(alone):
    assert long_game.ensemble(N, seed=12, progress=False) != alone


@settings(max_examples=25, deadline=None)
@given(cuts=st.sets(st.integers(1, 7), max_size=5), order=st.randoms())
def test_parts_add_up_exactly_in_any_order(cuts, order):
    """Sums of floats would not: here they differ by thirteen orders of magnitude."""
    bins = {"x": Bins(1e-6, 1e6, log=True)}

    def wild(u):
        return {"x": 1e-6 * 1e12 ** u[0], "big": u[1] > 0.5}

    ends = [0, *(c * BLOCK for c in sorted(cuts)), 8 * BLOCK]
    parts = [ensemble.summarise(wild, bins, dimensions=2, seed=3, start=a, stop=b) for a, b in itertools.pairwise(ends)]
    order.shuffle(parts)
    assert sum(parts, Summary(bins)) == ensemble.summarise(wild, bins, dimensions=2, seed=3, start=0, stop=8 * BLOCK)


def test_the_summary_is_that_of_the_paths_themselves(alone):
    u = np.concatenate(
        [
            ensemble.uniforms(11, start, min(BLOCK, N - start), len(long_game.distributions()))
            for start in range(0, N, BLOCK)
        ],
        axis=1,
    )
    paths = model.random_paths(u, table=long_game.distributions(), world=long_game.world(), levers=long_game.levers())
    for name, bins in long_game.BINS.items():
        width = (bins.edges()[1:] - bins.edges()[:-1]).max() if not bins.log else None
        for p in (0.05, 0.5, 0.95):
            ours, theirs = alone.quantile(name, p), np.quantile(paths[name], p, axis=1)
            if bins.log:
                assert ours == pytest.approx(theirs, rel=bins.edges()[1] / bins.edges()[0] - 1), name
            else:
                assert ours == pytest.approx(theirs, abs=1.01 * width), name
        assert alone.mean(name) == pytest.approx(paths[name].mean(axis=1), rel=1e-6), name
    assert alone.share("most") == paths["most"].mean()
    assert sum(alone.counts["ratio"][0]) == N


def test_the_lattice_of_the_page_agrees_with_random_paths():
    many = long_game.ensemble(150_000, progress=False)
    page = long_game.path(long_game.levers(), np.arange(model.POINTS))
    for name, within in (("ratio", 0.05), ("share", 0.05), ("us", 0.05), ("us_power_w", 0.05)):
        for p in (0.05, 0.5, 0.95):
            assert np.quantile(page[name][-1], p) == pytest.approx(many.quantile(name, p)[-1], rel=within), (name, p)


def test_what_cannot_be_is_refused(alone):
    with pytest.raises(ValueError, match="n must be at least 1"):
        long_game.ensemble(0)
    with pytest.raises(ValueError, match="seed must be"):
        long_game.ensemble(10, seed=-1)
    with pytest.raises(TypeError, match="no lever 'dies'; there are h200_a_year"):
        long_game.ensemble(10, dies=2.0)
    with pytest.raises(TypeError, match="cluster must be a distributed.Client or the address"):
        long_game.ensemble(10, cluster=8)
    with pytest.raises(KeyError, match="in this summary; there are ratio"):
        alone.quantile("rate", 0.5)
    with pytest.raises(ValueError, match="output 'x' is not a number on 10 paths"):
        ensemble.run(lambda u: {"x": u[0] * np.nan}, 10, {"x": Bins(0, 1)}, dimensions=1)


def test_a_table_has_the_mean_and_the_quantiles(alone):
    table = alone.table("ratio", (0.001, 0.5))
    assert list(table) == ["mean", "0.1%", "50.0%"]
    assert np.array_equal(table["mean"], alone.mean("ratio"))
    assert np.array_equal(table["0.1%"], alone.quantile("ratio", 0.001))


def test_a_quantile_outside_the_bins_is_not_a_number():
    outside = ensemble.run(lambda u: {"x": u[0] * 10}, 1000, {"x": Bins(0.0, 1.0)}, dimensions=1)
    assert np.isnan(outside.quantile("x", 0.5)).all()
    assert outside.quantile("x", 0.05) == pytest.approx(0.5, abs=0.2)


def test_dask_is_asked_for_only_where_a_cluster_is(monkeypatch):
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from hardware_phase.sources import futures; futures.ensemble(10); print('distributed' in sys.modules)",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert loaded.stdout.strip() == "False"
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match=r'pip install "explorables\[cluster\]"'):
        long_game.ensemble(10, cluster="tcp://127.0.0.1:8786")


def test_progress_is_said_and_ends_with_the_whole(capsys, monkeypatch):
    monkeypatch.setattr(ensemble, "SAID_EVERY_S", 0.0)
    long_game.ensemble(2 * BLOCK, chunk=BLOCK)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[-1].startswith("8,192 of 8,192 paths")


@pytest.mark.nightly
def test_a_cluster_gives_the_same_answer_though_a_worker_is_killed(dask_cluster, alone):
    """A real scheduler and two real worker processes; one is killed in the middle of its work."""
    from distributed import Client, LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        assert long_game.ensemble(N, seed=11, chunk=BLOCK, cluster=client, progress=False) == alone

        n, answer = 60 * BLOCK, []
        work = threading.Thread(
            target=lambda: answer.append(
                long_game.ensemble(n, seed=11, chunk=BLOCK, cluster=cluster.scheduler_address, progress=False)
            )
        )
        before = client.run(os.getpid)
        work.start()
        deadline = time.monotonic() + 60
        while not any(client.processing().values()) and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.2)  # a few parts are finished, most are not
        os.kill(next(iter(before.values())), signal.SIGKILL)
        killed_at_work = work.is_alive()
        work.join(timeout=120)
        assert not work.is_alive()
        assert killed_at_work
        client.wait_for_workers(2, timeout=60)
        assert set(client.run(os.getpid).values()) != set(before.values())
    assert answer == [long_game.ensemble(n, seed=11, progress=False)]


def test_runs_on_one_cluster_keep_out_of_each_other_s_way(dask_cluster):
    """Two at a time with other seeds, and one after another through one client."""
    from distributed import Client, LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        answers = {}

        def run(seed):
            answers[seed] = [
                long_game.ensemble(N, seed=seed, chunk=BLOCK, cluster=where, progress=False)
                for where in (client, cluster.scheduler_address, client)
            ]

        runs = [threading.Thread(target=run, args=(seed,)) for seed in (1, 2)]
        for each in runs:
            each.start()
        for each in runs:
            each.join(timeout=120)
    assert answers == {seed: 3 * [long_game.ensemble(N, seed=seed, progress=False)] for seed in (1, 2)}
