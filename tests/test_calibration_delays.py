"""Replies are found, and the law that they were drawn from is found again."""

from __future__ import annotations

import numpy as np
import pytest

from chatsim.study.calibration.delays import (
    Lognormal,
    Replies,
    distance,
    fit_lognormal,
    replies,
    resampled_by_person,
)

DAY = 86_400.0


def columns(*messages):
    return (np.array(column) for column in zip(*messages, strict=True))


def test_a_reply_is_the_first_message_back_after_the_oldest_that_waits() -> None:
    found = replies(*columns((1, 2, 0), (1, 2, 50), (2, 1, 60), (2, 1, 70), (1, 2, 100)), DAY)
    # 2 answers after 60 s what 1 wrote first; 1 answers after 40 s; what 1 wrote last waits.
    assert found.person.tolist() == [2, 1, 2]
    assert found.seconds.tolist() == [60, 40, 1]
    assert found.answered.tolist() == [True, True, False]


def test_what_comes_after_the_window_is_no_reply() -> None:
    found = replies(*columns((1, 2, 0), (2, 1, 500), (3, 3, 900)), 400)
    assert found.seconds.tolist() == [400, 400]
    assert found.answered.tolist() == [False, False]


def drawn(answering: float, people: int = 60) -> Replies:
    draws = np.random.default_rng(1)
    seconds = np.exp(np.log(600) + 1.8 * draws.normal(size=12_000))
    never = draws.random(12_000) >= answering
    seconds[never] = DAY
    return Replies(
        draws.integers(0, people, 12_000),
        np.clip(seconds, 1.0, DAY),
        (seconds < DAY) & ~never,
    )


@pytest.mark.parametrize("answering", [0.6, 0.95])
def test_median_sigma_and_the_share_of_answers_are_found(answering: float) -> None:
    law = fit_lognormal(drawn(answering))
    assert law.median_seconds == pytest.approx(600, rel=0.06)
    assert law.sigma == pytest.approx(1.8, rel=0.03)
    assert law.answering == pytest.approx(answering, abs=0.02)


def test_without_a_share_that_never_answers_silence_counts_as_slowness() -> None:
    plain = fit_lognormal(drawn(0.6), cure=False)
    assert plain.answering == 1.0
    assert plain.median_seconds > 5 * 600
    assert fit_lognormal(drawn(1.0), cure=False).median_seconds == pytest.approx(600, rel=0.06)


def test_weights_count_rows_as_often_as_they_say() -> None:
    found = drawn(0.8)
    half = np.where(np.arange(len(found.person)) < 6_000, 1.0, 0.0)
    kept = Replies(found.person[:6_000], found.seconds[:6_000], found.answered[:6_000])
    law, same = fit_lognormal(found, half), fit_lognormal(kept)
    assert law.median_seconds == pytest.approx(same.median_seconds, rel=0.01)


def test_a_resample_draws_persons_with_all_that_they_did() -> None:
    found = drawn(0.8, people=10)
    rows = resampled_by_person(found, np.array([0.0] * 9 + [0.99]))
    people = np.unique(found.person)
    assert set(rows[found.person == people[0]]) == {9.0}
    assert set(rows[found.person == people[-1]]) == {1.0}
    assert rows[found.person == people[4]].sum() == 0


def test_the_gap_is_small_for_the_law_of_the_data_and_large_for_another() -> None:
    found = drawn(0.8)
    assert distance(found, fit_lognormal(found)) < 0.02
    assert distance(found, Lognormal(60.0, 1.8, 1.0)) > 0.3
