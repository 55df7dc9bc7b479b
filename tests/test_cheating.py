"""Cheats: who has which, what greedy apps that paste do to a cascade, and what goes into traceability's slots."""

from __future__ import annotations

import pytest
from attrs import define, evolve, field

from chatsim.behaviour.tables import cheat_thresholds
from chatsim.behaviour.values import Behaviour, Cheat, Content
from chatsim.errors import ConfigurationError
from chatsim.model import ONE_DAY, Enforcement
from chatsim.policy import Breaker, Policy, Tier
from chatsim.provenance.untraced import Untraced
from chatsim.provenance.values import Proof, Slots
from chatsim.randomness.tables import CERTAIN
from chatsim.study.backend import RunPlan
from chatsim.study.behaviour_files import behaviour_of
from chatsim.study.scenario import Scenario
from chatsim.study.scenario_checks import require_no_bytes
from chatsim.tomlfile import Table
from chatsim_clients.cheating import NOBODY, Cheating, slots, victim_of
from chatsim_clients.memory import RelayedPeople
from chatsim_clients.world import Rules, Setting
from tests.cases import population_of, random_population

PEOPLE = random_population(200, 16.0, 2.0, seed=3)
LIVELY = Behaviour(
    modified_clients=0.0, paste_probability=0.0, susceptibility_shape=None, audience_shape=0.7
)
RUMOUR = (Content("rumour", share_probability=0.9, half_life_seconds=None),)
HELD = Proof(b"in", b"out", b"stamp")


@define
class Recording(Untraced):
    """A client half that says what was asked of it."""

    forges: bool = True
    victims: list[int] = field(factory=list)

    def original(self, me: int, text: bytes) -> Slots:
        return Slots(b"original", b"")

    def forward(self, me: int, text: bytes, held: Proof) -> Slots:
        return Slots(b"forward", b"")

    def forged(self, me: int, victim: int, text: bytes, held: Proof | None) -> Slots | None:
        self.victims.append(victim)
        return Slots(b"forged", b"") if self.forges else None


def setting(behaviour: Behaviour, enforcement: Enforcement = Enforcement.CLEAR) -> Setting:
    return Setting.of(Rules(behaviour, RUMOUR, 14 * ONE_DAY, enforcement, seed=5), PEOPLE)


def played(behaviour: Behaviour, policy: Policy, enforcement: Enforcement = Enforcement.CLEAR):
    return RelayedPeople(setting(behaviour, enforcement)).play(policy, RunPlan(0, 3)).contents[0]


def test_thresholds_add_up_and_end_at_certain():
    behaviour = Behaviour(
        modified_clients=0.1,
        inflating_clients=0.2,
        pasting_clients=0.3,
        reencoding_clients=0.1,
        framing_clients=0.2,
        cutting_clients=0.1,
    )
    thresholds = cheat_thresholds(behaviour)
    assert list(thresholds) == sorted(thresholds)
    assert thresholds[-1] == CERTAIN
    assert thresholds[0] == cheat_thresholds(Behaviour(modified_clients=0.1))[-1]


def test_nobody_has_two_of_these_apps():
    with pytest.raises(ConfigurationError, match=r"together 1\.1; they take 1 or less"):
        Behaviour(modified_clients=0.6, cutting_clients=0.5)


def test_a_file_that_names_the_cheat_is_told_what_to_write():
    table = Table({"cheat": "inflate"}, "x.toml", "behaviour.")
    with pytest.raises(ConfigurationError, match=r"cheat is not a key.*inflating_clients"):
        behaviour_of(table)


@pytest.mark.parametrize("enforcement", list(Enforcement))
@pytest.mark.parametrize("share", ["pasting_clients", "reencoding_clients"])
def test_what_is_pasted_at_once_has_no_hop_and_no_cap(share: str, enforcement: Enforcement):
    capped = Policy("capped", tiers=(Tier(chats=1),), hop_limit=1)
    run = played(evolve(LIVELY, **{share: 1.0}), capped, enforcement)
    assert run.first_copies.hop.max() == 0
    assert run.deeds.forwarded_chats.sum() == run.deeds.refused.sum() == 0
    assert (run.deeds.original_chats >= run.deeds.wanted - 1).all()
    assert run.deeds.original_chats.max() > 1
    honest = played(LIVELY, capped, enforcement)
    assert len(run.first_copies.user) > 2 * len(honest.first_copies.user)


def test_a_breaker_pauses_what_is_pasted_and_not_what_is_reencoded():
    policy = Policy("breaker", breaker=Breaker(20, 36_000, 36_000))
    pasted = played(evolve(LIVELY, pasting_clients=1.0), policy)
    assert pasted.deeds.refused.sum() > 0
    reencoded = played(evolve(LIVELY, reencoding_clients=1.0), policy)
    assert reencoded.deeds.refused.sum() < pasted.deeds.refused.sum()


def test_the_engine_knows_no_bytes():
    scenario = Scenario(contents=RUMOUR, behaviour=evolve(LIVELY, reencoding_clients=0.1))
    policy = Policy("breaker", breaker=Breaker(20, 36_000, 36_000))
    with pytest.raises(ConfigurationError, match=r"reencoding_clients is 10 %.*memory or tcp"):
        require_no_bytes(scenario, [policy])
    require_no_bytes(scenario, [Policy("uncapped")])
    require_no_bytes(evolve(scenario, behaviour=LIVELY), [policy])


def test_framing_and_cutting_change_no_cascade():
    policy = Policy("capped", tiers=(Tier(chats=2),))
    honest = played(LIVELY, policy)
    for share in ("framing_clients", "cutting_clients"):
        assert honest.differences(played(evolve(LIVELY, **{share: 1.0}), policy)) == []


@pytest.mark.parametrize(
    ("cheating", "held", "inner"),
    [
        (Cheating(), None, b"original"),
        (Cheating(), HELD, b"forward"),
        (Cheating(Cheat.CUT), HELD, b"original"),
        (Cheating(Cheat.FRAME, 7), HELD, b"forged"),
        (Cheating(Cheat.FRAME, 7), None, b"forged"),
        (Cheating(Cheat.FRAME, NOBODY), HELD, b"forward"),
    ],
)
def test_each_cheat_has_its_slots(cheating: Cheating, held: Proof | None, inner: bytes):
    client = Recording()
    assert slots(client, 1, b"text", held, cheating).inner == inner
    assert client.victims == ([7] if cheating.victim == 7 else [])


def test_whoever_cannot_frame_is_honest():
    assert (
        slots(Recording(forges=False), 1, b"text", HELD, Cheating(Cheat.FRAME, 7)).inner
        == b"forward"
    )


def test_the_victim_is_somebody_else_and_drawn_among_all():
    world = setting(LIVELY).world([], 0)
    victims = [victim_of(world, user, 0) for user in range(200)]
    assert all(victim != user for user, victim in enumerate(victims))
    assert 0 <= min(victims) < 10
    assert 190 <= max(victims) < 200
    assert victims == [victim_of(world, user, 0) for user in range(200)]


def test_whoever_is_alone_frames_nobody():
    rules = Rules(LIVELY, RUMOUR, ONE_DAY, Enforcement.CLEAR, seed=5)
    assert victim_of(Setting.of(rules, population_of([[]])).world([], 0), 0, 0) == NOBODY
