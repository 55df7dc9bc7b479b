from __future__ import annotations

from pathlib import Path

import pytest

from chatsim.errors import ConfigurationError
from chatsim_clients.load.parts import (
    Burst,
    Closed,
    FixedBody,
    GroupShare,
    ListedBody,
    LognormalBody,
    Mix,
    Open,
    Replay,
    Stage,
    Storm,
)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Open(0), "rate is 0; it takes messages a second above 0"),
        (lambda: Open(1, 0.99), "burstiness is 0.99; it takes a number from 0"),
        (lambda: Closed(0), "window is 0; it takes a whole number from 1 to 200"),
        (lambda: Replay(Path("x"), 0), "speed is 0"),
        (lambda: Stage(0), "a stage's seconds is 0"),
        (lambda: Stage(1, -1), "a stage's factor is -1"),
        (lambda: GroupShare(2.0), "a group share is 2.0; it takes a share from 0 to 1"),
        (lambda: GroupShare(0.1, 5, 4), "a group size is 5 to 4"),
        (lambda: Mix((GroupShare(0.6), GroupShare(0.6))), "the sum of all group shares"),
        (lambda: Mix(offline=1.0), "offline is 1.0; it takes a share below 1"),
        (lambda: FixedBody(3), "a body's size is 3; it takes bytes from 25"),
        (lambda: LognormalBody(200, 9), "sigma of the sizes is 9"),
        (lambda: ListedBody(()), "the list of sizes is empty"),
        (lambda: ListedBody((200, 1)), "a body's size is 1"),
        (lambda: Storm(-1, 0.5), "a storm's time is -1"),
        (lambda: Burst(0, originators=0), "the burst's originators is 0"),
    ],
)
def test_a_part_that_cannot_be_meant_is_refused_in_one_sentence(make, says):
    with pytest.raises(ConfigurationError) as caught:
        make()
    assert says in str(caught.value)
