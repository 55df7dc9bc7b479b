"""How long do people take to read? What replies in SMS and in CollegeMsg say of it.

    python scripts/fit_reading_delays.py --data ../shared/data

A reply is the first message back to whoever wrote first, within the window; what has none is censored. Fits a lognormal
law by maximum likelihood, with intervals by bootstrap over persons, and sets it beside the default of chatsim. Writes
reading_delays.md and .png into --out.
"""

from __future__ import annotations

import gzip
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import altair as alt
import click
import numpy as np
import polars as pl
import vl_convert
from attrs import frozen

from chatsim.behaviour.values import DelayLaw
from chatsim.cli.options import DURATION
from chatsim.errors import ChatsimError, ConfigurationError
from chatsim.study.calibration.delays import (
    Lognormal,
    Replies,
    distance,
    fit_lognormal,
    replies,
    resampled_by_person,
)
from chatsim.study.sentences import rough_duration
from recording import keep, record

NAME = "reading_delays"
DEFAULT = DelayLaw()
TICKS = {10: "10 s", 60: "1 min", 600: "10 min", 3_600: "1 h", 21_600: "6 h", 86_400: "1 d"}


@frozen(eq=False)
class Fit:
    """One data set's replies and the laws that were fitted to them."""

    title: str
    found: Replies
    law: Lognormal
    """With a share of messages that are never answered."""
    plain: Lognormal
    """As if every message were answered sooner or later."""
    laws: Sequence[Lognormal]
    """Of the resamples, with the share."""


def copenhagen(data: Path) -> pl.DataFrame:
    """SMS among students, times in seconds."""
    file = data / "copenhagen" / "sms.csv.gz"
    return pl.read_csv(file).select(
        a=pl.col("sender"), b=pl.col("recipient"), at=pl.col("timestamp")
    )


def college(data: Path) -> pl.DataFrame:
    """Private messages of a campus network."""
    text = gzip.decompress((data / "collegemsg" / "CollegeMsg.txt.gz").read_bytes()).decode()
    rows = np.fromstring(text, sep=" ", dtype=np.int64).reshape(-1, 3)
    return pl.DataFrame(rows, schema=["a", "b", "at"])


SETS = {"SMS (Copenhagen)": copenhagen, "CollegeMsg": college}


def fitted(title: str, messages: pl.DataFrame, window: int, resamples: int) -> Fit:
    """The laws of one data set."""
    ordered = messages.sort("at", maintain_order=True)
    sender, recipient, second = (ordered[name].to_numpy() for name in ("a", "b", "at"))
    found = replies(sender, recipient, second, window)
    people, draws = len(np.unique(found.person)), np.random.default_rng(1)
    laws = [
        fit_lognormal(found, resampled_by_person(found, draws.random(people)))
        for _ in range(resamples)
    ]
    return Fit(title, found, fit_lognormal(found), fit_lognormal(found, cure=False), laws)


def interval(values: Sequence[float]) -> tuple[float, float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def row(fit: Fit) -> str:
    """One line of the table."""
    law, found = fit.law, fit.found
    median = interval([each.median_seconds for each in fit.laws])
    sigma = interval([each.sigma for each in fit.laws])
    share = interval([each.answering for each in fit.laws])
    default = Lognormal(DEFAULT.median_seconds, DEFAULT.sigma, 1.0)
    cells = (
        fit.title,
        f"{len(np.unique(found.person)):,}",
        f"{len(found.person):,}",
        f"{found.answered.mean():.0%}",
        f"{rough_duration(law.median_seconds)} ({rough_duration(median[0])} to {rough_duration(median[1])})",
        f"{law.sigma:.2f} ({sigma[0]:.2f} to {sigma[1]:.2f})",
        f"{law.answering:.0%} ({share[0]:.0%} to {share[1]:.0%})",
        f"{rough_duration(fit.plain.median_seconds)}, {fit.plain.sigma:.2f}",
        f"{distance(found, law):.3f}",
        f"{distance(found, default):.3f}",
    )
    return f"| {' | '.join(cells)} |"


HEADINGS = (
    "data", "persons", "messages that wait", "answered in the window", "median (95 %)", "sigma (95 %)",
    "ever answered (95 %)", "without that share: median, sigma", "gap to the fit", "gap to the default",
)  # fmt: skip


def lines(fits: Sequence[Fit], window: int, resamples: int) -> list[str]:
    """The record."""
    return [
        "# How long people take to read: what replies say",
        "",
        f"    python scripts/fit_reading_delays.py --window {window // 3_600}h",
        "",
        (
            f"A *reply* to a message from a to b is the first message from b to a after the oldest unanswered one, within "
            f"{rough_duration(window)}; the others are censored there. Lognormal laws by maximum likelihood, with a share of messages "
            f"that nobody ever answers; intervals by bootstrap over persons ({resamples} resamples). *Gap*: the largest distance "
            "between the distribution of the replies within the window and the law's."
        ),
        "",
        f"| {' | '.join(HEADINGS)} |",
        f"|{'---|' * len(HEADINGS)}",
        *(row(fit) for fit in fits),
        "",
        f"The default of chatsim is a median of {rough_duration(DEFAULT.median_seconds)} with sigma {DEFAULT.sigma:g}.",
        "",
        *reading(fits),
        "",
        f"![Share of the replies within the window against the time since the message, for each data set: the data, the fit, the default]({NAME}.png)",
    ]


def reading(fits: Sequence[Fit]) -> list[str]:
    """What follows, in words."""
    medians = sorted(fit.law.median_seconds for fit in fits)
    sigmas = sorted(fit.law.sigma for fit in fits)
    middle = math.exp(sum(math.log(each) for each in medians) / len(medians))
    between = medians[0] <= DEFAULT.median_seconds <= medians[-1]
    return [
        (
            f"- The two sets differ by a factor of {medians[-1] / medians[0]:.0f}: a phone in the pocket and a web site that one logs in to. "
            f"The default {'lies between them' if between else 'lies outside of them'}; their geometric middle is {rough_duration(middle)}."
        ),
        (
            f"- Replies are more spread out than the default's sigma of {DEFAULT.sigma:g}: {sigmas[0]:.1f} to {sigmas[-1]:.1f}. "
            "Part of that is one law for quick and slow people, for days and nights; chatsim has a night of its own."
        ),
        (
            "- **Replies are not readings.** A reply takes reading, wanting to answer and typing, so reading is quicker than this. Whoever reads and "
            "does not answer is not seen at all. A forward is no reply either: nobody has measured how long it waits."
        ),
        "- A lognormal law is a form, not a truth: the gaps above are many times what chance explains in so many messages.",
    ]


def figure(fits: Sequence[Fit], window: int) -> Any:
    """Share of the replies within the window by the time since the message."""
    at = np.geomspace(5, window, 120)
    last = np.array([float(window)])
    default = Lognormal(DEFAULT.median_seconds, DEFAULT.sigma, 1.0)
    points = []
    for fit in fits:
        kept = np.sort(fit.found.seconds[fit.found.answered])
        curves = {
            "replies": np.searchsorted(kept, at, side="right") / len(kept),
            "fitted law": fit.law.answered_by(at) / fit.law.answered_by(last),
            "default, 15 min and 1.5": default.answered_by(at) / default.answered_by(last),
        }
        points += [
            {"set": fit.title, "law": name, "seconds": float(x), "share": float(y)}
            for name, curve in curves.items()
            for x, y in zip(at, curve, strict=True)
        ]
    names = "".join(f"datum.value == {value} ? '{name}' : " for value, name in TICKS.items())
    axis = alt.Axis(
        values=list(TICKS), labelExpr=f"{names}''", title="Time since the message", grid=True
    )
    order = ["replies", "fitted law", "default, 15 min and 1.5"]
    return (
        alt.Chart(alt.InlineData(values=points))
        .mark_line(strokeWidth=2.5)
        .encode(
            x=alt.X("seconds:Q", scale=alt.Scale(type="log", domain=[5, window]), axis=axis),
            y=alt.Y("share:Q", title="Share of the replies within the window", axis=alt.Axis(format="%")),
            color=alt.Color(
                "law:N", sort=order, title=None,
                scale=alt.Scale(domain=order, range=["#1c2127", "#2a8ebc", "#862f03"]),
                legend=alt.Legend(orient="top", labelLimit=300),
            ),
            strokeDash=alt.StrokeDash(
                "law:N", sort=order, legend=None,
                scale=alt.Scale(domain=order, range=[[1, 0], [7, 3], [2, 3]]),
            ),
            column=alt.Column("set:N", title=None, sort=[fit.title for fit in fits]),
        )
        .properties(width=380, height=300)
        .configure(font="sans-serif")
    )  # fmt: skip


@click.command()
@click.option(
    "--data", type=click.Path(path_type=Path), default=Path("../shared/data"), show_default=True,
    help="The folder with copenhagen/sms.csv.gz and collegemsg/CollegeMsg.txt.gz.",
)  # fmt: skip
@click.option(
    "--window", type=DURATION, default="24h", show_default=True, help="How long a reply may take."
)
@click.option("--resamples", type=click.IntRange(min=2), default=200, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
def main(*, data: Path, window: int, resamples: int, out: Path) -> None:
    """Fit the reading delay to replies."""
    try:
        messages = {title: read(data) for title, read in SETS.items()}
    except OSError as error:
        message = f"{data} cannot be read: {error.strerror}; it takes the folder with the two sets of messages"
        raise ConfigurationError(message) from error
    fits = [fitted(title, each, window, resamples) for title, each in messages.items()]
    record(lines(fits, window, resamples), out, f"{NAME}.md")
    drawn = vl_convert.vegalite_to_png(figure(fits, window).to_json(), scale=2)
    keep({"png": drawn}, out, NAME)


if __name__ == "__main__":
    try:
        main()
    except ChatsimError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
