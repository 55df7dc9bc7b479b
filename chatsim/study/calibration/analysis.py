"""From the vectors that were tried and drawn to what a calibration found."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from chatsim.study.calibration.conduct import Drawn, Tried
from chatsim.study.calibration.measuring import Value
from chatsim.study.calibration.results import (
    FORMAT_VERSION,
    Fit,
    ParameterRange,
    TargetResult,
    Together,
    Vector,
)
from chatsim.study.calibration.sentences import answer, setting
from chatsim.study.calibration.values import Calibration, Parameter, Target

Figures = NDArray[np.float64]
MIDDLE = (0.025, 0.25, 0.5, 0.75, 0.975)
PINNED_MIN = 0.5
"""By how much a range has to be shorter to be called pinned down."""
KOLMOGOROV_95 = 1.358
"""The 95 % quantile of Kolmogorov's law: what few vectors differ by from even chances is no finding."""
TOGETHER_MIN = 0.3
"""From which correlation on two parameters are said to be tied."""
CHANCE = ndtri((np.arange(25) + 0.5) / 25)
"""Steps of a normal law: what chance between runs leaves open of each prediction."""


def found(calibration: Calibration, tried: Tried, drawn: Drawn) -> Fit:
    """The result of a calibration."""
    fitting = tried.fitting
    weights = tried.weights[fitting] / max(float(tried.weights[fitting].sum()), 1e-300)
    vectors = [
        _vector(calibration, tried, drawn, number, weight)
        for number, weight in zip(fitting.tolist(), weights.tolist(), strict=True)
    ]
    decided = np.isfinite(tried.misfits)
    best = int(tried.misfits.argmin()) if decided.any() else None
    fit = Fit(
        format_version=FORMAT_VERSION,
        name=calibration.name,
        title=calibration.title,
        setting=setting(calibration),
        parameters=tuple(
            _range(parameter, tried.places[fitting, i], weights)
            for i, parameter in enumerate(calibration.parameters)
        ),
        together=_together(calibration, tried.places[fitting], weights),
        targets=tuple(
            _result(target, [vector[i] for vector in drawn.values], drawn.counts)
            for i, target in enumerate(calibration.targets)
        ),
        played=len(tried.places),
        runs=calibration.runs,
        undecided=int((~decided).sum()),
        effective=float(1.0 / (weights**2).sum()) if len(weights) else 0.0,
        best=None if best is None else _vector(calibration, tried, drawn, best, 0.0),
        vectors=tuple(sorted(vectors, key=lambda vector: -vector.weight)),
        answer=(),
    )
    return attrs.evolve(fit, answer=answer(calibration, fit))


def _vector(
    calibration: Calibration, tried: Tried, drawn: Drawn, number: int, weight: float
) -> Vector:
    places, again = tried.places[number].tolist(), number in drawn.numbers
    at = drawn.numbers.index(number) if again else 0
    return Vector(
        values=tuple(
            _short(parameter.at(place))
            for parameter, place in zip(calibration.parameters, places, strict=True)
        ),
        weight=_short(weight),
        draws=drawn.counts[at] if again else 0,
        fitted=tuple(_short(value.value) for value in tried.values[number]),
        predicted=tuple(_known(value) for value in drawn.values[at]) if again else (),
    )


def _known(value: Value) -> float | None:
    return _short(value.value) if np.isfinite(value.value) else None


def _short(value: float) -> float:
    # Six figures say more than any fit knows; a vector is what its file says.
    return float(f"{value:.6g}")


def weighted_quantiles(values: Figures, weights: Figures, at: Sequence[float]) -> Figures:
    """Quantiles of values that count unequally: the value at which so much of the weight has been passed."""
    order = np.argsort(values, kind="stable")
    passed = np.cumsum(weights[order]) - weights[order] / 2
    quantiles: Figures = np.interp(np.asarray(at) * weights.sum(), passed, values[order])
    return quantiles


def _range(parameter: Parameter, places: Figures, weights: Figures) -> ParameterRange:
    ends = weighted_quantiles(places, weights, MIDDLE) if len(places) else np.array(MIDDLE)
    narrowed = 1.0 - float(ends[-1] - ends[0]) / (MIDDLE[-1] - MIDDLE[0])
    narrowed = min(max(narrowed, 0.0), 1.0)
    verdict = "left open"
    if _uneven(places, weights):
        verdict = "pinned down" if narrowed >= PINNED_MIN else "narrowed"
    lowest, lower, median, upper, highest = (parameter.at(float(end)) for end in ends)
    return ParameterRange(
        name=parameter.name,
        title=parameter.setting.title,
        unit=parameter.setting.unit.value,
        scale=parameter.scale.value,
        low=parameter.low,
        high=parameter.high,
        source=parameter.source,
        quantiles=(lowest, lower, median, upper, highest),
        narrowed=narrowed,
        verdict=verdict,
    )


def _uneven(places: Figures, weights: Figures) -> bool:
    # Kolmogorov's test against even chances, among as many vectors of equal weight as these are worth.
    if not len(places):
        return False
    order = np.argsort(places, kind="stable")
    passed = np.cumsum(weights[order])
    distance = np.maximum(
        np.abs(passed - places[order]), np.abs(passed - weights[order] - places[order])
    )
    return float(distance.max()) > KOLMOGOROV_95 * float(np.sqrt((weights**2).sum()))


def _together(calibration: Calibration, places: Figures, weights: Figures) -> tuple[Together, ...]:
    if len(places) < 3:
        return ()
    centred = places - weights @ places
    covariance = (centred.T * weights) @ centred
    spread = np.sqrt(np.maximum(np.diag(covariance), 1e-30))
    correlation = covariance / np.outer(spread, spread)
    # Twice the standard error of a correlation of nothing, among as many vectors of equal weight.
    least = max(TOGETHER_MIN, 2.0 * float(np.sqrt((weights**2).sum())))
    names = [parameter.name for parameter in calibration.parameters]
    pairs = [
        Together(names[i], names[j], float(correlation[i, j]))
        for i, j in itertools.combinations(range(len(names)), 2)
        if abs(correlation[i, j]) >= least
    ]
    return tuple(sorted(pairs, key=lambda pair: -abs(pair.correlation)))


def _result(target: Target, values: Sequence[Value], counts: Sequence[int]) -> TargetResult:
    known = [
        (value, count)
        for value, count in zip(values, counts, strict=True)
        if np.isfinite(value.value) and np.isfinite(value.error)
    ]
    median = low = high = None
    if 2 * sum(count for _, count in known) > sum(counts):
        spread = np.concatenate([each.value + each.error * CHANCE for each, _ in known])
        weights = np.repeat([float(count) for _, count in known], len(CHANCE))
        most = 1.0 if target.is_share else np.inf
        spread = np.clip(spread, 0.0, most)
        low, median, high = weighted_quantiles(spread, weights, (0.025, 0.5, 0.975)).tolist()
    reach = target.said - target.tolerance, target.said + target.tolerance
    return TargetResult(
        name=target.name,
        title=target.title,
        use=target.use,
        ratio=target.against is not None,
        said=target.said,
        tolerance=target.tolerance,
        source=target.source,
        note=target.note,
        median=median,
        low=low,
        high=high,
        met=median is not None and reach[0] <= median <= reach[1],
        inside=low is not None and high is not None and low <= reach[1] and reach[0] <= high,
    )
