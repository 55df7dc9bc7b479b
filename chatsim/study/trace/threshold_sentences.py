"""Computed sentences about thresholds: what stays shut, what pasting does to it, and who gets around it."""

from __future__ import annotations

from chatsim.study.sentences import percent
from chatsim.study.trace.cases import Family
from chatsim.study.trace.sentences import AS_IT_IS, name, share_text
from chatsim.study.trace.values import TraceFound


def spokesman(found: TraceFound) -> str:
    """The mode whose reports find the most true originators, of those that a threshold was put around.

    The same reports open under all of them as far as their copies have the same secret.
    """
    return max(
        found.tallied_modes,
        key=lambda mode: found.tally(mode, AS_IT_IS, found.thresholds[0]).right.value,
    )


def threshold_answer(found: TraceFound) -> tuple[str, ...]:
    """In plain words, for the highest threshold at which anything opens."""
    if not found.tallies:
        return ()
    mode = spokesman(found)
    above = found.thresholds[1:]
    opening = [each for each in above if found.tally(mode, AS_IT_IS, each).opened.value]
    most = (opening or above)[-1]
    return (_opened(found, most), *_pasting(found, most), _around(most))


def _opened(found: TraceFound, most: int) -> str:
    mode = spokesman(found)
    bare, each = (found.tally(mode, AS_IT_IS, threshold) for threshold in (1, most))
    text = (
        f"If nothing opens before {most} people have reported one lineage, {share_text(each.opened)} of reports are opened "
        "in the end"
    )
    if bare.named.value:
        text += (
            f", and {name(mode).lower()} names {each.named.value:.1f} people for one content instead of "
            f"{bare.named.value:.1f}: those are spared whose lineage few report"
        )
    return f"{text}."


def _pasting(found: TraceFound, most: int) -> tuple[str, ...]:
    sweep = found.cases_of(Family.PASTING)
    if len(sweep) < 2:
        return ()
    mode = spokesman(found)
    before, after = (found.tally(mode, case.name, most) for case in (sweep[0], sweep[-1]))
    if after.opened.value >= before.opened.value:
        return ()
    return (
        (
            f"Pasting starts a count of its own: at {most} people, {share_text(before.opened)} of reports are opened where "
            f"nobody pastes, and {share_text(after.opened)} where {percent(sweep[-1].share)} % do."
        ),
    )


def _around(most: int) -> str:
    return (
        f"Whoever has {most} accounts opens a lineage alone, and so does whoever holds a copy and helps the platform "
        "(the threshold is our own construction: simulation only, unreviewed; not for products)."
    )
