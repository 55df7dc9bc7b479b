"""A store without a disk: applies a relay's changes one by one, and gives back what it then holds."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field

from chatsim.relay.changes import (
    Budgeted,
    Change,
    Complained,
    Counted,
    Delivered,
    Emptied,
    Expired,
    HourOver,
    Judged,
    Kept,
    Paused,
    Posted,
    Saved,
    SavedDevice,
    Spent,
    Unwatched,
    Used,
    Withdrawn,
)
from chatsim.relay.mailbox import VERDICTS_KEPT


@define(eq=False)
class Shelf:
    """What each change says, and nothing that a relay knows besides."""

    devices: dict[tuple[int, int], SavedDevice] = field(factory=dict)
    records: dict[int, Kept] = field(factory=dict)
    budgets: dict[tuple[int, int], Budgeted] = field(factory=dict)
    used: dict[tuple[int, int], Used] = field(factory=dict)
    counted: dict[int, Counted] = field(factory=dict)
    spent: dict[int, Spent] = field(factory=dict)
    delivered: dict[tuple[bytes, int], Delivered] = field(factory=dict)
    paused: dict[tuple[bytes, tuple[int, ...]], Paused] = field(factory=dict)
    complained: dict[tuple[bytes, int], Complained] = field(factory=dict)
    record_number: int = 0

    def apply(self, changes: Sequence[Change]) -> None:
        for change in changes:
            match change:
                case Posted():
                    device = self.devices[change.user, change.device]
                    device.mail.append((change.sender, change.head, change.body))
                    assert change.number == device.base + len(device.mail)
                case Emptied():
                    where = change.user, change.device
                    device = self.devices.setdefault(where, SavedDevice(*where))
                    del device.mail[: change.base - device.base]
                    device.base = change.base
                case Judged():
                    self._judged(self.devices[change.user, change.device], change)
                case Kept():
                    self.records[change.number] = change
                    self.record_number = max(self.record_number, change.number)
                case Budgeted():
                    self.budgets[change.record, change.user] = change
                case Used():
                    self.used[change.lineage, change.user] = change
                case Counted():
                    self.counted[change.lineage] = change
                case Expired():
                    self._expired(change.number)
                case Spent():
                    self.spent[change.user] = change
                case HourOver():
                    self.spent.clear()
                case Delivered():
                    self.delivered[change.digest, change.minute] = change
                    if not change.copies:
                        del self.delivered[change.digest, change.minute]
                case Paused():
                    self.paused[change.digest, change[1:4]] = change
                case Unwatched():
                    for kept in (self.delivered, self.paused):
                        for key in [key for key in kept if key[0] == change.digest]:
                            del kept[key]
                case Complained():
                    self.complained[change.digest, change.user] = change
                case Withdrawn():
                    del self.complained[change.digest, change.user]

    def _judged(self, device: SavedDevice, change: Judged) -> None:
        assert change.counter == device.counter + 1
        device.counter = change.counter
        if not change.verdict.allowed:
            device.refused[change.counter] = change.verdict
        device.refused.pop(change.counter - VERDICTS_KEPT, None)

    def _expired(self, number: int) -> None:
        lineage = self.records.pop(number).lineage
        for key in [key for key in self.budgets if key[0] == number]:
            del self.budgets[key]
        if all(record.lineage != lineage for record in self.records.values()):
            self.counted.pop(lineage, None)
            for key in [key for key in self.used if key[0] == lineage]:
                del self.used[key]

    def saved(self, tick: int) -> Saved:
        return Saved(
            devices=list(self.devices.values()),
            records=[self.records[number] for number in sorted(self.records)],
            budgets=list(self.budgets.values()),
            used=list(self.used.values()),
            counted=list(self.counted.values()),
            spent=list(self.spent.values()),
            delivered=list(self.delivered.values()),
            paused=list(self.paused.values()),
            complained=list(self.complained.values()),
            record_number=self.record_number,
            tick=tick,
        )
