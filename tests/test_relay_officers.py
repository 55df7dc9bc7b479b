"""Rules about contents and hours: breakers, complaints and takedowns, parts of the people, and what is forgotten."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatsim.model import ALLOWED, Enforcement, Part, Reason, Verdict
from chatsim.policy import Breaker, Local, Policy, Takedown, compile_rows
from chatsim.relay.settings import RelaySettings
from tests.bench import Bench, Groups

UNAVAILABLE, NOT_HEARD = Verdict(Reason.UNAVAILABLE), Verdict(Reason.NOT_HEARD)
DOWN = Verdict(Reason.TAKEN_DOWN, 0)
PAUSED = Policy("pausing", breaker=Breaker(copies=3, window_seconds=120, pause_seconds=300))
OFFICER = Policy("officer", takedown=Takedown(complaints=2, review_seconds=90))
TWO_PARTS = (Part("even"), Part("odd"))
ONE_GROUP = [[0, 1, 2, 3, 4]]


class Phones(Bench):
    """Ten people with a phone each, who count their acts themselves."""

    def __init__(self, policy: Policy, *, parts=(Part(),), **settings) -> None:
        super().__init__(policy, Groups(10, ONE_GROUP, parts), RelaySettings(**settings))
        self.sessions = [self.log_in(user) for user in range(10)]
        self.counters = [0] * 10

    def send(self, user: int, *chats: int, stamp: bytes | None = None, body: bytes = b"a"):
        self.counters[user] += 1
        session = self.sessions[user]
        return self.act(session, self.counters[user], *chats, stamp=stamp, body=body)

    def stamp(self, user: int) -> bytes | None:
        """Of the last copy that this user received."""
        return self.copies(self.sessions[user])[-1].stamp

    def complain_of(self, user: int, *, body: bytes = b"a", stamp: bytes | None = None):
        self.counters[user] += 1
        stamp = stamp or self.stamp(user)
        return self.complain(self.sessions[user], self.counters[user], stamp, body=body)


# The hour.


def test_an_hour_counts_the_forwards_of_all_contents_and_ends_with_the_clock():
    phones = Phones(Policy("hourly", cap_hour=3))
    phones.now = 3_500
    phones.send(0, 1)
    first = phones.stamp(1)
    phones.send(0, 1, body=b"b")
    second = phones.stamp(1)
    assert phones.send(1, 2, 3, stamp=first) == ALLOWED
    assert phones.send(1, 2, 3, stamp=second) == Verdict(Reason.CHATS_PER_HOUR, 1)
    assert phones.send(1, 2, 3, 4, 5) == ALLOWED, "an original is no forward"
    assert phones.send(1, 2, stamp=second) == ALLOWED
    phones.now = 3_600
    assert phones.send(1, 2, 3, 4, stamp=second) == ALLOWED


def test_a_policy_that_comes_in_within_an_hour_keeps_what_was_used():
    phones = Phones(Policy("hourly", cap_hour=5))
    phones.send(0, 1)
    phones.send(1, 2, 3, stamp=phones.stamp(1))
    phones.relay.change_policy(compile_rows(Policy("stricter", cap_hour=3), (Part(),)))
    assert phones.send(1, 2, 3, stamp=phones.stamp(1)) == Verdict(Reason.CHATS_PER_HOUR, 1)


# The breaker.


def test_copies_in_a_window_pause_a_content_from_the_next_whole_minute_on():
    phones = Phones(PAUSED)
    phones.now = 10
    assert phones.send(0, 1, 2, 3) == ALLOWED
    phones.now = 59
    assert phones.send(0, 4) == ALLOWED, "acts of one minute do not see each other"
    phones.now = 60
    assert phones.send(1, 2, stamp=phones.stamp(1)) == Verdict(Reason.CIRCUIT_BREAKER, 300)
    assert phones.send(1, 2, body=b"another") == ALLOWED
    phones.now = 359
    assert phones.send(5, 6) == Verdict(Reason.CIRCUIT_BREAKER, 1), "pasting hides nothing"
    phones.now = 360
    assert phones.send(5, 6) == ALLOWED


def test_a_window_slides_and_forgets():
    phones = Phones(PAUSED)
    for now, verdict in (
        (0, ALLOWED),
        (70, ALLOWED),
        (130, ALLOWED),  # the window [0, 120) of minute 2 has two
        (170, ALLOWED),  # and so has [60, 180), with this act in it
        (180, Verdict(Reason.CIRCUIT_BREAKER, 300)),
    ):
        phones.now = now
        assert phones.send(0, 1) == verdict, now


def test_copies_that_others_may_send_during_a_pause_count_for_the_next():
    """Even people live under the breaker, odd ones do not, and their copies are counted all the same."""
    odd = Policy("odd")
    phones = Phones(evolve(PAUSED, regions=(Local("odd", odd),)), parts=TWO_PARTS)
    phones.send(1, 2, 3, 4)
    phones.now = 60
    assert phones.send(0, 1) == Verdict(Reason.CIRCUIT_BREAKER, 300)
    phones.now = 300
    assert phones.send(1, 2, 3, 4) == ALLOWED
    phones.now = 360
    assert phones.send(0, 1) == Verdict(Reason.CIRCUIT_BREAKER, 300), "paused anew at once"
    phones.now = 660
    assert phones.send(0, 1) == ALLOWED


def test_a_pause_is_seen_though_nobody_sends_and_idle_contents_are_forgotten():
    phones = Phones(PAUSED)
    phones.send(0, 1, 2, 3)
    phones.elapse(60)
    assert phones.relay.contents_paused(phones.now) == 1
    phones.elapse(300)
    assert phones.relay.contents_paused(phones.now) == 0


def test_a_window_that_is_longer_than_a_pause_pauses_again():
    policy = Policy("long", breaker=Breaker(copies=2, window_seconds=600, pause_seconds=60))
    phones = Phones(policy)
    phones.send(0, 1, 2)
    phones.now = 600
    assert phones.send(0, 1) == Verdict(Reason.CIRCUIT_BREAKER, 60)
    phones.now = 660
    assert phones.send(0, 1) == ALLOWED


# Complaints and takedown.


def test_enough_complaints_and_a_review_take_a_content_down():
    phones = Phones(OFFICER)
    phones.send(0, ~0)
    assert [phones.complain_of(user) for user in (1, 1)] == [ALLOWED, ALLOWED]
    phones.now = 61
    assert phones.send(1, 5, stamp=phones.stamp(1)) == ALLOWED, "one person counts once"
    assert phones.complain_of(2) == ALLOWED
    phones.now = 120 + 89
    assert phones.send(1, 5, stamp=phones.stamp(1)) == ALLOWED
    phones.now = 120 + 90
    assert phones.send(1, 5, stamp=phones.stamp(1)) == DOWN
    assert phones.send(7, 8) == DOWN, "an original of the same body"
    assert phones.send(7, 8, body=b"b") == ALLOWED
    assert phones.relay.contents_taken_down(phones.now) == 1
    assert phones.relay.books.complaints == 3


def test_whoever_never_received_the_copy_has_nothing_to_complain_of():
    phones = Phones(OFFICER)
    phones.send(0, 1)
    stamp = phones.stamp(1)
    assert phones.complain_of(2, stamp=stamp) == UNAVAILABLE
    assert phones.complain_of(1, stamp=bytes(8)) == UNAVAILABLE
    assert phones.complain_of(1, body=b"what it did not say") == UNAVAILABLE
    assert phones.relay.books.complaints_refused == 3


def test_where_nobody_hears_complaints_they_are_refused_and_say_so():
    phones = Phones(evolve(OFFICER, regions=(Local("odd", Policy("odd")),)), parts=TWO_PARTS)
    phones.send(0, 1, 2)
    assert phones.complain_of(1) == NOT_HEARD
    assert phones.complain_of(2) == ALLOWED
    deaf = Phones(OFFICER, enforcement=Enforcement.CLIENT)
    deaf.send(0, 1)
    assert deaf.complain_of(1) == NOT_HEARD


def test_a_complaint_that_is_sent_again_gets_its_verdict_again_and_counts_once():
    phones = Phones(OFFICER)
    phones.send(0, 1)
    for _ in range(3):
        assert phones.complain(phones.sessions[1], 1, phones.stamp(1), body=b"a") == ALLOWED
    assert phones.relay.books.complaints == 1


def test_takedowns_come_before_breakers_and_end_when_the_complaints_expire():
    policy = evolve(PAUSED, takedown=Takedown(complaints=1, review_seconds=0))
    phones = Phones(policy, expiry_ticks=1_000)
    phones.send(0, 1, 2, 3)
    phones.complain_of(1)
    phones.now = 60
    assert phones.send(0, 1) == DOWN
    phones.now = 1_000
    assert phones.send(0, 1) == ALLOWED


def test_another_policy_keeps_who_complained():
    phones = Phones(evolve(OFFICER, takedown=Takedown(complaints=9, review_seconds=0)))
    phones.send(0, ~0)
    for user in (1, 2, 3):
        phones.complain_of(user)
    phones.now = 60
    assert phones.send(0, 1) == ALLOWED
    stricter = Policy("strict", takedown=Takedown(complaints=3, review_seconds=0))
    phones.relay.change_policy(compile_rows(stricter, (Part(),)))
    assert phones.send(0, 1) == DOWN


# Parts.


@pytest.mark.parametrize(("sender", "verdict"), [(0, ALLOWED), (1, Verdict(Reason.HOP_LIMIT, 0))])
def test_the_rules_of_whoever_sends_decide(sender, verdict):
    policy = Policy("here", regions=(Local("odd", Policy("no forwards", hop_limit=0)),))
    phones = Phones(policy, parts=TWO_PARTS)
    phones.send(2, 0, 1)
    assert phones.send(sender, 4, stamp=phones.stamp(sender)) == verdict


def test_labels_are_those_of_the_senders_rules():
    policy = Policy("here", regions=(Local("odd", Policy("labelled", label_forwarded_from=1)),))
    phones = Phones(policy, parts=TWO_PARTS)
    phones.send(2, 0, 1)
    labels = []
    for sender in (0, 1):
        phones.send(sender, 4, stamp=phones.stamp(sender))
        labels.append(phones.copies(phones.sessions[4])[-1].label)
    assert labels == [0, 1]


def test_without_rules_about_contents_no_body_is_looked_at():
    phones = Phones(Policy("caps", cap_person=3), journal=True)
    phones.send(0, 1, 2, 3)
    kept = [change for change in phones.relay.take_changes() if type(change).__name__ == "Kept"]
    assert [each.digest for each in kept] == [None]
