"""Vectors are tried all over the ranges, then nearer; those that fit are asked about the rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chatsim.api import Silence
from chatsim.study.calibration.conduct import FRESH, Search, misfit, setups
from chatsim.study.calibration.measuring import UNKNOWN, Value
from chatsim.study.calibration.values import Measure
from chatsim.study.partial import Partial
from tests.calibrations import PREDICTED, Formulas, calibration, fitted, target


def search(player=None, partial=None, **changes) -> Search:
    return Search(calibration(**changes), player or Formulas(), Silence(), partial)


def test_vectors_that_fit_hold_the_known_answer_and_no_others_do() -> None:
    tried = search().tried()
    shares = 0.1 + 0.8 * tried.places[:, 0]
    assert len(tried.places) == 128
    assert np.abs(shares[tried.fitting] - 0.5).max() < 0.06
    surely = np.abs(shares - 0.5) < 0.04
    assert (tried.misfits[surely] <= 1).all()


def test_later_vectors_come_nearer_than_the_first() -> None:
    tried = search().tried()
    assert (tried.misfits[64:] <= 1).mean() > 2 * (tried.misfits[:64] <= 1).mean()


def test_weights_undo_the_nearer_looking() -> None:
    tried = search(points=1_024).tried()
    persistence = np.average(tried.places[tried.fitting, 1], weights=tried.weights[tried.fitting])
    assert persistence == pytest.approx(0.5, abs=0.05)
    assert tried.weights.max() < 2.01


def test_vectors_of_one_seed_are_the_same_every_time() -> None:
    assert (search().tried().places == search().tried().places).all()


def test_predictions_are_played_in_runs_that_no_vector_was_chosen_by() -> None:
    player = Formulas()
    fitted(calibration(), player)
    chosen = {run for _, _, run in player.played if run < FRESH}
    asked = {run for _, name, run in player.played if name == "cap-1"}
    assert chosen == set(range(6))
    assert asked == {FRESH + run for run in range(6)}


def test_drawn_vectors_are_among_those_that_fit_as_often_as_asked_for() -> None:
    mine = search()
    tried = mine.tried()
    drawn = mine.drawn(tried)
    assert sum(drawn.counts) == 32
    assert set(drawn.numbers) <= set(tried.fitting.tolist())
    assert all(len(values) == 2 for values in drawn.values)


def test_nothing_is_drawn_where_nothing_fits() -> None:
    mine = search(targets=(target(said=0.01, tolerance=0.001),))
    assert mine.drawn(mine.tried()).numbers == ()


def test_a_vector_that_chance_hides_is_undecided() -> None:
    assert misfit(Value(0.5, 0.2), target()) == float("inf")
    assert misfit(UNKNOWN, target()) == float("inf")
    assert misfit(Value(0.55, 0.0), target()) == pytest.approx(1.0)
    assert misfit(Value(0.57, 0.05), target()) < 1


def test_where_everything_is_hidden_nothing_fits_and_nothing_breaks() -> None:
    tried = search(Formulas(noise=20_000)).tried()
    assert not len(tried.fitting)
    assert np.isinf(tried.misfits).all()


def test_targets_that_are_played_alike_share_a_setup() -> None:
    lonely = target("single", originators=1, runs=9)
    trees = target("tenth", measure=Measure.TOP_TENTH, against=None)
    made = setups(calibration(), (target(), PREDICTED, lonely, trees))
    assert [[each.name for each in setup.targets] for setup in made] == [
        ["less", "reach"],
        ["single"],
        ["tenth"],
    ]
    assert [policy.name for policy in made[0].policies] == ["cap-5", "cap-20", "cap-1"]
    assert [setup.tree for setup in made] == [False, False, True]
    assert made[1].runs == 9
    point = made[1].point(calibration(), (0.5, 0.5), 0)
    assert {plan.originators for plan in point.plans} == {1}


def test_what_a_broken_off_search_has_played_is_not_played_again(tmp_path: Path) -> None:
    class Breaks(Formulas):
        def play(self, jobs, partial):
            if len(self.played) >= 200:
                raise KeyboardInterrupt
            yield from super().play(jobs, partial)

    partial = Partial.open(tmp_path / "fit", "the same")
    with pytest.raises(KeyboardInterrupt):
        search(Breaks(), partial).tried()
    kept = partial.kept()
    player = Formulas()
    mine = search(player, partial)
    tried = mine.tried()
    assert kept > 10
    assert mine.resumed == kept
    assert len(player.played) == (128 - kept) * 12
    assert (tried.misfits == search().tried().misfits).all()
