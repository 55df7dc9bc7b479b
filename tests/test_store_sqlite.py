"""The file of a store: whose it is, what is refused, and that a commit is all or nothing."""

from __future__ import annotations

import sqlite3
import stat
import time
from pathlib import Path

import pytest

from chatsim.errors import ConfigurationError, StoreError
from chatsim.model import ALLOWED
from chatsim.relay.changes import Emptied, Judged, Kept, Posted
from chatsim.store.location import Sync
from chatsim.store.sqlite import APPLICATION, VERSION, SqliteStore
from chatsim.store.tables import ROWS_MAX
from tests.stores import commit, device_of, load, opened, rows


def posted(number: int, size: int = 200) -> Posted:
    return Posted(1, 0, number, 2, b"head", b"%08d" % number * (size // 8))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mail.db"


def test_a_new_store_is_empty_and_dates_its_clock_from_now(path: Path) -> None:
    before = time.time()
    saved = load(path)
    assert (saved.devices, saved.records, saved.tick, saved.record_number) == ([], [], 0, 0)
    assert before <= saved.epoch_seconds <= time.time()


def test_the_clock_goes_on_from_the_last_commit_and_keeps_its_epoch(path: Path) -> None:
    epoch = load(path).epoch_seconds
    commit(path, [posted(1)], tick=30)
    saved = load(path)
    assert (saved.tick, saved.epoch_seconds) == (30, epoch)


def test_nobody_else_may_read_the_files(path: Path) -> None:
    load(path)
    path.chmod(0o644)
    with opened(path) as store:
        store.commit([posted(1)], 0)
        files = list(path.parent.iterdir())
        assert len(files) > 1
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_batch_of_many_rows_is_kept_whole(path: Path) -> None:
    count = 2 * ROWS_MAX + 1
    commit(path, [posted(number) for number in range(1, count + 1)], [Emptied(1, 0, count - 1)])
    assert [body for _, _, body in device_of(load(path), 1).mail] == [posted(count).body]


def test_two_servers_cannot_share_a_file(path: Path) -> None:
    with opened(path) as store:
        store.commit([posted(1)], 0)
        with pytest.raises(StoreError, match=r"mail.db: another server uses it"):
            SqliteStore.open(path)
        store.commit([posted(2)], 0)
        store.checkpoint()
    assert len(device_of(load(path), 1).mail) == 2


@pytest.mark.parametrize("content", [b"text" * 500, b"SQLite format 3\0" + b"\xff" * 4_000])
def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="is no store, nor any database; give a new path"):
        SqliteStore.open(path)
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE recipes (name)")
    connection.close()
    content = path.read_bytes()
    with pytest.raises(ConfigurationError, match="is a database of another program"):
        SqliteStore.open(path)
    assert path.read_bytes() == content


def test_a_store_of_another_version_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    with pytest.raises(
        ConfigurationError, match="store of version 2; this program reads version 1"
    ):
        SqliteStore.open(path)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    mode = tmp_path.stat().st_mode
    with pytest.raises(ConfigurationError, match="is not a file; give a new path"):
        SqliteStore.open(tmp_path)
    assert tmp_path.stat().st_mode == mode


def test_a_path_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"could not open .*mail.db: No such file or directory"):
        SqliteStore.open(tmp_path / "missing" / "mail.db")


def test_a_damaged_file_is_not_read(path: Path) -> None:
    commit(path, [posted(number) for number in range(1, 200)])
    content = bytearray(path.read_bytes())
    content[3 * 4_096 : 4 * 4_096] = b"\xff" * 4_096
    path.write_bytes(content)
    store = SqliteStore.open(path)
    with pytest.raises(StoreError, match=r"could not read .*mail.db: it is damaged"):
        store.load()
    store.close()


@pytest.mark.parametrize("item", [b"\xc1", b"\x90", b"\x01"])
def test_an_item_that_says_nothing_is_damage(path: Path, item: bytes) -> None:
    for table in ("mail", "devices", "ledger"):
        with opened(path) as store:
            slot = b"\0\0\0\1" + item + bytes(59)
            store._connection.execute(f"INSERT INTO {table} VALUES (64, ?)", (slot,))
        store = SqliteStore.open(path)
        with pytest.raises(StoreError, match=r"could not read .*mail.db: it is damaged"):
            store.load()
        store._connection.execute(f"DELETE FROM {table}")
        store.close()


@pytest.fixture
def nearly_full(path: Path):
    """A store that has room for some 100 KiB more."""
    with opened(path) as store:
        store.commit([posted(1), Judged(2, 0, 1, ALLOWED)], 5)
        ((pages,),) = store._connection.execute("PRAGMA page_count")
        store._connection.execute(f"PRAGMA max_page_count = {pages + 25}").fetchall()
        yield store


def test_a_full_disk_fails_the_batch_whole_and_everything_after_it(path: Path, nearly_full) -> None:
    half = [Judged(2, 0, 2, ALLOWED), Kept(1, 0, 1, 2, (1,), 6)]
    with pytest.raises(StoreError, match=r"could not commit to .*: database or disk is full"):
        nearly_full.commit([*half, *(posted(number, 1_000) for number in range(2, 300))], 6)
    with pytest.raises(StoreError, match="an earlier commit failed"):
        nearly_full.commit([posted(2)], 7)
    nearly_full.close()
    saved = load(path)
    assert device_of(saved, 1).mail == [(2, b"head", posted(1).body)]
    assert (device_of(saved, 2).counter, saved.records, saved.tick) == (1, [], 5)
    commit(path, [posted(2)])
    assert len(device_of(load(path), 1).mail) == 2


def test_a_batch_that_makes_no_sense_is_an_error_and_nothing_of_it_is_kept(path: Path) -> None:
    with opened(path) as store:
        with pytest.raises(TypeError):
            store.commit([Judged(2, 0, 1, ALLOWED), Posted(1, 0, 1, 2, b"head", object())], 1)
        with pytest.raises(StoreError, match="an earlier commit failed"):
            store.commit([Judged(2, 0, 1, ALLOWED)], 1)
    assert load(path).devices == []


def test_a_commit_without_changes_does_not_touch_the_disk(path: Path) -> None:
    with opened(path) as store:
        store.checkpoint()
        store.commit([], 9)
        assert store.log_bytes() == 0
    assert load(path).tick == 0


def test_a_checkpoint_empties_the_log(path: Path) -> None:
    with opened(path) as store:
        store.commit([posted(1)], 0)
        assert store.log_bytes() > 0
        store.checkpoint()
        assert store.log_bytes() == 0


@pytest.mark.parametrize(("sync", "level"), [(Sync.FULL, 2), (Sync.NORMAL, 1)])
def test_a_commit_waits_for_the_disk_unless_told_otherwise(
    path: Path, sync: Sync, level: int
) -> None:
    with opened(path, sync) as store:
        ((found,),) = store._connection.execute("PRAGMA synchronous")
    assert found == level


def test_closing_twice_does_no_harm(path: Path) -> None:
    with opened(path) as store:
        store.close()
    assert rows(path, "mail") == 0
