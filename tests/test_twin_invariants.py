"""The naive twin against what must hold for every run."""

from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from chatsim.behaviour.values import Behaviour, Content, DelayLaw
from chatsim.cascade.values import NOBODY
from chatsim.model import ONE_DAY, Enforcement
from chatsim.policy.values import Policy, Tier
from chatsim.population.values import Population
from chatsim.testing.twin import play
from tests.cases import SEEDS, Case, cases, populations, random_population
from tests.twin_plays import NOON, capped, played


@settings(max_examples=80, deadline=None)
@given(cases())
def test_books_balance(case: Case) -> None:
    outcome = play(**case.arguments())
    assert len(outcome.contents) == len(case.contents)
    for run in outcome.contents:
        first, deeds = run.first_copies, run.deeds
        delivered = deeds.original_copies.sum() + deeds.forwarded_copies.sum()
        assert run.received.sum() == run.copies_by_hour.sum() == delivered
        originators = set(first.user[first.parent == NOBODY].tolist())
        assert set(first.user.tolist()) == originators | set(np.flatnonzero(run.received).tolist())
        assert (first.tick < case.duration_seconds).all()
        assert (deeds.tick < case.duration_seconds).all()
        assert (deeds.held_back + deeds.denied <= deeds.wanted).all()
        assert (deeds.forwarded_chats + deeds.original_chats <= deeds.wanted).all()
        assert (deeds.refused <= deeds.actions).all()
        if case.enforcement is Enforcement.CLIENT:
            assert deeds.refused.sum() == 0
        if case.policy.cap_person is not None:
            assert (deeds.forwarded_chats <= case.policy.cap_person).all()


@settings(max_examples=30, deadline=None)
@given(cases())
def test_a_run_is_played_the_same_way_twice(case: Case) -> None:
    assert play(**case.arguments()).differences(play(**case.arguments())) == []


@settings(max_examples=30, deadline=None)
@given(cases())
def test_a_cap_of_a_million_is_no_cap(case: Case) -> None:
    million = evolve(case.policy, tiers=(Tier(0, 1_000_000),))
    none = evolve(case.policy, tiers=(Tier(),))
    free = play(**case.arguments() | {"policy": none})
    assert free.differences(play(**case.arguments() | {"policy": million})) == []


LASTS = {"duration_seconds": 120 * ONE_DAY}
LIVELY = Behaviour(label_factor_many_times=1.0, audience_shape=0.7, persistence=0.5)
FRESH = Content("rumour", share_probability=0.7, half_life_seconds=None)


@settings(max_examples=60, deadline=None)
@given(
    populations(),
    SEEDS,
    st.lists(st.integers(0, 6), min_size=2, max_size=2).map(sorted),
    st.sampled_from([0.0, 0.5]),
    st.sampled_from([0.0, 0.5]),
)
def test_a_looser_flat_cap_never_loses_anybody(
    population: Population, seed: int, caps: list[int], paste: float, modified: float
) -> None:
    behaviour = evolve(LIVELY, paste_probability=paste, modified_clients=modified)
    tight, loose = (
        played(population, behaviour, capped(cap), FRESH, seed=seed, originators=2, **LASTS)
        for cap in caps
    )
    assert set(tight.first_copies.user.tolist()) <= set(loose.first_copies.user.tolist())


@pytest.mark.parametrize("seed", range(4))
def test_a_cap_of_0_without_pasting_reaches_the_first_audience_only(seed: int) -> None:
    population = random_population(200, 10, 1, seed=seed)
    behaviour = evolve(LIVELY, paste_probability=0.0, modified_clients=0.3)
    run = played(population, behaviour, capped(0), FRESH, seed=seed, originators=3)
    assert (run.first_copies.tick == NOON).all()
    assert run.deeds.forwarded_chats.sum() == 0
    assert 3 < len(run.first_copies.user) < 100


def with_two_delays(
    behaviour: Behaviour, content: Content, policy: Policy
) -> list[set[tuple[int, int]]]:
    """Who is reached over several seeds, with quick readers and with slow ones."""
    population = random_population(300, 12, 1, seed=7)
    return [
        {
            (seed, user)
            for seed in range(3)
            for user in played(
                population,
                evolve(behaviour, reading_delay=delay),
                policy,
                content,
                seed=seed,
                originators=3,
                **LASTS,
            ).first_copies.user.tolist()
        }
        for delay in (DelayLaw(60, 0.3), DelayLaw(9_000, 1.5))
    ]


@pytest.mark.parametrize("paste", [0.0, 0.5])
def test_delays_change_when_and_never_who(paste: float) -> None:
    behaviour = evolve(LIVELY, paste_probability=paste, modified_clients=0.3)
    quick, slow = with_two_delays(behaviour, FRESH, capped(3))
    assert quick == slow
    assert len(quick) > 300


TIERS = (Tier(0, 5), Tier(4, 1))


@pytest.mark.parametrize(
    ("content", "behaviour", "policy"),
    [
        pytest.param(evolve(FRESH, half_life_seconds=43_200.0), LIVELY, capped(3), id="staleness"),
        pytest.param(FRESH, LIVELY, evolve(capped(5), tiers=TIERS), id="hop tiers"),
        pytest.param(
            FRESH, evolve(LIVELY, label_factor_many_times=0.3), capped(3), id="label factor"
        ),
        pytest.param(FRESH, LIVELY, capped(3, hop_limit=3), id="hop limit"),
        pytest.param(FRESH, LIVELY, capped(3, cap_total=40), id="total cap"),
        # The chat that a copy came from takes room in an action but none of a lifetime.
        pytest.param(
            FRESH, evolve(LIVELY, persistence=1.0), capped(2, cap_person=3), id="person cap"
        ),
    ],
)
def test_delays_change_who_where_time_or_hops_matter(
    content: Content, behaviour: Behaviour, policy: Policy
) -> None:
    quick, slow = with_two_delays(evolve(behaviour, paste_probability=0.0), content, policy)
    assert quick != slow
