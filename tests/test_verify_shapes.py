"""Check (f): measures of trees whose measures are known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from chatsim.behaviour.values import Audience
from chatsim.cascade.measures import RunMeasures
from chatsim.policy.presets import preset
from chatsim.testing.verify import settings, shapes
from chatsim.testing.verify.values import Experiment, Measurer
from chatsim.testing.verify.ways import Measured, by_twin

COPIES = Measured(by_twin)


def tally(experiment: Experiment) -> tuple[RunMeasures, ...]:
    return tuple(evolve(measures, structural_virality=None) for measures in COPIES(experiment))


def wrong_by(measurer: Measurer, **changes: Callable[[RunMeasures], object]) -> Measurer:
    def planted(experiment: Experiment) -> tuple[RunMeasures, ...]:
        return tuple(
            evolve(measures, **{name: change(measures) for name, change in changes.items()})
            for measures in measurer(experiment)
        )

    return planted


def test_a_star_and_a_chain_have_their_measures() -> None:
    rows = list(shapes.shapes(COPIES, tally))
    assert [row.passed for row in rows] == [True, True]
    assert "virality 1.9667" in rows[0].found
    assert "depth 59, breadth 1, virality 20.3333" in rows[1].found


OFF_BY_ONE: dict[str, Callable[[RunMeasures], object]] = {
    "breadth": lambda m: np.append(m.breadth, 1),
    "depth_mean": lambda m: m.depth_mean + 1 / 60,
    "reach": lambda m: m.reach - 1,
    "copies": lambda m: m.copies + 1,
}


@pytest.mark.parametrize("name", OFF_BY_ONE)
def test_a_measure_off_by_one_is_caught(name: str) -> None:
    change = {name: OFF_BY_ONE[name]}
    for rows in (
        shapes.shapes(wrong_by(COPIES, **change), tally),
        shapes.shapes(COPIES, wrong_by(tally, **change)),
    ):
        assert [row.passed for row in rows] == [False, False]


def test_a_virality_off_by_one_pair_is_caught() -> None:
    def off(measures: RunMeasures) -> float:
        return (measures.structural_virality or 0.0) + 2 / (60 * 59)

    rows = list(shapes.shapes(wrong_by(COPIES, structural_virality=off), tally))
    assert [row.passed for row in rows] == [False, False]
    assert rows[0].found.startswith("copies: ")


def test_copies_without_a_virality_are_caught() -> None:
    assert [row.passed for row in shapes.shapes(tally, tally)] == [False, False]


CROWD = settings.crowd(Audience.PICK, 800)
LARGE = settings.wide(Audience.PICK, preset("whatsapp-latest"), CROWD)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("wrong_labels", lambda m: m.wrong_labels + 1),
        ("exposure", lambda m: evolve(m.exposure, ticks=m.exposure.ticks + 1)),
        ("busiest_hour", lambda m: m.busiest_hour + 1),
    ],
)
def test_a_tally_must_be_that_of_the_copies_of_a_large_run(name: str, change: Any) -> None:
    assert shapes.counted_alike(COPIES, tally, LARGE).passed
    row = shapes.counted_alike(COPIES, wrong_by(tally, **{name: change}), LARGE)
    assert not row.passed
    assert row.found.startswith("tally differs in ")


def test_measures_of_a_small_run_say_too_little() -> None:
    assert not shapes.counted_alike(COPIES, tally, evolve(LARGE, duration_seconds=43_201)).passed
