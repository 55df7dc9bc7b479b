from __future__ import annotations

from collections import Counter

import numpy as np

from chatsim.study.scenario import Generated, Scenario
from chatsim_clients.load.bodies import ASKS, FORWARD
from chatsim_clients.load.conversations import Acquainted, Populated, people_of
from chatsim_clients.load.intents import ClosedIntents, Writer, sizes_of
from chatsim_clients.load.parts import FixedBody, GroupShare, ListedBody, LognormalBody, Mix, Spawn
from chatsim_clients.load.plan import LoadPlan

PEOPLE = people_of(Scenario(population=Generated(users=300)), "uncapped")


def test_nobody_writes_to_themself_and_the_same_contact_is_one_chat():
    circle = Acquainted(users=7, contacts=6, seed=1)
    for user in range(7):
        chats = circle.chats_of(user).contacts
        numbers = [chat.number for chat in chats]
        assert user not in numbers
        assert len(set(numbers)) == len(numbers) > 0
        assert [chat.slot for chat in chats] == list(range(len(chats)))


def test_two_users_write_to_each_other():
    circle = Acquainted(users=2, contacts=1, seed=5)
    assert [circle.chats_of(user).contacts[0].number for user in (0, 1)] == [1, 0]


def test_groups_are_chosen_by_size_as_often_as_asked_for_and_reach_everybody_else():
    circle = Populated(PEOPLE, (GroupShare(0.5, 2, 10), GroupShare(0.25, 11)))
    user = next(u for u in range(300) if all(circle.chats_of(u).groups))
    chats = circle.chats_of(user)
    slots = [chat.slot for chat in chats.contacts] + [c.slot for g in chats.groups for c in g]
    assert sorted(slots) == list(range(len(slots)))
    for chat in chats.groups[0]:
        members = PEOPLE.members_of(~chat.number)
        assert 2 <= len(members) <= 10
        assert chat.recipients == len(members) - 1 == circle.reach_of(chat.number)
        assert sorted([*circle.recipients_of(user, chat.number), user]) == members.tolist()
    chosen = Counter(
        "contact" if chat in chats.contacts else "small" if chat in chats.groups[0] else "large"
        for chat in (chats.choose(n << 22, 12_345, circle.thresholds) for n in range(1_024))
    )
    assert chosen == {"small": 512, "large": 256, "contact": 256}


def test_who_has_no_group_of_the_size_writes_to_a_contact():
    circle = Populated(PEOPLE, (GroupShare(1.0, 10_000),))
    chats = circle.chats_of(3)
    assert chats.choose(0, 0, circle.thresholds) == chats.contacts[0]


def test_sizes_follow_their_law():
    words = np.arange(0, 1 << 32, 1 << 22, dtype=np.int64)
    assert set(sizes_of(FixedBody(77), words)) == {77}
    assert Counter(sizes_of(ListedBody((30, 40)), words)) == {30: 512, 40: 512}
    lognormal = sorted(sizes_of(LognormalBody(200.0, 1.0), words))
    assert 198 <= lognormal[512] <= 202
    assert lognormal[0] == 25


def test_a_share_of_messages_forwards_and_another_asks_to_be_told():
    plan = LoadPlan(users=50, spawn=Spawn(), mix=Mix(forwards=0.25, notices=0.5))
    intents = ClosedIntents(Writer(plan, Acquainted(50, 5, 1)))
    flags = Counter(intents.following(user).flags for user in range(50) for _ in range(100))
    total = sum(flags.values())
    assert abs(sum(n for flag, n in flags.items() if flag & FORWARD) / total - 0.25) < 0.03
    assert abs(sum(n for flag, n in flags.items() if flag & ASKS) / total - 0.5) < 0.03


def test_a_closed_user_goes_on_where_the_last_block_ended_and_differs_from_others():
    plan = LoadPlan(users=50, spawn=Spawn())

    def of(user):
        intents = ClosedIntents(Writer(plan, Acquainted(50, 20, 1)))
        return [intents.following(user).chat.number for _ in range(200)]

    assert of(3) == of(3)
    assert of(3) != of(4)
    assert of(3)[:64] != of(3)[64:128]
