"""All runs of a study, over the cores of this machine or one after another; finished ones are kept as they come.

The backend is a value: a picklable function from a scenario to a `Backend`. Runs are independent, so that the order in
which processes finish them changes nothing.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.synchronize import Event
from typing import Any, Self

from attrs import define, frozen

from chatsim.cascade.measures import RunMeasures, imbalances, measure
from chatsim.cascade.values import RunOutcome
from chatsim.errors import RunError
from chatsim.policy import Policy, compile_row
from chatsim.study.backend import Backend, Carried, RunPlan
from chatsim.study.partial import Partial
from chatsim.study.scenario import Scenario

BackendMaker = Callable[[Scenario], Backend]


@frozen
class Job:
    """Runs that one process plays one after another."""

    scenario: Scenario
    policies: tuple[Policy, ...]
    plans: tuple[RunPlan, ...]


@define(eq=False, frozen=True)
class Played:
    """One finished run."""

    policy: str
    plan: RunPlan
    outcome: RunOutcome
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
            kept = None if partial is None else partial.load(policy.name, plan)
            outcome = kept if kept is not None else _balanced(backend.play(policy, plan))
            if partial is not None and kept is None:
                partial.keep(policy.name, plan, outcome)
            row = compile_row(policy)
            measures = tuple(measure(content, row) for content in outcome.contents)
            seconds = time.perf_counter() - start
            yield Played(policy.name, plan, outcome, measures, seconds, resumed=kept is not None)


def _balanced(outcome: RunOutcome) -> RunOutcome:
    for content in outcome.contents:
        wrong = imbalances(content)
        if wrong:
            message = f"the books of a run do not balance: {'; '.join(wrong)}"
            raise RunError(message)
    return outcome


class Here:
    """Plays in this process, one policy after another: a backend with a server of its own wants no company."""

    workers = 1

    def __init__(self, make: BackendMaker) -> None:
        self._make = make
        self._carried: dict[str, Carried] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def jobs(
        self, scenario: Scenario, policies: Sequence[Policy], plans: Sequence[RunPlan]
    ) -> list[Job]:
        """One job per policy."""
        return [Job(scenario, (policy,), tuple(plans)) for policy in policies]

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
    """Processes worth starting: one per core that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers:
    """Processes that play jobs; a context manager, so that none of them outlives it.

    Ctrl-C reaches this process only: it lets the runs under way finish and be kept, and starts no other.
    """

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
        self, scenario: Scenario, policies: Sequence[Policy], plans: Sequence[RunPlan]
    ) -> list[Job]:
        """One job per plan: the people of a run are built once for all policies."""
        return [Job(scenario, tuple(policies), (plan,)) for plan in plans]

    def carried(self, policy: str) -> None:
        """No server ran."""

    def play(self, jobs: Sequence[Job], partial: Partial | None) -> Generator[Played, None, None]:
        """The runs of all jobs, in the order in which they finish."""
        futures: list[Future[list[Played]]] = [
            self._pool.submit(_play, job, partial) for job in jobs
        ]
        try:
            for future in as_completed(futures):
                yield from future.result()
        except BrokenProcessPool as error:
            message = "a process that played runs ended; the machine may be short of memory"
            raise RunError(message) from error


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
