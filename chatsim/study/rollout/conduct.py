"""Simulated A/B tests under way: the truth's runs, then one run with an assignment of its own for each replicate."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs
import numpy as np
from attrs import define, frozen

from chatsim.cascade.values import RunOutcome
from chatsim.errors import ConfigurationError
from chatsim.policy import Policy
from chatsim.population.communities import COMMUNITY
from chatsim.population.parts import Rollout, Unit
from chatsim.study.backend import RunPlan
from chatsim.study.manifest import versions
from chatsim.study.partial import Partial, plan_fingerprint
from chatsim.study.player import Player, Progress
from chatsim.study.points import Point, PointRuns, play_points
from chatsim.study.populations import description_of, people_of, spec_of_run
from chatsim.study.rollout import analysis, sentences
from chatsim.study.rollout.analysis import OUTCOMES, Arms, Assignment
from chatsim.study.rollout.values import RolloutFound, Trial
from chatsim.study.ruling import parts_of
from chatsim.study.scenario import Generated, Scenario
from chatsim.study.scenario_files import dump_scenario
from chatsim.study.search import headline_content
from chatsim.study.summary import FORMAT_VERSION, Chance

Logged = dict[tuple[int, str], analysis.Outcomes]
"""By content and outcome."""


@frozen
class Request:
    """What to test: a policy against a control, by these units."""

    scenario: Scenario
    """Without a rollout; its runs are the replicates."""
    control: Policy
    policy: Policy
    units: tuple[Unit, ...]
    share: float
    backend: str
    command: str


def units_of(scenario: Scenario) -> tuple[Unit, ...]:
    """Every way to randomise that a scenario allows."""
    units = [Unit.USER]
    if isinstance(scenario.population, Generated) and scenario.population.users > COMMUNITY:
        units.append(Unit.COMMUNITY)
    if len(scenario.regions) > 1:
        units.append(Unit.REGION)
    return tuple(units)


def check(request: Request) -> None:
    """Raise ConfigurationError for what no test can be made of."""
    scenario = request.scenario
    if scenario.rollout is not None:
        message = (
            f"scenario {scenario.name} has a rollout of its own; a test of rollouts makes them: "
            "it takes a scenario without one"
        )
        raise ConfigurationError(message)
    if not 0 < request.share < 1:
        message = f"share is {request.share:g}; a test takes a share between 0 and 1, so that there are two arms"
        raise ConfigurationError(message)
    if scenario.redraw_population:
        message = "redraw_population is true; a test of rollouts takes the same people in every run"
        raise ConfigurationError(message)
    if request.policy.name == request.control.name:
        message = f"the policy and the control are both {request.policy.name}; a test takes two that differ"
        raise ConfigurationError(message)
    possible = units_of(scenario)
    for unit in request.units:
        if unit not in possible:
            takes = " or ".join(possible)
            message = f"a test by {unit} is asked for, and scenario {scenario.name} can be randomised by {takes}"
            raise ConfigurationError(message)


@define(eq=False)
class Conduct:
    """One study of rollouts under way."""

    request: Request
    player: Player
    progress: Progress

    def study(self, out: Path | None) -> RolloutFound:
        """Plays everything; finished runs are kept beside `out`."""
        check(self.request)
        scenario = self.request.scenario
        users = people_of(spec_of_run(scenario, 0)).users
        plans = [RunPlan(run, scenario.originators_among(users)) for run in range(scenario.runs)]
        points = self.points(plans)
        partial = None if out is None else Partial.open(out, self._fingerprint())
        # By point, then by policy and plan.
        logs = [
            [_logged(outcome) for outcome in _outcomes(runs)]
            for runs in play_points(self.player, points, partial, self.progress)
        ]
        return self._found(users, logs)

    def points(self, plans: Sequence[RunPlan]) -> list[Point]:
        """The truth first, then by unit one point for each replicate."""
        request = self.request
        truth = Point(request.scenario, (request.control, request.policy), tuple(plans), tree=True)
        tested = attrs.evolve(request.policy, untreated=request.control)
        return [
            truth,
            *(
                Point(self._rolled_out(unit, plan.run), (tested,), (plan,), tree=True)
                for unit in request.units
                for plan in plans
            ),
        ]

    def _rolled_out(self, unit: Unit, replicate: int) -> Scenario:
        rollout = Rollout(unit, self.request.share, seed=replicate)
        return attrs.evolve(self.request.scenario, rollout=rollout)

    def _assignment(self, unit: Unit, replicate: int, users: int) -> Assignment:
        scenario = self._rolled_out(unit, replicate)
        parts = parts_of(scenario, replicate, users)
        treated = np.array([part.treated for part in parts.parts])[parts.of_user]
        everybody = np.arange(users)
        match unit:
            case Unit.USER:
                return Assignment(treated, everybody)
            case Unit.COMMUNITY:
                return Assignment(treated, everybody // COMMUNITY)
            case Unit.REGION:
                names = [region.name for region in scenario.regions]
                region = np.array([names.index(part.region or "") for part in parts.parts])
                return Assignment(treated, region[parts.of_user])

    def _found(self, users: int, logs: list[list[Logged]]) -> RolloutFound:
        request, scenario = self.request, self.request.scenario
        truth, tests = logs[0], [each for (each,) in logs[1:]]
        runs = scenario.runs
        controls, treated = truth[:runs], truth[runs:]
        trials = []
        for i, unit in enumerate(request.units):
            assignments = [self._assignment(unit, run, users) for run in range(runs)]
            mine = tests[i * runs : (i + 1) * runs]
            for content, described in enumerate(scenario.contents):
                for outcome in OUTCOMES:
                    key = (content, outcome)

                    def of(
                        logged: Sequence[Logged], key: tuple[int, str] = key
                    ) -> list[analysis.Outcomes]:
                        return [each[key] for each in logged]

                    trial = trial_of(
                        str(unit),
                        described.name,
                        outcome,
                        assignments,
                        of(mine),
                        of(controls),
                        of(treated),
                    )
                    trials += [] if trial is None else [trial]
        headline = scenario.contents[headline_content(scenario)]
        people = description_of(scenario.population, people_of(spec_of_run(scenario, 0)))
        title = request.policy.title or request.policy.name
        found = RolloutFound(
            format_version=FORMAT_VERSION,
            title=f"What would an A/B test of {title} have said?",
            setting=sentences.setting(scenario, headline, users, people, request.share),
            policy=request.policy.name,
            policy_title=title,
            control_title=request.control.title or request.control.name,
            headline=headline.name,
            share=request.share,
            users=users,
            replicates=runs,
            tests=tuple(trials),
            answer=(),
            weakness=(),
            command=request.command,
            seed=scenario.seed,
            backend=request.backend,
            versions=versions(),
        )
        answer, weakness = sentences.answer(found), sentences.weakness(found)
        return attrs.evolve(found, answer=answer, weakness=weakness)

    def _fingerprint(self) -> str:
        request = self.request
        rules = (
            repr(each) for each in (request.control, request.policy, request.units, request.share)
        )
        return plan_fingerprint(
            "rollout",
            dump_scenario(request.scenario),
            request.backend,
            *rules,
            *map(str, versions()),
        )


def _logged(outcome: RunOutcome) -> Logged:
    return {
        (content, name): analysis.outcome_of(run, name)
        for content, run in enumerate(outcome.contents)
        for name in OUTCOMES
    }


def _outcomes(runs: PointRuns) -> list[RunOutcome]:
    return [outcome for policy in runs.point.policies for outcome in runs.outcomes(policy.name)]


def trial_of(
    unit: str,
    content: str,
    outcome: str,
    assignments: Sequence[Assignment],
    tested: Sequence[analysis.Outcomes],
    controls: Sequence[analysis.Outcomes],
    treated: Sequence[analysis.Outcomes],
) -> Trial | None:
    """What the tests by one unit say of one content and outcome, by replicate; None where nothing happens untreated.

    `tested` is logged with the assignment, `controls` with nobody treated, `treated` with everybody.
    """
    pairs = list(zip(assignments, tested, strict=True))
    said = [assignment.arms(logged) for assignment, logged in pairs]
    true = [
        Arms(float(everybody.mean()), float(nobody.mean()))
        for everybody, nobody in zip(treated, controls, strict=True)
    ]
    estimate, truth = analysis.relative(said), analysis.relative(true)
    if estimate is None or truth is None:
        return None
    power = analysis.chance([assignment.found(logged) for assignment, logged in pairs])
    false_alarms: Chance | None = analysis.chance(
        [each.found(logged) for each, logged in zip(assignments, controls, strict=True)]
    )
    return Trial(
        unit=unit,
        units=assignments[0].units,
        content=content,
        outcome=outcome,
        estimate=estimate,
        truth=truth,
        bias=analysis.bias(said, true),
        power=power,
        false_alarms=false_alarms,
    )
