"""The engine against the naive twin, copy for copy, and a tally against the tree of the same run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from weakref import ref

import attrs
import numpy as np
import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings

from chatsim.behaviour.values import Audience, Behaviour, Content, DelayLaw
from chatsim.engine import engine as engine_module
from chatsim.engine import playing
from chatsim.model import HOP_MAX, ONE_DAY, Enforcement
from chatsim.policy.presets import preset
from chatsim.policy.values import Policy, Tier
from chatsim.population import uniform
from chatsim.testing.verify.settings import LIFETIME, behaviour_of, contents_of
from tests.cases import Case, as_stubs_pair, cases, population_of, random_population
from tests.engines import assert_same_measures, by_twin, engine_of, played, tallied
from tests.runs import assert_large_enough

LIVELY = Content("rumour", share_probability=1.0, half_life_seconds=None)


def case_of(population, behaviour, policy, **changes) -> Case:
    case = Case(
        population=population,
        contents=(LIVELY,),
        behaviour=behaviour,
        policy=policy,
        seed=1,
        run=0,
        originators=2,
        duration_seconds=10 * ONE_DAY,
        enforcement=Enforcement.CLEAR,
    )
    return evolve(case, **changes)


@settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_the_engine_gives_the_twins_copies_and_a_tally_their_measures(case: Case) -> None:
    expected = by_twin(case)
    engine = engine_of(case)
    plan = {"run": case.run, "originators": case.originators}
    assert engine.play(case.policy, **plan).differences(expected) == []
    assert_same_measures(engine.tally(case.policy, **plan), expected, case.policy)


@pytest.mark.parametrize("seed", [61, 68, 79, 80, 84, 147])
def test_what_a_total_cap_refused_stays_in_the_order_in_which_it_was_wanted(seed: int) -> None:
    behaviour = Behaviour(
        audience_shape=0.3,
        group_chance=0.5,
        persistence=(0.0, 0.5, 1.0)[seed % 3],
        paste_probability=(0.0, 0.3, 1.0)[seed // 3 % 3],
        modified_clients=(0.0, 0.3)[seed % 2],
        redo_seconds=(15, 60)[seed // 2 % 2],
    )
    tier = Tier(chats=(None, 3)[seed % 2], groups=(1, 2)[seed // 2 % 2])
    policy = Policy("few groups", tiers=(tier,), cap_total=(4, 10, 30)[seed % 3])
    case = case_of(random_population(60, 6.0, 2.0, seed=seed), behaviour, policy, seed=seed)
    expected = by_twin(case)
    assert expected.contents[0].deeds.refused.sum() > 0
    assert played(case).differences(expected) == []


@pytest.mark.parametrize("law", Audience)
@pytest.mark.parametrize("originators", [1, 60, 1_000])
def test_anybody_and_everybody_can_start_it(law: Audience, originators: int) -> None:
    people = random_population(60, 6.0, 1.0, seed=3, one_way=0.5, utc_offset_seconds=19_800)
    case = case_of(
        people, behaviour_of(law), LIFETIME, contents=contents_of(law), originators=originators
    )
    outcome = played(case)
    assert outcome.differences(by_twin(case)) == []
    started = [int((run.first_copies.parent == -1).sum()) for run in outcome.contents]
    assert started == [min(originators, 60)] * 2
    assert_same_measures(tallied(case), outcome, case.policy)


@pytest.mark.parametrize("law", Audience)
@pytest.mark.parametrize(
    "people",
    [
        population_of([[]]),
        population_of([[0, 0]]),
        population_of([[1], []]),
        population_of([[1, 1], [0]], [[0], [0, 1], []]),
    ],
    ids=["nobody to write to", "only themself", "one way", "groups of one and of nobody"],
)
def test_one_or_two_people_are_people_as_well(law: Audience, people) -> None:
    case = case_of(people, behaviour_of(law), preset("cap-1"))
    outcome = played(case)
    assert outcome.differences(by_twin(case)) == []
    assert_same_measures(tallied(case), outcome, case.policy)


@pytest.mark.parametrize("law", Audience)
@pytest.mark.parametrize("seconds", [1, 3_600, 43_199, 43_200, 43_201])
def test_a_run_may_end_before_or_with_its_first_post(law: Audience, seconds: int) -> None:
    people = random_population(20, 6.0, 1.0, seed=3)
    case = case_of(people, behaviour_of(law), preset("cap-1"), duration_seconds=seconds)
    outcome = played(case)
    assert outcome.differences(by_twin(case)) == []
    assert len(outcome.contents[0].first_copies.user) > 0 or seconds <= 43_200
    assert_same_measures(tallied(case), outcome, case.policy)


@pytest.mark.parametrize("law", Audience)
def test_ties_may_go_one_way_be_repeated_or_lead_back(law: Audience) -> None:
    for people in (
        uniform(80, 6, seed=5),
        as_stubs_pair(random_population(80, 5.0, 2.0, seed=4), 1.0, seed=4),
    ):
        case = case_of(people, behaviour_of(law), LIFETIME, contents=contents_of(law))
        outcome = played(case)
        assert outcome.contents[0].received.sum() > 100
        assert outcome.differences(by_twin(case)) == []


@pytest.mark.parametrize("enforcement", Enforcement)
def test_a_chain_goes_on_beyond_the_hops_that_can_be_claimed(enforcement: Enforcement) -> None:
    people = population_of([[user + 1] for user in range(299)] + [[]])
    behaviour = Behaviour(
        susceptibility_shape=None,
        label_factor_many_times=1.0,
        modified_clients=0.02,
        reading_delay=DelayLaw(0.0, 0.0),
        lookahead_seconds=1,
    )
    case = case_of(people, behaviour, preset("label-only"), originators=1, seed=1)
    case = evolve(case, enforcement=enforcement)
    outcome = played(case)
    assert outcome.differences(by_twin(case)) == []
    (tally,) = tallied(case)
    assert tally.depth_max > HOP_MAX
    assert_same_measures((tally,), outcome, case.policy)


@pytest.mark.parametrize("law", Audience)
def test_contents_do_not_meet(law: Audience) -> None:
    people = random_population(60, 6.0, 1.0, seed=3)
    contents = (*contents_of(law), Content("third", 0.5), Content("fourth", 1.0))
    case = case_of(people, behaviour_of(law), LIFETIME, contents=contents)
    outcome = played(case)
    assert outcome.differences(by_twin(case)) == []
    fewer = played(evolve(case, contents=contents[:1]))
    assert outcome.contents[0].differences(fewer.contents[0]) == []


@pytest.mark.parametrize(("recovery", "sent"), [(900.0, False), (901.0, True)])
def test_a_chat_is_sent_only_if_its_delay_is_shorter_than_the_recovery(recovery, sent) -> None:
    behaviour = Behaviour(
        audience=Audience.EACH,
        chat_delay=DelayLaw(900.0, 0.0),
        recovery=DelayLaw(recovery, 0.0),
    )
    case = case_of(random_population(60, 6.0, 1.0, seed=3), behaviour, preset("uncapped"))
    outcome = played(case)
    assert outcome.differences(by_twin(case)) == []
    assert (outcome.contents[0].received.sum() > 0) == sent


def test_pauses_beyond_64_bits_are_pauses_beyond_the_run() -> None:
    people = random_population(60, 6.0, 1.0, seed=3)
    forever = 10**25
    for changes in (
        {"redo_seconds": forever},
        {"lookahead_seconds": forever},
        {"audience": Audience.REPEAT, "interval_seconds": forever},
    ):
        case = case_of(people, Behaviour(**changes), preset("cap-1"))
        assert played(case).differences(by_twin(case)) == []


@pytest.mark.parametrize("law", Audience)
def test_threads_of_python_play_on_one_engine_at_the_same_time(law: Audience) -> None:
    people = random_population(300, 8.0, 1.0, seed=3)
    case = case_of(people, behaviour_of(law), LIFETIME, contents=contents_of(law))
    engine = engine_of(case)

    def run(number: int):
        policy = (LIFETIME, preset("cap-5"))[number % 2]
        threads = 1 + number % 3
        return (
            engine.play(policy, run=number, originators=2, threads=threads),
            engine.tally(policy, run=number, originators=2, threads=threads),
        )

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(4) as pool:
        patch.setattr(playing, "CROWD", 0)
        at_once = list(pool.map(run, range(12)))
    assert_large_enough([run for outcome, _ in at_once for run in outcome.contents])
    for number, (outcome, tally) in enumerate(at_once):
        alone, alone_tally = run(number)
        assert outcome.differences(alone) == []
        for mine, other in zip(tally, alone_tally, strict=True):
            np.testing.assert_equal(attrs.asdict(mine), attrs.asdict(other))


def test_nothing_of_one_content_is_kept_while_the_next_is_played(monkeypatch) -> None:
    states = []
    made = engine_module.new_state

    def watched(*arguments, **named):
        assert [former for former in states if former() is not None] == []
        state = made(*arguments, **named)
        states.append(ref(state.status))
        return state

    monkeypatch.setattr(engine_module, "new_state", watched)
    people = random_population(60, 6.0, 1.0, seed=3)
    case = case_of(people, Behaviour(), LIFETIME, contents=contents_of(Audience.PICK))
    for threads in (1, 2):
        engine_of(case).play(case.policy, run=0, originators=2, threads=threads)
        engine_of(case).tally(case.policy, run=0, originators=2, threads=threads)
    assert len(states) == 8
