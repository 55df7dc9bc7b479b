"""What is kept of devices: their mail, how far they are, and what they were refused.

A body for one recipient lies with its head; a body for several is stored once and goes with the last of them.
"""

from __future__ import annotations

import sqlite3
from collections import deque

import msgpack
from attrs import define, field

from chatsim.errors import StoreError
from chatsim.model import Reason, Verdict
from chatsim.relay.changes import Emptied, Judged, Posted, SavedDevice
from chatsim.relay.mailbox import VERDICTS_KEPT
from chatsim.store.tables import Table

SHARED_FROM = 64
"""Bytes: a smaller body costs less inline than the row that would hold it once."""


@define(eq=False)
class _Device:
    user: int
    device: int
    row: int | None = None
    base: int = 0
    counter: int = 0
    mail: deque[int] = field(factory=deque)
    """Rows of what is not acknowledged, in order: the first is delivery number `base` + 1."""
    refused: dict[int, Verdict] = field(factory=dict)
    is_changed: bool = False

    def judged(self, counter: int, verdict: Verdict) -> None:
        self.counter = counter
        if not verdict.allowed:
            self.refused[counter] = verdict
        while self.refused and next(iter(self.refused)) <= counter - VERDICTS_KEPT:
            del self.refused[next(iter(self.refused))]

    def saved(self) -> SavedDevice:
        return SavedDevice(
            self.user, self.device, self.base, self.counter, refused=dict(self.refused)
        )


@define(eq=False)
class MailKeeper:
    """Turns what happens to mailboxes into rows."""

    _devices: dict[tuple[int, int], _Device] = field(factory=dict)
    _changed: list[_Device] = field(factory=list)
    """Each once: written once in a commit, however often they change."""
    _body_of: dict[int, int] = field(factory=dict)
    """The row of a shared body by the row of mail."""
    _shares: dict[int, int] = field(factory=dict)
    """How many rows of mail need a shared body."""
    _last: Posted | None = None
    _last_row: int = 0
    _pack: msgpack.Packer = field(factory=msgpack.Packer)
    _mail: Table = field(factory=lambda: Table("mail"))
    _bodies: Table = field(factory=lambda: Table("bodies"))
    _table: Table = field(factory=lambda: Table("devices"))

    @property
    def tables(self) -> tuple[Table, ...]:
        return self._bodies, self._mail, self._table

    def posted(self, change: Posted) -> None:
        """The relay posts all copies of an act one after another, and they are the same object."""
        user, device, number, sender, head, body = change
        shared, last = None, self._last
        if last is not None and last.body is body and len(body) >= SHARED_FROM:
            shared = self._shared_with(last)
        item = (user, device, number, sender, head, body if shared is None else shared)
        row = self._mail.add(self._pack.pack(item))
        if shared is not None:
            self._share(row, shared)
        self._device(user, device).mail.append(row)
        self._last, self._last_row = change, row

    def _shared_with(self, last: Posted) -> int:
        """The row of the body that the last delivery has as well; it is told so when it is the first."""
        shared = self._body_of.get(self._last_row)
        if shared is None:
            shared = self._bodies.add(last.body)
            self._share(self._last_row, shared)
            # Shorter than with its body inline, and so in the row that it has.
            self._mail.replace(self._last_row, self._pack.pack((*last[:5], shared)))
        return shared

    def _share(self, row: int, shared: int) -> None:
        self._body_of[row] = shared
        self._shares[shared] = self._shares.get(shared, 0) + 1

    def emptied(self, change: Emptied) -> None:
        device = self._device(change.user, change.device)
        for _ in range(min(change.base - device.base, len(device.mail))):
            row = device.mail.popleft()
            self._mail.drop(row)
            shared = self._body_of.pop(row, None) if self._body_of else None
            if shared is not None:
                self._release(shared)
        device.base = change.base
        self._note_change(device)
        self._last = None

    def _release(self, shared: int) -> None:
        self._shares[shared] -= 1
        if not self._shares[shared]:
            del self._shares[shared]
            self._bodies.drop(shared)

    def judged(self, change: Judged) -> None:
        device = self._device(change.user, change.device)
        device.judged(change.counter, change.verdict)
        self._note_change(device)

    def _device(self, user: int, number: int) -> _Device:
        device = self._devices.get((user, number))
        if device is None:
            device = self._devices[user, number] = _Device(user, number)
            self._note_change(device)
        return device

    def _note_change(self, device: _Device) -> None:
        if not device.is_changed:
            device.is_changed = True
            self._changed.append(device)

    def prepare(self) -> None:
        """Before the tables are written."""
        for device in self._changed:
            refused = [(at, *_numbers(verdict)) for at, verdict in device.refused.items()]
            fields = (device.user, device.device, device.base, device.counter, refused)
            item = self._pack.pack(fields)
            row = device.row
            device.row = self._table.add(item) if row is None else self._table.replace(row, item)
            device.is_changed = False
        self._changed.clear()
        self._last = None

    def load(self, connection: sqlite3.Connection) -> list[SavedDevice]:
        """Every device with its mail."""
        for row, item in self._table.read(connection):
            user, number, base, counter, refused = msgpack.unpackb(item)
            device = _Device(user, number, row, base, counter)
            device.refused = {at: Verdict(Reason(reason), limit) for at, reason, limit in refused}
            self._devices[user, number] = device
        waiting = self._load_mail(connection)
        return [self._saved(device, waiting.get(at, [])) for at, device in self._devices.items()]

    def _load_mail(
        self, connection: sqlite3.Connection
    ) -> dict[tuple[int, int], list[tuple[int, int, tuple[int, bytes, bytes]]]]:
        """(number, row, mail) of every delivery, by device and in no order, for slots are used again."""
        bodies = dict(self._bodies.read(connection))
        waiting: dict[tuple[int, int], list[tuple[int, int, tuple[int, bytes, bytes]]]] = {}
        for row, item in self._mail.read(connection):
            user, device, number, sender, head, body = msgpack.unpackb(item)
            if isinstance(body, int):
                self._share(row, body)
                body = bodies[body]
            waiting.setdefault((user, device), []).append((number, row, (sender, head, body)))
        return waiting

    def _saved(
        self, device: _Device, waiting: list[tuple[int, int, tuple[int, bytes, bytes]]]
    ) -> SavedDevice:
        saved = device.saved()
        for number, row, mail in sorted(waiting):
            device.mail.append(row)
            saved.mail.append(mail)
            if number != device.base + len(saved.mail):
                raise StoreError(f"delivery {number} of a device does not follow the one before")
        return saved


def _numbers(verdict: Verdict) -> tuple[int, int | None]:
    return int(verdict.reason), verdict.limit
