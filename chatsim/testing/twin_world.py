"""The naive twin's world: who holds what, the agenda of ticks, copies on their way, and what the relay would say."""

from __future__ import annotations

import abc
import heapq
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
from attrs import Factory, define, field, fields

from chatsim.behaviour.values import Behaviour, Cheat, Content
from chatsim.cascade.values import NOBODY, Column, ContentRun, Deeds, FirstCopies
from chatsim.model import (
    ALLOWED,
    HOP_MAX,
    ONE_HOUR,
    ONE_MINUTE,
    Enforcement,
    Label,
    Reason,
    Verdict,
)
from chatsim.policy.values import Policy
from chatsim.population.values import Population
from chatsim.randomness import philox, tables
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
    tier_of,
)


@define(eq=False)
class Holder:
    """A user who holds the content, the copy that counted, and what the user did with it."""

    user: int
    tick: int
    hop: int
    label: Label
    modified: bool
    parent: int = NOBODY
    group: int = NOBODY
    lineage: int = 0
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

    @property
    def originator(self) -> bool:
        return self.parent == NOBODY

    @property
    def origin(self) -> Chat:
        """The chat that the copy came from."""
        return (False, self.parent) if self.group == NOBODY else (True, self.group)


Arrival = tuple[int, int, int, int]
"""Claimed hop, sender, group or NOBODY (which sorts contacts first), lineage."""


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
    holders: dict[int, Holder] = field(init=False, factory=dict)
    agenda: dict[int, list[Callable[[int], None]]] = field(init=False, factory=dict)
    ticks: list[int] = field(init=False, factory=list)
    """A heap of the agenda's ticks."""
    arrivals: dict[int, list[Arrival]] = field(init=False, factory=dict)
    """This tick's copies by receiver."""
    forwards: dict[int, list[tuple[int, int]]] = field(init=False, factory=dict)
    """(tick, chats) of every forward by lineage."""
    lineages: int = field(init=False, default=0)
    received: list[int] = field(init=False)
    copies_by_hour: list[int] = field(init=False)
    first_post: int = field(init=False)
    susceptibility: list[int] = field(init=False)
    """The word of every user's susceptibility."""
    modified: list[bool] = field(init=False)
    """Whether a user has a modified client."""
    numbers: Numbers = field(init=False)

    def __attrs_post_init__(self) -> None:
        hours = -(-self.duration // ONE_HOUR)
        self.received = [0] * self.population.users
        self.copies_by_hour = [0] * hours
        self.first_post = first_noon(self.population.utc_offset_seconds)
        given = Draws(self.population.seed)
        everybody = range(self.population.users)
        self.susceptibility = [given.words(u, philox.SUSCEPTIBILITY)[0] for u in everybody]
        chance = tables.threshold(self.behaviour.modified_clients)
        self.modified = [given.words(u, philox.MODIFIED)[0] < chance for u in everybody]
        self.numbers = numbers_of(self.behaviour, self.content, self.susceptibility, hours)

    # The agenda

    def at(self, tick: int, step: Callable[[int], None]) -> None:
        """Do `step` at `tick`, unless the run is over by then."""
        if tick >= self.duration:
            return
        if tick not in self.agenda:
            heapq.heappush(self.ticks, tick)
        self.agenda.setdefault(tick, []).append(step)

    def played(self, originators: int) -> ContentRun:
        """The whole run."""
        if self.first_post < self.duration:
            for user in originators_of(self.draws, self.population.users, originators):
                holder = Holder(user, self.first_post, 0, Label.NONE, modified=False)
                self.holders[user] = holder
                self.at(self.first_post, partial(self.post, holder))
        while self.ticks:
            tick = heapq.heappop(self.ticks)
            for step in self.agenda.pop(tick):
                step(tick)
            self.settle(tick)
        return self.outcome()

    def settle(self, tick: int) -> None:
        """When a tick is over: the smallest copy makes a holder of whoever was none."""
        for user, arrivals in self.arrivals.items():
            if user not in self.holders:
                hop, sender, group, lineage = min(arrivals)
                holder = Holder(
                    user,
                    tick,
                    hop,
                    label_of(self.policy, hop),
                    self.modified[user],
                    sender,
                    group,
                    lineage,
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

    def send_original(self, holder: Holder, chats: list[Chat], tick: int) -> None:
        """One act, one new lineage."""
        self.lineages += 1
        holder.original_chats += len(chats)
        holder.original_copies += self.deliver(holder.user, chats, 0, self.lineages, tick)

    def forward(self, holder: Holder, chats: list[Chat], tick: int) -> Verdict:
        """One act, refused whole or delivered whole."""
        verdict = self.judged(holder, chats, tick)
        if not verdict.allowed:
            holder.refused += 1
            return verdict
        self.forwards.setdefault(holder.lineage, []).append((tick, len(chats)))
        hop = self.hop_made(holder)
        holder.forwarded_chats += len(chats)
        holder.forwarded_copies += self.deliver(holder.user, chats, hop, holder.lineage, tick)
        return verdict

    def judged(self, holder: Holder, chats: list[Chat], tick: int) -> Verdict:
        """What the relay says.

        Nobody acts twice on a copy before the action budget is full again, so it is a plain cap here.
        """
        if self.enforcement is Enforcement.CLIENT:
            return ALLOWED
        policy, tier = self.policy, tier_of(self.policy, holder.hop)
        closed = self.closed_total(holder.lineage, tick)
        for reason, amount, cap in (
            (Reason.HOP_LIMIT, one_further(holder.hop), policy.hop_limit),
            (Reason.CHATS_PER_ACTION, len(chats), tier.chats),
            (Reason.GROUPS_PER_ACTION, sum(is_group for is_group, _ in chats), tier.groups),
            (Reason.CHATS_PER_PERSON, holder.forwarded_chats + len(chats), policy.cap_person),
            (Reason.CHATS_IN_TOTAL, closed + len(chats), policy.cap_total),
        ):
            if cap is not None and amount > cap:
                limited = reason is Reason.CHATS_IN_TOTAL
                return Verdict(reason, max(0, cap - closed) if limited else None)
        return ALLOWED

    def closed_total(self, lineage: int, tick: int) -> int:
        """The lineage's forwarded chats before the minute of `tick`."""
        minute = tick // ONE_MINUTE * ONE_MINUTE
        return sum(chats for then, chats in self.forwards.get(lineage, []) if then < minute)

    def hop_made(self, holder: Holder) -> int:
        """The hop that this user's forwards claim."""
        if self.enforcement is Enforcement.CLIENT and self.modified[holder.user]:
            return 0 if self.behaviour.cheat is Cheat.STRIP else HOP_MAX
        return one_further(holder.hop)

    def deliver(self, sender: int, chats: list[Chat], hop: int, lineage: int, tick: int) -> int:
        """How many copies one act delivers."""
        copies = 0
        for chat in chats:
            is_group, number = chat
            arrival = (hop, sender, number if is_group else NOBODY, lineage)
            for receiver in receivers_of(self.population, sender, chat):
                self.arrivals.setdefault(receiver, []).append(arrival)
                self.received[receiver] += 1
                copies += 1
        self.copies_by_hour[tick // ONE_HOUR] += copies
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
        )


def _column(values: Iterable[Any]) -> Column:
    return np.array(list(values), dtype=np.int64)
