"""Policies in plain words, for `chatsim policies` and `chatsim policies show NAME`."""

from __future__ import annotations

import textwrap

from attrs import frozen

from chatsim.policy.presets import ALIASES, preset, presets
from chatsim.policy.values import Policy, Provenance
from chatsim.units import count_text, duration_text, share_text

WIDTH = 80
KEY_WIDTH = 22
FIELD_WORDS = {"labels": "labels", "group_members_max": "members of a group"}
"""What the fields named in `Provenance.from_memory` are called in a text."""


@frozen
class PolicyRow:
    """One line of the list of policies."""

    name: str
    title: str
    chats: str
    """At a time, "5, then 1"."""
    groups: str
    """Among them, "any, then 1"."""
    label: str
    since: str


def policy_rows() -> tuple[PolicyRow, ...]:
    """The list of policies: presets, aliases, and how to name a flat cap."""
    named = (*presets(), *(preset(alias) for alias in ALIASES))
    flat = PolicyRow("cap-N", "N chats at a time, any N", "N", "any", "none", "never in force")
    return (*(_row(policy) for policy in named), flat)


def _row(policy: Policy) -> PolicyRow:
    since = str(policy.provenance.since) if policy.provenance else ""
    groups = [_cap(cap) for _, cap in _steps([(0, tier.groups) for tier in policy.tiers])]
    return PolicyRow(
        name=policy.name,
        title=policy.title,
        chats=policy.chats_at_a_time,
        groups=", then ".join(groups),
        label=label_words(policy),
        since=since,
    )


def _steps(caps: list[tuple[int, int | None]]) -> list[tuple[int, int | None]]:
    """(hop, cap) where the cap differs from the one before it."""
    return [step for i, step in enumerate(caps) if i == 0 or step[1] != caps[i - 1][1]]


def _cap(cap: int | None) -> str:
    return "any" if cap is None else count_text(cap)


def label_words(policy: Policy) -> str:
    """Which labels people may see, in few words."""
    forwarded, many = policy.label_forwarded_from, policy.label_many_from
    words = []
    if forwarded is not None:
        words.append("forwarded" if forwarded == 1 else f"forwarded from {forwarded}")
    if many is not None:
        words.append(f"many times from {many}")
    return ", ".join(words) or "none"


def describe(policy: Policy) -> str:
    """Everything that is known of a policy, in lines of at most 80 characters."""
    facts = [
        *_rules(policy),
        *(_origin(policy.provenance) if policy.provenance else []),
        *([("Note", policy.note)] if policy.note else []),
    ]
    heading = f"{policy.name}: {policy.title}" if policy.title else policy.name
    return "\n".join([heading, "", *(_lines(key, text) for key, text in facts)])


def _rules(policy: Policy) -> list[tuple[str, str]]:
    members = policy.group_members_max
    return [
        ("Chats at a time", _tiers([(tier.from_hop, tier.chats) for tier in policy.tiers])),
        ("Groups among them", _tiers([(tier.from_hop, tier.groups) for tier in policy.tiers])),
        ("Per person, lifetime", _limit(policy.cap_person, "chats for one message")),
        ("Per person and hour", _limit(policy.cap_hour, "chats for all messages")),
        ("Over all people", _limit(policy.cap_total, "chats for one message")),
        ("Forwards in a row", _limit(policy.hop_limit, "")),
        ("Labels", label_words(policy)),
        *beyond_caps(policy),
        *((f"In {each.name}", in_short(each.policy)) for each in policy.regions),
        *((f"For {each.name}", in_short(each.policy)) for each in policy.cohorts),
        ("Members of a group", f"{_limit(members, '')} (acts only with --group-max policy)"),
    ]


def beyond_caps(policy: Policy) -> list[tuple[str, str]]:
    """The rules besides caps and labels: what each is called, and what it says."""
    facts = []
    friction, education = policy.friction, policy.education
    if friction is not None:
        held = f", from {friction.from_hop} forwards so far" if friction.from_hop else ""
        delay = duration_text(friction.delay_seconds)
        facts.append(
            ("Prompt", f"{share_text(friction.abandon)} give up, others wait {delay}{held}")
        )
    if education is not None:
        harmful, harmless = share_text(education.factor), share_text(education.harmless_factor)
        facts.append(
            (
                "Education",
                f"reaches {share_text(education.coverage)} of people; they pass on {harmful} of what is harmful, {harmless} of what is not",
            )
        )
    if policy.breaker is not None:
        copies, pause = (
            count_text(policy.breaker.copies),
            duration_text(policy.breaker.pause_seconds),
        )
        window = duration_text(policy.breaker.window_seconds)
        facts.append(
            ("Circuit breaker", f"{copies} copies in {window} pause a content for {pause}")
        )
    if policy.takedown is not None:
        review = duration_text(policy.takedown.review_seconds)
        complaints = count_text(policy.takedown.complaints)
        facts.append(("Takedown", f"{review} after {complaints} complaints"))
    return facts


def in_short(policy: Policy) -> str:
    """A policy's rules in one line."""
    parts = [policy.title or policy.name, f"chats at a time: {policy.chats_at_a_time}"]
    parts += [f"labels: {label_words(policy)}"] if policy.labels else []
    parts += [f"{name.lower()}: {rule}" for name, rule in beyond_caps(policy)]
    if policy.cap_hour is not None:
        parts.append(f"per person and hour: {count_text(policy.cap_hour)} chats")
    for local in (*policy.regions, *policy.cohorts):
        parts.append(f"{local.name}: {in_short(local.policy)}")
    return "; ".join(parts)


def _tiers(caps: list[tuple[int, int | None]]) -> str:
    starts = {0: "", 1: ", for a forwarded copy"}
    return "; ".join(
        _limit(cap, "") + starts.get(hop, f", from {hop} forwards so far")
        for hop, cap in _steps(caps)
    )


def _limit(cap: int | None, unit: str) -> str:
    return "no limit" if cap is None else f"at most {count_text(cap)} {unit}".rstrip()


def _origin(provenance: Provenance) -> list[tuple[str, str]]:
    facts = [("Since", str(provenance.since)), ("Source", provenance.source)]
    if provenance.from_memory:
        words = ", ".join(FIELD_WORDS[field] for field in provenance.from_memory)
        facts.append(("From memory", f"{words}: not checked against a source"))
    if provenance.checked:
        facts.append(("Last checked", str(provenance.checked)))
    return facts


def _lines(key: str, text: str) -> str:
    indent = " " * (KEY_WIDTH + 2)
    start = f"  {key}".ljust(KEY_WIDTH + 2)
    return textwrap.fill(text, WIDTH, initial_indent=start, subsequent_indent=indent)
