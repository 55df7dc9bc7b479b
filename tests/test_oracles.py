"""Theory's answers against values that are known otherwise: by hand, by other formulas, by counting components."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest

from chatsim.testing.oracles import (
    DegreeLaw,
    Deviation,
    chain_virality,
    percolated,
    star_virality,
    uniform_chance,
    uniform_share,
)

TWO_DEGREES = DegreeLaw(np.array([1, 3]), np.array([0.5, 0.5]))


def poisson(mean: float) -> DegreeLaw:
    degrees = np.arange(120)
    logs = degrees * math.log(mean) - mean - np.array([math.lgamma(k + 1) for k in degrees])
    return DegreeLaw(degrees, np.exp(logs))


@pytest.mark.parametrize(
    ("mean", "share"),
    # The giant component of a random graph of mean degree c: s = 1 - exp(-c s) (Erdős and Rényi 1960).
    [(1.5, 0.582812), (2.0, 0.796812), (3.0, 0.940480)],
)
def test_the_giant_component_of_a_poisson_graph_has_the_share_in_the_tables(
    mean: float, share: float
) -> None:
    assert percolated(poisson(mean), 1.0) == pytest.approx(share, abs=1e-6)
    # Keeping a tie with chance 1/4 thins a graph of mean degree 4 c to one of mean degree c.
    assert percolated(poisson(4 * mean), 0.25) == pytest.approx(share, abs=1e-6)


def test_two_degrees_worked_out_by_hand() -> None:
    # g1(x) = (1 + 3 x^2) / 4, so v = 1 - T + T (1 + 3 v^2) / 4 has the roots 1 and (4 - 3 T) / (3 T).
    silent = (4 - 3 * 0.9) / (3 * 0.9)
    share = 1 - (silent + silent**3) / 2
    assert percolated(TWO_DEGREES, 0.9) == pytest.approx(share, abs=1e-12)
    assert TWO_DEGREES.threshold == pytest.approx(2 / 3)


def test_a_regular_graph_of_three_ties_each_worked_out_by_hand() -> None:
    # v = 1 - T + T v^2 has the roots 1 and (1 - T) / T.
    law = DegreeLaw.of(np.full(10, 3))
    assert percolated(law, 0.8) == pytest.approx(1 - 0.25**3, abs=1e-12)
    assert percolated(law, 1.0) == 1.0
    assert law.threshold == 0.5


@pytest.mark.parametrize("law", [TWO_DEGREES, poisson(3.0), DegreeLaw.of(np.array([0, 2, 2, 5]))])
def test_nothing_big_happens_below_the_threshold_and_something_does_above(law: DegreeLaw) -> None:
    assert percolated(law, 0.95 * law.threshold) == pytest.approx(0.0, abs=1e-9)
    assert percolated(law, min(1.0, 1.2 * law.threshold)) > 0.1


def test_where_nobody_has_two_ties_there_is_no_threshold_and_no_outbreak() -> None:
    pairs = DegreeLaw.of(np.ones(10, dtype=np.int64))
    assert pairs.threshold == math.inf
    assert percolated(pairs, 0.9) == pytest.approx(0.0, abs=1e-9)


def test_components_counted_by_somebody_else_have_the_share_that_theory_says() -> None:
    degrees = np.repeat([1, 3, 10], [3_000, 5_000, 2_000])
    generator = np.random.default_rng(1)
    shares = []
    for seed in range(5):
        graph = nx.configuration_model(degrees.tolist(), seed=seed)
        ties = np.array([(a, b) for a, b, _ in graph.edges])
        kept = nx.Graph(ties[generator.random(len(ties)) < 0.35].tolist())
        shares.append(max(map(len, nx.connected_components(kept))) / len(degrees))
    deviation = Deviation.of(shares, percolated(DegreeLaw.of(degrees), 0.35))
    assert abs(deviation.standard_errors) < 4
    assert deviation.would_see(0.04, 4)


def test_originators_are_reached_and_reach_their_components() -> None:
    law = DegreeLaw.of(np.full(10, 3))
    assert percolated(law, 0.0, 0.1) == pytest.approx(0.1)
    assert percolated(law, 0.3, 0.1) > 0.1
    assert percolated(law, 0.3, 1.0) == 1.0
    assert percolated(law, 0.8, 1e-9) == pytest.approx(percolated(law, 0.8), abs=1e-6)


def test_the_uniform_share_solves_its_formula() -> None:
    s = uniform_share(10, 0.15)
    assert s == pytest.approx(0.582812, abs=1e-6)
    assert 1 - s == pytest.approx(math.exp(-1.5 * s), abs=1e-12)
    assert uniform_share(10, 0.09) == pytest.approx(0.0, abs=1e-9)
    seeded = uniform_share(10, 0.15, 0.02)
    assert 1 - seeded == pytest.approx(0.98 * math.exp(-1.5 * seeded), abs=1e-12)


def test_on_the_uniform_population_a_start_is_likelier_than_being_reached() -> None:
    chance = uniform_chance(10, 0.15)
    assert 1 - chance == pytest.approx((1 - 0.15 * chance) ** 10, abs=1e-12)
    assert chance > uniform_share(10, 0.15)


def test_virality_is_the_mean_distance_over_all_pairs() -> None:
    assert star_virality(20) == pytest.approx(nx.average_shortest_path_length(nx.star_graph(19)))
    assert chain_virality(20) == pytest.approx(nx.average_shortest_path_length(nx.path_graph(20)))


def test_a_deviation_counts_standard_errors_of_the_mean() -> None:
    deviation = Deviation.of([0.4, 0.5, 0.6, 0.5], 0.45)
    error = np.std([0.4, 0.5, 0.6, 0.5], ddof=1) / 2
    assert deviation.standard_errors == pytest.approx(0.05 / error)
    assert deviation.would_see(0.5, 4)
    assert not deviation.would_see(0.02, 4)


def test_fewer_than_two_runs_say_nothing() -> None:
    for sample in ([], [0.5]):
        assert Deviation.of(sample, 0.5).standard_error == math.inf
        assert not Deviation.of(sample, 0.5).would_see(1.0, 4)


def test_runs_that_all_agree_are_right_or_endlessly_wrong() -> None:
    assert Deviation.of([0.5, 0.5], 0.5).standard_errors == 0.0
    assert Deviation.of([0.5, 0.5], 0.4).standard_errors == math.inf


def test_a_chance_has_the_standard_error_of_a_binomial() -> None:
    assert Deviation.of_chance(60, 100, 0.5).standard_errors == pytest.approx(2.0)
