from __future__ import annotations

import attrs
import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatsim.cascade.measures import measure
from chatsim.cascade.packing import (
    pack_measures,
    pack_outcome,
    unpack_measures,
    unpack_outcome,
)
from chatsim.errors import StoreError
from chatsim.policy import Policy, compile_row
from chatsim.testing.twin import play
from tests.cascades import outcome_of, run_of
from tests.cases import cases


@settings(max_examples=20)
@given(cases())
def test_an_outcome_comes_back_column_by_column(case):
    outcome = play(**case.arguments())
    back = unpack_outcome(pack_outcome(outcome))
    assert back.differences(outcome) == []
    assert back.contents[0].first_copies.user.dtype == np.int64


@given(st.lists(st.integers(-(1 << 63), (1 << 63) - 1), min_size=3, max_size=3))
def test_any_64_bit_integer_survives(values):
    run = run_of([None, 0, 1])
    run.received[:] = values
    assert unpack_outcome(pack_outcome(outcome_of(run))).contents[0].received.tolist() == values


def test_equal_outcomes_give_equal_bytes():
    assert pack_outcome(outcome_of(run_of([None, 0]))) == pack_outcome(
        outcome_of(run_of([None, 0]))
    )


@settings(max_examples=300)
@given(st.binary(max_size=40) | st.builds(msgpack.packb, st.just([1, [[1, 2, 3, 4]]])))
def test_garbage_is_a_store_error(packed):
    with pytest.raises(StoreError):
        unpack_outcome(packed)


@settings(max_examples=200)
@given(st.integers(0, 10_000))
def test_a_file_cut_short_is_a_store_error(cut):
    packed = pack_outcome(outcome_of(run_of([None, 0, 0, 1])))
    with pytest.raises(StoreError):
        unpack_outcome(packed[: cut % len(packed)])


def test_another_packing_version_is_named():
    with pytest.raises(StoreError, match="version 9"):
        unpack_outcome(msgpack.packb([9, []]))


ROW = compile_row(Policy("labels", label_forwarded_from=1))
STORY = run_of([None, 0, 0, 1], deeds=[{"user": 0, "original_chats": 2, "original_copies": 2}])


@pytest.mark.parametrize("tree", [True, False])
def test_measures_come_back_as_they_were(tree):
    measures = (measure(STORY, [ROW], tree=tree), measure(run_of([], users=3), [ROW], tree=tree))
    back = unpack_measures(pack_measures(measures))
    for mine, theirs in zip(measures, back, strict=True):
        np.testing.assert_equal(attrs.asdict(theirs), attrs.asdict(mine))
    assert pack_measures(back) == pack_measures(measures)


def test_an_outcome_and_its_measures_are_not_taken_for_each_other():
    with pytest.raises(StoreError):
        unpack_measures(pack_outcome(outcome_of(STORY)))
    with pytest.raises(StoreError):
        unpack_outcome(pack_measures((measure(STORY, [ROW]),)))


@settings(max_examples=200)
@given(st.binary(max_size=40) | st.builds(msgpack.packb, st.just([1, "measures", [{"reach": 1}]])))
def test_garbage_is_no_measures(packed):
    with pytest.raises(StoreError):
        unpack_measures(packed)
