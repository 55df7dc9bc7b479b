"""What one person of the naive twin does under caps, worked out by hand."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatsim.behaviour.values import DelayLaw, FirstSend
from chatsim.model import HOP_MAX, Enforcement
from tests.cases import population_of
from tests.twin_plays import (
    EACH,
    FAN,
    NOON,
    PLAIN,
    READING,
    capped,
    copies,
    deed,
    fan,
    played,
    seed_that_starts_at_0,
)


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
