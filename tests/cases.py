"""Small random experiments for tests that compare two ways to play them, and populations written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import asdict, evolve, frozen
from hypothesis import strategies as st

from chatsim.behaviour.values import (
    Audience,
    Behaviour,
    Content,
    DelayForm,
    DelayLaw,
    FirstSend,
)
from chatsim.model import ONE_DAY, Enforcement
from chatsim.policy.values import Policy, Tier
from chatsim.population.parts import NO_PARTS, Parts
from chatsim.population.values import Population

WORDS = st.integers(0, (1 << 32) - 1)
SEEDS = st.integers(0, (1 << 64) - 1)
LENGTHS = [10 * ONE_DAY] * 6 + [3 * ONE_DAY, 60_000, 45_001, 43_200]
CHANCES = st.sampled_from([0.0, 0.3, 0.5, 0.9, 1.0])
FACTORS = st.sampled_from([1.0, 1.0, 1.0, 0.9, 0.9, 0.5, 0.0])
CAPS = st.sampled_from([None, None, None, 5, 3, 2, 2, 1, 0])
CHEATS: tuple[dict[str, float], ...] = (
    {"modified_clients": 0.0},
    {"modified_clients": 0.3},
    {"modified_clients": 1.0},
    {"modified_clients": 0.0, "inflating_clients": 0.6},
    {"modified_clients": 0.0, "pasting_clients": 0.6},
    {"modified_clients": 0.0, "reencoding_clients": 0.6},
    {"modified_clients": 0.0, "framing_clients": 0.3, "cutting_clients": 0.7},
    {
        "modified_clients": 0.1,
        "inflating_clients": 0.1,
        "pasting_clients": 0.2,
        "reencoding_clients": 0.2,
        "framing_clients": 0.2,
        "cutting_clients": 0.1,
    },
)
"""Nobody cheats, everybody, in one way, in all."""
ROUNDS = st.sampled_from(
    [(3_600, 0.5), (40_000, 0.1), (100_000, 0.0), (1, 0.7), (60, 0.5), (7, 1.0), (10**7, 0.0)]
)
"""Interval in seconds and recovery: few or many rounds, quick or slow, never so many that a case takes long."""


@frozen
class Case:
    """One run, with everything that decides it."""

    population: Population
    contents: tuple[Content, ...]
    behaviour: Behaviour
    policy: Policy
    seed: int
    run: int
    originators: int
    duration_seconds: int
    enforcement: Enforcement
    parts: Parts = NO_PARTS

    def arguments(self) -> dict[str, Any]:
        """The fields by name, as a call takes them."""
        return asdict(self, recurse=False)


def population_of(
    contacts: Sequence[Sequence[int]],
    groups: Sequence[Sequence[int]] = (),
    *,
    seed: int = 1,
    utc_offset_seconds: int = 0,
) -> Population:
    """A population from each user's contacts and each group's members."""
    groups_by_user = [
        [group for group, members in enumerate(groups) if user in members]
        for user in range(len(contacts))
    ]
    contact_offsets, contact_ids = _rows([sorted(row) for row in contacts])
    group_offsets, group_ids = _rows(groups_by_user)
    member_offsets, member_ids = _rows([sorted(set(members)) for members in groups])
    return Population(
        users=len(contacts),
        contact_offsets=contact_offsets,
        contacts=contact_ids,
        group_offsets=group_offsets,
        groups=group_ids,
        member_offsets=member_offsets,
        members=member_ids,
        seed=seed,
        description=f"{len(contacts)} people (written by hand)",
        utc_offset_seconds=utc_offset_seconds,
    )


def _rows(
    rows: Sequence[Sequence[int]],
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], np.ndarray[tuple[int], np.dtype[np.int32]]]:
    offsets = np.cumsum([0, *(len(row) for row in rows)], dtype=np.int64)
    return offsets, np.array([entry for row in rows for entry in row], dtype=np.int32)


def random_population(
    users: int,
    contacts: float,
    groups: float = 0.0,
    *,
    seed: int,
    one_way: float = 0.0,
    repeats: float = 0.0,
    utc_offset_seconds: int = 0,
) -> Population:
    """Pairs and groups of 1 to 8 at random: `contacts` and `groups` per user on average.

    `one_way` is the share of pairs of which one knows the other but not the reverse, `repeats` the share listed twice.
    """
    generator = np.random.default_rng(seed)
    rows: list[list[int]] = [[] for _ in range(users)]
    for _ in range(round(users * contacts / 2)):
        a, b = (int(end) for end in generator.integers(0, users, 2))
        times = 1 + int(generator.random() < repeats)
        if a != b and (a not in rows[b] and b not in rows[a]):
            rows[a] += [b] * times
            if generator.random() >= one_way:
                rows[b] += [a] * times
    sizes: list[int] = []
    while sum(sizes) < users * groups:
        sizes.append(int(generator.integers(1, min(8, users) + 1)))
    members = [generator.choice(users, size, replace=False).tolist() for size in sizes]
    return population_of(rows, members, seed=seed, utc_offset_seconds=utc_offset_seconds)


def as_stubs_pair(population: Population, share: float, *, seed: int) -> Population:
    """The same people with lists in any order, in which `share` of them have themselves, and a group once more."""
    generator = np.random.default_rng(seed)
    contacts, groups = [], []
    for user in range(population.users):
        own, shared = population.contacts_of(user).tolist(), population.groups_of(user).tolist()
        if generator.random() < share:
            own += [user] * int(generator.integers(1, 3))
            shared += shared[:1]
        contacts.append(generator.permutation(own).tolist())
        groups.append(generator.permutation(shared).tolist())
    contact_offsets, contact_ids = _rows(contacts)
    group_offsets, group_ids = _rows(groups)
    return evolve(
        population,
        contact_offsets=contact_offsets,
        contacts=contact_ids,
        group_offsets=group_offsets,
        groups=group_ids,
    )


@st.composite
def populations(draw: st.DrawFn) -> Population:
    """Up to 60 people, from nobody knowing anybody to everybody in many groups."""
    people = random_population(
        draw(st.sampled_from([60, 60, 60, 40, 25, 12, 6, 2, 1])),
        draw(st.sampled_from([6.0, 12.0, 6.0, 3.0, 1.0, 0.0])),
        draw(st.sampled_from([0.0, 0.5, 2.0])),
        seed=draw(st.integers(0, 1 << 32)),
        one_way=draw(st.sampled_from([0.0, 0.5])),
        repeats=draw(st.sampled_from([0.0, 0.3])),
        utc_offset_seconds=draw(st.sampled_from([0, 19_800, -10_800, 46_800])),
    )
    share = draw(st.sampled_from([None, None, 0.0, 0.3, 0.3, 1.0]))
    return people if share is None else as_stubs_pair(people, share, seed=people.seed)


def delays() -> st.SearchStrategy[DelayLaw]:
    """Delays below and above a lookahead, constant and spread in either form."""
    return st.builds(
        DelayLaw,
        median_seconds=st.sampled_from([900.0, 0.0, 50.0, 61.0, 20_000.0]),
        sigma=st.sampled_from([1.5, 0.5, 0.0]),
        form=st.sampled_from([DelayForm.LOGNORMAL, DelayForm.LOGNORMAL, DelayForm.EXPONENTIAL]),
    )


@st.composite
def behaviours(draw: st.DrawFn) -> Behaviour:
    """Every assumption at some of its values, its extremes among them; most let a content live."""
    interval, recovery = draw(ROUNDS)
    return evolve(
        draw(without_rounds()),
        interval_seconds=interval,
        round_recovery=recovery,
        **draw(st.sampled_from(CHEATS)),
    )


def without_rounds() -> st.SearchStrategy[Behaviour]:
    return st.builds(
        Behaviour,
        audience=st.sampled_from(list(Audience)),
        audience_shape=st.sampled_from([0.3, 0.7, 1.5]),
        group_chance=CHANCES,
        persistence=CHANCES,
        redo_seconds=st.sampled_from([15, 1, 60, 100]),
        paste_probability=CHANCES,
        reading_delay=delays(),
        lookahead_seconds=st.sampled_from([60, 1, 300]),
        night=st.booleans(),
        susceptibility_shape=st.sampled_from([None, 0.5, 2.0]),
        label_factor_forwarded=FACTORS,
        label_factor_many_times=FACTORS,
        first_send=st.sampled_from(list(FirstSend)),
        chat_delay=delays(),
        recovery=st.none() | st.none() | st.none() | delays(),
    )


@st.composite
def tiers(draw: st.DrawFn) -> tuple[Tier, ...]:
    """One to three tiers."""
    starts = sorted({0, *draw(st.lists(st.sampled_from([1, 2, 4, 127]), max_size=2))})
    return tuple(Tier(start, draw(CAPS), draw(CAPS)) for start in starts)


@st.composite
def policies(draw: st.DrawFn, enforcement: Enforcement) -> Policy:
    """Policies that `enforcement` can hold: where the relay knows no lineage there is no lifetime cap."""
    knows_lineages = enforcement in (Enforcement.CLEAR, Enforcement.RECEIPT)
    lifetime = st.none() | st.none() | CAPS if knows_lineages else st.none()
    return Policy(
        "random",
        tiers=draw(tiers()),
        cap_person=draw(lifetime),
        cap_total=draw(
            st.sampled_from([None, None, None, 30, 10, 4, 0]) if knows_lineages else st.none()
        ),
        hop_limit=draw(st.sampled_from([None, None, None, None, None, None, 3, 1, 0])),
        label_forwarded_from=draw(st.sampled_from([None, 0, 1, 2])),
        label_many_from=draw(st.sampled_from([None, 0, 1, 3, 5])),
    )


def contents() -> st.SearchStrategy[Content]:
    """Contents that die out and contents that reach everybody."""
    return st.builds(
        Content,
        name=st.just("rumour"),
        share_probability=st.sampled_from([1.0, 1.0, 0.9, 0.7, 0.4, 0.1]),
        half_life_seconds=st.sampled_from([None, 3_600.0, float(ONE_DAY)]),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Small random runs of anything that a scenario may say."""
    enforcement = draw(st.sampled_from(list(Enforcement)))
    return Case(
        population=draw(populations()),
        contents=tuple(draw(st.lists(contents(), min_size=1, max_size=2))),
        behaviour=draw(behaviours()),
        policy=draw(policies(enforcement)),
        seed=draw(SEEDS),
        run=draw(WORDS),
        originators=draw(st.integers(1, 4)),
        duration_seconds=draw(st.sampled_from(LENGTHS)),
        enforcement=enforcement,
    )
