"""Small studies from cascades written by hand or drawn at random."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from chatsim.behaviour.values import Content
from chatsim.cascade.measures import measure
from chatsim.policy import Policy, Provenance, Tier, compile_row
from chatsim.population.values import Population
from chatsim.study.analysis import summarise
from chatsim.study.backend import Carried
from chatsim.study.manifest import (
    PROGRAM,
    Manifest,
    PolicyTiming,
    Timing,
    Version,
    compiled_policies,
)
from chatsim.study.policy_runs import PolicyRuns
from chatsim.study.results_files import Study
from chatsim.study.scenario import Scenario
from chatsim.study.summary import FORMAT_VERSION
from chatsim.study.tables import Names, PlayedRun, deeds_table, names_table, spread_table
from tests.cascades import NOON, outcome_of, random_parents, run_of

UNCAPPED = Policy("uncapped", title="Uncapped")
FIVE = Policy(
    "cap-5",
    title="Five chats",
    tiers=(Tier(0, 5), Tier(5, 1)),
    label_forwarded_from=1,
    provenance=Provenance("a source", "2020", ("label",)),
)
RUMOUR = Content("rumour")
JOKE = Content("joke", harmful=False)
USERS = 600


def population_of_nobody(users: int = USERS, names: Sequence[str] | None = None) -> Population:
    """People without chats: a summary needs their number only."""
    nothing, offsets = np.zeros(0, dtype=np.int32), np.zeros(users + 1, dtype=np.int64)
    return Population(
        users=users,
        contact_offsets=offsets,
        contacts=nothing,
        group_offsets=offsets,
        groups=nothing,
        member_offsets=np.zeros(1, dtype=np.int64),
        members=nothing,
        seed=1,
        description=f"{users} people (by hand)",
        names=names,
    )


def cascade(seed: int, people: int):
    """A cascade of so many people, with deeds that balance the books and a forward for every two people."""
    parents = random_parents(seed, people)
    if not parents:
        return run_of([], users=USERS)
    posted = sum(parent == 0 for parent in parents)
    rows = [
        {
            "user": 0,
            "wanted": posted,
            "actions": 1,
            "original_chats": posted,
            "original_copies": posted,
        }
    ]
    for person in range(1, people):
        copies = sum(parent == person for parent in parents)
        if copies:
            rows.append(
                {
                    "user": person,
                    "tick": NOON + 60 * person,
                    "wanted": copies + 1,
                    "held_back": 1,
                    "actions": 1,
                    "forwarded_chats": copies,
                    "forwarded_copies": copies,
                    "hop_made": 1,
                }
            )
    hops = [0 if parent in {None, 0} else 1 for parent in parents]
    return run_of(parents, users=USERS, hops=hops, labels=hops, deeds=rows)


def policy_runs(
    policy: Policy, reaches: Sequence[Sequence[int]], singles: Sequence[Sequence[int]]
) -> PolicyRuns:
    """Runs with the given reach, by run and content."""
    row = compile_row(policy)
    runs = [
        [measure(cascade(run, people), [row]) for people in contents]
        for run, contents in enumerate(reaches)
    ]
    return PolicyRuns(policy, runs, singles)


def scenario(**changes) -> Scenario:
    return Scenario(**{"contents": (RUMOUR, JOKE), "originators": 1, "runs": 4, **changes})


@functools.cache
def small_summary():
    """Four runs in which a cap of five halves the rumour's reach."""
    uncapped = [[400, 100], [420, 90], [380, 110], [60, 100]]
    five = [[200, 90], [210, 90], [190, 100], [30, 95]]
    singles = [[300, 10], [10, 10], [200, 10], [150, 10]]
    fewer = [[130, 10], [10, 10], [40, 10], [15, 10]]
    return summarise(
        scenario(),
        population_of_nobody(),
        [policy_runs(UNCAPPED, uncapped, singles), policy_runs(FIVE, five, fewer)],
    )


def small_study(
    names: Sequence[str] | None = None, seconds: float = 1.5, utc_offset: int = 0
) -> Study:
    """A study that can be written: `small_summary` and tables of two runs."""
    columns = Names(("uncapped", "cap-5"), ("rumour", "joke"))
    played = [
        PlayedRun.of(run, policy, outcome_of(cascade(run, people), cascade(run, 3)))
        for policy, people in (("uncapped", 12), ("cap-5", 6))
        for run in range(2)
    ]
    return Study(
        summary=small_summary(),
        manifest=Manifest(
            program=PROGRAM,
            format_version=FORMAT_VERSION,
            command="chatsim compare",
            seed=1,
            backend="tcp",
            scenario="{}",
            policies=compiled_policies([UNCAPPED, FIVE]),
            population="600 people (by hand)",
            population_seed=1,
            population_notes=(),
            users=USERS,
            utc_offset_seconds=utc_offset,
            tables_hash="0123",
            versions=(Version("python", "3.11"),),
            tree=True,
            commit=None,
        ),
        timing=Timing(
            format_version=FORMAT_VERSION,
            seconds=seconds,
            workers=2,
            threads=1,
            resumed_runs=0,
            policies=(PolicyTiming("uncapped", seconds, Carried(10, 0.5, 100, 200, 3)),),
        ),
        spread=spread_table(played, columns),
        deeds=deeds_table(played, columns),
        names=names_table(names) if names else None,
    )
