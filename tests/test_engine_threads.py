"""Threads within a run: any number of them gives the same copies."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pytest
from attrs import asdict, evolve

from chatsim.behaviour.values import Audience
from chatsim.engine import playing, state
from chatsim.engine.rows import SENDER
from chatsim.model import Enforcement
from chatsim.policy.presets import preset
from chatsim.population import Implicit
from chatsim.testing.verify.settings import LIFETIME, crowd, law_of_ties, wide
from tests.cases import random_population
from tests.engines import assert_same_measures, played, tallied
from tests.runs import assert_large_enough

USERS = 1_200
POLICIES = (preset("whatsapp-2022-04"), LIFETIME)


@pytest.fixture(autouse=True)
def everybody_is_a_crowd(monkeypatch) -> None:
    monkeypatch.setattr(playing, "CROWD", 0)
    monkeypatch.setattr(state, "RANGE_BITS_MIN", 3)


@pytest.fixture
def crowded(monkeypatch) -> list[int]:
    """The windows that were shared out over threads."""
    windows = []
    one = playing.Play._crowded

    def counted(self, window, threads):
        windows.append(window)
        one(self, window, threads)

    monkeypatch.setattr(playing.Play, "_crowded", counted)
    return windows


people = functools.cache(crowd)


@pytest.mark.parametrize("law", Audience)
@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_two_and_four_threads_give_the_copies_of_one(law, policy, crowded) -> None:
    enforcements = list(Enforcement) if policy.cap_total is None else [Enforcement.CLEAR]
    # Each enforcement meets one number of threads, and one of them both: to share a window out takes far longer than
    # to play it.
    turns = [(2, 4), (2,), (4,)]
    for enforcement, numbers in zip(enforcements, itertools.cycle(turns), strict=False):
        experiment = evolve(wide(law, policy, people(law, USERS)), enforcement=enforcement)
        alone = played(experiment)
        assert_large_enough(alone.contents)
        for threads in numbers:
            assert played(experiment, threads=threads).differences(alone) == []
            assert_same_measures(tallied(experiment, threads=threads), alone, policy)
    assert bool(crowded) == (policy.cap_total is None)


@pytest.mark.parametrize("law", Audience)
def test_people_who_are_not_stored_are_shared_out_as_well(law, crowded) -> None:
    implicit = Implicit(USERS, 1, law_of_ties(law))
    experiment = wide(law, POLICIES[0], people(law, USERS))
    alone = played(experiment)
    for threads in (2, 4):
        assert played(experiment, implicit, threads=threads).differences(alone) == []
    assert crowded


@pytest.mark.parametrize("users", [1, 7, 40])
def test_there_may_be_more_threads_than_ranges_and_people(users: int, monkeypatch) -> None:
    monkeypatch.setattr(state, "RANGE_BITS_MIN", 5)
    experiment = wide(Audience.PICK, POLICIES[0], random_population(users, 6.0, 1.0, seed=2))
    alone = played(experiment)
    for threads in (2, 3, 16):
        assert played(experiment, threads=threads).differences(alone) == []


def test_what_one_person_sends_in_a_window_is_put_down_by_one_thread(monkeypatch) -> None:
    slices = []
    one = playing.Play._slices

    def seen(self, sends):
        slices.append((sends[:, SENDER].copy(), one(self, sends)))
        return slices[-1][1]

    monkeypatch.setattr(playing.Play, "_slices", seen)
    played(wide(Audience.EACH, POLICIES[0], people(Audience.EACH, USERS)), threads=4)
    assert max(len(senders) for senders, _ in slices) > 100
    for senders, parts in slices:
        assert [low for low, _ in parts] == [0, *(high for _, high in parts[:-1])]
        assert parts[-1][1] == len(senders)
        of_each = [set(senders[low:high].tolist()) for low, high in parts]
        assert sum(len(each) for each in of_each) == len(set(senders.tolist()))


def test_a_window_with_few_people_is_left_to_one_thread(crowded, monkeypatch) -> None:
    experiment = wide(Audience.PICK, POLICIES[0], people(Audience.PICK, USERS))
    played(experiment, threads=2)
    everything = len(crowded)
    monkeypatch.setattr(playing, "CROWD", 5)
    mixed = tallied(experiment, threads=2)
    shared = len(crowded) - everything
    assert 0 < shared < everything
    monkeypatch.setattr(playing, "CROWD", 1 << 30)
    for one, other in zip(mixed, tallied(experiment, threads=2), strict=True):
        np.testing.assert_equal(asdict(one), asdict(other))
    assert len(crowded) == everything + shared
