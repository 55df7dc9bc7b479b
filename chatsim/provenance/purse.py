"""An app's tokens under `blind` enforcement: asked for, taken if everybody's key made them, and brought by forwards.

As `chatsim.provenance.blind`: simulation only, unreviewed; not for products.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from attrs import define, field

from chatsim.model import TOKENS_MAX
from chatsim.provenance.blind import (
    DAY_MAX,
    SEED_BYTES,
    Grant,
    Payment,
    Pays,
    Token,
    payment_bytes,
    split,
    tag_of,
)
from chatsim.provenance.edwards import (
    PROOF_BYTES,
    SCALAR_BYTES,
    Proof,
    inverse,
    is_point,
    is_proven,
    point_of,
    random_scalar,
    times,
)
from chatsim.provenance.keys import fresh
from chatsim.provenance.receipt import act_in, day_in

_ACTS_KEPT: Final = 4_096
"""Of the copies of so many acts a purse keeps tokens; an app can ask for others."""


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
            and 0 <= day <= DAY_MAX
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
        tokens = (
            Token(coin.day, coin.pays, coin.seed, tag_of(coin.product, chats)) for coin in offered
        )
        payment = payment_bytes(Payment(hop, tuple(tokens)))
        if offered:
            self._offered[payment] = act, list(offered)
        return payment

    def decided(self, payment: bytes, *, allowed: bool) -> None:
        """The verdict on the act that brought a payment: what was not spent is held again."""
        act, coins = self._offered.pop(payment, (b"", []))
        if coins and not allowed:
            self._keep(act, coins)
