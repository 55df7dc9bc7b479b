"""`chatsim rollout`: the A/B test that a platform would run, against the truth."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

from chatsim.cli.options import COUNT, SHARE, on_option
from chatsim.cli.watching import watching

DEFAULT_OUT = Path("rollout")


@click.command("rollout")
@click.argument("scenario", default="rumour")
@click.option(
    "--policy", metavar="NAME_OR_FILE", help="What is rolled out. [default: the scenario's last]"
)
@click.option(
    "--control", default="uncapped", show_default=True, metavar="NAME_OR_FILE",
    help="What everybody else stays with.",
)  # fmt: skip
@click.option(
    "--unit", "units", multiple=True, type=click.Choice(["user", "community", "region"]),
    help="What is randomised; may be given several times. [default: all that the scenario allows]",
)  # fmt: skip
@click.option(
    "--share", type=SHARE, default=0.5, show_default="50%", help="How many units get the policy."
)
@click.option("--runs", type=COUNT, help="Replicates. [default: the scenario's]")
@click.option(
    "--users", type=COUNT, help="People in a generated population. [default: at least 20k]"
)
@click.option("--seed", type=click.IntRange(min=0), help="The seed of all runs.")
@click.option(
    "--backend", type=click.Choice(["engine", "memory", "tcp"]), default="engine", show_default=True,
    help="Who plays. Same results.",
)  # fmt: skip
@on_option
@click.option(
    "--out", type=click.Path(path_type=Path), default=DEFAULT_OUT, show_default=True, metavar="DIR",
    help="Where the page and the data go; a former one there is replaced.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print rollout.json instead of the answer.")
def command(*, out: Path, as_json: bool, **options: Any) -> None:
    """Find what an A/B test of a policy would say, and how far that is from the truth.

    Some units get the policy, the others keep the control, all of them in touch with each other. The test compares the
    two; the truth is what happens when everybody gets the policy, which only a simulator can play. Both come from the
    same seeds.

    \b
    Examples:
      chatsim rollout --policy whatsapp-2019-01
      chatsim rollout india-2018 --policy cap-5 --control whatsapp-2018-07
      chatsim rollout rumour --policy cap-1 --unit user --share 10% --runs 100
    """  # noqa: D301 - click takes the control character itself as "leave these lines alone"
    from chatsim.api.rollout import rollout
    from chatsim.cli.terminating import terminable
    from chatsim.report.words import wrapped
    from chatsim.study.json_values import to_json
    from chatsim.study.playing import workers_here
    from chatsim.study.rollout.values import PAGE_FILE

    with terminable(), watching(f"{out}.partial") as progress:
        result = rollout(
            out=out,
            units=options.pop("units") or None,
            workers=workers_here(),
            progress=progress,
            command=shlex.join(["chatsim", *click.get_current_context().obj]),
            **options,
        )
    found = result.found
    if as_json:
        click.echo(to_json(found), nl=False)
        return
    for sentence in (f"{found.setting}.", "", *found.answer, *found.weakness):
        click.echo("\n".join(wrapped(sentence, 100)))
    click.echo("The interval covers chance between replicates only, not the assumptions.")
    click.echo(f"Report: {out / PAGE_FILE}")
