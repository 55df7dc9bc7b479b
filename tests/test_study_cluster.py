"""A study on a Dask cluster: the same bytes as here, whoever dies, and a sentence for whatever is missing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import dask
import pytest
from distributed import LocalCluster

from chatsim.api.players import player_of
from chatsim.errors import ConfigurationError, RunError, StoreError
from chatsim.policy.presets import preset
from chatsim.study import cluster as cluster_module
from chatsim.study import cluster_client
from chatsim.study.backend import RunPlan
from chatsim.study.cluster import Cluster
from chatsim.study.cluster_client import OWN_SETTINGS, SILENT, refuse_others
from chatsim.study.cluster_worker import OneThread, surroundings
from chatsim.study.engine_backend import EngineBackend
from chatsim.study.manifest import PACKAGES
from chatsim.study.partial import Partial
from chatsim.study.playing import Here
from chatsim.study.points import Point, play_points
from chatsim.study.populations import people_of
from chatsim.study.results_files import data_files
from chatsim.study.scenario import Generated, Scenario, Stored
from chatsim.study.threads import Threads
from chatsim_clients.memory import MemoryBackend
from tests.cluster_fakes import broken, dying
from tests.ctrl_c import listening
from tests.runs import conducted

POLICIES = (preset("uncapped"), preset("cap-1"))
SCENARIO = Scenario(population=Generated(users=150), runs=6, originators=5)
PLANS = tuple(RunPlan(run, 5) for run in range(8))
BY_MEMORY = OneThread(MemoryBackend)


@pytest.fixture(scope="module")
def two_workers():
    """Two processes with two threads each."""
    with (
        dask.config.set(OWN_SETTINGS),
        LocalCluster(
            n_workers=2,
            threads_per_worker=2,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            memory_limit=None,
            silence_logs=SILENT,
        ) as cluster,
    ):
        yield cluster


@pytest.fixture
def threads_as_worker():
    """A worker that is a thread of this process: quickly there, and quickly gone."""
    with (
        dask.config.set(OWN_SETTINGS),
        LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            processes=False,
            protocol="tcp",
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=SILENT,
        ) as cluster,
    ):
        yield cluster


def joined(cluster: LocalCluster, make: Any = BY_MEMORY, *, shared: bool = False) -> Cluster:
    address = cluster.scheduler_address.removeprefix("tcp://")
    return Cluster(make, shared=shared, address=address, count=0)


def jobs_of(player, scenario=SCENARIO, plans=PLANS):
    return player.jobs(scenario, POLICIES, plans, tree=False)


def test_an_engine_on_two_processes_gives_the_bytes_that_threads_give(two_workers) -> None:
    with joined(two_workers, EngineBackend, shared=True) as player:
        assert (player.workers, player.threads) == (2, 2)
        there = conducted(SCENARIO, POLICIES, player, tree=True)
    here = conducted(SCENARIO, POLICIES, Threads(EngineBackend, 2), tree=True)
    assert data_files(there) == data_files(here)
    assert there.spread is not None
    assert there.spread.height > 1_000


def test_a_worker_that_is_killed_midway_changes_nothing(two_workers) -> None:
    def pid_of_worker() -> int:
        return os.getpid()

    class KillsOne(Cluster):
        """Kills a worker's process when its third run has come back."""

        killed = 0

        def play(self, jobs, partial):
            for number, each in enumerate(super().play(jobs, partial)):
                if number == 2:
                    self.killed = next(iter(self._client.run(pid_of_worker).values()))
                    os.kill(self.killed, signal.SIGKILL)
                yield each

    address = two_workers.scheduler_address.removeprefix("tcp://")
    with KillsOne(BY_MEMORY, shared=False, address=address, count=0) as player:
        there = conducted(SCENARIO, POLICIES, player, tree=True)
        left = player._client.run(pid_of_worker).values()
    assert player.killed
    assert player.killed not in left
    here = conducted(SCENARIO, POLICIES, Here(MemoryBackend), tree=True)
    assert data_files(there) == data_files(here)


def points() -> list[Point]:
    seeds = (1, 2, 1)
    people = [attrs.evolve(SCENARIO, population=Generated(users=120, seed=seed)) for seed in seeds]
    return [
        Point(scenario, POLICIES[: 1 + number % 2], PLANS[: 3 + number], tree=number == 1)
        for number, scenario in enumerate(people)
    ]


def told(player) -> list[Any]:
    return [
        (runs.number, [(each.name, [m.reach for m in runs.measures(each.name)]) for each in runs.point.policies],
         [len(each.contents[0].first_copies.user) for each in runs.outcomes("uncapped")])
        for runs in play_points(player, points())
    ]  # fmt: skip


def test_mixed_points_give_what_they_give_here(two_workers) -> None:
    with joined(two_workers) as player:
        assert told(player) == told(Here(MemoryBackend)) == told(Threads(EngineBackend, 2))


def test_people_from_files_of_this_machine_alone_travel(two_workers, tmp_path: Path) -> None:
    contacts = tmp_path / "contacts.csv"
    contacts.write_text("\n".join(f"person {i},person {(3 * i + 1) % 90}" for i in range(90)))
    scenario = attrs.evolve(SCENARIO, population=Stored(contacts=contacts))
    here = conducted(scenario, POLICIES, Here(MemoryBackend), tree=True)
    people = people_of(scenario.population)
    contacts.unlink()
    for make, shared in ((BY_MEMORY, False), (EngineBackend, True)):
        with joined(two_workers, make, shared=shared) as player:
            there = conducted(scenario, POLICIES, player, tree=True)
        assert data_files(there) == data_files(here)
    assert people.names is not None


def test_whoever_breaks_off_keeps_what_came_back_and_this_machine_goes_on(
    two_workers, tmp_path: Path
) -> None:
    partial = Partial.open(tmp_path / "out", "plan")
    with joined(two_workers) as player:
        runs = player.play(jobs_of(player), partial)
        next(runs)
        runs.close()
    kept = partial.kept()
    assert kept >= 2
    again = list(Here(MemoryBackend).play(jobs_of(player), partial))
    assert sum(each.resumed for each in again) == kept
    with joined(two_workers) as player:
        assert all(each.resumed for each in player.play(jobs_of(player), partial))


def test_a_disk_that_is_full_ends_the_study_and_keeps_the_rest(
    two_workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    partial = Partial.open(tmp_path / "out", "plan")
    written: list[Path] = []

    def write(path: Path, content: bytes) -> None:
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        path.write_bytes(content)
        written.append(path)

    with monkeypatch.context() as patched, joined(two_workers) as player:
        patched.setattr("chatsim.study.partial.write_atomically", write)
        with pytest.raises(StoreError, match=r"could not keep a finished run in .*No space left"):
            list(play_points(player, points(), partial))
    assert partial.kept() == 3
    with joined(two_workers) as player:
        played = [each for runs in play_points(player, points(), partial) for each in runs.played.values()]  # fmt: skip
    assert sum(each.resumed for each in played) == 3


def test_an_error_of_a_run_is_the_studys_and_any_other_is_a_sentence(two_workers) -> None:
    too_many = attrs.evolve(SCENARIO, population=Generated(users=5_000_001))
    with (
        joined(two_workers) as player,
        pytest.raises(ConfigurationError, match="take at most 5,000,000"),
    ):
        list(player.play(jobs_of(player, too_many), None))
    with (
        joined(two_workers, broken) as player,
        pytest.raises(RunError, match=r"^a run failed on the cluster: ValueError: seven is not "),
    ):
        list(player.play(jobs_of(player), None))


def test_a_run_that_ends_every_worker_is_given_up(two_workers) -> None:
    two_workers.scheduler.allowed_failures = 0
    with joined(two_workers, dying) as player, pytest.raises(RunError, match="short of memory"):
        list(player.play(jobs_of(player, plans=PLANS[:1]), None))


def test_a_cluster_whose_workers_are_gone_is_not_waited_for(
    threads_as_worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_module, "SILENCE_SECONDS", 0.01)
    with joined(threads_as_worker) as player:
        threads_as_worker.scale(0)
        with pytest.raises(RunError, match="no worker any more"):
            list(player.play(jobs_of(player), None))


def test_a_scheduler_that_ends_midway_is_a_sentence(threads_as_worker) -> None:
    with joined(threads_as_worker) as player:
        runs = player.play(jobs_of(player), None)
        next(runs)
        threads_as_worker.close()
        with pytest.raises(RunError, match="connection to the cluster was lost"):
            list(runs)


def test_workers_that_run_something_else_are_refused(threads_as_worker) -> None:
    own = surroundings()
    others = attrs.evolve(own, tables_hash="another")
    with joined(threads_as_worker) as player:
        found = player._client.get_versions(packages=list(PACKAGES))
        refuse_others(found)
        worker = next(iter(found["workers"].values()))
        worker["packages"]["numba"] = "0.1"
        with pytest.raises(ConfigurationError, match=r"worker tcp://\S+ has numba 0.1, this mac"):
            refuse_others(found)
        found["scheduler"]["packages"]["chatsim"] = None
        with pytest.raises(ConfigurationError, match="scheduler has no chatsim, this machine"):
            refuse_others(found)
    assert "other tables" in str(own.difference(others))
    assert own.difference(own) is None


def test_a_worker_that_joined_later_looks_whose_errand_it_is(
    threads_as_worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = attrs.evolve(surroundings().versions[0], version="2.7")
    mine = attrs.evolve(surroundings(), versions=(other, *surroundings().versions[1:]))
    monkeypatch.setattr(cluster_module, "surroundings", lambda: mine)
    with joined(threads_as_worker) as player, pytest.raises(RunError, match=r"this machine 2\.7"):
        list(player.play(jobs_of(player), None))


def test_no_scheduler_and_no_worker_are_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_client, "CONNECT_SECONDS", 0.2)
    with (
        pytest.raises(ConfigurationError, match=r"no Dask scheduler answers at 127\.0\.0\.1:9:"),
        player_of("engine", 1, "dask://127.0.0.1:9"),
    ):
        pass
    with (
        dask.config.set(OWN_SETTINGS),
        LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=SILENT) as empty,
        pytest.raises(ConfigurationError, match="has no worker"),
        joined(empty),
    ):  # fmt: skip
        pass


@pytest.mark.parametrize(
    "on", ["cloud", "dask://", "dask://host", "dask://:1", "dask://h:x", "dask://h:1/x", "dask:h:1"]
)
def test_a_place_that_is_none_is_refused(on: str) -> None:
    with pytest.raises(ConfigurationError, match="it takes local, dask or dask://HOST:PORT"):
        player_of("engine", 1, on)


def test_a_server_of_its_own_stays_here() -> None:
    with pytest.raises(ConfigurationError, match="it takes --on local"):
        player_of("tcp", 1, "dask")


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("cluster", "cluster_client"):
        monkeypatch.delitem(sys.modules, f"chatsim.study.{module}")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigurationError, match=r"distributed.*chatsim\[cluster\]"):
        player_of("engine", 1, "dask")


def test_a_study_of_this_machine_loads_no_dask() -> None:
    program = (
        "import sys, chatsim; chatsim.compare(policies=['cap-1'], users=20, originators=1, runs=1, backend='memory', "
        "check_over_tcp=False); sys.exit('distributed' in sys.modules or 'dask' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_ctrl_c_keeps_finished_runs_says_nothing_of_dask_and_leaves_no_process(
    tmp_path: Path,
) -> None:
    command = (sys.executable, "-m", "chatsim", "compare", "--users", "150", "--runs", "60", "--policy", "cap-1",
               "--backend", "memory", "--no-check", "--on", "dask", "--out", str(tmp_path / "s"))  # fmt: skip
    process = listening(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
    )
    assert process.stderr is not None
    assert "Playing" in process.stderr.readline()
    # As a terminal sends it: to the workers as well.
    os.killpg(process.pid, signal.SIGINT)
    # Reading to the end ends only when no process is left that holds it.
    _, heard = process.communicate()
    said = [line for line in heard.splitlines() if line and not line.startswith("Playing")]
    assert process.returncode == 130
    assert said[-1] == "Stopped."
    assert len(said) == 2
    assert "finished runs are kept" in said[0]
