"""The engine under rules beyond caps: the naive twin's copies, whatever threads, room and people."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from attrs import asdict, evolve
from hypothesis import HealthCheck, given, settings

from chatsim.behaviour.values import Audience, Behaviour, Content
from chatsim.cascade.values import RunOutcome
from chatsim.engine import playing, state
from chatsim.model import ONE_DAY, Enforcement
from chatsim.policy.rules import Breaker, Education, Friction, Takedown
from chatsim.policy.values import Local, Policy, Tier
from chatsim.population import Implicit, generate
from chatsim.population.parts import Partition, Region, Rollout, divide
from tests.cases import Case, population_of, random_population
from tests.cases_beyond_caps import COHORTS, REGIONS, cases_beyond_caps
from tests.engines import assert_same_measures, by_twin, engine_of, played, tallied
from tests.runs import assert_large_enough

RUMOUR = Content("rumour", share_probability=0.9)
JOKE = Content("joke", share_probability=0.8, harmful=False)
LIVELY = Behaviour(
    audience_shape=0.5,
    persistence=0.8,
    paste_probability=0.3,
    modified_clients=0.1,
    complaint_probability=0.2,
)
BASE = Policy("base", tiers=(Tier(chats=3),), label_forwarded_from=1, label_many_from=3)


def case_of(policy: Policy, population=None, partition: Partition = Partition(), **changes) -> Case:
    people = population or random_population(150, 8.0, 1.0, seed=4)
    case = Case(
        population=people,
        contents=(RUMOUR, JOKE),
        behaviour=LIVELY,
        policy=policy,
        seed=1,
        run=0,
        originators=3,
        duration_seconds=10 * ONE_DAY,
        enforcement=Enforcement.CLEAR,
        parts=divide(partition, people.users, people.seed, communities=True),
    )
    return evolve(case, **changes)


def without_reencoding(case: Case) -> Case:
    """The engine knows contents, not bytes: whoever would re-encode pastes as it is."""
    behaviour = case.behaviour
    pasting = min(1.0, behaviour.pasting_clients + behaviour.reencoding_clients)
    fewer = evolve(behaviour, pasting_clients=pasting, reencoding_clients=0.0)
    return evolve(case, behaviour=fewer)


def assert_twins_copies(case: Case) -> RunOutcome:
    expected = by_twin(case)
    engine = engine_of(case)
    plan = {"run": case.run, "originators": case.originators}
    outcome = engine.play(case.policy, **plan)
    assert outcome.differences(expected) == []
    assert_same_measures(engine.tally(case.policy, **plan), expected, case.policy, case.parts)
    return outcome


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(cases_beyond_caps())
def test_the_engine_gives_the_twins_copies_and_a_tally_their_measures(case: Case) -> None:
    assert_twins_copies(without_reencoding(case))


def refused(outcome: RunOutcome) -> int:
    return sum(int(run.deeds.refused.sum()) for run in outcome.contents)


def abandoned(outcome: RunOutcome) -> int:
    return sum(int(run.deeds.abandoned.sum()) for run in outcome.contents)


def complaints(outcome: RunOutcome) -> int:
    return sum(run.complaints for run in outcome.contents)


TAKEN_DOWN = evolve(BASE, takedown=Takedown(complaints=4, review_seconds=900))


@pytest.mark.parametrize("law", [Audience.PICK, Audience.REPEAT])
@pytest.mark.parametrize(
    ("policy", "effect"),
    [
        (evolve(BASE, cap_hour=4), refused),
        (evolve(BASE, friction=Friction(abandon=0.3, delay_seconds=400, from_hop=1)), abandoned),
        (evolve(BASE, breaker=Breaker(25, 1_200, 3_600)), refused),
        (TAKEN_DOWN, refused),
        (TAKEN_DOWN, complaints),
    ],
    ids=["hour", "friction", "breaker", "takedown", "complaints"],
)
def test_every_rule_bites(
    law: Audience, policy: Policy, effect: Callable[[RunOutcome], int]
) -> None:
    behaviour = evolve(
        LIVELY, audience=law, modified_clients=0.0, interval_seconds=20_000, round_recovery=0.5
    )
    outcome = assert_twins_copies(case_of(policy, behaviour=behaviour))
    assert effect(outcome) > 0
    assert effect(played(case_of(BASE, behaviour=behaviour))) == 0


def test_education_lowers_reach_where_it_is_given() -> None:
    taught = evolve(BASE, education=Education(coverage=0.9, factor=0.1))
    rumour, joke = assert_twins_copies(case_of(taught)).contents
    free_rumour, free_joke = played(case_of(BASE)).contents
    assert len(rumour.first_copies.user) < len(free_rumour.first_copies.user)
    assert joke.differences(free_joke) == []


def test_contents_meet_in_the_hours_cap_alone() -> None:
    for policy, meet in ((evolve(BASE, cap_hour=3), True), (TAKEN_DOWN, False)):
        case = case_of(policy)
        both = played(case).contents[0]
        alone = played(evolve(case, contents=case.contents[:1])).contents[0]
        assert (both.differences(alone) != []) == meet


def test_originators_post_at_the_noon_of_their_region_if_the_run_has_one() -> None:
    partition = Partition(regions=(Region("east", 0.5, 36_000), Region("west", 0.5, -28_800)))
    for seconds, ticks in ((10 * ONE_DAY, [7_200, 72_000]), (72_000, [7_200]), (7_200, [])):
        case = case_of(BASE, partition=partition, duration_seconds=seconds, originators=20)
        first = assert_twins_copies(case).contents[0].first_copies
        assert np.unique(first.tick[first.parent == -1]).tolist() == ticks


def test_a_chain_of_two_laws_shows_the_label_of_whoever_sent() -> None:
    people = population_of([[user + 1] for user in range(9)] + [[]])
    partition = Partition(regions=(Region("east", 0.5), Region("west", 0.5)))
    labelled = evolve(BASE, name="labelled", label_forwarded_from=0)
    policy = evolve(BASE, label_forwarded_from=None, regions=(Local("west", labelled),))
    behaviour = evolve(LIVELY, susceptibility_shape=None, modified_clients=0.0)
    contents = (Content("sure", share_probability=1.0, half_life_seconds=None),)
    case = case_of(policy, people, partition, originators=1, contents=contents, behaviour=behaviour)
    case = next(
        evolve(case, seed=seed)
        for seed in range(99)
        if len(played(evolve(case, seed=seed)).contents[0].first_copies.user) > 7
    )
    first = assert_twins_copies(case).contents[0].first_copies
    labels = dict(zip(first.parent.tolist(), first.label.tolist(), strict=True))
    assert labels[2] == 0
    assert labels[6] > 0


EVERYTHING = Partition(REGIONS, COHORTS, Rollout(share=0.6, seed=3))
EAST = evolve(BASE, friction=Friction(0.2, 90), education=Education(0.5, 0.5))
SHARED_OUT = evolve(
    BASE, regions=(Local("east", EAST),), untreated=Policy("control", label_forwarded_from=2)
)


@pytest.mark.parametrize("law", Audience)
@pytest.mark.parametrize(
    ("policy", "threads"),
    [
        (SHARED_OUT, 4),
        (evolve(SHARED_OUT, cap_hour=6), 4),
        (evolve(SHARED_OUT, breaker=Breaker(200, 3_600, 3_600)), 2),
    ],
    ids=["rows", "hour", "breaker"],
)
def test_threads_and_people_who_are_not_stored_change_nothing(
    law: Audience, policy: Policy, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playing, "CROWD", 0)
    monkeypatch.setattr(state, "RANGE_BITS_MIN", 3)
    if law is Audience.EACH:
        policy = evolve(policy, regions=())
    case = case_of(policy, generate(1_100, seed=1), EVERYTHING)
    # Every window is shared out here, which takes a thousand times what playing it does: two days have a night and
    # every region's noon.
    days = {"duration_seconds": 2 * ONE_DAY, "contents": (RUMOUR, RUMOUR)}
    case = evolve(case, behaviour=evolve(LIVELY, audience=law), **days)
    alone = played(case)
    assert_large_enough(alone.contents)
    implicit = Implicit(1_100, 1)
    assert played(case, threads=threads).differences(alone) == []
    assert played(case, implicit, threads=threads).differences(alone) == []
    tally = tallied(case, implicit, threads=threads)
    assert_same_measures(tally, alone, case.policy, case.parts)


def test_contents_that_meet_go_on_where_they_had_no_room(monkeypatch) -> None:
    case = case_of(evolve(BASE, cap_hour=4))
    expected = tallied(case)
    grown = []
    room = playing.with_room

    def counted(sends, filled, rows):
        grown.append(int(filled))
        return room(sends, filled, rows)

    monkeypatch.setattr(playing, "SENDS_MIN", 1)
    monkeypatch.setattr(playing, "CHUNKS_MIN", 1)
    monkeypatch.setattr(playing, "with_room", counted)
    for mine, other in zip(tallied(case), expected, strict=True):
        np.testing.assert_equal(asdict(mine), asdict(other))
    assert grown
