from __future__ import annotations

import pytest
from attrs import evolve

from chatsim_clients.load.comparing import Run, differences, doubts, lines, named, rows
from tests.loads import PLAN, load_result, losing


def test_ratios_are_the_second_over_the_first():
    found = {row.quantity.name: row for row in rows(load_result(slow=2.0), load_result())}
    assert found["delivery.p50"].cells == ("Delivery p50", "1.6 ms", "800 us", "0.5x")
    assert found["offered_rate"].ratio == "1x"
    assert found["lost"].cells == ("Lost", "0", "0", "-")
    assert "notices" not in found


def test_a_number_that_only_one_load_has_stands_alone():
    found = {
        row.quantity.name: row
        for row in rows(load_result(server_cpu_per_delivery=None), load_result())
    }
    assert found["cpu_per_delivery"].cells[1:] == ("-", "34.6 us", "-")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_asked(width):
    told = lines(Run("uncapped", load_result()), Run("today's rule", losing(load_result())), width)
    assert max(map(len, told)) <= width
    assert any(line.split()[:3] == ["Lost", "0", "12"] for line in told)


def test_runs_are_called_after_their_policies_where_those_differ():
    free, capped = (load_result(plan={**PLAN, "policy": name}) for name in ("uncapped", "cap-5"))
    assert [run.name for run in named(free, capped, ("a", "b"))] == [
        "Uncapped",
        "5 chats at a time",
    ]
    assert [run.name for run in named(free, free, ("a", "b"))] == ["a", "b"]


def test_a_policy_that_nobody_knows_any_more_is_called_as_it_was_given():
    gone, free = (load_result(plan={**PLAN, "policy": name}) for name in ("gone.toml", "uncapped"))
    assert [run.name for run in named(gone, free, ("a", "b"))] == ["gone.toml", "Uncapped"]


def test_plans_that_differ_in_the_policy_alone_raise_no_doubt():
    other = {**PLAN, "policy": "cap-5", "command": "chatsim load --policy cap-5"}
    assert differences(PLAN, other) == ()
    assert doubts(load_result(), load_result(plan=other)) == ()


def test_every_other_difference_is_named():
    other = {**PLAN, "workload": {"rate": 900.0, "burstiness": 0.0}, "stages": PLAN["stages"][:1]}
    found = differences(PLAN, other)
    assert found[0] == "workload rate: 500.0 and 900.0"
    assert "stages 2 seconds: 10.0 and none" in found


def test_many_differences_are_counted():
    other = {f"key {i}": i for i in range(20)}
    (sentence,) = doubts(load_result(plan={}), load_result(plan=other))
    assert sentence.endswith("key 5: none and 5; and 14 more.")


def test_different_machines_are_named():
    (sentence,) = doubts(load_result(), evolve(load_result(), machine="another"))
    assert sentence.startswith("They ran on different machines: Some CPU")


def test_warnings_of_either_are_told_with_the_numbers():
    told = lines(Run("a", load_result(warnings=("It was slow.",))), Run("b", load_result()), 100)
    assert told[-1] == "Warning (a): It was slow."
