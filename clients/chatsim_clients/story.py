"""One person's life with one content, as a sans-I/O state machine.

Copies come in, the tick ends, a step falls due, an act goes out, its verdict comes back. Everything a person decides
is decided here, from keyed draws and the policy's caps; who moves the bytes does not matter.
"""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import NamedTuple

from attrs import define

from chatsim.behaviour.rules import chance_left, reading_tick
from chatsim.behaviour.values import GREEDY, PASTING, Cheat
from chatsim.errors import RunError
from chatsim.model import HOP_MAX, ONE_HOUR, Reason, Verdict
from chatsim.policy.decision import (
    FRICTION_ABANDON,
    FRICTION_DELAY,
    FRICTION_FROM,
    TAKEDOWN_COMPLAINTS,
    UNLIMITED,
    Row,
    chats_offered,
    groups_offered,
    next_hop,
    originals_offered,
)
from chatsim.randomness.philox import COMPLAINT, FRICTION
from chatsim.randomness.tables import FACTOR_ONE
from chatsim_clients.letters import Letter
from chatsim_clients.world import World

LIES = (Cheat.RELABEL, Cheat.INFLATE)
"""Where the counter is the client's word."""
NEVER = -1
"""A due tick that does not come."""


class Held(NamedTuple):
    """The copy that counts: the first, or an originator's own content."""

    tick: int
    hop: int
    sender: int
    group: int
    """-1: it came through the contact's own chat."""
    label: int
    letter: Letter | None
    """As the app has read it; None of what one starts oneself."""
    original: bool = False
    """Whether its sender sent it as a text of their own."""


class Ask(NamedTuple):
    """One act that a person wants to send."""

    chats: tuple[int, ...]
    """Wire numbers."""
    hop: int
    """What the payload claims, where the counter is the client's word."""
    original: bool
    """Whether it goes out as a text of one's own, or as a forward of the copy held."""


class Complaint(NamedTuple):
    """That a person wants the copy held to be taken down."""


@define(eq=False)
class Deed:
    """What one person did with one content: a row of `chatsim.cascade.values.Deeds`."""

    tick: int
    wanted: int
    hop_made: int
    held_back: int = 0
    denied: int = 0
    actions: int = 0
    refused: int = 0
    forwarded_chats: int = 0
    forwarded_copies: int = 0
    original_chats: int = 0
    original_copies: int = 0
    abandoned: int = 0


@define(eq=False)
class Story(abc.ABC):
    """What the audience laws share: holding a copy, reading and deciding, what the app offers, whom an act goes to.

    Subclasses say when something falls due (`due`), what is asked then (`step`) and what a verdict means (`_decided`).
    """

    world: World
    user: int
    content: int
    due: int = NEVER
    held: Held | None = None
    arriving: tuple[tuple[int, int, int], Held] | None = None
    """The smallest copy of the running tick, with its rank (hop, sender, contact before group)."""
    deed: Deed | None = None
    first_post: int = 0
    """When the content came into the world."""
    originates: bool = False
    complains: bool = False
    """What falls due is a complaint."""
    abandons: bool = False
    """This person gives up at the prompt that comes before what falls due."""

    def receive(self, copy: Held) -> None:
        """A copy arrived. Only the smallest of the first tick counts; the order of arrival does not."""
        rank = (copy.hop, copy.sender, copy.group)
        if self.arriving is None or rank < self.arriving[0]:
            self.arriving = (rank, copy)

    def settle(self) -> None:
        """The tick is over: the smallest copy that arrived is the one held."""
        assert self.arriving is not None
        self.held = self.arriving[1]
        self.arriving = None
        self._hold(self.held)

    def originate(self, tick: int) -> None:
        """This person starts the content and posts at `tick`."""
        self.held = Held(tick, 0, -1, -1, 0, None)
        self.originates = True
        self._hold(self.held)

    def step(self, tick: int) -> Ask | Complaint | None:
        """What is due at `tick`; None when nothing goes onto the wire."""
        held = self.held
        assert held is not None
        self.due = NEVER
        return Complaint() if self.complains else self._act_at(held, tick)

    @abc.abstractmethod
    def _act_at(self, held: Held, tick: int) -> Ask | None:
        """The same of whoever passes it on."""

    def answered(self, ask: Ask | Complaint, verdict: Verdict, tick: int) -> None:
        """The relay's verdict on what `step` asked."""
        if verdict.reason in (Reason.UNAVAILABLE, Reason.NOT_HEARD):
            message = f"the relay knows nothing of a copy or chat of user {self.user}"
            raise RunError(message)
        if isinstance(ask, Complaint):
            return
        assert self.deed is not None
        if not verdict.allowed:
            self.deed.refused += 1
        elif ask.original:
            self.deed.original_chats += len(ask.chats)
        else:
            self.deed.forwarded_chats += len(ask.chats)
        self._decided(ask, verdict, tick)

    @abc.abstractmethod
    def _hold(self, held: Held) -> None:
        """A copy is held from now on: say when something falls due."""

    @abc.abstractmethod
    def _decided(self, ask: Ask, verdict: Verdict, tick: int) -> None:
        """What a verdict means for what comes next."""

    # What subclasses are built from.

    @property
    def greedy(self) -> bool:
        """Whether this person's app asks for everything; what one starts oneself is posted like everybody's."""
        return self.world.cheats[self.user] in GREEDY and not self.originates

    @property
    def sends_originals(self) -> bool:
        """Whether what goes out is a text of one's own, or as good as that."""
        return self.originates or self.world.cheats[self.user] in PASTING

    @property
    def row(self) -> Row:
        """The rules that hold where this person lives."""
        return self.world.row_of(self.user)

    def decide(self, held: Held, words: tuple[int, int, int, int]) -> None:
        """Say when this person passes the copy on, or complains of it, if ever. Originators post at once.

        Coins are keyed and the age at the reading is known, so whoever will do neither need not be woken.
        """
        if self.originates:
            self.due = held.tick
            return
        world, behaviour, row = self.world, self.world.rules.behaviour, self.row
        reading = reading_tick(
            held.tick,
            world.reading_delay[words[0] >> 16],
            behaviour.lookahead_seconds,
            world.offset_of(self.user),
            behaviour.night,
        )
        if reading >= world.rules.duration:
            return
        if row[TAKEDOWN_COMPLAINTS] < UNLIMITED and self._complains():
            self.complains, self.due = True, reading
        elif words[1] < self.threshold(held, reading):
            self.due = reading
            if held.hop >= row[FRICTION_FROM] and not self.greedy:
                self._meet_prompt(row)

    def _complains(self) -> bool:
        word, _ = self.world.word(self.user, self.content, COMPLAINT, 0)
        return word < self.world.tables.contents[self.content].complaint_threshold

    def _meet_prompt(self, row: Row) -> None:
        """Whoever goes on after it does so later; whoever gives up, then."""
        self.due += int(row[FRICTION_DELAY])
        word, _ = self.world.word(self.user, self.content, FRICTION, 0)
        self.abandons = word < row[FRICTION_ABANDON]

    def threshold(self, held: Held, tick: int) -> int:
        """The chance of passing it on at `tick`, after label, education and age."""
        world = self.world
        share = world.share[self.content][world.susceptibility[self.user]]
        age = world.staleness[self.content][(tick - self.first_post) // ONE_HOUR]
        label = world.tables.label_factors[held.label]
        taught = FACTOR_ONE if self.originates else world.education_factor(self.user, self.content)
        return chance_left(share, label, taught, age)

    def begin(self, held: Held, tick: int, wanted: int) -> Deed:
        """From here on this person is one who wanted to pass it on."""
        self.deed = Deed(tick, wanted, self._hop_made(held))
        return self.deed

    def _hop_made(self, held: Held) -> int:
        """The hop that what this person passes on claims."""
        cheat = self.world.cheats[self.user]
        if cheat in PASTING and not self.originates:
            return 0
        if not self.world.relay_counts and cheat in LIES:
            return 0 if cheat == Cheat.RELABEL else HOP_MAX
        return next_hop(held.hop)

    def offered(self, held: Held) -> tuple[int, int]:
        """(chats, groups) that the app offers for one action."""
        row = self.row
        if not self.originates:
            used = 0 if self.deed is None else self.deed.forwarded_chats
            return chats_offered(row, held.hop, used), groups_offered(row, held.hop)
        if self.world.capped_first:
            return originals_offered(row), groups_offered(row, 0)
        return UNLIMITED, UNLIMITED

    def ask(
        self, held: Held, picks: Sequence[int], *, original: bool, everywhere: bool = False
    ) -> Ask | None:
        """The act for these chat indices; None if nothing is left to send.

        Nothing goes to oneself, nor, unless `everywhere`, to the chat the copy came from.
        """
        contacts, groups = self.world.chats_of(self.user)
        count = len(contacts)
        wanted = (contacts[i] if i < count else ~groups[i - count] for i in picks)
        oneself = origin = self.user
        if not everywhere and not self.originates:
            origin = ~held.group if held.group >= 0 else held.sender
        chats = tuple(chat for chat in wanted if chat not in (oneself, origin))
        if not chats:
            return None
        if original:
            return Ask(chats, 0, original=True)
        assert self.deed is not None
        return Ask(chats, self.deed.hop_made, original=False)
