"""A user's own policies as TOML."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsim.errors import ConfigurationError
from chatsim.policy import (
    Breaker,
    Education,
    Friction,
    Local,
    Policy,
    Takedown,
    Tier,
    compile_row,
)
from chatsim.policy.files import dump_policy, read_policy
from chatsim.policy.presets import preset

FULL = """
name = "ours"
title = "Ours"
note = "What we would ship."
cap_person = "20 chats"
cap_total = "1.5B"
hop_limit = 3
group_members_max = "2,000"

[[tiers]]
chats = 5
groups = "unlimited"

[[tiers]]
from_hop = 2
chats = "1 chat"
groups = 0

[labels]
forwarded_from = 1
many_from = "none"
"""


@pytest.fixture
def policy_of(tmp_path):
    def read(text):
        path = tmp_path / "ours.toml"
        path.write_text(text, encoding="utf-8")
        return read_policy(path)

    return read


def test_every_key_is_read(policy_of):
    assert policy_of(FULL) == Policy(
        name="ours",
        title="Ours",
        note="What we would ship.",
        tiers=(Tier(0, 5, None), Tier(2, 1, 0)),
        cap_person=20,
        cap_total=1_500_000_000,
        hop_limit=3,
        group_members_max=2_000,
        label_forwarded_from=1,
    )


def test_an_empty_file_is_a_policy_without_any_limit_named_by_the_file(policy_of):
    assert policy_of("") == Policy("ours", title="ours")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "caps = 3",
            "caps is not a key of this table; it takes name, tiers, labels, title, note, source, since, cap_person",
        ),
        (
            "[[tiers]]\nchat = 3",
            "tiers[0].chat is not a key of this table; it takes from_hop, chats, groups",
        ),
        (
            "[labels]\nmany = 3",
            "labels.many is not a key of this table; it takes forwarded_from, many_from",
        ),
        ("[[tiers]]\nchats = -1", "tiers[0].chats is -1; it takes a whole number from 0 up"),
        ("cap_total = 'lots'", "cap_total is 'lots'; it takes a whole number from 0 up"),
        ("hop_limit = 200", "hop_limit is 200; it takes a number of hops from 0 to 127"),
        ("[[tiers]]\n[[tiers]]\nchats = 1", "tiers[1].from_hop is missing"),
        (
            "[[tiers]]\nfrom_hop = 2",
            "policy ours: tiers start at hops [2]; the first tier starts at hop 0",
        ),
        (
            "[[tiers]]\n[[tiers]]\nfrom_hop = 5\n[[tiers]]\nfrom_hop = 3",
            "policy ours: tiers start at hops [0, 5, 3]; the first tier starts at hop 0, the others rise",
        ),
        (
            "[labels]\nforwarded_from = 0",
            "labels.forwarded_from is 0; it takes a number of forwards from 1",
        ),
        (
            "[labels]\nforwarded_from = 5\nmany_from = 1",
            "labels.many_from is 1; it takes forwarded_from, which is 5, or more",
        ),
        ('name = "two\\nlines"', "name is 'two\\nlines'; it takes one line"),
        ("tiers = 3", "tiers is 3; it takes a list of tables"),
        ("labels = 3", "labels is 3; it takes a table"),
    ],
)
def test_what_cannot_be_used_is_told_with_file_key_and_what_it_takes(
    policy_of, tmp_path, text, says
):
    with pytest.raises(ConfigurationError) as refusal:
        policy_of(text)
    assert str(refusal.value).startswith(f"{tmp_path / 'ours.toml'}: {says}")


BEYOND_CAPS = """
cap_hour = "20 chats"
[friction]
abandon = "15 %"
delay = "10 s"
from_hop = 1
[education]
coverage = "50 %"
factor = "80 %"
harmless_factor = "95 %"
[breaker]
copies = "2,000"
window = "1 h"
pause = "6 h"
[takedown]
complaints = 10
review = "1 day"
[regions]
India = "cap-5"
[regions."Far away"]
cap_person = 3
[cohorts.testers.friction]
delay = "1 min"
[untreated]
hop_limit = 2
[untreated.regions]
India = "cap-1"
"""


def test_rules_beyond_caps_are_read_and_written(tmp_path):
    path = tmp_path / "ours.toml"
    path.write_text(BEYOND_CAPS, encoding="utf-8")
    policy = read_policy(path, preset)
    assert policy == Policy(
        name="ours",
        title="ours",
        cap_hour=20,
        friction=Friction(0.15, 10, 1),
        education=Education(0.5, 0.8, 0.95),
        breaker=Breaker(2_000, 3_600, 21_600),
        takedown=Takedown(10, 86_400),
        regions=(
            Local("India", preset("cap-5")),
            Local("Far away", Policy("Far away", "Far away", cap_person=3)),
        ),
        cohorts=(Local("testers", Policy("testers", "testers", friction=Friction(0, 60))),),
        untreated=Policy("ours", "ours", hop_limit=2, regions=(Local("India", preset("cap-1")),)),
    )
    again = tmp_path / "again.toml"
    again.write_text(dump_policy(policy), encoding="utf-8")
    assert [compile_row(each) for each in read_policy(again).everywhere] == [
        compile_row(each) for each in policy.everywhere
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[breaker]\ncopies = 3\nwindow = '1 h'", "breaker.pause is missing"),
        (
            "[breaker]\ncopies = 3\nwindow = '90 s'\npause = '1 h'",
            "breaker.window_seconds is 90 s; it takes whole minutes",
        ),
        (
            "[takedown]\ncomplaints = 0\nreview = '1 h'",
            "takedown.complaints is 0; it takes a number from 1",
        ),
        ("[friction]\nabandon = 2", "friction.abandon is 2; it takes a share"),
        ("[regions]\nIndia = 'cap-x'", "regions.India: there is no policy named 'cap-x'"),
        ("[regions.India.regions]\nGoa = 'cap-1'", "policy ours: the rules for India have regions"),
    ],
)
def test_a_rule_that_cannot_be_used_is_told_with_file_and_key(tmp_path, text, says):
    path = tmp_path / "ours.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as refusal:
        read_policy(path, preset)
    assert str(refusal.value).startswith(f"{path}: {says}")


CAPS = st.none() | st.integers(0, 10**9)
LABELS = st.sampled_from([(None, None), (1, None), (None, 4), (1, 5), (2, 2)])
TEXT = st.text(st.characters(categories=("L", "N", "P", "Zs")), min_size=1, max_size=40)


@given(
    TEXT.filter(str.strip).filter(str.isprintable),
    st.text(max_size=50).filter(lambda text: text.strip() or not text),
    *(CAPS for _ in range(4)),
    st.lists(st.tuples(CAPS, CAPS), min_size=1, max_size=4),
    LABELS,
)
def test_a_written_policy_reads_back_as_itself(
    tmp_path_factory, name, note, person, total, members, chats, tiers, labels
):
    policy = Policy(
        name=name,
        title="title",
        note=note,
        tiers=tuple(Tier(3 * i, *caps) for i, caps in enumerate([*tiers[:3], (chats, None)])),
        cap_person=person,
        cap_total=total,
        group_members_max=members,
        label_forwarded_from=labels[0],
        label_many_from=labels[1],
    )
    path = tmp_path_factory.mktemp("policies") / "p.toml"
    path.write_text(dump_policy(policy), encoding="utf-8", newline="")
    assert read_policy(path) == policy
