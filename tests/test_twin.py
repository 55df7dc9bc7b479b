"""The naive twin against networks worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve

from chatsim.behaviour.values import Audience, Behaviour, DelayLaw, FirstSend
from chatsim.cascade.values import NOBODY
from chatsim.model import ONE_HOUR, Label
from tests.cases import population_of
from tests.twin_plays import (
    EACH,
    FAN,
    FAN_SEED,
    NOON,
    PLAIN,
    READING,
    capped,
    copies,
    deed,
    played,
    rows,
    seed_that_starts_at_0,
)

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
