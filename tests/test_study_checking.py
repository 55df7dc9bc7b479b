from __future__ import annotations

from pathlib import Path

import attrs

from chatsim.policy.presets import preset
from chatsim.study.backend import RunPlan
from chatsim.study.checking import CHECK_USERS_MAX, checked, identical_copies, small
from chatsim.study.scenario import Generated, Scenario, Stored, Uniform
from chatsim_clients.memory import MemoryBackend

SCENARIO = Scenario(population=Generated(users=200))


def test_a_check_has_few_people():
    huge = Scenario(population=Generated(users=200_000_000, seed=7), originators=9_999)
    assert small(huge, 200_000_000).population == Generated(users=CHECK_USERS_MAX, seed=7)
    assert small(huge, 200_000_000).originators is None
    uniform = Scenario(population=Uniform(users=900))
    assert small(uniform, 900).population == Uniform(users=CHECK_USERS_MAX)


def test_a_small_study_is_checked_as_it_is():
    files = Scenario(population=Stored(contacts=Path("friends.csv")), originators=3)
    assert small(files, 6) is files
    assert small(SCENARIO, 200) is SCENARIO


def test_generated_people_take_the_place_of_a_large_network():
    files = Scenario(population=Stored(contacts=Path("friends.csv"), seed=5))
    assert small(files, 10_000).population == Generated(users=CHECK_USERS_MAX, seed=5)


def test_two_backends_that_play_alike_pass():
    check = checked(
        MemoryBackend(SCENARIO), MemoryBackend(SCENARIO), preset("cap-5"), RunPlan(0, 5), "memory"
    )
    assert check.identical == check.copies > 100
    assert check.passed


def test_two_backends_that_differ_do_not_pass():
    other = MemoryBackend(attrs.evolve(SCENARIO, seed=2))
    check = checked(MemoryBackend(SCENARIO), other, preset("cap-5"), RunPlan(0, 5), "memory")
    assert check.identical < check.copies
    assert not check.passed
    assert not attrs.evolve(check, identical=check.copies, imbalances=("one too many",)).passed


def test_identical_copies_fall_when_two_runs_differ() -> None:
    with MemoryBackend(SCENARIO) as backend:
        one = backend.play(preset("uncapped"), RunPlan(0, 5))
        other = backend.play(preset("cap-1"), RunPlan(0, 5))
    copies = sum(int(content.received.sum()) for content in one.contents)
    assert identical_copies(one, one) == copies
    assert identical_copies(one, other) < copies
