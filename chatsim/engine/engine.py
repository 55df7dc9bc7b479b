"""The engine: one population and one behaviour, ready to play any run under any policy."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Self

from attrs import define

from chatsim.behaviour.originators import originators as chosen
from chatsim.behaviour.tables import build_tables
from chatsim.behaviour.values import Behaviour, Content
from chatsim.cascade.measures import RunMeasures
from chatsim.cascade.values import RunOutcome
from chatsim.engine.constants import Study
from chatsim.engine.limits import check_limits, require_lineages
from chatsim.engine.people import People, people_of
from chatsim.engine.playing import Play
from chatsim.engine.results import content_run, measures
from chatsim.engine.state import State, new_state
from chatsim.model import Enforcement
from chatsim.policy import Policy, compile_row
from chatsim.population import susceptibility_counts
from chatsim.population.implicit import Implicit
from chatsim.population.values import Population


@define(eq=False, frozen=True)
class Engine:
    """Plays runs; holds nothing that a run changes, so several threads may play on one engine."""

    people: People
    study: Study
    contents: int

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
    ) -> Self:
        """Builds the tables, which takes a moment for everybody in the population.

        Raises ConfigurationError for what the engine's integers cannot hold.
        """
        people = people_of(population)
        check_limits(people, behaviour, duration_seconds)
        drawn = susceptibility_counts(population)
        tables = build_tables(behaviour, contents, drawn, duration_seconds)
        study = Study(
            behaviour, tables, seed, population.seed, population.utc_offset_seconds,
            duration_seconds, enforcement,
        )  # fmt: skip
        return cls(people, study, len(contents))

    def play(self, policy: Policy, *, run: int, originators: int, threads: int = 1) -> RunOutcome:
        """One run under `policy`, with everybody's first copy and deed."""
        return RunOutcome(
            tuple(
                content_run(
                    self.people, self._played(policy, content, run, originators, threads, tree=True)
                )
                for content in range(self.contents)
            )
        )

    def tally(
        self, policy: Policy, *, run: int, originators: int, threads: int = 1
    ) -> tuple[RunMeasures, ...]:
        """The measures of the same run, by content, without its tree: a few bytes per user.

        Raises RunError if the books do not balance.
        """
        return tuple(
            measures(self._played(policy, content, run, originators, threads, tree=False))
            for content in range(self.contents)
        )

    def _played(
        self, policy: Policy, content: int, run: int, originators: int, threads: int, *, tree: bool
    ) -> State:
        """One content's run: contents do not meet, and nothing of one is kept while another is played."""
        study, people = self.study, self.people
        constants = study.constants(compile_row(policy), content, run)
        # A count over people is one for all threads.
        shards = 1 if constants.counts_total else threads
        state = new_state(
            people,
            lookahead=constants.lookahead,
            duration=constants.duration,
            counts_total=constants.counts_total,
            tree=tree,
            shards=shards,
        )
        play = Play(constants, people, state)
        play.start(chosen(study.seed, content, run, people.users, originators))
        if shards == 1:
            play.alone()
        else:
            with ThreadPoolExecutor(shards) as pool:
                play.together(pool)
        require_lineages(state)
        return state
