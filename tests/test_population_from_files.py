"""Populations from files: numbering, mutual ties, groups, and what is said about what was dropped."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsim.errors import ConfigurationError
from chatsim.population import stored


@pytest.fixture
def file(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_text(content)
        return path

    return write


def _contacts(population):
    return [population.contacts_of(user).tolist() for user in range(population.users)]


def test_a_tie_makes_both_each_others_contact(file):
    population = stored(file("c.txt", "0 1\n2 1\n"), None, seed=1)
    assert _contacts(population) == [[1], [0, 2], [1]]
    assert population.group_count == 0
    assert population.groups_of(2).tolist() == []
    assert population.names is None
    assert population.notes == ()
    assert population.description == "3 people (c.txt)"


def test_integer_ids_are_numbered_as_numbers_and_others_as_text(file):
    assert stored(file("c.txt", "10 9\n9 -2\n"), None, seed=1).names == ("-2", "9", "10")
    assert stored(file("c.txt", "10 9\n9 x\n"), None, seed=1).names == ("10", "9", "x")
    assert stored(file("c.txt", "007 7\n7 0\n"), None, seed=1).names == ("0", "007", "7")


def test_ids_that_are_already_numbers_in_order_need_no_map(file):
    assert stored(file("c.txt", "2 0\n1 0\n"), None, seed=1).names is None
    assert stored(file("c.txt", "1 2\n"), None, seed=1).names == ("1", "2")


def test_duplicates_and_self_loops_are_dropped_and_counted(file):
    population = stored(file("c.csv", "a,b\n1,2\n2,1\n1,2\n3,3\n"), None, seed=1)
    assert _contacts(population) == [[1], [0], []]
    assert population.notes == (
        "The first line of c.csv was read as names of columns: a, b.",
        "Of 4 ties in c.csv, 2 stood there before and 1 tied somebody to themselves; they were dropped.",
    )


def test_groups_share_the_users_of_the_contacts_and_bring_their_own(file):
    population = stored(
        file("c.txt", "10 20\n20 30\n"),
        file("g.csv", "user,group\n30,9\n10,9\n40,9\n10,11\n30,9\n"),
        seed=1,
        utc_offset_seconds=3_600,
    )
    assert population.names == ("10", "20", "30", "40")
    assert _contacts(population) == [[1], [0, 2], [1], []]
    assert [population.members_of(group).tolist() for group in range(2)] == [[0, 2, 3], [0]]
    assert [population.groups_of(user).tolist() for user in range(4)] == [[0, 1], [], [0], [0]]
    assert population.notes[-1].startswith("Of 5 memberships in g.csv, 1 stood there before")
    assert population.description == "4 people (c.txt, g.csv)"
    assert population.utc_offset_seconds == 3_600


def test_groups_alone_are_a_population(file):
    population = stored(None, file("g.txt", "5 1\n6 1\n"), seed=1)
    assert _contacts(population) == [[], []]
    assert population.members_of(0).tolist() == [0, 1]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=40))
def test_any_edge_list_equals_its_naive_reading(tmp_path_factory, ties):
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_text("".join(f"{one} {other}\n" for one, other in ties))
    population = stored(path, None, seed=1)
    ids = sorted({user for tie in ties for user in tie})
    names = [str(user) for user in ids]
    assert list(population.names or map(str, range(population.users))) == names
    for user, name in enumerate(ids):
        naive = {b for a, b in ties if a == name} | {a for a, b in ties if b == name}
        assert [ids[other] for other in population.contacts_of(user)] == sorted(naive - {name})


def test_no_file_at_all_is_refused():
    with pytest.raises(ConfigurationError, match="contacts, of groups, or both"):
        stored(None, None, seed=1)


def test_an_offset_that_no_clock_has_is_refused(file):
    with pytest.raises(ConfigurationError, match="UTC offset of 90,000 seconds"):
        stored(file("c.txt", "0 1\n"), None, seed=1, utc_offset_seconds=90_000)


@pytest.mark.parametrize(
    ("name", "users", "ties", "mapped"),
    [
        ("copenhagen/fb_friends.csv.gz", 800, 6_418, True),
        ("copenhagen/sms.csv.gz", 568, 697, True),
        ("facebook_ego/facebook_combined.txt.gz", 4_039, 88_234, False),
        ("fb100/Caltech36.txt.gz", 769, 16_656, False),
        ("deezer/deezer_HU_edges.csv.gz", 47_538, 222_887, False),
        ("slashdot/soc_slashdot0902.txt.gz", 82_168, 504_230, False),
    ],
)
def test_real_networks_have_their_published_users_and_ties(shared_data, name, users, ties, mapped):
    population = stored(shared_data / name, None, seed=1)
    assert population.users == users
    assert len(population.contacts) == 2 * ties
    assert (population.names is not None) is mapped
    rows = np.repeat(np.arange(users), np.diff(population.contact_offsets))
    assert (rows != population.contacts).all()


def test_forums_are_groups(shared_data):
    path = shared_data / "uc_forum" / "uc_forum_membership.csv.gz"
    population = stored(None, path, seed=1)
    assert (population.users, population.group_count, len(population.members)) == (899, 522, 7_089)
