"""Every mode keeps what it claims, and what it admits not to hold is seen not to hold; and no probe is blind."""

from __future__ import annotations

import functools

import attrs
import pytest

from chatsim.model import Enforcement, Traceability
from chatsim.provenance.blind import Issuer
from chatsim.provenance.enforcement_claims import EnforcementClaims, Officers, Outcome
from chatsim.provenance.keys import fresh
from chatsim.provenance.receipt import Mint
from chatsim.provenance.threshold_claims import ThresholdClaims
from chatsim.provenance.values import Claims, Names
from chatsim.relay import blind_tokens, lineages, permits
from chatsim.relay.allowances import Allowances
from chatsim.relay.lineages import Ledger
from chatsim.relay.permits import Permits
from chatsim.relay.spent_tokens import SpentTokens
from chatsim.testing.probes import (
    blaming,
    cheating,
    deciding,
    dumping,
    linking,
    officers,
    racing,
    searching,
)
from chatsim.testing.probes.linking import Axis
from chatsim.testing.probes.mode import BY_COPY, BY_LINEAGE, CHATS, Mode, mode_of
from chatsim.testing.probes.sealing import Seals, Wrapped
from chatsim.testing.probes.suite import (
    ENFORCEMENT,
    TRACEABILITY,
    disagreements,
    hop_disagreements,
    wrapper_disagreements,
)
from chatsim.testing.probes.wrapping import WRAPPER, Reporting
from chatsim.testing.probes.writing import Pen
from tests import lying_wrappers
from tests.lying_modes import LIES, lying

CLIENT, CLEAR, RECEIPT, BLIND = (
    Enforcement.CLIENT,
    Enforcement.CLEAR,
    Enforcement.RECEIPT,
    Enforcement.BLIND,
)
ENFORCED = {
    "client": (Enforcement.CLIENT, BY_COPY),
    "clear": (Enforcement.CLEAR, BY_COPY),
    "clear by lineage": (Enforcement.CLEAR, BY_LINEAGE),
    "receipt": (Enforcement.RECEIPT, BY_COPY),
    "receipt by lineage": (Enforcement.RECEIPT, BY_LINEAGE),
    "blind": (Enforcement.BLIND, BY_COPY),
}
TRACED = list(Traceability)


@functools.cache
def traced(mode: Traceability) -> Mode:
    """Under `client`, which adds nothing of its own."""
    return mode_of(Enforcement.CLIENT, mode)


@functools.cache
def enforced(name: str) -> Mode:
    enforcement, policy = ENFORCED[name]
    return mode_of(enforcement, Traceability.NONE, policy)


DUMP = functools.cache(dumping.dump)


@pytest.fixture(autouse=True)
def one_dump_a_mode(monkeypatch):
    """It is the dearest of the probes, and some tests look at the same one."""
    monkeypatch.setattr(dumping, "dump", DUMP)


@pytest.mark.parametrize("probe", TRACEABILITY)
@pytest.mark.parametrize("mode", TRACED)
def test_a_traceability_mode_is_what_it_claims(mode, probe):
    assert TRACEABILITY[probe](traced(mode)) == getattr(traced(mode).tracing.claims, probe)


@pytest.mark.parametrize("probe", ENFORCEMENT)
@pytest.mark.parametrize("name", ENFORCED)
def test_an_enforcement_mode_is_what_it_claims(name, probe):
    assert ENFORCEMENT[probe](enforced(name)) == getattr(enforced(name).hop, probe)


@pytest.mark.parametrize("probe", WRAPPER)
def test_a_threshold_is_what_it_claims(probe):
    assert WRAPPER[probe](Reporting()) is getattr(Reporting().claims, probe)


def test_every_claim_has_a_probe():
    not_measured = {"unreviewed"}
    assert attrs.fields_dict(Claims).keys() - not_measured == TRACEABILITY.keys()
    assert attrs.fields_dict(EnforcementClaims).keys() - not_measured == ENFORCEMENT.keys()
    assert attrs.fields_dict(ThresholdClaims).keys() - not_measured == WRAPPER.keys()


@pytest.mark.parametrize("enforcement", [Enforcement.CLEAR, Enforcement.RECEIPT])
@pytest.mark.parametrize("mode", TRACED)
def test_a_report_names_the_same_whoever_keeps_the_counter(mode, enforcement):
    both = mode_of(enforcement, mode)
    assert blaming.names(both) == both.tracing.claims.names


@pytest.mark.parametrize("seed", range(2, 6))
@pytest.mark.parametrize("mode", [Traceability.TRACEBACK, Traceability.TRACEBACK_SEALED])
def test_every_report_of_every_random_cascade_gives_the_exact_path(mode, seed):
    assert blaming.names(mode_of(RECEIPT, mode), seed) is Names.PATH


@pytest.mark.parametrize("policy", [BY_COPY, BY_LINEAGE, deciding.STRICT], ids=lambda one: one.name)
@pytest.mark.parametrize("seed", range(1, 6))
def test_receipt_decides_as_clear_does_act_by_act(seed, policy):
    clear, receipt = (
        list(deciding.decisions(mode_of(enforcement, Traceability.NONE, policy), seed))
        for enforcement in (Enforcement.CLEAR, Enforcement.RECEIPT)
    )
    assert receipt == clear
    refused = sum(not each.verdict.allowed for each in clear)
    assert 30 < refused < len(clear) - 30


@pytest.mark.parametrize("policy", [BY_COPY, deciding.STRICT_BY_COPY], ids=lambda one: one.name)
@pytest.mark.parametrize("seed", range(1, 4))
def test_blind_decides_as_clear_does_where_apps_are_honest(seed, policy):
    clear, blind = (
        list(deciding.decisions(mode_of(enforcement, Traceability.NONE, policy), seed))
        for enforcement in (CLEAR, BLIND)
    )
    assert blind == clear
    assert sum(not each.verdict.allowed for each in clear) > 30


# Bodies that are really sealed.


def sealed(enforcement, traceability):
    return attrs.evolve(mode_of(enforcement, traceability), sealed=True)


def test_sealed_messages_leave_nothing_either_under_client_and_none():
    left = dumping.dump(sealed(CLIENT, Traceability.NONE))
    assert left.messages == 1_000
    assert left.nothing


@pytest.mark.parametrize("enforcement", [CLIENT, RECEIPT])
def test_sealing_adds_nothing_by_which_a_forward_is_known(enforcement):
    mode = sealed(enforcement, Traceability.TRACEBACK_SEALED)
    assert linking.is_linked(mode, Axis.TRACEABILITY) is False
    assert linking.new_or_forward(mode, Axis.TRACEABILITY).certain is False
    assert linking.is_linked(mode, Axis.ENFORCEMENT) is mode.hop.linkage


def test_a_seal_that_shows_the_text_is_caught(monkeypatch):
    monkeypatch.setattr(Seals, "seal", lambda *given: Wrapped(bytes(48), given[-1]))
    monkeypatch.setattr(Seals, "opened", lambda *given: given[-1])
    mode = sealed(CLIENT, Traceability.NONE)
    assert linking.is_linked(mode, Axis.TRACEABILITY) is True


# No probe is blind: modes that lie, and relays that are broken.


@pytest.mark.parametrize(("keeper", "name"), [(Ledger, "clear"), (Permits, "receipt")])
def test_officers_who_recognise_nothing_are_caught(monkeypatch, keeper, name):
    monkeypatch.setattr(keeper, "content_of", lambda *_: fresh(16))
    assert officers.officers(enforced(name)) is Officers.NONE != enforced(name).hop.officers


def test_officers_who_know_a_lineage_by_its_text_are_caught(monkeypatch):
    monkeypatch.setattr(Permits, "content_of", lambda *_: b"the same for all")
    monkeypatch.setattr(Permits, "complained_of", lambda *_: b"the same for all")
    assert officers.officers(enforced("receipt")) is Officers.ALL


@pytest.mark.parametrize("lie", LIES)
def test_a_mode_that_lies_is_caught(lie):
    kind, claims, caught = LIES[lie]
    mode = lying(kind(), **claims)
    told = mode.tracing.claims
    unseen = {claim for claim in caught if TRACEABILITY[claim](mode) == getattr(told, claim)}
    assert not unseen


@pytest.mark.parametrize("lie", lying_wrappers.LIES)
def test_a_wrapper_that_lies_is_caught(lie):
    reporting, caught = lying_wrappers.LIES[lie]
    assert {each.claim for each in wrapper_disagreements(reporting)} >= caught


def test_every_claim_of_a_threshold_has_a_wrapper_that_breaks_it():
    assert set().union(*(caught for _, caught in lying_wrappers.LIES.values())) == WRAPPER.keys()


def always(answer):
    return lambda *_, **__: answer


BROKEN = [
    (CLEAR, "over_cap", lineages, "decide", always((0, 0))),
    (CLEAR, "replay", lineages, "decide", always((0, 0))),
    (CLEAR, "steal", lineages, "_was_received", always(True)),
    (CLEAR, "lower_hop", lineages, "next_hop", always(0)),
    (CLEAR, "raise_hop", lineages, "next_hop", lambda hop: hop + 2),
    (CLEAR, "late", Ledger, "find", lambda self, stamp, *_: self._records[stamp[-1]]),
    (RECEIPT, "over_cap", permits, "decide", always((0, 0))),
    (RECEIPT, "replay", Allowances, "refill", lambda self, _: self._used.clear()),
    (
        RECEIPT,
        "steal",
        Permits,
        "find",
        lambda self, stamp, outer, *_: self._mint.read(stamp, outer),
    ),
    (
        RECEIPT,
        "late",
        Permits,
        "find",
        lambda self, stamp, outer, *_: self._mint.read(stamp, outer),
    ),
    (RECEIPT, "lower_hop", Mint, "is_genuine", always(True)),
    (RECEIPT, "raise_hop", Mint, "is_genuine", always(True)),
    (RECEIPT, "swap_text", Pen, "read", Pen.opened),
    (BLIND, "over_cap", blind_tokens, "decide", always((0, 0))),
    (BLIND, "replay", SpentTokens, "is_fresh", always(True)),
    (BLIND, "late", SpentTokens, "is_fresh", always(True)),
    (BLIND, "lower_hop", Issuer, "is_genuine", always(True)),
    (BLIND, "raise_hop", Issuer, "is_genuine", always(True)),
]
"""(mode, cheat, whose function, its name, what stands in for it)."""


@pytest.mark.parametrize(
    ("mode", "cheat", "owner", "name", "broken"),
    BROKEN,
    ids=[f"{each[0]} {each[1]}" for each in BROKEN],
)
def test_a_relay_or_an_app_that_is_broken_is_caught(mode, cheat, owner, name, broken, monkeypatch):
    mode = mode_of(mode, Traceability.NONE)
    assert cheating.tried(cheat, mode) is getattr(mode.hop, cheat)
    assert getattr(mode.hop, cheat) is not Outcome.WORKS
    monkeypatch.setattr(owner, name, broken)
    if cheat == "late":
        monkeypatch.setattr(Ledger, "expire", always(None))
    if cheat in {"lower_hop", "raise_hop"}:
        monkeypatch.setattr(cheating, "_begun", begun_whatever_the_hop)
    assert cheating.tried(cheat, mode) is Outcome.WORKS


def begun_whatever_the_hop(mode):
    bench = cheating.Bench(mode, cheating.pairs(cheating.USERS))
    bench.original(0, cheating.TEXT, 1)
    for user in range(1, cheating.CHEAT):
        bench.forward(user, bench.last(user), user + 1)
    return bench


def test_a_difference_between_the_two_that_decide_alike_is_caught(monkeypatch):
    clear = list(deciding.decisions(mode_of(CLEAR, Traceability.NONE), 1))
    monkeypatch.setattr(permits, "next_hop", lambda hop: hop)
    assert list(deciding.decisions(mode_of(RECEIPT, Traceability.NONE), 1)) != clear


def test_a_budget_that_a_race_breaks_is_caught(monkeypatch):
    monkeypatch.setattr(Allowances, "refill", lambda self, _: self._used.clear())
    assert racing.admitted(mode_of(RECEIPT, Traceability.NONE)) > CHATS


def test_all_that_disagrees_is_told_at_once():
    lie = lying(LIES["tags"][0]())
    told = {each.claim for each in disagreements(lie)}
    assert told == {"names", "frameable", "recipients_learn", "search"}
    claims_clear = attrs.evolve(lie, hop=mode_of(Enforcement.CLEAR, Traceability.NONE).hop)
    assert {each.claim for each in hop_disagreements(claims_clear)} >= {"over_cap", "stored"}


# What is more than one claim.


def test_client_and_none_leave_nothing_anywhere_that_ties_anybody_to_a_message():
    left = dumping.dump(traced(Traceability.NONE))
    assert left.messages == 1_000
    assert left.nothing
    assert not left.at_rest


def test_clear_leaves_everybody_and_no_text():
    left = dumping.dump(enforced("clear"))
    assert len(left.at_rest) == len(left.remembered) == dumping.USERS
    assert left.entries >= left.messages
    assert not left.texts
    assert not left.logged
    assert not left.nothing


@pytest.mark.parametrize("enforcement", [CLIENT, RECEIPT])
def test_the_key_in_escrow_is_not_at_the_relay_whose_own_key_is(enforcement):
    escrowed = dumping.dump(mode_of(enforcement, Traceability.TAG_ESCROWED))
    assert not escrowed.root_at_rest
    assert dumping.dump(mode_of(enforcement, Traceability.FRANK)).root_at_rest


def test_a_database_of_hashes_leaves_everybody_who_was_first_and_every_hash():
    left = dumping.dump(traced(Traceability.HASHDB))
    assert len(left.at_rest) == len(left.remembered) == dumping.USERS
    assert left.texts == left.entries == left.messages / 2


def test_the_search_under_clear_finds_everybody_who_sent_anything():
    found = searching.found(enforced("clear"))
    assert found == {*searching.PEOPLE} - {searching.REPORTER}


def test_the_search_under_receipt_finds_other_branches_too_where_lineages_are_counted():
    found = searching.found(enforced("receipt by lineage"))
    assert found == {*searching.ON_ITS_WAY, *searching.ELSEWHERE}
    assert searching.found(enforced("receipt")) == {searching.ON_ITS_WAY[-1]}


@pytest.mark.parametrize("mode", TRACED)
def test_a_report_names_nobody_who_never_sent_the_text_where_somebody_cut_the_chain(mode):
    assert not blaming.innocent_after_a_cut(traced(mode))


def test_somebody_who_never_sent_the_text_is_seen():
    lie = lying(LIES["names a bystander"][0]())
    assert blaming.innocent_after_a_cut(lie) == {11}


@pytest.mark.parametrize("name", ENFORCED)
def test_of_256_forwards_at_once_as_many_get_through_as_may(name):
    mode = enforced(name)
    most = racing.DEVICES * racing.EACH
    assert racing.admitted(mode) == (CHATS if mode.hop.hop_enforced else most)
