"""Which combinations of assumptions are played: SALib's plans, as shares of the way from low to high.

Morris: trajectories on a grid of four levels, on which one factor after another moves (Morris, Technometrics 33, 1991).
Sobol: Saltelli's cross-sampled sequence (Saltelli et al., Computer Physics Communications 181, 2010).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from SALib.sample import morris as morris_sample
from SALib.sample import sobol as sobol_sample

from chatsim.errors import ConfigurationError
from chatsim.study.sensitivity.values import Method

Matrix = NDArray[np.float64]
"""One row per combination, one column per factor; shares from 0 (low) to 1 (high)."""

LEVELS = 4
TRAJECTORIES_MIN = 2
SIZE_MAX = 1 << 16
SEEDS = 1 << 32


def problem_of(names: Sequence[str]) -> dict[str, object]:
    """SALib's own description of factors that each go from 0 to 1."""
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def plan_seed(seed: int) -> int:
    """A seed that SALib takes: it would take 0 for none."""
    return seed % SEEDS or 1


def check_size(method: Method, size: int) -> None:
    """Raise ConfigurationError for a size that the method's plan cannot have."""
    match method:
        case Method.MORRIS:
            if not TRAJECTORIES_MIN <= size <= SIZE_MAX:
                message = (
                    f"trajectories is {size:,}; it takes a number from {TRAJECTORIES_MIN} to {SIZE_MAX:,}, "
                    "because a spread takes two"
                )
                raise ConfigurationError(message)
        case Method.SOBOL:
            if not 2 <= size <= SIZE_MAX or size & (size - 1):
                below = max(2, min(1 << (max(size, 2).bit_length() - 1), SIZE_MAX))
                message = (
                    f"samples is {size:,}; it takes a power of two from 2 to {SIZE_MAX:,}, such as {below:,}, "
                    "because Sobol's sequence is even at these only"
                )
                raise ConfigurationError(message)


def plan(method: Method, names: Sequence[str], size: int, seed: int) -> Matrix:
    """The method's combinations: size x (factors + 1) rows for Morris, size x (factors + 2) for Sobol."""
    match method:
        case Method.MORRIS:
            drawn = morris_sample.sample(
                problem_of(names), size, num_levels=LEVELS, seed=plan_seed(seed)
            )
        case Method.SOBOL:
            drawn = sobol_sample.sample(
                problem_of(names), size, calc_second_order=False, seed=plan_seed(seed)
            )
    # Levels are sums of thirds; what a sum misses 1 by must not move a range's end.
    rows: Matrix = np.asarray(drawn, dtype=np.float64).round(12)
    return rows
