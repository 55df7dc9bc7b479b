"""`chatsim trace`: what reports would bring to light under each traceability mode."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from chatsim.cli.options import COUNT, COUNTS, PRECISION, as_typed, out_option, seed_option
from chatsim.model import Enforcement

DEFAULT_OUT = Path("trace")


@click.command("trace")
@click.argument("scenario", default="default")
@click.option(
    "--policy", default="whatsapp-latest", show_default=True, metavar="NAME_OR_FILE",
    help="The rules under which it spreads.",
)  # fmt: skip
@click.option(
    "--mode", "modes", multiple=True, metavar="MODE",
    help="none, frank, tag, tag-escrowed, signed-origin, hashdb, traceback, traceback-sealed or traceback-tree; may be "
    "given several times. [default: all]",
)  # fmt: skip
@click.option(
    "--enforcement", type=click.Choice([way.value for way in Enforcement]),
    help="Who counts forwards. [default: the scenario's, with receipt for clear where there is a threshold: both "
    "decide alike]",
)  # fmt: skip
@click.option(
    "--threshold", "thresholds", type=COUNTS, metavar="T[,T...]",
    help="What if nothing opens before T people have reported one lineage (a text and its forwards, up to a paste); 1: "
    "leave that out. [default: 3,10,30, up to --queries]",
)  # fmt: skip
@click.option(
    "--queries", type=COUNT, default=60, show_default=True,
    help="People who report their copy, for each content and run.",
)  # fmt: skip
@click.option("--runs", type=COUNT, default=5, show_default=True, help="Runs of every case.")
@click.option("--users", type=COUNT, help="People in a generated population. [default: 500]")
@seed_option
@click.option(
    "--cheat-share", type=PRECISION, default=0.05, show_default="5%",
    help="People with each cheat, where the scenario has none.",
)  # fmt: skip
@click.option(
    "--messages-per-day", type=COUNT, default=100_000_000_000, show_default="100,000,000,000",
    help="The volume at which storage is reckoned; stated, no source.",
)  # fmt: skip
@click.option("--backend", default="memory", show_default=True, help="It takes memory.")
@out_option(DEFAULT_OUT, "the page", "trace")
@click.option("--json", "as_json", is_flag=True, help="Print trace.json instead of the table.")
def command(*, out: Path, as_json: bool, **options: Any) -> None:
    """Find what a report would bring to light, who would be wrongly blamed, and what would be held.

    The same cascades are played under every traceability mode, as people are in SCENARIO, with each cheat alone, and
    with ever more people who paste. People report the copies they hold; the examiner's answer is held against the
    truth, which only a simulator knows.

    \b
    Examples:
      chatsim trace
      chatsim trace rumour --mode none --mode tag --mode traceback
      chatsim trace --enforcement receipt --cheat-share 10% --queries 100
      chatsim trace rumour --mode signed-origin --threshold 3,30,100 --queries 300

    The folder holds trace.html, its figures as SVG and PNG, trace.json, queries.parquet (one row per report) and
    cpu.json (process time, measured).
    """  # noqa: D301 - click takes the control character itself as "leave these lines alone"
    from chatsim.api.trace import trace
    from chatsim.cli.terminating import terminable
    from chatsim.cli.watching import watching
    from chatsim.report.trace_table import plain
    from chatsim.study.json_values import to_json
    from chatsim.study.trace.values import PAGE_FILE

    with terminable(), watching() as progress:
        result = trace(
            out=out,
            modes=options.pop("modes") or None,
            progress=progress,
            command=as_typed(),
            **options,
        )
    if as_json:
        click.echo(to_json(result.found), nl=False)
        return
    click.echo(plain(result.found, result.cpu), nl=False)
    click.echo(f"Report: {out / PAGE_FILE}")
