"""Whom an attacker finds who has all that is at rest, every key of the relay's, and one reported copy.

The attacker runs the relay's own code on what was taken: as every user in turn, in every chat. What the store holds of
whoever passed the message on shows in what the relay then refuses, looks up, or stamps.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from attrs import evolve

from chatsim.policy import Policy
from chatsim.policy.values import Tier
from chatsim.provenance.keys import number_bytes
from chatsim.provenance.values import Finding, Search
from chatsim.relay.changes import Saved
from chatsim.testing.probes.bench import REFILL_TICKS, Bench, Company, chat
from chatsim.testing.probes.keeping import book_of, shelf
from chatsim.testing.probes.looking import PROBED_FROM, digests, users_in, windows
from chatsim.testing.probes.mode import CHATS, Mode
from chatsim.testing.probes.recording import Pages, Recorder
from chatsim.testing.probes.writing import Letter

PEOPLE = range(PROBED_FROM, PROBED_FROM + 24)
ORIGINATOR, *ON_ITS_WAY, REPORTER = PEOPLE[:10]
"""One begins, eight pass it on, the last of them to the reporter."""
ELSEWHERE = PEOPLE[10:12]
"""They pass it on as well, to others."""
OTHERS = PEOPLE[12:]
"""They have other matters."""
CHAIN = len(ON_ITS_WAY)
TEXT = b"passed on eight times"


def search(mode: Mode) -> Search | None:
    """Who is found; None where that is not one of the answers that a mode can claim."""
    return _classified(found(mode))


def found(mode: Mode) -> frozenset[int]:
    """Everybody who is tied to the reported copy's lineage; or who can be read there at all, where all senders can."""
    company = Company(PEOPLE, [PEOPLE] * (CHAIN + 4))
    with shelf(mode.root) as kept:
        bench = Bench(mode, company)
        for user in OTHERS:
            bench.original(user, b"other matter %d" % user, chat(CHAIN + 3))
        bench.original(ORIGINATOR, TEXT, chat(0))
        for at, user in enumerate(ELSEWHERE):
            bench.forward(user, _from(bench, user, ORIGINATOR), chat(CHAIN + 1 + at))
        for at, user in enumerate(ON_ITS_WAY):
            bench.forward(user, _from(bench, user, PEOPLE[at]), chat(at + 1))
        reported = _from(bench, REPORTER, ON_ITS_WAY[-1])
        book = book_of(bench)
        kept.keep(bench)
        shown = users_in(b"".join(chain(*kept.rows().values())), PEOPLE)
        saved = kept.close()
    if shown >= {ORIGINATOR, *ON_ITS_WAY, *ELSEWHERE, *OTHERS}:
        return shown
    traced = _by_examiner(mode, book, bench, reported) | _by_book(mode, book, reported)
    by_stamp = _by_stamp(bench, saved, reported)
    return traced | _by_records(saved, reported) | by_stamp | _by_asking(bench, saved, reported)


def _from(bench: Bench, user: int, sender: int) -> Letter:
    """The copy that went from `sender` to a group that `user` is in."""
    return next(
        letter
        for letter in bench.apps[user].shown
        if letter.text == TEXT and letter.sender == sender
    )


def _classified(people: frozenset[int]) -> Search | None:
    if not people:
        return Search.NOBODY
    if people == {ON_ITS_WAY[-1]}:
        return Search.SENDER
    if people == {ORIGINATOR}:
        return Search.ORIGIN
    if people >= {ORIGINATOR, *ON_ITS_WAY, *ELSEWHERE}:
        return Search.ALL
    return Search.FORWARDERS if people >= {*ON_ITS_WAY} else None


def _by_examiner(mode: Mode, book: Pages, bench: Bench, reported: Letter) -> frozenset[int]:
    examiner = mode.outsider or mode.tracing.examiner
    finding: Finding | None = examiner.examine(book, bench.pen.evidence(reported))
    return frozenset() if finding is None else finding.exposed


def _by_book(mode: Mode, book: Pages, reported: Letter) -> frozenset[int]:
    """Users in entries that have something in common with the copy, or who would touch an entry or get its stamp."""
    proof = reported.proof
    marks = windows(b"".join(proof)) | {proof.outer, *digests(TEXT)} - {b""}
    people: set[int] = set()
    for key, value in book.items():
        if any(mark in key or mark in value for mark in marks):
            numbers = {user: number_bytes(user) for user in PEOPLE}
            people |= {user for user, number in numbers.items() if number in value}
    before = frozenset(key for key, _ in book.items())
    for user in PEOPLE:
        recorder, copied = Recorder(mode.tracing.relay), book.copied()
        stamp = recorder.admit(copied, 0, user, (chat(CHAIN),), proof.outer)
        if stamp and stamp == proof.stamp:
            people.add(user)
        if recorder.touched & before and not _touched_by_anybody(mode, book, proof.outer):
            people.add(user)
    return frozenset(people)


def _touched_by_anybody(mode: Mode, book: Pages, outer: bytes) -> bool:
    """Whether the same entry is touched whoever sends: it says nothing about a user then."""
    before = frozenset(key for key, _ in book.items())
    touched = []
    for user in (PEOPLE[-1] + 1, PEOPLE[-1] + 2):
        recorder = Recorder(mode.tracing.relay)
        recorder.admit(book.copied(), 0, user, (chat(CHAIN),), outer)
        touched.append(recorder.touched & before)
    return all(touched)


def _by_records(saved: Saved, reported: Letter) -> frozenset[int]:
    """Records of the copy's lineage, where the relay has records."""
    number = int.from_bytes(reported.stamp or b"", "big")
    lineages = {record.lineage for record in saved.records if record.number == number}
    return frozenset(record.sender for record in saved.records if record.lineage in lineages)


def _by_stamp(bench: Bench, saved: Saved, reported: Letter) -> frozenset[int]:
    """Users whose numbers are in the stamp, which the relay takes for its own as it is, and not with another number."""
    stamp = reported.stamp or b""
    people = set()
    for user in PEOPLE:
        number = number_bytes(user)
        if number in stamp:
            changed = reported._replace(stamp=stamp.replace(number, number_bytes(OTHERS[0])))
            if _passes(bench, saved, reported) and not _passes(bench, saved, changed):
                people.add(user)
    return frozenset(people)


def _passes(bench: Bench, saved: Saved, letter: Letter) -> bool:
    """Whether a relay that took over lets the reporter forward this, once the caps are fresh again."""
    other = Bench(bench.mode, bench.company, saved=saved, now=bench.now + REFILL_TICKS)
    return other.forward(REPORTER, letter, chat(0)).allowed


def _by_asking(bench: Bench, saved: Saved, reported: Letter) -> frozenset[int]:
    """Everybody whom a relay that took over refuses what it allows to somebody who was never there.

    Whoever runs the relay can also run it under other rules, in which every chat that was used up counts.
    """
    if reported.stamp is None:
        return frozenset()
    people = set()
    for policy in _telling(bench.mode.policy):
        for user in PEOPLE:
            asked = evolve(bench.mode, policy=policy)
            other = Bench(asked, bench.company, saved=saved, now=bench.now)
            verdict = other.send(user, other.pen.forward(user, reported), chat(0), chat(1))
            if not verdict.allowed:
                people.add(user)
    return frozenset(people) if len(people) < len(PEOPLE) else frozenset()


def _telling(policy: Policy) -> Iterator[Policy]:
    """Rules with two chats a time, and where persons are counted, two in all: one who spent any has not both."""
    assert policy.tiers == (Tier(chats=CHATS),)
    person = None if policy.cap_person is None else 2
    yield evolve(policy, tiers=(Tier(chats=2),), cap_person=person)
