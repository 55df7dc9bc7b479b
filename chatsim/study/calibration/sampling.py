"""Which vectors of parameters are tried: first all over the ranges, then around those that came nearest.

Approximate Bayesian computation by population Monte Carlo (Beaumont, Cornuet, Marin, Robert, Biometrika 96, 2009) with
Sobol points for both. Every vector counts in the end, with the weight that the ranges give it over the density at which
it was proposed, all rounds together (Owen, Zhou, JASA 95, 2000); since the first round covers the ranges evenly, no
weight can be large. All places lie in the unit cube, a dimension for each parameter.
"""

from __future__ import annotations

import math

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import qmc

Places = NDArray[np.float64]
"""Shape (vectors, parameters), each 0 to 1."""
Weights = NDArray[np.float64]
WIDENING = 2.0
"""The covariance of each law over that of the nearest vectors, as Beaumont et al. have it: narrower ones would leave
most of the weight to the vectors of the first round."""
EVEN_VARIANCE = 1.0 / 12.0
"""Of an even chance over 0 to 1."""
TRIES_MAX = 1 << 16


def spread_evenly(count: int, parameters: int, seed: int) -> Places:
    """The first `count` of a scrambled Sobol sequence."""
    places: Places = _sobol(parameters, seed, count)[:count]
    return places


def _sobol(dimensions: int, seed: int, count: int) -> Places:
    # The balance of a sequence holds for powers of two.
    sequence = qmc.Sobol(dimensions, scramble=True, seed=seed)
    made: Places = sequence.random_base2(max(1, math.ceil(math.log2(count))))
    return made


@frozen(eq=False)
class Proposals:
    """A mixture of normal laws around vectors that came near, cut off at the ranges."""

    around: Places
    weights: Weights
    """Sum 1."""
    factor: Places
    """Lower triangular: its product with its transpose is the covariance of each law."""
    inside: float = field(default=1.0)
    """The share of the mixture within the ranges."""

    @classmethod
    def of(cls, around: Places, weights: Weights) -> Proposals:
        """The mixture around these vectors."""
        shares = weights / weights.sum()
        centred, (count, parameters) = around - shares @ around, around.shape
        # A few vectors say little of how many parameters vary together: what they do not say is even.
        known = count / (count + parameters)
        covariance = known * (centred.T * shares) @ centred
        covariance += (1.0 - known) * EVEN_VARIANCE * np.eye(parameters)
        return cls(around, shares, np.linalg.cholesky(WIDENING * covariance))

    def drawn(self, count: int, seed: int) -> tuple[Proposals, Places]:
        """Up to `count` vectors within the ranges, and the mixture with the share of it that lies there."""
        tries = max(64, 4 * count)
        while True:
            found = self._tried(tries, seed)
            if len(found) >= count or tries >= TRIES_MAX:
                break
            tries *= 4
        share = max(len(found), 1) / _power_of_two(tries)
        return Proposals(self.around, self.weights, self.factor, share), found[:count]

    def _tried(self, tries: int, seed: int) -> Places:
        sequence = _sobol(self.around.shape[1] + 1, seed, tries)
        which = np.searchsorted(np.cumsum(self.weights), sequence[:, 0])
        centres = self.around[np.minimum(which, len(self.around) - 1)]
        # A scrambled sequence may hold a 0, whose normal quantile is infinite.
        normal = ndtri(np.clip(sequence[:, 1:], 1e-9, 1 - 1e-9))
        places = centres + normal @ self.factor.T
        kept: Places = places[((places >= 0) & (places <= 1)).all(axis=1)]
        return kept

    def density(self, places: Places) -> NDArray[np.float64]:
        """At each place, over the even density of the ranges."""
        steps = np.linalg.solve(
            self.factor,
            (places[:, None, :] - self.around[None, :, :]).reshape(-1, places.shape[1]).T,
        )
        squares = (steps**2).sum(axis=0).reshape(len(places), len(self.around))
        scale = (2 * math.pi) ** (places.shape[1] / 2) * float(np.prod(np.diag(self.factor)))
        total: NDArray[np.float64] = np.exp(-squares / 2) @ self.weights / (scale * self.inside)
        return total


def _power_of_two(count: int) -> int:
    return 1 << max(1, math.ceil(math.log2(count)))


def mixture_weights(places: Places, even: int, rounds: list[tuple[Proposals, int]]) -> Weights:
    """The weight of each vector: `even` came evenly over the ranges, the others from rounds of so many each."""
    density = np.full(len(places), even / len(places))
    for proposals, count in rounds:
        density += count / len(places) * proposals.density(places)
    weights: Weights = 1.0 / density
    return weights
