"""Which factor matters: SALib's estimators on what the plan's combinations gave."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from SALib.analyze import morris as morris_analyze
from SALib.analyze import sobol as sobol_analyze

from chatsim.study.sensitivity.sampling import LEVELS, Matrix, plan_seed, problem_of
from chatsim.study.sensitivity.values import MorrisIndex, SobolIndex

RESAMPLES = 1_000

Outcomes = NDArray[np.float64]
"""One figure per combination of the plan, in its order."""


def morris_indices(
    names: Sequence[str], titles: Sequence[str], plan: Matrix, outcomes: Outcomes, seed: int
) -> tuple[MorrisIndex, ...]:
    """Elementary effects over each factor's whole range, the largest first."""
    found = morris_analyze.analyze(
        problem_of(names), plan, outcomes,
        num_resamples=RESAMPLES, num_levels=LEVELS, seed=plan_seed(seed),
    )  # fmt: skip
    indices = [
        MorrisIndex(name, title, *map(float, figures))
        for name, title, *figures in zip(
            names, titles, found["mu_star"], found["mu_star_conf"], found["mu"], found["sigma"],
            strict=True,
        )
    ]  # fmt: skip
    return tuple(sorted(indices, key=lambda each: -each.mu_star))


def sobol_indices(
    names: Sequence[str], titles: Sequence[str], outcomes: Outcomes, seed: int
) -> tuple[SobolIndex, ...]:
    """First-order and total shares of the variance, the largest total first; all 0 where nothing varies."""
    if np.ptp(outcomes) == 0.0:
        # An estimator would divide by the variance.
        return tuple(
            SobolIndex(name, title, 0.0, 0.0, 0.0, 0.0)
            for name, title in zip(names, titles, strict=True)
        )
    found = sobol_analyze.analyze(
        problem_of(names), outcomes,
        calc_second_order=False, num_resamples=RESAMPLES, seed=plan_seed(seed),
    )  # fmt: skip
    indices = [
        SobolIndex(name, title, *map(float, figures))
        for name, title, *figures in zip(
            names, titles, found["S1"], found["S1_conf"], found["ST"], found["ST_conf"], strict=True
        )
    ]
    return tuple(sorted(indices, key=lambda each: -each.total))
