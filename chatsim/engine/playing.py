"""One content's run from its originators to the last window, alone or on several threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from attrs import define, field

from chatsim.compilation import compiled
from chatsim.engine.acting import act_window
from chatsim.engine.constants import Constants
from chatsim.engine.copies import CHUNK_ROW, chunks_for, copies_at_most, put_down
from chatsim.engine.holding import originate
from chatsim.engine.people import People, place_of_user
from chatsim.engine.rows import SEND, SENDER
from chatsim.engine.settling import settle
from chatsim.engine.state import Small, State, reserved
from chatsim.engine.windows import advance, owned

CROWD = 2_000
"""People who act in one window from which on several threads pay."""
ALONE = 1 << 62
SENDS_MIN = 1 << 12
CHUNKS_MIN = 1 << 6


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """A kernel of the engine, compiled: none of them makes arrays."""
    made: Callable[..., Any] = compiled(function, allocates=False)
    return made


@define(eq=False)
class Play:
    """A run under way: its constants, its people, its state, and room for one window."""

    c: Constants
    p: People
    s: State
    sends: Small = field(factory=lambda: reserved((SENDS_MIN, SEND)))
    pool: Small = field(factory=lambda: reserved((CHUNKS_MIN, CHUNK_ROW)))

    def start(self, users: Sequence[int]) -> None:
        """These users hold the content from the start."""
        place, begin = kernel(place_of_user), kernel(originate)
        each = -(-self.s.ranges // self.s.shards)
        for user in users:
            at = place(self.p, user)
            begin(self.c, self.p, self.s, (at >> self.s.range_bits) // each, at)

    def alone(self, window: int = 0, crowd: int = ALONE) -> int:
        """Plays on this thread until a crowded window, or the end; returns its number."""
        filled = np.zeros(1, dtype=np.int64)
        play = kernel(advance)
        while True:
            window, rows, chunks = play(
                self.c, self.p, self.s, window, self.s.windows, crowd, self.sends, filled, self.pool
            )
            if rows:
                self.sends = with_room(self.sends, filled[0], rows)
            elif chunks:
                self.pool = reserved((2 * chunks, CHUNK_ROW))
            else:
                return int(window)

    def together(self, threads: ThreadPoolExecutor) -> None:
        """Plays the whole run: crowded windows by one thread per shard, the others by this one."""
        window = 0
        while (window := self.alone(window, CROWD)) < self.s.windows:
            self._crowded(window, threads)
            window += 1

    def _crowded(self, window: int, threads: ThreadPoolExecutor) -> None:
        """One window in three steps, each by all threads at once."""
        shards = range(self.s.shards)
        sends = np.concatenate(list(threads.map(self._act, shards, [window] * len(shards))))
        slices = self._slices(sends)
        copies = kernel(copies_at_most)
        bounds = list(threads.map(lambda part: copies(self.p, sends, *part), slices))
        chunks = [int(kernel(chunks_for)(self.s, bound)) for bound in bounds]
        if sum(chunks) > len(self.pool):
            self.pool = reserved((sum(chunks) + sum(chunks) // 2, CHUNK_ROW))
        free = np.cumsum([0, *chunks[:-1]]).tolist()
        down, hold = kernel(put_down), kernel(settle)
        c, p, s, pool = self.c, self.p, self.s, self.pool

        def put(t: int) -> None:
            down(c, p, s, t, sends, *slices[t], pool, free[t])

        def settled(t: int) -> None:
            hold(c, p, s, t, sends, pool, *kernel(owned)(s, t))

        for step in (put, settled):
            list(threads.map(step, shards))

    def _act(self, t: int, window: int) -> Small:
        filled = np.zeros(1, dtype=np.int64)
        sends = reserved((SENDS_MIN, SEND))
        act = kernel(act_window)
        while rows := act(self.c, self.p, self.s, t, window, sends, filled):
            sends = with_room(sends, filled[0], rows)
        return sends[: filled[0]]

    def _slices(self, sends: Small) -> list[tuple[int, int]]:
        """Rows by thread, about as many each; all sends of one person in one of them, because a deed is one row."""
        cuts = [0]
        for t in range(1, self.s.shards):
            cut = max(cuts[-1], len(sends) * t // self.s.shards)
            while 0 < cut < len(sends) and sends[cut, SENDER] == sends[cut - 1, SENDER]:
                cut += 1
            cuts.append(cut)
        return list(zip(cuts, [*cuts[1:], len(sends)], strict=True))


def with_room(sends: Small, filled: int, rows: int) -> Small:
    """`sends` with its first `filled` rows, and room for twice as many as it takes to go on."""
    larger = reserved((2 * rows, SEND))
    larger[:filled] = sends[:filled]
    return larger
