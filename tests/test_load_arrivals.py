from __future__ import annotations

import numpy as np
import pytest

from chatsim_clients.load.arrivals import Arrivals, Gaps, Timeline
from chatsim_clients.load.parts import Stage


def arrivals(users, stages, rate_of_one, burstiness=0.0, seed=1):
    return Arrivals(
        np.array(users, dtype=np.int64), Gaps(seed, burstiness), Timeline.of(stages, rate_of_one)
    )


def table(found):
    return list(zip(*(column.tolist() for column in found), strict=True))


def test_the_same_seed_intends_the_same_messages_whoever_shares_the_users():
    stages = [Stage(20.0)]
    together = table(arrivals(range(6), stages, 2.0).until(20))
    shared = [table(arrivals(range(n, 6, 3), stages, 2.0).until(20)) for n in range(3)]
    assert sorted(row for rows in shared for row in rows) == sorted(together)
    assert table(arrivals(range(6), stages, 2.0, seed=2).until(20)) != together


def test_slices_give_what_the_whole_gives():
    stages = [Stage(5.0), Stage(5.0, 3.0)]
    whole = table(arrivals(range(5), stages, 4.0, 0.6).until(10))
    source = arrivals(range(5), stages, 4.0, 0.6)
    slices = [row for end in np.arange(0.1, 10.1, 0.1) for row in table(source.until(float(end)))]
    assert slices == whole
    assert [row[0] for row in whole] == sorted(row[0] for row in whole)


def test_each_user_counts_their_messages_from_nothing():
    rows = table(arrivals([3, 8], [Stage(30.0)], 1.0).until(30))
    for user in (3, 8):
        indices = [index for _, of, index in rows if of == user]
        assert indices == list(range(len(indices)))


@pytest.mark.parametrize("burstiness", [0.0, 0.57, 0.68])
def test_the_rate_is_that_asked_for_from_the_first_second_on(burstiness):
    # Few messages of each of many: here an initial crowd of bursty users would show.
    times, _, _ = arrivals(range(100_000), [Stage(10.0)], 0.01, burstiness).until(10)
    seconds = np.bincount(times.astype(int), minlength=10)
    assert seconds == pytest.approx(np.full(10, 1_000), rel=0.15)


def test_a_stage_multiplies_the_rate_and_a_silent_one_sends_nothing():
    stages = [Stage(10.0), Stage(10.0, 0.0), Stage(10.0, 2.0)]
    times, _, _ = arrivals(range(1_000), stages, 1.0).until(30)
    thirds = np.bincount((times // 10).astype(int), minlength=3)
    assert thirds[0] == pytest.approx(10_000, rel=0.05)
    assert thirds[1] == 0
    assert thirds[2] == pytest.approx(20_000, rel=0.05)
    assert times.max() < 30


@pytest.mark.parametrize(("burstiness", "low", "high"), [(0.0, -0.02, 0.02), (0.57, 0.5, 0.6)])
def test_gaps_are_as_bursty_as_asked_for(burstiness, low, high):
    times, users, _ = arrivals(range(200), [Stage(5_000.0)], 1.0, burstiness).until(5_000)
    gaps = np.concatenate([np.diff(times[users == user]) for user in range(200)])
    measured = (gaps.std() - gaps.mean()) / (gaps.std() + gaps.mean())
    assert low < measured < high
