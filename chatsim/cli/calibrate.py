"""`chatsim calibrate`: which parameters fit what is known."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

from chatsim.cli.options import COUNT
from chatsim.cli.watching import watching

DEFAULT_OUT = Path("calibration")


@click.command("calibrate")
@click.argument("calibration", default="claims")
@click.option("--points", type=COUNT, help="Vectors of parameters to play. [default: the file's]")
@click.option("--runs", type=COUNT, help="Runs of each under each policy. [default: the file's]")
@click.option(
    "--users", type=COUNT, help="People in the generated population, such as 5000 or 20k."
)
@click.option("--seed", type=click.IntRange(min=0), help="The seed of all runs and vectors.")
@click.option("--workers", type=click.IntRange(min=1), help="Threads. [default: one per core]")
@click.option(
    "--out", type=click.Path(path_type=Path), default=DEFAULT_OUT, show_default=True, metavar="DIR",
    help="Where the page and the data go; a former calibration there is replaced.",
)  # fmt: skip
@click.option(
    "--json", "as_json", is_flag=True, help="Print calibration.json instead of the table."
)
def command(*, out: Path, as_json: bool, workers: int | None, **options: Any) -> None:
    """Fit parameters to targets: the set of vectors that fit, and what they predict.

    CALIBRATION is a packaged name (both-claims, claims) or a TOML file with parameters, their ranges, and targets.
    Vectors from all over the ranges are played, then more around those that came nearest (approximate Bayesian
    computation). Those that fit are played again, in runs that none was chosen by, for the targets that are predicted.
    Exit status 2 where nothing fits; the nearest is shown.

    \b
    Examples:
      chatsim calibrate
      chatsim calibrate both-claims --points 1000
      chatsim calibrate my-targets.toml --users 50k --out fit
    """  # noqa: D301 - click takes the control character itself as "leave these lines alone"
    from chatsim.api.calibrate import calibrate, require_reached
    from chatsim.cli.terminating import terminable
    from chatsim.report.calibration_page import FILE
    from chatsim.report.calibration_table import lines
    from chatsim.study.calibration.saving import fit_to_json
    from chatsim.study.playing import workers_here

    with terminable(), watching(f"{out}.partial") as progress:
        fitted = calibrate(
            out=out,
            progress=progress,
            workers=workers or workers_here(),
            command=shlex.join(["chatsim", *click.get_current_context().obj]),
            **options,
        )
    if fitted.resumed:
        click.echo(
            f"{fitted.resumed:,} finished vectors were taken over from {out}.partial.", err=True
        )
    if as_json:
        click.echo(fit_to_json(fitted.fit), nl=False)
    else:
        click.echo("\n".join(lines(fitted.fit)))
        click.echo(f"Report: {out / FILE}")
    require_reached(fitted)
