"""What one message costs under a mode: bytes, which are exact, and process time, which is measured."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable

from attrs import define, field, frozen

from chatsim.model import Traceability
from chatsim.provenance.keys import fresh, number_bytes
from chatsim.provenance.modes import set_up
from chatsim.provenance.values import Proof, Slots

MESSAGES = 400
"""With a text of their own, and as many forwards of them."""
TEXT_BYTES = 200


@frozen
class MessageCost:
    """Of one message, in the mean."""

    slot_bytes: int
    stored_new: float
    stored_forward: float
    client_us: float
    """Process time of the apps: to write it, and to check it on arrival."""
    relay_us: float


@frozen
class SealedCost:
    """Of one report behind a threshold, in the mean."""

    threshold: int
    added_bytes: int
    app_us: float
    """Process time of the reporter's app, which knows nothing of other reports."""
    platform_us: float
    """That of the platform, over the first reports of a lineage until they open."""


@define(eq=False)
class _Book:
    """Entries by key, none forgotten."""

    entries: dict[bytes, bytes] = field(factory=dict)

    def get(self, key: bytes) -> bytes | None:
        return self.entries.get(key)

    def put(self, key: bytes, value: bytes, tick: int) -> None:
        self.entries[key] = value

    def items(self) -> Iterable[tuple[bytes, bytes]]:
        return self.entries.items()

    @property
    def size(self) -> int:
        return sum(len(key) + len(value) for key, value in self.entries.items())


def message_cost(mode: Traceability, messages: int = MESSAGES) -> MessageCost:
    """Sends `messages` texts from one user to another, who forwards each to a third."""
    tracing, book = set_up(mode, fresh()), _Book()
    client, relay = tracing.client, tracing.relay
    texts = [number_bytes(i).ljust(TEXT_BYTES, b"\0") for i in range(messages)]

    def admitted(sender: int, written: list[Slots]) -> list[Proof]:
        stamps = [relay.admit(book, 0, sender, (sender + 1,), each.outer) for each in written]
        return [
            Proof(each.inner, each.outer, stamp or b"")
            for each, stamp in zip(written, stamps, strict=True)
        ]

    def checked(sender: int, proofs: list[Proof]) -> None:
        for text, proof in zip(texts, proofs, strict=True):
            assert client.accepts(text, sender, proof)

    ticks = [time.process_time()]
    originals = [client.original(1, text) for text in texts]
    ticks.append(time.process_time())
    held = admitted(1, originals)
    ticks.append(time.process_time())
    checked(1, held)
    new = book.size
    ticks.append(time.process_time())
    forwards = [client.forward(2, text, each) for text, each in zip(texts, held, strict=True)]
    ticks.append(time.process_time())
    passed = admitted(2, forwards)
    ticks.append(time.process_time())
    checked(2, passed)
    ticks.append(time.process_time())
    spent = [later - earlier for earlier, later in itertools.pairwise(ticks)]
    in_us = 1e6 / (2 * messages)
    return MessageCost(
        slot_bytes=client.inner_bytes + client.outer_bytes + client.stamp_bytes,
        stored_new=new / messages,
        stored_forward=(book.size - new) / messages,
        client_us=in_us * (spent[0] + spent[2] + spent[3] + spent[5]),
        relay_us=in_us * (spent[1] + spent[4]),
    )


def sealed_cost(threshold: int, reports: int = MESSAGES) -> SealedCost:
    """Has each of some lineages reported by `threshold` people, so that all opens; at least `reports` in all."""
    from chatsim.provenance.threshold import Tally, report  # noqa: PLC0415 - takes cryptography

    lineages = -(-reports // threshold)
    evidence = bytes(TEXT_BYTES)
    seeds, platform = [fresh() for _ in range(lineages)], Tally(threshold)
    ticks = [time.process_time()]
    made = [
        (reporter, report(seed, threshold, reporter, evidence))
        for seed in seeds
        for reporter in range(threshold)
    ]
    ticks.append(time.process_time())
    opened = sum(len(platform.hear(reporter, said)) for reporter, said in made)
    ticks.append(time.process_time())
    assert opened == len(made)
    app, took = (1e6 * (later - earlier) / opened for earlier, later in itertools.pairwise(ticks))
    return SealedCost(threshold, len(made[0][1]) - TEXT_BYTES, app, took)
