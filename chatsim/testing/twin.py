"""The naive twin: the whole simulation once more, slowly and plainly, as the judge of every backend.

It has no relay, no wire and no persons: one view of the world, an agenda of what happens at which tick, and the rules
of ARCHITECTURE.md, "Rules, exactly", one after another. A backend is right when `play` gives the same `RunOutcome`.
"""

from __future__ import annotations

from functools import partial

from attrs import define, evolve

from chatsim.behaviour.values import Audience, Behaviour, Content, FirstSend
from chatsim.cascade.values import RunOutcome
from chatsim.model import (
    ALLOWED,
    ONE_HOUR,
    Enforcement,
    Verdict,
)
from chatsim.policy.values import Policy
from chatsim.population.values import Population
from chatsim.randomness import philox
from chatsim.testing.twin_rules import (
    Chat,
    Draws,
    after_the_night,
    chats_of,
    one_further,
    picked,
    read,
    scaled,
    tier_of,
)
from chatsim.testing.twin_world import Holder, World

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
            People(
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
class People(World):
    """What everybody does with one content in one run."""

    # Wanting

    def post(self, holder: Holder, tick: int) -> None:
        """An originator's first send."""
        match self.behaviour.audience:
            case Audience.EACH:
                self.plan_each(holder, tick)
            case Audience.REPEAT:
                self.act_round(holder, 0, tick)
            case Audience.PICK:
                self.post_to_picks(holder, tick)

    def post_to_picks(self, holder: Holder, tick: int) -> None:
        self.want(holder, tick)
        if self.behaviour.first_send is FirstSend.CAPPED:
            self.act(holder, 1, None, tick)
        elif holder.left:
            holder.actions = 1
            self.send(holder, holder.left, tick)

    def receive(self, holder: Holder) -> None:
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
        if self.behaviour.audience is Audience.REPEAT:
            self.act_round(holder, 0, tick)
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
        _, _, audience, _ = self.person_words(holder)
        holder.left = picked(self.draws, self.numbers, holder.user, chats, audience)
        holder.wanted = len(holder.left)
        holder.first_action = tick

    # Acting, `pick`

    def ask_for_everything(self, holder: Holder, tick: int) -> None:
        """The first action of a modified client."""
        if not holder.left:
            return
        holder.actions += 1
        verdict = self.send_everywhere(holder, holder.left, tick)
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
            if elsewhere(holder, [chat]):
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
            self.at(sending, partial(self.act_once, holder, chats))

    # Acting, `repeat`

    def act_round(self, holder: Holder, number: int, tick: int) -> None:
        """Round `number` (from 0), and the next one if this is not the last."""
        recovery, audience, _, _ = self.draws.words(holder.user, philox.ROUND, number)
        draws = evolve(self.draws, content=self.draws.content | number << 16)
        chats = chats_of(self.population, holder.user)
        wanted = picked(draws, self.numbers, holder.user, chats, audience)
        self.act_once(holder, wanted, tick)
        if wanted and recovery >= self.numbers.round_recovery:
            again = partial(self.act_round, holder, number + 1)
            self.at(tick + self.behaviour.interval_seconds, again)

    # Acting, `each` and `repeat`

    def act_once(self, holder: Holder, chats: list[Chat], tick: int) -> None:
        """One action for these chats, whatever comes of it."""
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
            asked = elsewhere(holder, taken)
        else:
            verdict = self.send_everywhere(holder, taken, tick)
            asked = to_others(holder, taken)
        holder.denied += 0 if verdict.allowed else len(asked)

    # Sending

    def send(self, holder: Holder, taken: list[Chat], tick: int) -> Verdict:
        """What an honest app does with the chats taken."""
        chats = elsewhere(holder, taken)
        if not chats:
            return ALLOWED
        if holder.originator:
            self.send_original(holder, chats, tick)
            return ALLOWED
        return self.forward(holder, chats, tick)

    def send_everywhere(self, holder: Holder, taken: list[Chat], tick: int) -> Verdict:
        """What a modified client does with them."""
        chats = to_others(holder, taken)
        return self.forward(holder, chats, tick) if chats else ALLOWED


def to_others(holder: Holder, chats: list[Chat]) -> list[Chat]:
    """Without the chats that somebody has with themselves."""
    return [chat for chat in chats if chat != (False, holder.user)]


def elsewhere(holder: Holder, chats: list[Chat]) -> list[Chat]:
    """Without those, and without the chat that the copy came from."""
    return [chat for chat in to_others(holder, chats) if chat != holder.origin]
