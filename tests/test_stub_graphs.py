from __future__ import annotations

import numpy as np
import pytest

from chatsim.testing.stub_graphs import configuration_model, one_group, ring

DEGREES = np.repeat([0, 1, 3, 10], [100, 900, 1_500, 500])


def test_everybody_has_the_ties_asked_for_but_those_to_themselves() -> None:
    people = configuration_model(DEGREES, seed=1)
    missing = DEGREES - np.diff(people.contact_offsets)
    assert (missing >= 0).all()
    assert (missing % 2 == 0).all()
    expected = (DEGREES * (DEGREES - 1)).sum() / DEGREES.sum()
    assert 0 < missing.sum() < 5 * expected
    owners = np.repeat(np.arange(people.users), np.diff(people.contact_offsets))
    assert (owners != people.contacts).all()


def test_ties_go_both_ways_as_often() -> None:
    people = configuration_model(DEGREES, seed=2)
    owners = np.repeat(np.arange(people.users), np.diff(people.contact_offsets))
    there = sorted(zip(owners.tolist(), people.contacts.tolist(), strict=True))
    back = sorted(zip(people.contacts.tolist(), owners.tolist(), strict=True))
    assert there == back


def test_who_is_tied_to_whom_goes_by_the_number_of_ties() -> None:
    # A tie's end is at somebody of degree k with chance k n(k) / all stubs, whoever is at the other end.
    counts = np.zeros((11, 11))
    for seed in range(20):
        people = configuration_model(DEGREES, seed)
        owners = np.repeat(np.arange(people.users), np.diff(people.contact_offsets))
        np.add.at(counts, (DEGREES[owners], DEGREES[people.contacts]), 1)
    stubs = np.bincount(DEGREES, weights=DEGREES)
    expected = counts.sum() * np.outer(stubs, stubs) / stubs.sum() ** 2
    seen = expected > 0
    assert (abs(counts - expected)[seen] < 5 * np.sqrt(2 * expected[seen])).all()


def test_another_seed_ties_others_and_the_same_one_the_same() -> None:
    one, same, other = (configuration_model(DEGREES, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.contacts, same.contacts)
    assert not np.array_equal(one.contacts, other.contacts)


def test_a_last_stub_without_a_partner_is_left_out() -> None:
    people = configuration_model(np.array([2, 1, 1, 1]), seed=3)
    assert len(people.contacts) in (2, 4)


@pytest.mark.parametrize("users", [2, 7])
def test_in_a_ring_everybody_knows_the_next_one(users: int) -> None:
    people = ring(users)
    assert [people.contacts_of(user).tolist() for user in range(users)] == [
        [(user + 1) % users] for user in range(users)
    ]
    assert people.group_count == 0


def test_in_one_group_everybody_is_together_and_knows_nobody() -> None:
    people = one_group(5)
    assert people.members_of(0).tolist() == [0, 1, 2, 3, 4]
    assert [people.groups_of(user).tolist() for user in range(5)] == [[0]] * 5
    assert len(people.contacts) == 0
