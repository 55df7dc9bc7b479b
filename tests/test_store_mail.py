"""What a store keeps of devices: their mail, how far they are, what they were refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import asdict
from hypothesis import given
from hypothesis import strategies as st

from chatsim.errors import StoreError
from chatsim.model import ALLOWED, Reason, Verdict
from chatsim.relay.changes import Emptied, Judged, Posted, SavedDevice
from chatsim.relay.mailbox import VERDICTS_KEPT
from chatsim.store.mail import SHARED_FROM
from tests.stores import commit, device_of, load, rows

BODY = b"x" * 200
OVER = Verdict(Reason.CHATS_PER_ACTION, 5)


def posted(user: int, number: int, body: bytes = BODY, device: int = 0, sender: int = 9) -> Posted:
    return Posted(user, device, number, sender, b"head %d" % number, body)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mail.db"


def test_mail_comes_back_in_order_with_its_sender_and_its_bytes(path: Path) -> None:
    commit(path, [posted(1, 1), posted(1, 2, b"", sender=8)], [posted(1, 3, b"\0", device=0)])
    assert device_of(load(path), 1).mail == [
        (9, b"head 1", BODY),
        (8, b"head 2", b""),
        (9, b"head 3", b"\0"),
    ]


def test_devices_of_one_user_are_apart(path: Path) -> None:
    commit(path, [posted(1, 1, b"a", device=0), posted(1, 1, b"b", device=7)])
    saved = load(path)
    assert device_of(saved, 1, 0).mail == [(9, b"head 1", b"a")]
    assert device_of(saved, 1, 7).mail == [(9, b"head 1", b"b")]


def test_what_was_acknowledged_is_gone_and_the_base_says_how_much_that_was(path: Path) -> None:
    commit(path, [posted(1, number) for number in (1, 2, 3)], [Emptied(1, 0, 2)])
    device = device_of(load(path), 1)
    assert device.base == 2
    assert [head for _, head, _ in device.mail] == [b"head 3"]
    assert rows(path, "mail") == 1


def test_acknowledging_after_a_restart_drops_what_was_there_before(path: Path) -> None:
    commit(path, [posted(1, 1), posted(1, 2)])
    commit(path, [posted(1, 3), Emptied(1, 0, 2)])
    assert [head for _, head, _ in device_of(load(path), 1).mail] == [b"head 3"]


def test_mail_that_comes_and_goes_within_a_batch_is_never_written(path: Path) -> None:
    commit(path, [posted(1, 1), Emptied(1, 0, 1), posted(1, 2)])
    device = device_of(load(path), 1)
    assert (device.base, [head for _, head, _ in device.mail]) == (1, [b"head 2"])


def test_a_body_for_several_is_stored_once_and_goes_with_the_last_of_them(path: Path) -> None:
    commit(path, [posted(user, 1) for user in (1, 2, 3)])
    assert (rows(path, "mail"), rows(path, "bodies")) == (3, 1)
    assert path.read_bytes().count(BODY) == 1
    assert [device.mail[0][2] for device in load(path).devices] == [BODY] * 3
    commit(path, [Emptied(1, 0, 1), Emptied(3, 0, 1)])
    assert (rows(path, "mail"), rows(path, "bodies")) == (1, 1)
    assert device_of(load(path), 2).mail == [(9, b"head 1", BODY)]
    commit(path, [Emptied(2, 0, 1)])
    assert (rows(path, "mail"), rows(path, "bodies")) == (0, 0)


def test_a_shared_body_may_go_within_the_batch_that_brought_it(path: Path) -> None:
    group = [posted(user, 1) for user in (1, 2, 3)]
    commit(path, [*group, *(Emptied(user, 0, 1) for user in (1, 2, 3)), posted(1, 2)])
    assert (rows(path, "mail"), rows(path, "bodies")) == (1, 0)


def test_only_the_same_object_is_shared_and_only_from_one_delivery_to_the_next(path: Path) -> None:
    equal = bytes(bytearray(BODY))
    commit(path, [posted(1, 1), posted(2, 1, equal), posted(3, 1)], [posted(4, 1)])
    assert rows(path, "bodies") == 0


def test_a_small_body_is_not_worth_sharing(path: Path) -> None:
    small = b"x" * (SHARED_FROM - 1)
    commit(path, [posted(1, 1, small), posted(2, 1, small)])
    assert rows(path, "bodies") == 0


def test_refused_acts_come_back_with_their_verdicts_and_allowed_ones_by_the_counter(
    path: Path,
) -> None:
    commit(path, [Judged(1, 0, 1, ALLOWED), Judged(1, 0, 2, OVER)], [Judged(1, 0, 3, ALLOWED)])
    device = device_of(load(path), 1)
    assert (device.counter, device.refused) == (3, {2: OVER})


def test_a_verdict_is_forgotten_when_its_act_cannot_be_sent_again(path: Path) -> None:
    last = 2 + VERDICTS_KEPT
    commit(path, [Judged(1, 0, counter, OVER) for counter in range(1, last + 1)])
    assert list(device_of(load(path), 1).refused) == list(range(3, last + 1))
    commit(path, [Judged(1, 0, last + 1, ALLOWED)])
    assert list(device_of(load(path), 1).refused) == list(range(4, last + 1))


def test_mail_whose_number_does_not_follow_is_damage(path: Path) -> None:
    commit(path, [posted(1, 1), posted(1, 3)])
    with pytest.raises(StoreError, match="delivery 3 of a device does not follow"):
        load(path)


deliveries = st.tuples(st.just("post"), st.lists(st.integers(0, 4), min_size=1, max_size=5))
acknowledgements = st.tuples(st.just("empty"), st.integers(0, 4), st.integers(1, 3))
verdicts = st.tuples(st.just("judge"), st.integers(0, 4), st.booleans())
restarts = st.tuples(st.just("restart"))
steps = st.lists(st.one_of(deliveries, acknowledgements, verdicts, restarts), max_size=30)


@given(steps, st.integers(1, 6))
def test_whatever_happens_and_wherever_commits_fall_the_same_comes_back(
    tmp_path_factory, steps, batch: int
) -> None:
    """Against a plain model of mailboxes."""
    path = tmp_path_factory.mktemp("store") / "mail.db"
    model = {user: SavedDevice(user, 0) for user in range(5)}
    given = dict.fromkeys(model, 0)
    lives: list[list] = [[]]
    for at, step in enumerate(steps):
        match step:
            case ("post", users):
                body = b"%03d" % at * 30
                for user in users:
                    given[user] += 1
                    lives[-1].append(posted(user, given[user], body))
                    model[user].mail.append((9, b"head %d" % given[user], body))
            case ("empty", user, count):
                count = min(count, len(model[user].mail))
                model[user].base += count
                del model[user].mail[:count]
                lives[-1].append(Emptied(user, 0, model[user].base))
            case ("judge", user, allowed):
                model[user].counter += 1
                verdict = ALLOWED if allowed else OVER
                lives[-1].append(Judged(user, 0, model[user].counter, verdict))
                if not allowed:
                    model[user].refused[model[user].counter] = verdict
            case _:
                lives.append([])
    for life in lives:
        commit(path, *(life[start : start + batch] for start in range(0, len(life), batch)))
    touched = {change.user for life in lives for change in life}
    saved = {device.user: asdict(device) for device in load(path).devices}
    assert saved == {user: asdict(model[user]) for user in touched}
