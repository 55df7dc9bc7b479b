"""What is known of a figure after so many runs: means, chances and differences with their 95 % intervals."""

from __future__ import annotations

from attrs import frozen


@frozen
class Estimate:
    """A mean over runs and its 95 % interval; the interval is None when fewer than two runs carry it."""

    value: float
    low: float | None
    high: float | None

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero; False where there is no interval."""
        if self.low is None or self.high is None:
            return False
        return self.low > 0 or self.high < 0


@frozen
class Chance:
    """How often something happened: `count` of `runs`, with Wilson's 95 % interval of the chance (0 to 1)."""

    count: int
    runs: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share count / runs; 0 where there was no run."""
        return self.count / self.runs if self.runs else 0.0


@frozen
class Difference:
    """One policy's reach against uncapped, run by run on the same seeds."""

    absolute: Estimate
    """Mean of (reach under the policy - reach uncapped), in people; below zero where the policy slows the spread."""
    relative: Estimate
    """Mean reach under the policy / mean reach uncapped - 1; -0.38 is printed as "38 % fewer"."""
    flips: float
    """Share of runs in which the order of the two policies is the opposite of that of their means, 0 to 1."""

    @property
    def seen(self) -> bool:
        """False: no difference seen in this many runs (the absolute interval holds zero)."""
        return self.absolute.excludes_zero


@frozen
class HalfTime:
    """How long half of the uncapped reach of the same seed takes, censored at the end of the run.

    Counted are the runs whose uncapped control is a big outbreak; the others are left out. The median treats "never"
    (longer than the run) as the largest value; it is never a mean over the runs that got there.
    """

    median_seconds: float | None
    """Since the content's first post. None: the median run never gets there, or no run counts."""
    got_there: Chance
    """How many of the counted runs got there within the run."""
    left_out: int
    """Runs whose uncapped control is no big outbreak."""

    @property
    def never(self) -> int:
        """How many of the counted runs never got there."""
        return self.got_there.runs - self.got_there.count
