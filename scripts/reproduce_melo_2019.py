"""Does a limit of five block a rumour, or only slow it? Melo et al. 2019, played again at the size of their groups.

    python scripts/reproduce_melo_2019.py
    python scripts/reproduce_melo_2019.py --quick

SEI (whoever shares goes on sharing) and SEIR (sharers stop) among the people of public groups, under limits of
256, 20, 5, 2 and 1, in both readings of the limit: it counts single people, or whole groups. Ratios and ordering
stand beside the published "order of magnitude, but no block". Writes melo_2019.md, .csv, .svg, .png and .html
into --out.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click
import vl_convert
from attrs import evolve

from chatsim.errors import ChatsimError
from machine import load, machine
from melo_figures import figures, stacked
from melo_findings import FULL, QUICK, Check, Effort, Findings, Sweep, find, table
from melo_page import page, text
from recording import keep

NAME = "melo_2019"
ALSO = ("indonesia",)


def findings_of(effort: Effort) -> Findings:
    """All of it, told piece by piece to whoever waits."""
    sweeps, checks = [], []
    for name, piece in find(effort):
        click.echo(f"Played: {name}", err=True)
        match piece:
            case Sweep():
                sweeps.append(piece)
            case Check():
                checks.append(piece)
    return Findings(effort, tuple(sweeps), tuple(checks))


def save(findings: Findings, out: Path, command: str) -> list[Path]:
    """The text, the table, the figures and the page."""
    drawn = figures(findings)
    svg = stacked(tuple(drawn.values()))
    where = f"{machine()}, {load()}"
    contents = {
        "md": "\n".join(text(findings, command, where)).encode(),
        "csv": table(findings.sweeps).write_csv().encode(),
        "svg": svg.encode(),
        "png": vl_convert.svg_to_png(svg, scale=2),
        "html": page(findings, drawn, command, machine()).encode(),
    }
    return keep(contents, out, NAME)


@click.command()
@click.option("--quick", is_flag=True, help="A small network and few runs: seconds, not minutes.")
@click.option(
    "--also", type=click.Choice(["indonesia", "india"]), multiple=True, default=ALSO,
    show_default=True, help="Besides Brazil, at one virality; India's people are twenty times as much work.",
)  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
def reproduce(*, quick: bool, also: tuple[str, ...], out: Path) -> None:
    """Play SEI and SEIR under the paper's limits, and put ratios and ordering beside its words."""
    command = "python scripts/reproduce_melo_2019.py" + (" --quick" if quick else "")
    if not quick and also != ALSO:
        command += "".join(f" --also {country}" for country in also)
    findings = findings_of(QUICK if quick else evolve(FULL, countries=("brazil", *also)))
    paths = save(findings, out, command)
    print(paths[0].read_text(), *paths, sep="\n")


if __name__ == "__main__":
    try:
        reproduce()
    except ChatsimError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
