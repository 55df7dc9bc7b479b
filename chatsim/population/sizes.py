"""How many users a population may have."""

from __future__ import annotations

from chatsim.errors import ConfigurationError

USERS_MAX = (1 << 31) - 1
"""Ids are 32-bit integers."""
GROUPS_MAX = 1 << 31
"""So are theirs, and `~group`."""


def check_size(users: int) -> None:
    """Refuse a number of users that no population in memory can have.

    Raises:
        ConfigurationError: not a whole number from 1 to 2^31 - 1.
    """
    if isinstance(users, bool) or not isinstance(users, int):
        raise ConfigurationError(
            f"{users!r} is no number of users: it takes a whole number from 1 to {USERS_MAX:,}."
        )
    if not 1 <= users <= USERS_MAX:
        raise ConfigurationError(
            f"A population of {users:,} users cannot be made: it takes from 1 to {USERS_MAX:,}."
        )
