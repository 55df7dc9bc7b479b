"""How often does a tag still name the true originator after h forwards, with people who paste or frame?

python scripts/tag_survival.py

One run by memory under no cap, with many originators, mode tag. Whoever pastes sends to the same chats at the same
tick as an honest person, and whoever frames always does, so that the trees are those of honest people whatever the
cheats are (but for copies that arrive in the same second, of which the lowest claimed hop counts; readings are
spread, so that there are none, and a run with other trees is refused). One report is taken of each originator's tree,
chosen among honest people. Trees share nobody and cheats are drawn for each person alone, so that reports are
independent coins. Under a cap that is otherwise: whoever pastes passes it, and pasted copies are more of the copies
held.

A paste ends a name where one of the h forwarders pastes: (1 - c)^h; the originator's post is an original in any case.
A framer's tag replaces the name at any of h + 1 senders, the originator among them: 1 - (1 - q)^(h + 1). The notes'
exponent h is that of an honest originator. Intervals: 95 %, Wilson. Writes tag_survival.md into --out.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from pathlib import Path
from typing import TypeAlias

import attrs
import click

from chatsim.behaviour.values import Behaviour, Content, DelayLaw
from chatsim.errors import ChatsimError, RunError
from chatsim.model import Traceability
from chatsim.policy.presets import resolve
from chatsim.study.backend import RunPlan
from chatsim.study.scenario import Scenario, Uniform
from chatsim.study.trace.blame import Truth, Who, judge
from chatsim_clients.traced import TracedRun, TracedRuns
from recording import record

Tally: TypeAlias = Counter[int]
"""Reports by forwards between post and reported copy."""
Holders: TypeAlias = tuple[dict[int, int], list[int]]
"""Who sent to whom among honest people, and who reports."""
ORIGINATORS = 1_200
PEOPLE = Uniform(users=15_000, contacts_per_user=6)
HONEST = Scenario(
    population=PEOPLE,
    contents=(Content("text", share_probability=0.16, half_life_seconds=None),),
    behaviour=Behaviour(
        audience_shape=0.02, group_chance=0.0, paste_probability=0.0, modified_clients=0.0,
        reading_delay=DelayLaw(7_200.0, 1.0), lookahead_seconds=1, night=False, susceptibility_shape=None,
        label_factor_many_times=1.0,
    ),
    duration_seconds=4 * 86_400,
    traceability=Traceability.TAG,
)  # fmt: skip
SHARE = 0.3
"""Of people who cheat."""
REPORTS_MIN = 20
"""Below so many a number of forwards is left out."""


def played(pasting_clients: float = 0.0, framing_clients: float = 0.0) -> TracedRun:
    """The run, with so many people who cheat."""
    behaviour = attrs.evolve(
        HONEST.behaviour, pasting_clients=pasting_clients, framing_clients=framing_clients
    )
    scenario = attrs.evolve(HONEST, behaviour=behaviour)
    return TracedRuns(scenario).play(resolve("uncapped"), RunPlan(0, ORIGINATORS))


def deepest(truth: Truth) -> list[int]:
    """Of each originator's tree whoever is farthest down; of those the lowest number."""
    found: dict[int, tuple[int, int]] = {}
    for holder in truth.parent:
        chain = truth.chain(holder)
        found[chain[-1]] = min(found.get(chain[-1], (0, 0)), (-len(chain), holder))
    return [holder for _, holder in found.values()]


def honest() -> Holders:
    """The trees of honest people, and who reports."""
    (truth,) = played().truths
    return truth.parent, deepest(truth)


def blamed(run: TracedRun, holders: Holders) -> tuple[Tally, Tally]:
    """By forwards between post and reported copy: reports, and those that name the true originator."""
    parent, reporters = holders
    (truth,) = run.truths
    if truth.parent != parent:
        raise RunError(
            "the trees are not those of honest people; the reports say nothing about a formula"
        )
    reports: Tally = Counter()
    right: Tally = Counter()
    for holder in reporters:
        answer = judge(truth, holder, run.examine(run.evidence(0, holder)))
        reports[answer.depth - 1] += 1
        right[answer.depth - 1] += answer.who is Who.ORIGINATOR
    return reports, right


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """95 % bounds of a share."""
    middle = (hits + z * z / 2) / (count + z * z)
    half = z / (count + z * z) * math.sqrt(hits * (count - hits) / count + z * z / 4)
    return middle - half, middle + half


def lines() -> list[str]:
    """The record."""
    holders = honest()
    reports, kept = blamed(played(pasting_clients=SHARE), holders)
    _, right = blamed(played(framing_clients=SHARE), holders)
    rows = []
    for h in sorted(h for h in reports if reports[h] >= REPORTS_MIN):
        wrong = reports[h] - right[h]
        survived, framed = (1 - SHARE) ** h, 1 - (1 - SHARE) ** (h + 1)
        rows.append(
            f"| {h} | {reports[h]} | {survived:.3f} | {_share(kept[h], reports[h])} | {framed:.3f} | {_share(wrong, reports[h])} |"
        )
    return [
        "# How long a tag's name survives",
        "",
        *(__doc__ or "").partition("\n\n")[2].rstrip().splitlines(),
        "",
        f"{PEOPLE.users:,} people, {ORIGINATORS:,} originators; {100 * SHARE:g} % paste, or {100 * SHARE:g} % frame.",
        "",
        "| forwards h | reports | survives pasting: formula | measured | somebody else framed: formula | measured |",
        f"|{'---:|' * 6}",
        *rows,
        "",
    ]


def _share(hits: int, count: int) -> str:
    low, high = wilson(hits, count)
    return f"{hits / count:.3f} ({low:.3f} to {high:.3f})"


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
def main(*, out: Path) -> None:
    """Play, print and write."""
    record(lines(), out, "tag_survival.md")


if __name__ == "__main__":
    try:
        main()
    except ChatsimError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
