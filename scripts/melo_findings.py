"""What the runs of `reproduce_melo_2019.py` say: slow-downs with intervals and final sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from attrs import define, frozen

from chatsim.population.values import Population
from chatsim.study import statistics
from chatsim.study.summary import Estimate
from melo_groups import COUNTRIES, Country, Groups, Reading, public_groups
from melo_runs import REACHED, Case, Played, played
from melo_theory import naive_spread, slow_down

CAPS = (256, 20, 5, 2, 1)
LOOSE, TIGHT = 256, 5
ALPHAS = (1.0, 0.1, 0.01, 0.001)
MAIN = 0.1
"""The alpha of the figures, of the other countries and of SEIR."""
RECOVERIES = (0.1, 0.5, 1.0)
SETTLED = 0.97
"""At the alpha of the figures the runs are played on, so that the curves come to their end."""
GLANCES = 3
"""Runs of each case in the other countries."""
SMALL = Country("A small network", 800, 19)
HALF, MOST = 0.5, 0.9


@frozen
class Effort:
    """How much to play."""

    alphas: tuple[float, ...]
    runs: int
    """Of each case; the slowest alphas have fewer."""
    countries: tuple[str, ...]
    """The first is played whole, the others at one alpha under two caps."""
    small: bool = False
    """Whether the small network stands in for the first country."""

    def runs_at(self, alpha: float) -> int:
        """Many iterations are much work; their times also differ less from run to run."""
        return self.runs if alpha >= MAIN else 2

    def caps_at(self, alpha: float) -> tuple[int, ...]:
        """At the slowest alpha the caps between are left out."""
        return CAPS if alpha >= MAIN / 10 else (LOOSE, TIGHT, 1)


FULL = Effort(ALPHAS, 8, ("brazil", "indonesia"))
QUICK = Effort((1.0, 0.1), 3, ("brazil",), small=True)


@define(eq=False, frozen=True)
class Sweep:
    """One country in one reading of the cap."""

    country: Country
    groups: Groups
    reading: Reading
    sei: tuple[Played, ...]
    seir: tuple[Played, ...]
    theory: dict[float, float]
    """By alpha: the slow-down from 256 to 5 of the branching approximation; empty where groups overlap by design."""

    def find(self, alpha: float, cap: int, recovery: float = 0.0) -> Played:
        """One case of it."""
        every = (*self.sei, *self.seir)
        return next(
            each
            for each in every
            if (each.case.alpha, each.case.cap, each.case.recovery) == (alpha, cap, recovery)
        )

    @property
    def alphas(self) -> list[float]:
        return list(dict.fromkeys(each.case.alpha for each in self.sei))

    @property
    def caps(self) -> list[int]:
        """Of the alpha that has most."""
        return list(dict.fromkeys(each.case.cap for each in self.sei))

    def slowed(self, alpha: float, cap: int, share: float = HALF) -> Estimate:
        """How many times as long it takes to this share as under a cap of 256, on the same runs."""
        return times_as_long(self.find(alpha, cap), self.find(alpha, LOOSE), share)

    def rising(self) -> bool:
        """Whether a tighter cap is never faster, at any alpha."""
        for alpha in self.alphas:
            mine = [each for each in self.sei if each.case.alpha == alpha]
            for share in (HALF, MOST):
                times = [float(np.mean(each.iterations(share))) for each in mine]
                if times != sorted(times):
                    return False
        return True


@frozen
class Check:
    """The engine and the plain simulation on the same small network, from 256 to 5."""

    reading: Reading
    engine: Estimate
    naive: Estimate
    reached_all: bool
    """Whether every run under every cap reached everybody, in both."""


@define(eq=False, frozen=True)
class Findings:
    """Everything there is to say."""

    effort: Effort
    sweeps: tuple[Sweep, ...]
    """The first country's two readings, then those of the others."""
    checks: tuple[Check, ...]

    def main(self, reading: Reading) -> Sweep:
        """The country that is played whole."""
        return next(each for each in self.sweeps if each.reading is reading)


def times_as_long(slow: Played, fast: Played, share: float) -> Estimate:
    """A ratio of means over paired runs."""
    found = statistics.ratio(slow.iterations(share), fast.iterations(share))
    if (
        found is None
    ):  # nothing takes no time: one iteration passes before the first audience can share
        message = "a spread was over before it began"
        raise AssertionError(message)
    return found


def find(effort: Effort) -> Iterator[tuple[str, Sweep | Check]]:
    """Plays all of it, piece by piece, each with a word on what it was."""
    first, *others = (COUNTRIES[name] for name in effort.countries)
    groups = public_groups(SMALL if effort.small else first)
    for reading in Reading:
        yield f"{groups.country.name}, {reading}", _whole(groups, reading, effort)
    for country in others:
        groups = public_groups(country)
        for reading in Reading:
            yield f"{country.name}, {reading}", _glance(groups, reading)
    small = public_groups(SMALL)
    for reading in Reading:
        yield f"check, {reading}", check(small, reading, max(4, effort.runs))


def _whole(groups: Groups, reading: Reading, effort: Effort) -> Sweep:
    people = groups.population(reading)
    sei = [
        played(
            Case(reading, alpha, cap),
            people,
            effort.runs_at(alpha),
            SETTLED if alpha == MAIN else REACHED,
        )
        for alpha in effort.alphas
        for cap in effort.caps_at(alpha)
    ]
    seir = [
        played(Case(reading, MAIN, cap, recovery), people, effort.runs)
        for recovery in RECOVERIES
        for cap in CAPS
    ]
    theory = _theory(people, effort.alphas)
    return Sweep(groups.country, groups, reading, tuple(sei), tuple(seir), theory)


def _glance(groups: Groups, reading: Reading) -> Sweep:
    people = groups.population(reading)
    sei = [played(Case(reading, MAIN, cap), people, GLANCES) for cap in (LOOSE, TIGHT)]
    return Sweep(groups.country, groups, reading, tuple(sei), (), _theory(people, (MAIN,)))


def _theory(people: Population, alphas: Sequence[float]) -> dict[float, float]:
    contacts = np.diff(people.contact_offsets)
    return {alpha: slow_down(alpha, contacts, TIGHT) for alpha in alphas} if contacts.any() else {}


def check(groups: Groups, reading: Reading, runs: int) -> Check:
    """The engine beside the plain simulation, until everybody is reached."""
    people = groups.population(reading)
    ours = {cap: played(Case(reading, MAIN, cap), people, runs, until=1.0) for cap in CAPS}
    half = people.users / 2
    theirs = {cap: [naive_spread(people, MAIN, cap, seed) for seed in range(runs)] for cap in CAPS}
    times = {
        cap: [float(np.searchsorted(counts, half)) for counts in theirs[cap]]
        for cap in (LOOSE, TIGHT)
    }
    naive = statistics.ratio(times[TIGHT], times[LOOSE])
    all_ours = all(min(each.reach) == 1.0 for each in ours.values())
    all_theirs = all(counts[-1] == people.users for each in theirs.values() for counts in each)
    return Check(
        reading,
        times_as_long(ours[TIGHT], ours[LOOSE], HALF),
        Estimate(0.0, None, None) if naive is None else naive,
        all_ours and all_theirs,
    )


def table(sweeps: Sequence[Sweep]) -> pl.DataFrame:
    """A row for each case."""
    rows = []
    for sweep in sweeps:
        for each in (*sweep.sei, *sweep.seir):
            case, reach = each.case, statistics.mean(each.reach)
            row = {
                "country": sweep.country.name,
                "users": each.users,
                "groups": sweep.groups.groups,
                "cap_counts": str(sweep.reading),
                "alpha": case.alpha,
                "recovery": case.recovery,
                "cap": case.cap,
                "runs": len(each.runs),
                "reach_share": reach.value,
                "reach_share_low": reach.low,
                "reach_share_high": reach.high,
            }
            for share in (HALF, MOST):
                name = f"{share:.0%}".rstrip("%")
                over = case.recovery > 0.0
                slowed = None if over else sweep.slowed(case.alpha, case.cap, share)
                row |= {
                    f"iterations_to_{name}": None
                    if over
                    else float(np.mean(each.iterations(share))),
                    f"times_as_long_{name}": None if slowed is None else slowed.value,
                    f"times_as_long_{name}_low": None if slowed is None else slowed.low,
                    f"times_as_long_{name}_high": None if slowed is None else slowed.high,
                }
            rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None)
