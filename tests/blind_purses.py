"""Tickets of copies, honest answers, and purses that tokens came into."""

from __future__ import annotations

from chatsim.model import ONE_DAY
from chatsim.provenance import edwards
from chatsim.provenance.blind import (
    SEED_BYTES,
    TAG_BYTES,
    Grant,
    Pays,
    read_payment,
    split,
)
from chatsim.provenance.purse import Purse
from chatsim.provenance.receipt import Mint

ROOT = b"r" * 32
DAY, HOP = 3, 2
TICK = DAY * ONE_DAY + 9
MINT = Mint(b"m" * 32)
TICKET, OTHER = (MINT.permit(bytes(32), 2, TICK, 7, 5, nonce * 16) for nonce in (b"a", b"b"))
TWIN = MINT.permit(bytes(32), 2, TICK, -2, 5, b"a" * 16)
"""Of the same act, to another chat."""
CHATS = (7, -2)
NOTHING = Grant()
POINT = edwards.POINT_BYTES
TOKEN_BYTES = 4 + 1 + SEED_BYTES + TAG_BYTES


def answer(issuer, request, for_any, *, day=DAY, hop=HOP, granted=None):
    """(day, any, contacts) of an honest relay that makes `for_any` tokens of the first kind."""
    points = split(request.points)
    granted = len(points) if granted is None else granted
    return (
        day,
        issuer.issue(day, hop, Pays.ANY, points[:for_any]),
        issuer.issue(day, hop, Pays.CONTACT, points[for_any:granted]),
    )


def filled(issuer, any_chat=2, contacts=0, *, ticket=TICKET, hop=HOP, day=DAY, purse=None):
    purse = Purse() if purse is None else purse
    request = purse.ask(ticket, hop, any_chat + contacts)
    assert purse.take(request.number, *answer(issuer, request, any_chat, day=day, hop=hop))
    return purse


def paid(purse, *chats, ticket=TICKET, hop=HOP):
    payment = read_payment(purse.pay(ticket, hop, chats))
    assert payment is not None
    return payment
