"""How do forward caps slow the spread of a rumour? The same caps on a campus, in a country and in the world.

    python scripts/caps_slow_spread.py
    python scripts/caps_slow_spread.py --contacts friends.txt.gz --share auto
    python scripts/caps_slow_spread.py --scale campus --scale country --scale world

A campus is relayed by `chatsim serve` over one socket per person; the country (200M generated people) and the world
(1.5B) are played by the engine. Every cap meets the same people, originators and coins. Writes caps_slow_spread.csv,
.svg and .png into --out, and prints the table. Finished runs of the large scales are kept there until all are done.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import attrs
import click
import vl_convert
from attrs import frozen

from caps_figure import figure
from caps_table import Scale, lines, table
from chatsim import api
from chatsim.cli.options import COUNT, SHARE
from chatsim.cli.watching import watching
from chatsim.errors import ChatsimError, ConfigurationError
from chatsim.policy.presets import preset
from chatsim.study.partial import Partial
from chatsim.study.player import Progress
from chatsim.study.scenario import Generated
from chatsim.study.scenario_files import load_scenario
from chatsim.study.search import with_share
from chatsim.study.summary import INTERVALS_LINE
from large_runs import large_study
from machine import load, machine
from recording import keep

NAME = "caps_slow_spread"


@frozen
class Kind:
    """A scale, before it is played."""

    title: str
    users: int
    runs: int


KINDS = {
    "campus": Kind("A campus", 1_000, 10),
    "country": Kind("A country", 200_000_000, 2),
    "world": Kind("The world", 1_500_000_000, 1),
}


@frozen
class Sweep:
    """One scale to play."""

    kind: str
    users: int | None
    """None: the scale's own, or those of `contacts`."""
    runs: int
    caps: tuple[int, ...]
    scenario: str
    share: float | str | None
    contacts: str | None
    seed: int | None

    def played(self, directory: Path, progress: Progress) -> Scale:
        """Over sockets or by the engine."""
        return self._campus(progress) if self.kind == "campus" else self._large(directory, progress)

    @property
    def title(self) -> str:
        return KINDS[self.kind].title

    def _campus(self, progress: Progress) -> Scale:
        own = KINDS[self.kind].users if self.contacts is None else None
        comparison = api.compare(
            self.scenario,
            policies=[f"cap-{cap}" for cap in self.caps],
            contacts=self.contacts,
            users=own if self.users is None else self.users,
            share=self.share,
            runs=self.runs,
            seed=self.seed,
            backend="tcp",
            progress=progress,
        )
        return Scale(self.kind, self.title, "over sockets", comparison.summary)

    def _large(self, directory: Path, progress: Progress) -> Scale:
        if isinstance(self.share, str):
            raise ConfigurationError(f"share is {self.share}, which only a campus takes")
        users = KINDS[self.kind].users if self.users is None else self.users
        scenario = load_scenario(self.scenario)
        scenario = attrs.evolve(
            scenario,
            population=Generated(users=users),
            runs=self.runs,
            seed=scenario.seed if self.seed is None else self.seed,
        )
        if self.share is not None:
            scenario = with_share(scenario, self.share)
        policies = [preset("uncapped"), *(preset(f"cap-{cap}") for cap in self.caps)]
        study = large_study(scenario, policies, directory, progress)
        return Scale(
            self.kind, self.title, "by the engine", study.summary, study.costs, study.set_up_seconds
        )


def save(scales: Sequence[Scale], out: Path) -> list[Path]:
    """The table as CSV, the figure as SVG and PNG."""
    svg: str = vl_convert.vegalite_to_svg(figure(scales).to_json())
    contents = {
        "csv": table(scales).write_csv().encode(),
        "svg": svg.encode(),
        "png": vl_convert.svg_to_png(svg, scale=2),
    }
    return keep(contents, out, NAME)


def for_each(given: Sequence[int], scales: int, option: str) -> list[int | None]:
    """A value for each scale, from one for all or one for each; None where none is given."""
    if len(given) > 1 and len(given) != scales:
        message = f"{option} is given {len(given)} times; it takes one for all scales or one for each, here {scales}"
        raise ConfigurationError(message)
    return list(given) if len(given) == scales else [given[0] if given else None] * scales


@click.command()
@click.option(
    "--scale", "kinds", type=click.Choice(list(KINDS)), multiple=True, default=["campus"],
    show_default=True, help="May be given several times.",
)  # fmt: skip
@click.option("--caps", default="1,2,5,20,256", show_default=True, help="Chats at a time.")
@click.option("--contacts", metavar="FILE", help="The campus as a real network: an edge list.")
@click.option(
    "--users", type=COUNT, multiple=True,
    help="Generated people, once or for each scale. [default: 1000, 200M, 1.5B]",
)  # fmt: skip
@click.option("--scenario", default="rumour", show_default=True, help="A packaged name or a file.")
@click.option(
    "--share", type=SHARE, metavar="SHARE|auto", help="How many readers pass it on, such as 40%."
)
@click.option(
    "--runs", type=COUNT, multiple=True,
    help="Runs under each cap, once or for each scale. [default: 10, 2, 1]",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), help="The seed of all runs.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
def sweep(
    *,
    kinds: Sequence[str],
    caps: str,
    contacts: str | None,
    users: Sequence[int],
    scenario: str,
    share: float | str | None,
    runs: Sequence[int],
    seed: int | None,
    out: Path,
) -> None:
    """Sweep caps, and none, over the sockets of a campus and in the engine's country and world."""
    kinds = list(dict.fromkeys(kinds))
    if contacts is not None and "campus" not in kinds:
        raise ConfigurationError("contacts are given, which only a campus takes")
    tight = tuple(sorted({COUNT.convert(cap, None, None) for cap in caps.split(",")}))
    sizes, counts = (
        for_each(given, len(kinds), option)
        for given, option in ((users, "--users"), (runs, "--runs"))
    )
    scales, folders = [], [out / f"{NAME}-{kind}" for kind in kinds]
    for kind, size, count, folder in zip(kinds, sizes, counts, folders, strict=True):
        todo = Sweep(
            kind=kind,
            users=size,
            runs=KINDS[kind].runs if count is None else count,
            caps=tight,
            scenario=scenario,
            share=share,
            contacts=contacts if kind == "campus" else None,
            seed=seed,
        )
        with watching(str(Partial.beside(folder).folder)) as progress:
            click.echo(f"{todo.title}:", err=True)
            scales.append(todo.played(folder, progress))
    print(f"{machine()}, {load()}.", "", *lines(scales), "", INTERVALS_LINE, sep="\n")
    print(*save(scales, out), sep="\n")
    # Only now: a sweep that broke off at a later scale takes the former ones from there.
    for folder in folders:
        Partial.beside(folder).discard()


if __name__ == "__main__":
    try:
        sweep()
    except ChatsimError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
