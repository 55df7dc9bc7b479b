"""Traces under way: identical cascades, the same reporters in every mode, and answers that fit the modes."""

from __future__ import annotations

import re

import attrs
import pytest

from chatsim.errors import ConfigurationError, RunError
from chatsim.model import Traceability
from chatsim.study.json_values import to_json
from chatsim.study.scenario import Generated
from chatsim.study.trace.blame import Who
from chatsim.study.trace.conduct import reporters
from chatsim.study.trace.sentences import AS_IT_IS
from chatsim_clients.traced import TracedRuns
from tests.traces import conduct, request, results


def test_two_traces_with_keys_of_their_own_give_the_same_bytes():
    scenario = attrs.evolve(request().scenario, population=Generated(users=60), runs=1)
    one, other = (conduct(scenario=scenario, queries=5).trace() for _ in range(2))
    assert to_json(one.found) == to_json(other.found)


def test_the_reporters_are_the_same_in_every_mode():
    queries = results().queries
    whose = ["case", "run", "content", "reporter", "depth", "originator"]
    (first, *others) = (
        rows.select(whose) for _, rows in queries.group_by("mode", maintain_order=True)
    )
    assert len(others) == 3
    assert all(rows.equals(first) for rows in others)


def test_without_traceability_nobody_is_named_and_nothing_is_kept():
    found = results().found
    assert found.of("none", AS_IT_IS).share(Who.NOBODY).value == 1.0
    assert found.cost("none").stored_year == found.cost("none").wire_extra == 0.0


def test_where_nobody_cheats_or_pastes_a_tag_names_the_originator_and_a_path_is_the_chain():
    found = results().found
    for mode in ("tag", "traceback"):
        precision = found.of(mode, "0 % paste").precision
        assert precision is not None
        assert precision.value == 1.0
    exact = found.of("traceback", "0 % paste").path_exact
    assert exact is not None
    assert exact.value == 1.0


def test_a_hash_database_names_the_first_of_several_originators():
    found = results().found.of("hashdb", "0 % paste")
    assert found.named.value == 1.0
    assert found.originators.value > 1.0
    assert found.share(Who.ELSEWHERE).value > 0


def test_what_a_mode_adds_to_a_copy_on_the_wire_is_at_least_its_slots():
    for cost in results().found.costs:
        assert cost.slot_bytes <= cost.wire_extra + 1e-9 <= cost.slot_bytes + 8


def test_a_year_is_what_new_texts_take_at_the_stated_volume():
    cost = results().found.cost("traceback")
    assert cost.stored_year == 365 * 1e11 * cost.stored_new
    assert cost.stored_held == 30 * 1e11 * cost.stored_new
    assert cost.stored_run > 0


def test_more_reports_than_holders_ask_every_holder():
    assert reporters(1, 0, 0, [5, 3, 9], 10) == [3, 5, 9]


def test_reporters_are_drawn_by_the_seed_not_by_their_order():
    holders = list(range(100))
    assert reporters(1, 0, 0, holders, 7) == reporters(1, 0, 0, holders[::-1], 7)
    assert reporters(1, 0, 0, holders, 7) != reporters(2, 0, 0, holders, 7)


class Disturbed:
    """Under a tag, people behave otherwise."""

    def __init__(self, scenario):
        if scenario.traceability is Traceability.TAG:
            scenario = attrs.evolve(scenario, seed=scenario.seed + 1)
        self._runs = TracedRuns(scenario)

    def play(self, policy, plan):
        return self._runs.play(policy, plan)


def test_cascades_that_differ_between_modes_are_refused():
    other = conduct()
    other.witnesses = Disturbed
    with pytest.raises(RunError, match="differ between none and tag"):
        other.trace()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"queries": 0}, "queries is 0; a trace takes from 1 to 10,000"),
        ({"modes": ()}, "no mode is given"),
        ({"cheat_share": 1.5}, "cheat_share is 1.5; it takes a share above 0 and up to 1 (100 %)"),
        ({"messages_per_day": 0.0}, "messages_per_day is 0; it takes a number above 0"),
    ],
)
def test_what_cannot_be_traced_is_told_in_one_sentence(changes, said):
    with pytest.raises(ConfigurationError, match=re.escape(said)):
        request(**changes).check()


def test_more_people_than_this_process_can_relay_for_are_refused():
    with pytest.raises(ConfigurationError, match="takes at most 100,000"):
        request().check_users(100_001)
