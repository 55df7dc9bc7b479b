"""Enforcement `receipt`: permits that the relay hands out with every copy and recognises when they come back.

An original commits to its text: C = keyed hash of the text under a fresh secret, which travels in the payload. With
every copy the relay hands out a *permit*, a MAC over C, the claimed hop, the tick, the chat, who sent it and a nonce
of the act. Whoever forwards brings C and the permit back; the relay, which kept neither, knows that somebody sent
this text into this chat with this many forwards. Recipients check that C opens to the text they see, so that no
permit can carry another one.

A MAC is enough because stamps come straight from the relay, and only the relay has to recognise them.
"""

from __future__ import annotations

import hmac
import struct
from collections.abc import Callable
from typing import Final, NamedTuple

from chatsim.model import ONE_DAY
from chatsim.provenance.enforcing import COMMITMENT_BYTES, PERMIT_BYTES, SECRET_BYTES
from chatsim.provenance.keys import Keyed, fresh, keyed, number_bytes

NONCE_BYTES: Final = 16
MAC_BYTES: Final = 16
SPENT_BYTES: Final = 16
_PERMIT = struct.Struct(">BQqQ16s")
"""Claimed hop, tick, chat (a contact's is the recipient, a group's is negative), who sent it, nonce of the act."""
_HEAD_BYTES: Final = _PERMIT.size
_NUMBER = struct.Struct(">q")
_DAYS_AT_HAND: Final = 2
"""So many days' keys are kept once they are worked out: most permits that come back are of today or yesterday."""
assert _HEAD_BYTES + MAC_BYTES == PERMIT_BYTES


def commitment(secret: bytes, text: bytes) -> bytes:
    """What binds a lineage to its text without showing it: only the holder of `secret` can open it."""
    return keyed(secret, b"commitment", text, size=COMMITMENT_BYTES)


# A script's body, and every complaint's: the secret, and behind it the text.


def enclosed(text: bytes) -> bytes:
    """A body for an original: the text, with a secret of its own in front."""
    return fresh(SECRET_BYTES) + text


def text_in(body: bytes) -> bytes:
    """What people see of a body."""
    return body[SECRET_BYTES:]


def opened(body: bytes) -> bytes:
    """The commitment that a body opens."""
    return commitment(body[:SECRET_BYTES].ljust(SECRET_BYTES, b"\0"), body[SECRET_BYTES:])


class Permit(NamedTuple):
    """A permit that came back, and the commitment it came back with."""

    hop: int
    tick: int
    chat: int
    by: int
    nonce: bytes
    commitment: bytes


def act_in(permit: bytes) -> bytes:
    """What all permits of one act have in common, and nobody else's have."""
    return permit[_HEAD_BYTES - NONCE_BYTES : _HEAD_BYTES]


def day_in(permit: bytes) -> int:
    """The day of the act, as the permit says."""
    return int.from_bytes(permit[1:9], "big", signed=True) // ONE_DAY


class Mint:
    """Makes permits and recognises them, by a key for each day that follows from the root."""

    def __init__(self, root: bytes) -> None:
        self._root = root
        spending = keyed(root, b"spending")
        self._budget = Keyed(spending, b"budget", SPENT_BYTES)
        self._lineage = Keyed(spending, b"lineage", SPENT_BYTES)
        self._person = Keyed(spending, b"person", SPENT_BYTES)
        self._generation = 0
        self._days: dict[int, Keyed] = {}

    def forget(self) -> None:
        """No permit of before is genuine any more."""
        self._generation += 1
        self._days.clear()

    def _mac_of(self, day: int) -> Keyed:
        """Under the key of a day."""
        mac = self._days.get(day)
        if mac is None:
            if len(self._days) >= _DAYS_AT_HAND:
                self._days.clear()
            key = keyed(self._root, b"day", number_bytes(day), number_bytes(self._generation))
            mac = self._days[day] = Keyed(key, b"permit", MAC_BYTES)
        return mac

    def permit(
        self, commitment_: bytes, hop: int, tick: int, chat: int, by: int, nonce: bytes
    ) -> bytes:
        """For all copies of an act that go to one chat."""
        head = _PERMIT.pack(hop, tick, chat, by, nonce)
        return head + self._mac_of(tick // ONE_DAY)(commitment_ + head)

    def permits(
        self, commitment_: bytes, hop: int, tick: int, by: int, nonce: bytes
    ) -> Callable[[int], bytes]:
        """Of an act, by chat."""
        permit = self.permit
        return lambda chat: permit(commitment_, hop, tick, chat, by, nonce)

    def read(self, stamp: bytes, commitment_: bytes) -> Permit | None:
        """What a stamp says; None where it has another form. Whether it is genuine is another question."""
        if len(stamp) != PERMIT_BYTES or len(commitment_) != COMMITMENT_BYTES:
            return None
        hop, tick, chat, by, nonce = _PERMIT.unpack_from(stamp)
        return Permit(hop, tick, chat, by, nonce, commitment_)

    def is_genuine(self, permit: Permit, stamp: bytes) -> bool:
        """Whether this relay made the stamp that reads so."""
        made = self._mac_of(permit.tick // ONE_DAY)(permit.commitment + stamp[:_HEAD_BYTES])
        return hmac.compare_digest(made, stamp[_HEAD_BYTES:])

    # What is spent is known by keyed hashes: without the key they say nothing, and with it one has to know whom to try.

    def of_copy(self, permit: Permit, user: int) -> bytes:
        """By which a user's budget on the copies of one act is known."""
        return self._budget(permit.nonce + _NUMBER.pack(user))

    def of_lineage(self, permit: Permit) -> bytes:
        """By which a lineage is known."""
        return self._lineage(permit.commitment)

    def of_person(self, permit: Permit, user: int) -> bytes:
        """By which a user's lifetime use of a lineage is known."""
        return self._person(permit.commitment + _NUMBER.pack(user))
