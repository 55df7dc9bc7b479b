"""Places to try, and what each is worth."""

from __future__ import annotations

import numpy as np
import pytest

from chatsim.study.calibration.sampling import Proposals, mixture_weights, spread_evenly


def test_the_first_vectors_cover_the_ranges_evenly() -> None:
    places = spread_evenly(100, 3, seed=1)
    assert places.shape == (100, 3)
    assert places.mean(axis=0) == pytest.approx([0.5] * 3, abs=0.02)
    for column in places.T:
        assert np.histogram(column, bins=10, range=(0, 1))[0].min() >= 8


def test_another_seed_gives_other_vectors() -> None:
    assert (spread_evenly(8, 2, seed=1) != spread_evenly(8, 2, seed=2)).any()


def around_a_corner() -> Proposals:
    near = spread_evenly(64, 2, seed=3) * 0.2
    return Proposals.of(near, np.ones(64))


def test_proposals_stay_within_the_ranges_and_near_what_they_are_around() -> None:
    proposals, places = around_a_corner().drawn(200, seed=4)
    assert len(places) == 200
    assert ((places >= 0) & (places <= 1)).all()
    assert np.median(places) < 0.3
    assert proposals.inside < 0.9


def test_the_density_of_proposals_within_the_ranges_is_one_in_all() -> None:
    proposals, _ = around_a_corner().drawn(4_000, seed=4)
    axis = (np.arange(200) + 0.5) / 200
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    assert proposals.density(grid).mean() == pytest.approx(1.0, abs=0.03)


def test_weights_give_the_even_chances_back() -> None:
    even = spread_evenly(512, 2, seed=1)
    proposals, proposed = around_a_corner().drawn(512, seed=2)
    places = np.concatenate([even, proposed])
    weights = mixture_weights(places, 512, [(proposals, 512)])
    assert places.mean() < 0.4
    assert np.average(places[:, 0], weights=weights) == pytest.approx(0.5, abs=0.02)


def test_without_proposals_every_vector_weighs_the_same() -> None:
    assert (mixture_weights(spread_evenly(16, 2, seed=1), 16, []) == 1.0).all()


def test_a_few_vectors_in_many_dimensions_are_no_obstacle() -> None:
    proposals, places = Proposals.of(spread_evenly(2, 9, seed=1), np.ones(2)).drawn(20, seed=1)
    assert len(places) == 20
    assert np.isfinite(proposals.density(places)).all()
