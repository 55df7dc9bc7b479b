"""Every claim of a mode beside what its probe measures.

    from chatsim.testing.probes.suite import disagreements

    assert not disagreements(mode)

A mode of your own is a `Tracing` in a `Mode`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TypeVar

from attrs import frozen

from chatsim.provenance.enforcement_claims import Outcome
from chatsim.testing.probes import (
    blaming,
    cheating,
    dumping,
    keeping,
    knowing,
    linking,
    officers,
    searching,
)
from chatsim.testing.probes.linking import Axis
from chatsim.testing.probes.mode import Mode
from chatsim.testing.probes.wrapping import WRAPPER, Reporting

Probe = Callable[[Mode], object]
Probed = TypeVar("Probed")


def _ids_at_rest(mode: Mode) -> bool | None:
    """On the disk and in memory alike; None where they differ, or where a log names anybody at all."""
    left = dumping.dump(mode)
    remembered = len(left.remembered) > 0
    if left.logged or remembered is not left.ids_at_rest or not left.devices_are_bare:
        return None
    return left.ids_at_rest


def _new_or_forward(axis: Axis, mode: Mode) -> bool | None:
    return linking.new_or_forward(mode, axis).certain


TRACEABILITY: Mapping[str, Probe] = {
    "names": blaming.names,
    "frameable": blaming.framed,
    "stored": keeping.stored,
    "ids_at_rest": _ids_at_rest,
    "search": searching.search,
    "dictionary": knowing.dictionary,
    "new_or_forward": partial(_new_or_forward, Axis.TRACEABILITY),
    "linkage": partial(linking.is_linked, axis=Axis.TRACEABILITY),
    "recipients_learn": blaming.recipients_learn,
}
"""By the fields of `Claims`. To be measured under `client`, which adds nothing of its own."""

ENFORCEMENT: Mapping[str, Probe] = {
    **{name: partial(cheating.tried, name) for name in cheating.CHEATS},
    "stored": keeping.stored,
    "ids_at_rest": _ids_at_rest,
    "search": searching.search,
    "linkage": partial(linking.is_linked, axis=Axis.ENFORCEMENT),
    "linkage_again": linking.is_linked_again,
    "new_or_forward": partial(_new_or_forward, Axis.ENFORCEMENT),
    "officers": officers.officers,
}
"""By the fields of `EnforcementClaims`. To be measured under `none`."""


@frozen
class Disagreement:
    """A claim that does not hold."""

    claim: str
    claimed: object
    measured: object
    """None: something that no mode can claim."""


def disagreements(mode: Mode) -> tuple[Disagreement, ...]:
    """What a mode of traceability claims and does not keep, and what it admits in vain."""
    return tuple(_compared(mode, mode.tracing.claims, TRACEABILITY))


def hop_disagreements(mode: Mode) -> tuple[Disagreement, ...]:
    """The same of the enforcement."""
    return tuple(_compared(mode, mode.hop, ENFORCEMENT))


def wrapper_disagreements(reporting: Reporting) -> tuple[Disagreement, ...]:
    """The same of what goes around the reports of a mode."""
    return tuple(_compared(reporting, reporting.claims, WRAPPER))


def _compared(
    mode: Probed, claims: object, probes: Mapping[str, Callable[[Probed], object]]
) -> Iterator[Disagreement]:
    for claim, probe in probes.items():
        claimed: bool | Outcome = getattr(claims, claim)
        measured = probe(mode)
        if measured != claimed:
            yield Disagreement(claim, claimed, measured)
