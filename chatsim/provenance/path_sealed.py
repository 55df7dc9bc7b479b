"""Traceability `traceback-sealed`: as `traceback`, but nobody's number is at rest in the open.

A construction of our own: simulation only, unreviewed; not for products. The act carries a sealing key too, which the
act's key gives. The relay seals sender and chats with it and forgets it, and recipients drop a copy with a wrong one.
So the relay sees all of it while it happens, and keeps what only a report opens; an entry's length still shows to how
many chats its act went.
"""

from __future__ import annotations

from hmac import compare_digest

from attrs import evolve
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chatsim.provenance.halves import TraceBook, Tracing
from chatsim.provenance.keys import KEY_BYTES, keyed
from chatsim.provenance.path_traceback import (
    ADDRESS_BYTES,
    POINTER_BYTES,
    Entry,
    PathClient,
    decipher,
    walk,
)
from chatsim.provenance.path_traceback import CLAIMS as OPEN_CLAIMS
from chatsim.provenance.people import people_bytes, people_of
from chatsim.provenance.values import Finding, Proof, Search, Slots

OUTER_BYTES = ADDRESS_BYTES + POINTER_BYTES + KEY_BYTES
_NONCE_BYTES = 12


class SealedPathClient:
    """Adds the sealing key to what an app does under `traceback`."""

    inner_bytes = PathClient.inner_bytes
    outer_bytes = OUTER_BYTES
    stamp_bytes = 0

    def __init__(self) -> None:
        self._open = PathClient()

    def original(self, me: int, text: bytes) -> Slots:
        return _with_seal(self._open.original(me, text))

    def forward(self, me: int, text: bytes, held: Proof) -> Slots:
        return _with_seal(self._open.forward(me, text, held))

    def accepts(self, text: bytes, sender: int, proof: Proof) -> bool:
        """Whether the relay's entry can be found and opened with this text and key."""
        outer, seal = proof.outer[:-KEY_BYTES], proof.outer[-KEY_BYTES:]
        if not self._open.accepts(text, sender, proof._replace(outer=outer)):
            return False
        return compare_digest(seal, _sealing_key(proof.inner))

    def evidence(self, text: bytes, sender: int, proof: Proof) -> bytes:
        return self._open.evidence(text, sender, proof)

    def forged(self, me: int, victim: int, text: bytes, held: Proof | None) -> Slots | None:
        """Nothing, as under `traceback`."""
        return None


class SealedPathRelay:
    """Seals what it keeps with a key that it forgets: relay and examiner in one."""

    outer_bytes = OUTER_BYTES
    stamp_bytes = 0

    def takes(self, book: TraceBook, sender: int, outer: bytes) -> bool:
        """Not an address in use."""
        return book.get(outer[:ADDRESS_BYTES]) is None

    def admit(
        self, book: TraceBook, tick: int, sender: int, chats: tuple[int, ...], outer: bytes
    ) -> bytes | None:
        """None for an address in use."""
        found, seal = outer[:-KEY_BYTES], outer[-KEY_BYTES:]
        address, pointer = found[:ADDRESS_BYTES], found[ADDRESS_BYTES:]
        if book.get(address) is not None:
            return None
        people = people_bytes(sender, chats)
        sealed = AESGCM(seal).encrypt(address[:_NONCE_BYTES], people, found)
        book.put(address, pointer + sealed, tick)
        return b""

    def examine(self, book: TraceBook, evidence: bytes) -> Finding | None:
        return walk(book, evidence, _opened)


def _opened(key: bytes, address: bytes, value: bytes) -> Entry | None:
    pointer, sealed = value[:POINTER_BYTES], value[POINTER_BYTES:]
    try:
        data = AESGCM(_sealing_key(key)).decrypt(address[:_NONCE_BYTES], sealed, address + pointer)
    except InvalidTag:
        return None
    people = people_of(data)
    return people and Entry(decipher(key, pointer), *people)


def _with_seal(slots: Slots) -> Slots:
    return Slots(slots.inner, slots.outer + _sealing_key(slots.inner))


def _sealing_key(key: bytes) -> bytes:
    """Of the act with this key. Its nonce is of the address, which no second entry has."""
    return keyed(key, b"path sealing")


CLAIMS = evolve(OPEN_CLAIMS, ids_at_rest=False, search=Search.FORWARDERS, unreviewed=True)


def set_up(root: bytes) -> Tracing:
    """All secrets are the clients' own."""
    relay = SealedPathRelay()
    return Tracing(CLAIMS, SealedPathClient(), relay, relay)


def client_of(public: bytes) -> SealedPathClient:
    """There is nothing that everybody must know."""
    return SealedPathClient()
