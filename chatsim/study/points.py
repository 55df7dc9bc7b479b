"""Many scenarios played for one question: the points of a sweep, a sensitivity analysis, a calibration, a rollout."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence

from attrs import define, frozen

from chatsim.cascade.measures import RunMeasures
from chatsim.cascade.values import RunOutcome
from chatsim.policy import Policy
from chatsim.study.backend import RunPlan
from chatsim.study.partial import Partial
from chatsim.study.player import Player
from chatsim.study.playing import Played
from chatsim.study.scenario import Scenario


@frozen
class Point:
    """One scenario, the policies it is played under, and its runs."""

    scenario: Scenario
    policies: tuple[Policy, ...]
    plans: tuple[RunPlan, ...]
    tree: bool = False
    """Whether outcomes are wanted, or measures alone."""


@define(eq=False, frozen=True)
class PointRuns:
    """What the runs of one point gave."""

    number: int
    """Of the point, in the order asked for."""
    point: Point
    played: dict[tuple[str, RunPlan], Played]
    """By policy's name and plan."""

    def measures(self, policy: str, content: int = 0) -> list[RunMeasures]:
        """One content's runs under one policy, in the order of the plans."""
        return [self.played[policy, plan].measures[content] for plan in self.point.plans]

    def outcomes(self, policy: str) -> list[RunOutcome]:
        """The runs with their trees, where they were asked for."""
        found = [self.played[policy, plan].outcome for plan in self.point.plans]
        return [outcome for outcome in found if outcome is not None]


def play_points(
    player: Player, points: Sequence[Point], partial: Partial | None = None
) -> Generator[PointRuns, None, None]:
    """The runs of every point, point by point as they are complete.

    Finished runs are kept in `partial` and taken over from it. Raises RunError when a run cannot be finished.
    """
    for number, point in enumerate(points):
        jobs = player.jobs(point.scenario, point.policies, point.plans, tree=point.tree)
        kept = None if partial is None else partial.part(number)
        with contextlib.closing(player.play(jobs, kept)) as runs:
            played = {(each.policy, each.plan): each for each in runs}
        yield PointRuns(number, point, played)
