"""Traceability `traceback-tree`: a report opens the whole tree of a lineage, whoever of it reports.

After tree traceback (Tyagi, Miers, Ristenpart, "Traceback for End-to-End Encrypted Messaging", CCS 2019), but ours in
what differs: simulation only, unreviewed; not for products. An act's key comes from the copy that it forwards: of a
share of the former sender's, one of the relay's, who received it, and how often that person has forwarded it before. So
whoever knows an act's key finds the former act in its entry, and the next ones by trying who may have sent them. The
relay's share comes with the act and is the same for all its recipients, which is why the recipient's number goes in; an
entry lies under its sender's number too, so that no fellow member of a group can take somebody's place. Keys are used
once, so that they encipher by exclusive or.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from hmac import compare_digest
from itertools import count
from typing import NamedTuple

from attrs import define, field

from chatsim.provenance.halves import TraceBook, Tracing
from chatsim.provenance.keys import ID_BYTES, fresh, keyed, number_bytes, number_of
from chatsim.provenance.people import people_bytes, people_of, reaches
from chatsim.provenance.values import Claims, Finding, Names, Proof, Search, Slots, Stored

POINTER_BYTES = SHARE_BYTES = 16
ADDRESS_BYTES = 32
GAP = 8
"""How many acts in a row of one person with one copy may be missing (refused, say) before nobody looks further."""
NO_POINTER = bytes(POINTER_BYTES)
_INNER = struct.Struct(f"{POINTER_BYTES}s{ID_BYTES}s")
"""The act's key, and who sent."""
_HIDDEN = struct.Struct(f"{POINTER_BYTES}s{ID_BYTES}s{SHARE_BYTES}s")
"""The former act's key (zeros: none) and sender, and the share for those who forward this one."""
_OUTER = struct.Struct(f"{ADDRESS_BYTES}s{_HIDDEN.size}s")


class Act(NamedTuple):
    """What the relay keeps of an act, opened."""

    pointer: bytes
    sender: int
    chats: tuple[int, ...]
    former_pointer: bytes
    former_sender: int
    share: bytes
    relay_share: bytes


class TreeClient:
    """Counts how often each person has forwarded a copy; an app would keep that with the copy."""

    inner_bytes = _INNER.size
    outer_bytes = _OUTER.size
    stamp_bytes = SHARE_BYTES

    def __init__(self) -> None:
        self._forwards: Counter[tuple[int, bytes]] = Counter()

    def original(self, me: int, text: bytes) -> Slots:
        return _slots(fresh(POINTER_BYTES), me, text, NO_POINTER, number_bytes(me))

    def forward(self, me: int, text: bytes, held: Proof) -> Slots:
        pointer, sender = _INNER.unpack(held.inner)
        _, _, share = _HIDDEN.unpack(_masked(pointer, held.outer[ADDRESS_BYTES:]))
        before = self._forwards[me, pointer]
        self._forwards[me, pointer] += 1
        key = _next_pointer(share, held.stamp, me, before)
        return _slots(key, me, text, pointer, sender)

    def accepts(self, text: bytes, sender: int, proof: Proof) -> bool:
        """Whether the relay's entry can be found with this text, key and sender."""
        if tuple(map(len, proof)) != (self.inner_bytes, self.outer_bytes, self.stamp_bytes):
            return False
        pointer, named = _INNER.unpack(proof.inner)
        if pointer == NO_POINTER or number_of(named) != sender:
            return False
        return compare_digest(proof.outer[:ADDRESS_BYTES], _address(pointer, text))

    def evidence(self, text: bytes, sender: int, proof: Proof) -> bytes:
        return proof.inner + text

    def forged(self, me: int, victim: int, text: bytes, held: Proof | None) -> Slots | None:
        """Nothing: entries lie where only their sender can put them."""
        return None


class TreeRelay:
    """Keeps what it sees and its share, and opens trees: relay and examiner in one."""

    outer_bytes = _OUTER.size
    stamp_bytes = SHARE_BYTES

    def __init__(self) -> None:
        self._reading: Reading | None = None
        """Of the last report, for the next of the same text."""

    def takes(self, book: TraceBook, sender: int, outer: bytes) -> bool:
        """Not an address that this sender has used."""
        return book.get(_place(sender, outer[:ADDRESS_BYTES])) is None

    def admit(
        self, book: TraceBook, tick: int, sender: int, chats: tuple[int, ...], outer: bytes
    ) -> bytes | None:
        """None for an address that this sender has used."""
        self._reading = None
        address, hidden = _OUTER.unpack(outer)
        place = _place(sender, address)
        if book.get(place) is not None:
            return None
        share = fresh(SHARE_BYTES)
        book.put(place, hidden + share + people_bytes(sender, chats), tick)
        return share

    def examine(self, book: TraceBook, evidence: bytes) -> Finding | None:
        """The path from the reported copy, and all others who sent or were sent it; of a group, whoever sent it on."""
        if len(evidence) < _INNER.size:
            return None
        pointer, sender = _INNER.unpack_from(evidence)
        reading = self._read(book, evidence[_INNER.size :])
        way = reading.way(pointer, number_of(sender))
        if not way:
            return None
        path = tuple(act.sender for act in way)
        reached = {
            user for act in reading.tree(way) for user in (act.sender, *act.chats) if user >= 0
        }
        return Finding(originator=path[-1], path=path, others=frozenset(reached.difference(path)))

    def _read(self, book: TraceBook, text: bytes) -> Reading:
        """What was read before counts while the book is the same: no act since, and nothing forgotten."""
        last, entries = self._reading, sum(1 for _ in book.items())
        if last is None or last.book is not book or (last.text, last.entries) != (text, entries):
            last = self._reading = Reading(book, text, entries)
        return last


@define(eq=False)
class Reading:
    """An examiner's, of one text in one book."""

    book: TraceBook
    text: bytes
    entries: int
    """Of the book."""
    _forwards: dict[Act, tuple[Act, ...]] = field(factory=dict, init=False)
    """By act: those that forward its copies."""
    _senders: tuple[int, ...] | None = field(default=None, init=False)
    """Of all entries: who is in a group is not in the book, so that everybody may have sent on what went to one."""

    def find(self, pointer: bytes, sender: int) -> Act | None:
        """The act with this key by this sender; None where there is none, or it cannot be read."""
        value = self.book.get(_place(sender, _address(pointer, self.text)))
        if value is None:
            return None
        people = people_of(value[_HIDDEN.size + SHARE_BYTES :])
        if people is None or people.sender != sender:
            return None
        hidden = _masked(pointer, value[: _HIDDEN.size])
        former, former_sender, share = _HIDDEN.unpack(hidden)
        relays = value[_HIDDEN.size : _HIDDEN.size + SHARE_BYTES]
        return Act(pointer, *people, former, number_of(former_sender), share, relays)

    def way(self, pointer: bytes, sender: int) -> list[Act]:
        """From an act back to the original, as far as entries fit; no act twice."""
        way: list[Act] = []
        seen: set[bytes] = set()
        while pointer != NO_POINTER and pointer not in seen:
            seen.add(pointer)
            act = self.find(pointer, sender)
            if act is None or (way and not reaches(act.chats, way[-1].sender)):
                break
            way.append(act)
            pointer, sender = act.former_pointer, act.former_sender
        return way

    def tree(self, way: list[Act]) -> list[Act]:
        """All acts of the tree, each once: those of the way, and all that come from them."""
        found = {act.pointer: act for act in way}
        waiting = list(way)
        while waiting:
            for act in self.forwards(waiting.pop()):
                if act.pointer not in found:
                    found[act.pointer] = act
                    waiting.append(act)
        return list(found.values())

    def forwards(self, act: Act) -> tuple[Act, ...]:
        """The acts that forward an act's copies."""
        found = self._forwards.get(act)
        if found is None:
            found = self._forwards[act] = tuple(self._found(act))
        return found

    def _found(self, act: Act) -> Iterator[Act]:
        for user in self._recipients(act.chats):
            missing = 0
            for before in count():
                pointer = _next_pointer(act.share, act.relay_share, user, before)
                forward = self.find(pointer, user)
                missing = 0 if forward else missing + 1
                if missing > GAP:
                    break
                if forward:
                    yield forward

    def _recipients(self, chats: tuple[int, ...]) -> Iterable[int]:
        users = {chat for chat in chats if chat >= 0}
        if any(chat < 0 for chat in chats):
            users.update(self._everybody())
        return users

    def _everybody(self) -> tuple[int, ...]:
        if self._senders is None:
            start = _HIDDEN.size + SHARE_BYTES
            read = (people_of(value[start:]) for _, value in self.book.items())
            self._senders = tuple({people.sender for people in read if people})
        return self._senders


def _slots(key: bytes, me: int, text: bytes, former: bytes, sender: bytes) -> Slots:
    hidden = _HIDDEN.pack(former, sender, fresh(SHARE_BYTES))
    outer = _OUTER.pack(_address(key, text), _masked(key, hidden))
    return Slots(_INNER.pack(key, number_bytes(me)), outer)


def _address(pointer: bytes, text: bytes) -> bytes:
    return keyed(pointer, b"tree address", text, size=ADDRESS_BYTES)


def _place(sender: int, address: bytes) -> bytes:
    """Where an entry lies in the book."""
    return keyed(b"", b"tree place", number_bytes(sender), address)


def _masked(pointer: bytes, data: bytes) -> bytes:
    """Enciphers and deciphers; every key hides one value only."""
    mask = keyed(pointer, b"tree mask", size=len(data))
    return bytes(a ^ b for a, b in zip(data, mask, strict=True))


def _next_pointer(share: bytes, relay_share: bytes, user: int, before: int) -> bytes:
    """The key of a user's act with a copy that this user has forwarded so often before."""
    own = keyed(share, b"tree own key", relay_share, number_bytes(user))
    return keyed(own, b"tree pointer", number_bytes(before), size=POINTER_BYTES)


CLAIMS = Claims(
    names=Names.TREE,
    frameable=False,
    stored=Stored.ALL,
    ids_at_rest=True,
    search=Search.ALL,
    dictionary=False,
    new_or_forward=False,
    linkage=False,
    recipients_learn=False,
    unreviewed=True,
)


def set_up(root: bytes) -> Tracing:
    """All secrets are the clients' and the relay's shares."""
    relay = TreeRelay()
    return Tracing(CLAIMS, TreeClient(), relay, relay)


def client_of(public: bytes) -> TreeClient:
    """There is nothing that everybody must know."""
    return TreeClient()
