from __future__ import annotations

from attrs import evolve

from chatsim_clients.load import lateness
from chatsim_clients.load.comparing import named
from chatsim_clients.load.report_compare import sentences
from chatsim_clients.load.report_words import answer
from tests.loads import load_result


def late(second: int, p99: int, lag_ms: float, result=None):
    """A load one of whose seconds is slow and whose generator was late in it."""
    result = result or load_result()
    seconds = tuple(
        evolve(each, delivery_p99=p99, generator_lag_ms=lag_ms) if each.second == second else each
        for each in result.seconds
    )
    return evolve(result, seconds=seconds)


def test_a_generator_in_time_is_not_worth_a_word():
    result = late(10, 44_500, 0.9)
    assert lateness.of_whole(result) == lateness.of_whole(load_result()) == ""
    assert not any("lateness" in sentence for sentence in answer(result))


def test_the_sentence_that_states_a_p99_says_what_the_generator_explains_of_it():
    told = answer(late(10, 44_500, 1.5))[2]
    assert (
        "99 % at most 3.08 ms, of which the generator's own lateness explains up to 1.5 ms, and"
        in told
    )
    # It cannot explain more than there is.
    assert "explains up to 3.08 ms, and the slowest" in answer(late(10, 44_500, 49.0))[2]


def test_a_lag_in_seconds_that_were_quick_explains_nothing_of_the_whole():
    assert lateness.of_whole(late(10, 1_000, 49.0)) == ""
    assert lateness.of_whole(evolve(late(10, 44_500, 49.0), histograms={})) == ""


def test_a_comparison_says_it_of_the_worst_second_and_of_the_whole():
    pair = named(late(10, 60_000, 49.0), load_result(), ("one", "other"))
    told = sentences(*pair)[1]
    assert (
        "at most 60 ms (of which the generator's own lateness explains up to 49 ms) under “one”"
        in told
    )
    assert (
        "3.08 ms (of which the generator's own lateness explains up to 3.08 ms) and 3.08 ms."
        in told
    )


def test_a_slowest_second_that_may_be_the_generators_is_a_caution():
    (told,) = lateness.caution(late(10, 60_000, 49.0))
    assert told.startswith(
        "In the slowest second, 10 s after the start, 99 % of the deliveries took at most 60 ms, of "
        "which the generator's own lateness explains up to 49 ms: more workers"
    )
    assert lateness.caution(late(10, 60_000, 9.0)) == ()
    assert lateness.caution(late(10, 200_000, 49.0)) == ()
    assert lateness.caution(evolve(load_result(), seconds=())) == ()
