from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from chatsim_clients.load.arrivals import Arrivals, Gaps, Timeline
from chatsim_clients.load.conversations import Acquainted
from chatsim_clients.load.intents import OpenIntents, Writer
from chatsim_clients.load.parts import Mix, Spawn, Stage, Storm
from chatsim_clients.load.plan import LoadPlan
from chatsim_clients.load.presence import absences_of

USERS = np.arange(1_000, dtype=np.int64)


def plan(**given):
    return LoadPlan(users=1_000, spawn=Spawn(), stages=(Stage(58.0),), **given)


def test_offline_users_leave_with_the_load_and_are_back_in_its_second_half():
    absences = absences_of(plan(mix=Mix(offline=0.3)), USERS, 60.0)
    assert len(absences) == pytest.approx(300, abs=45)
    for (away,) in absences.values():
        assert away.orderly
        assert away.begin == 0
        assert 31 <= away.end <= 60


def test_a_storm_takes_its_share_at_once_and_brings_it_back_in_time():
    absences = absences_of(plan(storms=(Storm(10.0, 0.5, 4.0),)), USERS, 60.0)
    assert len(absences) == pytest.approx(500, abs=50)
    for (away,) in absences.values():
        assert not away.orderly
        assert away.begin == 10
        assert 10 <= away.end <= 14


def test_churn_takes_the_share_asked_for_each_minute_and_gives_everybody_back():
    absences = absences_of(plan(churn=0.5), USERS, 60.0)
    assert sum(map(len, absences.values())) == pytest.approx(500, rel=0.15)
    assert all(away.begin < away.end <= 60 for of in absences.values() for away in of)


def test_absences_of_one_user_never_overlap_whatever_causes_them():
    everything = plan(churn=10.0, mix=Mix(offline=0.5), storms=(Storm(5, 0.9), Storm(7, 0.9, 20)))
    for of_user in absences_of(everything, USERS, 60.0).values():
        assert all(one.end < other.begin for one, other in pairwise(of_user))


def test_the_same_seed_takes_the_same_users_whoever_shares_them():
    asked = plan(churn=3.0, mix=Mix(offline=0.1), storms=(Storm(5, 0.2),))
    whole = absences_of(asked, USERS, 60.0)
    parts = [absences_of(asked, USERS[n::3], 60.0) for n in range(3)]
    assert {user: of for part in parts for user, of in part.items()} == whole


def test_whoever_is_away_means_to_send_nothing():
    asked = plan(mix=Mix(offline=0.5))
    absences = absences_of(asked, USERS, 60.0)
    arrivals = Arrivals(USERS, Gaps(1, 0.0), Timeline.of([Stage(60.0)], 0.1))
    found = OpenIntents(arrivals, Writer(asked, Acquainted(1_000, 3, 1)), absences).until(60.0)
    assert found
    for intent in found:
        for away in absences.get(intent.user, ()):
            assert intent.seconds >= away.end
