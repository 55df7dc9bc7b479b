"""The uniform population: each pick is the user its draw chooses."""

import numpy as np
import pytest

from chatsim.errors import ConfigurationError
from chatsim.population import uniform
from chatsim.randomness.philox import UNIFORM, choose_wide, draw, key_words


@pytest.mark.parametrize(("users", "each"), [(1, 3), (2, 4), (50, 6), (300, 0)])
def test_contact_i_is_the_user_that_draw_i_chooses(users, each):
    seed = 2**33 + 5
    population = uniform(users, each, seed=seed)
    for user in range(users):
        words = [draw(*key_words(seed), user, 0, UNIFORM, i, 0) for i in range(each)]
        picks = [choose_wide(w[1], w[2], users) for w in words]
        assert population.contacts_of(user).tolist() == picks
    assert population.group_count == 0
    assert population.groups_of(0).tolist() == []


def test_everybody_is_picked_about_equally_often():
    picked = np.bincount(uniform(200, 500, seed=1).contacts, minlength=200)
    expected = 500
    assert ((picked - expected) ** 2 / expected).sum() < 200 + 5 * np.sqrt(400)


def test_picks_of_oneself_are_counted():
    assert uniform(1, 3, seed=0).notes == ("3 picks fell on the picker: notes to oneself.",)


@pytest.mark.parametrize(("users", "each"), [(0, 3), (10, -1), (10, 2**24)])
def test_numbers_out_of_range_are_refused(users, each):
    with pytest.raises(ConfigurationError, match="it takes"):
        uniform(users, each, seed=0)
