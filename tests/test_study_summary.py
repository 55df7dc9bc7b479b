from __future__ import annotations

import pytest

from chatsim.study.summary import Estimate
from tests.studies import small_summary


def test_results_are_found_by_name():
    summary = small_summary()
    assert summary.policy("cap-5").title == "Five chats"
    assert summary.headline("cap-5") is summary.policy("cap-5").contents[0]
    assert summary.policy("cap-5").content("joke").content == "joke"


def test_an_unknown_name_is_a_key_error():
    with pytest.raises(KeyError):
        small_summary().policy("nobody")
    with pytest.raises(KeyError):
        small_summary().control.content("nothing")


@pytest.mark.parametrize(
    ("low", "high", "excludes"),
    [
        (1.0, 2.0, True),
        (-2.0, -1.0, True),
        (-1.0, 1.0, False),
        (0.0, 1.0, False),
        (None, None, False),
    ],
)
def test_an_interval_excludes_zero_only_from_one_side(low, high, excludes):
    assert Estimate(0.5, low, high).excludes_zero is excludes
