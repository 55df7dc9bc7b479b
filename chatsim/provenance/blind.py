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

from attrs import define, field

from chatsim.model import TOKENS_MAX
from chatsim.provenance.edwards import (
    POINT_BYTES,
    PROOF_BYTES,
    SCALAR_BYTES,
    Proof,
    inverse,
    is_point,
    is_proven,
    point_of,
    prove,
    public_of,
    random_scalar,
    scalar_of,
    times,
)
from chatsim.provenance.keys import fresh, keyed, number_bytes
from chatsim.provenance.receipt import act_in, day_in

SEED_BYTES: Final = 16
TAG_BYTES: Final = 16
_HOP = struct.Struct(">B")
_TOKEN = struct.Struct(f">IB{SEED_BYTES}s{TAG_BYTES}s")
_KEYS_AT_HAND: Final = 1_024
_DAY_MAX: Final = (1 << 32) - 1
"""A token has four bytes for its day."""
_ACTS_KEPT: Final = 4_096
"""Of the copies of so many acts a purse keeps tokens; an app can ask for others."""


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


def split(points: bytes) -> list[bytes]:
    """A list of points, of their bytes one after the other."""
    return [points[at : at + POINT_BYTES] for at in range(0, len(points), POINT_BYTES)]


def _tag(product: bytes, chats: Sequence[int]) -> bytes:
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
        return hmac.compare_digest(_tag(product, chats), token.tag)


# The app's side.


class _Coin(NamedTuple):
    """A token that an app holds."""

    day: int
    pays: Pays
    seed: bytes
    product: bytes


class _Asked(NamedTuple):
    """A request on its way."""

    act: bytes
    day: int
    hop: int
    seeds: tuple[bytes, ...]
    blinds: tuple[bytes, ...]
    points: tuple[bytes, ...]


class Request(NamedTuple):
    """What an app asks the relay for."""

    number: int
    points: bytes


@define(eq=False)
class KeyBook:
    """The relay's public keys, as they were first seen: apps that compare find a relay that has several.

    With a key of somebody's own a relay would know their tokens again.
    """

    _keys: dict[tuple[int, int, Pays], bytes] = field(factory=dict)

    def is_known(self, day: int, hop: int, pays: Pays, key: bytes) -> bool:
        """Whether everybody was shown this key; the first one is."""
        return self._keys.setdefault((day, hop, pays), key) == key


@define(eq=False)
class Purse:
    """An app's tokens, by the act whose copy they came for: its copies share the caps, whatever chats they came to."""

    book: KeyBook = field(factory=KeyBook)
    unproven: int = 0
    """Answers that were thrown away, because nothing proves that they were made with everybody's key."""
    _number: int = 0
    _asked: dict[int, _Asked] = field(factory=dict)
    _coins: dict[bytes, list[_Coin]] = field(factory=dict)
    _offered: dict[bytes, tuple[bytes, list[_Coin]]] = field(factory=dict)
    """(act, coins) by payment, until its verdict."""

    def held(self, ticket: bytes) -> int:
        """Tokens that came for copies of the ticket's act and are not spent."""
        return len(self._coins.get(act_in(ticket), ()))

    def missing(self, ticket: bytes, chats: Sequence[int]) -> int:
        """How many more it takes to pay for a forward to these chats."""
        contacts, others = self._sorted(act_in(ticket))
        to_contacts = sum(chat >= 0 for chat in chats)
        needed = len(chats) - min(len(contacts), to_contacts)
        return max(0, min(needed, TOKENS_MAX) - len(others))

    def ask(self, ticket: bytes, hop: int, count: int) -> Request:
        """Blinds so many new seeds, at most TOKENS_MAX, for a copy that was forwarded `hop` times."""
        seeds = tuple(fresh(SEED_BYTES) for _ in range(min(count, TOKENS_MAX)))
        blinds = tuple(random_scalar() for _ in seeds)
        points = tuple(
            point
            for seed, blind in zip(seeds, blinds, strict=True)
            if (point := times(blind, point_of(seed))) is not None
        )
        self._number += 1
        self._asked[self._number] = _Asked(
            act_in(ticket), day_in(ticket), hop, seeds, blinds, points
        )
        return Request(self._number, b"".join(points))

    def take(self, number: int, day: int, any_chat: Grant, contacts: Grant) -> bool:
        """Unblind an answer; False where it answers nothing that was asked, or proves nothing. Takes any bytes."""
        asked = self._asked.pop(number, None)
        if asked is None:
            return False
        coins: list[_Coin] = []
        at = 0
        for pays, grant in ((Pays.ANY, any_chat), (Pays.CONTACT, contacts)):
            products = split(grant.products)
            part = slice(at, at + len(products))
            at += len(products)
            if products and not self._is_honest(day, pays, asked, grant, products, part):
                self.unproven += 1
                return False
            for seed, blind, product in zip(
                asked.seeds[part], asked.blinds[part], products, strict=True
            ):
                unblinded = times(inverse(blind), product)
                assert unblinded is not None
                coins.append(_Coin(day, pays, seed, unblinded))
        self._keep(asked.act, coins)
        return True

    def give_up(self) -> None:
        """What was asked for in a session that is over is not answered any more."""
        self._asked.clear()

    def _keep(self, act: bytes, coins: list[_Coin]) -> None:
        if coins:
            self._coins.setdefault(act, []).extend(coins)
        if len(self._coins) > _ACTS_KEPT:
            del self._coins[next(iter(self._coins))]

    def _sorted(self, act: bytes) -> tuple[list[_Coin], list[_Coin]]:
        """(for contacts alone, for any chat)."""
        coins = self._coins.get(act, [])
        contacts = [coin for coin in coins if coin.pays is Pays.CONTACT]
        return contacts, [coin for coin in coins if coin.pays is Pays.ANY]

    def _is_honest(
        self,
        day: int,
        pays: Pays,
        asked: _Asked,
        grant: Grant,
        products: list[bytes],
        part: slice,
    ) -> bool:
        points = asked.points[part]
        return (
            len(points) == len(products)
            and len(grant.proof) == PROOF_BYTES
            and day == asked.day  # a day of somebody's own would tell as much as a key
            and 0 <= day <= _DAY_MAX
            and all(map(is_point, products))
            and is_proven(
                grant.key,
                points,
                products,
                Proof(grant.proof[:SCALAR_BYTES], grant.proof[SCALAR_BYTES:]),
            )
            and self.book.is_known(day, asked.hop, pays, grant.key)
        )

    def pay(self, ticket: bytes, hop: int, chats: Sequence[int]) -> bytes:
        """What an act to these chats brings: a token for each, those for contacts alone first; all, if they are few."""
        act = act_in(ticket)
        contacts, others = self._sorted(act)
        for_contacts = contacts[: sum(chat >= 0 for chat in chats)]
        rest = len(chats) - len(for_contacts)
        if rest > len(others):
            offered = [*others, *contacts][:TOKENS_MAX]
        else:
            offered = [*for_contacts, *others[:rest]]
        coins = self._coins.pop(act, [])
        self._keep(act, [coin for coin in coins if coin not in offered])
        payment = _HOP.pack(hop) + b"".join(
            _TOKEN.pack(coin.day, coin.pays, coin.seed, _tag(coin.product, chats))
            for coin in offered
        )
        if offered:
            self._offered[payment] = act, list(offered)
        return payment

    def decided(self, payment: bytes, *, allowed: bool) -> None:
        """The verdict on the act that brought a payment: what was not spent is held again."""
        act, coins = self._offered.pop(payment, (b"", []))
        if coins and not allowed:
            self._keep(act, coins)
