"""The report of a load: self-contained, complete, and right on its first page."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatsim_clients.load.report_page import page
from chatsim_clients.load.result import Accounts, Measure, new_histogram
from tests.loads import PLAN, load_result, losing
from tests.pages import CHROMIUM, Page, assert_named, assert_shown, assert_sound
from tests.reports import HOSTILE

NO_FIGURES: dict = {}
"""Drawing takes a second; most of the page can be looked at without."""


@pytest.fixture(scope="module")
def text():
    return page(load_result(burst=1_500.0, warnings=("The generator was the bottleneck.",)))


@pytest.fixture(scope="module")
def parsed(text):
    return Page(text)


def words(result, section: str) -> str:
    return Page(page(result, NO_FIGURES)).words(section)


def test_the_sections_stand_in_their_order(parsed):
    assert list(parsed.sections) == [
        "answer",
        "latency",
        "accounts",
        "server",
        "generator",
        "repeat",
    ]


def test_equal_results_give_equal_bytes(text):
    assert page(load_result(burst=1_500.0, warnings=("The generator was the bottleneck.",))) == text


def test_there_is_no_request_to_anywhere_and_everything_is_named_and_legible(text):
    assert_sound(text)


def test_every_figure_link_and_table_has_its_name(text):
    assert_named(text, figures=6)


def test_the_first_page_says_what_was_carried_and_that_nothing_was_lost():
    result = load_result()
    told = words(result, "answer")
    assert "654 deliveries a second, 99 % within 3.08 ms, nothing lost" in told
    assert "offered 667 messages a second and delivered 654 copies a second" in told
    assert f"All {result.accounts.expected:,} copies due arrived" in told
    assert "34.6 us of processor time for a delivery and at most 72 MB of memory" in told
    assert "Warning" not in told


def test_the_first_page_says_what_was_lost():
    result = losing(load_result())
    told = words(result, "answer")
    assert f"and 12 of {result.accounts.expected:,} lost" in told
    assert "12 (0.057 %) were lost. 2 came out of order." in told
    assert "nothing was lost" not in told


def test_warnings_stand_at_the_top(parsed):
    told = parsed.words("answer")
    assert told.index("Warning. The generator was the bottleneck.") < told.index("The server was")


def test_every_account_has_its_row_with_its_meaning():
    told = words(losing(load_result()), "accounts")
    for cell in ("Lost 12 copies that had not arrived", "Reordered 2", "Chats per action 413"):
        assert cell in told


def test_each_latency_has_a_row_of_percentiles_and_what_was_not_recorded_has_none():
    told = words(load_result(), "latency")
    assert "Delivery 3,000 800 us 1.53 ms 3.08 ms 5.83 ms 10.3 ms 10.3 ms 926 us" in told
    assert "Offline delivery 200" in told
    assert "Read notice" not in told


def test_a_server_that_is_not_known_is_said_to_be_unmeasured():
    result = load_result(server_cpu_per_delivery=None, server_bytes_peak=None)
    assert "process is not known here" in words(result, "server")
    assert "Server CPU per delivery -" in words(result, "server")


def test_the_page_says_how_to_repeat_the_load():
    told = words(load_result(), "repeat")
    for part in (PLAN["command"], "Seed 1", "Some CPU, 2 cores", "delivery.hlog"):
        assert part in told


def test_names_of_the_users_own_are_escaped():
    hostile = load_result(plan={**PLAN, "policy": HOSTILE, "command": HOSTILE}, warnings=(HOSTILE,))
    stages = tuple(evolve(each, stage=HOSTILE) for each in hostile.seconds)
    text = page(evolve(hostile, seconds=stages))
    assert "<script" not in text
    assert "\x1b" not in text
    assert "&lt;script&gt;" in text


NOTHING = Accounts(0, 0, {}, 0, 0, 0, 0, 0, 0)


SILENT = tuple(
    evolve(
        each,
        delivered=0,
        delivery_p99=0,
        delivery_p50=0,
        acknowledgement_p50=0,
        acknowledgement_p99=0,
    )
    for each in load_result().seconds
)


@pytest.mark.parametrize(
    "result",
    [
        load_result(seconds=()),
        load_result(seconds=(), histograms={}, accounts=NOTHING, measured_seconds=0.0, plan={}),
        load_result(seconds=SILENT, histograms={Measure.DELIVERY: new_histogram()}),
        load_result(seconds=load_result().seconds[:4], server_bytes_peak=None),
    ],
    ids=["no seconds", "nothing at all", "silence", "one second"],
)
def test_unusual_loads_have_a_report(result):
    assert Page(page(result)).sections


@pytest.mark.skipif(not CHROMIUM, reason="no chromium here to lay the page out")
def test_in_a_browser_nothing_overlaps_or_runs_over_and_all_is_there(tmp_path, text):
    assert_shown(text, tmp_path)
