"""When people of the naive twin read and post."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatsim.model import ONE_DAY, ONE_HOUR
from chatsim.testing.twin_rules import after_the_night, first_noon


@given(st.integers(0, 10 * ONE_DAY), st.integers(1, 100), st.integers(-50_000, 50_000))
def test_the_night_keeps_the_order_and_ends_before_eight(tick: int, more: int, offset: int) -> None:
    morning = after_the_night(tick, offset)
    assert morning >= tick
    assert (morning + offset) % ONE_DAY >= 7 * ONE_HOUR
    if morning != tick:
        assert (morning + offset) % ONE_DAY < 8 * ONE_HOUR
    assert after_the_night(tick + more, offset) >= morning


def test_noon_is_local() -> None:
    assert first_noon(0) == 43_200
    assert first_noon(19_800) == 23_400
    assert first_noon(-10_800) == 54_000
    assert first_noon(46_800) == 82_800
