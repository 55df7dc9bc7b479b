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
    Reason,
    Verdict,
)
from chatsim.policy.values import Policy
from chatsim.population.parts import NO_PARTS, Parts
from chatsim.population.values import Population
from chatsim.randomness import philox, tables
from chatsim.testing.twin_books import Hours
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
LIFTED = (Reason.CHATS_PER_HOUR, Reason.CIRCUIT_BREAKER)
"""Why an act may be refused now and allowed later."""


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

    def person_words(self, holder: Holder) -> tuple[int, int, int, int]:
        return self.draws.words(holder.user, philox.PERSON)

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

    # Acting, `pick`

    def ask_for_everything(self, holder: Holder, tick: int) -> None:
        """The first action of a greedy app."""
        if not holder.left:
            return
        holder.actions += 1
        verdict = self.send_everywhere(holder, holder.left, tick)
        if verdict.allowed:
            return
        limit = None if verdict.reason in LIFTED else verdict.limit
        if verdict.reason is not Reason.TAKEN_DOWN and self.offered(holder, limit):
            again = partial(self.act, holder, 2, limit)
            self.at(tick + self.behaviour.redo_seconds, again)
            return
        holder.denied = holder.wanted
        if verdict.reason is not Reason.TAKEN_DOWN:
            self.paste(holder, tick)

    def act(self, holder: Holder, number: int, limit: int | None, tick: int) -> None:
        """Action `number` (from 1) of somebody with an honest app."""
        taken = self.offered(holder, limit)
        if holder.greedy and number == 2:  # action 1 asked for everything
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
        if verdict.reason is Reason.TAKEN_DOWN:
            return
        if verdict.reason in LIFTED:
            self.wait(holder, number, verdict, tick)
        elif self.offered(holder, verdict.limit):
            again = partial(self.act, holder, number, verdict.limit)
            self.at(tick + self.behaviour.redo_seconds, again)
        else:
            self.paste(holder, tick)

    def wait(self, holder: Holder, number: int, verdict: Verdict, tick: int) -> None:
        """After a refusal that time lifts: once, the persistent wait until then."""
        coin, _, _, _ = self.draws.words(holder.user, philox.PERSISTENCE, number - 1)
        if holder.waited or coin >= self.numbers.persistence:
            self.paste(holder, tick)
            return
        holder.waited = True
        lifted = tick // ONE_HOUR * ONE_HOUR + ONE_HOUR
        if verdict.reason is Reason.CIRCUIT_BREAKER:
            assert verdict.limit is not None
            lifted = tick + verdict.limit
        self.at(lifted + tick % ONE_HOUR, partial(self.act, holder, number, None))

    def offered(self, holder: Holder, limit: int | None) -> list[int]:
        """Which of the chats left, by position, an honest app lets somebody take in one action."""
        if holder.originator and self.behaviour.first_send is FirstSend.FREE:
            return list(range(len(holder.left)))
        policy = self.policy_of(holder.user)
        hop_limit = policy.hop_limit
        hop = 0 if holder.originator else one_further(holder.hop)
        if hop_limit is not None and hop > hop_limit:
            return []
        tier = tier_of(policy, holder.hop)
        cap_person = policy.cap_person
        unused = None if cap_person is None else cap_person - holder.forwarded_chats
        hour = None if holder.originator else policy.cap_hour
        caps = (tier.chats, unused, hour, limit, len(holder.left))
        chats = min(cap for cap in caps if cap is not None)
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
                step = partial(self.paste_one, holder, chat)
                self.at(tick + PASTE_SECONDS * (j + 1), step)

    def paste_one(self, holder: Holder, chat: Chat, tick: int) -> None:
        self.send_original(holder, [chat], tick)

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
                planned.setdefault(self.later(holder.user, tick, delay), []).append(chat)
        for sending, chats in planned.items():
            self.at(sending, partial(self.act_once, holder, chats))

    # Acting, `repeat`

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

    # Acting, `each` and `repeat`

    def act_once(self, holder: Holder, chats: list[Chat], tick: int) -> None:
        """One action for these chats, whatever comes of it."""
        if holder.first_action is None:
            holder.first_action = tick
        holder.wanted += len(chats)
        holder.left = chats
        free = holder.originator and self.behaviour.first_send is FirstSend.FREE
        everything = free or holder.greedy
        taken = chats if everything else [chats[i] for i in self.offered(holder, None)]
        holder.held_back += len(chats) - len(taken)
        if not taken:
            return
        holder.actions += 1
        if not holder.greedy:
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
        return self.pass_on(holder, chats, tick)

    def send_everywhere(self, holder: Holder, taken: list[Chat], tick: int) -> Verdict:
        """What a greedy app does with them."""
        chats = to_others(holder, taken)
        return self.pass_on(holder, chats, tick) if chats else ALLOWED

    def pass_on(self, holder: Holder, chats: list[Chat], tick: int) -> Verdict:
        """As a text of one's own, or as a forward."""
        if holder.sends_originals:
            return self.send_original(holder, chats, tick)
        return self.forward(holder, chats, tick)


def to_others(holder: Holder, chats: list[Chat]) -> list[Chat]:
    """Without the chats that somebody has with themselves."""
    return [chat for chat in chats if chat != (False, holder.user)]


def elsewhere(holder: Holder, chats: list[Chat]) -> list[Chat]:
    """Without those, and without the chat that the copy came from."""
    return [chat for chat in to_others(holder, chats) if chat != holder.origin]
