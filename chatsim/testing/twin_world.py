"""The naive twin's world: who holds what, the agenda of ticks, and copies on their way."""

from __future__ import annotations

import abc
import heapq
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
from attrs import Factory, define, field, fields

from chatsim.behaviour.values import GREEDY, PASTING, Behaviour, Cheat, Content
from chatsim.cascade.values import NOBODY, Column, ContentRun, Deeds, FirstCopies
from chatsim.model import HOP_MAX, ONE_HOUR, ONE_MINUTE, Enforcement, Label, Verdict
from chatsim.policy.values import Policy
from chatsim.population.parts import Parts
from chatsim.population.values import Population
from chatsim.randomness import philox, tables
from chatsim.testing.twin_books import Books, Hours
from chatsim.testing.twin_rules import (
    Chat,
    Draws,
    Numbers,
    first_noon,
    label_of,
    numbers_of,
    one_further,
    originators_of,
    receivers_of,
)


@define(eq=False)
class Holder:
    """A user who holds the content, the copy that counted, and what the user did with it."""

    user: int
    tick: int
    hop: int
    label: Label
    cheat: Cheat = Cheat.HONEST
    """What somebody's app does; HONEST with what one starts oneself."""
    parent: int = NOBODY
    group: int = NOBODY
    lineage: int = 0
    edition: int = 0
    """0: the bytes that the content was posted with; else a number for each way in which they were re-encoded."""
    first_action: int | None = None
    """Tick; None while nothing was wanted."""
    left: list[Chat] = Factory(list)
    """Chats wanted and not yet dealt with, in order."""
    wanted: int = 0
    held_back: int = 0
    denied: int = 0
    actions: int = 0
    refused: int = 0
    forwarded_chats: int = 0
    forwarded_copies: int = 0
    original_chats: int = 0
    original_copies: int = 0
    abandoned: int = 0
    waited: bool = False
    """Whether a refusal that time lifts was waited for."""

    @property
    def originator(self) -> bool:
        return self.parent == NOBODY

    @property
    def greedy(self) -> bool:
        """Whether the app asks for everything at once."""
        return self.cheat in GREEDY

    @property
    def sends_originals(self) -> bool:
        """Whether what goes out is a text of one's own, or as good as that."""
        return self.originator or self.cheat in PASTING

    @property
    def edition_sent(self) -> int:
        """Which bytes somebody sends."""
        return self.user + 1 if self.cheat is Cheat.REENCODE else self.edition

    @property
    def origin(self) -> Chat:
        """The chat that the copy came from."""
        return (False, self.parent) if self.group == NOBODY else (True, self.group)


Arrival = tuple[int, int, int, int, int]
"""Claimed hop, sender, group or NOBODY (which sorts contacts first), lineage, edition."""


@define(eq=False)
class World(abc.ABC):
    """One content in one run; `chatsim.testing.twin` adds what people do in it."""

    population: Population
    content: Content
    behaviour: Behaviour
    policy: Policy
    draws: Draws
    duration: int
    enforcement: Enforcement
    parts: Parts
    hours: Hours
    holders: dict[int, Holder] = field(init=False, factory=dict)
    agenda: dict[int, list[Callable[[int], None]]] = field(init=False, factory=dict)
    ticks: list[int] = field(init=False, factory=list)
    """A heap of the agenda's ticks."""
    arrivals: dict[int, list[Arrival]] = field(init=False, factory=dict)
    """This tick's copies by receiver."""
    books: Books = field(init=False)
    by_edition: dict[int, Books] = field(init=False, factory=dict)
    """What breaker and officer count: they know a content by its bytes."""
    lineages: int = field(init=False, default=0)
    received: list[int] = field(init=False)
    copies_by_hour: list[int] = field(init=False)
    first_post: int = field(init=False)
    susceptibility: list[int] = field(init=False)
    """The word of every user's susceptibility."""
    cheats: list[Cheat] = field(init=False)
    """By user."""
    educated: list[int] = field(init=False)
    """The word that says whether education reaches a user."""
    numbers: Numbers = field(init=False)

    def __attrs_post_init__(self) -> None:
        hours = -(-self.duration // ONE_HOUR)
        self.received = [0] * self.population.users
        self.copies_by_hour = [0] * hours
        self.books = Books(-(-self.duration // ONE_MINUTE))
        self.first_post = self.duration
        given = Draws(self.population.seed)
        everybody = range(self.population.users)
        self.susceptibility = [given.words(u, philox.SUSCEPTIBILITY)[0] for u in everybody]
        self.cheats = [self.cheat_of(given.words(u, philox.MODIFIED)[0]) for u in everybody]
        self.educated = [given.words(u, philox.EDUCATED)[0] for u in everybody]
        self.numbers = numbers_of(self.behaviour, self.content, self.susceptibility, hours)

    def cheat_of(self, word: int) -> Cheat:
        """The cheat of whoever draws this word."""
        together = 0.0
        for cheat, share in zip(list(Cheat)[1:], self.behaviour.cheats, strict=True):
            together += share
            if word < tables.threshold(min(1.0, together)):
                return cheat
        return Cheat.HONEST

    def books_of(self, edition: int) -> Books:
        """What is counted of these bytes of the content."""
        return self.by_edition.setdefault(edition, Books(self.books.minutes))

    def policy_of(self, user: int) -> Policy:
        """The rules that a user lives under."""
        return self.policy.for_part(self.parts.parts[self.parts.part_of(user)])

    def offset_of(self, user: int) -> int:
        """Seconds east of UTC."""
        part = self.parts.parts[self.parts.part_of(user)]
        return part.utc_offset_seconds + self.population.utc_offset_seconds

    # The agenda

    def at(self, tick: int, step: Callable[[int], None]) -> None:
        """Do `step` at `tick`, unless the run is over by then."""
        if tick >= self.duration:
            return
        if tick not in self.agenda:
            heapq.heappush(self.ticks, tick)
        self.agenda.setdefault(tick, []).append(step)

    def start(self, originators: int) -> None:
        """The originators hold the content, and will post at their noon, if the run lasts so long."""
        for user in originators_of(self.draws, self.population.users, originators):
            noon = first_noon(self.offset_of(user))
            if noon < self.duration:
                holder = Holder(user, noon, 0, Label.NONE)
                self.holders[user] = holder
                self.at(noon, partial(self.post, holder))
                self.first_post = min(self.first_post, noon)

    @property
    def next_tick(self) -> int:
        """When anything happens next; the end of the run where nothing does."""
        return self.ticks[0] if self.ticks else self.duration

    def play(self, tick: int) -> None:
        """What happens at a tick, if anything does."""
        if self.next_tick != tick:
            return
        heapq.heappop(self.ticks)
        for step in self.agenda.pop(tick):
            step(tick)
        self.settle(tick)

    def settle(self, tick: int) -> None:
        """When a tick is over: the smallest copy makes a holder of whoever was none."""
        for user, arrivals in self.arrivals.items():
            if user not in self.holders:
                hop, sender, group, lineage, edition = min(arrivals)
                holder = Holder(
                    user,
                    tick,
                    hop,
                    label_of(self.policy_of(sender), hop),
                    self.cheats[user],
                    sender,
                    group,
                    lineage,
                    edition,
                )
                self.holders[user] = holder
                self.receive(holder)
        self.arrivals = {}

    @abc.abstractmethod
    def post(self, holder: Holder, tick: int) -> None:
        """An originator's first send."""

    @abc.abstractmethod
    def receive(self, holder: Holder) -> None:
        """What becomes of somebody's first copy, at the end of its tick."""

    # Sending

    def send_original(self, holder: Holder, chats: list[Chat], tick: int) -> Verdict:
        """One act, one new lineage; only who sees the content may refuse it."""
        verdict = self.seen(holder, tick)
        if not verdict.allowed:
            holder.refused += 1
            return verdict
        self.lineages += 1
        holder.original_chats += len(chats)
        holder.original_copies += self.deliver(holder, chats, 0, self.lineages, tick)
        return verdict

    def forward(self, holder: Holder, chats: list[Chat], tick: int) -> Verdict:
        """One act, refused whole or delivered whole."""
        verdict = self.seen(holder, tick)
        if verdict.allowed and self.enforcement.relay_counts:
            verdict = self.books.judged(
                self.policy_of(holder.user), holder, chats, tick, self.hours
            )
        if not verdict.allowed:
            holder.refused += 1
            return verdict
        self.books.forwards.setdefault(holder.lineage, []).append((tick, len(chats)))
        self.hours.use(holder.user, tick, len(chats))
        hop = self.hop_made(holder)
        holder.forwarded_chats += len(chats)
        holder.forwarded_copies += self.deliver(holder, chats, hop, holder.lineage, tick)
        return verdict

    def seen(self, holder: Holder, tick: int) -> Verdict:
        """What breaker and officer say of any act of this content."""
        return self.books_of(holder.edition_sent).seen(self.policy_of(holder.user), tick)

    def hop_made(self, holder: Holder) -> int:
        """The hop that what this user passes on claims."""
        if holder.cheat in PASTING:
            return 0
        if not self.enforcement.relay_counts:
            match self.cheats[holder.user]:
                case Cheat.RELABEL:
                    return 0
                case Cheat.INFLATE:
                    return HOP_MAX
                case _:
                    pass
        return one_further(holder.hop)

    def deliver(self, holder: Holder, chats: list[Chat], hop: int, lineage: int, tick: int) -> int:
        """How many copies one act delivers."""
        copies, sender = 0, holder.user
        for chat in chats:
            is_group, number = chat
            arrival = (hop, sender, number if is_group else NOBODY, lineage, holder.edition_sent)
            for receiver in receivers_of(self.population, sender, chat):
                self.arrivals.setdefault(receiver, []).append(arrival)
                self.received[receiver] += 1
                copies += 1
        self.copies_by_hour[tick // ONE_HOUR] += copies
        self.books_of(holder.edition_sent).copies_by_minute[tick // ONE_MINUTE] += copies
        return copies

    # The outcome

    def outcome(self) -> ContentRun:
        by_time = sorted(self.holders.values(), key=lambda holder: (holder.tick, holder.user))
        by_user = sorted(self.holders.values(), key=lambda holder: holder.user)
        doers = [holder for holder in by_user if holder.first_action is not None]
        columns: dict[str, Column] = {
            name: _column(getattr(holder, name) for holder in doers)
            for name in (column.name for column in fields(Deeds))
            if name not in {"tick", "hop_made"}
        }
        return ContentRun(
            first_copies=FirstCopies(
                **{
                    column.name: _column(getattr(holder, column.name) for holder in by_time)
                    for column in fields(FirstCopies)
                }
            ),
            deeds=Deeds(
                tick=_column(holder.first_action for holder in doers),
                hop_made=_column(self.hop_made(holder) for holder in doers),
                **columns,
            ),
            copies_by_hour=_column(self.copies_by_hour),
            received=_column(self.received),
            complaints=sum(len(books.complaints) for books in self.by_edition.values()),
        )


def _column(values: Iterable[Any]) -> Column:
    return np.array(list(values), dtype=np.int64)
