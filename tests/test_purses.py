"""Everybody's tokens in one run: asked for as one action takes them, and believed as far as all were shown one key."""

from __future__ import annotations

import pytest

from chatsim.errors import RemoteProtocolError
from chatsim.policy import Policy, Tier, compile_row
from chatsim.provenance.blind import Grant, Issuer, Pays, read_payment, split
from chatsim.provenance.receipt import Mint
from chatsim.wire.messages import Issued
from chatsim_clients.purses import Purses

MINT = Mint(b"m" * 32)
TICKET, OTHER = (MINT.permit(bytes(32), 1, 9, 7, 5, nonce * 16) for nonce in (b"a", b"b"))
HOP = 1
ROW = compile_row(Policy("three", tiers=(Tier(), Tier(1, chats=3), Tier(2, chats=0))))
NOTHING = ("", "", "")


@pytest.fixture
def issuer():
    return Issuer(b"r" * 32)


def issued(issuer, request, day=0) -> Issued:
    """An honest relay's answer."""
    made = issuer.issue(day, HOP, Pays.ANY, split(request.points))
    return Issued(request.number, day, tuple(made), tuple(Grant()))


def test_what_is_missing_for_one_action_is_asked_for_and_no_more(issuer):
    purses = Purses()
    request = purses.ask(1, TICKET, HOP, ROW)
    assert len(split(request.points)) == 3
    purses.take(1, issued(issuer, request))
    assert purses.ask(1, TICKET, HOP, ROW) is None
    payment = purses.pay(1, TICKET, HOP, (7, 8))
    assert len(read_payment(payment).tokens) == 2
    assert len(split(purses.ask(1, TICKET, HOP, ROW).points)) == 2
    purses.decided(1, payment, allowed=False)
    assert purses.ask(1, TICKET, HOP, ROW) is None


def test_copies_that_nobody_can_forward_ask_for_nothing():
    assert Purses().ask(1, TICKET, 2, ROW) is None
    row = compile_row(Policy("hop", hop_limit=1))
    assert Purses().ask(1, TICKET, 1, row) is None


def test_everybody_has_a_purse_and_every_act_its_tokens(issuer):
    purses = Purses()
    purses.take(1, issued(issuer, purses.ask(1, TICKET, HOP, ROW)))
    assert len(split(purses.ask(2, TICKET, HOP, ROW).points)) == 3
    assert len(split(purses.ask(1, OTHER, HOP, ROW).points)) == 3
    assert read_payment(purses.pay(2, TICKET, HOP, (7,))).tokens == ()


def test_an_answer_that_nobody_asked_for_is_not_believed(issuer):
    purses = Purses()
    request = purses.ask(1, TICKET, HOP, ROW)
    purses.ask(2, TICKET, HOP, ROW)
    answer = issued(issuer, request)
    purses.take(1, answer)
    with pytest.raises(RemoteProtocolError, match="user 1 was sent tokens that were not asked for"):
        purses.take(1, answer)
    with pytest.raises(RemoteProtocolError, match="user 2"):
        purses.take(2, answer)
    with pytest.raises(RemoteProtocolError, match="user 3"):
        purses.take(3, answer)


def test_a_key_for_one_person_is_found_because_all_compare(issuer):
    purses = Purses()
    purses.take(1, issued(issuer, purses.ask(1, TICKET, HOP, ROW)))
    request = purses.ask(2, TICKET, HOP, ROW)
    with pytest.raises(RemoteProtocolError, match="user 2 was sent tokens"):
        purses.take(2, issued(Issuer(b"q" * 32), request))
