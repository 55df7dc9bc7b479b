"""One run by the engine, for tests that hold it against another way to play."""

from __future__ import annotations

import numpy as np
from attrs import asdict, evolve

from chatsim.cascade.measures import RunMeasures, measure
from chatsim.cascade.values import RunOutcome
from chatsim.engine import Engine
from chatsim.policy.values import Policy, compile_row
from chatsim.population.parts import NO_PARTS
from chatsim.population.values import Population
from chatsim.study.backend import RunPlan
from chatsim.study.populations import People
from chatsim.testing import twin
from chatsim.testing.verify.values import Experiment
from chatsim_clients.memory import RelayedPeople
from chatsim_clients.world import Rules, Setting
from tests.cases import Case

Run = Case | Experiment


def engine_of(run: Run, people: People | None = None) -> Engine:
    return Engine.of(
        people or run.population,
        run.contents,
        run.behaviour,
        seed=run.seed,
        duration_seconds=run.duration_seconds,
        enforcement=run.enforcement,
    )


def played(run: Run, people: People | None = None, *, threads: int = 1) -> RunOutcome:
    return engine_of(run, people).play(
        run.policy, run=run.run, originators=run.originators, threads=threads
    )


def tallied(run: Run, people: People | None = None, *, threads: int = 1) -> tuple[RunMeasures, ...]:
    return engine_of(run, people).tally(
        run.policy, run=run.run, originators=run.originators, threads=threads
    )


def by_twin(run: Run) -> RunOutcome:
    people = run.population
    assert isinstance(people, Population)
    return twin.play(
        people,
        run.contents,
        run.behaviour,
        run.policy,
        seed=run.seed,
        run=run.run,
        originators=run.originators,
        duration_seconds=run.duration_seconds,
        enforcement=run.enforcement,
        parts=run.parts if isinstance(run, Case) else NO_PARTS,
    )


def assert_same_measures(
    tally: tuple[RunMeasures, ...], outcome: RunOutcome, policy: Policy
) -> None:
    """Field by field, what the tree of the same run measures."""
    row = compile_row(policy)
    for mine, run in zip(tally, outcome.contents, strict=True):
        expected = measure(run, [row])
        assert mine.structural_virality is None
        np.testing.assert_equal(asdict(mine), asdict(evolve(expected, structural_virality=None)))


def by_memory(run: Run) -> RunOutcome:
    people = run.population
    assert isinstance(people, Population)
    rules = Rules(run.behaviour, run.contents, run.duration_seconds, run.enforcement, run.seed)
    relayed = RelayedPeople(Setting.of(rules, people))
    return relayed.play(run.policy, RunPlan(run.run, run.originators))
