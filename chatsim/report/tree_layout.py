"""Where everybody of a cascade stands on paper: a ring for each depth, an arc for each subtree, as wide as its people.

Of a cascade that is too large to draw one by one, whoever has few people below is gathered in a *wedge* at the person
through whom they were reached.
"""

from __future__ import annotations

import numpy as np
from attrs import define, frozen
from numpy.typing import NDArray

from chatsim.cascade.trees import Forest
from chatsim.cascade.values import NOBODY, Column

DRAWN_MAX = 2_000
"""People of a cascade that are drawn one by one."""

ROOM_BETWEEN = 0.3
"""Turns shared equally among the originators, so that those who reached few do not stand on one another."""

Turns = NDArray[np.float64]


@frozen
class Wedge:
    """People who are not drawn one by one: all those below one person who have few below themselves."""

    row: int
    """Whose, among the people drawn."""
    start: float
    end: float
    """Both in turns, clockwise from the top."""
    depth: float
    """The mean depth of its people."""
    people: int


@define(eq=False, frozen=True)
class Places:
    """The people drawn one by one, each after whoever reached them, and the wedges."""

    row: Column
    """Rows of the cascade."""
    parent: Column
    """Places in these columns; NOBODY for originators."""
    turn: Turns
    """Where on the ring: turns, clockwise from the top."""
    depth: Column
    wedges: tuple[Wedge, ...]

    @property
    def gathered(self) -> int:
        """People in wedges."""
        return sum(wedge.people for wedge in self.wedges)


def places(trees: Forest, user: Column, drawn_max: int = DRAWN_MAX) -> Places:
    """The places of a cascade's people; the arcs of originators follow one another by their number.

    An arc is as wide as its subtree has people, so that a burst is wide however shallow it is.
    """
    below, depth_sum = _subtrees(trees)
    rows = _drawn(trees, user, below, drawn_max)
    place = np.full(len(user), NOBODY, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    parents = trees.parent_row[rows]
    parent = np.where(parents == NOBODY, NOBODY, place[parents])
    start, width = _arcs(parent, below[rows], len(user))
    wedges = []
    inside = np.zeros(len(rows), dtype=np.int64)
    inside_depth = np.zeros(len(rows), dtype=np.int64)
    children = parent != NOBODY
    np.add.at(inside, parent[children], below[rows][children])
    np.add.at(inside_depth, parent[children], depth_sum[rows][children])
    people = below[rows] - 1 - inside
    depths = depth_sum[rows] - trees.depth[rows] - inside_depth
    for i in np.flatnonzero(people):
        own = width[i] * people[i] / (below[rows[i]] - 1)
        end = start[i] + width[i]
        mean = float(depths[i] / people[i])
        wedges.append(Wedge(int(i), float(end - own), float(end), mean, int(people[i])))
    return Places(rows, parent, start + width / 2, trees.depth[rows], tuple(wedges))


def _subtrees(trees: Forest) -> tuple[Column, Column]:
    """People in each row's subtree, itself included, and the sum of their depths."""
    below = np.ones(len(trees.depth), dtype=np.int64)
    depth_sum = trees.depth.copy()
    for depth in range(int(trees.depth.max(initial=0)), 0, -1):
        rows = np.flatnonzero(trees.depth == depth)
        np.add.at(below, trees.parent_row[rows], below[rows])
        np.add.at(depth_sum, trees.parent_row[rows], depth_sum[rows])
    return below, depth_sum


def _drawn(trees: Forest, user: Column, below: Column, drawn_max: int) -> Column:
    """The rows drawn one by one, ring by ring; of those reached by one person the largest subtree is in the middle."""
    enough = 1 if len(below) <= drawn_max else int(np.sort(below)[-drawn_max - 1]) + 1
    rows = np.flatnonzero((below >= enough) | (trees.depth == 0))
    parent, depth = trees.parent_row[rows], trees.depth[rows]
    by_size = np.where(depth == 0, 0, below[rows])
    rows = rows[np.lexsort((user[rows], by_size, parent, depth))]
    parent, depth = trees.parent_row[rows], trees.depth[rows]
    first = np.flatnonzero(np.diff(parent, prepend=NOBODY - 1))
    rank = np.arange(len(rows)) - np.repeat(first, np.diff(first, append=len(rows)))
    side = np.where(depth == 0, 0, rank % 2)
    from_the_end = np.where(side == 0, rank, -rank)
    order: Column = rows[np.lexsort((from_the_end, side, parent, depth))]
    return order


def _arcs(parent: Column, below: Column, people: int) -> tuple[Turns, Turns]:
    """Where each arc begins and how wide it is; children share their parent's arc."""
    start, width = np.zeros(len(parent)), np.zeros(len(parent))
    free = np.zeros(len(parent))
    originators = int((parent == NOBODY).sum())
    spare = ROOM_BETWEEN / originators if originators > 1 else 0.0
    top = 0.0
    for i, above in enumerate(parent):
        if above == NOBODY:
            start[i] = top
            width[i] = spare + (1 - spare * originators) * below[i] / people
            top += width[i]
        else:
            start[i] = free[above]
            width[i] = width[above] * below[i] / (below[above] - 1)
            free[above] += width[i]
        free[i] = start[i]
    return start, width
