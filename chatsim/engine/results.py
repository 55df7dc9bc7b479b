"""From a run's arrays to what every backend hands over: the tree, or its measures alone."""

from __future__ import annotations

import numpy as np

from chatsim.cascade.values import Column, ContentRun, Deeds, FirstCopies
from chatsim.compilation import compiled
from chatsim.engine.people import People, user_of_place
from chatsim.engine.rows import (
    DEED_TICK,
    FIRST_GROUP,
    FIRST_HOP,
    FIRST_LABEL,
    FIRST_PARENT,
    FIRST_TICK,
)
from chatsim.engine.state import State

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
)
"""In the order of `chatsim.engine.rows`."""


def content_run(people: People, state: State) -> ContentRun:
    """The whole tree."""
    users = users_of(people)
    reached = np.flatnonzero(state.status)
    first = state.first[reached]
    order = np.lexsort((users[reached], first[:, FIRST_TICK]))
    reached, first = reached[order], first[order]
    doers = reached[state.deeds[reached, DEED_TICK] >= 0]
    doers = doers[np.argsort(users[doers])]
    deeds = state.deeds[doers]
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
