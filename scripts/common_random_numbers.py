"""By which factor do common random numbers cut the runs needed to know a difference?

    python scripts/common_random_numbers.py

Every policy meets the same people, originators and coins, so that run k under one policy and run k under another differ
by the policy alone. Two policies with seeds of their own would need as many times more runs for the same width of the
interval as the variance of an unpaired difference is greater than that of a paired one; here it is the relative
difference of the rumour's reach from uncapped. Bounds are 95 %, from resampled runs. Writes common_random_numbers.md
into --out.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click
import numpy as np

from chatsim.errors import ChatsimError
from chatsim.study.scenario import DEFAULT_POLICIES
from machine import machine
from pooled_runs import Figures, pooled
from recording import record

POLICIES = (*DEFAULT_POLICIES, "cap-1")
RESAMPLES = 2_000


def factor(ours: Figures, control: Figures, weights: Figures) -> tuple[float, float, float]:
    """Variance of the unpaired relative difference over that of the paired one, with its bounds."""
    even = np.full((1, len(ours)), 1.0 / len(ours))
    value = float(_factors(ours, control, even)[0])
    low, high = np.quantile(_factors(ours, control, weights), [0.025, 0.975])
    return value, float(low), float(high)


def _factors(ours: Figures, control: Figures, weights: Figures) -> Figures:
    """One for each row of weights; a row sums to 1."""
    here, there = weights @ ours, weights @ control
    variance = weights @ ours**2 - here**2
    variance_control = weights @ control**2 - there**2
    covariance = weights @ (ours * control) - here * there
    share = here / there
    unpaired = variance + share**2 * variance_control
    return np.asarray(unpaired / (unpaired - 2.0 * share * covariance))


@click.command()
@click.option("--users", default=2_000, show_default=True)
@click.option("--runs", default=1_000, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
def main(*, users: int, runs: int, out: Path) -> None:
    """Play, print and write."""
    pool = pooled(users, POLICIES, runs)
    weights = np.random.default_rng(1).dirichlet(np.ones(runs), size=RESAMPLES)
    control = pool.reach[POLICIES[0]][0]
    lines = [
        "# What common random numbers save",
        "",
        *(__doc__ or "").partition("\n\n")[2].rstrip().splitlines(),
        "",
        f"{machine()}. The default study among {users:,} people, {runs:,} runs.",
        "",
        "| policy against uncapped | fewer people reached | runs saved by a factor of (95 %) |",
        "|---|---:|---:|",
    ]
    for name in POLICIES[1:]:
        ours = pool.reach[name][0]
        value, low, high = factor(ours, control, weights)
        lost = 1.0 - ours.mean() / control.mean()
        lines.append(f"| {name} | {100 * lost:.1f} % | {value:.1f} ({low:.1f} to {high:.1f}) |")
    record([*lines, ""], out, "common_random_numbers.md")


if __name__ == "__main__":
    try:
        main()
    except ChatsimError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
