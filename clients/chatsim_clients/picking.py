"""The `pick` law: read, decide once, pick an audience, act, go on where the app or the relay held one back."""

from __future__ import annotations

import enum

from attrs import define, field

from chatsim.behaviour.rules import PASTE_SECONDS, next_hour, offers_any, take, tried_again
from chatsim.model import Reason, Verdict
from chatsim.policy.decision import UNLIMITED
from chatsim.randomness.philox import PERSISTENCE
from chatsim_clients.story import Ask, Held, Story


class Stage(enum.Enum):
    """What falls due next."""

    READ = "read"
    ACT = "act"
    PASTE = "paste"


@define(eq=False)
class PickStory(Story):
    stage: Stage = Stage.READ
    words: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Reading delay, share coin, audience, paste coin."""
    rest: list[int] = field(factory=list)
    """Wanted chat indices not yet sent, in order."""
    attempt: list[int] = field(factory=list)
    """`rest` as it will be once the running act is allowed, what is taken first."""
    taken: int = 0
    permitted: int = UNLIMITED
    """What a total cap's refusal left for the next action."""
    waited: bool = False
    """A refusal that time lifts has come before."""

    def _hold(self, held: Held) -> None:
        self.words = self.world.person_words(self.user, self.content)
        self.decide(held, self.words)

    def _act_at(self, held: Held, tick: int) -> Ask | None:
        match self.stage:
            case Stage.READ:
                return self._read(held, tick)
            case Stage.ACT:
                return self._act(held, tick)
            case Stage.PASTE:
                return self._paste(held, tick)

    def _read(self, held: Held, tick: int) -> Ask | None:
        contacts, groups = (len(chats) for chats in self.world.chats_of(self.user))
        wanted = min(self.world.audience[self.words[2] >> 16], contacts + groups)
        deed = self.begin(held, tick, wanted)
        if self.abandons:
            deed.abandoned = wanted
            return None
        if wanted == 0:
            return None
        self.rest = self.world.picks(self.user, self.content, wanted, contacts, groups)
        self.stage = Stage.ACT
        return self._act(held, tick)

    def _act(self, held: Held, tick: int) -> Ask | None:
        """One action: all at once for a greedy app's first, what the app offers otherwise."""
        deed = self.deed
        assert deed is not None
        if self.greedy and deed.actions == 0:
            deed.actions = 1
            self.attempt, self.taken = self.rest, len(self.rest)
            ask = self.ask(held, self.rest, original=self.sends_originals, everywhere=True)
            if ask is None:
                self._went_out(held, tick)
            return ask
        chats, groups = self.offered(held)
        self.attempt = self.rest.copy()
        contacts = len(self.world.chats_of(self.user)[0])
        self.taken = take(self.attempt, 0, contacts, min(chats, self.permitted), groups)
        self.permitted = UNLIMITED
        left = len(self.rest) - self.taken
        if self.greedy:
            deed.denied = left if deed.actions == 1 else deed.denied
        elif deed.actions == 0:
            deed.held_back = left
        if self.taken == 0:
            self._give_up(tick)
            return None
        deed.actions += 1
        ask = self.ask(held, self.attempt[: self.taken], original=self.sends_originals)
        if ask is None:
            self._went_out(held, tick)
        return ask

    def _decided(self, ask: Ask, verdict: Verdict, tick: int) -> None:
        held = self.held
        assert held is not None
        if self.stage is Stage.PASTE:
            return
        if verdict.allowed:
            self._went_out(held, tick)
            return
        deed = self.deed
        assert deed is not None
        at_once = self.greedy and deed.actions == 1
        if verdict.reason is Reason.TAKEN_DOWN:
            deed.denied = len(self.rest) if at_once else deed.denied
            return
        if not at_once:
            match verdict.reason:
                case Reason.CHATS_PER_HOUR:
                    self._wait_or_give_up(tick, next_hour(tick))
                    return
                case Reason.CIRCUIT_BREAKER:
                    self._wait_or_give_up(tick, tick + (verdict.limit or 0))
                    return
                case _:
                    pass
        if verdict.reason is Reason.CHATS_IN_TOTAL:
            self.permitted = verdict.limit or 0
        if self._offers_any(held):
            self.due = tick + self.world.rules.behaviour.redo_seconds
            return
        if at_once:
            deed.denied = len(self.rest)
        self._give_up(tick)

    def _wait_or_give_up(self, tick: int, lifted: int) -> None:
        """Refused until tick `lifted`: some try again then, once."""
        if self.waited or not self._persists():
            self._give_up(tick)
        else:
            self.waited, self.due = True, tried_again(tick, lifted)

    def _went_out(self, held: Held, tick: int) -> None:
        """An action is done: the rest waits for another, is pasted, or dropped."""
        self.rest = self.attempt[self.taken :]
        if not self.rest:
            return
        if not self._offers_any(held):
            self._give_up(tick)
            return
        if self._persists():
            self.due = tick + self.world.rules.behaviour.redo_seconds
        else:
            self._give_up(tick)

    def _persists(self) -> bool:
        """Whether another action follows the last one."""
        world, deed = self.world, self.deed
        assert deed is not None
        coin, _ = world.word(self.user, self.content, PERSISTENCE, deed.actions)
        return coin < world.tables.persistence_threshold

    def _offers_any(self, held: Held) -> bool:
        """Whether the next action would take at least one of the rest."""
        chats, groups = self.offered(held)
        contacts = len(self.world.chats_of(self.user)[0])
        return offers_any(self.rest, 0, contacts, min(chats, self.permitted), groups)

    def _give_up(self, tick: int) -> None:
        """No further action: the rest is pasted or dropped."""
        if self.rest and self.words[3] < self.world.tables.paste_threshold:
            self.stage = Stage.PASTE
            self.due = tick + PASTE_SECONDS

    def _paste(self, held: Held, tick: int) -> Ask | None:
        chat = self.rest.pop(0)
        if self.rest:
            self.due = tick + PASTE_SECONDS
        return self.ask(held, [chat], original=True)
