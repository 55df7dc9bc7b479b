"""Check (f): the measures of a star and a chain, which are known, and the same measures however they are counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from attrs import evolve, fields, frozen

from chatsim.behaviour.values import Content
from chatsim.cascade.measures import RunMeasures
from chatsim.policy.presets import preset
from chatsim.population.values import Population
from chatsim.testing.oracles import chain_virality, star_virality
from chatsim.testing.stub_graphs import one_group, ring
from chatsim.testing.verify.final_size import ALIKE
from chatsim.testing.verify.values import COPIES_MIN, Experiment, Measurer, Row

PEOPLE = 60
VIRALITY_DIGITS = 9
"""Structural virality is a quotient of whole numbers; this many digits of it are compared."""
CERTAIN = Content("rumour", share_probability=1.0, half_life_seconds=None)


@frozen
class Shape:
    """What is known about a cascade of a simple shape."""

    reach: int
    copies: int
    breadth: tuple[int, ...]
    depth_mean: float
    structural_virality: float | None
    """None where no tree was kept."""

    @classmethod
    def of(cls, measures: RunMeasures) -> Shape:
        """That part of a run's measures."""
        virality = measures.structural_virality
        return cls(
            measures.reach,
            measures.copies,
            tuple(measures.breadth.tolist()),
            round(measures.depth_mean, VIRALITY_DIGITS),
            None if virality is None else round(virality, VIRALITY_DIGITS),
        )

    def __str__(self) -> str:
        virality = self.structural_virality
        return (
            f"{self.reach} people, {self.copies} copies, depth {len(self.breadth) - 1}, "
            f"breadth {max(self.breadth, default=0)}, "
            f"virality {'not counted' if virality is None else f'{virality:.4f}'}"
        )


STAR = Shape(
    PEOPLE,
    PEOPLE - 1,
    (1, PEOPLE - 1),
    round((PEOPLE - 1) / PEOPLE, VIRALITY_DIGITS),
    round(star_virality(PEOPLE), VIRALITY_DIGITS),
)
CHAIN = Shape(
    PEOPLE,
    PEOPLE,  # the last one's copy goes to the originator
    (1,) * PEOPLE,
    (PEOPLE - 1) / 2,
    round(chain_virality(PEOPLE), VIRALITY_DIGITS),
)


def shapes(by_copies: Measurer, tally: Measurer) -> Iterator[Row]:
    """(f): a post into the one group that there is, and a rumour that goes round a ring.

    `by_copies` measures the copies of a run, `tally` counts on the go and knows no tree.
    """
    yield _shape_row("star", by_copies, tally, one_group(PEOPLE), STAR)
    yield _shape_row("chain", by_copies, tally, ring(PEOPLE), CHAIN)


def _shape_row(
    name: str, by_copies: Measurer, tally: Measurer, people: Population, expected: Shape
) -> Row:
    experiment = Experiment(people, (CERTAIN,), ALIKE, preset("uncapped"), originators=1)
    copies, counted = Shape.of(by_copies(experiment)[0]), Shape.of(tally(experiment)[0])
    wrong = [f"copies: {copies}"] if copies != expected else []
    if counted != evolve(expected, structural_virality=None):
        wrong.append(f"tally: {counted}")
    return Row(
        check="f",
        name=f"measures of a {name}",
        compared=f"{PEOPLE} people: copies, tally",
        expected=str(expected),
        found="; ".join(wrong) or str(expected),
        passed=not wrong,
    )


def counted_alike(by_copies: Measurer, tally: Measurer, experiment: Experiment) -> Row:
    """(f): all that a tally knows of a large run, from its copies and counted on the go."""
    mine, theirs = by_copies(experiment), tally(experiment)
    wrong = [
        name
        for one, other in zip(mine, theirs, strict=True)
        for name in _differences(evolve(one, structural_virality=None), other)
    ]
    copies = sum(content.copies for content in mine)
    return Row(
        check="f",
        name="measures of a large run",
        compared=f"{copies:,} copies: copies, tally",
        expected="identical",
        found=f"tally differs in {wrong[0]}" if wrong else "identical",
        passed=not wrong and copies >= COPIES_MIN,
    )


def _differences(mine: RunMeasures, theirs: RunMeasures) -> list[str]:
    one, other = _columns(mine), _columns(theirs)
    return [name for name, value in one.items() if not np.array_equal(value, other[name])]


def _columns(measures: RunMeasures) -> dict[str, Any]:
    columns = {each.name: getattr(measures, each.name) for each in fields(RunMeasures)}
    exposure = columns.pop("exposure")
    return {**columns, "exposed": np.stack((exposure.ticks, exposure.people))}
