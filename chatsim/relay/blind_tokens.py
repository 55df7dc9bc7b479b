"""Enforcement `blind`: what the relay keeps where it cannot tell whose forward is whose.

Whoever received a copy asks for tokens with the ticket that came with it: as many as the caps per action allow chats,
and again when that is fresh. A forward brings tokens, whose key says how often the copy was forwarded; those that were
spent are known until their day is over. No lineage and no content can be counted. Of what an honest app sends all of it
decides as records do (`chatsim.relay.lineages`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chatsim.model import ONE_DAY, Reason
from chatsim.policy.decision import (
    CAP_HOUR,
    HOP_LIMIT,
    TIER_CHATS,
    TIER_GROUPS,
    UNLIMITED,
    Row,
    decide,
    next_hop,
    tier_of,
)
from chatsim.provenance.blind import Grant, Issuer, Payment, Pays, read_payment, split
from chatsim.provenance.edwards import is_point
from chatsim.provenance.enforcing import COMMITMENT_BYTES
from chatsim.provenance.keys import Supply
from chatsim.provenance.receipt import NONCE_BYTES, Mint
from chatsim.relay.allowances import Allowances
from chatsim.relay.changes import Change, Saved
from chatsim.relay.hours import Hours
from chatsim.relay.officers import digest_of
from chatsim.relay.permits import received
from chatsim.relay.roster import Roster
from chatsim.relay.settings import Books
from chatsim.relay.spent_tokens import SpentTokens
from chatsim.wire.messages import Issued, TopUp

TOKEN_COPIES = 10
"""To make or to check a token takes about as long as so many copies."""
NO_TEXT = bytes(COMMITMENT_BYTES)
"""A ticket is a permit that is bound to no text."""


class BlindTokens:
    """Meets `chatsim.relay.counting.Counting`, and answers requests for tokens."""

    def __init__(
        self,
        root: bytes,
        *,
        refill_ticks: int,
        expiry_ticks: int,
        journal: list[Change] | None = None,
        books: Books | None = None,
    ) -> None:
        """`root`: what the keys follow from. `books` count the effort."""
        self._books = books or Books()
        self.expiry_ticks = expiry_ticks
        self.hours = Hours(journal)
        self.allowances = Allowances(refill_ticks, journal)
        self._mint = Mint(root)
        self._issuer = Issuer(root)
        self._nonce = Supply(NONCE_BYTES)
        """No decision reads one."""
        self._counts_hours = False
        self._spent = SpentTokens(expiry_ticks, journal)

    def __len__(self) -> int:
        return len(self.allowances) + len(self._spent)

    def obey(self, rows: Sequence[Row]) -> None:
        self._counts_hours = any(row[CAP_HOUR] < UNLIMITED for row in rows)

    # Requests.

    def issue(self, row: Row, request: TopUp, user: int, roster: Roster, tick: int) -> Issued:
        """Tokens for a copy that `user` received, as many as the caps still allow; none for anything else."""
        nothing = Issued(request.number, 0, Grant(), Grant())
        mint, expiry = self._mint, self.expiry_ticks
        ticket = received(mint, request.ticket, NO_TEXT, user, roster, tick, expiry)
        if ticket is None:
            return nothing
        asked = split(request.points)
        key = mint.of_copy(ticket, user)
        since, chats, groups = self.allowances.used(key, tick)
        count, of_any = granted(row, ticket.hop, len(asked), chats, groups)
        points = asked[:count]
        self._books.effort += TOKEN_COPIES * count
        if not points or not all(map(is_point, points)):
            return nothing
        self.allowances.charge(key, (since, chats + count, groups + of_any))
        day, hop = ticket.tick // ONE_DAY, ticket.hop
        return Issued(
            request.number,
            day,
            self._issuer.issue(day, hop, Pays.ANY, points[:of_any]),
            self._issuer.issue(day, hop, Pays.CONTACT, points[of_any:]),
        )

    # Acts.

    def find(
        self, stamp: bytes, outer: bytes, user: int, roster: Roster, tick: int
    ) -> Payment | None:
        """The tokens that an act brings; whose copy they came for, nobody can tell."""
        payment = read_payment(stamp)
        if payment is None:
            return None
        seeds = {token.seed for token in payment.tokens}
        fresh = (self._spent.is_fresh(token.seed, token.day, tick) for token in payment.tokens)
        return payment if len(seeds) == len(payment.tokens) and all(fresh) else None

    def content_of(self, body: bytes, outer: bytes) -> bytes:
        """By its bytes; no rule about contents holds here."""
        return digest_of(body)

    def complained_of(
        self, stamp: bytes, body: bytes, user: int, roster: Roster, tick: int
    ) -> bytes | None:
        """Nobody can show what they received."""
        return None

    def judge(
        self, row: Row, held: Payment, user: int, chats: tuple[int, ...], tick: int
    ) -> tuple[int, int | None]:
        """(reason, limit) for forwarding to `chats`; spends the tokens of what is allowed."""
        self._books.effort += TOKEN_COPIES * len(held.tokens)
        if not all(self._issuer.is_genuine(token, held.hop, chats) for token in held.tokens):
            return Reason.UNAVAILABLE, None
        count, groups = len(chats), sum(chat < 0 for chat in chats)
        tier, brought = tier_of(row, held.hop), len(held.tokens)
        brought_any = sum(token.pays is Pays.ANY for token in held.tokens)
        used_chats = used_groups = 0
        if row[TIER_CHATS + tier] < UNLIMITED:
            used_chats = max(0, row[TIER_CHATS + tier] - brought)
        if _caps_groups(row, tier):
            used_groups = max(0, row[TIER_GROUPS + tier] - brought_any)
        hour = self.hours.used(user, tick) if self._counts_hours else 0
        reason, limit = decide(row, held.hop, count, groups, used_chats, used_groups, 0, 0, hour)
        if reason:
            return reason, limit
        if not brought:  # where nothing is capped a single token shows the number of forwards
            return Reason.UNAVAILABLE, None
        if self._counts_hours:
            self.hours.charge(user, count, tick)
        for token in held.tokens:
            self._spent.spend(token.seed, token.day)
        return 0, 0

    def keep(
        self,
        held: Payment | None,
        outer: bytes,
        sender: int,
        chats: tuple[int, ...],
        tick: int,
        digest: bytes | None = None,
    ) -> tuple[Callable[[int], bytes], int]:
        """Nothing is kept of an admitted act: (tickets by chat, hop) of its copies."""
        hop = 0 if held is None else next_hop(held.hop)
        return self._mint.permits(NO_TEXT, hop, tick, sender, self._nonce()), hop

    def expire(self, tick: int) -> None:
        """Forget what is fresh again, and tokens that nobody could spend any more."""
        self.hours.turn(tick)
        self.allowances.refill(tick)
        self._spent.expire(tick)
        self._issuer.expire(self._spent.oldest_day(tick))

    def clear(self) -> None:
        """Forget everything; no ticket and no token of before is taken again."""
        self.allowances.clear()
        self._spent.clear()
        self.hours.clear()
        self._mint.forget()
        self._issuer.forget()

    def restore(self, saved: Saved) -> None:
        """Go on from what a store gives back."""
        self.allowances.restore(saved)
        self._spent.restore(saved)
        self.hours.restore(saved)


def granted(row: Row, hop: int, asked: int, chats: int, groups: int) -> tuple[int, int]:
    """How many of the tokens `asked` for are made, where `chats` were, `groups` of them of any: (all, for any chat)."""
    if next_hop(hop) > row[HOP_LIMIT]:
        return 0, 0
    tier, count = tier_of(row, hop), asked
    if row[TIER_CHATS + tier] < UNLIMITED:
        count = min(count, max(0, int(row[TIER_CHATS + tier]) - chats))
    if not _caps_groups(row, tier):
        return count, count
    return count, min(count, max(0, int(row[TIER_GROUPS + tier]) - groups))


def _caps_groups(row: Row, tier: int) -> bool:
    """Whether fewer groups are allowed than chats."""
    return bool(row[TIER_GROUPS + tier] < min(row[TIER_CHATS + tier], UNLIMITED))
