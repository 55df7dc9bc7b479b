"""A process that commits is killed at any moment: what was acknowledged is there, and nothing half."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chatsim.store.location import Sync
from tests.stores import device_of, load

CHILD = """
import sys
from pathlib import Path
from chatsim.model import Reason, Verdict
from chatsim.relay.changes import Budgeted, Emptied, Judged, Kept, Posted
from chatsim.store.sqlite import SqliteStore, Sync

store = SqliteStore.open(Path(sys.argv[1]), Sync(sys.argv[2]))
store.load()
body = bytes(500)
over = Verdict(Reason.CHATS_PER_PERSON, 3)
for batch in range(1, 1_000_000):
    changes = [Posted(user, 0, batch, 9, b"%d" % batch, body) for user in range(5)]
    changes += [Kept(batch, 0, batch, 9, (1, 2), batch), Budgeted(batch, 1, batch, 1, 0)]
    changes += [Judged(9, 0, batch, over)]
    changes += [Emptied(user, 0, batch - 3) for user in range(5) if batch > 3]
    store.commit(changes, batch)
    if batch % 50 == 0:
        store.checkpoint()
    print(batch, flush=True)
"""


@pytest.mark.parametrize("sync", list(Sync))
@pytest.mark.parametrize("kill", range(3))
def test_after_a_kill_everything_that_was_committed_is_there_and_nothing_half(
    tmp_path: Path, kill: int, sync: Sync
) -> None:
    path = tmp_path / "mail.db"
    acknowledged = committed_until_killed(
        path, sync, at_least=random.Random(kill).randrange(1, 150)
    )
    saved = load(path)
    last = saved.tick
    assert last in {acknowledged, acknowledged + 1}
    for user in range(5):
        device = device_of(saved, user)
        assert device.base == max(0, last - 3)
        numbers = range(device.base + 1, last + 1)
        assert device.mail == [(9, b"%d" % number, bytes(500)) for number in numbers]
    sender = device_of(saved, 9)
    assert (sender.counter, sorted(sender.refused)) == (last, list(range(1, last + 1))[-256:])
    assert [record.number for record in saved.records] == list(range(1, last + 1))
    assert [budget.record for budget in saved.budgets] == list(range(1, last + 1))


def committed_until_killed(path: Path, sync: Sync, at_least: int) -> int:
    """The last batch that the child said was committed."""
    command = [sys.executable, "-c", CHILD, str(path), sync.value]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) >= at_least:
                break
        os.kill(child.pid, signal.SIGKILL)
        rest = child.stdout.read().splitlines()
    assert child.returncode == -signal.SIGKILL
    return int(rest[-1] if rest else line)
