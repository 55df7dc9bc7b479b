"""Claims as sentences: a claim that changes is a sentence that changes."""

from __future__ import annotations

import attrs
import pytest

from chatsim.model import Enforcement, Traceability
from chatsim.provenance.describing import (
    UNREVIEWED,
    describe_enforcement,
    describe_traceability,
)
from chatsim.provenance.enforcement_claims import Outcome, enforcement_claims
from chatsim.provenance.untraced import CLAIMS
from chatsim.provenance.values import Names, Search, Stored

OTHERS = {
    "names": Names.PATH,
    "frameable": True,
    "stored": Stored.ALL,
    "search": Search.ORIGIN,
    "new_or_forward": True,
    "linkage": True,
    "recipients_learn": True,
    "unreviewed": True,
}


@pytest.mark.parametrize("claim", OTHERS)
def test_every_claim_of_a_traceability_mode_shows(claim):
    plain = describe_traceability(Traceability.NONE, CLAIMS).sentences
    other = describe_traceability(
        Traceability.NONE, attrs.evolve(CLAIMS, **{claim: OTHERS[claim]})
    ).sentences
    assert plain != other


def test_what_shows_users_at_rest_or_answers_a_dictionary_says_so():
    kept = attrs.evolve(CLAIMS, stored=Stored.ALL, names=Names.FIRST)
    shown = attrs.evolve(kept, ids_at_rest=True, dictionary=True)
    plain = describe_traceability(Traceability.HASHDB, kept)
    told = describe_traceability(Traceability.HASHDB, shown)
    assert "sees users' numbers" in told.stored
    assert "without users' numbers" in plain.stored
    assert "an entry for every text until" in told.stored
    other = describe_traceability(Traceability.TRACEBACK, attrs.evolve(kept, names=Names.PATH))
    assert "an entry for every message until" in other.stored
    assert "look up any text" in told.officers
    assert "nothing else" in plain.officers


def test_who_can_lie_about_the_hop_is_said_of_each_enforcement_mode():
    told = {
        mode: describe_enforcement(mode, enforcement_claims(mode)).framed for mode in Enforcement
    }
    assert "any number of forwards" in told[Enforcement.CLIENT]
    assert "another text" in told[Enforcement.CLEAR]
    assert "another text" not in told[Enforcement.RECEIPT]
    assert "in anybody's hands" in told[Enforcement.BLIND]
    assert all("paste" in sentence for sentence in told.values())


def test_receipt_admits_what_counting_by_lineage_shows():
    few = enforcement_claims(Enforcement.RECEIPT)
    many = enforcement_claims(Enforcement.RECEIPT, counts_lineages=True)
    assert (few.search, many.search) == (Search.SENDER, Search.FORWARDERS)
    assert "passed it on" in describe_enforcement(Enforcement.RECEIPT, many).without_report


def test_blind_admits_what_coming_back_for_more_tokens_shows():
    leaks = describe_enforcement(
        Enforcement.BLIND, enforcement_claims(Enforcement.BLIND)
    ).without_report
    assert "tell forwards from new texts" in leaks
    assert "forwards a second time" in leaks


def test_a_construction_of_our_own_is_marked():
    described = describe_enforcement(Enforcement.RECEIPT, enforcement_claims(Enforcement.RECEIPT))
    assert described.sentences[-1] == UNREVIEWED


def test_a_mode_enforces_the_hop_only_if_no_cheat_but_pasting_gets_around_it():
    assert [mode for mode in Enforcement if enforcement_claims(mode).hop_enforced] == [
        Enforcement.CLEAR,
        Enforcement.RECEIPT,
        Enforcement.BLIND,
    ]
    assert all(enforcement_claims(mode).paste is Outcome.WORKS for mode in Enforcement)
