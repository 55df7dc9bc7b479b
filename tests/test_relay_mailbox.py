"""Mailboxes: what waits for the absent, and that absence changes nothing of a cascade."""

from __future__ import annotations

from collections import defaultdict, deque

import pytest

from chatsim.behaviour.values import Behaviour, Content
from chatsim.cascade.values import RunOutcome
from chatsim.errors import RemoteProtocolError
from chatsim.model import ALLOWED, ONE_DAY, Enforcement, Reason, Verdict
from chatsim.policy import Policy
from chatsim.policy.presets import resolve
from chatsim.relay.mailbox import VERDICTS_KEPT, Delivery, Mailbox
from chatsim.relay.relay import RelaySettings
from chatsim.study.backend import RunPlan
from chatsim.wire.framing import header_of
from chatsim.wire.messages import (
    Begin,
    Copy,
    Drive,
    End,
    Go,
    Next,
    Sent,
    Settled,
    Welcome,
)
from chatsim_clients.memory import RelayedPeople
from chatsim_clients.swarm import Outgoing, Swarm
from chatsim_clients.world import Rules, Setting
from tests.bench import Bench, Groups
from tests.cases import random_population


def filled(copies: int) -> Mailbox:
    mailbox = Mailbox(7, 0)
    mailbox.mail = deque(Delivery(bytes([number]), b"", 1, 0) for number in range(copies))
    return mailbox


def test_only_an_acknowledgement_takes_copies_out():
    mailbox = filled(5)
    assert mailbox.acknowledge(2) == 2
    assert [delivery.head for delivery in mailbox.mail] == [b"\x02", b"\x03", b"\x04"]
    assert mailbox.acknowledge(2) == 0
    assert mailbox.acknowledge(5) == 3
    assert (mailbox.base, len(mailbox.mail)) == (5, 0)


@pytest.mark.parametrize("count", [1, 6])
def test_an_acknowledgement_goes_neither_back_nor_beyond_what_was_sent(count):
    mailbox = filled(5)
    mailbox.acknowledge(2)
    with pytest.raises(RemoteProtocolError, match="from 2 to 5"):
        mailbox.acknowledge(count)


def test_the_last_verdicts_are_kept_and_older_ones_forgotten():
    mailbox = filled(0)
    refused = Verdict(Reason.CHATS_PER_ACTION, 5)
    for counter in range(1, VERDICTS_KEPT + 2):
        mailbox.decided(counter, refused if counter == 2 else ALLOWED)
    assert mailbox.former_verdict(2) == refused
    assert mailbox.former_verdict(VERDICTS_KEPT + 2) is None
    with pytest.raises(RemoteProtocolError, match="counter 1;"):
        mailbox.former_verdict(1)


class AbsentPeople:
    """People who connect to read or to send, and leave at once; they know from a former run when they will read."""

    def __init__(self, setting: Setting, policy: Policy, former: RunOutcome) -> None:
        self.setting = setting
        self.rows = setting.rows(policy)
        population = setting.population
        members = [population.members_of(group).tolist() for group in range(population.group_count)]
        rules = setting.rules
        settings = RelaySettings(rules.enforcement, rules.refill_ticks, drivers=1, secret=b"s")
        self.bench = Bench(policy, Groups(population.users, members), settings)
        self.reading: dict[int, set[int]] = defaultdict(set)
        for content in former.contents:
            for user, tick in zip(content.deeds.user, content.deeds.tick, strict=True):
                self.reading[int(tick)].add(int(user))

    def play(self, plan: RunPlan) -> RunOutcome:
        bench, swarm = self.bench, Swarm(self.setting.world(self.rows, plan.run), plan.originators)
        driver = bench.open()
        bench.say(driver, Drive(b"s"))
        told = bench.say(driver, Begin())
        told = bench.say(driver, Next(self.next_tick(swarm)))
        while isinstance(go := told[-1], Go):
            bench.now = go.tick
            self.play_tick(swarm, go.tick)
            assert bench.say(driver, Sent(go.tick)) == [Settled(go.tick)]
            told = bench.say(driver, Next(self.next_tick(swarm)))
        assert told == [End()]
        for user in range(self.setting.population.users):
            self.visit(swarm, user, [])
        assert bench.aborted == []
        return swarm.outcome()

    def next_tick(self, swarm: Swarm) -> int | None:
        due = swarm.next_tick()
        return min([*self.reading, *([] if due is None else [due])], default=None)

    def play_tick(self, swarm: Swarm, tick: int) -> None:
        for user in sorted(self.reading.pop(tick, ())):
            self.visit(swarm, user, [])
        for due in (swarm.top_up, swarm.act):
            frames: dict[int, list[Outgoing]] = defaultdict(list)
            for outgoing in due(tick):
                frames[outgoing.user].append(outgoing)
            for user, theirs in frames.items():
                self.visit(swarm, user, theirs)

    def visit(self, swarm: Swarm, user: int, acts: list[Outgoing]) -> None:
        """Log in, read what came, tick by tick as it came, send, and leave."""
        bench, device = self.bench, swarm.devices[user]
        session = bench.open()
        hello = device.hello()
        arrived = bench.say_bytes(session, header_of(hello))
        welcome = arrived[0]
        assert isinstance(welcome, Welcome)
        assert welcome.base == device.received
        tick = -1
        for copy in arrived[1:]:
            assert isinstance(copy, Copy)
            if copy.tick != tick:
                swarm.settle()
                tick = copy.tick
            device.receive(copy)
            swarm.receive(user, copy, copy.tick)
        swarm.settle()
        for act in acts:
            for message in bench.say_bytes(session, header_of(act.head), act.body):
                device.receive(message)
                swarm.receive(user, message, bench.now)
        bench.say_bytes(session, header_of(device.leave()))
        assert session in bench.ended


@pytest.mark.parametrize("enforcement", list(Enforcement))
def test_people_who_connect_only_to_read_and_send_make_the_same_cascade(enforcement):
    population = random_population(200, 14.0, 2.0, seed=3)
    contents = (Content("rumour", share_probability=0.9), Content("joke", share_probability=0.8))
    behaviour = Behaviour(
        modified_clients=0.1, paste_probability=0.2, susceptibility_shape=None, audience_shape=0.8
    )
    rules = Rules(behaviour, contents, 14 * ONE_DAY, enforcement, seed=5)
    setting = Setting.of(rules, population)
    policy, plan = resolve("whatsapp-2019-01"), RunPlan(2, 4)
    present = RelayedPeople(setting)
    expected = present.play(policy, plan)
    absent = AbsentPeople(setting, policy, expected)
    assert expected.differences(absent.play(plan)) == []
    copies = sum(int(content.received.sum()) for content in expected.contents)
    assert copies >= 1_000
    assert absent.bench.relay.books.copies == present.books.copies == copies
    assert absent.bench.relay.books.mailbox_peak > present.books.mailbox_peak
