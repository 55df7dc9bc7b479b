"""What a relay that logs all it sees can tell: which received copy was forwarded, and what is new.

The guesser has all that one axis adds to acts and copies, their lengths, sealed bodies, and which entries of the book
an act touches. It takes two acts for linked that have WIDTH bytes or an entry in common, and guesses where it sees
nothing.
"""

from __future__ import annotations

import enum
import hashlib
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from math import sqrt
from typing import NamedTuple

from chatsim.provenance.enforcing import OUTER_BYTES, STAMP_BYTES
from chatsim.testing.probes.bench import REFILL_TICKS, Bench, Seen, pairs
from chatsim.testing.probes.looking import windows
from chatsim.testing.probes.mode import Mode

CROWDS = (2, 8, 32)
"""Among how many received copies the forwarded one has to be found."""
TRIALS = 40
ACTS = 240
CERTAIN = 0.97


class Axis(enum.Enum):
    """Whose bytes the guesser looks at."""

    ENFORCEMENT = "enforcement"
    TRACEABILITY = "traceability"


class View(NamedTuple):
    """What one act shows of one axis."""

    brought: bytes
    outer: bytes
    stamp: bytes
    touched: frozenset[bytes]
    asked: bytes
    sealed: bytes
    lengths: tuple[int, ...]

    @property
    def marks(self) -> frozenset[bytes]:
        """What it can have in common with another."""
        slots = self.brought, self.outer, self.stamp, self.asked, self.sealed
        runs = frozenset[bytes]().union(*map(windows, slots))
        return runs | {slot for slot in slots if slot} | self.touched


def view(mode: Mode, axis: Axis, seen: Seen) -> View:
    """The part of an act that is one axis's."""
    outer, stamp = OUTER_BYTES[mode.enforcement], STAMP_BYTES[mode.enforcement]
    if axis is Axis.ENFORCEMENT:
        parts = seen.brought, seen.outer[:outer], seen.stamp[:stamp]
        return View(
            *parts, frozenset(), seen.asked, seen.sealed, (*map(len, parts), seen.body_bytes)
        )
    added = seen.outer[outer:], seen.stamp[stamp:]
    lengths = (*map(len, added), seen.body_bytes)
    return View(b"", *added, seen.touched, b"", seen.sealed, lengths)


class Rate(NamedTuple):
    """How often a guess was right, and how often one is right that knows nothing."""

    right: int
    tries: int
    chance: float

    @property
    def certain(self) -> bool | None:
        """True: always right; False: no better than chance, within three standard errors; None: in between."""
        rate = self.right / self.tries
        if rate >= CERTAIN:
            return True
        error = sqrt(self.chance * (1 - self.chance) / self.tries)
        return False if abs(rate - self.chance) <= 3 * error else None


def linkage(mode: Mode, axis: Axis, crowd: int, seed: int = 1, *, again: bool = False) -> Rate:
    """Somebody receives so many copies and forwards one of them: which one?

    `again`: what is looked at is the second time that it is forwarded, in another action.
    """
    draw = random.Random(seed)
    bench = Bench(mode, pairs(crowd + 2))
    reader, other = crowd, crowd + 1
    right = 0
    for trial in range(TRIALS):
        for sender in range(crowd):
            bench.original(sender, _text(trial, sender), reader)
        received, letters = bench.seen[-crowd:], bench.apps[reader].shown[-crowd:]
        chosen = draw.randrange(crowd)
        assert bench.forward(reader, letters[chosen], other).allowed
        if again:
            bench.elapse(REFILL_TICKS)
            assert bench.forward(reader, letters[chosen], other).allowed
        marks = view(mode, axis, bench.seen[-1]).marks
        common = [len(marks & view(mode, axis, each).marks) for each in received]
        most = max(common)
        alike = [at for at, count in enumerate(common) if count == most]
        right += draw.choice(alike) == chosen
    return Rate(right, TRIALS, 1 / crowd)


def _text(trial: int, sender: int) -> bytes:
    """Texts of one length that have nothing in common."""
    return hashlib.sha256(b"%d %d" % (trial, sender)).hexdigest().encode()


def is_linked(mode: Mode, axis: Axis) -> bool | None:
    """Whether forwards can be linked, whatever the crowd; None where it depends."""
    answers = {linkage(mode, axis, crowd).certain for crowd in CROWDS}
    return answers.pop() if len(answers) == 1 else None


def is_linked_again(mode: Mode) -> bool | None:
    """The same of a second forward, by what the enforcement adds."""
    return linkage(mode, Axis.ENFORCEMENT, CROWDS[1], again=True).certain


def new_or_forward(mode: Mode, axis: Axis, seed: int = 1) -> Rate:
    """How well the best of many simple tests, picked on one half of some acts, tells new from forwarded in the other.

    The tests: each length, each byte of each slot, and whether anything was seen in an earlier act.
    """
    draw = random.Random(seed)
    bench = Bench(mode, pairs(40))
    forwards: list[bool] = []
    bench.original(0, b"%012d" % 0, 1)
    for act in range(1, ACTS):
        sender = draw.randrange(40)
        held = bench.apps[sender].shown
        forward = bool(held) and draw.random() < 0.5
        other = (sender + draw.randrange(1, 40)) % 40
        if forward:
            allowed = bench.forward(sender, held.pop(), other).allowed
        else:
            allowed = bench.original(sender, b"%012d" % act, other).allowed
        assert allowed
        forwards.append(forward)
    views = [view(mode, axis, each) for each in bench.seen[1:]]
    half = len(views) // 2
    tests = list(_tests(views))
    best = max(tests, key=lambda test: abs(_agreeing(test, forwards, range(half)) - half / 2))
    turned = _agreeing(best, forwards, range(half)) < half / 2
    rest = range(half, len(views))
    right = _agreeing(best, forwards, rest)
    return Rate(len(rest) - right if turned else right, len(rest), 0.5)


def _agreeing(test: Sequence[bool], forwards: Sequence[bool], acts: Iterable[int]) -> int:
    return sum(test[act] == forwards[act] for act in acts)


def _tests(views: Sequence[View]) -> Iterable[Sequence[bool]]:
    """For each test, its answer for every act."""
    yield [False] * len(views)
    for at in range(len(views[0].lengths)):
        lengths = [one.lengths[at] for one in views]
        yield from ([length == value for length in lengths] for value in set(lengths))
    seen: set[bytes] = set()
    before: list[bool] = []
    for one in views:
        before.append(bool(one.marks & seen))
        seen |= one.marks
    yield before
    for slots in zip(*((one.outer, one.stamp) for one in views), strict=True):
        for at in range(min(map(len, slots))):
            (usual, count), *_ = Counter(slot[at] for slot in slots).most_common(1)
            if count < len(views):
                yield [slot[at] == usual for slot in slots]
