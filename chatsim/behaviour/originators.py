"""Who starts a content: a keyed partial Fisher-Yates over all users."""

from __future__ import annotations

from chatsim.compilation import compiled
from chatsim.randomness.philox import ORIGINATOR, choose_wide, draw, key_words


def originators(seed: int, content: int, run: int, users: int, count: int) -> list[int]:
    """`count` distinct users; fewer of the same run are a prefix of more.

    Only the positions that a step touched are kept, so a billion users cost no more than a thousand.
    """
    key_low, key_high = key_words(seed)
    keyed_draw, wide = compiled(draw), compiled(choose_wide)
    moved: dict[int, int] = {}
    chosen = []
    for i in range(min(count, users)):
        _, high, low, _ = keyed_draw(key_low, key_high, i, content, ORIGINATOR, 0, run)
        position = i + wide(high, low, users - i)
        chosen.append(moved.get(position, position))
        moved[position] = moved.get(i, i)
    return chosen
