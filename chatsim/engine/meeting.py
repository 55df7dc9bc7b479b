"""Contents that meet, because a cap by the hour counts what people forward of all of them: played side by side.

Within a tick a person acts by content, then by action, so windows are one tick long here, and of each the contents have
their turns. Nothing else ties them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chatsim.engine import playing
from chatsim.engine.constants import Constants
from chatsim.engine.copies import CHUNK_ROW
from chatsim.engine.people import People
from chatsim.engine.playing import ALONE, Play, kernel
from chatsim.engine.rows import SEND
from chatsim.engine.state import State, reserved
from chatsim.engine.windows import advance

Small = NDArray[np.int32]
Integers = NDArray[np.int64]


def side_by_side(plays: Sequence[Play]) -> None:
    """Plays the contents of one run to their end, on this thread."""
    people = plays[0].p
    constants, states = tuple(play.c for play in plays), tuple(play.s for play in plays)
    sends, pool = reserved((playing.SENDS_MIN, SEND)), reserved((playing.CHUNKS_MIN, CHUNK_ROW))
    filled = np.zeros(1, dtype=np.int64)
    at = (0, 0)
    play = kernel(advance_all)
    while at[0] < states[0].windows:
        *at, rows, chunks = play(constants, people, states, *at, sends, filled, pool)
        if rows:
            sends = playing.with_room(sends, filled[0], rows)
        elif chunks:
            pool = reserved((2 * chunks, CHUNK_ROW))


def advance_all(
    cs: tuple[Constants, ...],
    p: People,
    states: tuple[State, ...],
    window: int,
    content: int,
    sends: Small,
    filled: Integers,
    pool: Small,
) -> tuple[int, int, int, int]:
    """Kernel: `advance` for all contents, window by window, from `content`'s turn in `window` on.

    Returns (window, content, rows of sends that it takes, chunks of the pool that it takes).
    """
    while window < states[0].windows:
        while content < len(states):
            _, rows, chunks = advance(
                cs[content], p, states[content], window, window + 1, ALONE, sends, filled, pool
            )
            if rows > 0 or chunks > 0:
                return window, content, rows, chunks
            content += 1
        window += 1
        content = 0
    return window, content, 0, 0
