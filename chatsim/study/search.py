"""`--share auto`: a share probability at which a rumour can break out, but need not."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from chatsim.errors import ConfigurationError
from chatsim.study.scenario import Scenario

TARGET = (0.4, 0.8)
"""The share of uncapped runs that break out: within the 30 to 90 % that a study needs, with room for chance."""
BOUNDS = (0.02, 1.0)
STEPS = 10


def headline_content(scenario: Scenario) -> int:
    """The content that a study is about: the first harmful one, or the first."""
    harmful = [i for i, content in enumerate(scenario.contents) if content.harmful]
    return harmful[0] if harmful else 0


def with_share(scenario: Scenario, share: float) -> Scenario:
    """The scenario with another share probability of its headline content."""
    headline = headline_content(scenario)
    contents = tuple(
        attrs.evolve(content, share_probability=share) if i == headline else content
        for i, content in enumerate(scenario.contents)
    )
    return attrs.evolve(scenario, contents=contents)


def find_share(start: float, breaks_out: Callable[[float], float]) -> float:
    """A share probability, to two decimals, at which `breaks_out` (the share of runs) lies within the target.

    Bisection from `start`; more sharing never makes fewer outbreaks beyond chance. Raises ConfigurationError when even
    everybody's sharing breaks out too rarely, or the least too often.
    """
    low, high = BOUNDS
    share = min(max(start, low), high)
    best = (2.0, share, 0.0)
    for _ in range(STEPS):
        outbreaks = breaks_out(share)
        distance = max(TARGET[0] - outbreaks, outbreaks - TARGET[1], 0.0)
        best = min(best, (distance, share, outbreaks))
        if distance == 0.0:
            return share
        low, high = (share, high) if outbreaks < TARGET[0] else (low, share)
        # The ends themselves are tried before giving up.
        step = round((low + high) / 2, 2)
        share = step if low < step < high else (high if outbreaks < TARGET[0] else low)
        if best[1] == share and share in BOUNDS:
            break
    _, share, outbreaks = best
    if 0.3 <= outbreaks <= 0.9:
        return share
    message = (
        f"no share probability makes 30 to 90 % of uncapped runs break out; the nearest, {share:.2f}, "
        f"gives {outbreaks:.0%}: try more users, or a network with more contacts or groups"
    )
    raise ConfigurationError(message)
