"""Runs among very many generated people by the engine: each leaves its measures, seconds and memory on disk at once.

A study plays, for each of its runs, a further one with one originator, and may keep trees. Among a billion people that
is another hour and does not fit into memory, so that here are neither.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import attrs
import msgpack
from attrs import define, frozen

from chatsim.cascade.measures import RunMeasures
from chatsim.cascade.packing import pack_measures, unpack_measures
from chatsim.engine import Engine
from chatsim.engine.playing import CROWD
from chatsim.errors import ConfigurationError, StoreError
from chatsim.model import ONE_DAY, ONE_MINUTE
from chatsim.policy import Policy
from chatsim.policy.presets import preset
from chatsim.study import manifest
from chatsim.study.analysis import summarise
from chatsim.study.backend import RunPlan
from chatsim.study.partial import Partial, plan_fingerprint
from chatsim.study.player import Progress
from chatsim.study.playing import workers_here
from chatsim.study.policy_runs import PolicyRuns
from chatsim.study.populations import STORED_USERS_MAX, people_of
from chatsim.study.scenario import Generated, Scenario
from chatsim.study.scenario_checks import check
from chatsim.study.scenario_files import dump_scenario
from chatsim.study.summary import Summary
from machine import forget_peak, peak_bytes


@frozen
class Cost:
    """What one run took."""

    seconds: float
    """Of wall clock, without setting the people up."""
    peak_bytes: int | None
    """The most memory of the whole process during the run."""


@define(eq=False, frozen=True)
class LargeRun:
    """One finished run, and what it took when it was played."""

    measures: tuple[RunMeasures, ...]
    """By content."""
    cost: Cost


@define(eq=False, frozen=True)
class LargeStudy:
    """All runs of one scenario."""

    summary: Summary
    costs: tuple[tuple[Cost, ...], ...]
    """By policy, in the summary's order, then by run."""
    set_up_seconds: float
    """Of wall clock, once for all runs."""


def pack(run: LargeRun) -> bytes:
    """The run as one msgpack array."""
    cost = run.cost
    packed: bytes = msgpack.packb([cost.seconds, cost.peak_bytes, pack_measures(run.measures)])
    return packed


def unpack(packed: bytes) -> LargeRun:
    """What `pack` packed; StoreError for anything else."""
    try:
        seconds, peak, measures = msgpack.unpackb(packed)
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise StoreError(
            "a kept run is damaged: it does not hold what a large run leaves"
        ) from error
    return LargeRun(unpack_measures(measures), Cost(seconds, peak))


def large_study(
    scenario: Scenario, policies: Sequence[Policy], directory: Path, progress: Progress
) -> LargeStudy:
    """Plays what is not kept beside `directory` yet; `policies[0]` is the control.

    Further runs and policies of the same scenario add to what is kept. All policies meet in a run before the next
    begins, with all threads within each run.
    """
    check(scenario, policies)
    if scenario.redraw_population:
        raise ConfigurationError("redraw_population is set; large runs share one population")
    partial = Partial.open(directory, _fingerprint(scenario))
    progress.stage("Setting up", 1)
    warm_up(scenario)
    start = time.perf_counter()
    people = people_of(scenario.population)
    engine = engine_of(scenario)
    set_up_seconds = time.perf_counter() - start
    progress.finished(1)
    originators = scenario.originators_among(people.users)
    runs: list[list[LargeRun]] = [[] for _ in policies]
    progress.stage("Playing", scenario.runs * len(policies))
    for number in range(scenario.runs):
        for policy, done in zip(policies, runs, strict=True):
            done.append(_played(engine, policy, RunPlan(number, originators), partial))
            progress.finished(1)
    ours = [
        PolicyRuns(policy, [run.measures for run in done], outbreak_reach=())
        for policy, done in zip(policies, runs, strict=True)
    ]
    costs = tuple(tuple(run.cost for run in done) for done in runs)
    return LargeStudy(summarise(scenario, people, ours), costs, set_up_seconds)


def engine_of(scenario: Scenario) -> Engine:
    """An engine over the scenario's people, stored or not."""
    return Engine.of(
        people_of(scenario.population),
        scenario.contents,
        scenario.behaviour,
        seed=scenario.seed,
        duration_seconds=scenario.duration_seconds,
        enforcement=scenario.enforcement,
    )


def warm_up(scenario: Scenario) -> None:
    """Compiles what the engine needs for such people: a crowd posts, and a minute later it is over."""
    people = scenario.population
    if isinstance(people, Generated):
        people = attrs.evolve(people, users=min(people.users, STORED_USERS_MAX + 1))
    short = attrs.evolve(
        scenario,
        population=people,
        originators=None,
        duration_seconds=ONE_DAY // 2 + 2 * ONE_MINUTE,
    )
    engine, crowd = engine_of(short), min(people_of(people).users, 2 * CROWD)
    for threads in {1, workers_here()}:
        engine.tally(preset("uncapped"), run=0, originators=crowd, threads=threads)


def _played(engine: Engine, policy: Policy, plan: RunPlan, partial: Partial) -> LargeRun:
    kept = partial.load(policy.name, plan, unpack)
    if kept is not None:
        return kept
    forget_peak()
    start = time.perf_counter()
    measures = engine.tally(
        policy, run=plan.run, originators=plan.originators, threads=workers_here()
    )
    cost = Cost(time.perf_counter() - start, peak_bytes())
    thin = tuple(attrs.evolve(each, exposure=each.exposure.thinned()) for each in measures)
    run = LargeRun(thin, cost)
    partial.keep(policy.name, plan, pack(run))
    return run


def _fingerprint(scenario: Scenario) -> str:
    """Of what decides a run, but for its number and its policy, which its file is named by."""
    plain = attrs.evolve(scenario, runs=1, policies=("uncapped",))
    versions = (str(version) for version in manifest.versions())
    return plan_fingerprint("large runs", dump_scenario(plain), *versions)
