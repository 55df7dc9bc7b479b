"""The `repeat` law: read, decide once, then pick anew and act in round after round: SEI, or SEIR with recovery."""

from __future__ import annotations

from attrs import define

from chatsim.behaviour.rules import content_of_round
from chatsim.randomness.philox import ROUND
from chatsim_clients.once import OnceStory
from chatsim_clients.story import Ask, Held


@define(eq=False)
class RepeatStory(OnceStory):
    next_round: int = 0

    def _hold(self, held: Held) -> None:
        self.decide(held, self.world.person_words(self.user, self.content))

    def _act_at(self, held: Held, tick: int) -> Ask | None:
        world, number = self.world, self.next_round
        contacts, groups = (len(chats) for chats in world.chats_of(self.user))
        recovery, audience = world.word(self.user, self.content, ROUND, number)
        wanted = min(world.audience[audience >> 16], contacts + groups)
        deed = self.deed or self.begin(held, tick, 0)
        if wanted == 0:
            return None
        deed.wanted += wanted
        if self.abandons:
            deed.abandoned = wanted
            return None
        if recovery >= world.tables.round_recovery_threshold:
            self.next_round = number + 1
            self.due = tick + world.rules.behaviour.interval_seconds
        content = content_of_round(self.content, number)
        return self.act_once(held, world.picks(self.user, content, wanted, contacts, groups))
