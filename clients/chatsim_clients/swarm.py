"""All people of one process: who is due when, what their devices send, what they receive.

Sans-I/O and lock-step: a shell (memory or sockets) asks for the frames of a tick, brings verdicts and copies, and
says when the tick is settled. The order in which things arrive within a tick changes nothing.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np
from attrs import define, frozen
from numpy.typing import NDArray

from chatsim.behaviour.values import Audience
from chatsim.cascade.values import ContentRun, Deeds, FirstCopies, RunOutcome
from chatsim.device import Device
from chatsim.errors import RemoteProtocolError, RunError, lacks_extra
from chatsim.model import ONE_HOUR, Enforcement
from chatsim.policy.decision import label_of
from chatsim.provenance.halves import ClientHalf
from chatsim.provenance.untraced import Untraced
from chatsim.wire.messages import (
    Copy,
    Decided,
    Issued,
    Outbound,
)
from chatsim_clients.cheating import cheating_of, edition_sent
from chatsim_clients.each import EachStory
from chatsim_clients.keyrings import Keyrings
from chatsim_clients.letters import Letter, Letters, Written
from chatsim_clients.picking import PickStory
from chatsim_clients.rounds import RepeatStory
from chatsim_clients.story import NEVER, Ask, Complaint, Deed, Held, Story
from chatsim_clients.world import World

if TYPE_CHECKING:  # it takes PyNaCl
    from chatsim_clients.purses import Purses

LAWS: dict[Audience, type[Story]] = {
    Audience.PICK: PickStory,
    Audience.EACH: EachStory,
    Audience.REPEAT: RepeatStory,
}


@frozen
class Outgoing:
    """One frame that a person's device sends."""

    user: int
    head: bytes
    body: bytes


@define(eq=False)
class _Sent:
    """An act or a complaint on the wire, and whose it is."""

    story: Story
    ask: Ask | Complaint
    payment: bytes | None = None
    """What it brought, where that is tokens."""


_Read = tuple[Copy, int, Held | None, Deed, bool]
"""A copy, its content, what is held of it (None: the app shows nothing), the deed that sent it, whether an original."""


class Swarm:
    """The people of one run."""

    def __init__(
        self,
        world: World,
        originators: int,
        client: ClientHalf = Untraced(),
        keyrings: Keyrings | None = None,
    ) -> None:
        """`client`: the apps' half of the traceability mode; `keyrings`: where bodies are sealed."""
        self._keyrings = keyrings
        self.world = world
        self.letters = Letters(world.rules.contents, world.rules.enforcement, client)
        self.devices = [Device(user) for user in range(world.population.users)]
        contents = range(len(world.rules.contents))
        self.stories: tuple[dict[int, Story], ...] = tuple({} for _ in contents)
        hours = -(-world.rules.duration // ONE_HOUR)
        self.received = [[0] * world.population.users for _ in contents]
        self.copies_by_hour = [[0] * hours for _ in contents]
        self._law = LAWS[world.rules.behaviour.audience]
        self._due: dict[int, list[Story]] = {}
        self._ticks: list[int] = []
        self._acts: dict[tuple[int, int], _Sent] = {}
        self._arriving: list[Story] = []
        self._purses = _purses_of(world.rules.enforcement)
        self._arrived: list[Story] = []
        """Who holds a copy and has not asked for tokens, where forwards take some."""
        self._read: _Read | None = None
        self.unanswered = 0
        self.complaints = [0 for _ in contents]
        self.first_posts: list[int] = []
        for content in contents:
            posts = world.posts(content, originators)
            self.first_posts.append(min((tick for _, tick in posts), default=0))
            for user, tick in posts:
                story = self._story(content, user)
                story.originate(tick)
                self._schedule(story)

    def _story(self, content: int, user: int) -> Story:
        story = self.stories[content][user] = self._law(self.world, user, content)
        story.first_post = self.first_posts[content]
        return story

    def _schedule(self, story: Story) -> None:
        due = story.due
        if due == NEVER or due >= self.world.rules.duration:
            return
        waiting = self._due.get(due)
        if waiting is None:
            self._due[due] = [story]
            heapq.heappush(self._ticks, due)
        else:
            waiting.append(story)

    # The clock.

    def next_tick(self) -> int | None:
        """The next tick in which anybody acts; None: never again."""
        return self._ticks[0] if self._ticks else None

    def top_up(self, tick: int) -> Iterator[Outgoing]:
        """The requests for tokens that go before the acts of `tick`, which wait for the answers."""
        if self._purses is None or not self._ticks or self._ticks[0] != tick:
            return
        arrived, self._arrived = self._arrived, []
        again = [story for story in self._due[tick] if story.deed is not None]
        for story in arrived + again:
            held = story.held
            if held is None or held.letter is None or held.letter.stamp is None:
                continue
            ticket = held.letter.stamp
            request = self._purses.ask(story.user, ticket, held.hop, story.row)
            if request is not None:
                self.unanswered += 1
                head = self.devices[story.user].top_up(request.number, ticket, request.points)
                yield Outgoing(story.user, head, b"")

    def act(self, tick: int) -> Iterator[Outgoing]:
        """The frames of everybody who is due at `tick`; each user's in order of content."""
        if not self._ticks or self._ticks[0] != tick:
            return
        heapq.heappop(self._ticks)
        due = self._due.pop(tick)
        due.sort(key=lambda story: (story.user, story.content))
        for story in due:
            ask = story.step(tick)
            if ask is None:
                self._schedule(story)
            else:
                yield self._send(story, ask)

    def _send(self, story: Story, ask: Ask | Complaint) -> Outgoing:
        device, held = self.devices[story.user], story.held
        assert held is not None
        written = self._write(story, ask, held.letter)
        body, keys, stamp = written.body, b"", written.stamp
        if isinstance(ask, Complaint):
            # Whoever complains shows the relay what came.
            counter, head = device.complain(written.stamp, body)
        else:
            if self._keyrings is not None:
                following = device.counter + 1
                keyring = self._keyrings.of(story.user)
                keys, body = keyring.seal(ask.chats, device.number, following, body)
            if self._purses is not None and stamp is not None:
                stamp = self._purses.pay(story.user, stamp, held.hop, ask.chats)
            counter, head = device.act(ask.chats, body, stamp, outer=written.outer, keys=keys)
        self._acts[story.user, counter] = _Sent(story, ask, stamp)
        self.unanswered += 1
        return Outgoing(story.user, head, keys + body)

    def _write(self, story: Story, ask: Ask | Complaint, letter: Letter | None) -> Written:
        if isinstance(ask, Complaint):
            assert letter is not None
            return self.letters.complaint(letter)
        user, content = story.user, story.content
        cheating = cheating_of(self.world, user, content)
        if letter is None:
            return self.letters.original(user, content, cheating=cheating)
        if ask.original:
            edition = edition_sent(self.world, user, letter.edition)
            return self.letters.original(user, content, edition, cheating)
        return self.letters.forward(user, letter, ask.hop, cheating)

    def settle(self) -> None:
        """The tick is over: what arrived first is held from now on."""
        for story in self._arriving:
            story.settle()
            self._schedule(story)
        if self._purses is not None:
            self._arrived += self._arriving
        self._arriving.clear()

    # What arrives.

    def receive(self, user: int, message: Outbound, tick: int) -> None:
        """A frame from the relay to `user`'s device, already counted by the device."""
        match message:
            case Copy():
                self._copy(user, message, tick)
            case Decided():
                self._verdict(user, message, tick)
            case Issued() if self._purses is not None:
                self.unanswered -= 1
                self._purses.take(user, message)
            case _:
                text = (
                    f"{type(message).__name__.lower()} came to user {user} in the middle of a run"
                )
                raise RunError(text)

    def _verdict(self, user: int, decided: Decided, tick: int) -> None:
        sent = self._acts.get((user, decided.counter))
        if sent is None:
            message = f"a verdict on act {decided.counter} of user {user}, which was never sent"
            raise RemoteProtocolError(message)
        self.unanswered -= 1
        if self._purses is not None and sent.payment is not None:
            self._purses.decided(user, sent.payment, allowed=decided.verdict.allowed)
        if isinstance(sent.ask, Complaint) and decided.verdict.allowed:
            self.complaints[sent.story.content] += 1
        sent.story.answered(sent.ask, decided.verdict, tick)
        self._schedule(sent.story)

    def _copy(self, user: int, copy: Copy, tick: int) -> None:
        # All recipients of one group get the same bytes, so mostly this is the copy that was read last. A sealed one is
        # opened by the first of them, with a key that all of them have.
        read = self._read
        if read is None or copy is not read[0]:
            read = self._read = self._read_copy(user, copy)
        _, content, held, deed, original = read
        if original:
            deed.original_copies += 1
        else:
            deed.forwarded_copies += 1
        self.received[content][user] += 1
        self.copies_by_hour[content][tick // ONE_HOUR] += 1
        if held is None:
            return
        story = self.stories[content].get(user)
        if story is None:
            story = self._story(content, user)
            self._arriving.append(story)
        if story.held is None:
            story.receive(held)

    def _read_copy(self, user: int, copy: Copy) -> _Read:
        sent = self._acts[copy.sender, copy.counter]
        letter = self._letter(user, copy)
        deed = sent.story.deed
        assert deed is not None
        assert isinstance(sent.ask, Ask)
        original = sent.ask.original
        held = None if letter is None else self._held(copy, letter, original=original)
        return copy, sent.story.content, held, deed, original

    def _letter(self, user: int, copy: Copy) -> Letter | None:
        if self._keyrings is None:
            return self.letters.read(copy)
        body = self._keyrings.of(user).open(copy)
        return None if body is None else self.letters.read(copy._replace(body=body))

    def _held(self, copy: Copy, letter: Letter, *, original: bool) -> Held:
        hop, label = letter.hop, copy.label
        if self.world.relay_counts:
            assert copy.hop is not None
            hop = copy.hop
        if label is None:
            label = label_of(self.world.row_of(copy.sender), hop)
        group = -1 if copy.group is None else copy.group
        return Held(copy.tick, hop, copy.sender, group, label, letter, original)

    # The result.

    def outcome(self) -> RunOutcome:
        """What came of the run, content by content."""
        contents = range(len(self.stories))
        return RunOutcome(tuple(self._content_run(content) for content in contents))

    def _content_run(self, content: int) -> ContentRun:
        stories = [story for _, story in sorted(self.stories[content].items())]
        copies = [
            (held.tick, story.user, held.sender, held.group, held.hop, held.label)
            for story in stories
            if (held := story.held) is not None
        ]
        tick, user, parent, group, hop, label = _columns(sorted(copies), 6)
        deeds = [(s.user, *attrs.astuple(s.deed)) for s in stories if s.deed is not None]
        names = ("user", *attrs.fields_dict(Deed))
        return ContentRun(
            first_copies=FirstCopies(user, tick, parent, group, hop, label),
            deeds=Deeds(**dict(zip(names, _columns(deeds, len(names)), strict=True))),
            copies_by_hour=np.array(self.copies_by_hour[content], dtype=np.int64),
            received=np.array(self.received[content], dtype=np.int64),
            complaints=self.complaints[content],
        )


def _purses_of(enforcement: Enforcement) -> Purses | None:
    """Everybody's, where forwards take tokens. Raises ConfigurationError where the extra `e2ee` is missing."""
    if enforcement is not Enforcement.BLIND:
        return None
    try:
        from chatsim_clients.purses import Purses  # noqa: PLC0415 - takes PyNaCl
    except ModuleNotFoundError as error:
        raise lacks_extra("enforcement blind", error) from error
    return Purses()


def _columns(rows: Sequence[tuple[int, ...]], count: int) -> NDArray[np.int64]:
    """Rows of `count` integers as columns, each contiguous."""
    return np.ascontiguousarray(np.array(rows, dtype=np.int64).reshape(len(rows), count).T)
