"""`chatsim compare`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from chatsim.cli.options import (
    COUNT,
    DURATION,
    PRECISION,
    SHARE,
    as_typed,
    backend_option,
    on_option,
    out_option,
    seed_option,
)
from chatsim.model import Enforcement, Traceability

DEFAULT_OUT = Path("study")


@click.command("compare")
@click.argument("scenario", default="default")
@click.option(
    "--policy", "policies", multiple=True, metavar="NAME_OR_FILE",
    help="A preset, cap-N, or a TOML file; may be given several times. Uncapped is always the control. "
    "[default: the scenario's]",
)  # fmt: skip
@click.option(
    "--contacts", metavar="FILE", help="Who knows whom: an edge list (txt, csv, tsv, parquet; .gz)."
)
@click.option("--groups", metavar="FILE", help="Who is in which group: a table of user and group.")
@click.option(
    "--users", type=COUNT, help="People in a generated population, such as 2000, 10k or 200M."
)
@click.option(
    "--originators", type=COUNT, help="Who start each content. [default: 5, or 1 in 2,000]"
)
@click.option(
    "--share", type=SHARE, metavar="SHARE|auto",
    help="How many readers pass the rumour on, such as 40%; auto finds a value at which it can break out.",
)  # fmt: skip
@click.option("--runs", type=COUNT, help="Runs, and as many further ones with one originator.")
@click.option(
    "--precision", type=PRECISION, metavar="SHARE",
    help="Instead of --runs: add runs until the main difference is known within so many percentage points, such as 2%.",
)  # fmt: skip
@click.option(
    "--runs-max", type=COUNT, help="The most runs that --precision may take. [default: 2,000]"
)
@click.option(
    "--persistence/--no-persistence", default=None,
    help="Also play the answer if people who are held back tried again never, half the time or nearly always. "
    "[default: unless it is large]",
)  # fmt: skip
@seed_option
@click.option(
    "--duration", "duration_seconds", type=DURATION, help="How long a run lasts, such as 14d."
)
@backend_option
@on_option
@click.option(
    "--enforcement", type=click.Choice([way.value for way in Enforcement]),
    help="clear: the relay counts and refuses. receipt: it does so by permits, and keeps no record. blind: by tokens that "
    "it cannot tell apart [extra: e2ee]. client: only the apps hold people back. [default: clear]",
)  # fmt: skip
@click.option(
    "--traceability", type=click.Choice([way.value for way in Traceability]),
    help="What a report of a copy can bring to light; with --backend memory or tcp. [default: none]",
)  # fmt: skip
@click.option(
    "--e2ee", is_flag=True, default=None,
    help="Seal bodies between people's apps; with --backend memory or tcp. [extra: e2ee]",
)  # fmt: skip
@click.option(
    "--group-max", type=click.Choice(["population", "policy"]),
    help="Whose limit on group sizes holds. [default: population]",
)  # fmt: skip
@click.option(
    "--redraw-population", is_flag=True, default=None, help="A new population for every run."
)
@click.option(
    "--tree/--no-tree", default=None,
    help="Keep who was reached by whom, or measures of whole runs alone. [default: keep it unless it is large]",
)  # fmt: skip
@out_option(DEFAULT_OUT, "the report", "study")
@click.option("--json", "as_json", is_flag=True, help="Print summary.json instead of the table.")
@click.option("--wide", is_flag=True, help="Print every column.")
@click.option(
    "--check/--no-check", "check_over_tcp", default=None,
    help="Also relay one small run over real sockets and count identical copies. [default: with the engine]",
)  # fmt: skip
def command(*, out: Path, as_json: bool, wide: bool, **options: Any) -> None:
    """Compare forwarding policies on the same people and the same draws.

    SCENARIO is a name (chatsim scenario lists them) or a TOML file. Every policy meets the same population, the
    same originators and the same coins, so that differences come from the policy alone.

    \b
    Examples:
      chatsim compare
      chatsim compare --policy cap-1 --policy cap-5 --policy my-policy.toml
      chatsim compare --contacts friends.csv --share auto --runs 20
      chatsim compare --precision 2%
      chatsim compare --users 200M --runs 2 --policy cap-5
      chatsim compare --backend tcp --users 300 --runs 3
    """  # noqa: D301 - click takes the control character itself as "leave these lines alone"
    from chatsim import api
    from chatsim.cli.results import print_results
    from chatsim.cli.terminating import terminable
    from chatsim.cli.watching import watching
    from chatsim.study.playing import workers_here

    with terminable(), watching(f"{out}.partial") as progress:
        comparison = api.compare(
            out=out,
            policies=options.pop("policies") or None,
            progress=progress,
            workers=workers_here(),
            command=as_typed(),
            **options,
        )
    resumed = comparison.timing.resumed_runs
    if resumed:
        click.echo(f"{resumed:,} finished runs were taken over from {out}.partial.", err=True)
    print_results(comparison, as_json=as_json, wide=wide)
