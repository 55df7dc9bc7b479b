"""The same copies by engine, memory and twin on real networks and in generated communities, for every preset."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve

from chatsim.behaviour.values import Audience
from chatsim.cascade.values import RunOutcome
from chatsim.policy import Policy
from chatsim.population import Implicit, generate
from chatsim.population.from_files import stored
from chatsim.population.values import Population
from chatsim.testing.verify import settings
from chatsim.testing.verify.settings import behaviour_of, contents_of, law_of_ties
from chatsim.testing.verify.values import Experiment
from tests.engines import assert_same_measures, by_memory, by_twin, played, tallied
from tests.runs import assert_large_enough

POLICIES = settings.policies()
EACH_LAW = pytest.mark.parametrize("law", Audience)
EACH_POLICY = pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES.keys())
CALTECH = "fb100/Caltech36.txt.gz"
EGO = "facebook_ego/facebook_combined.txt.gz"
DEEZER = "deezer/deezer_HU_edges.csv.gz"


@functools.cache
def network(path: Path) -> Population:
    return stored(path, None, seed=1)


@functools.cache
def community() -> Population:
    """One and a small one, with groups."""
    return generate(1_100, seed=4, law=law_of_ties(Audience.EACH))


def check(experiment: Experiment, *others: Callable[[Experiment], RunOutcome]) -> None:
    """Every other way gives the engine's copies, in a run that is large enough to say so."""
    outcome = played(experiment)
    # Nobody wants as many chats as the oldest cap leaves.
    capped = experiment.policy.chats_at_a_time not in {"any", "256"}
    assert_large_enough(outcome.contents, capped=capped)
    for other in others:
        assert outcome.differences(other(experiment)) == []
    assert_same_measures(tallied(experiment, threads=2), outcome, experiment.policy)


def experiment_on(people: Population, law: Audience, policy: Policy) -> Experiment:
    """Contents that never go stale: in networks of dense circles they need days from one to the next."""
    share = 0.15 if law is Audience.EACH else 0.95
    contents = tuple(
        evolve(content, share_probability=share, half_life_seconds=None)
        for content in contents_of(law)
    )
    return Experiment(people, contents, behaviour_of(law), policy, originators=5)


@EACH_POLICY
def test_on_a_campus(policy, shared_data: Path) -> None:
    check(experiment_on(network(shared_data / CALTECH), Audience.PICK, policy), by_twin)


@pytest.mark.slow
@EACH_LAW
@EACH_POLICY
@pytest.mark.parametrize("file", [CALTECH, EGO], ids=["Caltech", "ego-Facebook"])
def test_on_facebook(file: str, policy, law, shared_data: Path) -> None:
    check(experiment_on(network(shared_data / file), law, policy), by_memory, by_twin)


@pytest.mark.slow
@EACH_POLICY
def test_among_the_listeners_of_deezer_in_hungary(policy, shared_data: Path) -> None:
    listeners = network(shared_data / DEEZER)
    experiment = experiment_on(listeners, Audience.PICK, policy)
    # Forty minutes of it: after a day the twin would be at work for minutes.
    check(evolve(experiment, originators=40, duration_seconds=45_600), by_memory, by_twin)


@pytest.mark.slow
@EACH_POLICY
def test_in_communities_with_groups(policy) -> None:
    for law in Audience:
        experiment = Experiment(community(), contents_of(law), behaviour_of(law), policy)
        check(experiment, by_memory, by_twin)


@pytest.mark.slow
@EACH_POLICY
def test_among_people_who_are_not_stored(policy) -> None:
    for law in Audience:
        implicit = Implicit(1_100, 5, law_of_ties(Audience.EACH))
        experiment = Experiment(
            implicit.materialised(), contents_of(law), behaviour_of(law), policy
        )
        check(
            experiment,
            by_memory,
            by_twin,
            lambda experiment, people=implicit: played(experiment, people),
            lambda experiment, people=implicit: played(experiment, people, threads=3),
        )
