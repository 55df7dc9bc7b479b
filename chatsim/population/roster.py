"""A population as the relay's roster (`chatsim.relay.roster.Roster`)."""

from __future__ import annotations

from collections.abc import Sequence

from chatsim.model import Part
from chatsim.population.parts import NO_PARTS, Parts
from chatsim.population.values import Population


class PopulationRoster:
    """Users and groups of a population; members are unpacked when a group is first written to."""

    def __init__(self, population: Population, parts: Parts = NO_PARTS) -> None:
        self.users = population.users
        self.groups = population.group_count
        self.parts: Sequence[Part] = parts.parts
        self._part_of = parts.of_user.tobytes()
        """A byte for each user; none where there is one part."""
        self._population = population
        self._members: dict[int, list[int]] = {}
        self._sets: dict[int, frozenset[int]] = {}
        self._contacts: tuple[int, frozenset[int]] = (-1, frozenset())
        """Of whoever asked last: a subscription asks about one user's contacts many times."""

    def part_of(self, user: int) -> int:
        return self._part_of[user] if self._part_of else 0

    def members(self, group: int) -> list[int]:
        members = self._members.get(group)
        if members is None:
            members = self._members[group] = self._population.members_of(group).tolist()
        return members

    def is_member(self, group: int, user: int) -> bool:
        known = self._sets.get(group)
        if known is None:
            known = self._sets[group] = frozenset(self.members(group))
        return user in known

    def is_contact(self, user: int, other: int) -> bool:
        if self._contacts[0] != user:
            self._contacts = user, frozenset(self._population.contacts_of(user).tolist())
        return other in self._contacts[1] and other != user
