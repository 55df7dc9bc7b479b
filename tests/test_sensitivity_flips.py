"""Where the ranking turns, and in which words."""

from __future__ import annotations

import numpy as np
import pytest

from chatsim.study.sensitivity.flips import counts_of, flips_of, usually_stricter
from chatsim.study.sensitivity.values import Combination, Role, Stricter
from chatsim.study.summary import Estimate
from tests.sensitivities import factor

FACTORS = tuple(
    factor(name)
    for name in ("persistence", "paste_probability", "group_chance", "share_probability")
)
FIRST, SECOND = Stricter.FIRST, Stricter.SECOND
UNDECIDED, NOTHING = Stricter.UNDECIDED, Stricter.NOTHING


def combination(number: int, stricter: Stricter, values=(0.5, 0.1, 0.2, 0.4), gap=0.05):
    value = -gap if stricter is FIRST else gap
    same = Estimate(-0.2, -0.3, -0.1)
    return Combination(
        number, Role.PLAN, "", tuple(values), (300.0, 200.0, 190.0), 1.0, (same, same),
        Estimate(value, value - 0.01, value + 0.01), None, stricter,
    )  # fmt: skip


def grid(many: int, flips) -> list[Combination]:
    """Combinations drawn from all factors' ranges; those that `flips` says of flip."""
    rows = np.random.default_rng(7).random((many, len(FACTORS)))
    values = [
        [each.between(share) for each, share in zip(FACTORS, row, strict=True)] for row in rows
    ]
    return [
        combination(i, FIRST if flips(*each) else SECOND, each) for i, each in enumerate(values)
    ]


def test_a_corner_in_which_the_ranking_turns_is_described():
    played = grid(200, lambda persistence, paste, *_: persistence > 0.6 and paste > 0.15)
    found = flips_of(played, FACTORS, SECOND, unconfirmed=0)
    assert found.count > 20
    assert {each.factor for each in found.conditions} == {"persistence", "paste_probability"}
    assert all(each.text.endswith("or more") for each in found.conditions)
    assert found.conditions[0].text.startswith(("persistence of 6", "paste probability of 15"))
    assert found.meeting_flips >= 0.8 * found.count
    assert found.meeting_flips >= 0.8 * found.meeting


def test_a_low_end_is_described_as_well():
    played = grid(100, lambda persistence, *_: persistence < 0.2)
    (condition,) = flips_of(played, FACTORS, SECOND, unconfirmed=0).conditions
    assert condition.text.startswith("persistence of 1")
    assert condition.text.endswith("or less")


def test_one_stray_flip_does_not_hide_a_corner():
    played = grid(200, lambda persistence, *_: persistence > 0.7)
    stray = combination(200, FIRST, (0.1, 0.1, 0.2, 0.4))
    found = flips_of([*played, stray], FACTORS, SECOND, unconfirmed=0)
    assert found.conditions[0].factor == "persistence"
    assert found.meeting_flips == found.count - 1


def test_flips_that_have_nothing_in_common_are_not_given_a_reason():
    drawn = np.random.default_rng(11).random(200) < 0.06
    numbers = iter(range(200))
    played = grid(200, lambda *_: drawn[next(numbers)])
    found = flips_of(played, FACTORS, SECOND, unconfirmed=0)
    assert found.count > 5
    assert found.conditions == ()
    assert found.meeting == 0


def test_a_single_flip_says_nothing_of_the_others():
    played = [*grid(50, lambda *_: False), combination(50, FIRST, (0.9, 0.3, 0.1, 0.8))]
    found = flips_of(played, FACTORS, SECOND, unconfirmed=2)
    assert (found.count, found.unconfirmed, found.conditions) == (1, 2, ())
    (flip,) = found.strongest
    assert flip.values == ("90 %", "30 %", "10 %", "80 %")


def test_the_clearest_flips_come_first_and_ten_at_most():
    many = [combination(i, FIRST, gap=0.02 + 0.001 * i) for i in range(12)]
    usual = [combination(20 + i, SECOND) for i in range(30)]
    strongest = flips_of([*many, *usual], FACTORS, SECOND, unconfirmed=0).strongest
    assert [each.number for each in strongest] == list(range(11, 1, -1))


def test_counts_keep_chance_and_nothing_to_compare_apart():
    kinds = [FIRST, SECOND, SECOND, UNDECIDED, NOTHING, NOTHING]
    counts = counts_of([combination(i, kind) for i, kind in enumerate(kinds)])
    assert (counts.first, counts.second, counts.undecided, counts.nothing) == (1, 2, 1, 2)
    assert (counts.compared, counts.all) == (4, 6)


@pytest.mark.parametrize(
    ("kinds", "usually"),
    [
        ([FIRST, SECOND, SECOND], SECOND),
        ([FIRST, FIRST, SECOND], FIRST),
        ([UNDECIDED, NOTHING], UNDECIDED),
        ([SECOND, FIRST], SECOND),
        ([UNDECIDED, FIRST, SECOND], FIRST),
    ],
)
def test_the_usually_stricter_policy_is_that_of_most_combinations(kinds, usually):
    played = [combination(i, kind) for i, kind in enumerate(kinds)]
    assert usually_stricter(played) is usually


def test_where_nothing_decides_nothing_flips():
    played = [combination(i, UNDECIDED) for i in range(5)]
    found = flips_of(played, FACTORS, UNDECIDED, unconfirmed=0)
    assert (found.count, found.strongest, found.conditions) == (0, (), ())
