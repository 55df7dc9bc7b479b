"""What all people of one run share: integers, tables, the policy's row, and who they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from attrs import define, field, frozen

from chatsim.behaviour import originators as start
from chatsim.behaviour.rules import pick_chats, posting_tick
from chatsim.behaviour.tables import BehaviourTables, build_tables
from chatsim.behaviour.values import Behaviour, Cheat, Content, FirstSend
from chatsim.compilation import compiled
from chatsim.model import HOP_MAX, Enforcement
from chatsim.policy.decision import Row
from chatsim.population import people
from chatsim.population.values import Population
from chatsim.randomness import philox

Draw = Callable[[int, int, int, int, int, int, int], tuple[int, int, int, int]]


@frozen
class Rules:
    """A study's behaviour and contents."""

    behaviour: Behaviour
    contents: tuple[Content, ...]
    duration: int
    enforcement: Enforcement
    seed: int

    @property
    def refill_ticks(self) -> int:
        """When the relay's budget per action is fresh again: an honest person's shortest pause."""
        return self.behaviour.pause_seconds


@define(eq=False)
class World:
    """One run's constants, as plain integers and lists: people look things up here a million times."""

    rules: Rules
    row: Row
    run: int
    population: Population
    key_low: int
    key_high: int
    draw: Draw
    pick_chats: Callable[..., Any]
    chats: dict[int, tuple[list[int], list[int]]]
    """Filled as people need them; shared by all runs."""
    susceptibility: Sequence[int]
    """Quantile by user."""
    modified: Sequence[bool]
    share: tuple[Sequence[int], ...]
    """Thresholds by content and susceptibility quantile."""
    staleness: tuple[Sequence[int], ...]
    reading_delay: Sequence[int]
    audience: Sequence[int]
    chat_delay: Sequence[int]
    recovery: Sequence[int] | None
    tables: BehaviourTables
    first_post: int
    clear: bool
    capped_first: bool
    claimed_by_modified: int | None
    """What a modified client claims of its forwards; None where its word does not count."""

    def person_words(self, user: int, content: int) -> tuple[int, int, int, int]:
        """Reading delay, share coin, audience, paste coin."""
        return self.draw(self.key_low, self.key_high, user, content, philox.PERSON, 0, self.run)

    def word(self, user: int, content: int, purpose: int, index: int) -> tuple[int, int]:
        """The first two words of a draw."""
        words = self.draw(self.key_low, self.key_high, user, content, purpose, index, self.run)
        return words[0], words[1]

    def picks(self, user: int, content: int, wanted: int, contacts: int, groups: int) -> list[int]:
        """The chats wanted, in order of preference."""
        threshold = self.tables.group_threshold
        key = (self.key_low, self.key_high, user, content, self.run)
        picks, swaps = np.empty(wanted, dtype=np.int64), np.empty(2 * wanted, dtype=np.int64)
        self.pick_chats(*key, contacts, groups, threshold, picks, swaps)
        return picks.tolist()

    def chats_of(self, user: int) -> tuple[list[int], list[int]]:
        """Contacts and groups of a user, in the order of the chat index."""
        chats = self.chats.get(user)
        if chats is None:
            population = self.population
            contacts, groups = population.contacts_of(user), population.groups_of(user)
            chats = self.chats[user] = (contacts.tolist(), groups.tolist())
        return chats

    def originators(self, content: int, count: int) -> list[int]:
        return start.originators(self.rules.seed, content, self.run, self.population.users, count)


@define(eq=False)
class Setting:
    """What all runs of one population share; makes a `World` per run."""

    rules: Rules
    population: Population
    tables: BehaviourTables
    susceptibility: Sequence[int]
    modified: Sequence[bool]
    chats: dict[int, tuple[list[int], list[int]]] = field(factory=dict)

    @classmethod
    def of(cls, rules: Rules, population: Population) -> Setting:
        """Builds the tables, and looks up everybody's own draws."""
        susceptible = people.susceptibility_counts(population)
        tables = build_tables(rules.behaviour, rules.contents, susceptible, rules.duration)
        modified = people.modified(population, tables.modified_threshold)
        words = people.susceptibility_words(population)
        return cls(rules, population, tables, words.tolist(), modified.tolist())

    def world(self, row: Row, run: int) -> World:
        behaviour, enforcement = self.rules.behaviour, self.rules.enforcement
        tables = self.tables
        key_low, key_high = philox.key_words(self.rules.seed)
        cheat = HOP_MAX if behaviour.cheat is Cheat.INFLATE else 0
        return World(
            rules=self.rules,
            row=row,
            run=run,
            population=self.population,
            key_low=key_low,
            key_high=key_high,
            draw=compiled(philox.draw),
            pick_chats=compiled(pick_chats),
            chats=self.chats,
            susceptibility=self.susceptibility,
            modified=self.modified,
            share=tuple(of.share.data for of in tables.contents),
            staleness=tuple(of.staleness.data for of in tables.contents),
            reading_delay=tables.reading_delay.data,
            audience=tables.audience.data,
            chat_delay=tables.chat_delay.data,
            recovery=None if tables.recovery is None else tables.recovery.data,
            tables=tables,
            first_post=posting_tick(self.population.utc_offset_seconds),
            clear=enforcement is Enforcement.CLEAR,
            capped_first=behaviour.first_send is FirstSend.CAPPED,
            claimed_by_modified=None if enforcement is Enforcement.CLEAR else cheat,
        )
