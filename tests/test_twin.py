"""The naive twin against networks worked out by hand, and against what must hold for every run."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from attrs import evolve, fields
from hypothesis import given, settings
from hypothesis import strategies as st

from chatsim.behaviour.values import Audience, Behaviour, Content, DelayLaw, FirstSend
from chatsim.cascade.values import NOBODY, ContentRun
from chatsim.model import HOP_MAX, ONE_DAY, ONE_HOUR, Enforcement, Label
from chatsim.policy.values import Policy, Tier
from chatsim.population.values import Population
from chatsim.testing.twin import play
from chatsim.testing.twin_rules import after_the_night, first_noon
from tests.cases import (
    SEEDS,
    Case,
    cases,
    population_of,
    populations,
    random_population,
)

NOON = 43_200
UNCAPPED = Policy("uncapped", label_forwarded_from=1, label_many_from=3)
CERTAIN = Content("rumour", share_probability=1.0, half_life_seconds=None)
PLAIN = Behaviour(
    audience_shape=0.02,  # nearly everybody wants all their chats
    persistence=0.0,
    paste_probability=0.0,
    modified_clients=0.0,
    reading_delay=DelayLaw(600, 0),
    chat_delay=DelayLaw(600, 0),
    susceptibility_shape=None,
    label_factor_many_times=1.0,
)
EACH = evolve(PLAIN, audience=Audience.EACH)


def capped(chats: int | None, **more: Any) -> Policy:
    return evolve(UNCAPPED, name=f"cap-{chats}", tiers=(Tier(0, chats),), **more)


def played(
    population: Population,
    behaviour: Behaviour,
    policy: Policy = UNCAPPED,
    content: Content = CERTAIN,
    **more: Any,
) -> ContentRun:
    arguments: dict[str, Any] = {
        "seed": 1,
        "run": 0,
        "originators": 1,
        "duration_seconds": 4 * ONE_DAY,
        "enforcement": Enforcement.CLEAR,
    } | more
    return play(population, (content,), behaviour, policy, **arguments).contents[0]


def seed_that_starts_at_0(population: Population, behaviour: Behaviour) -> int:
    """A seed with user 0 as originator and, for `pick`, everybody reached wanting all their chats."""
    degrees = np.diff(population.contact_offsets) + np.diff(population.group_offsets)
    for seed in itertools.count():
        run = played(population, behaviour, seed=seed)
        begins_right = run.first_copies.user[0] == 0
        picks = behaviour.audience is Audience.PICK
        if begins_right and not (picks and (run.deeds.wanted < degrees[run.deeds.user]).any()):
            return seed
    raise AssertionError


def rows(part: object, *names: str) -> list[tuple[int, ...]]:
    return list(zip(*(getattr(part, name).tolist() for name in names), strict=True))


def copies(run: ContentRun) -> list[tuple[int, ...]]:
    return rows(run.first_copies, "user", "tick", "parent", "group", "hop", "label")


def deed(run: ContentRun, user: int) -> dict[str, int]:
    (at,) = np.flatnonzero(run.deeds.user == user)
    return {
        column.name: int(getattr(run.deeds, column.name)[at]) for column in fields(type(run.deeds))
    }


# Six people, every coin certain, every chat 600 seconds after receipt:
#   0 knows 1, 2; 1 knows 0, 3; 2 knows 0, 3; 3 knows 1, 2, 4; 4 knows 3, 5; 5 knows 4; 1, 4 and 5 share group 0.
SIX = population_of([[1, 2], [0, 3], [0, 3], [1, 2, 4], [3, 5], [4]], [[1, 4, 5]])
SIX_SEED = seed_that_starts_at_0(SIX, EACH)


def test_six_people_without_a_cap_all_hear_of_it() -> None:
    run = played(SIX, EACH, seed=SIX_SEED)
    assert copies(run) == [
        (0, 43_200, NOBODY, NOBODY, 0, Label.NONE),
        (1, 43_800, 0, NOBODY, 0, Label.NONE),
        (2, 43_800, 0, NOBODY, 0, Label.NONE),
        # 1 and 2 send to 3 at once and with the same hop: the smaller sender counts.
        (3, 44_400, 1, NOBODY, 1, Label.FORWARDED),
        (4, 44_400, 1, 0, 1, Label.FORWARDED),
        (5, 44_400, 1, 0, 1, Label.FORWARDED),
    ]
    # 0: none; 1: 0; 2: 0, 3; 3: 1, 2, 4; 4: the group, 3, 5; 5: the group, 4.
    assert run.received.tolist() == [0, 1, 2, 3, 3, 2]
    assert np.flatnonzero(run.copies_by_hour).tolist() == [12]
    assert rows(
        run.deeds, "user", "tick", "wanted", "forwarded_chats", "forwarded_copies", "hop_made"
    ) == [
        (0, 43_800, 2, 0, 0, 1),
        (1, 44_400, 3, 2, 3, 1),
        (2, 44_400, 2, 1, 1, 1),
        (3, 45_000, 3, 2, 2, 2),
        (4, 45_000, 3, 2, 2, 2),
        (5, 45_000, 2, 1, 1, 2),
    ]
    assert deed(run, 0)["original_chats"] == 2


def test_six_people_with_a_cap_of_two_lose_the_group_and_then_the_far_end() -> None:
    run = played(SIX, EACH, capped(2), seed=SIX_SEED)
    assert [row[0] for row in copies(run)] == [0, 1, 2, 3]
    # The chat that the copy came from is taken first and counts; 3 has room for 2 but no more for 4.
    assert rows(run.deeds, "user", "held_back", "forwarded_chats") == [
        (0, 0, 0),
        (1, 1, 1),
        (2, 0, 1),
        (3, 1, 1),
    ]


def test_six_people_with_a_cap_of_one_only_answer_where_it_came_from() -> None:
    run = played(SIX, EACH, capped(1), seed=SIX_SEED)
    assert [row[0] for row in copies(run)] == [0, 1, 2]
    assert rows(run.deeds, "held_back", "actions", "forwarded_chats") == [
        (0, 1, 0),
        (2, 1, 0),
        (1, 1, 0),
    ]


def test_hops_grow_along_a_line_and_labels_follow_them() -> None:
    line = population_of([[1], [2], [3], [4], []])
    run = played(line, PLAIN, seed=seed_that_starts_at_0(line, PLAIN))
    assert copies(run) == [
        (0, 43_200, NOBODY, NOBODY, 0, Label.NONE),
        (1, 43_200, 0, NOBODY, 0, Label.NONE),
        (2, 43_800, 1, NOBODY, 1, Label.FORWARDED),
        (3, 44_400, 2, NOBODY, 2, Label.FORWARDED),
        (4, 45_000, 3, NOBODY, 3, Label.MANY_TIMES),
    ]
    assert deed(run, 4)["wanted"] == 0


def test_a_reading_at_night_waits_for_the_morning() -> None:
    line = population_of([[1], [2], []])
    late = evolve(PLAIN, reading_delay=DelayLaw(50_000, 0))
    seed = seed_that_starts_at_0(line, late)
    # 43,200 + 50,000 is 01:53:20, 6,800 seconds after midnight.
    assert copies(played(line, late, seed=seed))[2][1] == 86_400 + 25_200 + 6_800 // 7
    assert copies(played(line, evolve(late, night=False), seed=seed))[2][1] == 93_200


@given(st.integers(0, 10 * ONE_DAY), st.integers(1, 100), st.integers(-50_000, 50_000))
def test_the_night_keeps_the_order_and_ends_before_eight(tick: int, more: int, offset: int) -> None:
    morning = after_the_night(tick, offset)
    assert morning >= tick
    assert (morning + offset) % ONE_DAY >= 7 * ONE_HOUR
    if morning != tick:
        assert (morning + offset) % ONE_DAY < 8 * ONE_HOUR
    assert after_the_night(tick + more, offset) >= morning


def test_noon_is_local() -> None:
    assert first_noon(0) == 43_200
    assert first_noon(19_800) == 23_400
    assert first_noon(-10_800) == 54_000
    assert first_noon(46_800) == 82_800


# 0 knows 1, who knows three more (one way): what 1 does is all that happens.
FAN = population_of([[1], [2, 3, 4], [], [], []])
FAN_SEED = seed_that_starts_at_0(FAN, PLAIN)
READING = NOON + 600


def fan(behaviour: Behaviour, policy: Policy, **more: Any) -> tuple[ContentRun, list[int]]:
    """The run, and the ticks at which 1's three contacts heard of it."""
    run = played(FAN, behaviour, policy, seed=FAN_SEED, **more)
    return run, [tick for user, tick, *_ in copies(run) if user > 1]


def test_a_persistent_person_goes_on_until_nothing_is_left() -> None:
    run, ticks = fan(evolve(PLAIN, persistence=1.0), capped(1))
    assert ticks == [READING, READING + 15, READING + 30]
    one = deed(run, 1)
    assert (one["wanted"], one["held_back"], one["actions"], one["refused"]) == (3, 2, 3, 0)
    assert one["tick"] == READING


def test_a_person_without_persistence_may_paste_the_rest() -> None:
    run, ticks = fan(evolve(PLAIN, paste_probability=1.0), capped(1))
    assert ticks == [READING, READING + 15, READING + 30]
    assert [hop for user, _, _, _, hop, _ in copies(run) if user > 1] == [1, 0, 0]
    assert (deed(run, 1)["actions"], deed(run, 1)["original_chats"]) == (1, 2)


def test_where_the_app_offers_nothing_pasting_starts_at_the_reading() -> None:
    run, ticks = fan(evolve(PLAIN, paste_probability=1.0), capped(0))
    assert ticks == [READING + 15, READING + 30, READING + 45]
    assert (deed(run, 1)["actions"], deed(run, 1)["held_back"]) == (0, 3)


def test_the_person_cap_counts_over_actions() -> None:
    run, ticks = fan(evolve(PLAIN, persistence=1.0), capped(1, cap_person=2))
    assert ticks == [READING, READING + 15]
    assert deed(run, 1)["refused"] == 0


def test_the_app_holds_back_what_the_hop_limit_forbids() -> None:
    run, ticks = fan(PLAIN, capped(None, hop_limit=0))
    assert ticks == []
    assert (deed(run, 1)["held_back"], deed(run, 1)["refused"]) == (3, 0)


def test_an_act_over_the_total_is_refused_whole_and_tried_again_smaller() -> None:
    run, ticks = fan(PLAIN, capped(None, cap_total=2))
    assert ticks == [READING + 15] * 2
    one = deed(run, 1)
    assert (one["actions"], one["refused"], one["held_back"]) == (2, 1, 0)
    assert one["forwarded_chats"] == 2


def test_where_the_total_leaves_nothing_the_paste_coin_decides_at_once() -> None:
    run, ticks = fan(evolve(PLAIN, paste_probability=1.0), capped(None, cap_total=0))
    assert ticks == [READING + 15, READING + 30, READING + 45]
    assert (deed(run, 1)["actions"], deed(run, 1)["refused"]) == (1, 1)


def test_the_total_does_not_see_acts_of_the_same_minute() -> None:
    twins = population_of([[1, 2], [3, 4], [5, 6], [], [], [], []])
    seed = seed_that_starts_at_0(twins, PLAIN)
    run = played(twins, PLAIN, capped(None, cap_total=2), seed=seed)
    assert len(run.first_copies.user) == 7
    assert run.deeds.refused.sum() == 0


def test_the_total_sees_acts_of_an_earlier_minute() -> None:
    line = population_of([[1], [2], [3], [4], []])
    seed = seed_that_starts_at_0(line, PLAIN)
    run = played(line, PLAIN, capped(None, cap_total=2), seed=seed)
    assert run.first_copies.user.tolist() == [0, 1, 2, 3]
    assert deed(run, 3)["refused"] == 1


def test_a_modified_client_is_refused_whole_and_goes_on_honestly() -> None:
    cheats = evolve(PLAIN, modified_clients=1.0)
    run, ticks = fan(cheats, capped(2))
    assert ticks == [READING + 15] * 2
    one = deed(run, 1)
    assert (one["actions"], one["refused"], one["denied"], one["held_back"]) == (2, 1, 1, 0)
    run, ticks = fan(cheats, capped(0))
    assert ticks == []
    assert (deed(run, 1)["actions"], deed(run, 1)["denied"]) == (1, 3)


@pytest.mark.parametrize(
    ("share", "hop"), [("modified_clients", 0), ("inflating_clients", HOP_MAX)]
)
def test_a_modified_client_lies_where_the_counter_is_its_own(share: str, hop: int) -> None:
    cheats = evolve(PLAIN, **{share: 1.0})
    run, ticks = fan(cheats, capped(1), enforcement=Enforcement.CLIENT)
    assert ticks == [READING] * 3
    assert {row[4] for row in copies(run) if row[0] > 1} == {hop}
    assert (deed(run, 1)["refused"], deed(run, 1)["hop_made"]) == (0, hop)
    run, _ = fan(cheats, capped(5))
    assert {row[4] for row in copies(run) if row[0] > 1} == {1}


def test_a_refused_act_of_each_is_denied_and_dropped() -> None:
    seed = seed_that_starts_at_0(FAN, EACH)
    run = played(FAN, evolve(EACH, modified_clients=1.0), capped(2), seed=seed)
    assert (deed(run, 1)["denied"], deed(run, 1)["refused"], deed(run, 1)["actions"]) == (3, 1, 1)
    assert len(run.first_copies.user) == 2


def test_a_recovery_shorter_than_the_delay_ends_it() -> None:
    seed = seed_that_starts_at_0(FAN, EACH)
    for recovery, reach in ((600, 1), (601, 5)):
        run = played(FAN, evolve(EACH, recovery=DelayLaw(recovery, 0)), seed=seed)
        assert len(run.first_copies.user) == reach


def test_a_capped_post_is_an_action_that_sends_originals() -> None:
    star = population_of([[1, 2, 3], [], [], []])
    capped_post = evolve(PLAIN, first_send=FirstSend.CAPPED, persistence=1.0)
    seed = seed_that_starts_at_0(star, PLAIN)
    run = played(star, capped_post, capped(2), seed=seed)
    assert [(tick, hop) for _, tick, _, _, hop, _ in copies(run)] == [
        (NOON, 0),
        (NOON, 0),
        (NOON, 0),
        (NOON + 15, 0),
    ]
    zero = deed(run, 0)
    assert (zero["actions"], zero["held_back"], zero["original_chats"]) == (2, 1, 3)
    free = deed(played(star, PLAIN, capped(2), seed=seed), 0)
    assert (free["held_back"], free["original_chats"], free["original_copies"]) == (0, 3, 3)


def test_nothing_goes_back_into_the_group_it_came_from() -> None:
    group = population_of([[], [], []], [[0, 1, 2]])
    run = played(group, PLAIN)
    assert run.received.sum() == 2
    assert rows(run.deeds, "wanted", "forwarded_chats") == [(1, 0)] * 3


def test_a_contact_listed_twice_gets_two_copies() -> None:
    double = population_of([[1], [2, 2], []])
    run = played(double, PLAIN, seed=seed_that_starts_at_0(double, PLAIN))
    assert run.received.tolist() == [0, 1, 2]


@pytest.mark.parametrize("modified", [0.0, 1.0])
def test_a_chat_with_oneself_takes_its_place_and_gets_nothing(modified: float) -> None:
    behaviour = evolve(PLAIN, modified_clients=modified)
    selves = population_of([[1], [1, 1, 2], []])
    run = played(selves, behaviour, seed=seed_that_starts_at_0(selves, behaviour))
    assert run.received.tolist() == [0, 1, 1]
    one = deed(run, 1)
    assert (one["wanted"], one["held_back"], one["denied"], one["forwarded_chats"]) == (3, 0, 0, 1)
    nobody_else = population_of([[1], [1]])
    run = played(nobody_else, behaviour, seed=seed_that_starts_at_0(nobody_else, behaviour))
    one = deed(run, 1)
    assert (one["wanted"], one["actions"], one["refused"], one["forwarded_chats"]) == (1, 1, 0, 0)


@pytest.mark.parametrize("behaviour", [PLAIN, EACH, evolve(PLAIN, audience=Audience.REPEAT)])
def test_an_originator_does_not_post_to_oneself(behaviour: Behaviour) -> None:
    run = played(population_of([[0]]), behaviour, duration_seconds=NOON + 1_000)
    zero = deed(run, 0)
    assert (zero["wanted"], zero["actions"], zero["original_chats"]) == (1, 1, 0)
    assert run.received.tolist() == [0]


def test_a_chat_with_oneself_takes_room_under_a_cap() -> None:
    mostly = population_of([[1], [1, 1, 1, 1, 2], []])
    run = played(mostly, PLAIN, capped(2), seed=seed_that_starts_at_0(mostly, PLAIN))
    assert (deed(run, 1)["wanted"], deed(run, 1)["held_back"]) == (5, 3)


# Rounds: everybody picks anew every hour.

REPEAT = evolve(PLAIN, audience=Audience.REPEAT)
REPEAT_SEED = seed_that_starts_at_0(FAN, REPEAT)


def test_rounds_follow_one_another_until_the_end() -> None:
    three = {"seed": REPEAT_SEED, "duration_seconds": READING + 2 * ONE_HOUR + 1}
    one = deed(played(FAN, REPEAT, capped(2), **three), 1)
    assert (one["tick"], one["actions"], one["wanted"], one["held_back"]) == (READING, 3, 9, 3)
    assert deed(played(FAN, REPEAT, **three), 0)["original_chats"] == 3
    last = evolve(REPEAT, round_recovery=1.0)
    assert deed(played(FAN, last, capped(2), **three), 1)["actions"] == 1


def test_round_0_picks_what_is_picked_without_rounds_and_round_1_anew() -> None:
    star = population_of([list(range(1, 40)), *[[]] * 39])
    seed = seed_that_starts_at_0(star, REPEAT)
    once, twice = (
        played(star, evolve(behaviour, first_send=FirstSend.CAPPED), capped(3), seed=seed, **until)
        for behaviour, until in (
            (PLAIN, {"duration_seconds": NOON + 1}),
            (REPEAT, {"duration_seconds": NOON + ONE_HOUR + 1}),
        )
    )
    assert once.received.sum() == 3
    assert twice.received.sum() == 6
    anew = twice.received - once.received
    assert (anew >= 0).all()
    assert (anew != once.received).any()


def test_nothing_happens_after_the_end() -> None:
    before = played(FAN, PLAIN, seed=FAN_SEED, duration_seconds=READING + 1)
    assert len(before.first_copies.user) == 5
    after = played(FAN, PLAIN, seed=FAN_SEED, duration_seconds=READING)
    assert len(after.first_copies.user) == 2
    assert after.deeds.user.tolist() == [0]
    assert len(after.copies_by_hour) == 13
    assert len(played(FAN, PLAIN, duration_seconds=NOON).first_copies.user) == 0


# What holds for every run


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
