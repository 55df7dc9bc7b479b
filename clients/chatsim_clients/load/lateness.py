"""How much of a latency the generator made: it counts from the intended time, whatever sent later than that."""

from __future__ import annotations

from chatsim.units import latency_text
from chatsim_clients.load.percentiles import percentile
from chatsim_clients.load.quantities import measured, recorded, worst_p99
from chatsim_clients.load.result import GENERATOR_LAG_MS_MAX, LoadResult, Measure, Second

SIZEABLE = 1 / 3
"""Of a latency that is stated; where the lag is less, it is not worth a word."""
MICROSECONDS_PER_MILLISECOND = 1_000.0


def of_second(second: Second) -> str:
    """A clause for a sentence that states the p99 of a second; empty where the generator was in time."""
    return _clause(second.delivery_p99, second.generator_lag_ms)


def of_whole(result: LoadResult) -> str:
    """The same for the p99 of the whole load, which the seconds that are at least as slow make."""
    if Measure.DELIVERY not in recorded(result):
        return ""
    p99 = percentile(result.histograms[Measure.DELIVERY], 99)
    slow = (each.generator_lag_ms for each in measured(result) if each.delivery_p99 >= p99)
    return _clause(p99, max(slow, default=0.0))


def _clause(p99: float, lag_ms: float) -> str:
    lag = lag_ms * MICROSECONDS_PER_MILLISECOND
    if not p99 or lag < SIZEABLE * p99:
        return ""
    return f", of which the generator's own lateness explains up to {latency_text(min(lag, p99))}"


def caution(result: LoadResult) -> tuple[str, ...]:
    """One sentence where the slowest second may be the generator's and not the server's."""
    second = worst_p99(result)
    if second is None or second.generator_lag_ms <= GENERATOR_LAG_MS_MAX or not of_second(second):
        return ()
    told = (
        f"In the slowest second, {second.second} s after the start, 99 % of the deliveries took at most "
        f"{latency_text(second.delivery_p99)}{of_second(second)}: more workers or cores would tell "
        "what the server's part is."
    )
    return (told,)
