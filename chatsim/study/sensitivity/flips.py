"""Where the ranking turns: which combinations flip, and what they have in common that the others have not.

A bound is told only where so many flips would not all keep it by chance: their number of independent combinations would
do so with a probability below 5 %, all bounds that could have been told taken together (Bonferroni).
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from attrs import define
from numpy.typing import NDArray

from chatsim.study.sensitivity.factors import Factor
from chatsim.study.sensitivity.values import Combination, Condition, Counts, Flip, Flips, Stricter

CONDITIONS_MAX = 3
KEPT = 0.9
"""Share of the flips that keep every bound: one stray among ten may not."""
CHANCE = 0.05
STRONGEST = 10

Values = NDArray[np.float64]
"""One row per combination, one column per factor; infinite where a factor has no limit."""


def counts_of(combinations: Sequence[Combination]) -> Counts:
    """In how many combinations which policy was stricter."""
    found = [each.stricter for each in combinations]
    return Counts(
        first=found.count(Stricter.FIRST),
        second=found.count(Stricter.SECOND),
        undecided=found.count(Stricter.UNDECIDED),
        nothing=found.count(Stricter.NOTHING),
    )


def usually_stricter(combinations: Sequence[Combination]) -> Stricter:
    """The policy that is the stricter one more often; as often: whichever is first to be.

    The scenario's own values come first.
    """
    counts = counts_of(combinations)
    if counts.first == counts.second:
        decided = (
            e.stricter for e in combinations if e.stricter in {Stricter.FIRST, Stricter.SECOND}
        )
        return next(decided, Stricter.UNDECIDED)
    return Stricter.FIRST if counts.first > counts.second else Stricter.SECOND


def flipped(combinations: Sequence[Combination], usually: Stricter) -> list[Combination]:
    """The combinations in which the other policy is the stricter one."""
    if usually not in {Stricter.FIRST, Stricter.SECOND}:
        return []
    return [each for each in combinations if each.stricter is usually.other]


def flips_of(
    combinations: Sequence[Combination],
    factors: Sequence[Factor],
    usually: Stricter,
    unconfirmed: int,
) -> Flips:
    """The flips among the combinations, in numbers and in words."""
    flips = flipped(combinations, usually)
    others = [
        each
        for each in combinations
        if each.stricter is not Stricter.NOTHING and each.stricter is not usually.other
    ]
    box = _Box(factors, _values(flips, factors), _values(others, factors))
    conditions = box.conditions()
    clearest = sorted(flips, key=lambda each: (-_clearance(each), each.number))
    return Flips(
        usually=usually,
        count=len(flips),
        unconfirmed=unconfirmed,
        conditions=conditions,
        meeting=len(box.flips) + len(box.others) if conditions else 0,
        meeting_flips=len(box.flips) if conditions else 0,
        strongest=tuple(
            Flip(each.number, each.gap, _texts(each, factors)) for each in clearest[:STRONGEST]
        ),
    )


def _clearance(each: Combination) -> float:
    """How far the gap's interval keeps from zero."""
    low, high = each.gap.low, each.gap.high
    return 0.0 if low is None or high is None else max(low, -high)


def _texts(each: Combination, factors: Sequence[Factor]) -> tuple[str, ...]:
    return tuple(factor.text(value) for factor, value in zip(factors, each.values, strict=True))


def _values(combinations: Sequence[Combination], factors: Sequence[Factor]) -> Values:
    rows = [
        [float("inf") if value is None else value for value in each.values] for each in combinations
    ]
    return np.array(rows, dtype=np.float64).reshape(len(combinations), len(factors))


@define(eq=False)
class _Bound:
    """A candidate: which flips and which others keep it."""

    factor: int
    value: float
    above: bool
    flips: NDArray[np.bool_]
    others: NDArray[np.bool_]

    @property
    def share(self) -> float:
        """Of all combinations, how many keep it."""
        kept = np.count_nonzero(self.flips) + np.count_nonzero(self.others)
        return kept / (len(self.flips) + len(self.others))


@define(eq=False)
class _Box:
    """Flips and others within all bounds found so far."""

    factors: Sequence[Factor]
    flips: Values
    others: Values

    def conditions(self) -> tuple[Condition, ...]:
        """One bound after the other, each the one that leaves the fewest others."""
        told: list[_Bound] = []
        wanted = KEPT * len(self.flips)
        while len(told) < CONDITIONS_MAX and len(self.others):
            bounds = [each for each in self._bounds() if self._surprises(each, wanted)]
            if not bounds:
                break
            best = min(
                bounds, key=lambda each: (np.count_nonzero(each.others), each.factor, each.value)
            )
            told.append(best)
            self.flips, self.others = self.flips[best.flips], self.others[best.others]
        return tuple(self._text(each) for each in told)

    def _bounds(self) -> list[_Bound]:
        return [
            _Bound(
                factor,
                float(value),
                above,
                self.flips[:, factor] >= value if above else self.flips[:, factor] <= value,
                self.others[:, factor] >= value if above else self.others[:, factor] <= value,
            )
            for factor in range(len(self.factors))
            for value in np.unique(self.flips[:, factor])
            for above in (True, False)
        ]

    def _surprises(self, bound: _Bound, wanted: float) -> bool:
        kept = np.count_nonzero(bound.flips)
        by_chance = bound.share**kept
        return bool(kept >= wanted and by_chance < CHANCE / (2 * len(self.factors)))

    def _text(self, bound: _Bound) -> Condition:
        factor = self.factors[bound.factor]
        value = factor.text(None if np.isinf(bound.value) else bound.value)
        more = "or more" if bound.above else "or less"
        return Condition(factor.name, f"{factor.parameter.title} of {value} {more}")


def undecided(combination: Combination) -> Combination:
    """The combination once new runs have shown that its flip was chance."""
    return attrs.evolve(combination, stricter=Stricter.UNDECIDED)
