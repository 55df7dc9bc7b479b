"""What the runs under one policy gave, before anything is summarised."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define

from chatsim.cascade.measures import RunMeasures
from chatsim.policy import Policy


@define(eq=False, frozen=True)
class PolicyRuns:
    """What the runs under one policy gave."""

    policy: Policy
    runs: Sequence[Sequence[RunMeasures]]
    """By run, then by content in the scenario's order; the same run numbers under every policy."""
    outbreak_reach: Sequence[Sequence[int]]
    """Reach in the further runs with one originator, by run, then by content."""

    def reach(self, content: int) -> list[int]:
        """The reach of one content, by run."""
        return [run[content].reach for run in self.runs]
