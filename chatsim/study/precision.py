"""Runs until the main difference is known well enough: when to look, and what is looked at.

Somebody who looks after every run and stops when the interval happens to be narrow stops too early. Here there are at
most 13 looks up to 2,000 runs, each at half as many again as the last, and half an unseen run keeps early ones wide;
`scripts/honest_intervals.py` measures what is left of the coverage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from attrs import frozen

from chatsim.errors import ConfigurationError
from chatsim.study import statistics
from chatsim.study.beyond import Precision
from chatsim.study.beyond_sentences import half_width, precision_sentence

RUNS_MAX = 2_000
RUNS_FIRST = 20
"""Nobody looks before: an interval of fewer runs says little."""


def looks(runs_max: int) -> tuple[int, ...]:
    """After how many runs to look: 20, 30, 45, 68... and at the most runs."""
    if runs_max < 2:
        message = f"runs_max is {runs_max}; an interval takes at least 2 runs"
        raise ConfigurationError(message)
    found, runs = [], RUNS_FIRST
    while runs < runs_max:
        found.append(runs)
        runs = -(-3 * runs // 2)
    return (*found, runs_max)


@frozen
class Look:
    """The main difference after so many runs."""

    runs: int
    policy: str | None
    """Under which the content reaches fewest people; None where there is no policy to compare."""
    half_width: float | None
    """Of the 95 % interval of its relative difference from the control."""


def look(reach: Mapping[str, Sequence[int]]) -> Look:
    """The main difference now; `reach` is by policy and run, the control first."""
    (_, control), *others = reach.items()
    if not others:
        return Look(len(control), None, None)
    name, ours = min(others, key=lambda each: float(np.mean(each[1])))
    return Look(len(control), name, half_width(statistics.difference(ours, control)))


def is_last(taken: Look, wanted: float, runs_max: int) -> bool:
    """Whether no more runs are wanted after this look."""
    known = taken.half_width is not None and taken.half_width <= wanted
    return taken.policy is None or known or taken.runs >= runs_max


def concluded(taken: Look, wanted: float, runs_max: int, titles: Mapping[str, str]) -> Precision:
    """The rule and how it ended the study."""
    title = None if taken.policy is None else titles[taken.policy]
    return Precision(
        wanted=wanted,
        reached=taken.half_width,
        policy=taken.policy,
        runs_max=runs_max,
        looks=tuple(runs for runs in looks(runs_max) if runs <= taken.runs),
        sentence=precision_sentence(wanted, taken.half_width, title, taken.runs, runs_max),
    )
