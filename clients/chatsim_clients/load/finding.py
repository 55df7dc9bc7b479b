"""The highest rate at which a server keeps its goals: doubling until it does not, then bisection."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import evolve, frozen

from chatsim.errors import ConfigurationError
from chatsim.units import latency_text
from chatsim_clients.load.asserting import Assertion, judged
from chatsim_clients.load.parts import Open, seconds_of
from chatsim_clients.load.plan import LoadPlan
from chatsim_clients.load.quantities import latency, rate_text
from chatsim_clients.load.result import BOTTLENECK, LoadResult, Measure

PROBES_MAX = 20
INTERVAL = 1.05
"""The search ends where the lowest rate that failed is at most so many times the highest that passed."""
DELIVERED_MIN = 0.99
"""Of what was offered, or the server does not carry that rate, however quick the rest was."""
RATE_MIN = 1.0
FORMAT_VERSION = 1


@frozen
class Probe:
    """One load of the search."""

    rate: float
    """Messages a second, as asked for."""
    delivered_rate: float
    delivery_p99: float | None
    """Microseconds; None where nothing arrived."""
    failures: tuple[str, ...]
    """Why it does not count as kept; empty where it does."""

    @property
    def passes(self) -> bool:
        return not self.failures

    @property
    def sentence(self) -> str:
        """The probe in a line."""
        p99 = (
            "nothing arrived"
            if self.delivery_p99 is None
            else f"p99 {latency_text(self.delivery_p99)}"
        )
        found = "passes" if self.passes else f"fails: {'; '.join(self.failures)}"
        return f"{rate_text(self.rate)} a second: {p99}, {found}"


@frozen
class Found:
    """The answer of a search and how it came about; `probes.json` holds it."""

    format_version: int
    goals: tuple[str, ...]
    rate: float | None
    """The highest that passed; None where none did."""
    failed: float | None
    """The lowest above it that failed; None where none did."""
    interrupted: bool
    probes: tuple[Probe, ...]

    @property
    def sentence(self) -> str:
        """The answer."""
        goals = " and ".join(self.goals)
        count = f"{len(self.probes)} probes"
        stopped = "; the search was interrupted" if self.interrupted else ""
        if self.rate is None:
            return f"No rate that was tried keeps {goals} ({count}{stopped})."
        if self.failed is None:
            return f"{rate_text(self.rate)} messages a second keep {goals}, and no limit was met ({count}{stopped})."
        return (
            f"{rate_text(self.rate)} messages a second keep {goals}; {rate_text(self.failed)} do not "
            f"({count}{stopped})."
        )


Play = Callable[[LoadPlan], LoadResult]


def find_max(
    plan: LoadPlan,
    goals: Sequence[Assertion],
    play: Play,
    on_probe: Callable[[Probe], None] = lambda _: None,
) -> tuple[Found, LoadResult | None]:
    """The answer, and the load of the highest rate that passed. Each probe is a whole load with its own warm-up.

    Raises ConfigurationError for a workload without a rate.
    """
    if not isinstance(plan.workload, Open):
        raise ConfigurationError(
            "a search for the highest rate takes an open workload: give --rate, or nothing"
        )
    probes: list[Probe] = []
    best: LoadResult | None = None
    low: float | None = None
    high: float | None = None
    rate: float | None = plan.workload.rate
    interrupted = False
    while rate is not None and len(probes) < PROBES_MAX and not interrupted:
        result = play(evolve(plan, workload=evolve(plan.workload, rate=rate)))
        cut = result.measured_seconds < 0.99 * seconds_of(plan.stages)
        interrupted = cut and not result.server_lost
        if interrupted:
            break
        probe = Probe(rate, result.delivered_rate, _p99(result), failures(result, goals))
        probes.append(probe)
        on_probe(probe)
        if probe.passes:
            low, best = rate, result
        else:
            high = rate
        rate = following(low, high)
    texts = tuple(goal.text for goal in goals)
    return Found(FORMAT_VERSION, texts, low, high, interrupted, tuple(probes)), best


_p99 = latency(Measure.DELIVERY, "p99")


def following(low: float | None, high: float | None) -> float | None:
    """The rate to try next, between the highest that passed and the lowest that failed; None: the search is over."""
    match low, high:
        case None, None:
            return None
        case None, float(failed):
            return failed / 2 if failed / 2 >= RATE_MIN else None
        case float(passed), None:
            return 2 * passed
        case float(passed), float(failed):
            return None if failed <= INTERVAL * passed else (passed + failed) / 2
    return None


def failures(result: LoadResult, goals: Sequence[Assertion]) -> tuple[str, ...]:
    """Why a load does not keep its goals, or cannot be trusted to."""
    accounts = result.accounts
    found = [
        f"{each.assertion.text} does not hold ({each.value_text})"
        for each in judged(goals, result)
        if not each.holds
    ]
    if accounts.lost:
        found.append(f"{accounts.lost:,} lost")
    if accounts.unsent:
        found.append(f"{accounts.unsent:,} never sent")
    if result.server_lost:
        found.append("the server was lost")
    due = result.offered_rate * accounts.expected / accounts.sent if accounts.sent else 0.0
    if result.delivered_rate < DELIVERED_MIN * due or not accounts.sent:
        found.append(
            f"only {rate_text(result.delivered_rate)} of {rate_text(due)} due a second arrived"
        )
    if any(warning.startswith(BOTTLENECK) for warning in result.warnings):
        found.append("the generator was the bottleneck, so that the server may carry more")
    return tuple(found)
