"""Studies with sealed bodies: the same cascades whatever the keys, and a relay that can read none of it."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatsim.behaviour.values import Audience, Behaviour, Content, DelayLaw
from chatsim.cascade.values import RunOutcome
from chatsim.model import ONE_HOUR, Enforcement
from chatsim.policy.presets import resolve
from chatsim.policy.values import Policy, Tier
from chatsim.provenance.keys import fresh, keyed
from chatsim.relay.events import Arrived, Write
from chatsim.sealing import keyring as sealing
from chatsim.study.backend import RunPlan
from chatsim.study.scenario import Generated, Scenario, Uniform
from chatsim.testing.proxy import RecordingProxy
from chatsim.wire import kinds
from chatsim_clients.memory import MemoryBackend, RelayedPeople
from chatsim_clients.scenes import scenes_of
from chatsim_clients.tcp import TcpBackend
from chatsim_clients.world import Setting

DEFAULT = Scenario(
    population=Generated(users=120, contacts_mean=10.0),
    contents=(
        Content("rumour", share_probability=0.6),
        Content("joke", share_probability=0.4, harmful=False, body_bytes=500),
    ),
    behaviour=Behaviour(modified_clients=0.2, paste_probability=0.3),
)
CLIENT = evolve(
    DEFAULT,
    enforcement=Enforcement.CLIENT,
    behaviour=Behaviour(modified_clients=0.05, paste_probability=0.03),
)
EACH = evolve(
    DEFAULT,
    population=Uniform(users=120, contacts_per_user=15),
    contents=(Content("news", share_probability=0.4, half_life_seconds=None),),
    behaviour=Behaviour(audience=Audience.EACH, recovery=DelayLaw(8.0 * ONE_HOUR)),
)
LIFETIME = Policy("lifetime", tiers=(Tier(chats=4, groups=1), Tier(2, chats=2)), cap_person=6)
CASES = {
    "five, then one": (DEFAULT, resolve("whatsapp-2020-04")),
    "caps per person": (DEFAULT, LIFETIME),
    "the counter in people's apps": (CLIENT, resolve("whatsapp-2020-04")),
    "independent chats": (EACH, resolve("cap-1")),
}
PLAN = RunPlan(0, 4)
ROOTS = (b"one root of keys, for all people", b"another root of keys, as long as")


def setting_of(scenario: Scenario, policy: Policy) -> Setting:
    return scenes_of(scenario).scene(policy, PLAN.run)


class Tapped(RelayedPeople):
    """A relay of which every byte is noted that came in or went out."""

    def __init__(self, setting: Setting, **options: object) -> None:
        self.seen: list[bytes] = []
        super().__init__(setting, **options)  # type: ignore[arg-type]

    def _log_in(self) -> None:
        handle = self.relay.handle

        def noting(event, now):
            if isinstance(event, Arrived):
                self.seen += [event.header, event.body]
            commands = handle(event, now)
            for command in commands:
                if isinstance(command, Write):
                    self.seen += [command.head, command.body]
            return commands

        self.relay.handle = noting  # type: ignore[method-assign]
        super()._log_in()


@pytest.mark.parametrize(("scenario", "policy"), CASES.values(), ids=CASES)
def test_keys_change_no_cascade_no_refusal_and_no_size(scenario: Scenario, policy: Policy) -> None:
    setting = setting_of(scenario, policy)
    plain = RelayedPeople(setting)
    sealed = [Tapped(setting, e2ee=True, keys=root) for root in ROOTS]
    expected = plain.play(policy, PLAN)
    outcomes = [people.play(policy, PLAN) for people in sealed]
    assert copies(expected) > 200
    for people, outcome in zip(sealed, outcomes, strict=True):
        assert outcome.differences(expected) == []
        assert people.books.refused_by_reason == plain.books.refused_by_reason
        assert people.books.copies == plain.books.copies
        assert people.keyrings.unopened == 0
    one, other = (people.seen for people in sealed)
    assert [*map(len, one)] == [*map(len, other)]
    assert one != other


def copies(outcome: RunOutcome) -> int:
    return sum(int(content.received.sum()) for content in outcome.contents)


def test_the_relay_sees_no_text_and_no_key(monkeypatch) -> None:
    used: set[bytes] = set()
    made = sealing.cipher

    def noting(key: bytes):
        used.add(key)
        return made(key)

    monkeypatch.setattr(sealing, "cipher", noting)
    policy = resolve("whatsapp-2020-04")
    setting = setting_of(DEFAULT, policy)
    people = Tapped(setting, e2ee=True, keys=ROOTS[0])
    outcome = people.play(policy, PLAN)
    assert copies(outcome) > 200
    seen = b"\xff".join(people.seen)
    users = range(setting.population.users)
    identities = {keyed(ROOTS[0], b"identity", user.to_bytes(8, "big")) for user in users}
    groups = {key for ring in people.keyrings._of.values() for key in ring._groups.values() if key}
    assert len(used) > 200
    assert groups
    for secret in used | identities | groups | {ROOTS[0]}:
        assert secret not in seen
    filler = bytes(64)
    assert filler not in seen
    # The search would find them: without seals they are there.
    plain = Tapped(setting)
    plain.play(policy, PLAN)
    assert filler in b"\xff".join(plain.seen)


def test_a_relay_that_mixes_up_keys_is_not_believed() -> None:
    policy = resolve("uncapped")
    people = Mixing(setting_of(DEFAULT, policy), e2ee=True)
    outcome = people.play(policy, PLAN)
    assert people.keyrings.unopened > 0
    # What an originator sends arrives, and no app shows it: nobody passes it on.
    assert all(len(content.first_copies.user) <= PLAN.originators for content in outcome.contents)


class Mixing(RelayedPeople):
    """A relay that puts another's key on each copy."""

    def _log_in(self) -> None:
        super()._log_in()
        handle = self.relay.handle

        def mixing(event, now):
            return [
                command._replace(head=command.head[:-1] + bytes([command.head[-1] ^ 1]))
                if isinstance(command, Write) and command.body
                else command
                for command in handle(event, now)
            ]

        self.relay.handle = mixing  # type: ignore[method-assign]


def test_over_sockets_two_key_sets_carry_the_same_bytes() -> None:
    policy = resolve("whatsapp-2020-04")
    scenario = evolve(DEFAULT, e2ee=True)
    with MemoryBackend(DEFAULT) as memory:
        expected = memory.play(policy, PLAN)
    carried = []
    for root in (*ROOTS, None):
        with RecordingProxy() as proxy, TcpBackend(scenario, via=proxy.between, keys=root) as tcp:
            assert tcp.play(policy, PLAN).differences(expected) == []
        assert proxy.from_server[kinds.SEALED_COPY] == copies(expected)
        assert proxy.from_clients[kinds.SEALED_ACT] > 0
        assert not proxy.from_server[kinds.COPY] + proxy.from_clients[kinds.ACT]
        assert tcp.carried is not None
        carried.append(tcp.carried)
    assert len({each.bytes_out for each in carried}) == 1
    assert len({each.copies for each in carried}) == 1


def test_keys_are_fresh_where_nobody_gives_any() -> None:
    setting = setting_of(DEFAULT, resolve("uncapped"))
    one, other = (RelayedPeople(setting, e2ee=True) for _ in range(2))
    assert one.keyrings.directory.root != other.keyrings.directory.root
    assert len(one.keyrings.directory.root) == len(fresh())
