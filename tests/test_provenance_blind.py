"""Blind tokens: those that the relay made are genuine, for what they were made, and nothing else is."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatsim.model import TOKENS_MAX
from chatsim.provenance import edwards
from chatsim.provenance.blind import (
    SEED_BYTES,
    TAG_BYTES,
    Grant,
    Issuer,
    Payment,
    Pays,
    Token,
    read_payment,
    split,
)
from chatsim.provenance.purse import Purse
from tests.blind_purses import (
    CHATS,
    DAY,
    HOP,
    NOTHING,
    ROOT,
    TICKET,
    TOKEN_BYTES,
    answer,
    filled,
    paid,
)
from tests.naive_edwards import BASE, L, decoded, encoded, multiple, plus, scalar


@pytest.fixture
def issuer():
    return Issuer(ROOT)


# Round trip.


def test_a_token_is_genuine_for_whoever_has_the_root(issuer):
    payment = paid(filled(issuer), *CHATS)
    assert payment.hop == HOP
    assert [token.day for token in payment.tokens] == [DAY, DAY]
    for token in payment.tokens:
        assert issuer.is_genuine(token, HOP, CHATS)
        assert Issuer(ROOT).is_genuine(token, HOP, CHATS)
        assert not Issuer(b"q" * 32).is_genuine(token, HOP, CHATS)


def test_nothing_of_a_token_was_in_the_request_or_the_answer(issuer):
    purse = Purse()
    request = purse.ask(TICKET, HOP, 2)
    answered = answer(issuer, request, 2)
    purse.take(request.number, *answered)
    seen = request.points + b"".join(answered[1])
    for token in paid(purse, *CHATS).tokens:
        point = edwards.point_of(token.seed)
        assert point not in seen
        assert token.seed not in seen
        assert token.tag not in seen


def test_two_requests_for_one_copy_share_nothing():
    purse = Purse()
    one, other = purse.ask(TICKET, HOP, 3), purse.ask(TICKET, HOP, 3)
    assert one.number != other.number
    assert not set(split(one.points)) & set(split(other.points))


@pytest.mark.parametrize(
    ("change", "hop", "chats"),
    [
        ({}, HOP - 1, CHATS),
        ({}, HOP + 1, CHATS),
        ({"day": DAY + 1}, HOP, CHATS),
        ({"day": DAY - 1}, HOP, CHATS),
        ({"pays": Pays.CONTACT}, HOP, CHATS),
        ({"seed": b"x" * SEED_BYTES}, HOP, CHATS),
        ({"tag": bytes(TAG_BYTES)}, HOP, CHATS),
        ({}, HOP, (7,)),
        ({}, HOP, (7, -3)),
        ({}, HOP, (-2, 7)),
        ({}, HOP, (7, -2, 7)),
    ],
    ids=str,
)
def test_a_token_of_another_hop_day_kind_or_for_other_chats_is_not_genuine(
    issuer, change, hop, chats
):
    token = paid(filled(issuer), *CHATS).tokens[0]
    assert not issuer.is_genuine(token._replace(**change), hop, chats)
    assert issuer.is_genuine(token, HOP, CHATS)


def test_a_relay_that_forgot_takes_no_token_of_before(issuer):
    purse = filled(issuer, 4)
    token = paid(purse, 7).tokens[0]
    issuer.forget()
    assert not issuer.is_genuine(token, HOP, (7,))
    assert issuer.is_genuine(paid(filled(issuer), 7).tokens[0], HOP, (7,)), "it makes others"


def test_keys_come_back_when_more_were_asked_for_than_are_at_hand(issuer, monkeypatch):
    monkeypatch.setattr("chatsim.provenance.blind._KEYS_AT_HAND", 2)
    token = paid(filled(issuer), 7).tokens[0]
    keys = {issuer.issue(day, 0, Pays.ANY, [edwards.point_of(b"")]).key for day in range(5)}
    assert len(keys) == 5
    assert len(issuer._keys) <= 2
    assert issuer.is_genuine(token, HOP, (7,))


def test_nothing_asked_is_nothing_granted(issuer):
    assert issuer.issue(DAY, HOP, Pays.ANY, []) == Grant()
    purse = Purse()
    request = purse.ask(TICKET, HOP, 3)
    assert purse.take(request.number, *answer(issuer, request, 0, granted=0))
    assert purse.held(TICKET) == purse.unproven == 0


# The construction, built again from ARCHITECTURE.md.


def hashed(key: bytes, label: bytes, *parts: bytes, size: int = 64) -> bytes:
    return hashlib.blake2b(b"".join(parts), digest_size=size, key=key, person=label).digest()


def reduced(wide: bytes) -> int:
    return int.from_bytes(wide, "little") % L


def signed(number: int) -> bytes:
    return number.to_bytes(8, "big", signed=True)


def test_a_naive_relay_makes_and_takes_the_same_tokens(issuer):
    purse = Purse()
    request = purse.ask(TICKET, HOP, 2)
    _, grant, _ = answer(issuer, request, 2)
    secret = reduced(hashed(ROOT, b"blind key", *map(signed, (DAY, HOP, 0, 0))))
    public = encoded(multiple(secret, BASE))
    points = [decoded(data) for data in split(request.points)]
    made = [multiple(secret, point) for point in points]
    products = b"".join(map(encoded, made))
    assert (grant.key, grant.products) == (public, products)

    batch = hashed(b"", b"blind batch", public, request.points, products)
    weights = [reduced(hashed(batch, b"blind weight", signed(at))) for at in range(2)]
    one, other = (
        plus(multiple(weights[0], pair[0]), multiple(weights[1], pair[1]))
        for pair in (points, made)
    )

    def challenge(*of_nonce: bytes) -> int:
        return reduced(
            hashed(b"", b"blind challenge", public, encoded(one), encoded(other), *of_nonce)
        )

    c, s = (int.from_bytes(part, "little") for part in (grant.proof[:32], grant.proof[32:]))
    first = plus(multiple(s, BASE), multiple(c, decoded(public)))
    second = plus(multiple(s, one), multiple(c, other))
    assert challenge(encoded(first), encoded(second)) == c

    nonce = 1_234_567
    mine = challenge(encoded(multiple(nonce, BASE)), encoded(multiple(nonce, one)))
    proof = scalar(mine) + scalar(nonce - mine * secret)
    assert purse.take(request.number, DAY, Grant(public, products, proof), NOTHING)

    payment = purse.pay(TICKET, HOP, CHATS)
    assert payment[0] == HOP
    for at in (1, 1 + TOKEN_BYTES):
        token = payment[at : at + TOKEN_BYTES]
        day, pays, seed, tag = token[:4], token[4], token[5:21], token[21:]
        assert (int.from_bytes(day, "big"), pays) == (DAY, Pays.ANY)
        product = encoded(multiple(secret, decoded(edwards.point_of(seed))))
        assert tag == hashed(product, b"blind spend", *map(signed, CHATS), size=TAG_BYTES)


# What an act brings.

TOKENS = st.builds(
    Token,
    st.integers(0, (1 << 32) - 1),
    st.sampled_from(Pays),
    st.binary(min_size=SEED_BYTES, max_size=SEED_BYTES),
    st.binary(min_size=TAG_BYTES, max_size=TAG_BYTES),
)


def written(payment: Payment) -> bytes:
    return bytes([payment.hop]) + b"".join(
        token.day.to_bytes(4, "big") + bytes([token.pays]) + token.seed + token.tag
        for token in payment.tokens
    )


@given(st.builds(Payment, st.integers(0, 255), st.lists(TOKENS, max_size=TOKENS_MAX).map(tuple)))
def test_a_payment_reads_as_it_was_written(payment):
    assert read_payment(written(payment)) == payment


@settings(max_examples=300)
@given(
    st.binary(max_size=100)
    | st.integers(0, TOKENS_MAX + 3).flatmap(
        lambda n: st.binary(min_size=1 + n * TOKEN_BYTES, max_size=1 + n * TOKEN_BYTES)
    )
)
def test_any_bytes_are_a_payment_or_none(data):
    payment = read_payment(data)
    if payment is not None:
        assert written(payment) == data
        assert len(payment.tokens) <= TOKENS_MAX


def test_what_is_no_payment(issuer):
    data = filled(issuer).pay(TICKET, HOP, CHATS)
    assert read_payment(data) is not None
    one = data[1 : 1 + TOKEN_BYTES]
    for wrong in (b"", data[:-1], data + b"\0", data[1:], bytes([HOP]) + one * (TOKENS_MAX + 1)):
        assert read_payment(wrong) is None
    for at in range(2):
        place = 1 + 4 + at * TOKEN_BYTES
        assert read_payment(data[:place] + b"\2" + data[place + 1 :]) is None
    assert read_payment(bytes([HOP]) + one * TOKENS_MAX) is not None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 255), TOKENS, st.lists(st.integers(-(2**40), 2**40), max_size=5))
def test_a_token_that_nobody_made_is_not_genuine(hop, token, chats):
    assert not Issuer(ROOT).is_genuine(token, hop, chats)
