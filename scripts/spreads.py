"""What every contender gets, the ties of a file, and what it must do with them.

W1 is an independent cascade: each tie passes the content on once, with chance .12. W2 is a continuous-time SIR
epidemic: a tie passes it on at rate .15, a person stops at rate 1. Both start from the person with most ties and run
until nothing moves.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

CHANCE = 0.12
TAU, GAMMA = 0.15, 1.0

Spread = tuple[Callable[[], Any], Callable[[Any], int]]
"""What runs one spread, and what counts the people reached in its result; the first is timed."""
Contender = Callable[[int], Spread]
"""Sets a spread up, by its seed."""


@frozen(eq=False)
class Ties:
    """The graph that everybody gets: one row of two users for each tie."""

    file: Path
    rows: NDArray[np.int64] = field(repr=False)

    @classmethod
    def read(cls, file: Path) -> Ties:
        """The ties of a file of two integers a line."""
        return cls(file, np.fromfile(file, sep=" ", dtype=np.int64).reshape(-1, 2))

    @property
    def degrees(self) -> NDArray[np.int64]:
        return np.bincount(self.rows.ravel())

    @property
    def users(self) -> int:
        return int(self.rows.max()) + 1

    @property
    def hub(self) -> int:
        """The person with most ties, the first of them."""
        return int(self.degrees.argmax())

    def neighbours(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Compressed rows: where each user's neighbours start, and all neighbours."""
        ends = np.concatenate([self.rows, self.rows[:, ::-1]])
        starts = np.concatenate([[0], np.cumsum(self.degrees)])
        return starts, ends[np.argsort(ends[:, 0], kind="stable"), 1]

    def networkx(self) -> Any:
        import networkx as nx

        graph = nx.Graph()
        graph.add_nodes_from(range(self.users))
        graph.add_edges_from(self.rows.tolist())
        return graph
