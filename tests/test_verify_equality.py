"""Check (c) stands with (a): both ask for the same copies, in every way and on any number of threads."""

from __future__ import annotations

import itertools

import pytest
from attrs import evolve

from chatsim.behaviour.values import Audience
from chatsim.cascade.values import RunOutcome
from chatsim.model import Enforcement
from chatsim.policy.presets import preset
from chatsim.testing.verify import equality, settings
from chatsim.testing.verify.values import Experiment, Row, Way
from chatsim.testing.verify.ways import by_twin
from tests.cascades import run_of
from tests.wrong_ways import (
    Change,
    altered,
    with_a_copy_a_second_later,
    with_a_copy_less,
    with_another_sender,
    with_one_more_held_back,
)

COMPARED = tuple(way for way in Enforcement if way is not Enforcement.BLIND)
CAPPED = {"five, then one": preset("whatsapp-2020-04")}
CROWD = settings.crowd(Audience.PICK, 800)


PLAYED: dict[object, RunOutcome] = {}


def once(experiment: Experiment) -> RunOutcome:
    """The naive twin's play, remembered: every test here asks for the same ones."""
    assert experiment.spec is not None
    key = evolve(experiment, population=None)
    if key not in PLAYED:
        PLAYED[key] = by_twin(experiment)
    return PLAYED[key]


def in_every_way(way: Way) -> Row:
    (row,) = equality.the_same_in_every_way({"twin": once, "other": way}, CAPPED)
    return row


def test_the_same_copies_pass_and_are_counted() -> None:
    row = in_every_way(by_twin)
    assert (row.passed, row.found, row.deviation) == (True, "identical", None)
    assert row.compared.endswith(f" copies, {len(COMPARED) * len(Audience)} runs: twin, other")
    assert int(row.compared.split()[0].replace(",", "")) > 2_000 * len(Audience)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        (with_a_copy_less, "received"),
        (with_another_sender, "first_copies.parent"),
        (with_a_copy_a_second_later, "first_copies.tick"),
        (with_one_more_held_back, "deeds.held_back"),
    ],
)
def test_one_wrong_copy_is_caught_and_its_way_named(change: Change, column: str) -> None:
    row = in_every_way(altered(once, change))
    assert not row.passed
    assert row.found == f"other differs in content 1: {column}"


@pytest.mark.parametrize("law", Audience)
@pytest.mark.parametrize("enforcement", COMPARED)
def test_an_error_under_one_law_and_enforcement_is_caught(law, enforcement) -> None:
    def only(experiment: Experiment) -> bool:
        return experiment.behaviour.audience is law and experiment.enforcement is enforcement

    assert not in_every_way(altered(once, with_a_copy_less, only)).passed


@pytest.mark.parametrize(
    ("in_turns", "ends", "times"),
    [(True, "3 runs: twin, tcp (1 of them)", 1), (False, "9 runs: twin, tcp (3 of them)", 3)],
)
def test_every_law_and_enforcement_has_its_turn_over_sockets(in_turns, ends, times) -> None:
    policies = {
        str(number): CAPPED["five, then one"] for number in range(len(COMPARED) * len(Audience))
    }
    taken = []

    def near(experiment: Experiment) -> RunOutcome:
        return RunOutcome((run_of([None, 0]),))

    def over_sockets(experiment: Experiment) -> RunOutcome:
        taken.append((experiment.behaviour.audience, experiment.enforcement))
        return near(experiment)

    ways = {"twin": near, "tcp": over_sockets}
    rows = list(equality.the_same_in_every_way(ways, policies, in_turns=in_turns))
    assert all(row.compared.endswith(ends) for row in rows)
    assert sorted(taken) == sorted([*itertools.product(Audience, COMPARED)] * times)


def test_an_error_over_sockets_is_caught_in_whole_and_in_turns() -> None:
    ways = {"twin": by_twin, "tcp": altered(by_twin, with_a_copy_less)}
    for in_turns in (True, False):
        (row,) = equality.the_same_in_every_way(ways, CAPPED, in_turns=in_turns)
        assert (row.passed, row.found) == (False, "tcp differs in content 1: received")


def test_a_run_that_is_too_small_fails() -> None:
    experiment = settings.lively(Audience.PICK, CAPPED["five, then one"])
    tiny = evolve(experiment, duration_seconds=43_300)
    row = equality.row_of("a", "tiny", [equality.Match.of(tiny, {"twin": by_twin})])
    assert not row.passed
    assert row.found.startswith("too small")


def test_results_that_depend_on_threads_are_caught() -> None:
    ways = {"1 thread": by_twin, "4 threads": by_twin}
    assert equality.on_any_threads(ways, Audience.PICK, CROWD).passed
    ways["4 threads"] = altered(by_twin, with_another_sender)
    row = equality.on_any_threads(ways, Audience.PICK, CROWD)
    assert not row.passed
    assert row.found.startswith("4 threads differs")


def test_the_digest_of_a_row_follows_every_copy() -> None:
    right = equality.on_any_threads({"1 thread": by_twin}, Audience.PICK, CROWD)
    again = equality.on_any_threads({"1 thread": by_twin}, Audience.PICK, CROWD)
    wrong = equality.on_any_threads(
        {"1 thread": altered(by_twin, with_a_copy_a_second_later)}, Audience.PICK, CROWD
    )
    assert right.digest == again.digest
    assert right.digest != wrong.digest
    assert len(right.digest) == 64
