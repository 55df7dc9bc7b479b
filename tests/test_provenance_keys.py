"""Keyed functions that are asked often, and fresh bytes that are drawn ahead, are what they stand for."""

from __future__ import annotations

import pytest

from chatsim.provenance.keys import Keyed, Supply, keyed

KEY = b"k" * 32


@pytest.mark.parametrize("size", [16, 32])
def test_asked_often_or_once_it_is_the_same_function(size):
    made = Keyed(KEY, b"label", size)
    for parts in ((b"one", b"two"), (b"",), (bytes(300),)):
        assert made(b"".join(parts)) == keyed(KEY, b"label", *parts, size=size)
    assert made(b"one") != Keyed(KEY, b"other", size)(b"one")
    assert made(b"one") != Keyed(b"q" * 32, b"label", size)(b"one")


def test_what_is_drawn_ahead_is_given_out_once():
    supply = Supply(16)
    given = [supply() for _ in range(200)]
    assert {len(each) for each in given} == {16}
    assert len(set(given)) == 200
