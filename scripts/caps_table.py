"""What a sweep of caps found, one row per scale and cap: the table of `caps_slow_spread.py`."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import polars as pl
from attrs import frozen

from chatsim.study.sentences import half_time_text
from chatsim.study.summary import ContentResult, Estimate, Summary
from large_runs import Cost

CONTROL = "no cap"
SHORT = ((10**9, "B"), (10**6, "M"), (10**3, "k"))


@frozen
class Scale:
    """One scale, played."""

    name: str
    """Such as "campus"."""
    title: str
    """Such as "A campus"."""
    way: str
    """How it was played: "over sockets"."""
    summary: Summary
    """Of the control and the caps."""
    costs: tuple[tuple[Cost, ...], ...] = ()
    """By policy, in the summary's order, then by run; empty where nobody measured."""
    set_up_seconds: float | None = None
    """That the people took, once for all runs."""

    @property
    def caps(self) -> list[tuple[str, ContentResult, tuple[Cost, ...]]]:
        """Each cap, what it did and what its runs took; in the order asked for, no cap last."""
        policies = self.summary.policies
        costs = self.costs or ((),) * len(policies)
        names = [CONTROL, *(policy.name.removeprefix("cap-") for policy in policies[1:])]
        found = [self.summary.headline(policy.name) for policy in policies]
        rows = list(zip(names, found, costs, strict=True))
        return [*rows[1:], rows[0]]


def table(scales: Sequence[Scale]) -> pl.DataFrame:
    """Means with their 95 % bounds, empty for a single run; seconds, empty for never; the peak of the highest run."""
    return pl.DataFrame(
        [_row(scale, cap, result, costs) for scale in scales for cap, result, costs in scale.caps],
        infer_schema_length=None,
    )


def _row(
    scale: Scale, cap: str, result: ContentResult, costs: Sequence[Cost]
) -> dict[str, str | float | None]:
    study, reach, half = scale.summary.study, result.reach, result.half_time
    peaks = [cost.peak_bytes for cost in costs if cost.peak_bytes is not None]
    bounds = [None if each is None else each / study.users for each in (reach.low, reach.high)]
    return {
        "scale": scale.name,
        "population": study.population,
        "users": study.users,
        "runs": study.runs,
        "cap": cap,
        "reach": reach.value,
        "reach_share": reach.value / study.users,
        "reach_share_low": bounds[0],
        "reach_share_high": bounds[1],
        "half_time_seconds": half.median_seconds,
        "half_time_runs": half.got_there.runs,
        "got_half_as_far": half.got_there.count,
        "copies": result.copies.value,
        "copies_per_person": result.copies.value / study.users,
        "held_back_per_100": held.value if (held := result.held_back_per_100) else None,
        "big_outbreaks": result.outbreaks.count if result.outbreaks.runs else None,
        "outbreak_runs": result.outbreaks.runs,
        "seconds_per_run": fmean(cost.seconds for cost in costs) if costs else None,
        "peak_bytes": max(peaks, default=None),
    }


HEAD = (
    "Scale",
    "Chats at a time",
    "People reached (95 %)",
    "Half as far takes",
    "Copies",
    "Seconds a run",
    "Peak GiB",
)


def lines(scales: Sequence[Scale]) -> list[str]:
    """The table for people, as markdown, below a sentence for each scale; a column that says nothing is left out."""
    rows = [HEAD]
    for scale in scales:
        users = scale.summary.study.users
        for cap, result, costs in scale.caps:
            peaks = [cost.peak_bytes for cost in costs if cost.peak_bytes is not None]
            rows.append(
                (
                    scale.name,
                    cap,
                    share_text(result.reach, users),
                    half_time_text(result.half_time),
                    short(result.copies.value),
                    f"{fmean(cost.seconds for cost in costs):.3g}" if costs else "",
                    f"{max(peaks) / 2**30:.1f}" if peaks else "",
                )
            )
    columns = [column for column in zip(*rows, strict=True) if any(column[1:])]
    widths = [max(map(len, column)) for column in columns]
    written = [
        "| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |"
        for row in zip(*columns, strict=True)
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return [*map(sentence, scales), "", written[0], rule, *written[1:]]


def sentence(scale: Scale) -> str:
    """What was played, and how."""
    seconds = scale.set_up_seconds
    set_up = "" if seconds is None else f" (people set up in {seconds:.1f} s)"
    return f"{scale.title}: {scale.summary.study.sentence}, {scale.way}{set_up}."


def share_text(reach: Estimate, users: int) -> str:
    """The share reached and its interval: "44.1 % (29.0 to 56.3 %)", or "44.1 % (n/a)" of a single run."""
    share = f"{reach.value / users:.1%}".replace("%", " %")
    if reach.low is None or reach.high is None:
        return f"{share} (n/a)"
    return f"{share} ({100 * reach.low / users:.1f} to {100 * reach.high / users:.1f} %)"


def short(count: float) -> str:
    """A number in three digits: 52,345 -> "52.3k"."""
    for size, unit in SHORT:
        # Rounded first, so that 999,999 is 1.00M and not 1000k.
        if float(f"{count:.3g}") >= size:
            return f"{count / size:#.3g}".removesuffix(".") + unit
    return f"{count:.3g}"
