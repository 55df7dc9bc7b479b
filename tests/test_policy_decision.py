"""The decision: against a naive restatement, plain and compiled, and by hand at its edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatsim.compilation import compiled
from chatsim.model import HOP_MAX, Label, Reason
from chatsim.policy import Policy, Tier, Usage, compile_row, decision, judge
from chatsim.policy.presets import preset

CAPS = st.none() | st.integers(0, 6)
HOPS = st.none() | st.integers(0, 8) | st.just(HOP_MAX)
HELD = st.integers(0, 9) | st.integers(HOP_MAX - 1, HOP_MAX)


@st.composite
def policies(draw):
    starts = [0, *sorted(draw(st.sets(st.integers(1, 8), max_size=3)))]
    return Policy(
        name="drawn",
        tiers=tuple(Tier(start, draw(CAPS), draw(CAPS)) for start in starts),
        cap_person=draw(CAPS),
        cap_total=draw(CAPS),
        cap_hour=draw(CAPS),
        hop_limit=draw(HOPS),
        label_forwarded_from=draw(HOPS),
        label_many_from=draw(HOPS),
    )


@st.composite
def acts(draw):
    chats = draw(st.integers(0, 7))
    groups = draw(st.integers(0, chats))
    used = [draw(st.integers(0, 4)) for _ in range(5)]
    return draw(HELD), chats, groups, *used


def room(cap, used):
    return float("inf") if cap is None else cap - used


def naive(policy, hop, chats, groups, *used):
    """The rules as ARCHITECTURE.md words them: how much room is there, and what wants more?"""
    used_chats, used_groups, used_person, used_total, used_hour = used
    tier = [tier for tier in policy.tiers if tier.from_hop <= hop][-1]
    hop_room = HOP_MAX if policy.hop_limit is None else policy.hop_limit
    if min(hop + 1, 127) > hop_room:
        return Reason.HOP_LIMIT, 0
    for reason, left, wanted in (
        (Reason.CHATS_PER_ACTION, room(tier.chats, used_chats), chats),
        (Reason.GROUPS_PER_ACTION, room(tier.groups, used_groups), groups),
        (Reason.CHATS_PER_PERSON, room(policy.cap_person, used_person), chats),
        (Reason.CHATS_IN_TOTAL, room(policy.cap_total, used_total), chats),
        (Reason.CHATS_PER_HOUR, room(policy.cap_hour, used_hour), chats),
    ):
        if wanted > left:
            return reason, max(0, left)
    return Reason.NONE, None


@given(policies(), acts())
def test_the_decision_is_what_the_rules_say(policy, act):
    verdict = judge(policy, *act[:3], Usage(*act[3:]))
    assert (verdict.reason, verdict.limit) == naive(policy, *act)


@settings(deadline=None)  # the first examples wait for the compiler
@given(policies(), acts())
def test_plain_and_compiled_agree_on_a_tuple_and_on_an_array(policy, act):
    row = compile_row(policy)
    array = np.array(row, dtype=np.int64)
    fast = compiled(decision.decide)
    assert decision.decide(row, *act) == fast(row, *act) == fast(array, *act)
    hop, person = act[0], act[5]
    for function, given_ in (
        (decision.label_of, (hop,)),
        (decision.chats_offered, (hop, person)),
        (decision.groups_offered, (hop,)),
    ):
        expected = function(row, *given_)
        assert expected == compiled(function)(row, *given_) == compiled(function)(array, *given_)


@given(policies(), HELD, st.integers(0, 6), st.integers(0, 6))
def test_what_the_app_offers_is_allowed_and_one_chat_more_is_not(policy, hop, person, groups):
    row = compile_row(policy)
    offered = decision.chats_offered(row, hop, person)
    groups = min(groups, offered, decision.groups_offered(row, hop))
    if offered > 0:
        verdict = judge(policy, hop, min(offered, 100), groups, Usage(person=person))
        assert verdict.reason in {Reason.NONE, Reason.CHATS_IN_TOTAL}
    if offered < decision.UNLIMITED - person:
        assert not judge(policy, hop, offered + 1, 0, Usage(person=person)).allowed


@given(policies(), acts())
def test_a_refused_act_cut_down_to_its_limit_passes_the_rule_that_refused_it(policy, act):
    hop, chats, groups, *used = act
    verdict = judge(policy, hop, chats, groups, Usage(*used))
    if not verdict.limit:
        return
    if verdict.reason is Reason.GROUPS_PER_ACTION:
        again = judge(policy, hop, chats - groups + verdict.limit, verdict.limit, Usage(*used))
    else:
        again = judge(policy, hop, verdict.limit, min(groups, verdict.limit), Usage(*used))
    assert again.allowed or again.reason > verdict.reason


TODAY, APRIL = preset("whatsapp-2022-11"), preset("whatsapp-2020-04")
GOLDEN = [
    # policy, hop held, chats, groups, used -> reason, limit
    (preset("uncapped"), 126, 1_000_000, 1_000_000, Usage(), Reason.NONE, None),
    (preset("whatsapp-2018-07"), 0, 20, 20, Usage(), Reason.NONE, None),
    (preset("whatsapp-2018-07"), 0, 21, 0, Usage(), Reason.CHATS_PER_ACTION, 20),
    (APRIL, 4, 5, 5, Usage(), Reason.NONE, None),
    (APRIL, 5, 1, 1, Usage(), Reason.NONE, None),
    (APRIL, 5, 2, 0, Usage(), Reason.CHATS_PER_ACTION, 1),
    (APRIL, 6, 2, 0, Usage(), Reason.CHATS_PER_ACTION, 1),
    (APRIL, 4, 3, 0, Usage(chats=3), Reason.CHATS_PER_ACTION, 2),
    (APRIL, 5, 1, 0, Usage(chats=3), Reason.CHATS_PER_ACTION, 0),
    (TODAY, 0, 5, 5, Usage(), Reason.NONE, None),
    (TODAY, 1, 5, 1, Usage(), Reason.NONE, None),
    (TODAY, 1, 5, 2, Usage(), Reason.GROUPS_PER_ACTION, 1),
    (TODAY, 4, 4, 1, Usage(groups=1, chats=1), Reason.GROUPS_PER_ACTION, 0),
    (TODAY, 5, 1, 1, Usage(), Reason.NONE, None),
    (TODAY, HOP_MAX, 1, 1, Usage(), Reason.NONE, None),
    (Policy("p", cap_person=3), 0, 2, 0, Usage(person=2), Reason.CHATS_PER_PERSON, 1),
    (Policy("p", cap_total=9), 0, 2, 0, Usage(total=8), Reason.CHATS_IN_TOTAL, 1),
    (Policy("p", cap_total=9), 0, 2, 0, Usage(total=12), Reason.CHATS_IN_TOTAL, 0),
    (Policy("p", hop_limit=3), 2, 9, 0, Usage(), Reason.NONE, None),
    (Policy("p", hop_limit=3), 3, 1, 0, Usage(), Reason.HOP_LIMIT, 0),
    (Policy("p", hop_limit=0), 0, 1, 0, Usage(), Reason.HOP_LIMIT, 0),
    # the first of several reasons is the one that is told
    (
        Policy("p", tiers=(Tier(chats=1, groups=0),), cap_person=0, cap_total=0, hop_limit=0),
        *(0, 2, 1, Usage(), Reason.HOP_LIMIT, 0),
    ),
    (
        Policy("p", tiers=(Tier(chats=1, groups=0),), cap_person=0, cap_total=0),
        *(0, 2, 1, Usage(), Reason.CHATS_PER_ACTION, 1),
    ),
    (
        Policy("p", tiers=(Tier(chats=2, groups=0),), cap_person=0, cap_total=0),
        *(0, 2, 1, Usage(), Reason.GROUPS_PER_ACTION, 0),
    ),
    (Policy("p", cap_person=0, cap_total=0), 0, 1, 0, Usage(), Reason.CHATS_PER_PERSON, 0),
]


@pytest.mark.parametrize(("policy", "hop", "chats", "groups", "used", "reason", "limit"), GOLDEN)
def test_verdicts_by_hand(policy, hop, chats, groups, used, reason, limit):
    verdict = judge(policy, hop, chats, groups, used)
    assert (verdict.reason, verdict.limit) == (reason, limit)


@pytest.mark.parametrize(
    ("hop", "offered", "groups"),
    [(0, 5, None), (1, 5, 1), (4, 5, 1), (5, 1, 1), (6, 1, 1), (127, 1, 1)],
)
def test_tiers_change_exactly_at_their_hop(hop, offered, groups):
    row = compile_row(TODAY)
    assert decision.chats_offered(row, hop, 0) == offered
    assert decision.groups_offered(row, hop) == (decision.UNLIMITED if groups is None else groups)


@pytest.mark.parametrize(
    ("hop", "label"),
    [
        (0, Label.NONE),
        (1, Label.FORWARDED),
        (4, Label.FORWARDED),
        (5, Label.MANY_TIMES),
        (6, Label.MANY_TIMES),
        (127, Label.MANY_TIMES),
    ],
)
def test_labels_change_exactly_at_the_hop_of_the_copy_made(hop, label):
    assert decision.label_of(compile_row(preset("label-only")), hop) == label
    assert decision.label_of(compile_row(preset("uncapped")), hop) == Label.NONE


def test_a_cap_of_a_million_never_binds_where_uncapped_does_not():
    row = compile_row(preset("cap-1000000"))
    for hop in range(HOP_MAX + 1):
        assert decision.decide(row, hop, 99_999, 99_999, 0, 0, 10**9, 10**9, 0) == (0, 0)


def test_a_cap_of_zero_offers_nothing_and_refuses_everything():
    for hop in range(HOP_MAX + 1):
        assert decision.chats_offered(compile_row(preset("cap-0")), hop, 0) == 0
        assert judge(preset("cap-0"), hop, 1, 0).limit == 0


def test_a_hop_stops_at_the_largest_that_a_copy_can_claim():
    assert [decision.next_hop(hop) for hop in (0, 5, 126, 127)] == [1, 6, 127, 127]
