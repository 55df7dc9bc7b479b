"""The scalar rules of people, against sentences and naive restatements."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chatsim.behaviour.originators import originators
from chatsim.behaviour.rules import (
    after_night,
    chance_left,
    content_of_round,
    offers_any,
    pick_chats,
    posting_tick,
    reading_tick,
    take,
)
from chatsim.behaviour.values import ROUNDS_MAX
from chatsim.compilation import compiled
from chatsim.model import ONE_DAY
from chatsim.randomness import philox
from chatsim.randomness.tables import CERTAIN, FACTOR_ONE

HOUR = 3600


def test_posts_are_at_local_noon() -> None:
    assert posting_tick(0) == 12 * HOUR
    assert posting_tick(5 * HOUR + 1800) == 6 * HOUR + 1800
    assert posting_tick(-13 * HOUR) == HOUR


def test_the_night_is_pressed_into_an_hour_in_order() -> None:
    assert after_night(0, 0) == 7 * HOUR
    assert after_night(7 * HOUR - 1, 0) == 8 * HOUR - 1
    assert after_night(7 * HOUR, 0) == 7 * HOUR
    assert after_night(ONE_DAY + 700, 0) == ONE_DAY + 7 * HOUR + 100


@given(st.integers(0, 20 * ONE_DAY), st.integers(-12 * HOUR, 14 * HOUR))
def test_nobody_reads_at_night_nor_before_the_copy_came(tick: int, offset: int) -> None:
    read = after_night(tick, offset)
    assert read >= tick
    assert (read + offset) % ONE_DAY >= 7 * HOUR
    assert compiled(after_night)(tick, offset) == read


def test_a_reading_waits_for_the_lookahead_at_least() -> None:
    assert reading_tick(50_000, 3, 60, 0, 1) == 50_060
    assert reading_tick(50_000, 900, 60, 0, 1) == 50_900
    assert reading_tick(100, 0, 60, 0, 0) == 160


def test_full_factors_leave_a_chance_as_it_is() -> None:
    assert chance_left(CERTAIN, FACTOR_ONE, FACTOR_ONE, FACTOR_ONE) == CERTAIN
    assert chance_left(CERTAIN, FACTOR_ONE // 2, FACTOR_ONE // 2, FACTOR_ONE) == CERTAIN // 4
    assert chance_left(CERTAIN, FACTOR_ONE, FACTOR_ONE // 2, FACTOR_ONE // 2) == CERTAIN // 4


@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 12),
    st.integers(0, 6),
    st.integers(0, 1 << 32),
    st.data(),
)
def test_picks_are_distinct_chats_and_less_is_a_prefix_of_more(
    user: int, contacts: int, groups: int, threshold: int, data: st.DataObject
) -> None:
    chats = contacts + groups
    wanted = data.draw(st.integers(0, chats))
    fewer = data.draw(st.integers(0, wanted))
    among = (contacts, groups, threshold)
    picks = picked(compiled(pick_chats), 7, 8, user, 1, 2, wanted, *among)
    assert len(set(picks)) == wanted
    assert set(picks) <= set(range(chats))
    assert picked(compiled(pick_chats), 7, 8, user, 1, 2, fewer, *among) == picks[:fewer]
    assert picked(pick_chats, 7, 8, user, 1, 2, wanted, *among) == picks
    assert shuffled(7, 8, user, 1, 2, wanted, *among) == picks


def picked(pick: Callable[..., None], *arguments: int) -> list[int]:
    """What `pick` fills in, `wanted` being argument 5."""
    wanted = arguments[5]
    picks, swaps = np.empty(wanted, dtype=np.int64), np.empty(2 * wanted, dtype=np.int64)
    pick(*arguments[:5], *arguments[6:], picks, swaps)
    return picks.tolist()


def shuffled(
    low: int, high: int, user: int, content: int, run: int,
    wanted: int, contacts: int, groups: int, threshold: int,
) -> list[int]:  # fmt: skip
    """The same by shuffling two whole lists, as the rules are written."""
    classes = [list(range(contacts)), list(range(contacts, contacts + groups))]
    taken = [0, 0]
    picks = []
    for i in range(wanted):
        coin, which, _, _ = philox.draw(low, high, user, content, philox.PICK, i, run)
        group = (coin < threshold and taken[1] < groups) or taken[0] == contacts
        chats, k = classes[group], taken[group]
        other = k + ((which * (len(chats) - k)) >> 32)
        chats[k], chats[other] = chats[other], chats[k]
        picks.append(chats[k])
        taken[group] += 1
    return picks


@given(
    st.lists(st.integers(0, 9), max_size=10, unique=True),
    st.integers(0, 10),
    st.integers(0, 6),
    st.integers(0, 6),
)
def test_an_action_is_offered_something_exactly_if_it_would_take_something(
    chats: list[int], contacts: int, chats_offered: int, groups_offered: int
) -> None:
    taken = take(chats.copy(), 0, contacts, chats_offered, groups_offered)
    assert offers_any(chats, 0, contacts, chats_offered, groups_offered) == (taken > 0)


def test_a_group_chance_of_one_takes_groups_while_there_are_any() -> None:
    picks = picked(pick_chats, 1, 2, 3, 0, 0, 5, 4, 3, CERTAIN)
    assert sorted(picks[:3]) == [4, 5, 6]
    assert all(chat < 4 for chat in picks[3:])


def test_picks_within_a_class_are_uniform() -> None:
    counts = [0] * 8
    for user in range(8_000):
        for chat in picked(compiled(pick_chats), 1, 2, user, 0, 0, 2, 8, 0, 0):
            counts[chat] += 1
    expected = 2_000.0
    assert sum((count - expected) ** 2 / expected for count in counts) < 24.3  # 7 df, p = .001


@given(
    st.lists(st.integers(0, 9), max_size=10, unique=True),
    st.integers(0, 10),
    st.integers(0, 12),
    st.integers(0, 4),
)
def test_an_action_takes_what_is_offered_in_order_and_leaves_the_rest_in_order(
    chats: list[int], contacts: int, offered: int, groups_offered: int
) -> None:
    taken: list[int] = []
    left: list[int] = []
    groups = 0
    for chat in chats:
        is_group = chat >= contacts
        if len(taken) < offered and not (is_group and groups == groups_offered):
            taken.append(chat)
            groups += is_group
        else:
            left.append(chat)
    moved = chats.copy()
    assert take(moved, 0, contacts, offered, groups_offered) == len(taken)
    assert moved == taken + left


def test_originators_are_distinct_and_fewer_are_a_prefix_of_more() -> None:
    many = originators(5, 0, 3, 1_000, 400)
    assert len(set(many)) == 400
    assert originators(5, 0, 3, 1_000, 10) == many[:10]
    assert originators(5, 1, 3, 1_000, 10) != many[:10]
    assert sorted(originators(5, 0, 3, 6, 100)) == list(range(6))


def test_contents_and_rounds_never_meet() -> None:
    assert content_of_round(7, 0) == 7
    ends = (0, 1, ROUNDS_MAX - 1)
    words = {content_of_round(content, number) for content in ends for number in ends}
    assert len(words) == len(ends) ** 2
    assert max(words) == 2**32 - 1
