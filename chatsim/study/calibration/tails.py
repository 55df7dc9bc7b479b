"""The tail of a distribution of sizes as a discrete power law, fitted by maximum likelihood.

P(size = k) is proportional to k ** -exponent from a least size on: Clauset, Shalizi, Newman, "Power-law distributions
in empirical data", SIAM Review 51 (2009), sections 3.1 (exponent) and 3.3 (least size: where the fit is nearest to the
data by Kolmogorov's distance).
"""

from __future__ import annotations

import math

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import zeta

Sizes = NDArray[np.float64]
EXPONENTS = (1.01, 6.0)
"""Where an exponent is looked for."""
TAIL_MIN = 10
"""Sizes that an exponent takes."""


@frozen
class Tail:
    """A fitted tail."""

    exponent: float
    least: int
    """The least size that belongs to it."""
    sizes: int
    """How many sizes belong to it."""
    distance: float
    """The largest gap between the tail's distribution and the law's."""


def tail_exponent(sizes: Sizes, least: int) -> float:
    """The exponent of the sizes from `least` on; not a number below ten of them."""
    tail = sizes[sizes >= least]
    if len(tail) < TAIL_MIN:
        return math.nan
    mean_log = float(np.log(tail).mean())
    found = minimize_scalar(
        lambda exponent: exponent * mean_log + math.log(zeta(exponent, least)),
        bounds=EXPONENTS,
        method="bounded",
    )
    return float(found.x)


def fit_tail(sizes: Sizes, least: int) -> Tail:
    """The tail from `least` on, with its distance from the data."""
    exponent, tail = tail_exponent(sizes, least), sizes[sizes >= least]
    if math.isnan(exponent):
        return Tail(exponent, least, len(tail), math.inf)
    values, counts = np.unique(tail, return_counts=True)
    seen = 1.0 - np.cumsum(counts) / len(tail)
    meant = zeta(exponent, values + 1) / zeta(exponent, least)
    return Tail(exponent, least, len(tail), float(np.abs(seen - meant).max()))


def nearest_tail(sizes: Sizes, leasts: range) -> Tail:
    """The tail from the least size at which the law is nearest to the data."""
    return min((fit_tail(sizes, least) for least in leasts), key=lambda tail: tail.distance)
