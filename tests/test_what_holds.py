"""ARCHITECTURE.md, "What holds, and what does not", line by line, on runs large enough to mean something."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from attrs import evolve

from chatsim.behaviour.values import Audience, Behaviour, Content, DelayLaw
from chatsim.cascade.measures import imbalances, measure
from chatsim.cascade.values import ContentRun
from chatsim.model import ONE_DAY, ONE_HOUR, Enforcement, Label
from chatsim.policy.decision import label_of
from chatsim.policy.files import dump_policy, read_policy
from chatsim.policy.presets import preset, presets
from chatsim.policy.values import Policy, Tier, compile_row
from chatsim.population.from_files import stored
from chatsim.population.values import Population
from chatsim.study.backend import RunPlan
from chatsim.study.playing import Workers
from chatsim.study.populations import build_population
from chatsim.study.results_files import Study
from chatsim.study.scenario import Scenario
from chatsim.study.summary import Estimate
from chatsim.testing import twin
from chatsim.wire.messages import Copy, Outbound
from chatsim_clients.memory import MemoryBackend, RelayedPeople
from chatsim_clients.scenes import rules_of
from chatsim_clients.swarm import Swarm
from chatsim_clients.tcp import TcpBackend
from chatsim_clients.world import Setting
from tests.lively import LIVELY, PEOPLE, RUMOUR, STUDY, flat
from tests.runs import assert_large_enough, conducted, played

UNCAPPED = preset("uncapped")


# Identical copies.

LIFETIME = Policy(
    "lifetime", tiers=(Tier(chats=4, groups=1), Tier(2, chats=2)), cap_person=6, cap_total=200
)
EACH = evolve(
    STUDY,
    contents=(Content("news", share_probability=0.15),),
    behaviour=Behaviour(audience=Audience.EACH, recovery=DelayLaw(3.0 * ONE_HOUR)),
)
REPEAT = evolve(
    STUDY,
    behaviour=evolve(LIVELY, audience=Audience.REPEAT, round_recovery=0.5),
    duration_seconds=2 * ONE_DAY,
)
WAYS = [
    pytest.param(STUDY, UNCAPPED, id="uncapped"),
    pytest.param(STUDY, preset("whatsapp-latest"), id="tiers and groups"),
    pytest.param(STUDY, LIFETIME, id="caps per person and in total"),
    pytest.param(
        evolve(STUDY, enforcement=Enforcement.CLIENT), preset("whatsapp-2020-04"), id="client"
    ),
    pytest.param(EACH, flat(None, hop_limit=6), id="each chat on its own coin"),
    pytest.param(REPEAT, LIFETIME, id="rounds with recovery"),
]


@pytest.mark.parametrize(("scenario", "policy"), WAYS)
def test_tcp_memory_and_the_twin_give_identical_copies(scenario: Scenario, policy: Policy) -> None:
    plan = RunPlan(2, 3)
    with MemoryBackend(scenario) as memory:
        ours = memory.play(policy, plan)
    with TcpBackend(scenario) as tcp:
        assert tcp.play(policy, plan).differences(ours) == []
    told = twin.play(
        build_population(scenario.population),
        scenario.contents,
        scenario.behaviour,
        policy,
        seed=scenario.seed,
        run=plan.run,
        originators=plan.originators,
        duration_seconds=scenario.duration_seconds,
        enforcement=scenario.enforcement,
    )
    assert told.differences(ours) == []
    assert_large_enough(ours.contents, capped=policy is not UNCAPPED)


def test_people_read_from_shuffled_files_get_the_copies_of_those_held_in_memory(
    tmp_path: Path,
) -> None:
    population = once_each(build_population(PEOPLE))
    contacts, groups = tmp_path / "contacts.txt", tmp_path / "groups.csv"
    shuffle = np.random.default_rng(5).permutation
    owners = np.repeat(np.arange(population.users), np.diff(population.contact_offsets))
    pairs = [f"{a} {b}" for a, b in zip(owners, population.contacts, strict=True) if a < b]
    contacts.write_text("\n".join(shuffle(pairs)))
    owners = np.repeat(np.arange(population.users), np.diff(population.group_offsets))
    rows = [f"{user},{group}" for user, group in zip(owners, population.groups, strict=True)]
    groups.write_text("\n".join(shuffle(rows)))

    ours, theirs = (
        RelayedPeople(Setting.of(rules_of(STUDY), people))
        for people in (population, stored(contacts, groups, seed=PEOPLE.seed))
    )
    runs: list[ContentRun] = []
    for plan in (RunPlan(0, 3), RunPlan(1, 3)):
        outcome = ours.play(preset("whatsapp-latest"), plan)
        assert theirs.play(preset("whatsapp-latest"), plan).differences(outcome) == []
        runs += outcome.contents
    assert_large_enough(runs)


def once_each(population: Population) -> Population:
    """The population with every chat listed once, by id, and no notes to oneself, as files have them."""
    users = range(population.users)
    contacts = [np.setdiff1d(population.contacts_of(user), [user]) for user in users]
    groups = [np.unique(population.groups_of(user)) for user in users]
    contact_offsets, group_offsets = (
        np.cumsum([0, *map(len, rows)], dtype=np.int64) for rows in (contacts, groups)
    )
    return evolve(
        population,
        contacts=np.concatenate(contacts),
        contact_offsets=contact_offsets,
        groups=np.concatenate(groups),
        group_offsets=group_offsets,
    )


# Through the statistics.


def test_uncapped_against_uncapped_is_no_difference_at_all(tmp_path: Path) -> None:
    file = tmp_path / "again.toml"
    file.write_text(dump_policy(evolve(UNCAPPED, name="uncapped-again", title="Uncapped again")))
    policies = (UNCAPPED, read_policy(file), preset("cap-1000000"))
    study = conducted(evolve(STUDY, runs=4), policies)
    nothing = Estimate(0.0, 0.0, 0.0)
    for policy in policies[1:]:
        result = study.summary.policy(policy.name)
        assert result.harmless_reach_lost == nothing
        for content in result.contents:
            against = content.against_uncapped
            assert against is not None
            assert (against.absolute, against.relative, against.flips) == (nothing, nothing, 0.0)
            assert not against.seen
        assert rows_of(study, policy.name) == rows_of(study, "uncapped")
    assert study.summary.headline("uncapped").copies.value >= 1_000 / 4


def rows_of(study: Study, policy: str) -> list[tuple[object, ...]]:
    return [
        row
        for table in (study.spread, study.deeds)
        for row in table.filter(table["policy"] == policy).drop("policy").iter_rows()
    ]


def test_a_toml_copy_of_a_preset_gives_its_row(tmp_path: Path) -> None:
    names = [policy.name for policy in presets()]
    for name in (*names, "whatsapp-latest", "cap-0", "cap-7"):
        file = tmp_path / f"{name}.toml"
        file.write_text(dump_policy(evolve(preset(name), name=f"my {name}")))
        assert compile_row(read_policy(file)) == compile_row(preset(name))


def test_two_processes_find_what_one_does() -> None:
    scenario = evolve(STUDY, runs=3)
    policies = (UNCAPPED, flat(2))
    alone = conducted(scenario, policies)
    with Workers(MemoryBackend, 2) as pair:
        together = conducted(scenario, policies, pair)
        without_tree = conducted(scenario, policies, pair, tree=False)
    assert together.spread.equals(alone.spread)
    assert together.deeds.equals(alone.deeds)
    assert together.summary == alone.summary
    assert without_tree.summary == conducted(scenario, policies, tree=False).summary
    assert len(alone.spread) >= 1_000


# Books and labels.

BOOKED = [flat(2), preset("whatsapp-latest"), LIFETIME]


@pytest.mark.parametrize("policy", BOOKED, ids=lambda policy: policy.name)
def test_the_relays_books_balance_with_peoples_recipient_by_recipient(policy: Policy) -> None:
    # One content, because the relay does not know which is which.
    scenario = evolve(STUDY, contents=(RUMOUR,), population=evolve(PEOPLE, users=600))
    people = RelayedPeople(Setting.of(rules_of(scenario), build_population(scenario.population)))
    (run,) = people.play(policy, RunPlan(0, 3)).contents
    books, relay = people.books, people.relay
    acknowledged = [relay._post.of_user(user)[0].base for user in range(600)]
    assert run.received.tolist() == acknowledged
    assert relay.waiting == 0
    assert books.originals == run.deeds.original_copies.sum()
    assert books.forwards == run.deeds.forwarded_copies.sum()
    assert books.copies == books.originals + books.forwards == run.received.sum()
    assert books.refused == run.deeds.refused.sum() > 0
    assert imbalances(run) == []
    assert_large_enough([run])


@pytest.mark.parametrize("policy", BOOKED, ids=lambda policy: policy.name)
@pytest.mark.parametrize("enforcement", Enforcement)
def test_labels_are_shown_above_copies_that_claim_a_hop(
    policy: Policy, enforcement: Enforcement, monkeypatch: pytest.MonkeyPatch
) -> None:
    if enforcement is Enforcement.CLIENT and policy is LIFETIME:
        policy = evolve(policy, cap_person=None, cap_total=None)
    seen: list[tuple[int, int | None]] = []
    receive = Swarm.receive

    def received(swarm: Swarm, user: int, message: Outbound, tick: int) -> None:
        if isinstance(message, Copy):
            seen.append((message.hop or 0, message.label))
        receive(swarm, user, message, tick)

    monkeypatch.setattr(Swarm, "receive", received)
    scenario = evolve(STUDY, contents=(RUMOUR,), enforcement=enforcement)
    outcomes = played(scenario, policy, 2, MemoryBackend)
    runs = [outcome.contents[0] for outcome in outcomes]
    row = compile_row(policy)
    labelled = 0
    for run in runs:
        first = run.first_copies
        assert first.label.tolist() == [label_of(row, hop) for hop in first.hop.tolist()]
        if policy.labels:
            assert ((first.label != Label.NONE) == (first.hop >= 1)).all()
        shown = measure(run, [row]).labels
        assert sum(shown) == run.received.sum()
        labelled += shown[Label.FORWARDED] + shown[Label.MANY_TIMES]
    claimed = sum(int(run.deeds.forwarded_copies[run.deeds.hop_made >= 1].sum()) for run in runs)
    assert labelled == (claimed if policy.labels else 0)
    if enforcement is Enforcement.CLEAR:
        assert len(seen) == sum(int(run.received.sum()) for run in runs)
        assert sum(hop >= 1 for hop, _ in seen) == claimed
        assert sum(label != Label.NONE for _, label in seen) == labelled
    assert claimed > 100
