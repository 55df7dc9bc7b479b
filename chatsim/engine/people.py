"""Who can write to whom, for kernels: a stored population's rows or an implicit one's arithmetic behind one face.

A *place* is the engine's number of a user: the user's own in a stored population, community x 1,024 + rank in an
implicit one, where a copy's recipient comes out as a place and only whoever is reached needs the user's number.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatsim.engine.prefetching import prefetch
from chatsim.population.communities import CONTACTS, GROUPS
from chatsim.population.implicit import Implicit, arithmetic
from chatsim.population.layout import layout
from chatsim.population.places import (
    Arithmetic,
    contact_at,
    contacts_at,
    group_at,
    group_size_max,
    groups_at,
    place_of,
    user_at,
    users_at,
)
from chatsim.population.values import Population

Ids = NDArray[np.int32]
Integers = NDArray[np.int64]


class People(NamedTuple):
    """A population in arrays; `stored` says which half is in use, so that kernels have one signature."""

    stored: bool
    users: int
    contact_offsets: Integers
    contacts: Ids
    group_offsets: Integers
    groups: Ids
    member_offsets: Integers
    members: Ids
    arithmetic: Arithmetic
    chats_max: int
    """Of one user."""
    members_max: int
    """Places of one group."""


def people_of(population: Population | Implicit) -> People:
    """The arrays of a population; a stored one's are shared, not copied."""
    if isinstance(population, Implicit):
        none, nobody = np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int32)
        tables = population.arithmetic
        return People(
            False, population.users, none, nobody, none, nobody, none, nobody,
            tables, _most_chats(population), group_size_max(tables),
        )  # fmt: skip
    chats = np.diff(population.contact_offsets) + np.diff(population.group_offsets)
    members = np.diff(population.member_offsets)
    return People(
        True,
        population.users,
        population.contact_offsets,
        population.contacts,
        population.group_offsets,
        population.groups,
        population.member_offsets,
        population.members,
        arithmetic(2, 0),
        int(chats.max(initial=0)),
        int(members.max(initial=0)),
    )


def _most_chats(population: Implicit) -> int:
    stubs = layout(population.users, population.law).prefixes.sum(axis=2)
    return int(np.diff(stubs[CONTACTS] + stubs[GROUPS]).max())


# --- kernels ------------------------------------------------------------------------------------


def place_of_user(people: People, user: int) -> int:
    """Where a user stands."""
    return user if people.stored else place_of(people.arithmetic, user)


def user_of_place(people: People, place: int) -> int:
    """Who stands at a place."""
    return place if people.stored else user_at(people.arithmetic, place)


def users_of_places(people: People, places: Ids, count: int, users: Integers) -> None:
    """Who stands at each of the first `count` places; both arrays have room for whole runs."""
    if people.stored:
        for index in range(count):
            users[index] = places[index]
    else:
        users_at(people.arithmetic, places, count, users)


def contacts_of_place(people: People, place: int) -> int:
    """How many contacts somebody has."""
    if people.stored:
        return int(people.contact_offsets[place + 1] - people.contact_offsets[place])
    return contacts_at(people.arithmetic, place)


def groups_of_place(people: People, place: int) -> int:
    """How many groups somebody lists."""
    if people.stored:
        # Where nobody is in a group, nothing is looked up.
        if len(people.groups) == 0:
            return 0
        return int(people.group_offsets[place + 1] - people.group_offsets[place])
    return groups_at(people.arithmetic, place)


def chat_of_place(people: People, place: int, contacts: int, index: int) -> int:
    """Somebody's chat by number: a contact's place, or ~group."""
    if index < contacts:
        if people.stored:
            return int(people.contacts[people.contact_offsets[place] + index])
        return contact_at(people.arithmetic, place, index)
    if people.stored:
        return ~int(people.groups[people.group_offsets[place] + index - contacts])
    return ~group_at(people.arithmetic, place, index - contacts)


def chat_places(people: People, chat: int) -> int:
    """At most how many people a send to `chat` reaches."""
    if chat >= 0:
        return 1
    if people.stored:
        return int(people.member_offsets[~chat + 1] - people.member_offsets[~chat])
    return people.members_max


def prefetch_rows(people: People, place: int) -> None:
    """Where somebody's rows of chats begin is asked for soon."""
    if people.stored:
        prefetch(people.contact_offsets, place)
        if len(people.groups) > 0:
            prefetch(people.group_offsets, place)


def prefetch_chats(people: People, place: int) -> None:
    """Somebody's chats are asked for soon."""
    if people.stored:
        prefetch(people.contacts, people.contact_offsets[place])
        if len(people.groups) > 0:
            prefetch(people.groups, people.group_offsets[place])
