"""What the relay asks of whoever keeps the counter: by records (`clear`), permits (`receipt`) or tokens (`blind`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from chatsim.policy.decision import Row
from chatsim.relay.changes import Saved
from chatsim.relay.roster import Roster
from chatsim.wire.messages import Issued, TopUp

Held = Any
"""What is known of a copy that comes back with its stamp; only whoever made it looks into it."""
Stamps = bytes | Callable[[int], bytes]
"""One stamp for all copies of an act, or one for those of each chat."""


class Counting(Protocol):
    """Keeps how often copies were forwarded, and what people have used of the caps."""

    def obey(self, rows: Sequence[Row]) -> None:
        """Count what these rows cap from now on."""
        ...

    def find(self, stamp: bytes, outer: bytes, user: int, roster: Roster, tick: int) -> Held | None:
        """The copy that `user` received with this stamp; None for anything else, without saying which."""
        ...

    def content_of(self, body: bytes, outer: bytes) -> bytes:
        """The digest by which rules about contents know what an act sends."""
        ...

    def complained_of(
        self, stamp: bytes, body: bytes, user: int, roster: Roster, tick: int
    ) -> bytes | None:
        """The same of what a complaint is about; None where this user never received it."""
        ...

    def judge(
        self, row: Row, held: Held, user: int, chats: tuple[int, ...], tick: int
    ) -> tuple[int, int | None]:
        """(reason, limit) for forwarding the copy held to `chats`; charges what is allowed."""
        ...

    def keep(
        self,
        held: Held | None,
        outer: bytes,
        sender: int,
        chats: tuple[int, ...],
        tick: int,
        digest: bytes | None = None,
    ) -> tuple[Stamps, int]:
        """An act is admitted, an original if nothing is `held`: (stamps, hop) of its copies."""
        ...

    def issue(
        self, row: Row, request: TopUp, user: int, roster: Roster, tick: int
    ) -> Issued | None:
        """The answer to a request for tokens; None where nobody makes any."""
        ...

    def expire(self, tick: int) -> None:
        """Forget what can no longer matter."""
        ...

    def clear(self) -> None:
        """Forget everything; no stamp of before is found again."""
        ...

    def restore(self, saved: Saved) -> None:
        """Go on from what a store gives back."""
        ...
