"""Which policies can be held to tokens, and how many tokens an app asks for."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatsim.errors import ConfigurationError
from chatsim.model import TOKENS_MAX
from chatsim.policy import Breaker, Education, Friction, Policy, Takedown, Tier, compile_row
from chatsim.policy.blindly import require_blind, tokens_of_an_action
from chatsim.policy.presets import presets

NOBODY_SEES = {
    "cap_person": (3, "lineage"),
    "cap_total": (3, "lineage"),
    "breaker": (Breaker(3, 60, 60), "content"),
    "takedown": (Takedown(2, 60), "content"),
}


@pytest.mark.parametrize("key", NOBODY_SEES)
def test_rules_about_lineages_and_contents_are_refused(key):
    value, what = NOBODY_SEES[key]
    policy = evolve(Policy("ours"), **{key: value})
    sentence = (
        f"policy ours has {key} under blind enforcement, where nobody can tell of which {what} a forward is; "
        "it takes clear or receipt enforcement, or the policy without this rule"
    )
    with pytest.raises(ConfigurationError) as caught:
        require_blind(policy)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("tiers", "what"),
    [
        ((Tier(chats=TOKENS_MAX + 1),), "26 chats"),
        ((Tier(chats=5), Tier(1, chats=30, groups=2)), "30 chats"),
        ((Tier(), Tier(1, groups=256)), "256 groups"),
    ],
)
def test_a_cap_above_what_one_request_asks_for_is_refused(tiers, what):
    with pytest.raises(ConfigurationError, match=f"ours has a cap of {what}.*at most 25 "):
        require_blind(Policy("ours", tiers=tiers))


@pytest.mark.parametrize(
    "policy",
    [
        Policy("none"),
        Policy("most", tiers=(Tier(chats=TOKENS_MAX, groups=TOKENS_MAX),)),
        Policy("groups", tiers=(Tier(groups=TOKENS_MAX),)),
        Policy("more groups than chats", tiers=(Tier(chats=5, groups=256),)),
        Policy("none at all", tiers=(Tier(chats=0, groups=0),)),
        Policy("hop and hour", hop_limit=3, cap_hour=400),
        Policy("people", friction=Friction(1, 0.5), education=Education(0.5, 0.9, 0.95)),
    ],
    ids=lambda policy: policy.name,
)
def test_what_looks_at_forwards_alone_is_held(policy):
    require_blind(policy)


def test_of_the_presets_one_has_too_large_a_cap():
    refused = []
    for policy in presets():
        try:
            require_blind(policy)
        except ConfigurationError:
            refused.append(policy.name)
    assert refused == ["whatsapp-2017"]


@pytest.mark.parametrize(
    ("policy", "by_hop"),
    [
        (Policy("none"), [1, 1, 1]),
        (Policy("chats", tiers=(Tier(chats=5), Tier(2, chats=1))), [5, 5, 1]),
        (Policy("none at all", tiers=(Tier(chats=0),)), [0, 0, 0]),
        (Policy("groups", tiers=(Tier(groups=3), Tier(1, groups=0), Tier(2))), [3, 1, 1]),
        (Policy("both", tiers=(Tier(chats=4, groups=9), Tier(1, chats=4, groups=1))), [4, 4, 4]),
        (Policy("hop", hop_limit=1), [1, 0, 0]),
        (Policy("hour", cap_hour=2), [1, 1, 1]),
    ],
    ids=lambda each: getattr(each, "name", ""),
)
def test_an_app_asks_for_what_the_largest_action_takes(policy, by_hop):
    row = compile_row(policy)
    assert [tokens_of_an_action(row, hop) for hop in range(3)] == by_hop
