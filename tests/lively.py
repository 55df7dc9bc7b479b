"""A lively scenario, large enough to mean something, and flat caps for it."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from chatsim.behaviour.values import Behaviour, Content
from chatsim.policy.values import Policy, Tier
from chatsim.study.scenario import Generated, Scenario

PEOPLE = Generated(users=300, contacts_mean=15.0)
RUMOUR = Content("rumour", share_probability=0.7)
JOKE = Content("joke", share_probability=0.5, harmful=False)
LIVELY = Behaviour(modified_clients=0.1, paste_probability=0.2, label_factor_forwarded=0.9)
STUDY = Scenario(population=PEOPLE, contents=(RUMOUR, JOKE), behaviour=LIVELY, originators=3)


def flat(chats: int | None, **more: Any) -> Policy:
    """A cap on every action, whatever the copy, with both labels."""
    policy = Policy(f"flat-{chats}", label_forwarded_from=1, label_many_from=4)
    return evolve(policy, tiers=(Tier(chats=chats),), **more)
