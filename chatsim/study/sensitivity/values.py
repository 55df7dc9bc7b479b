"""What a sensitivity analysis found, as frozen values: what its page, its table and `sensitivity.json` say.

A *combination* is one set of values for all assumptions; it is played under two policies and uncapped, on the same
people's draws in every combination. The *gap* is how many more people are reached under the first policy than under the
second, as a share of those reached uncapped: above zero the second policy is the stricter one.
"""

from __future__ import annotations

import enum

from attrs import frozen

from chatsim.study.manifest import Version
from chatsim.study.summary import Estimate


class Scale(enum.StrEnum):
    """How values lie between the two ends of a range."""

    LINEAR = "linear"
    LOG = "log"


class Method(enum.StrEnum):
    """How combinations are chosen and read."""

    MORRIS = "morris"
    SOBOL = "sobol"


class Stricter(enum.StrEnum):
    """Under which of two policies fewer people were reached, beyond chance between runs."""

    FIRST = "first"
    SECOND = "second"
    UNDECIDED = "undecided"
    """The paired interval of the gap holds zero."""
    NOTHING = "nothing to compare"
    """Uncapped, too few runs broke out."""

    @property
    def other(self) -> Stricter:
        """The other policy of two; of neither, itself."""
        match self:
            case Stricter.FIRST:
                return Stricter.SECOND
            case Stricter.SECOND:
                return Stricter.FIRST
            case Stricter.UNDECIDED | Stricter.NOTHING:
                return self


class Role(enum.StrEnum):
    """Why a combination was played."""

    BASE = "base"
    """Everything as the scenario has it."""
    LOW = "low"
    """One factor at its low end, the others as the scenario has them."""
    HIGH = "high"
    PLAN = "plan"
    """Chosen by the method's plan: all factors differ at once."""


@frozen
class PolicyName:
    """One of the two policies."""

    name: str
    title: str
    chats_at_a_time: str


@frozen
class FactorRange:
    """One assumption, and the range in which it was varied."""

    name: str
    """As in a scenario file."""
    title: str
    meaning: str
    """In plain words."""
    scale: Scale
    base: float | None
    """What the scenario has; None: without limit, such as "never stale"."""
    low: float
    high: float
    base_text: str
    low_text: str
    high_text: str
    source: str
    """Of the range."""


@frozen
class Combination:
    """One combination of assumptions, and what it gave."""

    number: int
    role: Role
    factor: str
    """Which one is at an end; empty where none alone is."""
    values: tuple[float | None, ...]
    """By factor."""
    reach: tuple[float, float, float]
    """Mean people reached by the headline content: uncapped, under the first policy, under the second."""
    breaks_out: float
    """Share of the uncapped runs that are big outbreaks."""
    against: tuple[Estimate, Estimate]
    """Reach under each policy against uncapped: -0.2 is "20 % fewer"."""
    gap: Estimate
    harmless_lost: tuple[Estimate, Estimate] | None
    """Share of the harmless contents' reach that each policy takes; None where all contents are harmful."""
    stricter: Stricter


@frozen
class End:
    """One factor at one end of its range, the others as the scenario has them."""

    value: str
    gap: Estimate
    change: Estimate
    """Of the gap, from the scenario's own value to this one, paired on the same runs."""
    stricter: Stricter


@frozen
class Swing:
    """What one factor alone does to the gap."""

    factor: str
    title: str
    low: End
    high: End

    @property
    def seen(self) -> bool:
        """False: chance between runs may explain what either end changes."""
        return self.low.change.excludes_zero or self.high.change.excludes_zero

    @property
    def width(self) -> float:
        """How far apart the gaps at both ends and at the scenario's own value are."""
        changes = (0.0, self.low.change.value, self.high.change.value)
        return max(changes) - min(changes)


@frozen
class MorrisIndex:
    """Elementary effects of one factor on the gap: changes over its whole range, the others anywhere in theirs."""

    factor: str
    title: str
    mu_star: float
    """Mean size of the effect, whatever its sign (Campolongo et al. 2007)."""
    mu_star_confidence: float
    """Half the width of its 95 % interval over the trajectories."""
    mu: float
    """Mean effect: near `mu_star` where a higher value always moves the gap the same way."""
    sigma: float
    """Spread of the effect: large where it depends on the other factors, or on where in its range the factor is."""


@frozen
class SobolIndex:
    """Shares of the gap's variance that one factor explains, with half the widths of their 95 % intervals."""

    factor: str
    title: str
    first_order: float
    """Alone."""
    first_order_confidence: float
    total: float
    """Together with all others."""
    total_confidence: float


@frozen
class Counts:
    """In how many combinations which policy was the stricter one."""

    first: int
    second: int
    undecided: int
    nothing: int

    @property
    def compared(self) -> int:
        """Combinations in which there was something to compare."""
        return self.first + self.second + self.undecided

    @property
    def all(self) -> int:
        """Every combination."""
        return self.compared + self.nothing


@frozen
class Condition:
    """A bound on one factor that nine flips in ten keep, and few other combinations."""

    factor: str
    text: str
    """Such as "persistence of 60 % or more"."""


@frozen
class Flip:
    """One combination in which the ranking is the other way round."""

    number: int
    """Of the combination."""
    gap: Estimate
    values: tuple[str, ...]
    """Of all factors, in their order."""


@frozen
class Flips:
    """Where the policy that is usually the laxer one is the stricter one."""

    usually: Stricter
    """The stricter policy in most combinations that decide; undecided where none does."""
    count: int
    unconfirmed: int
    """Combinations that looked like a flip and did not with new runs: chance, counted as undecided."""
    conditions: tuple[Condition, ...]
    """What all flips have in common and few others have; empty where nothing sets them apart."""
    meeting: int
    """Combinations to compare that meet all conditions."""
    meeting_flips: int
    """How many of them flip."""
    strongest: tuple[Flip, ...]
    """At most ten, the clearest first."""


@frozen
class Sensitivity:
    """What was found; two equal commands give equal values."""

    format_version: int
    command: str
    scenario: str
    """The whole scenario as TOML."""
    setting: str
    """What was played, in one sentence."""
    headline: str
    """The content that the gap is about."""
    first: PolicyName
    second: PolicyName
    method: Method
    size: int
    """Trajectories (Morris), or samples (Sobol)."""
    runs: int
    users: int
    outbreak_reach: int
    """From how many people reached on a run is a big outbreak."""
    seed: int
    backend: str
    factors: tuple[FactorRange, ...]
    left_out: tuple[str, ...]
    """Names of parameters that do not act in this scenario under these policies."""
    base: Combination
    swings: tuple[Swing, ...]
    """By factor, the widest first."""
    chance: float
    """Half the width of the gap's interval in the middle combination: what chance between runs does to a gap."""
    gap_low: float
    """The smallest gap of all combinations with something to compare."""
    gap_high: float
    counts: Counts
    flips: Flips
    morris: tuple[MorrisIndex, ...]
    """The most important first; empty under Sobol."""
    sobol: tuple[SobolIndex, ...]
    title: str
    answer: tuple[str, ...]
    weakness: tuple[str, ...]
    """Why the analysis says little, and what to try; empty where it says enough."""
    versions: tuple[Version, ...]
