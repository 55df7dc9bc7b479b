"""Numbers as people read them."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from chatsim.model import Enforcement
from chatsim.report import words
from chatsim.study.summary import Estimate
from tests.studies import small_summary


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.04, "0.0"),
        (3.25, "3.2"),
        (9.94, "9.9"),
        (9.95, "10"),
        (812.4, "812"),
        (1234.5, "1,234"),
        (12_345_678.0, "12.3 M"),
        (1_500_000_000.0, "1.5 B"),
    ],
)
def test_counts_have_as_many_digits_as_they_deserve(value, text):
    assert words.number(value) == text


def test_both_ends_of_a_small_interval_have_decimals():
    assert words.number_range(Estimate(4.0, 0.0, 9.0)) == "0.0 to 9.0"
    assert words.number_range(Estimate(1300.0, 1280.2, 1340.0)) == "1,280 to 1,340"


def test_an_interval_without_width_says_nothing():
    assert words.number_range(Estimate(0.0, 0.0, 0.0)) == ""
    assert words.number_range(Estimate(5.0, None, None)) == ""
    assert words.percent_range(Estimate(0.2, 0.15, 0.3)) == "15 to 30 %"
    assert words.percent_range(Estimate(0.2, None, None)) == ""


def test_decimals_have_no_negative_zero():
    assert words.decimals(-0.001, 2) == "0.00"
    assert words.decimals(-1.25, 1) == "-1.2"


def test_what_stands_in_brackets_goes_below():
    assert words.split_detail("never (31 runs)") == ("never", "31 runs")
    assert words.split_detail("2 d 4 h") == ("2 d 4 h", "")


def test_bytes_and_cpu_have_the_unit_that_fits():
    assert words.byte_count(512) == "512 bytes"
    assert words.byte_count(12_345_678) == "12.3 MB"
    assert words.per_copy(0.031, 1_000) == "31 us"
    assert words.per_copy(0.0, 0) == "-"


def test_control_characters_become_blanks():
    assert words.cleaned("a\x1b[31mb\u202ec") == "a [31mb c"


@given(st.text(max_size=60), st.integers(1, 40))
def test_wrapped_lines_fit_and_lose_no_letter(text, width):
    lines = words.wrapped(text, width)
    assert all(len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(words.cleaned(text).split())


def test_a_number_stays_with_its_unit():
    assert words.wrapped("takes 34 min or more", 9) == ("takes", "34 min or", "more")
    assert words.wrapped("down by 38 % or so", 10) == ("down by", "38 % or so")


def test_lists_read_as_sentences_do():
    assert words.listed([]) == ""
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"


def test_the_title_states_the_finding():
    summary = small_summary()
    assert words.title(summary) == "Five chats: the rumour reaches 50 % fewer people"
    assert words.title(evolve(summary, policies=summary.policies[:1])) == (
        "How far the rumour goes, uncapped"
    )


def test_the_title_says_when_no_policy_changes_anything():
    summary = small_summary()
    control = summary.control
    same = evolve(
        summary.policies[1],
        contents=tuple(evolve(each, against_uncapped=None) for each in control.contents),
    )
    title = words.title(evolve(summary, policies=(control, same)))
    assert title == "No policy visibly changes how far the rumour goes"


def test_every_enforcement_has_its_words():
    assert words.COUNTED.keys() == {way.value for way in Enforcement}
