"""Runs in one process whose copies can be reported afterwards, and whose truth is known."""

from __future__ import annotations

from itertools import islice

from attrs import define

from chatsim.cascade.values import RunOutcome
from chatsim.policy import Policy
from chatsim.provenance.keys import KEY_BYTES
from chatsim.provenance.values import Finding
from chatsim.study.backend import RunPlan
from chatsim.study.scenario import Scenario
from chatsim.study.trace.blame import Truth
from chatsim_clients.letters import Letter
from chatsim_clients.memory import RelayedPeople
from chatsim_clients.scenes import scenes_of
from chatsim_clients.story import Held
from chatsim_clients.swarm import Swarm


class TracedRuns:
    """Plays the runs of one scenario by memory."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenes = scenes_of(scenario)
        self._people: _WeighedPeople | None = None

    def play(self, policy: Policy, plan: RunPlan) -> TracedRun:
        """One run under `policy`; what was played before answers no more."""
        setting = self._scenes.scene(policy, plan.run)
        if self._people is None or self._people.setting is not setting:
            self._people = _WeighedPeople(setting, e2ee=self._scenes.scenario.e2ee)
        self._people.delivered_bytes = 0
        return TracedRun.of(self._people, self._people.played(policy, plan))


class _WeighedPeople(RelayedPeople):
    """Counts the bytes of what the relay delivers to people."""

    delivered_bytes = 0

    def _send(self, session: int, head: bytes, body: bytes) -> None:
        waiting = len(self._inbox)
        super()._send(session, head, body)
        for write in islice(reversed(self._inbox), len(self._inbox) - waiting):
            # A verdict has no body, and is the same in every mode.
            if write.body:
                self.delivered_bytes += len(write.head) + len(write.body)


@define(eq=False)
class TracedRun:
    """A run after its end (`chatsim.study.trace.witness.Witness`)."""

    outcome: RunOutcome
    truths: tuple[Truth, ...]
    stored_bytes: int
    delivered_bytes: int
    _people: RelayedPeople
    _swarm: Swarm

    @classmethod
    def of(cls, people: _WeighedPeople, swarm: Swarm) -> TracedRun:
        """What these people did."""
        return cls(
            outcome=swarm.outcome(),
            truths=tuple(_truth(swarm, content) for content in range(len(swarm.stories))),
            stored_bytes=people.relay.traced_bytes,
            delivered_bytes=people.delivered_bytes,
            people=people,
            swarm=swarm,
        )

    def evidence(self, content: int, holder: int) -> bytes:
        """What the holder's app hands over of the copy held."""
        letters = self._swarm.letters
        held, letter = self._held(content, holder)
        text = letters.text(letter.content, letter.edition)
        return letters.client.evidence(text, held.sender, letter.proof)

    def seed(self, content: int, holder: int) -> bytes:
        """What opens the commitment, the enforcement's where it has one, else the first act's of a signed origin."""
        _, letter = self._held(content, holder)
        return letter.secret or letter.proof.inner[:KEY_BYTES]

    def examine(self, evidence: bytes) -> Finding | None:
        """What an examiner with the relay's keys and book learns from it."""
        return self._people.relay.examine(self._people.tracing.examiner, evidence)

    def _held(self, content: int, holder: int) -> tuple[Held, Letter]:
        held = self._swarm.stories[content][holder].held
        assert held is not None
        assert held.letter is not None
        return held, held.letter


def _truth(swarm: Swarm, content: int) -> Truth:
    stories = swarm.stories[content].items()
    held = {user: story.held for user, story in stories if story.held is not None}
    cheats = swarm.world.cheats
    return Truth(
        parent={user: each.sender for user, each in held.items() if each.sender >= 0},
        original=frozenset(user for user, each in held.items() if each.original),
        senders=frozenset(
            user
            for user, story in stories
            if story.deed is not None and story.deed.forwarded_chats + story.deed.original_chats
        ),
        modified=frozenset(user for user in held if cheats[user]),
    )
