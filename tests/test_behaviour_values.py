"""Behaviours as values."""

from __future__ import annotations

import pytest

from chatsim.behaviour.values import Audience, Behaviour
from chatsim.errors import ConfigurationError


@pytest.mark.parametrize(
    ("audience", "pause"), [(Audience.PICK, 20), (Audience.EACH, 1), (Audience.REPEAT, 300)]
)
def test_the_shortest_pause_is_the_audience_laws(audience: Audience, pause: int) -> None:
    assert Behaviour(audience, redo_seconds=20, interval_seconds=300).pause_seconds == pause


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"interval_seconds": 0}, "interval_seconds is 0; it takes a number above 0"),
        ({"round_recovery": 1.5}, "round_recovery is 1.5; it takes a share from 0 to 1"),
    ],
)
def test_rounds_that_cannot_be_are_refused(change: dict[str, float], says: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        Behaviour(**change)  # type: ignore[arg-type]
    assert str(refusal.value).startswith(says)
