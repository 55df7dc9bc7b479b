"""Threads of this process that play runs, all of a scenario on one backend and one population."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from attrs import define, field

from chatsim.policy import Policy
from chatsim.study.backend import Backend, RunPlan
from chatsim.study.partial import Partial
from chatsim.study.playing import (
    BackendMaker,
    Job,
    Played,
    ThreadedMaker,
    finished,
    jobs_by_plan,
    play_job,
)
from chatsim.study.scenario import Scenario, Stored

ALONE_USERS_MIN = 10_000_000
"""Among so many people a run has the machine to itself: two at once take twice the memory and are no sooner done."""


class Threads:
    """Threads of this process that play jobs on one backend and one population, or on one per scenario.

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
        alone = any(is_alone(job.scenario) for job in jobs)
        together = 1 if alone else min(self.threads, len(jobs))
        stop = threading.Event()
        shelf = _Shelf(
            lambda scenario: self._make(scenario, self.threads // together),
            Counter(job.scenario for job in jobs),
        )

        def play(job: Job) -> list[Played]:
            played = list(play_job(shelf.backend(job.scenario), job, partial, stop.is_set))
            shelf.done(job.scenario)
            return played

        pool = ThreadPoolExecutor(together)
        try:
            yield from finished(pool, play, jobs, together)
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            shelf.clear()


@define(eq=False)
class _Shelf:
    """Backends that threads share, one per scenario.

    One whose jobs are done stays until a job of another is done, because both may be about the same people.
    """

    make: BackendMaker
    left: Counter[Scenario]
    """Jobs that are not done."""
    _open: dict[Scenario, tuple[Backend, contextlib.ExitStack]] = field(factory=dict)
    _lock: threading.Lock = field(factory=threading.Lock)

    def backend(self, scenario: Scenario) -> Backend:
        with self._lock:
            if scenario not in self._open:
                stack = contextlib.ExitStack()
                self._open[scenario] = stack.enter_context(self.make(scenario)), stack
            return self._open[scenario][0]

    def done(self, scenario: Scenario) -> None:
        """One job of this scenario is done."""
        with self._lock:
            self.left[scenario] -= 1
            done = [each for each in self._open if not self.left[each]]
            # Where people fill the machine there is no room for the next ones beside them.
            self._close(each for each in done if each != scenario or is_alone(each))

    def clear(self) -> None:
        with self._lock:
            self._close(list(self._open))

    def _close(self, scenarios: Iterable[Scenario]) -> None:
        for scenario in scenarios:
            self._open.pop(scenario)[1].close()


def is_alone(scenario: Scenario) -> bool:
    """Whether a run of it has the machine to itself."""
    people = scenario.population
    return not isinstance(people, Stored) and people.users >= ALONE_USERS_MIN
