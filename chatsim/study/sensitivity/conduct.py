"""A sensitivity analysis from its request to its findings: choose combinations, play them, look at flips twice."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import attrs
import numpy as np
from attrs import define, frozen

from chatsim.errors import ConfigurationError
from chatsim.policy import Policy
from chatsim.policy.presets import preset
from chatsim.study import manifest
from chatsim.study.analysis import outbreak_reach
from chatsim.study.backend import RunPlan
from chatsim.study.manifest import Version
from chatsim.study.partial import Partial, plan_fingerprint
from chatsim.study.player import Player, Progress
from chatsim.study.points import Point, PointRuns, play_points
from chatsim.study.populations import description_of, people_of
from chatsim.study.scenario import Scenario
from chatsim.study.scenario_checks import check
from chatsim.study.scenario_files import dump_scenario
from chatsim.study.search import headline_content
from chatsim.study.sensitivity import flips, indices, sampling, sentences
from chatsim.study.sensitivity.choices import Choice, alone, combination_of, swings_of, together
from chatsim.study.sensitivity.factors import Factor, combined, left_out
from chatsim.study.sensitivity.gaps import Reached
from chatsim.study.sensitivity.values import (
    Combination,
    Method,
    PolicyName,
    Role,
    Sensitivity,
    Stricter,
    Swing,
)
from chatsim.study.summary import FORMAT_VERSION

RUNS_MAX = 100_000
PERCENT = 100.0


@frozen
class Request:
    """What to analyse."""

    scenario: Scenario
    first: Policy
    second: Policy
    factors: tuple[Factor, ...]
    method: Method
    size: int
    """Trajectories or samples."""
    runs: int
    """Of every combination."""
    backend: str
    command: str

    def check(self) -> None:
        """Raise ConfigurationError for what cannot be analysed."""
        if self.first.name == self.second.name:
            message = (
                f"both policies are named {self.first.name}; sensitivity takes two that differ, "
                "each with a name of its own"
            )
            raise ConfigurationError(message)
        if same_rules(self.first, self.second):
            message = (
                f"{self.first.name} and {self.second.name} have the same rules; "
                "sensitivity takes two policies that differ"
            )
            raise ConfigurationError(message)
        if not 2 <= self.runs <= RUNS_MAX:
            message = (
                f"runs is {self.runs:,}; sensitivity takes a number from 2 to {RUNS_MAX:,}, "
                "because chance between runs is set apart from what is assumed"
            )
            raise ConfigurationError(message)
        sampling.check_size(self.method, self.size)
        check(self.scenario, self.policies)

    @property
    def policies(self) -> tuple[Policy, ...]:
        """What is played: uncapped, which may be one of the two, and both."""
        named = {each.name: each for each in (preset("uncapped"), self.first, self.second)}
        return tuple(named.values())

    @property
    def names(self) -> tuple[str, str, str]:
        """Of the control and the two policies."""
        return "uncapped", self.first.name, self.second.name


@define(eq=False, frozen=True)
class Analysis:
    """What an analysis found, with every combination."""

    found: Sensitivity
    combinations: tuple[Combination, ...]


@define(eq=False)
class Conduct:
    """One analysis under way."""

    request: Request
    player: Player
    progress: Progress

    def analyse(self, out: Path | None) -> Analysis:
        """Play and read everything. Finished runs are kept beside `out` until the caller has written the results."""
        request = self.request
        request.check()
        # Held while it plays, so that combinations with the same people share them.
        people = people_of(request.scenario.population)
        if outbreak_reach(people.users) > people.users:
            message = (
                f"there are {people.users:,} people, but a big outbreak takes {outbreak_reach(people.users):,}; "
                "sensitivity takes at least as many people"
            )
            raise ConfigurationError(message)
        plan = sampling.plan(request.method, self._names(), request.size, request.scenario.seed)
        choices = (*alone(request.scenario, request.factors), *together(request.factors, plan))
        partial = self._partial(out)
        originators = request.scenario.originators_among(people.users)
        reached = self._play("Playing", choices, 0, originators, partial)
        played = [
            combination_of(i, choice, each, people.users)
            for i, (choice, each) in enumerate(zip(choices, reached, strict=True))
        ]
        usually = flips.usually_stricter(played)
        looked = flips.flipped(played, usually)
        chance = self._chance(looked, choices, originators, partial, people.users)
        combinations = [flips.undecided(each) if each.number in chance else each for each in played]
        swings = swings_of(request.factors, choices, reached, combinations)
        setting = sentences.setting(
            request.scenario, description_of(request.scenario.population, people), originators
        )
        found = self._found(combinations, swings, usually, len(chance), plan, setting, people.users)
        return Analysis(found, tuple(combinations))

    def _names(self) -> list[str]:
        return [factor.name for factor in self.request.factors]

    def _partial(self, out: Path | None) -> Partial | None:
        if out is None:
            return None
        request = self.request
        ranges = (repr((each.name, each.low, each.high)) for each in request.factors)
        rows = (repr(each) for each in request.policies)
        size = f"{request.method} {request.size} {request.runs} {request.backend}"
        versions = (str(version) for version in _versions())
        parts = (dump_scenario(request.scenario), size, *ranges, *rows, *versions)
        return Partial.open(out, plan_fingerprint(*parts))

    def _play(
        self,
        title: str,
        choices: Sequence[Choice],
        first_run: int,
        originators: int,
        partial: Partial | None,
    ) -> list[Reached]:
        request = self.request
        plans = tuple(RunPlan(first_run + i, originators) for i in range(request.runs))
        points = [
            Point(
                combined(request.scenario, request.factors, choice.values), request.policies, plans
            )
            for choice in choices
        ]
        of_each = len(plans) * len(request.policies)
        self.progress.stage(title, of_each * len(points))
        found = []
        with contextlib.closing(play_points(self.player, points, partial)) as played:
            for runs in played:
                found.append(self._reached(runs))
                self.progress.finished(of_each)
        return found

    def _reached(self, runs: PointRuns) -> Reached:
        return Reached.of(runs, self.request.names)

    def _chance(
        self,
        looked: Sequence[Combination],
        choices: Sequence[Choice],
        originators: int,
        partial: Partial | None,
        users: int,
    ) -> set[int]:
        """Which of the combinations that look like a flip do not with as many new runs.

        One interval in twenty misses what it is of, and hundreds of combinations have one each.
        """
        if not looked:
            return set()
        again = self._play(
            "Looking at flips again",
            [choices[each.number] for each in looked],
            self.request.runs,
            originators,
            None if partial is None else partial.of_point(len(choices)),
        )
        return {
            each.number
            for each, reached in zip(looked, again, strict=True)
            if reached.stricter(users) is not each.stricter
        }

    def _found(
        self,
        combinations: Sequence[Combination],
        swings: tuple[Swing, ...],
        usually: Stricter,
        unconfirmed: int,
        plan: sampling.Matrix,
        setting: str,
        users: int,
    ) -> Sensitivity:
        request, scenario = self.request, self.request.scenario
        names, titles = self._names(), [each.parameter.title for each in request.factors]
        gaps = PERCENT * np.array([e.gap.value for e in combinations if e.role is Role.PLAN])
        is_morris = request.method is Method.MORRIS
        compared = [each for each in combinations if each.stricter is not Stricter.NOTHING]
        found = Sensitivity(
            format_version=FORMAT_VERSION,
            command=request.command,
            scenario=dump_scenario(scenario),
            setting=setting,
            headline=scenario.contents[headline_content(scenario)].name,
            first=_named(request.first),
            second=_named(request.second),
            method=request.method,
            size=request.size,
            runs=request.runs,
            users=users,
            outbreak_reach=outbreak_reach(users),
            seed=scenario.seed,
            backend=request.backend,
            factors=tuple(factor.described(scenario) for factor in request.factors),
            left_out=left_out(request.factors),
            base=combinations[0],
            swings=swings,
            chance=_chance_of(compared),
            gap_low=min((each.gap.value for each in compared), default=0.0),
            gap_high=max((each.gap.value for each in compared), default=0.0),
            counts=flips.counts_of(combinations),
            flips=flips.flips_of(combinations, request.factors, usually, unconfirmed),
            morris=indices.morris_indices(names, titles, plan, gaps, scenario.seed)
            if is_morris
            else (),
            sobol=() if is_morris else indices.sobol_indices(names, titles, gaps, scenario.seed),
            title="",
            answer=(),
            weakness=(),
            versions=_versions(),
        )
        return attrs.evolve(
            found,
            title=sentences.title(found),
            answer=sentences.answer(found),
            weakness=sentences.weakness(found),
        )


def same_rules(first: Policy, second: Policy) -> bool:
    """Whether two policies differ in nothing but what they are called and where they come from."""
    rules = (
        attrs.evolve(each, name="", title="", note="", provenance=None, group_members_max=None)
        for each in (first, second)
    )
    return next(rules) == next(rules)


def _chance_of(combinations: Sequence[Combination]) -> float:
    halves = [
        (each.gap.high - each.gap.low) / 2
        for each in combinations
        if each.gap.low is not None and each.gap.high is not None
    ]
    return float(np.median(halves)) if halves else 0.0


def _versions() -> tuple[Version, ...]:
    """What decides the numbers; the plan is SALib's."""
    return (*manifest.versions(), Version("SALib", metadata.version("SALib")))


def _named(policy: Policy) -> PolicyName:
    return PolicyName(policy.name, policy.title or policy.name, policy.chats_at_a_time)
