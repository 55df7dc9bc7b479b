"""Whole loads against real servers, through proxies that break things, in about a second each."""

from __future__ import annotations

import socket
from pathlib import Path

import attrs
import pytest

from chatsim.errors import RunError
from chatsim.model import Enforcement
from chatsim.study.scenario import Generated, Scenario
from chatsim.wire.decoding import decode_outbound
from chatsim.wire.encoding import encode
from chatsim.wire.framing import Deframer, head_of
from chatsim.wire.messages import Act, Hello
from chatsim_clients.load.parts import (
    Burst,
    Closed,
    GroupShare,
    LognormalBody,
    Mix,
    Open,
    Replay,
    Spawn,
    Storm,
)
from chatsim_clients.load.plan import LoadPlan
from chatsim_clients.load.report_words import setting
from chatsim_clients.load.result import Measure
from chatsim_clients.load.runner import run_load
from chatsim_clients.load.spawning import Served
from tests.load_faults import FaultyProxy
from tests.load_plays import QUICK, conserved, play


def test_an_open_load_conserves_every_message_and_measures_both_ways():
    seen = []
    plan = LoadPlan(users=40, spawn=Spawn(), workload=Open(400.0), workers=2, **QUICK)
    result = run_load(plan, on_second=seen.append)
    assert conserved(result)
    assert result.accounts.sent == result.accounts.expected == pytest.approx(520, rel=0.2)
    assert [second.stage for second in seen][:2] == ["warm-up", "steady"]
    assert seen == list(result.seconds)
    measured = result.histograms[Measure.DELIVERY].get_total_count()
    assert 0 < measured < result.accounts.delivered
    assert measured == result.histograms[Measure.ACKNOWLEDGEMENT].get_total_count()
    assert result.histograms[Measure.OFFLINE].get_total_count() == 0
    assert result.server_bytes_peak > 1_000_000
    assert result.server_cpu_per_delivery > 0


def test_a_closed_load_keeps_its_window_and_widens_it_with_the_stage():
    result = play(workload=Closed(2), users=10)
    assert conserved(result)
    assert result.accounts.sent > 50
    assert max(second.unanswered for second in result.seconds) <= 20


def test_lost_sessions_and_users_away_lose_and_repeat_nothing():
    result = play(
        workload=Open(500.0, 0.6),
        workers=2,
        churn=20.0,
        storms=(Storm(0.6, 0.5, 0.3),),
        mix=Mix(forwards=0.3, offline=0.2, notices=0.3),
        body=LognormalBody(),
    )
    assert conserved(result)
    assert result.accounts.notices == result.accounts.notices_expected > 0
    assert result.histograms[Measure.OFFLINE].get_total_count() > 0
    assert result.histograms[Measure.READ_NOTICE].get_total_count() > 0


def test_groups_forwards_and_a_burst_under_a_cap_are_delivered_or_refused():
    result = play(
        users=None,
        scenario=Scenario(population=Generated(users=100)),
        policy="cap-0",
        workload=Open(300.0),
        mix=Mix(groups=(GroupShare(0.4, 2, 1_000),), forwards=0.3),
        burst=Burst(0.3, originators=10),
        workers=2,
    )
    assert conserved(result)
    assert result.accounts.expected > result.accounts.accepted
    assert result.accounts.refused["chats per action"] > 0
    # The originators' posts are no forwards.
    burst = [second for second in result.seconds if second.stage == "burst"]
    assert sum(second.burst_delivered for second in burst) >= 10


def test_sealed_bodies_are_opened_by_people_of_other_workers_and_all_accounted_for():
    result = play(
        users=None,
        scenario=Scenario(population=Generated(users=60)),
        workload=Open(300.0),
        mix=Mix(groups=(GroupShare(0.4, 2, 1_000),), forwards=0.3, notices=0.2),
        burst=Burst(0.3, originators=5),
        churn=5.0,
        workers=2,
        e2ee=True,
    )
    assert conserved(result)
    assert result.accounts.expected > result.accounts.accepted > 100
    assert not result.accounts.refused
    assert not any("copies of no message of this load" in warning for warning in result.warnings)
    assert setting(result).endswith("bodies sealed")


def test_a_server_that_takes_sealed_bodies_only_refuses_a_load_of_others():
    plan = LoadPlan(users=6, spawn=Spawn(), workload=Open(200.0), e2ee=True, **QUICK)
    with Served(plan, 6) as served:
        result = run_load(attrs.evolve(plan, spawn=None, address=served.address, e2ee=False))
        assert result.accounts.refused == {"not sealed": result.accounts.sent}
        mine = run_load(attrs.evolve(plan, spawn=None, address=served.address))
        assert conserved(mine)
        assert not mine.accounts.refused


@pytest.mark.parametrize("e2ee", [False, True])
def test_people_of_a_load_bring_permits_back_and_are_refused_by_the_policy_alone(e2ee):
    result = play(
        users=None,
        scenario=Scenario(population=Generated(users=60)),
        workload=Open(300.0),
        mix=Mix(groups=(GroupShare(0.4, 2, 1_000),), forwards=0.4, notices=0.2),
        policy="cap-1",
        spawn=Spawn(arguments=("--refill", "1 day")),
        burst=Burst(0.3, originators=5),
        churn=5.0,
        workers=2,
        enforcement=Enforcement.RECEIPT,
        e2ee=e2ee,
    )
    assert conserved(result)
    assert result.accounts.accepted > 100
    assert set(result.accounts.refused) == {"chats per action"}
    assert sum(second.burst_delivered for second in result.seconds) > 20
    assert not any("copies of no message of this load" in warning for warning in result.warnings)
    assert "counted by permits" in setting(result)


def test_a_server_of_receipts_refuses_a_load_that_was_not_told():
    plan = LoadPlan(
        users=6, spawn=Spawn(), workload=Open(200.0), enforcement=Enforcement.RECEIPT, **QUICK
    )
    with Served(plan, 6) as served:
        other = attrs.evolve(plan, spawn=None, address=served.address, enforcement=None)
        result = run_load(other)
        assert result.accounts.refused == {"unavailable": result.accounts.sent}
        mine = run_load(attrs.evolve(plan, spawn=None, address=served.address))
        assert conserved(mine)
        assert not mine.accounts.refused


def test_a_trace_is_replayed_whole(tmp_path):
    path = tmp_path / "trace.txt"
    path.write_text("".join(f"{n % 7} {(n + 1 + n % 3) % 7} {n // 4}\n" for n in range(600)))
    result = run_load(
        LoadPlan(workload=Replay(path, 150.0), spawn=Spawn(), workers=2, drain_seconds=5.0)
    )
    assert conserved(result)
    assert result.accounts.sent == result.accounts.delivered == 600
    assert result.histograms[Measure.DELIVERY].get_total_count() == 600


def test_what_a_proxy_loses_repeats_and_swaps_is_found_to_the_last_message():
    plan = LoadPlan(users=6, spawn=Spawn(), contacts=2, workload=Open(400.0), **QUICK)
    with (
        Served(plan, 6) as served,
        FaultyProxy(served.address, lose_every=5, swap_every=7) as proxy,
    ):
        result = run_load(attrs.evolve(plan, spawn=None, address=proxy.address, drain_seconds=0.5))
    accounts = result.accounts
    assert proxy.lost > 5
    assert proxy.swapped > 5
    assert accounts.duplicated == proxy.lost
    assert accounts.lost == proxy.lost + proxy.stuck
    assert accounts.reordered == proxy.swapped - proxy.stuck
    assert accounts.expected == accounts.accepted == proxy.copies
    assert accounts.delivered == accounts.expected - accounts.lost


def test_a_spawned_server_has_a_certificate_and_tokens_when_asked_for():
    plan = LoadPlan(
        users=12, spawn=Spawn(with_tokens=True), tls=True, workload=Open(200.0), **QUICK
    )
    with Served(plan, 12) as served:
        there = attrs.evolve(plan, spawn=None, address=served.address, login_seconds=0.5)
        trusted = Path(served.authority)
        assert conserved(run_load(attrs.evolve(there, tls_authority=trusted, tokens=served.tokens)))
        with pytest.raises(RunError, match=r"user \d+: login refused; it may have .* want tokens"):
            run_load(attrs.evolve(there, tls_authority=trusted))
        with pytest.raises(RunError, match="its certificate is not trusted"):
            run_load(attrs.evolve(there, tokens=served.tokens))


def test_mail_of_an_earlier_load_is_no_duplicate_of_this_one():
    plan = LoadPlan(users=20, spawn=Spawn(), workload=Open(300.0), **QUICK)
    with Served(plan, 20) as served:
        there = attrs.evolve(plan, spawn=None, address=served.address)
        assert conserved(run_load(there))
        leave_mail(served.address, sender=3, recipient=4)
        again = run_load(there)
    assert conserved(again)
    assert "1 copies of no message of this load arrived." in again.warnings
    assert again.server_cpu_per_delivery is None


def leave_mail(address, sender, recipient):
    """One message of nobody's load."""
    with socket.create_connection(address) as peer:
        peer.sendall(head_of(encode(Hello(sender, 0, None)), 0))
        welcome = None
        deframer = Deframer()
        while welcome is None:
            for header, body in deframer.feed(peer.recv(65_536)):
                welcome = decode_outbound(header, body)
        act = Act(welcome.base, welcome.counter + 1, (recipient,), None, None, 0, b"mail")
        peer.sendall(head_of(encode(act), len(act.body)) + act.body)
        assert peer.recv(65_536)
