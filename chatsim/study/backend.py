"""What a backend is: something that plays one run of a scenario under one policy."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from attrs import frozen

from chatsim.cascade.measures import RunMeasures, imbalances
from chatsim.cascade.values import RunOutcome
from chatsim.errors import RunError
from chatsim.policy import Policy
from chatsim.study.ruling import measured
from chatsim.study.scenario import Scenario


@frozen
class RunPlan:
    """One run: its number (a word of every draw's counter) and how many originators each content has."""

    run: int
    originators: int


@frozen
class Carried:
    """What the server carried for one policy over `tcp`. CPU is the server process's own."""

    copies: int
    cpu_seconds: float
    bytes_in: int
    bytes_out: int
    mailbox_peak: int
    """The most copies that one device had not acknowledged at one time."""

    def __add__(self, other: Carried) -> Carried:
        """Both together; the peak is the higher."""
        return Carried(
            copies=self.copies + other.copies,
            cpu_seconds=self.cpu_seconds + other.cpu_seconds,
            bytes_in=self.bytes_in + other.bytes_in,
            bytes_out=self.bytes_out + other.bytes_out,
            mailbox_peak=max(self.mailbox_peak, other.mailbox_peak),
        )


class Backend(Protocol):
    """Plays runs of one scenario, population and policy; a context manager, because `tcp` owns a server process."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    def play(self, policy: Policy, plan: RunPlan) -> RunOutcome:
        """One run under `policy`, with everybody's first copy and deeds."""
        ...

    def tally(self, policy: Policy, plan: RunPlan) -> tuple[RunMeasures, ...]:
        """The same run as its measures by content, without the tree; its books balance."""
        ...

    @property
    def carried(self) -> Carried | None:
        """What the server carried so far; None where no server ran."""
        ...


def balanced(outcome: RunOutcome) -> RunOutcome:
    """The outcome, if its books balance; RunError if they do not."""
    for content in outcome.contents:
        wrong = imbalances(content)
        if wrong:
            message = f"the books of a run do not balance: {'; '.join(wrong)}"
            raise RunError(message)
    return outcome


def tallied(
    outcome: RunOutcome, scenario: Scenario, policy: Policy, run: int
) -> tuple[RunMeasures, ...]:
    """What `Backend.tally` gives, from a run that was played with its tree."""
    return measured(balanced(outcome), scenario, policy, run, tree=False)
