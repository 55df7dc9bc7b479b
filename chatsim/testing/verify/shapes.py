"""Check (f): the measures of a star and a chain, which are known, and the same measures however they are counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from attrs import fields, frozen

from chatsim.behaviour.values import Content
from chatsim.cascade.measures import RunMeasures
from chatsim.policy.presets import preset
from chatsim.population.values import Population
from chatsim.testing.oracles import chain_virality, star_virality
from chatsim.testing.stub_graphs import one_group, ring
from chatsim.testing.verify.final_size import ALIKE
from chatsim.testing.verify.values import Experiment, Measurer, Row

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
    structural_virality: float

    @classmethod
    def of(cls, measures: RunMeasures) -> Shape:
        """That part of a run's measures."""
        return cls(
            measures.reach,
            measures.copies,
            tuple(measures.breadth.tolist()),
            round(measures.depth_mean, VIRALITY_DIGITS),
            round(measures.structural_virality, VIRALITY_DIGITS),
        )

    def __str__(self) -> str:
        return (
            f"{self.reach} people, {self.copies} copies, depth {len(self.breadth) - 1}, "
            f"breadth {max(self.breadth, default=0)}, virality {self.structural_virality:.4f}"
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


def shapes(measurers: Mapping[str, Measurer]) -> Iterator[Row]:
    """(f): a post into the one group that there is, and a rumour that goes round a ring."""
    yield _shape_row("star", measurers, one_group(PEOPLE), STAR)
    yield _shape_row("chain", measurers, ring(PEOPLE), CHAIN)


def _shape_row(
    name: str, measurers: Mapping[str, Measurer], people: Population, expected: Shape
) -> Row:
    experiment = Experiment(people, (CERTAIN,), ALIKE, preset("uncapped"), originators=1)
    found = {way: Shape.of(measurer(experiment)[0]) for way, measurer in measurers.items()}
    wrong = [f"{way}: {shape}" for way, shape in found.items() if shape != expected]
    return Row(
        check="f",
        name=f"measures of a {name}",
        compared=f"{PEOPLE} people: {', '.join(measurers)}",
        expected=str(expected),
        found="; ".join(wrong) or str(expected),
        passed=not wrong,
    )


def counted_alike(measurers: Mapping[str, Measurer], experiment: Experiment) -> Row:
    """(f): all measures of a large run, by the first of `measurers` and by the others."""
    found = {way: measurer(experiment) for way, measurer in measurers.items()}
    first = next(iter(found.values()))
    wrong = [
        f"{way} differs in {name}"
        for way, measures in found.items()
        for mine, theirs in zip(first, measures, strict=True)
        for name in _differences(mine, theirs)
    ]
    copies = sum(content.copies for content in first)
    return Row(
        check="f",
        name="measures of a large run",
        compared=f"{copies:,} copies: {', '.join(measurers)}",
        expected="identical",
        found=wrong[0] if wrong else "identical",
        passed=not wrong and copies >= 1_000,
    )


def _differences(mine: RunMeasures, theirs: RunMeasures) -> list[str]:
    return [
        column.name
        for column in fields(RunMeasures)
        if not np.array_equal(getattr(mine, column.name), getattr(theirs, column.name))
    ]
