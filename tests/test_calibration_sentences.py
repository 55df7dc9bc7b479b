"""What was found, in sentences."""

from __future__ import annotations

import attrs

from chatsim.study.calibration.sentences import in_words, interval, prediction
from tests.calibrations import Formulas, calibration, fit_by_hand, fitted, out_of_reach


def reach(**changes):
    values = {"said": 0.3, "tolerance": 0.1, "median": 0.64, "low": 0.46, "high": 0.77}
    return attrs.evolve(
        fit_by_hand().targets[1], **{**values, "met": False, "inside": False, **changes}
    )


def test_a_ratio_is_said_as_people_say_it() -> None:
    assert in_words(reach(), 0.75) == "25 % fewer"
    assert in_words(reach(), 1.2) == "20 % more"
    assert in_words(reach(ratio=False), 2.5) == "2.50"
    assert interval(reach()) == "23 to 54 %"
    assert interval(reach(high=1.2)) == "54 % fewer to 20 % more"
    assert interval(reach(low=None, high=None)) == ""


def test_a_prediction_says_whether_it_holds_and_what_was_said() -> None:
    assert prediction(reach()) == (
        "People reached, 1 chat at a time: predicted 36 % fewer (23 to 54 %), said 70 % fewer. "
        "So the prediction misses, and its 95 % interval does not reach what was said."
    )
    assert "though its 95 % interval reaches" in prediction(reach(inside=True))
    assert prediction(reach(met=True, inside=True)).endswith("So the prediction holds.")
    assert "could not be measured" in prediction(reach(median=None))


def test_the_answer_begins_with_the_prediction_and_names_what_stays_open() -> None:
    first, second, third = fit_by_hand().answer
    assert first.startswith("People reached, 1 chat at a time: predicted")
    assert "of the 128 vectors tried give what the fit asks for" in second
    assert third == "The targets pin down share probability; they leave open persistence."


def test_targets_out_of_reach_are_said_with_the_nearest_vector() -> None:
    (sentence,) = out_of_reach().answer
    assert "none of 128 vectors within the ranges reaches less 0.05 give or take 0.01" in sentence
    assert "the nearest gives 0.1" in sentence
    assert "at share probability 10 % and persistence" in sentence


def test_where_chance_hides_everything_more_runs_are_asked_for() -> None:
    (sentence,) = fitted(calibration(), Formulas(noise=20_000)).answer
    assert "it takes more runs, or a wider tolerance" in sentence
