from __future__ import annotations

import pytest
from attrs import evolve

from chatsim_clients.load.quantities import (
    QUANTITIES,
    Unit,
    latencies,
    measured,
    number_text,
    peak,
    recorded,
    worst_p99,
)
from chatsim_clients.load.result import Measure
from tests.loads import load_result


def test_only_the_stages_are_measured():
    stages = {each.stage for each in measured(load_result())}
    assert stages == {"steady", "double"}
    assert len(list(measured(load_result()))) == 30


def test_the_peak_is_the_busiest_second_of_the_stages():
    result = load_result(burst=1_500.0)
    assert peak(result).second == 17
    seconds = tuple(
        evolve(each, delivered=10**6) if each.second == 1 else each for each in result.seconds
    )
    assert peak(evolve(result, seconds=seconds)).second == 17
    assert worst_p99(result).second == 17
    assert peak(evolve(result, seconds=())) is None


def test_measures_without_a_latency_are_not_recorded():
    assert recorded(load_result()) == (Measure.ACKNOWLEDGEMENT, Measure.DELIVERY, Measure.OFFLINE)


def test_every_number_has_a_name_a_title_and_a_meaning():
    assert all(each.title and each.meaning for each in QUANTITIES.values())
    assert [each.of(load_result()) for each in latencies(Measure.READ_NOTICE)] == [None] * 7


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1_234.0, Unit.COUNT, "1,234"),
        (0.5, Unit.RATE, "0.5"),
        (12_345.6, Unit.RATE, "12,346"),
        (4_213.0, Unit.LATENCY, "4.21 ms"),
        (72e6, Unit.BYTES, "72 MB"),
    ],
)
def test_numbers_are_shown_with_their_unit(value, unit, text):
    assert number_text(value, unit) == text
