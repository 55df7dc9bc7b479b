"""A study from its scenario to its results: find a share if asked, play every run, measure, summarise."""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import attrs
import numpy as np
from attrs import define, frozen

from chatsim.behaviour.tables import build_tables
from chatsim.errors import ConfigurationError, RunError
from chatsim.policy import Policy
from chatsim.population.people import susceptibility_counts
from chatsim.population.values import Population
from chatsim.randomness.tables import fingerprint
from chatsim.study import manifest, persistence, precision
from chatsim.study.analysis import outbreak_reach, summarise
from chatsim.study.backend import RunPlan
from chatsim.study.beyond import PersistenceAnswers, Precision
from chatsim.study.manifest import Check, Manifest, PolicyTiming, Timing
from chatsim.study.partial import Partial, plan_fingerprint
from chatsim.study.player import Player, Progress
from chatsim.study.playing import Played, plans_of
from chatsim.study.points import play_points
from chatsim.study.policy_runs import PolicyRuns
from chatsim.study.populations import (
    People,
    description_of,
    is_implicit,
    people_of,
    spec_of_run,
)
from chatsim.study.precision import RUNS_MAX
from chatsim.study.results_files import Study
from chatsim.study.scenario import Scenario
from chatsim.study.scenario_files import dump_scenario
from chatsim.study.search import find_share, headline_content, with_share
from chatsim.study.summary import FORMAT_VERSION, Summary
from chatsim.study.tables import Names, PlayedRun, deeds_table, names_table, spread_table
from chatsim.study.tree import keeps_tree, require_room

LOOKS_PART = 999_999
"""The part of the kept runs that the looks of a study with a precision have; points are numbered from 0."""
SEARCH_RUNS = 24
"""Runs per trial of `--share auto`: enough to tell 30 from 90 %, however few the study has."""


@frozen
class Request:
    """What to study."""

    scenario: Scenario
    policies: tuple[Policy, ...]
    """The first is the control."""
    backend: str
    command: str
    search_share: bool = False
    """Whether the headline content's share probability is to be found first."""
    tree: bool | None = None
    """Whether to keep everybody's first copy and deeds; None: if they are not too many (`chatsim.study.tree`)."""
    persistence: bool | None = None
    """Whether to play the answer at other persistence; None: unless it is large (`chatsim.study.persistence`)."""
    runs_max: int = RUNS_MAX
    """The most runs of a study that goes on until it is precise enough."""


Checker = Callable[[Scenario, int], Check]
"""Relays one small run of a scenario over sockets; the number is how many people the scenario has."""


@define(eq=False)
class Conduct:
    """One study under way."""

    request: Request
    player: Player
    progress: Progress
    clock: Callable[[], float] = time.perf_counter

    def study(self, out: Path | None, check: Checker | None) -> Study:
        """Play and measure everything. Finished runs are kept beside `out` until the caller has written the study."""
        start = self.clock()
        population = people_of(spec_of_run(self.request.scenario, 0))
        if is_implicit(self.request.scenario.population):
            require_room(population.users)
        if self.request.scenario.precision is None:
            # Before anything is played: a tree that finds no room is an error.
            self._tree(population.users)
        if self.request.search_share:
            found = self._find_share(population.users)
            self.request = attrs.evolve(self.request, scenario=found, search_share=False)
        tables_hash = self._tables_hash(population)
        partial = self._partial(out, population, tables_hash)
        reached, known = self._precise(partial, population.users)
        tree = self._tree(population.users)
        scenario, policies = self.request.scenario, self.request.policies
        plans = plans_of(scenario, population.users)
        played, rows = self._play(plans, partial, [] if tree else known, tree=tree)
        runs = {(each.policy, each.plan): each for each in played}
        summary = summarise(
            scenario, population, [self._runs(policy, plans, runs) for policy in policies]
        )
        summary = attrs.evolve(
            summary,
            persistence=self._persistence(summary, runs, partial, population.users),
            precision=reached,
        )
        checked = None if check is None else self._check(check, population.users)
        order = [(policy.name, plan) for plan in plans for policy in policies]
        in_order = [rows[each] for each in order] if tree else []
        names = Names(
            tuple(policy.name for policy in policies),
            tuple(content.name for content in scenario.contents),
        )
        return Study(
            summary=summary,
            manifest=self._manifest(population, tables_hash, checked, tree=tree),
            timing=self._timing([runs[each] for each in order], self.clock() - start),
            spread=spread_table(in_order, names) if tree else None,
            deeds=deeds_table(in_order, names) if tree else None,
            names=None if population.names is None else names_table(population.names),
        )

    def _tree(self, users: int) -> bool:
        request, together = self.request, max(self.player.workers, self.player.threads)
        return keeps_tree(request.tree, request.scenario, users, len(request.policies), together)

    def _check(self, check: Checker, users: int) -> Check:
        self.progress.stage("Checking over TCP", 1)
        checked = check(self.request.scenario, users)
        self.progress.finished(1)
        return checked

    def _find_share(self, users: int) -> Scenario:
        scenario, control = self.request.scenario, self.request.policies[0]
        headline = headline_content(scenario)
        enough = outbreak_reach(users)
        if enough > users:
            message = (
                f"share is auto among {users:,} people, but a big outbreak takes {enough:,}; "
                "give a share such as 40 %, or more people"
            )
            raise ConfigurationError(message)
        # The study's own, as far as it has so many.
        plans = tuple(RunPlan(scenario.runs + i, 1) for i in range(SEARCH_RUNS))

        def breaks_out(share: float) -> float:
            self.progress.stage(f"Looking for a share probability: {share:.0%}", len(plans))
            jobs = self.player.jobs(with_share(scenario, share), [control], plans, tree=False)
            outbreaks = 0
            with contextlib.closing(self.player.play(jobs, None)) as runs:
                for each in runs:
                    outbreaks += each.measures[headline].reach >= enough
                    self.progress.finished(1)
            return outbreaks / len(plans)

        start = scenario.contents[headline].share_probability
        return with_share(scenario, find_share(start, breaks_out))

    def _precise(
        self, partial: Partial | None, users: int
    ) -> tuple[Precision | None, list[Played]]:
        """Runs until the main difference is known well enough; the request then has as many as were needed.

        Nothing where no precision is asked for. The looks take measures alone, so that a study that keeps its trees
        plays its runs again, the same as if their number had been given.
        """
        wanted, runs_max = self.request.scenario.precision, self.request.runs_max
        if wanted is None:
            return None, []
        policies, known = self.request.policies, list[Played]()
        originators = self.request.scenario.originators_among(users)
        headline = headline_content(self.request.scenario)
        kept = None if partial is None else partial.of_point(LOOKS_PART)
        for runs in precision.looks(runs_max):
            before = len(known) // len(policies)
            plans = [RunPlan(run, originators) for run in range(before, runs)]
            known += self._play(plans, kept, [], tree=False, title="Looking")[0]
            reach = {
                policy.name: [
                    each.measures[headline].reach
                    for each in sorted(known, key=lambda each: each.plan.run)
                    if each.policy == policy.name
                ]
                for policy in policies
            }
            taken = precision.look(reach)
            if precision.is_last(taken, wanted, runs_max):
                break
        scenario = attrs.evolve(self.request.scenario, runs=taken.runs)
        self.request = attrs.evolve(self.request, scenario=scenario)
        titles = {policy.name: policy.title or policy.name for policy in policies}
        return precision.concluded(taken, wanted, runs_max, titles), known

    def _persistence(
        self,
        summary: Summary,
        runs: dict[tuple[str, RunPlan], Played],
        partial: Partial | None,
        users: int,
    ) -> PersistenceAnswers:
        request = self.request
        scenario, policies = request.scenario, request.policies
        reason = persistence.why_not(request.persistence, scenario, users, policies)
        if reason is not None:
            return PersistenceAnswers(0, (), reason)
        points = persistence.points(scenario, policies, users)
        self.progress.stage(
            "At other persistence", sum(len(each.policies) * len(each.plans) for each in points)
        )
        played = []
        with contextlib.closing(play_points(self.player, points, partial)) as found:
            for each in found:
                played.append(each)
                self.progress.finished(len(each.played))
        played.sort(key=lambda each: each.number)
        headline = headline_content(scenario)
        own = {
            policy.name: [
                runs[policy.name, plan].measures[headline].reach
                for plan in persistence.plans_of(scenario, users)
            ]
            for policy in policies
        }
        return persistence.answers(scenario, summary, own, played)

    def _play(
        self,
        plans: Sequence[RunPlan],
        partial: Partial | None,
        known: Sequence[Played],
        *,
        tree: bool,
        title: str = "Playing",
    ) -> tuple[list[Played], dict[tuple[str, RunPlan], PlayedRun]]:
        """All runs, without their outcomes, and the rows of these outcomes; `known` ones are not played again."""
        policies = self.request.policies
        done = {each.plan for each in known}
        plans = [plan for plan in plans if plan not in done]
        expected = len(plans) * len(policies) + len(known)
        self.progress.stage(title, len(plans) * len(policies))
        played, rows = list(known), {}
        jobs = self.player.jobs(self.request.scenario, policies, plans, tree=tree)
        # Closed at once when the study breaks off, so that no server and no thread outlives it.
        with contextlib.closing(self.player.play(jobs, partial)) as runs:
            for each in runs:
                if each.outcome is not None:
                    narrow = PlayedRun.of(each.plan.run, each.policy, each.outcome)
                    rows[each.policy, each.plan] = narrow
                played.append(attrs.evolve(each, outcome=None))
                self.progress.finished(1)
        if len(played) != expected:
            message = f"only {len(played)} of {expected} runs were played"
            raise RunError(message)
        return played, rows

    def _partial(self, out: Path | None, population: People, tables_hash: str) -> Partial | None:
        if out is None:
            return None
        rules = (repr(policy) for policy in self.request.policies)
        if self.request.scenario.precision is None:
            kept = "tree" if self._tree(population.users) else "measures"
        else:
            # The number of runs is not known, and with it whether trees are kept; the same command decides alike.
            kept = f"tree {self.request.tree}, at most {self.request.runs_max} runs"
        kind = f"{self.request.backend}, {kept}"
        parts = (dump_scenario(self.request.scenario), kind, tables_hash)
        people = _ties_fingerprint(population)
        versions = (str(version) for version in manifest.versions())
        return Partial.open(out, plan_fingerprint(*parts, *rules, people, *versions))

    def _tables_hash(self, population: People) -> str:
        scenario = self.request.scenario
        return build_tables(
            scenario.behaviour,
            scenario.contents,
            susceptibility_counts(population),
            scenario.duration_seconds,
        ).fingerprint

    @staticmethod
    def _runs(
        policy: Policy, plans: Sequence[RunPlan], runs: dict[tuple[str, RunPlan], Played]
    ) -> PolicyRuns:
        half = len(plans) // 2
        single = [runs[policy.name, plan].measures for plan in plans[half:]]
        return PolicyRuns(
            policy=policy,
            runs=[runs[policy.name, plan].measures for plan in plans[:half]],
            outbreak_reach=[[measures.reach for measures in of_run] for of_run in single],
        )

    def _manifest(
        self, population: People, tables_hash: str, check: Check | None, *, tree: bool
    ) -> Manifest:
        request = self.request
        return Manifest(
            program=manifest.PROGRAM,
            format_version=FORMAT_VERSION,
            command=request.command,
            seed=request.scenario.seed,
            backend=request.backend,
            scenario=dump_scenario(request.scenario),
            policies=manifest.compiled_policies(request.policies),
            population=description_of(request.scenario.population, population),
            population_seed=population.seed,
            population_notes=population.notes,
            users=population.users,
            utc_offset_seconds=population.utc_offset_seconds,
            tables_hash=tables_hash,
            versions=manifest.versions(),
            tree=tree,
            commit=manifest.commit(),
            check=check,
        )

    def _timing(self, played: Iterable[Played], seconds: float) -> Timing:
        spent: dict[str, float] = defaultdict(float)
        resumed = 0
        for each in played:
            spent[each.policy] += each.seconds
            resumed += each.resumed
        return Timing(
            format_version=FORMAT_VERSION,
            seconds=seconds,
            workers=self.player.workers,
            threads=self.player.threads,
            resumed_runs=resumed,
            policies=tuple(
                PolicyTiming(policy.name, spent[policy.name], self.player.carried(policy.name))
                for policy in self.request.policies
            ),
        )


def _ties_fingerprint(people: People) -> str:
    # People who are not stored follow from the scenario, which is in the plan's fingerprint as well.
    if not isinstance(people, Population):
        return "implicit"
    ties = (people.contacts, people.contact_offsets, people.members, people.member_offsets)
    return fingerprint(*(tie.astype(np.int64) for tie in ties))
