"""Whom reports name: in cascades where nobody cheats, where somebody cuts the chain, and where somebody lies."""

from __future__ import annotations

import random
from collections.abc import Iterator

from attrs import frozen

from chatsim.model import HOP_MAX
from chatsim.provenance.keys import number_bytes
from chatsim.provenance.values import Finding, Names, Proof, Slots
from chatsim.testing.probes.bench import Bench, Company, pairs
from chatsim.testing.probes.looking import PROBED_FROM, users_in
from chatsim.testing.probes.mode import Mode
from chatsim.testing.probes.writing import Letter

TREES = 4
NODES = 30


@frozen
class Node:
    """One copy shown, and the truth about it."""

    letter: Letter
    path: tuple[int, ...]
    """Everybody from its sender back to whoever began it."""
    first: int
    """Whoever first sent this very text, in any lineage."""


@frozen
class Report:
    """What a report of a copy brought to light."""

    node: Node
    finding: Finding | None
    tree: frozenset[int]
    """Everybody whom the lineage reached."""


def reports(mode: Mode, seed: int = 1) -> Iterator[Report]:
    """Every copy of random cascades, reported. The first two are of the same text."""
    draw = random.Random(seed)
    bench = Bench(mode, pairs(TREES * NODES))
    first: dict[bytes, int] = {}
    for at in range(TREES):
        users = range(at * NODES, (at + 1) * NODES)
        text = b"text %d" % max(at, 1)
        nodes = list(_cascade(bench, draw, list(users), text, first))
        tree = frozenset(users)
        for node in nodes:
            yield Report(node, bench.report(node.letter), tree)


def _cascade(
    bench: Bench, draw: random.Random, users: list[int], text: bytes, first: dict[bytes, int]
) -> Iterator[Node]:
    """A tree in which everybody got one copy, from somebody who held one before and had a chat left to spend."""
    root, *others = users
    first.setdefault(text, root)
    begins = [others.pop() for _ in range(2)]
    assert bench.original(root, text, *begins).allowed
    paths: dict[int, tuple[int, ...]] = dict.fromkeys(begins, (root,))
    spent = dict.fromkeys(begins, 0)
    for user in others:
        parent = draw.choice([each for each in paths if spent[each] < 3])
        assert bench.forward(parent, bench.last(parent), user).allowed
        spent[parent] += 1
        paths[user], spent[user] = (parent, *paths[parent]), 0
    for user, path in paths.items():
        yield Node(bench.last(user), path, first[text])


def names(mode: Mode, seed: int = 1) -> Names | None:
    """Whom reports name, always and exactly; None where that is not one of the answers that a mode can claim."""
    made = list(reports(mode, seed))
    found = [report.finding for report in made]
    if all(finding is None for finding in found):
        return Names.NOBODY
    pairs_ = [(report, report.finding) for report in made if report.finding is not None]
    if len(pairs_) < len(made):
        return None
    if all(finding.exposed >= report.tree for report, finding in pairs_):
        return Names.TREE
    if all(
        finding.path == report.node.path and finding.originator == report.node.path[-1]
        for report, finding in pairs_
    ):
        return Names.PATH
    if any(finding.exposed != {finding.originator} for _, finding in pairs_):
        return None
    if all(finding.originator == report.node.path[-1] for report, finding in pairs_):
        return Names.CLAIMED if _believes(mode) else Names.ORIGIN
    if all(finding.originator == report.node.first for report, finding in pairs_):
        return Names.FIRST
    if all(finding.originator == report.node.path[0] for report, finding in pairs_):
        return Names.SENDER
    return None


def _believes(mode: Mode) -> bool:
    """Whether a copy's own word about who began it is taken."""
    bench = Bench(mode, pairs(4))
    slots = mode.tracing.client.forged(0, 3, b"text", None)
    if slots is None or not bench.send(0, bench.pen.signed(b"text", slots), 1).allowed:
        return False
    finding = bench.report(bench.last(1)) if bench.apps[1].shown else None
    return finding is not None and finding.originator == 3


def innocent_after_a_cut(mode: Mode) -> frozenset[int]:
    """Whom reports name who never sent the text, where somebody in the middle passed it on as new.

    A tree shows the last recipient as well.
    """
    bench = Bench(mode, pairs(12))
    text = b"cut in the middle"
    bench.original(0, text, 1)
    for user in range(1, 8):
        held = bench.last(user)
        if user == 4:
            bench.original(user, held.text, user + 1)
        else:
            bench.forward(user, held, user + 1)
    named: set[int] = set()
    for user in range(1, 9):
        finding = bench.report(bench.last(user))
        named |= finding.exposed if finding else set()
        if finding is not None and user > 4 and finding.path:
            assert finding.path == tuple(range(user - 1, 3, -1)), "a path ends where it was cut"
    shown = 9 if mode.tracing.claims.names is Names.TREE else 8
    return frozenset(named - set(range(shown)))


ATTACKER, VICTIM, READER, ORIGINATOR = 1, 2, 3, 0


def framed(mode: Mode) -> bool:
    """Whether anything that a modified app can do has an examiner name somebody who had no part in it."""
    return any(_names_victim(bench, letter, text) for bench, letter, text in _lies(mode))


def _names_victim(bench: Bench, letter: Letter, text: bytes) -> bool:
    assert letter.text == text
    finding = bench.report(letter)
    return finding is not None and VICTIM in finding.exposed


def _lies(mode: Mode) -> Iterator[tuple[Bench, Letter, bytes]]:
    """Letters of texts that the victim never sent, as delivered and as a lying reporter makes them up."""
    bench = Bench(mode, pairs(8))
    client, bad = mode.tracing.client, b"never said by the victim"
    bench.original(ORIGINATOR, bad, ATTACKER)
    held = bench.last(ATTACKER)
    bench.original(VICTIM, b"the victim's own harmless words", ATTACKER, READER)
    harmless = bench.last(ATTACKER)
    honest = client.original(ATTACKER, bad)
    slots = [
        client.forged(ATTACKER, VICTIM, bad, None),
        client.forged(ATTACKER, VICTIM, bad, held.proof),
        Slots(harmless.proof.inner, harmless.proof.outer),
        Slots(harmless.proof.inner, honest.outer),
        Slots(honest.inner, harmless.proof.outer),
        client.forward(ATTACKER, bad, harmless.proof),
        Slots(*(_renamed(slot, ATTACKER) for slot in honest)),
        Slots(*(_renamed(slot, ORIGINATOR) for slot in client.forward(ATTACKER, bad, held.proof))),
    ]
    for each in slots:
        if each is None or len(each.inner) != client.inner_bytes:
            continue
        app = bench.apps[READER]
        before = len(app.copies)
        if bench.send(ATTACKER, bench.pen.signed(bad, each), READER).allowed:
            for copy in app.copies[before:]:
                yield bench, bench.pen.opened(copy), bad
    # A reporter who lies about whose copy it was, and mixes what came with two copies.
    stamps = (held.proof.stamp, harmless.proof.stamp)
    for stamp in stamps:
        for mine in (held.proof, harmless.proof):
            mixed = Proof(mine.inner, mine.outer, stamp)
            yield bench, held._replace(sender=VICTIM, proof=mixed), bad
            renamed = Proof(*(_renamed(part, ORIGINATOR) for part in mixed))
            yield bench, held._replace(sender=VICTIM, proof=renamed), bad


def _renamed(data: bytes, user: int) -> bytes:
    """With the victim's number wherever another user's was."""
    return data.replace(number_bytes(user), number_bytes(VICTIM))


def recipients_learn(mode: Mode) -> bool:
    """Whether what came with a copy, two forwards later, shows its reader the number of whoever began it."""
    people = range(PROBED_FROM, PROBED_FROM + 4)
    bench = Bench(mode, Company(people))
    bench.original(people[0], b"from hand to hand", people[1])
    for user in people[1:3]:
        bench.forward(user, bench.last(user), user + 1)
    letter = bench.last(people[3])
    assert letter.hop <= HOP_MAX
    return bool(users_in(b"".join(letter.proof), people[:1]))
