"""Once mail is acknowledged or a record has expired, and a checkpoint was made, the disk tells nothing of it.

The files are looked at while the store is open. Two wrong ways to do it show that the search finds what is there.
"""

from __future__ import annotations

import random
from pathlib import Path

import msgpack
import pytest

from chatsim.model import ALLOWED
from chatsim.relay.changes import (
    Budgeted,
    Counted,
    Emptied,
    Expired,
    Judged,
    Kept,
    Posted,
    Used,
)
from chatsim.store.location import Sync
from chatsim.store.sqlite import SqliteStore
from chatsim.store.tables import Table
from tests.stores import opened, raw_bytes

SENDER, FRIEND, STRANGER = 3_000_000_001, 3_000_000_002, 3_000_000_003
BODY = b"meet me at the old bridge " * 8
HEAD = b"head of the letter"
PAIR = 60
"""Bytes: numbers of two users that lie closer stand in one row."""


def letters(count: int) -> list[Posted]:
    """To one person each, in turn."""
    users = (FRIEND, STRANGER)
    return [
        Posted(users[at % 2], 0, at // 2 + 1, SENDER, HEAD, b"%d" % at + BODY)
        for at in range(count)
    ]


def circular(number: int) -> list[Posted]:
    body = b"to all of you " + BODY
    return [Posted(user, 0, number, SENDER, HEAD, body) for user in (FRIEND, STRANGER)]


FORWARDED = [
    Kept(1, 0, 1, SENDER, (FRIEND,), 10),
    Budgeted(1, FRIEND, 20, 1, 0),
    Used(1, FRIEND, 1),
    Counted(1, 0, 0, 1),
    Kept(2, 1, 1, FRIEND, (STRANGER,), 20),
]


def found(path: Path) -> set[str]:
    """What can be read of what is gone."""
    content = raw_bytes(path)
    traces = {"body": b"old bridge", "head": HEAD}
    seen = {name for name, trace in traces.items() if trace in content}
    if any(pairs(content)):
        seen.add("pair")
    return seen


def pairs(content: bytes):
    """Wherever one user's number lies beside another's: in a row of mail, a record, a budget."""
    numbers = [user.to_bytes(4, "big") for user in (SENDER, FRIEND, STRANGER)]
    for number in numbers:
        at = content.find(number)
        while at >= 0:
            near = content[max(0, at - PAIR) : at + PAIR]
            yield any(other in near for other in numbers if other != number)
            at = content.find(number, at + 1)


def passive(store: SqliteStore) -> None:
    store._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def free_only(table: Table, row: int) -> None:
    """As `Table.drop`, but what lies in the slot stays there."""
    table._free.setdefault(row % 64, []).append(row)


class Deleting(Table):
    """Rows that go are deleted, as one would, with secure_delete."""

    def drop(self, row: int) -> None:
        self.gone = [*getattr(self, "gone", []), row]

    def write(self, connection) -> None:
        super().write(connection)
        for row in vars(self).pop("gone", []):
            connection.execute(f"DELETE FROM {self.name} WHERE row = ?", (row,))


WAYS = {
    "as it is": (Table.drop, SqliteStore.checkpoint, set()),
    "a checkpoint that leaves the log": (Table.drop, passive, {"body", "head", "pair"}),
    "slots that keep their bytes": (free_only, SqliteStore.checkpoint, {"body", "head", "pair"}),
}


@pytest.fixture(params=WAYS.values(), ids=WAYS)
def way(request, tmp_path: Path, monkeypatch):
    """(path, store, what empties its log, what is to be found)."""
    drop, checkpoint, expected = request.param
    monkeypatch.setattr(Table, "drop", drop)
    path = tmp_path / "mail.db"
    with opened(path) as store:
        # Devices have their rows before, so that these do not lie beside each other in what is looked for.
        for user in (SENDER, FRIEND, STRANGER):
            apart = [Judged(7, device, 1, ALLOWED) for device in range(user % 10 * 100)]
            store.commit([*apart, Judged(user, 0, 1, ALLOWED)], 0)
        checkpoint(store)
        yield path, store, checkpoint, expected


def test_mail_leaves_nothing_once_it_is_acknowledged(way) -> None:
    path, store, checkpoint, expected = way
    store.commit(letters(40), 1)
    assert found(path) == {"body", "head", "pair"}
    store.commit([Emptied(FRIEND, 0, 20), Emptied(STRANGER, 0, 20)], 2)
    checkpoint(store)
    assert found(path) == expected


def test_mail_for_several_leaves_nothing_once_the_last_acknowledged_it(way) -> None:
    path, store, checkpoint, expected = way
    store.commit(circular(1), 1)
    store.commit([Emptied(FRIEND, 0, 1)], 2)
    assert "body" in found(path)
    store.commit([Emptied(STRANGER, 0, 1)], 3)
    checkpoint(store)
    assert found(path) == expected


def test_records_leave_nothing_once_they_expired(way) -> None:
    path, store, checkpoint, expected = way
    store.commit(FORWARDED, 1)
    assert "pair" in found(path)
    store.commit([Expired(1), Expired(2)], 2)
    checkpoint(store)
    assert found(path) == expected & {"pair"}


@pytest.mark.parametrize(("table", "leaves_copies"), [(Table, False), (Deleting, True)])
def test_nothing_is_left_when_rows_go_in_any_order(
    tmp_path: Path, monkeypatch, table: type[Table], leaves_copies: bool
) -> None:
    """Where rows are deleted SQLite merges pages and leaves copies of rows that live."""
    monkeypatch.setattr("chatsim.store.mail.Table", table)
    path = tmp_path / "mail.db"
    draws = random.Random(1)
    users = 200
    received = dict.fromkeys(range(users), 0)
    base = dict(received)
    with opened(path, Sync.NORMAL) as store:
        for number in range(3_000):
            user, reader = draws.randrange(users), draws.randrange(users)
            received[user] += 1
            body = b"old bridge %d " % number + bytes(draws.randrange(900))
            store.commit([Posted(user, 0, received[user], 1, HEAD, body)], number)
            if number % 3:
                base[reader] = draws.randint(base[reader], received[reader])
                store.commit([Emptied(reader, 0, base[reader])], number)
        store.checkpoint()
        waiting = sum(received.values()) - sum(base.values())
        assert 100 < waiting < 2_000
        assert (raw_bytes(path).count(HEAD) > waiting) is leaves_copies
        store.commit([Emptied(user, 0, received[user]) for user in range(users)], 1)
        store.checkpoint()
        assert leaves_copies or found(path) == set()


def test_the_log_is_cut_off_and_not_only_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "mail.db"
    with opened(path) as store:
        store.commit(letters(40), 1)
        store.checkpoint()
        assert path.with_name("mail.db-wal").stat().st_size == 0
        assert not path.with_name("mail.db-shm").exists()
    assert msgpack.packb(SENDER)[1:] == SENDER.to_bytes(4, "big")
