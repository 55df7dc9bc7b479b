"""Slots: written over in place, used again, found again."""

from __future__ import annotations

import itertools
import sqlite3

import pytest

from chatsim.store.tables import SIZES, Table


@pytest.fixture
def connection():
    connection = sqlite3.connect(":memory:", isolation_level=None)
    yield connection
    connection.close()


@pytest.fixture
def table(connection) -> Table:
    table = Table("things")
    table.create(connection)
    return table


def read(connection) -> dict[int, bytes]:
    return dict(Table("things").read(connection))


def slots(connection) -> list[int]:
    """The sizes of all slots, free ones as well."""
    return [size for (size,) in connection.execute("SELECT length(item) FROM things")]


def test_items_of_every_length_come_back(connection, table: Table) -> None:
    items = [b"x" * length for length in (1, 59, 60, 61, 200, 4_096, SIZES[-1] - 4)]
    rows = [table.add(item) for item in items]
    table.write(connection)
    assert read(connection) == dict(zip(rows, items, strict=True))


def test_slots_waste_a_fourth_at_most(connection, table: Table) -> None:
    assert list(SIZES) == sorted(set(SIZES))
    assert all(larger <= 1.25 * size for size, larger in itertools.pairwise(SIZES))


@pytest.mark.parametrize("again", [False, True], ids=["in one life", "after a restart"])
def test_a_free_slot_is_full_of_zeros_and_used_again(connection, table: Table, again: bool) -> None:
    row = table.add(b"secret")
    table.write(connection)
    table.drop(row)
    table.write(connection)
    ((slot,),) = connection.execute("SELECT item FROM things")
    assert not any(slot)
    if again:
        table = Table("things")
        assert list(table.read(connection)) == []
    assert table.add(b"x" * 60) == row
    assert table.add(b"x" * 60) != row
    table.write(connection)
    assert len(slots(connection)) == 2


def test_an_item_moves_when_it_does_not_fit_and_its_slot_is_free(connection, table: Table) -> None:
    row = table.add(b"short")
    assert table.replace(row, b"x" * 60) == row
    moved = table.replace(row, b"x" * 61)
    table.write(connection)
    assert read(connection) == {moved: b"x" * 61}
    assert table.add(b"short") == row


def test_rows_go_on_rising_after_a_restart(connection, table: Table) -> None:
    rows = [table.add(b"x" * length) for length in (1, 500, 1)]
    table.write(connection)
    again = Table("things")
    assert dict(again.read(connection)).keys() == set(rows)
    assert again.add(b"x" * 100) > max(rows)


def test_a_slot_that_is_not_as_long_as_its_row_says_is_damage(connection, table: Table) -> None:
    row = table.add(b"item")
    table.write(connection)
    connection.execute("UPDATE things SET item = ? WHERE row = ?", (b"\0" * 63, row))
    with pytest.raises(ValueError, match=f"row {row} of things has another length"):
        read(connection)
    connection.execute("UPDATE things SET item = ?", (b"\xff" * 64,))
    with pytest.raises(ValueError, match=f"row {row} of things has another length"):
        read(connection)
