"""A study on a Dask cluster: worker processes of this machine, or a cluster that other people keep.

Needs the extra `cluster`, here and there. This process hands out jobs, a few for each thread of the cluster at a time,
and keeps what comes back, so that workers need no disk in common with it. Dask plays a run again whose worker died.
"""

from __future__ import annotations

import contextlib
import itertools
import pickle
import queue
from collections.abc import Generator, Iterable, Sequence
from typing import Self

import attrs
from distributed import Client, Future
from distributed.client import CancelledError
from distributed.scheduler import KilledWorker

from chatsim.errors import ChatsimError, RunError
from chatsim.policy import Policy
from chatsim.study.backend import RunPlan
from chatsim.study.cluster_client import SAME, connected, insistent_interrupts
from chatsim.study.cluster_worker import (
    Errand,
    play_errand,
    surroundings,
    unpacked_people,
)
from chatsim.study.partial import Partial
from chatsim.study.playing import (
    IN_HAND,
    Job,
    Played,
    ThreadedMaker,
    jobs_by_plan,
    keep_run,
    kept_run,
)
from chatsim.study.populations import stored_people_of
from chatsim.study.scenario import PopulationSpec, Scenario, Stored
from chatsim.study.threads import is_alone

SILENCE_SECONDS = 5
"""After so long without a finished run the cluster is asked whether it has workers."""
SILENCES_MAX = 6
"""So often in a row it may have none: whoever died may be started again."""
COUNTED_AGAIN = 64
"""After so many jobs the cluster's threads are counted again, because clusters grow and shrink."""


class Cluster:
    """Plays on a Dask cluster; a context manager, which starts one of this machine or joins another's.

    `address` is a scheduler's HOST:PORT; None starts `count` workers with one thread each, reached over loopback by
    this process alone. After Ctrl-C what has come back is kept, and what is being played is given up.
    """

    def __init__(
        self,
        make: ThreadedMaker,
        *,
        shared: bool,
        address: str | None,
        count: int,
    ) -> None:
        self.workers, self.threads = count, 1
        self._make, self._shared, self._address = make, shared, address
        self._stack = contextlib.ExitStack()
        self._client: Client
        self._people: dict[PopulationSpec, Future] = {}
        self._asked = self._counted = 0
        self._numbers = itertools.count()

    def __enter__(self) -> Self:
        self._insist = self._stack.enter_context(insistent_interrupts())
        self._client = self._stack.enter_context(connected(self._address, self.workers))
        threads = self._client.nthreads().values()
        self.workers, self.threads = len(threads), min(threads)
        return self

    def __exit__(self, *_: object) -> None:
        self._people.clear()
        self._stack.close()

    def jobs(
        self,
        scenario: Scenario,
        policies: Sequence[Policy],
        plans: Sequence[RunPlan],
        *,
        tree: bool,
    ) -> list[Job]:
        """One job per plan: long enough to be worth its way."""
        return jobs_by_plan(scenario, policies, plans, tree=tree)

    def carried(self, policy: str) -> None:
        """No server ran."""

    def play(self, jobs: Sequence[Job], partial: Partial | None) -> Generator[Played, None, None]:
        """The runs of all jobs, those that a former try kept first, then in the order in which they finish."""
        left: list[Job] = []
        for job in jobs:
            for plan in job.plans:
                kept = [kept_run(job, policy, plan, partial) for policy in job.policies]
                yield from (each for each in kept if each is not None)
                policies = tuple(
                    policy for policy, run in zip(job.policies, kept, strict=True) if run is None
                )
                if policies:
                    left.append(attrs.evolve(job, policies=policies, plans=(plan,)))
        yield from self._played(left, partial)

    def _played(
        self, jobs: Sequence[Job], partial: Partial | None
    ) -> Generator[Played, None, None]:
        rest = iter(jobs)
        done: queue.SimpleQueue[Future] = queue.SimpleQueue()
        under_way: dict[str, Future] = {}
        # A cluster of this machine's own has its people's room once.
        one = self._address is None and any(is_alone(job.scenario) for job in jobs)
        try:
            while True:
                room = 1 if one else IN_HAND * self._threads_there()
                for job in itertools.islice(rest, max(0, room - len(under_way))):
                    future = self._submit(job)
                    under_way[future.key] = future
                    future.add_done_callback(done.put)
                if not under_way:
                    return
                self._insist()
                future = under_way.pop(self._next(done).key)
                yield from _kept(_given(future), partial)
        except (GeneratorExit, KeyboardInterrupt):
            _keep_what_came_back(done, partial)
            raise
        finally:
            self._give_up(list(under_way.values()))

    def _threads_there(self) -> int:
        self._asked += 1
        if self._asked % COUNTED_AGAIN == 1:
            self._counted = max(1, sum(self._client.nthreads().values()))
        return self._counted

    def _submit(self, job: Job) -> Future:
        errand = Errand(
            job=job,
            make=self._make,
            shared=self._shared,
            threads=self.workers if self._address is None else self.threads,
            surroundings=surroundings(),
        )
        points = "" if job.point is None else f"-point-{job.point}"
        runs = "-".join(str(plan.run) for plan in job.plans)
        arguments = [pickle.dumps(errand), *self._people_for(job.scenario.population)]
        return self._client.submit(
            play_errand, *arguments, key=self._key(f"run-{runs}{points}"), pure=False
        )

    def _people_for(self, spec: PopulationSpec) -> Iterable[Future]:
        """The people that a worker cannot build from what it is told, because they are in files of this machine."""
        if not isinstance(spec, Stored):
            return ()
        if spec not in self._people:
            people = attrs.evolve(stored_people_of(spec), names=None)
            self._people[spec] = self._client.submit(
                unpacked_people, pickle.dumps(people), key=self._key("people"), pure=False
            )
        return (self._people[spec],)

    def _key(self, what: str) -> str:
        # Other people's studies may be on the same cluster.
        return f"chatsim-{what}-{self._client.id}-{next(self._numbers)}"

    def _next(self, done: queue.SimpleQueue[Future]) -> Future:
        """The next future that is done. Raises RunError where there is nobody left to wait for."""
        silences = 0
        while True:
            try:
                return done.get(timeout=SILENCE_SECONDS)
            except queue.Empty:
                silences = 0 if self._has_workers() else silences + 1
            if silences == SILENCES_MAX:
                message = (
                    "the cluster has no worker any more; finished runs are kept, "
                    "and the same command goes on when it has some"
                )
                raise RunError(message)

    def _has_workers(self) -> bool:
        try:
            return bool(self._client.nthreads())
        except (OSError, ValueError):
            return False

    def _give_up(self, futures: list[Future]) -> None:
        if futures and self._client.status == "running":
            self._client.cancel(futures, force=True)


def _given(future: Future) -> Sequence[Played]:
    """What a job gave. Raises its error, or RunError."""
    try:
        played: Sequence[Played] = future.result()
    except ChatsimError:
        raise
    except KilledWorker as error:
        message = (
            f"a run was begun on {error.allowed_failures + 1} workers of the cluster, one after another, and each "
            "of them ended; they may be short of memory"
        )
        raise RunError(message) from error
    except CancelledError as error:
        message = "the connection to the cluster was lost"
        raise RunError(message) from error
    except Exception as error:
        message = f"a run failed on the cluster: {type(error).__name__}: {error}; {SAME}"
        raise RunError(message.replace("\n", " ")) from error
    return played


def _kept(played: Sequence[Played], partial: Partial | None) -> Sequence[Played]:
    for each in played:
        keep_run(each, partial)
    return played


def _keep_what_came_back(done: queue.SimpleQueue[Future], partial: Partial | None) -> None:
    # Somebody has broken off: whatever else goes wrong now is no news.
    with contextlib.suppress(ChatsimError, queue.Empty):
        while True:
            future = done.get_nowait()
            if future.status == "finished":
                _kept(_given(future), partial)
