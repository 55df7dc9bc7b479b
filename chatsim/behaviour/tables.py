"""A behaviour and its contents as integers, built once per study."""

from __future__ import annotations

import math

import numpy as np
from attrs import define
from numpy.typing import NDArray

from chatsim.behaviour.values import Behaviour, Content, DelayForm, DelayLaw
from chatsim.model import ONE_HOUR
from chatsim.randomness import tables
from chatsim.randomness.tables import Quantiles


@define(eq=False, frozen=True)
class ContentTables:
    """What decides about one content."""

    share: Quantiles
    """Thresholds of passing it on by susceptibility quantile, before label and age."""
    staleness: Quantiles
    """Factors by age in whole hours."""
    complaint_threshold: int


@define(eq=False, frozen=True)
class BehaviourTables:
    """Integers for everything that `Behaviour` states as a probability or a law."""

    contents: tuple[ContentTables, ...]
    reading_delay: Quantiles
    audience: Quantiles
    """Wanted chats, at least 1, before the number of chats limits them."""
    chat_delay: Quantiles
    recovery: Quantiles | None
    group_threshold: int
    persistence_threshold: int
    paste_threshold: int
    cheat_thresholds: tuple[int, ...]
    """Below which somebody's word means each cheat or one before it, in the order of `Cheat`."""
    round_recovery_threshold: int
    label_factors: tuple[int, int, int]
    """By label: none, forwarded, many times."""
    fingerprint: str


def build_tables(
    behaviour: Behaviour,
    contents: tuple[Content, ...],
    susceptible: NDArray[np.int64],
    duration_seconds: int,
) -> BehaviourTables:
    """The tables of one study; `susceptible[i]` counts the people whose susceptibility is quantile i."""
    shape = behaviour.susceptibility_shape
    susceptibility = tables.constant(1.0) if shape is None else tables.gamma(shape)
    hours = duration_seconds // ONE_HOUR + 1
    of_contents = tuple(
        ContentTables(
            tables.share_thresholds(content.share_probability, susceptibility, susceptible),
            tables.staleness(content.half_life_seconds, hours),
            tables.threshold(
                behaviour.complaint_probability
                if content.harmful
                else behaviour.complaint_probability_harmless
            ),
        )
        for content in contents
    )
    reading = _delays(behaviour.reading_delay)
    audience = tables.integers(tables.lomax(behaviour.audience_shape)) + 1
    chat_delay = _delays(behaviour.chat_delay)
    recovery = None if behaviour.recovery is None else _delays(behaviour.recovery)
    cheats = cheat_thresholds(behaviour)
    scalars = (
        tables.threshold(behaviour.group_chance),
        tables.threshold(behaviour.persistence),
        tables.threshold(behaviour.paste_probability),
        cheats[0],
        tables.FACTOR_ONE,
        tables.factor(behaviour.label_factor_forwarded),
        tables.factor(behaviour.label_factor_many_times),
        tables.threshold(behaviour.round_recovery),
    )
    complaints = [of_content.complaint_threshold for of_content in of_contents]
    everything = [reading, audience, chat_delay, np.array([*scalars, *complaints], dtype=np.int64)]
    everything += [] if recovery is None else [recovery]
    everything += [] if cheats[-1] == cheats[0] else [np.array(cheats[1:], dtype=np.int64)]
    for of_content in of_contents:
        everything += [of_content.share, of_content.staleness]
    return BehaviourTables(
        contents=of_contents,
        reading_delay=reading,
        audience=audience,
        chat_delay=chat_delay,
        recovery=recovery,
        group_threshold=scalars[0],
        persistence_threshold=scalars[1],
        paste_threshold=scalars[2],
        cheat_thresholds=cheats,
        round_recovery_threshold=scalars[7],
        label_factors=(scalars[4], scalars[5], scalars[6]),
        fingerprint=tables.fingerprint(*everything),
    )


def cheat_thresholds(behaviour: Behaviour) -> tuple[int, ...]:
    """Of people's words, rising: whose word is below the k-th (from 1) and no earlier one has cheat k."""
    shares = behaviour.cheats
    return tuple(
        tables.threshold(min(1.0, math.fsum(shares[:count]))) for count in range(1, len(shares) + 1)
    )


def _delays(law: DelayLaw) -> Quantiles:
    if law.form is DelayForm.EXPONENTIAL:
        return tables.integers(tables.exponential(law.median_seconds / math.log(2.0)))
    if law.sigma == 0.0:
        return tables.integers(tables.constant(law.median_seconds))
    return tables.integers(tables.lognormal(law.median_seconds, law.sigma))
