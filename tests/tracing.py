"""A world for traceability modes: people who send, forward and report, and a truth to hold the answers against."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from attrs import define, field
from hypothesis import strategies as st

from chatsim.provenance.halves import ClientHalf, Tracing
from chatsim.provenance.values import Finding, Proof, Slots

ROOT = bytes(range(32))
TEXT = b"The dam has burst" + bytes(40)
OTHER = b"The dam will hold" + bytes(40)


class Book(dict[bytes, bytes]):
    """A relay's, which forgets nothing."""

    def put(self, key: bytes, value: bytes, tick: int) -> None:
        assert key not in self
        self[key] = value

    @property
    def dump(self) -> bytes:
        return b"".join(key + value for key, value in self.items())


class Node(NamedTuple):
    """A copy as somebody has it."""

    holder: int
    sender: int
    proof: Proof
    tick: int
    above: Node | None
    """The copy that it is a forward of."""

    @property
    def path(self) -> tuple[int, ...]:
        """The truth: from the sender back to the originator."""
        return (self.sender, *(self.above.path if self.above else ()))

    @property
    def first(self) -> Node:
        return self.above.first if self.above else self


@define(eq=False)
class World:
    """One mode and its book. Ticks go up by one with every act."""

    tracing: Tracing
    client: ClientHalf = None  # type: ignore[assignment] # the setup's
    book: Book = field(factory=Book)
    tick: int = 0
    acts: list[tuple[bytes, bytes, bytes]] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.client = self.client or self.tracing.client

    def post(self, sender: int, to: int, slots: Slots, above: Node | None = None) -> Node | None:
        """An act, whoever's app has made it; None where the relay refuses it."""
        self.tick += 1
        stamp = self.tracing.relay.admit(self.book, self.tick, sender, (to,), slots.outer)
        if stamp is None:
            return None
        self.acts.append((slots.inner, slots.outer, stamp))
        return Node(to, sender, Proof(slots.inner, slots.outer, stamp), self.tick, above)

    def original(self, sender: int, to: int, text: bytes = TEXT) -> Node:
        node = self.post(sender, to, self.client.original(sender, text))
        assert node is not None
        assert self.client.accepts(text, sender, node.proof)
        return node

    def forward(self, held: Node, to: int, text: bytes = TEXT) -> Node:
        slots = self.client.forward(held.holder, text, held.proof)
        node = self.post(held.holder, to, slots, held)
        assert node is not None
        assert self.client.accepts(text, held.holder, node.proof)
        return node

    def evidence(self, node: Node, text: bytes = TEXT) -> bytes:
        return self.client.evidence(text, node.sender, node.proof)

    def report(self, node: Node, text: bytes = TEXT) -> Finding | None:
        return self.examine(self.evidence(node, text))

    def examine(self, evidence: bytes) -> Finding | None:
        return self.tracing.examiner.examine(self.book, evidence)

    def grow(self, parents: list[int], text: bytes = TEXT) -> list[Node]:
        """A cascade: user 0 sends to user 1, and the copy of user i + 2 comes from the holder of copy `parents[i]`."""
        nodes = [self.original(0, 1, text)]
        for i, parent in enumerate(parents):
            nodes.append(self.forward(nodes[parent], i + 2, text))
        return nodes

    def lengths(self) -> set[tuple[int, int, int]]:
        """Of inner, outer and stamp, over all acts."""
        return {(len(inner), len(outer), len(stamp)) for inner, outer, stamp in self.acts}


def trees(most: int = 200) -> st.SearchStrategy[list[int]]:
    """For each copy after the first, whose it is a forward of."""
    numbers = st.lists(st.integers(0, 2**32), max_size=most - 1)
    return numbers.map(lambda drawn: [number % (i + 1) for i, number in enumerate(drawn)])


def changed(data: bytes) -> Iterator[bytes]:
    """Every way to change one bit of a byte, some bytes of it lost, and some more."""
    for i in range(len(data)):
        yield data[:i] + bytes([data[i] ^ 1 << i % 8]) + data[i + 1 :]
    yield from (b"", data[:-1], data[1:], data + b"\0", b"\0" + data)


def reachable(root: object) -> Iterator[object]:
    """Everything that an object's attributes lead to."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        if isinstance(each, dict):
            waiting.extend([*each.keys(), *each.values()])
        elif isinstance(each, list | tuple | set | frozenset):
            waiting.extend(each)
        waiting.extend(getattr(each, "__dict__", {}).values())
        slots = (name for kind in type(each).__mro__ for name in getattr(kind, "__slots__", ()))
        waiting.extend(getattr(each, name) for name in slots if hasattr(each, name))


def secrets_of(party: object) -> set[bytes]:
    """The bytes that a party has, keys of libraries' objects among them."""
    found = set()
    for each in reachable(party):
        if isinstance(each, bytes):
            found.add(each)
        elif hasattr(each, "private_bytes_raw"):
            found.add(each.private_bytes_raw())
    return {secret for secret in found if len(secret) >= 16}
