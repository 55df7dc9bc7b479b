"""What theory says about the end of a cascade: bond percolation on a configuration model, and the uniform formula.

A person who is reached passes on to each contact with one chance, the transmission T. Whom that reaches in the end does
not depend on when, so it is bond percolation of the network: a tie is kept with chance T, and a cascade is what hangs
together with its originators. On a configuration model (stubs joined at random) generating functions give the answer:
Newman, "Spread of epidemic disease on networks", Physical Review E 66, 016128 (2002).

Theory is about endless networks. Among n people the mean is off by about 1 / n of itself, and single runs are spread by
about 1 / sqrt(n); so a comparison means something against the standard error over runs, which `Deviation` holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

STEPS_MAX = 100_000
"""Fixed points are reached geometrically, except within about 1 / STEPS_MAX of the threshold."""
ENOUGH = 1e-14


@frozen(eq=False)
class DegreeLaw:
    """How many ties people have: `shares[i]` of them have `degrees[i]`."""

    degrees: NDArray[np.int64]
    shares: NDArray[np.float64]

    @classmethod
    def of(cls, degrees: NDArray[np.int64]) -> DegreeLaw:
        """The law of these people's degrees."""
        values, counts = np.unique(degrees, return_counts=True)
        return cls(values.astype(np.int64), counts / counts.sum())

    def g0(self, x: float) -> float:
        """The generating function of a random person's ties: sum of p(k) x^k."""
        return float((self.shares * x**self.degrees).sum())

    def g1(self, x: float) -> float:
        """The generating function of the further ties of somebody at a tie's end: g0'(x) / g0'(1)."""
        weights = self.shares * self.degrees
        # Whoever has no ties stands at no tie's end; the maximum keeps their power from being one of zero by -1.
        return float((weights * x ** np.maximum(self.degrees - 1, 0)).sum() / weights.sum())

    @property
    def threshold(self) -> float:
        """The transmission above which a cascade can go on without end: <k> / <k (k - 1)>."""
        onward = float((self.shares * self.degrees * (self.degrees - 1)).sum())
        return float((self.shares * self.degrees).sum()) / onward if onward else math.inf


def percolated(law: DegreeLaw, transmission: float, started: float = 0.0) -> float:
    """The share of people reached in a big outbreak that a share `started` of them, drawn at random, began.

    v, the chance that a tie brings nothing, is the smallest root of v = 1 - T + T (1 - started) g1(v); reached is
    1 - (1 - started) g0(v). With `started` 0 that is the giant component's share and, because ties have no direction,
    also the chance that one originator starts a big outbreak. 0 at and below the threshold.
    """
    passive = 1.0 - started
    silent = _fixed_point(lambda v: 1.0 - transmission + transmission * passive * law.g1(v), 0.0)
    return 1.0 - passive * law.g0(silent)


def uniform_share(contacts: int, transmission: float, started: float = 0.0) -> float:
    """The share s reached where each contact is anybody at random: 1 - s = (1 - started) exp(-T contacts s)."""
    passive, onward = 1.0 - started, transmission * contacts
    return _fixed_point(lambda s: 1.0 - passive * math.exp(-onward * s), 1.0)


def uniform_chance(contacts: int, transmission: float) -> float:
    """The chance of a big outbreak from one originator on the uniform population.

    There ties have a direction: everybody has the same number of ties out, but a Poisson number of ties in, so that the
    chance to start a big outbreak is not the chance to be reached by one.
    """
    dies = _fixed_point(lambda q: (1.0 - transmission + transmission * q) ** contacts, 0.0)
    return 1.0 - dies


def star_virality(people: int) -> float:
    """Mean distance of two people in a star with one at its centre."""
    return 2.0 * (people - 1) / people


def chain_virality(people: int) -> float:
    """Mean distance of two people in a chain."""
    return (people + 1) / 3.0


def _fixed_point(function: Callable[[float], float], start: float) -> float:
    """Where x = function(x), from `start` on; the functions here rise, so that no root is stepped over."""
    x = start
    for _ in range(STEPS_MAX):
        former, x = x, function(x)
        if abs(x - former) < ENOUGH:
            break
    return x


@frozen
class Deviation:
    """A mean over runs against theory, in standard errors of that mean."""

    mean: float
    standard_error: float
    expected: float

    @classmethod
    def of(cls, sample: Sequence[float], expected: float) -> Deviation:
        """From one value per run; the standard error is the spread between runs, infinite for fewer than two."""
        values = np.asarray(sample, dtype=np.float64)
        if len(values) < 2:
            return cls(float(values.sum()), math.inf, expected)
        error = float(values.std(ddof=1) / math.sqrt(len(values)))
        return cls(float(values.mean()), error, expected)

    @classmethod
    def of_chance(cls, happened: int, runs: int, expected: float) -> Deviation:
        """From how many runs something happened in; the standard error is the one that theory gives."""
        return cls(happened / runs, math.sqrt(expected * (1.0 - expected) / runs), expected)

    @property
    def standard_errors(self) -> float:
        """How far the mean is from theory; below 0 where it is less."""
        if self.standard_error == 0.0:
            return 0.0 if self.mean == self.expected else math.inf
        return (self.mean - self.expected) / self.standard_error

    def would_see(self, error: float, limit: float) -> bool:
        """Whether a relative `error` of the expected value is more than `limit` standard errors."""
        return limit * self.standard_error < error * self.expected
