"""Whom the relay knows: users, groups and who is in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Roster(Protocol):
    """Users are 0..users-1, groups 0..groups-1."""

    @property
    def users(self) -> int: ...

    @property
    def groups(self) -> int: ...

    def members(self, group: int) -> Sequence[int]:
        """Each member once, rising."""
        ...

    def is_member(self, group: int, user: int) -> bool: ...


class OpenRoster:
    """A roster of users without groups."""

    def __init__(self, users: int) -> None:
        self.users = users
        self.groups = 0

    def members(self, group: int) -> Sequence[int]:
        raise IndexError(group)

    def is_member(self, group: int, user: int) -> bool:
        return False
