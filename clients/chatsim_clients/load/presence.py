"""When users are away, keyed and therefore known beforehand: those who are offline, churn and storms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from chatsim_clients.load.keyed import CHURN, OFFLINE, STORM, Integers, draws, unit
from chatsim_clients.load.plan import LoadPlan

CHURN_AWAY_SECONDS = 2.0
"""How long a session that churn takes stays away, on average."""


class Absence(NamedTuple):
    """A user without a session; seconds from the start of the load."""

    user: int
    begin: float
    end: float
    orderly: bool
    """Left with a goodbye; otherwise the connection was lost."""


def absences_of(plan: LoadPlan, users: Integers, end: float) -> dict[int, list[Absence]]:
    """Of each user who is ever away before `end`, in the order of time; they never overlap."""
    found: dict[int, list[Absence]] = {}
    for absence in sorted(_all(plan, users, end)):
        of_user = found.setdefault(absence.user, [])
        if not of_user or absence.begin > of_user[-1].end:
            of_user.append(absence)
    return found


def _all(plan: LoadPlan, users: Integers, end: float) -> Iterator[Absence]:
    nothing = np.zeros_like(users)
    if plan.mix.offline:
        coin, when, _, _ = draws(plan.seed, users, OFFLINE, nothing)
        back = plan.warm_up_seconds + (end - plan.warm_up_seconds) * (0.5 + 0.5 * unit(when))
        away = np.flatnonzero(unit(coin) < plan.mix.offline)
        for user, until in zip(users[away].tolist(), back[away].tolist(), strict=True):
            yield Absence(user, 0.0, until, orderly=True)
    for index, storm in enumerate(plan.storms):
        coin, when, _, _ = draws(plan.seed, users, STORM, nothing + index)
        back = storm.at_seconds + storm.within_seconds * unit(when)
        hit = np.flatnonzero(unit(coin) < storm.share)
        for user, until in zip(users[hit].tolist(), back[hit].tolist(), strict=True):
            yield Absence(user, storm.at_seconds, until, orderly=False)
    if plan.churn:
        yield from _churn(plan, users, end)


def _churn(plan: LoadPlan, users: Integers, end: float) -> Iterator[Absence]:
    mean = 60.0 / plan.churn
    at = np.zeros(len(users))
    alive = np.arange(len(users))
    index = 0
    while len(alive):
        drawn = users[alive]
        gap, stay, _, _ = draws(plan.seed, drawn, CHURN, np.full_like(drawn, index))
        at[alive] += -np.log(unit(gap)) * mean
        back = at[alive] - np.log(unit(stay)) * CHURN_AWAY_SECONDS
        inside = at[alive] < end
        rows = zip(drawn.tolist(), at[alive].tolist(), back.tolist(), inside.tolist(), strict=True)
        for user, begin, until, counts in rows:
            if counts:
                yield Absence(user, begin, min(until, end), orderly=False)
        at[alive] = back
        alive = alive[inside]
        index += 1
