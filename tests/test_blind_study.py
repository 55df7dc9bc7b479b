"""Studies under blind enforcement: the cascades of `clear`, copy for copy, in every way to play them."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatsim.behaviour.values import Audience, Behaviour, Content, DelayLaw
from chatsim.cascade.values import RunOutcome
from chatsim.errors import RemoteProtocolError
from chatsim.model import ONE_DAY, ONE_HOUR, Enforcement
from chatsim.policy.presets import resolve
from chatsim.policy.values import Policy, Tier
from chatsim.provenance import blind
from chatsim.relay.blind_tokens import BlindTokens
from chatsim.study.backend import RunPlan
from chatsim.study.scenario import Generated, Scenario
from chatsim_clients.memory import RelayedPeople
from chatsim_clients.scenes import scenes_of
from chatsim_clients.tcp import TcpBackend
from chatsim_clients.world import Rules, Setting
from tests.cases import Case, random_population
from tests.engines import by_twin, played

PEOPLE = random_population(45, 9.0, 1.0, seed=3)
CONTENTS = (
    Content("rumour", share_probability=0.7),
    Content("joke", share_probability=0.5, harmful=False),
)
LIVELY = Behaviour(modified_clients=0.4, paste_probability=0.2, label_factor_forwarded=0.9)
LAWS = {
    "pick": LIVELY,
    "each": evolve(
        LIVELY,
        audience=Audience.EACH,
        chat_delay=DelayLaw(100.0, 1.5),
        recovery=DelayLaw(8.0 * ONE_HOUR),
    ),
    "repeat": evolve(
        LIVELY, audience=Audience.REPEAT, interval_seconds=6 * ONE_HOUR, round_recovery=0.6
    ),
}
POLICIES = {
    "uncapped": resolve("uncapped"),
    "five, then one": resolve("whatsapp-latest"),
    "groups": Policy("groups", tiers=(Tier(chats=4, groups=1), Tier(2, chats=2, groups=0))),
    "groups alone": Policy("groups-alone", tiers=(Tier(groups=2), Tier(1, groups=1))),
    "hour": Policy("hour", tiers=(Tier(chats=3),), cap_hour=4),
    "hop": Policy("hop", tiers=(Tier(chats=3),), hop_limit=2),
}
CHEATS = {
    "relabel": {"modified_clients": 0.5},
    "inflate": {"inflating_clients": 0.5},
    "paste": {"pasting_clients": 0.3},
    "all": {"modified_clients": 0.2, "inflating_clients": 0.2, "pasting_clients": 0.1,
            "reencoding_clients": 0.1, "framing_clients": 0.1, "cutting_clients": 0.1},
}  # fmt: skip


def case(policy: Policy, behaviour: Behaviour, enforcement: Enforcement) -> Case:
    return Case(PEOPLE, CONTENTS, behaviour, policy, 7, 1, 3, 2 * ONE_DAY, enforcement)


def relayed(run: Case, people: type[RelayedPeople] = RelayedPeople, **options) -> RunOutcome:
    rules = Rules(run.behaviour, run.contents, run.duration_seconds, run.enforcement, run.seed)
    made = people(Setting.of(rules, run.population), **options)
    return made.play(run.policy, RunPlan(run.run, run.originators))


def copies(outcome: RunOutcome) -> int:
    return sum(int(content.received.sum()) for content in outcome.contents)


def held_back(outcome: RunOutcome) -> int:
    """Chats that somebody did without, or was refused."""
    return sum(
        int(content.deeds.held_back.sum() + content.deeds.refused.sum())
        for content in outcome.contents
    )


TURNS = [
    (law, policy)
    for number, policy in enumerate(POLICIES)
    for law in ("pick", [*LAWS][1 + number % 2])
]


@pytest.mark.parametrize(("law", "policy"), TURNS)
def test_blind_is_clear_copy_for_copy(policy, law):
    clear, blind_ = (
        case(POLICIES[policy], LAWS[law], enforcement)
        for enforcement in (Enforcement.CLEAR, Enforcement.BLIND)
    )
    expected = relayed(clear)
    assert copies(expected) > 50
    assert (held_back(expected) > 0) == (policy != "uncapped")
    assert relayed(blind_).differences(expected) == []


def test_engine_and_twin_take_it_for_clear():
    run = case(POLICIES["hour"], LIVELY, Enforcement.BLIND)
    expected = by_twin(evolve(run, enforcement=Enforcement.CLEAR))
    assert played(run).differences(expected) == []
    assert by_twin(run).differences(expected) == []


@pytest.mark.parametrize("cheat", CHEATS)
def test_cheats_get_what_they_get_under_clear(cheat):
    behaviour = Behaviour(**{"modified_clients": 0.0, **CHEATS[cheat]})
    clear, blind_ = (
        case(POLICIES["five, then one"], behaviour, enforcement)
        for enforcement in (Enforcement.CLEAR, Enforcement.BLIND)
    )
    expected = relayed(clear)
    assert copies(expected) > 50
    assert relayed(blind_).differences(expected) == []


@pytest.mark.parametrize("policy", ["five, then one", "uncapped"])
def test_sealed_bodies_change_nothing(policy):
    run = case(POLICIES[policy], LIVELY, Enforcement.BLIND)
    expected = relayed(evolve(run, enforcement=Enforcement.CLEAR))
    assert relayed(run, e2ee=True).differences(expected) == []


def test_the_relay_keeps_no_token_from_one_run_to_the_next():
    run = case(POLICIES["five, then one"], LIVELY, Enforcement.BLIND)
    rules = Rules(run.behaviour, run.contents, run.duration_seconds, run.enforcement, run.seed)
    people = RelayedPeople(Setting.of(rules, PEOPLE))
    first = people.play(run.policy, RunPlan(1, 3))
    assert copies(people.play(run.policy, RunPlan(2, 3))) > 50
    assert people.play(run.policy, RunPlan(1, 3)).differences(first) == []


def test_over_sockets_blind_is_clear_as_well():
    scenario = Scenario(
        population=Generated(users=60, contacts_mean=10.0),
        contents=CONTENTS,
        behaviour=LIVELY,
        enforcement=Enforcement.BLIND,
        e2ee=True,
    )
    policy, plan = POLICIES["groups"], RunPlan(0, 3)
    plain = evolve(scenario, enforcement=Enforcement.CLEAR, e2ee=False)
    expected = RelayedPeople(scenes_of(plain).scene(policy, plan.run)).play(policy, plan)
    assert copies(expected) > 50
    with TcpBackend(scenario) as tcp:
        assert tcp.play(policy, plan).differences(expected) == []


class Tagging(RelayedPeople):
    """A relay that has keys of its own for one person."""

    def _log_in(self) -> None:
        super()._log_in()
        tokens = self.relay._counting
        assert isinstance(tokens, BlindTokens)
        everybodys, other = tokens._issuer, blind.Issuer(b"q" * 32)
        issue = tokens.issue

        def tagging(row, request, user, roster, tick):
            tokens._issuer = other if user % 2 else everybodys
            return issue(row, request, user, roster, tick)

        tokens.issue = tagging  # type: ignore[method-assign]


def test_a_relay_that_marks_somebodys_tokens_ends_the_run():
    run = case(POLICIES["five, then one"], LIVELY, Enforcement.BLIND)
    with pytest.raises(RemoteProtocolError, match="prove nothing"):
        relayed(run, Tagging)
