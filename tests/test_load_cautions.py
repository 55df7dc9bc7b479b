from __future__ import annotations

from collections import Counter

from attrs import evolve

from chatsim_clients.load.asserting import read_assertion
from chatsim_clients.load.books import Books
from chatsim_clients.load.cautions import ENDINGS_MAX, of_generator, of_messages, of_sessions
from chatsim_clients.load.finding import failures
from chatsim_clients.load.live import generator_warning
from chatsim_clients.load.result import GENERATOR_CPU_MAX, GENERATOR_LAG_MS_MAX
from chatsim_clients.load.sharing import Closed, Entered
from chatsim_clients.load.tally import Counts
from tests.loads import load_result

GOALS = (read_assertion("p99<50ms"),)


def closed(lag_us: int = 0, **counts) -> Closed:
    books = Books(
        Counts(**counts), lines={}, heard={}, unanswered=0, unsent=0, unposted=0, strangers=()
    )
    return Closed(books, totals={}, lags={lag_us: 100}, cpu=1.0)


def test_the_live_view_the_result_and_the_search_have_one_bound_for_the_generator():
    second = load_result().seconds[10]
    for late, busy in ((1.1, 0.5), (0.5, 1.05)):
        lag_ms, cpu = late * GENERATOR_LAG_MS_MAX, busy * GENERATOR_CPU_MAX
        found = tuple(of_generator([closed(round(1_000 * lag_ms))], [cpu]))
        assert len(found) == 1
        assert generator_warning(evolve(second, generator_lag_ms=lag_ms, generator_cpu=cpu))
        (why,) = failures(load_result(warnings=found), GOALS)
        assert why.startswith("the generator was the bottleneck")
    lag_ms, cpu = 0.9 * GENERATOR_LAG_MS_MAX, 0.9 * GENERATOR_CPU_MAX
    assert not tuple(of_generator([closed(round(1_000 * lag_ms))], [cpu]))
    assert not generator_warning(evolve(second, generator_lag_ms=lag_ms, generator_cpu=cpu))


def test_one_busy_second_is_no_bottleneck():
    assert not tuple(of_generator([closed()], [0.5, 0.99, 0.5]))


def test_sessions_that_ended_are_told_by_reason_the_commonest_first():
    endings = Counter({f"reason {number}": number for number in range(1, ENDINGS_MAX + 3)})
    told = tuple(of_sessions([Entered(5, 2), Entered(5, 1)], [closed(endings=endings)]))
    assert told[0] == "3 sessions could not log in before the load began."
    assert told[1] == "10 sessions ended: reason 10."
    assert len(told) == 1 + ENDINGS_MAX


def test_only_what_happened_is_told_of_messages():
    assert tuple(of_messages([closed()], 0, 0)) == ()
    assert tuple(of_messages([closed(strays=2), closed(strays=1)], 1, 0)) == (
        "3 copies of no message of this load arrived.",
        "1 refused messages were delivered.",
    )


def test_a_bottleneck_says_that_sealing_is_part_of_its_work():
    (said,) = of_generator([closed()], [1.1 * GENERATOR_CPU_MAX] * 3, sealed=True)
    assert said.endswith("would help; it seals and opens all bodies.")
