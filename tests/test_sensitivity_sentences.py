"""The findings in words: one answer on top, and what keeps it from being sure."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatsim.report.sensitivity_table import plain
from chatsim.study.sensitivity import sentences
from chatsim.study.sensitivity.factors import GIVEN
from chatsim.study.sensitivity.values import Counts, Method, Stricter
from chatsim.study.summary import INTERVALS_LINE
from tests.sensitivities import analysed, by_persistence, factor, request_of, results_of


@pytest.fixture(scope="module")
def found():
    return results_of().found


@pytest.fixture(scope="module")
def flipping():
    factors = (factor("persistence"), factor("group_chance"), factor("half_life"))
    return analysed(request_of(*factors, size=16), by_persistence).found


def test_a_ranking_that_holds_does_not_depend_on_an_assumption(found):
    assert found.title == "Strict rule is stricter than Lax rule, whatever is assumed"
    assert found.answer[0] == (
        "Which of the two is stricter does not depend on any assumption within its plausible range: "
        f"Strict rule kept the rumour from more people in all {found.counts.all} combinations of assumptions."
    )


def test_where_some_combinations_do_not_decide_the_answer_says_so(found):
    unsure = evolve(found, counts=Counts(first=0, second=30, undecided=4, nothing=0))
    assert "or no different, whatever is assumed" in sentences.title(unsure)
    said = sentences.answer(unsure)[0]
    assert said.endswith(
        "in 30 of 34 combinations of assumptions; in 4 no difference was seen, "
        "and in none was Lax rule stricter."
    )


def test_ranges_of_the_users_own_are_not_called_plausible(found):
    given = evolve(found, factors=(evolve(found.factors[0], source=GIVEN), *found.factors[1:]))
    assert "any assumption within its range:" in sentences.answer(given)[0]


def test_a_ranking_that_turns_says_where(flipping):
    assert flipping.title.startswith("It depends: Strict rule is usually stricter than Lax rule")
    assert flipping.answer[0].startswith("Which of the two is stricter depends on the assumptions")
    assert flipping.answer[1].startswith("All of them have persistence of 60 % or more; of the")


def test_a_bound_that_a_few_flips_do_not_keep_is_not_said_of_all(flipping):
    flips = evolve(flipping.flips, count=flipping.flips.meeting_flips + 1)
    said = sentences.answer(evolve(flipping, flips=flips))[1]
    assert said.startswith(f"{flips.meeting_flips} of these {flips.count} have")


def test_flips_without_a_bound_are_told_by_the_clearest(flipping):
    flips = evolve(flipping.flips, conditions=())
    said = sentences.answer(evolve(flipping, flips=flips))[1]
    clearest = flips.strongest[0]
    assert said.startswith(
        f"The clearest flip is combination {clearest.number}, with persistence of 90 %: "
    )
    assert "points the other way (" in said


def test_the_gap_at_the_scenarios_own_values_is_told_with_its_interval(found):
    said = " ".join(found.answer)
    assert "Lax rule reaches 20 % fewer people than uncapped, Strict rule 40 %" in said
    assert "points apart (" in said
    unsure = evolve(found.base, gap=evolve(found.base.gap, low=-0.1))
    assert "no difference between the two was seen in 6 runs" in " ".join(
        sentences.answer(evolve(found, base=unsure))
    )


def test_the_assumptions_that_matter_most_are_named(found):
    assert sentences.important(found) == ("persistence",)
    assert "depends mostly on persistence: over all combinations the gap" in " ".join(found.answer)
    flat = evolve(found, morris=tuple(evolve(each, mu_star=0.0) for each in found.morris))
    assert "No assumption changes how far apart" in " ".join(sentences.answer(flat))


def test_a_gap_is_counted_for_the_usually_stricter_policy(found):
    first = evolve(found, flips=evolve(found.flips, usually=Stricter.FIRST))
    assert sentences.in_favour(0.1, found) == 0.1
    assert sentences.in_favour(0.1, first) == -0.1
    assert sentences.title(first).startswith("Lax rule is stricter")


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.031, "3.1 points"), (0.01, "1 point"), (-0.02, "-2 points"), (0, "0 points")],
)
def test_points_are_counted(share, text):
    assert sentences.points(share) == text


def test_a_weak_analysis_says_what_to_try(found):
    assert sentences.weakness(found) == ()
    few = evolve(found, runs=4)
    assert "try --runs 20" in sentences.weakness(few)[0]
    silent = evolve(found, counts=Counts(0, 3, 0, 40))
    assert "does not break out" in sentences.weakness(silent)[0]
    unsure = evolve(found, counts=Counts(0, 3, 40, 0))
    assert "more runs" in sentences.weakness(unsure)[0]


def test_the_table_has_a_line_for_each_assumption_and_the_answer(found):
    text = plain(found)
    assert text.startswith("A rumour that 4 readers in 10 forward, 5 originators, 400 people")
    for swing in found.swings:
        assert swing.title in text
    assert "Compared: Lax rule (lax) and Strict rule (strict)." in text.replace("\n", " ")
    assert text.endswith(f"{INTERVALS_LINE}\n")
    assert max(map(len, text.splitlines())) <= 100


def test_the_table_tells_sobols_totals():
    request = request_of(factor("persistence"), factor("half_life"), method=Method.SOBOL, size=16)
    text = plain(analysed(request, by_persistence).found)
    assert "Sobol's total index" in text
    assert "%" in next(line for line in text.splitlines() if line.startswith("persistence"))
