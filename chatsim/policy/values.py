"""A forwarding policy as a frozen value, and what it compiles to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from attrs import Attribute, field, frozen

from chatsim.errors import ConfigurationError
from chatsim.model import HOP_MAX, Part, Reason, Verdict
from chatsim.policy import decision
from chatsim.policy.decision import NEVER, TIERS_MAX, UNLIMITED
from chatsim.policy.rules import Breaker, Education, Friction, Takedown
from chatsim.randomness.tables import FACTOR_ONE, factor, threshold


def _cap(instance: object, attribute: Attribute[Any], value: int | None) -> None:
    if value is not None and not 0 <= value < UNLIMITED:
        message = f"{attribute.name} is {value}; it takes a number of chats from 0 up, or none for no limit"
        raise ConfigurationError(message)


def _hop(instance: object, attribute: Attribute[Any], value: int | None) -> None:
    if value is not None and not 0 <= value <= HOP_MAX:
        message = f"{attribute.name} is {value}; it takes a number of hops from 0 to {HOP_MAX}"
        raise ConfigurationError(message)


@frozen
class Tier:
    """What the app offers for a copy held with claimed hop `from_hop` or more. None means no limit."""

    from_hop: int = field(default=0, validator=_hop)
    chats: int | None = field(default=None, validator=_cap)
    groups: int | None = field(default=None, validator=_cap)


@frozen
class Provenance:
    """Where a preset's figures come from."""

    source: str
    since: dt.date | str
    """When the platform brought the rule in; text where no day is known."""
    from_memory: tuple[str, ...] = ()
    """The fields whose figures nobody has checked against a source."""
    checked: dt.date | None = None
    """When somebody last looked whether the rule still holds."""


@frozen
class Local:
    """Other rules for one region or one cohort of a scenario's."""

    name: str
    """The region's or the cohort's."""
    policy: Policy


@frozen
class Policy:
    """One forwarding policy. Caps count chats; None means no limit.

    `cap_person` is a lifetime cap per person and lineage, `cap_total` one per lineage over all people; no platform
    ships either. Labels are read from the copy made, tiers from the copy held. The rules of whoever sends decide: those
    for their cohort, else those for their region, else these.
    """

    name: str
    title: str = ""
    tiers: tuple[Tier, ...] = (Tier(),)
    cap_person: int | None = field(default=None, validator=_cap)
    cap_total: int | None = field(default=None, validator=_cap)
    hop_limit: int | None = field(default=None, validator=_hop)
    label_forwarded_from: int | None = field(default=None, validator=_hop)
    label_many_from: int | None = field(default=None, validator=_hop)
    cap_hour: int | None = field(default=None, validator=_cap)
    """Chats that a person forwards to in an hour of the clock, over all contents."""
    friction: Friction | None = None
    education: Education | None = None
    breaker: Breaker | None = None
    takedown: Takedown | None = None
    regions: tuple[Local, ...] = ()
    cohorts: tuple[Local, ...] = ()
    untreated: Policy | None = None
    """What holds for people whom a scenario's rollout has not reached."""
    group_members_max: int | None = field(default=None, validator=_cap)
    note: str = ""
    provenance: Provenance | None = None

    def __attrs_post_init__(self) -> None:
        starts = [tier.from_hop for tier in self.tiers]
        if not starts or starts[0] != 0 or starts != sorted(set(starts)) or len(starts) > TIERS_MAX:
            message = (
                f"policy {self.name}: tiers start at hops {starts}; "
                f"the first tier starts at hop 0, the others rise, and there are at most {TIERS_MAX}"
            )
            raise ConfigurationError(message)
        for local in (*self.regions, *self.cohorts):
            if local.policy.regions or local.policy.cohorts:
                message = (
                    f"policy {self.name}: the rules for {local.name} have regions or cohorts of their own; "
                    "it takes rules that hold for all of them alike"
                )
                raise ConfigurationError(message)

    @property
    def everywhere(self) -> tuple[Policy, ...]:
        """This policy and every one that holds in its place somewhere."""
        others = () if self.untreated is None else self.untreated.everywhere
        return (self, *(local.policy for local in (*self.regions, *self.cohorts)), *others)

    def for_part(self, part: Part) -> Policy:
        """The rules that hold for these people."""
        if not part.treated and self.untreated is not None:
            return self.untreated.for_part(part)
        for name, locals_ in ((part.cohort, self.cohorts), (part.region, self.regions)):
            for local in locals_:
                if local.name == name:
                    return local.policy
        return self

    @property
    def labels(self) -> bool:
        """Whether any copy is ever labelled."""
        return self.label_forwarded_from is not None or self.label_many_from is not None

    @property
    def chats_at_a_time(self) -> str:
        """The action caps in a few words: "any", "20", "5, then 1"."""
        caps = [_words(tier.chats) for tier in self.tiers]
        return ", then ".join(cap for i, cap in enumerate(caps) if i == 0 or cap != caps[i - 1])


def _words(cap: int | None) -> str:
    return "any" if cap is None else str(cap)


def compile_row(policy: Policy) -> tuple[int, ...]:
    """The policy's row of integers (columns: `chatsim.policy.decision`)."""
    row = [0] * decision.ROW_LENGTH
    for i in range(TIERS_MAX):
        tier = policy.tiers[i] if i < len(policy.tiers) else Tier(from_hop=HOP_MAX)
        row[decision.TIER_FROM + i] = tier.from_hop if i < len(policy.tiers) else NEVER
        row[decision.TIER_CHATS + i] = _or(tier.chats, UNLIMITED)
        row[decision.TIER_GROUPS + i] = _or(tier.groups, UNLIMITED)
    row[decision.CAP_PERSON] = _or(policy.cap_person, UNLIMITED)
    row[decision.CAP_TOTAL] = _or(policy.cap_total, UNLIMITED)
    row[decision.HOP_LIMIT] = _or(policy.hop_limit, HOP_MAX)
    row[decision.LABEL_FORWARDED_FROM] = _or(policy.label_forwarded_from, NEVER)
    row[decision.LABEL_MANY_FROM] = _or(policy.label_many_from, NEVER)
    row[decision.CAP_HOUR] = _or(policy.cap_hour, UNLIMITED)
    _compile_friction(policy.friction, row)
    _compile_education(policy.education, row)
    _compile_officers(policy, row)
    return tuple(row)


def compile_rows(policy: Policy, parts: Sequence[Part]) -> tuple[tuple[int, ...], ...]:
    """The rows that hold for each part of the people."""
    return tuple(compile_row(policy.for_part(part)) for part in parts)


def _compile_friction(friction: Friction | None, row: list[int]) -> None:
    row[decision.FRICTION_FROM] = NEVER
    if friction is not None:
        row[decision.FRICTION_FROM] = friction.from_hop
        row[decision.FRICTION_ABANDON] = threshold(friction.abandon)
        row[decision.FRICTION_DELAY] = friction.delay_seconds


def _compile_education(education: Education | None, row: list[int]) -> None:
    row[decision.EDUCATION_HARMFUL] = row[decision.EDUCATION_HARMLESS] = FACTOR_ONE
    if education is not None:
        row[decision.EDUCATION_COVERAGE] = threshold(education.coverage)
        row[decision.EDUCATION_HARMFUL] = factor(education.factor)
        row[decision.EDUCATION_HARMLESS] = factor(education.harmless_factor)


def _compile_officers(policy: Policy, row: list[int]) -> None:
    row[decision.BREAKER_COPIES] = row[decision.TAKEDOWN_COMPLAINTS] = UNLIMITED
    if policy.breaker is not None:
        row[decision.BREAKER_COPIES] = policy.breaker.copies
        row[decision.BREAKER_WINDOW] = policy.breaker.window_seconds
        row[decision.BREAKER_PAUSE] = policy.breaker.pause_seconds
    if policy.takedown is not None:
        row[decision.TAKEDOWN_COMPLAINTS] = policy.takedown.complaints
        row[decision.TAKEDOWN_REVIEW] = policy.takedown.review_seconds


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


@frozen
class Usage:
    """What has already been used when an act is judged."""

    chats: int = 0
    groups: int = 0
    person: int = 0
    total: int = 0
    hour: int = 0


def judge(policy: Policy, hop: int, chats: int, groups: int, used: Usage = Usage()) -> Verdict:
    """The decision on one forward, in values: what `decision.decide` says of the policy's row."""
    reason, limit = decision.decide(
        compile_row(policy), hop, chats, groups,
        used.chats, used.groups, used.person, used.total, used.hour,
    )  # fmt: skip
    return Verdict(Reason(reason), limit if reason else None)
