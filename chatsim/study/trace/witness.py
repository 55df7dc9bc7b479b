"""Whoever plays a run and can be asked what a report of any copy would bring to light."""

from __future__ import annotations

from typing import Protocol

from chatsim.cascade.values import RunOutcome
from chatsim.policy import Policy
from chatsim.provenance.values import Finding
from chatsim.study.backend import RunPlan
from chatsim.study.scenario import Scenario
from chatsim.study.trace.blame import Truth


class Witness(Protocol):
    """One run, played; it answers until the next is played."""

    outcome: RunOutcome
    truths: tuple[Truth, ...]
    """By content."""
    stored_bytes: int
    """Of the entries that the relay keeps for the mode."""
    delivered_bytes: int
    """Of all copies on their way to recipients, heads and bodies."""

    def evidence(self, content: int, holder: int) -> bytes:
        """What `holder`'s app hands over of the copy held."""
        ...

    def seed(self, content: int, holder: int) -> bytes:
        """The secret that the copy held shares with its lineage, where there is one (`has_seed`)."""
        ...

    def examine(self, evidence: bytes) -> Finding | None:
        """What an examiner with the relay's keys and book learns from it."""
        ...


class Witnesses(Protocol):
    """Plays the runs of one scenario."""

    def play(self, policy: Policy, plan: RunPlan) -> Witness: ...


class WitnessesOf(Protocol):
    """Makes whoever plays a scenario. Raises ConfigurationError where its mode needs what is not installed."""

    def __call__(self, scenario: Scenario) -> Witnesses: ...
