"""What a study says beyond its table: the ranking, harm against price, other persistence, and why the runs ended."""

from __future__ import annotations

from attrs import frozen

from chatsim.study.estimates import Difference, Estimate


@frozen
class Step:
    """Two neighbours in the ranking, compared with one another and not with uncapped."""

    farther: str
    """The policy under which the headline content goes further, by name."""
    nearer: str
    difference: Difference | None
    """The nearer one's reach against the farther one's, paired; None where the farther one reaches nobody."""


@frozen
class Ranking:
    """All policies in the order of the headline content's mean reach, and how sure this order is."""

    policies: tuple[str, ...]
    """Names; under the first it goes furthest. Equal ones stand as asked for."""
    flips: float
    """Share of the resampled studies in which any two policies stand the other way round, 0 to 1."""
    steps: tuple[Step, ...]
    """One for each pair of neighbours."""


@frozen
class Tradeoff:
    """What one policy prevents, and what it costs."""

    policy: str
    prevented: Estimate
    """Harmful reach lost, relative to uncapped, of all harmful contents together: 0.18 is "18 % fewer"."""
    price: Estimate
    """In the frontier's unit."""
    beaten_by: str | None
    """The policy that prevents at least as much and costs at most as much, most surely; None: on the frontier."""
    beaten: float | None
    """Share of the resampled studies in which that policy is at least as good both ways, and better one way."""


@frozen
class Frontier:
    """Harm prevented against price, policy by policy but the control."""

    price: str
    """"harmless reach lost" (a share), or "chats held back per 100 forwards" where no content is harmless."""
    tradeoffs: tuple[Tradeoff, ...]
    sentence: str
    """Which policies are worth a look, and which cost more and prevent less than another."""


@frozen
class PolicyAnswer:
    """The headline content under one policy."""

    policy: str
    reach: Estimate
    against_uncapped: Difference | None
    """None for the control."""


@frozen
class PersistenceAnswer:
    """The answer at one chance that somebody who is held back tries again."""

    persistence: float
    policies: tuple[PolicyAnswer, ...]
    """In the order asked for, the control first."""


@frozen
class PersistenceAnswers:
    """The headline comparison if people who are held back tried again never, half the time or nearly always."""

    runs: int
    """Of each answer; the same run numbers everywhere, so that answers are comparable. 0: none were played."""
    answers: tuple[PersistenceAnswer, ...]
    sentence: str
    """What that changes, or why it was not played."""


@frozen
class Precision:
    """A study that went on until it knew the main difference well enough, or had run often enough."""

    wanted: float
    """Half the width of the 95 % interval of the relative difference, 0.02 is 2 percentage points."""
    reached: float | None
    """The same after the last run; None where there is no policy to compare."""
    policy: str | None
    """The policy whose difference from uncapped it is: the one under which the headline content reaches fewest."""
    runs_max: int
    looks: tuple[int, ...]
    """After how many runs somebody looked; the last one is the number of runs."""
    sentence: str

    @property
    def met(self) -> bool:
        """Whether the interval is as narrow as was asked for."""
        return self.reached is not None and self.reached <= self.wanted
