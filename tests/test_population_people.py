"""What is drawn about people: the words of the right draws, and who stays in a group."""

import numpy as np
import pytest

from chatsim.compilation import compiled
from chatsim.errors import ConfigurationError
from chatsim.population import (
    Implicit,
    cheats,
    generate,
    limit_groups,
    susceptibility_counts,
    susceptibility_words,
)
from chatsim.population.people import count_susceptibilities
from chatsim.randomness.philox import GROUP_RANK, MODIFIED, SUSCEPTIBILITY, draw, key_words
from chatsim.randomness.tables import CERTAIN

SEED = (3 << 40) + 17


@pytest.fixture(scope="module")
def population():
    return generate(1_500, seed=SEED)


def test_susceptibility_is_the_upper_half_of_each_users_first_word(population):
    words = [draw(*key_words(SEED), user, 0, SUSCEPTIBILITY, 0, 0)[0] for user in range(1_500)]
    assert susceptibility_words(population).tolist() == [word >> 16 for word in words]


def test_counts_are_the_histogram_of_the_words(population):
    counts = susceptibility_counts(population)
    assert counts.shape == (65_536,)
    assert counts.dtype == np.int64
    assert np.repeat(np.arange(65_536), counts).tolist() == sorted(susceptibility_words(population))


def test_counts_add_up_over_ranges_and_are_those_of_the_population_that_is_not_stored(population):
    counts = np.zeros(65_536, dtype=np.int64)
    for first, end in ((0, 1), (1, 1_030), (1_030, 1_500)):
        compiled(count_susceptibilities)(first, end, *key_words(SEED), counts)
    assert np.array_equal(counts, susceptibility_counts(population))
    assert np.array_equal(counts, susceptibility_counts(Implicit(1_500, SEED)))


def test_each_cheat_has_the_words_below_its_threshold_and_not_below_the_one_before(population):
    limits = [0, 1 << 29, 1 << 29, 1 << 31]
    words = [draw(*key_words(SEED), user, 0, MODIFIED, 0, 0)[0] for user in range(1_500)]
    expected = [2 if word < 1 << 29 else 4 if word < 1 << 31 else 0 for word in words]
    assert cheats(population, limits).tolist() == expected
    assert set(expected) == {0, 2, 4}
    assert not cheats(population, [0, 0]).any()
    assert (cheats(population, [CERTAIN, CERTAIN]) == 1).all()
    assert (cheats(population, [0, CERTAIN]) == 2).all()


def test_the_members_of_lowest_keyed_rank_stay(population):
    limited = limit_groups(population, 8)
    assert limited.group_count == population.group_count
    for group in range(population.group_count):
        members = population.members_of(group).tolist()
        ranked = sorted(
            members,
            key=lambda user: (*draw(*key_words(SEED), user, group, GROUP_RANK, 0, 0)[:2], user),
        )
        assert limited.members_of(group).tolist() == sorted(ranked[:8])
    for user in range(population.users):
        stays = [g for g in population.groups_of(user) if user in limited.members_of(g)]
        assert limited.groups_of(user).tolist() == stays
    assert (np.diff(limited.groups) < 0).any()
    assert len(limited.groups) > len(limited.members)
    assert np.array_equal(limited.contacts, population.contacts)
    assert "limited to 8 members" in limited.notes[-1]


def test_a_maximum_that_no_group_exceeds_changes_nothing(population):
    assert limit_groups(population, 150) is population


def test_a_maximum_below_one_is_refused(population):
    with pytest.raises(ConfigurationError, match=r"at most 0 members.*1 or more"):
        limit_groups(population, 0)
