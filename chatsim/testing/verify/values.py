"""What is verified: experiments, ways to play them, and the rows of the table."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping

import numpy as np
from attrs import frozen

from chatsim.behaviour.values import Behaviour, Content
from chatsim.cascade.measures import RunMeasures
from chatsim.cascade.packing import pack_outcome
from chatsim.cascade.values import RunOutcome
from chatsim.model import ONE_DAY, Enforcement
from chatsim.policy import Policy
from chatsim.population.values import Population
from chatsim.study.populations import People, build_population
from chatsim.study.scenario import Generated, Scenario, Uniform

COPIES_MIN = 1_000
HOPS_MIN = 5


@frozen
class Experiment:
    """One run, with everything that decides it."""

    population: People
    contents: tuple[Content, ...]
    behaviour: Behaviour
    policy: Policy
    seed: int = 1
    run: int = 0
    originators: int = 3
    duration_seconds: int = 14 * ONE_DAY
    enforcement: Enforcement = Enforcement.CLEAR
    spec: Generated | Uniform | None = None
    """What `population` was built from, so that another process can build it."""

    @classmethod
    def among(
        cls,
        spec: Generated | Uniform,
        contents: tuple[Content, ...],
        behaviour: Behaviour,
        policy: Policy,
    ) -> Experiment:
        """An experiment among the people that `spec` describes."""
        return cls(build_population(spec), contents, behaviour, policy, spec=spec)

    @property
    def held(self) -> Population:
        """The people held in memory."""
        people = self.population
        return people if isinstance(people, Population) else people.materialised()

    @property
    def scenario(self) -> Scenario:
        """The same as a scenario, for ways that build the people themselves."""
        assert self.spec is not None
        return Scenario(
            population=self.spec,
            contents=self.contents,
            behaviour=self.behaviour,
            originators=self.originators,
            duration_seconds=self.duration_seconds,
            seed=self.seed,
            enforcement=self.enforcement,
        )


Way = Callable[[Experiment], RunOutcome]
"""One way to play an experiment."""
Ways = Mapping[str, Way]
Measurer = Callable[[Experiment], tuple[RunMeasures, ...]]
"""One way to an experiment's measures, by content."""


@frozen
class Row:
    """One line of the table."""

    check: str
    """Its letter."""
    name: str
    compared: str
    """What was compared with what, and how much of it."""
    expected: str
    found: str
    passed: bool
    deviation: float | None = None
    """In standard errors; None where equality is asked for."""
    digest: str = ""
    """SHA-256 of the outcomes compared, as hexadecimal digits; empty where they are no part of the checksum."""


def digest_of(outcomes: Iterable[RunOutcome]) -> str:
    """One hash of outcomes in their order."""
    digest = hashlib.sha256()
    for outcome in outcomes:
        digest.update(pack_outcome(outcome))
    return digest.hexdigest()


def copies_of(outcome: RunOutcome) -> int:
    """Copies delivered, of all contents."""
    return sum(int(run.received.sum()) for run in outcome.contents)


def weakness(experiment: Experiment, outcome: RunOutcome) -> str:
    """Why a comparison of this run would say little; empty where it says enough."""
    copies = copies_of(outcome)
    hops = max(int(run.first_copies.hop.max(initial=0)) for run in outcome.contents)
    held_back = sum(int(run.deeds.held_back.sum()) for run in outcome.contents)
    if copies < COPIES_MIN:
        return f"too small: {copies:,} copies"
    if hops < HOPS_MIN:
        return f"too flat: {hops} hops"
    if held_back == 0 and can_bind(experiment.policy, experiment.held):
        return "nobody was held back"
    return ""


def can_bind(policy: Policy, population: Population) -> bool:
    """Whether anybody has more chats than the policy lets them have at a time."""
    contacts, groups = np.diff(population.contact_offsets), np.diff(population.group_offsets)
    chats_max = int((contacts + groups).max(initial=0))
    groups_max = int(groups.max(initial=0))
    return any(
        (tier.chats is not None and tier.chats < chats_max)
        or (tier.groups is not None and tier.groups < groups_max)
        for tier in policy.tiers
    )
