"""Plays of the naive twin in which one thing happens at a time, and what to read off them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from attrs import evolve, fields

from chatsim.behaviour.values import Audience, Behaviour, Content, DelayLaw
from chatsim.cascade.values import ContentRun
from chatsim.model import ONE_DAY, Enforcement
from chatsim.policy.values import Policy, Tier
from chatsim.population.values import Population
from chatsim.testing.twin import play
from tests.cases import population_of

NOON = 43_200
UNCAPPED = Policy("uncapped", label_forwarded_from=1, label_many_from=3)
CERTAIN = Content("rumour", share_probability=1.0, half_life_seconds=None)
PLAIN = Behaviour(
    audience_shape=0.02,  # nearly everybody wants all their chats
    persistence=0.0,
    paste_probability=0.0,
    modified_clients=0.0,
    reading_delay=DelayLaw(600, 0),
    chat_delay=DelayLaw(600, 0),
    susceptibility_shape=None,
    label_factor_many_times=1.0,
)
EACH = evolve(PLAIN, audience=Audience.EACH)


def capped(chats: int | None, **more: Any) -> Policy:
    return evolve(UNCAPPED, name=f"cap-{chats}", tiers=(Tier(0, chats),), **more)


def played(
    population: Population,
    behaviour: Behaviour,
    policy: Policy = UNCAPPED,
    content: Content = CERTAIN,
    **more: Any,
) -> ContentRun:
    arguments: dict[str, Any] = {
        "seed": 1,
        "run": 0,
        "originators": 1,
        "duration_seconds": 4 * ONE_DAY,
        "enforcement": Enforcement.CLEAR,
    } | more
    return play(population, (content,), behaviour, policy, **arguments).contents[0]


def seed_that_starts_at_0(population: Population, behaviour: Behaviour) -> int:
    """A seed with user 0 as originator and, for `pick`, everybody reached wanting all their chats."""
    degrees = np.diff(population.contact_offsets) + np.diff(population.group_offsets)
    for seed in itertools.count():
        run = played(population, behaviour, seed=seed)
        begins_right = run.first_copies.user[0] == 0
        picks = behaviour.audience is Audience.PICK
        if begins_right and not (picks and (run.deeds.wanted < degrees[run.deeds.user]).any()):
            return seed
    raise AssertionError


def rows(part: object, *names: str) -> list[tuple[int, ...]]:
    return list(zip(*(getattr(part, name).tolist() for name in names), strict=True))


def copies(run: ContentRun) -> list[tuple[int, ...]]:
    return rows(run.first_copies, "user", "tick", "parent", "group", "hop", "label")


def deed(run: ContentRun, user: int) -> dict[str, int]:
    (at,) = np.flatnonzero(run.deeds.user == user)
    return {
        column.name: int(getattr(run.deeds, column.name)[at]) for column in fields(type(run.deeds))
    }


# 0 knows 1, who knows three more (one way): what 1 does is all that happens.
FAN = population_of([[1], [2, 3, 4], [], [], []])
FAN_SEED = seed_that_starts_at_0(FAN, PLAIN)
READING = NOON + 600


def fan(behaviour: Behaviour, policy: Policy, **more: Any) -> tuple[ContentRun, list[int]]:
    """The run, and the ticks at which 1's three contacts heard of it."""
    run = played(FAN, behaviour, policy, seed=FAN_SEED, **more)
    return run, [tick for user, tick, *_ in copies(run) if user > 1]
