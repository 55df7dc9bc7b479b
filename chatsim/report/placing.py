"""Where labels go: beside what they name, never over one another."""

from __future__ import annotations

from collections.abc import Sequence


def spread_out(wanted: Sequence[float], heights: Sequence[float], room: float) -> list[float]:
    """Centres near the wanted ones, in the same order, so that labels of these heights keep apart within 0..room.

    Labels that collide form a pile, which is centred on what its members want on average. Where all together need
    more than `room`, they run over its end.
    """
    piles: list[list[int]] = []
    tops: list[float] = []
    for label in sorted(range(len(wanted)), key=lambda i: (wanted[i], i)):
        pile = [label]
        top = _top(pile, wanted, heights, room)
        while piles and tops[-1] + _height(piles[-1], heights) > top:
            pile = piles.pop() + pile
            tops.pop()
            top = _top(pile, wanted, heights, room)
        piles.append(pile)
        tops.append(top)
    centres = [0.0] * len(wanted)
    for pile, top in zip(piles, tops, strict=True):
        above = top
        for label in pile:
            centres[label] = above + heights[label] / 2
            above += heights[label]
    return centres


def _height(pile: Sequence[int], heights: Sequence[float]) -> float:
    return sum(heights[label] for label in pile)


def _top(
    pile: Sequence[int], wanted: Sequence[float], heights: Sequence[float], room: float
) -> float:
    height, shift, above = _height(pile, heights), 0.0, 0.0
    for label in pile:
        shift += wanted[label] - heights[label] / 2 - above
        above += heights[label]
    return max(0.0, min(shift / len(pile), room - height))
