from __future__ import annotations

import gzip

import pytest

from chatsim.errors import ConfigurationError
from chatsim_clients.load.intents import ReplayIntents
from chatsim_clients.load.parts import FixedBody
from chatsim_clients.load.traces import read_trace


def write(folder, text, name="trace.txt"):
    path = folder / name
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return path


def rows(trace):
    return list(
        zip(trace.senders.tolist(), trace.recipients.tolist(), trace.times.tolist(), strict=True)
    )


def test_ids_become_numbers_from_nothing_and_times_count_from_the_first_message(tmp_path):
    trace = read_trace(write(tmp_path, "# a comment\n30 10 1000\n10 7 1005\n\n7 30 1005\n"))
    assert rows(trace) == [(2, 1, 0), (1, 0, 5), (0, 2, 5)]
    assert (trace.users, trace.seconds, trace.dropped) == (3, 5.0, 0)


def test_a_csv_is_read_by_its_header_and_gzip_by_its_name(tmp_path):
    text = "timestamp,sender,recipient\n18,370,512\n37,512,370\n"
    assert rows(read_trace(write(tmp_path, text, "sms.csv.gz"))) == [(0, 1, 0), (1, 0, 19)]


def test_messages_of_one_time_keep_the_order_of_the_file_and_others_are_sorted(tmp_path):
    trace = read_trace(write(tmp_path, "1 2 9\n1 3 5\n2 1 5\n1 2 5\n"))
    assert rows(trace) == [(0, 2, 0), (1, 0, 0), (0, 1, 0), (0, 1, 4)]


def test_messages_to_oneself_are_left_out_and_counted(tmp_path):
    trace = read_trace(write(tmp_path, "1 1 3\n1 2 5\n"))
    assert rows(trace) == [(0, 1, 0)]
    assert trace.dropped == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1 2\n", "line 1 is '1 2'"),
        ("1 2 3\nx 2 3\n", "line 2 is 'x 2 3'"),
        ("", "no message"),
        ("4 4 1\n", "no message"),
    ],
)
def test_a_file_that_is_no_trace_is_refused_with_the_line(tmp_path, text, says):
    with pytest.raises(ConfigurationError, match=says):
        read_trace(write(tmp_path, text))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match=r"nothing\.txt cannot be read: No such file"):
        read_trace(tmp_path / "nothing.txt")


def test_workers_together_intend_every_message_once_and_pairs_keep_their_order(shared_data):
    trace = read_trace(shared_data / "collegemsg" / "CollegeMsg.txt.gz")
    assert (trace.users, len(trace.times), trace.dropped) == (1_899, 59_835, 0)
    found = []
    for number in range(2):
        mine = (trace.senders % 2 == number).nonzero()[0]
        intents = ReplayIntents(trace, mine, 360_000.0, FixedBody(64))
        for slice_end in range(1, 48):
            found += intents.until(float(slice_end))
    assert len(found) == 59_835
    pairs = {}
    for intent in found:
        pairs.setdefault((intent.user, intent.chat.number), []).append(intent.seconds)
    assert len(pairs) == 20_296
    assert all(times == sorted(times) for times in pairs.values())
