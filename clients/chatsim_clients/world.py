"""What all people of one run share: integers, tables, the policy's rows, and who they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from attrs import define, field, frozen

from chatsim.behaviour import originators as start
from chatsim.behaviour.rules import pick_chats, posting_tick
from chatsim.behaviour.tables import BehaviourTables, build_tables
from chatsim.behaviour.values import Behaviour, Content, FirstSend
from chatsim.compilation import compiled
from chatsim.model import Enforcement, Traceability
from chatsim.policy import Policy, compile_rows
from chatsim.policy.decision import EDUCATION_COVERAGE, EDUCATION_HARMFUL, EDUCATION_HARMLESS, Row
from chatsim.population import people
from chatsim.population.parts import NO_PARTS, Parts
from chatsim.population.values import Population
from chatsim.randomness import philox
from chatsim.randomness.tables import FACTOR_ONE

Draw = Callable[[int, int, int, int, int, int, int], tuple[int, int, int, int]]


@frozen
class Rules:
    """A study's behaviour and contents."""

    behaviour: Behaviour
    contents: tuple[Content, ...]
    duration: int
    enforcement: Enforcement
    seed: int
    traceability: Traceability = Traceability.NONE

    @property
    def refill_ticks(self) -> int:
        """When the relay's budget per action is fresh again: an honest person's shortest pause."""
        return self.behaviour.pause_seconds


@define(eq=False)
class World:
    """One run's constants, as plain integers and lists: people look things up here a million times."""

    rules: Rules
    rows: Sequence[Row]
    """The policy's, by part of the people."""
    part_of: bytes
    """The number of each user's part; empty where there is one."""
    offsets: Sequence[int]
    """Seconds east of UTC, by part."""
    run: int
    population: Population
    key_low: int
    key_high: int
    population_keys: tuple[int, int]
    draw: Draw
    pick_chats: Callable[..., Any]
    chats: dict[int, tuple[list[int], list[int]]]
    """Filled as people need them; shared by all runs."""
    susceptibility: Sequence[int]
    """Quantile by user."""
    cheats: Sequence[int]
    """`Cheat` by user."""
    share: tuple[Sequence[int], ...]
    """Thresholds by content and susceptibility quantile."""
    staleness: tuple[Sequence[int], ...]
    reading_delay: Sequence[int]
    audience: Sequence[int]
    chat_delay: Sequence[int]
    recovery: Sequence[int] | None
    tables: BehaviourTables
    relay_counts: bool
    capped_first: bool

    def row_of(self, user: int) -> Row:
        """The rules that hold where this user lives."""
        return self.rows[self.part_of[user] if self.part_of else 0]

    def offset_of(self, user: int) -> int:
        """Local time, in seconds east of UTC."""
        return self.offsets[self.part_of[user] if self.part_of else 0]

    def education_factor(self, user: int, content: int) -> int:
        """What being taught leaves of a chance to pass the content on, where this user was reached."""
        row = self.row_of(user)
        harmful = self.rules.contents[content].harmful
        factor = row[EDUCATION_HARMFUL if harmful else EDUCATION_HARMLESS]
        if factor == FACTOR_ONE:
            return FACTOR_ONE
        word, *_ = self.draw(*self.population_keys, user, 0, philox.EDUCATED, 0, 0)
        return factor if word < row[EDUCATION_COVERAGE] else FACTOR_ONE

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

    def posts(self, content: int, originators: int) -> list[tuple[int, int]]:
        """(user, tick) of each originator's post, at noon where they live; whose noon is not in the run is none."""
        users = start.originators(
            self.rules.seed, content, self.run, self.population.users, originators
        )
        posts = ((user, posting_tick(self.offset_of(user))) for user in users)
        return [(user, tick) for user, tick in posts if tick < self.rules.duration]


@define(eq=False)
class Setting:
    """What all runs of one population share; makes a `World` per run."""

    rules: Rules
    population: Population
    tables: BehaviourTables
    susceptibility: Sequence[int]
    cheats: Sequence[int]
    parts: Parts = NO_PARTS
    chats: dict[int, tuple[list[int], list[int]]] = field(factory=dict)

    @classmethod
    def of(cls, rules: Rules, population: Population, parts: Parts = NO_PARTS) -> Setting:
        """Builds the tables, and looks up everybody's own draws."""
        susceptible = people.susceptibility_counts(population)
        tables = build_tables(rules.behaviour, rules.contents, susceptible, rules.duration)
        cheats = people.cheats(population, tables.cheat_thresholds)
        words = people.susceptibility_words(population)
        return cls(rules, population, tables, words.tolist(), cheats.tolist(), parts)

    def rows(self, policy: Policy) -> tuple[tuple[int, ...], ...]:
        """What holds for each part of these people."""
        return compile_rows(policy, self.parts.parts)

    def world(self, rows: Sequence[Row], run: int) -> World:
        behaviour, enforcement = self.rules.behaviour, self.rules.enforcement
        tables = self.tables
        key_low, key_high = philox.key_words(self.rules.seed)
        return World(
            rules=self.rules,
            rows=rows,
            part_of=self.parts.of_user.tobytes(),
            offsets=[
                self.population.utc_offset_seconds + offset for offset in self.parts.utc_offsets
            ],
            run=run,
            population=self.population,
            key_low=key_low,
            key_high=key_high,
            population_keys=philox.key_words(self.population.seed),
            draw=compiled(philox.draw),
            pick_chats=compiled(pick_chats),
            chats=self.chats,
            susceptibility=self.susceptibility,
            cheats=self.cheats,
            share=tuple(of.share.data for of in tables.contents),
            staleness=tuple(of.staleness.data for of in tables.contents),
            reading_delay=tables.reading_delay.data,
            audience=tables.audience.data,
            chat_delay=tables.chat_delay.data,
            recovery=None if tables.recovery is None else tables.recovery.data,
            tables=tables,
            relay_counts=enforcement.relay_counts,
            capped_first=behaviour.first_send is FirstSend.CAPPED,
        )
