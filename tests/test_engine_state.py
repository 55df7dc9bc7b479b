"""Memory is reserved ahead and costs nothing until it is written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chatsim.engine import state
from chatsim.engine.people import people_of
from chatsim.engine.state import new_state, reserved
from tests.cases import random_population

PAGE = 4_096
LARGE = (1 << 28, 8)
"""8 GiB."""


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def test_room_that_is_not_written_costs_no_memory() -> None:
    before = resident()
    room = reserved(LARGE)
    assert room.shape == LARGE
    room[0], room[-1] = 1, 2
    assert not room[1:100].any()
    assert resident() - before < 1 << 26


def test_room_is_given_back() -> None:
    before = resident()
    room = reserved((1 << 24, 2))
    room[:] = 1
    assert resident() - before > 1 << 26
    del room
    assert resident() - before < 1 << 25


@pytest.mark.parametrize("advice", [None, 0x7FFF], ids=["no huge pages", "refused"])
def test_systems_may_know_neither_huge_pages_nor_uncounted_room(monkeypatch, advice) -> None:
    monkeypatch.setattr(state, "HUGE_PAGES", advice)
    monkeypatch.setattr(state, "NOT_COUNTED", 0)
    room = reserved((state.SMALL_BYTES, 2))
    assert not room[::1024].any()
    room[-1, -1] = 7
    assert room.dtype == np.int32


@pytest.mark.parametrize("shards", [1, 2, 3, 16])
@pytest.mark.parametrize("users", [1, 1_000, 5_000])
def test_every_place_has_a_range_and_every_range_an_owner(users: int, shards: int) -> None:
    made = new_state(
        people_of(random_population(users, 2.0, seed=1)),
        lookahead=60,
        duration=7_201,
        counts_total=False,
        tree=False,
        shards=shards,
    )
    assert (users - 1) >> made.range_bits == made.ranges - 1
    assert made.stories.shape[1] * shards >= users
    assert made.windows * made.window >= 7_201
    assert made.by_hour.shape == (shards, 3)
