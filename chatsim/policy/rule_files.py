"""Rules beyond caps in TOML files: their tables, read and written.

cap_hour = "20 chats"        # at the top: forwards per person and hour of the clock
[friction]
abandon = "15 %"             # give up at the prompt
delay = "10 s"
from_hop = 1
[education]
coverage = "50 %"
factor = "80 %"              # of a harmful content's chance to be passed on
harmless_factor = "95 %"
[breaker]
copies = "2,000"
window = "1 h"
pause = "6 h"
[takedown]
complaints = 10
review = "24 h"
"""

from __future__ import annotations

from collections.abc import Sequence

from chatsim.policy.rules import Breaker, Education, Friction, Takedown
from chatsim.tomlfile import Table, Written
from chatsim.units import duration_text, read_count, read_share, read_whole_seconds, share_text

Lines = Sequence[tuple[str, Written]]


def friction_of(table: Table | None) -> Friction | None:
    """The prompt that a table describes."""
    if table is None:
        return None
    return table.build(
        Friction,
        abandon=table.take("abandon", read_share, 0.0),
        delay_seconds=table.take("delay", read_whole_seconds, 0),
        from_hop=table.take("from_hop", read_count, 0),
    )


def education_of(table: Table | None) -> Education | None:
    """The education that a table describes."""
    if table is None:
        return None
    default = Education()
    return table.build(
        Education,
        coverage=table.take("coverage", read_share, default.coverage),
        factor=table.take("factor", read_share, default.factor),
        harmless_factor=table.take("harmless_factor", read_share, default.harmless_factor),
    )


def breaker_of(table: Table | None) -> Breaker | None:
    """The circuit breaker that a table describes."""
    if table is None:
        return None
    return table.build(
        Breaker,
        copies=table.require("copies", read_count),
        window_seconds=table.require("window", read_whole_seconds),
        pause_seconds=table.require("pause", read_whole_seconds),
    )


def takedown_of(table: Table | None) -> Takedown | None:
    """The takedown that a table describes."""
    if table is None:
        return None
    return table.build(
        Takedown,
        complaints=table.require("complaints", read_count),
        review_seconds=table.require("review", read_whole_seconds),
    )


def rule_tables(
    friction: Friction | None,
    education: Education | None,
    breaker: Breaker | None,
    takedown: Takedown | None,
) -> list[tuple[str, Lines]]:
    """The tables of the rules that there are: names, and keys with what is written for them."""
    tables: list[tuple[str, Lines]] = []
    if friction is not None:
        delay = duration_text(friction.delay_seconds)
        lines: Lines = [("abandon", share_text(friction.abandon)), ("delay", delay)]
        tables.append(("friction", [*lines, ("from_hop", friction.from_hop)]))
    if education is not None:
        shares = (education.coverage, education.factor, education.harmless_factor)
        words = ("coverage", "factor", "harmless_factor")
        tables.append(("education", list(zip(words, map(share_text, shares), strict=True))))
    if breaker is not None:
        window, pause = map(duration_text, (breaker.window_seconds, breaker.pause_seconds))
        lines = [("copies", breaker.copies), ("window", window), ("pause", pause)]
        tables.append(("breaker", lines))
    if takedown is not None:
        review = duration_text(takedown.review_seconds)
        tables.append(("takedown", [("complaints", takedown.complaints), ("review", review)]))
    return tables
