"""Policies as values: what they refuse, what they compile to, how they call themselves."""

from __future__ import annotations

import pytest

from chatsim.errors import ConfigurationError
from chatsim.model import HOP_MAX
from chatsim.policy import Policy, Tier, compile_row, decision
from chatsim.randomness.tables import FACTOR_ONE


@pytest.mark.parametrize("starts", [(), (1,), (0, 5, 3), (0, 5, 5), (0, 1, 2, 3, 4)])
def test_tiers_start_at_zero_rise_and_are_at_most_four(starts):
    with pytest.raises(ConfigurationError, match="policy mine: tiers start at hops"):
        Policy("mine", tiers=tuple(Tier(from_hop=start) for start in starts))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Tier(chats=-1), "chats is -1; it takes a number of chats from 0 up"),
        (lambda: Tier(groups=-1), "groups is -1"),
        (lambda: Tier(from_hop=128), "from_hop is 128; it takes a number of hops from 0 to 127"),
        (lambda: Policy("mine", cap_person=-5), "cap_person is -5"),
        (lambda: Policy("mine", cap_total=decision.UNLIMITED), "cap_total is"),
        (lambda: Policy("mine", hop_limit=-1), "hop_limit is -1"),
        (lambda: Policy("mine", label_many_from=200), "label_many_from is 200"),
    ],
)
def test_a_cap_or_hop_out_of_range_is_refused_by_name(make, says):
    with pytest.raises(ConfigurationError) as refusal:
        make()
    assert str(refusal.value).startswith(says)


def test_a_row_has_every_column_in_its_place():
    policy = Policy(
        name="mine",
        tiers=(Tier(0, 50, 40), Tier(3, 30)),
        cap_person=7,
        cap_total=8,
        hop_limit=9,
        label_forwarded_from=1,
        label_many_from=5,
    )
    free, never = decision.UNLIMITED, decision.NEVER
    row = compile_row(policy)
    assert row == (
        *(0, 3, never, never),
        *(50, 30, free, free),
        *(40, free, free, free),
        *(7, 8, 9, 1, 5),
        *(free, never, 0, 0),
        *(0, FACTOR_ONE, FACTOR_ONE),
        *(free, 0, 0),
        *(free, 0),
        *(0,) * 3,
    )
    assert len(row) == decision.ROW_LENGTH


def test_what_is_not_said_has_no_limit_and_no_label():
    row = compile_row(Policy("mine"))
    assert row[decision.CAP_PERSON] == row[decision.CAP_TOTAL] == decision.UNLIMITED
    assert row[decision.HOP_LIMIT] == HOP_MAX
    assert row[decision.LABEL_FORWARDED_FROM] == row[decision.LABEL_MANY_FROM] == decision.NEVER
    assert not Policy("mine").labels


@pytest.mark.parametrize(
    ("tiers", "words"),
    [
        ((Tier(),), "any"),
        ((Tier(chats=20),), "20"),
        ((Tier(chats=5), Tier(5, 1)), "5, then 1"),
        ((Tier(chats=5), Tier(1, 5, 1), Tier(5, 1, 1)), "5, then 1"),
        ((Tier(), Tier(2, 0)), "any, then 0"),
    ],
)
def test_chats_at_a_time_in_words(tiers, words):
    assert Policy("mine", tiers=tiers).chats_at_a_time == words
