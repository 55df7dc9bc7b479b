"""All runs of a study, over the cores of this machine or one after another; finished ones are kept as they come.

The backend is a value: a function from a scenario to a `Backend`, picklable for `Workers`. Runs are independent, so
that the order in which processes or threads finish them changes nothing.
"""

from __future__ import annotations

import functools
import itertools
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.synchronize import Event
from typing import Any, Self

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
from chatsim.study.scenario import Scenario

BackendMaker = Callable[[Scenario], Backend]
ThreadedMaker = Callable[[Scenario, int], Backend]
"""Makes a backend that several threads may share; the number is that of the threads within each run."""

IN_HAND = 4
"""Jobs that wait with each thread, process or worker: none of them idles, and a million runs are no burden."""


@frozen
class Job:
    """Runs that one process or thread plays one after another."""

    scenario: Scenario
    policies: tuple[Policy, ...]
    plans: tuple[RunPlan, ...]
    tree: bool
    """Whether outcomes are handed over, or measures alone."""
    point: int | None = None
    """Which of a question's many scenarios it is; None where there is one (`chatsim.study.points`)."""


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
    point: int | None = None
    """Its job's."""


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
            played = kept_run(job, policy, plan, partial)
            if played is None:
                played = play_run(backend, job, policy, plan)
                keep_run(played, partial)
            yield played


def play_run(backend: Backend, job: Job, policy: Policy, plan: RunPlan) -> Played:
    """One run of a job."""
    start = time.perf_counter()
    if job.tree:
        outcome = balanced(backend.play(policy, plan))
        measures = _measures(outcome, job, policy, plan)
    else:
        outcome, measures = None, _thin(backend.tally(policy, plan))
    seconds = time.perf_counter() - start
    return Played(policy.name, plan, outcome, measures, seconds, resumed=False, point=job.point)


def kept_run(job: Job, policy: Policy, plan: RunPlan, partial: Partial | None) -> Played | None:
    """One run of a job as a former try kept it; None where it did not."""
    if partial is None:
        return None
    start, part = time.perf_counter(), partial.of_point(job.point)
    if job.tree:
        outcome = part.load(policy.name, plan, unpack_outcome)
        measures = None if outcome is None else _measures(outcome, job, policy, plan)
    else:
        outcome, measures = None, part.load(policy.name, plan, unpack_measures)
    if measures is None:
        return None
    seconds = time.perf_counter() - start
    return Played(policy.name, plan, outcome, measures, seconds, resumed=True, point=job.point)


def keep_run(played: Played, partial: Partial | None) -> None:
    """Keeps a finished run for the next try. Raises StoreError."""
    if partial is not None:
        packed = (
            pack_measures(played.measures)
            if played.outcome is None
            else pack_outcome(played.outcome)
        )
        partial.of_point(played.point).keep(played.policy, played.plan, packed)


def _measures(
    outcome: RunOutcome, job: Job, policy: Policy, plan: RunPlan
) -> tuple[RunMeasures, ...]:
    return _thin(measured(outcome, job.scenario, policy, plan.run, tree=True))


def _thin(measures: Iterable[RunMeasures]) -> tuple[RunMeasures, ...]:
    return tuple(attrs.evolve(each, exposure=each.exposure.thinned()) for each in measures)


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


def finished(
    pool: Executor, play: Callable[[Job], list[Played]], jobs: Iterable[Job], together: int
) -> Generator[Played, None, None]:
    """What the jobs give, in the order in which they finish; a few of them are in the pool's hands at a time."""
    rest = iter(jobs)
    waiting: set[Future[list[Played]]] = set()
    while True:
        room = max(0, IN_HAND * together - len(waiting))
        waiting |= {pool.submit(play, job) for job in itertools.islice(rest, room)}
        if not waiting:
            return
        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        # Nobody holds these futures, so that what a run gave is gone as soon as it was handed over.
        while done:
            yield from done.pop().result()


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
            yield from finished(self._pool, functools.partial(_play, partial), jobs, self.workers)
        except BrokenProcessPool as error:
            message = "a process that played runs ended; the machine may be short of memory"
            raise RunError(message) from error


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


def _play(partial: Partial | None, job: Job) -> list[Played]:
    if _worker["scenario"] != job.scenario:
        _worker.update(scenario=job.scenario, backend=_worker["make"](job.scenario))
    backend: Backend = _worker["backend"]
    return list(play_job(backend, job, partial, _worker["stop"].is_set))
