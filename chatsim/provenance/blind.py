"""Enforcement `blind`: tokens that the relay makes without seeing them, so that it cannot tell whose forward is whose.

A construction of our own, after Privacy Pass (Davidson and others, PETS 2018): simulation only, unreviewed; not for
products. With every copy comes a *ticket*. For it the relay multiplies so many points that the recipient's app has
blinded as the caps allow chats for a copy of that number of forwards, by a secret key of that number and of the day on
which the copy came. What the app unblinds are *tokens*: a forward brings as many as it has chats, each bound to them,
and each is spent once.

The relay learns how often what is passed on was forwarded, and on which day it came. It does not learn which copy that
was: so tokens of one copy pay for any other of that day with as many forwards, in whoever's hands they are; and they
can be saved up. Whoever asks for tokens on receiving a copy tells nothing; whoever comes back for more tells that this
copy was forwarded.
"""

from __future__ import annotations

import enum
import hmac
import struct
from collections.abc import Sequence
from typing import Final, NamedTuple

from chatsim.model import TOKENS_MAX
from chatsim.provenance.edwards import (
    POINT_BYTES,
    point_of,
    prove,
    public_of,
    scalar_of,
    times,
)
from chatsim.provenance.keys import keyed, number_bytes

SEED_BYTES: Final = 16
TAG_BYTES: Final = 16
_HOP = struct.Struct(">B")
_TOKEN = struct.Struct(f">IB{SEED_BYTES}s{TAG_BYTES}s")
_KEYS_AT_HAND: Final = 1_024
DAY_MAX: Final = (1 << 32) - 1
"""A token has four bytes for its day."""


class Pays(enum.IntEnum):
    """What a token pays for."""

    ANY = 0
    """Any chat."""
    CONTACT = 1
    """A contact's chat, where fewer groups than chats are allowed."""


class Grant(NamedTuple):
    """What the relay makes of some blinded points; nothing at all where it grants none."""

    key: bytes = b""
    """The public key of the day, the number of forwards, and what the tokens pay for."""
    products: bytes = b""
    proof: bytes = b""


class Token(NamedTuple):
    """A token that an act brings."""

    day: int
    pays: Pays
    seed: bytes
    tag: bytes
    """Binds it to the chats of the act."""


class Payment(NamedTuple):
    """What an act brings under `blind` where the stamp is under other enforcement."""

    hop: int
    """Of the copies that the tokens were made for."""
    tokens: tuple[Token, ...]


def read_payment(data: bytes) -> Payment | None:
    """None for bytes of another form. Whether the tokens are genuine is another question."""
    count, rest = divmod(len(data) - _HOP.size, _TOKEN.size)
    if rest or not 0 <= count <= TOKENS_MAX or data[_HOP.size + 4 :: _TOKEN.size].strip(b"\0\1"):
        return None
    read = _TOKEN.iter_unpack(data[_HOP.size :])
    return Payment(data[0], tuple(Token(day, Pays(pays), *rest) for day, pays, *rest in read))


def payment_bytes(payment: Payment) -> bytes:
    """The inverse of `read_payment`."""
    return _HOP.pack(payment.hop) + b"".join(_TOKEN.pack(*token) for token in payment.tokens)


def split(points: bytes) -> list[bytes]:
    """A list of points, of their bytes one after the other."""
    return [points[at : at + POINT_BYTES] for at in range(0, len(points), POINT_BYTES)]


def tag_of(product: bytes, chats: Sequence[int]) -> bytes:
    """What binds a token, of which this is the unblinded product, to the chats of an act."""
    return keyed(product, b"blind spend", *map(number_bytes, chats), size=TAG_BYTES)


class Issuer:
    """The relay's: makes tokens, and recognises them, by keys that follow from the root."""

    def __init__(self, root: bytes) -> None:
        self._root = root
        self._generation = 0
        self._keys: dict[tuple[int, int, Pays], tuple[bytes, bytes]] = {}

    def forget(self) -> None:
        """No token of before is genuine any more."""
        self._generation += 1
        self._keys.clear()

    def expire(self, day: int) -> None:
        """Let go of the keys of days before this one."""
        self._keys = {which: key for which, key in self._keys.items() if which[0] >= day}

    def _key(self, day: int, hop: int, pays: Pays) -> tuple[bytes, bytes]:
        """(secret, public)."""
        which = day, hop, pays
        key = self._keys.get(which)
        if key is None:
            if len(self._keys) >= _KEYS_AT_HAND:
                self._keys.clear()
            numbers = map(number_bytes, (*which, self._generation))
            secret = scalar_of(keyed(self._root, b"blind key", *numbers, size=64))
            key = self._keys[which] = secret, public_of(secret)
        return key

    def issue(self, day: int, hop: int, pays: Pays, points: Sequence[bytes]) -> Grant:
        """What this key makes of points, each of which `edwards.is_point`."""
        if not points:
            return Grant()
        secret, public = self._key(day, hop, pays)
        products = [product for point in points if (product := times(secret, point)) is not None]
        assert len(products) == len(points)
        proof = prove(secret, public, points, products)
        return Grant(public, b"".join(products), b"".join(proof))

    def is_genuine(self, token: Token, hop: int, chats: Sequence[int]) -> bool:
        """Whether the token was made here for copies of this hop, and is bound to these chats."""
        secret, _ = self._key(token.day, hop, token.pays)
        product = times(secret, point_of(token.seed))
        assert product is not None
        return hmac.compare_digest(tag_of(product, chats), token.tag)
