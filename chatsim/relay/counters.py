"""Whoever keeps the counter, by enforcement, and whoever lets go of what another enforcement left in a store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from attrs import evolve

from chatsim.errors import lacks_extra
from chatsim.model import Enforcement
from chatsim.relay.changes import Change, Saved
from chatsim.relay.counting import Counting
from chatsim.relay.lineages import Ledger
from chatsim.relay.permits import Permits
from chatsim.relay.settings import Books, RelaySettings
from chatsim.relay.spent_tokens import SpentTokens


class Leaving(Protocol):
    """What nobody asks for any more, and what may hold users' numbers: it is forgotten when its time has come."""

    def expire(self, tick: int) -> None: ...


def counter_of(
    enforcement: Enforcement,
    settings: RelaySettings,
    root: bytes,
    journal: list[Change] | None,
    books: Books | None = None,
) -> Counting:
    """Keeps the counter. Raises ConfigurationError where the extra `e2ee` is missing, which `blind` takes."""
    refill, expiry = settings.refill_ticks, settings.lasting_ticks
    match enforcement:
        case Enforcement.BLIND:
            require_installed(enforcement)
            from chatsim.relay.blind_tokens import BlindTokens  # noqa: PLC0415 - takes PyNaCl

            return BlindTokens(
                root, refill_ticks=refill, expiry_ticks=expiry, journal=journal, books=books
            )
        case Enforcement.RECEIPT:
            return Permits(root, refill_ticks=refill, expiry_ticks=expiry, journal=journal)
        case Enforcement.CLIENT | Enforcement.CLEAR:
            return Ledger(refill_ticks=refill, expiry_ticks=expiry, journal=journal)


def require_installed(enforcement: Enforcement) -> None:
    """Raise ConfigurationError where a relay of this enforcement takes a package that is not there."""
    if enforcement is Enforcement.BLIND:
        try:
            import nacl  # noqa: F401, PLC0415
        except ModuleNotFoundError as error:
            raise lacks_extra("enforcement blind", error) from error


def left_in(
    saved: Saved, settings: RelaySettings, root: bytes, journal: list[Change] | None
) -> Sequence[Leaving]:
    """Of a store that was written under another enforcement."""
    enforcement = settings.enforcement
    others = evolve(saved, spent=[])  # hours are the same under all
    if enforcement.has_keys:
        others.permits = []
    left: list[Leaving] = []
    if others.records and enforcement.has_keys:
        left.append(_restored(Enforcement.CLEAR, others, settings, root, journal))
    if (others.permits or others.lineages) and enforcement is not Enforcement.RECEIPT:
        left.append(_restored(Enforcement.RECEIPT, others, settings, root, journal))
    if others.tokens and enforcement is not Enforcement.BLIND:
        tokens = SpentTokens(settings.lasting_ticks, journal)
        tokens.restore(others)
        left.append(tokens)
    return left


def _restored(
    enforcement: Enforcement,
    saved: Saved,
    settings: RelaySettings,
    root: bytes,
    journal: list[Change] | None,
) -> Counting:
    counter = counter_of(enforcement, settings, root, journal)
    counter.restore(saved)
    return counter
