"""Fewer people than the threshold open nothing, whoever they are; that many open all of it; and what it cannot do."""

from __future__ import annotations

from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsim.errors import ConfigurationError
from chatsim.provenance import signed_origin
from chatsim.provenance.keys import KEY_BYTES
from chatsim.provenance.threshold import ADDED_BYTES, PRIME, Tally, opening, report
from tests.tracing import ROOT, TEXT, World

SEED = bytes(range(32))
PEOPLE = range(7)


def said(reporter: int, threshold: int = 3, seed: bytes = SEED) -> bytes:
    return report(seed, threshold, reporter, b"evidence of %d" % reporter)


@pytest.mark.parametrize("threshold", range(1, 6))
def test_no_fewer_people_than_the_threshold_open_anything_and_any_that_many_do(threshold):
    reports = [said(reporter, threshold) for reporter in PEOPLE]
    for few in combinations(PEOPLE, threshold - 1):
        tally = Tally(threshold)
        assert not any(tally.hear(reporter, reports[reporter]) for reporter in few)
    for enough in combinations(PEOPLE, threshold):
        tally = Tally(threshold)
        *before, last = [tally.hear(reporter, reports[reporter]) for reporter in enough]
        assert not any(before)
        assert sorted(last) == [(reporter, b"evidence of %d" % reporter) for reporter in enough]


@pytest.mark.parametrize("threshold", range(2, 6))
def test_the_shares_of_too_few_give_no_key(threshold):
    """Not even to a platform that takes them for enough."""
    tally = Tally(threshold)
    for reporter in PEOPLE:
        tally.hear(reporter, said(reporter, threshold))
    ((name, lineage),) = tally._lineages.items()
    shares = lineage.shares.values()
    assert not any(opening(name, few) for few in combinations(shares, threshold - 1))
    assert all(opening(name, enough) for enough in combinations(shares, threshold))


def test_the_order_of_reports_does_not_matter_and_each_opens_once():
    for order in permutations(range(4)):
        tally = Tally(3)
        heard = [tally.hear(reporter, said(reporter)) for reporter in order]
        assert [[each.reporter for each in some] for some in heard] == [
            [],
            [],
            [*order[:3]],
            [order[3]],
        ]


def test_a_report_is_as_much_longer_than_its_evidence_whatever_the_threshold():
    for threshold in (1, 3, 30):
        assert len(said(3, threshold)) == len(b"evidence of 3") + ADDED_BYTES


def test_one_account_counts_once():
    tally = Tally(2)
    assert tally.hear(3, said(3, 2)) == tally.hear(3, said(3, 2)) == ()
    assert tally.hear(4, said(4, 2))


def test_one_account_is_heard_once_also_where_all_is_open():
    tally = Tally(1)
    assert tally.hear(3, said(3, 1))
    assert tally.hear(3, said(3, 1)) == ()


def test_a_share_counts_only_for_the_account_that_it_was_made_for():
    tally = Tally(2)
    tally.hear(3, said(3, 2))
    assert tally.hear(4, said(5, 2)) == ()


def test_lineages_and_thresholds_are_counted_apart():
    tally = Tally(2)
    tally.hear(3, said(3, 2))
    assert tally.hear(4, said(4, 2, bytes(32))) == ()
    assert tally.hear(5, said(5, 3)) == ()
    assert tally.hear(6, said(6, 2))


def test_a_false_share_delays_until_enough_true_ones_are_there():
    tally = Tally(3)
    false = bytearray(said(0))
    false[20] ^= 1
    tally.hear(0, bytes(false))
    heard = [tally.hear(reporter, said(reporter)) for reporter in (1, 2, 3, 4)]
    assert [len(each) for each in heard] == [0, 0, 4, 1]


def test_what_was_sealed_otherwise_stays_shut_when_the_others_open():
    tally = Tally(2)
    garbled = bytearray(said(0, 2))
    garbled[-1] ^= 1
    tally.hear(0, bytes(garbled))
    assert not tally.hear(1, said(1, 2))
    assert [each.reporter for each in tally.hear(2, said(2, 2))] == [1, 2]


def test_a_value_outside_the_field_is_no_report():
    tally = Tally(1)
    right = said(3, 1)
    assert tally.hear(3, right[:16] + PRIME.to_bytes(32, "big") + right[48:]) == ()
    assert tally.hear(3, right)


@given(data=st.lists(st.binary(max_size=120), max_size=6))
def test_any_bytes_are_taken(data):
    tally = Tally(2)
    assert not any(tally.hear(reporter, each) for reporter, each in enumerate(data))


def test_a_threshold_is_at_least_one():
    with pytest.raises(ConfigurationError, match=r"0 reports; it takes 1 or more"):
        Tally(0)


def test_the_third_report_of_a_signed_copy_names_its_originator():
    world = World(signed_origin.set_up(ROOT))
    tally, heard = Tally(3), []
    for node in world.grow([0, 1, 1]):
        seed = node.proof.inner[:KEY_BYTES]
        heard.append(tally.hear(node.holder, report(seed, 3, node.holder, world.evidence(node))))
    assert [len(each) for each in heard] == [0, 0, 3, 1]
    findings = [world.examine(each.evidence) for opened in heard for each in opened]
    assert {finding.originator for finding in findings} == {0}


def test_pasting_splits_the_count():
    world = World(signed_origin.set_up(ROOT))
    first = world.original(0, 1, TEXT)
    pasted = world.original(1, 2, TEXT)
    tally = Tally(2)
    for node in (first, pasted):
        seed = node.proof.inner[:KEY_BYTES]
        assert tally.hear(node.holder, report(seed, 2, node.holder, world.evidence(node))) == ()


def test_many_accounts_of_one_person_or_one_seed_that_was_handed_over_open_it():
    """What it does not do."""
    tally = Tally(3)
    mine = [tally.hear(account, said(account)) for account in (100, 101, 102)]
    assert mine[-1]
    tally = Tally(3)
    tally.hear(3, said(3))
    platform = [tally.hear(made_up, said(made_up)) for made_up in (200, 201)]
    assert (3, b"evidence of 3") in platform[-1]
