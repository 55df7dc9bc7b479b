"""Plans and estimators: functions whose indices are known, through the same path as a study's."""

from __future__ import annotations

import math

import numpy as np
import pytest

from chatsim.errors import ConfigurationError
from chatsim.study.sensitivity.indices import morris_indices, sobol_indices
from chatsim.study.sensitivity.sampling import check_size, plan
from chatsim.study.sensitivity.values import Method, Role
from tests.sensitivities import analysed, factor, request_of

NAMES = ["one", "two", "three"]
A, B = 7.0, 0.1
"""Of Ishigami's function sin x + A sin2 y + B z^4 sin x (Ishigami, Homma 1990)."""


def ishigami(x: float, y: float, z: float) -> float:
    x, y, z = (-math.pi + 2 * math.pi * each for each in (x, y, z))
    return math.sin(x) + A * math.sin(y) ** 2 + B * z**4 * math.sin(x)


def known_indices() -> tuple[list[float], list[float]]:
    """First-order and total indices in closed form."""
    of_x = 0.5 * (1 + B * math.pi**4 / 5) ** 2
    of_y = A**2 / 8
    of_xz = B**2 * math.pi**8 * (1 / 18 - 1 / 50)
    whole = of_x + of_y + of_xz
    first = [of_x / whole, of_y / whole, 0.0]
    return first, [(of_x + of_xz) / whole, of_y / whole, of_xz / whole]


def reach_of_ishigami(scenario, policy, run):
    behaviour = scenario.behaviour
    share = scenario.contents[0].share_probability
    outcome = ishigami(share, behaviour.group_chance, behaviour.persistence)
    return {"uncapped": 1e9, "lax": 5e8 + 1e7 * outcome, "strict": 5e8}[policy]


def test_ishigamis_indices_come_out_of_a_whole_analysis():
    factors = [factor(name, 0.0, 1.0) for name in ("share_probability", "group_chance")]
    factors.append(factor("persistence", 0.0, 1.0))
    request = request_of(*factors, method=Method.SOBOL, size=256, runs=2)
    found = analysed(request, reach_of_ishigami).found
    first, total = known_indices()
    by_name = {each.factor: each for each in found.sobol}
    for each, alone, together in zip(factors, first, total, strict=True):
        index = by_name[each.name]
        assert index.first_order == pytest.approx(alone, abs=0.06)
        assert index.total == pytest.approx(together, abs=0.06)
        assert abs(index.first_order - alone) < 2 * index.first_order_confidence + 1e-9
    assert found.sobol[0].factor == "share_probability"
    assert found.morris == ()


def test_elementary_effects_of_a_plane_are_its_slopes():
    rows = plan(Method.MORRIS, NAMES, 8, seed=3)
    found = morris_indices(NAMES, NAMES, rows, 5 * rows[:, 1] - 2 * rows[:, 2], seed=3)
    assert [each.factor for each in found] == ["two", "three", "one"]
    assert [each.mu for each in found] == pytest.approx([5, -2, 0])
    assert [each.mu_star for each in found] == pytest.approx([5, 2, 0])
    assert [each.sigma for each in found] == pytest.approx([0, 0, 0], abs=1e-9)


def test_an_interaction_shows_as_spread():
    rows = plan(Method.MORRIS, NAMES, 20, seed=3)
    found = morris_indices(NAMES, NAMES, rows, 4 * rows[:, 0] * rows[:, 1], seed=3)
    spread = {each.factor: each.sigma for each in found}
    assert min(spread["one"], spread["two"]) > 0.5
    assert spread["three"] == 0


def test_where_nothing_varies_nothing_explains_it():
    rows = plan(Method.SOBOL, NAMES, 8, seed=1)
    found = sobol_indices(NAMES, NAMES, np.full(len(rows), 2.0), seed=1)
    assert {(each.first_order, each.total) for each in found} == {(0.0, 0.0)}


@pytest.mark.parametrize(
    ("method", "size", "rows"), [(Method.MORRIS, 6, 6 * 4), (Method.SOBOL, 16, 16 * 5)]
)
def test_a_plan_has_its_size_and_comes_again_with_its_seed(method, size, rows):
    first, again = (plan(method, NAMES, size, seed=5) for _ in range(2))
    assert first.shape == (rows, 3)
    assert (first == again).all()
    assert first.min() >= 0
    assert first.max() <= 1
    assert (plan(method, NAMES, size, seed=6) != first).any()
    assert (plan(method, NAMES, size, seed=0) == plan(method, NAMES, size, seed=0)).all()


def test_equal_analyses_give_equal_findings():
    request = request_of(factor("persistence"), factor("group_chance"), factor("share_probability"))
    first, again = (analysed(request, reach_of_ishigami) for _ in range(2))
    assert first.found == again.found
    assert first.combinations == again.combinations
    roles = [each.role for each in first.combinations]
    assert roles[0] is Role.BASE
    assert roles.count(Role.LOW) == roles.count(Role.HIGH) == 3
    assert roles.count(Role.PLAN) == 10 * 4


@pytest.mark.parametrize(
    ("method", "size", "said"),
    [
        (Method.MORRIS, 1, "trajectories is 1; it takes a number from 2"),
        (Method.SOBOL, 100, "samples is 100; it takes a power of two .* such as 64"),
        (Method.SOBOL, 1, "power of two"),
        (Method.SOBOL, 1 << 17, "power of two from 2 to 65,536"),
    ],
)
def test_a_size_that_no_plan_has_is_one_sentence(method, size, said):
    with pytest.raises(ConfigurationError, match=said):
        check_size(method, size)
