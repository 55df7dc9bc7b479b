"""Under `blind` enforcement: everybody's tokens, which apps ask for when a copy has come, and not before its use.

For whoever keeps a copy so many are asked for as one action may reach chats, before the next acts of anybody. Only who
forwards a copy again has to come back for more just before.
"""

from __future__ import annotations

from attrs import define, field

from chatsim.errors import RemoteProtocolError
from chatsim.policy.blindly import tokens_of_an_action
from chatsim.policy.decision import Row
from chatsim.provenance.blind import Grant
from chatsim.provenance.purse import KeyBook, Purse, Request
from chatsim.wire.messages import Issued


@define(eq=False)
class Purses:
    """Of all people of one run, who compare the relay's public keys."""

    _book: KeyBook = field(factory=KeyBook)
    _by_user: dict[int, Purse] = field(factory=dict)

    def ask(self, user: int, ticket: bytes, hop: int, row: Row) -> Request | None:
        """What a person's app asks for so that one action can be paid; None if it can be."""
        purse = self._of(user)
        missing = tokens_of_an_action(row, hop) - purse.held(ticket)
        return purse.ask(ticket, hop, missing) if missing > 0 else None

    def take(self, user: int, issued: Issued) -> None:
        """An answer. Raises RemoteProtocolError for one that nobody can have made honestly."""
        parts = Grant(*issued.any_chat), Grant(*issued.contacts)
        if not self._of(user).take(issued.number, issued.day, *parts):
            message = f"user {user} was sent tokens that were not asked for, or that prove nothing"
            raise RemoteProtocolError(message)

    def pay(self, user: int, ticket: bytes, hop: int, chats: tuple[int, ...]) -> bytes:
        """What a forward to these chats brings."""
        return self._of(user).pay(ticket, hop, chats)

    def decided(self, user: int, payment: bytes, *, allowed: bool) -> None:
        """The verdict on that forward."""
        self._of(user).decided(payment, allowed=allowed)

    def _of(self, user: int) -> Purse:
        purse = self._by_user.get(user)
        if purse is None:
            purse = self._by_user[user] = Purse(self._book)
        return purse
