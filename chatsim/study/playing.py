"""All runs of a study, over the cores of this machine or one after another; finished ones are kept as they come.

The backend is a value: a function from a scenario to a `Backend`, picklable for `Workers`. Runs are independent, so
that the order in which processes or threads finish them changes nothing.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.synchronize import Event
from typing import Any, Self, TypeVar

import attrs
from attrs import define, frozen

from chatsim.cascade.measures import RunMeasures
from chatsim.cascade.packing import (
    pack_measures,
    pack_outcome,
    unpack_measures,
    unpack_outcome,
)
from chatsim.cascade.values import RunOutcome
from chatsim.errors import RunError
from chatsim.policy import Policy
from chatsim.study.backend import Backend, Carried, RunPlan, balanced
from chatsim.study.partial import Partial
from chatsim.study.ruling import measured
from chatsim.study.scenario import Scenario, Stored

BackendMaker = Callable[[Scenario], Backend]
ThreadedMaker = Callable[[Scenario, int], Backend]
"""Makes a backend that several threads may share; the number is that of the threads within each run."""
Kept = TypeVar("Kept")

ALONE_USERS_MIN = 10_000_000
"""Among so many people a run has the machine to itself: two at once take twice the memory and are no sooner done."""


@frozen
class Job:
    """Runs that one process or thread plays one after another."""

    scenario: Scenario
    policies: tuple[Policy, ...]
    plans: tuple[RunPlan, ...]
    tree: bool
    """Whether outcomes are handed over, or measures alone."""


@define(eq=False, frozen=True)
class Played:
    """One finished run."""

    policy: str
    plan: RunPlan
    outcome: RunOutcome | None
    """None where no tree is kept."""
    measures: tuple[RunMeasures, ...]
    """By content."""
    seconds: float
    """Of wall clock."""
    resumed: bool
    """Taken from a former, broken-off try."""


def plans_of(scenario: Scenario, users: int) -> tuple[RunPlan, ...]:
    """The study's runs, and as many further ones with one originator."""
    originators, runs = scenario.originators_among(users), scenario.runs
    main = [RunPlan(run, originators) for run in range(runs)]
    return (*main, *single_originator_plans(runs))


def single_originator_plans(runs: int) -> tuple[RunPlan, ...]:
    """The runs that the chance of a big outbreak is counted in; their numbers follow the study's."""
    return tuple(RunPlan(run, 1) for run in range(runs, 2 * runs))


def play_job(
    backend: Backend, job: Job, partial: Partial | None, stopped: Callable[[], bool]
) -> Generator[Played, None, None]:
    """The job's runs, until `stopped` says so; what a former try kept is not played again."""
    for plan in job.plans:
        for policy in job.policies:
            if stopped():
                return
            start = time.perf_counter()
            run = _Run(backend, job.scenario, policy, plan, partial)
            outcome, measures, resumed = run.with_tree() if job.tree else run.without_tree()
            seconds = time.perf_counter() - start
            yield Played(policy.name, plan, outcome, measures, seconds, resumed)


@frozen
class _Run:
    """One run to play, unless a former try kept it."""

    backend: Backend
    scenario: Scenario
    policy: Policy
    plan: RunPlan
    partial: Partial | None

    def with_tree(self) -> tuple[RunOutcome, tuple[RunMeasures, ...], bool]:
        def play() -> RunOutcome:
            return balanced(self.backend.play(self.policy, self.plan))

        outcome, resumed = self._kept_or(play, pack_outcome, unpack_outcome)
        measures = measured(outcome, self.scenario, self.policy, self.plan.run, tree=True)
        return outcome, tuple(_thin(each) for each in measures), resumed

    def without_tree(self) -> tuple[None, tuple[RunMeasures, ...], bool]:
        def play() -> tuple[RunMeasures, ...]:
            return tuple(_thin(each) for each in self.backend.tally(self.policy, self.plan))

        return None, *self._kept_or(play, pack_measures, unpack_measures)

    def _kept_or(
        self,
        play: Callable[[], Kept],
        pack: Callable[[Kept], bytes],
        unpack: Callable[[bytes], Kept],
    ) -> tuple[Kept, bool]:
        if self.partial is None:
            return play(), False
        kept = self.partial.load(self.policy.name, self.plan, unpack)
        if kept is not None:
            return kept, True
        played = play()
        self.partial.keep(self.policy.name, self.plan, pack(played))
        return played, False


def _thin(measures: RunMeasures) -> RunMeasures:
    return attrs.evolve(measures, exposure=measures.exposure.thinned())


class Here:
    """Plays in this process, one policy after another: a backend with a server of its own wants no company."""

    workers = threads = 1

    def __init__(self, make: BackendMaker) -> None:
        self._make = make
        self._carried: dict[str, Carried] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def jobs(
        self,
        scenario: Scenario,
        policies: Sequence[Policy],
        plans: Sequence[RunPlan],
        *,
        tree: bool,
    ) -> list[Job]:
        """One job per policy."""
        return [Job(scenario, (policy,), tuple(plans), tree) for policy in policies]

    def play(self, jobs: Sequence[Job], partial: Partial | None) -> Generator[Played, None, None]:
        """The runs of all jobs, in order."""
        for job in jobs:
            with self._make(job.scenario) as backend:
                yield from play_job(backend, job, partial, lambda: False)
            if backend.carried is not None:
                name = job.policies[0].name
                former = self._carried.get(name)
                self._carried[name] = (
                    backend.carried if former is None else former + backend.carried
                )

    def carried(self, policy: str) -> Carried | None:
        """What the server carried for one policy."""
        return self._carried.get(policy)


def workers_here() -> int:
    """Processes or threads worth starting: one per core that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers:
    """Processes that play jobs; a context manager, so that none of them outlives it.

    Ctrl-C reaches this process only: it lets the runs under way finish and be kept, and starts no other.
    """

    threads = 1

    def __init__(self, make: BackendMaker, count: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.workers = count
        self._stop = context.Event()
        self._pool = ProcessPoolExecutor(
            count, mp_context=context, initializer=_begin, initargs=(make, self._stop)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def jobs(
        self,
        scenario: Scenario,
        policies: Sequence[Policy],
        plans: Sequence[RunPlan],
        *,
        tree: bool,
    ) -> list[Job]:
        """One job per plan: the people of a run are built once for all policies."""
        return jobs_by_plan(scenario, policies, plans, tree=tree)

    def carried(self, policy: str) -> None:
        """No server ran."""

    def play(self, jobs: Sequence[Job], partial: Partial | None) -> Generator[Played, None, None]:
        """The runs of all jobs, in the order in which they finish."""
        try:
            # Nobody holds the futures, so that what a run gave is gone as soon as it was handed over.
            for future in as_completed([self._pool.submit(_play, job, partial) for job in jobs]):
                yield from future.result()
        except BrokenProcessPool as error:
            message = "a process that played runs ended; the machine may be short of memory"
            raise RunError(message) from error


class Threads:
    """Threads of this process that play jobs on one backend and one population.

    Among few people each plays runs of its own; from `ALONE_USERS_MIN` on runs are played one after another, with all
    threads within each. The main thread only waits, so that Ctrl-C reaches it at once: it lets the runs under way
    finish and be kept, and starts no other.
    """

    workers = 1

    def __init__(self, make: ThreadedMaker, count: int) -> None:
        self._make = make
        self.threads = count

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def jobs(
        self,
        scenario: Scenario,
        policies: Sequence[Policy],
        plans: Sequence[RunPlan],
        *,
        tree: bool,
    ) -> list[Job]:
        """One job per run; per plan where each has people of its own, who are built once for all policies."""
        if scenario.redraw_population:
            return jobs_by_plan(scenario, policies, plans, tree=tree)
        return [Job(scenario, (policy,), (plan,), tree) for plan in plans for policy in policies]

    def carried(self, policy: str) -> None:
        """No server ran."""

    def play(self, jobs: Sequence[Job], partial: Partial | None) -> Generator[Played, None, None]:
        """The runs of all jobs, in the order in which they finish."""
        if not jobs:
            return
        scenario = jobs[0].scenario
        together = 1 if _alone(scenario) else min(self.threads, len(jobs))
        stop = threading.Event()

        def play(job: Job) -> list[Played]:
            return list(play_job(backend, job, partial, stop.is_set))

        with self._make(scenario, self.threads // together) as backend:
            pool = ThreadPoolExecutor(together)
            try:
                for future in as_completed([pool.submit(play, job) for job in jobs]):
                    yield from future.result()
            finally:
                stop.set()
                pool.shutdown(wait=True, cancel_futures=True)


def _alone(scenario: Scenario) -> bool:
    people = scenario.population
    return not isinstance(people, Stored) and people.users >= ALONE_USERS_MIN


def jobs_by_plan(
    scenario: Scenario, policies: Sequence[Policy], plans: Sequence[RunPlan], *, tree: bool
) -> list[Job]:
    """One job per plan, with all policies."""
    return [Job(scenario, tuple(policies), (plan,), tree) for plan in plans]


_worker: dict[str, Any] = {}
"""This worker process's backend maker, its stop signal, and its backend with the scenario it is for."""


def _begin(make: BackendMaker, stop: Event) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _worker.update(make=make, stop=stop, scenario=None, backend=None)


def _play(job: Job, partial: Partial | None) -> list[Played]:
    if _worker["scenario"] != job.scenario:
        _worker.update(scenario=job.scenario, backend=_worker["make"](job.scenario))
    backend: Backend = _worker["backend"]
    return list(play_job(backend, job, partial, _worker["stop"].is_set))
