"""What whoever reads a load must know first: the generator, sessions and messages that were not as planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from chatsim_clients.load.latencies import Counted, add, percentile
from chatsim_clients.load.result import BOTTLENECK, GENERATOR_CPU_MAX, GENERATOR_LAG_MS_MAX
from chatsim_clients.load.sharing import Closed, Entered

ENDINGS_MAX = 8
"""Reasons why sessions ended that are told."""


def of_generator(
    closed: Collection[Closed], busiest: Sequence[float], *, sealed: bool = False
) -> Iterator[str]:
    """Where the load measured itself; `busiest` is, second by second, the busiest worker's share of its core.

    `sealed`: sealing and opening bodies is part of its work.
    """
    besides = "; it seals and opens all bodies" if sealed else ""
    lags: Counted = {}
    for each in closed:
        add(lags, each.lags)
    lag = percentile(lags, 99) / 1_000
    if lag > GENERATOR_LAG_MS_MAX:
        yield (
            f"{BOTTLENECK}: 1 % of the messages left more than {lag:,.0f} ms later than intended "
            f"(bound {GENERATOR_LAG_MS_MAX:.0f} ms); more workers or cores would help{besides}."
        )
    busy = sorted(busiest)
    if busy and busy[len(busy) // 2] > GENERATOR_CPU_MAX:
        yield (
            f"{BOTTLENECK}: its busiest worker used {busy[len(busy) // 2]:.0%} of a core "
            f"(bound {GENERATOR_CPU_MAX:.0%}); more workers or cores would help{besides}."
        )


def of_sessions(entered: Collection[Entered], closed: Collection[Closed]) -> Iterator[str]:
    """Logins that failed, and sessions that ended by themselves."""
    missing = sum(each.missing for each in entered)
    if missing:
        yield f"{missing:,} sessions could not log in before the load began."
    endings: Counter[str] = Counter()
    for each in closed:
        endings.update(each.books.counts.endings)
    for why, times in endings.most_common(ENDINGS_MAX):
        yield f"{times:,} sessions ended: {why}."


def of_messages(closed: Collection[Closed], unsanctioned: int, dropped: int) -> Iterator[str]:
    """Copies that nobody should have had, and messages of a trace that were left out."""
    counts = (
        (
            sum(each.books.counts.strays for each in closed),
            "copies of no message of this load arrived",
        ),
        (unsanctioned, "refused messages were delivered"),
        (dropped, "messages to oneself were left out"),
    )
    for number, what in counts:
        if number:
            yield f"{number:,} {what}."
