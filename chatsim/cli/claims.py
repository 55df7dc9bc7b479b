"""`chatsim claims`: what each mode of enforcement and of traceability keeps, shows, and admits not to hold."""

from __future__ import annotations

import json

import click

from chatsim.provenance.describing import Described

QUESTIONS = {
    "stored": "stored",
    "report": "a report",
    "framed": "lies",
    "without_report": "without a report",
    "officers": "officers",
}
"""By field of `Described`: what a line answers."""
AXES = {
    "enforcement": "Enforcement: who keeps the count of forwards and holds the caps.",
    "traceability": "Traceability: what a report of a copy brings to light.",
    "wrapper": "Around the reports of a mode: how many people it takes before any of them opens.",
}


@click.command("claims")
@click.option("--json", "as_json", is_flag=True, help="For programs: every claim by its name.")
def command(as_json: bool) -> None:
    """Say of every mode what it stores, what a report names, who can be framed and what leaks without a report.

    The modes of both axes can be combined at will: compare --enforcement MODE --traceability MODE. All of this is held
    to by the tests of chatsim.testing.probes, in both directions; a mode of your own can be probed as well.
    """
    from chatsim.provenance.describing import UNREVIEWED, described_modes

    modes = described_modes()
    if as_json:
        click.echo(json.dumps({axis: [_plain(one) for one in modes[axis]] for axis in AXES}))
        return
    width = max(map(len, QUESTIONS.values()))
    for axis, title in AXES.items():
        click.echo(f"{title}\n")
        for one in modes[axis]:
            click.echo(one.mode.value)
            for name, question in QUESTIONS.items():
                click.echo(f"  {question:{width}}  {getattr(one, name)}")
            if one.unreviewed:
                click.echo(f"  {'review':{width}}  {UNREVIEWED}")
            click.echo()


def _plain(one: Described) -> dict[str, object]:
    told: dict[str, object] = {name: getattr(one, name) for name in QUESTIONS}
    return {"mode": one.mode.value, "claims": one.claims, "sentences": told}
