"""What the naive twin looks up: draws, tables, chats, hours of the day, and a policy's words.

Written from ARCHITECTURE.md, "Rules, exactly", in lists and dictionaries, and on purpose without the modules that
people and relay use. Only Philox and the building of tables are shared: those have tests of their own.
"""

from __future__ import annotations

import functools
import math
from collections import Counter

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from chatsim.behaviour.values import Behaviour, Content, DelayForm, DelayLaw
from chatsim.model import HOP_MAX, ONE_DAY, ONE_HOUR, Label
from chatsim.policy.values import Policy, Tier
from chatsim.population.values import Population
from chatsim.randomness import philox, tables

Chat = tuple[bool, int]
"""Whether it is a group, and the number of the contact or the group; contacts sort first."""

NOON = ONE_DAY // 2
MORNING = 7 * ONE_HOUR


@frozen
class Draws:
    """Everything that is drawn by one seed about one content in one run."""

    seed: int
    content: int = 0
    run: int = 0

    def words(self, user: int, purpose: int, index: int = 0) -> tuple[int, int, int, int]:
        """The four words of one draw."""
        low, high = philox.key_words(self.seed)
        return philox.draw(low, high, user, self.content, purpose, index, self.run)


@frozen
class Numbers:
    """A behaviour and a content as integers: thresholds, factors and quantiles."""

    share: list[int]
    """Threshold of the share coin by susceptibility word."""
    staleness: list[int]
    """Factor by age in whole hours."""
    label_factors: dict[Label, int]
    audience: list[int]
    reading_delay: list[int]
    chat_delay: list[int]
    recovery: list[int] | None
    group_chance: int
    persistence: int
    paste: int
    round_recovery: int
    complaint: int


def numbers_of(
    behaviour: Behaviour, content: Content, susceptibility_words: list[int], hours: int
) -> Numbers:
    """The integers that stand for `behaviour` and `content` among people with these words."""
    drawn = Counter(word >> 16 for word in susceptibility_words)
    share = tables.share_thresholds(
        content.share_probability,
        _susceptibility(behaviour.susceptibility_shape),
        tables.integers(_filled(drawn)),
    )
    return Numbers(
        share=share.tolist(),
        staleness=tables.staleness(content.half_life_seconds, hours).tolist(),
        label_factors={
            Label.NONE: tables.FACTOR_ONE,
            Label.FORWARDED: tables.factor(behaviour.label_factor_forwarded),
            Label.MANY_TIMES: tables.factor(behaviour.label_factor_many_times),
        },
        audience=_audience(behaviour.audience_shape),
        reading_delay=_delay(behaviour.reading_delay),
        chat_delay=_delay(behaviour.chat_delay),
        recovery=None if behaviour.recovery is None else _delay(behaviour.recovery),
        group_chance=tables.threshold(behaviour.group_chance),
        persistence=tables.threshold(behaviour.persistence),
        paste=tables.threshold(behaviour.paste_probability),
        round_recovery=tables.threshold(behaviour.round_recovery),
        complaint=tables.threshold(
            behaviour.complaint_probability
            if content.harmful
            else behaviour.complaint_probability_harmless
        ),
    )


def _filled(drawn: Counter[int]) -> NDArray[np.float64]:
    counts = np.zeros(tables.QUANTILES)
    for quantile, people in drawn.items():
        counts[quantile] = people
    return counts


@functools.cache
def _susceptibility(shape: float | None) -> NDArray[np.float64]:
    return tables.constant(1.0) if shape is None else tables.gamma(shape)


@functools.cache
def _audience(shape: float) -> list[int]:
    law: list[int] = tables.integers(tables.lomax(shape)).tolist()
    return law


@functools.cache
def _delay(law: DelayLaw) -> list[int]:
    match law.form:
        case DelayForm.LOGNORMAL:
            seconds = tables.lognormal(law.median_seconds, law.sigma)
        case DelayForm.EXPONENTIAL:
            seconds = tables.exponential(law.median_seconds / math.log(2))
    quantiles: list[int] = tables.integers(seconds).tolist()
    return quantiles


def read(law: list[int], word: int) -> int:
    """A law's quantile for the upper 16 bits of a word."""
    return law[word >> 16]


def scaled(threshold: int, factor: int) -> int:
    """A threshold times a factor with 30 bits of fraction."""
    return (threshold * factor) >> 30


def originators_of(draws: Draws, users: int, count: int) -> list[int]:
    """The first `count` places of a shuffle of all users."""
    order = list(range(users))
    for i in range(min(count, users)):
        _, w1, w2, _ = draws.words(i, philox.ORIGINATOR)
        other = i + ((((w1 << 32) | w2) * (users - i)) >> 64)
        order[i], order[other] = order[other], order[i]
    return order[:count]


def chats_of(population: Population, user: int) -> list[Chat]:
    """A user's chats by chat number: contacts, then groups."""
    contacts: list[Chat] = [(False, int(contact)) for contact in population.contacts_of(user)]
    groups: list[Chat] = [(True, int(group)) for group in population.groups_of(user)]
    return contacts + groups


def receivers_of(population: Population, sender: int, chat: Chat) -> list[int]:
    """Who gets a copy when `sender` sends to `chat`."""
    is_group, number = chat
    if not is_group:
        return [number]
    return [int(member) for member in population.members_of(number) if member != sender]


def picked(
    draws: Draws, numbers: Numbers, user: int, chats: list[Chat], audience: int
) -> list[Chat]:
    """The chats that a person wants, in order; `chats` is theirs by chat number, `audience` the word for how many."""
    left = {
        False: [chat for chat in chats if not chat[0]],
        True: [chat for chat in chats if chat[0]],
    }
    wanted: list[Chat] = []
    for i in range(min(1 + read(numbers.audience, audience), len(chats))):
        coin, which, _, _ = draws.words(user, philox.PICK, i)
        pool = left[bool(left[True]) and (coin < numbers.group_chance or not left[False])]
        # Swapping the choice to the front and then forgetting the front is one Fisher-Yates step.
        other = (which * len(pool)) >> 32
        pool[0], pool[other] = pool[other], pool[0]
        wanted.append(pool.pop(0))
    return wanted


def first_noon(utc_offset_seconds: int) -> int:
    """The first tick at which it is 12:00 local time."""
    return (NOON - utc_offset_seconds) % ONE_DAY


def after_the_night(tick: int, utc_offset_seconds: int) -> int:
    """`tick`, or the morning's tick that it moves to: the night is pressed into an hour."""
    since_midnight = (tick + utc_offset_seconds) % ONE_DAY
    if since_midnight >= MORNING:
        return tick
    return tick - since_midnight + MORNING + since_midnight // 7


def tier_of(policy: Policy, hop: int) -> Tier:
    """The tier of a copy held with claimed hop `hop`: the last one that starts there or below."""
    return [tier for tier in policy.tiers if tier.from_hop <= hop][-1]


def label_of(policy: Policy, hop: int) -> Label:
    """The label of a copy that claims `hop`."""
    if policy.label_many_from is not None and hop >= policy.label_many_from:
        return Label.MANY_TIMES
    if policy.label_forwarded_from is not None and hop >= policy.label_forwarded_from:
        return Label.FORWARDED
    return Label.NONE


def one_further(hop: int) -> int:
    """The hop that an honest forward of a copy with `hop` claims."""
    return min(hop + 1, HOP_MAX)
