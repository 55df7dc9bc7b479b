from __future__ import annotations

import pytest
from attrs import evolve

from chatsim_clients.load.parts import Closed, Open, Replay, Spawn
from chatsim_clients.load.plan import LoadPlan, plan_as_json
from chatsim_clients.load.report_words import answer, fate, policy_title, setting, title
from chatsim_clients.load.result import Accounts
from tests.loads import PLAN, load_result, losing

ACCOUNTS = load_result().accounts


def test_the_title_names_rate_p99_and_loss():
    assert title(load_result()) == "654 deliveries a second, 99 % within 3.08 ms, nothing lost"
    assert title(losing(load_result())).endswith("and 12 of 21,070 lost")
    assert title(load_result(histograms={})).startswith("654 deliveries a second, nothing measured")


@pytest.mark.parametrize(
    ("workload", "words"),
    [
        (Open(500.0), "An open workload of 500 messages a second (Poisson) from 1,000 users"),
        (Open(0.5, 0.57), "An open workload of 0.5 messages a second (bursty, B = 0.57)"),
        (Closed(1), "A closed workload, 1 message of each user in flight from 1,000 users"),
        (Replay("a/trace.gz", 3_600.0), "The messages of trace.gz, 3,600 times as fast"),
    ],
)
def test_the_setting_says_what_was_asked_of_the_server(workload, words):
    plan = plan_as_json(LoadPlan(workload, users=1_000, spawn=Spawn(), policy="cap-5"))
    told = setting(load_result(plan=plan))
    assert told.startswith(words)
    assert told.endswith("measured for 30 s under the policy “5 chats at a time”")


def test_a_policy_that_nobody_told_is_not_named():
    assert policy_title({"policy": "unknown"}) is None
    assert policy_title({}) is None
    assert setting(load_result(plan={})) == "A load, measured for 30 s"


def test_the_fate_of_every_copy_is_told():
    assert fate(ACCOUNTS).startswith(
        "All 21,070 copies due arrived: nothing was lost. Each came once and in order."
    )
    assert fate(evolve(ACCOUNTS, duplicated=3)).split(". ")[1] == "3 came twice"
    both = fate(evolve(ACCOUNTS, duplicated=3, reordered=1_000, lost=1))
    assert "1 (0.0047 %) were lost. 3 came twice and 1,000 came out of order." in both
    assert fate(Accounts(0, 0, {}, 0, 0, 0, 0, 0, 0)).startswith("No delivery was due.")


def test_what_never_left_its_device_stands_where_nothing_would_be_lost():
    unsent = evolve(ACCOUNTS, unsent=482)
    assert fate(unsent).startswith(
        "All 21,070 copies due arrived, but 482 messages never left their devices because sessions "
        "were over or verdicts missing."
    )
    assert "nothing" not in title(load_result(accounts=unsent))
    assert title(load_result(accounts=unsent)).endswith("and 482 never sent")
    both = load_result(accounts=evolve(unsent, lost=12))
    assert title(both).endswith("and 12 of 21,070 lost and 482 never sent")
    assert "were lost, but 482 messages never left" in fate(both.accounts)
    assert "but 1 message never left its device" in fate(evolve(ACCOUNTS, unsent=1))


def test_losses_are_never_said_to_come_in_order():
    assert "Each came once" not in fate(losing(load_result()).accounts)
    assert "Each that arrived came once and in order." in fate(evolve(ACCOUNTS, lost=1))


def test_what_was_refused_or_had_no_verdict_is_told():
    told = fate(
        evolve(ACCOUNTS, refused={"no such chat": 2, "mailbox full": 5, "hop": 0}, unanswered=1)
    )
    assert "Refused: 2 (no such chat) and 5 (mailbox full)." in told
    assert "1 message had no verdict when the drain ended." in told


def test_a_server_that_is_not_known_costs_nothing_in_words():
    assert len(answer(load_result())) == 4
    assert len(answer(load_result(server_cpu_per_delivery=None))) == 3
    assert "memory" not in answer(load_result(server_bytes_peak=None))[-1]


def test_the_plan_of_the_tests_is_one_that_words_can_read():
    assert setting(load_result(plan=PLAN)).startswith("An open workload of 500 messages")
