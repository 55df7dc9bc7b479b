"""Tickets: whose copies give tokens, how many, and when."""

from __future__ import annotations

import pytest

from chatsim.model import ALLOWED, ONE_DAY, Enforcement, Reason, Verdict
from chatsim.policy import Policy
from chatsim.policy.presets import resolve
from chatsim.provenance.edwards import point_of
from chatsim.wire.messages import TopUp
from tests.parties import REFILL, Party
from tests.payers import CLEAR, DAYS, UNAVAILABLE, Payers, nothing, points, texted


@pytest.fixture
def party():
    return texted()


def test_a_ticket_of_somebody_else_gives_nothing(party):
    contact, group = party.got(1)
    assert nothing(party.request(7, contact.stamp, points())), "a contact's"
    assert nothing(party.request(7, group.stamp, points())), "a group's, to who is in none"
    assert nothing(party.request(0, group.stamp, points())), "one's own, sent to a group"
    assert not nothing(party.request(2, group.stamp, points())), "another member's is the same"


@pytest.mark.parametrize("place", range(57))
def test_a_ticket_with_any_byte_changed_gives_nothing(party, place):
    ticket = bytearray(party.got(1)[0].stamp)
    ticket[place] ^= 1
    assert nothing(party.request(1, bytes(ticket), points()))


@pytest.mark.parametrize("ticket", [b"x", bytes(56), bytes(57), bytes(58), b"\xff" * 57])
def test_anything_else_is_no_ticket(party, ticket):
    assert nothing(party.request(1, ticket, points()))


def test_a_ticket_that_is_too_old_or_from_the_future_gives_nothing(party):
    party.now = 100
    party.send(0, 1, outer=None)
    ticket = party.last(1).stamp
    party.now = 99
    assert nothing(party.request(1, ticket, points()))
    party.now = 100 + DAYS * ONE_DAY
    assert nothing(party.request(1, ticket, points()))
    party.now -= 1
    assert not nothing(party.request(1, ticket, points()))


def test_points_that_are_none_give_nothing_and_cost_nothing(party):
    ticket = party.got(1)[0].stamp
    for wrong in (bytes(32), point_of(b"a") + b"\1" + bytes(31), b"\xff" * 64):
        assert nothing(party.request(1, ticket, wrong))
    assert nothing(party.request(1, ticket, b""))
    assert len(party.relay._counting) == 0
    assert party.fill(1, party.got(1)[0]) == 2


def test_asking_again_gives_no_more_until_the_caps_are_fresh(party):
    contact, group = party.got(1)
    assert party.fill(1, contact, 1) == 1
    assert party.fill(1, group, 5) == 2, "of the same act"
    assert party.fill(1, contact, 5) == 2
    party.now = REFILL - 1
    assert party.fill(1, contact, 5) == 2
    party.now = REFILL
    assert party.fill(1, contact, 5) == 4


def test_a_copy_at_the_end_of_its_way_gives_no_tokens():
    party = Payers(Policy("hop", hop_limit=1))
    party.send(0, 1, outer=None)
    assert party.forward(1, party.last(1), 2) == ALLOWED
    assert party.fill(2, party.last(2), 3) == 0
    assert party.forward(2, party.last(2), 3) == Verdict(Reason.HOP_LIMIT, 0)


def test_tokens_are_of_the_day_of_their_copy_and_are_taken_so_many_days(party):
    copy = party.got(1)[0]
    party.now = ONE_DAY + 5
    assert party.fill(1, copy) == 2
    party.now = DAYS * ONE_DAY - 1
    assert party.forward(1, copy, 5, fill=False) == ALLOWED
    party.now = DAYS * ONE_DAY
    assert party.forward(1, copy, 6, fill=False) == UNAVAILABLE


@pytest.mark.parametrize("enforcement", [CLEAR, Enforcement.CLIENT, Enforcement.RECEIPT])
def test_a_request_where_nobody_makes_tokens_ends_the_session(enforcement):
    party = Party(resolve("cap-2"), enforcement)
    session = party.sessions[1, 0]
    party.say(session, TopUp(1, b"ticket", points()))
    assert "makes none" in party.refusal(session)
    assert party.relay.books.breaches == 1


def test_a_request_before_the_login_ends_the_session(party):
    session = party.open()
    party.say(session, TopUp(1, b"ticket", points()))
    assert session in party.ended


def test_nobody_can_complain_about_a_copy(party):
    assert party.complain_of(1, party.got(1)[0].stamp, b"body") == Verdict(Reason.NOT_HEARD)
