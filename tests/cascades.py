"""Cascades written by hand, and studies made of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import fields

from chatsim.cascade.values import NOBODY, Column, ContentRun, Deeds, FirstCopies, RunOutcome

NOON = 43_200


def column(values: Sequence[int]) -> Column:
    return np.array(values, dtype=np.int64)


def deeds_of(rows: Sequence[dict[str, int]] = ()) -> Deeds:
    """Deeds from rows that name what is not 0."""
    rows = sorted(rows, key=lambda row: row["user"])
    return Deeds(
        **{each.name: column([row.get(each.name, 0) for row in rows]) for each in fields(Deeds)}
    )


def run_of(
    parents: Sequence[int | None],
    *,
    users: int | None = None,
    ticks: Sequence[int] | None = None,
    hops: Sequence[int] | None = None,
    labels: Sequence[int] | None = None,
    groups: Sequence[int] | None = None,
    deeds: Sequence[dict[str, int]] = (),
    hours: int = 24,
) -> ContentRun:
    """Users 0, 1, 2... in the order in which they were reached, each by the parent given (None: an originator).

    Unless said otherwise each is reached a minute after the one before, or at the end, and gets one copy.
    """
    rows = len(parents)
    ticks = ticks or [min(NOON + 60 * row, 3_600 * hours - 1) for row in range(rows)]
    received = np.zeros(users or rows, dtype=np.int64)
    received[:rows] = [parent is not None for parent in parents]
    by_hour = np.zeros(hours, dtype=np.int64)
    for tick, parent in zip(ticks, parents, strict=True):
        by_hour[tick // 3600] += parent is not None
    first = FirstCopies(
        user=np.arange(rows),
        tick=column(ticks),
        parent=column([NOBODY if parent is None else parent for parent in parents]),
        group=column(groups or [NOBODY] * rows),
        hop=column(hops or [0] * rows),
        label=column(labels or [0] * rows),
    )
    return ContentRun(first, deeds_of(deeds), by_hour, received)


def outcome_of(*runs: ContentRun) -> RunOutcome:
    return RunOutcome(runs)


def random_parents(seed: int, people: int, originators: int = 1) -> list[int | None]:
    """A random recursive forest: each person after the originators is reached by anybody before."""
    generator = np.random.default_rng(seed)
    late = [int(generator.integers(0, person)) for person in range(originators, people)]
    return [None] * min(originators, people) + late
