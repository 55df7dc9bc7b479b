"""The groups, the behaviour and the plain simulation behind `reproduce_melo_2019.py`."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

from chatsim.behaviour.tables import build_tables
from chatsim.population.from_files import joined
from chatsim.population.readers import Edges
from chatsim.study.scenario_files import load_scenario


@pytest.fixture
def scripts(checkout: Path, monkeypatch):
    monkeypatch.syspath_prepend(str(checkout / "scripts"))
    return importlib.import_module


@pytest.fixture
def drawn(scripts):
    module = scripts("melo_groups")
    return module.public_groups(module.Country("here", 500, 12), seed=3)


def everybody_knows_everybody(users: int):
    one, other = np.triu_indices(users, 1)
    return joined(Edges("all", tuple(map(str, range(users))), one, other, None), None, seed=1)


@pytest.mark.parametrize(
    ("alpha", "sends", "factor"), [(1.0, 5.0, 6.0), (1.0, 0.0, 1.0), (0.1, 0.0, 1.0)]
)
def test_a_young_spread_grows_by_what_each_sharer_sends(
    scripts, alpha: float, sends: float, factor: float
) -> None:
    assert scripts("melo_theory").growth(alpha, sends) == pytest.approx(factor)


def test_the_slow_down_is_the_quotient_of_the_logarithms(scripts) -> None:
    slow_down = scripts("melo_theory").slow_down
    assert slow_down(1.0, np.full(10, 24), 4) == pytest.approx(2.0)  # 25 = 5 squared
    assert slow_down(0.1, np.full(10, 4), 5) == 1.0


def test_the_sizes_of_groups_add_up_within_the_limits(scripts) -> None:
    sizes = scripts("melo_groups").group_sizes(414, 20_000)
    assert sizes.sum() == pytest.approx(20_000, abs=50)
    assert 2 <= sizes.min() < sizes.max() <= 256
    assert scripts("melo_groups").group_sizes(10, 9_000).max() <= 256


def test_groups_are_the_same_for_a_seed_and_all_hang_together(scripts, drawn) -> None:
    module = scripts("melo_groups")
    again = module.public_groups(module.Country("here", 500, 12), seed=3)
    assert (again.user == drawn.user).all()
    assert (again.group == drawn.group).all()
    assert 450 < drawn.users <= 500
    assert set(drawn.user.tolist()) == set(range(drawn.users))
    seen, frontier = {0}, {0}
    while frontier:
        groups = set(drawn.group[np.isin(drawn.user, list(frontier))].tolist())
        frontier = set(drawn.user[np.isin(drawn.group, list(groups))].tolist()) - seen
        seen |= frontier
    assert len(seen) == drawn.users


def test_contacts_are_all_who_share_a_group(scripts, drawn) -> None:
    reading = scripts("melo_groups").Reading
    people, groups = (drawn.population(each) for each in (reading.PEOPLE, reading.GROUPS))
    for user in range(0, drawn.users, 50):
        together = {
            member
            for group in groups.groups_of(user)
            for member in groups.members_of(group).tolist()
        }
        assert set(people.contacts_of(user).tolist()) == together - {user}
    assert not np.diff(groups.contact_offsets).any()


def test_the_plain_simulation_counts_iteration_by_iteration(scripts) -> None:
    naive_spread = scripts("melo_theory").naive_spread
    people = everybody_knows_everybody(9)
    assert naive_spread(people, 1.0, 256, seed=1).tolist() == [9]
    one_by_one = naive_spread(people, 1.0, 1, seed=1)
    assert one_by_one[0] == 2
    assert (np.diff(one_by_one) <= one_by_one[:-1]).all()
    assert one_by_one[-1] == 9
    stopped = naive_spread(people, 1.0, 1, seed=1, recovery=1.0)
    assert stopped[-1] < 9


def test_sharers_begin_with_the_chance_alpha_within_an_iteration(scripts) -> None:
    module = scripts("melo_runs")
    everybody = np.ones(65_536, dtype=np.int64)
    tables = build_tables(module.behaviour(0.1, 1, 0.0), module.CONTENT, everybody, 86_400)
    delays = tables.reading_delay
    assert (tables.audience == 1).all()
    assert (delays <= module.ITERATION).mean() == pytest.approx(0.1, abs=1e-3)
    assert module.behaviour(1.0, 5, 0.0).reading_delay.median_seconds == 0


def test_the_packaged_paper_is_the_same_behaviour_at_virality_a_tenth(scripts) -> None:
    module = scripts("melo_runs")
    paper, ours = load_scenario("paper").behaviour, module.behaviour(0.1, 256, 0.0)
    assert paper.reading_delay.median_seconds == pytest.approx(
        ours.reading_delay.median_seconds, abs=1
    )
    for name in ("audience", "lookahead_seconds", "interval_seconds", "first_send", "night"):
        assert getattr(paper, name) == getattr(ours, name)
    assert paper.round_recovery == ours.round_recovery == 0
