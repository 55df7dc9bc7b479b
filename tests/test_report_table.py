"""The table on the terminal: everything fits, nothing is cut, nothing but text reaches a pipe."""

from __future__ import annotations

import io
import re
import unicodedata

import pytest
from attrs import evolve
from rich.console import Console

from chatsim.report.columns import AGAINST, NOTHING, SHAPE, Cell, Row
from chatsim.report.table import carried_lines, plain, table
from chatsim.study.analysis import summarise
from chatsim.study.summary import INTERVALS_LINE
from tests.reports import HOSTILE, never_half_as_far, six_policies, study_of, with_policies
from tests.studies import (
    FIVE,
    UNCAPPED,
    policy_runs,
    population_of_nobody,
    scenario,
    small_summary,
)

WIDTHS = [200, 120, 100, 80, 60, 40, 25]
MAIN_HEADINGS = (
    "Chats at a time",
    "People reached (95 %)",
    "Against uncapped (paired, 95 %)",
    "Big outbreaks",
    "Half as far takes",
    "Busiest hour (copies)",
    "Harmless reach lost",
    "Held back per 100 forwards",
)


def headings(text: str) -> str:
    """The words above the rule, column by column read downwards."""
    lines = text.splitlines()
    rule = next(i for i, line in enumerate(lines) if line.startswith("---"))
    start = max(i for i in range(rule) if not lines[i].strip()) + 1
    above = [line.ljust(len(lines[rule])) for line in lines[start:rule]]
    # A column ends where a blank stands in every line.
    blank = [all(line[i] == " " for line in above) for i in range(len(lines[rule]))]
    columns, begin = [], 0
    for i in range(len(blank) + 1):
        if i == len(blank) or blank[i]:
            column = " ".join(line[begin:i].strip() for line in above if line[begin:i].strip())
            if column:
                columns.append(column)
            begin = i + 1
    return " | ".join(columns)


@pytest.mark.parametrize("wide", [False, True], ids=["short", "wide"])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_longer_than_the_width(width, wide):
    for summary in (small_summary(), six_policies(), never_half_as_far()):
        text = plain(summary, width=width, wide=wide)
        assert max(len(line) for line in text.splitlines()) <= width


def test_at_a_hundred_columns_every_column_of_the_answer_stands_there():
    text = plain(six_policies(), width=100)
    assert headings(text) == " | ".join(["Policy", *MAIN_HEADINGS])
    assert "--wide" not in text


def test_at_eighty_columns_the_least_important_go_and_the_text_says_which():
    text = plain(six_policies(), width=80)
    assert "People reached (95 %)" in headings(text)
    missing = [each for each in MAIN_HEADINGS if each not in headings(text)]
    unwrapped = " ".join(text.split())
    if missing:
        assert "No room for" in unwrapped
        assert all(each in unwrapped for each in missing)


def test_the_long_form_has_every_measure_at_any_width():
    for width in (100, 80, 40):
        text = " ".join(plain(small_summary(), width=width, wide=True).split())
        for group in ("the answer", "the price to users", "what people saw", "the shape of"):
            assert f"Rumour: {group}" in text
            assert f"Joke: {group}" in text
        assert "No room for" not in text


def test_a_row_says_what_was_found():
    row = next(line for line in plain(small_summary(), width=140).splitlines() if "Five" in line)
    assert row.split("  ")[0] == "Five chats"
    for cell in ("5, then 1", "158", "50 % fewer", "1 of 4", "6.2 %"):
        assert cell in row


def test_never_is_said_with_its_runs():
    text = plain(never_half_as_far(), width=120)
    assert "never" in text
    assert "31 runs" in text


def test_the_sentences_stand_around_the_table():
    summary = small_summary()
    text = plain(summary, width=100)
    words = " ".join(text.split())
    assert words.startswith(summary.study.sentence + ".")
    assert words.index("Policy") < words.index(summary.finding) < words.index(INTERVALS_LINE)
    for term in ("Against uncapped:", "Big outbreak:", "Half as far takes:"):
        assert term in words
    for sentence in summary.weakness:
        assert sentence in words


def test_what_the_server_carried_is_summed_over_the_policies():
    study = study_of(small_summary(), tcp=True)
    assert " ".join(carried_lines(study.timing)) == (
        "The server carried 4,000 copies at 30 us of its CPU each: 20 bytes in, 6 MB out, "
        "at most 7 waiting in one mailbox."
    )
    text = " ".join(plain(study.summary, width=100, timing=study.timing).split())
    assert "The server carried 4,000 copies" in text


def test_without_a_server_nothing_is_said_of_one():
    study = study_of(small_summary())
    assert carried_lines(study.timing) == ()
    assert "server" not in plain(study.summary, width=100, timing=study.timing)


@pytest.mark.parametrize("wide", [False, True])
def test_a_pipe_gets_text_and_nothing_else(wide):
    text = plain(with_policies(small_summary(), [HOSTILE, "[bold]x[/bold]"]), wide=wide)
    assert not [each for each in text if unicodedata.category(each) == "Cc" and each != "\n"]
    assert text.isascii()
    assert "[bold]x[/bold]" in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_a_terminal_shows_the_same_text_with_styles():
    summary = six_policies()
    screen = io.StringIO()
    console = Console(file=screen, width=100, force_terminal=True, color_system="standard")
    console.print(table(summary, width=100))
    assert "\x1b[1m" in screen.getvalue()
    text = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue())
    assert [line.rstrip() for line in text.splitlines()] == plain(summary, width=100).splitlines()


def test_long_names_are_wrapped_and_never_cut():
    name = "a_name_of_one_very_long_word_that_somebody_gave_a_policy_of_their_own"
    text = plain(with_policies(small_summary(), [name]), width=80)
    # A quarter of the width, and then a blank.
    assert name in "".join(line[:20].strip() for line in text.splitlines())


def test_what_takes_a_tree_is_a_dash_without_one():
    summary = small_summary()
    bare = evolve(
        summary,
        policies=tuple(
            evolve(
                policy,
                contents=tuple(evolve(each, structural_virality=None) for each in policy.contents),
            )
            for policy in summary.policies
        ),
    )
    row = Row(bare, bare.policies[0], "rumour")
    column = next(each for each in SHAPE if each.heading == "Structural virality")
    assert column.cell(row) == NOTHING
    assert "Structural" in plain(bare, width=100, wide=True)


def test_a_single_run_is_compared_without_an_interval():
    runs = [
        policy_runs(UNCAPPED, [[400, 9]], [[300, 9]]),
        policy_runs(FIVE, [[200, 9]], [[300, 9]]),
    ]
    summary = summarise(scenario(runs=1), population_of_nobody(), runs)
    assert AGAINST.cell(Row(summary, summary.policies[1], "rumour")) == Cell("50 % fewer")
