"""The `each` law: every chat on its own coin and its own delay, as an independent cascade or, with recovery, SIR."""

from __future__ import annotations

from attrs import define, field

from chatsim.behaviour.rules import after_night
from chatsim.randomness.philox import EACH, RECOVERY
from chatsim_clients.once import OnceStory
from chatsim_clients.story import NEVER, Ask, Held


@define(eq=False)
class EachStory(OnceStory):
    agenda: list[tuple[int, list[int]]] = field(factory=list)
    """(tick, chat indices rising), earliest last."""

    def _hold(self, held: Held) -> None:
        world = self.world
        behaviour, offset = world.rules.behaviour, world.offset_of(self.user)
        threshold = self.threshold(held, held.tick)
        recovery = self._recovery()
        due: dict[int, list[int]] = {}
        for chat in range(sum(len(chats) for chats in world.chats_of(self.user))):
            coin, which = world.word(self.user, self.content, EACH, chat)
            delay = world.chat_delay[which >> 16]
            if coin >= threshold or (recovery is not None and delay >= recovery):
                continue
            tick = held.tick + max(behaviour.lookahead_seconds, delay)
            tick = after_night(tick, offset) if behaviour.night else tick
            if tick < world.rules.duration:
                due.setdefault(tick, []).append(chat)
        self.agenda = sorted(due.items(), reverse=True)
        if self.agenda:
            self.due = self.agenda[-1][0]
            self.begin(held, self.due, sum(len(chats) for chats in due.values()))

    def _recovery(self) -> int | None:
        if self.world.recovery is None:
            return None
        word, _ = self.world.word(self.user, self.content, RECOVERY, 0)
        return self.world.recovery[word >> 16]

    def _act_at(self, held: Held, tick: int) -> Ask | None:
        _, chats = self.agenda.pop()
        self.due = self.agenda[-1][0] if self.agenda else NEVER
        return self.act_once(held, chats)
