"""Traceability `traceback`: the relay keeps an entry for every act, and a report opens the way back to the originator.

Path traceback (Tyagi, Miers, Ristenpart, "Traceback for End-to-End Encrypted Messaging", CCS 2019). Every act has a
fresh key. The relay keeps, under an address that only the key and the text give, the former act's key enciphered with
this one, who sent, and to which chats. Whoever reports hands over text and key; the examiner finds the entry, gets
the former key, and goes on as long as the former act was one to a chat of whoever sent the next. An answer names the
senders along the way; that the entries show all chats of their acts is nobody's question, and is left out.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from hmac import compare_digest
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from chatsim.provenance.halves import TraceBook, Tracing
from chatsim.provenance.keys import fresh, keyed
from chatsim.provenance.people import people_bytes, people_of, reaches
from chatsim.provenance.values import Claims, Finding, Names, Proof, Search, Slots, Stored

POINTER_BYTES = 16
"""The key of an act: one block of AES-128."""
ADDRESS_BYTES = 32
NO_POINTER = bytes(POINTER_BYTES)
"""What an originator's act points to."""
_OUTER = struct.Struct(f"{ADDRESS_BYTES}s{POINTER_BYTES}s")


class Entry(NamedTuple):
    """What the relay keeps of an act, opened."""

    pointer: bytes
    """The former act's key."""
    sender: int
    chats: tuple[int, ...]


class PathClient:
    """Makes a key for every act, and points to the former one. Inner: the key. Outer: address and pointer."""

    inner_bytes = POINTER_BYTES
    outer_bytes = _OUTER.size
    stamp_bytes = 0

    def original(self, me: int, text: bytes) -> Slots:
        return pointing(NO_POINTER, text)

    def forward(self, me: int, text: bytes, held: Proof) -> Slots:
        return pointing(held.inner, text)

    def accepts(self, text: bytes, sender: int, proof: Proof) -> bool:
        """Whether the relay's entry can be found with this text and key."""
        if len(proof.outer) != self.outer_bytes or not is_key(proof.inner):
            return False
        return compare_digest(proof.outer[:ADDRESS_BYTES], address_of(proof.inner, text))

    def evidence(self, text: bytes, sender: int, proof: Proof) -> bytes:
        return proof.inner + text

    def forged(self, me: int, victim: int, text: bytes, held: Proof | None) -> Slots | None:
        """Nothing: a pointer leads to an act of this very text, and the relay knows whose that was."""
        return None


class PathRelay:
    """Keeps what it sees, and follows it back: relay and examiner in one."""

    outer_bytes = _OUTER.size
    stamp_bytes = 0

    def takes(self, book: TraceBook, sender: int, outer: bytes) -> bool:
        """Not an address in use, which no honest app finds twice."""
        return book.get(outer[:ADDRESS_BYTES]) is None

    def admit(
        self, book: TraceBook, tick: int, sender: int, chats: tuple[int, ...], outer: bytes
    ) -> bytes | None:
        """None for an address in use, which no honest app finds twice."""
        address, pointer = _OUTER.unpack(outer)
        if book.get(address) is not None:
            return None
        book.put(address, pointer + people_bytes(sender, chats), tick)
        return b""

    def examine(self, book: TraceBook, evidence: bytes) -> Finding | None:
        return walk(book, evidence, opened)


def walk(
    book: TraceBook, evidence: bytes, opened: Callable[[bytes, bytes, bytes], Entry | None]
) -> Finding | None:
    """Back from the reported copy's act, as long as there are entries that fit; no entry is gone through twice.

    The way ends with an original, an entry that is missing or broken, or one that did not go to whoever sent the next:
    a modified app that cuts the chain is named as the originator, and so is whoever forwarded an act that has expired.
    `opened` is given key, address and entry.
    """
    key, text = evidence[:POINTER_BYTES], evidence[POINTER_BYTES:]
    path: list[int] = []
    seen: set[bytes] = set()
    while is_key(key) and key not in seen:
        seen.add(key)
        address = address_of(key, text)
        value = book.get(address)
        entry = None if value is None else opened(key, address, value)
        if entry is None or (path and not reaches(entry.chats, path[-1])):
            break
        path.append(entry.sender)
        key = entry.pointer
    return Finding(originator=path[-1], path=tuple(path)) if path else None


def opened(key: bytes, address: bytes, value: bytes) -> Entry | None:
    """An entry in the open."""
    people = people_of(value[POINTER_BYTES:])
    return people and Entry(decipher(key, value[:POINTER_BYTES]), *people)


def pointing(pointer: bytes, text: bytes) -> Slots:
    """What an act carries that points to a former one."""
    key = fresh(POINTER_BYTES)
    return Slots(key, _OUTER.pack(address_of(key, text), _encipher(key, pointer)))


def is_key(key: bytes) -> bool:
    """Whether an act can have this key; zeros mean that there is none."""
    return len(key) == POINTER_BYTES and key != NO_POINTER


def address_of(key: bytes, text: bytes) -> bytes:
    """Where the relay's entry is: no two texts share one."""
    return keyed(key, b"path address", text, size=ADDRESS_BYTES)


def decipher(key: bytes, pointer: bytes) -> bytes:
    """The former act's key."""
    return _aes(key).decryptor().update(pointer)


def _encipher(key: bytes, pointer: bytes) -> bytes:
    return _aes(key).encryptor().update(pointer)


def _aes(key: bytes) -> Cipher[modes.ECB]:
    mode = modes.ECB()  # noqa: S305 - one block under a key of its own, as in the paper
    return Cipher(algorithms.AES128(key), mode)


CLAIMS = Claims(
    names=Names.PATH,
    frameable=False,
    stored=Stored.ALL,
    ids_at_rest=True,
    search=Search.ALL,
    dictionary=False,
    new_or_forward=False,
    linkage=False,
    recipients_learn=False,
)


def set_up(root: bytes) -> Tracing:
    """All secrets are the clients' own."""
    relay = PathRelay()
    return Tracing(CLAIMS, PathClient(), relay, relay)


def client_of(public: bytes) -> PathClient:
    """There is nothing that everybody must know."""
    return PathClient()
