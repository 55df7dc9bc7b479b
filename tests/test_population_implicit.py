"""The population that is not stored: chat for chat and member for member what the written-down one holds."""

from collections import Counter
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from chatsim.compilation import compiled
from chatsim.errors import ConfigurationError
from chatsim.population import Communities, Implicit
from chatsim.population.places import (
    contact_at,
    contacts_at,
    group_at,
    group_size_max,
    groups_at,
    members_at,
    place_of,
    user_at,
)

ODD = Communities(
    contacts_mean=4.0,
    groups_mean=2.0,
    share_community=0.5,
    share_region=0.2,
    group_sizes=(4, 7, 33),
    group_shares=(0.5, 0.3, 0.2),
    regions=3,
)
CASES = [
    (1, 1, Communities()),
    (2, 2, Communities()),
    (60, 2**63 + 5, Communities()),
    (1_023, 3, Communities()),
    (1_024, 4, Communities()),
    (1_025, 5, Communities(contacts_mean=3.0)),
    (5_200, 6, Communities()),
    (3_500, 7, ODD),
    (9_000, 8, ODD),
    (2_500, 9, Communities(share_community=1.0, share_region=0.0, groups_mean=0.0)),
    (2_500, 10, Communities(share_community=0.0, share_region=0.0, contacts_sigma=0.0)),
    (2_500, 11, Communities(share_community=0.0, share_region=1.0, regions=2)),
]


def _walk(functions, tables, users, groups):
    """Contacts, groups and members of everybody, by arithmetic alone, as user ids."""
    contacts = []
    listed = []
    members = []
    user = [functions[user_at](tables, place) for place in range(users)]
    for of in range(users):
        place = functions[place_of](tables, of)
        contacts.append(
            [
                user[functions[contact_at](tables, place, index)]
                for index in range(functions[contacts_at](tables, place))
            ]
        )
        listed.append(
            [
                functions[group_at](tables, place, index)
                for index in range(functions[groups_at](tables, place))
            ]
        )
    out = np.full(group_size_max(tables), -1, dtype=np.int64)
    for group in range(groups):
        found = functions[members_at](tables, group, out)
        members.append(sorted(user[place] for place in out[:found]))
    return contacts, listed, members


FUNCTIONS = (contact_at, contacts_at, group_at, groups_at, members_at, place_of, user_at)


@pytest.mark.parametrize(("users", "seed", "law"), CASES)
def test_it_answers_what_the_materialised_population_holds(users, seed, law):
    implicit = Implicit(users, seed, law)
    population = implicit.materialised()
    functions = {function: compiled(function) for function in FUNCTIONS}
    contacts, groups, members = _walk(functions, implicit.arithmetic, users, implicit.group_count)
    assert implicit.group_count == population.group_count
    assert contacts == [population.contacts_of(user).tolist() for user in range(users)]
    assert groups == [population.groups_of(user).tolist() for user in range(users)]
    assert members == [
        population.members_of(group).tolist() for group in range(population.group_count)
    ]


def test_plain_functions_compute_what_compiled_ones_do():
    implicit = Implicit(1_100, 2**40 + 3, Communities(contacts_mean=3.0, groups_mean=1.0))
    walk = (implicit.arithmetic, implicit.users, implicit.group_count)
    plain = {function: function for function in FUNCTIONS}
    assert _walk(plain, *walk) == _walk({f: compiled(f) for f in FUNCTIONS}, *walk)


BILLIONS = Implicit(1_500_000_000, 12, Communities(regions=4))


@pytest.fixture(scope="module")
def at():
    """The arithmetic of one and a half billion, compiled."""
    bound = {f.__name__: partial(compiled(f), BILLIONS.arithmetic) for f in FUNCTIONS}
    return SimpleNamespace(**bound)


USERS = [0, 1_023, 1_024, 374_999_999, 987_654_321, 1_499_999_999]


@pytest.mark.parametrize("user", USERS)
def test_a_place_leads_back_to_its_user(at, user):
    place = at.place_of(user)
    assert place // 1_024 == user // 1_024
    assert at.user_at(place) == user


@pytest.mark.parametrize("user", USERS)
def test_whoever_is_a_contact_has_one_back(at, user):
    place = at.place_of(user)
    contacts = Counter(at.contact_at(place, index) for index in range(at.contacts_at(place)))
    for contact, ties in contacts.items():
        back = [at.contact_at(contact, index) for index in range(at.contacts_at(contact))]
        assert back.count(place) == ties
        assert 0 <= at.user_at(contact) < BILLIONS.users


def test_whoever_lists_a_group_is_a_member_and_nobody_else_is(at):
    out = np.empty(group_size_max(BILLIONS.arithmetic), dtype=np.int64)
    for user in USERS:
        place = at.place_of(user)
        for index in range(at.groups_at(place)):
            group = at.group_at(place, index)
            members = out[: at.members_at(group, out)].tolist()
            assert place in members
            assert len(set(members)) == len(members)
            for member in members:
                listed = (at.group_at(member, i) for i in range(at.groups_at(member)))
                assert group in listed


def test_groups_number_through_to_the_last(at):
    out = np.empty(group_size_max(BILLIONS.arithmetic), dtype=np.int64)
    assert at.members_at(BILLIONS.group_count - 1, out) >= 1
    assert BILLIONS.group_count == pytest.approx(1.5e9 * 4.7 / 9.04, rel=0.01)


def test_it_says_what_it_is_in_less_than_a_megabyte():
    assert BILLIONS.description == "1,500,000,000 people (generated)"
    assert BILLIONS.arithmetic.table.nbytes < 1 << 20
    assert BILLIONS.names is None


def test_what_cannot_be_generated_cannot_be_implicit():
    with pytest.raises(ConfigurationError, match="split into 3 regions"):
        _ = Implicit(2_000, 0, Communities(regions=3)).arithmetic
