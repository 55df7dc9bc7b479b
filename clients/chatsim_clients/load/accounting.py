"""What became of every message, in memory that does not grow with their number.

A conversation is one sender's device, one chat, and each recipient's device in it. Its messages are numbered from 0.
The sender keeps how many there were and which were refused; the recipient keeps which number comes next and which are
missing. `settle` puts both together when everything has arrived.
"""

from __future__ import annotations

import enum
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from attrs import define, field

RUNS_MAX = 256
"""Runs of numbers kept of one conversation; beyond, the oldest are only counted."""


class Arrival(enum.Enum):
    """How a copy stands to those that came before."""

    NEXT = "next"
    LATE = "late"
    """After one with a higher number: reordered."""
    AGAIN = "again"
    """A duplicate."""


@define(eq=False)
class Runs:
    """A set of numbers that grows at its upper end, as runs [start, end); at most `RUNS_MAX` of them are kept."""

    starts: list[int] = field(factory=list)
    ends: list[int] = field(factory=list)
    forgotten: int = 0
    """How many numbers are in runs that are only counted."""

    def append(self, start: int, end: int) -> None:
        """Put in a run above all others."""
        if self.ends and self.ends[-1] == start:
            self.ends[-1] = end
            return
        self.starts.append(start)
        self.ends.append(end)
        self._bound()

    def _bound(self) -> None:
        if len(self.starts) > RUNS_MAX:
            self.forgotten += self.ends.pop(0) - self.starts.pop(0)

    def remove(self, number: int) -> bool:
        """Take a number out; whether it was in."""
        at = bisect_right(self.starts, number) - 1
        if at < 0 or number >= self.ends[at]:
            return False
        start, end = self.starts[at], self.ends[at]
        if start == number and end == number + 1:
            del self.starts[at], self.ends[at]
        elif start == number:
            self.starts[at] = number + 1
        else:
            self.ends[at] = number
            if end > number + 1:
                self.starts.insert(at + 1, number + 1)
                self.ends.insert(at + 1, end)
                self._bound()
        return True

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self.starts, number) - 1
        return at >= 0 and number < self.ends[at]

    def numbers(self) -> Iterator[int]:
        """Those that are kept, rising."""
        for start, end in zip(self.starts, self.ends, strict=True):
            yield from range(start, end)

    def __len__(self) -> int:
        return self.forgotten + sum(self.ends) - sum(self.starts)


@define(eq=False)
class Heard:
    """What one recipient's device has received, conversation by conversation."""

    following: dict[int, int] = field(factory=dict)
    """The number that comes next."""
    missing: dict[int, Runs] = field(factory=dict)
    """Numbers below it that have not come."""
    streams: dict[tuple[int, int | None], set[int]] = field(factory=dict)
    """Numbers that came from one sender of a burst by one group (None: the contact's chat): few, and with gaps, because
    each act goes to other chats."""
    distinct: int = 0
    streamed: int = 0
    """How many of them came in streams."""
    duplicated: int = 0
    reordered: int = 0

    def hear(self, conversation: int, number: int) -> Arrival:
        """A copy with this number arrived."""
        following = self.following.get(conversation, 0)
        if number == following:
            self.following[conversation] = number + 1
            self.distinct += 1
            return Arrival.NEXT
        if number > following:
            self.missing.setdefault(conversation, Runs()).append(following, number)
            self.following[conversation] = number + 1
            self.distinct += 1
            return Arrival.NEXT
        missing = self.missing.get(conversation)
        if missing is None or not missing.remove(number):
            self.duplicated += 1
            return Arrival.AGAIN
        self.distinct += 1
        self.reordered += 1
        return Arrival.LATE

    def hear_of(self, conversation: int, group: int | None, number: int) -> Arrival:
        """The same for a stream."""
        numbers = self.streams.setdefault((conversation, group), set())
        if number in numbers:
            self.duplicated += 1
            return Arrival.AGAIN
        late = any(other > number for other in numbers)
        numbers.add(number)
        self.distinct += 1
        self.streamed += 1
        self.reordered += late
        return Arrival.LATE if late else Arrival.NEXT


@define(eq=False)
class Said:
    """What one sender's device has sent, by the slot of the chat."""

    following: dict[int, int] = field(factory=dict)
    chats: dict[int, int] = field(factory=dict)
    """Which chat is in a slot."""
    refused: dict[int, Runs] = field(factory=dict)
    bursts: int = 0
    """Acts of a burst: a stream of their own."""

    def say(self, slot: int, chat: int) -> int:
        """The number of the next message there."""
        number = self.following.get(slot, 0)
        if not number:
            self.chats[slot] = chat
        self.following[slot] = number + 1
        return number

    def refuse(self, slot: int, number: int) -> None:
        """The relay refused it: nobody will receive it. Verdicts come in the order of the acts."""
        self.refused.setdefault(slot, Runs()).append(number, number + 1)


class Line(NamedTuple):
    """One conversation as its sender knows it in the end."""

    sent: int
    refused: Runs | None
    unanswered: frozenset[int]
    """Without a verdict: they may have been delivered or not."""


class Received(NamedTuple):
    """The same as one recipient's device knows it."""

    following: int
    missing: Runs | None


class Settled(NamedTuple):
    """Of one conversation and recipient, or of many together."""

    expected: int
    delivered: int
    lost: int
    unsanctioned: int
    """Delivered though they were refused."""

    def __add__(self, other: object) -> Settled:
        assert isinstance(other, Settled)
        return Settled(*(one + two for one, two in zip(self, other, strict=True)))


NOTHING = Settled(0, 0, 0, 0)


def settle(line: Line, received: Received) -> Settled:
    """One conversation with one recipient, when nothing is on its way any more."""
    missing = received.missing

    def came(number: int) -> bool:
        return number < received.following and (missing is None or number not in missing)

    absent = line.sent - received.following + (0 if missing is None else len(missing))
    refused = line.refused or Runs()
    unsanctioned = sum(came(number) for number in refused.numbers())
    open_and_absent = sum(not came(number) for number in line.unanswered)
    excused = len(refused) - unsanctioned + open_and_absent
    lost = max(0, absent - excused)
    delivered = line.sent - absent - unsanctioned
    return Settled(delivered + lost, delivered, lost, unsanctioned)


def settle_all(
    lines: Mapping[int, tuple[Line, Iterable[int]]],
    heard: Mapping[int, Heard],
    strangers: AbstractSet[int] = frozenset(),
) -> Settled:
    """All conversations: `lines` by conversation, with the recipients of each; `heard` by recipient.

    Nothing is expected of `strangers`, who never logged in.
    """
    whole, total = 0, NOTHING
    for conversation, (line, recipients) in lines.items():
        plain = line.refused is None and not line.unanswered
        for recipient in recipients:
            if recipient in strangers:
                continue
            ears = heard.get(recipient)
            following = 0 if ears is None else ears.following.get(conversation, 0)
            missing = None if ears is None else ears.missing.get(conversation)
            if plain and following == line.sent and not missing:
                whole += line.sent
            else:
                total += settle(line, Received(following, missing))
    return total + Settled(whole, whole, 0, 0)
