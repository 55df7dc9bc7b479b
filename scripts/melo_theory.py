"""What SEI with a cap should do, from outside the engine: a branching approximation, and a plain simulation."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from chatsim.population.values import Population

Numbers = NDArray[np.int64]


def growth(alpha: float, sends: float) -> float:
    """By how much a young spread grows in one iteration, where each sharer reaches `sends` new people in each.

    Sharers I and exposed E go on as I' = I + alpha E and E' = (1 - alpha) E + sends I'; this is the larger eigenvalue.
    """
    trace, determinant = 2.0 - alpha + sends * alpha, 1.0 - alpha
    return (trace + math.sqrt(trace * trace - 4.0 * determinant)) / 2.0


def slow_down(alpha: float, contacts: Numbers, cap: int, loose: int = 256) -> float:
    """How many times as long a young spread takes under `cap` as under `loose`, where contacts never overlap.

    Whoever is reached early is reached in proportion to how many they can be reached by.
    """
    weights = contacts / contacts.sum()
    sends = (float((np.minimum(contacts, each) * weights).sum()) for each in (cap, loose))
    tight, free = (math.log(growth(alpha, each)) for each in sends)
    return free / tight


def naive_spread(
    people: Population, alpha: float, cap: int, seed: int, recovery: float = 0.0
) -> Numbers:
    """How many have been reached after each iteration of the discrete update, until everybody is or nobody shares.

    Written without the engine's rules: in each iteration exposed people become sharers with the chance alpha, every
    sharer sends to `cap` of all their chats at random, and stops with the chance `recovery`.
    """
    draws = np.random.default_rng(seed)
    contacts, groups = people.contact_offsets, people.group_offsets
    offsets, chats = (contacts, people.contacts) if contacts[-1] else (groups, people.groups)
    reached = np.zeros(people.users, dtype=bool)
    sharing, over = reached.copy(), reached.copy()
    first = draws.integers(people.users)
    reached[first] = sharing[first] = True
    counts: list[int] = []
    while not counts or (counts[-1] < people.users and (reached & ~over).any()):
        sent = _chosen(offsets, chats, np.flatnonzero(sharing), cap, draws)
        over |= sharing & (draws.random(people.users) < recovery)
        reached[sent if contacts[-1] else _members(people, sent)] = True
        counts.append(int(reached.sum()))
        sharing = (sharing | reached & (draws.random(people.users) < alpha)) & ~over
    return np.array(counts, dtype=np.int64)


def _chosen(
    offsets: Numbers,
    chats: NDArray[np.int32],
    sharers: Numbers,
    cap: int,
    draws: np.random.Generator,
) -> NDArray[np.int32]:
    """Each sharer's chats in random order, cut off at the cap."""
    lengths = offsets[sharers + 1] - offsets[sharers]
    row = np.repeat(np.arange(len(sharers)), lengths)
    starts = np.cumsum(lengths) - lengths
    within = np.arange(len(row)) - starts[row]
    order = np.lexsort((draws.random(len(row)), row))
    taken: NDArray[np.int32] = chats[(offsets[sharers][row] + (order - starts[row]))[within < cap]]
    return taken


def _members(people: Population, groups: NDArray[np.int32]) -> NDArray[np.int32]:
    each = [people.members_of(int(group)) for group in np.unique(groups)]
    return np.concatenate([*each, np.zeros(0, dtype=np.int32)])
