"""The tcp backend: the memory backend's copies over real sockets, and no process left behind."""

from __future__ import annotations

import os
import signal

import pytest
from attrs import evolve

from chatsim.behaviour.values import Audience, Behaviour, Content, DelayForm, DelayLaw
from chatsim.cascade.values import RunOutcome
from chatsim.errors import RunError
from chatsim.model import ONE_DAY, ONE_HOUR, Enforcement, Traceability
from chatsim.policy.presets import resolve
from chatsim.policy.rules import Breaker, Education, Friction, Takedown
from chatsim.policy.values import Local, Policy, Tier
from chatsim.population.parts import Cohort, Region, Rollout
from chatsim.study.backend import RunPlan
from chatsim.study.scenario import Generated, GroupMax, Scenario, Uniform
from chatsim.testing.proxy import RecordingProxy
from chatsim.wire import kinds
from chatsim.wire.encoding import encode
from chatsim.wire.framing import head_of
from chatsim.wire.messages import Begin
from chatsim_clients.memory import MemoryBackend
from chatsim_clients.swarm import Swarm
from chatsim_clients.tcp import TcpBackend

PEOPLE = Generated(users=300, contacts_mean=15.0)
RUMOUR = Content("rumour", share_probability=0.6)
JOKE = Content("joke", share_probability=0.4, harmful=False, body_bytes=500)
EVERYTHING = Behaviour(modified_clients=0.2, paste_probability=0.3, label_factor_forwarded=0.9)
DEFAULT = Scenario(population=PEOPLE, contents=(RUMOUR, JOKE), behaviour=EVERYTHING)
CLIENT = evolve(
    DEFAULT,
    enforcement=Enforcement.CLIENT,
    behaviour=evolve(EVERYTHING, modified_clients=0.05, paste_probability=0.03),
)
LIMITED = evolve(DEFAULT, group_max=GroupMax.POLICY)
EACH = evolve(
    DEFAULT,
    population=Uniform(users=300, contacts_per_user=15),
    contents=(Content("news", share_probability=0.4, half_life_seconds=None),),
    behaviour=Behaviour(audience=Audience.EACH, recovery=DelayLaw(8.0 * ONE_HOUR)),
)
REPEAT = evolve(
    DEFAULT,
    contents=(RUMOUR,),
    duration_seconds=3 * ONE_DAY,
    behaviour=evolve(
        EVERYTHING,
        audience=Audience.REPEAT,
        interval_seconds=2 * ONE_HOUR,
        round_recovery=0.4,
        reading_delay=DelayLaw(1_800.0, form=DelayForm.EXPONENTIAL),
    ),
)
PARTED = evolve(
    DEFAULT,
    behaviour=evolve(EVERYTHING, complaint_probability=0.05),
    regions=(Region("east", 0.6, 19_800), Region("west", 0.4)),
    cohorts=(Cohort("testers", 0.5), Cohort("others", 0.5)),
    rollout=Rollout(share=0.7),
)
HIGHLY = resolve("whatsapp-2020-04")
LIFETIME = Policy(
    "lifetime", tiers=(Tier(chats=4, groups=1), Tier(2, chats=2)), cap_person=6, cap_total=40
)
SMALL_GROUPS = Policy("small-groups", tiers=(Tier(chats=5),), group_members_max=6)
OFFICERS = Policy(
    "officers",
    label_forwarded_from=1,
    cap_hour=8,
    friction=Friction(abandon=0.2, delay_seconds=90, from_hop=1),
    education=Education(coverage=0.5, factor=0.9),
    breaker=Breaker(copies=200, window_seconds=3_600, pause_seconds=7_200),
    takedown=Takedown(complaints=6, review_seconds=6 * ONE_HOUR),
)
LOCAL = evolve(
    OFFICERS,
    regions=(Local("east", evolve(OFFICERS, name="eastern", tiers=(Tier(chats=5),))),),
    cohorts=(Local("testers", Policy("tested", cap_hour=5)),),
    untreated=resolve("uncapped"),
)

CASES = {
    "uncapped": (DEFAULT, resolve("uncapped"), 2),
    "five, then one": (DEFAULT, HIGHLY, 1),
    "caps per person and in total": (DEFAULT, LIFETIME, 2),
    "the counter in people's apps": (CLIENT, HIGHLY, 1),
    "a policy's own limit on groups": (LIMITED, SMALL_GROUPS, 5),
    "independent chats with recovery": (EACH, resolve("cap-1"), 1),
    "rounds with recovery": (REPEAT, HIGHLY, 1),
    "officers, hours and prompts": (DEFAULT, OFFICERS, 1),
    "rules by region, cohort and rollout": (PARTED, LOCAL, 1),
    "a preset under a rollout": (PARTED, evolve(HIGHLY, untreated=resolve("uncapped")), 1),
}


CHEATING = Behaviour(
    modified_clients=0.05,
    inflating_clients=0.05,
    pasting_clients=0.1,
    reencoding_clients=0.1,
    framing_clients=0.1,
    cutting_clients=0.1,
    paste_probability=0.2,
)
"""Everybody who cheats, and every mode in turn."""
MODES = [
    (Enforcement.RECEIPT, Traceability.SIGNED_ORIGIN, True),
    (Enforcement.RECEIPT, Traceability.TAG, False),
    (Enforcement.CLEAR, Traceability.TRACEBACK, True),
    (Enforcement.CLIENT, Traceability.HASHDB, False),
]


@pytest.mark.parametrize(("enforcement", "traceability", "e2ee"), MODES)
def test_cheats_seals_and_slots_change_no_copy_on_the_way(enforcement, traceability, e2ee):
    plain = Scenario(
        population=Generated(users=120, contacts_mean=12.0),
        contents=(RUMOUR,),
        behaviour=CHEATING,
        enforcement=enforcement,
    )
    scenario, plan = evolve(plain, traceability=traceability, e2ee=e2ee), RunPlan(0, 5)
    with MemoryBackend(plain) as bare, MemoryBackend(scenario) as memory:
        expected = bare.play(HIGHLY, plan)
        assert memory.play(HIGHLY, plan).differences(expected) == []
    with TcpBackend(scenario) as tcp:
        assert tcp.play(HIGHLY, plan).differences(expected) == []
    assert copies(expected) > 300


def copies(outcome: RunOutcome) -> int:
    return sum(int(content.received.sum()) for content in outcome.contents)


@pytest.mark.parametrize(("scenario", "policy", "runs"), CASES.values(), ids=CASES.keys())
def test_people_over_sockets_get_the_copies_that_they_get_in_memory(scenario, policy, runs):
    plans = [RunPlan(run, 5) for run in range(runs)]
    with MemoryBackend(scenario) as memory:
        expected = [memory.play(policy, plan) for plan in plans]
    with RecordingProxy() as proxy, TcpBackend(scenario, via=proxy.between) as tcp:
        relayed = [tcp.play(policy, plan) for plan in plans]
    for one, other in zip(expected, relayed, strict=True):
        assert one.differences(other) == []

    total = sum(copies(outcome) for outcome in relayed)
    hops = max(int(part.first_copies.hop.max()) for one in relayed for part in one.contents)
    held_back = sum(int(part.deeds.held_back.sum()) for one in relayed for part in one.contents)
    assert total >= 1_000
    assert hops >= 5
    assert held_back > 0 or policy.name == "uncapped"

    users = scenario.population.users
    up, down = proxy.from_clients, proxy.from_server
    carried = tcp.carried
    assert down[kinds.COPY] == carried.copies == total
    assert up[kinds.HELLO] == down[kinds.WELCOME] == users
    assert up[kinds.ACT] + up[kinds.COMPLAIN] == down[kinds.DECIDED] > 0
    assert up[kinds.BEGIN] == down[kinds.BEGUN] == down[kinds.END] == runs
    assert up[kinds.SENT] == down[kinds.GO] == down[kinds.SETTLED]
    assert up[kinds.NEXT] == down[kinds.GO] + down[kinds.END]
    assert 0 < up[kinds.ACKNOWLEDGE] <= total
    assert up[kinds.DRIVE] == 1
    assert carried.cpu_seconds > 0
    assert carried.bytes_out > carried.bytes_in > 0
    assert carried.mailbox_peak >= 1


QUICK = evolve(DEFAULT, population=Generated(users=60, contacts_mean=8.0), contents=(RUMOUR,))
CAP = resolve("cap-5")
PLAN = RunPlan(0, 3)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def server_pid(backend: TcpBackend) -> int:
    pid = backend.server_pid
    assert pid is not None
    return pid


def test_a_server_serves_every_run_of_its_policy_and_ends_with_it():
    with TcpBackend(QUICK) as backend:
        first = copies(backend.play(CAP, PLAN))
        pid = server_pid(backend)
        second = copies(backend.play(CAP, RunPlan(1, 3)))
        assert server_pid(backend) == pid
        assert backend.carried is None
        third = copies(backend.play(resolve("uncapped"), PLAN))
        assert not is_running(pid)
        assert backend.carried.copies == first + second
    assert backend.server_pid is None
    assert backend.carried is not None
    assert backend.carried.copies == first + second + third


def test_a_run_with_people_of_its_own_has_a_server_of_its_own():
    scenario = evolve(QUICK, redraw_population=True)
    with MemoryBackend(scenario) as memory, TcpBackend(scenario) as backend:
        for run in range(2):
            plan = RunPlan(run, 3)
            assert backend.play(CAP, plan).differences(memory.play(CAP, plan)) == []


def break_session_of(user: int, backend: TcpBackend) -> None:
    """Say something that ends a session: nobody drives a clock as a user."""
    assert backend._served is not None
    sockets = backend._served._sockets
    assert sockets is not None
    sockets.write(user, head_of(encode(Begin()), 0))


def at_the_third_tick(monkeypatch, happening):
    """Make something happen in the middle of a run."""
    act = Swarm.act
    ticks = []

    def acting(swarm, tick):
        ticks.append(tick)
        if len(ticks) == 3:
            happening()
        return act(swarm, tick)

    monkeypatch.setattr(Swarm, "act", acting)


def test_a_server_killed_in_the_middle_of_a_run_gives_one_sentence(monkeypatch):
    with TcpBackend(QUICK) as backend:
        at_the_third_tick(monkeypatch, lambda: os.kill(server_pid(backend), signal.SIGKILL))
        with pytest.raises(RunError) as caught:
            backend.play(CAP, PLAN)
        assert str(caught.value) == (
            "the server of policy cap-5 ended in the middle of run 0: SIGKILL ended it"
        )
    assert backend.carried is None


def test_a_session_lost_in_the_middle_of_a_run_ends_it_with_one_sentence(monkeypatch):
    with TcpBackend(QUICK) as backend:
        at_the_third_tick(monkeypatch, lambda: break_session_of(7, backend))
        with pytest.raises(RunError, match="run 0: the session of user 7 was lost in the middle"):
            backend.play(CAP, PLAN)


def test_ctrl_c_in_the_middle_of_a_run_leaves_no_process(monkeypatch):
    pids = []

    def interrupt():
        pids.append(server_pid(backend))
        raise KeyboardInterrupt

    at_the_third_tick(monkeypatch, interrupt)
    with pytest.raises(KeyboardInterrupt), TcpBackend(QUICK) as backend:
        backend.play(CAP, PLAN)
    assert not is_running(pids[0])


def test_a_server_that_does_not_start_says_why():
    borrowed = Policy("uncapped", tiers=(Tier(chats=3),))
    with (
        TcpBackend(QUICK) as backend,
        pytest.raises(RunError, match=r"the server did not start: .*a preset with other rules"),
    ):
        backend.play(borrowed, PLAN)


def test_a_server_that_cannot_be_reached_gives_one_sentence():
    with (
        TcpBackend(QUICK, via=lambda _: ("127.0.0.1", 1)) as backend,
        pytest.raises(RunError, match=r"cannot connect to the server at 127\.0\.0\.1 port 1"),
    ):
        backend.play(CAP, PLAN)
