"""What the users of one worker mean to send: message by message, from keyed draws or a trace."""

from __future__ import annotations

import abc
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from attrs import define, field

from chatsim.randomness.tables import threshold
from chatsim_clients.load.arrivals import Arrivals
from chatsim_clients.load.bodies import ASKS, FORWARD, HEADER_BYTES
from chatsim_clients.load.conversations import Chat, Chats, Circle
from chatsim_clients.load.keyed import MESSAGE, Integers, draws, normal
from chatsim_clients.load.parts import BODY_MAX, BodySize, FixedBody, ListedBody, LognormalBody
from chatsim_clients.load.plan import LoadPlan
from chatsim_clients.load.presence import Absence
from chatsim_clients.load.traces import Trace

BLOCK = 64
"""Messages that a closed workload draws together for one user."""


class Intent(NamedTuple):
    """One message that a user means to send."""

    seconds: float
    """When, from the start of the load."""
    user: int
    chat: Chat
    flags: int
    size: int


def sizes_of(body: BodySize, words: Integers) -> list[int]:
    """Bytes of as many bodies as there are words."""
    match body:
        case FixedBody():
            return [body.size] * len(words)
        case LognormalBody():
            sizes = np.floor(body.median * np.exp(body.sigma * normal(words)))
            clipped: list[int] = np.clip(sizes, HEADER_BYTES, BODY_MAX).astype(np.int64).tolist()
            return clipped
        case ListedBody():
            return [body.sizes[word * len(body.sizes) >> 32] for word in words.tolist()]


@define(eq=False)
class Writer:
    """Turns draws into messages: to which chat, a forward or not, how long."""

    plan: LoadPlan
    circle: Circle
    _chats: dict[int, Chats] = field(factory=dict)
    _forwards: int = field(init=False)
    _notices: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        # One word decides both: its halves are drawn independently.
        self._forwards = threshold(self.plan.mix.forwards) >> 16
        self._notices = threshold(self.plan.mix.notices) >> 16

    def prepare(self, users: Integers) -> None:
        """Work out everybody's chats before the load begins: a tenth of a millisecond each would make messages late."""
        for user in users.tolist():
            self._chats[user] = self.circle.chats_of(user)

    def write(
        self, seconds: Sequence[float], users: Integers, indices: Integers
    ) -> Iterator[Intent]:
        """The messages with these numbers; a user without anybody to write to sends none."""
        coins, whiches, kinds, lengths = draws(self.plan.seed, users, MESSAGE, indices)
        rows = zip(
            seconds,
            users.tolist(),
            coins.tolist(),
            whiches.tolist(),
            kinds.tolist(),
            sizes_of(self.plan.body, lengths),
            strict=True,
        )
        for at, user, coin, which, kind, size in rows:
            chats = self._chats.get(user)
            if chats is None:
                chats = self._chats[user] = self.circle.chats_of(user)
            chat = chats.choose(coin, which, self.circle.thresholds)
            if chat is None:
                continue
            flags = FORWARD if (kind >> 16) < self._forwards else 0
            if (kind & 0xFFFF) < self._notices:
                flags |= ASKS
            yield Intent(at, user, chat, flags, size)


class Intents(abc.ABC):
    """The messages of an open load or a replay, handed out as time passes."""

    @abc.abstractmethod
    def until(self, seconds: float) -> list[Intent]:
        """Those before this time that were not handed out yet, in order."""


@define(eq=False)
class OpenIntents(Intents):
    """Whoever is away as planned means to send nothing."""

    arrivals: Arrivals
    writer: Writer
    absences: Mapping[int, Sequence[Absence]]

    def until(self, seconds: float) -> list[Intent]:
        times, users, indices = self.arrivals.until(seconds)
        if not len(times):
            return []
        intents = self.writer.write(times.tolist(), users, indices)
        if not self.absences:
            return list(intents)
        return [intent for intent in intents if not self._away(intent.user, intent.seconds)]

    def _away(self, user: int, seconds: float) -> bool:
        return any(away.begin <= seconds < away.end for away in self.absences.get(user, ()))


@define(eq=False)
class ReplayIntents(Intents):
    """Every message of a trace that users of this worker sent."""

    trace: Trace
    mine: Integers
    """Which rows."""
    speed: float
    body: BodySize
    _position: int = 0
    _slots: dict[tuple[int, int], Chat] = field(factory=dict)
    _known: dict[int, int] = field(factory=dict)

    def until(self, seconds: float) -> list[Intent]:
        trace = self.trace
        found: list[Intent] = []
        while self._position < len(self.mine):
            row = int(self.mine[self._position])
            at = float(trace.times[row]) / self.speed
            if at >= seconds:
                break
            self._position += 1
            sender, recipient = int(trace.senders[row]), int(trace.recipients[row])
            size = sizes_of(self.body, np.array([row * 0x9E3779B1 & 0xFFFFFFFF]))[0]
            found.append(Intent(at, sender, self._chat(sender, recipient), 0, size))
        return found

    def _chat(self, sender: int, recipient: int) -> Chat:
        chat = self._slots.get((sender, recipient))
        if chat is None:
            slot = self._known.get(sender, 0)
            self._known[sender] = slot + 1
            chat = self._slots[sender, recipient] = Chat(slot, recipient, 1)
        return chat


@define(eq=False)
class ClosedIntents:
    """What each user sends next, whenever that is."""

    writer: Writer
    _drawn: dict[int, Iterator[Intent]] = field(factory=dict)
    _blocks: dict[int, int] = field(factory=dict)

    def following(self, user: int) -> Intent | None:
        """None for a user who has nobody to write to."""
        intent = next(self._drawn.get(user, iter(())), None)
        if intent is None:
            block = self._blocks.get(user, 0)
            self._blocks[user] = block + 1
            indices = np.arange(block * BLOCK, (block + 1) * BLOCK, dtype=np.int64)
            drawn = self.writer.write([0.0] * BLOCK, np.full_like(indices, user), indices)
            self._drawn[user] = iter(drawn)
            intent = next(self._drawn[user], None)
        return intent
