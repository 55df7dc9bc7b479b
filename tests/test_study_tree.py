from __future__ import annotations

import pytest

from chatsim.errors import ConfigurationError
from chatsim.study import tree
from chatsim.study.scenario import Scenario
from chatsim.study.tree import ROWS_KEPT_MAX, keeps_tree, memory_free, require_room, rows_at_most

STUDY = Scenario(runs=10)


def test_rows_are_people_contents_runs_and_policies_with_the_runs_of_one_originator():
    assert rows_at_most(STUDY, users=1_000, policies=3) == 1_000 * 2 * 20 * 3


def test_a_tree_is_kept_unless_it_is_large():
    users = ROWS_KEPT_MAX // (2 * 20 * 5)
    assert keeps_tree(None, STUDY, users, 5)
    assert not keeps_tree(None, STUDY, users + 1, 5)


def test_what_is_asked_for_is_done():
    assert not keeps_tree(False, STUDY, 10, 5)
    assert keeps_tree(True, STUDY, 10, 5)


def test_a_tree_that_cannot_fit_is_refused_in_one_sentence(monkeypatch):
    monkeypatch.setattr(tree, "memory_free", lambda: 10**9)
    assert keeps_tree(True, STUDY, 10_000, 5)
    with pytest.raises(ConfigurationError) as refused:
        keeps_tree(True, STUDY, 200_000_000, 5)
    assert "1.0 GB are free" in str(refused.value)
    assert "--no-tree" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_runs_under_way_count_as_well(monkeypatch):
    one_run = Scenario(runs=1, contents=STUDY.contents[:1])
    monkeypatch.setattr(tree, "memory_free", lambda: 600_000_000)
    assert keeps_tree(True, one_run, 1_000_000, 1, together=1)
    with pytest.raises(ConfigurationError):
        keeps_tree(True, one_run, 1_000_000, 1, together=2)


def test_people_who_cannot_fit_are_refused_in_one_sentence(monkeypatch):
    monkeypatch.setattr(tree, "memory_free", lambda: 10**9)
    require_room(90_000_000)
    with pytest.raises(ConfigurationError) as refused:
        require_room(1_500_000_000)
    assert "15.0 GB of memory, and 1.0 GB are free" in str(refused.value)


def test_nothing_is_refused_where_the_system_does_not_say_what_is_free(monkeypatch):
    monkeypatch.setattr(tree, "memory_free", lambda: None)
    assert keeps_tree(True, STUDY, 200_000_000, 5)


def test_free_memory_is_read_from_the_system(tmp_path):
    file = tmp_path / "meminfo"
    file.write_text("MemTotal: 9 kB\nMemAvailable:     2048 kB\n")
    assert memory_free(file) == 2_097_152
    assert memory_free(tmp_path / "nowhere") > 0
