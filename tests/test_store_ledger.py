"""What a store keeps of the ledger: records, budgets and counts, until they expire."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatsim.relay.changes import (
    Budgeted,
    Complained,
    Counted,
    Delivered,
    Expired,
    HourOver,
    Kept,
    Paused,
    Spent,
    Unwatched,
    Used,
    Withdrawn,
)
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


CONTENT, OTHER = bytes(16), b"1" * 16
WATCHED = [
    Spent(3, 7, 2),
    Delivered(CONTENT, 4, 10),
    Delivered(CONTENT, 5, 11),
    Delivered(OTHER, 5, 12),
    Paused(CONTENT, 20, 120, 300, 660),
    Complained(CONTENT, 3, 300),
    Complained(CONTENT, 4, 301),
]


def watched(path: Path) -> list:
    saved = load(path)
    kept = (saved.spent, saved.delivered, saved.paused, saved.complained)
    return [entry for entries in kept for entry in sorted(entries)]


@pytest.mark.parametrize("apart", [False, True], ids=["in one life", "after a restart"])
def test_hours_copies_pauses_and_complaints_come_back_as_noted_last(path: Path, apart: bool):
    later = [Spent(3, 7, 5), Delivered(CONTENT, 5, 99), Paused(CONTENT, 20, 120, 300, 999)]
    if apart:
        commit(path, WATCHED)
        commit(path, later)
    else:
        commit(path, WATCHED, later)
    assert watched(path) == [
        later[0], WATCHED[1], later[1], WATCHED[3], later[2], *WATCHED[5:],
    ]  # fmt: skip
    assert rows(path, "ledger") == len(WATCHED)


@pytest.mark.parametrize("apart", [False, True], ids=["in one life", "after a restart"])
def test_what_the_relay_forgets_of_hours_and_contents_is_gone(path: Path, apart: bool) -> None:
    steps = [
        ([HourOver()], WATCHED[1:]),
        ([Delivered(CONTENT, 4, 0)], WATCHED[2:]),
        ([Unwatched(CONTENT)], [WATCHED[3], *WATCHED[5:]]),
        ([Withdrawn(CONTENT, 3)], [WATCHED[3], WATCHED[6]]),
        ([Unwatched(OTHER), Withdrawn(CONTENT, 4)], []),
    ]
    if apart:
        commit(path, WATCHED)
        for changes, left in steps:
            commit(path, changes)
            assert watched(path) == left
    else:
        commit(path, WATCHED, *(changes for changes, _ in steps))
    assert rows(path, "ledger") == 0
