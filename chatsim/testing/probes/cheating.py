"""What a modified app can do about the number of forwards and the caps, by trying."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from chatsim.model import Enforcement
from chatsim.provenance.enforcement_claims import Outcome
from chatsim.provenance.keys import fresh
from chatsim.provenance.receipt import commitment
from chatsim.testing.probes.bench import EXPIRY_TICKS, REFILL_TICKS, Bench, pairs
from chatsim.testing.probes.mode import CHATS, Mode
from chatsim.testing.probes.writing import Letter, Written

USERS = 16
CHEAT = 3
"""Who cheats: holds TEXT at hop 2."""
READER, OTHER = 4, 5
TEXT, ANOTHER = b"the bridge is closed today", b"the bridge was never there"
HOP = 2


def tried(name: str, mode: Mode) -> Outcome:
    """What becomes of the cheat of this name, a field of `EnforcementClaims`."""
    return CHEATS[name](mode)


def _begun(mode: Mode) -> Bench:
    """Somebody wrote to 1, who forwarded to 2, who forwarded to whoever cheats."""
    bench = Bench(mode, pairs(USERS))
    assert bench.original(0, TEXT, 1).allowed
    for user in range(1, CHEAT):
        assert bench.forward(user, bench.last(user), user + 1).allowed
    assert bench.last(CHEAT).hop == HOP
    return bench


def _outcome(
    bench: Bench,
    sender: int,
    ways: Iterator[Written],
    wanted: Callable[[Letter], bool],
) -> Outcome:
    """Each way is sent to a reader. It works if what the reader is shown is what was wanted."""
    outcome, app = Outcome.REFUSED, bench.apps[READER]
    for written in ways:
        shown, dropped = len(app.shown), app.dropped
        if not bench.send(sender, written, READER).allowed:
            continue
        if any(wanted(letter) for letter in app.shown[shown:]):
            return Outcome.WORKS
        if app.dropped > dropped:
            outcome = Outcome.DROPPED
    return outcome


def _over_cap(mode: Mode) -> Outcome:
    bench = _begun(mode)
    chats = range(READER, READER + CHATS + 1)
    allowed = bench.forward(CHEAT, bench.last(CHEAT), *chats).allowed
    return Outcome.WORKS if allowed else Outcome.REFUSED


def _replay(mode: Mode) -> Outcome:
    bench = _begun(mode)
    held = bench.last(CHEAT)
    first = bench.pen.forward(CHEAT, held)
    if mode.enforcement is Enforcement.BLIND:
        first = _paid(first, bench.payment(CHEAT, held, READER))
    verdicts = [bench.forward(CHEAT, held, READER).allowed for _ in range(CHATS + 1)]
    assert all(verdicts[:CHATS])
    again = bench.send(CHEAT, first, READER).allowed
    return Outcome.WORKS if verdicts[CHATS] or again else Outcome.REFUSED


def _hoard(mode: Mode) -> Outcome:
    bench = _begun(mode)
    held = bench.last(CHEAT)
    bench.elapse(REFILL_TICKS)
    if mode.enforcement is Enforcement.BLIND:
        bench.hoard(CHEAT, held)
    verdicts = [bench.forward(CHEAT, held, READER).allowed for _ in range(2 * CHATS)]
    assert all(verdicts[:CHATS])
    return Outcome.WORKS if all(verdicts) else Outcome.REFUSED


def _paid(written: Written, payment: bytes) -> Written:
    """An act that brings these tokens."""
    return written._replace(stamp=payment, paid=True)


def _edited(bench: Bench, hop: int, step: int) -> Iterator[Written]:
    """The held copy with another counter, and with each byte of what the relay stamped changed by `step`.

    Under `blind` of the tokens too.
    """
    held = bench.last(CHEAT)
    if bench.mode.enforcement is Enforcement.BLIND:
        way = bench.pen.forward(CHEAT, held, hop)
        yield from (_paid(way, each) for each in _changed(bench.payment(CHEAT, held, READER), step))
    yield bench.pen.forward(CHEAT, held, hop)
    for stamp in _changed(held.stamp or b"", step):
        yield bench.pen.forward(CHEAT, held._replace(stamp=stamp), hop)


def _changed(data: bytes, step: int) -> Iterator[bytes]:
    for at, byte in enumerate(data):
        yield data[:at] + bytes([(byte + step) % 256]) + data[at + 1 :]


def _lower_hop(mode: Mode) -> Outcome:
    bench = _begun(mode)
    return _outcome(bench, CHEAT, _edited(bench, 0, -1), lambda letter: letter.hop <= HOP)


def _raise_hop(mode: Mode) -> Outcome:
    bench = _begun(mode)
    return _outcome(bench, CHEAT, _edited(bench, HOP + 9, 1), lambda letter: letter.hop > HOP + 1)


def _steal(mode: Mode) -> Outcome:
    bench = _begun(mode)
    held = bench.last(CHEAT)
    ways = [bench.pen.forward(OTHER, held)]
    if mode.enforcement is Enforcement.BLIND:  # whoever received it hands on the tokens as well
        ways.append(_paid(ways[0], bench.payment(CHEAT, held, READER)))
    return _outcome(bench, OTHER, iter(ways), lambda letter: letter.text == TEXT)


def _swap_text(mode: Mode) -> Outcome:
    bench = _begun(mode)
    held = bench.last(CHEAT)
    slots = bench.mode.tracing.client.original(CHEAT, ANOTHER)

    def ways() -> Iterator[Written]:
        secrets = (held.secret, fresh(len(held.secret)))
        for secret in secrets:
            for commit in (held.commitment, commitment(secret, ANOTHER)[: len(held.commitment)]):
                yield bench.pen.written(ANOTHER, slots, HOP + 1, secret, commit, held.stamp)

    return _outcome(
        bench, CHEAT, ways(), lambda letter: (letter.text, letter.hop) == (ANOTHER, HOP + 1)
    )


def _late(mode: Mode) -> Outcome:
    bench = _begun(mode)
    bench.elapse(EXPIRY_TICKS)
    way = bench.pen.forward(CHEAT, bench.last(CHEAT))
    return _outcome(bench, CHEAT, iter([way]), lambda letter: letter.text == TEXT)


def _paste(mode: Mode) -> Outcome:
    bench = _begun(mode)
    way = bench.pen.original(CHEAT, bench.last(CHEAT).text)
    return _outcome(
        bench, CHEAT, iter([way]), lambda letter: (letter.text, letter.hop) == (TEXT, 0)
    )


CHEATS: Mapping[str, Callable[[Mode], Outcome]] = {
    "over_cap": _over_cap,
    "replay": _replay,
    "hoard": _hoard,
    "lower_hop": _lower_hop,
    "raise_hop": _raise_hop,
    "steal": _steal,
    "swap_text": _swap_text,
    "late": _late,
    "paste": _paste,
}
