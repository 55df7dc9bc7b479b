"""`--share auto`: a share probability at which a rumour can break out, but need not."""

from __future__ import annotations

from collections.abc import Callable

import attrs
from attrs import define, field

from chatsim.errors import ConfigurationError
from chatsim.study.scenario import Scenario

AIM = (0.4, 0.8)
"""The share of uncapped runs that should break out: within what is accepted, with room for chance."""
ACCEPTED = (0.3, 0.9)
"""Outside of it a study has little to tell policies apart by."""
PERCENT_MIN = 2
PERCENT_MAX = 100


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
    """A share probability in whole percent at which `breaks_out`, the share of runs that do, meets the aim.

    Bisection from `start`, in which no share is tried twice; where the aim lies between two neighbours, the nearer of
    all that were tried. Raises ConfigurationError where even that is outside of what is accepted.
    """
    search = _Search(breaks_out)
    search.bisect(min(max(round(100 * start), PERCENT_MIN), PERCENT_MAX))
    percent = min(search.found, key=lambda each: (_distance(search.found[each]), each))
    if ACCEPTED[0] <= search.found[percent] <= ACCEPTED[1]:
        return percent / 100
    raise ConfigurationError(search.refusal())


def _distance(outbreaks: float) -> float:
    return max(AIM[0] - outbreaks, outbreaks - AIM[1], 0.0)


@define(eq=False)
class _Search:
    breaks_out: Callable[[float], float]
    found: dict[int, float] = field(factory=dict)
    """The share of runs that broke out, by percent tried."""

    def bisect(self, percent: int) -> None:
        """Fill `found` until the aim is met or nothing is left to try."""
        # Below `low` it breaks out too rarely, above `high` too often: more sharing never makes fewer outbreaks but
        # by chance.
        low, high = PERCENT_MIN, PERCENT_MAX
        while low <= high:
            outbreaks = self.found[percent] = self.breaks_out(percent / 100)
            if _distance(outbreaks) == 0.0:
                return
            if outbreaks < AIM[0]:
                low = percent + 1
            else:
                high = percent - 1
            percent = (low + high + 1) // 2

    def refusal(self) -> str:
        """Why nothing that was tried will do."""
        wanted = "--share auto looks for 30 to 90 %"
        if self.found.get(PERCENT_MAX, 1.0) < ACCEPTED[0]:
            return (
                f"even if everybody passes it on (share 100 %), {_runs(self.found[PERCENT_MAX])}, and {wanted}: "
                "try a content that goes stale later (the scenario lasting, or half_life), or people with more contacts or groups"
            )
        if self.found.get(PERCENT_MIN, 0.0) > ACCEPTED[1]:
            return (
                f"even if 1 reader in 50 passes it on (share 2 %), {_runs(self.found[PERCENT_MIN])}, and {wanted}: "
                "try people with fewer contacts or groups, or a content that goes stale earlier (half_life)"
            )
        high = min(each for each, outbreaks in self.found.items() if outbreaks > ACCEPTED[1])
        low = max(each for each, outbreaks in self.found.items() if outbreaks < ACCEPTED[0])
        return (
            f"at a share of {low} % {_runs(self.found[low])}, at {high} % {_percent(self.found[high])} do, and {wanted}: "
            f"give a share yourself, such as --share {high}%"
        )


def _runs(outbreaks: float) -> str:
    return f"{_percent(outbreaks)} of uncapped runs with one originator break out"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
