"""`chatsim sensitivity`: which assumption decides between two policies, and whether their ranking flips."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

from chatsim.cli.options import COUNT

DEFAULT_OUT = Path("sensitivity")


@click.command("sensitivity")
@click.argument("scenario", default="default")
@click.option(
    "--policy", "policies", multiple=True, metavar="NAME_OR_FILE",
    help="One of the two policies, given twice; uncapped is played as well. "
    "[default: the scenario's last two that differ]",
)  # fmt: skip
@click.option(
    "--method", type=click.Choice(["morris", "sobol"]), default="morris", show_default=True,
    help="morris: which assumptions matter, from few combinations. sobol: which share of the variance each explains, "
    "from many more.",
)  # fmt: skip
@click.option(
    "--trajectories",
    type=COUNT,
    help="Of morris; each plays one combination more than there are factors. [default: 20]",
)
@click.option(
    "--samples",
    type=COUNT,
    help="Of sobol, a power of two; each plays two combinations more than there are factors. [default: 64]",
)
@click.option(
    "--runs", type=COUNT, default=20, show_default=True, help="Runs of every combination."
)
@click.option("--users", type=COUNT, help="People in a generated population, such as 2000 or 10k.")
@click.option("--seed", type=click.IntRange(min=0), help="The seed of all runs and of the plan.")
@click.option(
    "--factor", "factors", multiple=True, metavar="NAME=LOW..HIGH",
    help="Another range for one assumption, such as persistence=0%..50% or half_life=6h..2d; may be given several times.",
)  # fmt: skip
@click.option(
    "--backend", type=click.Choice(["engine", "memory", "tcp"]), default="engine", show_default=True,
    help="Who plays. Same results.",
)  # fmt: skip
@click.option(
    "--on", default="local", show_default=True, metavar="local|dask|dask://HOST:PORT",
    help="Where runs are played: here, or on a Dask cluster (extra cluster).",
)  # fmt: skip
@click.option(
    "--workers",
    type=COUNT,
    help="Threads of the engine, or processes by memory. [default: one per core]",
)
@click.option(
    "--out", type=click.Path(path_type=Path), default=DEFAULT_OUT, show_default=True, metavar="DIR",
    help="Where the page and the data go; a former analysis there is replaced.",
)  # fmt: skip
@click.option(
    "--json", "as_json", is_flag=True, help="Print sensitivity.json instead of the table."
)
def command(*, out: Path, as_json: bool, **options: Any) -> None:
    """Find which assumption decides between two policies, and whether their ranking ever flips.

    Every assumption of SCENARIO is varied within its plausible range, alone and together with the others. Each
    combination is played under both policies and uncapped on the same draws; chance between runs is kept apart.

    \b
    Examples:
      chatsim sensitivity rumour
      chatsim sensitivity --policy whatsapp-2019-01 --policy whatsapp-latest
      chatsim sensitivity --factor persistence=0%..50% --factor half_life=6h..2d
      chatsim sensitivity rumour --method sobol --samples 128

    The folder holds sensitivity.html, its figures as SVG and PNG, sensitivity.json and points.parquet (one row per
    combination and policy). Ctrl-C keeps finished runs in DIR.partial; the same command goes on from there.
    """  # noqa: D301 - click takes the control character itself as "leave these lines alone"
    from chatsim.api.sensitivity import sensitivity
    from chatsim.cli.terminating import terminable
    from chatsim.cli.watching import watching
    from chatsim.report.sensitivity_table import plain
    from chatsim.study.json_values import to_json
    from chatsim.study.playing import workers_here
    from chatsim.study.sensitivity.files import PAGE_FILE

    with terminable(), watching(f"{out}.partial") as progress:
        result = sensitivity(
            out=out,
            policies=options.pop("policies") or None,
            workers=options.pop("workers") or workers_here(),
            progress=progress,
            command=shlex.join(["chatsim", *click.get_current_context().obj]),
            **options,
        )
    if as_json:
        click.echo(to_json(result.found), nl=False)
        return
    click.echo(plain(result.found), nl=False)
    click.echo(f"Report: {out / PAGE_FILE}")
