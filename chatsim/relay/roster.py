"""Whom the relay knows: users, to which part of the people each belongs, groups and who is in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chatsim.model import EVERYBODY, Part


class Roster(Protocol):
    """Users are 0..users-1, groups 0..groups-1."""

    @property
    def users(self) -> int: ...

    @property
    def groups(self) -> int: ...

    @property
    def parts(self) -> Sequence[Part]:
        """The parts of the users that a policy can have rules of their own for."""
        ...

    def part_of(self, user: int) -> int:
        """The number of a user's part."""
        ...

    def members(self, group: int) -> Sequence[int]:
        """Each member once, rising."""
        ...

    def is_member(self, group: int, user: int) -> bool: ...

    def is_contact(self, user: int, other: int) -> bool:
        """Whether `other` is among the contacts of `user`, who may then see whether `other` is there."""
        ...


class OpenRoster:
    """A roster of users without groups; all others are everybody's contacts."""

    def __init__(self, users: int) -> None:
        self.users = users
        self.groups = 0
        self.parts: Sequence[Part] = EVERYBODY

    def part_of(self, user: int) -> int:
        return 0

    def members(self, group: int) -> Sequence[int]:
        raise IndexError(group)

    def is_member(self, group: int, user: int) -> bool:
        return False

    def is_contact(self, user: int, other: int) -> bool:
        return 0 <= other < self.users and other != user
