"""From runs to a target's value, with the standard error that chance between runs leaves."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from chatsim.cascade.measures import RunMeasures, labels_by_hop
from chatsim.cascade.values import NOBODY, ContentRun
from chatsim.model import ONE_DAY, Label
from chatsim.policy.decision import Row
from chatsim.study.calibration.tails import tail_exponent
from chatsim.study.calibration.values import Measure

Samples: TypeAlias = NDArray[np.float64]
"""What each run says, shape (runs, figures)."""
SIZE_MIN = 3
"""From how many posts on a size counts for the exponent, as in the data that it is compared with."""


@frozen
class Value:
    """A target's value at one vector of parameters. Not a number where nothing was there to measure."""

    value: float
    error: float
    """Its standard error over runs; infinite where it cannot be known."""


UNKNOWN = Value(math.nan, math.inf)


def of_measures(measure: Measure, run: RunMeasures) -> list[float]:
    """What a run's measures say, for a measure that looks at no single people."""
    match measure:
        case Measure.FORWARDS | Measure.SIZE_EXPONENT:
            return [run.forwards]
        case Measure.COPIES:
            return [run.copies]
        case Measure.REACH:
            return [run.reach]
        case Measure.FORWARDED:
            return [run.labels[1] + run.labels[2]]
        case Measure.MANY_TIMES:
            return [run.labels[2]]
        case Measure.HELD_BACK:
            return [run.held_back]
        case Measure.PASTED:
            return [run.pasted]
        case Measure.OVER_IN_TWO_DAYS:
            ticks = run.exposure.ticks
            return [float(len(ticks) > 0 and int(ticks[-1] - ticks[0]) <= 2 * ONE_DAY)]
        case Measure.MANY_TIMES_FORWARDS | Measure.TOP_TENTH | Measure.PRIVATE_SHARE:
            message = f"{measure.value} is measured of trees"
            raise ValueError(message)


def of_tree(measure: Measure, run: ContentRun, row: Row) -> Samples:
    """What a run's tree says under the policy that compiles to `row`, for a measure that looks at single people."""
    if measure is Measure.MANY_TIMES_FORWARDS:
        labels = labels_by_hop((row,))[0, run.deeds.hop_made]
        chats = run.deeds.forwarded_chats[labels == Label.MANY_TIMES]
        return np.array([chats.sum()], dtype=np.float64)
    if measure is Measure.TOP_TENTH:
        counted = np.zeros(len(run.received))
        counted[run.deeds.user] = run.deeds.forwarded_chats
        return counted
    first = run.first_copies
    received = first.parent != NOBODY
    contacts = int((received & (first.group == NOBODY)).sum())
    through = received & (first.group != NOBODY)
    # One post to a group is one message, however many read it.
    pairs = np.unique(np.stack([first.parent[through], first.group[through]]), axis=1)
    return np.array([contacts, contacts + pairs.shape[1]], dtype=np.float64)


def statistic(measure: Measure) -> Callable[[Samples], float]:
    """What is computed from the runs; not a number where it is undefined."""
    match measure:
        case Measure.SIZE_EXPONENT:
            return _exponent_of_runs
        case Measure.TOP_TENTH:
            return _top_tenth
        case Measure.PRIVATE_SHARE:
            return _share
        case _:
            return _mean


def _mean(samples: Samples) -> float:
    return float(samples.mean())


def _share(samples: Samples) -> float:
    part, whole = samples.sum(axis=0)
    return float(part / whole) if whole else math.nan


def _top_tenth(samples: Samples) -> float:
    by_user = np.sort(samples.sum(axis=0))[::-1]
    doers = int((by_user > 0).sum())
    return float(by_user[: doers // 10].sum() / by_user.sum()) if doers >= 10 else math.nan


def _exponent_of_runs(samples: Samples) -> float:
    return tail_exponent(samples[:, 0], SIZE_MIN)


def value_of(measure: Measure, ours: Samples, against: Samples | None) -> Value:
    """The level, or the ratio to `against`, of the same runs; its standard error by the jackknife over runs."""
    computed = statistic(measure)
    value = _ratio(computed, ours, against)
    runs = len(ours)
    if not math.isfinite(value) or runs < 2:
        return UNKNOWN
    kept = ~np.eye(runs, dtype=bool)
    left = np.array(
        [
            _ratio(computed, ours[others], None if against is None else against[others])
            for others in kept
        ]
    )
    if not np.isfinite(left).all():
        return Value(value, math.inf)
    error = math.sqrt((runs - 1) / runs * float(((left - left.mean()) ** 2).sum()))
    return Value(value, error)


def _ratio(computed: Callable[[Samples], float], ours: Samples, against: Samples | None) -> float:
    if against is None:
        return computed(ours)
    below = computed(against)
    return computed(ours) / below if below else math.nan


def samples_of(rows: Sequence[Sequence[float] | Samples]) -> Samples:
    """A row for each run."""
    return np.array(rows, dtype=np.float64)
