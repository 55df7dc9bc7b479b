"""What a store keeps of the ledger: records, budgets and counts, until they expire."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatsim.relay.changes import Budgeted, Counted, Expired, Kept, Used
from tests.stores import commit, load, rows

ORIGINAL = Kept(1, 0, 1, 7, (3, -2), 10)
FORWARD = Kept(2, 1, 1, 3, (4,), 20)
BUDGET = Budgeted(1, 3, 20, 1, 0)
USED = Used(1, 3, 1)
COUNT = Counted(1, 0, 0, 1)
FORWARDED = [ORIGINAL, BUDGET, USED, COUNT, FORWARD]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mail.db"


def everything(path: Path) -> list:
    saved = load(path)
    return [*saved.records, *sorted(saved.budgets), *sorted(saved.used), *sorted(saved.counted)]


def test_records_budgets_and_counts_come_back_as_they_were_noted(path: Path) -> None:
    commit(path, FORWARDED)
    saved = load(path)
    assert saved.records == [ORIGINAL, FORWARD]
    assert (saved.budgets, saved.used, saved.counted) == ([BUDGET], [USED], [COUNT])
    assert saved.record_number == 2


@pytest.mark.parametrize("apart", [False, True], ids=["in one life", "after a restart"])
def test_what_is_noted_again_takes_the_place_of_what_was(path: Path, apart: bool) -> None:
    later = [Budgeted(1, 3, 20, 3, 1), Used(1, 3, 3), Counted(1, 5, 1, 2)]
    if apart:
        commit(path, FORWARDED)
        commit(path, later)
    else:
        commit(path, FORWARDED, later)
    assert everything(path) == [ORIGINAL, FORWARD, *later]
    assert rows(path, "ledger") == 5


@pytest.mark.parametrize("apart", [False, True], ids=["in one life", "after a restart"])
def test_a_record_goes_with_its_budgets_and_a_lineage_with_its_last_record(
    path: Path, apart: bool
) -> None:
    commit(path, FORWARDED)
    if apart:
        commit(path, [Expired(1)])
        assert everything(path) == [FORWARD, USED, COUNT]
        commit(path, [Expired(2)])
    else:
        commit(path, [Expired(1)], [Expired(2)])
    assert rows(path, "ledger") == 0


def test_other_peoples_budgets_and_lineages_stay(path: Path) -> None:
    other = [Kept(3, 0, 3, 7, (3,), 10), Budgeted(3, 3, 20, 1, 0), Used(3, 3, 1)]
    commit(path, [*FORWARDED, *other], [Expired(1), Expired(2)])
    assert everything(path) == other


def test_a_forward_keeps_its_lineage_after_the_original_and_a_restart(path: Path) -> None:
    commit(path, FORWARDED)
    commit(path, [Expired(1)])
    commit(path, [Kept(3, 2, 1, 4, (5,), 30), Used(1, 4, 1)], [Expired(2)])
    assert everything(path) == [Kept(3, 2, 1, 4, (5,), 30), USED, Used(1, 4, 1), COUNT]
    commit(path, [Expired(3)])
    assert rows(path, "ledger") == 0


def test_a_number_is_not_given_again_when_its_record_has_expired(path: Path) -> None:
    commit(path, FORWARDED, [Expired(1), Expired(2)])
    assert load(path).record_number == 2


def test_records_come_back_in_the_order_of_their_numbers(path: Path) -> None:
    commit(path, [Kept(2, 0, 2, 7, (1,), 5), Kept(1, 0, 1, 7, (1,), 5)])
    assert [record.number for record in load(path).records] == [1, 2]


def test_a_lineage_lives_as_long_as_its_original_wherever_the_rows_lie(path: Path) -> None:
    commit(path, [Kept(1, 0, 1, 7, (1,), 0), Kept(2, 0, 2, 7, (1,), 0)], [Expired(1)])
    # The count takes the slot of the first record, before that of the record it belongs to.
    commit(path, [Counted(2, 0, 0, 1), Kept(3, 1, 2, 1, (2,), 0)])
    commit(path, [Expired(2)])
    assert everything(path) == [Kept(3, 1, 2, 1, (2,), 0), Counted(2, 0, 0, 1)]
    commit(path, [Expired(3)])
    assert everything(path) == []
