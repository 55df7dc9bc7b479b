"""Oracle: two enforcement modes under the same acts; every verdict and every hop shown is to be the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

from attrs import evolve

from chatsim.model import HOP_MAX, Verdict
from chatsim.policy import Policy
from chatsim.policy.values import Tier
from chatsim.testing.probes.bench import REFILL_TICKS, Bench, Company, chat
from chatsim.testing.probes.mode import Mode

PEOPLE = 12
GROUPS = ((0, 1, 2, 3), (2, 3, 4, 5, 6), (6, 7, 8, 9, 10, 11))
STRICT = Policy(
    "every cap",
    tiers=(Tier(chats=3, groups=1), Tier(from_hop=2, chats=1)),
    cap_person=5,
    cap_total=40,
    cap_hour=9,
    hop_limit=4,
)

STRICT_BY_COPY = evolve(STRICT, name="every cap by copy", cap_person=None, cap_total=None)
"""Without what takes lineages, which `blind` cannot tell."""


class Decided(NamedTuple):
    """One act's fate."""

    verdict: Verdict
    hop: int | None
    """What its first reader is shown; None where it was refused."""


def decisions(mode: Mode, seed: int, acts: int = 300) -> Iterator[Decided]:
    """Random acts, the same for every mode that decides the same: originals, forwards, and acts that are too large."""
    draw = random.Random(seed)
    bench = Bench(mode, Company(range(PEOPLE), GROUPS))
    for act in range(acts):
        user = draw.randrange(PEOPLE)
        others = [other for other in range(PEOPLE) if other != user]
        chats = draw.sample(others, draw.choice((1, 1, 2, 3, 4)))
        chats += [chat(at) for at, members in enumerate(GROUPS) if user in members][
            : draw.randrange(3)
        ]
        bench.now += draw.choice((0, 0, 1, 5, REFILL_TICKS))
        held = bench.apps[user].shown
        if held and draw.random() < 0.8:
            verdict = bench.forward(user, held[draw.randrange(len(held))], *chats)
        else:
            verdict = bench.original(user, b"text %d" % act, *chats)
        hop = bench.last(chats[0]).hop if verdict.allowed and chats[0] >= 0 else None
        assert hop is None or hop <= HOP_MAX
        yield Decided(verdict, hop)
