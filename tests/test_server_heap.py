"""A server's heap is looked through seldom, and only while it serves."""

from __future__ import annotations

import gc

from chatsim.server.heap import THRESHOLDS, settled_heap


def test_what_was_there_before_is_kept_out_of_collections() -> None:
    before = [[number] for number in range(1_000)]
    with settled_heap():
        assert gc.get_freeze_count() > len(before)
        assert gc.get_threshold() == THRESHOLDS


def test_afterwards_everything_is_as_it_was() -> None:
    former = gc.get_threshold()
    with settled_heap():
        pass
    assert gc.get_threshold() == former
    assert gc.get_freeze_count() == 0


def test_a_cycle_made_while_serving_is_still_found() -> None:
    with settled_heap():
        cycle: list[object] = []
        cycle.append(cycle)
        del cycle
        assert gc.collect() >= 1
