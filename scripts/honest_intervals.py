"""How often do the 95 % intervals of small studies cover the truth?

    python scripts/honest_intervals.py

The truth is known because it is made: many runs of the default study among few people are the process, and its means
are exact. Small studies of 20 and of 40 runs draw their runs from it, and each asks for every interval that a summary
prints. A study with a precision draws runs until its rule says that it has enough. Beside them, the percentile
bootstrap of the same studies. Writes honest_intervals.md into --out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import numpy as np
from attrs import define

from chatsim.errors import ChatsimError
from chatsim.study import precision, statistics
from chatsim.study.analysis import outbreak_reach
from chatsim.study.estimates import Chance, Estimate
from machine import machine
from pooled_runs import Figures, Pool, pooled
from recording import record

POLICIES = (
    "uncapped",
    "label-only",
    "whatsapp-2019-01",
    "whatsapp-latest",
    "cap-1",
)
CONTROL, STRICT = POLICIES[0], POLICIES[-1]
SIZES = (20, 40)
AT_LEAST, AT_MOST = 0.92, 0.98

Interval = tuple[float, float]
Runs = np.ndarray[tuple[int], np.dtype[np.int64]]


@define(eq=False, frozen=True)
class Question:
    """One figure of a summary: its truth, and the interval that the runs of a small study give."""

    name: str
    truth: float
    interval: Callable[[Runs], Interval]
    percentile: Callable[[Runs], Interval] | None = None
    """What the percentile bootstrap gives."""


def bounds(estimate: Estimate | Chance | None) -> Interval:
    """The ends of an interval that there must be."""
    if estimate is None or estimate.low is None or estimate.high is None:
        message = "a small study gave no interval"
        raise ValueError(message)
    return estimate.low, estimate.high


def percentile(above: Figures, below: Figures) -> Interval:
    """The percentile bootstrap of a ratio of means."""
    generator = np.random.default_rng(1)
    weights = generator.multinomial(len(above), np.full(len(above), 1 / len(above)), size=1_000)
    low, high = np.quantile((weights @ above) / (weights @ below), [0.025, 0.975])
    return float(low), float(high)


def level(name: str, reach: Figures, originators: int) -> Question:
    """Mean reach."""
    return Question(
        name,
        float(reach.mean()),
        lambda runs: bounds(statistics.mean(reach[runs], float(originators))),
        lambda runs: percentile(reach[runs], np.ones(len(runs))),
    )


def loss(name: str, ours: Figures, control: Figures) -> Question:
    """A relative difference, paired."""

    def interval(runs: Runs) -> Interval:
        against = statistics.difference(ours[runs], control[runs])
        return bounds(None if against is None else against.relative)

    return Question(
        name,
        float(ours.mean() / control.mean() - 1.0),
        interval,
        lambda runs: tuple(end - 1.0 for end in percentile(ours[runs], control[runs])),  # type: ignore[arg-type, return-value]
    )


def outbreak(name: str, reach: Figures, enough: int) -> Question:
    """A chance, with Wilson's interval."""
    broke_out = reach >= enough
    return Question(
        name,
        float(broke_out.mean()),
        lambda runs: bounds(statistics.chance(int(broke_out[runs].sum()), len(runs))),
    )


def questions(pool: Pool, users: int) -> list[Question]:
    """Everything that a summary says of the headline with an interval, and the loss of harmless reach."""
    originators = pool.scenario.originators_among(users)
    headline, joke = 0, 1
    asked = [
        level(f"people reached, {name}", pool.reach[name][headline], originators)
        for name in (CONTROL, "whatsapp-latest", STRICT)
    ]
    for content, what in ((headline, "against uncapped"), (joke, "harmless reach lost")):
        for name in POLICIES[1:]:
            ours, control = pool.reach[name][content], pool.reach[CONTROL][content]
            asked.append(loss(f"{what}, {name}", ours, control))
    neighbours = pool.reach["whatsapp-latest"][headline], pool.reach["whatsapp-2019-01"][headline]
    asked.append(loss("whatsapp-latest against whatsapp-2019-01", *neighbours))
    enough = outbreak_reach(users)
    for name in (CONTROL, STRICT):
        reach = pool.single_reach[name][headline]
        asked.append(outbreak(f"chance of a big outbreak (Wilson), {name}", reach, enough))
    return asked


def coverage(
    truth: float, interval: Callable[[Runs], Interval], studies: Sequence[Runs]
) -> tuple[float, float]:
    """How often the interval of a study holds the truth, and how wide it is on average."""
    ends = np.array([interval(runs) for runs in studies])
    # A truth on the bound counts, whatever its last bit.
    inside = (ends[:, 0] <= truth + 1e-12) & (ends[:, 1] >= truth - 1e-12)
    return float(inside.mean()), float((ends[:, 1] - ends[:, 0]).mean())


def stopped(pool: Pool, wanted: float, generator: np.random.Generator) -> tuple[bool, int]:
    """One study with a precision: whether its last interval holds the truth, and after how many runs it ended."""
    reach = {name: pool.reach[name][0] for name in (CONTROL, "whatsapp-latest")}
    control, ours = reach.values()
    truth = float(ours.mean() / control.mean() - 1.0)
    drawn = generator.integers(0, len(control), precision.RUNS_MAX)
    for runs in precision.looks(precision.RUNS_MAX):
        taken = precision.look({name: each[drawn[:runs]] for name, each in reach.items()})
        if precision.is_last(taken, wanted, precision.RUNS_MAX):
            break
    low, high = bounds_of(ours[drawn[:runs]], control[drawn[:runs]])
    return low <= truth <= high, runs


def bounds_of(ours: Figures, control: Figures) -> Interval:
    """The interval of a relative difference."""
    against = statistics.difference(ours, control)
    return bounds(None if against is None else against.relative)


def verdict(share: float) -> str:
    """Whether a coverage is what 95 % may be."""
    return "" if AT_LEAST <= share <= AT_MOST else "too seldom" if share < AT_LEAST else "wide"


def rows(pool: Pool, users: int, studies: int) -> list[str]:
    """A line for each figure and size of study."""
    generator = np.random.default_rng(2019)
    lines = [
        "| figure | runs | 95 % interval covers | | percentile bootstrap covers | width against it |",
        "|---|---:|---:|---|---:|---:|",
    ]
    for runs in SIZES:
        drawn = [generator.integers(0, pool.scenario.runs, runs) for _ in range(studies)]
        for each in questions(pool, users):
            share, width = coverage(each.truth, each.interval, drawn)
            theirs = "| |"
            if each.percentile is not None:
                other, narrow = coverage(each.truth, each.percentile, drawn)
                theirs = f"| {100 * other:.1f} % | {width / narrow:.2f} |"
            lines.append(
                f"| {each.name} | {runs} | {100 * share:.1f} % | {verdict(share)} {theirs}"
            )
    return lines


def stopping_rows(pool: Pool, wanted: Sequence[float], studies: int) -> list[str]:
    """A line for each precision."""
    generator = np.random.default_rng(2020)
    lines = ["| --precision | 95 % interval covers | | runs: median, most |", "|---|---:|---|---|"]
    for share in wanted:
        ended = [stopped(pool, share, generator) for _ in range(studies)]
        covered = float(np.mean([inside for inside, _ in ended]))
        runs = [each for _, each in ended]
        lines.append(
            f"| {100 * share:g} % | {100 * covered:.1f} % | {verdict(covered)} "
            f"| {np.median(runs):,.0f}, {max(runs):,} |"
        )
    return lines


@click.command()
@click.option("--users", default=1_000, show_default=True)
@click.option("--pool", "pool_runs", default=6_000, show_default=True, help="Runs of the process.")
@click.option("--studies", default=400, show_default=True, help="Small studies of each size.")
@click.option("--precision", "wanted", type=float, multiple=True, default=(0.05, 0.03))
@click.option(
    "--stopped", "stopped_studies", default=200, show_default=True, help="With a precision."
)
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
def main(
    *,
    users: int,
    pool_runs: int,
    studies: int,
    wanted: Sequence[float],
    stopped_studies: int,
    out: Path,
) -> None:
    """Count, print and write."""
    pool = pooled(users, POLICIES, pool_runs)
    lines = [
        "# How often the 95 % intervals cover the truth",
        "",
        *(__doc__ or "").partition("\n\n")[2].rstrip().splitlines(),
        "",
        f"{machine()}. {pool_runs:,} runs among {users:,} people are the process; {studies:,} studies of each size.",
        (
            f"Asked for is {100 * AT_LEAST:.0f} to {100 * AT_MOST:.0f} %; the count itself is known within "
            f"{196 * (0.95 * 0.05 / studies) ** 0.5:.1f} points."
        ),
        "",
        *rows(pool, users, studies),
        "",
        "## With a precision",
        "",
        f"whatsapp-latest against uncapped, {stopped_studies:,} studies each, at most {precision.RUNS_MAX:,} runs.",
        "",
        *stopping_rows(pool, wanted, stopped_studies),
        "",
        "The median time until half as far has no interval; the share of runs that got there has Wilson's.",
        "",
    ]
    record(lines, out, "honest_intervals.md")


if __name__ == "__main__":
    try:
        main()
    except ChatsimError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
