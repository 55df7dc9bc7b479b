"""Quantities as people write them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsim import units
from chatsim.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("20m", 1_200),
        ("20 min", 1_200),
        ("14d", 1_209_600),
        ("1 day", 86_400),
        ("15 s", 15),
        ("2 d 4 h", 187_200),
        ("1.5 hours", 5_400),
        ("2 WEEKS", 1_209_600),
        ("0 s", 0),
        ("0.1 s", 0.1),
    ],
)
def test_a_length_of_time_is_a_number_with_a_unit(text, seconds):
    assert units.read_duration(text, "it") == seconds


@pytest.mark.parametrize(
    "given", ["", "15", 15, "15 parsecs", "d", "-3 d", "1 d x", None, True, "nan d"]
)
def test_what_is_no_length_of_time_is_refused_with_its_name_and_what_is_taken(given):
    with pytest.raises(ConfigurationError) as refusal:
        units.read_duration(given, "--duration")
    assert str(refusal.value).startswith(f"--duration is {given!r}; it takes a number with a unit")


def test_a_fraction_of_a_second_is_no_whole_number_of_ticks():
    assert units.read_whole_seconds("1.5 min", "redo") == 90
    with pytest.raises(
        ConfigurationError, match=r"redo is '1\.5 s'; it takes a whole number of seconds"
    ):
        units.read_whole_seconds("1.5 s", "redo")


@pytest.mark.parametrize(
    ("given", "share"),
    [("15%", 0.15), ("15 %", 0.15), (0.15, 0.15), ("0.15", 0.15), (1, 1.0), (0, 0.0)],
)
def test_a_share_is_a_fraction_or_a_percentage(given, share):
    assert units.read_share(given, "it") == share


@pytest.mark.parametrize(
    "given", [15, 1.0001, -0.1, "101 %", "x", True, float("nan"), None, "15 % %"]
)
def test_what_is_no_share_is_refused(given):
    with pytest.raises(
        ConfigurationError, match=r"it takes a share from 0 to 1, or from 0 % to 100 %"
    ):
        units.read_share(given, "it")


@pytest.mark.parametrize(
    ("given", "count"),
    [
        (3, 3),
        ("3 chats", 3),
        ("1 chat", 1),
        ("2,000", 2_000),
        ("200k", 200_000),
        ("1.5B", 1_500_000_000),
        ("2 M people", 2_000_000),
        (0, 0),
    ],
)
def test_a_count_may_be_written_with_thousands_multiples_and_what_is_counted(given, count):
    assert units.read_count(given, "it") == count
    assert units.read_cap(given, "it") == count


@pytest.mark.parametrize("given", [-1, 1.5, "1.5", "-1", "2,00", "3 hats", True, None, "", [3]])
def test_what_is_no_count_is_refused(given):
    with pytest.raises(ConfigurationError, match="it takes a whole number from 0 up"):
        units.read_count(given, "it")


@pytest.mark.parametrize("given", ["unlimited", "Unlimited", " none "])
def test_only_a_cap_may_be_unlimited(given):
    assert units.read_cap(given, "it") is None
    with pytest.raises(ConfigurationError):
        units.read_count(given, "it")


def test_above_zero_refuses_nothing_of_it():
    read = units.above_zero(units.read_whole_seconds)
    assert read("1 s", "redo") == 1
    with pytest.raises(ConfigurationError, match="redo is '0 s'; it takes more than 0"):
        read("0 s", "redo")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(187_200, "2 d 4 h"), (0, "0 s"), (900.0, "15 min"), (61, "1 min 1 s"), (0.5, "0.5 s")],
)
def test_a_length_of_time_is_written_in_its_largest_units(seconds, text):
    assert units.duration_text(seconds) == text


@given(st.integers(0, 10**10))
def test_whole_seconds_written_and_read_are_the_same(seconds):
    assert units.read_whole_seconds(units.duration_text(seconds), "it") == seconds


@given(st.floats(0, 1e9, allow_subnormal=False))
def test_seconds_written_and_read_are_the_same_float(seconds):
    assert units.read_duration(units.duration_text(seconds), "it") == seconds


@given(st.floats(0, 1, allow_subnormal=False))
def test_a_share_written_and_read_is_the_same_float(share):
    assert units.read_share(units.share_text(share), "it") == share


@given(st.none() | st.integers(0, 10**12))
def test_a_cap_written_and_read_is_the_same(cap):
    assert units.read_cap(units.count_text(cap), "it") == cap


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused(text):
    for read in (units.read_duration, units.read_share, units.read_count, units.read_cap):
        with contextlib.suppress(ConfigurationError):
            read(text, "it")


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [("50ms", 50_000), ("35 us", 35), ("1.5 s", 1_500_000), ("0 us", 0), ("2 MIN", 120_000_000)],
)
def test_a_latency_is_a_number_with_a_unit(text, microseconds):
    assert units.read_latency(text, "it") == microseconds


@pytest.mark.parametrize("given", ["", "50", 50, "50 h", "ms", "-3 ms", None])
def test_what_is_no_latency_is_refused(given):
    with pytest.raises(ConfigurationError, match="it takes a number with a unit, such as 35 us"):
        units.read_latency(given, "p99")


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (0, "0 us"),
        (830, "830 us"),
        (999.7, "1 ms"),
        (4_213, "4.21 ms"),
        (92_000, "92 ms"),
        (999_600, "1 s"),
        (3_600_000_000, "3,600 s"),
    ],
)
def test_a_latency_is_written_in_the_unit_that_fits(microseconds, text):
    assert units.latency_text(microseconds) == text


@pytest.mark.parametrize(
    ("text", "count"), [("200 bytes", 200), ("4KB", 4_000), ("1.5 GB", 1_500_000_000)]
)
def test_a_number_of_bytes_has_a_unit(text, count):
    assert units.read_bytes(text, "it") == count
    with pytest.raises(ConfigurationError, match=r"it is '200'; it takes .* 200 bytes"):
        units.read_bytes("200", "it")


@pytest.mark.parametrize(("text", "rate"), [("0.5", 0.5), ("2,000 /s", 2_000), ("10k", 10_000)])
def test_a_rate_counts_a_second(text, rate):
    assert units.read_rate(text, "it") == rate


@pytest.mark.parametrize("given", ["", "fast", "-5", "5/min", None])
def test_what_is_no_rate_is_refused(given):
    with pytest.raises(ConfigurationError, match="it takes a number a second"):
        units.read_rate(given, "--rate")
