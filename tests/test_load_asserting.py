from __future__ import annotations

import pytest

from chatsim.errors import ConfigurationError
from chatsim_clients.load.asserting import judged, read_assertion
from chatsim_clients.load.result import Measure
from tests.loads import load_result, losing


def holds(text: str, result=None) -> bool:
    (judgement,) = judged([read_assertion(text)], result or load_result())
    return judgement.holds


@pytest.mark.parametrize(
    "text",
    [
        "p99<50ms",
        "delivery.p99.9 < 200 ms",
        "acknowledgement.p50<=5ms",
        "acknowledgement.p50 < 0.51 ms",
        "offline.p50>20ms",
        "mean<1s",
        "offline.max<1min",
        "lost==0",
        "refused < 2k",
        "delivered_rate>=600",
        "cpu_per_delivery<35us",
        "memory_peak<80MB",
        "warnings==0",
        " peak_rate > 1,000 ",
    ],
)
def test_an_assertion_that_the_run_keeps_holds(text):
    assert holds(text)


@pytest.mark.parametrize(
    "text",
    ["p99<1ms", "lost>0", "delivered_rate>=1000", "cpu_per_delivery<34us", "memory_peak<=71.9MB"],
)
def test_an_assertion_that_the_run_breaks_fails(text):
    assert not holds(text)


def test_a_percentile_without_a_measure_is_that_of_delivery():
    result = load_result()
    bare, named = judged([read_assertion("p90<1s"), read_assertion("delivery.p90<1s")], result)
    assert (
        bare.value == named.value == result.histograms[Measure.DELIVERY].get_value_at_percentile(90)
    )


def test_loss_is_counted_exactly():
    assert not holds("lost==0", losing(load_result(), 1))
    assert holds("lost<=1", losing(load_result(), 1))


@pytest.mark.parametrize(
    "text", ["read_notice.p50<1h", "read_notice.p50<1s", "cpu_per_delivery>0us"]
)
def test_what_was_not_measured_does_not_hold(text):
    if "1h" in text:
        with pytest.raises(ConfigurationError, match="such as 35 us, 50 ms"):
            read_assertion(text)
        return
    result = load_result(server_cpu_per_delivery=None)
    (judgement,) = judged([read_assertion(text)], result)
    assert not judgement.holds
    assert judgement.sentence == f"FAILED: {text} (not measured)"


def test_each_is_told_with_its_value():
    result = losing(load_result())
    told = [
        each.sentence
        for each in judged([read_assertion("lost==0"), read_assertion("p50<5ms")], result)
    ]
    assert told == ["FAILED: lost==0 (12)", "holds: p50<5ms (800 us)"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "p99",
        "p99<",
        "<50ms",
        "p99=50ms",
        "p99<<50ms",
        "p101<5ms",
        "queue.p99<5ms",
        "speed>5",
        "p99<50ms<60ms",
    ],
)
def test_what_is_no_assertion_is_one_sentence_that_lists_what_is_accepted(text):
    with pytest.raises(ConfigurationError) as refusal:
        read_assertion(text)
    sentence = str(refusal.value)
    assert sentence.startswith(
        f"--assert is {text!r}; it takes a name, one of <= >= == < > and a bound"
    )
    for accepted in (
        "p99<50ms",
        "acknowledgement., delivery., read_notice., offline.",
        "cpu_per_delivery",
    ):
        assert accepted in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("text", "takes"),
    [
        ("p99<50", r"--assert p99 is '50'; it takes a number with a unit, such as 35 us"),
        ("lost==none", r"--assert lost is 'none'; it takes a whole number"),
        ("delivered_rate>=fast", r"it takes a number a second"),
        ("memory_peak<80", r"it takes a number with a unit, such as 200 bytes"),
    ],
)
def test_a_bound_in_the_wrong_unit_says_which_is_right(text, takes):
    with pytest.raises(ConfigurationError, match=takes):
        read_assertion(text)
