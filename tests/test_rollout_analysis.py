"""A/B tests in numbers: arms, tests by unit, bias, power, from outcomes made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from chatsim.study.rollout.analysis import (
    FORWARDS,
    REACHED,
    Arms,
    Assignment,
    bias,
    chance,
    outcome_of,
    relative,
    replicates_for,
)
from chatsim.study.rollout.conduct import trial_of
from chatsim.study.summary import Chance
from tests.cascades import run_of

USERS = 4_000


def by_user(seed: int) -> Assignment:
    treated = np.zeros(USERS, dtype=bool)
    treated[np.random.default_rng(seed).permutation(USERS)[: USERS // 2]] = True
    return Assignment(treated, np.arange(USERS))


def by_cluster(seed: int, size: int = 100) -> Assignment:
    clusters = USERS // size
    treated = np.zeros(clusters, dtype=bool)
    treated[np.random.default_rng(seed).permutation(clusters)[: clusters // 2]] = True
    cluster = np.arange(USERS) // size
    return Assignment(treated[cluster], cluster)


def test_a_platform_logs_who_was_reached_and_what_they_forwarded():
    run = run_of([None, 0, 1], users=5, deeds=[{"user": 1, "forwarded_chats": 3}])
    assert outcome_of(run, REACHED).tolist() == [1, 1, 1, 0, 0]
    assert outcome_of(run, FORWARDS).tolist() == [0, 3, 0, 0, 0]


def test_arms_are_means_of_treated_and_untreated_people():
    assignment = Assignment(np.array([True, False, True, False]), np.arange(4))
    assert assignment.arms(np.array([1, 0, 0, 1], dtype=np.int32)) == Arms(0.5, 0.5)
    assert assignment.units == 4


@pytest.mark.parametrize("make", [by_user, by_cluster])
def test_where_the_policy_changes_nothing_one_test_in_twenty_raises_an_alarm(make):
    # Everybody of a cluster has the same luck: only a test that counts clusters stays honest.
    rng = np.random.default_rng(7)
    alarms = 0
    for seed in range(400):
        luck = np.repeat(rng.random(USERS // 100), 100)
        logged = (rng.random(USERS) < luck).astype(np.int32)
        alarms += bool(make(seed).found(logged))
    assert 6 <= alarms <= 38  # 20 expected, a standard deviation of 4.4


def test_a_difference_that_is_there_is_found():
    assignment = by_user(1)
    logged = np.where(assignment.treated, 0, 1).astype(np.int32)
    assert assignment.found(logged)


def test_too_few_units_are_no_test():
    two = Assignment(np.array([True, True, False, False]), np.array([0, 0, 1, 1]))
    assert two.found(np.array([1, 1, 0, 0], dtype=np.int32)) is None
    assert chance([None, None]) is None
    assert chance([True, None, False]) == chance([True, False])


def test_a_relative_difference_is_of_the_means_over_replicates():
    estimate = relative([Arms(1.0, 2.0), Arms(3.0, 6.0)])
    assert estimate is not None
    assert estimate.value == pytest.approx(-0.5)
    assert relative([Arms(1.0, 0.0)]) is None


def test_a_test_that_says_the_truth_has_no_bias_and_one_that_sees_half_of_it_has_half():
    truth = [Arms(50.0 + i % 7, 100.0 + i % 5) for i in range(40)]
    same = bias(truth, truth)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
    half = bias(
        [Arms((each.treated + each.untreated) / 2, each.untreated) for each in truth], truth
    )
    assert half.value == pytest.approx(0.25, abs=0.02)
    assert half.low is not None
    assert half.excludes_zero


def test_what_spills_over_between_the_arms_is_seen_as_bias():
    rng = np.random.default_rng(3)
    assignments = [by_user(seed) for seed in range(30)]
    controls = [(rng.random(USERS) < 0.6).astype(np.int32) for _ in assignments]
    everybody = [(rng.random(USERS) < 0.3).astype(np.int32) for _ in assignments]
    # Treated people are as far as halfway between both worlds, untreated ones a quarter of the way.
    tested = [
        (rng.random(USERS) < np.where(each.treated, 0.45, 0.525)).astype(np.int32)
        for each in assignments
    ]
    trial = trial_of("user", "rumour", REACHED, assignments, tested, controls, everybody)
    assert trial is not None
    assert trial.truth.value == pytest.approx(-0.5, abs=0.02)
    assert trial.estimate.value == pytest.approx(0.45 / 0.525 - 1, abs=0.02)
    assert trial.bias.value == pytest.approx(trial.estimate.value - trial.truth.value)
    assert trial.seen == pytest.approx(0.29, abs=0.05)
    assert trial.power is not None
    assert trial.power.count >= 28
    assert trial.false_alarms is not None
    assert trial.false_alarms.count <= 6


def test_where_nobody_is_reached_there_is_no_trial():
    nothing = [np.zeros(USERS, dtype=np.int32)] * 3
    assignments = [by_user(seed) for seed in range(3)]
    assert trial_of("user", "rumour", REACHED, assignments, nothing, nothing, nothing) is None


@pytest.mark.parametrize(
    ("count", "pooled"), [(40, 1), (32, 1), (20, 3), (10, 5), (4, 17), (2, None), (0, None)]
)
def test_a_weak_test_says_how_many_to_pool(count, pooled):
    needed = replicates_for(Chance(count, 40, 0.0, 1.0))
    if pooled is None:
        assert needed is None
    else:
        assert needed == pytest.approx(pooled, abs=1)
