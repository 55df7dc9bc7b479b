"""What people of the naive twin do about the chats they want: act after act, and what their app lets through.

Audience law by audience law, as ARCHITECTURE.md has it in "Rules, exactly"; who wants what, and when, is `twin`'s.
"""

from __future__ import annotations

from functools import partial

from attrs import define

from chatsim.behaviour.values import FirstSend
from chatsim.model import ALLOWED, ONE_HOUR, Reason, Verdict
from chatsim.randomness import philox
from chatsim.testing.twin_rules import Chat, one_further, tier_of
from chatsim.testing.twin_world import Holder, World

PASTE_SECONDS = 15
LIFTED = (Reason.CHATS_PER_HOUR, Reason.CIRCUIT_BREAKER)
"""Why an act may be refused now and allowed later."""


@define(eq=False)
class Acting(World):
    """The actions of everybody, over what the world delivers and refuses."""

    def person_words(self, holder: Holder) -> tuple[int, int, int, int]:
        return self.draws.words(holder.user, philox.PERSON)

    # `pick`

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

    # `each` and `repeat`

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

    # What an honest app offers, and what is pasted

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
