"""Which policies enforcement `blind` can hold, and how many tokens its apps ask for by them."""

from __future__ import annotations

from typing import Final

from chatsim.errors import ConfigurationError
from chatsim.model import TOKENS_MAX
from chatsim.policy.decision import HOP_LIMIT, TIER_CHATS, UNLIMITED, Row, next_hop, tier_of
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
        if tier.chats is not None and tier.chats > TOKENS_MAX:
            message = (
                f"policy {policy.name} has a cap of {tier.chats} chats, and under blind enforcement each takes a token; "
                f"it takes caps of at most {TOKENS_MAX} chats, or none"
            )
            raise ConfigurationError(message)


def tokens_of_an_action(row: Row, hop: int) -> int:
    """How many tokens pay for the largest action with a copy that was forwarded `hop` times; without a cap one does."""
    if next_hop(hop) > row[HOP_LIMIT]:
        return 0
    chats = int(row[TIER_CHATS + tier_of(row, hop)])
    return min(chats, TOKENS_MAX) if chats < UNLIMITED else 1
