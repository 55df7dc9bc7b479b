"""A store in one SQLite file: what the relay changed, a batch in a transaction.

One server has the file to itself, by an exclusive lock that goes with the process. The write-ahead log is emptied by
checkpoints alone, so that no commit stalls for one.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgpack

from chatsim.errors import ConfigurationError, StoreError
from chatsim.relay.changes import (
    Budgeted,
    Change,
    Counted,
    Emptied,
    Expired,
    Judged,
    Kept,
    Posted,
    Saved,
    Used,
)
from chatsim.store.ledger import LedgerKeeper
from chatsim.store.location import Sync
from chatsim.store.mail import MailKeeper

APPLICATION = 0x63736D31
"""Marks the file as ours ("csm1")."""
VERSION = 1
"""Of the tables; a file of another version is refused."""

_SETTINGS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA secure_delete = ON",
    "PRAGMA wal_autocheckpoint = 0",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -65536",  # 64 MiB: pages of mail are read again when it is dropped
)
_DAMAGED = (ValueError, TypeError, KeyError, IndexError, msgpack.UnpackException)
"""What reading an item can raise that this program did not write."""


class SqliteStore:
    """The connection and what is known of its rows. After `load`, one thread alone may use it."""

    def __init__(self, path: Path, connection: sqlite3.Connection, created: float | None) -> None:
        """`created`: the wall clock's reading where the file is new."""
        self.path = path
        self._connection = connection
        self._created = created
        self._mail = MailKeeper()
        self._ledger = LedgerKeeper()
        self._tables = (*self._mail.tables, *self._ledger.tables)
        self._tick = 0
        self._is_loaded = False
        self._failed = False

    @classmethod
    def open(cls, path: Path, sync: Sync = Sync.FULL) -> SqliteStore:
        """Open or create. Raises ConfigurationError for a file that is none of ours, StoreError where it fails."""
        with _one_sentence("open", path):
            _create_private(path)
            connection = sqlite3.connect(
                path, timeout=0, isolation_level=None, check_same_thread=False
            )
        try:
            with _one_sentence("open", path):
                connection.execute("PRAGMA locking_mode = EXCLUSIVE")
                is_new = _is_new(connection, path)
                for file in (path, _log_of(path)):
                    if file.exists():  # the log takes the mode that the file had
                        file.chmod(0o600)
                for setting in (*_SETTINGS, f"PRAGMA synchronous = {sync.value}"):
                    connection.execute(setting).fetchall()
                store = cls(path, connection, time.time() if is_new else None)
                if is_new:
                    store._create()
        except BaseException:
            connection.close()
            raise
        return store

    def _create(self) -> None:
        execute = self._connection.execute
        with self._transaction():
            execute(f"PRAGMA application_id = {APPLICATION}")
            execute(f"PRAGMA user_version = {VERSION}")
            for table in self._tables:
                table.create(self._connection)
            execute(
                "CREATE TABLE moment (epoch_seconds REAL NOT NULL, tick INTEGER NOT NULL, "
                "record_number INTEGER NOT NULL) STRICT"
            )
            execute("INSERT INTO moment VALUES (?, 0, 0)", (self._created,))

    def load(self) -> Saved:
        """Everything that was committed, once, before the first commit. Raises StoreError where it is damaged."""
        connection = self._connection
        saved = Saved()
        with _one_sentence("read", self.path):
            ((found,),) = connection.execute("PRAGMA quick_check(1)").fetchall()
            if found != "ok":
                raise StoreError(f"could not read {self.path}: it is damaged ({found})")
            ((saved.epoch_seconds, saved.tick, self._ledger.record_number),) = connection.execute(
                "SELECT epoch_seconds, tick, record_number FROM moment"
            ).fetchall()
            try:
                saved.devices = self._mail.load(connection)
                self._ledger.load(connection, saved)
            except _DAMAGED as error:
                message = f"could not read {self.path}: it is damaged ({error})"
                raise StoreError(message) from error
        saved.record_number = self._ledger.record_number
        self._tick = saved.tick
        self._is_loaded = True
        return saved

    def commit(self, changes: Sequence[Change], tick: int) -> None:
        """Keep all changes or none. Raises StoreError, and from then on always."""
        assert self._is_loaded, "rows are numbered from those that are there"
        if self._failed:
            raise StoreError(f"could not commit to {self.path}: an earlier commit failed")
        if not changes:
            return
        self._failed = True
        with _one_sentence("commit to", self.path):
            expired = self._take(changes)
            with self._transaction():
                for table in self._tables:
                    table.write(self._connection)
                if expired or tick != self._tick:
                    self._connection.execute(
                        "UPDATE moment SET tick = ?, record_number = ?",
                        (tick, self._ledger.record_number),
                    )
        self._tick = tick
        self._failed = False

    def _take(self, changes: Sequence[Change]) -> bool:
        """Turn changes into rows; returns whether any record expired."""
        mail, ledger = self._mail, self._ledger
        expired = False
        for change in changes:
            match change:
                case Posted():
                    mail.posted(change)
                case Emptied():
                    mail.emptied(change)
                case Judged():
                    mail.judged(change)
                case Kept() | Budgeted() | Used() | Counted():
                    ledger.changed(change)
                case Expired():
                    ledger.expired(change)
                    expired = True
                case _:
                    ledger.watched(change)
        mail.prepare()
        return expired

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """SQLite has rolled back by itself after some errors and not after others."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.rollback()
            raise

    def checkpoint(self) -> None:
        """Empty the write-ahead log: only now is what was deleted gone from the disk. Raises StoreError."""
        with _one_sentence("checkpoint", self.path):
            ((busy, _, _),) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        if busy:
            raise StoreError(f"could not checkpoint {self.path}: it is being read")

    def log_bytes(self) -> int:
        """How long the write-ahead log is."""
        try:
            return _log_of(self.path).stat().st_size
        except FileNotFoundError:
            return 0

    def close(self) -> None:
        """Let go of the file; once is enough, twice does no harm."""
        with _one_sentence("close", self.path):
            self._connection.close()


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _is_new(connection: sqlite3.Connection, path: Path) -> bool:
    """Look into the file before anything in it is changed. Raises ConfigurationError where it is not ours."""
    ((objects,),) = connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    ((application,),) = connection.execute("PRAGMA application_id").fetchall()
    ((version,),) = connection.execute("PRAGMA user_version").fetchall()
    if not objects and not application:
        return True
    if application != APPLICATION:
        raise ConfigurationError(f"{path} is a database of another program; give a new path")
    if version != VERSION:
        message = f"{path} is a store of version {version}; this program reads version {VERSION}"
        raise ConfigurationError(message)
    return False


def _create_private(path: Path) -> None:
    """Nobody but the server's own user may read mail; a new file's name must survive a power cut as well.

    A file that exists is not opened here: closing it would take away the lock of whoever has it open in this process.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if not path.is_file():
            raise ConfigurationError(f"{path} is not a file; give a new path") from None
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextlib.contextmanager
def _one_sentence(doing: str, path: Path) -> Iterator[None]:
    """Turns what SQLite and the system say into one sentence."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"could not {doing} {path}: {error.strerror or error}") from error
    except sqlite3.Error as error:
        match getattr(error, "sqlite_errorcode", None):
            case sqlite3.SQLITE_BUSY:
                message = f"could not {doing} {path}: another server uses it"
                raise StoreError(message) from error
            case sqlite3.SQLITE_NOTADB:
                message = f"{path} is no store, nor any database; give a new path"
                raise ConfigurationError(message) from error
            case _:
                raise StoreError(f"could not {doing} {path}: {error}") from error
