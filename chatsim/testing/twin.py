"""The naive twin: the whole simulation once more, slowly and plainly, as the judge of every backend.

It has no relay, no wire and no persons: one view of the world, an agenda of what happens at which tick, and the rules
of ARCHITECTURE.md, "Rules, exactly", one after another. A backend is right when `play` gives the same `RunOutcome`.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
from attrs import Factory, define, field, fields

from chatsim.behaviour.values import Audience, Behaviour, Cheat, Content, FirstSend
from chatsim.cascade.values import NOBODY, Column, ContentRun, Deeds, FirstCopies, RunOutcome
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
    after_the_night,
    chats_of,
    first_noon,
    label_of,
    numbers_of,
    one_further,
    originators_of,
    picked,
    read,
    receivers_of,
    scaled,
    tier_of,
)

PASTE_SECONDS = 15


def play(
    population: Population,
    contents: tuple[Content, ...],
    behaviour: Behaviour,
    policy: Policy,
    *,
    seed: int,
    run: int,
    originators: int,
    duration_seconds: int,
    enforcement: Enforcement,
) -> RunOutcome:
    """One run of `contents` under `policy`; contents do not meet, so they are played one by one."""
    return RunOutcome(
        tuple(
            World(
                population,
                content,
                behaviour,
                policy,
                Draws(seed, number, run),
                duration_seconds,
                enforcement,
            ).played(originators)
            for number, content in enumerate(contents)
        )
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
class World:
    """One content in one run."""

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
            self.receive(tick)
        return self.outcome()

    def receive(self, tick: int) -> None:
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
                self.received_first(holder)
        self.arrivals = {}

    # Wanting

    def post(self, holder: Holder, tick: int) -> None:
        """An originator's first send."""
        if self.behaviour.audience is Audience.EACH:
            self.plan_each(holder, tick)
            return
        self.want(holder, tick)
        if self.behaviour.first_send is FirstSend.CAPPED:
            self.act(holder, 1, None, tick)
        elif holder.left:
            holder.actions = 1
            self.send_original(holder, holder.left, tick)

    def received_first(self, holder: Holder) -> None:
        if self.behaviour.audience is Audience.EACH:
            self.plan_each(holder, holder.tick)
            return
        delay = read(self.numbers.reading_delay, self.person_words(holder)[0])
        self.at(self.later(holder.tick, delay), partial(self.read_and_decide, holder))

    def later(self, tick: int, delay: int) -> int:
        """When somebody who was reached at `tick` and takes `delay` reads, or sends."""
        tick += max(self.behaviour.lookahead_seconds, delay)
        offset = self.population.utc_offset_seconds
        return after_the_night(tick, offset) if self.behaviour.night else tick

    def read_and_decide(self, holder: Holder, tick: int) -> None:
        if self.person_words(holder)[1] >= self.share_threshold(holder, tick):
            return
        self.want(holder, tick)
        if holder.modified:
            self.ask_for_everything(holder, tick)
        else:
            self.act(holder, 1, None, tick)

    def person_words(self, holder: Holder) -> tuple[int, int, int, int]:
        return self.draws.words(holder.user, philox.PERSON)

    def share_threshold(self, holder: Holder, tick: int) -> int:
        threshold = read(self.numbers.share, self.susceptibility[holder.user])
        threshold = scaled(threshold, self.numbers.label_factors[holder.label])
        age_hours = (tick - self.first_post) // ONE_HOUR
        return scaled(threshold, self.numbers.staleness[age_hours])

    def want(self, holder: Holder, tick: int) -> None:
        chats = chats_of(self.population, holder.user)
        holder.left = picked(self.draws, self.numbers, holder.user, chats)
        holder.wanted = len(holder.left)
        holder.first_action = tick

    # Acting, `pick`

    def ask_for_everything(self, holder: Holder, tick: int) -> None:
        """The first action of a modified client."""
        if not holder.left:
            return
        holder.actions += 1
        verdict = self.forward(holder, holder.left, tick)
        if not verdict.allowed:
            self.go_on(holder, 2, verdict, tick)
            if not self.offered(holder, verdict.limit):
                holder.denied = holder.wanted

    def act(self, holder: Holder, number: int, limit: int | None, tick: int) -> None:
        """Action `number` (from 1) of somebody with an honest app."""
        taken = self.offered(holder, limit)
        if holder.modified and number == 2:  # action 1 asked for everything
            holder.denied = holder.wanted - len(taken)
        elif number == 1:
            holder.held_back = holder.wanted - len(taken)
        if not taken:
            self.paste(holder, tick)
            return
        holder.actions += 1
        verdict = self.send(holder, [holder.left[i] for i in taken], tick)
        if not verdict.allowed:
            self.go_on(holder, number + 1, verdict, tick)
            return
        holder.left = [chat for i, chat in enumerate(holder.left) if i not in taken]
        coin, _, _, _ = self.draws.words(holder.user, philox.PERSISTENCE, number)
        if self.offered(holder, None) and coin < self.numbers.persistence:
            again = partial(self.act, holder, number + 1, None)
            self.at(tick + self.behaviour.redo_seconds, again)
        else:
            self.paste(holder, tick)

    def go_on(self, holder: Holder, number: int, verdict: Verdict, tick: int) -> None:
        """After a refusal: action `number` follows, if it can be of any use."""
        if self.offered(holder, verdict.limit):
            again = partial(self.act, holder, number, verdict.limit)
            self.at(tick + self.behaviour.redo_seconds, again)
        else:
            self.paste(holder, tick)

    def offered(self, holder: Holder, limit: int | None) -> list[int]:
        """Which of the chats left, by position, an honest app lets somebody take in one action."""
        hop_limit = self.policy.hop_limit
        hop = 0 if holder.originator else one_further(holder.hop)
        if hop_limit is not None and hop > hop_limit:
            return []
        tier = tier_of(self.policy, holder.hop)
        cap_person = self.policy.cap_person
        unused = None if cap_person is None else cap_person - holder.forwarded_chats
        chats = min(cap for cap in (tier.chats, unused, limit, len(holder.left)) if cap is not None)
        taken: list[int] = []
        groups = 0
        for position, (is_group, _) in enumerate(holder.left):
            if len(taken) < chats and not (is_group and groups == tier.groups):
                taken.append(position)
                groups += is_group
        return taken

    def paste(self, holder: Holder, tick: int) -> None:
        """What is left goes out as originals, one chat after another, or not at all."""
        if self.person_words(holder)[3] >= self.numbers.paste:
            return
        for j, chat in enumerate(holder.left):
            if chat != holder.origin:
                step = partial(self.send_original, holder, [chat])
                self.at(tick + PASTE_SECONDS * (j + 1), step)

    # Acting, `each`

    def plan_each(self, holder: Holder, tick: int) -> None:
        """Every chat on its own coin and its own delay."""
        threshold = self.share_threshold(holder, tick)
        recovery = self.numbers.recovery
        word, _, _, _ = self.draws.words(holder.user, philox.RECOVERY)
        planned: dict[int, list[Chat]] = {}
        for index, chat in enumerate(chats_of(self.population, holder.user)):
            coin, delay_word, _, _ = self.draws.words(holder.user, philox.EACH, index)
            delay = read(self.numbers.chat_delay, delay_word)
            if coin < threshold and (recovery is None or delay < read(recovery, word)):
                planned.setdefault(self.later(tick, delay), []).append(chat)
        for sending, chats in planned.items():
            self.at(sending, partial(self.act_each, holder, chats))

    def act_each(self, holder: Holder, chats: list[Chat], tick: int) -> None:
        """The chats of one tick: once, whatever comes of it."""
        if holder.first_action is None:
            holder.first_action = tick
        holder.wanted += len(chats)
        holder.left = chats
        free = holder.originator and self.behaviour.first_send is FirstSend.FREE
        everything = free or holder.modified
        taken = chats if everything else [chats[i] for i in self.offered(holder, None)]
        holder.held_back += len(chats) - len(taken)
        if not taken:
            return
        holder.actions += 1
        if not holder.modified:
            verdict = self.send(holder, taken, tick)
            asked = self.elsewhere(holder, taken)
        else:
            verdict = self.forward(holder, taken, tick)
            asked = taken
        holder.denied += 0 if verdict.allowed else len(asked)

    # Sending

    def send(self, holder: Holder, taken: list[Chat], tick: int) -> Verdict:
        """What an honest app does with the chats taken; nothing goes where the copy came from."""
        if holder.originator:
            self.send_original(holder, taken, tick)
            return ALLOWED
        chats = self.elsewhere(holder, taken)
        return self.forward(holder, chats, tick) if chats else ALLOWED

    def elsewhere(self, holder: Holder, chats: list[Chat]) -> list[Chat]:
        return [chat for chat in chats if chat != holder.origin]

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
