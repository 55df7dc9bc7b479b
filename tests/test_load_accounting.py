"""The accounts in bounded memory against a naive twin that remembers every message."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from chatsim_clients.load import accounting
from chatsim_clients.load.accounting import (
    RUNS_MAX,
    Arrival,
    Heard,
    Line,
    Received,
    Runs,
    Said,
    Settled,
    settle,
    settle_all,
)


def heard(*numbers):
    ears = Heard()
    return ears, [ears.hear(7, number) for number in numbers]


def test_numbers_in_their_order_are_next_and_nothing_is_kept_of_them():
    ears, arrivals = heard(0, 1, 2)
    assert arrivals == [Arrival.NEXT] * 3
    assert (ears.distinct, ears.duplicated, ears.reordered, ears.missing) == (3, 0, 0, {})


def test_a_number_that_comes_again_is_a_duplicate_wherever_it_stands():
    ears, arrivals = heard(0, 1, 1, 0)
    assert arrivals[2:] == [Arrival.AGAIN, Arrival.AGAIN]
    assert (ears.distinct, ears.duplicated) == (2, 2)


def test_a_number_that_comes_after_a_higher_one_is_reordered_and_once_more_a_duplicate():
    ears, arrivals = heard(0, 2, 1, 1)
    assert arrivals == [Arrival.NEXT, Arrival.NEXT, Arrival.LATE, Arrival.AGAIN]
    assert (ears.distinct, ears.duplicated, ears.reordered) == (3, 1, 1)


def test_conversations_do_not_mix():
    ears = Heard()
    assert ears.hear(1, 0) is ears.hear(2, 0) is Arrival.NEXT


def test_what_never_came_is_lost_at_the_end_and_in_the_middle():
    ears, _ = heard(0, 2)
    received = Received(ears.following[7], ears.missing[7])
    assert settle(Line(5, None, frozenset()), received) == Settled(5, 2, 3, 0)


def test_refused_messages_are_not_lost_and_are_named_where_they_arrive():
    said = Said()
    for number in range(4):
        assert said.say(0, 9) == number
    said.refuse(0, 1)
    said.refuse(0, 3)
    ears, _ = heard(0, 2)
    line = Line(4, said.refused[0], frozenset())
    assert settle(line, Received(3, ears.missing[7])) == Settled(2, 2, 0, 0)
    ears, _ = heard(0, 1, 2)
    assert settle(line, Received(3, None)) == Settled(2, 2, 0, 1)


def test_an_act_without_a_verdict_may_have_arrived_or_not():
    line = Line(2, None, frozenset({1}))
    assert settle(line, Received(2, None)) == Settled(2, 2, 0, 0)
    assert settle(line, Received(1, None)) == Settled(1, 1, 0, 0)


def test_nothing_is_expected_of_somebody_who_never_logged_in():
    lines = {7: (Line(3, None, frozenset()), [1, 2])}
    ears = Heard()
    for number in range(3):
        ears.hear(7, number)
    assert settle_all(lines, {1: ears, 2: Heard()}, frozenset({2})) == Settled(3, 3, 0, 0)
    assert settle_all(lines, {1: ears, 2: Heard()}).lost == 3
    assert settle_all(lines, {1: ears}).lost == 3


def test_runs_beyond_the_bound_are_only_counted():
    runs = Runs()
    for number in range(0, 4 * RUNS_MAX, 2):
        runs.append(number, number + 1)
    assert len(runs.starts) == RUNS_MAX
    assert len(runs) == 2 * RUNS_MAX
    assert 0 not in runs
    assert 4 * RUNS_MAX - 2 in runs


@given(st.sets(st.integers(0, 60)), st.lists(st.integers(0, 60)))
def test_runs_are_a_set(numbers, removed):
    runs = Runs()
    for number in sorted(numbers):
        runs.append(number, number + 1)
    for number in removed:
        assert runs.remove(number) == (number in numbers)
        numbers.discard(number)
    assert list(runs.numbers()) == sorted(numbers)
    assert len(runs) == len(numbers)
    assert all((number in runs) == (number in numbers) for number in range(-1, 62))


@st.composite
def conversations(draw):
    """Messages sent, what the relay said to each, and in which order copies arrived, some of them several times."""
    sent = draw(st.integers(0, 30))
    verdicts = draw(
        st.lists(st.sampled_from(["ok", "ok", "refused", "open"]), min_size=sent, max_size=sent)
    )
    arrivals = draw(st.lists(st.integers(0, sent - 1), max_size=60)) if sent else []
    return verdicts, arrivals


@given(conversations(), st.sampled_from([2, RUNS_MAX]))
def test_the_accounts_are_those_of_a_twin_that_keeps_every_message(conversation, bound):
    verdicts, arrivals = conversation
    ears, said = Heard(), Said()
    for number, verdict in enumerate(verdicts):
        assert said.say(0, 1) == number
        if verdict == "refused":
            said.refuse(0, number)
    before = accounting.RUNS_MAX
    accounting.RUNS_MAX = bound
    try:
        for number in arrivals:
            ears.hear(0, number)
    finally:
        accounting.RUNS_MAX = before
    line = Line(
        len(verdicts),
        said.refused.get(0),
        frozenset(n for n, verdict in enumerate(verdicts) if verdict == "open"),
    )
    settled = settle_all({0: (line, [5])}, {5: ears})
    times = Counter(arrivals)
    forgotten = sum(runs.forgotten for runs in ears.missing.values())
    if forgotten:
        # Too many gaps to name them: what comes late is taken for a duplicate, never the other way round.
        assert settled.lost >= sum(
            verdict == "ok" and n not in times for n, verdict in enumerate(verdicts)
        ) - sum(verdict != "ok" for verdict in verdicts)
        return
    assert settled.expected == sum(
        verdict == "ok" or (verdict == "open" and n in times) for n, verdict in enumerate(verdicts)
    )
    assert settled.lost == sum(
        verdict == "ok" and n not in times for n, verdict in enumerate(verdicts)
    )
    assert settled.delivered == settled.expected - settled.lost
    assert settled.unsanctioned == sum(
        verdict == "refused" and n in times for n, verdict in enumerate(verdicts)
    )
    assert ears.duplicated == len(arrivals) - len(times)
    seen: set[int] = set()
    late = 0
    for number in arrivals:
        late += number not in seen and any(other > number for other in seen)
        seen.add(number)
    assert ears.reordered == late


def test_a_stream_has_gaps_and_tells_groups_apart():
    ears = Heard()
    assert ears.hear_of(1, None, 4) is Arrival.NEXT
    assert ears.hear_of(1, 3, 4) is Arrival.NEXT
    assert ears.hear_of(1, None, 2) is Arrival.LATE
    assert ears.hear_of(1, None, 4) is Arrival.AGAIN
    assert (ears.distinct, ears.streamed, ears.duplicated, ears.reordered) == (3, 3, 1, 1)
