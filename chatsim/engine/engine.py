"""The engine: one population and one behaviour, ready to play any run under any policy."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Self

from attrs import define, frozen

from chatsim.behaviour.originators import originators as chosen
from chatsim.behaviour.rules import posting_tick
from chatsim.behaviour.tables import build_tables
from chatsim.behaviour.values import Behaviour, Content
from chatsim.cascade.measures import RunMeasures
from chatsim.cascade.values import RunOutcome
from chatsim.engine.constants import Study
from chatsim.engine.limits import check_limits, require_lineages
from chatsim.engine.meeting import side_by_side
from chatsim.engine.parts import offsets_of, parts_by_place
from chatsim.engine.people import People, people_of
from chatsim.engine.playing import Play
from chatsim.engine.results import content_run, measures
from chatsim.engine.state import Small, State, hours_of, new_state
from chatsim.model import Enforcement
from chatsim.policy import Policy, compile_rows
from chatsim.policy.decision import Row
from chatsim.population import susceptibility_counts
from chatsim.population.implicit import Implicit
from chatsim.population.parts import NO_PARTS, Parts
from chatsim.population.values import Population


@frozen
class Asked:
    """One run under one policy."""

    rows: tuple[Row, ...]
    """By part of the people."""
    run: int
    originators: int
    tree: bool


@define(eq=False, frozen=True)
class Engine:
    """Plays runs; holds nothing that a run changes, so several threads may play on one engine."""

    people: People
    study: Study
    contents: int
    parts: Parts

    @classmethod
    def of(
        cls,
        population: Population | Implicit,
        contents: tuple[Content, ...],
        behaviour: Behaviour,
        *,
        seed: int,
        duration_seconds: int,
        enforcement: Enforcement,
        parts: Parts = NO_PARTS,
    ) -> Self:
        """Builds the tables, which takes a moment for everybody in the population; `parts` tells people apart.

        Raises ConfigurationError for what the engine's integers cannot hold.
        """
        people = people_of(population)
        check_limits(people, behaviour, duration_seconds)
        drawn = susceptibility_counts(population)
        tables = build_tables(behaviour, contents, drawn, duration_seconds)
        study = Study(
            behaviour, tables, seed, population.seed,
            offsets_of(parts, population.utc_offset_seconds), parts_by_place(people, parts),
            duration_seconds, enforcement, tuple(content.harmful for content in contents),
        )  # fmt: skip
        return cls(people, study, len(contents), parts)

    def play(self, policy: Policy, *, run: int, originators: int, threads: int = 1) -> RunOutcome:
        """One run under `policy`, with everybody's first copy and deed."""
        states = self._states(policy, run, originators, threads, tree=True)
        return RunOutcome(tuple(map(partial(content_run, self.people), states)))

    def tally(
        self, policy: Policy, *, run: int, originators: int, threads: int = 1
    ) -> tuple[RunMeasures, ...]:
        """The measures of the same run, by content, without its tree: a few bytes per user.

        Raises RunError if the books do not balance.
        """
        return tuple(map(measures, self._states(policy, run, originators, threads, tree=False)))

    def _states(
        self, policy: Policy, run: int, originators: int, threads: int, *, tree: bool
    ) -> Iterator[State]:
        """Every content's run when it is over; where contents do not meet, nothing of one is kept for the next."""
        asked = Asked(compile_rows(policy, self.parts.parts), run, originators, tree)
        counts = self.study.counts_hours(asked.rows)
        if counts and self.contents > 1:
            hours = hours_of(self.people.users)
            plays = [
                self._started(asked, content, hours, shards=1, window=1)
                for content in range(self.contents)
            ]
            side_by_side(plays)
            yield from map(finished, plays)
            return
        # A count over people is one for all threads.
        shards = 1 if self.study.counts_people(asked.rows) else threads
        for content in range(self.contents):
            hours = hours_of(self.people.users if counts else 0)
            yield finished(alone(self._started(asked, content, hours, shards=shards)))

    def _started(
        self, asked: Asked, content: int, hours: Small, *, shards: int, window: int | None = None
    ) -> Play:
        """One content's run before its first window."""
        study, people = self.study, self.people
        users = chosen(study.seed, content, asked.run, people.users, asked.originators)
        offsets = [study.utc_offsets[self.parts.part_of(user)] for user in users]
        first_post = min(map(posting_tick, offsets), default=0)
        constants = study.constants(asked.rows, content, asked.run, first_post=first_post)
        state = new_state(
            people,
            lookahead=constants.lookahead,
            duration=constants.duration,
            counts_total=constants.counts_total,
            tree=asked.tree,
            shards=shards,
            window=window,
            judging_parts=len(constants.rows) if constants.counts_minutes else 0,
            hours=hours,
        )
        play = Play(constants, people, state)
        play.start(users)
        return play


def alone(play: Play) -> Play:
    """Plays a content that meets no other to its end, on a thread for each shard."""
    if play.s.shards == 1:
        play.alone()
    else:
        with ThreadPoolExecutor(play.s.shards) as pool:
            play.together(pool)
    return play


def finished(play: Play) -> State:
    """What a run that is over left. Raises RunError where there was no room to count."""
    require_lineages(play.s)
    return play.s
