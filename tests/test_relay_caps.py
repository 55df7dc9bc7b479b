"""Caps: the relay alone holds them, whatever an app asks for."""

from __future__ import annotations

from chatsim.model import ALLOWED, ONE_MINUTE, Reason, Verdict
from chatsim.policy import Policy, Tier, compile_row
from chatsim.policy.presets import resolve
from tests.bench import Bench, Groups, stamp_of

CAP_2 = resolve("cap-2")


def capped(**fields) -> Policy:
    return Policy("capped", **fields)


def forwarding(policy: Policy) -> tuple[Bench, int, bytes]:
    """User 1 holds an original of user 0 and may forward it."""
    bench = Bench(policy, Groups(12, [[1, 2, 3], [1, 4, 5], [1, 6]]))
    sender, holder = bench.log_in(0), bench.log_in(1)
    bench.act(sender, 1, 1)
    return bench, holder, stamp_of(bench, holder)


def test_an_act_over_its_cap_is_refused_whole_and_nothing_of_it_arrives():
    bench, holder, stamp = forwarding(CAP_2)
    sessions = [bench.log_in(user) for user in range(2, 5)]
    verdict = bench.act(holder, 1, 2, 3, 4, stamp=stamp)
    assert verdict == Verdict(Reason.CHATS_PER_ACTION, 2)
    assert all(bench.copies(session) == [] for session in sessions)
    assert (bench.relay.books.acts, bench.relay.books.refused) == (2, 1)
    assert bench.act(holder, 2, 2, 3, stamp=stamp) == ALLOWED


def test_splitting_an_act_does_not_get_around_the_cap():
    bench, holder, stamp = forwarding(CAP_2)
    assert bench.act(holder, 1, 2, stamp=stamp) == ALLOWED
    assert bench.act(holder, 2, 3, stamp=stamp) == ALLOWED
    assert bench.act(holder, 3, 4, stamp=stamp) == Verdict(Reason.CHATS_PER_ACTION, 0)


def test_the_cap_is_fresh_when_the_refill_time_has_passed_since_its_first_use():
    bench, holder, stamp = forwarding(CAP_2)
    bench.act(holder, 1, 2, stamp=stamp)
    bench.now = 10
    bench.act(holder, 2, 3, stamp=stamp)
    bench.now = 14
    assert not bench.act(holder, 3, 4, stamp=stamp).allowed
    bench.now = 15
    assert bench.act(holder, 4, 4, 5, stamp=stamp) == ALLOWED


def test_another_copy_of_the_same_content_has_a_budget_of_its_own():
    bench, holder, stamp = forwarding(CAP_2)
    other = bench.log_in(2)
    bench.act(holder, 1, 2, 3, stamp=stamp)
    bench.act(other, 1, 1, stamp=stamp_of(bench, other))
    assert bench.act(holder, 2, 4, 5, stamp=stamp_of(bench, holder)) == ALLOWED


def test_originals_have_no_cap():
    bench, holder, _ = forwarding(capped(tiers=(Tier(chats=0),), cap_person=0, cap_total=0))
    assert bench.act(holder, 1, 2, 3, 4) == ALLOWED


def test_groups_have_a_cap_of_their_own():
    bench, holder, stamp = forwarding(capped(tiers=(Tier(chats=5, groups=1),)))
    assert bench.act(holder, 1, 2, ~0, ~1, stamp=stamp) == Verdict(Reason.GROUPS_PER_ACTION, 1)
    assert bench.act(holder, 2, 2, ~0, stamp=stamp) == ALLOWED
    assert bench.act(holder, 3, ~1, stamp=stamp) == Verdict(Reason.GROUPS_PER_ACTION, 0)


def test_a_person_has_a_lifetime_cap_over_all_copies_of_a_lineage():
    bench, holder, stamp = forwarding(capped(cap_person=3))
    other = bench.log_in(2)
    bench.act(holder, 1, 2, 3, stamp=stamp)
    bench.act(other, 1, 1, stamp=stamp_of(bench, other))
    bench.now = 1_000
    verdict = bench.act(holder, 2, 4, 5, stamp=stamp_of(bench, holder))
    assert verdict == Verdict(Reason.CHATS_PER_PERSON, 1)
    assert bench.act(holder, 3, 4, stamp=stamp) == ALLOWED


def test_a_total_cap_closes_at_full_minutes_so_that_acts_of_one_minute_do_not_see_each_other():
    bench, holder, stamp = forwarding(capped(cap_total=3))
    bench.now = ONE_MINUTE - 1
    assert bench.act(holder, 1, 2, 3, stamp=stamp) == ALLOWED
    assert bench.act(holder, 2, 4, 5, 6, stamp=stamp) == ALLOWED
    bench.now = ONE_MINUTE
    assert bench.act(holder, 3, 7, stamp=stamp) == Verdict(Reason.CHATS_IN_TOTAL, 0)


def test_a_total_cap_says_how_many_chats_are_left():
    bench, holder, stamp = forwarding(capped(cap_total=3))
    bench.act(holder, 1, 2, stamp=stamp)
    bench.now = ONE_MINUTE
    assert bench.act(holder, 2, 3, 4, 5, stamp=stamp) == Verdict(Reason.CHATS_IN_TOTAL, 2)


def test_a_hop_limit_refuses_the_copy_that_would_be_beyond_it():
    bench, holder, stamp = forwarding(capped(hop_limit=1))
    other = bench.log_in(2)
    assert bench.act(holder, 1, 2, stamp=stamp) == ALLOWED
    verdict = bench.act(other, 1, 3, stamp=stamp_of(bench, other))
    assert verdict.reason is Reason.HOP_LIMIT


def test_a_policy_that_is_swapped_in_judges_what_was_used_before():
    bench, holder, stamp = forwarding(capped(cap_person=10))
    bench.act(holder, 1, 2, 3, 4, stamp=stamp)
    bench.relay.rows = (compile_row(capped(cap_person=4)),)
    assert bench.act(holder, 2, 5, 6, stamp=stamp) == Verdict(Reason.CHATS_PER_PERSON, 1)
