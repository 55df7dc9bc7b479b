"""Windows and room are how the engine works, and nothing that a run depends on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attrs import evolve

from chatsim.behaviour.values import Audience
from chatsim.engine import playing, state
from chatsim.policy.presets import preset
from chatsim.testing.verify.settings import LIFETIME, lively
from tests.engines import assert_same_measures, by_twin, played, tallied
from tests.runs import assert_large_enough

LAWS = pytest.mark.parametrize("law", Audience)
POLICIES = pytest.mark.parametrize(
    "policy", [LIFETIME, preset("whatsapp-2020-04")], ids=lambda policy: policy.name
)


def always(ticks: int) -> Callable[[int, int], int]:
    """A rule for the length of a window that asks for nothing."""
    return lambda _lookahead, _users: ticks


@LAWS
@POLICIES
def test_the_length_of_a_window_changes_nothing(law, policy, monkeypatch) -> None:
    experiment = lively(law, policy)
    expected = by_twin(experiment)
    assert_large_enough(expected.contents)
    for ticks in (1, 4, 15, 60):
        monkeypatch.setattr(state, "window_of", always(ticks))
        outcome = played(experiment)
        assert outcome.differences(expected) == []
        assert_same_measures(tallied(experiment), outcome, policy)


@pytest.mark.parametrize(
    ("lookahead", "users", "ticks"),
    [
        (1, 9, 1),
        (7, 9, 6),
        (59, 9, 30),
        (60, 9, 60),
        (300, 9, 60),
        (60, 2**31 - 1, 15),
        (14, 2**31 - 1, 12),
    ],
)
def test_a_window_divides_a_minute_and_is_no_longer_than_the_lookahead(
    lookahead: int, users: int, ticks: int
) -> None:
    assert state.window_of(lookahead, users) == ticks


def without_room(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Room for nothing at first, then only for what is asked for; returns how often more was needed."""
    grown = []

    def exactly(sends, filled, rows):
        grown.append(int(filled))
        larger = state.reserved((rows, sends.shape[1]))
        larger[:filled] = sends[:filled]
        return larger

    monkeypatch.setattr(playing, "SENDS_MIN", 1)
    monkeypatch.setattr(playing, "CHUNKS_MIN", 1)
    monkeypatch.setattr(playing, "with_room", exactly)
    return grown


@LAWS
@POLICIES
@pytest.mark.parametrize("threads", [1, 3])
def test_a_run_goes_on_where_it_had_no_room(law, policy, threads: int, monkeypatch) -> None:
    experiment = lively(law, policy)
    expected = played(experiment)
    assert_large_enough(expected.contents)
    monkeypatch.setattr(playing, "CROWD", 0)
    monkeypatch.setattr(state, "RANGE_BITS_MIN", 4)
    grown = without_room(monkeypatch)
    assert played(experiment, threads=threads).differences(expected) == []
    assert any(filled > 0 for filled in grown)


@pytest.mark.parametrize("threads", [1, 2])
def test_rounds_of_a_second_go_on_in_the_middle_of_a_window(threads: int, monkeypatch) -> None:
    experiment = lively(Audience.REPEAT, LIFETIME)
    behaviour = evolve(experiment.behaviour, interval_seconds=1, round_recovery=0.02)
    experiment = evolve(experiment, behaviour=behaviour, duration_seconds=46_000)
    expected = by_twin(experiment)
    assert_large_enough(expected.contents)
    grown = without_room(monkeypatch)
    monkeypatch.setattr(playing, "CROWD", 0)
    outcome = played(experiment, threads=threads)
    assert outcome.differences(expected) == []
    assert any(filled > 0 for filled in grown)
    monkeypatch.undo()
    assert played(experiment).differences(expected) == []
    assert_same_measures(tallied(experiment), outcome, LIFETIME)
