"""From a run's arrays to what every backend hands over: the tree, or its measures alone."""

from __future__ import annotations

import numpy as np

from chatsim.cascade.measures import Exposure, RunMeasures
from chatsim.cascade.values import Column, ContentRun, Deeds, FirstCopies
from chatsim.compilation import compiled
from chatsim.engine.people import People, user_of_place
from chatsim.engine.rows import (
    ABANDONED,
    COMPLAINTS,
    DEED_TICK,
    DENIED,
    EXTRA_ACTIONS,
    FIRST_GROUP,
    FIRST_HOP,
    FIRST_LABEL,
    FIRST_PARENT,
    FIRST_TICK,
    FORWARDED_CHATS,
    FORWARDED_COPIES,
    HELD_BACK,
    LABELS,
    ORIGINAL_COPIES,
    PASTED_CHATS,
    REACHED,
    REFUSED,
    WRONG_LABELS,
)
from chatsim.engine.state import Small, State
from chatsim.errors import RunError

DEED_COLUMNS = (
    "tick",
    "wanted",
    "held_back",
    "denied",
    "actions",
    "refused",
    "forwarded_chats",
    "forwarded_copies",
    "original_chats",
    "original_copies",
    "hop_made",
    "abandoned",
)
"""In the order of `chatsim.engine.rows`."""


def content_run(people: People, state: State) -> ContentRun:
    """The whole tree. Raises RunError if its books do not balance."""
    users = users_of(people)
    reached = np.flatnonzero(state.status)
    first = state.first[reached]
    order = np.lexsort((users[reached], first[:, FIRST_TICK]))
    reached, first = reached[order], first[order]
    doers = reached[state.deeds[reached, DEED_TICK] >= 0]
    doers = doers[np.argsort(users[doers])]
    deeds = state.deeds[doers]
    _require_delivered(deeds, state)
    received = np.zeros(people.users, dtype=np.int64)
    received[users] = state.received
    return ContentRun(
        first_copies=FirstCopies(
            user=users[reached],
            tick=_column(first[:, FIRST_TICK]),
            parent=_column(first[:, FIRST_PARENT]),
            group=_column(first[:, FIRST_GROUP]),
            hop=_column(first[:, FIRST_HOP]),
            label=_column(first[:, FIRST_LABEL]),
        ),
        deeds=Deeds(
            user=users[doers],
            **{name: _column(deeds[:, i]) for i, name in enumerate(DEED_COLUMNS)},
        ),
        copies_by_hour=state.by_hour.sum(axis=0),
        received=received,
        complaints=int(state.totals[:, COMPLAINTS].sum()),
    )


def _column(values: np.ndarray[tuple[int], np.dtype[np.int32]]) -> Column:
    return values.astype(np.int64)


def users_of(people: People) -> Column:
    """The user at each place, int64[users]."""
    users = np.arange(people.users, dtype=np.int64)
    if not people.stored:
        compiled(fill_users)(people, users)
    return users


def fill_users(people: People, users: Column) -> None:
    """Kernel: puts each place's user in its place."""
    for place in range(len(users)):
        users[place] = user_of_place(people, place)


def measures(state: State) -> RunMeasures:
    """What `chatsim.cascade.measures.measure` says of the tree that was not kept."""
    totals = state.totals.sum(axis=0)
    by_hour = state.by_hour.sum(axis=0)
    breadth = np.trim_zeros(state.by_depth.sum(axis=0), "b")
    _require_balance(totals, by_hour)
    reached = int(totals[REACHED])
    none, forwarded, many_times = (int(copies) for copies in totals[LABELS : LABELS + 3])
    return RunMeasures(
        reach=reached,
        copies=int(by_hour.sum()),
        busiest_hour=int(by_hour.max(initial=0)),
        forwards=int(totals[FORWARDED_CHATS]),
        held_back=int(totals[HELD_BACK]),
        denied=int(totals[DENIED]),
        refused=int(totals[REFUSED]),
        extra_actions=int(totals[EXTRA_ACTIONS]),
        pasted=int(totals[PASTED_CHATS]),
        abandoned=int(totals[ABANDONED]),
        complaints=int(totals[COMPLAINTS]),
        labels=(none, forwarded, many_times),
        wrong_labels=int(totals[WRONG_LABELS]),
        depth_max=max(len(breadth) - 1, 0),
        depth_mean=float((breadth * np.arange(len(breadth))).sum() / reached) if reached else 0.0,
        structural_virality=None,
        breadth=breadth,
        exposure=_exposure(state),
    )


def _exposure(state: State) -> Exposure:
    ticks = np.flatnonzero(state.by_tick.any(axis=0))
    people = np.cumsum(state.by_tick[:, ticks].sum(axis=0), dtype=np.int64)
    return Exposure(ticks.astype(np.int64), people)


def _require_delivered(deeds: Small, state: State) -> None:
    """Whoever sent them and whoever received them counted the same copies: their columns have 32 bits."""
    sent = int(deeds[:, [ORIGINAL_COPIES, FORWARDED_COPIES]].sum(dtype=np.int64))
    received = int(state.received.sum(dtype=np.int64))
    by_hour = int(state.by_hour.sum())
    if not sent == received == by_hour:
        message = (
            f"the books of a run do not balance: {sent} copies sent, {received} received, "
            f"{by_hour} by the hour"
        )
        raise RunError(message)


def _require_balance(totals: Column, by_hour: Column) -> None:
    sent = int(totals[ORIGINAL_COPIES] + totals[FORWARDED_COPIES])
    if sent != by_hour.sum() or sent != totals[LABELS : LABELS + 3].sum():
        message = (
            f"the books of a run do not balance: {sent} copies sent, {by_hour.sum()} by the hour"
        )
        raise RunError(message)
