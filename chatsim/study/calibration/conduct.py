"""A calibration from its question to the vectors that fit and what they predict.

Every vector meets the same runs (common random numbers). Vectors that fit are played again in runs that none was chosen
by, for the predictions and for the fitted targets themselves.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from chatsim.errors import StoreError
from chatsim.policy import Policy, compile_row
from chatsim.study.backend import RunPlan
from chatsim.study.calibration.measuring import (
    Samples,
    Value,
    of_measures,
    of_tree,
    samples_of,
    value_of,
)
from chatsim.study.calibration.sampling import (
    Places,
    Proposals,
    Weights,
    mixture_weights,
    spread_evenly,
)
from chatsim.study.calibration.values import Calibration, Target
from chatsim.study.partial import Partial
from chatsim.study.player import Player, Progress
from chatsim.study.points import Point, PointRuns, play_points
from chatsim.study.search import headline_content

EVEN_SHARE = 0.5
"""Of all vectors, how many are spread evenly over the ranges before any is proposed around another."""
ROUNDS = 4
"""Of proposals."""
NEAREST_SHARE = 0.25
"""Of the vectors so far, how many are near enough to propose around, where fewer fit."""
FRESH = 1 << 20
"""The number of the first run that vectors are not chosen by."""


@frozen(eq=False)
class Tried:
    """Every vector that was played, and how near it came."""

    places: Places
    values: tuple[tuple[Value, ...], ...]
    """Of the fitted targets, by vector."""
    misfits: NDArray[np.float64]
    """The largest distance from a fitted target in units of tolerance and chance together: up to 1 fits. Infinite where
    chance alone is wider than the tolerance."""
    weights: Weights

    @property
    def fitting(self) -> NDArray[np.int64]:
        """The vectors that fit, by number."""
        return np.flatnonzero(self.misfits <= 1.0)


@frozen(eq=False)
class Drawn:
    """Vectors drawn from those that fit, by weight, and every target's value in further runs."""

    numbers: tuple[int, ...]
    """Among those tried; each once."""
    counts: tuple[int, ...]
    values: tuple[tuple[Value, ...], ...]
    """By vector, then by target."""


@frozen
class Setup:
    """What has to be played of a vector for some of the targets."""

    originators: int | None
    runs: int
    tree: bool
    policies: tuple[Policy, ...]
    targets: tuple[Target, ...]

    def point(self, calibration: Calibration, places: Sequence[float], first_run: int) -> Point:
        """The runs to play."""
        scenario = calibration.scenario_at(tuple(places))
        # Parameters leave the number of people alone, and files cannot be asked before they are read.
        users = getattr(scenario.population, "users", 1 << 30)
        originators = self.originators or scenario.originators_among(users)
        plans = tuple(RunPlan(first_run + run, originators) for run in range(self.runs))
        return Point(scenario, self.policies, plans, tree=self.tree)


def setups(calibration: Calibration, targets: Sequence[Target]) -> list[Setup]:
    """What the targets need, as few setups as there are ways to play."""
    ways: dict[tuple[int | None, int, bool], list[Target]] = {}
    for target in targets:
        way = (target.originators, target.runs or calibration.runs, target.measure.needs_tree)
        ways.setdefault(way, []).append(target)
    made = []
    for (originators, runs, tree), ours in ways.items():
        policies = {
            policy.name: policy for target in ours for policy in calibration.policies_of(target)
        }
        made.append(Setup(originators, runs, tree, tuple(policies.values()), tuple(ours)))
    return made


@frozen
class _Vector:
    """One vector as its values are kept."""

    stage: str
    number: int
    runs: int
    """What its values are made of."""

    @property
    def plan(self) -> RunPlan:
        """What it is kept as: one thing of its stage."""
        return RunPlan(self.number, 0)


@define(eq=False)
class Search:
    """One calibration under way."""

    calibration: Calibration
    player: Player
    progress: Progress
    partial: Partial | None = None
    resumed: int = field(default=0, init=False)
    """Vectors taken over from a former try."""

    def tried(self) -> Tried:
        """Vectors all over the ranges, then, round by round, around those that came nearest."""
        calibration = self.calibration
        self._announce("vectors", calibration.points, calibration.fitted)
        seed, dimensions = calibration.scenario.seed, len(calibration.parameters)
        even = max(8, int(EVEN_SHARE * calibration.points))
        places = spread_evenly(even, dimensions, seed)
        values = self._played(places, calibration.fitted, "vector", 0)
        rounds: list[tuple[Proposals, int]] = []
        for number in range(ROUNDS):
            left = calibration.points - len(places)
            misfits = self._misfits(values)
            weights = mixture_weights(places, even, rounds)
            near = _nearest(misfits)
            if len(near) < 2:
                break
            count = -(-left // (ROUNDS - number))
            proposals = Proposals.of(places[near], weights[near])
            proposals, proposed = proposals.drawn(count, seed + 1 + number)
            values += self._played(proposed, calibration.fitted, "vector", len(places))
            places = np.concatenate([places, proposed])
            rounds.append((proposals, len(proposed)))
        weights = mixture_weights(places, even, rounds)
        return Tried(places, tuple(values), self._misfits(values), weights)

    def drawn(self, tried: Tried) -> Drawn:
        """Vectors drawn from those that fit, played in runs of their own for every target."""
        fitting = tried.fitting
        if not len(fitting):
            return Drawn((), (), ())
        draws = self.calibration.draws
        chances = np.cumsum(tried.weights[fitting]) / tried.weights[fitting].sum()
        # Systematic resampling: each vector comes as often as its weight says, up to one.
        steps = (np.arange(draws) + 0.5) / draws
        chosen = fitting[np.searchsorted(chances, np.minimum(steps, chances[-1]))]
        numbers, counts = np.unique(chosen, return_counts=True)
        self._announce("predictions", len(numbers), self.calibration.targets)
        values = self._played(tried.places[numbers], self.calibration.targets, "drawn", FRESH)
        return Drawn(tuple(numbers.tolist()), tuple(counts.tolist()), tuple(values))

    def _announce(self, stage: str, vectors: int, targets: Sequence[Target]) -> None:
        runs = sum(_runs(each) for each in setups(self.calibration, targets))
        self.progress.stage(stage, vectors * runs)

    def _misfits(self, values: Sequence[Sequence[Value]]) -> NDArray[np.float64]:
        targets = self.calibration.fitted
        return np.array(
            [
                max(misfit(each, target) for each, target in zip(vector, targets, strict=True))
                for vector in values
            ]
        )

    def _played(
        self, places: Places, targets: Sequence[Target], stage: str, first: int
    ) -> list[tuple[Value, ...]]:
        """The targets' values of every vector: what was kept of it, or its runs, those of all vectors together."""
        ways = setups(self.calibration, targets)
        of_each = sum(_runs(way) for way in ways)
        vectors = [_Vector(stage, first + number, of_each) for number in range(len(places))]
        found = {each: self._kept(each, targets) for each in vectors}
        missing = [each for each in vectors if found[each] is None]
        self.resumed += len(vectors) - len(missing)
        self.progress.finished(of_each * (len(vectors) - len(missing)))
        first_run = first if stage == "drawn" else 0
        points = [
            way.point(self.calibration, places[each.number - first].tolist(), first_run)
            for each in missing
            for way in ways
        ]
        with contextlib.closing(play_points(self.player, points)) as played:
            for each, runs in zip(missing, _by_vector(played, len(ways)), strict=True):
                values = self._values(ways, runs, targets)
                if self.partial is not None:
                    self.partial.keep(each.stage, each.plan, _packed(values), each.runs)
                found[each] = values
                self.progress.finished(of_each)
        return [values for values in found.values() if values is not None]

    def _kept(self, vector: _Vector, targets: Sequence[Target]) -> tuple[Value, ...] | None:
        if self.partial is None:
            return None
        return self.partial.load(
            vector.stage, vector.plan, lambda packed: _unpacked(packed, targets), vector.runs
        )

    def _values(
        self, ways: Sequence[Setup], played: Sequence[PointRuns], targets: Sequence[Target]
    ) -> tuple[Value, ...]:
        values: dict[str, Value] = {}
        for way, runs in zip(ways, played, strict=True):
            values |= {target.name: self._value(target, runs) for target in way.targets}
        return tuple(values[target.name] for target in targets)

    def _value(self, target: Target, runs: PointRuns) -> Value:
        content = self.calibration.content_of(target)
        number = headline_content(runs.point.scenario) if content is None else content
        ours, *against = [
            _samples(target, runs, policy, number)
            for policy in self.calibration.policies_of(target)
        ]
        return value_of(target.measure, ours, against[0] if against else None)


def misfit(value: Value, target: Target) -> float:
    """The distance from the target in units of its tolerance and chance between runs together; infinite: undecided."""
    if not value.error <= target.tolerance:
        return float("inf")
    return float(abs(value.value - target.said) / np.hypot(target.tolerance, value.error))


def _samples(target: Target, runs: PointRuns, policy: Policy, content: int) -> Samples:
    measure = target.measure
    if not measure.needs_tree:
        return samples_of(
            [of_measures(measure, each) for each in runs.measures(policy.name, content)]
        )
    row, outcomes = compile_row(policy), runs.outcomes(policy.name)
    return samples_of([of_tree(measure, each.contents[content], row) for each in outcomes])


def _by_vector(played: Iterator[PointRuns], ways: int) -> Iterator[list[PointRuns]]:
    """The runs of one vector after another, each of so many points."""
    while runs := list(itertools.islice(played, ways)):
        yield runs


def _runs(setup: Setup) -> int:
    return setup.runs * len(setup.policies)


def _nearest(misfits: NDArray[np.float64]) -> NDArray[np.int64]:
    decided = misfits[np.isfinite(misfits)]
    if not len(decided):
        return np.zeros(0, dtype=np.int64)
    near = max(1.0, float(np.quantile(decided, NEAREST_SHARE)))
    return np.flatnonzero(misfits <= near)


def _packed(values: Sequence[Value]) -> bytes:
    return np.array([(each.value, each.error) for each in values], dtype="<f8").tobytes()


def _unpacked(packed: bytes, targets: Sequence[Target]) -> tuple[Value, ...]:
    if len(packed) != 16 * len(targets):
        message = "a finished vector is damaged"
        raise StoreError(message)
    rows = np.frombuffer(packed, dtype="<f8").reshape(-1, 2)
    return tuple(Value(float(value), float(error)) for value, error in rows)
