"""A viral burst: people of a scenario spread its contents through the server under load, by what they really do.

Each worker plays the people whose devices it has; their lives (`chatsim_clients.story`) are those of a study, so that
caps hold them back and the relay refuses them. The burst's clock starts with the first post and runs as fast as the
server's. A device serves its person and the background alike, and its acts are counted together. Other than in a study,
a tick is over when the next one begins, whatever is still on its way, and whoever would complain says nothing, because
a load is about messages: what comes of it is alike, not the same.
"""

from __future__ import annotations

import heapq
from collections.abc import Container, Iterator
from typing import NamedTuple

from attrs import define, evolve, field

from chatsim.model import Reason, Verdict
from chatsim.policy import Policy
from chatsim.policy.decision import label_of
from chatsim.population.parts import divide
from chatsim.population.values import Population
from chatsim.study.scenario import Generated, Scenario
from chatsim.wire.messages import Copy
from chatsim_clients.letters import Letters, Written
from chatsim_clients.load.bodies import HEADER_BYTES
from chatsim_clients.load.parts import Burst
from chatsim_clients.scenes import rules_of
from chatsim_clients.story import NEVER, Ask, Held, Story
from chatsim_clients.swarm import LAWS
from chatsim_clients.world import Setting, World


class Deed(NamedTuple):
    """One act that somebody of the burst sends."""

    tick: int
    """When it was due."""
    user: int
    chats: tuple[int, ...]
    written: Written
    """Its body follows the load's header."""
    ask: Ask
    story: Story


@define(eq=False)
class Spreading:
    """The people of one worker and what they do with the contents, tick by tick."""

    world: World
    mine: Container[int]
    stories: list[dict[int, Story]] = field(init=False)
    _first_posts: list[int] = field(factory=list)
    """By content."""
    _due: dict[int, list[Story]] = field(factory=dict)
    _ticks: list[int] = field(factory=list)
    _arriving: list[Story] = field(factory=list)
    _deeds: dict[tuple[int, int], Deed] = field(factory=dict)
    _letters: Letters = field(init=False)

    @classmethod
    def of(
        cls,
        scenario: Scenario,
        population: Population,
        policy: Policy,
        burst: Burst,
        mine: Container[int],
    ) -> Spreading:
        """Ready to begin, with the originators' posts due first."""
        communities = isinstance(scenario.population, Generated)
        parts = divide(
            scenario.partition, population.users, population.seed, communities=communities
        )
        setting = Setting.of(rules_of(scenario), population, parts)
        world = setting.world(setting.rows(policy), 0)
        # What is compiled is loaded at its first use, which would make the first post late.
        world.person_words(0, 0)
        world.picks(0, 0, 1, 1, 1)
        spreading = cls(world, mine)
        count = burst.originators or scenario.originators_among(population.users)
        spreading.originate(count)
        return spreading

    def __attrs_post_init__(self) -> None:
        rules = self.world.rules
        self.stories = [{} for _ in rules.contents]
        rest = tuple(
            evolve(each, body_bytes=max(1, each.body_bytes - HEADER_BYTES))
            for each in rules.contents
        )
        self._letters = Letters(rest, rules.enforcement)

    @property
    def first_tick(self) -> int:
        """When the burst begins."""
        return min(self._first_posts)

    def originate(self, count: int) -> None:
        for content in range(len(self.stories)):
            posts = self.world.posts(content, count)
            self._first_posts.append(min((tick for _, tick in posts), default=0))
            for user, tick in posts:
                if user in self.mine:
                    story = self._story(content, user)
                    story.originate(tick)
                    self._schedule(story)

    def _story(self, content: int, user: int) -> Story:
        law = LAWS[self.world.rules.behaviour.audience]
        story = self.stories[content][user] = law(self.world, user, content)
        story.first_post = self._first_posts[content]
        return story

    def _schedule(self, story: Story) -> None:
        due = story.due
        if due == NEVER or due >= self.world.rules.duration:
            return
        if due not in self._due:
            self._due[due] = []
            heapq.heappush(self._ticks, due)
        self._due[due].append(story)

    @property
    def unsettled(self) -> bool:
        """Copies arrived since the last tick."""
        return bool(self._arriving)

    def settle(self) -> None:
        """A tick is over: what arrived first is held from now on."""
        for story in self._arriving:
            story.settle()
            self._schedule(story)
        self._arriving.clear()

    def next_tick(self) -> int | None:
        """When somebody acts next, as far as is known."""
        return self._ticks[0] if self._ticks else None

    def act(self, tick: int) -> Iterator[Deed]:
        """What is due until `tick`, after which nothing of an earlier one arrives."""
        self.settle()
        while self._ticks and self._ticks[0] <= tick:
            due = heapq.heappop(self._ticks)
            for story in sorted(self._due.pop(due), key=lambda each: (each.user, each.content)):
                ask = story.step(due)
                if ask is None:
                    self._schedule(story)
                elif isinstance(ask, Ask):
                    yield self._deed(due, story, ask)

    def _deed(self, tick: int, story: Story, ask: Ask) -> Deed:
        held = story.held
        assert held is not None
        if held.letter is None or ask.original:
            written = self._letters.original(story.user, story.content)
        else:
            written = self._letters.forward(story.user, held.letter, ask.hop)
        # The same chat twice in one act would be two copies of one message.
        chats = tuple(dict.fromkeys(ask.chats))
        return Deed(tick, story.user, chats, written, ask, story)

    def sent(self, deed: Deed, counter: int) -> None:
        """The act is on the wire under this counter."""
        self._deeds[deed.user, counter] = deed

    def decided(self, user: int, counter: int, verdict: Verdict, tick: int) -> None:
        """The relay's answer to one of these acts."""
        deed = self._deeds.pop((user, counter))
        if verdict.reason in (Reason.MAILBOX_FULL, Reason.TOO_MANY_COPIES):
            return  # no cap of a policy: nobody would learn from trying again, and the load has it in its books
        deed.story.answered(deed.ask, verdict, max(tick, deed.tick))
        self._schedule(deed.story)

    def receive(self, user: int, copy: Copy, tick: int) -> None:
        """A copy of the burst came to one of these people."""
        letter = self._letters.read(copy._replace(body=copy.body[HEADER_BYTES:]))
        if letter is None:
            return
        content, hop = letter.content, letter.hop
        if self.world.relay_counts:
            assert copy.hop is not None
            hop = copy.hop
        label = label_of(self.world.row_of(copy.sender), hop) if copy.label is None else copy.label
        story = self.stories[content].get(user)
        if story is None:
            story = self._story(content, user)
            self._arriving.append(story)
        if story.held is None:
            group = -1 if copy.group is None else copy.group
            story.receive(Held(tick, hop, copy.sender, group, label, letter))
