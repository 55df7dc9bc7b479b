"""How an app pays for its forwards under `blind` enforcement.

It asks for tokens when a copy has come, and again for no other reason than that it spent some and the caps are fresh.
"""

from __future__ import annotations

from chatsim.model import Enforcement
from chatsim.policy.blindly import tokens_of_an_action
from chatsim.provenance.blind import Grant
from chatsim.provenance.purse import KeyBook, Purse, Request
from chatsim.provenance.receipt import act_in
from chatsim.testing.probes.mode import Mode
from chatsim.testing.probes.writing import Letter
from chatsim.wire.messages import Issued


class Payer:
    """One app's."""

    def __init__(self, mode: Mode, refill_ticks: int, book: KeyBook) -> None:
        self._row = mode.rows[0]
        self._refill_ticks = refill_ticks
        self._purse = Purse(book)
        self._spent_at: dict[bytes, int] = {}
        """By act: since when some of an action with its copies is used."""
        self.waiting = 0
        """Requests without an answer."""

    def arrived(self, letter: Letter) -> Request | None:
        """What to ask for as soon as a copy is shown."""
        return self._missing(letter.stamp or b"")

    def before(self, ticket: bytes, tick: int) -> Request | None:
        """What to ask for just before a forward."""
        act = act_in(ticket)
        spent_at = self._spent_at.get(act)
        if spent_at is not None and tick - spent_at < self._refill_ticks:
            return None
        self._spent_at.pop(act, None)
        return self._missing(ticket)

    def hoarded(self, ticket: bytes) -> Request | None:
        """What a modified app asks for that has tokens enough."""
        hop = _hop_in(ticket)
        self.waiting += 1
        return self._purse.ask(ticket, hop, tokens_of_an_action(self._row, hop))

    def _missing(self, ticket: bytes) -> Request | None:
        hop = _hop_in(ticket)
        missing = tokens_of_an_action(self._row, hop) - self._purse.held(ticket)
        if missing <= 0:
            return None
        self.waiting += 1
        return self._purse.ask(ticket, hop, missing)

    def take(self, issued: Issued) -> None:
        """An answer."""
        self.waiting -= 1
        parts = Grant(*issued.any_chat), Grant(*issued.contacts)
        assert self._purse.take(issued.number, issued.day, *parts), "the relay is honest here"

    def pay(self, ticket: bytes, chats: tuple[int, ...]) -> bytes:
        """What an act to these chats brings."""
        return self._purse.pay(ticket, _hop_in(ticket), chats)

    def decided(self, ticket: bytes, payment: bytes, tick: int, *, allowed: bool) -> None:
        """The verdict on it."""
        if allowed:
            self._spent_at.setdefault(act_in(ticket), tick)
        self._purse.decided(payment, allowed=allowed)


def _hop_in(ticket: bytes) -> int:
    """A ticket says first how often its copy was forwarded."""
    return ticket[0] if ticket else 0


def payer_of(mode: Mode, refill_ticks: int, book: KeyBook) -> Payer | None:
    """Of an app under this mode; None where nothing is paid for."""
    return Payer(mode, refill_ticks, book) if mode.enforcement is Enforcement.BLIND else None
