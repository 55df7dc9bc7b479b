"""Who plays a study's runs: in what order, on how many threads, and what is left when somebody breaks off."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import attrs
import numpy as np
import pytest
from attrs import define, field

from chatsim.cascade.measures import EXPOSURE_STEPS, Exposure, measure
from chatsim.errors import RunError
from chatsim.policy import compile_row
from chatsim.policy.presets import preset
from chatsim.study.backend import RunPlan, tallied
from chatsim.study.partial import Partial
from chatsim.study.playing import Here, Job
from chatsim.study.scenario import Generated, Scenario, Stored
from chatsim.study.threads import ALONE_USERS_MIN, Threads
from tests.cascades import outcome_of, run_of


def players() -> list[threading.Thread]:
    """The threads that play runs; other tests of the same process may have left threads of other kinds."""
    return [each for each in threading.enumerate() if "ThreadPoolExecutor" in each.name]


UNCAPPED, ONE = preset("uncapped"), preset("cap-1")
SCENARIO = Scenario(population=Generated(users=50))
PLANS = tuple(RunPlan(run, 1) for run in range(4))
OUTCOME = outcome_of(
    run_of([None, 0, 0], deeds=[{"user": 0, "original_chats": 2, "original_copies": 2}])
)


@define(eq=False)
class Backend:
    """Gives the same outcome always, and notes who asked."""

    threads: int = 1
    played: list[tuple[str, int]] = field(factory=list)
    together: int = 0
    together_max: int = 0
    lock: threading.Lock = field(factory=threading.Lock)
    waits: threading.Barrier | None = None
    carried = None

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def play(self, policy, plan):
        with self.lock:
            self.played.append((policy.name, plan.run))
            self.together += 1
            self.together_max = max(self.together, self.together_max)
        if self.waits is not None:
            self.waits.wait(10)
        with self.lock:
            self.together -= 1
        return OUTCOME

    def tally(self, policy, plan):
        return tallied(self.play(policy, plan), SCENARIO, policy, plan.run)


def threads_over(backend: Backend, count: int) -> Threads:
    def make(_: Scenario, threads: int) -> Backend:
        backend.threads = threads
        return backend

    return Threads(make, count)


def all_of(player, scenario=SCENARIO, *, tree=False, partial=None):
    jobs = player.jobs(scenario, (UNCAPPED, ONE), PLANS, tree=tree)
    return list(player.play(jobs, partial))


EVERY_RUN = sorted((policy.name, plan.run) for policy in (UNCAPPED, ONE) for plan in PLANS)


def test_threads_play_every_run_once() -> None:
    backend = Backend()
    played = all_of(threads_over(backend, 3))
    assert sorted(backend.played) == EVERY_RUN
    assert sorted((each.policy, each.plan.run) for each in played) == EVERY_RUN
    assert backend.threads == 1


def test_threads_play_at_the_same_time() -> None:
    # Each run waits for the other: one thread alone would never get on.
    backend = Backend(waits=threading.Barrier(2))
    assert len(all_of(threads_over(backend, 2))) == len(EVERY_RUN)
    assert backend.together_max == 2


def test_huge_runs_are_played_one_after_another_with_all_threads_within() -> None:
    backend = Backend()
    huge = attrs.evolve(SCENARIO, population=Generated(users=ALONE_USERS_MIN))
    assert len(all_of(threads_over(backend, 4), huge)) == len(EVERY_RUN)
    assert (backend.together_max, backend.threads) == (1, 4)


def test_a_single_run_gets_all_threads() -> None:
    backend = Backend()
    player = threads_over(backend, 4)
    jobs = player.jobs(SCENARIO, (UNCAPPED,), PLANS[:1], tree=False)
    assert len(list(player.play(jobs, None))) == 1
    assert backend.threads == 4


def test_no_job_is_no_run() -> None:
    assert list(threads_over(Backend(), 2).play([], None)) == []


def test_people_of_one_run_are_met_by_one_thread_where_each_run_has_its_own() -> None:
    player = threads_over(Backend(), 2)
    redrawn = attrs.evolve(SCENARIO, redraw_population=True)
    jobs = player.jobs(redrawn, (UNCAPPED, ONE), PLANS, tree=False)
    assert [job.plans for job in jobs] == [(plan,) for plan in PLANS]
    assert len(player.jobs(SCENARIO, (UNCAPPED, ONE), PLANS, tree=False)) == len(EVERY_RUN)


def test_a_network_from_files_is_never_huge(tmp_path) -> None:
    backend = Backend(waits=threading.Barrier(2))
    stored = attrs.evolve(SCENARIO, population=Stored(contacts=tmp_path / "contacts.txt"))
    assert len(all_of(threads_over(backend, 2), stored)) == len(EVERY_RUN)


def test_whoever_breaks_off_gets_the_runs_under_way_kept_and_no_other_begun(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()

    class Held(Backend):
        """The first run ends at once, the others when the pool is asked to shut down."""

        def play(self, policy, plan):
            outcome = super().play(policy, plan)
            assert len(self.played) == 1 or gate.wait(10)
            return outcome

    class Pool(ThreadPoolExecutor):
        def shutdown(self, **how):
            gate.set()
            super().shutdown(**how)

    monkeypatch.setattr("chatsim.study.threads.ThreadPoolExecutor", Pool)
    backend, partial = Held(), Partial.open(tmp_path / "out", "plan")
    player = threads_over(backend, 2)
    runs = player.play(player.jobs(SCENARIO, (UNCAPPED, ONE), PLANS, tree=False), partial)
    next(runs)
    runs.close()
    kept = partial.kept()
    assert kept == len(backend.played) <= 3
    assert not players()
    again = Backend()
    played = all_of(threads_over(again, 2), partial=partial)
    assert sum(each.resumed for each in played) == kept >= 1
    assert len(again.played) == len(EVERY_RUN) - kept


def test_an_error_in_a_thread_ends_the_study_with_that_error() -> None:
    class Broken(Backend):
        def tally(self, policy, plan):
            raise RunError("the books do not balance")

    with pytest.raises(RunError, match="do not balance"):
        all_of(threads_over(Broken(), 2))
    assert not players()


@pytest.mark.parametrize("tree", [True, False])
def test_a_kept_run_gives_the_measures_it_gave(tmp_path, tree: bool) -> None:
    partial = Partial.open(tmp_path / "out", "plan")
    backend = Backend()
    job = Job(SCENARIO, (UNCAPPED,), PLANS[:1], tree)
    (first,), (again,) = (list(Here(lambda _: backend).play([job], partial)) for _ in range(2))
    assert (first.resumed, again.resumed, len(backend.played)) == (False, True, 1)
    for mine, theirs in zip(first.measures, again.measures, strict=True):
        np.testing.assert_equal(attrs.asdict(mine), attrs.asdict(theirs))
    assert (first.outcome is not None) is (again.outcome is not None) is tree


def test_measures_are_small_whatever_the_reach() -> None:
    many = Exposure(np.arange(100_000), np.arange(1, 100_001))
    large = attrs.evolve(
        measure(OUTCOME.contents[0], [compile_row(UNCAPPED)], tree=False), exposure=many
    )

    class Large(Backend):
        def tally(self, policy, plan):
            return (large,)

    (played,) = Here(lambda _: Large()).play(
        [Job(SCENARIO, (UNCAPPED,), PLANS[:1], tree=False)], None
    )
    assert len(played.measures[0].exposure.ticks) <= EXPOSURE_STEPS + 1
