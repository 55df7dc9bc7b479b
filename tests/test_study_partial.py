from __future__ import annotations

import pytest

from chatsim.cascade.packing import pack_outcome, unpack_measures, unpack_outcome
from chatsim.errors import StoreError
from chatsim.study.backend import RunPlan
from chatsim.study.partial import Partial, plan_fingerprint
from tests.cascades import outcome_of, run_of

PLAN = RunPlan(run=3, originators=5)
OUTCOME = outcome_of(run_of([None, 0, 0]), run_of([None]))
PACKED = pack_outcome(OUTCOME)


def test_a_kept_run_is_picked_up_by_the_same_plan(tmp_path):
    Partial.open(tmp_path / "out", "plan").keep("cap-5", PLAN, PACKED)
    again = Partial.open(tmp_path / "out", "plan")
    assert again.folder == tmp_path / "out.partial"
    assert again.kept() == 1
    assert again.load("cap-5", PLAN, unpack_outcome).differences(OUTCOME) == []


def test_another_plan_starts_anew(tmp_path):
    Partial.open(tmp_path / "out", "plan").keep("cap-5", PLAN, PACKED)
    other = Partial.open(tmp_path / "out", "another plan")
    assert other.kept() == 0
    assert other.load("cap-5", PLAN, unpack_outcome) is None


def test_runs_are_told_apart_by_policy_number_and_originators(tmp_path):
    partial = Partial.open(tmp_path / "out", "plan")
    partial.keep("a/policy.toml", PLAN, PACKED)
    assert partial.load("another/policy.toml", PLAN, unpack_outcome) is None
    assert partial.load("a/policy.toml", RunPlan(4, 5), unpack_outcome) is None
    assert partial.load("a/policy.toml", RunPlan(3, 1), unpack_outcome) is None
    assert partial.load("a/policy.toml", PLAN, unpack_outcome) is not None


def test_a_damaged_run_is_played_again(tmp_path):
    partial = Partial.open(tmp_path / "out", "plan")
    partial.keep("cap-5", PLAN, PACKED)
    next(partial.folder.glob("*.run")).write_bytes(b"half of it")
    assert partial.load("cap-5", PLAN, unpack_outcome) is None


def test_a_run_that_was_kept_as_something_else_is_played_again(tmp_path):
    partial = Partial.open(tmp_path / "out", "plan")
    partial.keep("cap-5", PLAN, PACKED)
    assert partial.load("cap-5", PLAN, unpack_measures) is None


def test_a_complete_study_leaves_nothing_beside_it(tmp_path):
    partial = Partial.open(tmp_path / "out", "plan")
    partial.keep("cap-5", PLAN, PACKED)
    partial.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_strange_folder_is_not_thrown_away(tmp_path):
    strange = tmp_path / "out.partial"
    strange.mkdir()
    (strange / "diary.txt").touch()
    with pytest.raises(StoreError, match="in the way"):
        Partial.open(tmp_path / "out", "plan")
    assert (strange / "diary.txt").exists()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="could not keep finished runs in"):
        Partial.open(tmp_path / "file" / "out", "plan")


def test_a_full_disk_is_one_sentence(tmp_path):
    partial = Partial.open(tmp_path / "out", "plan")
    partial.folder.rename(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="could not keep a finished run in"):
        partial.keep("cap-5", PLAN, PACKED)


def test_fingerprints_tell_where_a_part_ends():
    assert plan_fingerprint("ab", "c") != plan_fingerprint("a", "bc")
    assert plan_fingerprint("ab", b"c") == plan_fingerprint(b"ab", "c")


def test_what_many_runs_gave_in_one_counts_as_many(tmp_path):
    partial = Partial.open(tmp_path / "out", "plan")
    partial.keep("cap-5", PLAN, PACKED)
    partial.of_point(2).keep("vector", PLAN, PACKED, runs=12)
    assert partial.kept() == 13
    assert partial.of_point(2).load("vector", PLAN, unpack_outcome, runs=12) is not None
