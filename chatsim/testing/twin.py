"""The naive twin: the whole simulation once more, slowly and plainly, as the judge of every backend.

It has no relay, no wire and no persons: one view of the world, an agenda of what happens at which tick, and the rules
of ARCHITECTURE.md, "Rules, exactly", one after another. A backend is right when `play` gives the same `RunOutcome`.
"""

from __future__ import annotations

from functools import partial

from attrs import define, evolve

from chatsim.behaviour.values import Audience, Behaviour, Content
from chatsim.cascade.values import RunOutcome
from chatsim.model import ONE_HOUR, Enforcement
from chatsim.policy.values import Policy
from chatsim.population.parts import NO_PARTS, Parts
from chatsim.population.values import Population
from chatsim.randomness import philox, tables
from chatsim.testing.twin_acting import Acting
from chatsim.testing.twin_books import Hours
from chatsim.testing.twin_rules import Chat, Draws, after_the_night, chats_of, picked, read, scaled
from chatsim.testing.twin_world import Holder


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
    parts: Parts = NO_PARTS,
) -> RunOutcome:
    """One run of `contents` under `policy`; they meet in what an hour allows."""
    hours = Hours()
    worlds = [
        People(
            population, content, behaviour, policy, Draws(seed, number, run),
            duration_seconds, enforcement, parts, hours,
        )
        for number, content in enumerate(contents)
    ]  # fmt: skip
    for world in worlds:
        world.start(originators)
    while (tick := min(world.next_tick for world in worlds)) < duration_seconds:
        for world in worlds:
            world.play(tick)
    return RunOutcome(tuple(world.outcome() for world in worlds))


@define(eq=False)
class People(Acting):
    """Whom everybody wants to tell of one content in one run, and when."""

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
        self.act(holder, 1, None, tick)

    def receive(self, holder: Holder) -> None:
        if self.behaviour.audience is Audience.EACH:
            self.plan_each(holder, holder.tick)
            return
        delay = read(self.numbers.reading_delay, self.person_words(holder)[0])
        reading = self.later(holder.user, holder.tick, delay)
        self.at(reading, partial(self.read_and_decide, holder))

    def later(self, user: int, tick: int, delay: int) -> int:
        """When a user who was reached at `tick` and takes `delay` reads, or sends."""
        tick += max(self.behaviour.lookahead_seconds, delay)
        return after_the_night(tick, self.offset_of(user)) if self.behaviour.night else tick

    def read_and_decide(self, holder: Holder, tick: int) -> None:
        if self.complains(holder):
            self.books_of(holder.edition).complaints.append(tick)
            return
        if self.person_words(holder)[1] >= self.share_threshold(holder, tick):
            return
        friction = self.policy_of(holder.user).friction
        if friction is None or holder.greedy or holder.hop < friction.from_hop:
            self.begin(holder, tick)
            return
        coin, _, _, _ = self.draws.words(holder.user, philox.FRICTION)
        gives_up = coin < tables.threshold(friction.abandon)
        then = partial(self.give_up if gives_up else self.begin, holder)
        if friction.delay_seconds:
            self.at(tick + friction.delay_seconds, then)
        else:
            then(tick)

    def complains(self, holder: Holder) -> bool:
        """Whether somebody who reads the content complains about it."""
        if self.policy_of(holder.user).takedown is None:
            return False
        coin, _, _, _ = self.draws.words(holder.user, philox.COMPLAINT)
        return coin < self.numbers.complaint

    def give_up(self, holder: Holder, tick: int) -> None:
        """At the prompt: everything that was wanted is let go."""
        if self.behaviour.audience is Audience.REPEAT:
            holder.first_action = tick
            holder.wanted = len(self.wanted_in_round(holder, 0))
        else:
            self.want(holder, tick)
        holder.abandoned = holder.wanted

    def begin(self, holder: Holder, tick: int) -> None:
        """The first action, or the first round."""
        if self.behaviour.audience is Audience.REPEAT:
            self.act_round(holder, 0, tick)
            return
        self.want(holder, tick)
        if holder.greedy:
            self.ask_for_everything(holder, tick)
        else:
            self.act(holder, 1, None, tick)

    def share_threshold(self, holder: Holder, tick: int) -> int:
        threshold = read(self.numbers.share, self.susceptibility[holder.user])
        threshold = scaled(threshold, self.numbers.label_factors[holder.label])
        threshold = scaled(threshold, self.education_factor(holder))
        age_hours = (tick - self.first_post) // ONE_HOUR
        return scaled(threshold, self.numbers.staleness[age_hours])

    def education_factor(self, holder: Holder) -> int:
        education = self.policy_of(holder.user).education
        if education is None or holder.originator:
            return tables.FACTOR_ONE
        if self.educated[holder.user] >= tables.threshold(education.coverage):
            return tables.FACTOR_ONE
        harmful = self.content.harmful
        return tables.factor(education.factor if harmful else education.harmless_factor)

    def want(self, holder: Holder, tick: int) -> None:
        chats = chats_of(self.population, holder.user)
        _, _, audience, _ = self.person_words(holder)
        holder.left = picked(self.draws, self.numbers, holder.user, chats, audience)
        holder.wanted = len(holder.left)
        holder.first_action = tick

    # `each`

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
                planned.setdefault(self.later(holder.user, tick, delay), []).append(chat)
        for sending, chats in planned.items():
            self.at(sending, partial(self.act_once, holder, chats))

    # `repeat`

    def act_round(self, holder: Holder, number: int, tick: int) -> None:
        """Round `number` (from 0), and the next one if this is not the last."""
        recovery, _, _, _ = self.draws.words(holder.user, philox.ROUND, number)
        wanted = self.wanted_in_round(holder, number)
        self.act_once(holder, wanted, tick)
        if wanted and recovery >= self.numbers.round_recovery:
            again = partial(self.act_round, holder, number + 1)
            self.at(tick + self.behaviour.interval_seconds, again)

    def wanted_in_round(self, holder: Holder, number: int) -> list[Chat]:
        _, audience, _, _ = self.draws.words(holder.user, philox.ROUND, number)
        draws = evolve(self.draws, content=self.draws.content | number << 16)
        chats = chats_of(self.population, holder.user)
        return picked(draws, self.numbers, holder.user, chats, audience)
