"""Which policies enforcement `blind` can hold, and how many tokens its apps ask for by them."""

from __future__ import annotations

from typing import Final

from chatsim.errors import ConfigurationError
from chatsim.model import TOKENS_MAX
from chatsim.policy.decision import (
    HOP_LIMIT,
    TIER_CHATS,
    TIER_GROUPS,
    UNLIMITED,
    Row,
    next_hop,
    tier_of,
)
from chatsim.policy.values import Policy

_SEEN_BY_NOBODY: Final = {
    "cap_person": "lineage",
    "cap_total": "lineage",
    "breaker": "content",
    "takedown": "content",
}


def require_blind(policy: Policy) -> None:
    """Raise ConfigurationError for rules that take more than the number of forwards."""
    for key, what in _SEEN_BY_NOBODY.items():
        if getattr(policy, key) is not None:
            message = (
                f"policy {policy.name} has {key} under blind enforcement, where nobody can tell of which {what} "
                "a forward is; it takes clear or receipt enforcement, or the policy without this rule"
            )
            raise ConfigurationError(message)
    for tier in policy.tiers:
        cap, what = (tier.chats, "chats") if tier.chats is not None else (tier.groups, "groups")
        if cap is not None and cap > TOKENS_MAX:
            message = (
                f"policy {policy.name} has a cap of {cap} {what}, and under blind enforcement each takes a token; "
                f"it takes caps of at most {TOKENS_MAX} {what}, or none"
            )
            raise ConfigurationError(message)


def tokens_of_an_action(row: Row, hop: int) -> int:
    """How many tokens pay for the largest action with a copy that was forwarded `hop` times; without a cap one does.

    Where groups alone are capped, each of them takes one, and one pays for any number of contacts.
    """
    if next_hop(hop) > row[HOP_LIMIT]:
        return 0
    tier = tier_of(row, hop)
    chats, groups = int(row[TIER_CHATS + tier]), int(row[TIER_GROUPS + tier])
    if chats == UNLIMITED:
        chats = max(1, groups) if groups < UNLIMITED else 1
    return min(chats, TOKENS_MAX)
