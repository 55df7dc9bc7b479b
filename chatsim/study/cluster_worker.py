"""What a worker of a Dask cluster does: it plays the runs that it is sent, on backends that it keeps."""

from __future__ import annotations

import functools
import pickle
import threading
from collections import OrderedDict
from collections.abc import Sequence

from attrs import define, field, frozen

from chatsim.behaviour.tables import build_tables
from chatsim.errors import RunError
from chatsim.population.people import susceptibility_counts
from chatsim.population.values import Population
from chatsim.study import manifest
from chatsim.study.backend import Backend
from chatsim.study.manifest import Version
from chatsim.study.playing import BackendMaker, Job, Played, ThreadedMaker, play_job
from chatsim.study.populations import build_population, hold
from chatsim.study.scenario import Generated, Scenario
from chatsim.study.threads import is_alone

PROBE = Scenario(population=Generated(users=64))
"""Whose tables are compared, because a library that rounds a quantile differently draws differently."""
BACKENDS_KEPT = 2
"""Last runs of one point of a question are played beside the first of the next."""


@frozen
class Surroundings:
    """What has to be equal wherever a study is played, if its bytes are to be the same."""

    versions: tuple[Version, ...]
    tables_hash: str

    def difference(self, other: Surroundings) -> str | None:
        """The first thing in which another place differs, in words; None where nothing does."""
        for mine, theirs in zip(self.versions, other.versions, strict=True):
            if mine != theirs:
                return f"has {theirs.name} {theirs.version}, this machine {mine.version}"
        if self.tables_hash != other.tables_hash:
            return "draws from other tables than this machine: its libraries round differently"
        return None


@functools.cache
def surroundings() -> Surroundings:
    """This process's own."""
    tables = build_tables(
        PROBE.behaviour,
        PROBE.contents,
        susceptibility_counts(build_population(PROBE.population)),
        PROBE.duration_seconds,
    )
    return Surroundings(manifest.versions(), tables.fingerprint)


@frozen
class OneThread:
    """Makes backends that play with one thread, whatever is asked for."""

    make: BackendMaker

    def __call__(self, scenario: Scenario, threads: int) -> Backend:
        return self.make(scenario)


@frozen
class Errand:
    """One job and how to play it."""

    job: Job
    make: ThreadedMaker
    shared: bool
    """Whether the threads of a worker may share one backend."""
    threads: int
    """Within a run that has a worker to itself."""
    surroundings: Surroundings
    """Of whoever sends it."""


@define(eq=False)
class _Kept:
    """The backends that were used last, for the next jobs on the same scenarios."""

    _backends: OrderedDict[Scenario, Backend] = field(factory=OrderedDict)
    _lock: threading.Lock = field(factory=threading.Lock)

    def backend(self, errand: Errand) -> Backend:
        scenario = errand.job.scenario
        alone = is_alone(scenario)
        with self._lock:
            backend = self._backends.pop(scenario, None)
            room = 0 if alone else BACKENDS_KEPT - 1
            while len(self._backends) > room:
                self._backends.popitem(last=False)
            if backend is None:
                backend = errand.make(scenario, errand.threads if alone else 1)
            self._backends[scenario] = backend
            return backend


class _Own(threading.local):
    """Backends of one thread."""

    def __init__(self) -> None:
        self.kept = _Kept()


_shared, _own = _Kept(), _Own()
_to_itself = threading.Lock()
"""Held by the run that has this process to itself."""


def play_errand(packed: bytes, people: Population | None = None) -> Sequence[Played]:
    """Plays an errand, packed so that nobody on its way has to understand it.

    `people` are those whom its scenario has from files, which this machine need not have. Raises RunError where this
    process is not what the sender is, or a run cannot be finished.
    """
    errand: Errand = pickle.loads(packed)  # noqa: S301 - whoever can send a task runs code here anyway
    difference = errand.surroundings.difference(surroundings())
    if difference is not None:
        message = f"a worker of the cluster {difference}; the same bytes take the same of both"
        raise RunError(message)
    if people is not None:
        hold(errand.job.scenario.population, people)
    kept = _shared if errand.shared else _own.kept
    if not is_alone(errand.job.scenario):
        return list(play_job(kept.backend(errand), errand.job, None, lambda: False))
    with _to_itself:
        return list(play_job(kept.backend(errand), errand.job, None, lambda: False))


def unpacked_people(packed: bytes) -> Population:
    """The people of a population from files; a task of its own, so that they travel once to each worker."""
    people: Population = pickle.loads(packed)  # noqa: S301 - as above
    return people
