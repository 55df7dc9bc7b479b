"""Actions that nothing follows from: what the app or the relay does not let pass is dropped."""

from __future__ import annotations

from attrs import define

from chatsim.behaviour.rules import take
from chatsim.model import Verdict
from chatsim_clients.story import Ask, Held, Story


@define(eq=False)
class OnceStory(Story):
    """A story whose every action has its own chats, once, whatever comes of it."""

    def act_once(self, held: Held, chats: list[int]) -> Ask | None:
        """One action for these chat indices: all of them for a greedy app, what the app offers otherwise."""
        deed = self.deed
        assert deed is not None
        if self.greedy:
            deed.actions += 1
            return self.ask(held, chats, original=self.sends_originals, everywhere=True)
        chats_offered, groups_offered = self.offered(held)
        contacts = len(self.world.chats_of(self.user)[0])
        taken = take(chats, 0, contacts, chats_offered, groups_offered)
        deed.held_back += len(chats) - taken
        if taken == 0:
            return None
        deed.actions += 1
        return self.ask(held, chats[:taken], original=self.sends_originals)

    def _decided(self, ask: Ask, verdict: Verdict, tick: int) -> None:
        if not verdict.allowed:
            assert self.deed is not None
            self.deed.denied += len(ask.chats)
