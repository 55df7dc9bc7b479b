"""From the measures of every run to the summary of a study."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from chatsim.behaviour.values import Content
from chatsim.cascade.measures import RunMeasures, reach_over_time, seconds_to_reach
from chatsim.model import ONE_HOUR, ONE_MINUTE
from chatsim.study import sentences, statistics
from chatsim.study.assumptions import NOT_MODELLED, assumptions
from chatsim.study.frontier import frontier
from chatsim.study.policy_runs import PolicyRuns
from chatsim.study.populations import People, description_of
from chatsim.study.ranking import ranking
from chatsim.study.scenario import Scenario
from chatsim.study.summary import (
    FORMAT_VERSION,
    ContentDescription,
    ContentResult,
    Estimate,
    HalfTime,
    Labels,
    PolicyResult,
    Series,
    StudyDescription,
    Summary,
)

OUTBREAK_SHARE = 0.2
OUTBREAK_PEOPLE = 100
SERIES_POINTS = 160
DIES_OUT_MIN = 1e-3
"""From this chance on that none of a run's originators breaks out, intervals reckon with a run that dies out."""


def outbreak_reach(users: int) -> int:
    """The reach from which a run is a big outbreak: 20 % of the population, and at least 100 people."""
    share = -(-users * round(OUTBREAK_SHARE * 100) // 100)
    return max(OUTBREAK_PEOPLE, share)


def summarise(scenario: Scenario, population: People, policies: Sequence[PolicyRuns]) -> Summary:
    """The summary of a study; `policies[0]` is the control.

    `scenario` holds what was played: a share that was looked for is a number in it. `population` is the first one
    where each run has its own.
    """
    study = describe(scenario, population, policies[0])
    results = tuple(_policy(scenario, study, ours, policies[0]) for ours in policies)
    headline = [content.name for content in scenario.contents].index(study.headline)
    return Summary(
        format_version=FORMAT_VERSION,
        study=study,
        policies=results,
        answer=sentences.answer(study, results),
        finding=sentences.finding(study, results),
        weakness=sentences.weakness(study, results),
        ranking=ranking(policies, headline),
        frontier=frontier(scenario, policies, results),
    )


def describe(scenario: Scenario, population: People, control: PolicyRuns) -> StudyDescription:
    """What was run, in words and numbers."""
    originators = scenario.originators_among(population.users)
    headline = next((each for each in scenario.contents if each.harmful), scenario.contents[0])
    runs = len(control.runs)
    people = description_of(scenario.population, population)
    return StudyDescription(
        sentence=sentences.study_sentence(
            headline,
            originators,
            people,
            scenario.duration_seconds,
            runs,
            sentences.rollout_text(scenario.rollout, population.users, len(scenario.regions)),
        ),
        headline=headline.name,
        contents=tuple(_content_description(content) for content in scenario.contents),
        users=population.users,
        population=people,
        population_notes=tuple(population.notes),
        originators=originators,
        runs=runs,
        outbreak_runs=len(control.outbreak_reach),
        duration_seconds=scenario.duration_seconds,
        seed=scenario.seed,
        enforcement=scenario.enforcement.value,
        e2ee=scenario.e2ee,
        outbreak_reach=outbreak_reach(population.users),
        assumptions=assumptions(scenario),
        not_modelled=NOT_MODELLED,
    )


def _content_description(content: Content) -> ContentDescription:
    return ContentDescription(
        name=content.name,
        share_probability=content.share_probability,
        half_life_seconds=content.half_life_seconds,
        harmful=content.harmful,
        kind=content.kind.value,
    )


def _policy(
    scenario: Scenario, study: StudyDescription, ours: PolicyRuns, control: PolicyRuns
) -> PolicyResult:
    policy, known = ours.policy, ours.policy.provenance
    return PolicyResult(
        name=policy.name,
        title=policy.title or policy.name,
        chats_at_a_time=policy.chats_at_a_time,
        labels=policy.labels,
        source=known.source if known else None,
        since=str(known.since) if known else None,
        from_memory=known.from_memory if known else (),
        checked=str(known.checked) if known and known.checked else None,
        note=policy.note,
        harmless_reach_lost=_harmless_reach_lost(scenario, ours, control),
        contents=tuple(
            _Cell(study, content.name, i, ours, control).result()
            for i, content in enumerate(scenario.contents)
        ),
    )


def _harmless_reach_lost(
    scenario: Scenario, ours: PolicyRuns, control: PolicyRuns
) -> Estimate | None:
    harmless = [i for i, content in enumerate(scenario.contents) if not content.harmful]
    if not harmless or ours is control:
        return None

    def reach(runs: PolicyRuns) -> list[int]:
        return [sum(run[i].reach for i in harmless) for run in runs.runs]

    lost = statistics.difference(reach(ours), reach(control))
    return statistics.shifted(lost.relative, -1.0, 0.0) if lost else None


@frozen
class _Cell:
    """One policy and one content, on the way to its result."""

    study: StudyDescription
    content: str
    number: int
    ours: PolicyRuns
    control: PolicyRuns

    def result(self) -> ContentResult:
        runs = self._runs(self.ours)
        reach = [run.reach for run in runs]
        control_reach = [run.reach for run in self._runs(self.control)]
        is_control = self.ours is self.control
        outbreaks = [run[self.number] for run in self.ours.outbreak_reach]
        big = sum(each >= self.study.outbreak_reach for each in outbreaks)
        return ContentResult(
            content=self.content,
            reach=statistics.mean(reach, self._floor(float(self.study.originators))),
            against_uncapped=None if is_control else statistics.difference(reach, control_reach),
            outbreaks=statistics.chance(big, len(outbreaks)),
            half_time=self._half_time(runs, control_reach),
            busiest_hour=self._mean(lambda run: run.busiest_hour),
            copies=self._mean(lambda run: run.copies),
            forwards=self._mean(lambda run: run.forwards),
            held_back=self._mean(lambda run: run.held_back),
            held_back_per_100=self._held_back_per_100(runs),
            denied=self._mean(lambda run: run.denied),
            refused=self._mean(lambda run: run.refused),
            extra_actions=self._mean(lambda run: run.extra_actions),
            pasted=self._mean(lambda run: run.pasted),
            labels=self._labels(),
            depth_max=self._mean(lambda run: run.depth_max),
            depth_mean=self._mean(lambda run: run.depth_mean),
            breadth_max=self._mean(lambda run: run.breadth_max),
            breadth=tuple(float(people) for people in breadths(runs).mean(axis=0)),
            structural_virality=self._structural_virality(runs),
            r_by_generation=r_by_generation(runs),
            reach_per_run=tuple(reach),
            over_time=over_time(
                runs, self.study.duration_seconds, self._floor(float(self.study.originators))
            ),
        )

    def _runs(self, policy: PolicyRuns) -> list[RunMeasures]:
        return [run[self.number] for run in policy.runs]

    def _mean(self, measure: Callable[[RunMeasures], float]) -> Estimate:
        return statistics.mean([measure(run) for run in self._runs(self.ours)], self._floor(0.0))

    def _floor(self, nothing: float) -> float | None:
        """`nothing` where a run in which no originator breaks out is to be reckoned with."""
        singles = [run[self.number] for run in self.ours.outbreak_reach]
        dead = sum(reach < self.study.outbreak_reach for reach in singles)
        if not singles or (dead / len(singles)) ** self.study.originators < DIES_OUT_MIN:
            return None
        return nothing

    def _labels(self) -> Labels:
        none, forwarded, many_times = (
            statistics.mean([run.labels[label] for run in self._runs(self.ours)])
            for label in range(3)
        )
        return Labels(none, forwarded, many_times, self._mean(lambda run: run.wrong_labels))

    def _half_time(self, runs: list[RunMeasures], control_reach: list[int]) -> HalfTime:
        counted = [
            seconds_to_reach(run.exposure, -(-reach // 2))
            for run, reach in zip(runs, control_reach, strict=True)
            if reach >= self.study.outbreak_reach
        ]
        return statistics.half_time(counted, len(runs) - len(counted))

    @staticmethod
    def _structural_virality(runs: list[RunMeasures]) -> Estimate | None:
        known = [run.structural_virality for run in runs if run.structural_virality is not None]
        return statistics.mean(known) if len(known) == len(runs) else None

    @staticmethod
    def _held_back_per_100(runs: list[RunMeasures]) -> Estimate | None:
        per_forward = statistics.ratio(
            [run.held_back for run in runs], [run.forwards for run in runs]
        )
        return statistics.shifted(per_forward, 100.0, 0.0) if per_forward else None


def breadths(runs: Sequence[RunMeasures]) -> NDArray[np.float64]:
    """People by run and depth; as wide as the deepest run."""
    table = np.zeros((len(runs), max(len(run.breadth) for run in runs)))
    for line, run in zip(table, runs, strict=True):
        line[: len(run.breadth)] = run.breadth
    return table


def r_by_generation(runs: Sequence[RunMeasures]) -> tuple[Estimate, ...]:
    """Entry d: people first reached at depth d + 1 per person at depth d, summed over the runs.

    Ends at the first depth that fewer than half of the runs have: beyond, a few long runs would speak for all.
    """
    table = breadths(runs)
    entries = []
    for depth in range(table.shape[1] - 1):
        if 2 * np.count_nonzero(table[:, depth]) < len(runs):
            break
        entry = statistics.ratio(table[:, depth + 1], table[:, depth])
        if entry is None:
            break
        entries.append(entry)
    return tuple(entries)


def over_time(
    runs: Sequence[RunMeasures], duration_seconds: int, floor: float | None = None
) -> Series:
    """People reached, with its band: close together after the first post, ever further apart towards the end.

    `floor` is the reach of a run that dies out at once, where nobody may have seen one.
    """
    first_post = min((int(run.exposure.ticks[0]) for run in runs if run.reach), default=0)
    grid = instants(min(first_post, duration_seconds), duration_seconds)
    sample = np.array([reach_over_time(run.exposure, grid) for run in runs])
    centre, low, high = statistics.band(sample.astype(np.float64), floor)
    return Series(_floats(grid / ONE_HOUR), _floats(centre), _floats(low), _floats(high))


def instants(first_post: int, duration_seconds: int) -> NDArray[np.int64]:
    """Ticks, rising: 0, the first post, whole minutes after it in even steps of the logarithm, and the end.

    A cascade may be over within hours or take weeks, and either must show how it rises.
    """
    minutes = (duration_seconds - first_post) // ONE_MINUTE
    after = np.geomspace(1.0, max(1, minutes), SERIES_POINTS).round().astype(np.int64)
    ticks = first_post + ONE_MINUTE * after
    ends = [0, first_post, duration_seconds]
    return np.unique(np.append(ticks[ticks < duration_seconds], ends))


def _floats(values: NDArray[np.generic]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
