"""Figures in alternating rounds: their order, their middle half, and one small round of servers."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import pytest


@pytest.fixture
def scripts(checkout: Path, monkeypatch):
    monkeypatch.syspath_prepend(str(checkout / "scripts"))
    return importlib.import_module


def test_every_second_round_goes_backwards(scripts, capsys):
    taken = []

    def figure(name):
        taken.append(name)
        return len(taken)

    found = scripts("alternating").in_rounds(["one", "two", "three"], 3, figure)
    assert taken == ["one", "two", "three", "three", "two", "one", "one", "two", "three"]
    assert found == {"one": [1, 6, 7], "two": [2, 5, 8], "three": [3, 4, 9]}
    assert capsys.readouterr().err.splitlines()[-1] == "round 3 of 3"


@pytest.mark.parametrize(
    ("values", "between"), [([4.0], (4.0, 4.0)), ([1.0, 2.0, 3.0, 4.0, 5.0], (1.5, 4.5))]
)
def test_the_middle_half_of_one_value_is_itself(scripts, values, between):
    assert scripts("alternating").middle_half(values) == between


def test_each_way_carries_its_messages_on_a_server_of_its_own(scripts):
    permitted = os.sched_getaffinity(0)
    amount = scripts("broker_load").Amount(200, 5.0)
    try:
        found, where = scripts("alternating").carried_in_rounds(
            scripts("e2ee_cost").WAYS, 1, 10, amount
        )
    finally:
        os.sched_setaffinity(0, permitted)
    assert list(found) == ["open", "sealed"]
    assert all(each.messages >= 200 and not each.refused for (each,) in found.values())
    assert "pinned" in where
