"""The answer if people who are held back tried again never, half the time or nearly always.

Nobody has measured how often they do, and it decides how much a cap does: no other assumption is asked about so often.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from chatsim.behaviour.values import Audience
from chatsim.policy import Policy
from chatsim.study import statistics
from chatsim.study.backend import RunPlan
from chatsim.study.beyond import PersistenceAnswer, PersistenceAnswers, PolicyAnswer
from chatsim.study.beyond_sentences import (
    HALF_THE_TIME,
    NEARLY_ALWAYS,
    NEVER,
    persistence_sentence,
)
from chatsim.study.points import Point, PointRuns
from chatsim.study.scenario import Scenario
from chatsim.study.sentences import strictest
from chatsim.study.summary import Summary

VALUES = (NEVER, HALF_THE_TIME, NEARLY_ALWAYS)
RUNS_MIN = 10
"""Fewer runs give no interval to speak of, so that a small study plays all of its own."""
PLAYED_MAX = 50_000_000
"""People times contents, policies and further runs: unless somebody asks, more are not played."""


def runs_of(scenario: Scenario) -> int:
    """Runs of each answer: half of the study's, at least `RUNS_MIN` where it has so many."""
    return min(scenario.runs, max(RUNS_MIN, -(-scenario.runs // 2)))


def plans_of(scenario: Scenario, users: int) -> tuple[RunPlan, ...]:
    """The first of the study's own runs."""
    originators = scenario.originators_among(users)
    return tuple(RunPlan(run, originators) for run in range(runs_of(scenario)))


def points(scenario: Scenario, policies: Sequence[Policy], users: int) -> list[Point]:
    """What is to be played besides the study's own runs.

    The control holds nobody back, so that its runs are the same whatever people would do then.
    """
    plans = plans_of(scenario, users)
    return [
        Point(_at(scenario, value), tuple(policies[1:]), plans)
        for value in VALUES
        if value != scenario.behaviour.persistence
    ]


def _at(scenario: Scenario, persistence: float) -> Scenario:
    behaviour = attrs.evolve(scenario.behaviour, persistence=persistence)
    return attrs.evolve(scenario, behaviour=behaviour)


def why_not(
    asked: bool | None, scenario: Scenario, users: int, policies: Sequence[Policy]
) -> str | None:
    """Why the answers are not played, in a sentence; None where they are."""
    if scenario.behaviour.audience is not Audience.PICK:
        return (
            "Persistence changes nothing here: only people who pick their chats try again "
            f"when they are held back, and the audience is {scenario.behaviour.audience.value}."
        )
    if len(policies) < 2:
        return "There is no policy to compare, so that nobody is held back."
    if asked is False:
        return "Other persistence was not played; it takes a study without --no-persistence."
    further = len(points(scenario, policies, users)) * runs_of(scenario) * (len(policies) - 1)
    size = users * len(scenario.contents) * further
    if asked is None and size > PLAYED_MAX:
        return (
            f"Other persistence was not played: {further:,} further runs among {users:,} people are more "
            f"than a study plays unasked; --persistence plays them."
        )
    return None


def answers(
    scenario: Scenario,
    summary: Summary,
    own: Mapping[str, Sequence[int]],
    played: Sequence[PointRuns],
) -> PersistenceAnswers:
    """The answers of a study; `own` is the headline's reach by policy in the study's own first runs."""
    headline = [content.name for content in scenario.contents].index(summary.study.headline)
    names = [policy.name for policy in summary.policies]
    reach = {scenario.behaviour.persistence: own}
    for each in played:
        others = {name: [run.reach for run in each.measures(name, headline)] for name in names[1:]}
        reach[each.point.scenario.behaviour.persistence] = {names[0]: own[names[0]], **others}
    found = tuple(_answer(value, reach[value], names) for value in VALUES)
    best = strictest(summary.policies, summary.study.headline) or summary.policies[-1]
    runs = runs_of(scenario)
    return PersistenceAnswers(runs, found, persistence_sentence(found, best.name, best.title, runs))


def _answer(
    value: float, reach: Mapping[str, Sequence[int]], names: Sequence[str]
) -> PersistenceAnswer:
    control = reach[names[0]]
    return PersistenceAnswer(
        value,
        tuple(
            PolicyAnswer(
                name,
                statistics.mean(reach[name]),
                statistics.difference(reach[name], control) if name != names[0] else None,
            )
            for name in names
        ),
    )
