"""Who writes to whom: each user's chats in slots, and which one a message goes to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from attrs import define, field

from chatsim.model import chat_of_group
from chatsim.policy.presets import resolve
from chatsim.population.values import Population
from chatsim.randomness.philox import choose
from chatsim.randomness.tables import threshold
from chatsim.study.populations import build_population, under_policy
from chatsim.study.scenario import Scenario
from chatsim_clients.load.keyed import CONTACT, draws
from chatsim_clients.load.parts import GroupShare
from chatsim_clients.load.plan import LoadPlan


class Chat(NamedTuple):
    """One of a user's chats."""

    slot: int
    """Its place in the user's list: with the user's number, the number of the conversation."""
    number: int
    """As it stands on the wire."""
    recipients: int
    """Devices that get a copy of a message to it."""


@define(eq=False)
class Chats:
    """One user's chats: contacts, and groups by the classes of size that the mix names."""

    contacts: list[Chat]
    groups: list[list[Chat]]

    def choose(self, coin: int, which: int, thresholds: Sequence[int]) -> Chat | None:
        """The chat of a message with these draws; None for a user who has nobody to write to."""
        chosen = self.contacts
        for groups, bound in zip(self.groups, thresholds, strict=True):
            if coin < bound:
                chosen = groups or self.contacts
                break
        return chosen[choose(which, len(chosen))] if chosen else None


@define(eq=False)
class Acquainted:
    """The users of a server without groups: each writes to some others, drawn by key."""

    users: int
    contacts: int
    seed: int
    thresholds: Sequence[int] = ()

    def chats_of(self, user: int) -> Chats:
        indices = np.arange(self.contacts, dtype=np.int64)
        words = draws(self.seed, np.full_like(indices, user), CONTACT, indices)[0].tolist()
        # One of the others, never oneself; the same one twice is one chat.
        chosen = ((user + 1 + choose(word, self.users - 1)) % self.users for word in words)
        contacts = enumerate(dict.fromkeys(chosen))
        return Chats([Chat(slot, contact, 1) for slot, contact in contacts], [])

    def recipients_of(self, user: int, chat: int) -> list[int]:
        return [chat]

    def reach_of(self, chat: int) -> int:
        return 1


@define(eq=False)
class Populated:
    """The users of a scenario: contacts and groups as its population has them."""

    population: Population
    shares: tuple[GroupShare, ...]
    thresholds: Sequence[int] = field(init=False)

    def __attrs_post_init__(self) -> None:
        sums = np.cumsum([share.share for share in self.shares])
        self.thresholds = [threshold(min(1.0, total)) for total in sums.tolist()]

    def chats_of(self, user: int) -> Chats:
        people = self.population
        known = dict.fromkeys(people.contacts_of(user).tolist())
        known.pop(user, None)
        contacts = [Chat(slot, contact, 1) for slot, contact in enumerate(known)]
        groups: list[list[Chat]] = [[] for _ in self.shares]
        slot = len(contacts)
        for group in dict.fromkeys(people.groups_of(user).tolist()):
            members = len(people.members_of(group))
            for share, chats in zip(self.shares, groups, strict=True):
                if members >= 2 and share.members_min <= members <= share.members_max:
                    chats.append(Chat(slot, chat_of_group(group), members - 1))
                    slot += 1
                    break
        return Chats(contacts, groups)

    def recipients_of(self, user: int, chat: int) -> list[int]:
        if chat >= 0:
            return [chat]
        return [member for member in self.population.members_of(~chat).tolist() if member != user]

    def reach_of(self, chat: int) -> int:
        """How many get what one member sends."""
        return 1 if chat >= 0 else len(self.population.members_of(~chat)) - 1


def people_of(scenario: Scenario, policy: str) -> Population:
    """The people whom a server of this scenario and policy serves. Raises ConfigurationError."""
    return under_policy(build_population(scenario.population), scenario, resolve(policy))


Circle = Acquainted | Populated
"""Whom everybody can write to."""


def circle_of(plan: LoadPlan, users: int) -> Circle:
    """Whom the users of a load write to."""
    if plan.scenario is not None:
        return Populated(people_of(plan.scenario, plan.policy), plan.mix.groups)
    return Acquainted(users, min(plan.contacts, users - 1), plan.seed)
