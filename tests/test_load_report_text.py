from __future__ import annotations

import pytest
from attrs import evolve

from chatsim_clients.load.report_text import lines
from chatsim_clients.load.result import new_histogram
from tests.loads import load_result, losing


@pytest.mark.parametrize("width", [72, 100, 200])
def test_no_line_is_wider_than_asked_and_none_holds_a_control_character(width):
    told = lines(losing(load_result(warnings=("It was \x1b[31m slow.",))), width)
    assert max(map(len, told)) <= min(width, 120)
    assert all(character.isprintable() for line in told for character in line)


def test_warnings_come_first_and_latencies_last():
    told = lines(load_result(warnings=("It was slow.",)), 100)
    assert told[0] == "Warning: It was slow."
    assert told[-3].split() == [
        "Delivery",
        "3,000",
        "800",
        "us",
        "1.53",
        "ms",
        "3.08",
        "ms",
        "5.83",
        "ms",
        "10.3",
        "ms",
        "10.3",
        "ms",
    ]


def test_a_load_in_which_nothing_arrived_has_no_table():
    result = load_result()
    told = lines(
        evolve(result, histograms={each: new_histogram() for each in result.histograms}), 100
    )
    assert told[-1] == ""
    assert told[-2].endswith(".")
