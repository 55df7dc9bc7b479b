"""One face for people who are stored and people who are not."""

from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve

from chatsim.behaviour.values import Audience
from chatsim.compilation import compiled
from chatsim.engine.people import (
    chat_of_place,
    chat_places,
    contacts_of_place,
    groups_of_place,
    people_of,
    place_of_user,
    user_of_place,
)
from chatsim.model import Enforcement
from chatsim.policy.presets import preset
from chatsim.population import Communities, Implicit
from chatsim.testing.verify.settings import LIFETIME, wide
from tests.engines import assert_same_measures, played, tallied

SPARSE = Communities(contacts_mean=6.0, contacts_sigma=0.5, groups_mean=0.5, regions=2)
GROUPS = Communities(
    contacts_mean=3.0,
    groups_mean=3.0,
    share_community=0.4,
    share_region=0.3,
    group_sizes=(2, 9, 33),
    group_shares=(0.4, 0.4, 0.2),
)
POPULATIONS = [
    Implicit(1, 1),
    Implicit(2, 2),
    Implicit(60, 2**63 + 5, GROUPS),
    Implicit(1_024, 3, Communities(contacts_mean=6.0, groups_mean=0.0)),
    Implicit(1_025, 4, GROUPS),
    Implicit(2_500, 5, SPARSE),
]
SIZES = pytest.mark.parametrize("implicit", POPULATIONS, ids=lambda people: f"{people.users}")
FACES = (
    chat_of_place,
    chat_places,
    contacts_of_place,
    groups_of_place,
    place_of_user,
    user_of_place,
)


@SIZES
@pytest.mark.parametrize("law", Audience)
@pytest.mark.parametrize("policy", [LIFETIME, preset("whatsapp-2022-04")], ids=lambda p: p.name)
def test_people_who_are_not_stored_get_the_copies_of_those_who_are(implicit, law, policy) -> None:
    experiment = wide(law, policy, implicit.materialised())
    stored = played(experiment)
    assert played(experiment, implicit).differences(stored) == []
    assert_same_measures(tallied(experiment, implicit), stored, policy)
    if policy.cap_total is None:
        by_clients = evolve(experiment, enforcement=Enforcement.CLIENT)
        assert played(by_clients, implicit).differences(played(by_clients)) == []


@SIZES
def test_both_have_the_same_chats_in_the_same_order(implicit) -> None:
    stored = people_of(implicit.materialised())
    people = people_of(implicit)
    chat, places, contacts, groups, place_of, user_of = (compiled(face) for face in FACES)
    for user in range(0, implicit.users, max(1, implicit.users // 100)):
        place = place_of(people, user)
        assert user_of(people, place) == user
        counts = contacts(people, place), groups(people, place)
        assert counts == (contacts(stored, user), groups(stored, user))
        assert sum(counts) <= stored.chats_max <= people.chats_max
        for index in range(sum(counts)):
            there, here = (
                chat(people, place, counts[0], index),
                chat(stored, user, counts[0], index),
            )
            if here >= 0:
                assert user_of(people, there) == here
            else:
                assert there == here
                assert places(stored, here) <= places(people, there)


def test_a_stored_population_is_shared_and_not_copied() -> None:
    population = POPULATIONS[2].materialised()
    people = people_of(population)
    assert np.shares_memory(people.contacts, population.contacts)
    assert np.shares_memory(people.members, population.members)
