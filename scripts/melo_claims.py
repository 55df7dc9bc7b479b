"""What was published beside what the runs of `reproduce_melo_2019.py` give, with a verdict for each claim."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from attrs import frozen

from chatsim.study.summary import Estimate
from melo_findings import HALF, LOOSE, MAIN, MOST, RECOVERIES, TIGHT, Findings, Sweep
from melo_groups import Reading

PAPER = (
    "de Freitas Melo, Vieira, Garimella, Vaz de Melo, Benevenuto, “Can WhatsApp counter misinformation by limiting "
    "message forwarding?”, Complex Networks 2019, arXiv 1909.08740"
)
MAGNITUDE = 10.0
"""One order of magnitude."""
NEAR = 0.7
"""From this share of it on a slow-down may be called one."""
BRACKETS = {Reading.PEOPLE: (3.5, 10.0), Reading.GROUPS: (1.0, 1.2)}
"""From 256 to 5, as an independent program found them for this project before."""


@frozen
class Claim:
    """One published sentence, what we get, and whether both agree."""

    published: str
    source: str
    ours: str
    verdict: str


def claims(findings: Findings) -> tuple[Claim, ...]:
    """All of them, the headline first."""
    people, groups = (findings.main(reading) for reading in Reading)
    return (
        _magnitude(people, groups),
        _no_block(findings),
        _order(findings),
        _recovery(people, groups),
        *(_bracket(findings.main(reading)) for reading in Reading),
    )


def times(estimate: Estimate) -> str:
    """A slow-down with its interval."""
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.2f}"
    return f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})"


def span(values: Sequence[float]) -> str:
    """From the least to the most."""
    low, high = f"{min(values):.1f}", f"{max(values):.1f}"
    return low if low == high else f"{low} to {high}"


def slow_downs(sweep: Sweep) -> list[float]:
    """From 256 to 5, at every alpha."""
    return [sweep.slowed(alpha, TIGHT).value for alpha in sweep.alphas]


def _magnitude(people: Sweep, groups: Sweep) -> Claim:
    most = max(slow_downs(people))
    tightest = people.slowed(MAIN, 1).value
    verdict = (
        "agrees"
        if most >= NEAR * MAGNITUDE
        else f"agrees in direction, not in size: at most {most:.1f}, where {MAGNITUDE:.0f} is published; "
        f"a cap of 1 gives {tightest:.0f}"
    )
    return Claim(
        "A limit of five instead of 256 slows the spread by one order of magnitude.",
        "New Scientist, September 2019, on the paper; its abstract: “significant delays”",
        f"{span(slow_downs(people))} times as long to half the people where the cap counts single people; "
        f"{span(slow_downs(groups))} where it counts whole groups.",
        f"{verdict}; counted in groups it differs: no slow-down",
    )


def _no_block(findings: Findings) -> Claim:
    everybody = all(each.reached_all for each in findings.checks)
    lowest = min(min(each.reach) for sweep in findings.sweeps for each in sweep.sei)
    return Claim(
        "It cannot block content that is highly viral: that still reaches the whole network.",
        "Abstract of the paper",
        f"Without recovery every run under every cap goes on beyond {_share(MOST)} (least when stopped: {_share(lowest)}); "
        f"in a small network played to the end {'everybody' if everybody else 'not everybody'} is reached, in every run.",
        "agrees" if everybody and lowest >= MOST else "differs",
    )


def _order(findings: Findings) -> Claim:
    rising = all(sweep.rising() for sweep in findings.sweeps)
    return Claim(
        "The tighter the limit, the slower the spread.",
        "The paper's limits 256, 20, 5, 2 and 1",
        f"Time to half and to {_share(MOST)} {'never falls' if rising else 'falls somewhere'} as the cap gets tighter, "
        "at every virality, in both readings.",
        "agrees" if rising else "differs",
    )


def _recovery(people: Sweep, groups: Sweep) -> Claim:
    def reached(sweep: Sweep, recovery: float, cap: int) -> float:
        return fmean(sweep.find(MAIN, cap, recovery).reach)

    parts = [
        f"chance {recovery:g} of stopping: {', '.join(_share(reached(people, recovery, cap)) for cap in (LOOSE, TIGHT, 1))}"
        for recovery in RECOVERIES
    ]
    lost = reached(people, RECOVERIES[-1], LOOSE) - reached(people, RECOVERIES[-1], 1)
    in_groups = reached(groups, RECOVERIES[-1], LOOSE) - reached(groups, RECOVERIES[-1], 1)
    return Claim(
        "Where people stop sharing (SEIR), limits can also change how many are reached.",
        "The paper's SEIR; recovery rates of .001, .01 and .1 in the first author's thesis, figure 7.12",
        f"Counting people, caps of 256, 5 and 1 reach: {'; '.join(parts)}. Counting groups, a cap of 1 loses at most {_share(max(in_groups, 0.0), 1)}.",
        "agrees, for tight caps and people who stop soon; at the published rates hardly anybody is saved"
        if lost > 0.1
        else "differs",
    )


def _share(value: float, places: int = 0) -> str:
    return f"{100 * value:.{places}f} %"


def _bracket(sweep: Sweep) -> Claim:
    low, high = BRACKETS[sweep.reading]
    found = {alpha: sweep.slowed(alpha, TIGHT, HALF).value for alpha in sweep.alphas}
    inside = [alpha for alpha, value in found.items() if round(low, 1) <= round(value, 1) <= high]
    what = "single recipients" if sweep.reading is Reading.PEOPLE else "a user's own groups"
    return Claim(
        f"From 256 to 5 takes {low:g} to {high:g} times as long where the cap counts {what}.",
        "An independent program, before; not the paper",
        "; ".join(f"virality {alpha:g}: {times(sweep.slowed(alpha, TIGHT))}" for alpha in found)
        + ".",
        "agrees"
        if len(inside) == len(found)
        else f"agrees at virality {', '.join(f'{each:g}' for each in inside)}; less elsewhere"
        if inside
        else "differs",
    )
