"""Rules about contents rather than forwards: circuit breakers and takedowns. The relay knows a content by its body.

Of a body its digest is kept alone, and taken only while some row has such a rule: everybody else pays nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from chatsim.model import Reason, Verdict
from chatsim.policy.decision import Row
from chatsim.relay import breakers, complaints
from chatsim.relay.breakers import Breakers
from chatsim.relay.changes import Change, Saved
from chatsim.relay.complaints import Complaints

DIGEST_BYTES = 16
TAKEN_DOWN = Verdict(Reason.TAKEN_DOWN, 0)


def digest_of(body: bytes) -> bytes:
    """What a content is known by."""
    return hashlib.blake2b(body, digest_size=DIGEST_BYTES).digest()


class Officers:
    """Watches contents for all rows, and judges by the sender's."""

    def __init__(self, *, expiry_ticks: int, journal: list[Change] | None) -> None:
        self._breakers = Breakers(journal)
        self._complaints = Complaints(expiry_ticks=expiry_ticks, journal=journal)
        self.watches = False
        """Whether any row has such a rule."""

    def obey(self, rows: Sequence[Row]) -> None:
        """Hold the rules of these rows from now on; what was counted and complained of stays."""
        self._breakers.obey(rows)
        self._complaints.obey(rows)
        self.watches = bool(self._breakers.rules or self._complaints.rules)

    def judge(self, row: Row, digest: bytes, tick: int) -> Verdict | None:
        """Why nobody under this row may send the content at `tick`; None: they may."""
        takedown = complaints.rule_of(row)
        if takedown is not None and self._complaints.is_down(digest, takedown, tick):
            return TAKEN_DOWN
        breaker = breakers.rule_of(row)
        if breaker is not None:
            end = self._breakers.pause_ends(digest, breaker, tick)
            if end > tick:
                return Verdict(Reason.CIRCUIT_BREAKER, end - tick)
        return None

    def delivered(self, digest: bytes, copies: int, tick: int) -> None:
        """So many copies of a content went out."""
        if self._breakers.rules:
            self._breakers.delivered(digest, copies, tick)

    def complain(self, digest: bytes, user: int, tick: int) -> None:
        """This user complains of a content."""
        self._complaints.complain(digest, user, tick)

    def paused(self, tick: int) -> int:
        """Contents that are paused now under some rule."""
        return self._breakers.paused(tick)

    def taken_down(self, tick: int) -> int:
        """Contents that are taken down now under some rule."""
        return self._complaints.taken_down(tick)

    def expire(self, tick: int) -> None:
        """Forget what is no longer needed."""
        self._breakers.expire(tick)
        self._complaints.expire(tick)

    def clear(self) -> None:
        """Forget everything."""
        self._breakers.clear()
        self._complaints.clear()

    def restore(self, saved: Saved) -> None:
        """Go on from what a store gives back."""
        self._breakers.restore(saved)
        self._complaints.restore(saved)


def hears_complaints(row: Row) -> bool:
    """Whether people under this row can complain."""
    return complaints.rule_of(row) is not None
