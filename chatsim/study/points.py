"""Many scenarios played for one question: the points of a sweep, a sensitivity analysis, a calibration, a rollout."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Generator, Iterable, Sequence

import attrs
from attrs import define, frozen

from chatsim.cascade.measures import RunMeasures
from chatsim.cascade.values import RunOutcome
from chatsim.errors import RunError
from chatsim.policy import Policy
from chatsim.study.backend import RunPlan
from chatsim.study.partial import Partial
from chatsim.study.player import Player, Progress
from chatsim.study.playing import Job, Played
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
    player: Player,
    points: Sequence[Point],
    partial: Partial | None = None,
    progress: Progress | None = None,
) -> Generator[PointRuns, None, None]:
    """The runs of every point, in the points' order, each as soon as it and those before it are complete.

    The player gets the runs of all points together, so that nobody idles while a point's last runs are played. Finished
    runs are kept in `partial` and taken over from it. Raises RunError when a run cannot be finished.
    """
    jobs = [job for number, point in enumerate(points) for job in _jobs(player, number, point)]
    if progress is not None:
        progress.stage("Playing", sum(_runs(point) for point in points))
    played: defaultdict[int, dict[tuple[str, RunPlan], Played]] = defaultdict(dict)
    coming = 0
    with contextlib.closing(player.play(jobs, partial)) as runs:
        for each in runs:
            assert each.point is not None
            played[each.point][each.policy, each.plan] = each
            if progress is not None:
                progress.finished(1)
            while coming < len(points) and len(played[coming]) == _runs(points[coming]):
                yield PointRuns(coming, points[coming], played.pop(coming))
                coming += 1
    if coming < len(points):
        message = f"only {coming} of {len(points)} points were played to their end"
        raise RunError(message)


def _jobs(player: Player, number: int, point: Point) -> Iterable[Job]:
    jobs = player.jobs(point.scenario, point.policies, point.plans, tree=point.tree)
    return (attrs.evolve(job, point=number) for job in jobs)


def _runs(point: Point) -> int:
    return len(point.policies) * len(point.plans)
