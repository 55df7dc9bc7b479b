"""How far one content goes under each policy, in order: how sure is the order, and is a policy better than the next?"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from chatsim.study import statistics
from chatsim.study.beyond import Ranking, Step
from chatsim.study.policy_runs import PolicyRuns


def ranking(policies: Sequence[PolicyRuns], content: int) -> Ranking | None:
    """The policies by the mean reach of a content; None where there is one policy.

    The order flips in a resampled study in which any two neighbours stand the other way round.
    """
    if len(policies) < 2:
        return None
    reach = [np.asarray(each.reach(content), dtype=np.float64) for each in policies]
    order = sorted(range(len(policies)), key=lambda i: -reach[i].mean())
    sums = [statistics.resampled_sums(reach[i]) for i in order]
    flipped = np.zeros(len(sums[0]), dtype=np.bool_)
    for farther, nearer in itertools.pairwise(sums):
        flipped |= nearer > farther
    names = [policies[i].policy.name for i in order]
    steps = tuple(
        Step(names[i], names[i + 1], statistics.difference(reach[order[i + 1]], reach[order[i]]))
        for i in range(len(order) - 1)
    )
    return Ranking(tuple(names), float(flipped.mean()), steps)
