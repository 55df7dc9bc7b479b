"""Checks (a) and (c): the same copies, in whatever way a run is played, and on any threads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from attrs import evolve, frozen

from chatsim.behaviour.values import Audience
from chatsim.cascade.values import RunOutcome
from chatsim.model import Enforcement
from chatsim.policy import Policy
from chatsim.policy.presets import preset
from chatsim.population.values import Population
from chatsim.study.scenario_checks import COUNTED_BY_THE_RELAY, OFFICERS
from chatsim.testing.verify import settings
from chatsim.testing.verify.values import Experiment, Row, Ways, copies_of, digest_of, weakness

IDENTICAL = "identical"
OVER_SOCKETS = "tcp"
"""The way that costs a server's start each time; short runs of the command take it less often."""


@frozen
class Match:
    """One experiment played in several ways, the first of which the others are held against."""

    experiment: Experiment
    outcomes: Mapping[str, RunOutcome]

    @classmethod
    def of(cls, experiment: Experiment, ways: Ways) -> Match:
        """Play it."""
        return cls(experiment, {name: way(experiment) for name, way in ways.items()})

    @property
    def first(self) -> RunOutcome:
        return next(iter(self.outcomes.values()))

    @property
    def fault(self) -> str:
        """What speaks against the match, in a few words; empty for nothing."""
        for name, outcome in self.outcomes.items():
            different = self.first.differences(outcome)
            if different:
                return f"{name} differs in {different[0]}"
        return weakness(self.experiment, self.first)


def row_of(check: str, name: str, matches: Sequence[Match]) -> Row:
    """One row about several experiments."""
    ways = Counter(way for match in matches for way in match.outcomes)
    copies = sum(copies_of(match.first) for match in matches)
    faults = [match.fault for match in matches if match.fault]
    return Row(
        check=check,
        name=name,
        compared=f"{copies:,} copies, {_counted(len(matches))}: {_listed(ways, len(matches))}",
        expected=IDENTICAL,
        found=faults[0] if faults else IDENTICAL,
        passed=not faults,
        digest=digest_of(match.first for match in matches),
    )


def _listed(ways: Mapping[str, int], runs: int) -> str:
    return ", ".join(way if n == runs else f"{way} ({n} of them)" for way, n in ways.items())


def _counted(runs: int) -> str:
    return "1 run" if runs == 1 else f"{runs} runs"


def the_same_in_every_way(
    ways: Ways, policies: Mapping[str, Policy], *, in_turns: bool = False
) -> Iterator[Row]:
    """(a): per policy all audience laws and enforcements, in every way.

    Each policy goes over sockets under each law, with one enforcement. In turns it goes there for one law only, and
    meets each law with one enforcement only; over nine policies everything has had its turn.
    """
    near = {name: way for name, way in ways.items() if name != OVER_SOCKETS}
    for turn, (name, policy) in enumerate(policies.items()):
        matches = []
        for number, law in enumerate(Audience):
            experiment, enforcements = settings.lively(law, policy), enforcements_of(policy)
            chosen = enforcements[(turn // len(Audience) + number) % len(enforcements)]
            far = ways if not in_turns or number == turn % len(Audience) else near
            matches += [
                Match.of(evolve(experiment, enforcement=each), far if each is chosen else near)
                for each in enforcements
                if each is chosen or not in_turns
            ]
        yield row_of("a", name, matches)


def enforcements_of(policy: Policy) -> tuple[Enforcement, ...]:
    """Those that can hold a policy alike: `client` counts nothing, and `receipt` knows lineages, not contents.

    `blind` is left to the tests: it takes an extra, and about a millisecond for each token that a copy allows.
    """
    if any(getattr(policy, rule) is not None for rule in OFFICERS):
        return (Enforcement.CLEAR,)
    if any(getattr(policy, rule) is not None for rule in COUNTED_BY_THE_RELAY):
        return (Enforcement.CLEAR, Enforcement.RECEIPT)
    return (Enforcement.CLEAR, Enforcement.CLIENT, Enforcement.RECEIPT)


def on_any_threads(ways: Ways, law: Audience, people: Population) -> Row:
    """(c): one way on several numbers of threads."""
    experiment = settings.wide(law, preset("whatsapp-2020-04"), people)
    return row_of("c", f"threads, {law}", [Match.of(experiment, ways)])
