"""A population held in memory: who can write to whom, and who is in which group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

Ids = NDArray[np.int32]
Offsets = NDArray[np.int64]


@define(eq=False, frozen=True)
class Population:
    """Users 0..users-1 and their chats, as compressed rows.

    User u's contacts are `contacts[contact_offsets[u]:contact_offsets[u + 1]]`, its groups likewise, in the order of
    the chat index: chat i is contact i, or group i - (number of contacts). In a population from files both rise and
    nothing is listed twice; in a generated one they are in the order of the draws, with repeats, and u among u's own
    contacts is a note to oneself.
    `members` holds each group's distinct users, rising.
    """

    users: int
    contact_offsets: Offsets
    contacts: Ids
    group_offsets: Offsets
    groups: Ids
    member_offsets: Offsets
    members: Ids
    seed: int
    """Key of the draws that belong to the population: susceptibility, cheats, group ranks."""
    description: str
    """What it is in a few words, for the sentence above a table: "2,000 people (generated)"."""
    names: Sequence[str] | None = field(default=None, repr=False)
    """The ids of the input file by user, where they differ from 0..users-1."""
    notes: tuple[str, ...] = ()
    """What was dropped or mended on the way in, one sentence each."""
    utc_offset_seconds: int = 0

    @property
    def group_count(self) -> int:
        return len(self.member_offsets) - 1

    def contacts_of(self, user: int) -> Ids:
        return self.contacts[self.contact_offsets[user] : self.contact_offsets[user + 1]]

    def groups_of(self, user: int) -> Ids:
        return self.groups[self.group_offsets[user] : self.group_offsets[user + 1]]

    def members_of(self, group: int) -> Ids:
        return self.members[self.member_offsets[group] : self.member_offsets[group + 1]]
