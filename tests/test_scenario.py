"""Scenarios as values: defaults, and the contradictions that are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from chatsim.behaviour.values import Audience, Behaviour, Content
from chatsim.errors import ConfigurationError
from chatsim.model import Enforcement
from chatsim.policy import Policy, Tier
from chatsim.policy.presets import preset
from chatsim.study.scenario import Generated, Scenario, Stored, Uniform, is_control
from chatsim.study.scenario_checks import check

DEFAULT = Scenario()
UNCAPPED = preset("uncapped")


def test_the_default_is_a_rumour_and_a_family_joke_among_2000_people():
    assert [(c.name, c.share_probability, c.harmful) for c in DEFAULT.contents] == [
        ("rumour", 0.4, True),
        ("family joke", 0.25, False),
    ]
    assert DEFAULT.population == Generated(users=2_000)
    assert (DEFAULT.duration_seconds, DEFAULT.runs) == (14 * 86_400, 40)
    assert DEFAULT.enforcement is Enforcement.CLEAR
    check(DEFAULT, [preset(name) for name in DEFAULT.policies])


@pytest.mark.parametrize(
    ("users", "originators"),
    [(3, 3), (6, 5), (2_000, 5), (10_000, 5), (12_000, 6), (1_500_000_000, 750_000)],
)
def test_originators_are_one_in_2000_and_at_least_five_unless_said(users, originators):
    assert DEFAULT.originators_among(users) == originators
    assert evolve(DEFAULT, originators=3).originators_among(users) == 3


def test_more_originators_than_people_are_refused():
    with pytest.raises(
        ConfigurationError, match=r"originators is 2,001; it takes at most .* here 2,000"
    ):
        evolve(DEFAULT, originators=2_001)
    stored = evolve(DEFAULT, population=Stored(contacts=Path("a")), originators=2_001)
    with pytest.raises(ConfigurationError, match="here 300"):
        stored.originators_among(300)


def test_more_rounds_or_contents_than_a_draw_can_number_are_refused_where_people_repeat():
    often = Behaviour(Audience.REPEAT, interval_seconds=2)
    assert evolve(DEFAULT, behaviour=often, duration_seconds=2 * 65_536)
    with pytest.raises(ConfigurationError) as refusal:
        evolve(DEFAULT, behaviour=often, duration_seconds=2 * 65_536 + 1)
    assert str(refusal.value) == (
        "a round every 2 s gives more than 65,536 rounds in 1 d 12 h 24 min 33 s; "
        "it takes a longer interval, or a shorter duration"
    )
    contents = tuple(Content(str(number)) for number in range(65_537))
    many = evolve(DEFAULT, contents=contents)
    assert evolve(many, contents=contents[1:], behaviour=Behaviour(Audience.REPEAT))
    with pytest.raises(ConfigurationError, match="has 65,537 contents; where people repeat"):
        evolve(many, behaviour=Behaviour(Audience.REPEAT))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"contents": ()}, "scenario default has no contents"),
        ({"policies": ()}, "scenario default has no policies"),
        (
            {"contents": (Content("a"), Content("b"), Content("a"))},
            "scenario default has two contents named a",
        ),
        ({"duration_seconds": 0}, "duration_seconds is 0; it takes a whole number from 1"),
        ({"duration_seconds": -5}, "duration_seconds is -5"),
        ({"runs": 0}, "runs is 0"),
        ({"seed": 2**64}, "seed is"),
        ({"seed": -1}, "seed is -1"),
        ({"originators": 0}, "originators is 0"),
    ],
)
def test_a_contradiction_is_refused_in_one_sentence(change, says):
    with pytest.raises(ConfigurationError) as refusal:
        evolve(DEFAULT, **change)
    assert str(refusal.value).startswith(says)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Content("a", share_probability=1.5), "share_probability is 1.5"),
        (lambda: Content("a", share_probability=-0.1), "share_probability is -0.1"),
        (lambda: Behaviour(persistence=2.0), "persistence is 2.0"),
        (lambda: Generated(users=1), "users is 1"),
        (lambda: Generated(contacts_mean=0.0), "contacts_mean is 0.0; it takes a number above 0"),
        (lambda: Generated(groups_mean=-1.0), "groups_mean is -1.0; it takes a number from 0 up"),
        (lambda: Uniform(contacts_per_user=0), "contacts_per_user is 0"),
        (Stored, "a stored population names no file; it takes contacts, groups, or both"),
    ],
)
def test_a_part_out_of_range_is_refused_by_name(make, says):
    with pytest.raises(ConfigurationError) as refusal:
        make()
    assert str(refusal.value).startswith(says)


@pytest.mark.parametrize(
    ("policy", "control"),
    [
        (UNCAPPED, True),
        (preset("telegram"), True),
        (preset("label-only"), False),
        (preset("cap-5"), False),
        (Policy("p", tiers=(Tier(), Tier(1, groups=1))), False),
        (Policy("p", cap_person=3), False),
        (Policy("p", cap_total=3), False),
        (Policy("p", hop_limit=3), False),
    ],
)
def test_a_control_caps_nothing_and_labels_nothing(policy, control):
    assert is_control(policy) is control


def test_the_first_policy_is_a_control():
    with pytest.raises(
        ConfigurationError, match=r"the first policy is cap-5, .* put uncapped first"
    ):
        check(DEFAULT, [preset("cap-5"), UNCAPPED])
    check(DEFAULT, [UNCAPPED, preset("cap-5")])
    check(DEFAULT, [UNCAPPED])


def test_two_policies_of_one_name_are_refused():
    with pytest.raises(ConfigurationError, match="two policies are named cap-5; each takes a name"):
        check(DEFAULT, [UNCAPPED, preset("cap-5"), preset("cap-5")])


@pytest.mark.parametrize("key", ["cap_person", "cap_total"])
def test_a_lifetime_cap_takes_a_relay_that_counts(key):
    policies = [UNCAPPED, evolve(Policy("ours"), **{key: 3})]
    check(DEFAULT, policies)
    client = evolve(DEFAULT, enforcement=Enforcement.CLIENT)
    with pytest.raises(ConfigurationError, match=f"policy ours has {key} under client enforcement"):
        check(client, policies)
    check(client, [UNCAPPED, preset("whatsapp-latest"), Policy("hops", hop_limit=3)])


@pytest.mark.parametrize("untreated", [False, True])
def test_blind_enforcement_takes_rules_that_look_at_forwards_alone_wherever_they_hold(untreated):
    blind = evolve(DEFAULT, enforcement=Enforcement.BLIND)
    check(blind, [UNCAPPED, preset("whatsapp-latest"), Policy("hops", hop_limit=3, cap_hour=9)])
    ours = Policy("ours", cap_person=3)
    policy = Policy("theirs", untreated=ours) if untreated else ours
    with pytest.raises(ConfigurationError, match="policy ours has cap_person under blind"):
        check(blind, [UNCAPPED, policy])
    with pytest.raises(
        ConfigurationError, match=r"whatsapp-2017 has a cap of 256 chats.*at most 25"
    ):
        check(blind, [UNCAPPED, preset("whatsapp-2017")])
