"""One report's answer held against the truth: who is blamed, and how far that is from who began it.

The truth is the tree of first copies: the chain from the sender of the reported copy back to the true originator, over
every paste and every cut.
"""

from __future__ import annotations

import enum

from attrs import frozen

from chatsim.provenance.values import Finding


class Who(enum.StrEnum):
    """Who is blamed, as the truth has them."""

    ORIGINATOR = "true originator"
    PASTED = "pasted it"
    """In the chain, and the copy that they passed on along it went out as a text of their own."""
    CHEATED = "cheated"
    """In the chain, with an app that was modified."""
    FORWARDED = "forwarded it"
    """In the chain, and did nothing else."""
    ELSEWHERE = "sent it elsewhere"
    """Sent the content, and has no part in how the reported copy came about."""
    BYSTANDER = "never sent it"
    NOBODY = "no answer"


class PathFit(enum.StrEnum):
    """How a path that an answer gives fits the true chain."""

    NONE = "no path"
    EXACT = "exact"
    PART = "breaks off"
    """It is the chain's beginning, and ends too early."""
    WRONG = "wrong"


@frozen
class Truth:
    """What is true of one content in one run."""

    parent: dict[int, int]
    """Of every holder but true originators: who sent the copy that counted."""
    original: frozenset[int]
    """Holders whose copy was sent to them as a text of the sender's own."""
    senders: frozenset[int]
    """Everybody who sent it to at least one chat."""
    modified: frozenset[int]
    """Everybody whose app is modified."""

    def chain(self, holder: int) -> tuple[int, ...]:
        """From the sender of a holder's copy back to the true originator."""
        chain = []
        user = self.parent.get(holder)
        while user is not None:
            chain.append(user)
            user = self.parent.get(user)
        return tuple(chain)


@frozen
class Answer:
    """What one report brought to light."""

    depth: int
    """Copies from the true originator to the reporter."""
    who: Who
    originator: int
    """The true one."""
    blamed: int | None
    distance: int | None
    """Steps of the chain from whoever is blamed to the true originator; None where they are not in it."""
    exposed: int
    """People whom the answer identifies."""
    path: PathFit


def judge(truth: Truth, reporter: int, finding: Finding | None) -> Answer:
    """The answer to one report of the copy that `reporter` holds."""
    chain = truth.chain(reporter)
    origin = chain[-1]
    if finding is None:
        return Answer(len(chain), Who.NOBODY, origin, None, None, 0, PathFit.NONE)
    blamed = finding.originator
    return Answer(
        depth=len(chain),
        who=_who(truth, (reporter, *chain), blamed),
        originator=origin,
        blamed=blamed,
        distance=len(chain) - 1 - chain.index(blamed) if blamed in chain else None,
        exposed=len(finding.exposed),
        path=_fit(chain, finding.path),
    )


def _who(truth: Truth, way: tuple[int, ...], blamed: int) -> Who:
    """`way`: the reporter, and the chain."""
    if blamed == way[-1]:
        return Who.ORIGINATOR
    if blamed in way[1:]:
        receiver = way[way.index(blamed, 1) - 1]
        if receiver in truth.original:
            return Who.PASTED
        return Who.CHEATED if blamed in truth.modified else Who.FORWARDED
    return Who.ELSEWHERE if blamed in truth.senders else Who.BYSTANDER


def _fit(chain: tuple[int, ...], path: tuple[int, ...]) -> PathFit:
    if not path:
        return PathFit.NONE
    if path == chain:
        return PathFit.EXACT
    return PathFit.PART if path == chain[: len(path)] else PathFit.WRONG
