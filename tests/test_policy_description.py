"""Policies in plain words."""

from __future__ import annotations

import pytest

from chatsim.policy import Breaker, Education, Friction, Local, Policy, Takedown, Tier
from chatsim.policy.description import describe, label_words, policy_rows
from chatsim.policy.presets import preset, preset_names


def test_the_list_has_every_name_once_and_says_how_to_name_a_flat_cap():
    assert [row.name for row in policy_rows()] == [*preset_names(), "cap-N"]


def test_a_row_says_the_caps_the_label_and_the_date():
    row = next(row for row in policy_rows() if row.name == "whatsapp-2022-11")
    assert (row.chats, row.groups, row.label, row.since) == (
        "5, then 1",
        "any, then 1",
        "forwarded, many times from 5",
        "2022-11-03",
    )


def test_a_description_says_everything_that_is_known():
    assert describe(preset("whatsapp-latest")).splitlines() == [
        "whatsapp-latest: WhatsApp, latest",
        "",
        "  Chats at a time       at most 5; at most 1, from 5 forwards so far",
        "  Groups among them     no limit; at most 1, for a forwarded copy",
        "  Per person, lifetime  no limit",
        "  Per person and hour   no limit",
        "  Over all people       no limit",
        "  Forwards in a row     no limit",
        "  Labels                forwarded, many times from 5",
        "  Members of a group    at most 1,024 (acts only with --group-max policy)",
        "  Since                 2022-11-03",
        "  Source                WhatsApp Help Center; Indian Express 2022-11-03",
        "  Last checked          2026-11-21",
        "  Note                  whatsapp-latest is whatsapp-2022-11, last checked",
        "                        2026-11-21.",
    ]


def test_what_is_from_memory_is_said():
    assert "labels, members of a group: not checked against a source" in describe(preset("signal"))


def test_a_policy_of_the_user_s_own_has_no_source_and_shows_its_caps():
    own = Policy(
        "ours", tiers=(Tier(chats=2_000, groups=0),), cap_person=3, cap_total=9, hop_limit=4
    )
    text = describe(own)
    assert text.startswith("ours\n")
    assert "Source" not in text
    for words in ("at most 2,000", "at most 0", "at most 3 chats for one message", "at most 4"):
        assert words in text


@pytest.mark.parametrize("name", [*preset_names(), "cap-3"])
def test_no_line_is_longer_than_80_characters(name):
    assert max(len(line) for line in describe(preset(name)).splitlines()) <= 80


@pytest.mark.parametrize(
    ("forwarded", "many", "words"),
    [
        (None, None, "none"),
        (1, None, "forwarded"),
        (2, 5, "forwarded from 2, many times from 5"),
        (None, 3, "many times from 3"),
    ],
)
def test_labels_in_words(forwarded, many, words):
    assert label_words(Policy("p", label_forwarded_from=forwarded, label_many_from=many)) == words


def test_rules_beyond_caps_have_a_line_each():
    policy = Policy(
        "ours",
        friction=Friction(0.15, 10, 1),
        education=Education(0.5, 0.8, 0.95),
        breaker=Breaker(2_000, 3_600, 21_600),
        takedown=Takedown(10, 86_400),
        regions=(Local("India", preset("cap-5")),),
    )
    told = " ".join(describe(policy).split())
    assert "Prompt 15 % give up, others wait 10 s, from 1 forwards so far" in told
    assert "Education reaches 50 % of people; they pass on 80 % of what is harmful" in told
    assert "Circuit breaker 2,000 copies in 1 h pause a content for 6 h" in told
    assert "Takedown 1 d after 10 complaints" in told
    assert "In India 5 chats at a time; chats at a time: 5" in told
