"""Whom an answer blames, and how far that is from who began it."""

from __future__ import annotations

import pytest

from chatsim.provenance.values import Finding
from chatsim.study.trace.blame import PathFit, Truth, Who, judge

# 1 began it; 1 -> 2 -> 3 (pasted) -> 4, and 9 began it elsewhere. 2 has a modified app.
TRUTH = Truth(
    parent={2: 1, 3: 2, 4: 3, 8: 9},
    original=frozenset({2, 4, 8}),
    senders=frozenset({1, 2, 3, 9}),
    modified=frozenset({2}),
)


def test_the_chain_goes_back_over_pastes_to_the_true_originator():
    assert TRUTH.chain(4) == (3, 2, 1)
    assert TRUTH.chain(1) == ()


@pytest.mark.parametrize(
    ("blamed", "who", "distance"),
    [
        (1, Who.ORIGINATOR, 0),
        (2, Who.CHEATED, 1),
        (3, Who.PASTED, 2),
        (9, Who.ELSEWHERE, None),
        (8, Who.BYSTANDER, None),
        (4, Who.BYSTANDER, None),
    ],
)
def test_who_is_blamed_and_how_many_steps_off(blamed, who, distance):
    answer = judge(TRUTH, 4, Finding(blamed))
    assert (answer.who, answer.distance) == (who, distance)
    assert (answer.originator, answer.depth, answer.blamed) == (1, 3, blamed)


def test_whoever_only_forwarded_is_told_from_whoever_cheated():
    honest = Truth(TRUTH.parent, TRUTH.original, TRUTH.senders, frozenset())
    assert judge(honest, 4, Finding(2)).who is Who.FORWARDED


def test_a_reporter_whose_copy_came_from_the_originator_is_one_step_away():
    assert judge(TRUTH, 2, Finding(1)).depth == 1


def test_no_answer_blames_and_shows_nobody():
    answer = judge(TRUTH, 4, None)
    assert (answer.who, answer.blamed, answer.distance, answer.exposed) == (
        Who.NOBODY,
        None,
        None,
        0,
    )


def test_everybody_whom_the_answer_identifies_is_counted_once():
    finding = Finding(3, path=(3,), others=frozenset({3, 8, 9}))
    assert judge(TRUTH, 4, finding).exposed == 3


@pytest.mark.parametrize(
    ("path", "fit"),
    [
        ((), PathFit.NONE),
        ((3, 2, 1), PathFit.EXACT),
        ((3,), PathFit.PART),
        ((3, 2), PathFit.PART),
        ((3, 1), PathFit.WRONG),
        ((9,), PathFit.WRONG),
    ],
)
def test_a_path_is_held_against_the_true_chain(path, fit):
    assert judge(TRUTH, 4, Finding(1, path=path)).path is fit
