"""ARCHITECTURE.md, "What holds, and what does not", line by line, on runs large enough to mean something."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from chatsim.behaviour.values import Audience, Behaviour, Content, DelayLaw
from chatsim.cascade.measures import imbalances, measure
from chatsim.cascade.values import NOBODY, ContentRun
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
from chatsim.study.scenario import Generated, Scenario
from chatsim.study.statistics import difference, mean
from chatsim.study.summary import Estimate
from chatsim.testing import twin
from chatsim.wire.messages import Copy, Outbound
from chatsim_clients.memory import MemoryBackend, RelayedPeople
from chatsim_clients.scenes import rules_of
from chatsim_clients.swarm import Swarm
from chatsim_clients.tcp import TcpBackend
from chatsim_clients.world import Setting
from tests.runs import assert_large_enough, conducted, played, reach, with_behaviour

PEOPLE = Generated(users=300, contacts_mean=15.0)
RUMOUR = Content("rumour", share_probability=0.7)
JOKE = Content("joke", share_probability=0.5, harmful=False)
LIVELY = Behaviour(modified_clients=0.1, paste_probability=0.2, label_factor_forwarded=0.9)
STUDY = Scenario(population=PEOPLE, contents=(RUMOUR, JOKE), behaviour=LIVELY, originators=3)
UNCAPPED = preset("uncapped")


def flat(chats: int | None, **more: Any) -> Policy:
    """A cap on every action, whatever the copy, with both labels."""
    policy = Policy(f"flat-{chats}", label_forwarded_from=1, label_many_from=4)
    return evolve(policy, tiers=(Tier(chats=chats),), **more)


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


# When, and who.

FRESH = Content("rumour", share_probability=0.7, half_life_seconds=None)
TIMELESS = evolve(
    STUDY,
    population=Generated(users=600, contacts_mean=10.0, groups_mean=1.0),
    contents=(FRESH,),
    behaviour=Behaviour(
        audience_shape=1.0,
        persistence=0.2,
        modified_clients=0.1,
        paste_probability=0.0,
        label_factor_many_times=1.0,
    ),
    duration_seconds=120 * ONE_DAY,
)
"""Long enough to end by itself, and nothing in it depends on time or hops."""


def by_quick_and_slow_readers(scenario: Scenario, policy: Policy) -> list[list[set[int]]]:
    """Who is reached in each run, when people read at once, and when they take hours."""
    people = []
    for delay in (DelayLaw(60, 0.3), DelayLaw(9_000, 1.5)):
        behaviour = evolve(scenario.behaviour, reading_delay=delay)
        outcomes = played(evolve(scenario, behaviour=behaviour), policy, 4)
        runs = [outcome.contents[0] for outcome in outcomes]
        assert_large_enough(runs)
        people.append([set(run.first_copies.user.tolist()) for run in runs])
    return people


PASTING = evolve(TIMELESS, behaviour=evolve(TIMELESS.behaviour, paste_probability=0.5))


@pytest.mark.parametrize("scenario", [TIMELESS, PASTING], ids=["nobody pastes", "half paste"])
def test_delays_change_when_and_never_who(scenario: Scenario) -> None:
    quick, slow = by_quick_and_slow_readers(scenario, flat(2))
    assert quick == slow


STALE = evolve(TIMELESS, contents=(evolve(RUMOUR, share_probability=0.9),))
FIVE_THEN_ONE = evolve(flat(5), tiers=(Tier(chats=5), Tier(4, chats=1)))


@pytest.mark.parametrize(
    ("scenario", "policy"),
    [
        pytest.param(STALE, flat(2), id="staleness"),
        pytest.param(TIMELESS, FIVE_THEN_ONE, id="hop tiers"),
        pytest.param(PASTING, FIVE_THEN_ONE, id="hop tiers and pasting"),
        pytest.param(
            with_behaviour(TIMELESS, label_factor_many_times=0.3), flat(2), id="label factor"
        ),
        pytest.param(TIMELESS, flat(2, cap_total=150), id="total cap"),
        # The chat that a copy came from takes room in an action and none of a lifetime.
        pytest.param(
            with_behaviour(TIMELESS, persistence=1.0), flat(2, cap_person=3), id="person cap"
        ),
        pytest.param(TIMELESS, flat(2, hop_limit=6), id="hop limit"),
    ],
)
def test_delays_change_who_where_time_people_or_hops_count(
    scenario: Scenario, policy: Policy
) -> None:
    quick, slow = by_quick_and_slow_readers(scenario, policy)
    assert quick != slow


# Looser and tighter.

CAPS = (0, 1, 2, 5, 20, None)


@pytest.mark.parametrize("scenario", [TIMELESS, PASTING], ids=["nobody pastes", "half paste"])
def test_a_looser_flat_cap_never_loses_anybody_seed_by_seed(scenario: Scenario) -> None:
    by_cap = [played(scenario, flat(cap), 3) for cap in CAPS]
    assert_large_enough([outcome.contents[0] for outcome in by_cap[2]])
    for tight, loose in itertools.pairwise(by_cap):
        for one, other in zip(tight, loose, strict=True):
            people = set(one.contents[0].first_copies.user.tolist())
            assert people <= set(other.contents[0].first_copies.user.tolist())
    assert sum(reach(by_cap[0])) < sum(reach(by_cap[1])) < sum(reach(by_cap[-1]))


def test_a_looser_cap_reaches_more_in_the_mean_where_rumours_go_stale_and_labels_deter() -> None:
    scenario = evolve(STUDY, contents=(RUMOUR,), population=evolve(PEOPLE, users=600))
    by_cap = [reach(played(scenario, flat(cap), 8)) for cap in (1, 2, 5, None)]
    for tight, loose in itertools.pairwise(by_cap):
        assert mean(np.subtract(loose, tight)).value > 0
    least_to_most = difference(by_cap[-1], by_cap[0])
    assert least_to_most is not None
    assert least_to_most.seen


def test_a_cap_of_0_without_pasting_reaches_the_first_audience_only() -> None:
    scenario = with_behaviour(STUDY, paste_probability=0.0)
    wanted_in_vain = 0
    for outcome in played(scenario, flat(0), 4):
        for run in outcome.contents:
            wanted_in_vain += int(run.deeds.held_back.sum() + run.deeds.denied.sum())
            first = run.first_copies
            began = set(first.user[first.parent == NOBODY].tolist())
            assert set(first.parent.tolist()) <= {NOBODY, *began}
            assert (first.tick == ONE_DAY // 2).all()
            assert (first.hop == 0).all()
            assert run.deeds.forwarded_chats.sum() == 0
            assert 3 < len(first.user) < PEOPLE.users * 2 / 3
    assert wanted_in_vain > 0


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
